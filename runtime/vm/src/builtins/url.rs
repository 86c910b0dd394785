//! `std:url`: addresses as the WHATWG standard reads and writes them.

use url::{Url, form_urlencoded, quirks};

use super::Outcome;
use crate::error::ErrorKind;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "url.parse" = "raya_builtin_url_parse" => parse;
    "url.change" = "raya_builtin_url_change" => change;
    "url.encodeComponent" = "raya_builtin_url_encodeComponent" => encode_component;
    "url.decodeComponent" = "raya_builtin_url_decodeComponent" => decode_component;
    "url.decodeForm" = "raya_builtin_url_decodeForm" => decode_form;
    "url.encodeForm" = "raya_builtin_url_encodeForm" => encode_form;
}

/// The parts in the order that `std:url` reads them in.
fn parts(url: &Url) -> Vec<String> {
    let parts = [
        quirks::href(url),
        &quirks::origin(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    parts.map(str::to_owned).to_vec()
}

/// The parts of an address, relative to a base where one is given. What is none gives no parts, and the reason as the only
/// element.
fn parse(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let input = vm.string_argument(arguments, 0)?.as_str();
    let base = match arguments.get(1).is_nullish() {
        true => Ok(None),
        false => Url::parse(vm.string_argument(arguments, 1)?.as_str()).map(Some),
    };
    let parsed = match &base {
        Ok(base) => Url::options().base_url(base.as_ref()).parse(input),
        Err(error) => Err(*error),
    };
    match parsed {
        Ok(url) => vm.new_strings(&parts(&url)),
        Err(error) => vm.new_strings(&[error.to_string()]),
    }
}

/// The parts after one was set; a value that does not fit changes nothing, as the standard says.
fn change(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let href = vm.string_argument(arguments, 0)?.as_str();
    let part = vm.string_argument(arguments, 1)?.as_str();
    let value = vm.string_argument(arguments, 2)?.as_str();
    let Ok(mut url) = Url::parse(href) else {
        return vm.new_strings(&[]);
    };
    // The standard ignores what cannot be set.
    let _ = match part {
        "protocol" => quirks::set_protocol(&mut url, value),
        "username" => quirks::set_username(&mut url, value),
        "password" => quirks::set_password(&mut url, value),
        "host" => quirks::set_host(&mut url, value),
        "hostname" => quirks::set_hostname(&mut url, value),
        "port" => quirks::set_port(&mut url, value),
        "pathname" => {
            quirks::set_pathname(&mut url, value);
            Ok(())
        }
        "search" => {
            quirks::set_search(&mut url, value);
            Ok(())
        }
        _ => {
            quirks::set_hash(&mut url, value);
            Ok(())
        }
    };
    vm.new_strings(&parts(&url))
}

/// What `encodeURIComponent` of JavaScript leaves as it is, besides letters and digits.
const UNRESERVED: &[u8] = b"-_.!~*'()";

fn encode_component(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str();
    if text.len() > raya_abi::limits::STRING_BYTES_MAX / 3 {
        return Err(vm.string_too_long(text.len() * 3));
    }
    let digit = |nibble: u8| char::from(b"0123456789ABCDEF"[usize::from(nibble & 15)]);
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
    vm.new_string(&encoded)
}

fn decode_component(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str();
    match decode(text.as_bytes()) {
        Ok(text) => vm.new_string(&text),
        Err(why) => Err(vm.error(ErrorKind::Syntax, &format!("decodeComponent: {why}"))),
    }
}

fn decode(text: &[u8]) -> Result<String, String> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if text[at] != b'%' {
            bytes.push(text[at]);
            at += 1;
            continue;
        }
        let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else {
            return Err("expected two hexadecimal digits after `%`".into());
        };
        bytes.push((high << 4 | low) as u8);
        at += 3;
    }
    String::from_utf8(bytes).map_err(|_| "expected UTF-8, found other bytes".into())
}

/// Names and values of a form or query, one after the other.
fn decode_form(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str();
    let pairs = form_urlencoded::parse(text.as_bytes());
    let texts: Vec<String> =
        pairs.flat_map(|(name, value)| [name.into_owned(), value.into_owned()]).collect();
    vm.new_strings(&texts)
}

/// The opposite.
fn encode_form(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let texts = vm.array_argument(arguments, 0)?;
    let texts: Vec<Value> = texts.iter().collect();
    let mut form = form_urlencoded::Serializer::new(String::new());
    for pair in texts.chunks(2) {
        let text =
            |at: usize| pair.get(at).and_then(|value| value.as_string()).map_or("", |text| text.as_str());
        form.append_pair(text(0), text(1));
    }
    let encoded = form.finish();
    vm.new_string(&encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_encoded_well_is_refused() {
        assert_eq!(decode(b"a%20b%C3%BC"), Ok("a b\u{fc}".into()));
        for bad in ["%", "%2", "%zz", "%ff", "%C3%28"] {
            assert!(decode(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
