//! Assignment: to variables, properties, elements and patterns.

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, AssignmentOperator, ExpressionKind as E, PatternKind, UpdateOperator};

use crate::checker::{Checker, Value, expression, read_local};
use crate::codes;
use crate::facts::Reference;
use crate::members::FoundMember;
use crate::tables::*;
use crate::typed::{Expression, ExpressionKind, LocalId, Statement, StatementKind};
use crate::types::*;

use super::members::ElementKind;

/// A part of a place: used once, or kept so that it can be used again.
pub(crate) enum Held {
    Once(Option<Expression>),
    Kept(LocalId, Representation),
}

/// What can be assigned.
pub(crate) enum PlaceRef {
    Variable(VariableIndex),
    Property { object: Held, of: TypeId, name: Text, member: Box<FoundMember> },
    Element { object: Held, index: Held, element: TypeId, kind: ElementKind },
    Broken,
}

impl<'a> Checker<'a> {
    pub(crate) fn assignment(
        &mut self,
        operator: AssignmentOperator,
        target: &'a ast::Pattern,
        value: &'a ast::Expression,
        span: Span,
    ) -> Value {
        match (&target.kind, operator) {
            (PatternKind::Array { .. } | PatternKind::Object { .. }, _) => {
                let guide = self.pattern_hint(target, value);
                let made = self.expression(value, guide);
                let of = made.of;
                let expression = self.assign_pattern(target, made);
                Value { expression, of }
            }
            (PatternKind::Error, _) => {
                self.expression(value, None);
                self.broken(span)
            }
            (_, AssignmentOperator::Assign) => self.plain_assignment(target, value, span),
            (_, AssignmentOperator::Compound(operator)) => {
                self.compound_assignment(operator, target, value, span)
            }
            (_, AssignmentOperator::Logical(operator)) => {
                self.logical_assignment(operator, target, value, span)
            }
        }
    }

    pub(crate) fn plain_assignment(
        &mut self,
        target: &'a ast::Pattern,
        value: &'a ast::Expression,
        span: Span,
    ) -> Value {
        let mut setup = Vec::new();
        let place = self.pattern_place(target, false, &mut setup);
        let wanted = self.place_type(&place, target.span);
        let made = self.expression(value, Some(wanted));
        let assigned = made.of;
        if !self.check_writable(&place, target.span) {
            return Value { of: assigned, ..self.broken(span) };
        }
        let declared = self.place_declaration(&place, target);
        let stored = self.coerce_because(made, wanted, value.span, declared, None);
        let written = self.write_place(place, stored, span);
        let narrowed = self.after_assignment(target, wanted, assigned);
        let written = self.with_setup(setup, written, span);
        self.settle(written, narrowed)
    }

    /// Remembers what a place holds after an assignment.
    pub(crate) fn after_assignment(
        &mut self,
        target: &'a ast::Pattern,
        wanted: TypeId,
        assigned: TypeId,
    ) -> TypeId {
        let reference = match &target.kind {
            PatternKind::Name(name) => match self.lookup_value(self.scope, name) {
                Some(ValueSymbol::Variable(root)) => Some(Reference::of(root)),
                _ => None,
            },
            PatternKind::Expression(one) => self.reference_of(one),
            _ => None,
        };
        let narrowed = self.assigned_type(wanted, assigned);
        let mut read = Some(wanted);
        if let PatternKind::Expression(one) = &target.kind {
            self.forget_elements(one);
            // What a record has under a key may be null when it is read, not when it is written.
            if let (E::Index { .. }, Some(reference)) = (&one.without_parentheses().kind, &reference) {
                read = self.reference_type(reference);
            }
        }
        if let Some(reference) = reference {
            self.forget(&reference);
            if read.is_some_and(|read| read != narrowed) {
                self.set_fact(reference, narrowed);
            }
        }
        narrowed
    }

    pub(crate) fn with_setup(&mut self, setup: Vec<Statement>, value: Expression, span: Span) -> Expression {
        if setup.is_empty() {
            return value;
        }
        let representation = value.representation;
        expression(ExpressionKind::Sequence(setup, Box::new(value)), representation, span)
    }

