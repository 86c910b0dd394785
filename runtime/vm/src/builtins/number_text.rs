//! Values as text, and numbers in the forms of `toString(radix)`, `toFixed`, `toPrecision`, `toExponential`.

use super::Outcome;
use crate::convert::push_number;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "plainText" = "raya_builtin_plainText" => plain_text;
    "Number.toString" = "raya_builtin_Number_toString" => to_string;
    "Number.toFixed" = "raya_builtin_Number_toFixed" => to_fixed;
    "Number.toPrecision" = "raya_builtin_Number_toPrecision" => to_precision;
    "Number.toExponential" = "raya_builtin_Number_toExponential" => to_exponential;
}

/// The text of a value; null where what has to be asked for its text is in it.
fn plain_text(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let value = arguments.get(0);
    if vm.says_its_text(value) { Ok(Value::NULL) } else { vm.to_text(value) }
}

fn plain(number: f64) -> String {
    let mut text = String::new();
    push_number(&mut text, number);
    text
}

fn to_string(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let number = vm.number_argument(arguments, 0)?;
    let text = match vm.int_or(arguments, 1, 10)? {
        10 => plain(number),
        radix @ 2..=36 if number.is_finite() => in_radix(number, radix as u32),
        2..=36 => plain(number),
        radix => return Err(vm.range_error(&format!("expected a radix from 2 to 36, found {radix}"))),
    };
    vm.new_string(&text)
}

/// The shortest digits in `radix` that still tell the number from its neighbours.
fn in_radix(number: f64, radix: u32) -> String {
    let digit = |value: u32| char::from_digit(value, radix).unwrap_or('0');
    let magnitude = number.abs();
    let mut whole = magnitude.trunc();
    let mut fraction = magnitude - whole;
    // Half the distance to the next double.
    let mut delta = (0.5 * (f64::from_bits(magnitude.to_bits() + 1) - magnitude)).max(f64::from_bits(1));
    let mut behind: Vec<u32> = Vec::new();
    while fraction >= delta {
        fraction *= f64::from(radix);
        delta *= f64::from(radix);
        let value = fraction as u32;
        behind.push(value);
        fraction -= f64::from(value);
        if (fraction > 0.5 || (fraction == 0.5 && value & 1 == 1)) && fraction + delta > 1.0 {
            // Round up, carrying as far as needed.
            while let Some(last) = behind.pop() {
                if last + 1 < radix {
                    behind.push(last + 1);
                    break;
                }
            }
            if behind.is_empty() {
                whole += 1.0;
            }
            break;
        }
    }
    let mut before = String::new();
    // Digits that a double cannot tell apart are zeros.
    while whole >= (1_u64 << 57) as f64 {
        whole /= f64::from(radix);
        before.push('0');
    }
    while whole >= 1.0 {
        let last = whole % f64::from(radix);
        before.push(digit(last as u32));
        whole = ((whole - last) / f64::from(radix)).trunc();
    }
    let mut text = String::new();
    if number < 0.0 {
        text.push('-');
    }
    if before.is_empty() {
        text.push('0');
    }
    text.extend(before.chars().rev());
    if !behind.is_empty() {
        text.push('.');
        text.extend(behind.into_iter().map(digit));
    }
    text
}

/// The digits of a non-negative number with so many behind the point; exact ties go up, as ECMAScript has it.
fn fixed(number: f64, digits: usize) -> String {
    let exact = format!("{number:.*}", digits + 1);
    let tie = exact.ends_with('5') && exact.parse::<f64>() == Ok(number) && is_exact(number, digits + 1);
    let text = format!("{number:.digits$}");
    if !tie {
        return text;
    }
    // Rust rounds ties to even: where that went down, the truncated digits are one too low.
    let truncated = &exact[..exact.len() - 1];
    if text.trim_end_matches('.') == truncated.trim_end_matches('.') { increment(&text) } else { text }
}

/// Whether the decimal expansion of `number` ends after so many digits.
fn is_exact(number: f64, digits: usize) -> bool {
    format!("{number:.*}", digits + 30).bytes().rev().take(30).all(|byte| byte == b'0')
}

/// Adds one to the last digit.
fn increment(text: &str) -> String {
    let mut digits: Vec<u8> = text.bytes().collect();
    for digit in digits.iter_mut().rev() {
        match *digit {
            b'9' => *digit = b'0',
            b'0'..=b'8' => {
                *digit += 1;
                return String::from_utf8_lossy(&digits).into_owned();
            }
            _ => {}
        }
    }
    format!("1{}", String::from_utf8_lossy(&digits))
}

