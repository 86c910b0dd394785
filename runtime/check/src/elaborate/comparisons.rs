//! Comparisons: order, equality, `typeof` and `instanceof`.

use super::operators::{Operand, binary_node, binary_text, is_simple};
use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::typed::{BinaryOperator as T, ExpressionKind, UnaryOperator as U};
use crate::types::*;
use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, BinaryOperator as B, UnaryOperator};

impl<'a> Checker<'a> {
    pub(crate) fn comparison(
        &mut self,
        operator: B,
        left: Value,
        right: Value,
        at: Span,
        span: Span,
    ) -> Value {
        let basic = self.types.basic;
        let (left, right) = (self.date_as_number(left), self.date_as_number(right));
        let (a, b) = (self.operand(left.of), self.operand(right.of));
        if a == Operand::Broken || b == Operand::Broken {
            return Value {
                of: basic.boolean,
                expression: expression(ExpressionKind::Boolean(false), Representation::Boolean, span),
            };
        }
        // `a > b` is `b < a`, but `a` is still evaluated first.
        let swapped = matches!(operator, B::Greater | B::GreaterEqual);
        let or_equal = matches!(operator, B::LessEqual | B::GreaterEqual);
        let (typed, of) = match (a, b) {
            (Operand::Int, Operand::Int) => (if or_equal { T::LessEqualInt } else { T::LessInt }, basic.int),
            (Operand::Text, Operand::Text) => {
                (if or_equal { T::LessEqualString } else { T::LessString }, basic.string)
            }
            (Operand::Other | Operand::Text, _) | (_, Operand::Other | Operand::Text) => {
                let broken = self.bad_comparison(operator, &left, &right, at, span);
                return Value { of: basic.boolean, ..broken };
            }
            _ => (if or_equal { T::LessEqualNumber } else { T::LessNumber }, basic.number),
        };
        let (left, right) = (self.as_number(left, of), self.as_number(right, of));
        let node = if swapped {
            let mut setup = Vec::new();
            if is_simple(&left) || is_simple(&right) {
                binary_node(typed, right, left, Representation::Boolean, span)
            } else {
                let (local, representation) = self.bind_temporary(left, &mut setup);
                let left = crate::checker::read_local(local, representation, span);
                let compared = binary_node(typed, right, left, Representation::Boolean, span);
                expression(ExpressionKind::Sequence(setup, Box::new(compared)), Representation::Boolean, span)
            }
        } else {
            binary_node(typed, left, right, Representation::Boolean, span)
        };
        Value { expression: node, of: basic.boolean }
    }

    /// A date as its time, where numbers are wanted; anything else as it is.
    pub(crate) fn date_as_number(&mut self, value: Value) -> Value {
        let of = self.expand(value.of);
        if !self.is_builtin_instance(of, "Date") {
            return value;
        }
        let span = value.expression.span;
        let date = self.reshape(value.expression, Representation::Reference);
        let time = self.builtin_call("Date.getTime", vec![date], Representation::Number, span);
        Value { expression: time, of: self.types.basic.number }
    }

    pub(crate) fn bad_comparison(
        &mut self,
        operator: B,
        left: &Value,
        right: &Value,
        at: Span,
        span: Span,
    ) -> Value {
        let text = binary_text(operator);
        let message = format!(
            "`{text}` compares two numbers or two texts, found `{}` and `{}`",
            self.show(left.of),
            self.show(right.of)
        );
        let mut diagnostic = Diagnostic::error(codes::BAD_OPERANDS, message).at(at);
        if self.has_null(left.of) || self.has_null(right.of) {
            diagnostic =
                diagnostic.with_help("a value that may be null must be tested first, or replaced with `??`");
        }
        self.report(diagnostic);
        self.broken(span)
    }

    /// `==` and `!=` of two values.
    pub(crate) fn equality(&mut self, left: Value, right: Value, negated: bool, span: Span) -> Value {
        let boolean = self.types.basic.boolean;
        let (a, b) = (left.expression.representation, right.expression.representation);
        let node = match (a, b) {
            (Representation::Int, Representation::Int) => {
                binary_node(T::EqualInt, left.expression, right.expression, Representation::Boolean, span)
            }
            (Representation::Int | Representation::Number, Representation::Int | Representation::Number) => {
                let left = self.reshape(left.expression, Representation::Number);
                let right = self.reshape(right.expression, Representation::Number);
                binary_node(T::EqualNumber, left, right, Representation::Boolean, span)
            }
            _ => {
                let left = self.reshape(left.expression, Representation::Any);
                let right = self.reshape(right.expression, Representation::Any);
                binary_node(T::Equal, left, right, Representation::Boolean, span)
            }
        };
        let node = if negated {
            expression(ExpressionKind::Unary(U::Not, Box::new(node)), Representation::Boolean, span)
        } else {
            node
        };
        Value { expression: node, of: boolean }
    }

