//! Support for the end-to-end tests in the `tests` folder beside this one: they run the `raya` command as users do.
#![forbid(unsafe_code)]

pub mod app;
pub mod command;
pub mod expectation;
pub mod fixture;
pub mod image;
pub mod locked;
pub mod machine;
pub mod report;
pub mod shown;
pub mod snapshot;

/// The target of locked bundles.
pub const MUSL: &str = "x86_64-unknown-linux-musl";
/// The target of bundles that can load modules.
pub const GNU: &str = "x86_64-unknown-linux-gnu";
