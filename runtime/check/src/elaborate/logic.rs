//! `&&`, `||`, `??` and `delete`.

use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::typed::ExpressionKind;
use crate::types::*;
use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, LogicalOperator};

impl<'a> Checker<'a> {
    pub(crate) fn logical(
        &mut self,
        operator: LogicalOperator,
        left: &'a ast::Expression,
        right: &'a ast::Expression,
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        let first = self.expression(left, expected);
        let before = self.context().flow.clone();
        match operator {
            LogicalOperator::And => self.assume(left, true),
            LogicalOperator::Or => self.assume(left, false),
            LogicalOperator::Coalesce => {
                let null = self.types.basic.null;
                self.assume_is_unit(left, null, true);
            }
        }
        let guide = match operator {
            LogicalOperator::And => expected,
            _ => expected
                .or_else(|| Some(self.without_null(first.of)).filter(|one| *one != self.types.basic.never)),
        };
        let second = self.expression(right, guide);
        let after = std::mem::replace(&mut self.context().flow, before.clone());
        self.context().flow = self.join_flows(before, after);
        self.logical_values(operator, first, second, expected, span)
    }

    /// An operator that gives one of its operands.
    pub(crate) fn logical_values(
        &mut self,
        operator: LogicalOperator,
        left: Value,
        right: Value,
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        let basic = self.types.basic;
        let kept = match operator {
            LogicalOperator::And => self.falsy_part(left.of),
            LogicalOperator::Or => self.truthy_part(left.of),
            LogicalOperator::Coalesce => {
                // What is kept as `Any` though its type has no null may be null all the same: a group of a match.
                if left.expression.representation != Representation::Any
                    && !self.has_null(left.of)
                    && !matches!(self.types.kind(left.of), Kind::Unknown | Kind::Parameter(_) | Kind::Error)
                {
                    let message =
                        format!("the left side of `??` is never null: it is `{}`", self.show(left.of));
                    self.report(Diagnostic::warning(codes::NO_OVERLAP, message).at(left.expression.span));
                }
                self.without_null(left.of)
            }
        };
        let boolean = left.expression.representation == Representation::Boolean
            && right.expression.representation == Representation::Boolean;
        let of = if boolean { basic.boolean } else { self.joined(&[kept, right.of], expected) };
        let representation = self.representation(of);
        let typed = match operator {
            LogicalOperator::And => crate::typed::LogicalOperator::And,
            LogicalOperator::Or => crate::typed::LogicalOperator::Or,
            LogicalOperator::Coalesce => crate::typed::LogicalOperator::Coalesce,
        };
        // The left side may hold what the whole never is (null, before `??`): such a whole is kept as `Any` and then checked.
        let full = self.types.union([left.of, of]);
        let common = self.representation(full);
        let known =
            left.expression.representation != Representation::Any || representation == Representation::Any;
        let common = if common == representation && known { representation } else { Representation::Any };
        let left = if common == Representation::Any {
            self.reshape(left.expression, common)
        } else {
            self.convert(left, full)
        };
        let right = self.convert(right, of);
        let right = self.reshape(right, common);
        let kind = ExpressionKind::Logical(typed, Box::new(left), Box::new(right));
        self.settle(expression(kind, common, span), of)
    }

    /// `delete object[key]`, `delete object.optional`.
    pub(crate) fn delete(&mut self, operand: &'a ast::Expression, span: Span) -> Value {
        use ast::ExpressionKind as E;
        let boolean = self.types.basic.boolean;
        let (object, key) = match &operand.without_parentheses().kind {
            E::Member { object, property, .. } => {
                let value = self.expression(object, None);
                let value = self.receiver(value, "a property of it", span);
                let deletable = match self.member(value.of, &property.text) {
                    Some(member) => {
                        member.access == crate::members::Access::Entry || self.has_null(member.of)
                    }
                    None => {
                        self.no_such_member(value.of, &property.text, property.span);
                        true
                    }
                };
                if !deletable {
                    let message = format!("`{}` is not optional: it cannot be deleted", property.text);
                    self.error(codes::READ_ONLY, property.span, message);
                }
                let kind = ExpressionKind::String(property.text.clone());
                (value.expression, expression(kind, Representation::Reference, property.span))
            }
            E::Index { object, index, .. } => {
                let value = self.expression(object, None);
                let value = self.receiver(value, "a property of it", span);
                if !matches!(self.element_kind(value.of), super::members::ElementKind::Entry(_))
                    && !self.is_error(value.of)
                {
                    let message = format!("`{}` has no entries to delete", self.show(value.of));
                    self.error(codes::BAD_OPERANDS, span, message);
                }
                let key = self.expression(index, None);
                (value.expression, self.text(key))
            }
            _ => {
                self.error(
                    codes::BAD_OPERANDS,
                    span,
                    "`delete` takes a property: `delete object.name` or `delete object[key]`",
                );
                return self.broken(span);
            }
        };
        if let Some(reference) = self.reference_of(operand) {
            self.forget(&reference);
        }
        self.forget_elements(operand);
        let call = self.builtin_call("Object.remove", vec![object, key], Representation::Boolean, span);
        Value { expression: call, of: boolean }
    }
}