    /// `typeof x === "name"` as a test of the type.
    pub(crate) fn typeof_test(
        &mut self,
        operator: B,
        left: &'a ast::Expression,
        right: &'a ast::Expression,
        span: Span,
    ) -> Option<Value> {
        use ast::ExpressionKind as E;
        let (subject, name) = match (&left.without_parentheses().kind, &right.without_parentheses().kind) {
            (E::Unary { operator: UnaryOperator::TypeOf, operand }, E::String(name))
            | (E::String(name), E::Unary { operator: UnaryOperator::TypeOf, operand }) => (operand, name),
            _ => return None,
        };
        let basic = self.types.basic;
        if !["int", "number", "string", "boolean", "null", "undefined", "function", "object"]
            .contains(&&**name)
        {
            let message = format!("`typeof` never gives {name:?}");
            let help =
                "it gives \"int\", \"number\", \"string\", \"boolean\", \"null\", \"function\" or \"object\"";
            self.report(Diagnostic::error(codes::NO_OVERLAP, message).at(span).with_help(help));
        }
        let value = self.expression(subject, None);
        let plain = self.expand(value.of);
        let members = self.types.members(plain);
        let any = self.reshape(value.expression, Representation::Any);
        // Where ints and numbers are told apart, and for what has no type of its own, the name itself is compared.
        let both = members.contains(&basic.number)
            && members.iter().any(|one| matches!(self.types.kind(*one), Kind::Int | Kind::LiteralInt(_)));
        let tested = match &**name {
            "int" => Some(basic.int),
            "number" if !both => Some(basic.number),
            "string" => Some(basic.string),
            "boolean" => Some(basic.boolean),
            "null" | "undefined" => Some(basic.null),
            _ => None,
        };
        let node = match tested {
            Some(of) => {
                let id = self.runtime_type(of);
                expression(ExpressionKind::TypeTest(Box::new(any), id), Representation::Boolean, span)
            }
            None => {
                let found = expression(
                    ExpressionKind::Unary(U::TypeOf, Box::new(any)),
                    Representation::Reference,
                    span,
                );
                let name = expression(ExpressionKind::String(name.clone()), Representation::Reference, span);
                let (found, name) =
                    (self.reshape(found, Representation::Any), self.reshape(name, Representation::Any));
                binary_node(T::Equal, found, name, Representation::Boolean, span)
            }
        };
        let node = if operator == B::NotEqual {
            expression(ExpressionKind::Unary(U::Not, Box::new(node)), Representation::Boolean, span)
        } else {
            node
        };
        Some(Value { expression: node, of: basic.boolean })
    }

    pub(crate) fn instance_of(
        &mut self,
        left: &'a ast::Expression,
        right: &'a ast::Expression,
        span: Span,
    ) -> Value {
        let value = self.expression(left, None);
        let basic = self.types.basic;
        let Some(class) = self.class_symbol(right) else {
            let made = self.expression(right, None);
            let of = self.expand(made.of);
            let is_class = matches!(
                self.types.kind(of),
                Kind::ClassValue(_) | Kind::Constructor(_) | Kind::AbstractConstructor(_)
            ) || !self.construct_signatures_of(of).is_empty();
            if is_class {
                let expression = self.instance_of_value(value.expression, made, span);
                return Value { expression, of: basic.boolean };
            }
            if !self.is_error(made.of) {
                let message = format!("`instanceof` takes a class, found `{}`", self.show(made.of));
                self.error(codes::BAD_OPERANDS, right.span, message);
            }
            return Value {
                of: basic.boolean,
                expression: expression(ExpressionKind::Boolean(false), Representation::Boolean, span),
            };
        };
        let target = self.instance_like(class, value.of);
        if self.is_primitive(value.of) || value.of != basic.caught && !self.overlaps(value.of, target) {
            let message = format!(
                "`{}` is never an instance of `{}`",
                self.show(value.of),
                self.classes[class.0 as usize].name
            );
            self.error(codes::NO_OVERLAP, span, message);
        }
        let id = self.runtime_type(target);
        let any = self.reshape(value.expression, Representation::Any);
        let kind = ExpressionKind::TypeTest(Box::new(any), id);
        Value { expression: expression(kind, Representation::Boolean, span), of: basic.boolean }
    }
}
