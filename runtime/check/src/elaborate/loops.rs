//! Loops.

use crate::checker::{Checker, Value, read_local};
use crate::facts::{Flow, Reference};
use crate::tables::*;
use crate::typed::{self, Expression, Statement, StatementKind};
use crate::types::*;
use crate::visit::Names;
use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self};

impl<'a> Checker<'a> {
    #[expect(clippy::too_many_arguments, reason = "the parts of a loop")]
    pub(crate) fn loop_statement(
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
        self.enter_turns((test, test_last), update, body, labels);
        let label = self.push_label(labels, true, true);
        let endless = test
            .is_none_or(|one| matches!(one.without_parentheses().kind, ast::ExpressionKind::Boolean(true)));
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
        let continues = self
            .context()
            .labels
            .last_mut()
            .map(|label| std::mem::take(&mut label.continues))
            .unwrap_or_default();
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
            all.extend(
                block
                    .early
                    .into_iter()
                    .map(|local| Statement { kind: StatementKind::Let(local, None), span }),
            );
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

    pub(crate) fn condition(&mut self, test: &'a ast::Expression) -> Expression {
        let value = self.expression(test, None);
        self.truth(value)
    }

    pub(crate) fn declare_loop_variable(
        &mut self,
        one: &'a ast::Variable,
        kind: ast::VariableKind,
        own: &mut Vec<VariableIndex>,
    ) {
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

    pub(crate) fn captured_locals(&mut self, own: &[VariableIndex]) -> Vec<typed::LocalId> {
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

    /// Forgets what a turn may change: the loop comes back with what the turn left. What is known of a variable stays if each turn
    /// leaves it so, as in `let node: Node | null = root; while (true) { … node = next; }` with a `next` that is no null.
    fn enter_turns(
        &mut self,
        (test, test_last): (Option<&'a ast::Expression>, bool),
        update: Option<&'a ast::Expression>,
        body: &'a ast::Statement,
        labels: &[Text],
    ) {
        let mut names = Names::of_statement(body);
        for one in [test, update].into_iter().flatten() {
            names.expression(one);
        }
        let mut known: Vec<(Reference, TypeId)> = Vec::new();
        for (reference, of) in self.context().flow.facts.clone().iter() {
            let root = &self.variables[reference.root.at()];
            if reference.path.is_empty() && names.assigned.contains(&root.name) {
                known.push((reference.clone(), *of));
            }
        }
        self.forget_names(&names.assigned);
        // Inside a probe a turn is not looked at beforehand: that would double the work at each level of loops.
        while !known.is_empty() && self.probing == 0 {
            let before = self.context().flow.clone();
            for (reference, of) in &known {
                self.set_fact(reference.clone(), *of);
            }
            let left = self.probe_turn((test, test_last), update, body, labels);
            self.context().flow = before;
            let count = known.len();
            known.retain(|(reference, of)| {
                left.unreachable
                    || left.facts.get(reference).is_some_and(|after| self.assignable(*after, *of))
            });
            if known.len() == count {
                known.drain(..).for_each(|(reference, of)| self.set_fact(reference, of));
            }
        }
    }

    /// What is known at the end of a turn, without keeping what was made of it or reported about it.
    fn probe_turn(
        &mut self,
        (test, test_last): (Option<&'a ast::Expression>, bool),
        update: Option<&'a ast::Expression>,
        body: &'a ast::Statement,
        labels: &[Text],
    ) -> Flow {
        let context = self.context();
        let returned = context.returned.len();
        let left: Vec<(usize, usize)> =
            context.labels.iter().map(|label| (label.breaks.len(), label.continues.len())).collect();
        self.probe(|checker| {
            checker.push_label(labels, true, true);
            if let (Some(test), false) = (test, test_last) {
                checker.condition(test);
                checker.assume(test, true);
            }
            checker.body(body);
            let (_, continues) = checker.pop_label();
            checker.join_all(continues);
            if let (Some(test), true) = (test, test_last) {
                checker.condition(test);
                checker.assume(test, true);
            }
            if let Some(update) = update {
                checker.dropped(update);
            }
        });
        // What the turn returned and where it left to is looked at when the turn is made.
        let context = self.context();
        context.returned.truncate(returned);
        for (label, (breaks, continues)) in context.labels.iter_mut().zip(left) {
            label.breaks.truncate(breaks);
            label.continues.truncate(continues);
        }
        context.flow.clone()
    }

    pub(crate) fn for_of(
        &mut self,
        head: &'a ast::ForHead,
        iterable: &'a ast::Expression,
        body: &'a ast::Statement,
        labels: &[Text],
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let pattern = match head {
            ast::ForHead::Variables(variables) => variables.declarations.first().map(|one| &one.pattern),
            ast::ForHead::Pattern(pattern) => Some(&**pattern),
            ast::ForHead::Expression(_) => None,
        };
        let guide = pattern.and_then(|pattern| self.head_hint(pattern, iterable));
        let value = self.expression(iterable, guide);
        let (iterated, kind, element) = self.loop_iteration(value);
        let mut names = Names::of_statement(body);
        if let ast::ForHead::Pattern(pattern) = head {
            names.assigns(pattern);
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
                let declared = one
                    .and_then(|one| one.annotation.as_ref())
                    .map(|written| self.resolve_type(written, self.scope));
                match one.map(|one| (one, one.pattern.as_name())) {
                    Some((_, Some(name))) if declared.is_none() => {
                        self.declare_local(self.scope, &name.text, name.span, element, constant).1
                    }
                    Some((one, _)) => {
                        let local = self.temporary(representation);
                        let mut value =
                            Value { expression: read_local(local, representation, one.span), of: element };
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
                let value =
                    Value { expression: read_local(local, representation, pattern.span), of: element };
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
}
