//! Statements and declarations.

use raya_source::Span;

use super::{
    Body, Expression, Name, NodeId, Pattern, PropertyKey, StringLiteral, Type, TypeMember, TypeParameter,
    TypePath,
};

/// A statement and where it stands.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands, the semicolon included where one is written.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Clone, Debug)]
pub enum StatementKind {
    /// `;`
    Empty,
    /// `{ … }`
    Block(Block),
    /// `a();`
    Expression(Box<Expression>),
    /// `let a = 1, b;`
    Variables(Box<Variables>),
    /// `function f() {…}`, `async function`, `native function`.
    Function(Box<Function>),
    /// `class A {…}`, with its decorators.
    Class(Box<Class>),
    /// `interface A {…}`
    Interface(Box<Interface>),
    /// `type A = B;`
    TypeAlias(Box<TypeAlias>),
    /// `trait A {…}`
    Trait(Box<Trait>),
    /// `impl A for B {…}`
    Impl(Box<Impl>),
    /// `use impl M::A for B;`
    UseImpl(Box<UseImpl>),
    /// `declare module "native:x" {…}`
    DeclareModule(Box<DeclareModule>),
    /// `declare class …`, `declare function …`, `declare const …`: the inner statement has no bodies or initial values.
    Declare(Box<Statement>),
    /// `import …`
    Import(Box<Import>),
    /// `export …`
    Export(Box<Export>),
    /// `if (a) b else c`
    If(Box<If>),
    /// `while (test) body`
    While {
        /// The condition.
        test: Box<Expression>,
        /// The body.
        body: Box<Statement>,
    },
    /// `do body while (test);`
    DoWhile {
        /// The body.
        body: Box<Statement>,
        /// The condition.
        test: Box<Expression>,
    },
    /// `for (initial; test; update) body`
    For {
        /// Declares or assigns; `ForHead::Pattern` does not occur.
        initial: Option<ForHead>,
        /// The condition; missing means true.
        test: Option<Box<Expression>>,
        /// Evaluated after each turn.
        update: Option<Box<Expression>>,
        /// The body.
        body: Box<Statement>,
    },
    /// `for (head of iterable) body`
    ForOf {
        /// Declares (one variable without an initial value) or assigns; `ForHead::Expression` does not occur.
        head: ForHead,
        /// What is gone through.
        iterable: Box<Expression>,
        /// The body.
        body: Box<Statement>,
    },
    /// `return a;` Also allowed at the top level of a module.
    Return(Option<Box<Expression>>),
    /// `break label;`
    Break(Option<Name>),
    /// `continue label;`
    Continue(Option<Name>),
    /// `label: body`
    Labelled {
        /// The label.
        label: Name,
        /// What it names.
        body: Box<Statement>,
    },
    /// `switch (value) {…}`
    Switch {
        /// What is compared.
        value: Box<Expression>,
        /// The cases in order; at most one is `default`.
        cases: Vec<SwitchCase>,
    },
    /// `try {…} catch (e) {…} finally {…}`
    Try(Box<Try>),
    /// `throw a;`
    Throw(Box<Expression>),
    /// Could not be parsed; reported.
    Error,
}

/// `{ … }`
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The statements in order.
    pub statements: Vec<Statement>,
    /// From `{` to `}`.
    pub span: Span,
}

/// `if (test) consequent else alternate`
#[derive(Clone, Debug)]
pub struct If {
    /// The condition.
    pub test: Expression,
    /// Run when it holds.
    pub consequent: Statement,
    /// Run otherwise; another `If` for `else if`.
    pub alternate: Option<Statement>,
}

/// The first part of a `for`.
#[derive(Clone, Debug)]
pub enum ForHead {
    /// `let i = 0, j = 1` or `const [k, v]`.
    Variables(Box<Variables>),
    /// An expression, in `for (;;)`.
    Expression(Box<Expression>),
    /// What is assigned each turn, in `for (a.b of c)`.
    Pattern(Box<Pattern>),
}

/// `case test: …` or `default: …`
#[derive(Clone, Debug)]
pub struct SwitchCase {
    /// `None` is `default`.
    pub test: Option<Expression>,
    /// Until the next case; control falls through.
    pub body: Vec<Statement>,
    /// Where it stands.
    pub span: Span,
}

