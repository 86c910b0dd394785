//! native:session - who is logged in. Shows a Rust type that travels through Raya, and a panic that becomes an error.

use raya_native::{NativeType, function, module};

/// A session. Raya holds it as an opaque value; it is dropped when nothing refers to it any more.
struct Session {
    id: i32,
    name: String,
}

impl NativeType for Session {
    const NAME: &'static str = "Session";
}

#[function]
fn create(id: i32, name: String) -> Session {
    assert!(id >= 0, "a session needs a user, found id {id}");
    Session { id, name }
}

#[function]
fn describe(session: &Session) -> String {
    format!("session of user {} ({})", session.id, session.name)
}

#[module(name = "session", version = "1.0.0")]
mod session {
    exports! {
        type Session,
        create,
        describe,
    }
}
