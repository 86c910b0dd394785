//! Secret keys that stand where they should not: found by how they begin, and never shown.
//!
//! A secret key that is pasted into a document or given in place of a public one would otherwise be quoted by the very
//! report that says so, and end up in a terminal's history or a build's log.

use std::borrow::Cow;
use std::ops::Range;

/// How the base64 line of a secret key begins: `Ed`, then two zeros or `Sc`, then `B2`.
const STARTS: [&str; 2] = ["RWQAAEIy", "RWRTY0Iy"];
/// What is shown instead.
const SHOWN: &str = "(a secret key, not shown)";

/// `text` with what may be a secret key replaced by words that say so.
pub(crate) fn without_secret_keys(text: &str) -> Cow<'_, str> {
    replaced(text, |_| SHOWN.to_owned())
}

/// `text` with every byte of what may be a secret key replaced by `*`: places in it stay where they are.
pub fn mask_secret_keys(text: &str) -> Cow<'_, str> {
    replaced(text, |length| "*".repeat(length))
}

fn replaced(text: &str, replacement: impl Fn(usize) -> String) -> Cow<'_, str> {
    let Some(mut found) = next_key(text) else { return Cow::Borrowed(text) };
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    loop {
        shown.push_str(&rest[..found.start]);
        shown.push_str(&replacement(found.len()));
        rest = &rest[found.end..];
        match next_key(rest) {
            Some(next) => found = next,
            None => break,
        }
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// The first run of base64 that begins as a secret key does.
fn next_key(text: &str) -> Option<Range<usize>> {
    let start = STARTS.iter().filter_map(|prefix| text.find(prefix)).min()?;
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let length = text.as_bytes()[start..].iter().take_while(|byte| is_base64(byte)).count();
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyCost, KeyId, SecretKey};

    #[test]
    fn both_forms_of_a_secret_key_are_found_wherever_they_stand() {
        let secret = SecretKey::from_seed(KeyId([1; 8]), &[7; 32]).unwrap();
        let encrypted = secret.to_encrypted_text(b"password", KeyCost::LEAST).unwrap();
        for text in [secret.to_plain_text(), encrypted] {
            let line = text.lines().nth(1).unwrap();
            let document = format!("keys = [\"{line}\", \"{line}\"] # two");
            let masked = mask_secret_keys(&document);
            assert_eq!(masked, format!("keys = [\"{0}\", \"{0}\"] # two", "*".repeat(line.len())));
            assert_eq!(without_secret_keys(&document), format!("keys = [\"{SHOWN}\", \"{SHOWN}\"] # two"));
            // Cut short, it still holds the seed.
            assert_eq!(mask_secret_keys(&line[..150]), "*".repeat(150));
        }
    }

    #[test]
    fn public_keys_and_other_text_are_shown() {
        let secret = SecretKey::from_seed(KeyId([1; 8]), &[7; 32]).unwrap();
        for text in [secret.public().to_base64().as_str(), "", "RWQAAEI", "an ordinary text"] {
            assert_eq!(mask_secret_keys(text), text);
        }
    }
}
