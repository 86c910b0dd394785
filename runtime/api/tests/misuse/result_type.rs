//! A result of a type that Raya does not have.

use raya_native::function;

#[function]
fn pair(x: f64) -> (f64, f64) {
    (x, x)
}

fn main() {}
