//! What `console.log` prints: a first text may have places for the values behind it (`%s`, `%d`, …).

use super::{inspect, inspect_to};
use crate::convert::push_number;
use crate::value::{Primitive, Value};
use crate::vm::Vm;

/// The text of values as `console.log` prints them: strings as they are, all else inspected, spaces between.
pub fn log_line(vm: &mut Vm, mut values: impl Iterator<Item = Value>) -> String {
    let mut line = String::new();
    let first = values.next();
    let mut rest = values.peekable();
    match first.and_then(Value::as_string) {
        Some(template) if rest.peek().is_some() && template.as_str().contains('%') => {
            push_template(vm, &mut line, template.as_str(), &mut rest);
        }
        _ => {
            if let Some(first) = first {
                push_value(vm, &mut line, first);
            }
        }
    }
    for value in rest {
        line.push(' ');
        push_value(vm, &mut line, value);
    }
    line.push('\n');
    line
}

fn push_value(vm: &mut Vm, line: &mut String, value: Value) {
    match value.as_string() {
        Some(string) => line.push_str(string.as_str()),
        None => line.push_str(&inspect(vm, value)),
    }
}

/// Appends a template whose places take one value each, as long as there are some.
fn push_template(
    vm: &mut Vm,
    line: &mut String,
    template: &str,
    values: &mut core::iter::Peekable<impl Iterator<Item = Value>>,
) {
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        line.push_str(&rest[..at]);
        let place = rest.as_bytes().get(at + 1).copied();
        rest = &rest[at..];
        match place {
            Some(b'%') => line.push('%'),
            Some(place @ (b's' | b'd' | b'i' | b'f' | b'j' | b'o' | b'O' | b'c'))
                if values.peek().is_some() =>
            {
                if let Some(value) = values.next() {
                    push_placed(vm, line, place, value);
                }
            }
            _ => {
                line.push('%');
                rest = &rest[1..];
                continue;
            }
        }
        rest = &rest[2..];
    }
    line.push_str(rest);
}

fn push_placed(vm: &mut Vm, line: &mut String, place: u8, value: Value) {
    match place {
        b's' => match value.primitive() {
            Primitive::Reference if value.as_string().is_none() && !value.is_function() => {
                line.push_str(&inspect_to(vm, value, 0));
            }
            _ if value.is_function() => {
                // Text of a function says its name only.
                let _ = vm.push_text(line, value, 0);
            }
            _ => push_value(vm, line, value),
        },
        b'd' | b'i' | b'f' => push_as_number(line, place, value),
        b'c' => {}
        _ => line.push_str(&inspect(vm, value)),
    }
}

/// A value as a number, or NaN.
fn push_as_number(line: &mut String, place: u8, value: Value) {
    let number = match (value.primitive(), value.as_string()) {
        (Primitive::Int(value), _) => f64::from(value),
        (Primitive::Number(value), _) => value,
        (Primitive::Boolean(value), _) if place == b'd' => f64::from(value),
        (Primitive::Null, _) if place == b'd' => 0.0,
        (_, Some(string)) => string.as_str().trim().parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    let number = if place == b'i' { number.trunc() } else { number };
    if number == 0.0 && number.is_sign_negative() {
        line.push('-');
    }
    push_number(line, number);
}
