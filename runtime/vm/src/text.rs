//! Strings as sequences of UTF-16 code units, kept as UTF-8.
//!
//! ASCII needs nothing. For other strings a table of the byte offset of every 64th unit is built when they are first
//! indexed; a few such tables are kept until the next collection. A unit that is half of a surrogate pair reads as its
//! surrogate's number, and as U+FFFD where a string must be made of it.

use core::cmp::Ordering;

use crate::heap::object::StringObject;
use crate::heap::{Gc, utf16_units};

const STRIDE: usize = 64;
const TABLES: usize = 4;

/// Tables of the strings that were indexed last.
#[derive(Default)]
pub(crate) struct IndexTables {
    tables: Vec<(usize, Vec<u32>)>,
    next: usize,
}

/// A position in a string: the byte where the unit's character starts, and whether the unit is its second half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) byte: usize,
    pub(crate) inside: bool,
}

impl IndexTables {
    /// Forgets everything: addresses may be used again after a collection.
    pub(crate) fn clear(&mut self) {
        self.tables.clear();
        self.next = 0;
    }

    /// Where unit `unit` is; the end if there are not so many.
    pub(crate) fn position(&mut self, string: Gc<StringObject>, unit: usize) -> Position {
        if unit >= string.units() {
            return Position { byte: string.length(), inside: false };
        }
        if string.is_ascii() {
            return Position { byte: unit, inside: false };
        }
        let text = string.as_str();
        // Near its ends a string needs no table: parsers that cut off its beginning, and what is appended to, read there.
        if unit <= STRIDE * 2 {
            return advance(text, Position { byte: 0, inside: false }, unit);
        }
        if string.units() - unit <= STRIDE * 2 {
            return retreat(text, string.units() - unit);
        }
        let entry = self.table(string)[unit / STRIDE];
        advance(text, Position { byte: (entry >> 1) as usize, inside: entry & 1 != 0 }, unit % STRIDE)
    }

    /// The number of units before `byte`, where a character starts or the string ends.
    pub(crate) fn units_before(&mut self, string: Gc<StringObject>, byte: usize) -> usize {
        if string.is_ascii() {
            return byte;
        }
        let text = string.as_str();
        if byte <= STRIDE * 4 {
            return utf16_units(&text[..byte]);
        }
        if text.len() - byte <= STRIDE * 4 {
            return string.units() - utf16_units(&text[byte..]);
        }
        let table = self.table(string);
        let after = table.partition_point(|entry| (entry >> 1) as usize <= byte);
        let Some(at) = after.checked_sub(1) else { return 0 };
        let (from, inside) = ((table[at] >> 1) as usize, table[at] & 1);
        at * STRIDE - inside as usize + utf16_units(&text[from..byte])
    }

    /// For every 64th unit of a string that is not ASCII twice the byte where its character starts, plus one for a second half.
    fn table(&mut self, string: Gc<StringObject>) -> &[u32] {
        let address = string.address();
        let known = self.tables.iter().position(|(known, _)| *known == address);
        let index = known.unwrap_or_else(|| self.build(address, string.as_str()));
        &self.tables[index].1
    }

    fn build(&mut self, address: usize, text: &str) -> usize {
        let mut table = Vec::with_capacity(text.len() / STRIDE + 1);
        let mut unit = 0;
        for (byte, character) in text.char_indices() {
            for half in 0..character.len_utf16() {
                if unit % STRIDE == 0 {
                    table.push((byte as u32) << 1 | half as u32);
                }
                unit += 1;
            }
        }
        if self.tables.len() < TABLES {
            self.tables.push((address, table));
            return self.tables.len() - 1;
        }
        self.next = (self.next + 1) % TABLES;
        self.tables[self.next] = (address, table);
        self.next
    }
}

/// `count` units after `from`.
fn advance(text: &str, from: Position, count: usize) -> Position {
    let mut left = count + usize::from(from.inside);
    for (offset, character) in text[from.byte..].char_indices() {
        let units = character.len_utf16();
        if left < units {
            return Position { byte: from.byte + offset, inside: left == 1 };
        }
        left -= units;
    }
    Position { byte: text.len(), inside: false }
}

