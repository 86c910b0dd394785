//! Support for the end-to-end tests in the `tests` folder beside this one: they run the `raya` command as users do.
#![forbid(unsafe_code)]

pub mod command;
pub mod expectation;
pub mod snapshot;
