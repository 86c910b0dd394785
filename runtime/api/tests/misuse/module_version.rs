//! A version that is none.

use raya_native::module;

#[module(name = "good", version = "one")]
mod wrong {
    exports! {}
}

fn main() {}
