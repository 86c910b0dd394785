//! The typed program: what checking gives, and what machine code or bytecode can be made from.
//!
//! It is a tree of its own, not an annotated syntax tree: names are resolved, overloads and built-ins chosen, conversions
//! explicit, destructuring, default parameters and compound assignments spelled out. Nothing in it needs the type checker
//! again. Every expression says in which [`Representation`] its value arrives; wherever a consumer needs another one there
//! is a [`ExpressionKind::Convert`]. Evaluation order is the order of the fields.

use std::rc::Rc;

use raya_abi::{Representation, RuntimeType, RuntimeTypeId};
use raya_source::Span;

/// Index into [`TypedProgram::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);
/// Index into [`TypedProgram::classes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);
/// Index into [`TypedProgram::globals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GlobalId(pub u32);
/// Index into [`TypedProgram::natives`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NativeId(pub u32);
/// Index into [`Function::locals`] of the function it appears in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(pub u32);
/// Names a statement that `break` or `continue` may refer to; unique within a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelId(pub u32);

/// A whole program: the app's modules and what they use of the prelude and the standard modules.
#[derive(Debug, Default)]
pub struct TypedProgram {
    /// All functions, methods, arrows and module bodies; what is never reached may be present and is not lowered.
    pub functions: Vec<Function>,
    /// All classes; a base comes before what derives from it.
    pub classes: Vec<Class>,
    /// Variables of modules, and static members.
    pub globals: Vec<Global>,
    /// Functions of native modules that the program names.
    pub natives: Vec<NativeFunction>,
    /// Types that are tested when the program runs.
    pub types: Vec<RuntimeType>,
    /// Bodies of all modules in evaluation order; the last is the entry module's, whose result is the program's value.
    pub module_bodies: Vec<FunctionId>,
}

/// A variable of a module, or a static member of a class.
#[derive(Debug)]
pub struct Global {
    /// For diagnostics and dumps: `module.name` or `Class.name`.
    pub name: Rc<str>,
    /// What it holds. Reading it before its initialiser ran throws, whatever the representation.
    pub representation: Representation,
    /// Whether it is assigned more than once.
    pub reassigned: bool,
    /// Whether a function other than its module's body uses it. If not, it may live in a register.
    pub shared: bool,
    /// The module whose body initialises it: index into [`TypedProgram::module_bodies`].
    pub module: u32,
}

/// A function of a native module.
#[derive(Debug)]
pub struct NativeFunction {
    /// Module name, without `native:`.
    pub module: Rc<str>,
    /// Function name as exported.
    pub name: Rc<str>,
    /// Representation each argument is passed in.
    pub parameters: Vec<Representation>,
    /// Type each argument was declared with, checked again at the boundary's edge where it is cheap.
    pub parameter_types: Vec<RuntimeTypeId>,
    /// What the result is checked against before the program sees it.
    pub result: RuntimeTypeId,
    /// Representation of the result after that check.
    pub representation: Representation,
    /// Declared `Result<T, E>`: an error is a value instead of being thrown; `result` is then the type of `T`.
    pub returns_result: bool,
    /// Canonical text of the signature, for the descriptor check: `(path: string) => string`.
    pub signature: Rc<str>,
    /// Where it was declared.
    pub span: Span,
}

/// A class. Its fields and methods include the inherited ones, inherited first.
#[derive(Debug)]
pub struct Class {
    /// Its name, for printing and errors.
    pub name: Rc<str>,
    /// What it extends.
    pub base: Option<ClassId>,
    /// Fields in layout order; the base's are a prefix. `#x` keeps its sign, with the class name where two would clash.
    pub fields: Vec<Field>,
    /// Methods and accessors that instances have, overridden ones replaced in place.
    pub members: Vec<Member>,
    /// Runs on a fresh instance: initialises fields, calls the base's, runs the body. Parameter 0 is `this`.
    pub constructor: FunctionId,
    /// Where it is declared.
    pub span: Span,
}

/// A field of a class.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: Rc<str>,
    /// What it holds. Stores through other types are checked against it.
    pub representation: Representation,
}

/// A method or accessor of a class; parameter 0 of each function is `this`.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name.
    pub name: Rc<str>,
    /// What it is.
    pub kind: MemberKind,
}

