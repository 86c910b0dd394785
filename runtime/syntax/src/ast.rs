//! The syntax tree: what a file says, with the place of every piece, and nothing about what it means.
//!
//! Conventions that hold for every node:
//! - `span` covers the node's first to last byte, without surrounding trivia, and lies on character boundaries.
//! - [`NodeId`]s are unique within one [`Module`] and lie in `0..Module::node_count` with few gaps, so that later phases keep what
//!   they learn in plain vectors beside the tree. Expressions, patterns, types, functions and classes have one.
//! - Spelling that carries no meaning (quotes, digit separators, `undefined` for `null`) is not kept: a formatter reads
//!   it from the text the span covers. Parentheses are kept ([`ExpressionKind::Parenthesized`]), comments too.
//! - Bodies of the library's functions are parsed when they are first looked at ([`Body`]), with ids of their own.
//! - A node that could not be parsed is an `Error` kind; a diagnostic was reported for it, so whoever meets it stays silent.
//! - A tree is never higher than [`crate::limits::MAX_HEIGHT`], so recursive walks are safe on a stack made for that.

pub(crate) mod body;
mod expression;
mod pattern;
mod statement;
mod types;

use std::rc::Rc;

use raya_source::{FileId, Span};

pub use body::Body;
pub use expression::{
    Argument, ArrayElement, Arrow, AssignmentOperator, BinaryOperator, Call, Expression, ExpressionKind,
    LogicalOperator, ObjectMember, ObjectMemberKind, RegularExpression, Template, TemplateString,
    UnaryOperator, UpdateOperator,
};
pub use pattern::{ArrayPatternElement, ObjectPatternProperty, Pattern, PatternKind};
pub use statement::{
    Accessibility, Block, CatchClause, Class, ClassMember, ClassMemberKind, DeclareModule, Decorator, Export,
    ExportDefault, ExportSpecifier, ForHead, Function, FunctionBody, Heritage, If, Impl, Import,
    ImportSpecifier, Interface, Modifiers, NativeBody, Parameter, Statement, StatementKind, SwitchCase,
    Trait, Try, TypeAlias, TypeAliasValue, UseImpl, Variable, VariableKind, Variables,
};
pub use types::{
    FunctionType, KeywordType, LiteralType, TupleElement, Type, TypeKind, TypeMember, TypeMemberKind,
    TypeParameter, TypePath,
};

/// Text of a name or literal; shared, so that cloning costs a counter. Equal names of one file share one allocation.
pub type Text = Rc<str>;

/// Names one node of one [`Module`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The id as an index into a vector of `Module::node_count` entries.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One parsed file.
#[derive(Clone, Debug)]
pub struct Module {
    /// The file it was parsed from.
    pub file: FileId,
    /// From the first byte to the last of the file.
    pub span: Span,
    /// The body, executed top to bottom.
    pub statements: Vec<Statement>,
    /// All comments in source order, the `#!` line included.
    pub comments: Vec<Comment>,
    /// How many [`NodeId`]s the module uses; every id in it is smaller.
    pub node_count: u32,
}

/// A comment; its text is what its span covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From the opening `//`, `/*` or `#!` to the end, without the line break of a line comment.
    pub span: Span,
    /// Its form.
    pub kind: CommentKind,
}

/// The forms of comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentKind {
    /// `// …` to the end of the line.
    Line,
    /// `/* … */`.
    Block,
    /// `/** … */`, which documents what follows.
    Documentation,
    /// `#!…` on the first line.
    Shebang,
}

/// An identifier where one is written: a declaration, a property after a dot, a label.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The identifier with escapes resolved; for a private name without the `#`.
    pub text: Text,
    /// Where it stands; for a private name with the `#`. Empty where a name was missing and an error was reported.
    pub span: Span,
}

impl Name {
    /// Whether the name was missing in the source (an error was reported there).
    pub fn is_missing(&self) -> bool {
        self.text.is_empty()
    }
}

/// A string literal where only a literal may stand, such as a module specifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StringLiteral {
    /// The value with escapes resolved.
    pub value: Text,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// What a property, method or field is called.
#[derive(Clone, Debug)]
pub enum PropertyKey {
    /// `name`.
    Name(Name),
    /// `"text"`.
    String(StringLiteral),
    /// `1`, `0x10`, `1.5`: `text` is the key as the number prints.
    Number(Name),
    /// `#name`, in classes only.
    Private(Name),
    /// `[expression]`.
    Computed(Box<Expression>),
}

impl PropertyKey {
    /// Where the key stands; for a computed one, its expression without the brackets.
    pub fn span(&self) -> Span {
        match self {
            PropertyKey::Name(name) | PropertyKey::Number(name) | PropertyKey::Private(name) => name.span,
            PropertyKey::String(literal) => literal.span,
            PropertyKey::Computed(expression) => expression.span,
        }
    }

    /// The key's text where it is known without evaluating: everything but computed and private keys.
    pub fn text(&self) -> Option<&Text> {
        match self {
            PropertyKey::Name(name) | PropertyKey::Number(name) => Some(&name.text),
            PropertyKey::String(literal) => Some(&literal.value),
            PropertyKey::Private(_) | PropertyKey::Computed(_) => None,
        }
    }
}
