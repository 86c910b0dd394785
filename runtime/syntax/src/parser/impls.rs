//! Traits, implementations, and which implementation is used.

use raya_source::Diagnostic;

use super::Parser;
use crate::ast::{Function, FunctionBody, Impl, StatementKind, Trait, Type, TypeKind, UseImpl};
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    /// `trait A<T> extends B { … }`
    #[inline(never)]
    pub(super) fn trait_declaration(&mut self) -> StatementKind {
        let start = self.token.start;
        self.require_top_level(self.token);
        self.bump();
        let name = self.binding_name();
        let type_parameters = self.type_parameters();
        let extends = if self.eat(TokenKind::Extends) || self.eat(TokenKind::Colon) {
            self.type_list()
        } else {
            vec![]
        };
        let methods = self.trait_methods();
        let span = self.span_from(start);
        StatementKind::Trait(Box::new(Trait { name, type_parameters, extends, methods, span }))
    }

    /// `impl<T> A<T> for B<T> { … }`
    #[inline(never)]
    pub(super) fn impl_declaration(&mut self) -> StatementKind {
        let start = self.token.start;
        self.require_top_level(self.token);
        self.bump();
        let type_parameters = self.type_parameters();
        let trait_type = self.ty();
        self.check_trait(&trait_type);
        self.expect(TokenKind::For);
        let target = self.ty();
        let methods = if self.is(TokenKind::LeftBrace) {
            self.trait_methods()
        } else {
            if !self.context.ambient {
                self.unexpected("`{`");
            }
            self.semicolon();
            vec![]
        };
        let span = self.span_from(start);
        if !self.context.ambient {
            for method in methods.iter().filter(|method| matches!(method.body, FunctionBody::None)) {
                let message = "a method of an `impl` needs a body, or `= native;`";
                self.error(codes::MISSING_BODY, method.span, message);
            }
        }
        StatementKind::Impl(Box::new(Impl { type_parameters, trait_type, target, methods, span }))
    }

    fn check_trait(&mut self, trait_type: &Type) {
        if !matches!(trait_type.kind, TypeKind::Reference { .. } | TypeKind::Error) {
            self.error(codes::EXPECTED_NAME, trait_type.span, "expected the name of a trait after `impl`");
        }
    }

    /// `use impl M::A<T> for B;`
    #[inline(never)]
    pub(super) fn use_impl(&mut self) -> StatementKind {
        let start = self.token.start;
        self.require_top_level(self.token);
        self.bump();
        self.bump();
        let path = self.type_path();
        if path.segments.len() < 2 && !self.panicking {
            let message = "expected the module of the trait: `use impl module::Trait for Type;`";
            self.report(Diagnostic::error(codes::UNQUALIFIED_USE, message).at(path.span));
        }
        let trait_arguments = if self.is(TokenKind::Less) { self.type_arguments() } else { vec![] };
        self.expect(TokenKind::For);
        let target = self.ty();
        let span = self.span_from(start);
        self.semicolon();
        StatementKind::UseImpl(Box::new(UseImpl { path, trait_arguments, target, span }))
    }

    /// The methods of a trait or impl.
    fn trait_methods(&mut self) -> Vec<Function> {
        if !self.expect(TokenKind::LeftBrace) {
            return vec![];
        }
        self.panicking = false;
        let mut methods = vec![];
        while !matches!(self.kind(), TokenKind::RightBrace | TokenKind::EndOfFile) {
            if self.eat(TokenKind::Semicolon) {
                continue;
            }
            let start = self.token.start;
            let method = self.trait_method(start);
            methods.extend(method);
            self.synchronize_member(start);
        }
        self.expect(TokenKind::RightBrace);
        methods
    }

    fn trait_method(&mut self, start: u32) -> Option<Function> {
        let next = self.peek();
        let is_async = self.is(TokenKind::Async) && next.kind.is_word();
        if is_async || (self.is(TokenKind::Native) && next.kind.is_word()) {
            self.bump();
        }
        let name = self.word();
        if !matches!(self.kind(), TokenKind::LeftParen | TokenKind::Less) {
            self.unexpected("`(`: a trait has methods only");
            return None;
        }
        let mut method = self.method(start, is_async);
        method.name = Some(name);
        self.reject_parameter_properties(&method);
        if !matches!(method.body, FunctionBody::Block(_)) && !self.eat(TokenKind::Comma) {
            self.semicolon();
        }
        Some(method)
    }
}
