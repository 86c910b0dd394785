//! What literals stand for: numbers, and strings with their escapes resolved.

use std::borrow::Cow;

use raya_source::Code;

use crate::codes;

/// The value of a number literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// Fits `int`.
    Integer(i32),
    /// Has a fraction or exponent, or does not fit `int`.
    Number(f64),
}

/// Something wrong with a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiteralError {
    pub(crate) code: Code,
    pub(crate) message: &'static str,
    /// Offsets within the literal's text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What to write instead of all of the literal, where that is known.
    pub(crate) replacement: Option<String>,
}

/// The value of a number literal as it is written.
pub(crate) fn number(raw: &str) -> Result<Number, LiteralError> {
    let error =
        |code, message, replacement| LiteralError { code, message, start: 0, end: raw.len(), replacement };
    let invalid = |message| error(codes::INVALID_NUMBER, message, None);
    let bytes = raw.as_bytes();
    let digits: Cow<'_, str> = if raw.contains('_') {
        let misplaced = (0..bytes.len()).any(|at| {
            let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
            bytes[at] == b'_' && (at == 0 || !digit(at - 1) || !digit(at + 1) || raw.starts_with("0_"))
        });
        if misplaced {
            return Err(invalid("`_` may only stand between two digits of a number"));
        }
        Cow::Owned(raw.replace('_', ""))
    } else {
        Cow::Borrowed(raw)
    };
    let radix = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'b' | b'B', ..] => 2,
        [b'0', b'o' | b'O', ..] => 8,
        _ => 10,
    };
    if let Some(without) =
        digits.strip_suffix('n').filter(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        let help = number(without).is_ok().then(|| without.to_string());
        return Err(error(
            codes::BIG_INTEGER,
            "there is no `bigint`: expected an `int` or `number` literal",
            help,
        ));
    }
    if radix != 10 {
        let value = u128::from_str_radix(&digits[2..], radix);
        let signed = digits[2..].starts_with(['+', '-']);
        return match value {
            Ok(value) if !signed => {
                Ok(i32::try_from(value).map_or(Number::Number(value as f64), Number::Integer))
            }
            _ if digits.len() > 2 && digits[2..].bytes().all(|digit| (digit as char).is_digit(radix)) => {
                Err(invalid("this number is longer than the 128 bits a literal may have"))
            }
            _ => Err(invalid("expected digits of the number's base after its prefix")),
        };
    }
    if matches!(digits.as_bytes(), [b'0', b'0'..=b'9', ..]) {
        let octal = digits.trim_start_matches('0');
        let help = (!octal.is_empty() && octal.bytes().all(|digit| matches!(digit, b'0'..=b'7')))
            .then(|| format!("0o{octal}"));
        return Err(error(
            codes::LEGACY_OCTAL,
            "a number may not begin with a zero that is followed by a digit",
            help,
        ));
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(value) = digits.parse::<i32>()
    {
        return Ok(Number::Integer(value));
    }
    // Rust also reads `inf` and `nan`, which cannot begin with a digit or dot, and demands digits after an exponent.
    digits
        .parse::<f64>()
        .map(Number::Number)
        .map_err(|_| invalid("this is not a number: expected digits, then at most one fraction and exponent"))
}

/// A number as ECMAScript prints it: what a number literal as a property key is called.
pub(crate) fn print_number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 {
        return "0".to_string();
    }
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_string();
    }
    if (1e-6..1e21).contains(&magnitude) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
        _ => text,
    }
}

/// The value of the inside of a string or template piece. Escapes that spell nothing are reported and become U+FFFD.
pub(crate) fn text<'raw>(raw: &'raw str, template: bool, errors: &mut Vec<LiteralError>) -> Cow<'raw, str> {
    let plain = !raw.bytes().any(|byte| byte == b'\\' || (template && byte == b'\r'));
    if plain {
        return Cow::Borrowed(raw);
    }
    let mut value = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(character) = raw[at..].chars().next() {
        at += character.len_utf8();
        match character {
            '\\' => at = escape(raw, at, &mut value, errors),
            '\r' if template => {
                at += usize::from(raw[at..].starts_with('\n'));
                value.push('\n');
            }
            _ => value.push(character),
        }
    }
    Cow::Owned(value)
}

/// Resolves one escape; `at` is the offset after the backslash. Gives the offset after the escape.
fn escape(raw: &str, at: usize, value: &mut String, errors: &mut Vec<LiteralError>) -> usize {
    let Some(character) = raw[at..].chars().next() else {
        return at;
    };
    let after = at + character.len_utf8();
    let simple = match character {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{C}',
        'v' => '\u{B}',
        '0' if !raw[after..].starts_with(|next: char| next.is_ascii_digit()) => '\0',
        '0'..='9' => {
            return fail(at, after, "octal escapes do not exist: write `\\x` and two digits", value, errors);
        }
        '\r' => return after + usize::from(raw[after..].starts_with('\n')),
        '\n' | '\u{2028}' | '\u{2029}' => return after,
        'x' => return hexadecimal(raw, at, value, errors),
        'u' => return unicode(raw, at, value, errors),
        other => other,
    };
    value.push(simple);
    after
}

fn fail(
    at: usize,
    end: usize,
    message: &'static str,
    value: &mut String,
    errors: &mut Vec<LiteralError>,
) -> usize {
    errors.push(LiteralError { code: codes::INVALID_ESCAPE, message, start: at - 1, end, replacement: None });
    value.push('\u{FFFD}');
    end
}

fn hexadecimal(raw: &str, at: usize, value: &mut String, errors: &mut Vec<LiteralError>) -> usize {
    match four_or_two(raw, at + 1, 2) {
        Some(code) => {
            value.extend(char::from_u32(code));
            at + 3
        }
        None => fail(at, at + 1, "expected two hexadecimal digits after `\\x`", value, errors),
    }
}

