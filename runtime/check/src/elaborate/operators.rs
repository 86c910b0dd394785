//! Operators.

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, BinaryOperator as B, UnaryOperator};

use super::convert::TO_INT;
use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::tables::Literal;
use crate::typed::{BinaryOperator as T, Expression, ExpressionKind, UnaryOperator as U};
use crate::types::*;

/// What an operand of arithmetic is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    Int,
    Integral,
    Number,
    /// `int | number`: kept as a number.
    Mixed,
    Text,
    Broken,
    Other,
}

impl<'a> Checker<'a> {
    pub(crate) fn operand(&mut self, of: TypeId) -> Operand {
        let of = self.expand(of);
        match self.types.kind(of).clone() {
            Kind::Int | Kind::LiteralInt(_) => Operand::Int,
            Kind::Integral => Operand::Integral,
            Kind::Number | Kind::LiteralNumber(_) => Operand::Number,
            Kind::String | Kind::LiteralString(_) => Operand::Text,
            Kind::Error => Operand::Broken,
            Kind::Never => Operand::Int,
            Kind::Union(members) => {
                let mut kinds: Vec<Operand> = members.iter().map(|one| self.operand(*one)).collect();
                kinds.dedup();
                match kinds[..] {
                    [only] => only,
                    _ if kinds.iter().all(|one| {
                        matches!(one, Operand::Int | Operand::Integral | Operand::Number | Operand::Mixed)
                    }) =>
                    {
                        Operand::Mixed
                    }
                    _ => Operand::Other,
                }
            }
            Kind::Intersection(members) => {
                let kinds: Vec<Operand> = members.iter().map(|one| self.operand(*one)).collect();
                kinds.into_iter().find(|one| *one != Operand::Other).unwrap_or(Operand::Other)
            }
            Kind::Parameter(parameter) => match self.parameter_constraint(parameter) {
                Some(constraint) => match self.operand(constraint) {
                    Operand::Number | Operand::Integral => Operand::Mixed,
                    other => other,
                },
                None => Operand::Other,
            },
            _ => Operand::Other,
        }
    }

    pub(crate) fn unary(
        &mut self,
        operator: UnaryOperator,
        operand: &'a ast::Expression,
        span: Span,
    ) -> Value {
        let basic = self.types.basic;
        if matches!(operator, UnaryOperator::Minus)
            && let Some(literal) = crate::signatures::literal_of(operand)
        {
            match literal {
                Literal::Int(0) => return self.literal(&Literal::Int(0), span),
                Literal::Int(value) if value != i32::MIN => return self.literal(&Literal::Int(-value), span),
                Literal::Number(value) => return self.literal(&Literal::Number(-value), span),
                _ => {}
            }
        }
        if operator == UnaryOperator::Delete {
            return self.delete(operand, span);
        }
        let value = self.expression(operand, None);
        match operator {
            UnaryOperator::Not => {
                let truth = self.truth(value);
                self.unary_node(U::Not, truth, Representation::Boolean, basic.boolean, span)
            }
            UnaryOperator::TypeOf => {
                let any = self.reshape(value.expression, Representation::Any);
                self.unary_node(U::TypeOf, any, Representation::Reference, basic.string, span)
            }
            UnaryOperator::Void => {
                let kind = crate::typed::StatementKind::Expression(value.expression);
                let null = self.null(span);
                let kind =
                    ExpressionKind::Sequence(vec![crate::typed::Statement { kind, span }], Box::new(null));
                Value { expression: expression(kind, Representation::Any, span), of: basic.null }
            }
            UnaryOperator::Minus | UnaryOperator::Plus => {
                let value = self.date_as_number(value);
                let operand = self.operand(value.of);
                let (of, operator_of) = match operand {
                    Operand::Int => (basic.int, U::NegateInt),
                    Operand::Integral => (basic.integral, U::NegateNumber),
                    Operand::Number | Operand::Mixed => (basic.number, U::NegateNumber),
                    Operand::Text if operator == UnaryOperator::Plus => return self.number_of(value, span),
                    _ => return self.bad_operand(operator_text(operator), &value, "a number", span),
                };
                let value = self.as_number(value, of);
                if operator == UnaryOperator::Plus {
                    return Value { expression: value, of };
                }
                let representation = value.representation;
                self.unary_node(operator_of, value, representation, of, span)
            }
            UnaryOperator::BitNot => {
                let value = self.int_operand(value, "~", span);
                self.unary_node(U::BitNot, value, Representation::Int, basic.int, span)
            }
            UnaryOperator::Delete => self.broken(span),
        }
    }

