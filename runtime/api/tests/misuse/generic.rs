//! A generic function.

use raya_native::function;

#[function]
fn same<T>(value: T) -> T {
    value
}

fn main() {}
