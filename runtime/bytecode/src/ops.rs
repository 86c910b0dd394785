//! The table of operations: one row makes the enum, the decoder, the verifier's rules and the dumper.
//!
//! An [`Instruction`] is 8 bytes: the operation, a small count `n`, and three 16-bit operands `a`, `b`, `c`. Rows name what
//! each operand is; a 32-bit immediate takes `b` and `c` together. Registers are typed per function ([`Representation`]):
//! an operand that *defines* `Int` may name a register declared `Int` or `Any`; one that *uses* `Any` may name any
//! register; every other use names a register declared exactly so. Converting from `Any` goes through a `Check*` row.

use raya_abi::Representation;

/// What one operand field of an operation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Nothing; zero.
    Unused,
    /// A register written, with a value of this representation.
    Define(Representation),
    /// A register read, declared with this representation (any register, when it is `Any`).
    Use(Representation),
    /// A register read and written as the copy of another: declared like the operand `b`, or `Any`.
    DefineCopy,
    /// First of the registers of a call: `n` arguments, which the callee's window starts with. Each is used as `Any`, or as
    /// the callee declares when it is known. What stands above them is free for the callee.
    Arguments,
    /// First of `n` consecutive registers that are read as `Any`.
    Registers,
    /// A 16-bit signed immediate.
    Immediate,
    /// A 32-bit signed immediate in `b` and `c`; `c` itself is then [`Operand::Unused`] in the table.
    WideImmediate,
    /// A 16-bit signed jump, counted from the next instruction.
    Jump,
    /// A 32-bit signed jump in `b` and `c`.
    WideJump,
    /// Index into the program's numbers.
    NumberConstant,
    /// Index into the program's strings.
    StringConstant,
    /// Index of a function.
    Function,
    /// Index of a class.
    Class,
    /// Index of a shape of object literals.
    Shape,
    /// Index of a run-time type.
    Type,
    /// Index of a built-in the program uses.
    Builtin,
    /// Index of a native function the program uses.
    Native,
    /// Index of a global.
    Global,
    /// Index of a capture of the running function.
    Capture,
    /// Index of a property site of the running function: name and inline cache.
    Site,
    /// One of [`Special`].
    Special,
    /// A [`Representation`] as the run-time kind of a new array: `Int`, `Number` or `Any`.
    ElementKind,
    /// A count in `n`.
    Count,
}

/// Constants that are no numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Special {
    /// `null`.
    Null = 0,
    /// `false`.
    False = 1,
    /// `true`.
    True = 2,
    /// An argument that was not given.
    Absent = 3,
}

use Operand::*;
use Representation::{Any, Boolean, Int, Number, Reference};

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $name:ident ($n:expr, $a:expr, $b:expr, $c:expr);)+) => {
        /// What an instruction does. The operands are documented as the row of the table gives them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Operation { $($(#[doc = $doc])+ $name),+ }

        impl Operation {
            /// Every operation, in the order of their numbers.
            pub const ALL: &'static [Operation] = &[$(Operation::$name),+];

            /// Its name, for dumps.
            pub const fn name(self) -> &'static str {
                match self { $(Operation::$name => stringify!($name)),+ }
            }

            /// What `n`, `a`, `b` and `c` hold.
            pub const fn operands(self) -> [Operand; 4] {
                match self { $(Operation::$name => [$n, $a, $b, $c]),+ }
            }
        }
    };
}

