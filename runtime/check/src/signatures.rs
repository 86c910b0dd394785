//! Types of functions, fields and variables, some of which are only known once a body or initial value was looked at.

use std::rc::Rc;

use raya_source::{Diagnostic, Span};
use raya_syntax::ast;

use crate::checker::Checker;
use crate::codes;
use crate::members::StaticAccess;
use crate::tables::*;
use crate::types::*;

/// Inferences that may be under way inside each other.
const INFERENCE_DEPTH_MAX: u32 = 48;

impl<'a> Checker<'a> {
    /// The type of what a name stands for.
    pub(crate) fn symbol_type(&mut self, symbol: ValueSymbol, span: Span) -> TypeId {
        match symbol {
            ValueSymbol::Variable(index) => self.variable_type(index, span),
            ValueSymbol::Function(index) => self.function_type(index),
            ValueSymbol::Class(index) => self.types.intern(Kind::ClassValue(index)),
            ValueSymbol::Namespace(index) => self.types.intern(Kind::Namespace(index.0)),
            ValueSymbol::Native(index) => {
                let signature = self.native_signature(index);
                self.types.intern(Kind::Function(signature))
            }
        }
    }

    /// The scope of a function's parameters, with its type parameters declared.
    pub(crate) fn function_scope(&mut self, index: FunctionIndex) -> ScopeId {
        if let Some(scope) = self.functions[index.at()].inner_scope {
            return scope;
        }
        let info = &self.functions[index.at()];
        let (function, outer) = (info.ast, info.scope);
        let scope = self.child_scope(outer);
        self.declare_type_parameters(scope, &function.type_parameters);
        self.functions[index.at()].inner_scope = Some(scope);
        scope
    }

    fn type_parameters_of(&self, scope: ScopeId, function: &ast::Function) -> Vec<ParameterIndex> {
        let names = &self.scopes[scope.at()].names;
        let found = function.type_parameters.iter().filter_map(|one| names.get(&one.name.text)?.meaning);
        found
            .filter_map(|meaning| match meaning {
                TypeSymbol::Parameter(index) => Some(index),
                _ => None,
            })
            .collect()
    }

    /// The signature of the implementation.
    pub(crate) fn signature_of(&mut self, index: FunctionIndex) -> Rc<Signature> {
        if let Some(signature) = &self.functions[index.at()].signature {
            let signature = signature.clone();
            if self.functions[index.at()].result != ResultState::Unknown {
                return signature;
            }
        }
        let scope = self.function_scope(index);
        let function = self.functions[index.at()].ast;
        let signature = match self.functions[index.at()].signature.clone() {
            Some(signature) => signature,
            None if self.functions[index.at()].resolving => return self.depends_on_itself(index),
            None => {
                self.functions[index.at()].resolving = true;
                let type_parameters = self.type_parameters_of(scope, function);
                let (parameters, rest) =
                    self.resolve_parameters(&function.parameters, scope, &mut |checker, _, one, before| {
                        let default = one.default.as_ref()?;
                        Some(checker.default_type(&function.parameters, before, one, default, scope))
                    });
                let mut predicate = None;
                let mut result = self.types.basic.never;
                if let Some(written) = &function.return_type {
                    let (resolved, found) = self.resolve_result(written, &function.parameters, scope);
                    result = self.declared_result(function, resolved);
                    predicate = found;
                    self.functions[index.at()].result = ResultState::Known(result);
                } else if self.functions[index.at()].is_constructor
                    || matches!(function.body, ast::FunctionBody::None)
                {
                    result = self.types.basic.void;
                    self.functions[index.at()].result = ResultState::Known(result);
                }
                let signature = Rc::new(Signature { type_parameters, parameters, rest, result, predicate });
                self.functions[index.at()].signature = Some(signature.clone());
                self.functions[index.at()].resolving = false;
                signature
            }
        };
        match self.functions[index.at()].result {
            ResultState::Known(_) => signature,
            ResultState::InProgress => signature,
            ResultState::Unknown => self.infer_signature(index),
        }
    }