    pub(crate) fn unary_node(
        &mut self,
        operator: U,
        operand: Expression,
        representation: Representation,
        of: TypeId,
        span: Span,
    ) -> Value {
        let kind = ExpressionKind::Unary(operator, Box::new(operand));
        Value { expression: expression(kind, representation, span), of }
    }

    pub(crate) fn bad_operand(&mut self, operator: &str, value: &Value, expected: &str, span: Span) -> Value {
        if !self.is_error(value.of) {
            let message = format!("`{operator}` takes {expected}, found `{}`", self.show(value.of));
            let mut diagnostic = Diagnostic::error(codes::BAD_OPERANDS, message).at(value.expression.span);
            if self.has_null(value.of) {
                diagnostic =
                    diagnostic.with_help("it may be null: test it first, or give a value instead with `??`");
            }
            self.report(diagnostic);
        }
        self.broken(span)
    }

    /// `Number(value)`.
    pub(crate) fn number_of(&mut self, value: Value, span: Span) -> Value {
        let number = self.types.basic.number;
        let value = self.date_as_number(value);
        match self.operand(value.of) {
            Operand::Int | Operand::Integral | Operand::Number => {
                Value { expression: self.as_number(value, number), of: number }
            }
            _ => {
                let any = self.reshape(value.expression, Representation::Any);
                let call = self.builtin_call("Number.of", vec![any], Representation::Number, span);
                Value { expression: call, of: number }
            }
        }
    }

    /// A numeric value in the representation of `of`.
    pub(crate) fn as_number(&mut self, value: Value, of: TypeId) -> Expression {
        let wanted = self.representation(of);
        self.reshape(value.expression, wanted)
    }

    /// The int with the bits of a literal that only fits 32 bits without a sign, such as `0xFFFF0000`.
    fn same_bits(&self, of: TypeId) -> Option<i32> {
        let Kind::LiteralNumber(bits) = *self.types.kind(of) else { return None };
        let number = f64::from_bits(bits);
        let fits = number.fract() == 0.0 && (2_147_483_648.0..=4_294_967_295.0).contains(&number);
        fits.then_some(number as u32 as i32)
    }

    pub(crate) fn int_operand(&mut self, value: Value, operator: &str, span: Span) -> Expression {
        match self.operand(value.of) {
            Operand::Int => self.as_number(value, self.types.basic.int),
            Operand::Integral | Operand::Number | Operand::Mixed => {
                let basic = self.types.basic;
                if self.operand(value.of) == Operand::Integral {
                    return self
                        .cast_value(Value { of: basic.integral, ..value }, basic.int, span)
                        .expression;
                }
                let message = format!("`{operator}` takes ints, found `{}`", self.show(value.of));
                let place = value.expression.span;
                let diagnostic = Diagnostic::error(codes::BAD_OPERANDS, message).at(place);
                self.report(match self.same_bits(value.of) {
                    Some(int) => {
                        let help = "an int has 32 bits, the highest is its sign; the one with these bits is";
                        diagnostic.with_edit(help, place, int.to_string())
                    }
                    None => diagnostic.with_help(TO_INT),
                });
                expression(ExpressionKind::Int(0), Representation::Int, span)
            }
            _ => {
                self.bad_operand(operator, &value, "ints", span);
                expression(ExpressionKind::Int(0), Representation::Int, span)
            }
        }
    }

