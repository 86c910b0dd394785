//! Numbers read from text and other values.

use super::Outcome;
use crate::value::{Primitive, Value};
use crate::vm::{Arguments, Vm};

builtins! {
    "Number.of" = "raya_builtin_Number_of" => of;
    "Number.isInteger" = "raya_builtin_Number_isInteger" => is_integer;
    "Number.isSafeInteger" = "raya_builtin_Number_isSafeInteger" => is_safe_integer;
    "parseInt" = "raya_builtin_parseInt" => parse_int;
    "parseFloat" = "raya_builtin_parseFloat" => parse_float;
}

fn of(_: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let value = arguments.get(0);
    Ok(Value::number(match value.primitive() {
        Primitive::Null => 0.0,
        Primitive::Boolean(value) => f64::from(value),
        Primitive::Int(value) => f64::from(value),
        Primitive::Number(value) => value,
        Primitive::Reference => value.as_string().map_or(f64::NAN, |string| number_of(string.as_str())),
    }))
}

/// The number that all of `text` spells; NaN if it spells none.
pub(super) fn number_of(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    let radix = match text.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => Some(16),
        [b'0', b'o' | b'O', _, ..] => Some(8),
        [b'0', b'b' | b'B', _, ..] => Some(2),
        _ => None,
    };
    if let Some(radix) = radix {
        let digits = &text[2..];
        return if digits.chars().all(|digit| digit.is_digit(radix)) {
            integer_of(digits, radix)
        } else {
            f64::NAN
        };
    }
    match decimal_prefix(text) {
        (length, number) if length == text.len() => number,
        _ => f64::NAN,
    }
}

/// The number of these digits, rounded once where they fit 128 bits.
fn integer_of(digits: &str, radix: u32) -> f64 {
    if let Ok(number) = u128::from_str_radix(digits, radix) {
        return number as f64;
    }
    if radix == 10 {
        return digits.parse().unwrap_or(f64::INFINITY);
    }
    digits
        .chars()
        .filter_map(|digit| digit.to_digit(radix))
        .fold(0.0, |number, digit| number * f64::from(radix) + f64::from(digit))
}

/// The longest prefix of `text` that spells a decimal number: its length, and the number.
pub(super) fn decimal_prefix(text: &str) -> (usize, f64) {
    let bytes = text.as_bytes();
    let digits_from = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if text[sign..].starts_with("Infinity") {
        let number = if bytes[0] == b'-' { f64::NEG_INFINITY } else { f64::INFINITY };
        return (sign + 8, number);
    }
    let whole = digits_from(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits_from(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return (0, f64::NAN);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits_from((end + 1 + signed).min(bytes.len()));
        if exponent > 0 {
            end += 1 + signed + exponent;
        }
    }
    (end, text[..end].parse().unwrap_or(f64::NAN))
}

fn is_integer(_: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let number = arguments.get(0).as_number();
    Ok(Value::boolean(number.is_some_and(|number| number.is_finite() && number.trunc() == number)))
}

fn is_safe_integer(_: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let number = arguments.get(0).as_number();
    Ok(Value::boolean(
        number.is_some_and(|number| number.trunc() == number && number.abs() <= 9_007_199_254_740_991.0),
    ))
}

fn parse_int(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str().trim_start();
    let radix = vm.int_or(arguments, 1, 0)?;
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let prefixed = matches!(digits.as_bytes(), [b'0', b'x' | b'X', ..]) && matches!(radix, 0 | 16);
    let (radix, digits) = match (prefixed, radix) {
        (true, _) => (16, &digits[2..]),
        (false, 0) => (10, digits),
        (false, radix @ 2..=36) => (radix as u32, digits),
        _ => return Ok(Value::number(f64::NAN)),
    };
    let count = digits.bytes().take_while(|digit| char::from(*digit).is_digit(radix)).count();
    if count == 0 {
        return Ok(Value::number(f64::NAN));
    }
    let number = integer_of(&digits[..count], radix);
    Ok(Value::number(if negative { -number } else { number }))
}

fn parse_float(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str().trim_start();
    Ok(Value::number(decimal_prefix(text).1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_a_number_when_all_of_it_is() {
        for (text, number) in [
            ("", 0.0),
            (" 12 ", 12.0),
            ("1e3", 1000.0),
            ("0xff", 255.0),
            ("-Infinity", f64::NEG_INFINITY),
            (".5", 0.5),
            ("5.", 5.0),
        ] {
            assert_eq!(number_of(text), number, "{text:?}");
        }
        for text in ["1x", "0x", "e5", "--1", "1e", ".", "infinity", "nan", "0b2", "1_000"] {
            assert!(number_of(text).is_nan(), "{text:?}");
        }
    }
}
