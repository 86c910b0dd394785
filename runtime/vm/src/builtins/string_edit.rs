//! Strings: made from others.

use raya_abi::limits::STRING_BYTES_MAX;

use super::Outcome;
use crate::heap::object::ElementKind;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "String.padStart" = "raya_builtin_String_padStart" => pad_start;
    "String.padEnd" = "raya_builtin_String_padEnd" => pad_end;
    "String.trim" = "raya_builtin_String_trim" => trim;
    "String.trimStart" = "raya_builtin_String_trimStart" => trim_start;
    "String.trimEnd" = "raya_builtin_String_trimEnd" => trim_end;
    "String.toUpperCase" = "raya_builtin_String_toUpperCase" => to_upper_case;
    "String.toLowerCase" = "raya_builtin_String_toLowerCase" => to_lower_case;
    "String.splitText" = "raya_builtin_String_splitText" => split_text;
    "String.replaceText" = "raya_builtin_String_replaceText" => replace_text;
    "String.replaceAllText" = "raya_builtin_String_replaceAllText" => replace_all_text;
}

/// What ECMAScript trims: white space of Unicode 15, line ends, and the byte order mark.
fn is_space(character: char) -> bool {
    matches!(character,
        '\t'..='\r' | ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}'
        | '\u{205F}' | '\u{3000}' | '\u{FEFF}')
}

/// The filler for a string that should have so many units; empty if it has.
fn padding(vm: &mut Vm, arguments: Arguments<'_>) -> Result<String, crate::error::Thrown> {
    let string = vm.string_argument(arguments, 0)?;
    let length = vm.int_argument(arguments, 1)?;
    let fill: Vec<u16> = vm.text_or(arguments, 2, " ")?.encode_utf16().collect();
    let missing = (length.max(0) as usize).saturating_sub(string.units());
    if missing == 0 || fill.is_empty() {
        return Ok(String::new());
    }
    if missing > STRING_BYTES_MAX / 3 || !vm.heap.has_room(missing * 3) {
        return Err(vm.string_too_long(missing));
    }
    let units: Vec<u16> = fill.iter().copied().cycle().take(missing).collect();
    Ok(String::from_utf16_lossy(&units))
}

fn pad_start(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mut text = padding(vm, arguments)?;
    if text.is_empty() {
        return Ok(arguments.get(0));
    }
    text.push_str(vm.string_argument(arguments, 0)?.as_str());
    vm.new_string(&text)
}

fn pad_end(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = padding(vm, arguments)?;
    if text.is_empty() {
        return Ok(arguments.get(0));
    }
    let padded = vm.string_argument(arguments, 0)?.as_str().to_owned() + &text;
    vm.new_string(&padded)
}

fn trimmed(vm: &mut Vm, arguments: Arguments<'_>, trim: for<'a> fn(&'a str) -> &'a str) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let text = trim(string.as_str());
    if text.len() == string.length() { Ok(arguments.get(0)) } else { vm.new_string(text) }
}

fn trim(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    trimmed(vm, arguments, |text| text.trim_matches(is_space))
}

fn trim_start(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    trimmed(vm, arguments, |text| text.trim_start_matches(is_space))
}

fn trim_end(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    trimmed(vm, arguments, |text| text.trim_end_matches(is_space))
}

fn to_upper_case(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let text =
        if string.is_ascii() { string.as_str().to_ascii_uppercase() } else { string.as_str().to_uppercase() };
    vm.new_string(&text)
}

fn to_lower_case(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let text =
        if string.is_ascii() { string.as_str().to_ascii_lowercase() } else { string.as_str().to_lowercase() };
    vm.new_string(&text)
}

fn split_text(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let separator = vm.string_argument(arguments, 1)?.as_str();
    let limit = match vm.int_or(arguments, 2, -1)? {
        limit if limit < 0 => usize::MAX,
        limit => limit as usize,
    };
    let text = string.as_str();
    let result = vm.heap.array(ElementKind::Any, 0);
    if separator.is_empty() {
        // By code units: halves of a pair become U+FFFD each.
        for character in text.chars() {
            for _ in 0..character.len_utf16() {
                if result.length() >= limit {
                    return Ok(Value::reference(result));
                }
                let shown = if character.len_utf16() == 2 { '\u{FFFD}' } else { character };
                let piece = vm.new_string(shown.encode_utf8(&mut [0; 4]))?;
                vm.array_push(Value::reference(result), piece)?;
            }
        }
        return Ok(Value::reference(result));
    }
    for piece in text.split(separator).take(limit) {
        let piece = vm.new_string(piece)?;
        vm.array_push(Value::reference(result), piece)?;
    }
    Ok(Value::reference(result))
}

/// Appends a replacement in which `$$`, `$&`, `` $` `` and `$'` stand for `$`, the match, what is before and behind it.
fn push_replacement(result: &mut String, replacement: &str, text: &str, start: usize, end: usize) {
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        let piece = match rest.as_bytes().get(at + 1) {
            Some(b'$') => "$",
            Some(b'&') => &text[start..end],
            Some(b'`') => &text[..start],
            Some(b'\'') => &text[end..],
            _ => {
                result.push('$');
                rest = &rest[at + 1..];
                continue;
            }
        };
        result.push_str(piece);
        rest = &rest[at + 2..];
    }
    result.push_str(rest);
}

fn replaced(vm: &mut Vm, arguments: Arguments<'_>, limit: usize) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str();
    let search = vm.string_argument(arguments, 1)?.as_str();
    let replacement = vm.string_argument(arguments, 2)?.as_str();
    let mut result = String::new();
    let mut done = 0;
    for (start, found) in text.match_indices(search).take(limit) {
        result.push_str(&text[done..start]);
        done = start + found.len();
        push_replacement(&mut result, replacement, text, start, done);
        if result.len() > STRING_BYTES_MAX {
            return Err(vm.string_too_long(result.len()));
        }
    }
    if done == 0 && result.is_empty() && !search.is_empty() && !text.starts_with(search) {
        return Ok(arguments.get(0));
    }
    result.push_str(&text[done..]);
    vm.new_string(&result)
}

fn replace_text(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    replaced(vm, arguments, 1)
}

fn replace_all_text(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    replaced(vm, arguments, usize::MAX)
}
