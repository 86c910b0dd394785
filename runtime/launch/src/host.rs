//! The process as the machine's host: the three standard streams and the arguments.

use core::ffi::{CStr, c_char, c_int};
use core::mem::ManuallyDrop;
use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Read, Write};
use std::os::fd::FromRawFd;

use raya_vm::Host;

/// The streams of the process, unbuffered: the machine gathers output itself.
pub(crate) struct ProcessHost {
    input: ManuallyDrop<File>,
    output: ManuallyDrop<File>,
    error: ManuallyDrop<File>,
    /// Why standard output lost something.
    failure: Option<String>,
    argument_count: usize,
    arguments: *const *const c_char,
}

impl ProcessHost {
    /// # Safety
    ///
    /// `arguments` is what `main` received, with `count` entries, and is not changed.
    pub(crate) unsafe fn new(count: c_int, arguments: *const *const c_char) -> ProcessHost {
        // SAFETY: the numbers of the standard streams; `ManuallyDrop` leaves them open.
        let stream = |number| unsafe { ManuallyDrop::new(File::from_raw_fd(number)) };
        ProcessHost {
            input: stream(0),
            output: stream(1),
            error: stream(2),
            failure: None,
            argument_count: usize::try_from(count).unwrap_or(0),
            arguments,
        }
    }

    /// Writes a message of the launcher's own.
    pub(crate) fn report(&self, message: &str) {
        write_error(&self.error, message.as_bytes());
    }
}

/// Writes everything. What standard error loses cannot be said anywhere else.
fn write_error(mut stream: &File, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
}

impl Host for ProcessHost {
    fn write_output(&mut self, bytes: &[u8]) {
        if let Err(error) = (&*self.output).write_all(bytes) {
            self.failure.get_or_insert_with(|| error.to_string());
        }
    }

    fn write_error(&mut self, bytes: &[u8]) {
        write_error(&self.error, bytes);
    }

    fn flush(&mut self) {}

    fn output_failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    fn output_is_terminal(&mut self) -> bool {
        self.output.is_terminal()
    }

    fn read_input(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            match (&*self.input).read(buffer) {
                Ok(count) => return count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // What cannot be read is at its end.
                Err(_) => return 0,
            }
        }
    }

    fn arguments(&mut self) -> Vec<String> {
        let argument = |index| {
            // SAFETY: the system passes that many NUL-terminated arguments, which stay.
            let text = unsafe { CStr::from_ptr(*self.arguments.add(index)) };
            text.to_string_lossy().into_owned()
        };
        (0..self.argument_count).map(argument).collect()
    }
}
