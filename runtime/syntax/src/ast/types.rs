//! Types as they are written.

use raya_source::Span;

use super::{Name, NodeId, Parameter, PropertyKey, Text};

/// A type and where it stands.
#[derive(Clone, Debug)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
    /// Its id.
    pub id: NodeId,
}

/// The kinds of types.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// `int`, `string`, `unknown`, …
    Keyword(KeywordType),
    /// `Name`, `ns.Name<T>`.
    Reference {
        /// The name, qualified or not.
        path: TypePath,
        /// `<T>`; empty when not written.
        arguments: Vec<Type>,
    },
    /// `this`.
    This,
    /// `T[]`. (`Array<T>` is a `Reference`.)
    Array(Box<Type>),
    /// `[a: A, B?, ...C[]]`.
    Tuple(Vec<TupleElement>),
    /// `{ a: A; b?(): B; [key: string]: C }`.
    Object(Vec<TypeMember>),
    /// `<T>(a: A) => B`.
    Function(Box<FunctionType>),
    /// `new (a: A) => B`, `abstract new () => B`.
    Constructor {
        /// Whether `abstract` stands before `new`.
        is_abstract: bool,
        /// Parameters and the type that is made.
        signature: Box<FunctionType>,
    },
    /// `A | B`; at least two.
    Union(Vec<Type>),
    /// `A & B`; at least two.
    Intersection(Vec<Type>),
    /// `"a"`, `1`, `-1.5`, `true`.
    Literal(LiteralType),
    /// `keyof T`.
    KeyOf(Box<Type>),
    /// `typeof a.b`.
    TypeOf(TypePath),
    /// `readonly T[]`, `readonly [A, B]`.
    Readonly(Box<Type>),
    /// `T["key"]`.
    IndexedAccess {
        /// The type looked into.
        object: Box<Type>,
        /// The key type.
        index: Box<Type>,
    },
    /// `x is T`, `this is T`, `asserts x is T`, `asserts x`: only as a return type.
    Predicate {
        /// Whether `asserts` stands before it.
        asserts: bool,
        /// The parameter, or `this`.
        subject: Name,
        /// What it is narrowed to; `None` only for `asserts x`.
        target: Option<Box<Type>>,
    },
    /// `(T)`.
    Parenthesized(Box<Type>),
    /// Could not be parsed; reported.
    Error,
}

/// Types that are words of the language. `boolean` and the others cannot be redeclared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeywordType {
    /// `int`, `i32`.
    Int,
    /// `number`, `float`, `f64`.
    Number,
    /// `boolean`.
    Boolean,
    /// `string`.
    String,
    /// `null`, `undefined`.
    Null,
    /// `void`.
    Void,
    /// `never`.
    Never,
    /// `unknown`.
    Unknown,
    /// `object`.
    Object,
}

/// Literals that are types.
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralType {
    /// `"text"`.
    String(Text),
    /// An `int` literal, the sign applied.
    Integer(i32),
    /// A `number` literal, the sign applied.
    Number(f64),
    /// `true`, `false`.
    Boolean(bool),
}

/// `a`, `a.b.c`, `a::b`; never empty. Also what stands after `typeof`.
#[derive(Clone, Debug)]
pub struct TypePath {
    /// The names in order, at least one.
    pub segments: Vec<Name>,
    /// From the first name to the last.
    pub span: Span,
}

/// An element of a tuple type.
#[derive(Clone, Debug)]
pub struct TupleElement {
    /// `label:`.
    pub label: Option<Name>,
    /// Whether it may be left out: `A?` or `label?: A`.
    pub optional: bool,
    /// Whether `...` stands before it; the type is then an array.
    pub rest: bool,
    /// The type.
    pub element: Type,
    /// Where it stands, without the comma.
    pub span: Span,
}

/// A function type or signature.
#[derive(Clone, Debug)]
pub struct FunctionType {
    /// `<T>`.
    pub type_parameters: Vec<TypeParameter>,
    /// The parameters; no defaults, no modifiers.
    pub parameters: Vec<Parameter>,
    /// The return type; `None` only for signatures of members that leave it out.
    pub return_type: Option<Type>,
    /// Where it stands.
    pub span: Span,
}

/// A member of an object type, interface or trait.
#[derive(Clone, Debug)]
pub struct TypeMember {
    /// What it is.
    pub kind: TypeMemberKind,
    /// Where it stands, without the separator.
    pub span: Span,
}

/// The kinds of members of an object type or interface.
#[derive(Clone, Debug)]
pub enum TypeMemberKind {
    /// `readonly key?: T`.
    Property {
        /// The key; never private.
        key: PropertyKey,
        /// Whether it may be missing.
        optional: bool,
        /// Whether it may not be assigned.
        readonly: bool,
        /// The type; `None` was left out and reported.
        value: Option<Type>,
    },
    /// `key?(a: A): B`.
    Method {
        /// The key; never private.
        key: PropertyKey,
        /// Whether it may be missing.
        optional: bool,
        /// Parameters and result.
        signature: Box<FunctionType>,
    },
    /// `get key(): T`.
    Getter {
        /// The key.
        key: PropertyKey,
        /// The type; `None` was left out.
        value: Option<Type>,
    },
    /// `set key(value: T)`.
    Setter {
        /// The key.
        key: PropertyKey,
        /// The one parameter.
        parameter: Box<Parameter>,
    },
    /// `[key: string]: T`.
    Index {
        /// The name of the key, which means nothing.
        key: Name,
        /// The type of keys.
        key_type: Type,
        /// The type of values.
        value: Type,
        /// Whether entries may not be assigned.
        readonly: bool,
    },
    /// `(a: A): B`.
    Call(Box<FunctionType>),
    /// `new (a: A): B`.
    Construct(Box<FunctionType>),
}

/// `T extends C = D`, or `T: C = D`.
#[derive(Clone, Debug)]
pub struct TypeParameter {
    /// The name.
    pub name: Name,
    /// What arguments must satisfy: a type, or a trait.
    pub constraint: Option<Type>,
    /// Used where no argument is given or inferred.
    pub default: Option<Type>,
    /// Where it stands.
    pub span: Span,
}
