//! Asynchronous functions that borrow from a call that has ended when they run.

use raya_native::{Context, function};

#[function]
async fn later(path: &str) -> i32 {
    path.len() as i32
}

#[function]
async fn inside(context: &Context, number: i32) -> i32 {
    let _ = context;
    number
}

fn main() {}
