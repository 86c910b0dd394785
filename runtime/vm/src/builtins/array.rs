//! Arrays.

use raya_abi::limits::{ARRAY_LENGTH_MAX, STRING_BYTES_MAX};

use super::{Outcome, relative};
use crate::convert::equal;
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::{ArrayObject, ElementKind};
use crate::text;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "Array.filled" = "raya_builtin_Array_filled" => filled;
    "Array.collect" = "raya_builtin_Array_collect" => collect;
    "Array.isArray" = "raya_builtin_Array_isArray" => is_array;
    "Array.push" = "raya_builtin_Array_push" => push;
    "Array.pop" = "raya_builtin_Array_pop" => pop;
    "Array.shift" = "raya_builtin_Array_shift" => shift;
    "Array.unshift" = "raya_builtin_Array_unshift" => unshift;
    "Array.slice" = "raya_builtin_Array_slice" => slice;
    "Array.splice" = "raya_builtin_Array_splice" => splice;
    "Array.concat" = "raya_builtin_Array_concat" => concat;
    "Array.joinPlain" = "raya_builtin_Array_joinPlain" => join_plain;
    "Array.joined" = "raya_builtin_Array_joined" => joined;
    "Array.reverse" = "raya_builtin_Array_reverse" => reverse;
    "Array.indexOf" = "raya_builtin_Array_indexOf" => index_of;
    "Array.lastIndexOf" = "raya_builtin_Array_lastIndexOf" => last_index_of;
    "Array.includes" = "raya_builtin_Array_includes" => includes;
    "Array.fill" = "raya_builtin_Array_fill" => fill;
    "Array.at" = "raya_builtin_Array_at" => at;
    "Array.entries" = "raya_builtin_Array_entries" => entries;
    "Array.flatten" = "raya_builtin_Array_flatten" => flatten;
    "Array.sortByText" = "raya_builtin_Array_sortByText" => sort_by_text;
}

fn present(value: Value) -> Value {
    if value.is_absent() { Value::NULL } else { value }
}

impl Vm {
    /// Appends to an array of the program, or says why not.
    fn append(&mut self, array: Gc<ArrayObject>, value: Value) -> Result<(), Thrown> {
        self.check_growth(array, 1)?;
        let value = present(value);
        self.heap.array_push(array, value).map_err(|misfit| self.element_misfit(misfit.expected, value))
    }

    fn replace(&mut self, array: Gc<ArrayObject>, index: usize, value: Value) -> Result<(), Thrown> {
        let value = present(value);
        self.heap.array_set(array, index, value).map_err(|misfit| self.element_misfit(misfit.expected, value))
    }

    /// Opens a gap, unless the array becomes too long or a value for the gap does not fit.
    fn open_gap(
        &mut self,
        array: Gc<ArrayObject>,
        at: usize,
        remove: usize,
        values: &[Value],
    ) -> Result<(), Thrown> {
        self.check_growth(array, values.len())?;
        for value in values {
            let fits = match array.element_kind() {
                ElementKind::Any => true,
                ElementKind::Number => value.as_number().is_some(),
                ElementKind::Int => value.is_int(),
            };
            if !fits {
                return Err(self.element_misfit(array.element_kind(), *value));
            }
        }
        self.heap.array_splice(array, at, remove, values.len());
        for (offset, value) in values.iter().enumerate() {
            self.replace(array, at + offset, *value)?;
        }
        Ok(())
    }
}

fn rest(arguments: Arguments<'_>, from: usize) -> Vec<Value> {
    (from..arguments.count()).map(|index| present(arguments.get(index))).collect()
}

fn filled(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let length = vm.int_argument(arguments, 0)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.range_error(&format!("an array cannot have {length} elements")));
    };
    if length > ARRAY_LENGTH_MAX || !vm.heap.has_room(length * 8) {
        return Err(vm.array_too_long(length));
    }
    let initial = present(arguments.get(1));
    let kind = match (initial.is_int(), initial.is_number()) {
        (true, _) => ElementKind::Int,
        (_, true) => ElementKind::Number,
        _ => ElementKind::Any,
    };
    let array = vm.heap.array(kind, length);
    for _ in 0..length {
        vm.append(array, initial)?;
    }
    Ok(Value::reference(array))
}

