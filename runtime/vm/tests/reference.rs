//! Strings and numbers against plain references: UTF-16 code units in a vector, exact fractions.

mod support;

use std::cell::Cell;

use proptest::prelude::*;
use raya_vm::{Arguments, Value, Vm};
use support::*;

fn machine() -> Vm {
    let mut assembler = Assembler::new();
    assembler.function("main", 0, &[], &[op(Op::ReturnNull, 0, 0, 0, 0)]);
    assembler.machine(false).0
}

fn call(vm: &mut Vm, name: &str, arguments: &[Value]) -> Result<Value, String> {
    let slots: Vec<Cell<Value>> = arguments.iter().map(|value| Cell::new(*value)).collect();
    let function = raya_vm::builtins::find(name).unwrap_or_else(|| panic!("no built-in {name}"));
    function(vm, Arguments::new(&slots)).map_err(|thrown| vm.uncaught(thrown).message)
}

fn string(vm: &mut Vm, text: &str) -> Value {
    vm.new_string(text).expect("a short string")
}

/// Calls a built-in that gives a string.
fn text_of(vm: &mut Vm, name: &str, arguments: &[Value]) -> String {
    let value = call(vm, name, arguments).unwrap_or_else(|error| panic!("{name}: {error}"));
    value.as_string().unwrap_or_else(|| panic!("{name} gives a string")).as_str().to_owned()
}

fn int_of(vm: &mut Vm, name: &str, arguments: &[Value]) -> Option<i32> {
    call(vm, name, arguments).unwrap_or_else(|error| panic!("{name}: {error}")).as_int()
}

