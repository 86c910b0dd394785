//! What a program spends its time on: samples of its active calls, written as folded stacks or as a flame graph.
//!
//! A thread rings a thousand times a second; the machine answers at its next call, return or turn of a loop, with the
//! calls that are active there. What is counted is the time of the processor since the answer before, so that waiting
//! counts nothing and a long built-in counts in full.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use inferno::flamegraph::{self, Options};
use raya_source::Diagnostic;
use raya_vm::Interrupt;

use crate::codes::{FILE_UNWRITABLE, USAGE};
use crate::command::{EXIT_USAGE, Failure};
use crate::host;

/// Time between two rings.
const PERIOD: Duration = Duration::from_millis(1);
/// Access rights of the file that is written.
const FILE_MODE: u32 = 0o644;

/// Where a profile goes, and in which form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    path: PathBuf,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// One line for each stack, its calls joined by `;`, and the microseconds spent there.
    Folded,
    /// A flame graph that a browser shows.
    Svg,
}

impl Output {
    /// The form is the one that the file's ending names.
    pub(crate) fn new(path: &Path) -> Result<Output, Failure> {
        let form = match path.extension().and_then(|ending| ending.to_str()) {
            Some("folded") => Form::Folded,
            Some("svg") => Form::Svg,
            _ => {
                let message = format!(
                    "expected a file that ends in `.svg` or `.folded` for the profile, found {}",
                    host::shown(path)
                );
                let help = "`.svg` is a flame graph for a browser; `.folded` is text for other tools";
                let problem = Diagnostic::error(USAGE, message).with_help(help);
                return Err(Failure { code: EXIT_USAGE, ..problem.into() });
            }
        };
        Ok(Output { path: path.to_path_buf(), form })
    }

    /// Writes what was gathered.
    pub(crate) fn write(&self, profile: &Profile) -> Result<(), Failure> {
        let folded = profile.folded();
        let bytes = match self.form {
            Form::Folded => folded.into_bytes(),
            Form::Svg => self.drawn(&folded)?,
        };
        Ok(host::write_file(&self.path, &bytes, FILE_MODE)?)
    }

    fn drawn(&self, folded: &str) -> Result<Vec<u8>, Diagnostic> {
        let mut options = Options::default();
        options.title = "raya run --profile".to_owned();
        options.count_name = "microseconds".to_owned();
        let mut drawing = vec![];
        // A graph needs at least one stack; a program that was done before the first ring has none.
        let folded = if folded.is_empty() { "(no samples) 1\n" } else { folded };
        flamegraph::from_lines(&mut options, folded.lines(), &mut drawing).map_err(|error| {
            let message = format!("the flame graph {} cannot be drawn: {error}", host::shown(&self.path));
            Diagnostic::error(FILE_UNWRITABLE, message)
        })?;
        Ok(drawing)
    }
}

/// What was gathered so far. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile(Rc<RefCell<Gathered>>);

#[derive(Debug, Default)]
struct Gathered {
    /// Microseconds by stack; calls are joined by `;`, the outermost first.
    stacks: BTreeMap<String, u64>,
    /// Time of this thread when the last sample was taken, in microseconds.
    last: u64,
    is_due: Arc<AtomicBool>,
}

impl Profile {
    /// Begins to ring: `interrupt` makes the machine ask whether a sample is wanted.
    pub(crate) fn start(&self, interrupt: Arc<Interrupt>) {
        let mut gathered = self.0.borrow_mut();
        gathered.last = thread_time();
        // The thread ends with the profile.
        let due = Arc::downgrade(&gathered.is_due);
        std::thread::spawn(move || {
            while let Some(due) = due.upgrade() {
                due.store(true, Ordering::Relaxed);
                interrupt.raise();
                drop(due);
                std::thread::sleep(PERIOD);
            }
        });
    }

    /// Whether it rang since the last time this was asked.
    pub(crate) fn is_due(&self) -> bool {
        self.0.borrow().is_due.swap(false, Ordering::Relaxed)
    }

    /// Adds the time since the last sample to the stack of `calls`, the innermost first.
    pub(crate) fn add(&self, calls: &[String]) {
        let mut gathered = self.0.borrow_mut();
        let now = thread_time();
        let spent = now.saturating_sub(gathered.last);
        gathered.last = now;
        let mut stack = String::new();
        for call in calls.iter().rev() {
            if !stack.is_empty() {
                stack.push(';');
            }
            // A `;` separates calls, and a line break ends a stack.
            stack.push_str(&call.replace([';', '\n', '\r'], "_"));
        }
        if spent > 0 && !stack.is_empty() {
            *gathered.stacks.entry(stack).or_default() += spent;
        }
    }

    /// The folded form.
    fn folded(&self) -> String {
        self.0.borrow().stacks.iter().map(|(stack, time)| format!("{stack} {time}\n")).collect()
    }
}

/// Time that this thread has used, in microseconds.
fn thread_time() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(stacks: &[(&str, u64)]) -> Profile {
        let stacks = stacks.iter().map(|(stack, time)| ((*stack).to_owned(), *time)).collect();
        Profile(Rc::new(RefCell::new(Gathered { stacks, ..Gathered::default() })))
    }

    #[test]
    fn the_ending_names_the_form() {
        assert_eq!(Output::new(Path::new("a.svg")).unwrap().form, Form::Svg);
        assert_eq!(Output::new(Path::new("a.b.folded")).unwrap().form, Form::Folded);
        let failure = Output::new(Path::new("a.txt")).unwrap_err();
        assert_eq!((failure.code, failure.diagnostics[0].code), (EXIT_USAGE, USAGE));
    }

    #[test]
    fn stacks_are_folded_and_drawn() {
        let profile = profile(&[("main;f", 20), ("main;g <T>", 5)]);
        assert_eq!(profile.folded(), "main;f 20\nmain;g <T> 5\n");
        let drawing = Output::new(Path::new("a.svg")).unwrap().drawn(&profile.folded()).unwrap();
        let drawing = String::from_utf8(drawing).unwrap();
        assert!(drawing.contains("<svg") && drawing.contains("g &lt;T&gt;"), "{drawing}");
    }

    #[test]
    fn an_empty_profile_can_be_drawn() {
        let drawing = Output::new(Path::new("a.svg")).unwrap().drawn("").unwrap();
        assert!(String::from_utf8(drawing).unwrap().contains("no samples"));
    }

    #[test]
    fn a_call_cannot_break_the_form() {
        let profile = Profile::default();
        let start = thread_time();
        while thread_time() < start + 10 {}
        profile.add(&["a;b\n".to_owned(), "main".to_owned()]);
        let folded = profile.folded();
        assert!(folded.starts_with("main;a_b_ "), "{folded}");
    }
}
