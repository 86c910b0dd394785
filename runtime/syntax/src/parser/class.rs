//! Classes: heritage, members, modifiers, decorators.

use raya_source::Diagnostic;

use super::object::MethodPrefix;
use super::{FunctionContext, Parser};
use crate::ast::{
    Accessibility, Block, Class, ClassMember, ClassMemberKind, Decorator, Expression, Function, FunctionBody,
    Heritage, Modifiers, PropertyKey,
};
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    /// `@a @b.c(d)`, or nothing.
    #[inline(never)]
    pub(super) fn decorators(&mut self) -> Vec<Decorator> {
        let mut decorators = vec![];
        while self.is(TokenKind::At) {
            let start = self.token.start;
            self.bump();
            let Some(level) = self.enter() else { break };
            let expression = self.primary_with_postfix();
            self.leave(level);
            decorators.push(Decorator { expression, span: self.span_from(start) });
        }
        decorators
    }

    /// A class from `class` on; decorators and `abstract` were taken.
    #[inline(never)]
    pub(super) fn class(
        &mut self,
        start: u32,
        decorators: Vec<Decorator>,
        is_abstract: bool,
        needs_name: bool,
    ) -> Class {
        self.expect(TokenKind::Class);
        let anonymous =
            matches!(self.kind(), TokenKind::LeftBrace | TokenKind::Extends | TokenKind::Implements);
        let name = (needs_name || !anonymous).then(|| self.binding_name());
        let type_parameters = self.type_parameters();
        let extends = self.eat(TokenKind::Extends).then(|| self.heritage());
        let implements = if self.eat(TokenKind::Implements) { self.type_list() } else { vec![] };
        let members = self.class_body();
        let (span, id) = (self.span_from(start), self.id());
        Class { name, decorators, is_abstract, type_parameters, extends, implements, members, span, id }
    }

    #[inline(never)]
    fn heritage(&mut self) -> Heritage {
        let start = self.token.start;
        let operand = self.primary();
        let mut expression = self.member_chain(operand);
        let type_arguments = if self.is(TokenKind::Less) { self.type_arguments() } else { vec![] };
        if self.is(TokenKind::LeftParen) {
            let message = "expected the name of a class after `extends`, found a call";
            self.error(codes::UNEXPECTED_TOKEN, self.token_span(), message);
            self.skip_group();
            expression = self.error_node();
        }
        if self.is(TokenKind::Comma) {
            let message = "a class extends one class: use `implements` for interfaces";
            self.error(codes::UNEXPECTED_TOKEN, self.token_span(), message);
            self.bump();
            self.type_list();
        }
        Heritage { expression, type_arguments, span: self.span_from(start) }
    }

    #[inline(never)]
    fn class_body(&mut self) -> Vec<ClassMember> {
        if !self.expect(TokenKind::LeftBrace) {
            return vec![];
        }
        self.panicking = false;
        let level = self.enter();
        let members = self.bracketed(|parser| {
            let mut members = vec![];
            while !matches!(parser.kind(), TokenKind::RightBrace | TokenKind::EndOfFile) {
                if parser.eat(TokenKind::Semicolon) {
                    continue;
                }
                let start = parser.token.start;
                members.push(parser.class_member());
                parser.synchronize_member(start);
            }
            members
        });
        if let Some(level) = level {
            self.leave(level);
        }
        self.expect(TokenKind::RightBrace);
        members
    }

    /// After an error in a member, skips to where the next one begins.
    pub(super) fn synchronize_member(&mut self, start: u32) {
        while self.panicking && !self.stopped {
            let moved = self.token.start > start;
            match self.kind() {
                TokenKind::EndOfFile | TokenKind::RightBrace => self.panicking = false,
                TokenKind::Semicolon => {
                    self.bump();
                    self.panicking = false;
                }
                TokenKind::At if moved => self.panicking = false,
                _ if moved && self.token.newline_before && Self::begins_key(self.token) => {
                    self.panicking = false
                }
                _ => self.skip_group(),
            }
        }
        if self.token.start == start && !matches!(self.kind(), TokenKind::RightBrace | TokenKind::EndOfFile) {
            self.skip_group();
        }
    }

    fn class_member(&mut self) -> ClassMember {
        let start = self.token.start;
        let decorators = self.decorators();
        let modifiers = self.modifiers();
        let kind = self.class_member_kind(&modifiers);
        ClassMember { kind, decorators, modifiers, span: self.span_from(start) }
    }

    fn modifiers(&mut self) -> Modifiers {
        let start = self.token.start;
        let mut modifiers = Modifiers::default();
        let mut accessible = false;
        loop {
            let next = match self.kind() {
                TokenKind::Public
                | TokenKind::Protected
                | TokenKind::Private
                | TokenKind::Static
                | TokenKind::Abstract
                | TokenKind::Readonly
                | TokenKind::Override
                | TokenKind::Declare => self.peek(),
                _ => return modifiers,
            };
            let before_member = Self::begins_key(next) || next.kind == TokenKind::Star;
            if next.newline_before || !before_member {
                return modifiers;
            }
            let repeated = match self.kind() {
                TokenKind::Static => std::mem::replace(&mut modifiers.is_static, true),
                TokenKind::Abstract => std::mem::replace(&mut modifiers.is_abstract, true),
                TokenKind::Readonly => std::mem::replace(&mut modifiers.is_readonly, true),
                TokenKind::Override => std::mem::replace(&mut modifiers.is_override, true),
                TokenKind::Declare => std::mem::replace(&mut modifiers.is_declare, true),
                kind => {
                    modifiers.accessibility = match kind {
                        TokenKind::Private => Accessibility::Private,
                        TokenKind::Protected => Accessibility::Protected,
                        _ => Accessibility::Public,
                    };
                    std::mem::replace(&mut accessible, true)
                }
            };
            if repeated {
                let message = format!("`{}` repeats or contradicts a modifier before it", self.token_text());
                self.error(codes::INVALID_MODIFIER, self.token_span(), message);
            }
            self.bump();
            modifiers.span = Some(self.span_from(start));
        }
    }

    #[inline(never)]
    fn class_member_kind(&mut self, modifiers: &Modifiers) -> ClassMemberKind {
        if self.is(TokenKind::Static) && self.peek().kind == TokenKind::LeftBrace {
            self.bump();
            return ClassMemberKind::StaticBlock(self.static_block());
        }
        if self.is(TokenKind::LeftBracket) && self.begins_index_signature() {
            let start = self.token.start;
            let member = self.index_signature(start, modifiers.is_readonly);
            self.semicolon();
            return ClassMemberKind::Index(Box::new(member));
        }
        self.method_without_function();
        let start = self.token.start;
        let prefix = self.method_prefix();
        self.reject_generator_star();
        let key_token = self.token;
        let key = self.property_key();
        match prefix {
            MethodPrefix::Get | MethodPrefix::Set => {
                let function = self.accessor(start, prefix == MethodPrefix::Set);
                let function = self.finish_member(function, modifiers);
                match prefix {
                    MethodPrefix::Get => ClassMemberKind::Getter { key, function },
                    _ => ClassMemberKind::Setter { key, function },
                }
            }
            _ if key_token.kind == TokenKind::Constructor
                && !modifiers.is_static
                && self.is(TokenKind::LeftParen) =>
            {
                let function = self.method(start, prefix == MethodPrefix::Async);
                if function.is_async {
                    self.error(codes::INVALID_MODIFIER, function.span, "a constructor cannot be `async`");
                }
                ClassMemberKind::Constructor(self.finish_member(function, modifiers))
            }
            _ => self.method_or_field(key, start, prefix, modifiers),
        }
    }

    #[inline(never)]
    fn method_or_field(
        &mut self,
        key: PropertyKey,
        start: u32,
        prefix: MethodPrefix,
        modifiers: &Modifiers,
    ) -> ClassMemberKind {
        let optional = self.eat(TokenKind::Question);
        let is_async = prefix == MethodPrefix::Async;
        if is_async || matches!(self.kind(), TokenKind::LeftParen | TokenKind::Less) {
            let function = self.method(start, is_async);
            self.reject_parameter_properties(&function);
            let function = self.finish_member(function, modifiers);
            return ClassMemberKind::Method { key, optional, function };
        }
        let definite = !optional && self.eat(TokenKind::Bang);
        let annotation = self.annotation();
        let initial = self.field_value();
        self.semicolon();
        ClassMemberKind::Field { key, optional, definite, annotation, initial }
    }

    fn field_value(&mut self) -> Option<Expression> {
        if !self.is(TokenKind::Equal) {
            return None;
        }
        if self.context.ambient {
            self.error(
                codes::UNEXPECTED_BODY,
                self.token_span(),
                "a declaration has no value: expected `;`, found `=`",
            );
        }
        self.bump();
        // A field is initialised whenever an object is made, so it is no part of an `async` function around the class.
        let outer = self.context;
        self.context.function = FunctionContext::Plain;
        let value = self.assignment();
        self.context = outer;
        Some(value)
    }

    fn finish_member(&mut self, function: Function, modifiers: &Modifiers) -> Box<Function> {
        match function.body {
            FunctionBody::Block(_) => {
                if modifiers.is_abstract {
                    self.error(codes::UNEXPECTED_BODY, function.span, "an abstract member has no body");
                }
            }
            FunctionBody::Native(_) | FunctionBody::None | FunctionBody::Expression(_) => self.semicolon(),
        }
        Box::new(function)
    }

    pub(super) fn reject_parameter_properties(&mut self, function: &Function) {
        for span in function.parameters.iter().filter_map(|parameter| parameter.property?.span) {
            let message = "only parameters of a constructor declare fields";
            self.report(Diagnostic::error(codes::INVALID_PARAMETER, message).at(span));
        }
    }

    fn static_block(&mut self) -> Block {
        let outer = self.context;
        self.context.function = FunctionContext::Plain;
        self.context.in_loop = false;
        self.context.in_switch = false;
        self.context.first_label = self.labels.len();
        let block = self.block();
        self.context = outer;
        block
    }
}
