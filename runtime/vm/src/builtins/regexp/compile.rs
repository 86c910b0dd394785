//! Patterns and flags read, and what was made of them kept: a literal in a loop is evaluated each turn.

use std::cell::RefCell;
use std::rc::Rc;

/// A pattern made ready to match.
pub(super) struct Compiled {
    /// As it was given.
    pub(super) pattern: String,
    /// As `source` shows it: what stands between slashes.
    pub(super) source: String,
    /// In alphabetical order.
    pub(super) flags: String,
    pub(super) global: bool,
    pub(super) sticky: bool,
    pub(super) has_indices: bool,
    pub(super) regex: regress::Regex,
}

/// Repetitions that a pattern may ask for.
const REPETITIONS_MAX: u64 = 1_000_000;
/// Patterns that are kept.
const KEPT_MAX: usize = 64;

thread_local! {
    /// A machine runs on one thread.
    static KEPT: RefCell<Vec<Rc<Compiled>>> = const { RefCell::new(Vec::new()) };
}

/// The expression, or what is wrong with it.
pub(super) fn compile(pattern: &str, flags: &str) -> Result<Rc<Compiled>, String> {
    let known = KEPT.with_borrow(|kept| {
        kept.iter().find(|known| known.pattern == pattern && known.flags == flags).cloned()
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let compiled = Rc::new(compile_new(pattern, flags)?);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() == KEPT_MAX {
            kept.remove(0);
        }
        kept.push(compiled.clone());
    });
    Ok(compiled)
}

fn compile_new(pattern: &str, flags: &str) -> Result<Compiled, String> {
    let mut sorted: Vec<char> = flags.chars().collect();
    sorted.sort_unstable();
    let unknown = sorted.iter().find(|flag| !"dgimsuvy".contains(**flag));
    if let Some(unknown) = unknown {
        return Err(format!("invalid regular expression flags '{flags}': '{unknown}' is none of dgimsuvy"));
    }
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("invalid regular expression flags '{flags}': '{}' stands twice", twice[0]));
    }
    let flags: String = sorted.into_iter().collect();
    if flags.contains('u') && flags.contains('v') {
        return Err(format!("invalid regular expression flags '{flags}': 'u' and 'v' exclude each other"));
    }
    // Without the pattern, which may be as long as a string can be.
    raya_abi::patterns::check_size(pattern, &flags)
        .map_err(|reason| format!("invalid regular expression: {reason}"))?;
    if repetitions(pattern) > REPETITIONS_MAX {
        return Err(format!(
            "invalid regular expression /{pattern}/: more than {REPETITIONS_MAX} repetitions"
        ));
    }
    let regex = regress::Regex::with_flags(pattern, flags.as_str())
        .map_err(|error| format!("invalid regular expression /{pattern}/{flags}: {error}"))?;
    Ok(Compiled {
        pattern: pattern.to_owned(),
        source: escaped(pattern),
        global: flags.contains('g'),
        sticky: flags.contains('y'),
        has_indices: flags.contains('d'),
        flags,
        regex,
    })
}

/// How often a pattern repeats something at the least, nested repetitions multiplied. What is repeated may be nothing, so
/// that no text bounds the time and memory this takes.
fn repetitions(pattern: &str) -> u64 {
    let bytes = pattern.as_bytes();
    // The most of each group that is open, and of what was just read.
    let mut open = vec![1_u64];
    let mut last = 1_u64;
    let mut in_class = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => {
                at += 1;
                last = 1;
            }
            b'[' => in_class = true,
            b']' => in_class = false,
            _ if in_class => {}
            b'(' => {
                open.push(1);
                last = 1;
            }
            b')' if open.len() > 1 => last = open.pop().unwrap_or(1),
            b'{' => {
                let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit());
                let least = digits.fold(0_u64, |number, digit| {
                    number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
                });
                last = last.saturating_mul(least.max(1));
            }
            b'0'..=b'9' | b',' | b'}' | b'*' | b'+' | b'?' => {}
            _ => last = 1,
        }
        if let Some(most) = open.last_mut() {
            *most = (*most).max(last);
        }
        at += 1;
    }
    open.into_iter().max().unwrap_or(1)
}

/// The pattern as it may stand between slashes.
fn escaped(pattern: &str) -> String {
    if pattern.is_empty() {
        return "(?:)".to_owned();
    }
    let mut source = String::with_capacity(pattern.len());
    let (mut after_backslash, mut in_class) = (false, false);
    for character in pattern.chars() {
        match character {
            '/' if !after_backslash && !in_class => source.push_str("\\/"),
            '\n' => source.push_str(if after_backslash { "n" } else { "\\n" }),
            '\r' => source.push_str(if after_backslash { "r" } else { "\\r" }),
            '\u{2028}' => source.push_str(if after_backslash { "u2028" } else { "\\u2028" }),
            '\u{2029}' => source.push_str(if after_backslash { "u2029" } else { "\\u2029" }),
            character => source.push(character),
        }
        if !after_backslash {
            match character {
                '[' => in_class = true,
                ']' => in_class = false,
                _ => {}
            }
        }
        after_backslash = character == '\\' && !after_backslash;
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_may_stand_between_slashes() {
        for (pattern, source) in [
            ("", "(?:)"),
            ("a/b", "a\\/b"),
            ("a\\/b", "a\\/b"),
            ("[/]/", "[/]\\/"),
            ("\n", "\\n"),
            ("\\\\/", "\\\\\\/"),
        ] {
            assert_eq!(escaped(pattern), source);
        }
    }

    #[test]
    fn flags_are_checked_and_sorted() {
        assert_eq!(compile("a", "yig").map(|compiled| compiled.flags.clone()), Ok("giy".to_owned()));
        for flags in ["x", "gg", "uv", "G"] {
            assert!(compile("a", flags).is_err(), "{flags}");
        }
        for pattern in ["(", "[", "a{2,1}", "*", "(?<n>a)(?<n>b)"] {
            assert!(compile(pattern, "").is_err(), "{pattern}");
        }
    }

    #[test]
    fn repetitions_of_nothing_are_bounded() {
        for (pattern, least) in [
            ("abc", 1),
            ("a{3}b{4,}", 4),
            ("(){2000000000}", 2_000_000_000),
            ("((){1000}){1000}", 1_000_000),
            ("[{9}]\\{9}(a|b{2,5})*", 2),
            ("(?:(?:){3}x{99}){2}?", 198),
            ("(){99999999999999999999999}", u64::MAX),
        ] {
            assert_eq!(repetitions(pattern), least, "{pattern}");
        }
        assert!(compile("(){2000000}", "").is_err());
        assert!(compile("((){1000}){1000}", "").is_ok());
    }

    #[test]
    fn alternatives_are_bounded() {
        assert!(compile(&"|".repeat(999), "").is_ok());
        assert_eq!(
            compile(&"|".repeat(200_000), "").err().as_deref(),
            Some("invalid regular expression: the pattern has 200000 bytes, the limit is 65536")
        );
        assert_eq!(
            compile(&"(a|)".repeat(1_000), "").err().as_deref(),
            Some("invalid regular expression: the pattern has 1001 alternatives, the limit is 1000")
        );
    }

    #[test]
    fn a_pattern_is_compiled_once() {
        let (Ok(first), Ok(second)) = (compile("once", "g"), compile("once", "g")) else {
            panic!("compiles")
        };
        assert!(Rc::ptr_eq(&first, &second));
    }
}
