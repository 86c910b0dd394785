//! Operators: those between operands by precedence climbing, those before and after one.

use raya_source::{Diagnostic, Span};

use super::{FunctionContext, Parser};
use crate::ast::{
    BinaryOperator, Expression, ExpressionKind, LogicalOperator, UnaryOperator, UpdateOperator,
};
use crate::codes;
use crate::token::TokenKind;

/// How tightly operators bind.
const RELATIONAL: u8 = 8;
const POWER: u8 = 12;

#[derive(Clone, Copy)]
enum Infix {
    Binary(BinaryOperator),
    Logical(LogicalOperator),
    As,
    Satisfies,
    In,
}

fn infix(kind: TokenKind) -> Option<(u8, Infix)> {
    use BinaryOperator as Op;
    use Infix::{Binary, Logical};
    use TokenKind as Kind;
    Some(match kind {
        Kind::QuestionQuestion => (1, Logical(LogicalOperator::Coalesce)),
        Kind::BarBar => (2, Logical(LogicalOperator::Or)),
        Kind::AmpersandAmpersand => (3, Logical(LogicalOperator::And)),
        Kind::Bar => (4, Binary(Op::BitOr)),
        Kind::Caret => (5, Binary(Op::BitXor)),
        Kind::Ampersand => (6, Binary(Op::BitAnd)),
        Kind::EqualEqual | Kind::EqualEqualEqual => (7, Binary(Op::Equal)),
        Kind::BangEqual | Kind::BangEqualEqual => (7, Binary(Op::NotEqual)),
        Kind::Less => (RELATIONAL, Binary(Op::Less)),
        Kind::LessEqual => (RELATIONAL, Binary(Op::LessEqual)),
        Kind::Greater => (RELATIONAL, Binary(Op::Greater)),
        Kind::GreaterEqual => (RELATIONAL, Binary(Op::GreaterEqual)),
        Kind::InstanceOf => (RELATIONAL, Binary(Op::InstanceOf)),
        Kind::In => (RELATIONAL, Infix::In),
        Kind::As => (RELATIONAL, Infix::As),
        Kind::Satisfies => (RELATIONAL, Infix::Satisfies),
        Kind::LessLess => (9, Binary(Op::ShiftLeft)),
        Kind::GreaterGreater => (9, Binary(Op::ShiftRight)),
        Kind::GreaterGreaterGreater => (9, Binary(Op::ShiftRightUnsigned)),
        Kind::Plus => (10, Binary(Op::Add)),
        Kind::Minus => (10, Binary(Op::Subtract)),
        Kind::Star => (11, Binary(Op::Multiply)),
        Kind::Slash => (11, Binary(Op::Divide)),
        Kind::Percent => (11, Binary(Op::Remainder)),
        Kind::StarStar => (POWER, Binary(Op::Power)),
        _ => return None,
    })
}

