//! What the run loop does out of line: cache misses, conversions between array kinds, errors.

use core::cell::Cell;

use raya_abi::Representation;
use raya_abi::limits::{ARRAY_LENGTH_MAX, STRING_BYTES_MAX};
use raya_bytecode::program::Member;
use raya_bytecode::{Instruction, Operation};

use super::frames::{RETURN_CHECKED, RETURN_DROPPED};
use super::{Next, SITE_GETTER, SITE_SLOT, SiteCache};
use crate::convert::Digits;
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::{ArrayObject, ElementKind, EntryPart, Kind, PlainObject};
use crate::object::property::Found;
use crate::object::shapes::{DICTIONARY, Place};
use crate::text;
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// The name that a site of the running function refers to.
    pub(crate) fn site_name(&self, site: u16) -> &'static str {
        let program = self.program;
        match self.frame_position(0) {
            Some([function, _]) => {
                &program.strings[program.functions[function as usize].sites[site as usize] as usize]
            }
            None => "",
        }
    }

    /// Remembers what a site of the running function found for objects like `object`.
    pub(crate) fn fill_site(
        &mut self,
        site: u16,
        object: Gc<PlainObject>,
        what: u64,
        function: u32,
        word: u16,
        representation: Representation,
    ) {
        let Some([running, _]) = self.frame_position(0) else { return };
        if object.shape() == DICTIONARY {
            return;
        }
        let key = super::site_key(object.header()) | what;
        // SAFETY: a function's sites stay where they are while the machine lives; the verifier checked the index.
        let cell = unsafe { &*self.functions[running as usize].sites.add(site as usize) };
        cell.set(SiteCache { key, function, word, representation });
    }

    /// A property whose site did not know the object, or whose value did not fit what the instruction wants.
    #[inline(never)]
    pub(crate) fn get_property_slow(
        &mut self,
        subject: Value,
        instruction: Instruction,
    ) -> Result<Next, Thrown> {
        let name = self.site_name(instruction.c);
        let Some(object) = subject.as_plain() else {
            let value = self.foreign_property(subject, name)?;
            return self.check_property(value, instruction.operation).map(Next::Value);
        };
        if object.shape() != DICTIONARY {
            let interned = self.names.intern(name);
            match self.resolve(object.shape(), interned) {
                Found::Slot(place, representation) => {
                    // A stack is made into text when it is first read, which no cache may skip.
                    if let Place::Word(word) = place
                        && name != "stack"
                    {
                        let representation = self.writable(object, representation);
                        if let Some(representation) = representation {
                            let kinds = super::storable(representation);
                            self.fill_site(instruction.c, object, SITE_SLOT, kinds, word, representation);
                        }
                    }
                    let value = self.read_place(object, place);
                    let value = self.materialized(object, place, value);
                    return self.check_property(value, instruction.operation).map(Next::Value);
                }
                Found::Member(Member::Accessor { get: Some(getter), .. }) => {
                    self.fill_site(instruction.c, object, SITE_GETTER, getter, 0, Representation::Any);
                    return self.call_accessor(getter, [subject, Value::NULL], 1, RETURN_CHECKED);
                }
                Found::Member(Member::Method(function)) => {
                    let closure = Value::reference(self.heap.closure(function, &[]));
                    let arguments = Value::reference(self.heap.array_of(&[subject]));
                    return Ok(Next::Value(Value::reference(self.heap.bound(closure, arguments))));
                }
                Found::Member(Member::Accessor { get: None, .. }) | Found::Nothing => {}
            }
        }
        let value = match self.own_property(object, name) {
            Some(value) => value,
            None => match self.begin_getter(object, name)? {
                Some(next) => return Ok(next),
                None => Value::NULL,
            },
        };
        self.check_property(value, instruction.operation).map(Next::Value)
    }

    /// What a cache may remember of a slot for writing too; nothing for frozen objects.
    fn writable(&self, object: Gc<PlainObject>, representation: Representation) -> Option<Representation> {
        (!self.shapes.get(object.shape()).frozen).then_some(representation)
    }

    /// A property of something that is no plain object.
    pub(crate) fn foreign_property(&mut self, subject: Value, name: &str) -> Result<Value, Thrown> {
        if subject.is_nullish() {
            return Err(self.error(ErrorKind::Type, &format!("cannot read property '{name}' of null")));
        }
        let length = match (subject.kind(), name) {
            (Some(Kind::String), "length") => subject.as_string().map(|string| string.units()),
            (Some(Kind::Array), "length") => subject.as_array().map(|array| array.length()),
            (Some(Kind::Bytes), "length" | "byteLength") => subject.as_bytes().map(|bytes| bytes.length()),
            (Some(Kind::Map), "size") => subject.as_map().map(|map| map.length()),
            (Some(Kind::Set), "size") => subject.as_set().map(|set| set.length()),
            _ => None,
        };
        if let Some(length) = length {
            return Ok(Value::int(length as i32));
        }
        if let Some(properties) = subject.as_array().and_then(|array| array.properties())
            && let Some(object) = properties.as_plain()
        {
            return Ok(self.own_property(object, name).unwrap_or(Value::NULL));
        }
        if subject.is_function() && name == "length" {
            return Ok(Value::int(self.parameter_count(subject)));
        }
        if subject.is_function() && name == "name" {
            let name = self.function_name(subject);
            return self.new_string(&name);
        }
        Ok(Value::NULL)
    }

    /// Sets a property whose site did not know the object.
    #[inline(never)]
    pub(crate) fn set_property_slow(
        &mut self,
        subject: Value,
        value: Value,
        instruction: Instruction,
    ) -> Result<Next, Thrown> {
        let name = self.site_name(instruction.c);
        let Some(object) = subject.as_plain() else {
            let found = self.describe(subject);
            return Err(self.error(ErrorKind::Type, &format!("cannot set property '{name}' of {found}")));
        };
        let value = if value.is_absent() { Value::NULL } else { value };
        if object.shape() != DICTIONARY {
            let interned = self.names.intern(name);
            match self.resolve(object.shape(), interned) {
                Found::Slot(Place::Word(word), representation) if name != "stack" => {
                    if let Some(representation) = self.writable(object, representation) {
                        let kinds = super::storable(representation);
                        self.fill_site(instruction.c, object, SITE_SLOT, kinds, word, representation);
                    }
                }
                Found::Member(Member::Accessor { set: Some(setter), .. }) => {
                    return self.call_accessor(setter, [subject, value], 2, RETURN_DROPPED);
                }
                _ => {}
            }
        }
        if let Some(next) = self.begin_setter(object, name, value)? {
            return Ok(next);
        }
        self.set_property(object, name, value)?;
        Ok(Next::Value(Value::NULL))
    }

    /// Sets the property that a string names.
    pub(crate) fn set_computed(&mut self, subject: Value, name: Value, value: Value) -> Result<(), Thrown> {
        let (Some(object), Some(name)) = (subject.as_plain(), name.as_string()) else {
            let found = self.describe(subject);
            return Err(self.error(ErrorKind::Type, &format!("cannot set a property of {found}")));
        };
        let value = if value.is_absent() { Value::NULL } else { value };
        if self.write_computed(object, name.as_str(), value)? {
            return Ok(());
        }
        self.set_property(object, name.as_str(), value)
    }

    /// Copies the own properties of `source` to `target`.
    pub(crate) fn copy_properties(&mut self, target: Value, source: Value) -> Result<(), Thrown> {
        if source.is_nullish() {
            return Ok(());
        }
        let (Some(target), Some(source)) = (target.as_plain(), source.as_plain()) else {
            let found = self.describe(source);
            return Err(self.error(ErrorKind::Type, &format!("cannot copy the properties of {found}")));
        };
        for (name, value) in self.read_properties(source)? {
            self.set_property(target, &name, value)?;
        }
        Ok(())
    }

    /// An object literal.
    pub(crate) fn new_literal(&mut self, literal: u16, values: &[Cell<Value>]) -> Result<Value, Thrown> {
        let shape = self.literal_shape(u32::from(literal));
        let object = self.heap.plain_object(shape, self.shapes.get(shape).words());
        let slots = object.slots();
        slots[0].set(Value::NULL);
        for (slot, value) in slots[1..].iter().zip(values) {
            let value = value.get();
            slot.set(if value.is_absent() { Value::NULL } else { value });
        }
        Ok(Value::reference(object))
    }

    /// An array of the element kind with this number.
    #[inline]
    pub(crate) fn new_array(&mut self, kind: u16, values: &[Cell<Value>]) -> Result<Value, Thrown> {
        let kind = match Representation::from_number(kind as u8) {
            Some(Representation::Int) => ElementKind::Int,
            Some(Representation::Number) => ElementKind::Number,
            _ => ElementKind::Any,
        };
        let array = self.heap.array(kind, values.len());
        for value in values {
            let value = value.get();
            let value = if value.is_absent() { Value::NULL } else { value };
            if let Err(misfit) = self.heap.array_push(array, value) {
                return Err(self.element_misfit(misfit.expected, value));
            }
        }
        Ok(Value::reference(array))
    }

    /// Appends to an array.
    #[inline]
    pub(crate) fn array_push(&mut self, subject: Value, value: Value) -> Result<(), Thrown> {
        let Some(array) = subject.as_array() else { return Err(self.expected("an array", subject)) };
        self.check_growth(array, 1)?;
        let value = if value.is_absent() { Value::NULL } else { value };
        match self.heap.array_push(array, value) {
            Ok(()) => Ok(()),
            Err(misfit) => Err(self.element_misfit(misfit.expected, value)),
        }
    }

    /// That `more` elements may be added.
    #[inline]
    pub(crate) fn check_growth(&mut self, array: Gc<ArrayObject>, more: usize) -> Result<(), Thrown> {
        let length = array.length() + more;
        if length > ARRAY_LENGTH_MAX || (length > 4096 && !self.heap.has_room(length * 8)) {
            return Err(self.array_too_long(length));
        }
        Ok(())
    }

    #[cold]
    pub(crate) fn array_too_long(&mut self, length: usize) -> Thrown {
        self.error(ErrorKind::Range, &format!("an array of {length} elements is too long"))
    }

    /// Appends all elements of an array, string, map, set or bytes.
    pub(crate) fn array_append(&mut self, target: Value, source: Value) -> Result<(), Thrown> {
        let Some(elements) = source.as_array() else {
            let iterator = self.iterate(source)?;
            loop {
                let value = self.iterate_next(iterator)?;
                if value.is_absent() {
                    return Ok(());
                }
                self.array_push(target, value)?;
            }
        };
        // The length as it is now: an array may be appended to itself.
        for index in 0..elements.length() {
            let value = elements.get(index).unwrap_or(Value::NULL);
            self.array_push(target, value)?;
        }
        Ok(())
    }

    /// An element of an array of another kind than the instruction expects, of bytes, or out of bounds.
    #[inline(never)]
    pub(crate) fn get_element_slow(
        &mut self,
        subject: Value,
        index: i32,
        operation: Operation,
    ) -> Result<Value, Thrown> {
        let expected = match operation {
            Operation::GetElementInt => Representation::Int,
            Operation::GetElementNumber => Representation::Number,
            Operation::GetElementReference => Representation::Reference,
            _ => Representation::Any,
        };
        let position = index as u32 as usize;
        let (value, length) = match subject.kind() {
            Some(Kind::Array) => match subject.as_array() {
                Some(array) => (array.get(position), array.length()),
                None => (None, 0),
            },
            Some(Kind::Bytes) => match subject.as_bytes() {
                Some(bytes) => (
                    bytes.bytes().get(position).map(|byte| Value::int(i32::from(byte.get()))),
                    bytes.length(),
                ),
                None => (None, 0),
            },
            _ => return Err(self.expected("an array", subject)),
        };
        let Some(value) = value else { return Err(self.out_of_bounds(index, length)) };
        let value = if value.is_absent() { Value::NULL } else { value };
        match crate::object::property::fit(value, expected) {
            Some(value) => Ok(value),
            None => Err(self.check_failed(expected, value)),
        }
    }

    /// Sets an element where the fast path could not.
    #[inline(never)]
    pub(crate) fn set_element_slow(
        &mut self,
        subject: Value,
        index: i32,
        value: Value,
    ) -> Result<(), Thrown> {
        let value = if value.is_absent() { Value::NULL } else { value };
        let position = index as u32 as usize;
        if let Some(array) = subject.as_array() {
            if position >= array.length() {
                return Err(self.out_of_bounds(index, array.length()));
            }
            return match self.heap.array_set(array, position, value) {
                Ok(()) => Ok(()),
                Err(misfit) => Err(self.element_misfit(misfit.expected, value)),
            };
        }
        if let Some(bytes) = subject.as_bytes() {
            let Some(byte) = bytes.bytes().get(position) else {
                return Err(self.out_of_bounds(index, bytes.length()));
            };
            return match value.as_int() {
                Some(int) => {
                    byte.set(int as u8);
                    Ok(())
                }
                None => Err(self.element_misfit(ElementKind::Int, value)),
            };
        }
        Err(self.expected("an array", subject))
    }

    pub(crate) fn length_slow(&mut self, subject: Value) -> Result<Value, Thrown> {
        match subject.as_bytes() {
            Some(bytes) => Ok(Value::int(bytes.length() as i32)),
            None => Err(self.expected("an array", subject)),
        }
    }

    /// An iterator over a built-in collection.
    pub(crate) fn iterate(&mut self, subject: Value) -> Result<Value, Thrown> {
        match subject.kind() {
            Some(Kind::Array | Kind::String | Kind::Map | Kind::Set | Kind::Bytes) => {
                Ok(Value::reference(self.heap.iterator(subject, EntryPart::Both)))
            }
            // Made by a built-in: the keys or the values of a map.
            Some(Kind::Iterator) => Ok(subject),
            _ => {
                let found = self.describe(subject);
                Err(self.error(ErrorKind::Type, &format!("{found} is not iterable")))
            }
        }
    }

    /// The next value of an iterator, or absent.
    pub(crate) fn iterate_next(&mut self, iterator: Value) -> Result<Value, Thrown> {
        let Some(iterator) = iterator.as_iterator() else {
            return Err(self.expected("an iterator", iterator));
        };
        let source = iterator.source();
        let position = iterator.position();
        if let Some(array) = source.as_array() {
            iterator.set_position(position + 1);
            return Ok(array.get(position).unwrap_or(Value::ABSENT));
        }
        if let Some(string) = source.as_string() {
            let Some(character) = string.as_str().get(position..).and_then(|rest| rest.chars().next()) else {
                return Ok(Value::ABSENT);
            };
            iterator.set_position(position + character.len_utf8());
            return self.new_string(character.encode_utf8(&mut [0; 4]));
        }
        if let Some(bytes) = source.as_bytes() {
            iterator.set_position(position + 1);
            return Ok(bytes
                .bytes()
                .get(position)
                .map_or(Value::ABSENT, |byte| Value::int(i32::from(byte.get()))));
        }
        match self.heap.map_next(iterator) {
            None => Ok(Value::ABSENT),
            Some((key, _)) if source.as_set().is_some() || iterator.gives(EntryPart::Key) => Ok(key),
            Some((_, value)) if iterator.gives(EntryPart::Value) => Ok(value),
            Some((key, value)) => Ok(Value::reference(self.heap.array_of(&[key, value]))),
        }
    }

    /// A capture of the running function.
    #[inline]
    pub(crate) fn capture(&mut self, index: u16) -> Result<Value, Thrown> {
        let closure = self.frames.top().closure;
        match closure.and_then(|closure| closure.captures().get(index as usize)) {
            Some(capture) => Ok(capture.get()),
            None => Err(self.error(ErrorKind::Type, "a function with captures was called without them")),
        }
    }

    /// Two strings, one after the other.
    #[inline]
    pub(crate) fn concatenate(&mut self, left: Value, right: Value) -> Result<Value, Thrown> {
        let (Some(left), Some(right)) = (left.as_string(), right.as_string()) else {
            return Err(self.not_strings(left, right));
        };
        let length = left.length() + right.length();
        if length > STRING_BYTES_MAX || (length > 4096 && !self.heap.has_room(right.length())) {
            return Err(self.string_too_long(length));
        }
        Ok(Value::reference(self.heap.concatenate(left, right)))
    }

    /// A string and the text of a value, one after the other.
    pub(crate) fn concatenate_text(&mut self, left: Value, right: Value) -> Result<Value, Thrown> {
        let (Some(string), Some(int)) = (left.as_string(), right.as_int()) else {
            let right = self.to_text(right)?;
            return self.concatenate(left, right);
        };
        if let Some(longer) = self.heap.append_int(string, int) {
            return Ok(Value::reference(longer));
        }
        let digits = Digits::of(int);
        let more = digits.as_bytes();
        let length = string.length() + more.len();
        if length > STRING_BYTES_MAX || (length > 4096 && !self.heap.has_room(more.len())) {
            return Err(self.string_too_long(length));
        }
        Ok(Value::reference(self.heap.concatenate_ascii(string, more)))
    }

    /// The code unit at `index`; NaN out of range.
    #[inline]
    pub(crate) fn char_code_at(&mut self, subject: Value, index: i32) -> Result<Value, Thrown> {
        let Some(string) = subject.as_string() else { return Err(self.expected("a string", subject)) };
        if index < 0 || index as usize >= string.units() {
            return Ok(Value::number(f64::NAN));
        }
        if string.is_ascii() {
            return Ok(Value::number(f64::from(string.as_bytes()[index as usize])));
        }
        let position = self.index_tables.position(string, index as usize);
        Ok(Value::number(text::unit_at(string.as_str(), position).map_or(f64::NAN, f64::from)))
    }

    /// Wrapping power; a negative exponent gives the truncated result.
    pub(crate) fn power_int(&mut self, base: i32, exponent: i32) -> Result<i32, Thrown> {
        match (base, exponent) {
            (base, 0..) => Ok(base.wrapping_pow(exponent as u32)),
            (0, _) => Err(self.division_by_zero()),
            (1, _) => Ok(1),
            (-1, exponent) => Ok(if exponent % 2 == 0 { 1 } else { -1 }),
            _ => Ok(0),
        }
    }

    #[cold]
    pub(crate) fn division_by_zero(&mut self) -> Thrown {
        self.error(ErrorKind::Error, "division by zero")
    }

    #[cold]
    pub(crate) fn uninitialized_global(&mut self, global: u16) -> Thrown {
        let program = self.program;
        let name = &program.strings[program.globals[global as usize] as usize];
        self.error(ErrorKind::Reference, &format!("'{name}' is read before it is initialised"))
    }

    /// A value that was promised to have a representation does not.
    #[cold]
    pub(crate) fn check_failed(&mut self, expected: Representation, found: Value) -> Thrown {
        self.misfit("value", expected, found)
    }

    #[cold]
    pub(crate) fn not_strings(&mut self, left: Value, right: Value) -> Thrown {
        let (left, right) = (self.describe(left), self.describe(right));
        self.error(ErrorKind::Type, &format!("expected two strings, found {left} and {right}"))
    }

    #[cold]
    pub(crate) fn expected(&mut self, what: &str, found: Value) -> Thrown {
        let found = self.describe_instead(found, what);
        self.error(ErrorKind::Type, &format!("expected {what}, found {found}"))
    }
}
