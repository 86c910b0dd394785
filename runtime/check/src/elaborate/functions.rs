//! Functions: declarations, closures, methods; parameters and results.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, FunctionBody};

use crate::checker::{Checker, Pending, Value, expression, let_statement, read_local};
use crate::codes;
use crate::tables::*;
use crate::typed::{self, ExpressionKind, FunctionId, LocalId, StatementKind, Variable as TypedVariable};
use crate::types::*;
use crate::visit::Names;

/// What a function's elaboration starts from.
pub(crate) struct Setup<'a> {
    pub(crate) name: Text,
    pub(crate) function: &'a ast::Function,
    /// Where its type parameters are declared; its parameters go into a child.
    pub(crate) scope: ScopeId,
    pub(crate) module: ModuleIndex,
    pub(crate) signature: Rc<Signature>,
    /// The result is declared; else it is inferred.
    pub(crate) result_is_declared: bool,
    /// A result the context suggests.
    pub(crate) hint: Option<TypeId>,
    /// The receiver's type; parameter 0.
    pub(crate) this: Option<TypeId>,
    pub(crate) class: Option<(ClassIndex, bool)>,
    pub(crate) is_constructor: bool,
    /// Sees the variables and facts of the function around it.
    pub(crate) is_closure: bool,
}

impl<'a> Checker<'a> {
    /// The id of a declared function; its body is elaborated later.
    pub(crate) fn function_id(&mut self, index: FunctionIndex) -> FunctionId {
        if let Some(id) = self.functions[index.at()].id {
            return id;
        }
        let id = self.reserve_function();
        self.functions[index.at()].id = Some(id);
        self.pending.push_back(Pending::Function(index));
        id
    }

    /// Elaborates a declared function's body, once.
    pub(crate) fn elaborate_function(&mut self, index: FunctionIndex) {
        if self.functions[index.at()].elaborated {
            return;
        }
        let id = self.function_id(index);
        let signature = self.signature_of(index);
        if self.functions[index.at()].elaborated {
            return;
        }
        self.functions[index.at()].elaborated = true;
        if self.functions[index.at()].native.is_some() {
            let made = self.native_wrapper(index, &signature);
            self.program.functions[id.0 as usize] = Some(made);
            return;
        }
        let (made, _) = self.elaborate_alone(index, signature, true);
        self.program.functions[id.0 as usize] = Some(made);
    }

    /// Elaborates with no function around it, whatever is under way.
    fn elaborate_alone(&mut self, index: FunctionIndex, signature: Rc<Signature>, declared: bool) -> (typed::Function, TypeId) {
        let contexts = std::mem::take(&mut self.contexts);
        let (scope, module, probing) = (self.scope, self.module, self.probing);
        self.probing = 0;
        let setup = self.setup_of(index, signature, declared);
        self.module = setup.module;
        let made = self.elaborate_body(setup);
        self.contexts = contexts;
        (self.scope, self.module, self.probing) = (scope, module, probing);
        made
    }

