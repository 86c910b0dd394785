//! `Uint8Array` and `Buffer`.

use raya_abi::limits::{ARRAY_LENGTH_MAX, STRING_BYTES_MAX};

use super::{Outcome, relative};
use crate::error::{ErrorKind, Thrown};
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "Uint8Array.new" = "raya_builtin_Uint8Array_new" => new;
    "Uint8Array.from" = "raya_builtin_Uint8Array_from" => new;
    "Uint8Array.getByte" = "raya_builtin_Uint8Array_getByte" => get_byte;
    "Uint8Array.setByte" = "raya_builtin_Uint8Array_setByte" => set_byte;
    "Uint8Array.at" = "raya_builtin_Uint8Array_at" => at;
    "Uint8Array.slice" = "raya_builtin_Uint8Array_slice" => slice;
    "Uint8Array.set" = "raya_builtin_Uint8Array_set" => set;
    "Uint8Array.fill" = "raya_builtin_Uint8Array_fill" => fill;
    "Uint8Array.indexOf" = "raya_builtin_Uint8Array_indexOf" => index_of;
    "Uint8Array.toArray" = "raya_builtin_Uint8Array_toArray" => to_array;
    "Uint8Array.toString" = "raya_builtin_Uint8Array_toString" => to_string;
    "Buffer.encode" = "raya_builtin_Buffer_encode" => encode;
}

/// Bytes of an int array, or of bytes.
fn source_bytes(vm: &mut Vm, source: Value) -> Result<Vec<u8>, Thrown> {
    if let Some(bytes) = source.as_bytes() {
        return Ok(bytes.to_vec());
    }
    let Some(array) = source.as_array() else {
        return Err(vm.expected("an array of ints or a Uint8Array", source));
    };
    let mut bytes = Vec::with_capacity(array.length());
    for element in array.iter() {
        match element.as_number() {
            // The low 8 bits, as JavaScript takes them.
            Some(number) => bytes.push(number as i64 as u8),
            None => return Err(vm.expected("an int", element)),
        }
    }
    Ok(bytes)
}

fn new(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let source = arguments.get(0);
    if source.is_nullish() {
        return Ok(Value::reference(vm.heap.bytes(&[])));
    }
    if source.as_number().is_some() {
        let length = vm.int_argument(arguments, 0)?;
        let Ok(length) = usize::try_from(length) else {
            return Err(vm.range_error(&format!("a Uint8Array cannot have {length} bytes")));
        };
        if length > ARRAY_LENGTH_MAX || !vm.heap.has_room(length) {
            return Err(vm.array_too_long(length));
        }
        return Ok(Value::reference(vm.heap.zeroed_bytes(length)));
    }
    let bytes = source_bytes(vm, source)?;
    Ok(Value::reference(vm.heap.bytes(&bytes)))
}

fn get_byte(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?;
    let index = vm.int_argument(arguments, 1)?;
    match bytes.bytes().get(index as u32 as usize) {
        Some(byte) => Ok(Value::int(i32::from(byte.get()))),
        None => Err(vm.out_of_bounds(index, bytes.length())),
    }
}

fn set_byte(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?;
    let (index, value) = (vm.int_argument(arguments, 1)?, vm.int_argument(arguments, 2)?);
    match bytes.bytes().get(index as u32 as usize) {
        Some(byte) => {
            byte.set(value as u8);
            Ok(Value::int(value))
        }
        None => Err(vm.out_of_bounds(index, bytes.length())),
    }
}

fn at(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?;
    let index = i64::from(vm.int_argument(arguments, 1)?);
    let index = if index < 0 { index + bytes.length() as i64 } else { index };
    let byte = usize::try_from(index).ok().and_then(|index| bytes.bytes().get(index));
    Ok(byte.map_or(Value::NULL, |byte| Value::int(i32::from(byte.get()))))
}

fn slice(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?;
    let (start, end) = vm.range(arguments, 1, bytes.length())?;
    let part: Vec<u8> = bytes.bytes()[start..end].iter().map(|byte| byte.get()).collect();
    Ok(Value::reference(vm.heap.bytes(&part)))
}