/// `try {…} catch (e) {…} finally {…}`; at least one of the latter two.
#[derive(Clone, Debug)]
pub struct Try {
    /// What may throw.
    pub block: Block,
    /// `catch`.
    pub handler: Option<CatchClause>,
    /// `finally`.
    pub finalizer: Option<Block>,
}

/// `catch (e: unknown) {…}`
#[derive(Clone, Debug)]
pub struct CatchClause {
    /// What binds the error.
    pub parameter: Option<Pattern>,
    /// Its annotation.
    pub annotation: Option<Type>,
    /// The body.
    pub body: Block,
    /// Where it stands.
    pub span: Span,
}

/// `let`, `const`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VariableKind {
    /// `let`
    Let,
    /// `const`
    Const,
}

/// `let a: int = 1, [b] = c;`
#[derive(Clone, Debug)]
pub struct Variables {
    /// `let` or `const`.
    pub kind: VariableKind,
    /// In order, at least one.
    pub declarations: Vec<Variable>,
    /// Where they stand, without the semicolon.
    pub span: Span,
}

/// One variable of a declaration.
#[derive(Clone, Debug)]
pub struct Variable {
    /// What is declared.
    pub pattern: Pattern,
    /// Whether `!` follows the name (`let a!: int;`): assigned before it is read.
    pub definite: bool,
    /// `: T`.
    pub annotation: Option<Type>,
    /// `= value`. A `const` or a pattern without one was reported, except in `for…of` and under `declare`.
    pub initial: Option<Expression>,
    /// Where it stands.
    pub span: Span,
}

/// A function of any form: declaration, expression, arrow, method, accessor, constructor.
#[derive(Clone, Debug)]
pub struct Function {
    /// The name of a declaration or named expression, and of methods of traits and impls; other methods have a key beside.
    pub name: Option<Name>,
    /// Whether `async` stands before it.
    pub is_async: bool,
    /// `<T>`.
    pub type_parameters: Vec<TypeParameter>,
    /// The parameters in order.
    pub parameters: Vec<Parameter>,
    /// `: T`.
    pub return_type: Option<Type>,
    /// The body or what stands for it.
    pub body: FunctionBody,
    /// Where it stands; for a method from its key on.
    pub span: Span,
    /// Its id.
    pub id: NodeId,
}

/// What a function does.
#[derive(Clone, Debug)]
pub enum FunctionBody {
    /// `{ … }`
    Block(Body),
    /// `=> value`, arrows only.
    Expression(Box<Expression>),
    /// `= native;`, or `native function` without a body: provided by the native module of the file.
    Native(NativeBody),
    /// Nothing: an overload, an abstract method, a signature under `declare` or in a trait.
    None,
}

/// `native`, `= native`, `= native("symbol")`.
#[derive(Clone, Debug)]
pub struct NativeBody {
    /// The handler's symbol where it is named; else it follows from the function's name.
    pub symbol: Option<StringLiteral>,
    /// Where `native` stands, with the symbol.
    pub span: Span,
}

/// A parameter of a function, signature or function type.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// What is bound.
    pub pattern: Pattern,
    /// `?` after the name.
    pub optional: bool,
    /// `...` before the name; always the last parameter.
    pub rest: bool,
    /// `: T`.
    pub annotation: Option<Type>,
    /// `= value`.
    pub default: Option<Expression>,
    /// `private x: T` in a constructor: declares a field. Only constructors have it.
    pub property: Option<Modifiers>,
    /// Where it stands, without the comma.
    pub span: Span,
}

/// `private`, `protected`, `public`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Accessibility {
    /// Everywhere; the default.
    #[default]
    Public,
    /// In the class and those that extend it.
    Protected,
    /// In the class.
    Private,
}

/// Words before a class member or parameter property.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// `private`, `protected`, `public`.
    pub accessibility: Accessibility,
    /// `static`
    pub is_static: bool,
    /// `abstract`
    pub is_abstract: bool,
    /// `readonly`
    pub is_readonly: bool,
    /// `override`
    pub is_override: bool,
    /// `declare`: a field that another place initialises.
    pub is_declare: bool,
    /// From the first word to the last, `None` where there is none.
    pub span: Option<Span>,
}