fn collect(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let source = arguments.get(0);
    if let Some(array) = source.as_array() {
        let copy = vm.heap.array(ElementKind::Any, array.length());
        for element in array.iter() {
            vm.append(copy, element)?;
        }
        return Ok(Value::reference(copy));
    }
    let iterable = source.as_string().is_some()
        || source.as_bytes().is_some()
        || source.as_map().or(source.as_set()).is_some();
    if !iterable {
        return array_like(vm, source);
    }
    let array = Value::reference(vm.heap.array(ElementKind::Any, 0));
    vm.array_append(array, source)?;
    Ok(array)
}

/// `{ length: 3 }` as three nulls; null for what has an iterator of its own.
fn array_like(vm: &mut Vm, source: Value) -> Outcome {
    let Some(object) = source.as_plain() else { return Ok(Value::NULL) };
    let of_class = vm.class_of(source).is_some_and(|class| vm.member(class, "@@iterator").is_some());
    let is_iterable = of_class || vm.own_property(object, "@@iterator").is_some();
    let length = vm.own_property(object, "length").and_then(Value::as_int);
    let Some(length) = length.filter(|_| !is_iterable) else { return Ok(Value::NULL) };
    let nulls = vm.heap.array(ElementKind::Any, 0);
    for _ in 0..length {
        vm.append(nulls, Value::NULL)?;
    }
    Ok(Value::reference(nulls))
}

fn is_array(_: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::boolean(arguments.get(0).as_array().is_some()))
}

fn push(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    for index in 1..arguments.count() {
        vm.append(array, arguments.get(index))?;
    }
    Ok(Value::int(array.length() as i32))
}

fn pop(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    Ok(vm.heap.array_pop(array).unwrap_or(Value::NULL))
}

fn shift(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    Ok(vm.heap.array_shift(array).unwrap_or(Value::NULL))
}

fn unshift(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    vm.open_gap(array, 0, 0, &rest(arguments, 1))?;
    Ok(Value::int(array.length() as i32))
}

fn slice(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let (start, end) = vm.range(arguments, 1, array.length())?;
    Ok(Value::reference(vm.heap.array_slice(array, start, end)))
}

fn splice(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let length = array.length();
    let start = relative(vm.int_argument(arguments, 1)?, length);
    let most = length - start;
    let remove = match arguments.get(2).is_nullish() {
        true => most,
        false => (vm.int_argument(arguments, 2)?.max(0) as usize).min(most),
    };
    let removed = vm.heap.array_slice(array, start, start + remove);
    vm.open_gap(array, start, remove, &rest(arguments, 3))?;
    Ok(Value::reference(removed))
}

fn concat(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let kind = array.element_kind();
    let same = (1..arguments.count()).all(|index| {
        let part = arguments.get(index);
        match part.as_array() {
            Some(part) => part.element_kind() == kind,
            None => {
                (kind == ElementKind::Int && part.is_int())
                    || (kind == ElementKind::Number && part.is_number())
            }
        }
    });
    let result = match same {
        true => vm.heap.array_slice(array, 0, array.length()),
        false => {
            let copy = vm.heap.array(ElementKind::Any, array.length());
            for element in array.iter() {
                vm.append(copy, element)?;
            }
            copy
        }
    };
    for index in 1..arguments.count() {
        let part = arguments.get(index);
        match part.as_array() {
            Some(_) => vm.array_append(Value::reference(result), part)?,
            None => vm.append(result, part)?,
        }
    }
    Ok(Value::reference(result))
}

/// Null where the text of an element is what the element itself says.
fn joined(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    if vm.says_its_text(arguments.get(0)) { Ok(Value::NULL) } else { join_plain(vm, arguments) }
}

fn join_plain(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let separator = vm.text_or(arguments, 1, ",")?;
    let mut text = String::new();
    for index in 0..array.length() {
        if index > 0 {
            text.push_str(separator);
        }
        let element = array.get(index).unwrap_or(Value::NULL);
        if !element.is_nullish() {
            vm.push_text(&mut text, element, 0)?;
        }
        if text.len() > STRING_BYTES_MAX {
            return Err(vm.string_too_long(text.len()));
        }
    }
    vm.new_string(&text)
}

fn reverse(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let length = array.length();
    for index in 0..length / 2 {
        let (left, right) =
            (array.get(index).unwrap_or(Value::NULL), array.get(length - 1 - index).unwrap_or(Value::NULL));
        vm.replace(array, index, right)?;
        vm.replace(array, length - 1 - index, left)?;
    }
    Ok(arguments.get(0))
}

