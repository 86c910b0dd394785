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
/// Standard output takes no more, though nobody closed it: a full disk behind it, say.
pub const OUTPUT_FAILED: Code = Code("R2009");
/// A key file that would be overwritten.
pub const KEY_EXISTS: Code = Code("R2010");
/// Two passwords that differ.
pub const PASSWORDS_DIFFER: Code = Code("R2011");

/// No file of a native module was found in any folder.
pub const MODULE_NOT_FOUND: Code = Code("R1001");
/// Versions of a module were found, none that the app accepts.
pub const MODULE_VERSION_UNMET: Code = Code("R1002");
/// A module has no payload for the target.
pub const PAYLOAD_MISSING: Code = Code("R1004");
/// An import of a native module whose name is none.
pub const MODULE_NAME_INVALID: Code = Code("R1005");
/// A package's folder holds a link.
pub const LINK_IN_PACKAGE: Code = Code("R1006");

/// A package that is not signed, in locked mode.
pub const UNSIGNED_IN_LOCKED_MODE: Code = Code("R1190");
/// A module admitted without a signature, in dev mode: a warning.
pub const UNSIGNED_IN_DEV_MODE: Code = Code("R1191");

/// A static payload is not an archive.
pub const NOT_AN_ARCHIVE: Code = Code("R1250");
/// A module's objects carry no note: they were not made with `raya/module.h` or `raya-native`.
pub const NOTE_MISSING: Code = Code("R1251");
/// A module's note names another module.
pub const NOTE_NAME_DIFFERS: Code = Code("R1252");
/// A module was built for an ABI that this host does not offer.
pub const ABI_MISMATCH: Code = Code("R1253");
/// A module's version is not one the app accepts.
pub const VERSION_MISMATCH: Code = Code("R1255");
/// Locked mode without a policy.
pub const POLICY_MISSING: Code = Code("R1258");
/// Locked mode without root keys to check the policy with.
pub const ROOTS_MISSING: Code = Code("R1259");
/// A manifest says one thing about a module and its objects another.
pub const MANIFEST_DISAGREES: Code = Code("R1260");

/// A member of an archive was made for a link-time optimiser.
pub const LINK_TIME_OPTIMIZATION: Code = Code("R1302");

/// The entry file's name cannot be one.
pub const ENTRY_INVALID: Code = Code("R2020");
/// A target that this `raya` does not know.
pub const TARGET_UNKNOWN: Code = Code("R2021");
/// An argument that means nothing.
pub const USAGE: Code = Code("R2022");
/// A module is to be loaded at run time, and the target or mode cannot load.
pub const DYNAMIC_IMPOSSIBLE: Code = Code("R2023");
/// A linker of the machine for a locked bundle.
pub const LINKER_IN_LOCKED_MODE: Code = Code("R2026");

/// A shared payload is not a shared library.
pub const NOT_A_LIBRARY: Code = Code("R1261");
/// An object or library for another machine, or of another kind.
pub const WRONG_MACHINE: Code = Code("R1262");
/// The name of a package's file says another version than its manifest.
pub const FILE_NAME_DISAGREES: Code = Code("R1263");
/// A module's objects carry a descriptor that is no text, or too long.
pub const DESCRIPTOR_UNREADABLE: Code = Code("R1264");

/// A file that is no bundle.
pub const NOT_A_BUNDLE: Code = Code("R1510");
/// A bundle that contradicts itself.
pub const IMAGE_DAMAGED: Code = Code("R1511");

/// A built-in that the prelude declares and this machine lacks.
pub const BUILTIN_UNKNOWN: Code = Code("R2030");
/// A file that changed while it was in use.
pub const FILE_CHANGED: Code = Code("R2031");
/// The compiled program was refused by the bytecode verifier: a fault of `raya`.
pub const BYTECODE_REFUSED: Code = Code("R2032");
