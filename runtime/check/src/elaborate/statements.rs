//! Statements.

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, StatementKind as S};

use crate::checker::{Checker, Value, read_local};
use crate::codes;
use crate::facts::Flow;
use crate::tables::*;
use crate::typed::{self, LabelId, Statement, StatementKind};
use crate::types::*;
use crate::visit::Names;

impl<'a> Checker<'a> {
    /// The statements of a block, in a scope of their own.
    pub(crate) fn elaborate_block(&mut self, statements: &'a [ast::Statement]) -> Vec<Statement> {
        let outer = self.scope;
        self.scope = self.child_scope(outer);
        let made = self.elaborate_block_body(statements);
        self.scope = outer;
        made
    }

    /// Statements in the current scope: first all they declare, then each in turn.
    pub(crate) fn elaborate_block_body(&mut self, statements: &'a [ast::Statement]) -> Vec<Statement> {
        let scope = self.scope;
        for statement in statements {
            self.declare_statement(scope, statement, false);
        }
        self.note_captures(statements);
        self.elaborate_declared(statements)
    }

    /// Statements whose declarations are in the current scope already.
    pub(crate) fn elaborate_declared(&mut self, statements: &'a [ast::Statement]) -> Vec<Statement> {
        let scope = self.scope;
        self.context().blocks.push(OpenBlock { scope, before: Vec::new(), early: Vec::new() });
        let mut made = Vec::new();
        let mut warned = false;
        for statement in statements {
            if self.context().flow.unreachable && !warned && !is_declaration(statement) {
                warned = true;
                let diagnostic =
                    Diagnostic::warning(codes::UNREACHABLE, "this can never run").at(statement.span);
                self.report(diagnostic);
            }
            let mut own = Vec::new();
            self.statement(statement, &[], &mut own);
            made.append(&mut self.take_before());
            made.append(&mut own);
        }
        self.materialize_rest(statements);
        made.append(&mut self.take_before());
        let early = self.context().blocks.pop().map(|block| block.early).unwrap_or_default();
        if early.is_empty() {
            return made;
        }
        let span = statements.first().map_or(Span::default(), |one| one.span);
        let mut all: Vec<Statement> = early
            .into_iter()
            .map(|local| Statement { kind: StatementKind::Let(local, None), span })
            .collect();
        all.append(&mut made);
        all
    }

    pub(crate) fn take_before(&mut self) -> Vec<Statement> {
        self.context().blocks.last_mut().map(|block| std::mem::take(&mut block.before)).unwrap_or_default()
    }

    /// Function declarations that no statement used.
    pub(crate) fn materialize_rest(&mut self, statements: &'a [ast::Statement]) {
        for statement in statements {
            if let S::Function(function) = &statement.kind
                && let Some(name) = &function.name
                && let Some(Some(ValueSymbol::Variable(index))) =
                    self.scopes[self.scope.at()].names.get(&name.text).map(|entry| entry.value)
            {
                let unreachable = std::mem::replace(&mut self.context().flow.unreachable, false);
                self.materialize(index);
                self.context().flow.unreachable = unreachable;
            }
        }
    }

