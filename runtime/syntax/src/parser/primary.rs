//! Operands: names, literals, brackets, functions and classes as values, `new`.

use raya_source::Diagnostic;

use super::Parser;
use crate::ast::{ArrayElement, Call, Class, Expression, ExpressionKind};
use crate::codes;
use crate::token::{Token, TokenKind};

impl Parser<'_> {
    /// An operand without what may follow it.
    pub(super) fn primary(&mut self) -> Expression {
        use TokenKind as Kind;
        match self.kind() {
            Kind::Number => self.number_expression(),
            Kind::String => self.string_expression(),
            Kind::LeftParen => self.parentheses(),
            Kind::LeftBracket => self.array(),
            Kind::LeftBrace => self.object(),
            Kind::This => self.word_expression(ExpressionKind::This),
            Kind::Null | Kind::Undefined => self.word_expression(ExpressionKind::Null),
            Kind::True => self.word_expression(ExpressionKind::Boolean(true)),
            Kind::False => self.word_expression(ExpressionKind::Boolean(false)),
            Kind::Template | Kind::TemplateHead => self.template_expression(),
            Kind::Slash | Kind::SlashEqual => self.regular_expression(),
            Kind::New => self.new_expression(),
            Kind::Super => self.super_expression(),
            Kind::Function => self.function_expression(),
            Kind::Async => self.function_expression(),
            Kind::Class | Kind::At => self.class_expression(),
            Kind::Less => self.less_expression(),
            Kind::Import => self.import_expression(),
            kind if kind.is_identifier() => self.name_expression(),
            _ => {
                self.fail_expected(codes::EXPECTED_EXPRESSION, "an expression");
                self.error_node()
            }
        }
    }

    fn word_expression(&mut self, kind: ExpressionKind) -> Expression {
        let start = self.token.start;
        self.bump();
        self.node(kind, start)
    }

    #[inline(never)]
    pub(super) fn name_expression(&mut self) -> Expression {
        let span = self.token_span();
        match self.kind() {
            TokenKind::Eval => self.report_eval(span),
            TokenKind::Arguments => self.report_arguments(span),
            TokenKind::Proto => self.report_proto(span),
            TokenKind::Yield => self.report_generator(span),
            _ => {}
        }
        let text = self.word_text(self.token);
        self.bump();
        if self.is(TokenKind::Arrow) {
            self.fail_misplaced_arrow();
        }
        self.node(ExpressionKind::Name(text), span.start)
    }

    #[cold]
    #[inline(never)]
    fn fail_misplaced_arrow(&mut self) {
        let message = "an arrow function that is part of a larger expression needs parentheses around it";
        self.fail(Diagnostic::error(codes::MISPLACED_ARROW, message).at(self.token_span()));
    }

    #[inline(never)]
    fn string_expression(&mut self) -> Expression {
        let literal = self.string_literal();
        self.node(ExpressionKind::String(literal.value), literal.span.start)
    }

    #[inline(never)]
    fn template_expression(&mut self) -> Expression {
        let start = self.token.start;
        let template = self.template();
        self.node(ExpressionKind::Template(Box::new(template)), start)
    }

    #[inline(never)]
    fn parentheses(&mut self) -> Expression {
        let start = self.token.start;
        self.bump();
        let inner = self.bracketed(Self::expression);
        self.close_paren();
        if self.is(TokenKind::Arrow) {
            self.fail_misplaced_arrow();
        }
        self.parenthesized(inner, start)
    }

    #[inline(never)]
    fn array(&mut self) -> Expression {
        let start = self.token.start;
        self.bump();
        let elements = self.list(TokenKind::RightBracket, Self::array_element);
        self.node(ExpressionKind::Array(elements), start)
    }

    /// An element, or a hole: whether holes are allowed is known once it is known whether this is a pattern.
    fn array_element(&mut self) -> ArrayElement {
        let start = self.token.start;
        if self.is(TokenKind::Comma) {
            self.unclaimed_holes.push(self.token_span());
            let value = self.error_node();
            return ArrayElement { spread: None, value };
        }
        let spread = self.eat(TokenKind::Ellipsis).then(|| self.span_from(start));
        ArrayElement { spread, value: self.assignment() }
    }

    /// `function …` or `async function …`.
    #[inline(never)]
    fn function_expression(&mut self) -> Expression {
        let start = self.token.start;
        let function = self.function(start, false);
        self.node(ExpressionKind::Function(Box::new(function)), start)
    }

    #[inline(never)]
    fn class_expression(&mut self) -> Expression {
        let start = self.token.start;
        let Some(level) = self.enter() else {
            return self.error_node();
        };
        let decorators = self.decorators();
        self.leave(level);
        if !self.is(TokenKind::Class) {
            self.unexpected("`class` after a decorator");
            return self.error_node();
        }
        let class: Class = self.class(start, decorators, false, false);
        self.node(ExpressionKind::Class(Box::new(class)), start)
    }

    #[inline(never)]
    fn super_expression(&mut self) -> Expression {
        let expression = self.word_expression(ExpressionKind::Super);
        if !matches!(
            self.kind(),
            TokenKind::LeftParen | TokenKind::Dot | TokenKind::LeftBracket | TokenKind::Less
        ) {
            self.unexpected("`(`, `.` or `[` after `super`");
        }
        expression
    }

    /// A `<` where an operand is expected: an arrow with type parameters that is not allowed here, a cast, or JSX.
    #[cold]
    #[inline(never)]
    fn less_expression(&mut self) -> Expression {
        let start = self.token.start;
        let (first, second) = self.peek_two();
        let cast = first.kind.is_word() && second.kind == TokenKind::Greater;
        if !cast || self.has_closing_tag(first) {
            self.skip_jsx();
            return self.error_node();
        }
        let Some(level) = self.enter() else {
            return self.error_node();
        };
        self.bump();
        self.ty();
        self.expect(TokenKind::Greater);
        self.report_angle_cast(self.span_from(start));
        self.unary();
        self.leave(level);
        self.node(ExpressionKind::Error, start)
    }

    /// Whether `</name` follows soon, for the `name` of a token: then this is JSX.
    fn has_closing_tag(&self, name: Token) -> bool {
        let text = self.slice(name.start, name.end);
        // A limit keeps a file full of `<a>` linear; casts and elements are told apart well enough by it.
        let rest = &self.text.as_bytes()[name.end as usize..];
        let near = &rest[..rest.len().min(1024)];
        near.windows(text.len() + 2)
            .any(|window| window.starts_with(b"</") && &window[2..] == text.as_bytes())
    }

    /// `import(…)` and `import.meta`, which do not exist.
    #[cold]
    #[inline(never)]
    fn import_expression(&mut self) -> Expression {
        let start = self.token.start;
        self.bump();
        if self.eat(TokenKind::Dot) {
            self.word();
            self.report_meta_property(self.span_from(start), "import.meta");
            return self.node(ExpressionKind::Error, start);
        }
        self.report_dynamic_import(self.span_from(start));
        if self.eat(TokenKind::LeftParen) {
            self.arguments();
        }
        self.node(ExpressionKind::Error, start)
    }

    #[inline(never)]
    fn new_expression(&mut self) -> Expression {
        let start = self.token.start;
        self.bump();
        if self.eat(TokenKind::Dot) {
            self.word();
            self.report_meta_property(self.span_from(start), "new.target");
            return self.node(ExpressionKind::Error, start);
        }
        let Some(level) = self.enter() else {
            return self.error_node();
        };
        let operand = self.primary();
        let callee = self.member_chain(operand);
        let type_arguments = if self.is(TokenKind::Less) && self.less_begins_new_arguments() {
            self.type_arguments()
        } else {
            vec![]
        };
        let arguments_start = self.token.start;
        let arguments = if self.eat(TokenKind::LeftParen) { Some(self.arguments()) } else { None };
        let arguments_span = if arguments.is_some() { self.span_from(arguments_start) } else { self.here() };
        if self.is(TokenKind::QuestionDot) && arguments.is_none() {
            let message = "optional chaining cannot be used in the class of a `new`";
            self.error(codes::INVALID_OPTIONAL_CHAIN, self.token_span(), message);
        }
        self.leave(level);
        let arguments = arguments.unwrap_or_default();
        let call = Call { callee, type_arguments, arguments, optional: false, arguments_span };
        self.node(ExpressionKind::New(Box::new(call)), start)
    }
}