    pub(crate) fn compound_assignment(
        &mut self,
        operator: ast::BinaryOperator,
        target: &'a ast::Pattern,
        value: &'a ast::Expression,
        span: Span,
    ) -> Value {
        let mut setup = Vec::new();
        let mut place = self.pattern_place(target, true, &mut setup);
        let wanted = self.place_type(&place, target.span);
        let current = self.read_place(&mut place, target);
        let right = self.expression(value, None);
        let result = self.binary_values(operator, current, right, target.span, span);
        let assigned = result.of;
        self.check_writable(&place, target.span);
        let purpose = format!("the result of `{}=`", super::operators::binary_text(operator));
        let declared = self.place_declaration(&place, target);
        let stored = self.coerce_because(result, wanted, span, declared, Some(&purpose));
        let written = self.write_place(place, stored, span);
        let narrowed = self.after_assignment(target, wanted, assigned);
        let written = self.with_setup(setup, written, span);
        self.settle(written, narrowed)
    }

    /// `a ??= b`: assigns only where the left side does not decide.
    pub(crate) fn logical_assignment(
        &mut self,
        operator: ast::LogicalOperator,
        target: &'a ast::Pattern,
        value: &'a ast::Expression,
        span: Span,
    ) -> Value {
        let mut setup = Vec::new();
        let mut place = self.pattern_place(target, true, &mut setup);
        let wanted = self.place_type(&place, target.span);
        let current = self.read_place(&mut place, target);
        let before = self.context().flow.clone();
        let made = self.expression(value, Some(wanted));
        let assigned = made.of;
        self.check_writable(&place, target.span);
        let stored = self.coerce_at(made, wanted, value.span, None);
        let written = self.write_place(place, stored, span);
        let written = Value { expression: written, of: wanted };
        self.context().flow = before;
        let left = current.of;
        let result = self.logical_values(operator, current, written, None, span);
        let kept = match operator {
            ast::LogicalOperator::And => self.falsy_part(left),
            ast::LogicalOperator::Or => self.truthy_part(left),
            ast::LogicalOperator::Coalesce => self.without_null(left),
        };
        let after = self.types.union([kept, assigned]);
        let narrowed = self.after_assignment(target, wanted, after);
        let whole = self.with_setup(setup, result.expression, span);
        self.settle(whole, narrowed)
    }

    pub(crate) fn update(
        &mut self,
        operator: UpdateOperator,
        prefix: bool,
        target: &'a ast::Expression,
        span: Span,
    ) -> Value {
        let mut setup = Vec::new();
        let mut place = self.expression_place(target, true, &mut setup);
        let wanted = self.place_type(&place, target.span);
        let current = match &mut place {
            PlaceRef::Variable(index) => self.read_variable(*index, target.span),
            _ => {
                let read = self.read_held(&mut place, target.span);
                self.apply_fact(target, read)
            }
        };
        let of = current.of;
        let plain = self.expand(of);
        let numeric = self.assignable(plain, self.types.basic.number) || self.is_error(plain);
        if !numeric {
            let message = format!(
                "`{}` takes a number, found `{}`",
                if operator == UpdateOperator::Increment { "++" } else { "--" },
                self.show(of)
            );
            let diagnostic = Diagnostic::error(codes::BAD_OPERANDS, message).at(target.span);
            let may_be_null = self.has_null(of);
            self.report(match may_be_null {
                true => diagnostic.with_help("it may be null: test it first, or give it a value with `??=`"),
                false => diagnostic,
            });
            return self.broken(span);
        }
        self.check_writable(&place, target.span);
        if !prefix {
            let (local, representation) = self.bind_temporary(current.expression, &mut setup);
            return self.postfix(operator, local, representation, of, wanted, place, setup, target, span);
        }
        let one = self.literal(&Literal::Int(1), span);
        let ast_operator = step(operator);
        let result = self.binary_values(ast_operator, current, one, span, span);
        let assigned = result.of;
        let stored = self.coerce_at(result, wanted, span, None);
        let written = self.write_place(place, stored, span);
        self.after_update(target, wanted, assigned);
        let written = self.with_setup(setup, written, span);
        let wide = self.types.widen(wanted);
        self.settle(written, wide)
    }

