//! A text that is kept beyond the call.

use raya_native::function;

#[function]
fn keep(text: &'static str) -> u32 {
    text.len() as u32
}

fn main() {}
