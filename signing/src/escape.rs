//! Text from files made harmless before it reaches a terminal.
//!
//! A comment in a signature is chosen by whoever wrote the file: escape sequences could repaint the screen, bidirectional
//! controls could show `lexe.gpj` as `jpg.exel`, zero-width characters make two different names look the same.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::conceal::without_secret_keys;

/// Whether a character acts on a terminal or cannot be seen on it.
pub fn is_unsafe_character(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'   // zero width, directional marks
            | '\u{2028}'..='\u{202E}'   // line separators, bidirectional embeddings and overrides
            | '\u{2060}'..='\u{206F}'   // word joiner, invisible operators, bidirectional isolates
            | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}') // tags, variation selectors
}

/// Whether `text` needs no escaping.
pub fn is_terminal_safe(text: &str) -> bool {
    !text.chars().any(is_unsafe_character)
}

/// `text` with every unsafe character written as `\u{…}`; line ends too, so that the result is one line. A secret key in it is
/// not shown.
pub fn escape_for_terminal(text: &str) -> Cow<'_, str> {
    let text = without_secret_keys(text);
    if is_terminal_safe(&text) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unsafe_character(character) {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "\\u{{{:04x}}}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// The same for bytes of unknown encoding: what is not UTF-8 is written as `\x..`.
pub fn escape_bytes_for_terminal(bytes: &[u8]) -> String {
    let mut escaped = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        escaped.push_str(&escape_for_terminal(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(escaped, "\\x{byte:02x}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_bidi_and_zero_width_characters_are_written_out() {
        assert_eq!(escape_for_terminal("plain é 漢"), "plain é 漢");
        assert_eq!(escape_for_terminal("a\u{1b}[2Jb"), "a\\u{001b}[2Jb");
        assert_eq!(escape_for_terminal("a\u{202e}b\u{2066}c"), "a\\u{202e}b\\u{2066}c");
        assert_eq!(
            escape_for_terminal("a\u{200b}\u{feff}\n\r\0\u{9b}"),
            "a\\u{200b}\\u{feff}\\u{000a}\\u{000d}\\u{0000}\\u{009b}"
        );
        assert_eq!(escape_bytes_for_terminal(b"a\xff\x1b"), "a\\xff\\u{001b}");
    }

    proptest::proptest! {
        #[test]
        fn what_was_escaped_is_safe(text in ".*") {
            let escaped = escape_for_terminal(&text).into_owned();
            proptest::prop_assert!(is_terminal_safe(&escaped));
            proptest::prop_assert_eq!(escape_for_terminal(&escaped).into_owned(), escaped.clone());
        }

        #[test]
        fn escaped_bytes_are_safe(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            proptest::prop_assert!(is_terminal_safe(&escape_bytes_for_terminal(&bytes)));
        }
    }
}