fn boolean_of(vm: &mut Vm, name: &str, arguments: &[Value]) -> Option<bool> {
    call(vm, name, arguments).unwrap_or_else(|error| panic!("{name}: {error}")).as_boolean()
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn lossy(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

/// An index counted from the end where negative, within the length.
fn relative(index: i32, length: usize) -> usize {
    if index < 0 {
        length.saturating_sub(index.unsigned_abs() as usize)
    } else {
        (index as usize).min(length)
    }
}

fn position(units: &[u16], needle: &[u16], from: usize) -> Option<usize> {
    (from.min(units.len())..=units.len()).find(|at| units[*at..].starts_with(needle))
}

fn last_position(units: &[u16], needle: &[u16], from: usize) -> Option<usize> {
    (0..=from.min(units.len())).rev().find(|at| units[*at..].starts_with(needle))
}

fn index(found: Option<usize>) -> Option<i32> {
    Some(found.map_or(-1, |at| at as i32))
}

/// Cases, fewer under Miri.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 3 } else { 300 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn parts_of_strings(text in "[abä日😀]{0,90}", from in -100..100, to in -100..100) {
        let mut vm = machine();
        let value = string(&mut vm, &text);
        let all = units(&text);
        let length = all.len();
        let (start, end) = (relative(from, length), relative(to, length));
        prop_assert_eq!(text_of(&mut vm, "String.slice", &[value, int(from), int(to)]), lossy(&all[start..end.max(start)]));
        let clamp = |at: i32| (at.max(0) as usize).min(length);
        let (low, high) = (clamp(from).min(clamp(to)), clamp(from).max(clamp(to)));
        prop_assert_eq!(text_of(&mut vm, "String.substring", &[value, int(from), int(to)]), lossy(&all[low..high]));
        let one = usize::try_from(from).ok().and_then(|at| all.get(at));
        prop_assert_eq!(text_of(&mut vm, "String.charAt", &[value, int(from)]), lossy(&one.copied().into_iter().collect::<Vec<_>>()));
        if let Some(unit) = one {
            prop_assert_eq!(int_of(&mut vm, "String.charCodeAt", &[value, int(from)]), Some(i32::from(*unit)));
        }
        let found = call(&mut vm, "String.at", &[value, int(from)]).expect("`at` never throws");
        let at = if from < 0 { from + length as i32 } else { from };
        let expected = usize::try_from(at).ok().and_then(|at| all.get(at)).map(|unit| lossy(&[*unit]));
        prop_assert_eq!(found.as_string().map(|string| string.as_str().to_owned()), expected);
    }

    #[test]
    fn searching_strings(text in "[abä😀]{0,40}", needle in "[abä😀]{0,3}", from in 0..45) {
        let mut vm = machine();
        let (value, wanted) = (string(&mut vm, &text), string(&mut vm, &needle));
        let (all, part) = (units(&text), units(&needle));
        // Where the index falls inside a pair, nothing that is a string can be there.
        let from_units = from as usize;
        prop_assert_eq!(int_of(&mut vm, "String.indexOf", &[value, wanted]), index(position(&all, &part, 0)));
        prop_assert_eq!(int_of(&mut vm, "String.lastIndexOf", &[value, wanted]), index(last_position(&all, &part, all.len())));
        prop_assert_eq!(boolean_of(&mut vm, "String.includes", &[value, wanted]), Some(position(&all, &part, 0).is_some()));
        if !part.is_empty() {
            prop_assert_eq!(int_of(&mut vm, "String.indexOf", &[value, wanted, int(from)]), index(position(&all, &part, from_units)));
            prop_assert_eq!(int_of(&mut vm, "String.lastIndexOf", &[value, wanted, int(from)]), index(last_position(&all, &part, from_units)));
            let starts = all.get(from_units..).is_some_and(|rest| rest.starts_with(&part));
            prop_assert_eq!(boolean_of(&mut vm, "String.startsWith", &[value, wanted, int(from)]), Some(starts));
            let ends = all[..from_units.min(all.len())].ends_with(&part);
            prop_assert_eq!(boolean_of(&mut vm, "String.endsWith", &[value, wanted, int(from)]), Some(ends));
        }
    }

    #[test]
    fn padding_and_repeating(text in "[aä😀]{0,10}", fill in "[xy😀]{1,3}", length in 0..40_usize, count in 0..5) {
        let mut vm = machine();
        let (value, filler) = (string(&mut vm, &text), string(&mut vm, &fill));
        let (all, part) = (units(&text), units(&fill));
        let missing = length.saturating_sub(all.len());
        let padding = lossy(&part.iter().copied().cycle().take(missing).collect::<Vec<_>>());
        let arguments = [value, int(length as i32), filler];
        prop_assert_eq!(text_of(&mut vm, "String.padStart", &arguments), padding.clone() + &text);
        prop_assert_eq!(text_of(&mut vm, "String.padEnd", &arguments), text.clone() + &padding);
        prop_assert_eq!(text_of(&mut vm, "String.repeat", &[value, int(count)]), text.repeat(count as usize));
    }

    #[test]
    fn splitting_and_joining(text in "[ab,ä]{0,30}", separator in "[a,]{1,2}") {
        let mut vm = machine();
        let (value, between) = (string(&mut vm, &text), string(&mut vm, &separator));
        let parts = call(&mut vm, "String.splitText", &[value, between]).expect("splits");
        let array = parts.as_array().expect("an array");
        prop_assert_eq!(array.length(), text.matches(&separator).count() + 1);
        prop_assert_eq!(text_of(&mut vm, "Array.joinPlain", &[parts, between]), text);
    }

    #[test]
    fn numbers_are_read_as_they_are_printed(bits in any::<u64>()) {
        let number = f64::from_bits(bits);
        let mut vm = machine();
        let printed = vm.to_text(Value::number(number)).expect("a short text");
        for name in ["Number.of", "parseFloat"] {
            let read = call(&mut vm, name, &[printed]).expect("reads").as_number();
            prop_assert_eq!(read.map(|read| read == number || read.is_nan() && number.is_nan()), Some(true));
        }
    }

    #[test]
    fn whole_numbers_in_every_radix(number in -9_007_199_254_740_991_i64..9_007_199_254_740_991, radix in 2..37) {
        let mut vm = machine();
        let printed = call(&mut vm, "Number.toString", &[Value::number(number as f64), int(radix)]).expect("prints");
        let text = printed.as_string().expect("a string").as_str().to_owned();
        prop_assert_eq!(i64::from_str_radix(&text, radix as u32), Ok(number));
        let read = call(&mut vm, "parseInt", &[printed, int(radix)]).expect("reads").as_number();
        prop_assert_eq!(read, Some(number as f64));
    }

    #[test]
    fn fractions_in_every_radix_read_back(number in -1e6..1e6_f64, radix in 2..37_u32) {
        let mut vm = machine();
        let text = text_of(&mut vm, "Number.toString", &[Value::number(number), int(radix as i32)]);
        let (sign, magnitude) = text.strip_prefix('-').map_or((1.0, text.as_str()), |rest| (-1.0, rest));
        let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
        let digit = |digit: char| f64::from(digit.to_digit(radix).expect("a digit"));
        let mut read = fraction.chars().rev().fold(0.0, |sum, one| (sum + digit(one)) / f64::from(radix));
        read += whole.chars().fold(0.0, |sum, one| sum * f64::from(radix) + digit(one));
        prop_assert!((sign * read - number).abs() <= number.abs() * 1e-14, "{} is printed {}", number, text);
    }

    #[test]
    fn fixed_points_are_exact(mantissa in 0..(1_u64 << 40), shift in 0..30_u32, digits in 0..7_u32) {
        // A number of so few bits times a power of ten is exact in 128 bits.
        let number = mantissa as f64 / f64::from(1_u32 << shift);
        let scale = 10_u128.pow(digits);
        let doubled = u128::from(mantissa) * scale * 2;
        let rounded = (doubled + (1 << shift)) / (2 << shift);
        let expected = match digits {
            0 => rounded.to_string(),
            _ => format!("{}.{:0width$}", rounded / scale, rounded % scale, width = digits as usize),
        };
        let mut vm = machine();
        prop_assert_eq!(text_of(&mut vm, "Number.toFixed", &[Value::number(number), int(digits as i32)]), expected);
    }

    #[test]
    fn patterns_of_any_form_are_read_or_refused(pattern in "[ab()|*+?.^$\\[\\]{},\\\\0-2:=!<>dwb-]{0,14}", flags in "[gimsuy]{0,3}", text in "[ab01 é😀\n]{0,8}") {
        let mut vm = machine();
        let (source, letters, value) = (string(&mut vm, &pattern), string(&mut vm, &flags), string(&mut vm, &text));
        if let Ok(expression) = call(&mut vm, "RegExp.new", &[source, letters]) {
            for name in ["RegExp.exec", "RegExp.matchIn", "RegExp.searchIn", "RegExp.splitIn"] {
                prop_assert!(call(&mut vm, name, &[expression, value]).is_ok());
            }
            let matches = call(&mut vm, "RegExp.matchesIn", &[expression, value, Value::TRUE]).expect("matches");
            prop_assert!(matches.as_array().is_some_and(|matches| matches.length() <= text.chars().count() + 1));
            let same = string(&mut vm, "$&");
            prop_assert_eq!(text_of(&mut vm, "RegExp.replaceIn", &[expression, value, same]), text);
        }
    }

    #[test]
    fn dates_of_any_form_are_read_or_refused(text in "[0-9TZ:+. /,()-]{0,24}|[A-Za-z0-9 :,+-]{0,24}") {
        let mut vm = machine();
        let value = string(&mut vm, &text);
        let time = call(&mut vm, "Date.parse", &[value]).expect("reads").as_number().expect("a number");
        prop_assert!(time.is_nan() || time.abs() <= 8.64e15);
        let date = call(&mut vm, "Date.new", &[value]).expect("a date");
        prop_assert_eq!(call(&mut vm, "Date.toISOString", &[date]).is_ok(), !time.is_nan());
    }
}
