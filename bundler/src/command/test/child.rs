//! Runs a test file in a process of its own, for a limited time.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Bytes of a stream that are kept; the rest is read and dropped.
const KEPT_BYTES_MAX: u64 = 64 << 20;
/// How often it is looked whether the process has ended.
const POLL: Duration = Duration::from_millis(2);

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// By itself.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// It was stopped because its time was over.
    TooLong,
    /// It never ran.
    NotStarted(String),
}

/// What a process did.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) ending: Ending,
    pub(super) output: Vec<u8>,
    pub(super) errors: Vec<u8>,
}

/// Runs a command with nothing on its standard input, and stops it after `limit`.
pub(super) fn finish(mut command: Command, limit: Duration) -> Finished {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            return Finished {
                ending: Ending::NotStarted(error.to_string()),
                output: vec![],
                errors: vec![],
            };
        }
    };
    let output = child.stdout.take().map(read_all);
    let errors = child.stderr.take().map(read_all);
    let ending = wait(&mut child, Instant::now() + limit);
    let joined = |reader: Option<JoinHandle<Vec<u8>>>| {
        reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
    };
    Finished { ending, output: joined(output), errors: joined(errors) }
}

/// Reads a stream to its end on a thread of its own, so that a full pipe stops nobody.
fn read_all(stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut kept = vec![];
        let mut limited = stream.take(KEPT_BYTES_MAX);
        // What was read before an error is what there is to show.
        let _ = limited.read_to_end(&mut kept);
        let _ = std::io::copy(&mut limited.into_inner(), &mut std::io::sink());
        kept
    })
}

fn wait(child: &mut Child, end: Instant) -> Ending {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                use std::os::unix::process::ExitStatusExt;
                return match status.code() {
                    Some(code) => Ending::Code(code),
                    None => Ending::Signal(status.signal().unwrap_or(0)),
                };
            }
            Ok(None) if Instant::now() < end => std::thread::sleep(POLL),
            Ok(None) => {
                // A process that has just ended cannot be killed, and need not be.
                let _ = child.kill();
                let _ = child.wait();
                return Ending::TooLong;
            }
            Err(error) => return Ending::NotStarted(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Finished {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script);
        finish(command, limit)
    }

    #[test]
    fn both_streams_and_the_code_are_kept() {
        let finished = shell("echo out; echo err >&2; exit 7", Duration::from_secs(60));
        assert_eq!(finished.ending, Ending::Code(7));
        assert_eq!((&finished.output[..], &finished.errors[..]), (&b"out\n"[..], &b"err\n"[..]));
    }

    #[test]
    fn a_signal_and_a_missing_program_are_told_apart() {
        assert_eq!(shell("kill -9 $$", Duration::from_secs(60)).ending, Ending::Signal(9));
        let finished = finish(Command::new("/nowhere/at/all"), Duration::from_secs(60));
        assert!(matches!(finished.ending, Ending::NotStarted(_)));
    }

    #[test]
    fn what_runs_too_long_is_stopped() {
        let finished = shell("echo begun; exec sleep 600", Duration::from_millis(300));
        assert_eq!((finished.ending, &finished.output[..]), (Ending::TooLong, &b"begun\n"[..]));
    }
}
