//! What a match is for the program: an array of the whole and the groups, with `index`, `input` and `groups`.

use super::Expression;
use crate::builtins::Outcome;
use crate::heap::Gc;
use crate::heap::object::StringObject;
use crate::value::Value;
use crate::vm::Vm;

/// Converts byte positions of one string to UTF-16 units. Asked in rising order, it reads the string once.
#[derive(Clone)]
pub(super) struct Units {
    string: Gc<StringObject>,
    byte: usize,
    unit: usize,
}

impl Units {
    pub(super) fn new(string: Gc<StringObject>) -> Units {
        Units { string, byte: 0, unit: 0 }
    }

    /// For positions from `byte` on, where a character starts.
    pub(super) fn from(vm: &mut Vm, string: Gc<StringObject>, byte: usize) -> Units {
        Units { string, byte, unit: vm.index_tables.units_before(string, byte) }
    }

    /// The unit at byte `byte`, which is a character's first or the end.
    pub(super) fn at(&mut self, byte: usize) -> i32 {
        if self.string.is_ascii() {
            return byte as i32;
        }
        if byte < self.byte {
            (self.byte, self.unit) = (0, 0);
        }
        self.unit += crate::heap::utf16_units(&self.string.as_str()[self.byte..byte]);
        self.byte = byte;
        self.unit as i32
    }
}

/// The array of a match.
pub(super) fn match_array(
    vm: &mut Vm,
    expression: &Expression,
    string: Gc<StringObject>,
    found: &regress::Match,
    units: &mut Units,
) -> Outcome {
    let text = string.as_str();
    let mut elements = Vec::with_capacity(found.captures.len() + 1);
    elements.push(vm.new_string(&text[found.range()])?);
    for group in &found.captures {
        elements.push(match group {
            Some(range) => vm.new_string(&text[range.clone()])?,
            None => Value::NULL,
        });
    }
    let properties = vm.new_object(4);
    vm.set_property(properties, "index", Value::int(units.at(found.start())))?;
    vm.set_property(properties, "input", Value::reference(string))?;
    let groups = named(vm, found, |vm, range| vm.new_string(&text[range]))?;
    vm.set_property(properties, "groups", groups)?;
    if expression.compiled.has_indices {
        let indices = indices(vm, found, units)?;
        vm.set_property(properties, "indices", indices)?;
    }
    Ok(Value::reference(vm.heap.extended_array(&elements, Value::reference(properties))))
}

/// The named groups as an object; null if the pattern names none.
fn named(
    vm: &mut Vm,
    found: &regress::Match,
    mut make: impl FnMut(&mut Vm, core::ops::Range<usize>) -> Outcome,
) -> Outcome {
    let mut groups = found.named_groups().peekable();
    if groups.peek().is_none() {
        return Ok(Value::NULL);
    }
    let object = vm.new_object(4);
    for (name, range) in groups {
        let value = match range {
            Some(range) => make(vm, range)?,
            None => Value::NULL,
        };
        vm.set_property(object, name, value)?;
    }
    Ok(Value::reference(object))
}

/// Start and end of the whole and each group, with `groups`: what the flag `d` asks for.
fn indices(vm: &mut Vm, found: &regress::Match, units: &mut Units) -> Outcome {
    let mut pair = |vm: &mut Vm, range: core::ops::Range<usize>| {
        let ends = [range.start, range.end].map(|byte| Value::int(units.at(byte)));
        Value::reference(vm.heap.array_of(&ends))
    };
    let mut elements = vec![pair(vm, found.range())];
    for group in &found.captures {
        elements.push(group.clone().map_or(Value::NULL, |range| pair(vm, range)));
    }
    let groups = named(vm, found, |vm, range| Ok(pair(vm, range)))?;
    let properties = vm.new_object(1);
    vm.set_property(properties, "groups", groups)?;
    Ok(Value::reference(vm.heap.extended_array(&elements, Value::reference(properties))))
}
