//! Expressions.

use raya_source::Span;

use super::{Class, Function, Name, NodeId, Pattern, PropertyKey, Text, Type};

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where it stands. Parentheses around it belong to the enclosing [`ExpressionKind::Parenthesized`].
    pub span: Span,
    /// Its id.
    pub id: NodeId,
}

impl Expression {
    /// The expression inside any number of parentheses.
    pub fn without_parentheses(&self) -> &Expression {
        let mut inner = self;
        while let ExpressionKind::Parenthesized(expression) = &inner.kind {
            inner = expression;
        }
        inner
    }
}

/// The kinds of expressions.
///
/// Optional chaining: each link that was written with `?.` has `optional: true`, and the whole chain is wrapped in one
/// [`ExpressionKind::Chain`]. When a link finds `null`, evaluation leaves to the `Chain`, which is then `null`. In
/// `a?.b.c(d)` the call, `.c` and `?.b` lie inside one `Chain`; in `(a?.b).c` the `Chain` ends at the parenthesis.
#[derive(Clone, Debug)]
pub enum ExpressionKind {
    /// A name that is read. `undefined` is [`ExpressionKind::Null`], not a name.
    Name(Text),
    /// `this`.
    This,
    /// `super`: only as the callee of a call or the object of a member or index.
    Super,
    /// `null` or `undefined`.
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// A literal of type `int`. `-2147483648` is one literal, its span includes the sign.
    Integer(i32),
    /// A literal of type `number`: with a fraction or exponent, or an integer that does not fit `int`.
    Number(f64),
    /// A string literal with escapes resolved.
    String(Text),
    /// `` `a${b}c` ``.
    Template(Box<Template>),
    /// `` tag`a${b}c` ``.
    TaggedTemplate {
        /// The function.
        tag: Box<Expression>,
        /// `<T>` after it.
        type_arguments: Vec<Type>,
        /// What it is given.
        template: Box<Template>,
    },
    /// `/pattern/flags`.
    RegularExpression(Box<RegularExpression>),
    /// `[a, ...b]`.
    Array(Vec<ArrayElement>),
    /// `{ a, b: 1, ...c, get d() {…} }`.
    Object(Vec<ObjectMember>),
    /// `function name?(…) {…}`.
    Function(Box<Function>),
    /// `(…) => …`, `async x => …`, `<T>(…) => …`.
    Arrow(Box<Arrow>),
    /// `class Name? {…}`.
    Class(Box<Class>),
    /// `-a`, `!a`, `typeof a`, …
    Unary {
        /// The operator.
        operator: UnaryOperator,
        /// What it applies to.
        operand: Box<Expression>,
    },
    /// `++a`, `a--`.
    Update {
        /// The operator.
        operator: UpdateOperator,
        /// Whether it stands before the operand, so that the value is the new one.
        prefix: bool,
        /// A name, member or index, possibly in parentheses or with `!`; anything else was reported.
        target: Box<Expression>,
    },
    /// `a + b`, `a == b`, `a instanceof B`, …
    Binary {
        /// The operator; `===` is `Equal`.
        operator: BinaryOperator,
        /// Where the operator stands.
        operator_span: Span,
        /// Evaluated first.
        left: Box<Expression>,
        /// Evaluated second.
        right: Box<Expression>,
    },
    /// `a && b`, `a || b`, `a ?? b`. Mixing `??` with the others without parentheses was reported.
    Logical {
        /// The operator.
        operator: LogicalOperator,
        /// Evaluated first.
        left: Box<Expression>,
        /// Evaluated only when `left` does not decide.
        right: Box<Expression>,
    },
    /// `test ? consequent : alternate`.
    Conditional {
        /// The condition.
        test: Box<Expression>,
        /// The value when it holds.
        consequent: Box<Expression>,
        /// The value otherwise.
        alternate: Box<Expression>,
    },
    /// `a = b`, `[a, b.c] = d`, `a += b`, `a ??= b`.
    Assign {
        /// The operator.
        operator: AssignmentOperator,
        /// What is assigned; array and object patterns only with plain `=`.
        target: Box<Pattern>,
        /// The right side.
        value: Box<Expression>,
    },
    /// `a, b`; at least two.
    Sequence(Vec<Expression>),
    /// `a.b`, `a?.b`.
    Member {
        /// The object.
        object: Box<Expression>,
        /// The property.
        property: Name,
        /// Whether this link was written `?.`.
        optional: bool,
    },
    /// `a.#b`, `a?.#b`.
    PrivateMember {
        /// The object.
        object: Box<Expression>,
        /// The private name without `#`.
        property: Name,
        /// Whether this link was written `?.`.
        optional: bool,
    },
    /// `a[b]`, `a?.[b]`.
    Index {
        /// The object.
        object: Box<Expression>,
        /// The index.
        index: Box<Expression>,
        /// Whether this link was written `?.`.
        optional: bool,
    },
    /// `a(b)`, `a?.<T>(b)`. `match(value, {…})` and `super(…)` are calls too.
    Call(Box<Call>),
    /// A whole chain that contains at least one optional link, see above. Never nested directly in another.
    Chain(Box<Expression>),
    /// `new A<T>(b)`; without parentheses the arguments are empty.
    New(Box<Call>),
    /// `a as T`.
    As {
        /// The value.
        expression: Box<Expression>,
        /// The type it is checked against when run.
        target: Box<Type>,
    },
    /// `a as const`.
    AsConst(Box<Expression>),
    /// `a satisfies T`.
    Satisfies {
        /// The value.
        expression: Box<Expression>,
        /// The type it is checked against when compiled.
        target: Box<Type>,
    },
    /// `a!`.
    NonNull(Box<Expression>),
    /// `await a`.
    Await(Box<Expression>),
    /// `async a.b(c)`: starts the call as a task. The operand is a [`ExpressionKind::Call`]; anything else was reported
    /// and stands as `Error`.
    Async(Box<Expression>),
    /// `(a)`.
    Parenthesized(Box<Expression>),
    /// Could not be parsed; reported.
    Error,
}

