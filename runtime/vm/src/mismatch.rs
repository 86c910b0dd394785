//! Where in a value the first part lies that has not the type it should have: what a failed cast tells.

use raya_abi::{RuntimeType, RuntimeTypeId};

use crate::object::shapes::DICTIONARY;
use crate::value::Value;
use crate::vm::Vm;

/// Parts of a path that are followed.
const PARTS_MAX: usize = 100;

/// A part of a value.
#[derive(Clone, Copy)]
struct Part {
    /// What is there; none where a property is missing.
    value: Option<Value>,
    /// What should be there.
    id: RuntimeTypeId,
}

impl Vm {
    /// Says what was expected and what was found, and where, for a value that has not the type.
    pub(crate) fn mismatch_text(&mut self, value: Value, id: RuntimeTypeId) -> String {
        let (mut part, mut path) = (Part { value: Some(value), id }, String::new());
        for _ in 0..PARTS_MAX {
            let Some(value) = part.value else { break };
            let Some((step, next)) = self.first_wrong_part(value, part.id) else { break };
            path.push_str(&step);
            part = next;
        }
        let expected = self.type_text(part.id, 0);
        let found =
            part.value.map_or_else(|| "nothing".to_owned(), |value| self.describe_instead(value, &expected));
        match path.is_empty() {
            true => format!("expected {expected}, found {found}"),
            false => format!("expected {expected} at ${path}, found {found}"),
        }
    }

    /// The first part of `value` that makes it miss the type; none where it is wrong as a whole.
    fn first_wrong_part(&mut self, value: Value, id: RuntimeTypeId) -> Option<(String, Part)> {
        let program = self.program;
        match &program.types[id.0 as usize] {
            RuntimeType::Array(element) => {
                let array = value.as_array()?;
                (0..array.length()).find_map(|index| self.wrong_element(value, index, *element))
            }
            RuntimeType::Tuple(elements) if value.as_array()?.length() == elements.len() => {
                elements.iter().enumerate().find_map(|(index, id)| self.wrong_element(value, index, *id))
            }
            RuntimeType::Record(properties) => properties
                .iter()
                .find_map(|(name, id, optional)| self.wrong_property(value, name, *id, *optional)),
            // Where one member alone could be meant, that one is followed.
            RuntimeType::Union(members) => {
                let mut parts = members.iter().filter_map(|member| self.first_wrong_part(value, *member));
                let first = parts.next()?;
                parts.next().is_none().then_some(first)
            }
            _ => None,
        }
    }

    fn wrong_element(&mut self, array: Value, index: usize, id: RuntimeTypeId) -> Option<(String, Part)> {
        let element = array.as_array()?.get(index).unwrap_or(Value::NULL);
        let is_wrong = matches!(self.has_type(element, id, 0), Ok(false));
        is_wrong.then(|| (format!("[{index}]"), Part { value: Some(element), id }))
    }

    fn wrong_property(
        &mut self,
        value: Value,
        name: &str,
        id: RuntimeTypeId,
        optional: bool,
    ) -> Option<(String, Part)> {
        let object = value.as_plain()?;
        let found = self.own_property(object, name);
        let is_wrong = match found {
            Some(found) if optional && found.is_nullish() => false,
            Some(found) => matches!(self.has_type(found, id, 0), Ok(false)),
            // Objects of classes have methods and accessors besides.
            None => {
                !optional && (object.shape() == DICTIONARY || self.shapes.get(object.shape()).class.is_none())
            }
        };
        is_wrong.then(|| (step_to(name), Part { value: found, id }))
    }
}

/// A property as a path spells it.
fn step_to(name: &str) -> String {
    let is_plain = |(at, character): (usize, char)| {
        character.is_ascii_alphabetic() || "_$".contains(character) || at > 0 && character.is_ascii_digit()
    };
    if !name.is_empty() && name.char_indices().all(is_plain) {
        format!(".{name}")
    } else {
        format!("[{}]", crate::format::quoted(name))
    }
}
