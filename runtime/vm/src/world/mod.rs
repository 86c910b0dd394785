//! The machine's way to files, the clock, the environment and the process: the only place of this crate that asks the
//! system for anything. `raya run` and bundles share it.
//!
//! The streams and the arguments are the business of [`crate::vm::Host`], since they differ between the two. All else is
//! plain functions, each called by the built-ins that need it and by nothing else, so that a program which reads no file
//! carries no code for it.

pub(crate) mod clock;
pub(crate) mod files;
pub(crate) mod folders;
pub(crate) mod refusal;
pub(crate) mod surroundings;
