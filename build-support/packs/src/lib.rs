//! Runtime packs and the archives in them: read, renamed, written.
//!
//! `cargo xtask pack` makes packs with this crate and `raya` reads them with it, so that the format stands once. It is pure:
//! bytes in, bytes out, the same bytes for the same input.
#![forbid(unsafe_code)]

pub mod archive;
pub mod compact;
pub mod container;
pub mod names;
pub mod object;
pub mod problem;
pub mod rename;
mod rewrite;
mod section;

pub use archive::{Archive, ArchiveError, ArchiveWriter, Member};
pub use compact::{compact, exports};
pub use container::{Pack, PackBuilder, PackError, PackedFile};
pub use names::SystemNames;
pub use object::{Machine, Object, ObjectError};
pub use problem::Problem;
pub use rename::{Import, Policy, Renamed, Renaming, Report, rename};