    /// `function f(n = f())`: no type of the default is known without the function's own.
    fn depends_on_itself(&mut self, index: FunctionIndex) -> Rc<Signature> {
        let info = &self.functions[index.at()];
        let (name, span) =
            (info.name.clone(), info.ast.parameters.first().map_or(info.ast.span, |one| one.span));
        let message = format!("a default value of `{name}` depends on `{name}`: its parameter needs a type");
        self.report_permanently(Diagnostic::error(codes::NEEDS_ANNOTATION, message).at(span));
        let error = self.types.basic.error;
        Rc::new(Signature {
            type_parameters: vec![],
            parameters: vec![],
            rest: Some(error),
            result: error,
            predicate: None,
        })
    }

    /// An `async` function's written result is a task; one that leaves the task out is given it.
    pub(crate) fn declared_result(&mut self, function: &ast::Function, written: TypeId) -> TypeId {
        if !function.is_async {
            return written;
        }
        let expanded = self.expand(written);
        match self.types.kind(expanded) {
            Kind::Class(class, _) if self.is_task(*class) => written,
            _ => self.prelude_instance("Task", vec![written]),
        }
    }

    fn infer_signature(&mut self, index: FunctionIndex) -> Rc<Signature> {
        let info = &self.functions[index.at()];
        let (name, span) = (info.name.clone(), info.ast.span);
        if self.inference_depth >= INFERENCE_DEPTH_MAX {
            let message =
                format!("the result of `{name}` depends on too many others: it needs a return type");
            self.error(codes::NEEDS_ANNOTATION, span, message);
            let error = self.types.basic.error;
            return self.set_result(index, error);
        }
        self.functions[index.at()].result = ResultState::InProgress;
        self.inference_depth += 1;
        let result = self.infer_result(index);
        self.inference_depth -= 1;
        self.set_result(index, result)
    }

    fn set_result(&mut self, index: FunctionIndex, result: TypeId) -> Rc<Signature> {
        let mut signature = self.functions[index.at()].signature.as_deref().cloned().unwrap_or(Signature {
            type_parameters: vec![],
            parameters: vec![],
            rest: None,
            result,
            predicate: None,
        });
        signature.result = result;
        let signature = Rc::new(signature);
        let info = &mut self.functions[index.at()];
        info.result = ResultState::Known(result);
        info.signature = Some(signature.clone());
        signature
    }

    /// The type of a function, its overloads where it has any.
    pub(crate) fn function_type(&mut self, index: FunctionIndex) -> TypeId {
        if self.functions[index.at()].overloads.is_empty() {
            let signature = self.signature_of(index);
            return self.types.intern(Kind::Function(signature));
        }
        let overloads = self.overload_signatures(index);
        let members: Vec<TypeId> =
            overloads.into_iter().map(|one| self.types.intern(Kind::Function(one))).collect();
        match members[..] {
            [only] => only,
            _ => self.types.intern(Kind::Intersection(members.into())),
        }
    }

    pub(crate) fn overload_signatures(&mut self, index: FunctionIndex) -> Vec<Rc<Signature>> {
        let info = &self.functions[index.at()];
        let (overloads, outer) = (info.overloads.clone(), info.scope);
        if overloads.is_empty() {
            return vec![self.signature_of(index)];
        }
        let mut signatures = Vec::new();
        for function in overloads {
            let scope = self.child_scope(outer);
            let type_parameters = self.declare_type_parameters(scope, &function.type_parameters);
            let (parameters, rest) =
                self.resolve_parameters(&function.parameters, scope, &mut |_, _, _, _| None);
            let (result, predicate) = match &function.return_type {
                Some(written) => self.resolve_result(written, &function.parameters, scope),
                None => (self.types.basic.void, None),
            };
            signatures.push(Rc::new(Signature { type_parameters, parameters, rest, result, predicate }));
        }
        signatures
    }

