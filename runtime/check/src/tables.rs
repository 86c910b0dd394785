//! What the checker knows of declarations, scopes and modules.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use raya_source::Span;
use raya_syntax::ast;

use crate::facts::Flow;
use crate::typed;
use crate::types::{AliasIndex, ClassIndex, InterfaceIndex, ParameterIndex, Record, Signature, Text, TypeId};

macro_rules! index {
    ($($name:ident),*) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) struct $name(pub(crate) u32);
        impl $name {
            pub(crate) fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}
index!(ScopeId, VariableIndex, FunctionIndex, ModuleIndex, NativeIndex);

/// What a name stands for as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueSymbol {
    Variable(VariableIndex),
    Function(FunctionIndex),
    Class(ClassIndex),
    Namespace(ModuleIndex),
    Native(NativeIndex),
}

/// What a name stands for as a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeSymbol {
    Class(ClassIndex),
    Interface(InterfaceIndex),
    Alias(AliasIndex),
    Parameter(ParameterIndex),
    Namespace(ModuleIndex),
}

/// A name of a scope.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Option<ValueSymbol>,
    pub(crate) meaning: Option<TypeSymbol>,
    pub(crate) span: Span,
    /// Index into the imports of the module, for what is imported.
    pub(crate) import: Option<usize>,
}

/// Names visible in a piece of text; what is not found is looked for in the parent.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) parent: Option<ScopeId>,
    pub(crate) names: HashMap<Text, Entry>,
}

/// A variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable<'a> {
    pub(crate) name: Text,
    pub(crate) span: Span,
    /// Its declared or inferred type; `None` while that is not known.
    pub(crate) declared: Option<TypeId>,
    pub(crate) place: Place,
    pub(crate) constant: bool,
    /// The declaration a module's variable is inferred from, when it is read before its module's body was checked.
    pub(crate) source: Option<(&'a ast::Variable, ScopeId)>,
    pub(crate) inferring: bool,
    /// A literal that reads stand for: `static readonly PI = 3.14`.
    pub(crate) literal: Option<Literal>,
    /// How far a local variable has come.
    pub(crate) state: VariableState,
}

/// How far a variable has come. Functions may read module variables at any time: too early, that throws when run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VariableState {
    /// Its declaration has been reached.
    Live,
    /// A module's, whose declaration is further down in the module's body.
    Waiting,
    /// Its block is open, its declaration is further down.
    Ahead,
    /// Further down, and an inner function already uses it: it lives from the start of its block.
    Early,
    /// A function declaration whose closure is made before the first statement that uses it.
    Function(FunctionIndex),
}

/// A literal value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Boolean(bool),
    Int(i32),
    Number(f64),
    String(Text),
}

/// Where a variable lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The number of the function context that owns it, and the local there.
    Local(u32, typed::LocalId),
    Global(typed::GlobalId, ModuleIndex),
}

/// How far the result type of a function is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultState {
    Unknown,
    InProgress,
    Known(TypeId),
}

/// A function, method, accessor or constructor.
#[derive(Debug)]
pub(crate) struct FunctionInfo<'a> {
    pub(crate) name: Text,
    pub(crate) ast: &'a ast::Function,
    /// Signatures before the implementation.
    pub(crate) overloads: Vec<&'a ast::Function>,
    /// The scope it is declared in, class type parameters included.
    pub(crate) scope: ScopeId,
    pub(crate) module: ModuleIndex,
    /// The class it is a member of, and whether it is static.
    pub(crate) owner: Option<(ClassIndex, bool)>,
    pub(crate) is_constructor: bool,
    /// Declared in a block: a closure.
    pub(crate) is_local: bool,
    /// The built-in that provides it.
    pub(crate) native: Option<Text>,
    pub(crate) result: ResultState,
    /// It referred to its own result while that was being inferred.
    pub(crate) recursive: bool,
    pub(crate) signature: Option<Rc<Signature>>,
    /// Its parameters are being resolved; where a default asks for them, they depend on themselves.
    pub(crate) resolving: bool,
    pub(crate) inner_scope: Option<ScopeId>,
    /// Where the function is found that a call of this one runs.
    pub(crate) slot: Option<Slot>,
    /// The function with the written body, where there is a slot.
    pub(crate) body_id: Option<typed::FunctionId>,
    /// Whether it uses `this`, or must get it all the same; found when that is first asked.
    pub(crate) uses_this: OnceCell<bool>,
    pub(crate) id: Option<typed::FunctionId>,
    pub(crate) elaborated: bool,
}

