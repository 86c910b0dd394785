//! Finds the compilers of this machine and runs them so that the same sources give the same bytes.
//!
//! `raya module build`, the packs and test fixtures go through here; people who only bundle never do. The traps of each
//! compiler (sanitizers that zig leaves on, link-time optimisation, paths that leak into objects, headers of the wrong libc)
//! are answered in one place.
#![forbid(unsafe_code)]

pub mod archive;
mod cargo;
mod compile;
mod discover;
mod error;
mod link;
mod process;
mod target;

pub use cargo::{RustBuild, RustLibraries};
pub use compile::{Compilation, Language, is_misleading_path};
pub use discover::Toolchain;
pub use error::{ToolchainError, code};
pub use link::{SharedLink, Visibility};
pub use process::Environment;
pub use target::Target;
