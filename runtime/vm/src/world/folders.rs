//! Folders: what is in them, making and removing them, and temporary ones.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::clock::fill_random;

/// Tries at a name that nobody has.
const TRIES_MAX: usize = 64;

/// The names in a folder, sorted. Bytes that are no UTF-8 become U+FFFD.
pub(crate) fn names(path: &str) -> io::Result<Vec<String>> {
    let mut names = vec![];
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort_unstable();
    Ok(names)
}

/// Makes a folder. With `parents`, also the folders above it, and one that is there is good.
pub(crate) fn make(path: &str, parents: bool) -> io::Result<()> {
    match parents {
        true => fs::create_dir_all(path),
        false => fs::create_dir(path),
    }
}

/// Removes a file, a link or an empty folder. With `all`, also a folder with what is in it; links are not followed.
pub(crate) fn remove(path: &str, all: bool) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    match (metadata.is_dir(), all) {
        (false, _) => fs::remove_file(path),
        (true, false) => fs::remove_dir(path),
        (true, true) => fs::remove_dir_all(path),
    }
}

/// The folder for temporary files.
pub(crate) fn temporary() -> String {
    std::env::temp_dir().to_string_lossy().into_owned()
}

/// Makes an empty file or folder that nobody else can read, with a name that nobody can foresee, and gives its path.
pub(crate) fn make_temporary(parent: &str, prefix: &str, folder: bool) -> io::Result<String> {
    if prefix.contains('/') {
        return Err(ErrorKind::InvalidInput.into());
    }
    for _ in 0..TRIES_MAX {
        let mut bytes = [0; 8];
        fill_random(&mut bytes)?;
        let name = format!("{prefix}{:016x}", u64::from_le_bytes(bytes));
        let path = Path::new(parent).join(name);
        match if folder { make_private_folder(&path) } else { make_private_file(&path) } {
            Ok(()) => return Ok(path.to_string_lossy().into_owned()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn make_private_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path).map(|_| ())
}
