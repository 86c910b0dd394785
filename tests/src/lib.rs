//! Support for the end-to-end tests: see the `tests` folder beside this one.
#![forbid(unsafe_code)]
