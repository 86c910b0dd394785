//! Limits on what one file may hold. Everything that walks a tree may rely on them. Those of diagnostics and bytes also stand in
//! `raya_abi::limits`, for crates without a parser; `raya-check` does not compile unless both agree.

/// How deep statements, expressions, types and patterns may nest in each other.
pub const MAX_NESTING: u32 = 256;

/// The height a tree may reach in all: nesting plus chains that grow without nesting, such as `a + b + c`, `a.b().c()`
/// and `else if`.
pub const MAX_HEIGHT: u32 = 1024;

/// How many diagnostics are reported for one file.
pub const MAX_DIAGNOSTICS: usize = 50;

/// How long a file may be, in bytes. Offsets are 32 bits wide.
pub const MAX_FILE_BYTES: usize = 64 << 20;
