//! `raya test`: finds test files, runs each as a program of its own, and reports what their tests did.
//!
//! What test files and this command say to each other is told in `std:test`: the file is run with `--test-report=lines` and
//! writes records between whatever else it prints.

mod child;
mod find;
mod record;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use raya_source::Diagnostic;

use self::child::{Ending, finish};
use self::find::TestFile;
use self::record::{Records, Summary};
use super::{EXIT_FAILURE, Outcome};
use crate::arguments::TestArguments;
use crate::codes::TESTS_MISSING;
use crate::host;

/// What one test file did.
#[derive(Debug)]
struct FileReport {
    /// The file, as it is named to the user.
    path: PathBuf,
    /// What its tests said, and what else it printed.
    records: Records,
    /// What it printed on standard error.
    errors: String,
    /// Why the file itself failed, whatever its tests did.
    trouble: Option<String>,
}

impl FileReport {
    /// What counts: a file that failed as a whole is one failed test more.
    fn summary(&self) -> Summary {
        let mut summary = self.records.summary();
        summary.failed += usize::from(self.trouble.is_some());
        summary
    }
}

pub(super) fn run(arguments: &TestArguments) -> Outcome {
    let files = find::test_files(&arguments.paths)?;
    if files.is_empty() {
        let message = "expected test files, found none";
        return Err(Diagnostic::error(TESTS_MISSING, message)
            .with_note(
                "looked for `*.test.raya`, and for files that import `std:test` in folders named `tests`",
            )
            .with_help("name the files or folders: `raya test FILE`")
            .into());
    }
    let raya = host::own_executable()?;
    let mut total = Summary::default();
    for file in &files {
        let report = run_file(&raya, file, arguments);
        let summary = report.summary();
        host::print(&show::file(&report, arguments.verbose || arguments.list))?;
        total.add(&summary);
    }
    host::print(&format!("{}\n", show::closing_line(&total)))?;
    Ok(ExitCode::from(if total.failed == 0 { 0 } else { EXIT_FAILURE }))
}

fn run_file(raya: &std::path::Path, file: &TestFile, arguments: &TestArguments) -> FileReport {
    let mut command = std::process::Command::new(raya);
    command.arg("run");
    if let Some(root) = &file.root {
        command.arg("--part-of").arg(root);
    }
    command.arg(&file.entry).arg("--test-report=lines");
    if let Some(filter) = &arguments.filter {
        command.arg(format!("--test-filter={filter}"));
    }
    if arguments.list {
        command.arg("--test-list");
    }
    let finished = finish(command, Duration::from_secs(arguments.timeout));
    let records = Records::parse(&finished.output);
    let trouble = trouble(&finished.ending, &records, arguments);
    let errors = String::from_utf8_lossy(&finished.errors).into_owned();
    FileReport { path: file.shown.clone(), records, errors, trouble }
}

/// Why a file failed although none of its tests did.
fn trouble(ending: &Ending, records: &Records, arguments: &TestArguments) -> Option<String> {
    let failed = records.summary().failed > 0;
    match ending {
        Ending::NotStarted(why) => Some(format!("`raya` could not be started: {why}")),
        Ending::TooLong => {
            Some(format!("stopped after {} seconds (`--timeout` allows more)", arguments.timeout))
        }
        Ending::Signal(number) => Some(format!("ended by signal {number}")),
        Ending::Code(2) if !records.has_plan => Some("does not compile".to_owned()),
        Ending::Code(code) if !records.is_complete && !arguments.list => Some(match records.has_plan {
            true => format!("ended with exit code {code} before all tests had run"),
            false if *code == 0 => "has no tests: expected a file that imports `std:test`".to_owned(),
            false => format!("ended with exit code {code} before a test was run"),
        }),
        Ending::Code(code) if *code != 0 && !failed => Some(format!("ended with exit code {code}")),
        Ending::Code(_) => None,
    }
}
