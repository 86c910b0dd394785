//! What patterns of regular expressions keep within before anything reads them: the checker refuses literals for it, the VM
//! what a program makes while it runs.

use crate::limits::{PATTERN_ALTERNATIVES_MAX, PATTERN_BYTES_MAX};

/// Which limit `pattern` goes beyond, in words.
pub fn check_size(pattern: &str, flags: &str) -> Result<(), String> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!("the pattern has {} bytes, the limit is {PATTERN_BYTES_MAX}", pattern.len()));
    }
    let alternatives = alternatives(pattern, flags.contains('v'));
    if alternatives > PATTERN_ALTERNATIVES_MAX {
        return Err(format!(
            "the pattern has {alternatives} alternatives, the limit is {PATTERN_ALTERNATIVES_MAX}"
        ));
    }
    Ok(())
}

/// One more than the pattern has `|` outside of escapes and classes. With the flag `v` those in a class count too: they
/// can only be part of `\q{…|…}`, whose texts become alternatives.
fn alternatives(pattern: &str, with_class_texts: bool) -> usize {
    let mut count = 1;
    let mut in_class = false;
    let mut bytes = pattern.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'[' => in_class = true,
            b']' => in_class = false,
            b'|' if with_class_texts || !in_class => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_stand_outside_of_classes_and_escapes() {
        for (pattern, count) in [
            ("", 1),
            ("a|b", 2),
            ("(a|b)|c|", 4),
            (r"a\|b\\|c", 2),
            ("[a|[b|]|c", 2),
            (r"[\]|]|[^|]", 2),
            ("é|日", 2),
        ] {
            assert_eq!(alternatives(pattern, false), count, "{pattern}");
        }
        assert_eq!(alternatives(r"[\q{ab|cd}[x]]|e", true), 3);
    }

    #[test]
    fn sizes_are_limited_from_both_sides() {
        assert_eq!(check_size(&"|".repeat(PATTERN_ALTERNATIVES_MAX - 1), ""), Ok(()));
        assert_eq!(
            check_size(&"|".repeat(PATTERN_ALTERNATIVES_MAX), ""),
            Err("the pattern has 1001 alternatives, the limit is 1000".to_owned())
        );
        assert_eq!(check_size(&"a".repeat(PATTERN_BYTES_MAX), ""), Ok(()));
        assert_eq!(
            check_size(&"a".repeat(PATTERN_BYTES_MAX + 1), ""),
            Err("the pattern has 65537 bytes, the limit is 65536".to_owned())
        );
    }
}
