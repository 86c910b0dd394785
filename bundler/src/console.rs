//! The standard streams and arguments of this process, for a program that runs in it.

use std::io::{Read, Write};

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use raya_vm::Host;

use crate::profile::Profile;

/// This process as a program's host.
pub(crate) struct Console {
    arguments: Vec<String>,
    profile: Option<Profile>,
}

impl Console {
    /// A host whose program sees these arguments, and whose calls are sampled for a profile, if there is one.
    pub(crate) fn new(arguments: Vec<String>, profile: Option<Profile>) -> Console {
        Console { arguments, profile }
    }
}

impl Host for Console {
    // A closed or full stream loses what is written to it: a program has no other place to say so.
    fn write_output(&mut self, bytes: &[u8]) {
        let _ = std::io::stdout().write_all(bytes);
    }

    fn write_error(&mut self, bytes: &[u8]) {
        let _ = std::io::stderr().write_all(bytes);
    }

    fn flush(&mut self) {
        let _ = std::io::stdout().flush();
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

    fn started(&mut self, interrupt: Arc<AtomicBool>) {
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
