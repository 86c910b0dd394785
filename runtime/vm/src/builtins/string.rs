//! Strings: characters and parts.

use raya_abi::limits::STRING_BYTES_MAX;

use super::{Outcome, relative};
use crate::error::Thrown;
use crate::heap::Gc;
use crate::heap::object::StringObject;
use crate::text::{between, unit_at};
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "String.fromCharCode" = "raya_builtin_String_fromCharCode" => from_char_code;
    "String.fromCodePoint" = "raya_builtin_String_fromCodePoint" => from_code_point;
    "String.charAt" = "raya_builtin_String_charAt" => char_at;
    "String.charCodeAt" = "raya_builtin_String_charCodeAt" => char_code_at;
    "String.codePointAt" = "raya_builtin_String_codePointAt" => code_point_at;
    "String.at" = "raya_builtin_String_at" => at;
    "String.unit" = "raya_builtin_String_unit" => unit;
    "String.slice" = "raya_builtin_String_slice" => slice;
    "String.substring" = "raya_builtin_String_substring" => substring;
    "String.substr" = "raya_builtin_String_substr" => substr;
    "String.repeat" = "raya_builtin_String_repeat" => repeat;
    "String.concat" = "raya_builtin_String_concat" => concat;
}

impl Vm {
    /// The part of `string` from unit `start` to `end`, which are in order and within its length.
    pub(super) fn substring(&mut self, string: Gc<StringObject>, start: usize, end: usize) -> Outcome {
        if start == 0 && end >= string.units() {
            return Ok(Value::reference(string));
        }
        let text = string.as_str();
        let first = self.index_tables.position(string, start);
        let last = self.index_tables.position(string, end);
        if !first.inside && !last.inside {
            return self.new_string_of_units(&text[first.byte..last.byte], end - start);
        }
        self.new_string(&between(text, first, last))
    }

    /// The string of the unit at `index`; nothing out of range.
    fn unit(&mut self, string: Gc<StringObject>, index: usize) -> Result<Option<Value>, Thrown> {
        if index >= string.units() {
            return Ok(None);
        }
        if string.is_ascii() {
            return Ok(Some(self.character(string.as_bytes()[index])));
        }
        self.substring(string, index, index + 1).map(Some)
    }
}

fn from_char_code(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mut units = Vec::with_capacity(arguments.count());
    for index in 0..arguments.count() {
        units.push(vm.int_argument(arguments, index)? as u16);
    }
    vm.new_string(&String::from_utf16_lossy(&units))
}

fn from_code_point(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mut text = String::with_capacity(arguments.count());
    for index in 0..arguments.count() {
        let number = vm.int_argument(arguments, index)?;
        if !(0..=0x10_FFFF).contains(&number) {
            return Err(vm.range_error(&format!("{number} is no code point")));
        }
        text.push(char::from_u32(number as u32).unwrap_or('\u{FFFD}'));
    }
    vm.new_string(&text)
}

fn char_at(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let index = vm.int_or(arguments, 1, 0)?;
    match vm.unit(string, index as u32 as usize)? {
        Some(unit) => Ok(unit),
        None => vm.new_string(""),
    }
}

fn unit(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let index = vm.int_argument(arguments, 1)?;
    match vm.unit(string, index as u32 as usize)? {
        Some(unit) => Ok(unit),
        None => Err(vm.out_of_bounds(index, string.units())),
    }
}

fn at(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let index = i64::from(vm.int_argument(arguments, 1)?);
    let index = if index < 0 { index + string.units() as i64 } else { index };
    match usize::try_from(index) {
        Ok(index) => Ok(vm.unit(string, index)?.unwrap_or(Value::NULL)),
        Err(_) => Ok(Value::NULL),
    }
}

fn char_code_at(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let index = vm.int_or(arguments, 1, 0)?;
    if index < 0 || index as usize >= string.units() {
        // The result is an int, which has no NaN.
        return Err(vm.out_of_bounds(index, string.units()));
    }
    if string.is_ascii() {
        return Ok(Value::int(i32::from(string.as_bytes()[index as usize])));
    }
    let position = vm.index_tables.position(string, index as usize);
    Ok(Value::int(unit_at(string.as_str(), position).map_or(0, i32::from)))
}

fn code_point_at(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let index = vm.int_or(arguments, 1, 0)?;
    if index < 0 || index as usize >= string.units() {
        return Ok(Value::NULL);
    }
    let position = vm.index_tables.position(string, index as usize);
    let text = string.as_str();
    let code = match position.inside {
        true => unit_at(text, position).map(i32::from),
        false => text[position.byte..].chars().next().map(|character| character as i32),
    };
    Ok(code.map_or(Value::NULL, Value::int))
}

fn slice(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let (start, end) = vm.range(arguments, 1, string.units())?;
    vm.substring(string, start, end)
}

fn substring(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let length = string.units();
    let clamp = |index: i32| (index.max(0) as usize).min(length);
    let start = clamp(vm.int_or(arguments, 1, 0)?);
    let end = clamp(vm.int_or(arguments, 2, i32::MAX)?);
    vm.substring(string, start.min(end), start.max(end))
}

fn substr(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let start = relative(vm.int_or(arguments, 1, 0)?, string.units());
    let length = vm.int_or(arguments, 2, i32::MAX)?.max(0) as usize;
    vm.substring(string, start, start.saturating_add(length).min(string.units()))
}

fn repeat(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let count = vm.int_argument(arguments, 1)?;
    let Ok(count) = usize::try_from(count) else {
        return Err(vm.range_error(&format!("a string cannot be repeated {count} times")));
    };
    let length = string.length().saturating_mul(count);
    if length > STRING_BYTES_MAX || !vm.heap.has_room(length) {
        return Err(vm.string_too_long(length));
    }
    vm.new_string(&string.as_str().repeat(count))
}

fn concat(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mut text = vm.string_argument(arguments, 0)?.as_str().to_owned();
    for index in 1..arguments.count() {
        vm.push_text(&mut text, arguments.get(index), 0)?;
    }
    vm.new_string(&text)
}
