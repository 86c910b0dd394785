//! Declarations: which one begins here, and those of names: functions, classes, aliases, interfaces, `declare`.

use raya_source::Diagnostic;

use super::Parser;
use crate::ast::{
    Class, DeclareModule, Decorator, Export, ExportDefault, Function, FunctionBody, Interface, NativeBody,
    Statement, StatementKind, TypeAlias, TypeAliasValue,
};
use crate::codes;
use crate::token::{Token, TokenKind};

impl Parser<'_> {
    /// A declaration, if one begins here; `let` and `const` are not among them.
    #[inline(never)]
    pub(super) fn declaration(&mut self) -> Option<StatementKind> {
        use TokenKind as Kind;
        let start = self.token.start;
        Some(match self.kind() {
            Kind::Function => self.function_declaration(start),
            Kind::Class => self.class_declaration(start, vec![], false),
            Kind::At => self.decorated(start),
            Kind::Enum => {
                self.skip_enum();
                StatementKind::Error
            }
            Kind::Import if !matches!(self.peek().kind, Kind::LeftParen | Kind::Dot) => self.import(),
            Kind::Export => self.export(vec![]),
            Kind::Async
            | Kind::Abstract
            | Kind::Type
            | Kind::Interface
            | Kind::Trait
            | Kind::Impl
            | Kind::Use
            | Kind::Declare
            | Kind::Native
            | Kind::Namespace
            | Kind::Module
            | Kind::Global => {
                let next = self.peek();
                if next.newline_before {
                    return None;
                }
                return self.contextual_declaration(start, next);
            }
            _ => return None,
        })
    }

    /// A declaration that begins with a word which is a name elsewhere; `next` is the token after it, on the same line.
    #[inline(never)]
    fn contextual_declaration(&mut self, start: u32, next: Token) -> Option<StatementKind> {
        use TokenKind as Kind;
        let before_name = next.kind.is_identifier();
        Some(match self.kind() {
            Kind::Async if next.kind == Kind::Function => self.function_declaration(start),
            Kind::Abstract if next.kind == Kind::Class => {
                self.bump();
                self.class_declaration(start, vec![], true)
            }
            Kind::Type if before_name => StatementKind::TypeAlias(Box::new(self.type_alias())),
            Kind::Interface if before_name => StatementKind::Interface(Box::new(self.interface())),
            Kind::Trait if before_name => self.trait_declaration(),
            Kind::Impl if before_name || next.kind == Kind::Less => self.impl_declaration(),
            Kind::Use if next.kind == Kind::Impl => self.use_impl(),
            Kind::Native if matches!(next.kind, Kind::Function | Kind::Async) => self.native_function(start),
            Kind::Declare if next.kind.is_word() => self.declare(),
            Kind::Namespace | Kind::Module if before_name || next.kind == Kind::String => {
                self.skip_namespace();
                StatementKind::Error
            }
            Kind::Global if next.kind == Kind::LeftBrace => {
                self.skip_namespace();
                StatementKind::Error
            }
            _ => return None,
        })
    }

    /// Reports a declaration that only stands at the top level of a file or of a `declare module`.
    pub(super) fn require_top_level(&mut self, token: Token) {
        let top = self.depth <= 1 || (self.context.ambient && self.depth <= 2);
        if !top {
            let word = self.slice(token.start, token.end);
            let message = format!("`{word}` is only possible at the top level of a file");
            self.error(codes::MISPLACED_STATEMENT, self.span_of(token), message);
        }
    }

    #[inline(never)]
    pub(super) fn function_declaration(&mut self, start: u32) -> StatementKind {
        let function = self.named_function(start);
        StatementKind::Function(Box::new(function))
    }

    fn named_function(&mut self, start: u32) -> Function {
        let mut function = self.function(start, true);
        if function.name.is_none() {
            self.fail_expected_name(&function);
            function.name = Some(self.missing_name());
        }
        self.finish_function(&function);
        function
    }

    #[cold]
    #[inline(never)]
    fn fail_expected_name(&mut self, function: &Function) {
        if !self.panicking {
            self.error(
                codes::EXPECTED_NAME,
                function.span,
                "a function declaration needs a name after `function`",
            );
        }
    }

    /// What ends a declaration without a block.
    pub(super) fn finish_function(&mut self, function: &Function) {
        self.reject_parameter_properties(function);
        if !matches!(function.body, FunctionBody::Block(_)) {
            self.semicolon();
        }
    }

    /// `native function f(): T;`
    #[inline(never)]
    fn native_function(&mut self, start: u32) -> StatementKind {
        let span = self.token_span();
        self.bump();
        let mut function = self.function(start, true);
        if let FunctionBody::Block(block) = &function.body {
            let message = "a native function has no body: its module provides it";
            self.error(codes::UNEXPECTED_BODY, block.span, message);
        }
        if function.name.is_none() {
            self.fail_expected_name(&function);
            function.name = Some(self.missing_name());
        }
        self.finish_function(&function);
        if !matches!(function.body, FunctionBody::Native(_)) {
            function.body = FunctionBody::Native(NativeBody { symbol: None, span });
        }
        StatementKind::Function(Box::new(function))
    }

    #[inline(never)]
    fn class_declaration(
        &mut self,
        start: u32,
        decorators: Vec<Decorator>,
        is_abstract: bool,
    ) -> StatementKind {
        StatementKind::Class(Box::new(self.class(start, decorators, is_abstract, true)))
    }

    /// What stands after decorators.
    #[inline(never)]
    fn decorated(&mut self, start: u32) -> StatementKind {
        let decorators = self.decorators();
        match self.kind() {
            TokenKind::Class => self.class_declaration(start, decorators, false),
            TokenKind::Abstract => {
                self.bump();
                self.class_declaration(start, decorators, true)
            }
            TokenKind::Export => self.export(decorators),
            _ => {
                if !self.panicking {
                    let message = format!("expected a class after a decorator, found {}", self.found());
                    let diagnostic =
                        Diagnostic::error(codes::MISPLACED_DECORATOR, message).at(self.token_span());
                    self.fail(diagnostic.with_help("classes, methods and fields take decorators"));
                }
                StatementKind::Error
            }
        }
    }

    /// A class after `export` or `export default`, with the decorators before that word.
    pub(super) fn exported_class(&mut self, mut decorators: Vec<Decorator>, needs_name: bool) -> Class {
        let start = decorators.first().map_or(self.token.start, |decorator| decorator.span.start);
        decorators.extend(self.decorators());
        let is_abstract = self.eat(TokenKind::Abstract);
        self.class(start, decorators, is_abstract, needs_name)
    }

    /// `type A<T> = B;` or `type A = native;`
    #[inline(never)]
    fn type_alias(&mut self) -> TypeAlias {
        let start = self.token.start;
        self.bump();
        let name = self.binding_name();
        let type_parameters = self.type_parameters();
        self.expect(TokenKind::Equal);
        let native = self.is(TokenKind::Native) && {
            let next = self.peek();
            next.newline_before
                || matches!(next.kind, TokenKind::Semicolon | TokenKind::RightBrace | TokenKind::EndOfFile)
        };
        let value = if native {
            let span = self.token_span();
            self.bump();
            TypeAliasValue::Native(span)
        } else {
            TypeAliasValue::Type(self.ty())
        };
        let span = self.span_from(start);
        self.end_of_alias(&value);
        TypeAlias { name, type_parameters, value, span }
    }

    #[inline(never)]
    pub(super) fn interface(&mut self) -> Interface {
        let start = self.token.start;
        self.bump();
        let name = self.binding_name();
        let type_parameters = self.type_parameters();
        let extends = if self.eat(TokenKind::Extends) { self.type_list() } else { vec![] };
        let members = self.type_members();
        Interface { name, type_parameters, extends, members, span: self.span_from(start) }
    }

    /// `declare module "native:x" {…}`, `declare class …`, and what else `declare` stands before.
    #[inline(never)]
    fn declare(&mut self) -> StatementKind {
        let declare = self.token;
        self.bump();
        match self.kind() {
            TokenKind::Module if self.peek().kind == TokenKind::String => {
                self.require_top_level(declare);
                return StatementKind::DeclareModule(Box::new(self.declare_module(declare.start)));
            }
            TokenKind::Namespace | TokenKind::Module | TokenKind::Global => {
                self.skip_namespace();
                return StatementKind::Error;
            }
            _ => {}
        }
        let start = self.token.start;
        let outer = std::mem::replace(&mut self.context.ambient, true);
        let kind = match self.kind() {
            TokenKind::Let | TokenKind::Const | TokenKind::Var => Some(self.declared_variables()),
            TokenKind::Import
            | TokenKind::Export
            | TokenKind::Impl
            | TokenKind::Use
            | TokenKind::Declare
            | TokenKind::At => None,
            _ => self.declaration(),
        };
        self.context.ambient = outer;
        match kind {
            Some(kind) => StatementKind::Declare(Box::new(Statement { kind, span: self.span_from(start) })),
            None => {
                self.unexpected(
                    "`module`, `class`, `function`, `const`, `let`, `interface` or `type` after `declare`",
                );
                StatementKind::Error
            }
        }
    }

    fn declared_variables(&mut self) -> StatementKind {
        let variables = self.variables();
        self.semicolon();
        StatementKind::Variables(Box::new(variables))
    }

    #[inline(never)]
    fn declare_module(&mut self, start: u32) -> DeclareModule {
        self.bump();
        let specifier = self.string_literal();
        let mut items = vec![];
        if self.expect(TokenKind::LeftBrace) {
            let outer = std::mem::replace(&mut self.context.ambient, true);
            items = self.bracketed(|parser| parser.statements(TokenKind::RightBrace));
            self.context.ambient = outer;
            self.expect(TokenKind::RightBrace);
        }
        for item in &items {
            self.check_module_item(item);
        }
        DeclareModule { specifier, items, span: self.span_from(start) }
    }

    fn check_module_item(&mut self, item: &Statement) {
        let allowed = match &item.kind {
            StatementKind::Export(export) => {
                !matches!(**export, Export::Default(ExportDefault::Expression(_)))
            }
            kind => matches!(
                kind,
                StatementKind::Function(_)
                    | StatementKind::Variables(_)
                    | StatementKind::TypeAlias(_)
                    | StatementKind::Interface(_)
                    | StatementKind::Class(_)
                    | StatementKind::Trait(_)
                    | StatementKind::Impl(_)
                    | StatementKind::Import(_)
                    | StatementKind::Empty
                    | StatementKind::Error
            ),
        };
        if !allowed {
            let message = "expected a declaration: a `declare module` has no statements";
            self.error(codes::MISPLACED_STATEMENT, item.span, message);
        }
    }
}
