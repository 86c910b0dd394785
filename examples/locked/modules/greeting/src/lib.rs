//! native:greeting - says hello.

use raya_native::{function, module};

#[function]
fn greet(name: String) -> String {
    format!("hello, {name}")
}

#[module(name = "greeting", version = "1.0.0")]
mod greeting {
    exports! {
        greet,
    }
}