    #[expect(clippy::too_many_arguments, reason = "the second half of `update`")]
    pub(crate) fn postfix(
        &mut self,
        operator: UpdateOperator,
        local: LocalId,
        representation: Representation,
        of: TypeId,
        wanted: TypeId,
        place: PlaceRef,
        mut setup: Vec<Statement>,
        target: &'a ast::Expression,
        span: Span,
    ) -> Value {
        let one = self.literal(&Literal::Int(1), span);
        let before = Value { expression: read_local(local, representation, span), of };
        let result = self.binary_values(step(operator), before, one, span, span);
        let assigned = result.of;
        let stored = self.coerce_at(result, wanted, span, None);
        let written = self.write_place(place, stored, span);
        setup.push(Statement { kind: StatementKind::Expression(written), span });
        self.after_update(target, wanted, assigned);
        let value = read_local(local, representation, span);
        let kind = ExpressionKind::Sequence(setup, Box::new(value));
        let of = self.types.widen(of);
        Value { expression: expression(kind, representation, span), of }
    }

    pub(crate) fn after_update(&mut self, target: &'a ast::Expression, wanted: TypeId, assigned: TypeId) {
        self.forget_elements(target);
        if let Some(reference) = self.reference_of(target) {
            self.forget(&reference);
            let narrowed = self.assigned_type(wanted, assigned);
            if narrowed != wanted {
                self.set_fact(reference, narrowed);
            }
        }
    }

    /// `[a, b.c] = value` and `({ a } = value)`: gives the value.
    pub(crate) fn assign_pattern(&mut self, pattern: &'a ast::Pattern, value: Value) -> Expression {
        let span = pattern.span;
        let mut out = Vec::new();
        let representation = value.expression.representation;
        let (local, _) = self.bind_temporary(value.expression, &mut out);
        let held = Value { expression: read_local(local, representation, span), of: value.of };
        self.assign_parts(pattern, held, &mut out);
        let result = read_local(local, representation, span);
        expression(ExpressionKind::Sequence(out, Box::new(result)), representation, span)
    }

    pub(crate) fn assign_parts(&mut self, pattern: &'a ast::Pattern, value: Value, out: &mut Vec<Statement>) {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || {
            self.assign_parts_inside(pattern, value, out)
        });
    }

    pub(crate) fn assign_parts_inside(
        &mut self,
        pattern: &'a ast::Pattern,
        value: Value,
        out: &mut Vec<Statement>,
    ) {
        match &pattern.kind {
            PatternKind::Name(_) | PatternKind::Expression(_) => {
                let mut setup = Vec::new();
                let place = self.pattern_place(pattern, false, &mut setup);
                let wanted = self.place_type(&place, pattern.span);
                let assigned = value.of;
                self.check_writable(&place, pattern.span);
                let stored = self.coerce_at(value, wanted, pattern.span, None);
                let written = self.write_place(place, stored, pattern.span);
                self.after_assignment(pattern, wanted, assigned);
                out.append(&mut setup);
                out.push(Statement { kind: StatementKind::Expression(written), span: pattern.span });
            }
            PatternKind::Object { properties, rest } => {
                let (local, of) = self.hold(value, pattern.span, out);
                let mut taken = Vec::new();
                for one in properties {
                    let (part, name) = self.pattern_property(local, of, &one.key, one.default.is_some());
                    taken.extend(name);
                    let part = self.with_default(part, &one.value, one.default.as_ref());
                    self.assign_parts(&one.value, part, out);
                }
                if let Some(rest) = rest {
                    let part = self.object_rest(local, of, &taken, rest.span);
                    self.assign_parts(rest, part, out);
                }
            }
            PatternKind::Array { elements, rest } => {
                let (local, of) = self.hold_array(value, pattern.span, out);
                for (index, one) in elements.iter().enumerate() {
                    let Some(one) = one else { continue };
                    let part =
                        self.pattern_element(local, of, index, one.default.is_some(), one.pattern.span);
                    let part = self.with_default(part, &one.pattern, one.default.as_ref());
                    self.assign_parts(&one.pattern, part, out);
                }
                if let Some(rest) = rest {
                    let part = self.array_rest(local, of, elements.len(), rest.span);
                    self.assign_parts(rest, part, out);
                }
            }
            PatternKind::Error => {}
        }
    }
}

pub(crate) fn step(operator: UpdateOperator) -> ast::BinaryOperator {
    match operator {
        UpdateOperator::Increment => ast::BinaryOperator::Add,
        UpdateOperator::Decrement => ast::BinaryOperator::Subtract,
    }
}
