//! A method.

use raya_native::function;

struct Counter;

impl Counter {
    #[function]
    fn next(&self) -> i32 {
        1
    }
}

fn main() {}
