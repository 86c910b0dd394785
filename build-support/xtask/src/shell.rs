//! Runs commands from the root of the workspace, and says which.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What went wrong, as a sentence.
pub(crate) type Outcome = Result<(), String>;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    folder.canonicalize().unwrap_or(folder)
}

/// A command that starts in the root of the workspace.
pub(crate) fn command<I: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command, shows its output, prints how long it took, and fails when it does.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let shown = show(command);
    eprintln!("xtask: {shown}");
    let start = Instant::now();
    let status = command.status().map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    eprintln!("xtask: {:.1} s", start.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed: {status}")) }
}

/// Whether a command can be started and succeeds; its output is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Where the compiler in use has its libraries.
pub(crate) fn sysroot() -> Result<PathBuf, String> {
    let output = command("rustc", ["--print", "sysroot"]).output();
    let output = output.map_err(|error| format!("rustc cannot be started: {error}"))?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match output.status.success() && !folder.is_empty() {
        true => Ok(folder.into()),
        false => Err(format!("rustc does not say where its libraries are: {}", output.status)),
    }
}

/// A command as one line.
pub(crate) fn show(command: &Command) -> String {
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
