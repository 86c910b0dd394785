//! Imports and exports, and the body of a file.

use raya_source::Diagnostic;

use super::Parser;
use crate::ast::{
    Decorator, Export, ExportDefault, ExportSpecifier, Import, ImportSpecifier, Name, Statement,
    StatementKind, StringLiteral,
};
use crate::codes;
use crate::token::{Token, TokenKind};

impl Parser<'_> {
    /// All statements of the file.
    pub(super) fn module_statements(&mut self) -> Vec<Statement> {
        let mut statements = vec![];
        while !self.is(TokenKind::EndOfFile) {
            if self.is(TokenKind::RightBrace) {
                let message = "expected a statement, found `}` without the `{` it closes";
                self.error(codes::UNEXPECTED_TOKEN, self.token_span(), message);
                self.bump();
                continue;
            }
            statements.push(self.statement());
        }
        statements
    }

    #[inline(never)]
    pub(super) fn import(&mut self) -> StatementKind {
        let start = self.token.start;
        self.require_top_level(self.token);
        self.bump();
        let type_only = self.is(TokenKind::Type) && self.type_is_modifier();
        if type_only {
            self.bump();
        }
        let (mut default, mut namespace, mut named) = (None, None, vec![]);
        if !self.is(TokenKind::String) {
            let mut more = true;
            if !matches!(self.kind(), TokenKind::LeftBrace | TokenKind::Star) {
                default = Some(self.binding_name());
                if self.is(TokenKind::Equal) {
                    return self.assignment_module("import { … } from \"…\";");
                }
                more = self.eat(TokenKind::Comma);
            }
            if more && self.is(TokenKind::Star) {
                namespace = Some(self.namespace());
            } else if more {
                self.expect(TokenKind::LeftBrace);
                if !self.panicking {
                    named = self.list(TokenKind::RightBrace, Self::import_specifier);
                }
            }
            self.expect(TokenKind::From);
        }
        let specifier = self.specifier();
        self.semicolon();
        let span = self.span_from(start);
        StatementKind::Import(Box::new(Import { type_only, default, namespace, named, specifier, span }))
    }

    /// Whether `type` after `import` is not itself the name that is imported: `import type from "…"`.
    fn type_is_modifier(&self) -> bool {
        let (first, second) = self.peek_two();
        match first.kind {
            TokenKind::LeftBrace | TokenKind::Star => true,
            TokenKind::From => second.kind == TokenKind::From,
            kind => kind.is_identifier(),
        }
    }

    /// `* as name`.
    fn namespace(&mut self) -> Name {
        self.bump();
        self.expect(TokenKind::As);
        self.binding_name()
    }

    fn specifier(&mut self) -> StringLiteral {
        if self.is(TokenKind::String) {
            return self.string_literal();
        }
        self.unexpected("the module as a string");
        let name = self.missing_name();
        StringLiteral { value: name.text, span: name.span }
    }

    /// Takes `type` where it stands before a name in a list of imports or exports.
    fn type_modifier(&mut self) -> bool {
        let found = self.is(TokenKind::Type) && {
            let next = self.peek().kind;
            next.is_word() && next != TokenKind::As
        };
        found && self.eat(TokenKind::Type)
    }

    fn import_specifier(&mut self) -> ImportSpecifier {
        let start = self.token.start;
        let type_only = self.type_modifier();
        let token = self.token;
        let imported = self.word();
        let local = if self.eat(TokenKind::As) {
            self.binding_name()
        } else {
            self.check_word_as_name(token, &imported);
            imported.clone()
        };
        ImportSpecifier { imported, local, type_only, span: self.span_from(start) }
    }

    fn check_word_as_name(&mut self, token: Token, name: &Name) {
        if !token.kind.is_identifier() && !name.is_missing() {
            let message = format!("expected a name, found `{}`, a word of the language", name.text);
            let diagnostic = Diagnostic::error(codes::RESERVED_WORD, message).at(name.span);
            self.report(diagnostic.with_help(format!("name it: `{} as other`", name.text)));
        }
    }

    /// `export …`; `decorators` stood before it.
    #[inline(never)]
    pub(super) fn export(&mut self, decorators: Vec<Decorator>) -> StatementKind {
        self.require_top_level(self.token);
        self.bump();
        let next_is_class = matches!(
            self.kind(),
            TokenKind::Class | TokenKind::Abstract | TokenKind::Default | TokenKind::At
        );
        if let Some(decorator) = decorators.first()
            && !next_is_class
        {
            self.error(codes::MISPLACED_DECORATOR, decorator.span, "expected a class after a decorator");
        }
        let type_list =
            self.is(TokenKind::Type) && matches!(self.peek().kind, TokenKind::LeftBrace | TokenKind::Star);
        if type_list {
            self.bump();
        }
        let export = match self.kind() {
            TokenKind::LeftBrace => self.export_list(type_list),
            TokenKind::Star => self.export_all(type_list),
            TokenKind::Default => Export::Default(self.export_default(decorators)),
            TokenKind::Equal => return self.assignment_module("export default …;"),
            TokenKind::Import => {
                self.unexpected("a declaration, `{`, `*` or `default` after `export`");
                return StatementKind::Error;
            }
            _ => return self.export_declaration(decorators),
        };
        StatementKind::Export(Box::new(export))
    }

    #[inline(never)]
    fn export_declaration(&mut self, decorators: Vec<Decorator>) -> StatementKind {
        let start = self.token.start;
        let kind = match self.kind() {
            TokenKind::Let | TokenKind::Const | TokenKind::Var => {
                let variables = self.variables();
                self.check_initial_values(&variables);
                self.semicolon();
                Some(StatementKind::Variables(Box::new(variables)))
            }
            TokenKind::Class | TokenKind::At => {
                Some(StatementKind::Class(Box::new(self.exported_class(decorators, true))))
            }
            TokenKind::Abstract if self.peek().kind == TokenKind::Class => {
                Some(StatementKind::Class(Box::new(self.exported_class(decorators, true))))
            }
            TokenKind::Export => None,
            _ => self.declaration(),
        };
        let Some(kind) = kind else {
            self.unexpected("a declaration, `{`, `*` or `default` after `export`");
            return StatementKind::Error;
        };
        if matches!(kind, StatementKind::Error) {
            return kind;
        }
        let exportable = !matches!(
            kind,
            StatementKind::Impl(_) | StatementKind::UseImpl(_) | StatementKind::DeclareModule(_)
        );
        let statement = Statement { kind, span: self.span_from(start) };
        if !exportable {
            let message = "this declares no name: expected no `export` before it";
            self.error(codes::MISPLACED_STATEMENT, statement.span, message);
            return statement.kind;
        }
        StatementKind::Export(Box::new(Export::Declaration(Box::new(statement))))
    }

    #[inline(never)]
    fn export_default(&mut self, decorators: Vec<Decorator>) -> ExportDefault {
        self.bump();
        let start = self.token.start;
        let next = self.peek();
        match self.kind() {
            TokenKind::Function => self.default_function(start),
            TokenKind::Async if next.kind == TokenKind::Function && !next.newline_before => {
                self.default_function(start)
            }
            TokenKind::Class | TokenKind::At => {
                ExportDefault::Class(Box::new(self.exported_class(decorators, false)))
            }
            TokenKind::Abstract if next.kind == TokenKind::Class => {
                ExportDefault::Class(Box::new(self.exported_class(decorators, false)))
            }
            TokenKind::Interface if next.kind.is_identifier() && !next.newline_before => {
                ExportDefault::Interface(Box::new(self.interface()))
            }
            _ => {
                let value = Box::new(self.assignment());
                self.semicolon();
                ExportDefault::Expression(value)
            }
        }
    }

    fn default_function(&mut self, start: u32) -> ExportDefault {
        let function = self.function(start, true);
        self.finish_function(&function);
        ExportDefault::Function(Box::new(function))
    }

    #[inline(never)]
    fn export_list(&mut self, type_only: bool) -> Export {
        self.bump();
        let mut reserved: Vec<(Token, Name)> = vec![];
        let specifiers = self.list(TokenKind::RightBrace, |parser| {
            let start = parser.token.start;
            let type_only = parser.type_modifier();
            let token = parser.token;
            let local = parser.word();
            if !token.kind.is_identifier() {
                reserved.push((token, local.clone()));
            }
            let exported = if parser.eat(TokenKind::As) { parser.word() } else { local.clone() };
            ExportSpecifier { local, exported, type_only, span: parser.span_from(start) }
        });
        let specifier = self.eat(TokenKind::From).then(|| self.specifier());
        if specifier.is_none() {
            for (token, name) in reserved {
                self.check_word_as_name(token, &name);
            }
        }
        self.semicolon();
        Export::List { type_only, specifiers, specifier }
    }

    fn export_all(&mut self, type_only: bool) -> Export {
        self.bump();
        let namespace = self.eat(TokenKind::As).then(|| self.word());
        self.expect(TokenKind::From);
        let specifier = self.specifier();
        self.semicolon();
        Export::All { type_only, namespace, specifier }
    }

    /// `import a = …` and `export = …`.
    #[cold]
    #[inline(never)]
    fn assignment_module(&mut self, instead: &str) -> StatementKind {
        let message = "expected no `=`: modules are imported and exported by name";
        let diagnostic = Diagnostic::error(codes::NO_ASSIGNMENT_MODULE, message).at(self.token_span());
        self.report(diagnostic.with_help(format!("write `{instead}`")));
        self.bump();
        self.expression();
        self.semicolon();
        StatementKind::Error
    }
}
