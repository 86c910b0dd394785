//! A module that exports nothing.

use raya_native::module;

#[module(name = "good", version = "1.0.0")]
mod wrong {}

fn main() {}
