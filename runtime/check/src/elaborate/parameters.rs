//! Parameters: locals, defaults, patterns.

use super::functions::Setup;
use crate::checker::{Checker, Value, expression, let_statement, read_local};
use crate::typed::{self, ExpressionKind, LocalId};
use crate::types::*;
use raya_abi::Representation;
use raya_syntax::ast::{self};

impl<'a> Checker<'a> {
    pub(crate) fn elaborate_parameters(
        &mut self,
        setup: &Setup<'a>,
    ) -> (Vec<LocalId>, Vec<typed::Statement>) {
        let mut locals = Vec::new();
        let mut body = Vec::new();
        if let Some(this) = setup.this {
            let name: Text = "this".into();
            let (_, local) = self.declare_local(self.scope, &name, setup.function.span, this, true);
            locals.push(local);
        }
        let mut patterns = Vec::new();
        for (index, one) in setup.function.parameters.iter().enumerate() {
            if setup.this.is_some() && one.pattern.as_name().is_some_and(|name| &*name.text == "this") {
                self.refuse_this_parameter(setup.function);
                locals.push(self.temporary(Representation::Any));
                continue;
            }
            if one.rest {
                let element = setup.signature.rest.unwrap_or(self.types.basic.unknown);
                let of = match self.types.whole_rest(Some(element)) {
                    Some((_, whole)) => whole,
                    None => self.types.array(element),
                };
                locals.push(self.parameter_local(&one.pattern, of, &mut patterns));
                continue;
            }
            let Some(declared) = setup.signature.parameters.get(index).cloned() else {
                continue;
            };
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

    pub(crate) fn parameter_local(
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
    pub(crate) fn optional_parameter(
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
                let mut given = self.reshape(read, representation);
                if !self.has_null(of) {
                    let null = self.null(span);
                    let read = read_local(raw, Representation::Any, span);
                    let kind =
                        ExpressionKind::Binary(typed::BinaryOperator::Equal, Box::new(read), Box::new(null));
                    let is_null = expression(kind, Representation::Boolean, span);
                    let absent = expression(ExpressionKind::IsAbsent(raw), Representation::Boolean, span);
                    let kind = ExpressionKind::Logical(
                        typed::LogicalOperator::Or,
                        Box::new(absent),
                        Box::new(is_null),
                    );
                    let missing = expression(kind, Representation::Boolean, span);
                    let kind =
                        ExpressionKind::Conditional(Box::new(missing), Box::new(default), Box::new(given));
                    given = expression(kind, representation, span);
                } else {
                    let absent = expression(ExpressionKind::IsAbsent(raw), Representation::Boolean, span);
                    let kind =
                        ExpressionKind::Conditional(Box::new(absent), Box::new(default), Box::new(given));
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
        let value = self.reshape(value, wanted);
        body.push(let_statement(declared, value));
    }
}
