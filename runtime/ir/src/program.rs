//! Programs, functions, blocks: the containers of the intermediate form.

use std::rc::Rc;

use raya_abi::{Representation, RuntimeType, RuntimeTypeId};
use raya_source::Span;

use crate::instruction::{Instruction, Terminator};

macro_rules! identifiers {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct $name(pub u32);

            impl $name {
                /// As an index into the table it names.
                pub fn index(self) -> usize {
                    self.0 as usize
                }
            }
        )+
    };
}

identifiers! {
    /// Index into [`Program::functions`].
    FunctionId;
    /// Index into [`Program::classes`].
    ClassId;
    /// Index into [`Program::globals`].
    GlobalId;
    /// Index into [`Program::natives`].
    NativeId;
    /// Index into [`Function::registers`].
    Register;
    /// Index into [`Function::blocks`].
    BlockId;
    /// Index into [`Function::handlers`].
    HandlerId;
}

/// A whole program: only what is reached from the bodies of its modules.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// All functions, in the order they were first named.
    pub functions: Vec<Function>,
    /// All classes; a base comes before what derives from it.
    pub classes: Vec<Class>,
    /// Module variables that live outside registers.
    pub globals: Vec<Global>,
    /// Native functions that are named, sorted by module and name.
    pub natives: Vec<NativeFunction>,
    /// Names of the built-ins that are called or used as values, sorted.
    pub builtins: Vec<Rc<str>>,
    /// Types that are tested.
    pub types: Vec<RuntimeType>,
    /// Runs first: calls every module's body in order and returns the value of the last.
    pub entry: Option<FunctionId>,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// For stack traces.
    pub name: Rc<str>,
    /// Number of parameters; they are the first registers.
    pub parameters: u32,
    /// Parameters that tell an absent argument from null; all others of representation `Any` never hold absent inside.
    pub tests_absent: Vec<Register>,
    /// The last parameter is an array of the remaining arguments.
    pub rest: bool,
    /// Calling it starts a task.
    pub is_async: bool,
    /// What each register holds. Registers are variables, not values: they may be written more than once.
    pub registers: Vec<Representation>,
    /// Number of captures a closure of it has.
    pub captures: u32,
    /// What it returns.
    pub result: Representation,
    /// Blocks in layout order; the first is where it starts.
    pub blocks: Vec<Block>,
    /// Where exceptions go.
    pub handlers: Vec<Handler>,
    /// Where it is declared.
    pub span: Span,
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it does, in order.
    pub instructions: Vec<Instruction>,
    /// Where control goes then.
    pub terminator: Terminator,
    /// Where the terminator stands in the source.
    pub span: Span,
    /// Where exceptions thrown in this block go; outer handlers need not be named. `None`: to the caller.
    pub handler: Option<HandlerId>,
    /// The block that runs once before the outermost loop this block belongs to.
    pub preheader: Option<BlockId>,
}

/// Where exceptions of some blocks go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The block that handles them.
    pub target: BlockId,
    /// Holds the thrown value there; of representation `Any`.
    pub register: Register,
}

/// A class.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub name: Rc<str>,
    /// What it extends: a class before this one.
    pub base: Option<ClassId>,
    /// Fields in layout order, inherited first.
    pub fields: Vec<(Rc<str>, Representation)>,
    /// Methods and accessors that may be used by name.
    pub members: Vec<Member>,
}

/// A method or accessor.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: Rc<str>,
    /// What it is.
    pub kind: MemberKind,
}

/// What a member is; parameter 0 of each function is `this`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A method.
    Method(FunctionId),
    /// A computed property.
    Accessor {
        /// Runs when it is read.
        get: Option<FunctionId>,
        /// Runs when it is written.
        set: Option<FunctionId>,
    },
}

/// A module variable that lives outside registers.
#[derive(Clone, Debug)]
pub struct Global {
    /// Its name, for errors.
    pub name: Rc<str>,
    /// What it holds.
    pub representation: Representation,
    /// Every read happens after its only write: reading it cannot throw and always gives the same.
    pub constant: bool,
}

/// A native module's function.
#[derive(Clone, Debug)]
pub struct NativeFunction {
    /// Module name, without `native:`.
    pub module: Rc<str>,
    /// Function name as exported.
    pub name: Rc<str>,
    /// Representation each argument is passed in.
    pub parameters: Vec<Representation>,
    /// Type each argument was declared with.
    pub parameter_types: Vec<RuntimeTypeId>,
    /// What the result is checked against.
    pub result: RuntimeTypeId,
    /// Representation of the result after that check.
    pub representation: Representation,
    /// An error is given as a `Result` value instead of being thrown.
    pub returns_result: bool,
    /// Canonical text of the signature.
    pub signature: Rc<str>,
}

impl Function {
    /// The representation of a register.
    pub fn representation(&self, register: Register) -> Representation {
        self.registers[register.index()]
    }

    /// The ids of all blocks, in layout order.
    pub fn block_ids(&self) -> impl Iterator<Item = BlockId> + use<> {
        (0..self.blocks.len() as u32).map(BlockId)
    }

    /// A fresh register.
    pub fn new_register(&mut self, representation: Representation) -> Register {
        self.registers.push(representation);
        Register(self.registers.len() as u32 - 1)
    }
}
