//! A name that no module may have.

use raya_native::{function, module};

#[function]
fn one() -> i32 {
    1
}

#[module(name = "My-Module", version = "1.0.0")]
mod wrong {
    exports! { one }
}

fn main() {}
