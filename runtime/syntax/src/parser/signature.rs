//! Parameters and return types, of functions and of function types.

use raya_source::Diagnostic;

use super::Parser;
use crate::ast::{Accessibility, Modifiers, Parameter, PatternKind, Type, TypeKind};
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    /// `(a: A, b?: B, c = 1, ...d: D[])`.
    pub(super) fn parameters(&mut self) -> Vec<Parameter> {
        if !self.expect(TokenKind::LeftParen) {
            return vec![];
        }
        let parameters = self.list(TokenKind::RightParen, Self::parameter);
        self.check_parameters(&parameters);
        parameters
    }

    #[inline(never)]
    fn check_parameters(&mut self, parameters: &[Parameter]) {
        let mut optional = None;
        for (index, parameter) in parameters.iter().enumerate() {
            let is_this = matches!(&parameter.pattern.kind, PatternKind::Name(name) if &**name == "this");
            let plain = !parameter.rest && !parameter.optional && parameter.default.is_none();
            if is_this && (index > 0 || !plain || parameter.property.is_some()) {
                let message = "expected `this` only as the first parameter, with nothing but a type";
                self.error(codes::NO_THIS_PARAMETER, parameter.span, message);
            }
            if parameter.rest && index + 1 < parameters.len() {
                self.error(codes::INVALID_PARAMETER, parameter.span, "a rest parameter must be the last one");
            }
            if parameter.optional && parameter.default.is_some() {
                let message = "a parameter with a default is optional by itself: expected no `?`";
                self.error(codes::INVALID_PARAMETER, parameter.span, message);
            }
            if parameter.rest && (parameter.optional || parameter.default.is_some()) {
                let message = "a rest parameter is never missing: expected no `?` and no default";
                self.error(codes::INVALID_PARAMETER, parameter.span, message);
            }
            match optional {
                Some(earlier) if !parameter.optional && !parameter.rest && parameter.default.is_none() => {
                    let message = "a parameter after an optional one must be optional too";
                    let diagnostic = Diagnostic::error(codes::INVALID_PARAMETER, message).at(parameter.span);
                    self.report(diagnostic.with_related(earlier, "this one is optional"));
                }
                None if parameter.optional => optional = Some(parameter.span),
                _ => {}
            }
        }
    }

    pub(super) fn parameter(&mut self) -> Parameter {
        let start = self.token.start;
        if self.is(TokenKind::At) {
            let message = "a parameter takes no decorators: classes, methods and fields do";
            self.error(codes::MISPLACED_DECORATOR, self.token_span(), message);
            self.decorators();
        }
        let property = self.parameter_modifiers();
        let rest = self.eat(TokenKind::Ellipsis);
        let pattern = if self.is(TokenKind::This) {
            let span = self.token_span();
            self.bump();
            self.pattern_node(PatternKind::Name("this".into()), span)
        } else {
            self.binding_pattern()
        };
        let optional = self.eat(TokenKind::Question);
        let annotation = self.annotation();
        let default = self.eat(TokenKind::Equal).then(|| self.assignment());
        Parameter { pattern, optional, rest, annotation, default, property, span: self.span_from(start) }
    }

    /// `private readonly` before the name of a parameter.
    fn parameter_modifiers(&mut self) -> Option<Modifiers> {
        let start = self.token.start;
        let mut modifiers = Modifiers::default();
        loop {
            let accessibility = match self.kind() {
                TokenKind::Public => Some(Accessibility::Public),
                TokenKind::Protected => Some(Accessibility::Protected),
                TokenKind::Private => Some(Accessibility::Private),
                TokenKind::Readonly | TokenKind::Override => None,
                _ => break,
            };
            let next = self.peek().kind;
            if !next.is_identifier()
                && !matches!(next, TokenKind::LeftBrace | TokenKind::LeftBracket | TokenKind::This)
            {
                break;
            }
            modifiers.accessibility = accessibility.unwrap_or(modifiers.accessibility);
            modifiers.is_readonly |= self.is(TokenKind::Readonly);
            modifiers.is_override |= self.is(TokenKind::Override);
            self.bump();
            modifiers.span = Some(self.span_from(start));
        }
        modifiers.span.map(|_| modifiers)
    }

    /// `: T`, or nothing.
    pub(super) fn annotation(&mut self) -> Option<Type> {
        self.eat(TokenKind::Colon).then(|| self.ty())
    }

    /// `: T` or `: x is T`, or nothing.
    pub(super) fn return_type(&mut self) -> Option<Type> {
        self.eat(TokenKind::Colon).then(|| self.return_type_after_mark())
    }

    /// A type or predicate, after `:` or `=>`.
    pub(super) fn return_type_after_mark(&mut self) -> Type {
        let start = self.token.start;
        let next = self.peek();
        let names_subject = self.kind().is_identifier() || self.is(TokenKind::This);
        if names_subject && next.kind == TokenKind::Is && !next.newline_before {
            return self.predicate(start, false);
        }
        let asserts = self.is(TokenKind::Asserts) && !next.newline_before;
        if asserts && (next.kind.is_identifier() || next.kind == TokenKind::This) {
            self.bump();
            return self.predicate(start, true);
        }
        self.ty()
    }

    fn predicate(&mut self, start: u32, asserts: bool) -> Type {
        let subject = self.take_name();
        let target = self.eat(TokenKind::Is).then(|| Box::new(self.ty()));
        self.type_node(TypeKind::Predicate { asserts, subject, target }, start)
    }
}
