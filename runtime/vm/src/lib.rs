//! The machine that runs bytecode: values, heap, calls, run loop, built-ins.
//!
//! `unsafe` stands in `value`, `heap` and `run`, whose modules say what it rests on; everything else is safe code on top.
#![cfg_attr(not(threaded), allow(dead_code, reason = "the threaded half of the run loop uses it"))]

pub mod builtins;
mod convert;
mod error;
pub mod format;
pub mod handles;
pub mod heap;
mod mismatch;
mod object;
mod run;
mod text;
mod types;
mod value;
mod vm;
mod world;

pub use error::{Ended, ErrorKind, Thrown, Uncaught};
pub use heap::Gc;
pub use run::interrupt::Interrupt;
pub use run::tasks::{Completer, Pending, Work};
pub use value::{Primitive, Value};
pub use vm::{Arguments, BuiltinFunction, Config, Host, Interrupter, NativeCall, NativeEntry, Vm};
