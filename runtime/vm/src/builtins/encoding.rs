//! `std:encoding`: hex, base64, UTF-8. Decoders take what encoders make and nothing else; only padding may be left out.

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding};
use raya_abi::limits::STRING_BYTES_MAX;

use super::Outcome;
use crate::error::{ErrorKind, Thrown};
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "encoding.toHex" = "raya_builtin_encoding_toHex" => to_hex;
    "encoding.fromHex" = "raya_builtin_encoding_fromHex" => from_hex;
    "encoding.toBase64" = "raya_builtin_encoding_toBase64" => to_base64;
    "encoding.fromBase64" = "raya_builtin_encoding_fromBase64" => from_base64;
    "encoding.toBase64Url" = "raya_builtin_encoding_toBase64Url" => to_base64_url;
    "encoding.fromBase64Url" = "raya_builtin_encoding_fromBase64Url" => from_base64_url;
    "encoding.toUtf8" = "raya_builtin_encoding_toUtf8" => to_utf8;
    "encoding.fromUtf8" = "raya_builtin_encoding_fromUtf8" => from_utf8;
    "encoding.fromUtf8Lossy" = "raya_builtin_encoding_fromUtf8Lossy" => from_utf8_lossy;
}

/// A `SyntaxError` of a decoder.
#[cold]
fn malformed(vm: &mut Vm, message: &str) -> Thrown {
    vm.error(ErrorKind::Syntax, message)
}

/// Text that is longer than its bytes by `factor`, if it fits.
fn checked_length(vm: &mut Vm, bytes: &[u8], factor: usize) -> Result<(), Thrown> {
    let length = bytes.len().saturating_mul(factor);
    if length > STRING_BYTES_MAX { Err(vm.string_too_long(length)) } else { Ok(()) }
}

fn to_hex(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.data_argument(arguments, 0)?;
    checked_length(vm, &bytes, 2)?;
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble & 15)]);
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte));
    }
    vm.new_string(&text)
}

fn from_hex(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    if let Some((at, found)) = stray(text, |byte| digit(byte).is_some()) {
        return Err(malformed(vm, &format!("hex: expected digits, found '{found}' at index {at}")));
    }
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return Err(malformed(vm, &format!("hex: expected an even number of digits, found {}", text.len())));
    }
    let bytes: Vec<u8> = pairs
        .iter()
        .map(|[high, low]| (digit(*high).unwrap_or(0) << 4 | digit(*low).unwrap_or(0)) as u8)
        .collect();
    Ok(Value::reference(vm.heap.bytes(&bytes)))
}

/// The first character that is not allowed, and its index in UTF-16 units.
fn stray(text: &str, allowed: impl Fn(u8) -> bool) -> Option<(usize, char)> {
    let at = text.bytes().position(|byte| !allowed(byte))?;
    // All before it is ASCII, so bytes count as units and `at` is where a character begins.
    Some((at, text[at..].chars().next()?))
}

fn to_base64(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.data_argument(arguments, 0)?;
    checked_length(vm, &bytes, 2)?;
    vm.new_string(&Base64::encode_string(&bytes))
}

fn to_base64_url(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.data_argument(arguments, 0)?;
    checked_length(vm, &bytes, 2)?;
    vm.new_string(&Base64UrlUnpadded::encode_string(&bytes))
}

fn from_base64(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    decode_base64(vm, arguments, "base64", [b'+', b'/'], |text| Base64Unpadded::decode_vec(text).ok())
}

fn from_base64_url(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    decode_base64(vm, arguments, "base64url", [b'-', b'_'], |text| Base64UrlUnpadded::decode_vec(text).ok())
}

/// Decodes with `decode`, which takes text without padding: that may stand there, whole, or be left out.
fn decode_base64(
    vm: &mut Vm,
    arguments: Arguments<'_>,
    name: &str,
    signs: [u8; 2],
    decode: fn(&str) -> Option<Vec<u8>>,
) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || signs.contains(&byte) || byte == b'=';
    if let Some((at, found)) = stray(text, allowed) {
        let [first, second] = signs.map(char::from);
        let message = format!(
            "{name}: expected letters, digits, '{first}' and '{second}', found '{found}' at index {at}"
        );
        return Err(malformed(vm, &message));
    }
    let bare = match text.len() % 4 {
        0 => text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text),
        _ => text,
    };
    match decode(bare) {
        Some(bytes) => Ok(Value::reference(vm.heap.bytes(&bytes))),
        None => {
            let message = format!("{name}: the {} characters do not end as an encoder ends them", text.len());
            Err(malformed(vm, &message))
        }
    }
}

fn to_utf8(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str();
    Ok(Value::reference(vm.heap.bytes(text.as_bytes())))
}

fn from_utf8(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?.to_vec();
    match core::str::from_utf8(&bytes) {
        Ok(text) => vm.new_string(text),
        Err(error) => {
            let at = error.valid_up_to();
            let message = format!("utf8: expected UTF-8, found byte 0x{:02x} at index {at}", bytes[at]);
            Err(malformed(vm, &message))
        }
    }
}

fn from_utf8_lossy(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let bytes = vm.bytes_argument(arguments, 0)?.to_vec();
    vm.new_string(&String::from_utf8_lossy(&bytes))
}
