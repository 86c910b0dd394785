//! The report on tests, as text.

use super::FileReport;
use super::record::{Failed, Outcome, Summary, Test};

/// What a file's tests did; what else it printed only where something failed or `all` is wanted.
pub(super) fn file(report: &FileReport, all: bool) -> String {
    let mut text = format!("{}\n", shown(&report.path.to_string_lossy()));
    for test in &report.records.tests {
        text.push_str(&test_text(test));
    }
    if let Some(trouble) = &report.trouble {
        text.push_str(&format!("  FAILED  this file: {trouble}\n"));
    }
    if all || report.summary().failed > 0 {
        text.push_str(&printed("it printed", &report.records.output));
        text.push_str(&printed("on standard error", &report.errors));
    }
    text.push('\n');
    text
}

fn test_text(test: &Test) -> String {
    let name = shown(&test.name);
    match &test.outcome {
        Outcome::Passed => format!("  ok      {name}\n"),
        Outcome::Failed(failed) => format!("  FAILED  {name}\n{}", failure_text(failed)),
        Outcome::Skipped(reason) => format!("  skipped {name}{}\n", because(reason)),
        Outcome::Todo(reason) => format!("  todo    {name}{}\n", because(reason)),
        Outcome::Listed => format!("  test    {name}\n"),
    }
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {}", shown(reason)) }
}

fn failure_text(failed: &Failed) -> String {
    let mut text = String::new();
    for line in failed.message.lines() {
        text.push_str(&format!("          {}\n", shown(line)));
    }
    for line in &failed.difference {
        text.push_str(&format!("            {}\n", shown(line)));
    }
    match &failed.place {
        Some(place) => text.push_str(&format!("          at {}\n", shown(place))),
        None => {
            for line in failed.stack.lines() {
                text.push_str(&format!("          {}\n", shown(line.trim())));
            }
        }
    }
    text
}

/// A stream of the file, each line behind a bar, below a heading; nothing where it is empty.
fn printed(heading: &str, text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let lines: String = text.trim_end().lines().map(|line| format!("  | {}\n", shown(line))).collect();
    format!("  {heading}:\n{lines}")
}

/// Text of the program, with what could fool a terminal escaped.
fn shown(text: &str) -> String {
    raya_signing::escape_for_terminal(text).into_owned()
}

/// The last line: how many tests passed and failed, and, where there are any, how many did neither.
pub(super) fn closing_line(summary: &Summary) -> String {
    let mut line = format!("{} passed, {} failed", summary.passed, summary.failed);
    for (count, word) in [(summary.skipped, "skipped"), (summary.todo, "todo"), (summary.listed, "listed")] {
        if count > 0 {
            line.push_str(&format!(", {count} {word}"));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::super::record::Records;
    use super::*;

    #[test]
    fn a_report_says_what_failed_where_and_how_it_differs() {
        let test = |name: &str, outcome| Test { name: name.to_owned(), outcome };
        let failed = Failed {
            message: "expected 1, found 2".to_owned(),
            place: Some("a.raya:3:5".to_owned()),
            difference: vec!["- 1".to_owned(), "+ 2".to_owned()],
            stack: String::new(),
        };
        let records = Records {
            tests: vec![
                test("a", Outcome::Passed),
                test("b > c", Outcome::Failed(failed)),
                test("d", Outcome::Skipped("slow".to_owned())),
            ],
            has_plan: true,
            is_complete: true,
            output: "one\ntwo\n".to_owned(),
        };
        let mut report =
            FileReport { path: "a.test.raya".into(), records, errors: String::new(), trouble: None };
        assert_eq!(
            file(&report, false),
            "a.test.raya\n  ok      a\n  FAILED  b > c\n          expected 1, found 2\n            - 1\n            \
             + 2\n          at a.raya:3:5\n  skipped d: slow\n  it printed:\n  | one\n  | two\n\n"
        );
        report.records.tests.truncate(1);
        assert_eq!(file(&report, false), "a.test.raya\n  ok      a\n\n");
        report.trouble = Some("ended by signal 9".to_owned());
        assert!(file(&report, false).contains("  FAILED  this file: ended by signal 9\n  it printed:\n"));
    }

    #[test]
    fn the_closing_line_names_what_there_is() {
        let mut summary = Summary { passed: 2, failed: 1, ..Summary::default() };
        assert_eq!(closing_line(&summary), "2 passed, 1 failed");
        summary.skipped = 3;
        assert_eq!(closing_line(&summary), "2 passed, 1 failed, 3 skipped");
    }
}
