//! What may follow an operand: members, indices, calls, `!`, templates, and the chains they form.

use raya_source::{Diagnostic, Span};

use super::Parser;
use crate::ast::{Argument, Call, Expression, ExpressionKind, Name, Type};
use crate::codes;
use crate::token::TokenKind;

/// What follows a dot.
enum Property {
    Public(Name),
    Private(Name),
}

impl Parser<'_> {
    /// An operand and everything that follows it.
    pub(super) fn primary_with_postfix(&mut self) -> Expression {
        let operand = self.primary();
        self.chain(operand)
    }

    fn chain(&mut self, mut expression: Expression) -> Expression {
        let start = expression.span.start;
        let mut has_optional = false;
        loop {
            expression = match self.kind() {
                TokenKind::Dot => self.member(expression, start),
                TokenKind::LeftParen => self.call(expression, start, vec![], false),
                TokenKind::LeftBracket => self.index(expression, start, false),
                TokenKind::QuestionDot => {
                    has_optional = true;
                    self.optional_link(expression, start)
                }
                TokenKind::Bang if !self.token.newline_before => {
                    self.bump();
                    self.node(ExpressionKind::NonNull(Box::new(expression)), start)
                }
                TokenKind::Template | TokenKind::TemplateHead => {
                    self.tagged_template(expression, start, vec![], has_optional)
                }
                TokenKind::Less if self.less_begins_type_arguments() => {
                    let type_arguments = self.type_arguments();
                    match self.kind() {
                        TokenKind::Template | TokenKind::TemplateHead => {
                            self.tagged_template(expression, start, type_arguments, has_optional)
                        }
                        _ => self.call(expression, start, type_arguments, false),
                    }
                }
                _ => break,
            };
            self.grow();
            if self.stopped {
                break;
            }
        }
        if has_optional { self.node(ExpressionKind::Chain(Box::new(expression)), start) } else { expression }
    }

    /// Members and indices, as in the class of a `new`.
    pub(super) fn member_chain(&mut self, mut expression: Expression) -> Expression {
        let start = expression.span.start;
        loop {
            expression = match self.kind() {
                TokenKind::Dot => self.member(expression, start),
                TokenKind::LeftBracket => self.index(expression, start, false),
                _ => return expression,
            };
            self.grow();
        }
    }

    fn property(&mut self) -> Property {
        match self.kind() {
            TokenKind::PrivateName => Property::Private(self.take_name()),
            _ => Property::Public(self.word()),
        }
    }

    #[inline(never)]
    fn member(&mut self, object: Expression, start: u32) -> Expression {
        self.bump();
        self.member_after_dot(object, start, false)
    }

    fn member_after_dot(&mut self, object: Expression, start: u32, optional: bool) -> Expression {
        let property = self.property();
        let object = Box::new(object);
        let kind = match property {
            Property::Public(property) => ExpressionKind::Member { object, property, optional },
            Property::Private(property) => ExpressionKind::PrivateMember { object, property, optional },
        };
        self.node(kind, start)
    }

    #[inline(never)]
    fn index(&mut self, object: Expression, start: u32, optional: bool) -> Expression {
        self.bump();
        let index = Box::new(self.bracketed(Self::expression));
        if self.expect(TokenKind::RightBracket) {
            self.panicking = false;
        }
        self.node(ExpressionKind::Index { object: Box::new(object), index, optional }, start)
    }

    #[inline(never)]
    fn call(
        &mut self,
        callee: Expression,
        start: u32,
        type_arguments: Vec<Type>,
        optional: bool,
    ) -> Expression {
        let arguments_start = self.token.start;
        self.expect(TokenKind::LeftParen);
        let arguments = self.arguments();
        let arguments_span = self.span_from(arguments_start);
        let call = Call { callee, type_arguments, arguments, optional, arguments_span };
        self.node(ExpressionKind::Call(Box::new(call)), start)
    }

    /// Arguments up to `)`; the `(` was taken.
    pub(super) fn arguments(&mut self) -> Vec<Argument> {
        self.list(TokenKind::RightParen, |parser| {
            let start = parser.token.start;
            let spread = parser.eat(TokenKind::Ellipsis).then(|| parser.span_from(start));
            Argument { spread, value: parser.assignment() }
        })
    }

    #[inline(never)]
    fn optional_link(&mut self, expression: Expression, start: u32) -> Expression {
        self.bump();
        match self.kind() {
            TokenKind::LeftParen => self.call(expression, start, vec![], true),
            TokenKind::LeftBracket => self.index(expression, start, true),
            TokenKind::Less => {
                let type_arguments = self.type_arguments();
                self.call(expression, start, type_arguments, true)
            }
            TokenKind::Template | TokenKind::TemplateHead => {
                self.tagged_template(expression, start, vec![], true)
            }
            _ => self.member_after_dot(expression, start, true),
        }
    }

    #[inline(never)]
    fn tagged_template(
        &mut self,
        tag: Expression,
        start: u32,
        type_arguments: Vec<Type>,
        in_chain: bool,
    ) -> Expression {
        if in_chain {
            self.reject_optional(self.token_span(), "a template cannot be part of an optional chain");
        }
        let (tag, template) = (Box::new(tag), Box::new(self.template()));
        self.node(ExpressionKind::TaggedTemplate { tag, type_arguments, template }, start)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn reject_optional(&mut self, span: Span, message: &str) {
        self.report(Diagnostic::error(codes::INVALID_OPTIONAL_CHAIN, message).at(span));
    }
}
