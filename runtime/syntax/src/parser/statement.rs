//! Statements, but for loops and declarations.

use raya_source::{Diagnostic, Span};

use super::{Label, Parser};
use crate::ast::{
    CatchClause, Expression, ExpressionKind, If, Name, Statement, StatementKind, SwitchCase, Text, Try,
    Variable, VariableKind, Variables,
};
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    /// Statements up to `close`, which is not taken, or the end of the file.
    pub(super) fn statements(&mut self, close: TokenKind) -> Vec<Statement> {
        let mut statements = vec![];
        while !self.is(close) && !self.is(TokenKind::EndOfFile) {
            statements.push(self.statement());
        }
        statements
    }

    /// One statement. Always takes at least one token unless the file or block ends.
    pub(super) fn statement(&mut self) -> Statement {
        let start = self.token.start;
        let unclaimed = self.unclaimed();
        let Some(level) = self.enter() else {
            let span = self.here();
            return Statement { kind: StatementKind::Error, span };
        };
        let kind = self.statement_kind();
        self.leave(level);
        self.reject_unclaimed(unclaimed);
        let span = self.span_from(start);
        self.synchronize(start);
        if self.token.start == start && !matches!(self.kind(), TokenKind::RightBrace | TokenKind::EndOfFile) {
            self.bump();
        }
        Statement { kind, span }
    }

    fn statement_kind(&mut self) -> StatementKind {
        use TokenKind as Kind;
        match self.kind() {
            Kind::Semicolon => {
                self.bump();
                StatementKind::Empty
            }
            Kind::LeftBrace => StatementKind::Block(self.block()),
            Kind::Let | Kind::Const | Kind::Var => self.variable_statement(),
            Kind::If => self.if_statement(),
            Kind::While => self.while_statement(),
            Kind::Do => self.do_statement(),
            Kind::For => self.for_statement(),
            Kind::Return => self.return_statement(),
            Kind::Break | Kind::Continue => self.jump(),
            Kind::Switch => self.switch(),
            Kind::Try => self.try_statement(),
            Kind::Throw => self.throw(),
            Kind::With => {
                self.skip_with();
                self.statement();
                StatementKind::Error
            }
            Kind::Debugger => {
                self.report_debugger(self.token_span());
                self.bump();
                self.semicolon();
                StatementKind::Error
            }
            Kind::Else | Kind::Case | Kind::Default | Kind::Catch | Kind::Finally | Kind::Extends => {
                self.fail_statement();
                StatementKind::Error
            }
            _ => match self.declaration() {
                Some(kind) => kind,
                None => self.expression_statement(),
            },
        }
    }

    #[cold]
    #[inline(never)]
    fn fail_statement(&mut self) {
        let message =
            format!("expected a statement, found `{}` without what it belongs to", self.token_text());
        let diagnostic = Diagnostic::error(codes::MISPLACED_STATEMENT, message).at(self.token_span());
        self.fail(diagnostic);
    }

    #[inline(never)]
    fn expression_statement(&mut self) -> StatementKind {
        let expression = self.expression();
        if self.is(TokenKind::Colon)
            && let ExpressionKind::Name(text) = &expression.kind
        {
            let text = text.clone();
            return self.labelled(text, expression.span);
        }
        self.end_of_expression(&expression);
        StatementKind::Expression(Box::new(expression))
    }

    #[inline(never)]
    fn labelled(&mut self, text: Text, span: Span) -> StatementKind {
        self.bump();
        let known = &self.labels[self.context.first_label.min(self.labels.len())..];
        if known.iter().any(|label| label.text == text) {
            let message = format!("the label `{text}` stands around this already");
            self.error(codes::INVALID_LABEL, span, message);
        }
        let is_loop = matches!(self.kind(), TokenKind::For | TokenKind::While | TokenKind::Do);
        self.labels.push(Label { text: text.clone(), is_loop });
        let body = Box::new(self.body());
        self.labels.pop();
        StatementKind::Labelled { label: Name { text, span }, body }
    }

    /// A statement that another governs: not a declaration, which nothing after it could see.
    pub(super) fn body(&mut self) -> Statement {
        let body = self.statement();
        let declares = matches!(
            body.kind,
            StatementKind::Variables(_)
                | StatementKind::Function(_)
                | StatementKind::Class(_)
                | StatementKind::Interface(_)
                | StatementKind::TypeAlias(_)
                | StatementKind::Import(_)
                | StatementKind::Export(_)
        );
        if declares {
            self.report_lone_declaration(body.span);
        }
        body
    }

    #[cold]
    #[inline(never)]
    fn report_lone_declaration(&mut self, span: Span) {
        let message = "a declaration cannot stand here by itself: expected a statement or a block";
        let diagnostic = Diagnostic::error(codes::MISPLACED_STATEMENT, message).at(span);
        self.report(diagnostic.with_help("put it in `{ … }`"));
    }

    #[inline(never)]
    fn variable_statement(&mut self) -> StatementKind {
        let variables = self.variables();
        if !self.panicking {
            self.check_initial_values(&variables);
        }
        self.end_of_variables(&variables);
        StatementKind::Variables(Box::new(variables))
    }

    /// `let a = 1, b` without what ends it.
    #[inline(never)]
    pub(super) fn variables(&mut self) -> Variables {
        let start = self.token.start;
        if self.is(TokenKind::Var) {
            self.report_var(self.token_span());
        }
        let kind = if self.is(TokenKind::Const) { VariableKind::Const } else { VariableKind::Let };
        self.bump();
        if self.is(TokenKind::Enum) {
            self.skip_enum();
            return Variables { kind, declarations: vec![], span: self.span_from(start) };
        }
        let mut declarations = vec![self.variable()];
        while self.eat(TokenKind::Comma) {
            declarations.push(self.variable());
        }
        Variables { kind, declarations, span: self.span_from(start) }
    }

    fn variable(&mut self) -> Variable {
        let start = self.token.start;
        let pattern = self.binding_pattern();
        let definite = self.is(TokenKind::Bang) && !self.token.newline_before && self.eat(TokenKind::Bang);
        let annotation = self.annotation();
        if self.is(TokenKind::Equal) && self.context.ambient {
            self.error(
                codes::UNEXPECTED_BODY,
                self.token_span(),
                "a declaration has no value: expected `;`, found `=`",
            );
        }
        let initial = self.eat(TokenKind::Equal).then(|| self.assignment());
        Variable { pattern, definite, annotation, initial, span: self.span_from(start) }
    }

    pub(super) fn check_initial_values(&mut self, variables: &Variables) {
        if self.context.ambient {
            return;
        }
        for variable in variables.declarations.iter().filter(|variable| variable.initial.is_none()) {
            let message = match variable.pattern.as_name() {
                None => "a pattern needs a value: expected `=`",
                Some(_) if variables.kind == VariableKind::Const => "a `const` needs a value: expected `=`",
                Some(_) => continue,
            };
            self.error(codes::MISSING_INITIAL_VALUE, variable.span, message);
        }
    }

    /// `if`, with all its `else if` read in a loop, so that a long row of them takes no more stack than one.
    #[inline(never)]
    fn if_statement(&mut self) -> StatementKind {
        let mut branches: Vec<(u32, Expression, Statement)> = vec![];
        let mut alternate = loop {
            let start = self.token.start;
            self.bump();
            let test = self.condition();
            let consequent = self.body();
            branches.push((start, test, consequent));
            if !self.eat(TokenKind::Else) {
                break None;
            }
            if !self.is(TokenKind::If) {
                break Some(self.body());
            }
            self.grow();
        };
        let end = self.previous_end;
        loop {
            // There is at least one branch: the loop above adds one before it can end.
            let Some((start, test, consequent)) = branches.pop() else {
                return StatementKind::Error;
            };
            let kind = StatementKind::If(Box::new(If { test, consequent, alternate: alternate.take() }));
            if branches.is_empty() {
                return kind;
            }
            alternate = Some(Statement { kind, span: Span::new(self.file, start, end) });
        }
    }

    #[inline(never)]
    fn return_statement(&mut self) -> StatementKind {
        self.bump();
        let ends = self.is(TokenKind::Semicolon) || self.can_insert_semicolon();
        let value = (!ends).then(|| Box::new(self.expression()));
        self.semicolon();
        StatementKind::Return(value)
    }

    #[inline(never)]
    fn throw(&mut self) -> StatementKind {
        self.bump();
        if self.token.newline_before || self.is(TokenKind::Semicolon) {
            self.fail_expected(codes::EXPECTED_EXPRESSION, "a value to throw on the same line");
            self.panicking = false;
            self.eat(TokenKind::Semicolon);
            return StatementKind::Error;
        }
        let value = Box::new(self.expression());
        self.semicolon();
        StatementKind::Throw(value)
    }

    #[inline(never)]
    fn jump(&mut self) -> StatementKind {
        let span = self.token_span();
        let is_break = self.is(TokenKind::Break);
        self.bump();
        let label = (self.kind().is_identifier() && !self.token.newline_before).then(|| self.take_name());
        match &label {
            Some(name) => self.check_label(&name.text.clone(), name.span, is_break),
            None if is_break && !self.context.in_loop && !self.context.in_switch => {
                self.error(codes::MISPLACED_JUMP, span, "`break` is only possible in a loop or `switch`");
            }
            None if !is_break && !self.context.in_loop => {
                self.error(codes::MISPLACED_JUMP, span, "`continue` is only possible in a loop");
            }
            None => {}
        }
        self.semicolon();
        if is_break { StatementKind::Break(label) } else { StatementKind::Continue(label) }
    }

    fn check_label(&mut self, text: &Text, span: Span, is_break: bool) {
        let known = &self.labels[self.context.first_label.min(self.labels.len())..];
        let message = match known.iter().rev().find(|label| label.text == *text) {
            None => format!("no label `{text}` stands around this in the same function"),
            Some(label) if !is_break && !label.is_loop => {
                format!("`continue` needs the label of a loop: `{text}` is none")
            }
            Some(_) => return,
        };
        self.error(codes::INVALID_LABEL, span, message);
    }

    #[inline(never)]
    fn switch(&mut self) -> StatementKind {
        self.bump();
        let value = Box::new(self.condition());
        let mut cases = vec![];
        let mut default: Option<Span> = None;
        if !self.expect(TokenKind::LeftBrace) {
            return StatementKind::Switch { value, cases };
        }
        self.panicking = false;
        let in_switch = std::mem::replace(&mut self.context.in_switch, true);
        while matches!(self.kind(), TokenKind::Case | TokenKind::Default) {
            let case = self.switch_case(&mut default);
            cases.push(case);
        }
        self.context.in_switch = in_switch;
        self.expect(TokenKind::RightBrace);
        StatementKind::Switch { value, cases }
    }

    #[inline(never)]
    fn switch_case(&mut self, default: &mut Option<Span>) -> SwitchCase {
        let start = self.token.start;
        let span = self.token_span();
        let test = if self.eat(TokenKind::Default) {
            if let Some(earlier) = default.replace(span) {
                let message = "a `switch` has at most one `default`";
                let diagnostic = Diagnostic::error(codes::DUPLICATE_DEFAULT, message).at(span);
                self.report(diagnostic.with_related(earlier, "the first one"));
            }
            None
        } else {
            self.bump();
            let outer = std::mem::replace(&mut self.context.colon_ends, true);
            let test = self.expression();
            self.context.colon_ends = outer;
            Some(test)
        };
        self.expect(TokenKind::Colon);
        self.synchronize(start);
        let mut body = vec![];
        while !matches!(
            self.kind(),
            TokenKind::Case | TokenKind::Default | TokenKind::RightBrace | TokenKind::EndOfFile
        ) {
            body.push(self.bracketed(Self::statement));
        }
        SwitchCase { test, body, span: self.span_from(start) }
    }

    #[inline(never)]
    fn try_statement(&mut self) -> StatementKind {
        let span = self.token_span();
        self.bump();
        let block = self.block();
        let handler = self.is(TokenKind::Catch).then(|| self.catch_clause());
        let finalizer = self.eat(TokenKind::Finally).then(|| self.block());
        if handler.is_none() && finalizer.is_none() && !self.panicking {
            self.error(
                codes::TRY_WITHOUT_HANDLER,
                span,
                "a `try` needs a `catch` or a `finally` after its block",
            );
        }
        StatementKind::Try(Box::new(Try { block, handler, finalizer }))
    }

    #[inline(never)]
    fn catch_clause(&mut self) -> CatchClause {
        let start = self.token.start;
        self.bump();
        let (mut parameter, mut annotation) = (None, None);
        if self.eat(TokenKind::LeftParen) {
            parameter = Some(self.binding_pattern());
            annotation = self.annotation();
            self.close_paren();
        }
        let body = self.block();
        CatchClause { parameter, annotation, body, span: self.span_from(start) }
    }
}
