//! Expressions from the comma down to assignment: sequences, arrows, conditionals, assignments.

use raya_source::{Diagnostic, Span};

use super::Parser;
use crate::ast::{
    AssignmentOperator, BinaryOperator, Expression, ExpressionKind, LogicalOperator, PatternKind,
};
use crate::codes;
use crate::token::TokenKind;

/// A mark of [`Parser::unclaimed`].
#[derive(Clone, Copy)]
pub(super) struct Unclaimed {
    defaults: usize,
    holes: usize,
}

impl Parser<'_> {
    /// An expression, commas included.
    pub(super) fn expression(&mut self) -> Expression {
        let first = self.assignment();
        if !self.is(TokenKind::Comma) {
            return first;
        }
        let start = first.span.start;
        let mut expressions = vec![first];
        while self.eat(TokenKind::Comma) {
            expressions.push(self.assignment());
        }
        self.grow();
        self.node(ExpressionKind::Sequence(expressions), start)
    }

    /// An expression without commas.
    pub(super) fn assignment(&mut self) -> Expression {
        let Some(level) = self.enter() else {
            return self.error_node();
        };
        let expression = match self.arrow() {
            Some(arrow) => arrow,
            None => self.assignment_inside(),
        };
        self.leave(level);
        expression
    }

    fn assignment_inside(&mut self) -> Expression {
        let unclaimed = self.unclaimed();
        let mut left = self.binary(0);
        if self.is(TokenKind::Question) {
            left = self.conditional(left);
        }
        if self.is(TokenKind::Greater) {
            // Only `>>=` and `>>>=` are left: the others were taken as operators between operands.
            self.token = self.cursor.rescan_greater(self.token);
        }
        match assignment_operator(self.kind()) {
            Some(operator) => self.assign(left, operator, unclaimed),
            None => left,
        }
    }

    #[inline(never)]
    fn conditional(&mut self, test: Expression) -> Expression {
        let start = test.span.start;
        self.bump();
        let outer = std::mem::replace(&mut self.context.colon_ends, true);
        let consequent = self.assignment();
        self.context.colon_ends = outer;
        if !self.expect(TokenKind::Colon) {
            let alternate = self.error_node();
            return self.conditional_node(test, consequent, alternate, start);
        }
        let alternate = self.assignment();
        self.conditional_node(test, consequent, alternate, start)
    }

    fn conditional_node(
        &mut self,
        test: Expression,
        consequent: Expression,
        alternate: Expression,
        start: u32,
    ) -> Expression {
        self.grow();
        let (test, consequent, alternate) = (Box::new(test), Box::new(consequent), Box::new(alternate));
        self.node(ExpressionKind::Conditional { test, consequent, alternate }, start)
    }

    #[inline(never)]
    fn assign(&mut self, left: Expression, operator: AssignmentOperator, unclaimed: Unclaimed) -> Expression {
        let start = left.span.start;
        let operator_span = self.token_span();
        let target = if operator == AssignmentOperator::Assign {
            self.claim(unclaimed);
            self.pattern_from_expression(left)
        } else if matches!(left.kind, ExpressionKind::Array(_) | ExpressionKind::Object(_)) {
            let message = "an array or object pattern can only be assigned to with `=`";
            self.error(codes::INVALID_TARGET, operator_span, message);
            self.pattern_node(PatternKind::Error, left.span)
        } else {
            self.simple_target(left)
        };
        self.bump();
        let value = self.assignment();
        self.grow();
        let (target, value) = (Box::new(target), Box::new(value));
        self.node(ExpressionKind::Assign { operator, target, value }, start)
    }

    /// Marks how much has been read that is only good in a pattern.
    pub(super) fn unclaimed(&self) -> Unclaimed {
        Unclaimed { defaults: self.unclaimed_defaults.len(), holes: self.unclaimed_holes.len() }
    }

    /// What was read since `mark` turned out to be a pattern.
    pub(super) fn claim(&mut self, mark: Unclaimed) {
        self.unclaimed_defaults.truncate(mark.defaults);
        self.unclaimed_holes.truncate(mark.holes);
    }

    /// What was read since `mark` turned out not to be a pattern: reports `{ a = 1 }` and `[a, , b]`.
    pub(super) fn reject_unclaimed(&mut self, mark: Unclaimed) {
        if self.unclaimed_defaults.len() > mark.defaults || self.unclaimed_holes.len() > mark.holes {
            self.report_unclaimed(mark);
        }
    }

    #[cold]
    #[inline(never)]
    fn report_unclaimed(&mut self, mark: Unclaimed) {
        for span in self.unclaimed_defaults.split_off(mark.defaults) {
            let message = "an object has no defaults: expected `:` and a value, found `=`";
            let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, message).at(span);
            self.report(diagnostic.with_edit("write `:`", span, ":"));
        }
        for span in self.unclaimed_holes.split_off(mark.holes) {
            let message = "an array has no holes: expected an element, found `,`";
            let diagnostic = Diagnostic::error(codes::NO_HOLE, message).at(span);
            self.report(diagnostic.with_edit("write `null`", span.at_start(), "null"));
        }
    }

    /// Wraps `inner`, which stood between the parentheses from `start` to here.
    pub(super) fn parenthesized(&mut self, inner: Expression, start: u32) -> Expression {
        self.node(ExpressionKind::Parenthesized(Box::new(inner)), start)
    }

    /// A condition in parentheses, as after `if`.
    pub(super) fn condition(&mut self) -> Expression {
        if !self.expect(TokenKind::LeftParen) {
            return self.error_node();
        }
        let test = self.bracketed(Self::expression);
        self.close_paren();
        test
    }

    /// Takes `)`; after an error inside, skips to it.
    pub(super) fn close_paren(&mut self) {
        if self.panicking || !self.is(TokenKind::RightParen) {
            self.unexpected("`)`");
            self.skip_to_closing_paren();
        }
        if self.eat(TokenKind::RightParen) {
            self.panicking = false;
        }
    }

    fn skip_to_closing_paren(&mut self) {
        loop {
            match self.kind() {
                TokenKind::RightParen | TokenKind::RightBracket | TokenKind::RightBrace => return,
                TokenKind::EndOfFile | TokenKind::Semicolon | TokenKind::LeftBrace => return,
                _ if self.starts_statement() => return,
                _ => self.skip_group(),
            }
        }
    }

    /// The empty span after the last token taken.
    pub(super) fn here(&self) -> Span {
        self.span_from(self.previous_end)
    }
}

