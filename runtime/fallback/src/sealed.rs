//! A copy of a library in memory that nobody can change any more, not even this process.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use raya_signing::Digest;
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::Errno;

use crate::FallbackError;

/// Largest library, in bytes.
pub const LIBRARY_BYTES_MAX: usize = 256 << 20;

/// A sealed memory file, and its bytes as they were read back from it.
#[derive(Debug)]
pub struct SealedLibrary {
    file: File,
    bytes: Vec<u8>,
    digest: Digest,
}

impl SealedLibrary {
    /// Copies a file. What changes in it later does not matter; what changes meanwhile is caught by the check of the copy.
    pub(crate) fn copy_of(source: &File, path: &Path) -> Result<SealedLibrary, FallbackError> {
        let mut target = memory_file()?;
        let unreadable = |error| FallbackError::Unreadable { path: path.to_path_buf(), error };
        let copied =
            std::io::copy(&mut source.take(LIBRARY_BYTES_MAX as u64 + 1), &mut target).map_err(unreadable)?;
        if copied > LIBRARY_BYTES_MAX as u64 {
            return Err(FallbackError::TooLarge { path: path.to_path_buf(), limit: LIBRARY_BYTES_MAX });
        }
        seal(target)
    }

    /// Copies bytes.
    pub(crate) fn from_bytes(bytes: &[u8], path: &Path) -> Result<SealedLibrary, FallbackError> {
        if bytes.len() > LIBRARY_BYTES_MAX {
            return Err(FallbackError::TooLarge { path: path.to_path_buf(), limit: LIBRARY_BYTES_MAX });
        }
        let mut target = memory_file()?;
        target.write_all(bytes).map_err(|error| FallbackError::NoSealedMemory { error })?;
        seal(target)
    }

    /// The bytes, read from the sealed copy.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Their SHA-256.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The sealed copy itself.
    pub(crate) fn into_descriptor(self) -> OwnedFd {
        self.file.into()
    }
}

fn memory_file() -> Result<File, FallbackError> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Not to be started as a program: kernels before 6.3 do not know the flag and say so.
    let made = match rustix::fs::memfd_create("raya-module", flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => rustix::fs::memfd_create("raya-module", flags),
        other => other,
    };
    made.map(File::from).map_err(|errno| FallbackError::NoSealedMemory { error: errno.into() })
}

fn seal(mut file: File) -> Result<SealedLibrary, FallbackError> {
    let refused = |error| FallbackError::NoSealedMemory { error };
    let seals = SealFlags::GROW | SealFlags::SHRINK | SealFlags::WRITE | SealFlags::SEAL;
    rustix::fs::fcntl_add_seals(&file, seals).map_err(|errno| refused(errno.into()))?;
    let set = rustix::fs::fcntl_get_seals(&file).map_err(|errno| refused(errno.into()))?;
    if !set.contains(seals) {
        return Err(refused(std::io::Error::other("the seals did not hold")));
    }
    // Read back only now: these are the bytes that will be loaded.
    let mut bytes = vec![];
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(refused)?;
    let digest = Digest::of(&bytes);
    Ok(SealedLibrary { file, bytes, digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_copy_cannot_be_changed() {
        let library = SealedLibrary::from_bytes(b"code", Path::new("x")).unwrap();
        assert_eq!(library.bytes(), b"code");
        let mut file = library.file.try_clone().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        assert!(file.write_all(b"evil").is_err());
        assert!(file.set_len(0).is_err());
        assert!(file.set_len(100).is_err());
    }
}
