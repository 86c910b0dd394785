//! Reports that `docs/errors` shows beside each code, compared with reports that were printed.
//!
//! A page shows one case: names, numbers, paths and what stands for them (`…`, WORDS IN CAPITALS) differ from those of a test,
//! the words around them do not.

use std::collections::BTreeMap;
use std::fs;

use crate::command::workspace_root;

/// The first line of each report shown, by its code.
pub fn shown_reports() -> BTreeMap<String, String> {
    let folder = workspace_root().join("docs/errors");
    let mut shown = BTreeMap::new();
    for entry in fs::read_dir(&folder).expect("the pages of error codes are there") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_some_and(|extension| extension == "md") {
            collect(&fs::read_to_string(&path).expect("the page can be read"), &mut shown);
        }
    }
    shown
}

fn collect(page: &str, shown: &mut BTreeMap<String, String>) {
    let mut section = "";
    for line in page.lines() {
        section = line.strip_prefix("## ").unwrap_or(section);
        // Examples of lower codes are programs, whose whole reports another test compares.
        if section < "R0500" {
            continue;
        }
        if line.starts_with(&format!("error[{section}]")) || line.starts_with(&format!("warning[{section}]"))
        {
            shown.entry(section.to_owned()).or_insert_with(|| line.to_owned());
        }
    }
}

/// The codes whose report is shown otherwise than in each of the `printed` first lines that have that code, with both.
pub fn differences(shown: &BTreeMap<String, String>, printed: &[String]) -> Vec<String> {
    let mut differences = vec![];
    for (code, expected) in shown {
        let with_code = format!("[{code}]: ");
        let mut found = printed.iter().filter(|line| line.contains(&with_code)).peekable();
        if found.peek().is_some() && !found.clone().any(|line| fits(expected, line)) {
            let lines: Vec<&str> = found.map(String::as_str).collect();
            differences
                .push(format!("docs/errors shows\n  {expected}\nexpected one of\n  {}", lines.join("\n  ")));
        }
    }
    differences
}

/// Whether a page's line says what a printed line says.
fn fits(shown: &str, printed: &str) -> bool {
    let pattern = without_names(shown);
    let text = without_names(printed);
    let mut parts = wildcards(&pattern).into_iter();
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    let parts: Vec<String> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part.as_str()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

/// A line with everything quoted made the same, and each number.
fn without_names(line: &str) -> String {
    let mut plain = String::new();
    for (at, part) in line.split('`').enumerate() {
        plain.push_str(if at % 2 == 1 { "``" } else { part });
    }
    let mut numbered = String::new();
    for character in plain.chars() {
        if character.is_ascii_digit() && numbered.ends_with('0') {
            continue;
        }
        numbered.push(if character.is_ascii_digit() { '0' } else { character });
    }
    numbered
}

/// What stands between the parts of a line that stand for anything.
fn wildcards(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for word in line.split_inclusive(' ') {
        let stands_for_anything = |text: &str| {
            text.contains('…') || (text.len() > 1 && text.chars().all(|one| one.is_ascii_uppercase()))
        };
        let trimmed = word.trim_matches(|one: char| one.is_whitespace() || ",.;:()'\"".contains(one));
        match word.split_once(trimmed) {
            Some((before, after)) if stands_for_anything(trimmed) => {
                parts.last_mut().expect("there is one").push_str(before);
                parts.push(after.to_owned());
            }
            _ => parts.last_mut().expect("there is one").push_str(word),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_may_differ_and_words_may_not() {
        let shown = "error[R9003]: `big.key` has more than LIMIT bytes, the limit for a file of its kind";
        assert!(fits(
            shown,
            "error[R9003]: `other` has more than 8192 bytes, the limit for a file of its kind"
        ));
        assert!(!fits(
            shown,
            "error[R9003]: `other` has fewer than 8192 bytes, the limit for a file of its kind"
        ));
        assert!(fits(
            "error[R9004]: `a` cannot be written: …",
            "error[R9004]: `b` cannot be written: no space"
        ));
        assert!(!fits(
            "error[R9004]: `a` cannot be written",
            "error[R9004]: `b` cannot be written: no space"
        ));
        assert!(fits("error[R1]: found 12 of 3", "error[R1]: found 4 of 567"));
    }

    #[test]
    fn a_code_that_nobody_printed_is_not_compared() {
        let shown = BTreeMap::from([(String::from("R1"), String::from("error[R1]: a"))]);
        assert!(differences(&shown, &[String::from("error[R2]: b")]).is_empty());
        assert_eq!(differences(&shown, &[String::from("error[R1]: b")]).len(), 1);
    }
}
