//! `bind`, `call` and `apply` of functions and methods.

use super::calls::{Callee, given_of, pack};
use crate::checker::{Checker, Value, expression};
use crate::typed::{Arguments, Expression, ExpressionKind};
use crate::types::*;
use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self, ExpressionKind as E};
use std::rc::Rc;

impl<'a> Checker<'a> {
    /// `f.call(this, a)`, `f.apply(this, [a])`, `f.bind(this, a)`: also of methods, whose object is then the argument.
    pub(crate) fn function_helper(
        &mut self,
        function: &'a ast::Expression,
        name: &str,
        call: &'a ast::Call,
        span: Span,
    ) -> Option<Value> {
        let is_method = match &function.kind {
            E::Member { object, property, .. } => {
                let of = self.static_type(object)?;
                let of = self.without_null(of);
                self.member(of, &property.text).is_some_and(|member| member.method)
            }
            _ => false,
        };
        if !is_method {
            let of = match self.static_type(function) {
                Some(of) => of,
                None => self.probe_type(function, self.scope),
            };
            if self.call_signatures(of).is_empty() || self.member(of, name).is_some() {
                return None;
            }
        }
        let mut arguments = call.arguments.iter();
        let this = arguments.next();
        let mut setup = Vec::new();
        let (callee, of) = if is_method {
            let E::Member { object, property, .. } = &function.kind else {
                return None;
            };
            let receiver = match this {
                Some(this) if !matches!(this.value.kind, E::Null) => {
                    let original = self.probe_type(object, self.scope);
                    let value = self.expression(&this.value, Some(original));
                    let expression = self.coerce_at(value, original, this.value.span, None);
                    Value { expression, of: original }
                }
                _ => self.expression(object, None),
            };
            let (local, representation) = self.bind_temporary(receiver.expression, &mut setup);
            let kept = Value {
                expression: crate::checker::read_local(local, representation, span),
                of: receiver.of,
            };
            let member = self.member(receiver.of, &property.text)?;
            (self.member_callee(kept, &property.text, &member), member.of)
        } else if let Some(given) = self.given_this(function, name, call) {
            return self.call_with_given_this(function, name, given, call, span);
        } else {
            if let Some(this) = this {
                let value = self.expression(&this.value, None);
                setup.push(crate::typed::Statement {
                    kind: crate::typed::StatementKind::Expression(value.expression),
                    span,
                });
            }
            let value = self.expression(function, None);
            (Callee::Value(value.expression), value.of)
        };
        let signatures = self.call_signatures(of);
        let made = match name {
            "call" => {
                let given = call.arguments.get(1..).unwrap_or_default();
                self.call_given(callee, &signatures, &[], given_of(given), None, call.arguments_span, span)
            }
            "apply" => {
                let mut given = given_of(call.arguments.get(1..2).unwrap_or_default());
                for one in &mut given {
                    one.spread = true;
                }
                self.call_given(callee, &signatures, &[], given, None, call.arguments_span, span)
            }
            _ => self.bound(callee, &signatures, call.arguments.get(1..).unwrap_or_default(), span)?,
        };
        let representation = made.expression.representation;
        let kind = ExpressionKind::Sequence(setup, Box::new(made.expression));
        Some(Value { expression: expression(kind, representation, span), of: made.of })
    }

