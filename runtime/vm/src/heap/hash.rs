//! Hashes of keys and names.
//!
//! Keys often come from outside. They are hashed with a seed that differs from process to process, so that keys which all fall on
//! one place, and make a map as slow as a list, cannot be prepared beforehand. Nothing shows the order of hashes: maps keep the
//! order of insertion.

use core::hash::{BuildHasher, Hasher};

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;

#[inline]
fn state() -> SeedableRandomState {
    SeedableRandomState::with_seed(0, SharedSeed::global_random())
}

/// A hash of bytes, never 0: the same for the same bytes as long as the process runs.
pub(crate) fn hash_bytes(bytes: &[u8]) -> u32 {
    let mut hasher = state().build_hasher();
    hasher.write(bytes);
    // Texts of different length may be fed alike.
    hasher.write_usize(bytes.len());
    (hasher.finish() as u32).max(1)
}

/// A hash of a word.
#[inline]
pub(crate) fn hash_word(word: u64) -> u32 {
    state().hash_one(word) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Miri takes its time.
    const PLACES: usize = if cfg!(miri) { 1 << 8 } else { 1 << 14 };

    /// How many of the places of a table that is half full are taken: about 0.39 of them for hashes like chance.
    fn share_taken(hashes: impl Iterator<Item = u32>) -> f64 {
        let taken: HashSet<usize> =
            hashes.take(PLACES / 2).map(|hash| hash as usize & (PLACES - 1)).collect();
        taken.len() as f64 / PLACES as f64
    }

    #[test]
    fn keys_that_differ_little_fall_on_different_places() {
        let shapes: [fn(usize) -> String; 6] = [
            |at| format!("key{at}"),
            |at| format!("key{at:05}"),
            |at| format!("{at:08}"),
            |at| format!("a longer key, {at:06}, with a tail"),
            |at| "x".repeat(at),
            |at| format!("{:016b}", at),
        ];
        for shape in shapes {
            let share = share_taken((0..).map(|at| hash_bytes(shape(at).as_bytes())));
            assert!(share > 0.33, "{share} of the places for keys such as {}", shape(1000));
        }
    }

    #[test]
    fn words_that_differ_little_fall_on_different_places() {
        let shapes: [fn(u64) -> u64; 5] =
            [|at| at, |at| at << 4, |at| at << 40, |at| (at as f64 + 0.5).to_bits(), |at| at << 52 | at];
        for shape in shapes {
            let share = share_taken((0..).map(|at| hash_word(shape(at))));
            assert!(share > 0.33, "{share} of the places for words such as {:x}", shape(1000));
        }
    }

    #[test]
    fn no_bytes_hash_to_zero() {
        assert_ne!(hash_bytes(b""), 0);
        assert_ne!(hash_bytes(b""), hash_bytes(b"\0"));
    }
}
