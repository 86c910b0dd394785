//! Function expressions and arrows, and function declarations inside functions.

use super::functions::Setup;
use crate::checker::{Checker, Value, expression, let_statement};
use crate::facts::Reference;
use crate::tables::*;
use crate::typed::{self, ExpressionKind, FunctionId, LocalId, StatementKind, Variable as TypedVariable};
use crate::types::*;
use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self};
use std::rc::Rc;

impl<'a> Checker<'a> {
    /// Facts that an inner function may rely on: those about variables that never change.
    pub(crate) fn facts_for_closure(&mut self) -> Rc<std::collections::BTreeMap<Reference, TypeId>> {
        let module = self.module;
        let assigned = self.assigned.get(&module).cloned().unwrap_or_default();
        let Some(context) = self.contexts.last() else {
            return Rc::default();
        };
        let kept = context.flow.facts.iter().filter(|(reference, _)| {
            reference.variables().all(|one| {
                let variable = &self.variables[one.at()];
                variable.constant || !assigned.contains(&variable.name)
            })
        });
        Rc::new(kept.map(|(reference, of)| (reference.clone(), *of)).collect())
    }

    /// A function without a name that is given to one is called by it, as in JavaScript.
    pub(crate) fn name_function(&mut self, value: &ast::Expression, name: &Text) {
        let function = match &value.without_parentheses().kind {
            ast::ExpressionKind::Arrow(arrow) => &arrow.function,
            ast::ExpressionKind::Function(function) => function,
            _ => return,
        };
        self.function_names.insert(function.span, name.clone());
    }

    /// A function expression or arrow as a value. Parameters without annotation take the types that `expected` gives.
    pub(crate) fn closure(
        &mut self,
        function: &'a ast::Function,
        expected: Option<TypeId>,
        is_arrow: bool,
    ) -> Value {
        if is_arrow {
            self.refuse_this_parameter(function);
        }
        let outer = self.scope;
        let scope = self.child_scope(outer);
        let name: Text = match &function.name {
            Some(name) => name.text.clone(),
            None => match self.function_names.get(&function.span) {
                Some(name) => name.clone(),
                None => "<anonymous>".into(),
            },
        };
        let context_signature = expected.and_then(|expected| self.contextual_signature(expected));
        let type_parameters = self.declare_type_parameters(scope, &function.type_parameters);
        let context_ref = context_signature.clone();
        let (parameters, rest) =
            self.resolve_parameters(&function.parameters, scope, &mut |checker, index, one, before| {
                checker.contextual_parameter(
                    context_ref.as_deref(),
                    index,
                    one,
                    (&function.parameters[..], before),
                )
            });
        let mut predicate = None;
        let mut result = self.types.basic.never;
        let declared = function.return_type.is_some();
        if let Some(written) = &function.return_type {
            let (resolved, found) = self.resolve_result(written, &function.parameters, scope);
            result = self.declared_result(function, resolved);
            predicate = found;
        }
        if let (Some(context), None) = (&context_signature, &predicate)
            && let Some(wanted) =
                context.predicate.as_ref().filter(|one| one.target.is_some() && !one.asserts)
            && wanted.parameter == Some(0)
            && let Some(first) = parameters.first()
        {
            let target = self.inferred_predicate(function, first.value);
            predicate = target.map(|target| Predicate { target: Some(target), ..wanted.clone() });
        }
        let hint =
            context_signature.as_ref().map(|one| one.result).filter(|one| *one != self.types.basic.void);
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
        if self.probing == 0 {
            self.program.functions[id.0 as usize] = Some(made);
        }
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

    /// Arrow functions and methods have a `this` that is not theirs to declare.
    pub(crate) fn refuse_this_parameter(&mut self, function: &ast::Function) {
        if let Some(first) = function.parameters.first()
            && first.pattern.as_name().is_some_and(|name| &*name.text == "this")
        {
            let message = "only a `function` declares `this`: methods and arrow functions have one already";
            self.error(crate::codes::BAD_SUPER, first.span, message);
        }
    }

    /// A closure that captures the local which holds it: the local exists before the closure is made.
    pub(crate) fn recursive_closure(
        &mut self,
        local: LocalId,
        closure: typed::Expression,
        span: Span,
    ) -> typed::Expression {
        self.context().locals[local.0 as usize].reassigned = true;
        let first = typed::Statement { kind: StatementKind::Let(local, None), span };
        let assign = ExpressionKind::Assign(TypedVariable::Local(local), Box::new(closure));
        let assign = expression(assign, Representation::Reference, span);
        expression(ExpressionKind::Sequence(vec![first], Box::new(assign)), Representation::Reference, span)
    }

    /// `this` of an enclosing method is not visible in a function that is no arrow.
    pub(crate) fn hide_this(&mut self, scope: ScopeId) {
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

    pub(crate) fn contextual_parameter(
        &mut self,
        context: Option<&Signature>,
        index: usize,
        one: &'a ast::Parameter,
        (all, before): (&'a [ast::Parameter], &[ValueParameter]),
    ) -> Option<TypeId> {
        if let Some(context) = context {
            if one.rest {
                let mut rest: Vec<TypeId> =
                    context.parameters.get(index..)?.iter().map(|one| one.value).collect();
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
        Some(self.default_type(all, before, one, default, self.scope))
    }

    /// Makes the closure of a function declaration, before the statement that first uses it.
    pub(crate) fn materialize(&mut self, index: VariableIndex) {
        let VariableState::Function(function) = self.variables[index.at()].state else {
            return;
        };
        let Place::Local(owner, local) = self.variables[index.at()].place else {
            return;
        };
        if self.probing > 0 {
            return;
        }
        let Some(depth) = self.contexts.iter().position(|context| context.number == owner) else {
            return;
        };
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

    pub(crate) fn function_id_of_local(&mut self, index: FunctionIndex) -> FunctionId {
        if let Some(id) = self.functions[index.at()].id {
            return id;
        }
        let id = self.reserve_function();
        self.functions[index.at()].id = Some(id);
        self.functions[index.at()].elaborated = true;
        id
    }
}
