//! A module without its named arguments.

use raya_native::module;

#[module("good")]
mod wrong {
    exports! {}
}

fn main() {}