/// What a member is.
#[derive(Debug, Clone, Copy)]
pub enum MemberKind {
    /// A method.
    Method(FunctionId),
    /// A property computed when read, when written, or both.
    Accessor {
        /// Runs when it is read.
        get: Option<FunctionId>,
        /// Runs when it is written.
        set: Option<FunctionId>,
    },
}

/// A function, method, arrow or module body.
#[derive(Debug)]
pub struct Function {
    /// For stack traces; `<anonymous>` when it has none, `<module>` for a module's body.
    pub name: Rc<str>,
    /// Parameters in order; for methods and constructors the first is `this`.
    pub parameters: Vec<LocalId>,
    /// The last parameter is an array of the remaining arguments. Direct callers build it; for calls through a value
    /// the VM does.
    pub rest: bool,
    /// All variables of the body.
    pub locals: Vec<Local>,
    /// Variables of the enclosing function that this one uses, by reference.
    pub captures: Vec<Variable>,
    /// The body. Falling off its end returns null.
    pub body: Vec<Statement>,
    /// Representation of what it returns; `Any` for functions that return nothing.
    pub result: Representation,
    /// Calling it starts a task: its body returns `Any`, what the task gives; a call of it gives the task (`Reference`).
    pub is_async: bool,
    /// Where it is declared.
    pub span: Span,
}

/// A variable of a function.
#[derive(Debug)]
pub struct Local {
    /// Its name; temporaries have names that start with `%`.
    pub name: Rc<str>,
    /// What it holds.
    pub representation: Representation,
    /// Assigned after its initialisation. A captured variable that is not can be captured by value.
    pub reassigned: bool,
    /// Captured by an inner function.
    pub captured: bool,
}

/// A variable as the function that uses it sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// One of its own.
    Local(LocalId),
    /// Index into [`Function::captures`].
    Capture(u32),
    /// A module's.
    Global(GlobalId),
}

/// A statement.
#[derive(Debug)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// Where it stands.
    pub span: Span,
}

/// What a statement does.
#[derive(Debug)]
pub enum StatementKind {
    /// Evaluates and drops.
    Expression(Expression),
    /// Brings a fresh local to life (each time it is reached: closures of earlier turns keep theirs). Without a value it
    /// is null, which the checker allows only where it is assigned before it is read or where its type has null.
    Let(LocalId, Option<Expression>),
    /// Initialises a module variable.
    InitializeGlobal(GlobalId, Expression),
    /// A group; `label` may be the target of `break`.
    Block {
        /// The label, if it has one.
        label: Option<LabelId>,
        /// Its statements.
        body: Vec<Statement>,
    },
    /// The condition is a boolean.
    If(Expression, Vec<Statement>, Vec<Statement>),
    /// All three-part, `while` and `do` loops.
    Loop(Loop),
    /// `for (… of …)`.
    ForOf(ForOf),
    /// `switch` with fall-through.
    Switch(Switch),
    /// At least one of `catch` and `finally` is present.
    Try {
        /// What is tried.
        body: Vec<Statement>,
        /// The caught value's local (representation `Any`) and the handler.
        catch: Option<(LocalId, Vec<Statement>)>,
        /// Runs on every path out.
        finally: Option<Vec<Statement>>,
    },
    /// Throws any value.
    Throw(Expression),
    /// Returns; the value has the function's result representation.
    Return(Option<Expression>),
    /// Leaves the labelled loop, block or switch.
    Break(LabelId),
    /// Goes on with the labelled loop's next turn.
    Continue(LabelId),
}

/// A loop other than `for … of`.
#[derive(Debug)]
pub struct Loop {
    /// What `break` and `continue` name.
    pub label: LabelId,
    /// Tested before each turn (after each, if `test_last`); `None` is endless.
    pub condition: Option<Expression>,
    /// `do … while`.
    pub test_last: bool,
    /// Runs after each turn, also after `continue`.
    pub update: Option<Expression>,
    /// Locals declared before the loop of which each turn has a copy of its own, because they are captured.
    pub fresh_each_turn: Vec<LocalId>,
    /// The body.
    pub body: Vec<Statement>,
}

/// `for (binding of iterated) body`.
#[derive(Debug)]
pub struct ForOf {
    /// What `break` and `continue` name.
    pub label: LabelId,
    /// What is iterated and how.
    pub kind: Iteration,
    /// What is iterated.
    pub iterated: Expression,
    /// Fresh each turn; its representation is the element's (the VM checks elements against it).
    pub binding: LocalId,
    /// The body; destructuring of the binding is its first statements.
    pub body: Vec<Statement>,
}

