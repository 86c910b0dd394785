//! Types as running programs test them: `is`, `as`, the results of natives.

use raya_abi::{LiteralType, RuntimeType, RuntimeTypeId};

use crate::error::{ErrorKind, Thrown};
use crate::heap::object::Kind;
use crate::object::shapes::DICTIONARY;
use crate::value::Value;
use crate::vm::Vm;

/// Nesting of types and data that is followed.
const DEPTH_MAX: usize = 200;

/// Looking further would go too deep.
pub(crate) struct TooDeep;

impl Vm {
    /// Whether `value` has the type.
    pub(crate) fn test_type(&mut self, value: Value, id: RuntimeTypeId) -> Result<bool, Thrown> {
        self.has_type(value, id, 0).map_err(|_| self.too_deep())
    }

    /// `value` if it has the type, an int converted where the type says number; else a `TypeError` that names what was found.
    pub fn cast(&mut self, value: Value, id: RuntimeTypeId) -> Result<Value, Thrown> {
        let program = self.program;
        match (&program.types[id.0 as usize], value.as_number()) {
            (RuntimeType::Number, Some(number)) => return Ok(Value::number(number)),
            (RuntimeType::Int, Some(number)) if value.is_number() => {
                let int = Value::integral_or_number(if number == 0.0 { 0.0 } else { number });
                if int.is_int() {
                    return Ok(int);
                }
            }
            // A union takes the value as it is if it can, else as the int it may be converted to.
            (RuntimeType::Union(members), Some(_))
                if value.is_number() && !matches!(self.has_type(value, id, 0), Ok(true)) =>
            {
                let int = members.iter().any(|one| matches!(program.types[one.0 as usize], RuntimeType::Int));
                let converted = Value::integral_or_number(value.as_number().unwrap_or(f64::NAN) + 0.0);
                if int && converted.is_int() {
                    return Ok(converted);
                }
            }
            _ => {}
        }
        match self.has_type(value, id, 0) {
            Ok(true) => Ok(if value.is_absent() { Value::NULL } else { value }),
            Ok(false) => {
                let message = self.mismatch_text(value, id);
                Err(self.error(ErrorKind::Type, &message))
            }
            Err(TooDeep) => Err(self.too_deep()),
        }
    }

    #[cold]
    fn too_deep(&mut self) -> Thrown {
        self.error(ErrorKind::Range, "the value is nested too deeply for its type to be tested")
    }

    /// Whether `value` has the type, `depth` levels below the one that was asked for.
    pub(crate) fn has_type(
        &mut self,
        value: Value,
        id: RuntimeTypeId,
        depth: usize,
    ) -> Result<bool, TooDeep> {
        if depth >= DEPTH_MAX {
            return Err(TooDeep);
        }
        if depth == 0 {
            self.type_tests.clear();
        }
        let program = self.program;
        Ok(match &program.types[id.0 as usize] {
            RuntimeType::Unknown => true,
            RuntimeType::Never => false,
            RuntimeType::Null => value.is_nullish(),
            RuntimeType::Boolean => value.is_boolean(),
            // As a test, an integral double is no int; inside a cast, loads of it are checked again.
            RuntimeType::Int => value.is_int(),
            RuntimeType::Number => value.as_number().is_some(),
            RuntimeType::String => value.as_string().is_some(),
            RuntimeType::Literal(literal) => is_literal(value, literal),
            RuntimeType::Function => value.is_function() || self.class_value_name(value).is_some(),
            RuntimeType::Object => value.is_reference() && value.as_string().is_none(),
            RuntimeType::Class(class) => self.is_instance(value, *class),
            RuntimeType::Builtin(name) => is_builtin(value, name),
            RuntimeType::Opaque(module, name) => match value.as_opaque() {
                Some(opaque) => self.opaque_type_name(opaque.type_index()) == Some((module, name)),
                None => false,
            },
            RuntimeType::Task(_) => value.as_task().is_some(),
            RuntimeType::Array(element) => match value.as_array() {
                None => false,
                Some(_) if matches!(program.types[element.0 as usize], RuntimeType::Unknown) => true,
                Some(array) => {
                    for index in 0..array.length() {
                        let element_value = array.get(index).unwrap_or(Value::NULL);
                        if !self.has_type(element_value, *element, depth + 1)? {
                            return Ok(false);
                        }
                    }
                    true
                }
            },
            RuntimeType::Tuple(elements) => match value.as_array() {
                Some(array) if array.length() == elements.len() => {
                    for (index, element) in elements.iter().enumerate() {
                        if !self.has_type(array.get(index).unwrap_or(Value::NULL), *element, depth + 1)? {
                            return Ok(false);
                        }
                    }
                    true
                }
                _ => false,
            },
            RuntimeType::Record(properties) => return self.has_properties(value, properties, depth),
            RuntimeType::Union(members) => return self.has_one_of(value, id, members, depth),
            RuntimeType::Intersection(members) => {
                for member in members {
                    if !self.has_type(value, *member, depth + 1)? {
                        return Ok(false);
                    }
                }
                true
            }
        })
    }

