//! Which fields a constructor has given a value on every path to its end.

use std::collections::HashSet;

use raya_syntax::ast::*;

type Fields = HashSet<Text>;

/// Fields that have a value at a point; none where the point is never reached.
type State = Option<Fields>;

/// The fields that are assigned on every path; none where no path leads to the end. A private field is called without its `#`.
pub(crate) fn always_assigned(constructor: &Function) -> Option<HashSet<Text>> {
    let FunctionBody::Block(block) = &constructor.body else { return Some(Fields::new()) };
    let mut walk = Walk { returned: None, targets: Vec::new() };
    let end = walk.statements(&block.statements, Some(Fields::new()));
    join(end, walk.returned)
}

struct Walk {
    /// What has a value wherever the constructor returned.
    returned: State,
    /// What `break` leaves, innermost last.
    targets: Vec<Target>,
}

struct Target {
    /// A `break` without a label leaves it.
    is_plain: bool,
    state: State,
}

fn join(left: State, right: State) -> State {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.intersection(&right).cloned().collect()),
        (left, right) => left.or(right),
    }
}

impl Walk {
    fn statements(&mut self, list: &[Statement], state: State) -> State {
        list.iter().fold(state, |state, one| self.statement(one, state))
    }

    fn statement(&mut self, statement: &Statement, state: State) -> State {
        use StatementKind as S;
        let before = state?;
        match &statement.kind {
            S::Block(block) => self.statements(&block.statements, Some(before)),
            S::Expression(value) => Some(with(value, before)),
            S::Variables(variables) => {
                let values = variables.declarations.iter().filter_map(|one| one.initial.as_ref());
                Some(values.fold(before, |fields, value| with(value, fields)))
            }
            S::If(branch) => {
                let tested = with(&branch.test, before);
                let first = self.statement(&branch.consequent, Some(tested.clone()));
                let second = match &branch.alternate {
                    Some(alternate) => self.statement(alternate, Some(tested)),
                    None => Some(tested),
                };
                join(first, second)
            }
            S::While { test, body } => {
                let tested = with(test, before);
                let left = self.leaving(true, |walk| walk.statement(body, Some(tested.clone()))).1;
                if is_true(Some(test)) { left } else { Some(tested) }
            }
            S::For { initial, test, body, .. } => {
                let started = match initial {
                    Some(ForHead::Expression(value)) => with(value, before),
                    _ => before,
                };
                let tested = test.iter().fold(started, |fields, test| with(test, fields));
                let left = self.leaving(true, |walk| walk.statement(body, Some(tested.clone()))).1;
                if is_true(test.as_deref()) { left } else { Some(tested) }
            }
            S::ForOf { iterable, body, .. } => {
                let started = with(iterable, before);
                self.leaving(true, |walk| walk.statement(body, Some(started.clone())));
                Some(started)
            }
            S::DoWhile { body, .. } => {
                // `continue` may have skipped what stands behind it.
                self.leaving(true, |walk| walk.statement(body, Some(before.clone())));
                Some(before)
            }
            S::Labelled { body, .. } => {
                let (end, left) = self.leaving(false, |walk| walk.statement(body, Some(before)));
                join(end, left)
            }
            S::Switch { value, cases } => {
                let tested = with(value, before);
                let has_default = cases.iter().any(|one| one.test.is_none());
                let (end, left) = self.leaving(true, |walk| {
                    cases.iter().fold(None, |fallen, case| {
                        let state = join(fallen, Some(tested.clone()));
                        walk.statements(&case.body, state)
                    })
                });
                let passed = (!has_default).then_some(tested);
                join(join(end, left), passed)
            }
            S::Try(attempt) => {
                let end = self.statements(&attempt.block.statements, Some(before.clone()));
                let handled = match &attempt.handler {
                    Some(handler) => self.statements(&handler.body.statements, Some(before)),
                    None => None,
                };
                let state = join(end, handled);
                match &attempt.finalizer {
                    Some(finalizer) => self.statements(&finalizer.statements, state),
                    None => state,
                }
            }
            S::Return(value) => {
                let state = value.iter().fold(before, |fields, value| with(value, fields));
                self.returned = join(self.returned.take(), Some(state));
                None
            }
            S::Break(label) => {
                let innermost = self.targets.iter().rposition(|one| one.is_plain);
                for (at, target) in self.targets.iter_mut().enumerate() {
                    // One with a label leaves one of those around; that it may be any of them only makes fewer fields certain.
                    if label.is_some() || Some(at) == innermost {
                        target.state = join(target.state.take(), Some(before.clone()));
                    }
                }
                None
            }
            S::Throw(_) | S::Continue(_) => None,
            _ => Some(before),
        }
    }

