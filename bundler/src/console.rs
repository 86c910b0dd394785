//! The standard streams and arguments of this process, for a program that runs in it.

use std::io::{Read, Write};

use raya_vm::Host;

/// This process as a program's host.
pub(crate) struct Console {
    arguments: Vec<String>,
}

impl Console {
    /// A host whose program sees these arguments.
    pub(crate) fn new(arguments: Vec<String>) -> Console {
        Console { arguments }
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
}