    /// What `new` of a class takes and gives, its type parameters among the signature's.
    pub(crate) fn construct_signatures(&mut self, class: ClassIndex) -> Vec<Rc<Signature>> {
        let instance = self.own_instance(class);
        let parameters = self.classes[class.0 as usize].parameters.clone();
        let mut at = class;
        let mut map = Substitution::default();
        loop {
            if let Some(constructor) = self.classes[at.0 as usize].constructor {
                let signatures = self.overload_signatures(constructor);
                return signatures
                    .into_iter()
                    .map(|one| {
                        let mut one = self.types.substitute_signature(&one, &map);
                        one.type_parameters.splice(0..0, parameters.iter().copied());
                        one.result = instance;
                        Rc::new(one)
                    })
                    .collect();
            }
            let Some((base, arguments)) = self.base_of(at) else {
                break;
            };
            let arguments: Vec<TypeId> =
                arguments.iter().map(|one| self.types.substitute(*one, &map)).collect();
            map = Substitution::new(&self.classes[base.0 as usize].parameters.clone(), &arguments);
            at = base;
        }
        vec![Rc::new(Signature {
            type_parameters: parameters,
            parameters: vec![],
            rest: None,
            result: instance,
            predicate: None,
        })]
    }

    pub(crate) fn native_signature(&mut self, index: NativeIndex) -> Rc<Signature> {
        if let Some(signature) = &self.natives[index.at()].signature {
            return signature.clone();
        }
        let (source, outer) = (self.natives[index.at()].source, self.natives[index.at()].scope);
        let scope = self.child_scope(outer);
        let function = match source {
            NativeSource::Function(function) => function,
            NativeSource::Constant(written) => {
                let signature = Rc::new(Signature {
                    type_parameters: vec![],
                    parameters: vec![],
                    rest: None,
                    result: self.resolve_type(written, scope),
                    predicate: None,
                });
                self.natives[index.at()].signature = Some(signature.clone());
                return signature;
            }
        };
        let type_parameters = self.declare_type_parameters(scope, &function.type_parameters);
        let (parameters, rest) =
            self.resolve_parameters(&function.parameters, scope, &mut |checker, _, _, _| {
                Some(checker.types.basic.unknown)
            });
        let (result, predicate) = match &function.return_type {
            Some(written) => self.resolve_result(written, &function.parameters, scope),
            None => (self.types.basic.unknown, None),
        };
        let signature = Rc::new(Signature { type_parameters, parameters, rest, result, predicate });
        self.natives[index.at()].signature = Some(signature.clone());
        signature
    }

    /// The declared or inferred type of a field.
    pub(crate) fn field_type(&mut self, class: ClassIndex, name: &str, is_static: bool) -> TypeId {
        let error = self.types.basic.error;
        let info = &mut self.classes[class.0 as usize];
        let scope = info.scope;
        let table = if is_static { &mut info.statics } else { &mut info.members };
        let Some(member) = table.get_mut(name) else {
            return error;
        };
        let (optional, span) = (member.optional, member.span);
        let MemberKind::Field { annotation, initial, known, inferring, .. } = &mut member.kind else {
            return error;
        };
        if let Some(known) = known {
            return *known;
        }
        let (annotation, initial, was_inferring) = (*annotation, *initial, *inferring);
        *inferring = true;
        let readonly = member.readonly;
        let found = match (annotation, initial) {
            (Some(written), _) => self.resolve_type(written, scope),
            (None, _) if was_inferring => {
                let message = format!("the type of `{name}` depends on itself: it needs a type annotation");
                self.report_permanently(Diagnostic::error(codes::NEEDS_ANNOTATION, message).at(span));
                error
            }
            (None, Some(initial)) => {
                let found = self.probe_type(initial, scope);
                self.reasons.inferred.insert(span);
                if readonly { found } else { self.types.widen(found) }
            }
            (None, None) => {
                let message = format!("the field `{name}` needs a type annotation");
                self.report_permanently(Diagnostic::error(codes::NEEDS_ANNOTATION, message).at(span));
                error
            }
        };
        let found = if optional { self.types.nullable(found) } else { found };
        let info = &mut self.classes[class.0 as usize];
        let table = if is_static { &mut info.statics } else { &mut info.members };
        if let Some(Member { kind: MemberKind::Field { known, .. }, .. }) = table.get_mut(name) {
            *known = Some(found);
        }
        found
    }

