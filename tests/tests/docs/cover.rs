//! Which test gives each code: an example of its page, a row of the table of bad input, or a test of the crate that declares it.

use std::collections::BTreeMap;
use std::path::Path;

use super::codes::{SOURCES, TESTS, is_code};
use super::page::{Block, Page};

/// The test that covers each code, as a link for the page; what is covered by none is left out.
pub(crate) fn covered(root: &Path, pages: &[Page]) -> BTreeMap<String, String> {
    let mut covered = BTreeMap::new();
    let tests = Tests::read(root);
    let table = std::fs::read_to_string(root.join("docs/bad-input.md")).unwrap_or_default();
    for page in pages {
        let file = page.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for section in page.sections.iter().filter(|section| is_code(&section.title)) {
            let code = &section.title;
            let is_example = |block: &&Block| {
                section.lines.contains(&block.line) && block.language == "raya" && block.file.is_none()
            };
            let cover = if page.blocks.iter().any(|block| is_example(&block)) {
                Some(format!("the example of [{file}]({file}#{})", code.to_lowercase()))
            } else if table.contains(code.as_str()) {
                Some("a row of [bad-input.md](../bad-input.md)".to_owned())
            } else if let Some(test) = tests.naming(code) {
                Some(format!("`{test}`"))
            } else {
                section.no_test.as_ref().map(|reason| format!("none: {reason}"))
            };
            if let Some(cover) = cover {
                covered.insert(code.clone(), cover);
            }
        }
    }
    covered
}

/// The page that lists what covers each code.
pub(crate) fn listed(covered: &BTreeMap<String, String>) -> String {
    let mut text = String::from(
        "# What covers each code\n\nEvery code is given by a test. This page is written by the test that makes sure of it, \
         `cargo test --package raya-tests --test docs`.\n\n| code | given by |\n|---|---|\n",
    );
    for (code, cover) in covered {
        text.push_str(&format!("| {code} | {cover} |\n"));
    }
    text
}

/// The tests of the workspace, and the names that stand for codes.
struct Tests {
    /// Path and text of each file with tests, in order.
    files: Vec<(String, String)>,
    /// Constants and variants whose value is a code.
    names: BTreeMap<String, String>,
}

impl Tests {
    fn read(root: &Path) -> Tests {
        let mut tests = Tests { files: vec![], names: BTreeMap::new() };
        for folder in SOURCES.iter().chain(&["tests"]) {
            tests.visit(root, &root.join(folder));
        }
        tests.files.sort();
        tests
    }

    fn visit(&mut self, root: &Path, folder: &Path) {
        let entries =
            std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
                self.visit(root, &path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let shown = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                self.take(shown, text);
            }
        }
    }

    fn take(&mut self, path: String, text: String) {
        let is_test = path.contains("/tests/");
        let (source, inside) = text.split_once(TESTS).unwrap_or((&text, ""));
        if !is_test {
            for line in source.lines() {
                self.names.extend(name_of_code(line));
            }
        }
        let tests = if is_test { text } else { inside.to_owned() };
        // This file names no code.
        if !tests.is_empty() && !path.ends_with("docs/cover.rs") {
            self.files.push((path, tests));
        }
    }

    /// The first file whose tests name a code, by itself or by what stands for it.
    fn naming(&self, code: &str) -> Option<&str> {
        let name = self.names.get(code);
        let names =
            |text: &str| text.contains(code) || name.is_some_and(|name| words(text).any(|word| word == name));
        self.files.iter().find(|(_, text)| names(text)).map(|(path, _)| path.as_str())
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|one: char| !one.is_alphanumeric() && one != '_')
}

/// The code of a line such as `NAME: Code = Code("R0001")` or `Self::Name { .. } => "R0001"`, and the name that stands for it.
fn name_of_code(line: &str) -> Option<(String, String)> {
    let code = line.split('"').skip(1).step_by(2).find(|text| is_code(text))?;
    let (before, _) = line.split_once('"')?;
    let pattern = match before.split_once("=>") {
        // The last part of the first path: `SigningError::BadSignature { .. }`.
        Some((pattern, _)) => pattern.split(['{', '(', '|']).next()?.rsplit("::").next()?,
        None => before.split_once('=')?.0.split(':').next()?.rsplit(' ').find(|word| !word.is_empty())?,
    };
    let name = pattern.trim();
    (!name.is_empty() && words(name).count() == 1).then(|| (code.to_owned(), name.to_owned()))
}

#[test]
fn names_of_codes_are_read_from_their_declarations() {
    let found = |line| name_of_code(line).map(|(code, name)| format!("{code} {name}"));
    assert_eq!(found("    MISMATCH = \"R0301\";").as_deref(), Some("R0301 MISMATCH"));
    assert_eq!(found("pub const USAGE: Code = Code(\"R2022\");").as_deref(), Some("R2022 USAGE"));
    let variant = "    SigningError::BadSignature { .. } => Code(\"R1112\"),";
    assert_eq!(found(variant).as_deref(), Some("R1112 BadSignature"));
    assert_eq!(found("let x = \"R12\";"), None);
}
