//! The one place where files, folders, the clock and the environment enter.
//!
//! Phases and commands get what they need as values; that keeps them pure, makes them testable, and lets a reader find
//! every access to the world in this file.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use raya_fallback::SearchEnvironment;
use raya_source::Diagnostic;

use crate::codes::{
    FILE_MISSING, FILE_TOO_LARGE, FILE_UNREADABLE, FILE_UNWRITABLE, OUTPUT_FAILED, TEXT_NOT_UTF8,
};

/// Reads a whole regular file of at most `limit` bytes.
pub fn read_file(path: &Path, limit: usize) -> Result<Vec<u8>, Diagnostic> {
    let unreadable = |error: &std::io::Error| {
        let shown = shown(path);
        match error.kind() {
            std::io::ErrorKind::NotFound => {
                Diagnostic::error(FILE_MISSING, format!("expected the file {shown}, found nothing there"))
            }
            _ => Diagnostic::error(FILE_UNREADABLE, format!("{shown} cannot be read: {error}")),
        }
    };
    // FIFOs and devices would block or never end, and opening one can already do both.
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(Diagnostic::error(
            FILE_UNREADABLE,
            format!("expected a file, found {} at {}", raya_builder::output::kind_of(&metadata), shown(path)),
        ));
    }
    let file = open_file(path).map_err(|error| unreadable(&error))?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0).min(limit));
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() > limit {
        return Err(Diagnostic::error(
            FILE_TOO_LARGE,
            format!("{} has more than {limit} bytes, the limit for a file of its kind", shown(path)),
        ));
    }
    Ok(bytes)
}

/// Opens a regular file. Something else may have taken its place since it was looked at: opening does not wait for whoever
/// writes to a pipe, and what was opened is looked at again.
fn open_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let file = std::fs::OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() {
        return Ok(file);
    }
    Err(std::io::Error::other(format!("expected a file, found {}", kind_of(&metadata))))
}

/// A path from the root, without asking what lies there.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Reads a whole text file of at most `limit` bytes.
pub fn read_text(path: &Path, limit: usize) -> Result<String, Diagnostic> {
    String::from_utf8(read_file(path, limit)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Diagnostic::error(
            TEXT_NOT_UTF8,
            format!("expected UTF-8, found other bytes at offset {at} of {}", shown(path)),
        )
    })
}

/// Reads a file that may be absent.
pub fn read_file_if_present(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, Diagnostic> {
    match read_file(path, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(problem) if problem.code == FILE_MISSING => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Checks that a file may be written to `output` by something that reads `inputs`.
pub fn check_output<P: AsRef<Path>>(
    output: &Path,
    inputs: impl IntoIterator<Item = P>,
) -> Result<(), Diagnostic> {
    raya_builder::output::check(output, inputs)
}

/// Writes a file whole or not at all. What is no regular file is not replaced.
pub fn write_file(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Diagnostic> {
    check_output(path, [] as [&Path; 0])?;
    raya_builder::output::replace(path, bytes, mode).map_err(|error| {
        Diagnostic::error(FILE_UNWRITABLE, format!("{} cannot be written: {error}", shown(path)))
            .with_note("no file was written; one that was there before is unchanged")
    })
}

/// Prints to standard output. Who stopped reading wants no more: a closed pipe is no error.
pub fn print(text: &str) -> Result<(), Diagnostic> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Diagnostic::error(
            OUTPUT_FAILED,
            format!("expected standard output to take what is printed, found an error: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Prints to standard error. Where it takes nothing, there is no place left to say so.
pub fn print_error(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// The names in a folder, sorted; nothing where there is no such folder.
pub fn list_folder(path: &Path) -> Result<Vec<OsString>, Diagnostic> {
    let unreadable = |error: std::io::Error| {
        Diagnostic::error(FILE_UNREADABLE, format!("{} cannot be read: {error}", shown(path)))
    };
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return Ok(vec![]);
        }
        Err(error) => return Err(unreadable(error)),
    };
    let mut names =
        entries.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    names.sort();
    Ok(names)
}

/// Seconds since 1970, for expiry.
pub fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What the environment says about where modules lie, read once.
pub fn search_environment() -> SearchEnvironment {
    SearchEnvironment::read()
}

/// What another linker gets to know of the environment. `COMPILER_PATH`, `GCC_EXEC_PREFIX`, `LD_RUN_PATH` and others would
/// choose other programs, or change the image.
pub fn linker_environment() -> Vec<(&'static str, OsString)> {
    ["PATH", "TMPDIR"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))).collect()
}

/// Asks for a password on the terminal.
pub fn ask_password(prompt: &str) -> Result<String, Diagnostic> {
    rpassword::prompt_password(prompt).map_err(|error| {
        Diagnostic::error(
            FILE_UNREADABLE,
            format!("expected a password, found no terminal to ask on: {error}"),
        )
        .with_help("run this on a terminal, or use a key without a password")
    })
}

/// The path of this program: the linker runs in a child made from it.
pub fn own_executable() -> Result<PathBuf, Diagnostic> {
    std::env::current_exe().map_err(|error| {
        Diagnostic::error(FILE_UNREADABLE, format!("the path of this program cannot be had: {error}"))
    })
}

/// A path as lines of output show it: with what could fool a terminal escaped.
pub fn plain(path: &Path) -> String {
    raya_signing::escape_for_terminal(&path.to_string_lossy()).into_owned()
}

/// A path as reports show it: quoted, with what could fool a terminal escaped.
pub fn shown(path: &Path) -> String {
    format!("`{}`", plain(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"1234").unwrap();
        assert_eq!(read_file(&path, 4).unwrap(), b"1234");
        assert_eq!(read_file(&path, 3).unwrap_err().code, FILE_TOO_LARGE);
        assert_eq!(read_file(&folder.path().join("b"), 3).unwrap_err().code, FILE_MISSING);
        assert_eq!(read_file(folder.path(), 3).unwrap_err().code, FILE_UNREADABLE);
        assert_eq!(read_file_if_present(&folder.path().join("b"), 3).unwrap(), None);
    }

    #[test]
    fn a_pipe_that_takes_the_place_of_a_file_does_not_hold_the_command_up() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        // As after the swap: the file was looked at, and a pipe that nobody writes to is opened.
        assert!(open_file(&pipe).unwrap_err().to_string().contains("found a pipe"));
        assert_eq!(read_file(&pipe, 3).unwrap_err().code, FILE_UNREADABLE);
    }

    #[test]
    fn a_write_that_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("taken")).unwrap();
        let taken = folder.path().join("taken");
        assert_eq!(
            write_file(&taken, b"x", 0o644).unwrap_err().code,
            raya_builder::output::OUTPUT_NOT_A_FILE
        );
        assert_eq!(list_folder(folder.path()).unwrap(), ["taken"]);
        write_file(&folder.path().join("new"), b"x", 0o600).unwrap();
        assert_eq!(std::fs::read(folder.path().join("new")).unwrap(), b"x");
    }
}