    /// The variable behind a static field.
    pub(crate) fn static_variable(&mut self, class: ClassIndex, name: &str) -> Option<VariableIndex> {
        let info = &self.classes[class.0 as usize];
        let (class_name, module) = (info.name.clone(), info.module);
        let member = info.statics.get(name)?;
        let (span, readonly) = (member.span, member.readonly);
        let MemberKind::Field { variable, initial, .. } = &member.kind else {
            return None;
        };
        if let Some(variable) = variable {
            return Some(*variable);
        }
        let literal = if readonly { initial.and_then(literal_of) } else { None };
        let declared = self.field_type(class, name, true);
        let global = self.new_global(format!("{class_name}.{name}").into(), module);
        self.program.globals[global.0 as usize].representation = self.representation(declared);
        let index = self.new_variable(Variable {
            name: name.into(),
            span,
            declared: Some(declared),
            place: Place::Global(global, module),
            constant: readonly,
            source: None,
            inferring: false,
            literal,
            state: VariableState::Live,
        });
        if let Some(Member { kind: MemberKind::Field { variable, .. }, .. }) =
            self.classes[class.0 as usize].statics.get_mut(name)
        {
            *variable = Some(index);
        }
        Some(index)
    }

    /// The type of a variable; one whose declaration was not reached is inferred from its initial value.
    pub(crate) fn variable_type(&mut self, index: VariableIndex, span: Span) -> TypeId {
        if let Some(declared) = self.variables[index.at()].declared {
            return declared;
        }
        let variable = &self.variables[index.at()];
        let name = variable.name.clone();
        if let VariableState::Function(function) = variable.state {
            let declared = self.function_type(function);
            self.variables[index.at()].declared = Some(declared);
            return declared;
        }
        let initial = variable.source.and_then(|(source, _)| source.initial.as_ref());
        let is_function = initial.is_some_and(|initial| {
            let value = &initial.without_parentheses().kind;
            matches!(value, ast::ExpressionKind::Arrow(_) | ast::ExpressionKind::Function(_))
        });
        let found = match (variable.source, variable.inferring) {
            (Some((source, scope)), false) => {
                let constant = variable.constant;
                self.variables[index.at()].inferring = true;
                let found = match (&source.annotation, &source.initial) {
                    (Some(written), _) => self.resolve_type(written, scope),
                    (None, Some(initial)) if is_annotated_function(initial) => {
                        self.annotated_function(initial, scope)
                    }
                    (None, Some(initial)) if self.inference_depth < INFERENCE_DEPTH_MAX => {
                        self.inference_depth += 1;
                        let found = self.probe_type(initial, scope);
                        self.inference_depth -= 1;
                        self.reasons.inferred.extend(source.pattern.as_name().map(|name| name.span));
                        if constant { found } else { self.types.widen(found) }
                    }
                    _ => self.needs_annotation(&name, is_function, span),
                };
                self.variables[index.at()].inferring = false;
                found
            }
            _ => match initial.and_then(|initial| self.declared_call_result(index, initial)) {
                Some(declared) => declared,
                None => self.needs_annotation(&name, is_function, span),
            },
        };
        self.set_variable_type(index, found);
        found
    }

    /// What a call gives whatever it is given: its arguments may then use the variable that gets the result.
    fn declared_call_result(&mut self, index: VariableIndex, initial: &'a ast::Expression) -> Option<TypeId> {
        let ast::ExpressionKind::Call(call) = &initial.without_parentheses().kind else { return None };
        // What is called may be the variable itself: nothing is found by way of it.
        let source = self.variables[index.at()].source.take();
        let callee = self.static_type(&call.callee);
        self.variables[index.at()].source = source;
        let callee = callee?;
        match &self.call_signatures(callee)[..] {
            [only] if only.type_parameters.is_empty() && !self.is_error(only.result) => Some(only.result),
            _ => None,
        }
    }

