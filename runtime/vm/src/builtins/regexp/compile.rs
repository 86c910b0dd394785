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
    fn a_pattern_is_compiled_once() {
        let (Ok(first), Ok(second)) = (compile("once", "g"), compile("once", "g")) else {
            panic!("compiles")
        };
        assert!(Rc::ptr_eq(&first, &second));
    }
}
