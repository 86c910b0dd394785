//! Strings as people order them, and the normal forms of Unicode.
//!
//! The order is that of Unicode's root locale for what most programs sort: spaces, punctuation, symbols, digits, letters;
//! letters first without regard to accents and case, then by accents, then lower case before upper. It is written here,
//! because the tables of the whole algorithm are larger than a whole bundle: letters of one script follow one another by
//! their numbers, and scripts by theirs.

use core::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, decompose_compatible, is_combining_mark};

use super::Outcome;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "String.collate" = "raya_builtin_String_collate" => collate;
    "String.normalize" = "raya_builtin_String_normalize" => normalize;
}

/// What is neither letter nor digit, in order; the rest of such characters follows by number.
const SYMBOLS: &str = "\t\n\u{B}\u{C}\r _-,;:!¡?¿.·'\"«»()[]{}§¶@*/\\&#%`´^¯¨¸°©®+±÷×<=>¬|¦~¤¢$£¥";

/// Letters that count as others, with a mark of their own.
const LIKE_OTHERS: &[(char, &str)] = &[
    ('æ', "ae"),
    ('ø', "o"),
    ('ß', "ss"),
    ('ð', "d"),
    ('đ', "d"),
    ('ħ', "h"),
    ('ł', "l"),
    ('œ', "oe"),
    ('ĳ', "ij"),
    ('ŀ', "l"),
];

/// What differences count.
#[derive(Clone, Copy)]
struct Strength {
    accents: bool,
    case: bool,
    /// Digits are compared as the numbers they spell.
    numeric: bool,
}

/// The weights of one character: place, accent, case.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Weight {
    place: u32,
    case: u8,
}

/// A string made comparable.
#[derive(Default)]
struct Key {
    /// For each character that counts: its place, then the marks on it as indices into `marks`.
    weights: Vec<Weight>,
    /// For each weight, the marks that follow it.
    accents: Vec<(usize, u32)>,
}

const DIGITS: u32 = 0x1000;
const LETTERS: u32 = 0x2000;
/// Ideographs stand behind the letters of all scripts.
const IDEOGRAPHS: u32 = 0x20_0000;

impl Key {
    fn of(text: &str, numeric: bool) -> Key {
        let mut key = Key::default();
        let mut digits = String::new();
        for character in text.chars() {
            if numeric && character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            key.push_number(&digits);
            digits.clear();
            decompose_canonical(character, |part| key.push(part));
        }
        key.push_number(&digits);
        key
    }

    /// Digits as a number: how many there are, then what they are.
    fn push_number(&mut self, digits: &str) {
        if digits.is_empty() {
            return;
        }
        let significant = digits.trim_start_matches('0');
        self.weights.push(Weight { place: DIGITS + significant.len() as u32, case: 0 });
        for digit in significant.chars() {
            self.push(digit);
        }
    }

    fn push(&mut self, character: char) {
        if is_combining_mark(character) {
            return self.accents.push((self.weights.len(), character as u32));
        }
        if character.is_control() && !matches!(character, '\t'..='\r') || character == '\u{AD}' {
            return;
        }
        let lower = lower(character);
        let case = u8::from(lower != character);
        if let Some((_, parts)) = LIKE_OTHERS.iter().find(|(known, _)| *known == lower) {
            self.weights.extend(parts.chars().map(|part| Weight { place: LETTERS + part as u32, case }));
            return self.accents.push((self.weights.len(), lower as u32));
        }
        if lower.is_alphanumeric() && !lower.is_ascii() && decomposes(lower) {
            // A circled or raised form, or a ligature, counts as what it is a form of.
            let mark = lower as u32;
            decompose_compatible(lower, |part| {
                if part != lower {
                    self.weights.push(Weight { place: place(part), case });
                }
            });
            return self.accents.push((self.weights.len(), mark));
        }
        let (base, case) = match lower {
            // Katakana count as hiragana.
            'ァ'..='ヶ' => (char::from_u32(lower as u32 - 0x60).unwrap_or(lower), 1),
            lower => (lower, case),
        };
        self.weights.push(Weight { place: place(base), case });
    }
}

