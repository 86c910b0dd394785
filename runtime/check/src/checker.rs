//! The checker's state, and what all its parts use: scopes, diagnostics, contexts.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use raya_abi::{Representation, RuntimeType, RuntimeTypeId};
use raya_source::{Code, Diagnostic, Span};
use raya_syntax::ast;

use crate::facts::Flow;
use crate::tables::*;
use crate::typed::{self, Expression, ExpressionKind, FunctionId, GlobalId, LocalId};
use crate::types::{ParameterIndex, Record, Text, TypeId, Types};

/// An elaborated expression and its static type.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) expression: Expression,
    pub(crate) of: TypeId,
}

/// A `?.`: what is bound before it, whether it leaves the chain, and what is known where it does.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) flow: Flow,
    pub(crate) setup: Vec<typed::Statement>,
    pub(crate) leaves: Expression,
}

/// Work that waits until module bodies are done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    Function(FunctionIndex),
    Class(crate::types::ClassIndex),
    /// The static side of a class.
    StaticSide(crate::types::ClassIndex),
}

/// A class of the program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ProgramClass {
    Declared(crate::types::ClassIndex),
    /// The class whose one instance a class as a value is.
    StaticSide(crate::types::ClassIndex),
}

/// All state of one check.
pub(crate) struct Checker<'a> {
    pub(crate) types: Types,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) root: ScopeId,
    pub(crate) variables: Vec<Variable<'a>>,
    pub(crate) functions: Vec<FunctionInfo<'a>>,
    pub(crate) classes: Vec<ClassInfo<'a>>,
    pub(crate) interfaces: Vec<InterfaceInfo<'a>>,
    pub(crate) aliases: Vec<AliasInfo<'a>>,
    pub(crate) parameters: Vec<ParameterInfo<'a>>,
    pub(crate) modules: Vec<ModuleState>,
    pub(crate) native_modules: BTreeMap<Text, ModuleIndex>,
    pub(crate) natives: Vec<NativeInfo<'a>>,
    /// Constants of native modules that nothing has used yet.
    pub(crate) native_constants: HashMap<VariableIndex, NativeIndex>,
    pub(crate) contexts: Vec<Context>,
    pub(crate) next_context: u32,
    pub(crate) pending: VecDeque<Pending>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) reasons: crate::reasons::Reasons,
    /// Above zero, the result of the work is thrown away.
    pub(crate) probing: u32,
    /// Errors that were met while probing.
    pub(crate) probed_errors: u32,
    /// What is reported stays even while probing: it is about something that is looked at only once.
    pub(crate) permanent: bool,
    /// Guards of the optional chains that are open, innermost last.
    pub(crate) chains: Vec<Vec<Guard>>,
    /// The scope of what is being elaborated.
    pub(crate) scope: ScopeId,
    /// Classes by their place in the tree: a block that is looked at twice declares its classes once.
    pub(crate) class_trees: HashMap<usize, crate::types::ClassIndex>,
    /// Names that classes without one take from the variable or property they are the value of.
    pub(crate) given_names: HashMap<usize, Text>,
    /// Names that a module assigns anywhere: all others are as good as constant.
    pub(crate) assigned: HashMap<ModuleIndex, Rc<HashSet<Text>>>,
    /// Type parameters whose values were spread into the object literal at hand.
    pub(crate) spread_parameters: Vec<TypeId>,
    /// Inferences that are under way inside each other.
    pub(crate) inference_depth: u32,
    /// What functions without a name of their own are called, by where they stand: after what they are first given to.
    pub(crate) function_names: HashMap<Span, Text>,
    pub(crate) records: HashMap<TypeId, Rc<Record>>,
    /// Type parameters of methods, as the type arguments of their classes bind them.
    pub(crate) bound_parameters: HashMap<(ParameterIndex, TypeId), ParameterIndex>,
    /// Whether the first fits the second, of pairs that were compared or are being compared.
    pub(crate) related: HashMap<(TypeId, TypeId), bool>,
    /// The comparison that is under way took types to fit that nest too deeply.
    pub(crate) is_cut: bool,
    /// How many pairs the comparison that is under way has looked at.
    pub(crate) comparisons: u32,
    /// Pairs in `related` that hold if the comparison that is under way does.
    pub(crate) assumed: Vec<(TypeId, TypeId)>,
    pub(crate) program: ProgramParts,
    /// The module that is being declared or whose body is elaborated.
    pub(crate) module: ModuleIndex,
}