/// How `for … of` steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Iteration {
    /// By index while below the current length.
    Array,
    /// By code point; the binding is a string.
    String,
    /// Entries of a `Map` as `[key, value]` arrays, in insertion order, seeing additions made meanwhile.
    Map,
    /// Members of a `Set`, likewise; keys or values of a `Map`.
    Set,
    /// Bytes of a `Uint8Array`.
    Bytes,
    /// An object whose `next()` gives `{ done, value }`; the checker already called the method that makes it.
    Iterator,
}

/// `switch`: the first case equal to the scrutinee starts, then bodies run on until `break`.
#[derive(Debug)]
pub struct Switch {
    /// What `break` names.
    pub label: LabelId,
    /// Evaluated once into this local.
    pub scrutinee: (LocalId, Expression),
    /// Cases in source order: a boolean test that reads the scrutinee's local (`None` for `default`), and the body.
    pub cases: Vec<(Option<Expression>, Vec<Statement>)>,
}

/// An expression.
#[derive(Debug)]
pub struct Expression {
    /// What it computes.
    pub kind: ExpressionKind,
    /// How its value arrives.
    pub representation: Representation,
    /// Where it stands, for stack traces.
    pub span: Span,
}

/// What an expression computes.
#[derive(Debug)]
pub enum ExpressionKind {
    /// `null`.
    Null,
    /// Stands for an argument that was not given, where the parameter is optional.
    Absent,
    /// A boolean.
    Boolean(bool),
    /// A 32-bit integer.
    Int(i32),
    /// A double.
    Number(f64),
    /// A string.
    String(Rc<str>),
    /// A regular expression: pattern and flags, checked for syntax.
    RegularExpression(Rc<str>, Rc<str>),
    /// Reads a variable.
    Read(Variable),
    /// Writes a variable; the value of the expression is what was written.
    Assign(Variable, Box<Expression>),
    /// Whether a parameter's argument was absent. The local is a parameter of representation `Any`.
    IsAbsent(LocalId),
    /// One operand.
    Unary(UnaryOperator, Box<Expression>),
    /// Two operands of the representations that the operator names.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `&&`, `||`, `??` giving one of the operands; both sides have the representation of the whole.
    Logical(LogicalOperator, Box<Expression>, Box<Expression>),
    /// `condition ? then : otherwise`; the condition is a boolean.
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
    /// Runs statements, then gives the value of the expression.
    Sequence(Vec<Statement>, Box<Expression>),
    /// A change of representation.
    Convert(Conversion, Box<Expression>),
    /// Whether a value has a type; gives a boolean.
    TypeTest(Box<Expression>, RuntimeTypeId),
    /// The value, after a check that throws `TypeError` naming what was found. An int that is cast to `number` becomes one.
    Cast(Box<Expression>, RuntimeTypeId),
    /// An array literal. `element` is the run-time kind of the new array (`Int`, `Number` or `Any`).
    Array {
        /// How its elements are stored.
        element: Representation,
        /// Its parts in order.
        parts: Vec<ArrayPart>,
    },
    /// An object literal.
    Object(Vec<ObjectPart>),
    /// A property of an object, found by name through an inline cache; absent optional ones read as null. Receivers may be
    /// class instances, plain objects, and for `length` strings, arrays and bytes.
    GetProperty(Box<Expression>, Rc<str>),
    /// Writes a property; gives the value. Adds it where the object is plain and lacks it.
    SetProperty(Box<Expression>, Rc<str>, Box<Expression>),
    /// Removes nothing and adds nothing: an array element (tuples too). The index is an int; out of bounds throws.
    GetElement(Box<Expression>, Box<Expression>),
    /// Writes an array element; gives the value.
    SetElement(Box<Expression>, Box<Expression>, Box<Expression>),
    /// Calls a function known now. Arguments match its parameters one to one: `Absent` where not given, rest packed.
    CallFunction(FunctionId, Vec<Expression>),
    /// Calls a function value.
    CallValue(Box<Expression>, Arguments),
    /// Calls a member found by name through an inline cache: a method, or a field that holds a function.
    CallMethod(Box<Expression>, Rc<str>, Arguments),
    /// Calls a built-in by its name in the prelude (`String.indexOf`); a method's receiver is the first argument, and
    /// the arguments of a rest parameter follow one by one.
    CallBuiltin(Rc<str>, Arguments),
    /// Calls a native module's function; missing optional arguments are left out.
    CallNative(NativeId, Vec<Expression>),
    /// Makes an instance and runs its constructor; arguments match the constructor's parameters after `this`.
    New(ClassId, Vec<Expression>),
    /// A new closure of a function, capturing what it names.
    Closure(FunctionId),
    /// The one instance of a class without a base that has fields of its own, made when first needed: a class as a value
    /// is the instance of its static side, whose name starts with `class `.
    ClassValue(ClassId),
    /// A native module's function as a value.
    NativeValue(NativeId),
    /// A built-in as a value.
    BuiltinValue(Rc<str>),
    /// Waits for a task, or for each of an array of tasks; other values are given back.
    Await(Box<Expression>),
    /// Starts a call as a task: the closure is called with no arguments.
    Start(Box<Expression>),
}

