//! The codes that the workspace's sources declare, each with the words its declaration has for it.

use std::collections::BTreeMap;
use std::path::Path;

/// Folders with the sources of what users run.
pub(crate) const SOURCES: [&str; 5] = ["bundler", "build-support", "manifests", "runtime", "signing"];
/// Where a file's tests begin: codes behind it are made up.
pub(crate) const TESTS: &str = "#[cfg(test)]";

/// Whether a text is a code: `R` and four digits.
pub(crate) fn is_code(text: &str) -> bool {
    text.len() == 5 && text.starts_with('R') && text[1..].bytes().all(|byte| byte.is_ascii_digit())
}

/// All codes with their meaning; empty where the code stands without one.
///
/// A code is a string literal of that form outside of tests. Its meaning is the documentation of the constant it is the value
/// of, or of the variant that a `match` gives it for.
pub(crate) fn declared(root: &Path) -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for folder in SOURCES {
        visit(&root.join(folder), &mut codes);
    }
    codes
}

fn visit(folder: &Path, codes: &mut BTreeMap<String, String>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be read").path();
        let is_skipped =
            path.file_name().is_some_and(|name| name == "tests" || name == "target" || name == "fuzz");
        if path.is_dir() && !is_skipped {
            visit(&path, codes);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let source = source.split(TESTS).next().unwrap_or_default();
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            for (at, line) in lines.iter().enumerate() {
                for code in codes_in(line) {
                    let meaning = meaning(&lines, at);
                    let known: &mut String = codes.entry(code).or_default();
                    if known.is_empty() {
                        *known = meaning;
                    }
                }
            }
        }
    }
}

fn codes_in(line: &str) -> impl Iterator<Item = String> + '_ {
    line.split('"').skip(1).step_by(2).filter(|text| is_code(text)).map(str::to_owned)
}

/// The documentation of what stands in line `at`.
fn meaning(lines: &[&str], at: usize) -> String {
    let Some((pattern, _)) = lines[at].split_once("=>") else { return documentation(lines, at) };
    let name: String = match pattern.split_once("::") {
        Some((_, variant)) => variant.chars().take_while(|letter| letter.is_alphanumeric()).collect(),
        None => return String::new(),
    };
    let declares = |line: &&str| {
        line.strip_prefix(name.as_str())
            .is_some_and(|rest| rest.starts_with([',', ' ']) && !rest.contains("=>"))
    };
    lines.iter().position(declares).map(|line| documentation(lines, line)).unwrap_or_default()
}

/// The `///` lines right above, joined.
fn documentation(lines: &[&str], at: usize) -> String {
    let mut words: Vec<&str> =
        lines[..at].iter().rev().map_while(|line| line.strip_prefix("///")).map(str::trim).collect();
    words.reverse();
    words.join(" ")
}
