//! Bad input: what is wrong, the command that meets it, and the code of the report. Each row runs, and the table in
//! `docs/bad-input.md` is written from what happened (`RAYA_BLESS=1` writes it).
//!
//! Every command is a line for a shell, run in the app's folder, and shown in the table as it ran. Whatever it was asked to
//! write is as it was before, and nothing else was left behind.

mod admission;
mod boundary;
mod documents;
mod locked;
mod output;
mod program;
mod search;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use raya_tests::app::App;
use raya_tests::command::{Finished, clean, finish, raya_path, workspace_root};
use raya_tests::report::error_codes;
use raya_tests::{shown as pages, snapshot};

/// One row of the table.
pub(crate) struct Case {
    /// What is wrong, for readers.
    pub(crate) input: &'static str,
    /// A line for a shell.
    pub(crate) command: &'static str,
    /// Makes the app's folder.
    pub(crate) prepare: fn() -> App,
    /// What happens.
    pub(crate) outcome: Outcome,
}

/// What a command does with bad input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It refuses, with these codes in this order and this exit code.
    Refuses(&'static [&'static str], i32),
    /// The program ends with this error, which it could have caught.
    Throws(&'static str),
    /// The input does no harm: the program prints this.
    Prints(&'static str),
}

/// A part of the table.
struct Section {
    title: &'static str,
    cases: &'static [Case],
}

const SECTIONS: [Section; 7] = [
    Section { title: "Programs and files", cases: program::CASES },
    Section { title: "Keys, bundles and documents", cases: documents::CASES },
    Section { title: "Finding modules", cases: search::CASES },
    Section { title: "What a module is", cases: admission::CASES },
    Section { title: "Locked mode", cases: locked::CASES },
    Section { title: "The native boundary", cases: boundary::CASES },
    Section { title: "Writing", cases: output::CASES },
];

/// The file that bundling would write.
const OUTPUT: &str = "app";
const BEFORE: &str = "what was there before";

/// Runs a row; gives the row's result for the table, or what went wrong. The first lines of its reports are added to `printed`.
fn run(case: &Case, printed: &mut Vec<String>) -> Result<String, String> {
    let app = (case.prepare)();
    app.write(OUTPUT, BEFORE);
    let before = files(&app.folder());
    let finished = execute(&app, case.command);
    printed.extend(finished.stderr.lines().filter(|line| line.contains("[R")).map(str::to_owned));
    let after = files(&app.folder());
    if !matches!(case.outcome, Outcome::Prints(_)) && before != after {
        let changed: Vec<&String> = after
            .iter()
            .filter(|(path, bytes)| before.get(*path) != Some(*bytes))
            .map(|(path, _)| path)
            .collect();
        return Err(format!("files are not as they were: {changed:?}\n{}", finished.stderr));
    }
    // A command that refuses prints to standard error alone.
    if matches!(case.outcome, Outcome::Refuses(..)) && !finished.stdout.is_empty() {
        return Err(format!("expected no output, found:\n{}{}", finished.stdout, finished.stderr));
    }
    let found = outcome(&case.outcome, &finished);
    if found.as_ref() == Ok(&shown(&case.outcome)) {
        return Ok(shown(&case.outcome));
    }
    Err(format!(
        "expected {:?}, found {found:?} with exit code {:?}\n{}{}",
        case.outcome, finished.code, finished.stdout, finished.stderr
    ))
}

/// A shell in the app's folder, with `raya` on its path.
fn execute(app: &App, line: &str) -> Finished {
    let raya = raya_path();
    let folder = raya.parent().unwrap_or(&raya);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path)));
    let mut command: Command = clean("sh", &app.home());
    finish(
        command
            .args(["-c", line])
            .current_dir(app.folder())
            .env("PATH", path.expect("folders have no colon")),
    )
}

/// What happened, as the table says it.
fn outcome(expected: &Outcome, finished: &Finished) -> Result<String, String> {
    match expected {
        Outcome::Refuses(..) => Ok(refused(&error_codes(&finished.stderr), finished.code.unwrap_or(-1))),
        Outcome::Throws(name) => {
            let is_thrown = finished.code == Some(1) && finished.stderr.contains(&format!("{name}: "));
            if is_thrown { Ok(shown(expected)) } else { Err(String::from("no such error")) }
        }
        Outcome::Prints(_) => Ok(format!("prints `{}`", finished.stdout.trim_end())),
    }
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refuses(codes, exit) => {
            refused(&codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>(), *exit)
        }
        Outcome::Throws(name) => format!("`{name}`, which `catch` sees"),
        Outcome::Prints(text) => format!("prints `{text}`"),
    }
}

/// A code that comes several times in a row is shown once, with how often.
fn refused(codes: &[String], exit: i32) -> String {
    let runs = codes.chunk_by(|left, right| left == right).map(|run| match run {
        [code] => code.clone(),
        run => format!("{} × {}", run[0], run.len()),
    });
    format!("{}, exit code {exit}", runs.collect::<Vec<_>>().join(", "))
}

/// All files of a folder and their bytes; what is no regular file counts by its name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            let kind = fs::symlink_metadata(&path).expect("the file is there").file_type();
            if kind.is_dir() {
                pending.push(path);
            } else {
                let bytes =
                    if kind.is_file() { fs::read(&path).expect("the file can be read") } else { vec![] };
                found.insert(path.to_string_lossy().into_owned(), bytes);
            }
        }
    }
    found
}

fn table(results: &[(&Section, Vec<String>)]) -> String {
    let mut text = String::from(
        "# Bad input\n\nWhat is wrong, the command that meets it, and what it says. This page is written by the tests: every row \
         is run by\n`cargo test --package raya-tests --test bad_input`. Wherever a command refuses, all problems of a phase are \
         shown together,\nno output file is left, and one that was there before is unchanged.\n",
    );
    for (section, results) in results {
        let _ = write!(text, "\n## {}\n\n| bad input | command | result |\n|---|---|---|\n", section.title);
        for (case, result) in section.cases.iter().zip(results) {
            let command = case.command.replace('|', "\\|");
            let _ = writeln!(text, "| {} | `{command}` | {result} |", case.input);
        }
    }
    text
}

#[test]
fn bad_input_is_refused_as_the_table_says() {
    let mut failures = vec![];
    let mut results = vec![];
    let mut printed = vec![];
    for section in &SECTIONS {
        let ran: Vec<Result<String, String>> =
            section.cases.iter().map(|case| run(case, &mut printed)).collect();
        for (case, result) in section.cases.iter().zip(&ran) {
            if let Err(problem) = result {
                failures.push(format!("== {}\n$ {}\n{problem}", case.input, case.command));
            }
        }
        results.push((section, ran.into_iter().map(Result::unwrap_or_default).collect()));
    }
    let count =
        |results: &[(&Section, Vec<String>)]| results.iter().map(|(_, rows)| rows.len()).sum::<usize>();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), count(&results), failures.join("\n"));
    let difference = snapshot::compare(&workspace_root().join("docs/bad-input.md"), &table(&results));
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    let differences = pages::differences(&pages::shown_reports(), &printed);
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}
