//! Conversions and comparisons that work on any value.

use raya_abi::limits::STRING_BYTES_MAX;
use raya_abi::names::CLASS_VALUE_PREFIX;
use raya_bytecode::program::Member;

use crate::error::{ErrorKind, Thrown};
use crate::heap::object::{ElementKind, Kind};
use crate::value::{Primitive, Value};
use crate::vm::Vm;

/// -1, 0 or 1 as `left` is less than, equal to or greater than `right`; 0 where one is NaN. No branch depends on them.
#[inline(always)]
pub(crate) fn order(left: f64, right: f64) -> f64 {
    f64::from(i32::from(left > right) - i32::from(left < right))
}

/// Whether two values are equal without coercion: strings by content, int and number by value, all else by identity.
#[inline]
pub(crate) fn equal(left: Value, right: Value) -> bool {
    if left == right {
        return !left.is_number() || !left.number_bits().is_nan();
    }
    if let (Some(left), Some(right)) = (left.as_number(), right.as_number()) {
        return left == right;
    }
    if let (Some(left), Some(right)) = (left.as_string(), right.as_string()) {
        return left.as_bytes() == right.as_bytes();
    }
    left.is_nullish() && right.is_nullish()
}

/// False for false, 0, NaN, "" and null.
#[inline]
pub(crate) fn truthy(value: Value) -> bool {
    match value.primitive() {
        Primitive::Null => false,
        Primitive::Boolean(value) => value,
        Primitive::Int(value) => value != 0,
        Primitive::Number(value) => value != 0.0 && !value.is_nan(),
        Primitive::Reference => value.as_string().is_none_or(|string| string.length() != 0),
    }
}

/// The name that `typeof` gives.
pub(crate) fn type_name(value: Value) -> &'static str {
    match value.primitive() {
        Primitive::Null => "null",
        Primitive::Boolean(_) => "boolean",
        Primitive::Int(_) => "int",
        Primitive::Number(_) => "number",
        Primitive::Reference if value.as_string().is_some() => "string",
        Primitive::Reference if value.is_function() => "function",
        Primitive::Reference => "object",
    }
}

/// ECMAScript's `**`.
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) {
        return f64::NAN;
    }
    base.powf(exponent)
}

/// The text of a number as ECMAScript prints it.
pub(crate) fn push_number(text: &mut String, number: f64) {
    if number == 0.0 {
        return text.push('0');
    }
    let int = number as i32;
    if f64::from(int) == number {
        return push_int(text, int);
    }
    text.push_str(ryu_js::Buffer::new().format(number));
}

/// The text of an int.
pub(crate) fn push_int(text: &mut String, int: i32) {
    text.push_str(Digits::of(int).as_str());
}

/// The decimal text of an int.
pub(crate) struct Digits {
    bytes: [u8; 11],
    start: usize,
}

impl Digits {
    #[inline]
    pub(crate) fn of(int: i32) -> Digits {
        let mut digits = Digits { bytes: [0; 11], start: 11 };
        let mut rest = int.unsigned_abs();
        while rest >= 100 {
            digits.put_pair(rest % 100);
            rest /= 100;
        }
        if rest >= 10 {
            digits.put_pair(rest);
        } else {
            digits.put(b'0' + rest as u8);
        }
        if int < 0 {
            digits.put(b'-');
        }
        digits
    }

    #[inline(always)]
    fn put(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }

    #[inline(always)]
    fn put_pair(&mut self, pair: u32) {
        self.put(b'0' + (pair % 10) as u8);
        self.put(b'0' + (pair / 10) as u8);
    }

    /// ASCII.
    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(crate) fn as_str(&self) -> &str {
        // Digits are ASCII.
        core::str::from_utf8(self.as_bytes()).unwrap_or("")
    }
}

/// Arrays inside arrays whose text is made, at most.
const TEXT_DEPTH_MAX: usize = 100;

impl Vm {
    /// The text of a value, as template strings and `String(x)` make it.
    pub fn to_text(&mut self, value: Value) -> Result<Value, Thrown> {
        if value.as_string().is_some() {
            return Ok(value);
        }
        if let Some(digit @ 0..=9) = value.as_int() {
            return Ok(self.character(b'0' + digit as u8));
        }
        if let Some(int) = value.as_int() {
            return self.new_string(Digits::of(int).as_str());
        }
        let mut text = String::new();
        self.push_text(&mut text, value, 0)?;
        self.new_string(&text)
    }

    /// Whether an object has a method of this name, or a function as a property of its own.
    pub(crate) fn has_method(&mut self, value: Value, name: &str) -> bool {
        let Some(object) = value.as_plain() else { return false };
        match self.class_of(value) {
            Some(class) => matches!(self.member(class, name), Some(Member::Method(_))),
            None => self.own_property(object, name).is_some_and(Value::is_function),
        }
    }

