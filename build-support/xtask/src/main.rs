//! (duty to be written)
fn main() {}
