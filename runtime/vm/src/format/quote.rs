//! Strings in quotes, and names of properties.

use super::layout::WIDTH;

/// Longer strings are cut.
const UNITS_MAX: usize = 10_000;
/// Shorter strings stay on one line.
const LINE_MIN: usize = 16;

/// A string inside a structure: one that is too long for its line is broken behind its line ends.
pub(super) fn in_structure(text: &str, units: usize, indent: usize) -> String {
    let (mut shown, mut trailer) = (text, String::new());
    if units > UNITS_MAX {
        let mut left = UNITS_MAX;
        let end = text.char_indices().find(|(_, character)| {
            let fits = character.len_utf16() <= left;
            left = left.saturating_sub(character.len_utf16());
            !fits
        });
        shown = &text[..end.map_or(text.len(), |(at, _)| at)];
        let rest = units - UNITS_MAX;
        trailer = format!("... {rest} more character{}", if rest > 1 { "s" } else { "" });
    }
    let units = units.min(UNITS_MAX);
    if units <= LINE_MIN || units + indent + 4 <= WIDTH {
        return quoted(shown) + &trailer;
    }
    let lines: Vec<String> = shown.split_inclusive('\n').map(quoted).collect();
    lines.join(&format!(" +\n{}", " ".repeat(indent + 2))) + &trailer
}

/// Text in quotes, with those that need the fewest escapes.
pub(crate) fn quoted(text: &str) -> String {
    let quote = match (text.contains('\''), text.contains('"'), text.contains('`') || text.contains("${")) {
        (false, ..) => '\'',
        (true, false, _) => '"',
        (true, true, false) => '`',
        _ => '\'',
    };
    let mut result = String::with_capacity(text.len() + 2);
    result.push(quote);
    for character in text.chars() {
        let short = match character {
            '\u{8}' => "\\b",
            '\t' => "\\t",
            '\n' => "\\n",
            '\u{C}' => "\\f",
            '\r' => "\\r",
            '\\' => "\\\\",
            '\'' if quote == '\'' => "\\'",
            '\0'..='\x1F' | '\x7F'..='\u{9F}' => {
                let digit = |nibble: u32| char::from_digit(nibble, 16).unwrap_or('0').to_ascii_uppercase();
                let code = character as u32;
                result.extend(['\\', 'x', digit(code >> 4), digit(code & 15)]);
                continue;
            }
            character => {
                result.push(character);
                continue;
            }
        };
        result.push_str(short);
    }
    result.push(quote);
    result
}

/// Whether a property's name is printed without quotes.
pub(crate) fn is_plain_key(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}