    /// What `inside` gives, and what has a value wherever a `break` left it.
    fn leaving(&mut self, is_plain: bool, inside: impl FnOnce(&mut Self) -> State) -> (State, State) {
        self.targets.push(Target { is_plain, state: None });
        let end = inside(self);
        (end, self.targets.pop().and_then(|target| target.state))
    }
}

fn is_true(test: Option<&Expression>) -> bool {
    test.is_none_or(|test| matches!(test.without_parentheses().kind, ExpressionKind::Boolean(true)))
}

/// The fields, and those that an expression is certain to assign.
fn with(expression: &Expression, mut fields: Fields) -> Fields {
    add(expression, &mut fields);
    fields
}

fn add(expression: &Expression, fields: &mut Fields) {
    stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || add_inside(expression, fields));
}

fn add_inside(expression: &Expression, fields: &mut Fields) {
    use ExpressionKind as E;
    match &expression.kind {
        E::Assign { operator, target, value } => {
            // `??=` may leave it as it is, and `+=` reads it first.
            if *operator == AssignmentOperator::Assign {
                add(value, fields);
                add_target(target, fields);
            } else if matches!(operator, AssignmentOperator::Compound(_)) {
                add(value, fields);
            }
        }
        E::Binary { left, right, .. } => {
            add(left, fields);
            add(right, fields);
        }
        E::Logical { left, .. } => add(left, fields),
        E::Conditional { test, consequent, alternate } => {
            add(test, fields);
            let (first, second) = (with(consequent, fields.clone()), with(alternate, fields.clone()));
            fields.extend(first.intersection(&second).cloned());
        }
        E::Sequence(list) => list.iter().for_each(|one| add(one, fields)),
        E::Call(call) | E::New(call) if !call.optional => {
            add(&call.callee, fields);
            call.arguments.iter().for_each(|one| add(&one.value, fields));
        }
        E::Array(elements) => elements.iter().for_each(|one| add(&one.value, fields)),
        E::Template(template) => template.expressions.iter().for_each(|one| add(one, fields)),
        E::Unary { operand, .. } => add(operand, fields),
        E::Member { object, optional: false, .. } => add(object, fields),
        E::Index { object, index, optional: false } => {
            add(object, fields);
            add(index, fields);
        }
        E::Parenthesized(inner) | E::NonNull(inner) | E::As { expression: inner, .. } => add(inner, fields),
        _ => {}
    }
}

fn add_target(pattern: &Pattern, fields: &mut Fields) {
    match &pattern.kind {
        PatternKind::Expression(target) => {
            if let ExpressionKind::Member { object, property, .. }
            | ExpressionKind::PrivateMember { object, property, .. } = &target.kind
                && matches!(object.kind, ExpressionKind::This)
            {
                fields.insert(property.text.clone());
            }
        }
        PatternKind::Array { elements, rest } => {
            elements.iter().flatten().for_each(|one| add_target(&one.pattern, fields));
            rest.iter().for_each(|rest| add_target(rest, fields));
        }
        PatternKind::Object { properties, rest } => {
            properties.iter().for_each(|one| add_target(&one.value, fields));
            rest.iter().for_each(|rest| add_target(rest, fields));
        }
        PatternKind::Name(_) | PatternKind::Error => {}
    }
}
