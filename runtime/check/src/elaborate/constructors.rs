//! Constructors, the initial values of fields, and `super`.

use super::calls::Callee;
use super::classes::calls_super;
use super::functions::Setup;
use crate::checker::{Checker, Value, expression, read_local};
use crate::codes;
use crate::members::Access;
use crate::tables::*;
use crate::typed::{self, Expression, ExpressionKind, LocalId, Statement, StatementKind};
use crate::types::*;
use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self};
use std::rc::Rc;

impl<'a> Checker<'a> {
    /// The start of a constructor: without a base the fields get their values here, else after `super(…)`.
    pub(crate) fn begin_constructor(&mut self, setup: &Setup<'a>, body: &mut Vec<Statement>) {
        let Some((class, _)) = setup.class else { return };
        if self.base_of(class).is_none() {
            for parameter in setup.function.parameters.iter().filter(|one| one.property.is_some()) {
                self.parameter_property(parameter, body);
            }
            self.initialize_fields(class, body);
        } else if !calls_super(setup.function) {
            let name = self.classes[class.0 as usize].name.clone();
            let message =
                format!("the constructor of `{name}` must call `super(…)`: the class extends another");
            self.error(codes::BAD_SUPER, setup.function.span, message);
        }
    }

    pub(crate) fn parameter_property(&mut self, parameter: &'a ast::Parameter, body: &mut Vec<Statement>) {
        let Some(name) = parameter.pattern.as_name() else {
            return;
        };
        let Some(ValueSymbol::Variable(index)) = self.lookup_value(self.scope, &name.text) else {
            return;
        };
        let value = self.read_variable(index, name.span);
        let of = value.of;
        self.set_own_field(&name.text, Value { of, ..value }, name.span, body);
    }

    pub(crate) fn set_own_field(&mut self, name: &Text, value: Value, span: Span, body: &mut Vec<Statement>) {
        let this = self.this_value(span);
        let kind = ExpressionKind::SetProperty(Box::new(this), name.clone(), Box::new(value.expression));
        let of = value.of;
        let representation = self.representation(of);
        body.push(Statement {
            kind: StatementKind::Expression(expression(kind, representation, span)),
            span,
        });
    }

    pub(crate) fn this_value(&mut self, span: Span) -> Expression {
        match self.lookup_value(self.scope, "this") {
            Some(ValueSymbol::Variable(index)) => self.read_variable(index, span).expression,
            _ => self.null(span),
        }
    }

    /// Gives an instance's own fields their initial values.
    pub(crate) fn initialize_fields(&mut self, class: ClassIndex, body: &mut Vec<Statement>) {
        let order = self.classes[class.0 as usize].order.clone();
        let scope = self.classes[class.0 as usize].scope;
        self.run_initializers(class, self.classes[class.0 as usize].ast.span, body);
        for name in order {
            let Some(member) = self.classes[class.0 as usize].members.get(&name).cloned() else {
                continue;
            };
            let MemberKind::Field { initial: Some(initial), by_parameter: false, .. } = member.kind else {
                continue;
            };
            let declared = self.field_type(class, &name, false);
            // Initial values see the class, not the constructor's parameters; `this` is the instance.
            let outer = self.scope;
            let this = self.lookup_value(outer, "this");
            let inner = self.child_scope(scope);
            self.declare(inner, &"this".into(), Span::default(), this, None, None);
            self.scope = inner;
            // `super(…)` has no place in an initial value: it would give the fields their values again.
            let before = std::mem::replace(&mut self.context().in_constructor, false);
            self.give_name(initial, &name);
            let value = self.expression(initial, Some(declared));
            self.context().in_constructor = before;
            let place = self.field_annotation(class, &name, false);
            let value = self.coerce_annotated(value, declared, initial.span, place);
            let value = self.decorated_initial(class, &name, false, declared, value);
            self.set_own_field(&name, Value { expression: value, of: declared }, initial.span, body);
            self.scope = outer;
        }
    }

