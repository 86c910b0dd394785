//! Codes of the problems that the command itself reports. `docs/errors` explains each; codes are never reused.

use raya_source::Code;

/// A file that is needed does not exist.
pub const FILE_MISSING: Code = Code("R2001");
/// A file exists and cannot be read.
pub const FILE_UNREADABLE: Code = Code("R2002");
/// A file is larger than its kind may be.
pub const FILE_TOO_LARGE: Code = Code("R2003");
/// A file cannot be written.
pub const FILE_UNWRITABLE: Code = Code("R2004");
/// Text that is not UTF-8.
pub const TEXT_NOT_UTF8: Code = Code("R2005");
/// A key file that would be overwritten.
pub const KEY_EXISTS: Code = Code("R2010");
/// Two passwords that differ.
pub const PASSWORDS_DIFFER: Code = Code("R2011");
