//! A function that is exported and not marked.

use raya_native::module;

fn forgotten() {}

#[module(name = "good", version = "1.0.0")]
mod wrong {
    exports! { forgotten }
}

fn main() {}
