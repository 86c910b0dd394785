//! Names: where they are declared or used, and words after a dot.

use raya_source::Span;

use super::Parser;
use crate::ast::{Name, Text};
use crate::codes;
use crate::lexer::identifier_escape;
use crate::token::{Token, TokenKind};

impl Parser<'_> {
    /// The text of a word or of a private name without its `#`.
    pub(super) fn word_text(&mut self, token: Token) -> Text {
        let raw = self.slice(token.start, token.end);
        let raw = raw.strip_prefix('#').unwrap_or(raw);
        if !raw.contains('\\') {
            return self.names.get(raw);
        }
        let mut value = String::new();
        let mut rest = raw;
        while let Some(character) = rest.chars().next() {
            let (character, length) = identifier_escape(rest).unwrap_or((character, character.len_utf8()));
            value.push(character);
            rest = &rest[length..];
        }
        self.names.get(&value)
    }

    /// Takes the current token, a word or private name, as a name.
    pub(super) fn take_name(&mut self) -> Name {
        let name = Name { text: self.word_text(self.token), span: self.token_span() };
        self.bump();
        name
    }

    pub(super) fn missing_name(&mut self) -> Name {
        let at = self.token.start;
        Name { text: self.names.get(""), span: Span::new(self.file, at, at) }
    }

    /// A name that is written where it is used or declared.
    pub(super) fn name(&mut self) -> Name {
        if self.kind().is_identifier() {
            return self.take_name();
        }
        if self.kind().is_word() && self.reserved_word_is_meant_as_name() {
            let message = format!("expected a name, found `{}`, a word of the language", self.token_text());
            self.error(codes::RESERVED_WORD, self.token_span(), message);
            return self.take_name();
        }
        self.fail_expected(codes::EXPECTED_NAME, "a name");
        self.missing_name()
    }

    pub(super) fn reserved_word_is_meant_as_name(&self) -> bool {
        use TokenKind as Kind;
        let next = self.peek().kind;
        let follows_name = matches!(
            next,
            Kind::Equal
                | Kind::Comma
                | Kind::Colon
                | Kind::Semicolon
                | Kind::LeftParen
                | Kind::RightParen
                | Kind::Less
                | Kind::RightBracket
                | Kind::RightBrace
                | Kind::LeftBrace
                | Kind::Question
                | Kind::Of
                | Kind::Extends
        );
        follows_name && !self.token.newline_before
    }

    /// A name that is declared.
    pub(super) fn binding_name(&mut self) -> Name {
        let token = self.token;
        let name = self.name();
        match token.kind {
            TokenKind::Eval => self.report_eval(name.span),
            TokenKind::Arguments => self.report_arguments(name.span),
            TokenKind::Proto => self.report_proto(name.span),
            _ => {}
        }
        name
    }

    /// Any word: what may follow a dot.
    pub(super) fn word(&mut self) -> Name {
        if self.kind().is_word() {
            if self.is(TokenKind::Proto) {
                self.report_proto(self.token_span());
            }
            return self.take_name();
        }
        self.fail_expected(codes::EXPECTED_NAME, "a name");
        self.missing_name()
    }
}