    pub(crate) fn super_call(&mut self, call: &'a ast::Call, span: Span) -> Value {
        let class = self.context().class.filter(|(_, is_static)| !is_static).map(|(class, _)| class);
        let base = class.and_then(|class| self.base_of(class).map(|base| (class, base)));
        let in_constructor = self.context().in_constructor;
        let Some((class, (base, arguments))) = base.filter(|_| in_constructor) else {
            self.error(
                codes::BAD_SUPER,
                span,
                "`super(…)` stands only in the constructor of a class that extends another",
            );
            for argument in &call.arguments {
                self.expression(&argument.value, None);
            }
            return self.broken(span);
        };
        let map = Substitution::new(&self.classes[base.0 as usize].parameters.clone(), &arguments);
        let signatures: Vec<Rc<Signature>> = self
            .construct_signatures(base)
            .into_iter()
            .map(|one| Rc::new(self.types.substitute_signature(&one, &map)))
            .collect();
        let this = self.this_value(span);
        let void = self.types.basic.void;
        let signatures: Vec<Rc<Signature>> =
            signatures.iter().map(|one| Rc::new(Signature { result: void, ..(**one).clone() })).collect();
        let made = self.call_super(Callee::SuperConstructor(base, this), &signatures, call, span);
        let kind = StatementKind::Expression(made.expression);
        let mut setup = vec![Statement { kind, span }];
        let constructor = self.classes[class.0 as usize].constructor.map(|one| self.functions[one.at()].ast);
        for parameter in constructor.map(|one| &one.parameters[..]).unwrap_or_default() {
            if parameter.property.is_some() {
                self.parameter_property(parameter, &mut setup);
            }
        }
        self.initialize_fields(class, &mut setup);
        let null = self.null(span);
        let kind = ExpressionKind::Sequence(setup, Box::new(null));
        Value { expression: expression(kind, Representation::Any, span), of: void }
    }

    /// `super.method`, to be called.
    pub(crate) fn super_method(&mut self, name: &Text, span: Span) -> Option<(Callee, TypeId)> {
        let Some((class, is_static)) = self.context().class else {
            self.error(
                codes::BAD_SUPER,
                span,
                "`super` stands only in the methods of a class that extends another",
            );
            return None;
        };
        let Some((base, arguments)) = self.base_of(class) else {
            let class_name = self.classes[class.0 as usize].name.clone();
            self.error(
                codes::BAD_SUPER,
                span,
                format!("`{class_name}` extends no class: there is no `super`"),
            );
            return None;
        };
        if is_static {
            let class = self.symbol_value(ValueSymbol::Class(base), span);
            let Some(member) = self.member_of(&class.expression, class.of, name) else {
                self.no_such_member(class.of, name, span);
                return None;
            };
            self.check_access(&member, name, span);
            // `this` stays the class that the method was called on.
            let expression = match (&member.access, self.lookup_value(self.scope, "this")) {
                (Access::Static(_), Some(ValueSymbol::Variable(this))) => {
                    self.read_variable(this, span).expression
                }
                _ => class.expression,
            };
            return Some((self.member_callee(Value { expression, of: class.of }, name, &member), member.of));
        }
        let of = self.class_type(base, arguments);
        let Some(member) = self.member(of, name) else {
            self.no_such_member(of, name, span);
            return None;
        };
        self.check_access(&member, name, span);
        if member.is_abstract {
            self.error(
                codes::BAD_SUPER,
                span,
                format!("`{name}` is abstract in the base class: there is nothing to call"),
            );
        }
        let owner = member.owner.map(|(owner, _)| owner)?;
        match self.classes[owner.0 as usize].members.get(name).map(|one| one.kind.clone()) {
            Some(MemberKind::Method(function)) => {
                let this = self.this_value(span);
                Some((Callee::SuperMethod(function, this), member.of))
            }
            _ => {
                let read = self.super_property(name, span);
                Some((Callee::Value(read.expression), read.of))
            }
        }
    }

