//! The verifier: what it accepts, the run loop may execute without checking again.
//!
//! For every function it establishes: operands are in range and of the kind their row says; registers hold the
//! representations they are declared with; nothing is read before it is written, on any path, handlers included; control
//! stays inside the code; call windows stay inside the registers; known calls pass what the callee declares. The heap is
//! *not* trusted: what is loaded from it is `Any` until a checked operation says otherwise.

mod flow;
mod operands;
mod tables;

use core::fmt;
use core::ops::Deref;

use raya_abi::Representation;

use crate::ops::{Operand, Operation};
use crate::program::Program;

/// A program that passed [`verify`]. The VM takes nothing else.
#[derive(Clone, Debug)]
pub struct Verified(Program);

impl Deref for Verified {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.0
    }
}

/// Why a program cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// The function, when it is about one.
    pub function: Option<u32>,
    /// The instruction, when it is about one.
    pub instruction: Option<u32>,
    /// What was expected and what was found.
    pub problem: VerifyProblem,
}

/// What is wrong with a program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyProblem {
    /// An index of this kind is out of range: found, number of entries.
    Index(&'static str, u32, usize),
    /// Something is larger than a limit: what, limit, found.
    Limit(&'static str, usize, usize),
    /// A rule of a table is broken: the rule.
    Table(&'static str),
    /// A function has no code, or control can run off its end.
    FallsOffTheEnd,
    /// A jump or entry leads outside the code: target.
    Target(i64),
    /// An operand field holds something its row does not allow.
    Operand(Operation, Operand, u16),
    /// A field that must be zero is not.
    NotZero(Operation),
    /// A register is declared with another representation: register, expected, declared.
    Representation(u16, Representation, Representation),
    /// A register is read before it is written on some path.
    Undefined(u16),
    /// A parameter is read as declared before its check.
    Unchecked(u16),
    /// A call, literal or closure with the wrong number of values: expected, found.
    Count(usize, usize),
    /// A function is called or used in a way it does not allow: the rule.
    Callee(&'static str),
    /// The control flow is too large to be checked within the limits.
    TooComplex,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            VerifyProblem::Index(kind, found, count) => {
                write!(formatter, "expected a {kind} below {count}, found {found}")
            }
            VerifyProblem::Limit(what, limit, found) => {
                write!(formatter, "expected at most {limit} {what}, found {found}")
            }
            VerifyProblem::Table(rule) | VerifyProblem::Callee(rule) => {
                write!(formatter, "expected that {rule}")
            }
            VerifyProblem::FallsOffTheEnd => write!(formatter, "expected a return at the end of the code"),
            VerifyProblem::Target(target) => {
                write!(formatter, "expected a jump inside the code, found target {target}")
            }
            VerifyProblem::Operand(operation, operand, found) => {
                write!(formatter, "{} expected {operand:?}, found {found}", operation.name())
            }
            VerifyProblem::NotZero(operation) => {
                write!(formatter, "{} expected zero in an unused field", operation.name())
            }
            VerifyProblem::Representation(register, expected, declared) => {
                write!(
                    formatter,
                    "expected register {register} to be {expected:?}, it is declared {declared:?}"
                )
            }
            VerifyProblem::Undefined(register) => {
                write!(formatter, "register {register} is read before it is written")
            }
            VerifyProblem::Unchecked(register) => {
                write!(formatter, "parameter {register} is read before it is checked")
            }
            VerifyProblem::Count(expected, found) => {
                write!(formatter, "expected {expected} values, found {found}")
            }
            VerifyProblem::TooComplex => write!(formatter, "the control flow is too large to verify"),
        }?;
        if let Some(function) = self.function {
            write!(formatter, " (function {function}")?;
            if let Some(instruction) = self.instruction {
                write!(formatter, ", instruction {instruction}")?;
            }
            write!(formatter, ")")?;
        }
        Ok(())
    }
}

impl core::error::Error for VerifyError {}

/// Checks `program` and makes the value that allows it to run.
pub fn verify(program: Program) -> Result<Verified, VerifyError> {
    check(&program)?;
    Ok(Verified(program))
}

/// Checks `program`; the first problem in the order of its tables is reported.
pub fn check(program: &Program) -> Result<(), VerifyError> {
    tables::check(program)?;
    let about = |index: usize, (instruction, problem): (Option<u32>, VerifyProblem)| VerifyError {
        function: Some(index as u32),
        instruction,
        problem,
    };
    // Calls look at the registers of whom they call: all functions first.
    for (index, function) in program.functions.iter().enumerate() {
        tables::check_function(program, function).map_err(|problem| about(index, (None, problem)))?;
    }
    for (index, function) in program.functions.iter().enumerate() {
        let about = |found| about(index, found);
        operands::check(program, function).map_err(|(at, problem)| about((Some(at), problem)))?;
        flow::check(program, function).map_err(about)?;
    }
    Ok(())
}
