//! Files: their bytes, and what is known of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::time::UNIX_EPOCH;

/// What is known of a file without reading it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Info {
    pub(crate) is_file: bool,
    pub(crate) is_folder: bool,
    pub(crate) is_link: bool,
    pub(crate) bytes: u64,
    /// Milliseconds since 1970 of its last change.
    pub(crate) modified_milliseconds: f64,
    /// Permission bits.
    pub(crate) mode: u32,
}

/// How a file that may be there is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    Replace,
    Append,
}

/// All bytes of a file; `FileTooLarge` when there are more than `limit`. What a device gives is read as far as that.
pub(crate) fn read(path: &str, limit: usize) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.len() > limit as u64 {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    // A size is a promise that files under `/proc` do not keep; that there is room for it is known before any is taken.
    bytes.try_reserve(usize::try_from(metadata.len()).unwrap_or(0).min(limit))?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Writes all of `bytes`.
pub(crate) fn write(path: &str, bytes: &[u8], writing: Writing) -> io::Result<()> {
    let mut options = OpenOptions::new();
    match writing {
        Writing::Replace => options.write(true).create(true).truncate(true),
        Writing::Append => options.append(true).create(true),
    };
    options.open(path)?.write_all(bytes)
}

/// What is known of the file; of a link itself unless `follow`.
pub(crate) fn info(path: &str, follow: bool) -> io::Result<Info> {
    let metadata = if follow { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
    let modified = match metadata.modified()?.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as f64 / 1e6,
        Err(before) => -(before.duration().as_nanos() as f64 / 1e6),
    };
    Ok(Info {
        is_file: metadata.is_file(),
        is_folder: metadata.is_dir(),
        is_link: metadata.is_symlink(),
        bytes: metadata.len(),
        modified_milliseconds: modified,
        mode: mode(&metadata),
    })
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o7777
}

#[cfg(not(unix))]
fn mode(metadata: &fs::Metadata) -> u32 {
    if metadata.permissions().readonly() { 0o444 } else { 0o644 }
}

/// Copies a file's bytes and permissions over another.
pub(crate) fn copy(from: &str, to: &str) -> io::Result<()> {
    // `copy` would open a folder for reading and say nothing clear.
    if fs::metadata(from)?.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    // Copying a file onto itself empties it first.
    if let (Ok(source), Ok(target)) = (fs::canonicalize(from), fs::canonicalize(to))
        && source == target
    {
        return Ok(());
    }
    fs::copy(from, to).map(|_| ())
}

/// Renames a file or folder, over what is there.
pub(crate) fn rename(from: &str, to: &str) -> io::Result<()> {
    fs::rename(from, to)
}

/// Makes `path` a symbolic link to `target`.
#[cfg(unix)]
pub(crate) fn link(target: &str, path: &str) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// Makes `path` a symbolic link to `target`.
#[cfg(not(unix))]
pub(crate) fn link(_: &str, _: &str) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// What a symbolic link points at.
pub(crate) fn link_target(path: &str) -> io::Result<String> {
    Ok(fs::read_link(path)?.to_string_lossy().into_owned())
}

/// The path without links, `.` and `..`.
pub(crate) fn real_path(path: &str) -> io::Result<String> {
    Ok(fs::canonicalize(path)?.to_string_lossy().into_owned())
}

/// Sets a file's permission bits.
#[cfg(unix)]
pub(crate) fn set_mode(path: &str, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o7777))
}

/// Sets a file's permission bits.
#[cfg(not(unix))]
pub(crate) fn set_mode(_: &str, _: u32) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}
