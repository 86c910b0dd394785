//! What a function returns instead of a value.

use core::any::Any;
use core::fmt;
use std::ffi::CString;
use std::io;

use raya_abi::api::RayaValue;

use crate::context::Context;
use crate::slot::api;
use crate::value::Value;

/// An error for Raya: a message, a name (`Error` unless said otherwise) and maybe a code; or whatever Raya code threw.
///
/// Every [`std::error::Error`] converts into it, so `?` works on results of the standard library and of most crates. For
/// that it is itself no `std::error::Error`.
pub struct Error(Inner);

enum Inner {
    Own { name: Option<String>, message: String, code: Option<String> },
    Thrown(Value),
}

// SAFETY: a handle that is used on another thread, or after its call, is one that the host finds and refuses, like any
// stale one: nothing is read through it.
unsafe impl Send for Error {}

impl Error {
    /// An error with this message.
    pub fn new(message: &str) -> Error {
        Error(Inner::Own { name: None, message: message.to_owned(), code: None })
    }

    /// A `TypeError` with this message.
    pub fn type_error(message: &str) -> Error {
        Error::new(message).with_name("TypeError")
    }

    /// A `RangeError` with this message.
    pub fn range_error(message: &str) -> Error {
        Error::new(message).with_name("RangeError")
    }

    /// The error with another name; what Raya threw stays as it is.
    pub fn with_name(mut self, new: &str) -> Error {
        if let Inner::Own { name, .. } = &mut self.0 {
            *name = Some(new.to_owned());
        }
        self
    }

    /// The error with a code that programs can test; what Raya threw stays as it is.
    pub fn with_code(mut self, new: &str) -> Error {
        if let Inner::Own { code, .. } = &mut self.0 {
            *code = Some(new.to_owned());
        }
        self
    }

    pub(crate) fn thrown(value: Value) -> Error {
        Error(Inner::Thrown(value))
    }

    /// What it says.
    pub fn message(&self) -> String {
        match &self.0 {
            Inner::Own { message, .. } => message.clone(),
            Inner::Thrown(value) => value.error_message(),
        }
    }

    /// The handle that makes the host throw it.
    pub(crate) fn give(self, context: &Context) -> *mut RayaValue {
        match self.0 {
            Inner::Thrown(value) => value.raw(),
            Inner::Own { name, message, code } => {
                let name = name.map(without_nul);
                let code = code.map(without_nul);
                let pointer =
                    |text: &Option<CString>| text.as_ref().map_or(core::ptr::null(), |text| text.as_ptr());
                let message = without_nul(message);
                // SAFETY: the texts are NUL-terminated or null, which the table allows; the host checks the context.
                unsafe {
                    (api().error_new_with)(context.raw(), pointer(&name), message.as_ptr(), pointer(&code))
                }
            }
        }
    }
}

/// C strings end at the first NUL; an error message that holds one is shown with a mark instead of being cut.
fn without_nul(text: String) -> CString {
    CString::new(text).unwrap_or_else(|error| {
        let text = String::from_utf8_lossy(&error.into_vec()).replace('\0', "\u{FFFD}");
        CString::new(text).unwrap_or_default()
    })
}

impl<E: std::error::Error + 'static> From<E> for Error {
    fn from(error: E) -> Error {
        let converted = Error::new(&error.to_string());
        match (&error as &dyn Any).downcast_ref::<io::Error>().and_then(code_of) {
            Some(code) => converted.with_code(code),
            None => converted,
        }
    }
}

/// The code that programs know from other runtimes.
fn code_of(error: &io::Error) -> Option<&'static str> {
    Some(match error.kind() {
        io::ErrorKind::NotFound => "ENOENT",
        io::ErrorKind::PermissionDenied => "EACCES",
        io::ErrorKind::AlreadyExists => "EEXIST",
        io::ErrorKind::NotADirectory => "ENOTDIR",
        io::ErrorKind::IsADirectory => "EISDIR",
        io::ErrorKind::DirectoryNotEmpty => "ENOTEMPTY",
        io::ErrorKind::ReadOnlyFilesystem => "EROFS",
        io::ErrorKind::StorageFull => "ENOSPC",
        io::ErrorKind::ConnectionRefused => "ECONNREFUSED",
        io::ErrorKind::ConnectionReset => "ECONNRESET",
        io::ErrorKind::AddrInUse => "EADDRINUSE",
        io::ErrorKind::BrokenPipe => "EPIPE",
        io::ErrorKind::TimedOut => "ETIMEDOUT",
        io::ErrorKind::Interrupted => "EINTR",
        io::ErrorKind::InvalidInput => "EINVAL",
        io::ErrorKind::WouldBlock => "EAGAIN",
        _ => return None,
    })
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Error").field(&self.message()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_standard_library_convert() {
        fn fails() -> Result<i32, Error> {
            Ok("x".parse::<i32>()?)
        }
        assert_eq!(fails().map_err(|error| error.message()), Err("invalid digit found in string".to_owned()));
        let missing = Error::from(io::Error::from(io::ErrorKind::NotFound));
        assert!(matches!(missing.0, Inner::Own { code: Some(code), .. } if code == "ENOENT"));
    }

    #[test]
    fn a_nul_in_a_message_is_marked() {
        assert_eq!(without_nul("a\0b".to_owned()).to_str(), Ok("a\u{FFFD}b"));
    }
}