/// The typed program while it grows.
#[derive(Default)]
pub(crate) struct ProgramParts {
    pub(crate) functions: Vec<Option<typed::Function>>,
    pub(crate) classes: Vec<ProgramClass>,
    pub(crate) globals: Vec<typed::Global>,
    pub(crate) natives: Vec<typed::NativeFunction>,
    pub(crate) types: Vec<RuntimeType>,
    pub(crate) type_ids: HashMap<TypeId, RuntimeTypeId>,
    pub(crate) module_bodies: Vec<FunctionId>,
    /// What runs before the first module's body.
    pub(crate) first_statements: Vec<typed::Statement>,
    /// Index into `module_bodies`, by module.
    pub(crate) body_of: HashMap<ModuleIndex, u32>,
    /// Members and constructors of static sides.
    pub(crate) static_sides: HashMap<crate::types::ClassIndex, (Vec<typed::Member>, FunctionId)>,
    /// Constructors of classes that declare none.
    pub(crate) implicit_constructors: HashMap<crate::types::ClassIndex, FunctionId>,
    /// The closures behind those, of classes that capture variables.
    pub(crate) implicit_bodies: HashMap<crate::types::ClassIndex, FunctionId>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new() -> Self {
        Checker {
            types: Types::new(),
            scopes: vec![Scope::default()],
            root: ScopeId(0),
            variables: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            interfaces: Vec::new(),
            aliases: Vec::new(),
            parameters: Vec::new(),
            modules: Vec::new(),
            native_modules: BTreeMap::new(),
            natives: Vec::new(),
            native_constants: HashMap::new(),
            contexts: Vec::new(),
            next_context: 0,
            pending: VecDeque::new(),
            diagnostics: Vec::new(),
            reasons: Default::default(),
            probing: 0,
            probed_errors: 0,
            permanent: false,
            chains: Vec::new(),
            scope: ScopeId(0),
            class_trees: HashMap::new(),
            given_names: HashMap::new(),
            assigned: HashMap::new(),
            spread_parameters: Vec::new(),
            inference_depth: 0,
            function_names: HashMap::new(),
            records: HashMap::new(),
            bound_parameters: HashMap::new(),
            related: HashMap::new(),
            assumed: Vec::new(),
            comparisons: 0,
            is_cut: false,
            program: ProgramParts::default(),
            module: ModuleIndex(0),
        }
    }