/// Where a function is kept that is only known when run.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    /// A field of the class as a value.
    Class(Text),
    /// A variable of the module.
    Global(typed::GlobalId),
}

/// A class.
#[derive(Debug)]
pub(crate) struct ClassInfo<'a> {
    pub(crate) name: Text,
    pub(crate) ast: &'a ast::Class,
    pub(crate) module: ModuleIndex,
    /// Its type parameters are declared here.
    pub(crate) scope: ScopeId,
    pub(crate) parameters: Vec<ParameterIndex>,
    /// Stands for the receiver's type where a member says `this`.
    pub(crate) this_parameter: ParameterIndex,
    /// Kept by the machine: no `Class` of the program.
    pub(crate) builtin: bool,
    pub(crate) base: BaseState,
    pub(crate) members: BTreeMap<Text, Member<'a>>,
    /// Names in the order of declaration.
    pub(crate) order: Vec<Text>,
    pub(crate) statics: BTreeMap<Text, Member<'a>>,
    pub(crate) constructor: Option<FunctionIndex>,
    /// Who may make instances.
    pub(crate) constructor_access: ast::Accessibility,
    pub(crate) id: Option<typed::ClassId>,
    /// The static side, once the class is used as a value.
    pub(crate) static_id: Option<typed::ClassId>,
    /// The variable that holds the class, where that is known only when run: it captures variables, or a decorator may
    /// give another class in its place.
    pub(crate) variable: Option<VariableIndex>,
    /// It uses variables of the function around it: its members are closures in slots of the class as a value.
    pub(crate) captures: bool,
    /// Names of those slots.
    pub(crate) slots: Vec<Text>,
    /// Whether a decorator may give another class in its place, once that is known.
    pub(crate) replaceable: Option<bool>,
    /// Lists of what decorators of fields made of them, by whether the field is static, and its name.
    pub(crate) transforms: BTreeMap<(bool, Text), typed::GlobalId>,
    /// The list of what decorators of members run on each new instance.
    pub(crate) initializers: Option<typed::GlobalId>,
    pub(crate) checked: bool,
}

/// What a class extends.
#[derive(Clone, Debug)]
pub(crate) enum BaseState {
    Unresolved,
    InProgress,
    None,
    Class(ClassIndex, Vec<TypeId>),
}

/// A member of a class.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) kind: MemberKind<'a>,
    pub(crate) accessibility: ast::Accessibility,
    pub(crate) readonly: bool,
    pub(crate) is_abstract: bool,
    pub(crate) is_override: bool,
    pub(crate) optional: bool,
    pub(crate) span: Span,
}

/// The kinds of members.
#[derive(Clone, Debug)]
pub(crate) enum MemberKind<'a> {
    Field {
        annotation: Option<&'a ast::Type>,
        initial: Option<&'a ast::Expression>,
        /// Declared by a parameter of the constructor.
        by_parameter: bool,
        definite: bool,
        known: Option<TypeId>,
        inferring: bool,
        /// The variable of a static field.
        variable: Option<VariableIndex>,
    },
    Method(FunctionIndex),
    Accessor {
        get: Option<FunctionIndex>,
        set: Option<FunctionIndex>,
    },
}

/// An interface, perhaps of several declarations.
#[derive(Debug)]
pub(crate) struct InterfaceInfo<'a> {
    pub(crate) declarations: Vec<&'a ast::Interface>,
    pub(crate) scope: ScopeId,
    pub(crate) parameters: Vec<ParameterIndex>,
    pub(crate) record: Option<Rc<Record>>,
    pub(crate) in_progress: bool,
}

/// A type alias.
#[derive(Debug)]
pub(crate) struct AliasInfo<'a> {
    pub(crate) name: Text,
    pub(crate) value: AliasValue<'a>,
    pub(crate) scope: ScopeId,
    pub(crate) parameters: Vec<ParameterIndex>,
    pub(crate) known: Option<TypeId>,
    pub(crate) in_progress: bool,
    pub(crate) span: Span,
}