/// A template: `strings.len() == expressions.len() + 1`, alternating, strings first.
#[derive(Clone, Debug)]
pub struct Template {
    /// The literal parts with escapes resolved and line breaks as `\n`.
    pub strings: Vec<TemplateString>,
    /// The parts inside `${…}`.
    pub expressions: Vec<Expression>,
}

/// One literal part of a template.
#[derive(Clone, Debug)]
pub struct TemplateString {
    /// The value with escapes resolved.
    pub value: Text,
    /// Where the characters stand, without `` ` ``, `${` and `}`.
    pub span: Span,
}

/// `/pattern/flags` as written; the pattern is not examined further here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegularExpression {
    /// Between the slashes.
    pub pattern: Text,
    /// After them: distinct letters of `dgimsuvy`.
    pub flags: Text,
}

/// `callee<T>(a, ...b)`.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is called.
    pub callee: Expression,
    /// `<T>`; empty when not written.
    pub type_arguments: Vec<Type>,
    /// The arguments in order.
    pub arguments: Vec<Argument>,
    /// Whether this link was written `?.(`; always false for `new`.
    pub optional: bool,
    /// From `(` to `)`; empty, at the end, for a `new` without parentheses.
    pub arguments_span: Span,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The `...` before it, where it is spread.
    pub spread: Option<Span>,
    /// The value.
    pub value: Expression,
}

/// An element of an array literal.
#[derive(Clone, Debug)]
pub struct ArrayElement {
    /// The `...` before it, where it is spread.
    pub spread: Option<Span>,
    /// The value; a hole (`[a, , b]`) was reported and is `Error`.
    pub value: Expression,
}

/// A member of an object literal.
#[derive(Clone, Debug)]
pub struct ObjectMember {
    /// What it is.
    pub kind: ObjectMemberKind,
    /// Where it stands, without the comma.
    pub span: Span,
}

/// The kinds of members of an object literal.
#[derive(Clone, Debug)]
pub enum ObjectMemberKind {
    /// `key: value`.
    Property {
        /// The key.
        key: PropertyKey,
        /// The value.
        value: Expression,
    },
    /// `name`; `value` is the name read, with the same span.
    Shorthand {
        /// The key.
        name: Name,
        /// The name as an expression.
        value: Expression,
    },
    /// `key(…) {…}`, `async key(…) {…}`.
    Method {
        /// The key.
        key: PropertyKey,
        /// The function; its name is `None`.
        function: Box<Function>,
    },
    /// `get key() {…}`.
    Getter {
        /// The key.
        key: PropertyKey,
        /// The function without parameters.
        function: Box<Function>,
    },
    /// `set key(value) {…}`.
    Setter {
        /// The key.
        key: PropertyKey,
        /// The function with one parameter.
        function: Box<Function>,
    },
    /// `...value`.
    Spread(Expression),
}

/// An arrow function.
#[derive(Clone, Debug)]
pub struct Arrow {
    /// All of it: `name` is `None`, `body` is a block or an expression.
    pub function: Function,
    /// Where `=>` stands.
    pub arrow_span: Span,
}

/// Operators before one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `!`
    Not,
    /// `~`
    BitNot,
    /// `typeof`
    TypeOf,
    /// `void`
    Void,
    /// `delete`
    Delete,
}

/// `++` and `--`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpdateOperator {
    /// `++`
    Increment,
    /// `--`
    Decrement,
}

/// Operators between two operands that are both evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `**`
    Power,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `>>>`
    ShiftRightUnsigned,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `==` and `===`
    Equal,
    /// `!=` and `!==`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `instanceof`
    InstanceOf,
}

/// Operators that may not evaluate their right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogicalOperator {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `??`
    Coalesce,
}

/// Assignment operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssignmentOperator {
    /// `=`
    Assign,
    /// `+=`, `**=`, `>>>=`, …: an arithmetic, shift or bit operator, never a comparison.
    Compound(BinaryOperator),
    /// `&&=`, `||=`, `??=`
    Logical(LogicalOperator),
}
