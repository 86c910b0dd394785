//! Properties by name, without the run loop's caches: what the slow paths, built-ins and natives use.

use raya_abi::Representation;
use raya_bytecode::program::Member;

use super::names::Name;
use super::shapes::{DICTIONARY, Place, ShapeId};
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::{ElementKind, Kind, PlainObject};
use crate::value::Value;
use crate::vm::Vm;

/// What a name means for an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Found {
    /// A slot, and what it may hold.
    Slot(Place, Representation),
    /// A member of its class.
    Member(Member),
    /// Nothing.
    Nothing,
}

/// Whether a value may be stored where `representation` is declared, and in which form.
#[inline]
pub(crate) fn fit(value: Value, representation: Representation) -> Option<Value> {
    let fits = match representation {
        Representation::Any => true,
        Representation::Int => value.is_int(),
        Representation::Number => return value.as_number().map(Value::number),
        Representation::Boolean => value.is_boolean(),
        Representation::Reference => value.is_reference(),
    };
    fits.then_some(value)
}

/// Properties in the order in which they are listed: those whose names are array indices first, by number, as in JavaScript.
fn in_order(mut properties: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let index = |name: &str| name.parse::<u32>().ok().filter(|number| number.to_string() == name);
    if properties.iter().any(|(name, _)| name.as_bytes().first().is_some_and(u8::is_ascii_digit)) {
        properties.sort_by_key(|(name, _)| index(name).map_or(u64::MAX, u64::from));
    }
    properties
}

impl Vm {
    /// The shape of instances of `class`.
    pub(crate) fn class_shape(&mut self, class: u32) -> ShapeId {
        match self.class_shapes[class as usize] {
            0 => {
                let program = self.program;
                let fields = &program.classes[class as usize].fields;
                let names = fields
                    .iter()
                    .map(|(name, _)| self.names.intern(&program.strings[*name as usize]))
                    .collect();
                let shape = self.shapes.of_class(class, names);
                self.class_shapes[class as usize] = shape;
                shape
            }
            shape => shape,
        }
    }

    /// The shape of the literal `literal`.
    pub(crate) fn literal_shape(&mut self, literal: u32) -> ShapeId {
        match self.literal_shapes[literal as usize] {
            0 => {
                let program = self.program;
                let names = &mut self.names;
                let strings =
                    program.shapes[literal as usize].iter().map(|name| &program.strings[*name as usize]);
                let shape = self.shapes.of_literal(strings.map(|name| names.intern(name)));
                self.literal_shapes[literal as usize] = shape;
                shape
            }
            shape => shape,
        }
    }

    /// An empty plain object with room for `capacity` properties.
    pub fn new_object(&mut self, capacity: usize) -> Gc<PlainObject> {
        let inline = capacity.clamp(2, 64) as u16;
        let shape = self.shapes.root(inline);
        let object = self.heap.plain_object(shape, self.shapes.get(shape).words());
        object.slots()[0].set(Value::NULL);
        object
    }

    /// A new instance of `class`, its fields absent.
    #[inline]
    pub(crate) fn new_instance(&mut self, class: u32) -> Gc<PlainObject> {
        let shape = self.class_shape(class);
        self.heap.plain_object(shape, self.shapes.get(shape).words())
    }

    /// What `name` means for objects of `shape`.
    pub(crate) fn resolve(&self, shape: ShapeId, name: Name) -> Found {
        let known = self.shapes.get(shape);
        if let Some(slot) = known.slot(name) {
            let representation = match known.class {
                Some(class) => self.program.classes[class as usize].fields[slot].1,
                None => Representation::Any,
            };
            return Found::Slot(known.place(slot), representation);
        }
        match known.class {
            Some(class) => match self.member(class, self.names.text(name)) {
                Some(member) => Found::Member(member),
                None => Found::Nothing,
            },
            None => Found::Nothing,
        }
    }

