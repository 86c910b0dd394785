use raya_native::function;

#[function]
struct Thing;

fn main() {}