    // ---- diagnostics ----

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if self.probing == 0 || self.permanent {
            self.diagnostics.push(diagnostic);
        } else {
            self.probed_errors += u32::from(diagnostic.is_error());
        }
    }

    /// Looks at something without keeping what is made of it or reported about it. The scope is as before afterwards.
    pub(crate) fn probe<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let before = (self.scope, std::mem::replace(&mut self.permanent, false));
        self.probing += 1;
        let found = look(self);
        self.probing -= 1;
        (self.scope, self.permanent) = before;
        found
    }

    /// Reports even while probing.
    pub(crate) fn report_permanently(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, message).at(span));
    }

    pub(crate) fn show(&self, id: TypeId) -> String {
        self.types.show(id)
    }

    // ---- scopes ----

    pub(crate) fn child_scope(&mut self, parent: ScopeId) -> ScopeId {
        self.scopes.push(Scope { parent: Some(parent), names: HashMap::new() });
        ScopeId(self.scopes.len() as u32 - 1)
    }

    /// Adds a value or type to a scope; the second of one kind is an error.
    pub(crate) fn declare(
        &mut self,
        scope: ScopeId,
        name: &Text,
        span: Span,
        value: Option<ValueSymbol>,
        meaning: Option<TypeSymbol>,
        import: Option<usize>,
    ) {
        if name.is_empty() {
            return;
        }
        let names = &mut self.scopes[scope.at()].names;
        let Some(entry) = names.get_mut(name) else {
            names.insert(name.clone(), Entry { value, meaning, span, import });
            return;
        };
        let clash =
            (value.is_some() && entry.value.is_some()) || (meaning.is_some() && entry.meaning.is_some());
        let before = entry.span;
        if clash {
            let message = format!("`{name}` is declared twice in this scope");
            self.report(
                Diagnostic::error(crate::codes::DUPLICATE_NAME, message)
                    .at(span)
                    .with_related(before, "first declared here"),
            );
            return;
        }
        entry.value = entry.value.or(value);
        entry.meaning = entry.meaning.or(meaning);
    }

    /// Finds a name, from a scope outwards.
    pub(crate) fn lookup(&mut self, scope: ScopeId, name: &str, wanted: fn(&Entry) -> bool) -> Option<Entry> {
        let mut at = Some(scope);
        while let Some(id) = at {
            let scope = &self.scopes[id.at()];
            if let Some(entry) = scope.names.get(name)
                && wanted(entry)
            {
                let entry = entry.clone();
                if scope.parent.is_some() {
                    self.reasons.used.insert(entry.span);
                }
                if let Some(import) = entry.import {
                    let module = self.module_of_scope(id);
                    if let Some(state) =
                        module.and_then(|module| self.modules[module.at()].imports.get_mut(import))
                    {
                        state.used = true;
                    }
                }
                return Some(entry);
            }
            at = scope.parent;
        }
        None
    }

    fn module_of_scope(&self, scope: ScopeId) -> Option<ModuleIndex> {
        self.modules.iter().position(|module| module.scope == scope).map(|index| ModuleIndex(index as u32))
    }

    pub(crate) fn lookup_value(&mut self, scope: ScopeId, name: &str) -> Option<ValueSymbol> {
        match self.lookup(scope, name, |entry| entry.value.is_some()) {
            Some(entry) => entry.value,
            // Another name of the same class.
            None if name == "Promise" => self.lookup_value(self.root, "Task"),
            None => None,
        }
    }

    pub(crate) fn lookup_type(&mut self, scope: ScopeId, name: &str) -> Option<TypeSymbol> {
        self.lookup(scope, name, |entry| entry.meaning.is_some())?.meaning
    }

    /// A visible name that is spelled almost like `name`.
    pub(crate) fn similar_name(&self, scope: ScopeId, name: &str, value: bool) -> Option<String> {
        let mut candidates: Vec<String> = Vec::new();
        let mut at = Some(scope);
        while let Some(id) = at {
            let scope = &self.scopes[id.at()];
            let fitting = scope
                .names
                .iter()
                .filter(|(_, entry)| if value { entry.value.is_some() } else { entry.meaning.is_some() });
            candidates.extend(fitting.map(|(name, _)| name.to_string()));
            at = scope.parent;
        }
        closest(name, candidates.iter().map(|one| &**one))
    }

    // ---- contexts ----

    /// The context of the function that is being elaborated. There is always one while code is.
    pub(crate) fn context(&mut self) -> &mut Context {
        if self.contexts.is_empty() {
            let context = self.new_context(self.module);
            self.contexts.push(context);
        }
        let last = self.contexts.len() - 1;
        &mut self.contexts[last]
    }

    pub(crate) fn new_context(&mut self, module: ModuleIndex) -> Context {
        self.next_context += 1;
        Context {
            number: self.next_context,
            module,
            locals: Vec::new(),
            captures: Vec::new(),
            capture_of: HashMap::new(),
            flow: Flow::default(),
            labels: Vec::new(),
            next_label: 0,
            is_async: false,
            is_module_body: false,
            result: None,
            result_hint: None,
            returned: Vec::new(),
            class: None,
            in_constructor: false,
            blocks: Vec::new(),
        }
    }

    pub(crate) fn new_local(&mut self, name: Text, representation: Representation) -> LocalId {
        let context = self.context();
        context.locals.push(typed::Local { name, representation, reassigned: false, captured: false });
        LocalId(context.locals.len() as u32 - 1)
    }

    /// A local of the elaboration's own.
    pub(crate) fn temporary(&mut self, representation: Representation) -> LocalId {
        let name: Text = format!("%{}", self.context().locals.len()).into();
        self.new_local(name, representation)
    }

    pub(crate) fn new_variable(&mut self, variable: Variable<'a>) -> VariableIndex {
        self.variables.push(variable);
        VariableIndex(self.variables.len() as u32 - 1)
    }

    /// Declares a local variable of the current function.
    pub(crate) fn declare_local(
        &mut self,
        scope: ScopeId,
        name: &Text,
        span: Span,
        of: TypeId,
        constant: bool,
    ) -> (VariableIndex, LocalId) {
        let representation = self.representation(of);
        let local = self.new_local(name.clone(), representation);
        let index = self.declare_at(scope, name, span, of, constant, local);
        (index, local)
    }

    pub(crate) fn declare_at(
        &mut self,
        scope: ScopeId,
        name: &Text,
        span: Span,
        of: TypeId,
        constant: bool,
        local: LocalId,
    ) -> VariableIndex {
        let place = Place::Local(self.context().number, local);
        let index = self.new_variable(Variable {
            name: name.clone(),
            span,
            declared: Some(of),
            place,
            constant,
            source: None,
            inferring: false,
            literal: None,
            state: VariableState::Live,
        });
        self.declare(scope, name, span, Some(ValueSymbol::Variable(index)), None, None);
        index
    }

    /// `const f = () => …`: a function or class without a name takes that of what it is the value of.
    pub(crate) fn give_name(&mut self, value: &ast::Expression, name: &Text) {
        let place = match &value.without_parentheses().kind {
            ast::ExpressionKind::Class(class) => std::ptr::from_ref(&**class).addr(),
            _ => return self.name_function(value, name),
        };
        self.given_names.insert(place, name.clone());
    }

    /// The name that was given to a class.
    pub(crate) fn given_name(&self, class: &ast::Class) -> Text {
        let given = self.given_names.get(&std::ptr::from_ref(class).addr());
        given.cloned().unwrap_or_else(|| "<anonymous>".into())
    }

    pub(crate) fn new_global(&mut self, name: Text, module: ModuleIndex) -> GlobalId {
        let number = self.program.body_of.get(&module).copied().unwrap_or(0);
        self.program.globals.push(typed::Global {
            name,
            representation: Representation::Any,
            reassigned: false,
            shared: false,
            module: number,
        });
        GlobalId(self.program.globals.len() as u32 - 1)
    }

    pub(crate) fn reserve_function(&mut self) -> FunctionId {
        self.program.functions.push(None);
        FunctionId(self.program.functions.len() as u32 - 1)
    }

    // ---- typed expressions ----

    pub(crate) fn representation(&mut self, of: TypeId) -> Representation {
        let expanded = self.expand(of);
        match self.types.kind(expanded) {
            crate::types::Kind::Union(members) => {
                let members = members.clone();
                let mut common = None;
                for member in members.iter() {
                    let one = self.representation(*member);
                    if *common.get_or_insert(one) != one {
                        return Representation::Any;
                    }
                }
                common.unwrap_or(Representation::Any)
            }
            _ => self.types.representation(expanded),
        }
    }

    pub(crate) fn null(&self, span: Span) -> Expression {
        Expression { kind: ExpressionKind::Null, representation: Representation::Any, span }
    }

    /// What stands for an expression that was reported.
    pub(crate) fn broken(&self, span: Span) -> Value {
        Value { expression: self.null(span), of: self.types.basic.error }
    }

    pub(crate) fn is_error(&self, id: TypeId) -> bool {
        id == self.types.basic.error
    }

    pub(crate) fn is_prelude(&self, module: ModuleIndex) -> bool {
        self.modules.get(module.at()).is_some_and(|module| module.kind == ModuleKind::Prelude)
    }
}

/// Makes an expression.
pub(crate) fn expression(kind: ExpressionKind, representation: Representation, span: Span) -> Expression {
    Expression { kind, representation, span }
}

/// Reads a local of the current function.
pub(crate) fn read_local(local: LocalId, representation: Representation, span: Span) -> Expression {
    expression(ExpressionKind::Read(typed::Variable::Local(local)), representation, span)
}

/// A statement that binds a local.
pub(crate) fn let_statement(local: LocalId, value: Expression) -> typed::Statement {
    let span = value.span;
    typed::Statement { kind: typed::StatementKind::Let(local, Some(value)), span }
}

/// The candidate that is nearest to `name`, if one is near enough to be a slip.
pub(crate) fn closest<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<String> {
    raya_source::closest(name, candidates).map(str::to_owned)
}
