//! Strings: searching and comparing.

use super::Outcome;
use crate::error::Thrown;
use crate::heap::Gc;
use crate::heap::object::StringObject;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "String.indexOf" = "raya_builtin_String_indexOf" => index_of;
    "String.lastIndexOf" = "raya_builtin_String_lastIndexOf" => last_index_of;
    "String.includes" = "raya_builtin_String_includes" => includes;
    "String.startsWith" = "raya_builtin_String_startsWith" => starts_with;
    "String.endsWith" = "raya_builtin_String_endsWith" => ends_with;
}

impl Vm {
    /// The byte of unit `unit`; of the next character if that is inside one.
    pub(super) fn byte_of(&mut self, string: Gc<StringObject>, unit: usize) -> usize {
        let position = self.index_tables.position(string, unit);
        match position.inside {
            false => position.byte,
            true => position.byte + string.as_str()[position.byte..].chars().next().map_or(0, char::len_utf8),
        }
    }

    /// The byte where the search first occurs at or after the unit in argument 2.
    fn find_text(&mut self, arguments: Arguments<'_>) -> Result<Option<(Gc<StringObject>, usize)>, Thrown> {
        let string = self.string_argument(arguments, 0)?;
        let search = self.string_argument(arguments, 1)?;
        let from = self.int_or(arguments, 2, 0)?.max(0) as usize;
        let start = self.byte_of(string, from);
        Ok(string.as_str()[start..].find(search.as_str()).map(|offset| (string, start + offset)))
    }
}

fn index_of(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let found = vm.find_text(arguments)?;
    Ok(Value::int(found.map_or(-1, |(string, byte)| vm.index_tables.units_before(string, byte) as i32)))
}

fn last_index_of(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let search = vm.string_argument(arguments, 1)?.as_str();
    let from = vm.int_or(arguments, 2, i32::MAX)?.max(0) as usize;
    // No string begins in the middle of a pair.
    let from = from - usize::from(vm.index_tables.position(string, from).inside);
    let end = vm.byte_of(string, from).saturating_add(search.len()).min(string.length());
    let text = string.as_str();
    // The end may fall inside a character, which nothing that ends there can match.
    let end = (0..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let found = text[..end].rfind(search);
    Ok(Value::int(found.map_or(-1, |byte| vm.index_tables.units_before(string, byte) as i32)))
}

fn includes(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::boolean(vm.find_text(arguments)?.is_some()))
}

fn starts_with(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let search = vm.string_argument(arguments, 1)?.as_str();
    let from = vm.int_or(arguments, 2, 0)?.max(0) as usize;
    let position = vm.index_tables.position(string, from);
    Ok(Value::boolean(!position.inside && string.as_str()[position.byte..].starts_with(search)))
}

fn ends_with(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let search = vm.string_argument(arguments, 1)?.as_str();
    let end = vm.int_or(arguments, 2, i32::MAX)?.max(0) as usize;
    let position = vm.index_tables.position(string, end);
    Ok(Value::boolean(!position.inside && string.as_str()[..position.byte].ends_with(search)))
}