fn digits_argument(vm: &mut Vm, arguments: Arguments<'_>, least: i32) -> Result<usize, crate::error::Thrown> {
    let digits = vm.int_or(arguments, 1, least)?;
    if (least..=100).contains(&digits) {
        return Ok(digits as usize);
    }
    Err(vm.range_error(&format!("expected {least} to 100 digits, found {digits}")))
}

fn signed(number: f64, text: &str) -> String {
    if number < 0.0 { format!("-{text}") } else { text.to_owned() }
}

fn to_fixed(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let number = vm.number_argument(arguments, 0)?;
    let digits = digits_argument(vm, arguments, 0)?;
    if !number.is_finite() || number.abs() >= 1e21 {
        return vm.new_string(&plain(number));
    }
    let text = signed(number, &fixed(number.abs(), digits));
    vm.new_string(&text)
}

/// The digits of a non-negative number in the form `1.23e4`, with so many behind the point; exact ties go up.
fn scientific(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$e}");
    let exact = format!("{number:.*e}", digits + 1);
    let (Some((rounded, exponent)), Some((mantissa, _))) = (text.split_once('e'), exact.split_once('e'))
    else {
        return text;
    };
    let ends = |mantissa: &str| mantissa.ends_with(&"0".repeat(30));
    let is_tie = mantissa.ends_with('5')
        && exact.parse::<f64>() == Ok(number)
        && format!("{number:.*e}", digits + 31).split_once('e').is_some_and(|(mantissa, _)| ends(mantissa));
    // Rust rounds ties to even: where that went down, the truncated digits are what is there.
    let truncated = mantissa[..mantissa.len() - 1].trim_end_matches('.');
    if !is_tie || truncated != rounded {
        return text;
    }
    let increased = increment(rounded);
    match (increased.strip_prefix("10"), exponent.parse::<i32>()) {
        (Some(rest), Ok(exponent)) => format!("1{rest}e{}", exponent + 1),
        _ => format!("{increased}e{exponent}"),
    }
}

/// Digits and exponent in the form `1.23e+4`.
fn exponential(text: &str) -> String {
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text.to_owned(),
    }
}

fn to_exponential(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let number = vm.number_argument(arguments, 0)?;
    if !number.is_finite() {
        return vm.new_string(&plain(number));
    }
    let text = match arguments.get(1).is_nullish() {
        true => format!("{:e}", number.abs()),
        false => {
            let digits = digits_argument(vm, arguments, 0)?;
            scientific(number.abs(), digits)
        }
    };
    vm.new_string(&signed(number, &exponential(&text)))
}

fn to_precision(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let number = vm.number_argument(arguments, 0)?;
    if arguments.get(1).is_nullish() || !number.is_finite() {
        return vm.new_string(&plain(number));
    }
    let digits = digits_argument(vm, arguments, 1)?;
    let scientific = scientific(number.abs(), digits - 1);
    let exponent =
        scientific.split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok()).unwrap_or(0);
    let text = match exponent < -6 || exponent >= digits as i32 {
        true => exponential(&scientific),
        false => fixed(number.abs(), (digits as i32 - 1 - exponent) as usize),
    };
    vm.new_string(&signed(number, &text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_rounds_exact_ties_up() {
        for (number, digits, text) in [
            (2.5, 0, "3"),
            (0.5, 0, "1"),
            (1.5, 0, "2"),
            (1.005, 2, "1.00"),
            (1.45, 1, "1.4"),
            (0.125, 2, "0.13"),
            (9.5, 0, "10"),
            (0.000_001, 7, "0.0000010"),
            (123.456, 2, "123.46"),
            (0.0, 2, "0.00"),
            (10.235, 2, "10.23"),
        ] {
            assert_eq!(fixed(number, digits), text, "{number}.toFixed({digits})");
        }
    }

    #[test]
    fn scientific_rounds_exact_ties_up() {
        for (number, digits, text) in [
            (25.0, 0, "3e1"),
            (35.0, 0, "4e1"),
            (1.45, 1, "1.4e0"),
            (1.25, 1, "1.3e0"),
            (9.5, 0, "1e1"),
            (0.0, 2, "0.00e0"),
        ] {
            assert_eq!(scientific(number, digits), text, "{number}");
        }
    }

    #[test]
    fn radix_forms_are_those_of_ecmascript() {
        for (number, radix, text) in [
            (255.0, 16, "ff"),
            (0.5, 2, "0.1"),
            (-255.5, 16, "-ff.8"),
            (0.1, 3, "0.0022002200220022002200220022002201"),
            (1e21, 36, "5v1j4f4ds7c000"),
            (1e21, 7, "5135235413265003022600000"),
            (123_456_789.123, 36, "21i3v9.4feor"),
        ] {
            assert_eq!(in_radix(number, radix), text);
        }
    }
}