    /// Whether `value` is of one of the members. What was found of an object is remembered until the test ends: members that
    /// begin alike look at the same parts, and so do objects that share parts, which would double the work at each level.
    fn has_one_of(
        &mut self,
        value: Value,
        id: RuntimeTypeId,
        members: &[RuntimeTypeId],
        depth: usize,
    ) -> Result<bool, TooDeep> {
        let key = (value.bits(), id.0);
        let has_parts = value.as_plain().is_some() || value.as_array().is_some();
        if has_parts && let Some(known) = self.type_tests.get(&key) {
            return Ok(*known);
        }
        let mut found = false;
        for member in members {
            if self.has_type(value, *member, depth + 1)? {
                found = true;
                break;
            }
        }
        if has_parts {
            self.type_tests.insert(key, found);
        }
        Ok(found)
    }

    fn has_properties(
        &mut self,
        value: Value,
        properties: &[(String, RuntimeTypeId, bool)],
        depth: usize,
    ) -> Result<bool, TooDeep> {
        let Some(object) = value.as_plain() else {
            // Other objects have the properties that natives of the prelude give them, such as `length`.
            return Ok(value.is_reference()
                && properties.iter().all(|(name, _, optional)| *optional || has_member(value, name)));
        };
        for (name, id, optional) in properties {
            match self.own_property(object, name) {
                Some(found) if *optional && found.is_nullish() => {}
                Some(found) => {
                    if !self.has_type(found, *id, depth + 1)? {
                        return Ok(false);
                    }
                }
                None if *optional => {}
                None if self.has_computed(object, name) => {}
                None => {
                    let shape = object.shape();
                    let class = if shape == DICTIONARY { None } else { self.shapes.get(shape).class };
                    // A method or accessor: present, its type is not tested.
                    if class.and_then(|class| self.member(class, name)).is_none() {
                        return Ok(matches!(self.program.types[id.0 as usize], RuntimeType::Null));
                    }
                }
            }
        }
        Ok(true)
    }

    /// The type as errors spell it.
    pub(crate) fn type_text(&self, id: RuntimeTypeId, depth: usize) -> String {
        if depth > 3 {
            return "…".into();
        }
        let joined = |members: &[RuntimeTypeId], separator: &str| {
            let members: Vec<String> =
                members.iter().map(|member| self.type_text(*member, depth + 1)).collect();
            members.join(separator)
        };
        match &self.program.types[id.0 as usize] {
            RuntimeType::Unknown => "unknown".into(),
            RuntimeType::Never => "never".into(),
            RuntimeType::Null => "null".into(),
            RuntimeType::Boolean => "boolean".into(),
            RuntimeType::Int => "int".into(),
            RuntimeType::Number => "number".into(),
            RuntimeType::String => "string".into(),
            RuntimeType::Literal(LiteralType::Boolean(value)) => value.to_string(),
            RuntimeType::Literal(LiteralType::Int(value)) => value.to_string(),
            RuntimeType::Literal(LiteralType::Number(value)) => {
                let mut text = String::new();
                crate::convert::push_number(&mut text, *value);
                text
            }
            RuntimeType::Literal(LiteralType::String(value)) => crate::format::quoted(value),
            RuntimeType::Function => "function".into(),
            RuntimeType::Object => "object".into(),
            RuntimeType::Class(class) => self.class_name(*class).to_owned(),
            RuntimeType::Builtin(name) => name.clone(),
            RuntimeType::Opaque(module, name) => format!("{module}.{name}"),
            RuntimeType::Task(given) => format!("Task<{}>", self.type_text(*given, depth + 1)),
            RuntimeType::Array(element) => format!("{}[]", self.type_text(*element, depth + 1)),
            RuntimeType::Tuple(elements) => format!("[{}]", joined(elements, ", ")),
            RuntimeType::Record(properties) => {
                let properties: Vec<String> = properties
                    .iter()
                    .map(|(name, id, optional)| {
                        format!(
                            "{name}{}: {}",
                            if *optional { "?" } else { "" },
                            self.type_text(*id, depth + 1)
                        )
                    })
                    .collect();
                format!("{{ {} }}", properties.join(", "))
            }
            RuntimeType::Union(members) => joined(members, " | "),
            RuntimeType::Intersection(members) => joined(members, " & "),
        }
    }
}

fn is_literal(value: Value, literal: &LiteralType) -> bool {
    match literal {
        LiteralType::Boolean(expected) => value.as_boolean() == Some(*expected),
        LiteralType::Int(expected) => value.as_number() == Some(f64::from(*expected)),
        LiteralType::Number(expected) => value.as_number() == Some(*expected),
        LiteralType::String(expected) => value.as_string().is_some_and(|string| string.as_str() == expected),
    }
}

fn is_builtin(value: Value, name: &str) -> bool {
    match name {
        "Map" => value.as_map().is_some(),
        "Set" => value.as_set().is_some(),
        "Uint8Array" | "Buffer" => value.as_bytes().is_some(),
        "Channel" => value.as_channel().is_some(),
        "Mutex" => value.as_mutex().is_some(),
        "Array" => value.as_array().is_some(),
        "String" => value.as_string().is_some(),
        "Function" => value.is_function(),
        "Object" => value.is_reference(),
        _ => value.as_boxed().is_some_and(|boxed| boxed.body().class_name() == name),
    }
}

fn has_member(value: Value, name: &str) -> bool {
    match value.kind() {
        Some(Kind::String | Kind::Array | Kind::Bytes) => name == "length",
        Some(Kind::Map | Kind::Set) => name == "size",
        _ => false,
    }
}