    pub(crate) fn statement(
        &mut self,
        statement: &'a ast::Statement,
        labels: &[Text],
        out: &mut Vec<Statement>,
    ) {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || {
            self.statement_inside(statement, labels, out)
        });
    }

    /// A statement that is the body of another, as a block.
    pub(crate) fn body(&mut self, statement: &'a ast::Statement) -> Vec<Statement> {
        match &statement.kind {
            S::Block(block) => self.elaborate_block(&block.statements),
            _ => {
                let mut out = Vec::new();
                self.statement(statement, &[], &mut out);
                out
            }
        }
    }

    pub(crate) fn statement_inside(
        &mut self,
        statement: &'a ast::Statement,
        labels: &[Text],
        out: &mut Vec<Statement>,
    ) {
        let span = statement.span;
        match &statement.kind {
            S::Block(block) if labels.is_empty() => {
                let body = self.elaborate_block(&block.statements);
                out.push(Statement { kind: StatementKind::Block { label: None, body }, span });
            }
            S::Expression(value) => self.expression_statement(value, span, out),
            S::Variables(variables) => self.variables_statement(variables, out),
            S::Class(class) => self.class_statement(class, out),
            S::Export(export) => self.export_statement(export, out),
            S::If(branch) => self.if_statement(branch, span, out),
            S::While { test, body } => {
                self.loop_statement(None, Some(test), None, body, false, labels, span, out)
            }
            S::DoWhile { body, test } => {
                self.loop_statement(None, Some(test), None, body, true, labels, span, out)
            }
            S::For { initial, test, update, body } => {
                let outer = self.scope;
                self.scope = self.child_scope(outer);
                let (test, update) = (test.as_deref(), update.as_deref());
                self.loop_statement(initial.as_ref(), test, update, body, false, labels, span, out);
                self.scope = outer;
            }
            S::ForOf { head, iterable, body } => self.for_of(head, iterable, body, labels, span, out),
            S::Return(value) => self.return_statement(value.as_deref(), span, out),
            S::Break(label) => self.jump(label.as_ref(), false, span, out),
            S::Continue(label) => self.jump(label.as_ref(), true, span, out),
            S::Labelled { label, body } => self.labelled(label, body, labels, out),
            S::Switch { value, cases } => self.switch_statement(value, cases, labels, span, out),
            S::Try(one) => self.try_statement(one, span, out),
            S::Throw(value) => {
                let value = self.expression(value, None);
                let thrown = self.reshape(value.expression, Representation::Any);
                out.push(Statement { kind: StatementKind::Throw(thrown), span });
                self.context().flow.unreachable = true;
            }
            S::Block(_) => self.labelled_block(statement, labels, out),
            _ => {}
        }
    }

    pub(crate) fn expression_statement(
        &mut self,
        value: &'a ast::Expression,
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let made = self.dropped(value);
        if made.of == self.types.basic.never {
            self.context().flow.unreachable = true;
        }
        out.push(Statement { kind: StatementKind::Expression(made.expression), span });
        // `assertIsString(x);`
        if let ast::ExpressionKind::Call(call) = &value.kind
            && let Some(of) = self.static_type(&call.callee)
            && self
                .call_signatures(of)
                .iter()
                .any(|one| one.predicate.as_ref().is_some_and(|one| one.asserts))
        {
            self.assume_call(call, true);
        }
    }

    /// An expression whose value nobody uses: `i++` need not keep what `i` was.
    pub(crate) fn dropped(&mut self, value: &'a ast::Expression) -> Value {
        match &value.without_parentheses().kind {
            ast::ExpressionKind::Update { operator, target, .. } => {
                self.update(*operator, true, target, value.span)
            }
            _ => self.expression(value, None),
        }
    }

    pub(crate) fn if_statement(&mut self, branch: &'a ast::If, span: Span, out: &mut Vec<Statement>) {
        let value = self.expression(&branch.test, None);
        let test = self.truth(value);
        let before = self.context().flow.clone();
        self.assume(&branch.test, true);
        let consequent = self.body(&branch.consequent);
        let after_first = std::mem::replace(&mut self.context().flow, before);
        self.assume(&branch.test, false);
        let alternate = branch.alternate.as_ref().map(|one| self.body(one)).unwrap_or_default();
        let after_second = self.context().flow.clone();
        self.context().flow = self.join_flows(after_first, after_second);
        out.push(Statement { kind: StatementKind::If(test, consequent, alternate), span });
    }

    pub(crate) fn push_label(&mut self, names: &[Text], is_loop: bool, anonymous: bool) -> LabelId {
        let context = self.context();
        let id = LabelId(context.next_label);
        context.next_label += 1;
        context.labels.push(Label {
            names: names.to_vec(),
            id,
            is_loop,
            anonymous,
            used: false,
            breaks: Vec::new(),
            continues: Vec::new(),
        });
        id
    }

    pub(crate) fn pop_label(&mut self) -> (Vec<Flow>, Vec<Flow>) {
        self.context().labels.pop().map(|label| (label.breaks, label.continues)).unwrap_or_default()
    }

    pub(crate) fn join_all(&mut self, flows: Vec<Flow>) {
        for flow in flows {
            let current = self.context().flow.clone();
            self.context().flow = self.join_flows(current, flow);
        }
    }

    pub(crate) fn return_statement(
        &mut self,
        value: Option<&'a ast::Expression>,
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let (declared, hint, is_body) = {
            let context = self.context();
            (context.result, context.result_hint, context.is_module_body)
        };
        let made = match value {
            Some(one) => {
                let value = self.expression(one, declared.or(hint));
                if is_body {
                    Some(self.reshape(value.expression, Representation::Any))
                } else if self.context().in_constructor {
                    self.error(codes::MISMATCH, one.span, "a constructor gives no value");
                    None
                } else {
                    Some(self.returned(value, one.span))
                }
            }
            None => {
                let basic = self.types.basic;
                match declared {
                    Some(of)
                        if !is_body && !self.has_null(of) && of != basic.unknown && !self.is_error(of) =>
                    {
                        let message =
                            format!("expected a value of `{}`, found `return` without one", self.show(of));
                        self.error(codes::MISMATCH, span, message);
                    }
                    None if !is_body => {
                        let returned = &mut self.context().returned;
                        returned.push(basic.void);
                    }
                    _ => {}
                }
                None
            }
        };
        out.push(Statement { kind: StatementKind::Return(made), span });
        self.context().flow.unreachable = true;
    }

    pub(crate) fn jump(
        &mut self,
        name: Option<&ast::Name>,
        continues: bool,
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let context = self.context();
        let flow = context.flow.clone();
        let found = context.labels.iter_mut().rev().find(|label| match name {
            Some(name) => label.names.contains(&name.text) && (label.is_loop || !continues),
            None => label.anonymous && (label.is_loop || !continues),
        });
        let Some(label) = found else {
            let word = if continues { "continue" } else { "break" };
            let message = match name {
                Some(name) => format!("`{word} {}` has no loop of that label around it", name.text),
                None => format!("`{word}` stands in no loop"),
            };
            return self.error(codes::BAD_JUMP, span, message);
        };
        label.used = true;
        let id = label.id;
        let kind = if continues {
            label.continues.push(flow);
            StatementKind::Continue(id)
        } else {
            label.breaks.push(flow);
            StatementKind::Break(id)
        };
        out.push(Statement { kind, span });
        self.context().flow.unreachable = true;
    }

    pub(crate) fn labelled(
        &mut self,
        label: &'a ast::Name,
        body: &'a ast::Statement,
        labels: &[Text],
        out: &mut Vec<Statement>,
    ) {
        let mut all = labels.to_vec();
        all.push(label.text.clone());
        match body.kind {
            S::While { .. }
            | S::DoWhile { .. }
            | S::For { .. }
            | S::ForOf { .. }
            | S::Labelled { .. }
            | S::Switch { .. } => {
                self.statement(body, &all, out);
            }
            _ => self.labelled_block(body, &all, out),
        }
    }

    pub(crate) fn labelled_block(
        &mut self,
        statement: &'a ast::Statement,
        labels: &[Text],
        out: &mut Vec<Statement>,
    ) {
        let label = self.push_label(labels, false, false);
        let body = self.body(statement);
        let (breaks, _) = self.pop_label();
        self.join_all(breaks);
        out.push(Statement { kind: StatementKind::Block { label: Some(label), body }, span: statement.span });
    }

    pub(crate) fn try_statement(&mut self, one: &'a ast::Try, span: Span, out: &mut Vec<Statement>) {
        let before = self.context().flow.clone();
        let mut names = Names::default();
        names.statements(&one.block.statements);
        let body = self.elaborate_block(&one.block.statements);
        let after_body = std::mem::replace(&mut self.context().flow, before);
        self.forget_names(&names.assigned);
        let entry = self.context().flow.clone();
        let mut catch = None;
        let mut after = after_body;
        if let Some(handler) = &one.handler {
            catch = Some(self.catch_clause(handler));
            let after_catch = self.context().flow.clone();
            after = self.join_flows(after, after_catch);
            names.statements(&handler.body.statements);
        }
        let mut finally = None;
        if let Some(finalizer) = &one.finalizer {
            self.context().flow = entry;
            self.forget_names(&names.assigned);
            finally = Some(self.elaborate_block(&finalizer.statements));
            let ends = self.context().flow.unreachable;
            let mut written = Names::default();
            written.statements(&finalizer.statements);
            self.context().flow = after;
            self.forget_names(&written.assigned);
            self.context().flow.unreachable |= ends;
        } else {
            self.context().flow = after;
        }
        out.push(Statement { kind: StatementKind::Try { body, catch, finally }, span });
    }

    pub(crate) fn catch_clause(&mut self, handler: &'a ast::CatchClause) -> (typed::LocalId, Vec<Statement>) {
        let outer = self.scope;
        self.scope = self.child_scope(outer);
        let basic = self.types.basic;
        let annotated = handler.annotation.as_ref().map(|written| self.resolve_type(written, self.scope));
        let of = match annotated {
            Some(of) if of == basic.unknown => basic.unknown,
            Some(of) if *self.types.kind(of) == Kind::Error => of,
            Some(of) => {
                let error = self.prelude_instance("Error", vec![]);
                if of != error
                    && let Some(annotation) = &handler.annotation
                {
                    let message =
                        format!("a caught value is an `Error` or `unknown`, found `{}`", self.show(of));
                    self.report(
                        Diagnostic::error(codes::MISMATCH, message)
                            .at(annotation.span)
                            .with_help("test it with `instanceof`"),
                    );
                }
                basic.caught
            }
            None => basic.caught,
        };
        let mut body = Vec::new();
        let local = match &handler.parameter {
            Some(pattern) => match pattern.as_name() {
                Some(name) => self.declare_local(self.scope, &name.text, name.span, of, false).1,
                None => {
                    let local = self.temporary(Representation::Any);
                    let caught =
                        Value { expression: read_local(local, Representation::Any, pattern.span), of };
                    let error = self.prelude_instance("Error", vec![]);
                    let value = Value { expression: self.convert(caught, error), of: error };
                    self.bind_pattern(pattern, value, true, &mut body);
                    local
                }
            },
            None => self.temporary(Representation::Any),
        };
        let inner = self.elaborate_block(&handler.body.statements);
        body.extend(inner);
        self.scope = outer;
        (local, body)
    }
}

fn is_declaration(statement: &ast::Statement) -> bool {
    matches!(
        statement.kind,
        S::Function(_)
            | S::Interface(_)
            | S::TypeAlias(_)
            | S::Empty
            | S::Class(_)
            | S::Error
            | S::Export(_)
            | S::DeclareModule(_)
    )
}
