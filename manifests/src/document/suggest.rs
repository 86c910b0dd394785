//! "Did you mean": the known name nearest to an unknown one.

/// Longest word that is compared; longer ones are no slips of a finger.
const LENGTH_MAX: usize = 64;

/// The candidate that differs from `word` by at most two slips (one for short words), the first in order of equals.
pub(crate) fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if word.len() > LENGTH_MAX {
        return None;
    }
    let word_lower = word.to_ascii_lowercase().replace('_', "-");
    let allowed = if word.len() <= 4 { 1 } else { 2 };
    candidates
        .into_iter()
        .map(|candidate| (distance(&word_lower, &candidate.replace('_', "-")), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for (row, from) in left.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let replaced = rows[row][column] + usize::from(from != to);
            let mut best = replaced.min(rows[row][column + 1] + 1).min(next[column] + 1);
            let is_swap = row > 0 && column > 0 && left[row - 1] == *to && right[column - 1] == *from;
            if is_swap {
                best = best.min(rows[row - 1][column - 1] + 1);
            }
            next.push(best);
        }
        rows.push(next);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["version", "name", "packed-size"];
        assert_eq!(closest("verison", known), Some("version"));
        assert_eq!(closest("Name", known), Some("name"));
        assert_eq!(closest("packed_size", known), Some("packed-size"));
        assert_eq!(closest("colour", known), None);
        assert_eq!(closest(&"x".repeat(10_000), known), None);
    }
}
