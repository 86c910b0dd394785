//! Finds a module's file and opens it once, without being led astray.
//!
//! A file is opened by name only as a path (`O_PATH`), looked at, and then opened for reading through that descriptor: what
//! is looked at is what is read, and a FIFO or device is never opened for reading at all.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use raya_abi::names::{LibraryFamily, library_names};
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use crate::{FallbackError, SearchPath};

/// A folder that may be trusted as far as permissions tell.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    descriptor: OwnedFd,
}

/// A module's file.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) folder: Folder,
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    name: String,
}

impl Found {
    /// The file's name with another ending behind it.
    pub(crate) fn name_with(&self, ending: &str) -> String {
        format!("{}.{ending}", self.name)
    }
}

/// The first file with one of the module's names.
pub(crate) fn find(search: &SearchPath, module: &str) -> Result<Found, FallbackError> {
    let names = library_names(module, LibraryFamily::Linux);
    let mut looked = vec![];
    for path in &search.folders {
        let folder = open_folder(path)?;
        for name in &names {
            looked.push(path.join(name));
            let Some(folder) = &folder else { continue };
            if let Some(file) = open_in(folder, name)? {
                // Only a folder that has something to load must be safe: others are only looked at.
                check_folders(folder)?;
                let folder = Folder {
                    path: path.clone(),
                    descriptor: folder.descriptor.try_clone().map_err(unreadable(path))?,
                };
                return Ok(Found { folder, path: path.join(name), file, name: name.clone() });
            }
        }
    }
    Err(FallbackError::NotFound { module: module.to_owned(), looked })
}

/// The bytes of a file beside a library, where there is one.
pub(crate) fn beside(folder: &Folder, name: &str, limit: usize) -> Result<Option<Vec<u8>>, FallbackError> {
    let Some(file) = open_in(folder, name)? else { return Ok(None) };
    let path = folder.path.join(name);
    let mut bytes = vec![];
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(unreadable(&path))?;
    match bytes.len() > limit {
        true => Err(FallbackError::TooLarge { path, limit }),
        false => Ok(Some(bytes)),
    }
}

fn open_folder(path: &Path) -> Result<Option<Folder>, FallbackError> {
    match rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(descriptor) => Ok(Some(Folder { path: path.to_path_buf(), descriptor })),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => Ok(None),
        Err(errno) => Err(FallbackError::Unreadable { path: path.to_path_buf(), error: errno.into() }),
    }
}

/// Opens `name`, which has no slash, in `folder`. Links are followed as long as they stay in it.
fn open_in(folder: &Folder, name: &str) -> Result<Option<File>, FallbackError> {
    let path = folder.path.join(name);
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let inside = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let opened = match rustix::fs::openat2(&folder.descriptor, name, flags, Mode::empty(), inside) {
        // Kernels before 5.6, and sandboxes that do not know the call: no link is followed at all there.
        Err(Errno::NOSYS | Errno::PERM) => {
            rustix::fs::openat(&folder.descriptor, name, flags | OFlags::NOFOLLOW, Mode::empty())
        }
        other => other,
    };
    let descriptor = match opened {
        Ok(descriptor) => descriptor,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(Errno::XDEV | Errno::LOOP) => return Err(FallbackError::LeavesFolder { path }),
        Err(errno) => return Err(FallbackError::Unreadable { path, error: errno.into() }),
    };
    let status = rustix::fs::fstat(&descriptor).map_err(|errno| unreadable(&path)(errno.into()))?;
    check_kind(&path, &status)?;
    check_permissions(&path, &status)?;
    // The descriptor's own name under /proc leads to the very file that was looked at, whatever its name means by now.
    let same = format!("/proc/self/fd/{}", descriptor.as_raw_fd());
    File::open(same).map(Some).map_err(unreadable(&path))
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> FallbackError + use<> {
    let path = path.to_path_buf();
    move |error| FallbackError::Unreadable { path: path.clone(), error }
}

fn check_kind(path: &Path, status: &Stat) -> Result<(), FallbackError> {
    let found = match FileType::from_raw_mode(status.st_mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "a folder",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Symlink => return Err(FallbackError::LeavesFolder { path: path.to_path_buf() }),
        _ => "something else",
    };
    Err(FallbackError::NotAFile { path: path.to_path_buf(), found })
}

/// A file that someone else may change is someone else's code.
fn check_permissions(path: &Path, status: &Stat) -> Result<(), FallbackError> {
    check_owner(path, status)?;
    if status.st_mode & 0o002 != 0 {
        return Err(FallbackError::WritableByOthers { path: path.to_path_buf(), mode: status.st_mode });
    }
    Ok(())
}

/// The folder and all above it: who may write to one of them can put another file in the library's place. In a folder with
/// the sticky bit (`/tmp`) others cannot rename what is yours, so there the file's own permissions are enough.
fn check_folders(folder: &Folder) -> Result<(), FallbackError> {
    let path = &folder.path;
    let opened = rustix::fs::fstat(&folder.descriptor).map_err(|errno| unreadable(path)(errno.into()))?;
    check_folder(path, &opened)?;
    let whole = std::fs::canonicalize(path).map_err(unreadable(path))?;
    for ancestor in whole.ancestors() {
        let status = rustix::fs::stat(ancestor).map_err(|errno| unreadable(ancestor)(errno.into()))?;
        check_folder(ancestor, &status)?;
    }
    Ok(())
}

fn check_folder(path: &Path, status: &Stat) -> Result<(), FallbackError> {
    let (is_sticky, is_writable) = (status.st_mode & 0o1000 != 0, status.st_mode & 0o002 != 0);
    if is_writable && !is_sticky {
        return Err(FallbackError::WritableByOthers { path: path.to_path_buf(), mode: status.st_mode });
    }
    check_owner(path, status)
}

fn check_owner(path: &Path, status: &Stat) -> Result<(), FallbackError> {
    let owner = status.st_uid;
    match owner == 0 || owner == rustix::process::geteuid().as_raw() {
        true => Ok(()),
        false => Err(FallbackError::OwnedByAnother { path: path.to_path_buf(), owner }),
    }
}
