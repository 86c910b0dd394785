//! What the system says when it refuses, in words that are the same on every libc.

use std::io::{self, ErrorKind};

/// Code and text of a system's refusal, as Node spells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) text: &'static str,
}

/// Numbers of Linux that `ErrorKind` has no stable name for.
const BY_NUMBER: &[(i32, &str, &str)] = &[
    (1, "EPERM", "operation not permitted"),
    (5, "EIO", "input or output failed"),
    (6, "ENXIO", "no such device"),
    (23, "ENFILE", "too many open files in the system"),
    (24, "EMFILE", "too many open files"),
    (40, "ELOOP", "too many symbolic links"),
];

const BY_KIND: &[(ErrorKind, &str, &str)] = &[
    (ErrorKind::NotFound, "ENOENT", "no such file or directory"),
    (ErrorKind::PermissionDenied, "EACCES", "permission denied"),
    (ErrorKind::AlreadyExists, "EEXIST", "file already exists"),
    (ErrorKind::NotADirectory, "ENOTDIR", "not a directory"),
    (ErrorKind::IsADirectory, "EISDIR", "is a directory"),
    (ErrorKind::DirectoryNotEmpty, "ENOTEMPTY", "directory not empty"),
    (ErrorKind::ReadOnlyFilesystem, "EROFS", "the file system is read-only"),
    (ErrorKind::StorageFull, "ENOSPC", "no space left on device"),
    (ErrorKind::QuotaExceeded, "EDQUOT", "the quota is used up"),
    (ErrorKind::FileTooLarge, "EFBIG", "file too large"),
    (ErrorKind::CrossesDevices, "EXDEV", "the other path is on another file system"),
    (ErrorKind::InvalidFilename, "ENAMETOOLONG", "name too long"),
    (ErrorKind::InvalidInput, "EINVAL", "invalid argument"),
    (ErrorKind::InvalidData, "EILSEQ", "the bytes are not UTF-8"),
    (ErrorKind::ResourceBusy, "EBUSY", "resource busy"),
    (ErrorKind::ExecutableFileBusy, "ETXTBSY", "the program is running"),
    (ErrorKind::TooManyLinks, "EMLINK", "too many links"),
    (ErrorKind::BrokenPipe, "EPIPE", "broken pipe"),
    (ErrorKind::Interrupted, "EINTR", "interrupted"),
    (ErrorKind::OutOfMemory, "ENOMEM", "not enough memory"),
    (ErrorKind::Unsupported, "ENOTSUP", "not supported"),
];

/// The refusal an error stands for; `EUNKNOWN` for what this page does not list.
pub(crate) fn refusal(error: &io::Error) -> Refusal {
    let by_number = error.raw_os_error().and_then(|number| BY_NUMBER.iter().find(|(one, ..)| *one == number));
    let by_kind = || BY_KIND.iter().find(|(kind, ..)| *kind == error.kind());
    match by_number
        .map(|(_, code, text)| (code, text))
        .or_else(|| by_kind().map(|(_, code, text)| (code, text)))
    {
        Some((code, text)) => Refusal { code, text },
        None => Refusal { code: "EUNKNOWN", text: "the system refused" },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_and_of_the_library_have_codes() {
        for (error, code) in [
            (io::Error::from_raw_os_error(2), "ENOENT"),
            (io::Error::from_raw_os_error(1), "EPERM"),
            (io::Error::from_raw_os_error(13), "EACCES"),
            (io::Error::from_raw_os_error(40), "ELOOP"),
            (io::Error::from_raw_os_error(9999), "EUNKNOWN"),
            (io::Error::from(ErrorKind::FileTooLarge), "EFBIG"),
        ] {
            assert_eq!(refusal(&error).code, code, "{error}");
        }
    }
}
