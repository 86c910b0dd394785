//! Statements.

use std::collections::HashSet;
use std::rc::Rc;

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, StatementKind as S};

use crate::checker::{Checker, Value, expression, let_statement, read_local};
use crate::codes;
use crate::tables::*;
use crate::typed::{self, Expression, ExpressionKind, Iteration, LabelId, Statement, StatementKind};
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
                let diagnostic = Diagnostic::warning(codes::UNREACHABLE, "this can never run").at(statement.span);
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
        let mut all: Vec<Statement> =
            early.into_iter().map(|local| Statement { kind: StatementKind::Let(local, None), span }).collect();
        all.append(&mut made);
        all
    }

    fn take_before(&mut self) -> Vec<Statement> {
        self.context().blocks.last_mut().map(|block| std::mem::take(&mut block.before)).unwrap_or_default()
    }

    /// Function declarations that no statement used.
    fn materialize_rest(&mut self, statements: &'a [ast::Statement]) {
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

    fn statement(&mut self, statement: &'a ast::Statement, labels: &[Text], out: &mut Vec<Statement>) {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.statement_inside(statement, labels, out));
    }

    /// A statement that is the body of another, as a block.
    fn body(&mut self, statement: &'a ast::Statement) -> Vec<Statement> {
        match &statement.kind {
            S::Block(block) => self.elaborate_block(&block.statements),
            _ => {
                let mut out = Vec::new();
                self.statement(statement, &[], &mut out);
                out
            }
        }
    }

    fn statement_inside(&mut self, statement: &'a ast::Statement, labels: &[Text], out: &mut Vec<Statement>) {
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
            S::While { test, body } => self.loop_statement(None, Some(test), None, body, false, labels, span, out),
            S::DoWhile { body, test } => self.loop_statement(None, Some(test), None, body, true, labels, span, out),
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
                let from = value.expression.representation;
                let thrown = self.reshape(value.expression, from, Representation::Any);
                out.push(Statement { kind: StatementKind::Throw(thrown), span });
                self.context().flow.unreachable = true;
            }
            S::Block(_) => self.labelled_block(statement, labels, out),
            _ => {}
        }
    }

    fn expression_statement(&mut self, value: &'a ast::Expression, span: Span, out: &mut Vec<Statement>) {
        let made = self.dropped(value);
        if made.of == self.types.basic.never {
            self.context().flow.unreachable = true;
        }
        out.push(Statement { kind: StatementKind::Expression(made.expression), span });
        // `assertIsString(x);`
        if let ast::ExpressionKind::Call(call) = &value.kind
            && let Some(of) = self.static_type(&call.callee)
            && self.call_signatures(of).iter().any(|one| one.predicate.as_ref().is_some_and(|one| one.asserts))
        {
            self.assume_call(call, true);
        }
    }

    /// An expression whose value nobody uses: `i++` need not keep what `i` was.
    fn dropped(&mut self, value: &'a ast::Expression) -> Value {
        match &value.without_parentheses().kind {
            ast::ExpressionKind::Update { operator, target, .. } => self.update(*operator, true, target, value.span),
            _ => self.expression(value, None),
        }
    }

    fn variables_statement(&mut self, variables: &'a ast::Variables, out: &mut Vec<Statement>) {
        for one in &variables.declarations {
            self.variable(one, variables.kind == ast::VariableKind::Const, out);
        }
    }

    fn variable(&mut self, one: &'a ast::Variable, constant: bool, out: &mut Vec<Statement>) {
        let declared = one.annotation.as_ref().map(|written| self.resolve_type(written, self.scope));
        let Some(initial) = &one.initial else {
            return self.variable_without_value(one, declared, out);
        };
        let Some(name) = one.pattern.as_name() else {
            let value = self.expression(initial, declared);
            let value = match declared {
                Some(of) => Value { expression: self.coerce(value, of), of },
                None => value,
            };
            return self.destructure(&one.pattern, value, constant, out);
        };
        let Some(ValueSymbol::Variable(index)) = self.own_symbol(&name.text) else { return };
        if let Some(declared) = declared {
            self.set_variable_type(index, declared);
        }
        let value = self.expression(initial, declared);
        let assigned = value.of;
        let (of, stored) = match declared {
            Some(of) => (of, self.coerce_at(value, of, initial.span, None)),
            None => {
                let of = self.inferred_type(assigned, constant, initial);
                self.set_variable_type(index, of);
                (of, self.convert(value, of))
            }
        };
        self.initialize(index, stored, one.span, out);
        let narrowed = if declared.is_some() || !constant { self.assigned_type(of, assigned) } else { of };
        self.forget(&Reference { root: index, path: vec![] });
        // `let found: T | null = null;` awaits its value, perhaps from a callback: it is not taken to stay null.
        if narrowed != of && !self.is_null(narrowed) {
            self.set_fact(Reference { root: index, path: vec![] }, narrowed);
        }
    }

    /// The symbol of a name in the current scope or, for variables of modules, its own.
    pub(crate) fn own_symbol(&mut self, name: &str) -> Option<ValueSymbol> {
        let mut at = Some(self.scope);
        while let Some(scope) = at {
            let scope = &self.scopes[scope.at()];
            if let Some(value) = scope.names.get(name).and_then(|entry| entry.value) {
                return Some(value);
            }
            at = scope.parent;
        }
        None
    }

    fn inferred_type(&mut self, of: TypeId, constant: bool, initial: &ast::Expression) -> TypeId {
        if of == self.types.basic.caught {
            return of;
        }
        if of == self.types.basic.void {
            self.error(codes::MISMATCH, initial.span, "a variable needs a value, found a call that gives nothing");
            return self.types.basic.error;
        }
        if constant { of } else { self.types.widen(of) }
    }

    /// Stores a variable's first value.
    pub(crate) fn initialize(&mut self, index: VariableIndex, value: Expression, span: Span, out: &mut Vec<Statement>) {
        let state = std::mem::replace(&mut self.variables[index.at()].state, VariableState::Live);
        match self.variables[index.at()].place {
            Place::Global(global, _) => {
                out.push(Statement { kind: StatementKind::InitializeGlobal(global, value), span });
            }
            Place::Local(_, local) => {
                let captured = self.context().locals[local.0 as usize].captured;
                if state == VariableState::Early || captured {
                    // A closure made before, or in the value itself, captured it.
                    self.context().locals[local.0 as usize].reassigned = true;
                    let representation = self.context().locals[local.0 as usize].representation;
                    let from = value.representation;
                    let value = self.reshape(value, from, representation);
                    if state != VariableState::Early {
                        self.hoist_local(self.scope, local);
                    }
                    let assign = ExpressionKind::Assign(typed::Variable::Local(local), Box::new(value));
                    let assign = expression(assign, representation, span);
                    out.push(Statement { kind: StatementKind::Expression(assign), span });
                } else {
                    out.push(Statement { kind: StatementKind::Let(local, Some(value)), span });
                }
            }
        }
        self.mark_assigned(index);
    }

    /// Lets a local live from the start of the block that declares it.
    pub(crate) fn hoist_local(&mut self, scope: ScopeId, local: typed::LocalId) {
        let context = self.context();
        let position = context.blocks.iter().rposition(|block| block.scope == scope).unwrap_or(context.blocks.len().saturating_sub(1));
        if let Some(block) = context.blocks.get_mut(position)
            && !block.early.contains(&local)
        {
            block.early.push(local);
        }
    }

    fn variable_without_value(&mut self, one: &'a ast::Variable, declared: Option<TypeId>, out: &mut Vec<Statement>) {
        let Some(name) = one.pattern.as_name() else { return };
        let Some(ValueSymbol::Variable(index)) = self.own_symbol(&name.text) else { return };
        let of = match declared {
            Some(of) => of,
            None => {
                let message = format!("`{}` needs a type annotation or an initial value", name.text);
                self.error(codes::NEEDS_ANNOTATION, name.span, message);
                self.types.basic.error
            }
        };
        self.set_variable_type(index, of);
        let has_null = self.has_null(of);
        let state = std::mem::replace(&mut self.variables[index.at()].state, VariableState::Live);
        match self.variables[index.at()].place {
            Place::Local(_, local) => {
                let value = has_null.then(|| self.null(one.span));
                if state == VariableState::Early {
                    if let Some(value) = value {
                        let assign = ExpressionKind::Assign(typed::Variable::Local(local), Box::new(value));
                        let assign = expression(assign, Representation::Any, one.span);
                        out.push(Statement { kind: StatementKind::Expression(assign), span: one.span });
                    }
                } else {
                    out.push(Statement { kind: StatementKind::Let(local, value), span: one.span });
                }
                self.mark_reassigned(index);
                if !has_null && !one.definite && !self.is_error(of) {
                    Rc::make_mut(&mut self.context().flow.unassigned).insert(index);
                }
            }
            Place::Global(global, _) => {
                self.mark_reassigned(index);
                if has_null {
                    let value = self.null(one.span);
                    out.push(Statement { kind: StatementKind::InitializeGlobal(global, value), span: one.span });
                } else if !one.definite && !self.is_error(of) {
                    Rc::make_mut(&mut self.context().flow.unassigned).insert(index);
                }
            }
        }
    }

    fn class_statement(&mut self, class: &'a ast::Class, out: &mut Vec<Statement>) {
        let found = self.classes.iter().position(|info| std::ptr::eq(info.ast, class));
        if let Some(found) = found {
            self.class_declaration(ClassIndex(found as u32), out);
        }
    }

    fn export_statement(&mut self, export: &'a ast::Export, out: &mut Vec<Statement>) {
        match export {
            ast::Export::Declaration(inner) => self.statement(inner, &[], out),
            ast::Export::Default(ast::ExportDefault::Class(class)) => self.class_statement(class, out),
            ast::Export::Default(ast::ExportDefault::Expression(value)) => {
                let made = self.expression(value, None);
                let Some(index) = self.modules[self.module.at()].default_variable else { return };
                if self.variables[index.at()].declared.is_none() {
                    self.set_variable_type(index, made.of);
                }
                let span = made.expression.span;
                self.initialize(index, made.expression, span, out);
            }
            _ => {}
        }
    }

    fn if_statement(&mut self, branch: &'a ast::If, span: Span, out: &mut Vec<Statement>) {
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

    #[expect(clippy::too_many_arguments, reason = "the parts of a loop")]
    fn loop_statement(
        &mut self,
        initial: Option<&'a ast::ForHead>,
        test: Option<&'a ast::Expression>,
        update: Option<&'a ast::Expression>,
        body: &'a ast::Statement,
        test_last: bool,
        labels: &[Text],
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let mut setup = Vec::new();
        let mut own = Vec::new();
        let scope = self.scope;
        self.context().blocks.push(OpenBlock { scope, before: Vec::new(), early: Vec::new() });
        match initial {
            Some(ast::ForHead::Variables(variables)) => {
                for one in &variables.declarations {
                    self.declare_loop_variable(one, variables.kind, &mut own);
                }
                self.variables_statement(variables, &mut setup);
            }
            Some(ast::ForHead::Expression(one)) => self.expression_statement(one, one.span, &mut setup),
            _ => {}
        }
        self.forget_assigned(test, update, body);
        let label = self.push_label(labels, true, true);
        let endless = test.is_none_or(|one| matches!(one.without_parentheses().kind, ast::ExpressionKind::Boolean(true)));
        let mut condition = None;
        let mut exit = self.context().flow.clone();
        if !test_last {
            condition = test.map(|one| self.condition(one));
            exit = self.context().flow.clone();
            if let Some(test) = test {
                self.assume(test, true);
            }
        }
        let body = self.body(body);
        let continues = self.context().labels.last_mut().map(|label| std::mem::take(&mut label.continues)).unwrap_or_default();
        self.join_all(continues);
        let unreachable = self.context().flow.unreachable;
        if test_last {
            self.context().flow.unreachable = false;
            condition = test.map(|one| self.condition(one));
            exit = self.context().flow.clone();
            exit.unreachable = unreachable;
        }
        self.context().flow.unreachable = false;
        let update = update.map(|one| self.dropped(one).expression);
        let (breaks, _) = self.pop_label();
        self.context().flow = exit;
        if endless {
            self.context().flow.unreachable = true;
        } else if let Some(test) = test {
            self.assume(test, false);
        }
        self.join_all(breaks);
        let fresh_each_turn = self.captured_locals(&own);
        let turn = typed::Loop { label, condition, test_last, update, fresh_each_turn, body };
        let block = self.context().blocks.pop();
        let mut all: Vec<Statement> = Vec::new();
        if let Some(block) = block {
            all.extend(block.early.into_iter().map(|local| Statement { kind: StatementKind::Let(local, None), span }));
            all.extend(block.before);
        }
        all.append(&mut setup);
        all.push(Statement { kind: StatementKind::Loop(turn), span });
        if all.len() == 1 {
            out.append(&mut all);
        } else {
            out.push(Statement { kind: StatementKind::Block { label: None, body: all }, span });
        }
    }

    fn condition(&mut self, test: &'a ast::Expression) -> Expression {
        let value = self.expression(test, None);
        self.truth(value)
    }

    fn declare_loop_variable(&mut self, one: &'a ast::Variable, kind: ast::VariableKind, own: &mut Vec<VariableIndex>) {
        let mut names = Vec::new();
        crate::declare::pattern_names(&one.pattern, &mut names);
        let simple = matches!(one.pattern.kind, ast::PatternKind::Name(_));
        for name in names {
            let local = self.new_local(name.text.clone(), Representation::Any);
            let number = self.context().number;
            let index = self.new_variable(Variable {
                name: name.text.clone(),
                span: name.span,
                declared: None,
                place: Place::Local(number, local),
                constant: kind == ast::VariableKind::Const,
                source: simple.then_some((one, self.scope)),
                inferring: false,
                literal: None,
                state: VariableState::Ahead,
            });
            own.push(index);
            let scope = self.scope;
            self.declare(scope, &name.text, name.span, Some(ValueSymbol::Variable(index)), None, None);
        }
    }

    fn captured_locals(&mut self, own: &[VariableIndex]) -> Vec<typed::LocalId> {
        let mut locals = Vec::new();
        for index in own {
            if let Place::Local(_, local) = self.variables[index.at()].place
                && self.context().locals[local.0 as usize].captured
            {
                locals.push(local);
            }
        }
        locals
    }

    fn forget_assigned(&mut self, test: Option<&ast::Expression>, update: Option<&ast::Expression>, body: &ast::Statement) {
        let mut names = Names::of_statement(body);
        for one in [test, update].into_iter().flatten() {
            names.expression(one);
        }
        let assigned: HashSet<Text> = names.assigned;
        self.forget_names(&assigned);
    }

    fn return_statement(&mut self, value: Option<&'a ast::Expression>, span: Span, out: &mut Vec<Statement>) {
        let (declared, hint, is_body) = {
            let context = self.context();
            (context.result, context.result_hint, context.is_module_body)
        };
        let made = match value {
            Some(one) => {
                let value = self.expression(one, declared.or(hint));
                if is_body {
                    let from = value.expression.representation;
                    Some(self.reshape(value.expression, from, Representation::Any))
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
                    Some(of) if !is_body && !self.has_null(of) && of != basic.unknown && !self.is_error(of) => {
                        let message = format!("expected a value of `{}`, found `return` without one", self.show(of));
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

    fn jump(&mut self, name: Option<&ast::Name>, continues: bool, span: Span, out: &mut Vec<Statement>) {
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

    fn labelled(&mut self, label: &'a ast::Name, body: &'a ast::Statement, labels: &[Text], out: &mut Vec<Statement>) {
        let mut all = labels.to_vec();
        all.push(label.text.clone());
        match body.kind {
            S::While { .. } | S::DoWhile { .. } | S::For { .. } | S::ForOf { .. } | S::Labelled { .. } | S::Switch { .. } => {
                self.statement(body, &all, out);
            }
            _ => self.labelled_block(body, &all, out),
        }
    }

    fn labelled_block(&mut self, statement: &'a ast::Statement, labels: &[Text], out: &mut Vec<Statement>) {
        let label = self.push_label(labels, false, false);
        let body = self.body(statement);
        let (breaks, _) = self.pop_label();
        self.join_all(breaks);
        out.push(Statement { kind: StatementKind::Block { label: Some(label), body }, span: statement.span });
    }

    fn try_statement(&mut self, one: &'a ast::Try, span: Span, out: &mut Vec<Statement>) {
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

    fn catch_clause(&mut self, handler: &'a ast::CatchClause) -> (typed::LocalId, Vec<Statement>) {
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
                    let message = format!("a caught value is an `Error` or `unknown`, found `{}`", self.show(of));
                    self.report(Diagnostic::error(codes::MISMATCH, message).at(annotation.span).with_help("test it with `instanceof`"));
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
                    let caught = Value { expression: read_local(local, Representation::Any, pattern.span), of };
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

    fn for_of(
        &mut self,
        head: &'a ast::ForHead,
        iterable: &'a ast::Expression,
        body: &'a ast::Statement,
        labels: &[Text],
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let value = self.expression(iterable, None);
        let (iterated, kind, element) = self.iteration(value);
        let mut names = Names::of_statement(body);
        if let ast::ForHead::Pattern(pattern) = head {
            let mut targets = Vec::new();
            crate::declare::pattern_names(pattern, &mut targets);
            names.assigned.extend(targets.into_iter().map(|one| one.text));
        }
        self.forget_names(&names.assigned);
        let before = self.context().flow.clone();
        let outer = self.scope;
        self.scope = self.child_scope(outer);
        let label = self.push_label(labels, true, true);
        let mut inner = Vec::new();
        let representation = self.representation(element);
        let binding = match head {
            ast::ForHead::Variables(variables) => {
                let constant = variables.kind == ast::VariableKind::Const;
                let one = variables.declarations.first();
                let declared = one.and_then(|one| one.annotation.as_ref()).map(|written| self.resolve_type(written, self.scope));
                match one.map(|one| (one, one.pattern.as_name())) {
                    Some((_, Some(name))) if declared.is_none() => {
                        self.declare_local(self.scope, &name.text, name.span, element, constant).1
                    }
                    Some((one, _)) => {
                        let local = self.temporary(representation);
                        let mut value = Value { expression: read_local(local, representation, one.span), of: element };
                        if let Some(of) = declared {
                            value = Value { expression: self.coerce_at(value, of, one.span, None), of };
                        }
                        self.bind_pattern(&one.pattern, value, constant, &mut inner);
                        local
                    }
                    None => self.temporary(representation),
                }
            }
            ast::ForHead::Pattern(pattern) => {
                let local = self.temporary(representation);
                let value = Value { expression: read_local(local, representation, pattern.span), of: element };
                let assigned = self.assign_pattern(pattern, value);
                inner.push(Statement { kind: StatementKind::Expression(assigned), span: pattern.span });
                local
            }
            ast::ForHead::Expression(_) => self.temporary(representation),
        };
        let statements = self.body(body);
        inner.extend(statements);
        let (breaks, continues) = self.pop_label();
        self.join_all(continues);
        self.context().flow = before;
        self.join_all(breaks);
        self.scope = outer;
        let turn = typed::ForOf { label, kind, iterated, binding, body: inner };
        out.push(Statement { kind: StatementKind::ForOf(turn), span });
    }

    /// How a value is iterated, and what each turn gives.
    pub(crate) fn iteration(&mut self, value: Value) -> (Expression, Iteration, TypeId) {
        let span = value.expression.span;
        let of = self.expand(value.of);
        let kind = match self.types.kind(of).clone() {
            Kind::Error => return (value.expression, Iteration::Array, of),
            Kind::Array { .. } | Kind::Tuple(_) => Some(Iteration::Array),
            Kind::String | Kind::LiteralString(_) => Some(Iteration::String),
            Kind::Class(index, _) if self.classes[index.0 as usize].builtin => match &*self.classes[index.0 as usize].name {
                "Map" => Some(Iteration::Map),
                "Set" => Some(Iteration::Set),
                "Uint8Array" => Some(Iteration::Bytes),
                _ => None,
            },
            _ => None,
        };
        if let (Some(kind), Some(element)) = (kind, self.builtin_iteration(of)) {
            return (value.expression, kind, element);
        }
        if let Some(element) = self.any_iteration(of) {
            return match self.member(of, "@@iterator") {
                Some(member) if self.builtin_iteration(of).is_none() => {
                    let call = self.call_member_value(value, "@@iterator", &member, vec![], span);
                    (call.expression, Iteration::Iterator, element)
                }
                _ => (self.collect(value), Iteration::Array, element),
            };
        }
        let found = self.show(value.of);
        let mut diagnostic = Diagnostic::error(codes::NOT_ITERABLE, format!("expected something iterable, found `{found}`")).at(span);
        if self.has_null(of) {
            diagnostic = diagnostic.with_help("it may be null: test it first");
        } else if self.record_of(of).is_some() {
            diagnostic = diagnostic.with_help("`Object.keys(…)`, `Object.values(…)` and `Object.entries(…)` give arrays");
        }
        self.report(diagnostic);
        (value.expression, Iteration::Array, self.types.basic.error)
    }

    /// The element type of anything iterable: built-in kinds, unions of them, objects with `[Symbol.iterator]`.
    pub(crate) fn any_iteration(&mut self, of: TypeId) -> Option<TypeId> {
        let of = self.expand(of);
        if let Some(element) = self.builtin_iteration(of) {
            return Some(element);
        }
        if let Kind::Union(members) = self.types.kind(of).clone() {
            let mut elements = Vec::new();
            for member in members.iter() {
                elements.push(self.any_iteration(*member)?);
            }
            return Some(self.types.union(elements));
        }
        if let Kind::Parameter(parameter) = *self.types.kind(of) {
            let constraint = self.parameter_constraint(parameter)?;
            return self.any_iteration(constraint);
        }
        let iterator = self.member(of, "@@iterator")?;
        let signature = self.call_signatures(iterator.of).into_iter().next()?;
        let next = self.member(signature.result, "next")?;
        let step = self.call_signatures(next.of).into_iter().next()?.result;
        let value = self.member(step, "value")?;
        // `value` is optional in a step: it is there unless `done`.
        Some(self.without_null(value.of))
    }

    /// Anything iterable as a new array.
    pub(crate) fn collect(&mut self, value: Value) -> Expression {
        let span = value.expression.span;
        let Some(ValueSymbol::Function(index)) = self.lookup_value(self.root, "collectElements") else { return value.expression };
        let id = self.function_id(index);
        let from = value.expression.representation;
        let argument = self.reshape(value.expression, from, Representation::Any);
        expression(ExpressionKind::CallFunction(id, vec![argument]), Representation::Reference, span)
    }

    /// Binds a value to a temporary and gives the read of it.
    pub(crate) fn bind_temporary(&mut self, value: Expression, out: &mut Vec<Statement>) -> (typed::LocalId, Representation) {
        let representation = value.representation;
        let local = self.temporary(representation);
        out.push(let_statement(local, value));
        (local, representation)
    }
}

fn is_declaration(statement: &ast::Statement) -> bool {
    matches!(
        statement.kind,
        S::Function(_) | S::Interface(_) | S::TypeAlias(_) | S::Empty | S::Class(_) | S::Error | S::Export(_) | S::DeclareModule(_)
    )
}