    pub(crate) fn binary(
        &mut self,
        operator: B,
        left: &'a ast::Expression,
        right: &'a ast::Expression,
        at: Span,
        span: Span,
    ) -> Value {
        if operator == B::InstanceOf {
            return self.instance_of(left, right, span);
        }
        if matches!(operator, B::Equal | B::NotEqual)
            && let Some(made) = self.typeof_test(operator, left, right, span)
        {
            return made;
        }
        let first = self.expression(left, None);
        let expected = matches!(operator, B::Equal | B::NotEqual).then_some(first.of);
        let second = self.expression(right, expected);
        self.binary_values(operator, first, second, at, span)
    }

    /// An operator of two values; compound assignments come here too.
    pub(crate) fn binary_values(
        &mut self,
        operator: B,
        left: Value,
        right: Value,
        at: Span,
        span: Span,
    ) -> Value {
        match operator {
            B::Equal | B::NotEqual => {
                // A test for null is always allowed: it may guard against what the types do not know.
                let for_null = self.is_null(left.of) || self.is_null(right.of);
                if !for_null && !self.overlaps(left.of, right.of) {
                    let message = format!(
                        "this comparison is always {}: `{}` and `{}` have no value in common",
                        operator == B::NotEqual,
                        self.show(left.of),
                        self.show(right.of)
                    );
                    self.error(codes::NO_OVERLAP, span, message);
                }
                self.equality(left, right, operator == B::NotEqual, span)
            }
            B::Less | B::LessEqual | B::Greater | B::GreaterEqual => {
                self.comparison(operator, left, right, at, span)
            }
            B::BitAnd | B::BitOr | B::BitXor | B::ShiftLeft | B::ShiftRight | B::ShiftRightUnsigned => {
                let text = binary_text(operator);
                let (left, right) = (self.int_operand(left, text, span), self.int_operand(right, text, span));
                let typed = match operator {
                    B::BitAnd => T::BitAnd,
                    B::BitOr => T::BitOr,
                    B::BitXor => T::BitXor,
                    B::ShiftLeft => T::ShiftLeft,
                    B::ShiftRight => T::ShiftRight,
                    _ => T::ShiftRightUnsigned,
                };
                let int = self.types.basic.int;
                Value { expression: binary_node(typed, left, right, Representation::Int, span), of: int }
            }
            B::Add => self.add(left, right, at, span),
            _ => self.arithmetic(operator, left, right, at, span),
        }
    }

    pub(crate) fn add(&mut self, left: Value, right: Value, at: Span, span: Span) -> Value {
        let (a, b) = (self.operand(left.of), self.operand(right.of));
        if a == Operand::Text || b == Operand::Text {
            if left.of == self.types.basic.void || right.of == self.types.basic.void {
                self.error(
                    codes::BAD_OPERANDS,
                    at,
                    "expected a value to join to a text, found a call that gives nothing",
                );
            }
            let (left, right) = (self.text(left), self.text(right));
            let string = self.types.basic.string;
            return Value {
                expression: binary_node(T::Concatenate, left, right, Representation::Reference, span),
                of: string,
            };
        }
        self.arithmetic(B::Add, left, right, at, span)
    }

