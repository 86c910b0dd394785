//! An asynchronous function.

use raya_native::function;

#[function]
async fn later(path: String) -> String {
    path
}

fn main() {}
