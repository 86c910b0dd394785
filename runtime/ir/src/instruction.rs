//! Instructions: what they do, what they read, and what they may cause.
//!
//! Operations that bring a value in from where its representation is not known (properties, elements, globals, cells,
//! captures, results of calls through values) *check* it against the representation of the target register: a value that
//! does not fit throws `TypeError`, and an int becomes a number where the target holds numbers.

use std::rc::Rc;

use raya_abi::{Representation, RuntimeTypeId};
use raya_source::Span;

use crate::program::{BlockId, ClassId, FunctionId, GlobalId, NativeId, Register};

/// One instruction.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// The register that is written, if any.
    pub target: Option<Register>,
    /// What is done.
    pub operation: Operation,
    /// Where it comes from, for stack traces.
    pub span: Span,
}

/// A constant.
#[derive(Clone, Debug)]
pub enum Constant {
    /// `null`.
    Null,
    /// An argument that was not given.
    Absent,
    /// A boolean.
    Boolean(bool),
    /// An int.
    Int(i32),
    /// A double.
    Number(f64),
    /// A string.
    String(Rc<str>),
}

impl PartialEq for Constant {
    /// Numbers are compared by their bits: 0 and -0 differ, NaN equals itself.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Constant::Null, Constant::Null) | (Constant::Absent, Constant::Absent) => true,
            (Constant::Boolean(left), Constant::Boolean(right)) => left == right,
            (Constant::Int(left), Constant::Int(right)) => left == right,
            (Constant::Number(left), Constant::Number(right)) => left.to_bits() == right.to_bits(),
            (Constant::String(left), Constant::String(right)) => left == right,
            _ => false,
        }
    }
}

impl Constant {
    /// The representation it has without further conversion.
    pub fn representation(&self) -> Representation {
        match self {
            Constant::Null | Constant::Absent => Representation::Any,
            Constant::Boolean(_) => Representation::Boolean,
            Constant::Int(_) => Representation::Int,
            Constant::Number(_) => Representation::Number,
            Constant::String(_) => Representation::Reference,
        }
    }

    /// What a register of this representation holds before anything was assigned to it. No program can tell which value
    /// it is; it exists so that every register is written before it is read.
    pub fn initial(representation: Representation) -> Constant {
        match representation {
            Representation::Int => Constant::Int(0),
            Representation::Number => Constant::Number(0.0),
            Representation::Boolean => Constant::Boolean(false),
            Representation::Reference => Constant::String("".into()),
            Representation::Any => Constant::Null,
        }
    }
}

/// Operations of one operand that cannot throw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperation {
    /// Int, wrapping.
    NegateInt,
    /// Number.
    NegateNumber,
    /// Boolean.
    Not,
    /// Int.
    BitNot,
    /// Any value to the string that `typeof` gives.
    TypeOf,
    /// Int to number, exact.
    IntToNumber,
    /// Any value to boolean.
    Truthiness,
    /// Whether a parameter's argument was not given.
    IsAbsent,
    /// Number to number.
    SquareRoot,
    /// Number to number.
    AbsoluteNumber,
    /// Number to number.
    FloorNumber,
}

/// Operations of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in the typed program, where each is documented")]
pub enum BinaryOperation {
    AddInt,
    SubtractInt,
    MultiplyInt,
    DivideInt,
    RemainderInt,
    PowerInt,
    AddNumber,
    SubtractNumber,
    MultiplyNumber,
    DivideNumber,
    RemainderNumber,
    PowerNumber,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
    Concatenate,
    EqualInt,
    EqualNumber,
    Equal,
    LessInt,
    LessEqualInt,
    LessNumber,
    LessEqualNumber,
    OrderInt,
    OrderNumber,
    LessString,
    LessEqualString,
}

impl BinaryOperation {
    /// What both operands are.
    pub fn operands(self) -> Representation {
        use BinaryOperation::*;
        match self {
            AddInt | SubtractInt | MultiplyInt | DivideInt | RemainderInt | PowerInt | BitAnd | BitOr
            | BitXor | ShiftLeft | ShiftRight | ShiftRightUnsigned | EqualInt | LessInt | LessEqualInt
            | OrderInt => Representation::Int,
            AddNumber | SubtractNumber | MultiplyNumber | DivideNumber | RemainderNumber | PowerNumber
            | EqualNumber | LessNumber | LessEqualNumber | OrderNumber => Representation::Number,
            Concatenate | LessString | LessEqualString => Representation::Reference,
            Equal => Representation::Any,
        }
    }

    /// What the result is.
    pub fn result(self) -> Representation {
        use BinaryOperation::*;
        match self {
            EqualInt | EqualNumber | Equal | LessInt | LessEqualInt | LessNumber | LessEqualNumber
            | LessString | LessEqualString => Representation::Boolean,
            _ => self.operands(),
        }
    }

    /// Whether a branch can test it without making a boolean.
    pub fn is_comparison(self) -> bool {
        use BinaryOperation::*;
        matches!(self, EqualInt | EqualNumber | Equal | LessInt | LessEqualInt | LessNumber | LessEqualNumber)
    }
}

