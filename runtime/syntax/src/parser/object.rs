//! Object literals, and the keys of everything that has members.

use raya_source::Diagnostic;

use super::Parser;
use crate::ast::{
    AssignmentOperator, Expression, ExpressionKind, Function, Name, ObjectMember, ObjectMemberKind,
    PatternKind, PropertyKey,
};
use crate::codes;
use crate::literal::{Number, print_number};
use crate::token::{Token, TokenKind};

/// Words that stand before the key of a method or accessor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MethodPrefix {
    None,
    Async,
    Get,
    Set,
}

impl Parser<'_> {
    #[inline(never)]
    pub(super) fn object(&mut self) -> Expression {
        let start = self.token.start;
        self.bump();
        let members = self.list(TokenKind::RightBrace, Self::object_member);
        self.node(ExpressionKind::Object(members), start)
    }

    fn object_member(&mut self) -> ObjectMember {
        let start = self.token.start;
        let kind = self.object_member_kind(start);
        ObjectMember { kind, span: self.span_from(start) }
    }

    #[inline(never)]
    fn object_member_kind(&mut self, start: u32) -> ObjectMemberKind {
        if self.eat(TokenKind::Ellipsis) {
            return ObjectMemberKind::Spread(self.assignment());
        }
        let prefix = self.method_prefix();
        self.reject_generator_star();
        let token = self.token;
        let key = self.property_key();
        if let PropertyKey::Private(name) = &key {
            self.error(codes::EXPECTED_NAME, name.span, "a private name can only be declared in a class");
        }
        match prefix {
            MethodPrefix::Get | MethodPrefix::Set => {
                let function = Box::new(self.accessor(token.start, prefix == MethodPrefix::Set));
                match prefix {
                    MethodPrefix::Get => ObjectMemberKind::Getter { key, function },
                    _ => ObjectMemberKind::Setter { key, function },
                }
            }
            MethodPrefix::Async => {
                ObjectMemberKind::Method { key, function: Box::new(self.object_method(start, true)) }
            }
            MethodPrefix::None if matches!(self.kind(), TokenKind::LeftParen | TokenKind::Less) => {
                ObjectMemberKind::Method { key, function: Box::new(self.object_method(start, false)) }
            }
            MethodPrefix::None => self.property_value(key, token),
        }
    }

    fn object_method(&mut self, start: u32, is_async: bool) -> Function {
        let function = self.method(start, is_async);
        self.require_body(&function);
        function
    }

    #[inline(never)]
    fn property_value(&mut self, key: PropertyKey, token: Token) -> ObjectMemberKind {
        match key {
            PropertyKey::Name(name) if !self.is(TokenKind::Colon) && !name.is_missing() => {
                self.shorthand(name, token)
            }
            key => {
                self.expect(TokenKind::Colon);
                let value = self.assignment();
                ObjectMemberKind::Property { key, value }
            }
        }
    }

    /// `{ name }`, or `{ name = value }`, which stands as an assignment until it turns out to be a pattern.
    #[inline(never)]
    fn shorthand(&mut self, name: Name, token: Token) -> ObjectMemberKind {
        if !token.kind.is_identifier() && token.kind != TokenKind::Undefined {
            if !matches!(self.kind(), TokenKind::Comma | TokenKind::RightBrace) {
                self.unexpected("`:`");
            } else {
                let message =
                    format!("expected `:` and a value after `{}`, a word of the language", name.text);
                self.error(codes::RESERVED_WORD, name.span, message);
            }
        }
        match token.kind {
            TokenKind::Eval => self.report_eval(name.span),
            TokenKind::Arguments => self.report_arguments(name.span),
            _ => {}
        }
        let start = name.span.start;
        let kind = match token.kind {
            TokenKind::Undefined => ExpressionKind::Null,
            _ => ExpressionKind::Name(name.text.clone()),
        };
        let value = self.node(kind, start);
        if !self.is(TokenKind::Equal) {
            return ObjectMemberKind::Shorthand { name, value };
        }
        self.unclaimed_defaults.push(self.token_span());
        self.bump();
        let default = Box::new(self.assignment());
        let target = Box::new(self.pattern_node(PatternKind::Name(name.text.clone()), name.span));
        let kind = ExpressionKind::Assign { operator: AssignmentOperator::Assign, target, value: default };
        let value = self.node(kind, start);
        ObjectMemberKind::Shorthand { name, value }
    }

    /// Takes `async`, `get` or `set` where it stands before a key and is not one itself.
    pub(super) fn method_prefix(&mut self) -> MethodPrefix {
        let prefix = match self.kind() {
            TokenKind::Async => MethodPrefix::Async,
            TokenKind::Get => MethodPrefix::Get,
            TokenKind::Set => MethodPrefix::Set,
            _ => return MethodPrefix::None,
        };
        let next = self.peek();
        let before_key =
            Self::begins_key(next) || (next.kind == TokenKind::Star && prefix == MethodPrefix::Async);
        if !before_key || (prefix == MethodPrefix::Async && next.newline_before) {
            return MethodPrefix::None;
        }
        self.bump();
        prefix
    }

    pub(super) fn begins_key(token: Token) -> bool {
        token.kind.is_word()
            || matches!(
                token.kind,
                TokenKind::String | TokenKind::Number | TokenKind::PrivateName | TokenKind::LeftBracket
            )
    }

    pub(super) fn reject_generator_star(&mut self) {
        if self.is(TokenKind::Star) {
            self.report_generator(self.token_span());
            self.bump();
        }
    }

    /// What a member is called.
    #[inline(never)]
    pub(super) fn property_key(&mut self) -> PropertyKey {
        match self.kind() {
            TokenKind::String => PropertyKey::String(self.string_literal()),
            TokenKind::Number => PropertyKey::Number(self.number_key()),
            TokenKind::PrivateName => PropertyKey::Private(self.take_name()),
            TokenKind::LeftBracket => {
                self.bump();
                let expression = Box::new(self.bracketed(Self::assignment));
                self.expect(TokenKind::RightBracket);
                PropertyKey::Computed(expression)
            }
            kind if kind.is_word() => PropertyKey::Name(self.word()),
            _ => {
                self.fail_expected(codes::EXPECTED_NAME, "the name of a member");
                PropertyKey::Name(self.missing_name())
            }
        }
    }

    fn number_key(&mut self) -> Name {
        let span = self.token_span();
        let text = match self.number_literal() {
            Number::Integer(value) => value.to_string(),
            Number::Number(value) => print_number(value),
        };
        Name { text: self.names.get(&text), span }
    }

    /// A getter or setter from its parameters on; its key was taken.
    #[inline(never)]
    pub(super) fn accessor(&mut self, start: u32, setter: bool) -> Function {
        let function = self.method(start, false);
        let expected = usize::from(setter);
        if function.parameters.len() != expected || function.parameters.iter().any(|parameter| parameter.rest)
        {
            let message = match setter {
                true => "a setter has exactly one parameter",
                false => "a getter has no parameters",
            };
            self.report(Diagnostic::error(codes::INVALID_ACCESSOR, message).at(function.span));
        }
        function
    }
}
