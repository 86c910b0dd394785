//! The bytecode: operations, programs, their binary format and its verifier.
#![forbid(unsafe_code)]

pub mod ops;
pub mod program;

pub use ops::{Instruction, Operand, Operation, Special};
pub use program::Program;