    /// The method or accessor `name` of `class` or of what it extends.
    pub(crate) fn member(&self, class: u32, name: &str) -> Option<Member> {
        let program = self.program;
        let mut class = Some(class);
        while let Some(index) = class {
            let known = &program.classes[index as usize];
            let found = known
                .members
                .binary_search_by(|(text, _)| program.strings[*text as usize].as_str().cmp(name));
            if let Ok(at) = found {
                return Some(known.members[at].1);
            }
            class = known.base;
        }
        None
    }

    /// The value at `place`.
    #[inline]
    pub(crate) fn read_place(&self, object: Gc<PlainObject>, place: Place) -> Value {
        match place {
            Place::Word(word) => object.slots().get(word as usize).map_or(Value::ABSENT, |slot| slot.get()),
            Place::Overflow(at) => match object.slots().first().and_then(|slot| slot.get().as_array()) {
                Some(overflow) => overflow.get(at as usize).unwrap_or(Value::ABSENT),
                None => Value::ABSENT,
            },
        }
    }

    /// Writes `value` at `place`, appending to the overflow array if it is the next of its elements.
    pub(crate) fn write_place(&mut self, object: Gc<PlainObject>, place: Place, value: Value) {
        match place {
            Place::Word(word) => {
                if let Some(slot) = object.slots().get(word as usize) {
                    self.heap.write(object, slot, value);
                }
            }
            Place::Overflow(at) => {
                let Some(word) = object.slots().first() else { return };
                let overflow = match word.get().as_array() {
                    Some(overflow) => overflow,
                    None => {
                        let overflow = self.heap.array(ElementKind::Any, 4);
                        self.heap.write(object, word, Value::reference(overflow));
                        overflow
                    }
                };
                // Any value fits an array of any values.
                let _ = match (at as usize) < overflow.length() {
                    true => self.heap.array_set(overflow, at as usize, value),
                    false => self.heap.array_push(overflow, value),
                };
            }
        }
    }

    /// The own property `name` of an object, without running accessors; none if it has no such property.
    pub fn own_property(&mut self, object: Gc<PlainObject>, name: &str) -> Option<Value> {
        if object.shape() == DICTIONARY {
            let map = object.slots()[0].get().as_map()?;
            let key = self.heap.string(name);
            return map.get(Value::reference(key));
        }
        let name = self.names.find(name)?;
        let slot = self.shapes.get(object.shape()).slot(name)?;
        let place = self.shapes.get(object.shape()).place(slot);
        let value = self.read_place(object, place);
        if value.is_absent() {
            return None;
        }
        Some(self.materialized(object, place, value))
    }

    /// A trace that is read becomes the text it stands for.
    pub(crate) fn materialized(&mut self, object: Gc<PlainObject>, place: Place, value: Value) -> Value {
        if value.kind() != Some(Kind::Trace) {
            return value;
        }
        let text = self.stack_text(object, value);
        let string = Value::reference(self.heap.string(&text));
        self.write_place(object, place, string);
        string
    }

    /// Names and values of an object's own properties, in order.
    pub fn own_properties(&mut self, object: Gc<PlainObject>) -> Vec<(String, Value)> {
        if object.shape() == DICTIONARY {
            let Some(map) = object.slots()[0].get().as_map() else { return Vec::new() };
            let text = |key: Value| key.as_string().map_or(String::new(), |key| key.as_str().to_owned());
            return in_order(map.entries().map(|(key, value)| (text(key), value)).collect());
        }
        let count = self.shapes.get(object.shape()).names.len();
        let mut properties = Vec::with_capacity(count);
        for slot in 0..count {
            let shape = self.shapes.get(object.shape());
            let (name, place, is_instance) = (shape.names[slot], shape.place(slot), shape.class.is_some());
            // Private fields, and those that only the compiler knows of, are nobody's properties.
            if is_instance && self.names.text(name).starts_with(['#', '%']) {
                continue;
            }
            let value = self.read_place(object, place);
            if !value.is_absent() {
                let value = self.materialized(object, place, value);
                properties.push((self.names.text(name).to_owned(), value));
            }
        }
        in_order(properties)
    }

