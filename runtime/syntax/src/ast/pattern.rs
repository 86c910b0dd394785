//! Patterns: what bindings and assignments write to.

use raya_source::Span;

use super::{Expression, Name, NodeId, PropertyKey, Text};

/// A pattern and where it stands.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Where it stands, without type annotation or default.
    pub span: Span,
    /// Its id.
    pub id: NodeId,
}

impl Pattern {
    /// The name, where the pattern is just that.
    pub fn as_name(&self) -> Option<Name> {
        match &self.kind {
            PatternKind::Name(text) => Some(Name { text: text.clone(), span: self.span }),
            _ => None,
        }
    }
}

/// The kinds of patterns.
#[derive(Clone, Debug)]
pub enum PatternKind {
    /// A name: declared by a binding, written to by an assignment.
    Name(Text),
    /// `[a, , b = 1, ...c]`.
    Array {
        /// The elements in order; `None` is a hole that skips one.
        elements: Vec<Option<ArrayPatternElement>>,
        /// `...rest`, always last.
        rest: Option<Box<Pattern>>,
    },
    /// `{ a, b: c, d = 1, ["e"]: f, ...g }`.
    Object {
        /// The properties in order.
        properties: Vec<ObjectPatternProperty>,
        /// `...rest`, always last.
        rest: Option<Box<Pattern>>,
    },
    /// A member or index expression (possibly in parentheses or with `!`): only in assignments and `for (a.b of c)`.
    Expression(Box<Expression>),
    /// Could not be parsed, or cannot be assigned to; reported.
    Error,
}

/// An element of an array pattern.
#[derive(Clone, Debug)]
pub struct ArrayPatternElement {
    /// What receives the element.
    pub pattern: Pattern,
    /// Used where the element is missing or `null`.
    pub default: Option<Expression>,
}

/// A property of an object pattern.
#[derive(Clone, Debug)]
pub struct ObjectPatternProperty {
    /// Which property is read.
    pub key: PropertyKey,
    /// Whether it was written `{ a }` and not `{ a: a }`.
    pub shorthand: bool,
    /// What receives the value.
    pub value: Pattern,
    /// Used where the property is missing or `null`.
    pub default: Option<Expression>,
    /// Where it stands, without the comma.
    pub span: Span,
}
