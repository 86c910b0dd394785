//! Where a file may be written: in a folder that exists, over nothing or over a regular file that is no input.
//!
//! Files are written by renaming them into place, which replaces whatever is there: a source, a link, a device. So what is
//! there is looked at first, and only what somebody wrote there as a file is replaced.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use raya_source::{Code, Diagnostic};
use tempfile::NamedTempFile;

/// Something is in the place of an output that is no regular file.
pub const OUTPUT_NOT_A_FILE: Code = Code("R2006");
/// An output would replace a file that it is made from.
pub const OUTPUT_IS_INPUT: Code = Code("R2007");
/// The folder of an output does not exist.
pub const OUTPUT_FOLDER_MISSING: Code = Code("R2008");

/// Checks that a file may be written to `output` by something that reads `inputs`. Nothing is written.
pub fn check<P: AsRef<Path>>(output: &Path, inputs: impl IntoIterator<Item = P>) -> Result<(), Diagnostic> {
    let folder = folder_of(output);
    if !folder.is_dir() {
        let found = if folder.symlink_metadata().is_ok() { "something else" } else { "nothing" };
        let message = format!(
            "expected the folder {} to write {} to, found {found} there",
            shown(folder),
            shown(output)
        );
        return Err(refused(OUTPUT_FOLDER_MISSING, message)
            .with_help(format!("make it first: `mkdir -p {}`", text(folder))));
    }
    let metadata = match output.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            let message = format!("expected a place to write {} to, found none: {error}", shown(output));
            return Err(refused(OUTPUT_NOT_A_FILE, message));
        }
    };
    if !metadata.is_file() {
        let message =
            format!("expected a file or nothing at {}, found {}", shown(output), kind_of(&metadata));
        return Err(
            refused(OUTPUT_NOT_A_FILE, message).with_help("choose another name, or remove what is there")
        );
    }
    let same = |input: &P| {
        std::fs::metadata(input.as_ref())
            .is_ok_and(|input| (input.dev(), input.ino()) == (metadata.dev(), metadata.ino()))
    };
    if inputs.into_iter().any(|input| same(&input)) {
        let message =
            format!("expected a place for what is made, found {}, which it is made from", shown(output));
        return Err(refused(OUTPUT_IS_INPUT, message).with_help("choose another name"));
    }
    Ok(())
}

/// Puts bytes at `output`, whole or not at all: into a temporary file beside it, which is synced and renamed over it.
pub fn replace(output: &Path, bytes: &[u8], mode: u32) -> std::io::Result<()> {
    let folder = folder_of(output);
    prepare(folder, bytes, mode)?.persist(output).map_err(|error| error.error)?;
    std::fs::File::open(folder)?.sync_all()
}

/// Puts bytes into a temporary file in `folder`, synced, to be renamed into place. It removes itself when it is dropped before.
///
/// # Errors
/// Those of the system, without the temporary file's name, which says nothing to a user; and that the bytes would exceed
/// what this process may write to a file.
pub fn prepare(folder: &Path, bytes: &[u8], mode: u32) -> std::io::Result<NamedTempFile> {
    check_limit(bytes.len() as u64, rustix::process::getrlimit(rustix::process::Resource::Fsize).current)?;
    let mut refusal = None;
    let mut make = |path: &Path| {
        let new = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
        new.inspect_err(|error| refusal = error.raw_os_error())
    };
    let made = tempfile::Builder::new().prefix(".raya-").make_in(folder, &mut make);
    let mut file = made.map_err(|error| refusal.map_or(error, std::io::Error::from_raw_os_error))?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Writing past the process's limit would end it by a signal, with the temporary file left behind.
fn check_limit(size: u64, limit: Option<u64>) -> std::io::Result<()> {
    match limit {
        Some(limit) if size > limit => {
            let message = format!("files of this process are limited to {limit} bytes, this one has {size}");
            Err(std::io::Error::new(ErrorKind::FileTooLarge, message))
        }
        _ => Ok(()),
    }
}

/// What something that is no regular file is called.
pub fn kind_of(metadata: &std::fs::Metadata) -> &'static str {
    let kind = metadata.file_type();
    match () {
        () if kind.is_dir() => "a folder",
        () if kind.is_symlink() => "a link",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () if kind.is_block_device() || kind.is_char_device() => "a device",
        () => "something else",
    }
}

fn folder_of(output: &Path) -> &Path {
    output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn refused(code: Code, message: String) -> Diagnostic {
    Diagnostic::error(code, message).with_note("nothing was written")
}

fn shown(path: &Path) -> String {
    format!("`{}`", text(path))
}

fn text(path: &Path) -> String {
    raya_signing::escape_for_terminal(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn code(output: &Path, inputs: &[PathBuf]) -> Option<Code> {
        check(output, inputs).err().map(|problem| problem.code)
    }

    #[test]
    fn only_files_that_are_no_inputs_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("app.raya"), "").unwrap();
        std::fs::write(at("app"), "").unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        std::os::unix::fs::symlink(at("app"), at("link")).unwrap();
        std::os::unix::fs::symlink(at("nowhere"), at("dangling")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let inputs = [at("app.raya"), at("missing")];
        assert_eq!(code(&at("app"), &inputs), None);
        assert_eq!(code(&at("new"), &inputs), None);
        assert_eq!(code(&at("app.raya"), &inputs), Some(OUTPUT_IS_INPUT));
        assert_eq!(code(&at("folder/../app.raya"), &inputs), Some(OUTPUT_IS_INPUT));
        for name in ["folder", "link", "dangling", "pipe"] {
            assert_eq!(code(&at(name), &inputs), Some(OUTPUT_NOT_A_FILE), "{name}");
        }
        assert_eq!(code(&at("nowhere/app"), &inputs), Some(OUTPUT_FOLDER_MISSING));
        assert_eq!(code(&at("app/app"), &inputs), Some(OUTPUT_FOLDER_MISSING));
    }

    #[test]
    fn a_replacement_that_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(replace(&folder.path().join("taken"), b"x", 0o644).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        replace(&folder.path().join("new"), b"x", 0o600).unwrap();
        assert_eq!(std::fs::read(folder.path().join("new")).unwrap(), b"x");
        let refused = replace(&folder.path().join("missing").join("new"), b"x", 0o600).unwrap_err();
        assert!(!refused.to_string().contains(".raya-"), "{refused}");
    }

    #[test]
    fn a_file_that_would_exceed_the_limit_is_not_begun() {
        assert!(check_limit(11, Some(10)).is_err());
        assert!(check_limit(10, Some(10)).is_ok());
        assert!(check_limit(u64::MAX, None).is_ok());
    }
}