/// Exactly `count` hexadecimal digits at `at`.
fn four_or_two(raw: &str, at: usize, count: usize) -> Option<u32> {
    let digits = raw.get(at..at + count)?;
    let valid = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    valid.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

fn unicode(raw: &str, at: usize, value: &mut String, errors: &mut Vec<LiteralError>) -> usize {
    if raw[at + 1..].starts_with('{') {
        return braced(raw, at, value, errors);
    }
    let Some(first) = four_or_two(raw, at + 1, 4) else {
        return fail(at, at + 1, "expected four hexadecimal digits or `{…}` after `\\u`", value, errors);
    };
    let end = at + 5;
    if let (0xD800..0xDC00, Some("\\u")) = (first, raw.get(end..end + 2))
        && let Some(second @ 0xDC00..0xE000) = four_or_two(raw, end + 2, 4)
    {
        value.extend(char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)));
        return end + 6;
    }
    scalar(first, at, end, value, errors);
    end
}

fn braced(raw: &str, at: usize, value: &mut String, errors: &mut Vec<LiteralError>) -> usize {
    let digits = raw[at + 2..].bytes().take_while(u8::is_ascii_hexdigit).count();
    let end = at + 2 + digits;
    if digits == 0 || !raw[end..].starts_with('}') {
        return fail(at, end, "expected hexadecimal digits and `}` after `\\u{`", value, errors);
    }
    match u32::from_str_radix(&raw[at + 2..end], 16) {
        Ok(code @ 0..=0x10FFFF) => scalar(code, at, end + 1, value, errors),
        _ => {
            fail(at, end + 1, "the last character of Unicode is `\\u{10FFFF}`", value, errors);
        }
    }
    end + 1
}

fn scalar(code: u32, at: usize, end: usize, value: &mut String, errors: &mut Vec<LiteralError>) {
    if let Some(character) = char::from_u32(code) {
        value.push(character);
        return;
    }
    let message = "strings are valid Unicode: expected both halves of a surrogate pair, found one";
    errors.push(LiteralError { code: codes::LONE_SURROGATE, message, start: at - 1, end, replacement: None });
    value.push('\u{FFFD}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &str) -> String {
        let mut errors = vec![];
        let value = text(raw, false, &mut errors).into_owned();
        assert_eq!(errors, []);
        value
    }

    fn code(raw: &str) -> Vec<Code> {
        let mut errors = vec![];
        text(raw, false, &mut errors);
        errors.into_iter().map(|error| error.code).collect()
    }

    #[test]
    fn numbers_keep_int_and_number_apart() {
        for (raw, expected) in [
            ("42", 42),
            ("0x1A", 26),
            ("0b1010", 10),
            ("0o17", 15),
            ("1_000", 1000),
            ("2147483647", i32::MAX),
        ] {
            assert_eq!(number(raw), Ok(Number::Integer(expected)), "{raw}");
        }
        for (raw, expected) in [
            ("3.25", 3.25),
            ("1e6", 1e6),
            ("1.", 1.0),
            (".5", 0.5),
            ("1.5e-3", 0.0015),
            ("2147483648", 2147483648.0),
            ("0xFFFFFFFF", 4294967295.0),
            ("1_0.5_0", 10.5),
        ] {
            assert_eq!(number(raw), Ok(Number::Number(expected)), "{raw}");
        }
    }

    #[test]
    fn broken_numbers_are_named() {
        for (raw, code) in [
            ("1__0", codes::INVALID_NUMBER),
            ("1_", codes::INVALID_NUMBER),
            ("0x", codes::INVALID_NUMBER),
            ("0b12", codes::INVALID_NUMBER),
            ("3px", codes::INVALID_NUMBER),
            ("1e", codes::INVALID_NUMBER),
            ("10n", codes::BIG_INTEGER),
            ("017", codes::LEGACY_OCTAL),
            ("08", codes::LEGACY_OCTAL),
            ("0x111111111111111111111111111111111", codes::INVALID_NUMBER),
        ] {
            assert_eq!(number(raw).map_err(|error| error.code), Err(code), "{raw}");
        }
        assert_eq!(number("017").unwrap_err().replacement.as_deref(), Some("0o17"));
        assert_eq!(number("10n").unwrap_err().replacement.as_deref(), Some("10"));
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(value(r#"a\n\t\\\'\"\0\x41\u0042\u{1F600}"#), "a\n\t\\'\"\0AB😀");
        assert_eq!(value(r"\uD83D\uDE00"), "😀");
        assert_eq!(value("a\\\r\nb\\\nc"), "abc");
        assert_eq!(text("a\r\nb\rc", true, &mut vec![]), "a\nb\nc");
    }

    #[test]
    fn broken_escapes_are_named() {
        assert_eq!(code(r"\uD83D"), [codes::LONE_SURROGATE]);
        assert_eq!(code(r"\uDE00\uD83D"), [codes::LONE_SURROGATE, codes::LONE_SURROGATE]);
        assert_eq!(code(r"\u{D800}"), [codes::LONE_SURROGATE]);
        assert_eq!(code(r"\u{110000} \u{} \u12 \xé \1 \u{FFFFFFFFFF}"), [codes::INVALID_ESCAPE; 6]);
    }

    #[test]
    fn numbers_print_as_keys() {
        for (value, text) in [
            (1.5, "1.5"),
            (1e21, "1e+21"),
            (1e-7, "1e-7"),
            (4294967295.0, "4294967295"),
            (1.5e300, "1.5e+300"),
        ] {
            assert_eq!(print_number(value), text);
        }
    }
}
