//! What TypeScript has and this language has not: each is reported with what takes its place.

use raya_source::{Diagnostic, Span};

use super::Parser;
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    #[cold]
    #[inline(never)]
    pub(super) fn report_var(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(
            codes::NO_VAR,
            "there is no `var`: variables are declared with `let` or `const`",
        );
        self.report(diagnostic.at(span).with_edit("use `let`", span, "let"));
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_eval(&mut self, span: Span) {
        let diagnostic =
            Diagnostic::error(codes::NO_EVAL, "there is no `eval`: programs are compiled as a whole");
        self.report(
            diagnostic.at(span).with_help("call a function, or choose one from a `Map` of functions"),
        );
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_arguments(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(codes::NO_ARGUMENTS, "there is no `arguments`");
        self.report(diagnostic.at(span).with_help("declare a rest parameter: `...values: T[]`"));
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_proto(&mut self, span: Span) {
        let diagnostic =
            Diagnostic::error(codes::NO_PROTO, "there is no `__proto__`: objects have no prototypes");
        self.report(diagnostic.at(span).with_help("declare a class, and extend it with `extends`"));
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_any(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(codes::NO_ANY, "there is no type `any`");
        self.report(diagnostic.at(span).with_edit(
            "use `unknown`, and narrow it before use",
            span,
            "unknown",
        ));
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_in(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(codes::NO_IN, "there is no operator `in`");
        let help = "compare an optional property with `null`, narrow by a literal property, or use `Map.has`";
        self.report(diagnostic.at(span).with_help(help));
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_for_in(&mut self, in_span: Span) {
        let diagnostic = Diagnostic::error(codes::NO_FOR_IN, "there is no `for … in`: expected `of`");
        self.report(diagnostic.at(in_span).with_help("go through `Object.keys(value)` with `for … of`"));
    }

    /// Takes `with (…)`; the statement it governs is parsed as one of its own.
    #[cold]
    #[inline(never)]
    pub(super) fn skip_with(&mut self) {
        let diagnostic = Diagnostic::error(codes::NO_WITH, "there is no `with`");
        self.report(diagnostic.at(self.token_span()).with_help("name the object: `const o = …; o.member`"));
        self.bump();
        if self.is(TokenKind::LeftParen) {
            self.skip_group();
        }
    }

    /// Takes `enum A {…}`, the current token is `enum`.
    #[cold]
    #[inline(never)]
    pub(super) fn skip_enum(&mut self) {
        let diagnostic = Diagnostic::error(codes::NO_ENUM, "there is no `enum`");
        let help = "declare a union of literals: `type Color = \"red\" | \"green\";`";
        self.report(diagnostic.at(self.token_span()).with_help(help));
        self.bump();
        if self.kind().is_identifier() {
            self.bump();
        }
        if self.is(TokenKind::LeftBrace) {
            self.skip_group();
        }
    }

    /// Takes `namespace A.B {…}` or `module A {…}`.
    #[cold]
    #[inline(never)]
    pub(super) fn skip_namespace(&mut self) {
        let message = format!("there is no `{}`: every file is a module", self.token_text());
        let diagnostic = Diagnostic::error(codes::NO_NAMESPACE, message).at(self.token_span());
        self.report(diagnostic.with_help("move the declarations to a file and `import * as name` from it"));
        self.bump();
        while self.kind().is_identifier() || matches!(self.kind(), TokenKind::Dot | TokenKind::String) {
            self.bump();
        }
        if self.is(TokenKind::LeftBrace) {
            self.skip_group();
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_generator(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(codes::NO_GENERATOR, "there are no generators");
        self.report(diagnostic.at(span).with_help("return an array, or send the values through a `Channel`"));
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_debugger(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(codes::NO_DEBUGGER, "there is no `debugger` statement").at(span);
        self.report(diagnostic.with_help("print what you want to see with `console.log`"));
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_angle_cast(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(codes::NO_ANGLE_CAST, "a cast is not written `<T>value`").at(span);
        self.report(diagnostic.with_help("write `value as T`"));
    }

    /// Reports `<div>` and skips the rest of its line, since what follows is not in this language.
    #[cold]
    #[inline(never)]
    pub(super) fn skip_jsx(&mut self) {
        let diagnostic =
            Diagnostic::error(codes::NO_JSX, "there is no JSX: expected an expression, found `<`");
        self.fail(diagnostic.at(self.token_span()));
        self.bump();
        while !self.token.newline_before
            && !matches!(self.kind(), TokenKind::EndOfFile | TokenKind::Semicolon)
        {
            self.bump();
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_dynamic_import(&mut self, span: Span) {
        let diagnostic = Diagnostic::error(
            codes::NO_DYNAMIC_IMPORT,
            "there is no `import()`: imports are known when compiling",
        );
        self.report(
            diagnostic.at(span).with_help("import at the top of the file: `import { name } from \"…\";`"),
        );
    }

    #[cold]
    #[inline(never)]
    pub(super) fn report_meta_property(&mut self, span: Span, text: &str) {
        let diagnostic = Diagnostic::error(codes::NO_META_PROPERTY, format!("there is no `{text}`"));
        self.report(diagnostic.at(span));
    }

    #[cold]
    #[inline(never)]
    pub(super) fn unsupported_type(&mut self, span: Span, what: &str, help: &str) {
        let message = format!("{what} are not part of the language");
        self.report(Diagnostic::error(codes::UNSUPPORTED_TYPE, message).at(span).with_help(help));
    }
}
