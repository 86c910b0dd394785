//! Codes of the problems met when a module is loaded at run time. `docs/errors` explains each; codes are never reused.
//! R3001 to R3020 are the native boundary's.

use raya_source::Code;

/// An entry of the search path is relative or empty.
pub const SEARCH_ENTRY_RELATIVE: Code = Code("R3021");
/// No folder of the search path has the module.
pub const MODULE_NOT_FOUND: Code = Code("R3022");
/// A link leads out of the folder.
pub const LINK_LEAVES_FOLDER: Code = Code("R3023");
/// A FIFO, a device, a socket or a folder instead of a file.
pub const NOT_A_FILE: Code = Code("R3024");
/// A file or folder that others may write to.
pub const WRITABLE_BY_OTHERS: Code = Code("R3025");
/// A file that belongs to neither this user nor root.
pub const OWNED_BY_ANOTHER: Code = Code("R3026");
/// A file or folder that cannot be read.
pub const LIBRARY_UNREADABLE: Code = Code("R3027");
/// A library, stub or signature beyond its limit.
pub const LIBRARY_TOO_LARGE: Code = Code("R3028");
/// The system gives no sealed memory.
pub const NO_SEALED_MEMORY: Code = Code("R3029");
/// A library without a signature where one is required.
pub const LIBRARY_UNSIGNED: Code = Code("R3030");
/// A library whose signature is not valid, or not by a trusted key.
pub const LIBRARY_SIGNATURE: Code = Code("R3031");
/// Not a shared library for this machine.
pub const NOT_A_LIBRARY: Code = Code("R3032");
/// A library that would bring other code along, or weaken the process.
pub const LIBRARY_DEFECT: Code = Code("R3033");
/// A library that needs one that is not on the list.
pub const LIBRARY_NEEDS: Code = Code("R3034");
/// A needed library would be looked for in folders that the environment names.
pub const LIBRARY_PATH_SET: Code = Code("R3035");
/// A library that is no Raya module.
pub const NO_NOTE: Code = Code("R3036");
/// A library that says it is another module.
pub const NAME_DIFFERS: Code = Code("R3037");
/// A module built for an ABI this host does not have.
pub const ABI_DIFFERS: Code = Code("R3038");
/// The system's loader refused the library.
pub const LOADER_REFUSED: Code = Code("R3039");
/// A library without one of the module's two functions.
pub const SYMBOL_MISSING: Code = Code("R3040");
/// Text of a stub or descriptor that is not UTF-8.
pub const TEXT_MALFORMED: Code = Code("R3041");
/// A name that cannot be a module's.
pub const NAME_MALFORMED: Code = Code("R3042");