operations! {
    // Moves and constants.
    /// Copies `b` to `a`.
    Move (Unused, DefineCopy, Use(Any), Unused);
    /// An int.
    LoadInt (Unused, Define(Int), WideImmediate, Unused);
    /// A double from the program's numbers.
    LoadNumber (Unused, Define(Number), NumberConstant, Unused);
    /// A string from the program's strings.
    LoadString (Unused, Define(Reference), StringConstant, Unused);
    /// `false` or `true`.
    LoadBoolean (Unused, Define(Boolean), Special, Unused);
    /// `null` or absent.
    LoadSpecial (Unused, Define(Any), Special, Unused);
    /// A module variable, as it is; throws `ReferenceError` before its initialiser ran.
    GetGlobal (Unused, Define(Any), Global, Unused);
    /// Sets a module variable.
    SetGlobal (Unused, Use(Any), Global, Unused);

    // Checked conversions from any value; what does not fit throws `TypeError`.
    /// An int; a double with an integral value in range is *not* accepted.
    CheckInt (Unused, Define(Int), Use(Any), Unused);
    /// A double; an int is converted.
    CheckNumber (Unused, Define(Number), Use(Any), Unused);
    /// A boolean.
    CheckBoolean (Unused, Define(Boolean), Use(Any), Unused);
    /// A heap object.
    CheckReference (Unused, Define(Reference), Use(Any), Unused);
    /// Exact.
    IntToNumber (Unused, Define(Number), Use(Int), Unused);
    /// False for false, 0, NaN, "" and null.
    Truthy (Unused, Define(Boolean), Use(Any), Unused);
    /// Text as template strings make it.
    ToText (Unused, Define(Reference), Use(Any), Unused);
    /// Whether `b` has type `c`.
    TestType (Unused, Define(Boolean), Use(Any), Type);
    /// `b` if it has type `c` (ints become numbers where the type says number), else `TypeError`.
    Cast (Unused, Define(Any), Use(Any), Type);
    /// The name that `typeof` gives.
    TypeOf (Unused, Define(Reference), Use(Any), Unused);
    /// Whether `b` is absent.
    IsAbsent (Unused, Define(Boolean), Use(Any), Unused);

    // Int arithmetic: wraps at 32 bits.
    /// `a = b + c`.
    AddInt (Unused, Define(Int), Use(Int), Use(Int));
    /// `a = b + immediate`.
    AddIntImmediate (Unused, Define(Int), Use(Int), Immediate);
    /// `a = b - c`.
    SubtractInt (Unused, Define(Int), Use(Int), Use(Int));
    /// `a = b * c`.
    MultiplyInt (Unused, Define(Int), Use(Int), Use(Int));
    /// Truncates; throws for 0.
    DivideInt (Unused, Define(Int), Use(Int), Use(Int));
    /// Sign of the dividend; throws for 0.
    RemainderInt (Unused, Define(Int), Use(Int), Use(Int));
    /// Wrapping power.
    PowerInt (Unused, Define(Int), Use(Int), Use(Int));
    /// `a = -b`.
    NegateInt (Unused, Define(Int), Use(Int), Unused);
    /// `a = b & c`.
    BitAnd (Unused, Define(Int), Use(Int), Use(Int));
    /// `a = b | c`.
    BitOr (Unused, Define(Int), Use(Int), Use(Int));
    /// `a = b ^ c`.
    BitXor (Unused, Define(Int), Use(Int), Use(Int));
    /// `a = ~b`.
    BitNot (Unused, Define(Int), Use(Int), Unused);
    /// `a = b << (c & 31)`.
    ShiftLeft (Unused, Define(Int), Use(Int), Use(Int));
    /// Arithmetic.
    ShiftRight (Unused, Define(Int), Use(Int), Use(Int));
    /// Logical.
    ShiftRightUnsigned (Unused, Define(Int), Use(Int), Use(Int));

    // Number arithmetic: IEEE.
    /// `a = b + c`.
    AddNumber (Unused, Define(Number), Use(Number), Use(Number));
    /// `a = b - c`.
    SubtractNumber (Unused, Define(Number), Use(Number), Use(Number));
    /// `a = b * c`.
    MultiplyNumber (Unused, Define(Number), Use(Number), Use(Number));
    /// `a = b / c`.
    DivideNumber (Unused, Define(Number), Use(Number), Use(Number));
    /// C's `fmod`.
    RemainderNumber (Unused, Define(Number), Use(Number), Use(Number));
    /// ECMAScript's `**`.
    PowerNumber (Unused, Define(Number), Use(Number), Use(Number));
    /// `a = -b`.
    NegateNumber (Unused, Define(Number), Use(Number), Unused);
    /// `a = n + b * c`, each rounded; register `n` is below 256.
    MultiplyAddNumber (Use(Number), Define(Number), Use(Number), Use(Number));
    /// `a = n - b * c`, each rounded; register `n` is below 256.
    MultiplySubtractNumber (Use(Number), Define(Number), Use(Number), Use(Number));
    /// `Math.sqrt`.
    SquareRoot (Unused, Define(Number), Use(Number), Unused);
    /// `Math.abs` of a number.
    AbsoluteNumber (Unused, Define(Number), Use(Number), Unused);
    /// Rounds down; still a number.
    FloorNumber (Unused, Define(Number), Use(Number), Unused);

    // Comparisons to booleans.
    /// `!b`.
    Not (Unused, Define(Boolean), Use(Boolean), Unused);
    /// `b == c`.
    EqualInt (Unused, Define(Boolean), Use(Int), Use(Int));
    /// `b < c`.
    LessInt (Unused, Define(Boolean), Use(Int), Use(Int));
    /// `b <= c`.
    LessEqualInt (Unused, Define(Boolean), Use(Int), Use(Int));
    /// `b == c`; NaN equals nothing.
    EqualNumber (Unused, Define(Boolean), Use(Number), Use(Number));
    /// `b < c`.
    LessNumber (Unused, Define(Boolean), Use(Number), Use(Number));
    /// `b <= c`.
    LessEqualNumber (Unused, Define(Boolean), Use(Number), Use(Number));
    /// -1, 0 or 1 as `b` is less than, equal to or greater than `c`.
    OrderInt (Unused, Define(Int), Use(Int), Use(Int));
    /// -1, 0 or 1 as `b` is less than, equal to or greater than `c`; 0 where one is NaN.
    OrderNumber (Unused, Define(Number), Use(Number), Use(Number));
    /// Without coercion: strings by content, objects by identity, int and number by value.
    Equal (Unused, Define(Boolean), Use(Any), Use(Any));
    /// Strings by UTF-16 code units.
    LessString (Unused, Define(Boolean), Use(Reference), Use(Reference));
    /// Strings by UTF-16 code units.
    LessEqualString (Unused, Define(Boolean), Use(Reference), Use(Reference));

    // Jumps. Backward jumps and calls are where a running program can be interrupted.
    /// Always.
    Jump (Unused, Unused, WideJump, Unused);
    /// If `a`.
    JumpIfTrue (Unused, Use(Boolean), WideJump, Unused);
    /// Unless `a`.
    JumpIfFalse (Unused, Use(Boolean), WideJump, Unused);
    /// If `a` is null.
    JumpIfNull (Unused, Use(Any), WideJump, Unused);
    /// If `a` is not null.
    JumpIfNotNull (Unused, Use(Any), WideJump, Unused);
    /// If `a == b`.
    JumpEqualInt (Unused, Use(Int), Use(Int), Operand::Jump);
    /// If `a != b`.
    JumpNotEqualInt (Unused, Use(Int), Use(Int), Operand::Jump);
    /// If `a < b`.
    JumpLessInt (Unused, Use(Int), Use(Int), Operand::Jump);
    /// If `a <= b`.
    JumpLessEqualInt (Unused, Use(Int), Use(Int), Operand::Jump);
    /// If `a == immediate b`.
    JumpEqualIntImmediate (Unused, Use(Int), Immediate, Operand::Jump);
    /// If `a != immediate b`.
    JumpNotEqualIntImmediate (Unused, Use(Int), Immediate, Operand::Jump);
    /// If `a < immediate b`.
    JumpLessIntImmediate (Unused, Use(Int), Immediate, Operand::Jump);
    /// If `a <= immediate b`.
    JumpLessEqualIntImmediate (Unused, Use(Int), Immediate, Operand::Jump);
    /// If `a > immediate b`.
    JumpGreaterIntImmediate (Unused, Use(Int), Immediate, Operand::Jump);
    /// If `a >= immediate b`.
    JumpGreaterEqualIntImmediate (Unused, Use(Int), Immediate, Operand::Jump);
    /// Adds the signed count `n` to `a`; then, if `a < b`.
    StepJumpLessInt (Count, Use(Int), Use(Int), Operand::Jump);
    /// Adds the signed count `n` to `a`; then, if `a < immediate b`.
    StepJumpLessIntImmediate (Count, Use(Int), Immediate, Operand::Jump);
    /// If `a == b`.
    JumpEqualNumber (Unused, Use(Number), Use(Number), Operand::Jump);
    /// Unless `a == b`.
    JumpNotEqualNumber (Unused, Use(Number), Use(Number), Operand::Jump);
    /// If `a < b`.
    JumpLessNumber (Unused, Use(Number), Use(Number), Operand::Jump);
    /// If `a <= b`.
    JumpLessEqualNumber (Unused, Use(Number), Use(Number), Operand::Jump);
    /// Unless `a < b`: also when one is NaN.
    JumpNotLessNumber (Unused, Use(Number), Use(Number), Operand::Jump);
    /// Unless `a <= b`: also when one is NaN.
    JumpNotLessEqualNumber (Unused, Use(Number), Use(Number), Operand::Jump);
    /// If `a` equals `b` without coercion.
    JumpEqual (Unused, Use(Any), Use(Any), Operand::Jump);
    /// Unless `a` equals `b` without coercion.
    JumpNotEqual (Unused, Use(Any), Use(Any), Operand::Jump);

    // Strings.
    /// `b` followed by `c`.
    Concatenate (Unused, Define(Reference), Use(Reference), Use(Reference));
    /// `b` followed by the text of `c`, as template strings make it.
    ConcatenateText (Unused, Define(Reference), Use(Reference), Use(Any));
    /// Number of UTF-16 code units.
    StringLength (Unused, Define(Int), Use(Reference), Unused);
    /// The code unit at index `c`; out of range gives NaN, so it is a number.
    CharCodeAt (Unused, Define(Number), Use(Reference), Use(Int));

    // Objects.
    /// A plain object of shape `b`, its properties from `n` registers at `c`.
    NewObject (Count, Define(Reference), Shape, Registers);
    /// An instance of class `b`, its fields absent until its constructor sets them.
    NewInstance (Unused, Define(Reference), Class, Unused);
    /// Property `c` of `b`; an accessor is called. What the site expects is checked by a `Check*` that follows.
    GetProperty (Unused, Define(Any), Use(Any), Site);
    /// Property `c` of `b`, checked to be an int.
    GetPropertyInt (Unused, Define(Int), Use(Any), Site);
    /// Property `c` of `b`, checked to be a number; an int is converted.
    GetPropertyNumber (Unused, Define(Number), Use(Any), Site);
    /// Property `c` of `b`, checked to be a boolean.
    GetPropertyBoolean (Unused, Define(Boolean), Use(Any), Site);
    /// Property `c` of `b`, checked to be a heap object.
    GetPropertyReference (Unused, Define(Reference), Use(Any), Site);
    /// Sets property `c` of `a` to `b`; an accessor is called; a field whose representation it does not fit throws.
    SetProperty (Unused, Use(Any), Use(Any), Site);
    /// Sets the property named by the string `b` of the plain object `a` to `c`.
    SetPropertyComputed (Unused, Use(Any), Use(Reference), Use(Any));
    /// Copies all properties of `b` (null: none) to the plain object `a`.
    CopyProperties (Unused, Use(Reference), Use(Any), Unused);
    /// A class as a value.
    LoadClass (Unused, Define(Reference), Class, Unused);

    // Arrays.
    /// An array of element kind `b` from `n` registers at `c`.
    NewArray (Count, Define(Reference), ElementKind, Registers);
    /// Number of elements.
    ArrayLength (Unused, Define(Int), Use(Reference), Unused);
    /// Element `c` of `b`; out of bounds throws `RangeError`.
    GetElement (Unused, Define(Any), Use(Reference), Use(Int));
    /// Element `c` of `b`, checked to be an int.
    GetElementInt (Unused, Define(Int), Use(Reference), Use(Int));
    /// Element `c` of `b`, checked to be a number; an int is converted.
    GetElementNumber (Unused, Define(Number), Use(Reference), Use(Int));
    /// Element `c` of `b`, checked to be a heap object.
    GetElementReference (Unused, Define(Reference), Use(Reference), Use(Int));
    /// Sets element `b` of `a` to `c`.
    SetElement (Unused, Use(Reference), Use(Int), Use(Any));
    /// Appends `b` to the array `a`.
    ArrayPush (Unused, Use(Reference), Use(Any), Unused);
    /// Appends all elements of the array `b` to the array `a`.
    ArrayAppend (Unused, Use(Reference), Use(Any), Unused);

    // Iteration of maps, sets, strings, bytes.
    /// An iterator over `b`: internal, never visible to programs.
    Iterate (Unused, Define(Reference), Use(Any), Unused);
    /// The next value of iterator `b` in `a`, or absent at the end.
    IterateNext (Unused, Define(Any), Use(Reference), Unused);

    // Functions.
    /// A closure of function `b` over `n` cells and values in registers at `c`.
    NewClosure (Count, Define(Reference), Function, Registers);
    /// A capture of the running function, as it is.
    GetCapture (Unused, Define(Any), Capture, Unused);
    /// A cell that holds `b`: a variable captured by reference.
    NewCell (Unused, Define(Reference), Use(Any), Unused);
    /// What the cell `b` holds.
    GetCell (Unused, Define(Any), Use(Reference), Unused);
    /// Makes the cell `a` hold `b`.
    SetCell (Unused, Use(Reference), Use(Any), Unused);
    /// What the cell in capture `b` holds.
    GetCapturedCell (Unused, Define(Any), Capture, Unused);
    /// Makes the cell in capture `b` hold `a`.
    SetCapturedCell (Unused, Use(Any), Capture, Unused);
    /// A native function as a value.
    LoadNative (Unused, Define(Reference), Native, Unused);
    /// A built-in as a value.
    LoadBuiltin (Unused, Define(Reference), Builtin, Unused);

    // Calls: arguments stand in `n` registers at `c`; the result goes to `a`.
    /// Function `b`, known: its direct entry, with exactly its parameters in their representations. The result has the
    /// function's representation.
    CallFunction (Count, Define(Any), Function, Arguments);
    /// The closure in the register before the first argument (`c - 1`): its checked entry. `b` is unused.
    CallValue (Count, Define(Any), Unused, Arguments);
    /// The member of argument 0 that site `b` names.
    CallMethod (Count, Define(Any), Site, Arguments);
    /// Built-in `b`.
    CallBuiltin (Count, Define(Any), Builtin, Arguments);
    /// Native function `b`; the result is checked against its declared type.
    CallNative (Count, Define(Any), Native, Arguments);
    /// The closure `b` with the elements of array `c`.
    CallValueSpread (Unused, Define(Any), Use(Any), Use(Reference));
    /// The member that site `b` names, found on the first element of array `c`, with the other elements as arguments.
    CallMethodSpread (Unused, Define(Any), Site, Use(Reference));
    /// Built-in `b` with the elements of array `c`.
    CallBuiltinSpread (Unused, Define(Any), Builtin, Use(Reference));
    /// Gives `a` to the caller. Its representation is the function's.
    Return (Unused, Use(Any), Unused, Unused);
    /// Gives null to the caller.
    ReturnNull (Unused, Unused, Unused, Unused);
    /// Throws `a`.
    Throw (Unused, Use(Any), Unused, Unused);

    // Tasks.
    /// Starts the closure `b` as a task.
    StartTask (Unused, Define(Reference), Use(Any), Unused);
    /// Waits for `b`.
    Await (Unused, Define(Any), Use(Any), Unused);
}