/// `@expression`
#[derive(Clone, Debug)]
pub struct Decorator {
    /// A name, member or call.
    pub expression: Expression,
    /// From the `@` on.
    pub span: Span,
}

/// A class declaration or expression.
#[derive(Clone, Debug)]
pub struct Class {
    /// The name; `None` for an anonymous expression or default export.
    pub name: Option<Name>,
    /// `@a @b()`, first to last.
    pub decorators: Vec<Decorator>,
    /// `abstract`
    pub is_abstract: bool,
    /// `<T>`
    pub type_parameters: Vec<TypeParameter>,
    /// `extends A<T>`
    pub extends: Option<Heritage>,
    /// `implements A, B`
    pub implements: Vec<Type>,
    /// The members in order.
    pub members: Vec<ClassMember>,
    /// From the first decorator or `abstract` or `class` to `}`.
    pub span: Span,
    /// Its id.
    pub id: NodeId,
}

/// `extends A.B<T>`
#[derive(Clone, Debug)]
pub struct Heritage {
    /// The class that is extended.
    pub expression: Expression,
    /// `<T>`; empty when not written.
    pub type_arguments: Vec<Type>,
    /// Where it stands, without `extends`.
    pub span: Span,
}

/// A member of a class.
#[derive(Clone, Debug)]
pub struct ClassMember {
    /// What it is.
    pub kind: ClassMemberKind,
    /// `@a @b()`, first to last.
    pub decorators: Vec<Decorator>,
    /// The words before it.
    pub modifiers: Modifiers,
    /// Where it stands, decorators and modifiers included.
    pub span: Span,
}

/// The kinds of members of a class.
#[derive(Clone, Debug)]
pub enum ClassMemberKind {
    /// `key?: T = value;`
    Field {
        /// The key.
        key: PropertyKey,
        /// `?`
        optional: bool,
        /// `!`
        definite: bool,
        /// `: T`
        annotation: Option<Type>,
        /// `= value`
        initial: Option<Expression>,
    },
    /// `key(…) {…}`
    Method {
        /// The key.
        key: PropertyKey,
        /// `?`, in `declare class` only.
        optional: bool,
        /// The function.
        function: Box<Function>,
    },
    /// `get key() {…}`
    Getter {
        /// The key.
        key: PropertyKey,
        /// The function without parameters.
        function: Box<Function>,
    },
    /// `set key(value) {…}`
    Setter {
        /// The key.
        key: PropertyKey,
        /// The function with one parameter.
        function: Box<Function>,
    },
    /// `constructor(…) {…}`
    Constructor(Box<Function>),
    /// `static {…}`
    StaticBlock(Block),
    /// `[key: string]: T`; the inner kind is always [`super::TypeMemberKind::Index`].
    Index(Box<TypeMember>),
}

/// `interface A<T> extends B {…}`
#[derive(Clone, Debug)]
pub struct Interface {
    /// The name.
    pub name: Name,
    /// `<T>`
    pub type_parameters: Vec<TypeParameter>,
    /// `extends B, C`
    pub extends: Vec<Type>,
    /// The members in order.
    pub members: Vec<TypeMember>,
    /// From `interface` to `}`.
    pub span: Span,
}

/// `type A<T> = B;`
#[derive(Clone, Debug)]
pub struct TypeAlias {
    /// The name.
    pub name: Name,
    /// `<T>`
    pub type_parameters: Vec<TypeParameter>,
    /// What it stands for.
    pub value: TypeAliasValue,
    /// From `type` on, without the semicolon.
    pub span: Span,
}

/// What a type alias stands for.
#[derive(Clone, Debug)]
pub enum TypeAliasValue {
    /// A type.
    Type(Type),
    /// `native`: an opaque type of the native module; the span is the word's.
    Native(Span),
}