    /// The arguments of a call of a function that declares `this`: it is the first of them.
    fn given_this(
        &mut self,
        function: &'a ast::Expression,
        name: &str,
        call: &'a ast::Call,
    ) -> Option<Vec<super::calls::Given<'a>>> {
        let of = match self.static_type(function) {
            Some(of) => of,
            None => self.probe_type(function, self.scope),
        };
        let signature = self.call_signatures(of).into_iter().next()?;
        if !signature.declares_this() {
            return None;
        }
        let mut given = given_of(&call.arguments);
        if name == "apply" {
            given.truncate(2);
            for one in given.iter_mut().skip(1) {
                one.spread = true;
            }
        }
        Some(given)
    }

    fn call_with_given_this(
        &mut self,
        function: &'a ast::Expression,
        name: &str,
        given: Vec<super::calls::Given<'a>>,
        call: &'a ast::Call,
        span: Span,
    ) -> Option<Value> {
        let value = self.expression(function, None);
        let signatures = self.call_signatures(value.of);
        let callee = Callee::Value(value.expression);
        if name != "bind" {
            return Some(self.call_given(callee, &signatures, &[], given, None, call.arguments_span, span));
        }
        self.bound(callee, &signatures, &call.arguments, span)
    }

    /// `f.bind(this, a)`: a closure that calls with what was given first.
    pub(crate) fn bound(
        &mut self,
        callee: Callee,
        signatures: &[Rc<Signature>],
        given: &'a [ast::Argument],
        span: Span,
    ) -> Option<Value> {
        let signature = signatures.first()?.clone();
        let mut values = Vec::new();
        for (index, one) in given.iter().enumerate() {
            let wanted = signature.parameters.get(index).map(|one| one.value).or(signature.rest)?;
            let value = self.expression(&one.value, Some(wanted));
            let value = self.coerce(value, wanted);
            values.push(self.reshape(value, Representation::Any));
        }
        let rest: Vec<ValueParameter> = signature.parameters.get(given.len()..).unwrap_or_default().to_vec();
        let target = match callee {
            Callee::Value(value) => value,
            Callee::Method(object, name) => {
                return Some(self.bound_method(object, &name, values, &signature, rest, span));
            }
            Callee::Function(function, Some(receiver)) => {
                let mut all = vec![receiver];
                all.append(&mut values);
                let inner = self.function_id(function);
                let value = expression(ExpressionKind::Closure(inner), Representation::Reference, span);
                return Some(self.bound_closure(value, all, &signature, rest, span));
            }
            _ => return None,
        };
        Some(self.bound_closure(target, values, &signature, rest, span))
    }

    pub(crate) fn bound_method(
        &mut self,
        object: Expression,
        name: &str,
        values: Vec<Expression>,
        signature: &Signature,
        rest: Vec<ValueParameter>,
        span: Span,
    ) -> Value {
        let mut parts = vec![object];
        parts.extend(values);
        self.make_bound(parts, signature, rest, span, |object, arguments| {
            ExpressionKind::CallMethod(Box::new(object), name.into(), arguments)
        })
    }

    pub(crate) fn bound_closure(
        &mut self,
        target: Expression,
        values: Vec<Expression>,
        signature: &Signature,
        rest: Vec<ValueParameter>,
        span: Span,
    ) -> Value {
        let mut parts = vec![target];
        parts.extend(values);
        self.make_bound(parts, signature, rest, span, |target, arguments| {
            ExpressionKind::CallValue(Box::new(target), arguments)
        })
    }

    /// A closure over `parts` that appends its own arguments and makes the call that `finish` builds.
    pub(crate) fn make_bound(
        &mut self,
        parts: Vec<Expression>,
        signature: &Signature,
        rest: Vec<ValueParameter>,
        span: Span,
        finish: impl FnOnce(Expression, Arguments) -> ExpressionKind,
    ) -> Value {
        let mut setup = Vec::new();
        let mut captures = Vec::new();
        let mut reads = Vec::new();
        for part in parts {
            let (local, representation) = self.bind_temporary(part, &mut setup);
            self.context().locals[local.0 as usize].captured = true;
            captures.push(crate::typed::Variable::Local(local));
            let variable = crate::typed::Variable::Capture(captures.len() as u32 - 1);
            reads.push(expression(ExpressionKind::Read(variable), representation, span));
        }
        let mut locals = Vec::new();
        let mut parameters = Vec::new();
        for one in &rest {
            let local = crate::typed::LocalId(locals.len() as u32);
            locals.push(crate::typed::Local {
                name: one.name.clone(),
                representation: Representation::Any,
                reassigned: false,
                captured: false,
            });
            parameters.push(local);
            reads.push(crate::checker::read_local(local, Representation::Any, span));
        }
        let mut reads = reads.into_iter();
        let first = reads.next().unwrap_or_else(|| self.null(span));
        let mut all: Vec<(bool, Expression)> = reads.map(|one| (false, one)).collect();
        let has_rest = signature.rest.is_some();
        if has_rest {
            let local = crate::typed::LocalId(locals.len() as u32);
            locals.push(crate::typed::Local {
                name: "rest".into(),
                representation: Representation::Reference,
                reassigned: false,
                captured: false,
            });
            parameters.push(local);
            all.push((true, crate::checker::read_local(local, Representation::Reference, span)));
        }
        let call = expression(finish(first, pack(all, has_rest, span)), Representation::Any, span);
        let body =
            vec![crate::typed::Statement { kind: crate::typed::StatementKind::Return(Some(call)), span }];
        let id = self.reserve_function();
        self.program.functions[id.0 as usize] = Some(crate::typed::Function {
            name: "bound".into(),
            parameters,
            rest: has_rest,
            locals,
            captures,
            body,
            result: Representation::Any,
            is_async: false,
            span,
        });
        let closure = expression(ExpressionKind::Closure(id), Representation::Reference, span);
        let kind = ExpressionKind::Sequence(setup, Box::new(closure));
        let of = self.types.function(Signature { parameters: rest, predicate: None, ..signature.clone() });
        Value { expression: expression(kind, Representation::Reference, span), of }
    }
}
