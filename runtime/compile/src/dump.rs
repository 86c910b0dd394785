//! The compiled program as text, for tests and for people.

pub use raya_bytecode::dump as program;
