//! The bytecode: operations, programs, their binary format and its verifier.
#![forbid(unsafe_code)]

mod decode;
mod dump;
mod encode;
mod fingerprint;
pub mod ops;
pub mod program;
pub mod verify;

pub use decode::{DecodeError, DecodeProblem, decode};
pub use dump::dump;
pub use encode::{MAGIC, VERSION, encode};
pub use fingerprint::fingerprint;
pub use ops::{Instruction, Operand, Operation, Special};
pub use program::Program;
pub use verify::{Verified, VerifyError, check, verify};
