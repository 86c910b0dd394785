//! "Did you mean": the known word nearest to an unknown one.

/// Longest word that is compared; longer ones are no slips of a finger.
const LENGTH_MAX: usize = 64;

/// The candidate that is nearest to `word`, if one is near enough to be a slip of the finger; of several equally near the
/// first in the alphabet, so that reports are the same every time.
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let folded = fold(word)?;
    // In words of one or two letters a slip leaves nothing to know the word by, but for upper and lower case.
    let allowed = if folded.len() <= 2 { 0 } else { (folded.len() / 3).clamp(1, 3) };
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word && !candidate.is_empty())
        .filter_map(|candidate| Some((distance(&folded, &fold(candidate)?, allowed)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> Option<Vec<char>> {
    let folded: Vec<char> = word.chars().flat_map(char::to_lowercase).take(LENGTH_MAX + 1).collect();
    (folded.len() <= LENGTH_MAX).then_some(folded)
}

/// Insertions, deletions, replacements and swaps of neighbours, where they are at most `allowed`.
fn distance(left: &[char], right: &[char], allowed: usize) -> Option<usize> {
    if left.len().abs_diff(right.len()) > allowed {
        return None;
    }
    // The row before the last, the last, and the one that is being made.
    let mut before: Vec<usize> = vec![];
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, from) in left.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(from != to);
            let mut best = replaced.min(last[column + 1] + 1).min(next[column] + 1);
            let is_swap = row > 0 && column > 0 && left[row - 1] == *to && right[column - 1] == *from;
            if is_swap {
                best = best.min(before[column - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut last, next);
    }
    Some(last[right.len()]).filter(|distance| *distance <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["length", "name", "message", "x", "Name2"];
        for (word, found) in [
            ("lenght", Some("length")),
            ("nmae", Some("name")),
            ("Name", Some("name")),
            ("mesage", Some("message")),
            ("X", Some("x")),
            ("y", None),
            ("size", None),
            ("", None),
        ] {
            assert_eq!(closest(word, known), found, "{word}");
        }
        assert_eq!(closest(&"x".repeat(10_000), known), None);
    }

    #[test]
    fn of_equally_near_words_the_first_in_the_alphabet_is_taken() {
        assert_eq!(closest("rad", ["red", "bad", "rat"]), Some("bad"));
    }
}
