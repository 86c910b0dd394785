//! Literals in the parser: decoding what the lexer found the ends of, and reporting what is wrong with them.

use raya_source::{Diagnostic, Span};

use super::Parser;
use crate::ast::{
    Expression, ExpressionKind, LiteralType, RegularExpression, StringLiteral, Template, TemplateString, Text,
};
use crate::codes;
use crate::literal::{self, LiteralError, Number};
use crate::token::TokenKind;

impl Parser<'_> {
    #[cold]
    #[inline(never)]
    pub(super) fn report_unknown_character(&mut self) {
        let (text, span) = (self.token_text(), self.token_span());
        let diagnostic = match text {
            "#" => Diagnostic::error(codes::EXPECTED_NAME, "expected a name right after `#`").at(span),
            "“" | "”" | "‘" | "’" => {
                let message = format!("`{text}` is a typographic quotation mark: expected `\"` or `'`");
                let plain = if matches!(text, "“" | "”") { "\"" } else { "'" };
                let diagnostic = Diagnostic::error(codes::UNKNOWN_CHARACTER, message).at(span);
                diagnostic.with_edit("use a plain quotation mark", span, plain)
            }
            _ => {
                let message = format!("the character `{}` has no meaning here", text.escape_debug());
                Diagnostic::error(codes::UNKNOWN_CHARACTER, message).at(span)
            }
        };
        self.report(diagnostic);
    }

    #[cold]
    #[inline(never)]
    fn report_literal(&mut self, error: LiteralError, start: u32, whole: Span) {
        let span = Span::new(self.file, start + error.start as u32, start + error.end as u32);
        let diagnostic = Diagnostic::error(error.code, error.message).at(span);
        self.report(match error.replacement {
            Some(text) => diagnostic.with_edit(format!("write `{text}`"), whole, text),
            None => diagnostic,
        });
    }

    /// The value between `start` and `end`, the inside of a string or template piece.
    fn decode(&mut self, start: u32, end: u32, template: bool) -> Text {
        let mut errors = vec![];
        let raw = self.slice(start, end);
        let value = literal::text(raw, template, &mut errors);
        let whole = Span::new(self.file, start, end);
        for error in errors {
            self.report_literal(error, start, whole);
        }
        self.names.get(&value)
    }

    /// Takes the current token, a string.
    pub(super) fn string_literal(&mut self) -> StringLiteral {
        let token = self.token;
        let span = self.token_span();
        if token.unterminated {
            let quote = self.slice(token.start, token.start + 1);
            let message = format!("this string never ends: expected `{quote}` before the end of the line");
            self.error(codes::UNTERMINATED_STRING, span, message);
        }
        // An unterminated string may end in a backslash right at the end of the file.
        let end = if token.unterminated { token.end } else { token.end - 1 };
        let value = self.decode(token.start + 1, end, false);
        self.bump();
        StringLiteral { value, span }
    }

    /// Takes the current token, a number.
    pub(super) fn number_literal(&mut self) -> Number {
        let span = self.token_span();
        let value = literal::number(self.token_text()).unwrap_or_else(|error| {
            self.report_literal(error, span.start, span);
            Number::Integer(0)
        });
        self.bump();
        value
    }

    /// Takes the current token, a number, as an expression.
    #[inline(never)]
    pub(super) fn number_expression(&mut self) -> Expression {
        let start = self.token.start;
        let kind = match self.number_literal() {
            Number::Integer(value) => ExpressionKind::Integer(value),
            Number::Number(value) => ExpressionKind::Number(value),
        };
        self.node(kind, start)
    }

    /// A number literal with a sign in a type.
    pub(super) fn number_type(&mut self, negative: bool) -> LiteralType {
        match self.number_literal() {
            Number::Integer(value) if negative => LiteralType::Integer(value.wrapping_neg()),
            Number::Integer(value) => LiteralType::Integer(value),
            Number::Number(value) if negative && value == -f64::from(i32::MIN) => {
                LiteralType::Integer(i32::MIN)
            }
            Number::Number(value) if negative => LiteralType::Number(-value),
            Number::Number(value) => LiteralType::Number(value),
        }
    }

    /// Takes a template, from its first piece to its last.
    #[inline(never)]
    pub(super) fn template(&mut self) -> Template {
        self.bracketed(|parser| {
            let mut template = Template { strings: vec![], expressions: vec![] };
            loop {
                let last = parser.is(TokenKind::Template);
                let string = parser.template_piece();
                template.strings.push(string);
                if last {
                    return template;
                }
                let expression = parser.expression();
                template.expressions.push(expression);
                if !parser.is(TokenKind::RightBrace) {
                    parser.unexpected("`}` after an expression in a template");
                    while !parser.is(TokenKind::RightBrace) && !parser.is(TokenKind::EndOfFile) {
                        parser.skip_group();
                    }
                    parser.panicking = false;
                }
                if parser.is(TokenKind::EndOfFile) {
                    let string = TemplateString { value: parser.names.get(""), span: parser.token_span() };
                    template.strings.push(string);
                    return template;
                }
                parser.token = parser.cursor.rescan_template(parser.token);
            }
        })
    }

    /// Takes one piece: after `` ` `` or `}`, up to `` ` `` or `${`.
    fn template_piece(&mut self) -> TemplateString {
        let token = self.token;
        let closing = match token.kind {
            _ if token.unterminated => 0,
            TokenKind::Template => 1,
            _ => 2,
        };
        if token.unterminated {
            let message = "this template never ends: expected a closing backtick, found the end of the file";
            let opening = Span::new(self.file, token.start, token.start + 1);
            self.error(codes::UNTERMINATED_TEMPLATE, opening, message);
        }
        let (start, end) = (token.start + 1, token.end - closing);
        let value = self.decode(start, end, true);
        self.bump();
        TemplateString { value, span: Span::new(self.file, start, end) }
    }

    /// Reads the current token, `/` or `/=`, as the start of a regular expression, and takes it.
    #[inline(never)]
    pub(super) fn regular_expression(&mut self) -> Expression {
        let start = self.token.start;
        let (token, pattern_end) = self.cursor.rescan_regular_expression(self.token);
        self.token = token;
        if token.unterminated {
            let message = "this regular expression never ends: expected `/` before the end of the line";
            self.error(codes::UNTERMINATED_REGULAR_EXPRESSION, self.token_span(), message);
        }
        let flags_start = if token.unterminated { token.end } else { pattern_end + 1 };
        let flags = self.slice(flags_start, token.end);
        self.check_flags(flags, Span::new(self.file, flags_start, token.end));
        let pattern = self.names.get(self.slice(start + 1, pattern_end));
        let regular_expression = RegularExpression { pattern, flags: self.names.get(flags) };
        self.bump();
        self.node(ExpressionKind::RegularExpression(Box::new(regular_expression)), start)
    }

    fn check_flags(&mut self, flags: &str, span: Span) {
        let repeated = flags.char_indices().any(|(at, flag)| flags[..at].contains(flag));
        if repeated || flags.contains(|flag| !"dgimsuvy".contains(flag)) {
            let message = format!("expected distinct flags out of `dgimsuvy`, found `{flags}`");
            self.error(codes::INVALID_FLAGS, span, message);
        }
    }
}