impl Parser<'_> {
    /// Operands and the operators between them that bind tighter than `minimum`.
    pub(super) fn binary(&mut self, minimum: u8) -> Expression {
        let mut left = self.unary();
        loop {
            if self.is(TokenKind::Greater) {
                // Reading it again moves only the end of the token, so nothing is lost when the operator is not taken.
                self.token = self.cursor.rescan_greater(self.token);
            }
            let Some((precedence, operator)) = infix(self.kind()) else {
                return left;
            };
            if precedence <= minimum {
                return left;
            }
            left = match operator {
                Infix::As | Infix::Satisfies if self.token.newline_before => return left,
                Infix::In if self.context.in_ends => return left,
                Infix::As | Infix::Satisfies => self.cast(left, matches!(operator, Infix::As)),
                _ => self.infix_operator(left, operator, precedence),
            };
        }
    }

    fn infix_operator(&mut self, left: Expression, operator: Infix, precedence: u8) -> Expression {
        let operator_span = self.token_span();
        self.bump();
        if precedence == POWER {
            self.check_power(&left, operator_span);
        }
        // Each operand on the right is a level of its own: a mix of all precedences takes as much stack as parentheses.
        let Some(level) = self.enter() else { return left };
        let right = self.binary(if precedence == POWER { POWER - 1 } else { precedence });
        self.leave(level);
        self.grow();
        let start = left.span.start;
        let kind = match operator {
            Infix::Logical(operator) => {
                self.check_coalesce(operator, &left, &right, operator_span);
                ExpressionKind::Logical { operator, left: Box::new(left), right: Box::new(right) }
            }
            Infix::Binary(operator) => ExpressionKind::Binary {
                operator,
                operator_span,
                left: Box::new(left),
                right: Box::new(right),
            },
            Infix::In | Infix::As | Infix::Satisfies => {
                self.report_in(operator_span);
                ExpressionKind::Error
            }
        };
        self.node(kind, start)
    }

    #[inline(never)]
    fn cast(&mut self, expression: Expression, checked: bool) -> Expression {
        let start = expression.span.start;
        self.bump();
        self.grow();
        if checked && self.is(TokenKind::Const) {
            self.bump();
            return self.node(ExpressionKind::AsConst(Box::new(expression)), start);
        }
        let (expression, target) = (Box::new(expression), Box::new(self.ty()));
        let kind = match checked {
            true => ExpressionKind::As { expression, target },
            false => ExpressionKind::Satisfies { expression, target },
        };
        self.node(kind, start)
    }

    #[inline(never)]
    fn check_power(&mut self, left: &Expression, operator: Span) {
        if matches!(left.kind, ExpressionKind::Unary { .. }) {
            let message =
                "an operator before the left side of `**` needs parentheses: `(-a) ** b` or `-(a ** b)`";
            self.error(codes::UNARY_POWER, left.span.to(operator), message);
        }
    }

    #[inline(never)]
    fn check_coalesce(
        &mut self,
        operator: LogicalOperator,
        left: &Expression,
        right: &Expression,
        span: Span,
    ) {
        let coalesce = operator == LogicalOperator::Coalesce;
        let mixed = [left, right].into_iter().find(|side| match side.kind {
            ExpressionKind::Logical { operator, .. } => (operator == LogicalOperator::Coalesce) != coalesce,
            _ => false,
        });
        if let Some(side) = mixed {
            let message = "`??` cannot be mixed with `||` or `&&` without parentheses";
            let diagnostic = Diagnostic::error(codes::MIXED_COALESCE, message).at(span);
            self.report(diagnostic.with_related(side.span, "put this in parentheses"));
        }
    }

    /// An operand with the operators before it.
    pub(super) fn unary(&mut self) -> Expression {
        let operator = match self.kind() {
            TokenKind::Minus => UnaryOperator::Minus,
            TokenKind::Plus => UnaryOperator::Plus,
            TokenKind::Bang => UnaryOperator::Not,
            TokenKind::Tilde => UnaryOperator::BitNot,
            TokenKind::TypeOf => UnaryOperator::TypeOf,
            TokenKind::Void => UnaryOperator::Void,
            TokenKind::Delete => UnaryOperator::Delete,
            TokenKind::PlusPlus => return self.prefix_update(UpdateOperator::Increment),
            TokenKind::MinusMinus => return self.prefix_update(UpdateOperator::Decrement),
            TokenKind::Await => return self.await_expression(),
            TokenKind::Async if self.peek().kind != TokenKind::Function => return self.async_call(),
            _ => return self.operand(),
        };
        let start = self.token.start;
        let operand = self.unary_operand();
        if operator == UnaryOperator::Minus && self.is_minimum_literal(&operand) {
            return self.node(ExpressionKind::Integer(i32::MIN), start);
        }
        self.node(ExpressionKind::Unary { operator, operand: Box::new(operand) }, start)
    }

    /// Takes an operator and what it applies to.
    fn unary_operand(&mut self) -> Expression {
        let Some(level) = self.enter() else {
            return self.error_node();
        };
        self.bump();
        let operand = self.unary();
        self.leave(level);
        operand
    }

    /// Whether `operand` is the literal 2147483648 in some base, which fits `int` only with a minus before it.
    fn is_minimum_literal(&self, operand: &Expression) -> bool {
        let ExpressionKind::Number(value) = operand.kind else {
            return false;
        };
        let raw = self.slice(operand.span.start, operand.span.end);
        value == -f64::from(i32::MIN)
            && (raw.starts_with("0x") || raw.starts_with("0X") || !raw.contains(['.', 'e', 'E']))
    }

    /// An operand with `++` or `--` after it.
    fn operand(&mut self) -> Expression {
        let expression = self.primary_with_postfix();
        let operator = match self.kind() {
            TokenKind::PlusPlus => UpdateOperator::Increment,
            TokenKind::MinusMinus => UpdateOperator::Decrement,
            _ => return expression,
        };
        if self.token.newline_before {
            return expression;
        }
        let start = expression.span.start;
        self.bump();
        self.update(operator, false, expression, start)
    }

    #[inline(never)]
    fn prefix_update(&mut self, operator: UpdateOperator) -> Expression {
        let start = self.token.start;
        let operand = self.unary_operand();
        self.update(operator, true, operand, start)
    }

    fn update(
        &mut self,
        operator: UpdateOperator,
        prefix: bool,
        target: Expression,
        start: u32,
    ) -> Expression {
        self.grow();
        self.check_simple_target(&target);
        self.node(ExpressionKind::Update { operator, prefix, target: Box::new(target) }, start)
    }

    #[inline(never)]
    fn await_expression(&mut self) -> Expression {
        let start = self.token.start;
        if self.context.function == FunctionContext::Plain {
            let message = "`await` is only possible in an `async` function and at the top level of a module";
            let diagnostic = Diagnostic::error(codes::MISPLACED_AWAIT, message).at(self.token_span());
            self.report(diagnostic.with_help("write `async` before the function"));
        }
        let operand = self.unary_operand();
        self.node(ExpressionKind::Await(Box::new(operand)), start)
    }

    /// `async f(x)`: starts a call as a task.
    #[inline(never)]
    fn async_call(&mut self) -> Expression {
        let start = self.token.start;
        let span = self.token_span();
        let Some(level) = self.enter() else {
            return self.error_node();
        };
        self.bump();
        let call = self.primary_with_postfix();
        self.leave(level);
        if matches!(call.kind, ExpressionKind::Call(_)) {
            return self.node(ExpressionKind::Async(Box::new(call)), start);
        }
        if !self.panicking {
            let message =
                "expected a function or a call after `async`: `async f(x)` starts the call as a task";
            let diagnostic = Diagnostic::error(codes::ASYNC_NEEDS_CALL, message).at(span);
            self.report(diagnostic.with_related(call.span, "this is not a call"));
        }
        self.node(ExpressionKind::Error, start)
    }
}