/// The position `count` units before the end.
fn retreat(text: &str, count: usize) -> Position {
    let mut left = count;
    for (byte, character) in text.char_indices().rev() {
        let units = character.len_utf16();
        if left <= units {
            return Position { byte, inside: left < units };
        }
        left -= units;
    }
    Position { byte: 0, inside: false }
}

/// The code unit at `position`, which is not the end.
pub(crate) fn unit_at(text: &str, position: Position) -> Option<u16> {
    let mut units = [0; 2];
    let character = text[position.byte..].chars().next()?;
    let units = character.encode_utf16(&mut units);
    units.get(usize::from(position.inside)).copied()
}

/// The text between two positions; halves of cut pairs become U+FFFD.
pub(crate) fn between(text: &str, start: Position, end: Position) -> String {
    let mut result = String::new();
    let mut first = start.byte;
    if start.inside {
        if (end.byte, end.inside) <= (start.byte, start.inside) {
            return result;
        }
        result.push('\u{FFFD}');
        first =
            text[start.byte..].char_indices().nth(1).map_or(text.len(), |(offset, _)| start.byte + offset);
    }
    if first < end.byte {
        result.push_str(&text[first..end.byte]);
    }
    if end.inside {
        result.push('\u{FFFD}');
    }
    result
}

/// Order by UTF-16 code units: like that of bytes, except that U+E000 to U+FFFF come after all surrogates.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    let (left_bytes, right_bytes) = (left.as_bytes(), right.as_bytes());
    let common = left_bytes.iter().zip(right_bytes).position(|(left, right)| left != right);
    let Some(at) = common else { return left_bytes.len().cmp(&right_bytes.len()) };
    let rank = |byte: u8| match byte {
        0xF0.. => 0xEE00_u16,
        0xEE..=0xEF => 0xEF00 + u16::from(byte),
        byte => u16::from(byte) << 8,
    };
    // The first difference may be in a later byte of characters that start the same; then bytes decide.
    let (left, right) = (left_bytes[at], right_bytes[at]);
    if left >= 0xC0 && right >= 0xC0 {
        rank(left).cmp(&rank(right)).then(left.cmp(&right))
    } else {
        left.cmp(&right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::Heap;
    use proptest::prelude::*;

    fn units_of(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 3 } else { 300 }, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn units_are_those_of_utf16(text in "[a-zäß日😀\u{FFFD}\u{E000}]{0,300}") {
            let mut heap = Heap::new(1 << 30, false);
            let mut tables = IndexTables::default();
            let string = heap.string(&text);
            for (index, unit) in units_of(&text).into_iter().enumerate() {
                let position = tables.position(string, index);
                prop_assert_eq!(unit_at(&text, position), Some(unit));
                prop_assert_eq!(tables.units_before(string, position.byte), index - usize::from(position.inside));
            }
            prop_assert_eq!(tables.units_before(string, text.len()), string.units());
        }

        #[test]
        fn slices_are_those_of_utf16(text in "[aä日😀]{0,200}", from in 0..220usize, to in 0..220usize) {
            let mut heap = Heap::new(1 << 30, false);
            let mut tables = IndexTables::default();
            let string = heap.string(&text);
            let units = units_of(&text);
            let (from, to) = (from.min(units.len()), to.min(units.len()));
            let (from, to) = (from.min(to), from.max(to));
            let found = between(&text, tables.position(string, from), tables.position(string, to));
            prop_assert_eq!(found, String::from_utf16_lossy(&units[from..to]));
        }

        #[test]
        fn order_is_that_of_utf16(left in "[a-cä\u{D7FF}\u{E000}\u{FFFF}😀\u{10FFFF}]{0,4}", right in "[a-cä\u{D7FF}\u{E000}\u{FFFF}😀\u{10FFFF}]{0,4}") {
            prop_assert_eq!(compare(&left, &right), units_of(&left).cmp(&units_of(&right)));
        }
    }
}