/// `trait A<T> extends B { method(): C; }`
#[derive(Clone, Debug)]
pub struct Trait {
    /// The name.
    pub name: Name,
    /// `<T>`
    pub type_parameters: Vec<TypeParameter>,
    /// `extends B, C` (also written `: B`).
    pub extends: Vec<Type>,
    /// The methods in order, all named; a body is a default.
    pub methods: Vec<Function>,
    /// From `trait` to `}`.
    pub span: Span,
}

/// `impl<T: C> A<T> for B<T> { method(): C {…} }`
#[derive(Clone, Debug)]
pub struct Impl {
    /// `<T>`
    pub type_parameters: Vec<TypeParameter>,
    /// The trait: a `Reference`, else it was reported.
    pub trait_type: Type,
    /// The type it is implemented for.
    pub target: Type,
    /// The methods in order, all named; without bodies in `declare module`.
    pub methods: Vec<Function>,
    /// From `impl` to `}`, or to the target where no `{…}` is written (`impl A for B;`, in `declare module`).
    pub span: Span,
}

/// `use impl M::A<T> for B;`
#[derive(Clone, Debug)]
pub struct UseImpl {
    /// The module and the trait: `M::A`; the last segment is the trait. One segment was reported.
    pub path: TypePath,
    /// `<T>` of the trait.
    pub trait_arguments: Vec<Type>,
    /// The type it is selected for.
    pub target: Type,
    /// From `use` on, without the semicolon.
    pub span: Span,
}

/// `declare module "native:NAME" {…}`
#[derive(Clone, Debug)]
pub struct DeclareModule {
    /// The specifier, as written.
    pub specifier: StringLiteral,
    /// Declarations, bare or wrapped in `Export`: functions without bodies, constants, aliases, interfaces, classes,
    /// traits, impls, imports; anything else was reported. A body in it was reported too.
    pub items: Vec<Statement>,
    /// From `declare` to `}`.
    pub span: Span,
}

/// `import default, { a as b } from "specifier";`
#[derive(Clone, Debug)]
pub struct Import {
    /// `import type`: only types are taken.
    pub type_only: bool,
    /// `import name from`.
    pub default: Option<Name>,
    /// `* as name`.
    pub namespace: Option<Name>,
    /// `{ a, b as c }`.
    pub named: Vec<ImportSpecifier>,
    /// Where from.
    pub specifier: StringLiteral,
    /// From `import` on, the semicolon included.
    pub span: Span,
}

/// `a as b` in an import.
#[derive(Clone, Debug)]
pub struct ImportSpecifier {
    /// The name in the other module; `default` is possible.
    pub imported: Name,
    /// The name here; equal to `imported` where no `as` is written.
    pub local: Name,
    /// `type a`: only as a type.
    pub type_only: bool,
    /// Where it stands.
    pub span: Span,
}

/// `export …`
#[derive(Clone, Debug)]
pub enum Export {
    /// `export let …`, `export function …`, `export class …`, `export type …`, …
    Declaration(Box<Statement>),
    /// `export { a, b as c };` and `export { a } from "specifier";`
    List {
        /// `export type { … }`.
        type_only: bool,
        /// What is exported.
        specifiers: Vec<ExportSpecifier>,
        /// Where from, for a re-export.
        specifier: Option<StringLiteral>,
    },
    /// `export * from "specifier";` and `export * as name from "specifier";`
    All {
        /// `export type *`.
        type_only: bool,
        /// `as name`.
        namespace: Option<Name>,
        /// Where from.
        specifier: StringLiteral,
    },
    /// `export default …`
    Default(ExportDefault),
}

/// `a as b` in an export.
#[derive(Clone, Debug)]
pub struct ExportSpecifier {
    /// The name here, or in the module it is re-exported from.
    pub local: Name,
    /// The name others see; equal to `local` where no `as` is written; `default` is possible.
    pub exported: Name,
    /// `type a`: only as a type.
    pub type_only: bool,
    /// Where it stands.
    pub span: Span,
}

/// What `export default` exports.
#[derive(Clone, Debug)]
pub enum ExportDefault {
    /// A function, perhaps without a name.
    Function(Box<Function>),
    /// A class, perhaps without a name.
    Class(Box<Class>),
    /// An interface.
    Interface(Box<Interface>),
    /// A value.
    Expression(Box<Expression>),
}
