//! A function listed twice.

use raya_native::{function, module};

#[function]
fn one() -> i32 {
    1
}

#[module(name = "good", version = "1.0.0")]
mod wrong {
    exports! { one, one }
}

fn main() {}
