//! The functions that the prelude declares `native`, by their names there.
//!
//! One table row gives a function two ways in: [`find`] for programs that run inside `raya`, and an exported symbol for
//! bundles, whose emitted table names just those it uses. Nothing else in the machine refers to the tables, so the linker
//! drops what a bundle does not need.
//!
//! Built-ins never call back into the program, so no collection happens while one runs.

/// Rows of name in the prelude, exported symbol, function.
macro_rules! builtins {
    ($($name:literal = $symbol:literal => $function:path;)+) => {
        pub(super) const TABLE: &[(&str, &str, crate::vm::BuiltinFunction)] = &[$(($name, $symbol, $function)),+];
        $(
            const _: () = {
                /// The way in for bundles.
                #[unsafe(export_name = $symbol)]
                fn exported(vm: &mut crate::vm::Vm, arguments: crate::vm::Arguments<'_>) -> Result<crate::value::Value, crate::error::Thrown> {
                    $function(vm, arguments)
                }
            };
        )+
    };
}

mod array;
mod bytes;
mod channel;
mod collate;
mod crypto;
mod date;
mod encoding;
mod files;
mod json;
mod json_text;
mod map;
mod math;
mod number;
mod number_text;
mod object;
mod regexp;
mod search;
mod sort;
mod string;
mod string_edit;
mod surroundings;
mod system;
mod task;
mod testing;
mod url;

use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::{ArrayObject, BytesObject, MapObject, PlainObject, StringObject};
use crate::value::Value;
use crate::vm::{Arguments, BuiltinFunction, Vm};

/// What built-ins give.
type Outcome = Result<Value, Thrown>;

const TABLES: &[&[(&str, &str, BuiltinFunction)]] = &[
    array::TABLE,
    bytes::TABLE,
    channel::TABLE,
    crypto::TABLE,
    encoding::TABLE,
    files::TABLE,
    collate::TABLE,
    date::TABLE,
    json::TABLE,
    json_text::TABLE,
    map::TABLE,
    math::TABLE,
    number::TABLE,
    number_text::TABLE,
    object::TABLE,
    regexp::TABLE,
    search::TABLE,
    sort::TABLE,
    string::TABLE,
    string_edit::TABLE,
    surroundings::TABLE,
    system::TABLE,
    task::TABLE,
    testing::TABLE,
    url::TABLE,
];

/// The built-in with this name in the prelude.
pub fn find(name: &str) -> Option<BuiltinFunction> {
    let row = TABLES.iter().flat_map(|table| table.iter()).find(|(known, ..)| *known == name)?;
    Some(row.2)
}

/// The names of all built-ins there are, sorted.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = TABLES.iter().flat_map(|table| table.iter()).map(|(name, ..)| *name).collect();
    names.sort_unstable();
    names
}

impl Vm {
    fn string_argument(
        &mut self,
        arguments: Arguments<'_>,
        index: usize,
    ) -> Result<Gc<StringObject>, Thrown> {
        let value = arguments.get(index);
        value.as_string().ok_or_else(|| self.expected("a string", value))
    }

    fn array_argument(&mut self, arguments: Arguments<'_>, index: usize) -> Result<Gc<ArrayObject>, Thrown> {
        let value = arguments.get(index);
        value.as_array().ok_or_else(|| self.expected("an array", value))
    }

    fn bytes_argument(&mut self, arguments: Arguments<'_>, index: usize) -> Result<Gc<BytesObject>, Thrown> {
        let value = arguments.get(index);
        value.as_bytes().ok_or_else(|| self.expected("a Uint8Array", value))
    }

    fn map_argument(&mut self, arguments: Arguments<'_>, index: usize) -> Result<Gc<MapObject>, Thrown> {
        let value = arguments.get(index);
        value.as_map().ok_or_else(|| self.expected("a Map", value))
    }

    fn set_argument(&mut self, arguments: Arguments<'_>, index: usize) -> Result<Gc<MapObject>, Thrown> {
        let value = arguments.get(index);
        value.as_set().ok_or_else(|| self.expected("a Set", value))
    }

    fn object_argument(&mut self, arguments: Arguments<'_>, index: usize) -> Result<Gc<PlainObject>, Thrown> {
        let value = arguments.get(index);
        value.as_plain().ok_or_else(|| self.expected("an object", value))
    }

    fn number_argument(&mut self, arguments: Arguments<'_>, index: usize) -> Result<f64, Thrown> {
        let value = arguments.get(index);
        value.as_number().ok_or_else(|| self.expected("a number", value))
    }

    fn int_argument(&mut self, arguments: Arguments<'_>, index: usize) -> Result<i32, Thrown> {
        let value = arguments.get(index);
        // A double is cut to an int, as TypeScript's built-ins do with their indices.
        value.as_number().map(|number| number as i32).ok_or_else(|| self.expected("an int", value))
    }

    /// An optional int.
    fn int_or(&mut self, arguments: Arguments<'_>, index: usize, default: i32) -> Result<i32, Thrown> {
        if arguments.get(index).is_nullish() { Ok(default) } else { self.int_argument(arguments, index) }
    }

    /// An optional string.
    fn text_or<'a>(
        &mut self,
        arguments: Arguments<'_>,
        index: usize,
        default: &'a str,
    ) -> Result<&'a str, Thrown> {
        if arguments.get(index).is_nullish() {
            return Ok(default);
        }
        Ok(self.string_argument(arguments, index)?.as_str())
    }

    /// Start and end, counted from the end where negative, within `length`, in order.
    fn range(
        &mut self,
        arguments: Arguments<'_>,
        first: usize,
        length: usize,
    ) -> Result<(usize, usize), Thrown> {
        let start = relative(self.int_or(arguments, first, 0)?, length);
        let end = match arguments.get(first + 1).is_nullish() {
            true => length,
            false => relative(self.int_argument(arguments, first + 1)?, length),
        };
        Ok((start, end.max(start)))
    }

    fn range_error(&mut self, message: &str) -> Thrown {
        self.error(ErrorKind::Range, message)
    }
}

/// An index counted from the end where negative, within `0..=length`.
fn relative(index: i32, length: usize) -> usize {
    match usize::try_from(index) {
        Ok(index) => index.min(length),
        Err(_) => length.saturating_sub(index.unsigned_abs() as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_those_of_the_names() {
        for (name, symbol, _) in TABLES.iter().flat_map(|table| table.iter()) {
            assert_eq!(raya_abi::names::builtin_symbol(name), *symbol);
        }
    }

    #[test]
    fn names_differ() {
        let names = names();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(find("Array.push").is_some() && find("Array.nothing").is_none());
    }
}
