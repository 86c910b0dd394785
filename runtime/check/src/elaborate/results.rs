//! Results of functions: declared ones are checked, others inferred.

use super::functions::Setup;
use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::typed::{self, ExpressionKind, StatementKind};
use crate::types::*;
use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self, FunctionBody};

impl<'a> Checker<'a> {
    /// The representation of a function's result; nothing and never are `Any`.
    pub(crate) fn result_representation(&mut self, result: TypeId) -> Representation {
        self.representation(result)
    }

    pub(crate) fn elaborate_arrow_value(
        &mut self,
        value: &'a ast::Expression,
        body: &mut Vec<typed::Statement>,
    ) {
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
                self.reshape(value.expression, Representation::Any)
            }
            Some(result) => {
                let place = self.result_place();
                let converted = self.coerce_annotated(value, result, span, place);
                if self.context().is_async {
                    return self.reshape(converted, Representation::Any);
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

    pub(crate) fn await_task(&mut self, value: Value) -> Value {
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
    pub(crate) fn finish_result(&mut self, setup: &Setup<'a>, body: &mut [typed::Statement]) -> TypeId {
        let basic = self.types.basic;
        let falls_off = !self.context().flow.unreachable;
        if let Some(result) = self.context().result {
            let expanded = self.expand(result);
            let may_fall =
                self.has_null(expanded) || matches!(self.types.kind(expanded), Kind::Unknown | Kind::Error);
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
            if falls_off
                || !matches!(setup.function.body, FunctionBody::Expression(_) | FunctionBody::Block(_))
            {
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
            match setup.hint {
                // Ints that are returned where a number is wanted become numbers here, not at each use.
                Some(hint) if self.expand(hint) == basic.number && self.assignable(joined, basic.number) => {
                    basic.number
                }
                _ if joined == basic.caught => self.prelude_instance("Error", vec![]),
                _ => joined,
            }
        };
        let wanted = if setup.function.is_async { Representation::Any } else { self.representation(result) };
        self.convert_returns(body, result, wanted);
        if setup.function.is_async { self.prelude_instance("Task", vec![result]) } else { result }
    }

    pub(crate) fn hint_keeps_literals(&mut self, hint: TypeId) -> bool {
        let hint = self.expand(hint);
        let members = self.types.members(hint);
        members.iter().any(|one| {
            self.types.is_literal(*one)
                || matches!(self.types.kind(*one), Kind::Record(_) | Kind::Tuple(_) | Kind::Array { .. })
                || matches!(self.types.kind(*one), Kind::Parameter(_)) && {
                    let Kind::Parameter(parameter) = *self.types.kind(*one) else {
                        return false;
                    };
                    self.parameters[parameter.0 as usize].ast.is_some_and(|ast| ast.constraint.is_some())
                }
        })
    }

    /// Gives all `return`s of a body, those of inner functions aside, the result's representation.
    pub(crate) fn convert_returns(
        &mut self,
        body: &mut [typed::Statement],
        result: TypeId,
        wanted: Representation,
    ) {
        for statement in body {
            stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || match &mut statement.kind {
                StatementKind::Return(Some(value)) => {
                    let span = value.span;
                    let owned = std::mem::replace(value, self.null(span));
                    let from = owned.representation;
                    let number = wanted == Representation::Any
                        && from == Representation::Int
                        && self.only_numbers(result);
                    let owned = if number { self.reshape(owned, Representation::Number) } else { owned };
                    *value = self.reshape(owned, wanted);
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

    pub(crate) fn only_numbers(&mut self, of: TypeId) -> bool {
        let of = self.expand(of);
        let members = self.types.members(of);
        members.contains(&self.types.basic.number)
            && !members.iter().any(|one| matches!(self.types.kind(*one), Kind::Int | Kind::LiteralInt(_)))
    }
}
