//! A parameter of a type that Raya does not have.

use std::collections::HashMap;

use raya_native::function;

#[function]
fn count(words: HashMap<String, u32>) -> u32 {
    words.len() as u32
}

fn main() {}
