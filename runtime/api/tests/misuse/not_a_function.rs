//! A struct marked as a function.

use raya_native::function;

#[function]
struct Thing;

fn main() {}