impl Operation {
    /// The operation with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }

    /// Whether control never reaches the next instruction.
    pub fn ends_block(self) -> bool {
        matches!(self, Operation::Jump | Operation::Return | Operation::ReturnNull | Operation::Throw)
    }
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(8))]
pub struct Instruction {
    /// What it does.
    pub operation: Operation,
    /// A small count.
    pub n: u8,
    /// First operand.
    pub a: u16,
    /// Second operand.
    pub b: u16,
    /// Third operand.
    pub c: u16,
}

impl Instruction {
    /// An instruction with four operand fields.
    pub const fn new(operation: Operation, n: u8, a: u16, b: u16, c: u16) -> Self {
        Instruction { operation, n, a, b, c }
    }

    /// An instruction whose `b` and `c` are one 32-bit immediate, low half first.
    pub const fn wide(operation: Operation, a: u16, immediate: i32) -> Self {
        Instruction { operation, n: 0, a, b: immediate as u16, c: (immediate as u32 >> 16) as u16 }
    }

    /// The 32-bit immediate of `b` and `c`.
    pub const fn wide_immediate(self) -> i32 {
        (self.b as u32 | (self.c as u32) << 16) as i32
    }
}

const _: () = assert!(size_of::<Instruction>() == 8);
const _: () = assert!(Operation::ALL.len() <= 256);
