//! The one intermediate form: functions of basic blocks over typed registers.
//!
//! Bytecode and machine code are both made from it, so nothing here belongs to either: registers are unlimited and carry a
//! [`Representation`], every conversion, cell, `finally` dispatch and suspension point is an instruction or an edge of its own,
//! and blocks name the handler that catches what they throw. [`lower`] makes it from a checked program, keeping only what is
//! reached; [`optimize`] improves it; [`dump`] prints it.
#![forbid(unsafe_code)]

pub mod analysis;
mod build;
pub mod dump;
pub mod instruction;
mod lower;
pub mod optimize;
pub mod program;

pub use instruction::{
    BinaryOperation, Callee, Condition, Constant, Instruction, Operation, Terminator, UnaryOperation,
};
pub use lower::lower;
pub use program::{
    Block, BlockId, Class, ClassId, Function, FunctionId, Global, GlobalId, Handler, HandlerId, Member,
    MemberKind, NativeFunction, NativeId, Program, Register,
};
pub use raya_abi::Representation;

use raya_check::typed::TypedProgram;
use raya_source::Diagnostic;

/// Lowers a checked program and optimises it: what a back end starts from.
///
/// # Errors
/// Diagnostics `R0490`–`R0499` where the program exceeds a limit or the checker's output contradicts itself.
pub fn build(program: &TypedProgram) -> Result<Program, Vec<Diagnostic>> {
    let mut lowered = lower(program)?;
    optimize::optimize(&mut lowered);
    Ok(lowered)
}