    /// Sets property `name` of an object without running accessors; plain objects grow.
    pub fn set_property(&mut self, object: Gc<PlainObject>, name: &str, value: Value) -> Result<(), Thrown> {
        let id = object.shape();
        if self.shapes.get(id).frozen {
            return Err(
                self.error(ErrorKind::Type, &format!("cannot set property '{name}' of a frozen object"))
            );
        }
        if id == DICTIONARY {
            let key = self.heap.string(name);
            return self.set_dictionary(object, Value::reference(key), value);
        }
        let interned = self.names.intern(name);
        match self.resolve(id, interned) {
            Found::Slot(place, representation) => match fit(value, representation) {
                Some(value) => {
                    self.write_place(object, place, value);
                    Ok(())
                }
                None => Err(self.misfit(&format!("property '{name}'"), representation, value)),
            },
            Found::Member(_) => Err(self.error(ErrorKind::Type, &format!("property '{name}' cannot be set"))),
            Found::Nothing if self.shapes.get(id).class.is_some() => {
                let class = self.describe(Value::reference(object));
                Err(self.error(ErrorKind::Type, &format!("{class} has no property '{name}'")))
            }
            Found::Nothing => match self.shapes.with(id, interned) {
                Some(next) => {
                    let place = self.shapes.get(next).place(self.shapes.get(id).names.len());
                    object.set_shape(next);
                    self.write_place(object, place, value);
                    Ok(())
                }
                None => {
                    self.make_dictionary(object);
                    let key = self.heap.string(name);
                    self.set_dictionary(object, Value::reference(key), value)
                }
            },
        }
    }

    fn set_dictionary(&mut self, object: Gc<PlainObject>, key: Value, value: Value) -> Result<(), Thrown> {
        match object.slots()[0].get().as_map() {
            Some(map) => {
                self.heap.map_set(map, key, value);
                Ok(())
            }
            None => Err(self.error(ErrorKind::Type, "cannot set a property of this object")),
        }
    }

    /// Moves the properties of a plain object to a map.
    pub(crate) fn make_dictionary(&mut self, object: Gc<PlainObject>) {
        if object.shape() == DICTIONARY {
            return;
        }
        let properties = self.own_properties(object);
        let map = self.heap.map(Kind::Map);
        for (name, value) in properties {
            let key = self.heap.string(&name);
            self.heap.map_set(map, Value::reference(key), value);
        }
        for slot in object.slots() {
            slot.set(Value::NULL);
        }
        object.set_shape(DICTIONARY);
        self.heap.write(object, &object.slots()[0], Value::reference(map));
    }

    /// Gives a dictionary a shape that cannot change.
    pub(crate) fn freeze_dictionary(&mut self, object: Gc<PlainObject>) -> Result<(), Thrown> {
        let properties = self.own_properties(object);
        let names = properties.iter().map(|(name, _)| self.names.intern(name)).collect();
        let inline = object.slots().len() as u16 - 1;
        let Some(shape) = self.shapes.frozen_of(names, inline) else {
            return Err(self.error(ErrorKind::Range, "an object with so many properties cannot be frozen"));
        };
        for slot in object.slots() {
            slot.set(Value::NULL);
        }
        object.set_shape(shape);
        for (slot, (_, value)) in properties.into_iter().enumerate() {
            let place = self.shapes.get(shape).place(slot);
            self.write_place(object, place, value);
        }
        Ok(())
    }

    /// The class whose instance `value` is.
    pub fn class_of(&self, value: Value) -> Option<u32> {
        self.shapes.get(value.as_plain()?.shape()).class
    }

    /// Whether `value` is an instance of `class` or of one that extends it.
    pub fn is_instance(&self, value: Value, class: u32) -> bool {
        let mut known = self.class_of(value);
        while let Some(index) = known {
            if index == class {
                return true;
            }
            known = self.program.classes[index as usize].base;
        }
        false
    }
}
