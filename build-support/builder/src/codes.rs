//! Codes of the problems met when a module is built. `docs/errors` explains each; codes are never reused. R4001 to R4009
//! are the compilers'.

use raya_source::Code;

/// `raya-module.toml` or a file it names cannot be read.
pub const RECIPE_UNREADABLE: Code = Code("R4010");
/// A source lies outside of the module's folder, or is of an unknown kind.
pub const SOURCE_REFUSED: Code = Code("R4011");
/// The objects hold no note: no `RAYA_MODULE_INIT`, no `#[module]`.
pub const NOTE_MISSING: Code = Code("R4012");
/// The code says another name than the manifest.
pub const NAME_DIFFERS: Code = Code("R4013");
/// The code was built for an ABI this `raya` does not have.
pub const ABI_DIFFERS: Code = Code("R4014");
/// Two targets describe different interfaces.
pub const INTERFACE_DIFFERS: Code = Code("R4015");
/// Nothing says which types the functions have.
pub const INTERFACE_MISSING: Code = Code("R4016");
/// Stub or descriptor and code name different functions.
pub const STUB_DISAGREES: Code = Code("R4017");
/// The stub does not declare the module.
pub const STUB_WRONG: Code = Code("R4018");
/// The package cannot be written.
pub const PACKAGE_UNWRITABLE: Code = Code("R4019");
/// A module could not be asked for what it registers: an error where no descriptor does it, else a warning.
pub const PROBE_FAILED: Code = Code("R4020");
/// What the code registers is not valid: another name than `RAYA_MODULE_INIT`'s, no version, a function twice.
pub const MODULE_INVALID: Code = Code("R4021");
/// The code says another version than the manifest.
pub const VERSION_DIFFERS: Code = Code("R4022");
/// A link where the build writes.
pub const LINK_IN_WORK_FOLDER: Code = Code("R4032");
