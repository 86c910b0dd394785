//! The documentation tells the truth: transcripts are run, every error code is explained once, links and named tests exist.
//! `RAYA_BLESS=1` rewrites what the examples of error codes print.

#[path = "docs/codes.rs"]
mod codes;
#[path = "docs/cover.rs"]
mod cover;
#[path = "docs/page.rs"]
mod page;
#[path = "docs/shell.rs"]
mod shell;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use page::{Block, Page};
use raya_tests::command::{finish, raya, workspace_root};
use raya_tests::report::{error_codes, warning_codes};
use raya_tests::snapshot;
use shell::Scratch;

/// Codes below this one are given by `raya check` alone, so their examples are run.
const FIRST_CODE_BEYOND_CHECKING: &str = "R0500";

fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    files
}

/// The pages at the root that speak to users, those of `docs`, and those of `docs/errors`.
fn pages() -> Vec<Page> {
    let root = workspace_root();
    let mut paths = vec![root.join("README.md"), root.join("TRUST.md")];
    paths.extend(markdown_files(&root.join("docs")));
    paths.extend(markdown_files(&root.join("docs/errors")));
    paths.iter().map(|path| Page::read(path)).collect()
}

fn error_pages() -> Vec<Page> {
    markdown_files(&workspace_root().join("docs/errors")).iter().map(|path| Page::read(path)).collect()
}

#[test]
fn transcripts_show_what_happens() {
    let mut failures = vec![];
    let mut count = 0;
    for page in pages() {
        let scratch = Scratch::new();
        for block in &page.blocks {
            if let Some(name) = &block.file {
                scratch.write(name, &block.text);
            } else if block.language == "console" {
                match block.not_run.as_deref() {
                    Some(reason) => {
                        assert!(reason.len() > 10, "{}: give a reason for not running", block.place(&page))
                    }
                    None => {
                        count += 1;
                        failures.extend(scratch.differences(&block.text, &block.place(&page)));
                    }
                }
            }
        }
    }
    assert!(count > 0, "no page has a transcript");
    assert!(
        failures.is_empty(),
        "{} of {count} transcripts differ:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[test]
fn every_code_is_explained_once_in_its_own_words() {
    let declared = codes::declared(&workspace_root());
    assert!(declared.len() > 100, "found only {} codes in the sources", declared.len());
    let mut explained: BTreeMap<String, String> = BTreeMap::new();
    let mut failures = vec![];
    for page in error_pages() {
        for section in &page.sections {
            if !codes::is_code(&section.title) {
                continue;
            }
            if explained.insert(section.title.clone(), section.first_line.clone()).is_some() {
                failures.push(format!("{} is explained twice", section.title));
            }
        }
    }
    for (code, meaning) in &declared {
        match explained.get(code) {
            None => failures.push(format!("{code} is not explained in docs/errors: {meaning}")),
            Some(line) if !meaning.is_empty() && line != meaning => {
                failures.push(format!("{code}: the source says {meaning:?}, the page says {line:?}"));
            }
            Some(_) => {}
        }
    }
    failures.extend(
        explained
            .keys()
            .filter(|code| !declared.contains_key(*code))
            .map(|code| format!("{code} does not exist")),
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn examples_of_codes_give_them() {
    let mut failures = vec![];
    let mut count = 0;
    for page in error_pages() {
        let mut blessed = page.text.clone();
        for section in page.sections.iter().filter(|section| codes::is_code(&section.title)) {
            let blocks: Vec<&Block> =
                page.blocks.iter().filter(|block| section.lines.contains(&block.line)).collect();
            let Some(program) = blocks.iter().find(|block| block.language == "raya" && block.file.is_none())
            else {
                let is_needed =
                    section.title.as_str() < FIRST_CODE_BEYOND_CHECKING && !section.says_no_example;
                if is_needed {
                    failures.push(format!(
                        "{}: expected an example, or `No example:` and a reason",
                        section.title
                    ));
                }
                continue;
            };
            count += 1;
            let found = check(program, &blocks);
            let codes: BTreeSet<String> =
                error_codes(&found).into_iter().chain(warning_codes(&found)).collect();
            if !codes.iter().eq([&section.title]) {
                failures.push(format!("{}: the example gives {codes:?}:\n{found}", section.title));
                continue;
            }
            match blocks.iter().find(|block| block.language == "text") {
                None => failures
                    .push(format!("{}: the report is not shown; it is:\n```text\n{found}```", section.title)),
                Some(shown) if shown.text != found => {
                    if is_blessing() {
                        let old = fenced(program, shown, &page);
                        blessed = blessed.replacen(&old, &fenced_with(program, shown, &page, &found), 1);
                        continue;
                    }
                    failures.push(format!("{}: shown\n{}found\n{found}", section.title, shown.text));
                }
                Some(_) => {}
            }
        }
        if blessed != page.text {
            std::fs::write(&page.path, blessed)
                .unwrap_or_else(|error| panic!("{}: {error}", page.path.display()));
        }
    }
    assert!(count > 0, "no page has an example");
    assert!(
        failures.is_empty(),
        "{} of {count} examples differ:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[test]
fn every_code_is_given_by_a_test() {
    let pages = error_pages();
    let covered = cover::covered(&workspace_root(), &pages);
    let explained = pages.iter().flat_map(|page| &page.sections).map(|section| &section.title);
    let failures: Vec<String> = explained
        .filter(|title| codes::is_code(title) && !covered.contains_key(*title))
        .map(|code| format!("{code}: expected an example, a row of bad input, a test that names it, or `No test:` and a reason"))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let page = workspace_root().join("docs/errors/coverage.md");
    let difference = snapshot::compare(&page, &cover::listed(&covered));
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

/// What `raya check` says of an example, which may have files beside it.
fn check(program: &Block, blocks: &[&Block]) -> String {
    let scratch = Scratch::new();
    for block in blocks {
        if let Some(name) = &block.file {
            scratch.write(name, &block.text);
        }
    }
    scratch.write("app.raya", &program.text);
    let finished = finish(raya(scratch.path(), ["check", "app.raya"]).current_dir(scratch.path()));
    let report: Vec<&str> = finished.stderr.trim_end().lines().map(str::trim_end).collect();
    report.join("\n") + "\n"
}

fn is_blessing() -> bool {
    std::env::var_os("RAYA_BLESS").is_some()
}

/// The part of a page from an example to the end of the report shown after it.
fn fenced(program: &Block, shown: &Block, page: &Page) -> String {
    page.lines(program.line..shown.end)
}

fn fenced_with(program: &Block, shown: &Block, page: &Page, report: &str) -> String {
    page.lines(program.line..shown.line) + "```text\n" + report + "```\n"
}

#[test]
fn links_lead_somewhere() {
    let mut failures = vec![];
    for page in pages() {
        let folder = page.path.parent().expect("a page lies in a folder");
        for link in page.links() {
            let target = link.split('#').next().unwrap_or_default();
            let is_local = !target.is_empty() && !target.contains("://");
            if is_local && !folder.join(target).exists() {
                failures.push(format!("{}: nothing at {link}", page.path.display()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn tests_that_pages_name_exist() {
    let root = workspace_root();
    let mut failures = vec![];
    let mut count = 0;
    for page in pages() {
        for (file, test) in page.named_tests() {
            count += 1;
            let source = std::fs::read_to_string(root.join(&file)).unwrap_or_default();
            if !source.contains(&format!("fn {test}(")) {
                failures.push(format!("{}: there is no `{file}::{test}`", page.path.display()));
            }
        }
    }
    assert!(count > 0, "no page names a test");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