    /// The type of a function expression that says it all, without looking at its body: it may refer to itself.
    fn annotated_function(&mut self, initial: &'a ast::Expression, outer: ScopeId) -> TypeId {
        let function = match &initial.without_parentheses().kind {
            ast::ExpressionKind::Arrow(arrow) => &arrow.function,
            ast::ExpressionKind::Function(function) => function,
            _ => return self.types.basic.error,
        };
        self.written_function(function, outer)
    }

    /// The type of a function that says all its types.
    pub(crate) fn written_function(&mut self, function: &'a ast::Function, outer: ScopeId) -> TypeId {
        let scope = self.child_scope(outer);
        let type_parameters = self.declare_type_parameters(scope, &function.type_parameters);
        let (parameters, rest) =
            self.resolve_parameters(&function.parameters, scope, &mut |checker, _, one, before| {
                let default = one.default.as_ref()?;
                Some(checker.default_type(&function.parameters, before, one, default, scope))
            });
        let Some(written) = &function.return_type else {
            return self.types.basic.error;
        };
        let (resolved, predicate) = self.resolve_result(written, &function.parameters, scope);
        let result = self.declared_result(function, resolved);
        self.types.function(Signature { type_parameters, parameters, rest, result, predicate })
    }

    fn needs_annotation(&mut self, name: &str, is_function: bool, span: Span) -> TypeId {
        let message =
            format!("the type of `{name}` is not known yet where it is used: it needs a type annotation");
        let diagnostic = Diagnostic::error(codes::NEEDS_ANNOTATION, message).at(span);
        self.report_permanently(match is_function {
            true => diagnostic.with_help("a function that calls itself says what it gives: `(…): int => …`"),
            false => diagnostic,
        });
        self.types.basic.error
    }

    /// Fixes a variable's type and with it the representation of its place.
    pub(crate) fn set_variable_type(&mut self, index: VariableIndex, declared: TypeId) {
        let representation = self.representation(declared);
        let state = self.variables[index.at()].state;
        self.variables[index.at()].declared = Some(declared);
        match self.variables[index.at()].place {
            Place::Global(global, _) => {
                self.program.globals[global.0 as usize].representation = representation
            }
            Place::Local(owner, local) => {
                if let Some(context) = self.contexts.iter_mut().find(|context| context.number == owner) {
                    let early = state == VariableState::Early;
                    context.locals[local.0 as usize].representation =
                        if early { raya_abi::Representation::Any } else { representation };
                }
            }
        }
    }

    /// How a static member that is an accessor or function is reached; for members found through a class value.
    pub(crate) fn static_symbol(&self, access: StaticAccess) -> Option<ValueSymbol> {
        match access {
            StaticAccess::Variable(index) => Some(ValueSymbol::Variable(index)),
            StaticAccess::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }
}

/// The value of a literal expression, a sign before a number included.
pub(crate) fn literal_of(expression: &ast::Expression) -> Option<Literal> {
    use ast::ExpressionKind as E;
    match &expression.without_parentheses().kind {
        E::Boolean(value) => Some(Literal::Boolean(*value)),
        E::Integer(value) => Some(Literal::Int(*value)),
        E::Number(value) => Some(Literal::Number(*value)),
        E::String(value) => Some(Literal::String(value.clone())),
        E::Name(name) if &**name == "Infinity" => Some(Literal::Number(f64::INFINITY)),
        E::Name(name) if &**name == "NaN" => Some(Literal::Number(f64::NAN)),
        E::Unary { operator: ast::UnaryOperator::Minus, operand } => match literal_of(operand)? {
            Literal::Number(value) => Some(Literal::Number(-value)),
            Literal::Int(value) => value.checked_neg().map(Literal::Int),
            _ => None,
        },
        _ => None,
    }
}

fn is_annotated_function(initial: &ast::Expression) -> bool {
    let function = match &initial.without_parentheses().kind {
        ast::ExpressionKind::Arrow(arrow) => &arrow.function,
        ast::ExpressionKind::Function(function) => function,
        _ => return false,
    };
    let says_its_type = |one: &ast::Parameter| {
        one.annotation.is_some() || one.default.as_ref().is_some_and(|default| literal_of(default).is_some())
    };
    function.return_type.is_some() && function.parameters.iter().all(says_its_type)
}