/// What is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Callee {
    /// A function known now; arguments match its parameters and their representations, the target its result (an async
    /// function's call gives a task).
    Function(FunctionId),
    /// A function value.
    Value(Register),
    /// The member of argument 0 with this name.
    Method(Rc<str>),
    /// A built-in; a method's receiver is argument 0.
    Builtin(Rc<str>),
    /// A native module's function.
    Native(NativeId),
}

/// What an instruction does. Operands are read before the target is written, so a target may be an operand.
#[derive(Clone, Debug)]
pub enum Operation {
    /// A constant of the target's representation, or any one where the target is `Any`.
    Constant(Constant),
    /// A copy; same representation.
    Copy(Register),
    /// Any representation to `Any`.
    Forget(Register),
    /// `Any` to the target's representation, checked.
    Check(Register),
    /// One operand; see the operation.
    Unary(UnaryOperation, Register),
    /// Any value to text, as template strings do; may run a program's `toString`.
    Text(Register),
    /// Two operands.
    Binary(BinaryOperation, Register, Register),
    /// Whether a value has a type.
    TestType(Register, RuntimeTypeId),
    /// The value if it has the type, else `TypeError`; the target is `Any`.
    Cast(Register, RuntimeTypeId),

    /// The code unit of a string at an index; NaN out of range.
    CharCodeAt(Register, Register),
    /// UTF-16 code units of a string.
    StringLength(Register),
    /// Elements of an array.
    ArrayLength(Register),
    /// Element at an index; checked.
    GetElement(Register, Register),
    /// `array[index] = value`.
    SetElement(Register, Register, Register),
    /// Appends a value.
    ArrayPush(Register, Register),
    /// Appends all elements of the second array to the first.
    ArrayAppend(Register, Register),
    /// A new array of this kind.
    NewArray(Representation, Vec<Register>),

    /// A new object with these properties.
    NewObject(Vec<(Rc<str>, Register)>),
    /// An instance whose constructor has not run.
    NewInstance(ClassId),
    /// Property of an object; checked; may run an accessor.
    GetProperty(Register, Rc<str>),
    /// `object.name = value`; may run an accessor.
    SetProperty(Register, Rc<str>, Register),
    /// `object[name] = value` on a plain object.
    SetPropertyComputed(Register, Register, Register),
    /// Copies all properties of the second object to the first.
    CopyProperties(Register, Register),

    /// An internal iterator over a map, set, string or bytes.
    Iterate(Register),
    /// The iterator's next value, or absent; the target is `Any`.
    IterateNext(Register),

    /// A module variable; checked; throws before its initialiser ran.
    GetGlobal(GlobalId),
    /// Sets a module variable.
    SetGlobal(GlobalId, Register),
    /// A closure over these captures.
    NewClosure(FunctionId, Vec<Register>),
    /// A capture of the running function: a value (checked), or a cell.
    GetCapture(u32),
    /// A new cell that holds a value.
    NewCell(Register),
    /// What a cell holds; checked.
    GetCell(Register),
    /// Makes a cell hold a value.
    SetCell(Register, Register),
    /// What a captured cell holds; checked.
    GetCapturedCell(u32),
    /// Makes a captured cell hold a value.
    SetCapturedCell(u32, Register),
    /// A class as a value.
    LoadClass(ClassId),
    /// A native function as a value.
    LoadNative(NativeId),
    /// A built-in as a value.
    LoadBuiltin(Rc<str>),

    /// A call. Unless the callee is a known function, the result is checked.
    Call(Callee, Vec<Register>),
    /// A call with the elements of an array as arguments; result checked. For methods the receiver is its first element.
    CallSpread(Callee, Register),
    /// Starts a closure without parameters as a task.
    StartTask(Register),
    /// Waits; the running task may be suspended here. Result checked.
    Await(Register),
}

/// The one list of what each operation reads; by reference or by mutable reference, as `$operation` is.
macro_rules! visit_uses {
    ($operation:expr, $visit:ident, $iterate:ident) => {{
        use Operation::*;
        match $operation {
            Constant(_) | NewInstance(_) | GetGlobal(_) | GetCapture(_) | GetCapturedCell(_)
            | LoadClass(_) | LoadNative(_) | LoadBuiltin(_) => {}
            Copy(a)
            | Forget(a)
            | Check(a)
            | Unary(_, a)
            | Text(a)
            | TestType(a, _)
            | Cast(a, _)
            | StringLength(a)
            | ArrayLength(a)
            | GetProperty(a, _)
            | Iterate(a)
            | IterateNext(a)
            | SetGlobal(_, a)
            | NewCell(a)
            | GetCell(a)
            | SetCapturedCell(_, a)
            | StartTask(a)
            | Await(a) => $visit(a),
            Binary(_, a, b)
            | CharCodeAt(a, b)
            | GetElement(a, b)
            | ArrayPush(a, b)
            | ArrayAppend(a, b)
            | SetProperty(a, _, b)
            | CopyProperties(a, b)
            | SetCell(a, b) => {
                $visit(a);
                $visit(b);
            }
            SetElement(a, b, c) | SetPropertyComputed(a, b, c) => {
                $visit(a);
                $visit(b);
                $visit(c);
            }
            NewArray(_, values) | NewClosure(_, values) => values.$iterate().for_each($visit),
            NewObject(properties) => properties.$iterate().for_each(|(_, value)| $visit(value)),
            Call(callee, arguments) => {
                if let Callee::Value(function) = callee {
                    $visit(function);
                }
                arguments.$iterate().for_each($visit);
            }
            CallSpread(callee, arguments) => {
                if let Callee::Value(function) = callee {
                    $visit(function);
                }
                $visit(arguments);
            }
        }
    }};
}

