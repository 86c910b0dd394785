//! The native boundary: how a running program calls functions written in C, C++ and Rust.
//!
//! A module is found by a [`ModuleProvider`], bound to the table of [`table`] and asked for its functions the first time
//! the program calls one of them ([`Boundary`]). A call ([`call`]) passes handles that point at the caller's own registers;
//! what the native makes lives in the machine's handle area and ends with the call. Nothing a module passes is trusted:
//! handles are compared with the areas they may point into, text is validated, results are checked against the declared
//! type. What a module throws stops at the [`guard`].
//!
//! What cannot be checked is that a module keeps to its own memory: native code runs in the program's process.

pub mod call;
pub mod error;
mod guard;
mod kept;
mod linked;
mod module;
pub mod program;
mod registry;
pub mod table;
mod typed;

pub use error::LoadError;
pub use linked::Linked;
pub use module::{Capabilities, ModuleHandle, Registered, registered};
pub use registry::{Boundary, ModuleProvider};