fn assignment_operator(kind: TokenKind) -> Option<AssignmentOperator> {
    use AssignmentOperator::{Assign, Compound, Logical};
    use TokenKind as Kind;
    if kind < Kind::QuestionQuestionEqual || kind > Kind::CaretEqual {
        return None;
    }
    Some(match kind {
        Kind::Equal => Assign,
        Kind::PlusEqual => Compound(BinaryOperator::Add),
        Kind::MinusEqual => Compound(BinaryOperator::Subtract),
        Kind::StarEqual => Compound(BinaryOperator::Multiply),
        Kind::SlashEqual => Compound(BinaryOperator::Divide),
        Kind::PercentEqual => Compound(BinaryOperator::Remainder),
        Kind::StarStarEqual => Compound(BinaryOperator::Power),
        Kind::LessLessEqual => Compound(BinaryOperator::ShiftLeft),
        Kind::GreaterGreaterEqual => Compound(BinaryOperator::ShiftRight),
        Kind::GreaterGreaterGreaterEqual => Compound(BinaryOperator::ShiftRightUnsigned),
        Kind::AmpersandEqual => Compound(BinaryOperator::BitAnd),
        Kind::BarEqual => Compound(BinaryOperator::BitOr),
        Kind::CaretEqual => Compound(BinaryOperator::BitXor),
        Kind::AmpersandAmpersandEqual => Logical(LogicalOperator::And),
        Kind::BarBarEqual => Logical(LogicalOperator::Or),
        Kind::QuestionQuestionEqual => Logical(LogicalOperator::Coalesce),
        _ => return None,
    })
}