impl Operation {
    /// Calls `visit` for every register read, in order.
    pub fn for_each_use(&self, mut visit: impl FnMut(Register)) {
        let mut visit = |register: &Register| visit(*register);
        visit_uses!(self, visit, iter);
    }

    /// Calls `visit` for every register read, which it may rename.
    pub fn for_each_use_mut(&mut self, mut visit: impl FnMut(&mut Register)) {
        visit_uses!(self, visit, iter_mut);
    }

    /// Whether it always gives the same for the same operands, changes nothing and cannot throw: it may be removed when its
    /// target is not read, and repeated.
    pub fn is_pure(&self) -> bool {
        use Operation::*;
        match self {
            Binary(operation, ..) => !matches!(
                operation,
                BinaryOperation::DivideInt | BinaryOperation::RemainderInt | BinaryOperation::PowerInt
            ),
            Constant(_) | Copy(_) | Forget(_) | Unary(..) | LoadClass(_) | LoadNative(_) | LoadBuiltin(_) => {
                true
            }
            _ => false,
        }
    }

    /// Whether it may be removed when its target is not read: pure, or it only makes something new.
    pub fn is_removable(&self) -> bool {
        use Operation::*;
        self.is_pure()
            || matches!(
                self,
                NewCell(_) | NewClosure(..) | NewArray(..) | NewObject(_) | NewInstance(_) | TestType(..)
            )
    }
}

/// What a branch tests.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A boolean register is true.
    True(Register),
    /// A register of any representation is null.
    Null(Register),
    /// A comparison ([`BinaryOperation::is_comparison`]) holds.
    Compare(BinaryOperation, Register, Register),
}

/// Where control goes at the end of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Terminator {
    /// On to a block.
    Jump(BlockId),
    /// To `then` if the condition holds, else to `otherwise`.
    Branch {
        /// What is tested.
        condition: Condition,
        /// Where control goes if it holds.
        then: BlockId,
        /// Where control goes if not.
        otherwise: BlockId,
    },
    /// Back to the caller, with a value of the function's result representation, or null.
    Return(Option<Register>),
    /// To the block's handler with this value.
    Throw(Register),
}

impl Terminator {
    /// Calls `visit` for every register read, which it may rename.
    pub fn for_each_use_mut(&mut self, mut visit: impl FnMut(&mut Register)) {
        match self {
            Terminator::Jump(_) | Terminator::Return(None) => {}
            Terminator::Return(Some(register)) | Terminator::Throw(register) => visit(register),
            Terminator::Branch { condition, .. } => match condition {
                Condition::True(register) | Condition::Null(register) => visit(register),
                Condition::Compare(_, left, right) => {
                    visit(left);
                    visit(right);
                }
            },
        }
    }

    /// Calls `visit` for every register read.
    pub fn for_each_use(&self, visit: impl FnMut(Register)) {
        match self {
            Terminator::Jump(_) | Terminator::Return(None) => [None, None],
            Terminator::Return(Some(register)) | Terminator::Throw(register) => [Some(*register), None],
            Terminator::Branch {
                condition: Condition::True(register) | Condition::Null(register), ..
            } => [Some(*register), None],
            Terminator::Branch { condition: Condition::Compare(_, left, right), .. } => {
                [Some(*left), Some(*right)]
            }
        }
        .into_iter()
        .flatten()
        .for_each(visit);
    }

    /// Calls `visit` for every block that control may go to, which it may replace.
    pub fn for_each_successor_mut(&mut self, mut visit: impl FnMut(&mut BlockId)) {
        match self {
            Terminator::Jump(target) => visit(target),
            Terminator::Branch { then, otherwise, .. } => {
                visit(then);
                visit(otherwise);
            }
            Terminator::Return(_) | Terminator::Throw(_) => {}
        }
    }

    /// The blocks that control may go to.
    pub fn successors(&self) -> [Option<BlockId>; 2] {
        match self {
            Terminator::Jump(target) => [Some(*target), None],
            Terminator::Branch { then, otherwise, .. } => [Some(*then), Some(*otherwise)],
            Terminator::Return(_) | Terminator::Throw(_) => [None, None],
        }
    }
}
