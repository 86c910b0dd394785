//! What a test file says: records between whatever else it prints. `std:test` tells their form.

use serde_json::Value;

/// What a record begins with.
const RECORD: u8 = 0x1E;

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed(Failed),
    /// Not run, and why, where that is said.
    Skipped(String),
    /// Not written yet.
    Todo(String),
    /// Named only.
    Listed,
}

/// Why a test failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) message: String,
    /// `file:line:column`, where it is known.
    pub(super) place: Option<String>,
    /// Lines that begin with `- ` (expected), `+ ` (found) or two spaces.
    pub(super) difference: Vec<String>,
    pub(super) stack: String,
}

/// A test that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Test {
    /// Suites from outside in, the test's name last.
    pub(super) name: String,
    pub(super) outcome: Outcome,
}

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    pub(super) todo: usize,
    pub(super) listed: usize,
}

impl Summary {
    /// Adds the counts of another.
    pub(super) fn add(&mut self, other: &Summary) {
        let Summary { passed, failed, skipped, todo, listed } = *other;
        self.passed += passed;
        self.failed += failed;
        self.skipped += skipped;
        self.todo += todo;
        self.listed += listed;
    }
}

/// All that a file said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Records {
    pub(super) tests: Vec<Test>,
    /// The file's body ended and its tests began.
    pub(super) has_plan: bool,
    /// All tests were run.
    pub(super) is_complete: bool,
    /// What else it printed.
    pub(super) output: String,
}

impl Records {
    /// Takes standard output apart.
    pub(super) fn parse(bytes: &[u8]) -> Records {
        let mut records = Records::default();
        let mut output = vec![];
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| *byte == RECORD) {
            output.extend_from_slice(&rest[..at]);
            let end =
                rest[at..].iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| at + end + 1);
            match serde_json::from_slice::<Value>(&rest[at + 1..end]) {
                Ok(record) if record.is_object() => records.take(&record),
                // Not ours: the program's own text.
                _ => output.extend_from_slice(&rest[at..end]),
            }
            rest = &rest[end..];
        }
        output.extend_from_slice(rest);
        records.output = String::from_utf8_lossy(&output).into_owned();
        records
    }

    fn take(&mut self, record: &Value) {
        match record["event"].as_str() {
            Some("plan") => self.has_plan = true,
            Some("summary") => self.is_complete = true,
            Some("end") => self.tests.extend(test(record)),
            _ => {}
        }
    }

    /// Counts of the tests that ended.
    pub(super) fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for test in &self.tests {
            *match test.outcome {
                Outcome::Passed => &mut summary.passed,
                Outcome::Failed(_) => &mut summary.failed,
                Outcome::Skipped(_) => &mut summary.skipped,
                Outcome::Todo(_) => &mut summary.todo,
                Outcome::Listed => &mut summary.listed,
            } += 1;
        }
        summary
    }
}

fn test(record: &Value) -> Option<Test> {
    let names: Vec<&str> = record["name"].as_array()?.iter().filter_map(Value::as_str).collect();
    let reason = || text(&record["reason"]);
    let outcome = match record["outcome"].as_str()? {
        "passed" => Outcome::Passed,
        "failed" => Outcome::Failed(failed(&record["error"])),
        "skipped" => Outcome::Skipped(reason()),
        "todo" => Outcome::Todo(reason()),
        "listed" => Outcome::Listed,
        _ => return None,
    };
    Some(Test { name: names.join(" > "), outcome })
}

fn failed(error: &Value) -> Failed {
    let (name, message) = (text(&error["name"]), text(&error["message"]));
    let message = match (name.as_str(), message.as_str()) {
        ("" | "AssertionError", _) => message,
        (_, "") => name,
        _ => format!("{name}: {message}"),
    };
    let place = &error["place"];
    let place = place["file"].as_str().map(|file| format!("{file}:{}:{}", place["line"], place["column"]));
    let lines = error["difference"].as_array().map(Vec::as_slice).unwrap_or_default();
    Failed { message, place, difference: lines.iter().map(text).collect(), stack: text(&error["stack"]) }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_taken_out_of_what_else_is_printed() {
        let text = "before\u{1e}{\"event\":\"plan\",\"tests\":2}\n\
            \u{1e}{\"event\":\"start\",\"name\":[\"s\",\"a\"]}\nprinted\n\
            \u{1e}{\"event\":\"end\",\"name\":[\"s\",\"a\"],\"outcome\":\"passed\",\"milliseconds\":0.5}\n\
            \u{1e}{\"event\":\"end\",\"name\":[\"b\"],\"outcome\":\"failed\",\"error\":{\"name\":\"TypeError\",\
            \"message\":\"m\",\"stack\":\"    at b\",\"place\":{\"file\":\"f.raya\",\"line\":3,\"column\":5},\
            \"difference\":[\"- 1\",\"+ 2\"]}}\n\
            \u{1e}{\"event\":\"new thing\"}\n\u{1e}{\"event\":\"summary\"}\nafter";
        let records = Records::parse(text.as_bytes());
        assert_eq!(records.output, "beforeprinted\nafter");
        assert!(records.has_plan && records.is_complete);
        assert_eq!(records.summary(), Summary { passed: 1, failed: 1, ..Summary::default() });
        assert_eq!(records.tests[0].name, "s > a");
        let Outcome::Failed(failed) = &records.tests[1].outcome else { panic!("{records:?}") };
        assert_eq!(failed.message, "TypeError: m");
        assert_eq!(failed.place.as_deref(), Some("f.raya:3:5"));
        assert_eq!(failed.difference, ["- 1", "+ 2"]);
    }

    #[test]
    fn what_only_looks_like_a_record_is_output() {
        let text = "\u{1e}not json\n\u{1e}[1]\nx\u{1e}{\"event\":";
        let records = Records::parse(text.as_bytes());
        assert_eq!(records, Records { output: text.to_owned(), ..Records::default() });
    }
}