    /// Whether a value, or as an array something in it, has a `toString` of its own: then the program calls it, since
    /// nothing in here may (see `textOf` in the prelude).
    pub(crate) fn says_its_text(&mut self, value: Value) -> bool {
        // What has more elements than that has no text anyway.
        let mut left = STRING_BYTES_MAX;
        self.says_its_text_within(value, 0, &mut left)
    }

    fn says_its_text_within(&mut self, value: Value, depth: usize, left: &mut usize) -> bool {
        let Some(array) = value.as_array() else { return self.has_method(value, "toString") };
        if array.element_kind() != ElementKind::Any {
            return false;
        }
        if depth >= TEXT_DEPTH_MAX {
            // There is no text, and nothing more to look for.
            *left = 0;
            return false;
        }
        for index in 0..array.length() {
            let Some(remaining) = left.checked_sub(1) else { return false };
            *left = remaining;
            if array.get(index).is_some_and(|element| self.says_its_text_within(element, depth + 1, left)) {
                return true;
            }
        }
        false
    }

    /// Appends the text of `value`, without asking any object.
    pub(crate) fn push_text(&mut self, text: &mut String, value: Value, depth: usize) -> Result<(), Thrown> {
        match value.primitive() {
            Primitive::Null => text.push_str("null"),
            Primitive::Boolean(value) => text.push_str(if value { "true" } else { "false" }),
            Primitive::Int(value) => push_int(text, value),
            Primitive::Number(value) => push_number(text, value),
            Primitive::Reference => self.push_object_text(text, value, depth)?,
        }
        if text.len() > STRING_BYTES_MAX {
            return Err(self.string_too_long(text.len()));
        }
        Ok(())
    }

    fn push_object_text(&mut self, text: &mut String, value: Value, depth: usize) -> Result<(), Thrown> {
        if let Some(string) = value.as_string() {
            text.push_str(string.as_str());
            return Ok(());
        }
        if let Some(array) = value.as_array() {
            if depth >= TEXT_DEPTH_MAX {
                return Err(self.error(ErrorKind::Range, "arrays are nested too deeply to become text"));
            }
            for index in 0..array.length() {
                if index > 0 {
                    text.push(',');
                }
                match array.get(index) {
                    Some(element) if !element.is_nullish() => self.push_text(text, element, depth + 1)?,
                    _ => {}
                }
            }
            return Ok(());
        }
        if let Some(bytes) = value.as_bytes() {
            for (index, byte) in bytes.bytes().iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                push_int(text, i32::from(byte.get()));
            }
            return Ok(());
        }
        if let Some(boxed) = value.as_boxed() {
            text.push_str(&boxed.body().text());
            return Ok(());
        }
        if let Some(name) = self.class_value_name(value) {
            text.push_str(CLASS_VALUE_PREFIX);
            text.push_str(name);
            return Ok(());
        }
        if let Some(object) = value.as_plain() {
            if self.is_error(object) {
                let error = self.uncaught(Thrown(value));
                text.push_str(&error.message);
                return Ok(());
            }
            text.push_str("[object ");
            match self.class_of(value) {
                Some(class) => text.push_str(self.class_name(class)),
                None => text.push_str("Object"),
            }
            text.push(']');
            return Ok(());
        }
        match value.kind() {
            _ if value.is_function() => {
                text.push_str("function ");
                let name = self.function_name(value);
                text.push_str(&name);
            }
            Some(Kind::Trace) => {
                let trace = self.trace_text(value);
                text.push_str(&trace);
            }
            _ => {
                let kind = self.describe(value);
                text.push_str(&format!("[object {kind}]"));
            }
        }
        Ok(())
    }

    /// The name of a function value.
    /// How many parameters a function has, without a rest parameter; 0 for what the machine provides.
    pub(crate) fn parameter_count(&self, function: Value) -> i32 {
        if let Some(bound) = function.as_bound() {
            let given = bound.arguments().as_array().map_or(0, |given| given.length() as i32);
            return (self.parameter_count(bound.target()) - given).max(0);
        }
        function.as_closure().map_or(0, |closure| {
            let known = &self.program.functions[closure.function() as usize];
            i32::from(known.parameters) - i32::from(known.rest)
        })
    }

    pub(crate) fn function_name(&self, value: Value) -> String {
        let program = self.program;
        let string = |index: u32| program.strings.get(index as usize).cloned().unwrap_or_default();
        if let Some(closure) = value.as_closure() {
            return string(program.functions[closure.function() as usize].name);
        }
        if let Some(bound) = value.as_bound() {
            let target = bound.target();
            let inner = target
                .as_closure()
                .map(|closure| string(program.functions[closure.function() as usize].name));
            return format!("bound {}", inner.unwrap_or_default());
        }
        match (value.kind(), value.as_foreign().map(|function| function.header.aux.get())) {
            (Some(Kind::Native), Some(index)) => string(program.natives[index as usize].name),
            (Some(Kind::Builtin), Some(index)) => string(program.builtins[index as usize]),
            _ => String::new(),
        }
    }
}