    fn setup_of(&mut self, index: FunctionIndex, signature: Rc<Signature>, declared: bool) -> Setup<'a> {
        let scope = self.function_scope(index);
        let info = &self.functions[index.at()];
        let (name, function, module, owner, is_constructor) =
            (info.name.clone(), info.ast, info.module, info.owner, info.is_constructor);
        let this = match owner {
            Some((class, false)) => Some(self.own_instance(class)),
            _ => None,
        };
        Setup {
            name: short_name(&name, is_constructor),
            function,
            scope,
            module,
            signature,
            result_is_declared: declared,
            hint: None,
            this,
            class: owner,
            is_constructor,
            is_closure: false,
        }
    }

    /// The result of a function that does not declare one.
    pub(crate) fn infer_result(&mut self, index: FunctionIndex) -> TypeId {
        let Some(signature) = self.functions[index.at()].signature.clone() else { return self.types.basic.error };
        if self.functions[index.at()].is_local {
            return self.infer_local_result(index, signature);
        }
        let id = self.function_id(index);
        let (made, result) = self.elaborate_alone(index, signature.clone(), false);
        if !self.functions[index.at()].recursive {
            self.functions[index.at()].elaborated = true;
            self.program.functions[id.0 as usize] = Some(made);
            return result;
        }
        // It called itself while its result was taken for `never`: with the result known, it is elaborated again.
        result
    }

    fn infer_local_result(&mut self, index: FunctionIndex, signature: Rc<Signature>) -> TypeId {
        let mut setup = self.setup_of(index, signature, false);
        setup.is_closure = true;
        let scope = self.scope;
        self.probing += 1;
        let permanent = std::mem::replace(&mut self.permanent, false);
        let (_, result) = self.elaborate_body(setup);
        self.permanent = permanent;
        self.probing -= 1;
        self.scope = scope;
        result
    }

    /// A built-in as a function of the program, where one is needed as such.
    fn native_wrapper(&mut self, index: FunctionIndex, signature: &Rc<Signature>) -> typed::Function {
        let contexts = std::mem::take(&mut self.contexts);
        let info = &self.functions[index.at()];
        let (name, span, module, owner) = (info.name.clone(), info.ast.span, info.module, info.owner);
        let context = self.new_context(module);
        self.contexts.push(context);
        let mut parameters = Vec::new();
        let mut arguments = Vec::new();
        if let Some((class, false)) = owner {
            let own = self.own_instance(class);
            let representation = self.representation(own);
            let local = self.new_local("this".into(), representation);
            parameters.push(local);
            arguments.push(read_local(local, representation, span));
        }
        for one in &signature.parameters {
            let representation = if one.optional { Representation::Any } else { self.representation(one.value) };
            let local = self.new_local(one.name.clone(), representation);
            parameters.push(local);
            arguments.push(read_local(local, representation, span));
        }
        let result = self.representation(signature.result);
        let builtin = self.functions[index.at()].native.clone().unwrap_or_else(|| name.clone());
        let arguments = match signature.rest {
            None => typed::Arguments::Fixed(arguments),
            Some(_) => {
                let rest = self.new_local("rest".into(), Representation::Reference);
                parameters.push(rest);
                let mut parts: Vec<typed::ArrayPart> = arguments.into_iter().map(typed::ArrayPart::Element).collect();
                parts.push(typed::ArrayPart::Spread(read_local(rest, Representation::Reference, span)));
                let kind = ExpressionKind::Array { element: Representation::Any, parts };
                typed::Arguments::Spread(Box::new(expression(kind, Representation::Reference, span)))
            }
        };
        let call = expression(ExpressionKind::CallBuiltin(builtin, arguments), result, span);
        let body = vec![typed::Statement { kind: StatementKind::Return(Some(call)), span }];
        let locals = self.contexts.pop().map(|context| context.locals).unwrap_or_default();
        self.contexts = contexts;
        typed::Function {
            name,
            parameters,
            rest: signature.rest.is_some(),
            locals,
            captures: vec![],
            body,
            result,
            is_async: false,
            span,
        }
    }

    /// Elaborates a function and gives it with its result type (of an `async` one, the task).
    pub(crate) fn elaborate_body(&mut self, setup: Setup<'a>) -> (typed::Function, TypeId) {
        let mut context = self.new_context(setup.module);
        context.class = setup.class;
        context.in_constructor = setup.is_constructor;
        context.is_async = setup.function.is_async;
        if setup.is_closure {
            context.class = context.class.or(self.contexts.last().and_then(|outer| outer.class));
            context.flow.facts = self.facts_for_closure();
        }
        if setup.result_is_declared {
            let result = setup.signature.result;
            context.result = Some(if setup.function.is_async { self.awaited(result) } else { result });
        }
        context.result_hint = setup.hint.map(|hint| if setup.function.is_async { self.awaited(hint) } else { hint });
        self.contexts.push(context);
        let outer_scope = self.scope;
        self.scope = self.child_scope(setup.scope);
        let (parameters, mut body) = self.elaborate_parameters(&setup);
        if setup.is_constructor {
            self.begin_constructor(&setup, &mut body);
        }
        match &setup.function.body {
            FunctionBody::Block(block) => {
                let inner = self.elaborate_block_body(&block.statements);
                body.extend(inner);
            }
            FunctionBody::Expression(value) => self.elaborate_arrow_value(value, &mut body),
            FunctionBody::Native(_) | FunctionBody::None => {}
        }
        let result = self.finish_result(&setup, &mut body);
        self.scope = outer_scope;
        let context = self.contexts.pop();
        let (locals, captures) = context.map(|context| (context.locals, context.captures)).unwrap_or_default();
        let inner = if setup.function.is_async { self.awaited(result) } else { result };
        let representation = if setup.function.is_async { Representation::Any } else { self.result_representation(inner) };
        let function = typed::Function {
            name: setup.name,
            parameters,
            rest: setup.signature.rest.is_some(),
            locals,
            captures,
            body,
            result: representation,
            is_async: setup.function.is_async,
            span: setup.function.span,
        };
        (function, result)
    }

    /// The representation of a function's result; nothing and never are `Any`.
    pub(crate) fn result_representation(&mut self, result: TypeId) -> Representation {
        self.representation(result)
    }

    fn elaborate_arrow_value(&mut self, value: &'a ast::Expression, body: &mut Vec<typed::Statement>) {
        let (declared, hint) = (self.context().result, self.context().result_hint);
        let expected = declared.or(hint);
        let made = self.expression(value, expected);
        let span = value.span;
        let nothing = declared.is_some_and(|one| one == self.types.basic.void);
        if nothing {
            body.push(typed::Statement { kind: StatementKind::Expression(made.expression), span });
        } else {
            let made = self.returned(made, span);
            body.push(typed::Statement { kind: StatementKind::Return(Some(made)), span });
        }
        self.context().flow.unreachable = true;
    }

    /// The value of a `return`: converted to the declared result, or remembered for inferring it.
    pub(crate) fn returned(&mut self, value: Value, span: Span) -> typed::Expression {
        // `return task` in an async function waits for it.
        let value = if self.context().is_async { self.await_task(value) } else { value };
        let declared = self.context().result;
        match declared {
            Some(result) if result == self.types.basic.void => {
                if !self.assignable(value.of, result) && value.of != self.types.basic.never {
                    self.report_mismatch(value.of, result, span, Some("this function returns nothing"));
                }
                self.reshape(value.expression, Representation::Any, Representation::Any)
            }
            Some(result) => {
                let converted = self.coerce_at(value, result, span, None);
                if self.context().is_async {
                    let from = converted.representation;
                    return self.reshape(converted, from, Representation::Any);
                }
                converted
            }
            None => {
                let of = value.of;
                self.context().returned.push(of);
                value.expression
            }
        }
    }

    fn await_task(&mut self, value: Value) -> Value {
        let of = self.expand(value.of);
        if !matches!(self.types.kind(of), Kind::Class(class, _) if self.is_task(*class)) {
            return value;
        }
        let result = self.awaited(of);
        let span = value.expression.span;
        let waited = expression(ExpressionKind::Await(Box::new(value.expression)), Representation::Any, span);
        self.settle(waited, result)
    }

    /// Checks that a value is returned on every path, or infers the result and converts all that is returned to it.
    fn finish_result(&mut self, setup: &Setup<'a>, body: &mut Vec<typed::Statement>) -> TypeId {
        let basic = self.types.basic;
        let falls_off = !self.context().flow.unreachable;
        if let Some(result) = self.context().result {
            let expanded = self.expand(result);
            let may_fall = self.has_null(expanded) || matches!(self.types.kind(expanded), Kind::Unknown | Kind::Error);
            let has_body = matches!(setup.function.body, FunctionBody::Block(_));
            if falls_off && has_body && !may_fall && !setup.is_constructor {
                let span = setup.function.return_type.as_ref().map_or(setup.function.span, |one| one.span);
                let message = format!("not every path returns a value: expected `{}`", self.show(result));
                self.error(codes::MISSING_RETURN, span, message);
            }
            return setup.signature.result;
        }
        let mut returned = std::mem::take(&mut self.context().returned);
        if setup.is_constructor {
            return basic.void;
        }
        let result = if returned.is_empty() {
            if falls_off || !matches!(setup.function.body, FunctionBody::Expression(_) | FunctionBody::Block(_)) {
                basic.void
            } else {
                basic.never
            }
        } else {
            if falls_off {
                returned.push(basic.null);
            }
            let keep = setup.hint.is_some_and(|hint| self.hint_keeps_literals(hint));
            let joined = self.join(&returned);
            let joined = if keep { joined } else { self.types.widen(joined) };
            if joined == basic.caught { self.prelude_instance("Error", vec![]) } else { joined }
        };
        let wanted = if setup.function.is_async { Representation::Any } else { self.representation(result) };
        self.convert_returns(body, result, wanted);
        if setup.function.is_async { self.prelude_instance("Task", vec![result]) } else { result }
    }

    fn hint_keeps_literals(&mut self, hint: TypeId) -> bool {
        let hint = self.expand(hint);
        let members = self.types.members(hint);
        members.iter().any(|one| {
            self.types.is_literal(*one)
                || matches!(self.types.kind(*one), Kind::Record(_) | Kind::Tuple(_) | Kind::Array { .. })
                || matches!(self.types.kind(*one), Kind::Parameter(_)) && {
                    let Kind::Parameter(parameter) = *self.types.kind(*one) else { return false };
                    self.parameters[parameter.0 as usize].ast.is_some_and(|ast| ast.constraint.is_some())
                }
        })
    }

    /// Gives all `return`s of a body, those of inner functions aside, the result's representation.
    fn convert_returns(&mut self, body: &mut [typed::Statement], result: TypeId, wanted: Representation) {
        for statement in body {
            stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || match &mut statement.kind {
                StatementKind::Return(Some(value)) => {
                    let span = value.span;
                    let owned = std::mem::replace(value, self.null(span));
                    let from = owned.representation;
                    let number = wanted == Representation::Any && from == Representation::Int && self.only_numbers(result);
                    let owned = if number { self.reshape(owned, from, Representation::Number) } else { owned };
                    let from = owned.representation;
                    *value = self.reshape(owned, from, wanted);
                }
                StatementKind::Block { body, .. } | StatementKind::Loop(typed::Loop { body, .. }) => {
                    self.convert_returns(body, result, wanted);
                }
                StatementKind::ForOf(one) => self.convert_returns(&mut one.body, result, wanted),
                StatementKind::If(_, yes, no) => {
                    self.convert_returns(yes, result, wanted);
                    self.convert_returns(no, result, wanted);
                }
                StatementKind::Switch(one) => {
                    for (_, body) in &mut one.cases {
                        self.convert_returns(body, result, wanted);
                    }
                }
                StatementKind::Try { body, catch, finally } => {
                    self.convert_returns(body, result, wanted);
                    if let Some((_, body)) = catch {
                        self.convert_returns(body, result, wanted);
                    }
                    if let Some(body) = finally {
                        self.convert_returns(body, result, wanted);
                    }
                }
                _ => {}
            });
        }
    }

    fn only_numbers(&mut self, of: TypeId) -> bool {
        let of = self.expand(of);
        let members = self.types.members(of);
        members.contains(&self.types.basic.number)
            && !members.iter().any(|one| matches!(self.types.kind(*one), Kind::Int | Kind::LiteralInt(_)))
    }

    /// Facts that an inner function may rely on: those about variables that never change.
    fn facts_for_closure(&mut self) -> Rc<std::collections::BTreeMap<Reference, TypeId>> {
        let module = self.module;
        let assigned = self.assigned.get(&module).cloned().unwrap_or_default();
        let Some(context) = self.contexts.last() else { return Rc::default() };
        let kept = context.flow.facts.iter().filter(|(reference, _)| {
            let root = &self.variables[reference.root.at()];
            root.constant || !assigned.contains(&root.name)
        });
        Rc::new(kept.map(|(reference, of)| (reference.clone(), *of)).collect())
    }

    // ---- parameters ----

    fn elaborate_parameters(&mut self, setup: &Setup<'a>) -> (Vec<LocalId>, Vec<typed::Statement>) {
        let mut locals = Vec::new();
        let mut body = Vec::new();
        if let Some(this) = setup.this {
            let name: Text = "this".into();
            let (_, local) = self.declare_local(self.scope, &name, setup.function.span, this, true);
            locals.push(local);
        }
        let mut patterns = Vec::new();
        for (index, one) in setup.function.parameters.iter().enumerate() {
            if one.rest {
                let element = setup.signature.rest.unwrap_or(self.types.basic.unknown);
                let of = self.types.array(element);
                locals.push(self.parameter_local(&one.pattern, of, &mut patterns));
                continue;
            }
            let Some(declared) = setup.signature.parameters.get(index).cloned() else { continue };
            if declared.optional || one.default.is_some() {
                let raw = self.new_local(format!("%{index}").into(), Representation::Any);
                locals.push(raw);
                self.optional_parameter(one, declared.value, raw, &mut body, &mut patterns);
            } else {
                locals.push(self.parameter_local(&one.pattern, declared.value, &mut patterns));
            }
        }
        for (pattern, local, of) in patterns {
            let representation = self.representation(of);
            let value = Value { expression: read_local(local, representation, pattern.span), of };
            self.bind_pattern(pattern, value, false, &mut body);
        }
        (locals, body)
    }

    fn parameter_local(
        &mut self,
        pattern: &'a ast::Pattern,
        of: TypeId,
        patterns: &mut Vec<(&'a ast::Pattern, LocalId, TypeId)>,
    ) -> LocalId {
        match pattern.as_name() {
            Some(name) => self.declare_local(self.scope, &name.text, name.span, of, false).1,
            None => {
                let representation = self.representation(of);
                let local = self.temporary(representation);
                patterns.push((pattern, local, of));
                local
            }
        }
    }

    /// `x?: T`, `x = value`: the argument may be absent; with a default, `null` also asks for it.
    fn optional_parameter(
        &mut self,
        one: &'a ast::Parameter,
        declared: TypeId,
        raw: LocalId,
        body: &mut Vec<typed::Statement>,
        patterns: &mut Vec<(&'a ast::Pattern, LocalId, TypeId)>,
    ) {
        let span = one.span;
        let (of, value) = match &one.default {
            None => {
                let absent = expression(ExpressionKind::IsAbsent(raw), Representation::Boolean, span);
                let null = self.null(span);
                let read = read_local(raw, Representation::Any, span);
                let kind = ExpressionKind::Conditional(Box::new(absent), Box::new(null), Box::new(read));
                (declared, expression(kind, Representation::Any, span))
            }
            Some(default) => {
                let of = match &one.annotation {
                    Some(written) => self.resolve_type(written, self.scope),
                    None => self.without_null(declared),
                };
                let value = self.expression(default, Some(of));
                let default = self.coerce(value, of);
                let representation = self.representation(of);
                let read = read_local(raw, Representation::Any, span);
                let mut given = self.reshape(read, Representation::Any, representation);
                if !self.has_null(of) {
                    let null = self.null(span);
                    let read = read_local(raw, Representation::Any, span);
                    let kind = ExpressionKind::Binary(typed::BinaryOperator::Equal, Box::new(read), Box::new(null));
                    let is_null = expression(kind, Representation::Boolean, span);
                    let absent = expression(ExpressionKind::IsAbsent(raw), Representation::Boolean, span);
                    let kind = ExpressionKind::Logical(typed::LogicalOperator::Or, Box::new(absent), Box::new(is_null));
                    let missing = expression(kind, Representation::Boolean, span);
                    let kind = ExpressionKind::Conditional(Box::new(missing), Box::new(default), Box::new(given));
                    given = expression(kind, representation, span);
                } else {
                    let absent = expression(ExpressionKind::IsAbsent(raw), Representation::Boolean, span);
                    let kind = ExpressionKind::Conditional(Box::new(absent), Box::new(default), Box::new(given));
                    given = expression(kind, representation, span);
                }
                (of, given)
            }
        };
        let declared = match one.pattern.as_name() {
            Some(name) => self.declare_local(self.scope, &name.text, name.span, of, false).1,
            None => {
                let representation = self.representation(of);
                let local = self.temporary(representation);
                patterns.push((&one.pattern, local, of));
                local
            }
        };
        let wanted = self.representation(of);
        let from = value.representation;
        let value = self.reshape(value, from, wanted);
        body.push(let_statement(declared, value));
    }

    // ---- closures ----

    /// A function expression or arrow as a value. Parameters without annotation take the types that `expected` gives.
    pub(crate) fn closure(&mut self, function: &'a ast::Function, expected: Option<TypeId>, is_arrow: bool) -> Value {
        let outer = self.scope;
        let scope = self.child_scope(outer);
        let name: Text = match &function.name {
            Some(name) => name.text.clone(),
            None => "<anonymous>".into(),
        };
        let context_signature = expected.and_then(|expected| self.contextual_signature(expected));
        let type_parameters = self.declare_type_parameters(scope, &function.type_parameters);
        let context_ref = context_signature.clone();
        let (parameters, rest) = self.resolve_parameters(&function.parameters, scope, &mut |checker, index, one| {
            checker.contextual_parameter(context_ref.as_deref(), index, one)
        });
        let mut predicate = None;
        let mut result = self.types.basic.never;
        let declared = function.return_type.is_some();
        if let Some(written) = &function.return_type {
            let (resolved, found) = self.resolve_result(written, &function.parameters, scope);
            result = self.declared_result(function, resolved);
            predicate = found;
        }
        let hint = context_signature.as_ref().map(|one| one.result).filter(|one| *one != self.types.basic.void);
        let signature = Signature { type_parameters, parameters, rest, result, predicate };
        let id = self.reserve_function();
        let self_name = if is_arrow { None } else { function.name.clone() };
        let (local, scope) = match self_name {
            // A named function expression sees itself.
            Some(name) => {
                let of = self.types.function(signature.clone());
                let inner = self.child_scope(scope);
                let (variable, local) = self.declare_local(inner, &name.text, name.span, of, true);
                self.variables[variable.at()].declared = declared.then_some(of);
                (Some((local, variable)), inner)
            }
            None => (None, scope),
        };
        if !is_arrow {
            self.hide_this(scope);
        }
        let setup = Setup {
            name,
            function,
            scope,
            module: self.module,
            signature: Rc::new(signature.clone()),
            result_is_declared: declared,
            hint,
            this: None,
            class: None,
            is_constructor: false,
            is_closure: true,
        };
        let (made, result) = self.elaborate_body(setup);
        self.scope = outer;
        self.program.functions[id.0 as usize] = Some(made);
        let of = self.types.function(Signature { result, ..signature });
        let span = function.span;
        let closure = expression(ExpressionKind::Closure(id), Representation::Reference, span);
        match local {
            Some((local, variable)) if self.context().locals[local.0 as usize].captured => {
                let _ = variable;
                Value { expression: self.recursive_closure(local, closure, span), of }
            }
            _ => Value { expression: closure, of },
        }
    }

    /// A closure that captures the local which holds it: the local exists before the closure is made.
    fn recursive_closure(&mut self, local: LocalId, closure: typed::Expression, span: Span) -> typed::Expression {
        self.context().locals[local.0 as usize].reassigned = true;
        let first = typed::Statement { kind: StatementKind::Let(local, None), span };
        let assign = ExpressionKind::Assign(TypedVariable::Local(local), Box::new(closure));
        let assign = expression(assign, Representation::Reference, span);
        expression(ExpressionKind::Sequence(vec![first], Box::new(assign)), Representation::Reference, span)
    }

    /// `this` of an enclosing method is not visible in a function that is no arrow.
    fn hide_this(&mut self, scope: ScopeId) {
        if self.lookup_value(scope, "this").is_some() {
            let error = self.types.basic.error;
            let name: Text = "this".into();
            let local = self.temporary(Representation::Any);
            let index = self.declare_at(scope, &name, Span::default(), error, true, local);
            self.variables[index.at()].inferring = true;
        }
    }

    /// The one signature that a context wants, its type parameters left as they are.
    pub(crate) fn contextual_signature(&mut self, expected: TypeId) -> Option<Rc<Signature>> {
        let expected = self.expand(expected);
        let members = self.types.members(expected);
        let mut found: Vec<Rc<Signature>> = Vec::new();
        for member in members {
            let signatures = self.call_signatures(member);
            found.extend(signatures.into_iter().next());
        }
        found.into_iter().next()
    }

    fn contextual_parameter(&mut self, context: Option<&Signature>, index: usize, one: &'a ast::Parameter) -> Option<TypeId> {
        if let Some(context) = context {
            if one.rest {
                let mut rest: Vec<TypeId> = context.parameters.get(index..)?.iter().map(|one| one.value).collect();
                rest.extend(context.rest);
                let element = self.types.union(rest);
                return Some(self.types.array(element));
            }
            if let Some(parameter) = context.parameters.get(index) {
                return Some(parameter.value);
            }
            if let Some(rest) = context.rest {
                return Some(if rest == self.types.basic.never { self.types.basic.unknown } else { rest });
            }
            if one.default.is_none() && !one.optional {
                // More parameters than are ever given: the mismatch is reported, this is not.
                return Some(self.types.basic.error);
            }
        }
        let default = one.default.as_ref()?;
        let found = self.probe_type(default, self.scope);
        Some(self.types.widen(found))
    }

    /// The type of an expression, without keeping what was made of it or reported about it.
    pub(crate) fn probe_type(&mut self, value: &'a ast::Expression, scope: ScopeId) -> TypeId {
        let context = self.new_context(self.module);
        let class = self.contexts.last().and_then(|outer| outer.class).or_else(|| self.class_of_scope(scope));
        self.contexts.push(Context { class, is_async: true, ..context });
        let before = (self.scope, std::mem::replace(&mut self.permanent, false));
        self.scope = scope;
        self.probing += 1;
        let of = self.expression(value, None).of;
        self.probing -= 1;
        (self.scope, self.permanent) = before;
        self.contexts.pop();
        of
    }

    fn class_of_scope(&self, scope: ScopeId) -> Option<(ClassIndex, bool)> {
        let found = self.classes.iter().position(|class| class.scope == scope)?;
        Some((ClassIndex(found as u32), false))
    }

    // ---- variables ----

    /// A variable as the current function sees it: captured, where another owns it.
    pub(crate) fn variable_place(&mut self, index: VariableIndex, span: Span) -> Option<TypedVariable> {
        match self.variables[index.at()].place {
            Place::Global(global, module) => {
                let own_body = self.contexts.len() == 1 && self.context().is_module_body && self.context().module == module;
                if !own_body {
                    self.program.globals[global.0 as usize].shared = true;
                }
                Some(TypedVariable::Global(global))
            }
            Place::Local(owner, local) => {
                let Some(depth) = self.contexts.iter().position(|context| context.number == owner) else {
                    let name = self.variables[index.at()].name.clone();
                    let declared = self.variables[index.at()].span;
                    let message = format!("a class inside a function cannot use the function's variable `{name}`");
                    self.report(
                        Diagnostic::error(codes::CLASS_CAPTURES, message)
                            .at(span)
                            .with_related(declared, "declared here")
                            .with_help("pass it to the constructor"),
                    );
                    return None;
                };
                let mut place = TypedVariable::Local(local);
                for at in depth + 1..self.contexts.len() {
                    self.contexts[depth].locals[local.0 as usize].captured = true;
                    let context = &mut self.contexts[at];
                    let capture = match context.capture_of.get(&index) {
                        Some(capture) => *capture,
                        None => {
                            context.captures.push(place);
                            let capture = context.captures.len() as u32 - 1;
                            context.capture_of.insert(index, capture);
                            capture
                        }
                    };
                    place = TypedVariable::Capture(capture);
                }
                Some(place)
            }
        }
    }

    pub(crate) fn mark_reassigned(&mut self, index: VariableIndex) {
        match self.variables[index.at()].place {
            Place::Global(global, _) => self.program.globals[global.0 as usize].reassigned = true,
            Place::Local(owner, local) => {
                if let Some(context) = self.contexts.iter_mut().find(|context| context.number == owner) {
                    context.locals[local.0 as usize].reassigned = true;
                }
            }
        }
    }

    /// The representation a variable's place has.
    pub(crate) fn place_representation(&self, index: VariableIndex) -> Representation {
        match self.variables[index.at()].place {
            Place::Global(global, _) => self.program.globals[global.0 as usize].representation,
            Place::Local(owner, local) => self
                .contexts
                .iter()
                .find(|context| context.number == owner)
                .map_or(Representation::Any, |context| context.locals[local.0 as usize].representation),
        }
    }

    /// Makes the closure of a function declaration, before the statement that first uses it.
    pub(crate) fn materialize(&mut self, index: VariableIndex) {
        let VariableState::Function(function) = self.variables[index.at()].state else { return };
        let Place::Local(owner, local) = self.variables[index.at()].place else { return };
        if self.probing > 0 {
            return;
        }
        let Some(depth) = self.contexts.iter().position(|context| context.number == owner) else { return };
        let of = self.function_type(function);
        self.set_variable_type(index, of);
        self.variables[index.at()].state = VariableState::Live;
        let deeper = self.contexts.split_off(depth + 1);
        let signature = self.signature_of(function);
        let mut setup = self.setup_of(function, signature, true);
        setup.is_closure = true;
        let span = setup.function.span;
        let scope = self.scope;
        let (made, _) = self.elaborate_body(setup);
        self.scope = scope;
        let id = self.function_id_of_local(function);
        self.program.functions[id.0 as usize] = Some(made);
        let declared_in = self.functions[function.at()].scope;
        let closure = expression(ExpressionKind::Closure(id), Representation::Reference, span);
        let context = self.context();
        let captured_early = context.locals[local.0 as usize].captured;
        let block = context.blocks.iter_mut().rev().find(|block| block.scope == declared_in);
        if let Some(block) = block {
            if captured_early {
                block.early.push(local);
                let assign = ExpressionKind::Assign(TypedVariable::Local(local), Box::new(closure));
                let assign = expression(assign, Representation::Reference, span);
                block.before.push(typed::Statement { kind: StatementKind::Expression(assign), span });
                context.locals[local.0 as usize].reassigned = true;
            } else {
                block.before.push(let_statement(local, closure));
            }
        }
        self.contexts.extend(deeper);
    }

    fn function_id_of_local(&mut self, index: FunctionIndex) -> FunctionId {
        if let Some(id) = self.functions[index.at()].id {
            return id;
        }
        let id = self.reserve_function();
        self.functions[index.at()].id = Some(id);
        self.functions[index.at()].elaborated = true;
        id
    }

    /// Names that are assigned anywhere in a module.
    pub(crate) fn note_assigned(&mut self, module: ModuleIndex, tree: &ast::Module) {
        let mut names = Names::default();
        names.statements(&tree.statements);
        let assigned: HashSet<Text> = names.assigned;
        self.assigned.insert(module, Rc::new(assigned));
    }

    pub(crate) fn mark_assigned(&mut self, index: VariableIndex) {
        let context = self.context();
        if context.flow.unassigned.contains(&index) {
            let set: &mut BTreeSet<VariableIndex> = Rc::make_mut(&mut context.flow.unassigned);
            set.remove(&index);
        }
    }
}

fn short_name(name: &Text, is_constructor: bool) -> Text {
    match name.rsplit_once('.') {
        Some((class, _)) if is_constructor => format!("new {class}").into(),
        _ => name.clone(),
    }
}
