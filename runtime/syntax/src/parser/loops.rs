//! Loops.

use raya_source::Diagnostic;

use super::Parser;
use crate::ast::{ForHead, Statement, StatementKind, Variables};
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    fn loop_body(&mut self) -> Box<Statement> {
        let outer = std::mem::replace(&mut self.context.in_loop, true);
        let body = self.body();
        self.context.in_loop = outer;
        Box::new(body)
    }

    #[inline(never)]
    pub(super) fn while_statement(&mut self) -> StatementKind {
        self.bump();
        let test = Box::new(self.condition());
        StatementKind::While { test, body: self.loop_body() }
    }

    #[inline(never)]
    pub(super) fn do_statement(&mut self) -> StatementKind {
        self.bump();
        let body = self.loop_body();
        if !self.expect(TokenKind::While) {
            let test = Box::new(self.error_node());
            return StatementKind::DoWhile { body, test };
        }
        let test = Box::new(self.condition());
        // A semicolon is inserted after `do … while (…)` even on the same line.
        self.eat(TokenKind::Semicolon);
        StatementKind::DoWhile { body, test }
    }

    #[inline(never)]
    pub(super) fn for_statement(&mut self) -> StatementKind {
        self.bump();
        if self.is(TokenKind::Await) {
            let message = "there is no `for await`";
            let diagnostic = Diagnostic::error(codes::NO_FOR_AWAIT, message).at(self.token_span());
            self.report(diagnostic.with_help(
                "await the values: `for (const value of await values)`, or receive from a `Channel`",
            ));
            self.bump();
        }
        if !self.expect(TokenKind::LeftParen) {
            return StatementKind::Error;
        }
        let colon_ends = std::mem::replace(&mut self.context.colon_ends, false);
        let outer = std::mem::replace(&mut self.context.in_ends, true);
        let unclaimed = self.unclaimed();
        let initial = match self.kind() {
            TokenKind::Semicolon => None,
            TokenKind::Let | TokenKind::Const | TokenKind::Var => {
                Some(ForHead::Variables(Box::new(self.variables())))
            }
            _ => Some(ForHead::Expression(Box::new(self.expression()))),
        };
        self.context.in_ends = false;
        let statement = match initial {
            Some(head) if matches!(self.kind(), TokenKind::Of | TokenKind::In) => {
                self.claim(unclaimed);
                self.for_of(head)
            }
            initial => self.for_three(initial),
        };
        self.context.in_ends = outer;
        self.context.colon_ends = colon_ends;
        statement
    }

    #[inline(never)]
    fn for_of(&mut self, head: ForHead) -> StatementKind {
        if self.is(TokenKind::In) {
            self.report_for_in(self.token_span());
        }
        self.bump();
        let head = match head {
            ForHead::Variables(variables) => {
                self.check_for_variables(&variables);
                ForHead::Variables(variables)
            }
            ForHead::Expression(expression) => {
                ForHead::Pattern(Box::new(self.pattern_from_expression(*expression)))
            }
            ForHead::Pattern(pattern) => ForHead::Pattern(pattern),
        };
        let iterable = Box::new(self.assignment());
        self.close_paren();
        StatementKind::ForOf { head, iterable, body: self.loop_body() }
    }

    fn check_for_variables(&mut self, variables: &Variables) {
        if let Some(second) = variables.declarations.get(1) {
            self.error(
                codes::UNEXPECTED_TOKEN,
                second.span,
                "a `for … of` declares one variable: expected `of`, found `,`",
            );
        }
        for variable in &variables.declarations {
            if let Some(initial) = &variable.initial {
                let message =
                    "the variable of a `for … of` has no value of its own: expected `of`, found `=`";
                self.error(codes::UNEXPECTED_TOKEN, initial.span, message);
            }
        }
    }

    #[inline(never)]
    fn for_three(&mut self, initial: Option<ForHead>) -> StatementKind {
        if let Some(ForHead::Variables(variables)) = &initial
            && !self.panicking
        {
            self.check_initial_values(variables);
        }
        self.expect(TokenKind::Semicolon);
        let test = (!self.is(TokenKind::Semicolon)).then(|| Box::new(self.expression()));
        self.expect(TokenKind::Semicolon);
        let update = (!self.is(TokenKind::RightParen)).then(|| Box::new(self.expression()));
        self.close_paren();
        StatementKind::For { initial, test, update, body: self.loop_body() }
    }
}