/// First position at or after `from` that holds something equal to `wanted`.
fn position(array: Gc<ArrayObject>, wanted: Value, from: usize) -> Option<usize> {
    let found = match array.element_kind() {
        ElementKind::Int => {
            let wanted = wanted.as_number()?;
            array.ints().get(from..)?.iter().position(|element| f64::from(element.get()) == wanted)
        }
        ElementKind::Number => {
            let wanted = wanted.as_number()?;
            array.numbers().get(from..)?.iter().position(|element| element.get() == wanted)
        }
        ElementKind::Any => {
            array.values().get(from..)?.iter().position(|element| equal(element.get(), wanted))
        }
    };
    found.map(|index| index + from)
}

fn found(index: Option<usize>) -> Value {
    Value::int(index.map_or(-1, |index| index as i32))
}

fn index_of(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let from = relative(vm.int_or(arguments, 2, 0)?, array.length());
    Ok(found(position(array, arguments.get(1), from)))
}

fn last_index_of(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let from = vm.int_or(arguments, 2, i32::MAX)?;
    let end = match usize::try_from(from) {
        Ok(from) => from.saturating_add(1).min(array.length()),
        Err(_) => (relative(from, array.length()) + 1).min(array.length()),
    };
    let wanted = arguments.get(1);
    let last = (0..end).rev().find(|index| array.get(*index).is_some_and(|element| equal(element, wanted)));
    Ok(found(last))
}

fn includes(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let from = relative(vm.int_or(arguments, 2, 0)?, array.length());
    let wanted = arguments.get(1);
    let is_nan = |value: Value| value.as_number().is_some_and(f64::is_nan);
    let holds = match is_nan(wanted) {
        true => array.iter().skip(from).any(is_nan),
        false => position(array, wanted, from).is_some(),
    };
    Ok(Value::boolean(holds))
}

fn fill(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let (start, end) = vm.range(arguments, 2, array.length())?;
    for index in start..end {
        vm.replace(array, index, arguments.get(1))?;
    }
    Ok(arguments.get(0))
}

fn at(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let index = i64::from(vm.int_argument(arguments, 1)?);
    let index = if index < 0 { index + array.length() as i64 } else { index };
    Ok(usize::try_from(index).ok().and_then(|index| array.get(index)).unwrap_or(Value::NULL))
}

fn entries(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let result = vm.heap.array(ElementKind::Any, array.length());
    for index in 0..array.length() {
        let element = array.get(index).unwrap_or(Value::NULL);
        let pair = vm.heap.array_of(&[Value::int(index as i32), element]);
        vm.append(result, Value::reference(pair))?;
    }
    Ok(Value::reference(result))
}

/// Nesting that `flat` follows.
const FLATTEN_DEPTH_MAX: i32 = 200;

fn flatten(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let depth = vm.int_or(arguments, 1, 1)?;
    let result = vm.heap.array(ElementKind::Any, array.length());
    flatten_into(vm, result, array, depth, 0)?;
    Ok(Value::reference(result))
}

fn flatten_into(
    vm: &mut Vm,
    result: Gc<ArrayObject>,
    array: Gc<ArrayObject>,
    depth: i32,
    reached: i32,
) -> Result<(), Thrown> {
    if reached > FLATTEN_DEPTH_MAX {
        return Err(vm.error(ErrorKind::Range, "arrays are nested too deeply to be flattened"));
    }
    for index in 0..array.length() {
        let element = array.get(index).unwrap_or(Value::NULL);
        match element.as_array() {
            Some(inner) if depth > 0 => flatten_into(vm, result, inner, depth - 1, reached + 1)?,
            _ => vm.append(result, element)?,
        }
    }
    Ok(())
}

fn sort_by_text(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let texts = arguments.get(1).as_array();
    if texts.is_none() && vm.says_its_text(arguments.get(0)) {
        return Ok(Value::FALSE);
    }
    let mut nulls = 0;
    let mut keyed: Vec<(Value, Value)> = Vec::with_capacity(array.length());
    for index in 0..array.length() {
        match array.get(index) {
            Some(element) if !element.is_nullish() => {
                let given =
                    texts.and_then(|texts| texts.get(index)).filter(|text| text.as_string().is_some());
                keyed.push((given.map_or_else(|| vm.to_text(element), Ok)?, element));
            }
            _ => nulls += 1,
        }
    }
    let text_of = |value: Value| value.as_string().map_or("", |string| string.as_str());
    keyed.sort_by(|(left, _), (right, _)| text::compare(text_of(*left), text_of(*right)));
    for (index, (_, element)) in keyed.iter().enumerate() {
        vm.replace(array, index, *element)?;
    }
    for index in keyed.len()..keyed.len() + nulls {
        vm.replace(array, index, Value::NULL)?;
    }
    Ok(Value::TRUE)
}