/// Arguments of a call whose callee is not known to the compiler.
#[derive(Debug)]
pub enum Arguments {
    /// One register each.
    Fixed(Vec<Expression>),
    /// An array that holds them all: some were spread.
    Spread(Box<Expression>),
}

/// A part of an array literal.
#[derive(Debug)]
pub enum ArrayPart {
    /// One element.
    Element(Expression),
    /// All elements of an array.
    Spread(Expression),
}

/// A part of an object literal.
#[derive(Debug)]
pub enum ObjectPart {
    /// A property.
    Property(Rc<str>, Expression),
    /// A property whose name is computed when the program runs (a string).
    Computed(Expression, Expression),
    /// All properties of an object; null spreads nothing.
    Spread(Expression),
}

/// A change of representation, or of kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// Int to number: exact.
    IntToNumber,
    /// Anything to `Any`: the slot already describes itself.
    Forget,
    /// `Any` to the representation of the result, or `TypeError`. An int becomes a number where a number is wanted.
    Check,
    /// Any value to boolean: false for false, 0, NaN, "" and null.
    Truthiness,
    /// Any value to string, as template strings do.
    Text,
}

/// Operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// Wrapping.
    NegateInt,
    /// IEEE.
    NegateNumber,
    /// Boolean.
    Not,
    /// Int, all bits.
    BitNot,
    /// The name `typeof` gives: a string.
    TypeOf,
}

/// Operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// Int arithmetic wraps; division and remainder by 0 throw.
    AddInt,
    /// Wrapping.
    SubtractInt,
    /// Wrapping.
    MultiplyInt,
    /// Truncates toward zero.
    DivideInt,
    /// Sign of the dividend.
    RemainderInt,
    /// Wrapping; a negative exponent gives the truncated result.
    PowerInt,
    /// IEEE.
    AddNumber,
    /// IEEE.
    SubtractNumber,
    /// IEEE.
    MultiplyNumber,
    /// IEEE.
    DivideNumber,
    /// Sign of the dividend, as C's `fmod`.
    RemainderNumber,
    /// IEEE with ECMAScript's special cases.
    PowerNumber,
    /// Ints.
    BitAnd,
    /// Ints.
    BitOr,
    /// Ints.
    BitXor,
    /// Ints; the count is taken modulo 32.
    ShiftLeft,
    /// Ints, arithmetic.
    ShiftRight,
    /// Ints, logical; the result is reinterpreted as int.
    ShiftRightUnsigned,
    /// Two strings.
    Concatenate,
    /// Ints to boolean.
    EqualInt,
    /// Numbers to boolean; NaN equals nothing.
    EqualNumber,
    /// Any two values without coercion: strings by content, objects by identity, int and number by value.
    Equal,
    /// Ints to boolean.
    LessInt,
    /// Ints to boolean.
    LessEqualInt,
    /// Numbers to boolean.
    LessNumber,
    /// Numbers to boolean.
    LessEqualNumber,
    /// Strings by UTF-16 code units, to boolean.
    LessString,
    /// Strings by UTF-16 code units, to boolean.
    LessEqualString,
}

/// Operators that may not evaluate their right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogicalOperator {
    /// The left if it is falsy, else the right.
    And,
    /// The left if it is truthy, else the right.
    Or,
    /// The left if it is not null, else the right.
    Coalesce,
}
