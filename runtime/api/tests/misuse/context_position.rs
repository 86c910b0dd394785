use raya_native::{function, Context};

#[function]
fn wrong(path: String, context: &Context) -> String {
    path
}

fn main() {}