fn set(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?;
    let source = source_bytes(vm, arguments.get(1))?;
    let offset = vm.int_or(arguments, 2, 0)?;
    let end = usize::try_from(offset).ok().and_then(|offset| offset.checked_add(source.len()));
    match end.filter(|end| *end <= bytes.length()) {
        Some(end) => {
            bytes.bytes()[end - source.len()..end]
                .iter()
                .zip(&source)
                .for_each(|(cell, byte)| cell.set(*byte));
            Ok(Value::NULL)
        }
        None => {
            let (count, length) = (source.len(), bytes.length());
            Err(vm.range_error(&format!(
                "{count} bytes at offset {offset} are out of bounds of length {length}"
            )))
        }
    }
}

fn fill(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?;
    let value = vm.int_argument(arguments, 1)?;
    let (start, end) = vm.range(arguments, 2, bytes.length())?;
    bytes.bytes()[start..end].iter().for_each(|byte| byte.set(value as u8));
    Ok(arguments.get(0))
}

fn index_of(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?;
    let wanted = vm.int_argument(arguments, 1)?;
    let from = relative(vm.int_or(arguments, 2, 0)?, bytes.length());
    let found = bytes.bytes()[from..].iter().position(|byte| i32::from(byte.get()) == wanted);
    Ok(Value::int(found.map_or(-1, |index| (index + from) as i32)))
}

fn to_array(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?;
    let ints: Vec<i32> = bytes.bytes().iter().map(|byte| i32::from(byte.get())).collect();
    Ok(Value::reference(vm.heap.array_of_ints(&ints)))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_string(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?.to_vec();
    if bytes.len() > STRING_BYTES_MAX / 2 {
        return Err(vm.string_too_long(bytes.len()));
    }
    let text = match vm.text_or(arguments, 1, "utf8")? {
        "utf8" | "utf-8" => String::from_utf8_lossy(&bytes).into_owned(),
        "latin1" | "binary" => bytes.iter().map(|byte| char::from(*byte)).collect(),
        "hex" => {
            let digit = |nibble: u8| char::from(b"0123456789abcdef"[nibble as usize & 15]);
            bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
        }
        "base64" => to_base64(&bytes),
        other => return Err(unknown_encoding(vm, other)),
    };
    vm.new_string(&text)
}

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word =
            group.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            match digit <= group.len() {
                true => text.push(char::from(ALPHABET[(word >> (18 - 6 * digit)) as usize & 63])),
                false => text.push('='),
            }
        }
    }
    text
}

fn unknown_encoding(vm: &mut Vm, encoding: &str) -> Thrown {
    vm.error(
        ErrorKind::Type,
        &format!("expected an encoding utf8, hex, base64 or latin1, found '{encoding}'"),
    )
}

fn encode(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str();
    let bytes = match vm.text_or(arguments, 1, "utf8")? {
        "utf8" | "utf-8" => text.as_bytes().to_vec(),
        "latin1" | "binary" => text.encode_utf16().map(|unit| unit as u8).collect(),
        "hex" => match from_hex(text.as_bytes()) {
            Some(bytes) => bytes,
            None => return Err(vm.error(ErrorKind::Error, "expected pairs of hexadecimal digits")),
        },
        "base64" => match from_base64(text.as_bytes()) {
            Some(bytes) => bytes,
            None => return Err(vm.error(ErrorKind::Error, "expected base64 text")),
        },
        other => return Err(unknown_encoding(vm, other)),
    };
    Ok(Value::reference(vm.heap.bytes(&bytes)))
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some((digit(*high)? << 4 | digit(*low)?) as u8)).collect()
}

/// Standard and URL-safe digits; padding may be missing.
fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0);
    let mut padding = false;
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        let digit = match byte {
            b'=' => {
                padding = true;
                continue;
            }
            _ if padding => return None,
            b'-' => 62,
            b'_' => 63,
            byte => ALPHABET.iter().position(|digit| digit == byte)? as u32,
        };
        word = word << 6 | digit;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    (bits < 6).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_reads_what_it_writes() {
        for (bytes, text) in
            [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"\xFB\xFF", "+/8=")]
        {
            assert_eq!(to_base64(bytes), text);
            assert_eq!(from_base64(text.as_bytes()).as_deref(), Some(bytes));
        }
        assert_eq!(from_base64(b"Zg"), Some(b"f".to_vec()));
        assert_eq!(from_base64(b"Z"), None);
        assert_eq!(from_base64(b"Z!"), None);
        assert_eq!(from_hex(b"0aF"), None);
        assert_eq!(from_hex(b"0aFf"), Some(vec![10, 255]));
    }
}
