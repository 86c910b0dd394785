//! Limits on everything that input can make large, each tested from both sides. Those of syntax are in `raya_syntax::limits`.

/// Registers of one function.
pub const REGISTERS_MAX: usize = 60_000;
/// Parameters of one function, and arguments of one call.
pub const PARAMETERS_MAX: usize = 255;
/// Bytes of one source file.
pub const SOURCE_BYTES_MAX: usize = 64 << 20;
/// Errors reported for one file.
pub const ERRORS_PER_FILE_MAX: usize = 50;
/// Bytes of a string.
pub const STRING_BYTES_MAX: usize = 1 << 30;
/// Elements of an array.
pub const ARRAY_LENGTH_MAX: usize = 1 << 28;
/// Calls that may be active in one task.
pub const CALL_DEPTH_MAX: usize = 20_000;
/// Bytes of the pattern of a regular expression.
pub const PATTERN_BYTES_MAX: usize = 64 << 10;
/// Alternatives of one pattern, those of all its groups together: `regress` goes through them by recursion.
pub const PATTERN_ALTERNATIVES_MAX: usize = 1_000;
