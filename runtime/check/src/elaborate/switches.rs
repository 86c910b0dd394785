//! `switch`.

use std::rc::Rc;

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast;

use crate::checker::{Checker, Value, read_local};
use crate::codes;
use crate::facts::Flow;
use crate::tables::*;
use crate::typed::{self, Statement, StatementKind};
use crate::types::*;

impl<'a> Checker<'a> {
    pub(crate) fn switch_statement(
        &mut self,
        value: &'a ast::Expression,
        cases: &'a [ast::SwitchCase],
        labels: &[Text],
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let scrutinee = self.expression(value, None);
        let of = scrutinee.of;
        let representation = scrutinee.expression.representation;
        let local = self.temporary(representation);
        let outer = self.scope;
        self.scope = self.child_scope(outer);
        let scope = self.scope;
        // Where the variables of each case end in the list of all variables.
        let first = self.variables.len();
        let mut declared = Vec::with_capacity(cases.len());
        for case in cases {
            for statement in &case.body {
                self.declare_statement(scope, statement, false);
            }
            declared.push(self.variables.len());
        }
        for case in cases {
            self.note_captures(&case.body);
        }
        let label = self.push_label(labels, false, true);
        self.context().blocks.push(OpenBlock { scope, before: Vec::new(), early: Vec::new() });
        let mut made = Vec::new();
        // Flow of what no case took so far, and flow that falls from the case before.
        let mut rest = self.context().flow.clone();
        let mut falling: Option<Flow> = None;
        let mut covered: Vec<TypeId> = Vec::new();
        let mut has_default = false;
        // `default` in the middle takes what later cases leave; it is entered with what is known before the switch.
        for (index, case) in cases.iter().enumerate() {
            self.context().flow = rest.clone();
            let test = match &case.test {
                Some(test) => {
                    let made = self.case_test(test, local, of, representation);
                    covered.extend(self.unit_type(test));
                    let unit = self.unit_type(test);
                    if let Some(unit) = unit {
                        self.context().flow = rest.clone();
                        self.assume_is_unit(value, unit, false);
                        let left = self.context().flow.clone();
                        self.context().flow = std::mem::replace(&mut rest, left);
                        self.assume_is_unit(value, unit, true);
                    } else if let ast::ExpressionKind::Boolean(true) = value.without_parentheses().kind {
                        self.assume(test, false);
                        let left = self.context().flow.clone();
                        self.context().flow = std::mem::replace(&mut rest, left);
                        self.assume(test, true);
                    }
                    Some(made)
                }
                None => {
                    has_default = true;
                    for later in cases.get(index + 1..).unwrap_or_default() {
                        if let Some(unit) = later.test.as_ref().and_then(|test| self.unit_type(test)) {
                            self.assume_is_unit(value, unit, false);
                        }
                    }
                    None
                }
            };
            if let Some(falling) = falling.take() {
                let entered = self.context().flow.clone();
                self.context().flow = self.join_flows(entered, falling);
            }
            let body = self.elaborate_declared(&case.body);
            // Whoever enters a later case has passed over these declarations.
            let from = if index == 0 { first } else { declared[index - 1] };
            let passed = (from..declared[index]).map(|variable| VariableIndex(variable as u32));
            Rc::make_mut(&mut rest.unassigned).extend(passed);
            falling = Some(self.context().flow.clone());
            made.push((test, body));
        }
        let mut exhausted = self.check_cases(value, of, &covered, has_default, span);
        self.context().flow = rest.clone();
        exhausted |= self.nothing_left(value);
        let (breaks, _) = self.pop_label();
        let mut after = falling.unwrap_or_else(|| rest.clone());
        if !has_default && !exhausted {
            after = self.join_flows(after, rest);
        }
        self.context().flow = after;
        self.join_all(breaks);
        self.scope = outer;
        let block = self.context().blocks.pop();
        let switch = typed::Switch { label, scrutinee: (local, scrutinee.expression), cases: made };
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
        if all.is_empty() {
            out.push(Statement { kind: StatementKind::Switch(switch), span });
        } else {
            all.push(Statement { kind: StatementKind::Switch(switch), span });
            out.push(Statement { kind: StatementKind::Block { label: None, body: all }, span });
        }
    }

    /// Whether the cases of `switch (typeof x)` took all that `x` may be.
    fn nothing_left(&mut self, value: &'a ast::Expression) -> bool {
        let ast::ExpressionKind::Unary { operator: ast::UnaryOperator::TypeOf, operand } =
            &value.without_parentheses().kind
        else {
            return false;
        };
        self.static_type(operand) == Some(self.types.basic.never)
    }

    fn case_test(
        &mut self,
        test: &'a ast::Expression,
        local: typed::LocalId,
        of: TypeId,
        representation: Representation,
    ) -> typed::Expression {
        let value = self.expression(test, Some(of));
        if !self.overlaps(value.of, of) {
            let (found, expected) = (self.show(value.of), self.show(of));
            let message = format!("this case can never be: the value is `{expected}`, the case `{found}`");
            self.error(codes::NO_OVERLAP, test.span, message);
        }
        let subject = Value { expression: read_local(local, representation, test.span), of };
        self.equality(subject, value, false, test.span).expression
    }

    /// Whether the cases take every value of the switch's type; warns where a union is not covered.
    fn check_cases(
        &mut self,
        value: &'a ast::Expression,
        of: TypeId,
        covered: &[TypeId],
        has_default: bool,
        span: Span,
    ) -> bool {
        let of = self.expand(of);
        let mut left: Vec<TypeId> = Vec::new();
        for one in self.types.members(of) {
            if *self.types.kind(one) == Kind::Boolean {
                left.push(self.types.intern(Kind::LiteralBoolean(true)));
                left.push(self.types.intern(Kind::LiteralBoolean(false)));
            } else {
                left.push(one);
            }
        }
        let units = left.iter().all(|one| self.types.is_literal(*one) || self.is_null(*one));
        if !units || left.is_empty() {
            return false;
        }
        left.retain(|one| !covered.contains(one));
        if left.is_empty() {
            return true;
        }
        if !has_default {
            let missing: Vec<String> = left.iter().map(|one| format!("`{}`", self.show(*one))).collect();
            let message = format!("this switch does not handle {}", missing.join(", "));
            let place = Span { end: value.span.end, ..span };
            self.report(
                Diagnostic::warning(codes::NOT_EXHAUSTIVE, message)
                    .at(place)
                    .with_help("add the cases, or `default`"),
            );
        }
        false
    }
}
