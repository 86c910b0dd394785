//! The standard streams and arguments of this process, for a program that runs in it.

use std::io::{ErrorKind, IsTerminal, Read, Write};
use std::sync::Arc;

use raya_vm::{Host, Interrupt};

use crate::profile::Profile;

/// What a shell shows for a program that the signal SIGPIPE ended.
const EXIT_BROKEN_PIPE: i32 = 141;

/// This process as a program's host.
pub(crate) struct Console {
    arguments: Vec<String>,
    profile: Option<Profile>,
    /// Why standard output lost something.
    failure: Option<String>,
}

impl Console {
    /// A host whose program sees these arguments, and whose calls are sampled for a profile, if there is one.
    pub(crate) fn new(arguments: Vec<String>, profile: Option<Profile>) -> Console {
        Console { arguments, profile, failure: None }
    }

    /// Remembers the first failure. A reader who went away ends the program, as the system's signal does for a bundle; Rust's
    /// runtime ignores that signal.
    fn note(&mut self, result: std::io::Result<()>) {
        match result {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(EXIT_BROKEN_PIPE),
            Err(error) => {
                self.failure.get_or_insert_with(|| error.to_string());
            }
        }
    }
}

impl Host for Console {
    fn write_output(&mut self, bytes: &[u8]) {
        let result = std::io::stdout().write_all(bytes);
        self.note(result);
    }

    // What standard error loses cannot be said anywhere else.
    fn write_error(&mut self, bytes: &[u8]) {
        let _ = std::io::stderr().write_all(bytes);
    }

    fn flush(&mut self) {
        let result = std::io::stdout().flush();
        self.note(result);
    }

    fn output_failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    fn output_is_terminal(&mut self) -> bool {
        std::io::stdout().is_terminal()
    }

    fn read_input(&mut self, buffer: &mut [u8]) -> usize {
        std::io::stdin().read(buffer).unwrap_or(0)
    }

    fn arguments(&mut self) -> Vec<String> {
        self.arguments.clone()
    }

    fn is_profiling(&self) -> bool {
        self.profile.is_some()
    }

    fn started(&mut self, interrupt: Arc<Interrupt>) {
        if let Some(profile) = &self.profile {
            profile.start(interrupt);
        }
    }

    fn wants_sample(&mut self) -> bool {
        self.profile.as_ref().is_some_and(Profile::is_due)
    }

    fn sample(&mut self, calls: &[String]) {
        if let Some(profile) = &self.profile {
            profile.add(calls);
        }
    }
}