fn decomposes(character: char) -> bool {
    let mut same = true;
    decompose_compatible(character, |part| same &= part == character);
    !same
}

/// The lower case of a letter that has one of its own.
fn lower(character: char) -> char {
    let mut all = character.to_lowercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

fn place(character: char) -> u32 {
    let number = character as u32;
    if let Some(at) = SYMBOLS.chars().position(|known| known == character) {
        return at as u32 + 1;
    }
    match character {
        '0'..='9' => DIGITS + number,
        '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => IDEOGRAPHS + number,
        _ if character.is_alphabetic() => LETTERS + number,
        _ if character.is_numeric() => DIGITS + 0x100,
        _ => 0x200 + number.min(0xD00),
    }
}

/// The places of the characters of ASCII; 0 for those that count nothing.
const ASCII_PLACES: [u32; 128] = {
    let mut places = [0; 128];
    let symbols = SYMBOLS.as_bytes();
    let (mut at, mut index) = (0, 0);
    while at < symbols.len() {
        let begins_character = symbols[at] < 0x80 || symbols[at] >= 0xC0;
        if begins_character {
            index += 1;
            if symbols[at] < 0x80 {
                places[symbols[at] as usize] = index;
            }
        }
        at += 1;
    }
    let mut byte = 0;
    while byte < 128 {
        let character = byte as u8;
        if character.is_ascii_digit() {
            places[byte] = DIGITS + byte as u32;
        } else if character.is_ascii_alphabetic() {
            places[byte] = LETTERS + character.to_ascii_lowercase() as u32;
        }
        byte += 1;
    }
    places
};

fn compare(left: &str, right: &str, strength: Strength) -> Ordering {
    // Most texts differ within the ASCII that they begin with: nothing need be made of them.
    let mut case = Ordering::Equal;
    let mut length = 0;
    for (one, other) in left.bytes().zip(right.bytes()) {
        let place = |byte: u8| ASCII_PLACES.get(byte as usize).copied().filter(|place| *place != 0);
        let (Some(first), Some(second)) = (place(one), place(other)) else { break };
        if strength.numeric && (one.is_ascii_digit() || other.is_ascii_digit()) {
            break;
        }
        if first != second {
            return first.cmp(&second);
        }
        // A letter of upper case has the lower number, and comes second.
        case = case.then(other.cmp(&one));
        length += 1;
    }
    match (&left[length..], &right[length..]) {
        ("", "") => {
            if strength.case {
                case
            } else {
                Ordering::Equal
            }
        }
        (left, right) => compare_keys(left, right, case, strength),
    }
}

/// Compares what stands behind a beginning whose places are the same, and whose cases are in the order `case`.
fn compare_keys(left: &str, right: &str, case: Ordering, strength: Strength) -> Ordering {
    let (left, right) = (Key::of(left, strength.numeric), Key::of(right, strength.numeric));
    let places = |key: &Key| key.weights.iter().map(|weight| weight.place).collect::<Vec<_>>();
    let cases = |key: &Key| key.weights.iter().map(|weight| weight.case).collect::<Vec<_>>();
    let mut order = places(&left).cmp(&places(&right));
    if strength.accents {
        order = order.then_with(|| compare_accents(&left.accents, &right.accents));
    }
    if strength.case {
        order = order.then(case).then_with(|| cases(&left).cmp(&cases(&right)));
    }
    order
}

/// The first character whose marks differ decides; one without marks comes first.
fn compare_accents(left: &[(usize, u32)], right: &[(usize, u32)]) -> Ordering {
    let mut pairs = left.iter().zip(right);
    match pairs.find(|(left, right)| left != right) {
        // Where the one has a mark earlier, the other has none there.
        Some((left, right)) => right.0.cmp(&left.0).then(left.1.cmp(&right.1)),
        None => left.len().cmp(&right.len()),
    }
}

/// The order of two strings: other, numeric, sensitivity (`base`, `accent`, `case` or `variant`).
fn collate(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let left = vm.string_argument(arguments, 0)?.as_str();
    let right = vm.string_argument(arguments, 1)?.as_str();
    let numeric = arguments.get(2) == Value::TRUE;
    let (accents, case) = match vm.text_or(arguments, 3, "variant")? {
        "base" => (false, false),
        "accent" => (true, false),
        "case" => (false, true),
        "variant" => (true, true),
        other => {
            let message = format!("expected a sensitivity base, accent, case or variant, found '{other}'");
            return Err(vm.range_error(&message));
        }
    };
    Ok(Value::int(compare(left, right, Strength { accents, case, numeric }) as i32))
}

fn normalize(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let string = vm.string_argument(arguments, 0)?;
    let form = vm.text_or(arguments, 1, "NFC")?;
    let text = string.as_str();
    if !matches!(form, "NFC" | "NFD" | "NFKC" | "NFKD") {
        let message = format!("expected a normal form NFC, NFD, NFKC or NFKD, found '{form}'");
        return Err(vm.range_error(&message));
    }
    if string.is_ascii() {
        return Ok(arguments.get(0));
    }
    let normal: String = match form {
        "NFC" => text.nfc().collect(),
        "NFD" => text.nfd().collect(),
        "NFKC" => text.nfkc().collect(),
        _ => text.nfkd().collect(),
    };
    vm.new_string(&normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Strength = Strength { accents: true, case: true, numeric: false };

    fn sorted(mut texts: Vec<&str>, strength: Strength) -> Vec<&str> {
        texts.sort_by(|left, right| compare(left, right, strength));
        texts
    }

    #[test]
    fn what_is_in_order_stays_in_order() {
        for order in [
            vec!["", " ", "_", "-", "a", "b"],
            vec!["1", "10", "2", "a", "A", "á", "Á", "ab", "b", "ß", "z"],
            vec!["co op", "co-op", "CO-OP", "coop", "Coop"],
            vec!["A", "a b", "a_b", "a-b", "ab", "aB", "AB"],
            vec!["cote", "coté", "côte", "côté", "coter"],
            vec!["z", "α", "ω", "а", "я", "א", "あ", "ア", "字", "漢"],
            vec!["e\u{301}a", "eb"],
        ] {
            let mut reversed = order.clone();
            reversed.reverse();
            assert_eq!(sorted(reversed, ALL), order);
        }
    }

    #[test]
    fn equal_is_what_is_written_alike() {
        assert_eq!(compare("é", "e\u{301}", ALL), Ordering::Equal);
        assert_eq!(compare("a", "a\0", ALL), Ordering::Equal);
        assert_eq!(compare("ß", "ss", Strength { accents: false, ..ALL }), Ordering::Equal);
        assert_eq!(
            compare("Á", "a", Strength { accents: false, case: false, numeric: false }),
            Ordering::Equal
        );
    }

    #[test]
    fn what_begins_alike_is_compared_as_the_whole() {
        let parts = ["", "a", "A", "b", "-", "1", "12", "é", "e\u{301}", "ß", "\0", "Z", "字"];
        let mut texts = Vec::new();
        for one in parts {
            for other in parts {
                for last in parts {
                    texts.push(format!("{one}{other}{last}"));
                }
            }
        }
        // Miri takes its time.
        let step = if cfg!(miri) { 97 } else { 7 };
        for numeric in [false, true] {
            for (accents, case) in [(true, true), (false, true), (true, false), (false, false)] {
                let strength = Strength { accents, case, numeric };
                for left in texts.iter().step_by(step) {
                    for right in texts.iter().step_by(step) {
                        let whole = compare_keys(left, right, Ordering::Equal, strength);
                        assert_eq!(compare(left, right, strength), whole, "{left:?} {right:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_inside_texts() {
        let numeric = Strength { numeric: true, ..ALL };
        assert_eq!(sorted(vec!["a10", "a9", "a1", "b1", "a010"], numeric), ["a1", "a9", "a10", "a010", "b1"]);
    }
}
