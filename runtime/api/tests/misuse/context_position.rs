//! A context that is not the first parameter.

use raya_native::{function, Context};

#[function]
fn wrong(path: String, context: &Context) -> String {
    path
}

fn main() {}
