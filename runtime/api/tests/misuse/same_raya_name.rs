//! Two functions of one name in Raya.

use raya_native::{function, module};

#[function]
fn read_file() {}

#[function(name = "readFile")]
fn other() {}

#[module(name = "good", version = "1.0.0")]
mod wrong {
    exports! { read_file, other }
}

fn main() {}