/// What an alias stands for.
#[derive(Clone, Debug)]
pub(crate) enum AliasValue<'a> {
    Type(&'a ast::Type),
    /// Opaque, of this native module.
    Opaque(Text),
}

/// A type parameter.
#[derive(Debug)]
pub(crate) struct ParameterInfo<'a> {
    pub(crate) ast: Option<&'a ast::TypeParameter>,
    pub(crate) scope: ScopeId,
    pub(crate) constraint: Option<TypeId>,
    pub(crate) resolved: bool,
    pub(crate) in_progress: bool,
}

/// A module.
#[derive(Debug)]
pub(crate) struct ModuleState {
    pub(crate) name: Text,
    pub(crate) kind: ModuleKind,
    pub(crate) scope: ScopeId,
    pub(crate) exports: BTreeMap<Text, Entry>,
    pub(crate) imports: Vec<ImportState>,
    /// It exports from a module that was not found, so that a name it lacks may be one of those.
    pub(crate) incomplete: bool,
    pub(crate) default_variable: Option<VariableIndex>,
}

/// Where a module comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    /// Names that need no import.
    Prelude,
    /// `std:NAME`.
    Standard,
    /// The app's.
    App,
    /// A native module's declaration.
    Native,
}

/// An imported name, for the warning about unused ones.
#[derive(Debug)]
pub(crate) struct ImportState {
    pub(crate) name: Text,
    pub(crate) span: Span,
    pub(crate) used: bool,
}

/// What declares a function of a native module.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NativeSource<'a> {
    Function(&'a ast::Function),
    /// A constant of this type: the function of its name takes nothing and gives it.
    Constant(&'a ast::Type),
}

/// A function of a native module.
#[derive(Debug)]
pub(crate) struct NativeInfo<'a> {
    pub(crate) module: Text,
    pub(crate) name: Text,
    pub(crate) span: Span,
    pub(crate) source: NativeSource<'a>,
    pub(crate) scope: ScopeId,
    pub(crate) signature: Option<Rc<Signature>>,
    pub(crate) id: Option<typed::NativeId>,
}

/// The function that is being elaborated.
#[derive(Debug)]
pub(crate) struct Context {
    /// Unique number.
    pub(crate) number: u32,
    pub(crate) module: ModuleIndex,
    pub(crate) locals: Vec<typed::Local>,
    pub(crate) captures: Vec<typed::Variable>,
    pub(crate) capture_of: HashMap<VariableIndex, u32>,
    pub(crate) flow: Flow,
    pub(crate) labels: Vec<Label>,
    pub(crate) next_label: u32,
    pub(crate) is_async: bool,
    pub(crate) is_module_body: bool,
    /// The declared result (of `async` functions, what the task gives).
    pub(crate) result: Option<TypeId>,
    /// The result is declared by a contextual type: it guides, the body decides.
    pub(crate) result_hint: Option<TypeId>,
    /// Types of the values returned, where the result is inferred.
    pub(crate) returned: Vec<TypeId>,
    pub(crate) class: Option<(ClassIndex, bool)>,
    pub(crate) in_constructor: bool,
    /// Statements to run before the current statement of each block that is open, innermost last.
    pub(crate) blocks: Vec<OpenBlock>,
}

/// A block whose statements are being elaborated.
#[derive(Debug)]
pub(crate) struct OpenBlock {
    pub(crate) scope: ScopeId,
    /// Run before the statement that is being elaborated.
    pub(crate) before: Vec<typed::Statement>,
    /// Locals that live from the start of the block because a function captures them before their declaration.
    pub(crate) early: Vec<typed::LocalId>,
}

/// A target of `break` or `continue`.
#[derive(Debug)]
pub(crate) struct Label {
    pub(crate) names: Vec<Text>,
    pub(crate) id: typed::LabelId,
    pub(crate) is_loop: bool,
    /// `break` without a name leaves it.
    pub(crate) anonymous: bool,
    pub(crate) used: bool,
    pub(crate) breaks: Vec<Flow>,
    pub(crate) continues: Vec<Flow>,
}
