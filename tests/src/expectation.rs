//! What a test program says of itself, in comments.
//!
//! ```text
//! // expect: a line of standard output
//! // expect-error: text that standard error contains
//! // exit: 3
//! ```

use crate::command::Finished;

/// What a program is expected to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// Lines of standard output, in order.
    pub lines: Vec<String>,
    /// Texts that standard error contains.
    pub errors: Vec<String>,
    /// Exit code.
    pub code: i32,
}

impl Expectation {
    /// Reads the comments of a program.
    ///
    /// # Panics
    /// When an exit code is no number, or the program expects nothing at all.
    pub fn of(source: &str) -> Expectation {
        let mut expectation = Expectation::default();
        let mut says_something = false;
        for line in source.lines() {
            let Some((_, comment)) = line.split_once("// ") else {
                continue;
            };
            if let Some(text) = comment.strip_prefix("expect: ") {
                expectation.lines.push(text.to_owned());
            } else if comment.trim_end() == "expect:" {
                expectation.lines.push(String::new());
            } else if let Some(text) = comment.strip_prefix("expect-error: ") {
                expectation.errors.push(text.to_owned());
            } else if let Some(code) = comment.strip_prefix("exit: ") {
                expectation.code = code.trim().parse().expect("an exit code is a number");
            } else {
                continue;
            }
            says_something = true;
        }
        assert!(says_something, "the program expects nothing: add `// expect: …`");
        expectation
    }

    /// How what happened differs from what was expected, if it does.
    pub fn difference(&self, finished: &Finished) -> Option<String> {
        let printed: Vec<&str> = finished.stdout.lines().collect();
        if printed != self.lines {
            let at =
                printed.iter().zip(&self.lines).take_while(|(found, expected)| *found == *expected).count();
            return Some(format!(
                "line {} of standard output: expected {:?}, found {:?}\n{}",
                at + 1,
                self.lines.get(at),
                printed.get(at),
                finished.stderr
            ));
        }
        if let Some(missing) = self.errors.iter().find(|text| !finished.stderr.contains(text.as_str())) {
            return Some(format!("standard error lacks {missing:?}:\n{}", finished.stderr));
        }
        (finished.code != Some(self.code)).then(|| {
            format!("exit code: expected {}, found {:?}\n{}", self.code, finished.code, finished.stderr)
        })
    }
}
