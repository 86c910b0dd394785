//! A bytecode program in memory: what `compile` makes, `encode` writes, `verify` checks and the VM runs.

use raya_abi::{Representation, RuntimeType, RuntimeTypeId};

use crate::ops::Instruction;

/// A whole program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// Strings that instructions, shapes, sites and tables refer to.
    pub strings: Vec<String>,
    /// Doubles that instructions load.
    pub numbers: Vec<f64>,
    /// All functions that are reached.
    pub functions: Vec<Function>,
    /// Shapes of object literals: property names in order, each an index into `strings`.
    pub shapes: Vec<Vec<u32>>,
    /// All classes that are reached; a base comes before what derives from it.
    pub classes: Vec<Class>,
    /// Types that are tested.
    pub types: Vec<RuntimeType>,
    /// Names of the built-ins the program calls: indices into `strings`, sorted by name.
    pub builtins: Vec<u32>,
    /// Native functions the program calls, sorted by module and name.
    pub natives: Vec<Native>,
    /// Number of module variables that live outside registers, and their names for errors (indices into `strings`).
    pub globals: Vec<u32>,
    /// Runs first: calls every module's body in order and returns the value of the last. Takes no parameters.
    pub entry: u32,
    /// Names of the source files that positions refer to: indices into `strings`.
    pub files: Vec<u32>,
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name for stack traces: index into `strings`.
    pub name: u32,
    /// Number of parameters; they are the first registers.
    pub parameters: u8,
    /// The last parameter is an array of what remains of the arguments.
    pub rest: bool,
    /// Calling it starts a task.
    pub is_async: bool,
    /// What each register is declared to hold. Calls from this function place windows above them or among the last.
    pub registers: Vec<Representation>,
    /// Representation of what it returns.
    pub result: Representation,
    /// Number of captures a closure of it has.
    pub captures: u16,
    /// Where calls with checked arguments enter; calls through values enter at 0, where code for it checks each
    /// parameter's register (declared as the checks leave it, entered as any value).
    pub direct_entry: u32,
    /// The code.
    pub code: Vec<Instruction>,
    /// Ranges whose exceptions are handled, innermost first.
    pub handlers: Vec<Handler>,
    /// Property sites: the name each refers to (index into `strings`).
    pub sites: Vec<u32>,
    /// Source positions by rising instruction: each holds from its instruction on.
    pub positions: Vec<PositionEntry>,
}

/// Exceptions thrown in `start..end` go on at `target`, with the thrown value in `register` (declared `Any`).
/// They go on behind the range: only jumps and calls lead to what ran before, so that whoever interrupts a program waits for one of
/// those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// First instruction of the range.
    pub start: u32,
    /// Instruction after the range.
    pub end: u32,
    /// Where control goes: `end`, or behind it.
    pub target: u32,
    /// Where the thrown value goes.
    pub register: u16,
}

/// Where an instruction came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionEntry {
    /// First instruction it holds for.
    pub instruction: u32,
    /// Index into [`Program::files`].
    pub file: u16,
    /// From 1.
    pub column: u16,
    /// From 1.
    pub line: u32,
}

/// A class.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Its name: index into `strings`.
    pub name: u32,
    /// What it extends: index of a class before this one.
    pub base: Option<u32>,
    /// Fields in layout order, inherited first: name (index into `strings`) and what each holds.
    pub fields: Vec<(u32, Representation)>,
    /// Methods and accessors, sorted by name text.
    pub members: Vec<(u32, Member)>,
}

/// A method or accessor: indices of functions whose parameter 0 is `this`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// A method.
    Method(u32),
    /// A computed property.
    Accessor {
        /// Runs when it is read.
        get: Option<u32>,
        /// Runs when it is written.
        set: Option<u32>,
    },
}

/// A native function.
#[derive(Clone, Debug, PartialEq)]
pub struct Native {
    /// Its module, without `native:`: index into `strings`.
    pub module: u32,
    /// Its exported name: index into `strings`.
    pub name: u32,
    /// The declared signature, for errors and the descriptor check: index into `strings`.
    pub signature: u32,
    /// Parameters it was declared with, each with its type.
    pub parameters: Vec<RuntimeTypeId>,
    /// What its result must be.
    pub result: RuntimeTypeId,
    /// An error is given as a `Result` value instead of being thrown.
    pub returns_result: bool,
}