    pub(crate) fn arithmetic(
        &mut self,
        operator: B,
        left: Value,
        right: Value,
        at: Span,
        span: Span,
    ) -> Value {
        let basic = self.types.basic;
        let (a, b) = (self.operand(left.of), self.operand(right.of));
        if a == Operand::Broken || b == Operand::Broken {
            return self.broken(span);
        }
        let numeric =
            |one: Operand| matches!(one, Operand::Int | Operand::Integral | Operand::Number | Operand::Mixed);
        if !numeric(a) || !numeric(b) {
            return self.bad_operands(operator, &left, &right, at, span);
        }
        if a == Operand::Int && b == Operand::Int {
            let typed = match operator {
                B::Add => T::AddInt,
                B::Subtract => T::SubtractInt,
                B::Multiply => T::MultiplyInt,
                B::Divide => T::DivideInt,
                B::Remainder => T::RemainderInt,
                _ => T::PowerInt,
            };
            let (left, right) = (self.as_number(left, basic.int), self.as_number(right, basic.int));
            return Value {
                expression: binary_node(typed, left, right, Representation::Int, span),
                of: basic.int,
            };
        }
        let whole = |one: Operand| matches!(one, Operand::Int | Operand::Integral);
        let keeps_whole =
            whole(a) && whole(b) && matches!(operator, B::Add | B::Subtract | B::Multiply | B::Remainder);
        let typed = match operator {
            B::Add => T::AddNumber,
            B::Subtract => T::SubtractNumber,
            B::Multiply => T::MultiplyNumber,
            B::Divide => T::DivideNumber,
            B::Remainder => T::RemainderNumber,
            _ => T::PowerNumber,
        };
        let (left, right) = (self.as_number(left, basic.number), self.as_number(right, basic.number));
        let of = if keeps_whole { basic.integral } else { basic.number };
        Value { expression: binary_node(typed, left, right, Representation::Number, span), of }
    }

    pub(crate) fn bad_operands(
        &mut self,
        operator: B,
        left: &Value,
        right: &Value,
        at: Span,
        span: Span,
    ) -> Value {
        let text = binary_text(operator);
        let expected =
            if operator == B::Add { "two numbers, or a text and any value" } else { "two numbers" };
        let message = format!(
            "`{text}` takes {expected}, found `{}` and `{}`",
            self.show(left.of),
            self.show(right.of)
        );
        let mut diagnostic = Diagnostic::error(codes::BAD_OPERANDS, message).at(at);
        let basic = self.types.basic;
        if self.has_null(left.of) || self.has_null(right.of) {
            diagnostic =
                diagnostic.with_help("a value that may be null must be tested first, or replaced with `??`");
        } else if left.of == basic.unknown || right.of == basic.unknown {
            diagnostic =
                diagnostic.with_help("a value of type `unknown` must be narrowed first, or cast with `as`");
        }
        self.report(diagnostic);
        self.broken(span)
    }
}

pub(crate) fn binary_node(
    operator: T,
    left: Expression,
    right: Expression,
    representation: Representation,
    span: Span,
) -> Expression {
    expression(ExpressionKind::Binary(operator, Box::new(left), Box::new(right)), representation, span)
}

/// Whether evaluating it earlier or later makes no difference: literals, and conversions of them.
pub(crate) fn is_simple(value: &Expression) -> bool {
    match &value.kind {
        ExpressionKind::Int(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::String(_)
        | ExpressionKind::Boolean(_) => true,
        ExpressionKind::Convert(_, inner) => is_simple(inner),
        _ => false,
    }
}

pub(crate) fn operator_text(operator: UnaryOperator) -> &'static str {
    match operator {
        UnaryOperator::Minus => "-",
        UnaryOperator::Plus => "+",
        UnaryOperator::Not => "!",
        UnaryOperator::BitNot => "~",
        UnaryOperator::TypeOf => "typeof",
        UnaryOperator::Void => "void",
        UnaryOperator::Delete => "delete",
    }
}

pub(crate) fn binary_text(operator: B) -> &'static str {
    match operator {
        B::Add => "+",
        B::Subtract => "-",
        B::Multiply => "*",
        B::Divide => "/",
        B::Remainder => "%",
        B::Power => "**",
        B::ShiftLeft => "<<",
        B::ShiftRight => ">>",
        B::ShiftRightUnsigned => ">>>",
        B::BitAnd => "&",
        B::BitOr => "|",
        B::BitXor => "^",
        B::Equal => "==",
        B::NotEqual => "!=",
        B::Less => "<",
        B::LessEqual => "<=",
        B::Greater => ">",
        B::GreaterEqual => ">=",
        B::InstanceOf => "instanceof",
    }
}