    /// `super.property`: an accessor of the base; fields are the instance's own.
    pub(crate) fn super_property(&mut self, name: &Text, span: Span) -> Value {
        let Some((base, arguments)) = self.context().class.and_then(|(class, _)| self.base_of(class)) else {
            self.error(
                codes::BAD_SUPER,
                span,
                "`super` stands only in the methods of a class that extends another",
            );
            return self.broken(span);
        };
        let of = self.class_type(base, arguments);
        let Some(member) = self.member(of, name) else {
            self.no_such_member(of, name, span);
            return self.broken(span);
        };
        let owner = member.owner.map(|(owner, _)| owner).unwrap_or(base);
        let this = self.this_value(span);
        match self.classes[owner.0 as usize].members.get(name).map(|one| one.kind.clone()) {
            Some(MemberKind::Accessor { get: Some(get), .. }) => {
                self.call_accessor(get, vec![this], member.of, span)
            }
            Some(MemberKind::Field { .. }) => {
                self.read_member(Value { expression: this, of }, name, &member, span)
            }
            _ => {
                self.error(
                    codes::UNBOUND_METHOD,
                    span,
                    format!("the method `{name}` is taken from its object without being called"),
                );
                self.broken(span)
            }
        }
    }

    /// A constructor that only passes its arguments on and gives the fields their values. `in_place`: as a closure of the
    /// function around its class.
    pub(crate) fn implicit_constructor(&mut self, class: ClassIndex, in_place: bool) -> typed::Function {
        let contexts = if in_place { Vec::new() } else { std::mem::take(&mut self.contexts) };
        let info = &self.classes[class.0 as usize];
        let (module, scope, name, span) = (info.module, info.scope, info.name.clone(), info.ast.span);
        let before = (self.scope, self.module);
        let mut context = self.new_context(module);
        context.class = Some((class, false));
        context.in_constructor = true;
        self.contexts.push(context);
        self.module = module;
        self.scope = self.child_scope(scope);
        let this_type = self.own_instance(class);
        let (_, this) = self.declare_local(self.scope, &"this".into(), span, this_type, true);
        let mut parameters = vec![this];
        let mut body = Vec::new();
        let mut rest = false;
        if let Some((base, _)) = self.base_of(class) {
            let inherited = self.constructor_of(base).map(|function| self.signature_of(function));
            let mut arguments = vec![read_local(this, Representation::Reference, span)];
            if self.classes[base.0 as usize].captures {
                arguments.push(self.class_value(base, span));
            }
            if let Some(signature) = inherited {
                rest = signature.rest.is_some();
                self.forward_parameters(&signature, &mut parameters, &mut arguments, span);
            }
            let id = self.constructor_id(base);
            let call = expression(ExpressionKind::CallFunction(id, arguments), Representation::Any, span);
            body.push(Statement { kind: StatementKind::Expression(call), span });
        }
        self.initialize_fields(class, &mut body);
        (self.scope, self.module) = before;
        let context = self.contexts.pop();
        let (locals, captures) = context.map(|one| (one.locals, one.captures)).unwrap_or_default();
        if !in_place {
            self.contexts = contexts;
        }
        typed::Function {
            name: format!("new {name}").into(),
            parameters,
            rest,
            locals,
            captures,
            body,
            result: Representation::Any,
            is_async: false,
            span,
        }
    }

    pub(crate) fn forward_parameters(
        &mut self,
        signature: &Signature,
        parameters: &mut Vec<LocalId>,
        arguments: &mut Vec<Expression>,
        span: Span,
    ) {
        for one in &signature.parameters {
            let shape = if one.optional { Representation::Any } else { self.representation(one.value) };
            let local = self.new_local(one.name.clone(), shape);
            parameters.push(local);
            let read = read_local(local, shape, span);
            arguments.push(if one.optional { absent_or(local, read, span) } else { read });
        }
        if signature.rest.is_some() {
            let local = self.new_local("rest".into(), Representation::Reference);
            parameters.push(local);
            arguments.push(read_local(local, Representation::Reference, span));
        }
    }
}

/// A parameter passed on: an argument that was not given stays one.
fn absent_or(local: LocalId, read: Expression, span: Span) -> Expression {
    let test = expression(ExpressionKind::IsAbsent(local), Representation::Boolean, span);
    let absent = expression(ExpressionKind::Absent, Representation::Any, span);
    let kind = ExpressionKind::Conditional(Box::new(test), Box::new(absent), Box::new(read));
    expression(kind, Representation::Any, span)
}
