//! Conversions: where a value of one type is wanted as another.

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};

use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::tables::ValueSymbol;
use crate::typed::{Conversion, Expression, ExpressionKind};
use crate::types::*;

/// How a number becomes an int.
pub(super) const TO_INT: &str =
    "a number becomes an int by `Math.floor`, `Math.trunc` or `Math.round`, or by the checked cast `as int`";

impl<'a> Checker<'a> {
    /// The value as one of type `to`, or an error that says what was expected and what was found.
    pub(crate) fn coerce(&mut self, value: Value, to: TypeId) -> Expression {
        let span = value.expression.span;
        self.coerce_at(value, to, span, None)
    }

    /// The same, with the place to underline and what the value is for.
    pub(crate) fn coerce_at(
        &mut self,
        value: Value,
        to: TypeId,
        span: Span,
        purpose: Option<&str>,
    ) -> Expression {
        if !self.assignable(value.of, to) {
            self.report_mismatch(value.of, to, span, purpose);
            let representation = self.representation(to);
            return self.reshape(value.expression, representation);
        }
        self.convert(value, to)
    }

    /// Reports that `found` does not fit `expected`.
    pub(crate) fn report_mismatch(
        &mut self,
        found: TypeId,
        expected: TypeId,
        span: Span,
        purpose: Option<&str>,
    ) {
        let (shown_found, shown_expected) = (self.show(found), self.show(expected));
        let prefix = purpose.map_or_else(String::new, |purpose| format!("{purpose}: "));
        let message = format!("{prefix}expected `{shown_expected}`, found `{shown_found}`");
        let mut diagnostic = Diagnostic::error(codes::MISMATCH, message).at(span);
        let (plain_found, plain_expected) = (self.expand(found), self.expand(expected));
        let basic = self.types.basic;
        let without_null = self.without_null(plain_found);
        let is_number = |checker: &Self, of: TypeId| {
            matches!(
                checker.types.kind(of),
                Kind::Number | Kind::LiteralNumber(_) | Kind::Int | Kind::LiteralInt(_)
            )
        };
        let is_text = |checker: &Self, of: TypeId| {
            matches!(checker.types.kind(of), Kind::String | Kind::LiteralString(_))
        };
        if plain_found == basic.void {
            diagnostic = diagnostic.with_help("the call gives nothing: make it without using its value");
        } else if is_text(self, plain_found)
            && matches!(plain_expected, one if one == basic.int || one == basic.number)
        {
            diagnostic = diagnostic.with_help(
                "a text becomes a number by `Number(text)`, `parseInt(text)` or `parseFloat(text)`",
            );
        } else if is_number(self, plain_found) && plain_expected == basic.string {
            diagnostic = diagnostic
                .with_help("a number becomes a text by `String(value)`, or in a template: `${value}`");
        } else if plain_expected == basic.int
            && is_number(self, plain_found)
            && let Some(name) = self.inferred_from_value()
        {
            let help = "its first value is an int: to hold any number, declare it so";
            diagnostic = diagnostic.with_edit(help, name.at_end(), ": number");
        } else if plain_expected == basic.int && is_number(self, plain_found) {
            diagnostic = diagnostic.with_help(TO_INT);
        } else if plain_expected == basic.never && !self.is_library_parameter() {
            diagnostic = diagnostic.with_help("nothing may get here: this case is not handled before");
        } else if plain_expected == basic.never {
            let wide = self.types.widen(plain_found);
            let wide = self.show(wide);
            diagnostic = diagnostic.with_help(format!(
                "`[]` does not say what the array holds: give its variable a type, such as `{wide}[]`"
            ));
        } else if plain_found == basic.unknown {
            diagnostic = diagnostic.with_help(format!(
                "narrow it, with `typeof` for example, or cast it: `as {shown_expected}`"
            ));
        } else if self.is_null(plain_found) && !self.is_null(plain_expected) {
            diagnostic = diagnostic.with_help(format!("what may be null says so: `{shown_expected} | null`"));
        } else if without_null != plain_found && self.assignable(without_null, expected) {
            diagnostic =
                diagnostic.with_help("it may be null: test it first, or give a value instead with `??`");
        } else if let Some(note) = self.explain(plain_found, plain_expected) {
            diagnostic = diagnostic.with_note(note);
        }
        let diagnostic = self.explained(diagnostic);
        let diagnostic = if shown_found == shown_expected {
            self.told_apart(diagnostic, found, expected)
        } else {
            diagnostic
        };
        self.report(diagnostic);
    }

    /// Why an object does not fit an object type: the first property that is at fault.
    fn explain(&mut self, found: TypeId, expected: TypeId) -> Option<String> {
        if self.is_primitive(found)
            || !matches!(self.types.kind(expected), Kind::Record(_) | Kind::Interface(..))
        {
            return None;
        }
        let record = self.record_of(expected)?;
        let missing: Vec<String> = record
            .properties
            .iter()
            .filter(|one| !one.optional)
            .filter(|one| self.member(found, &one.name).is_none())
            .map(|one| format!("`{}`", one.name))
            .take(5)
            .collect();
        if !missing.is_empty() {
            return Some(format!("it lacks {}", missing.join(", ")));
        }
        for property in &record.properties {
            let Some(member) = self.member(found, &property.name) else {
                continue;
            };
            let wanted = if property.optional { self.types.nullable(property.value) } else { property.value };
            if !self.assignable(member.of, wanted) {
                let (found, expected) = (self.show(member.of), self.show(wanted));
                return Some(format!("its property `{}` is `{found}`, expected `{expected}`", property.name));
            }
        }
        None
    }

    /// Converts a value whose type fits.
    pub(crate) fn convert(&mut self, value: Value, to: TypeId) -> Expression {
        let target = self.expand(to);
        let source = self.expand(value.of);
        let basic = self.types.basic;
        if source == basic.caught && target != basic.unknown && target != basic.caught {
            return self.wrap_caught(value.expression);
        }
        let wanted = self.representation(target);
        let (takes_int, takes_number) = self.kept_numbers(target);
        if self.types.members(source).contains(&basic.integral) && takes_int && !takes_number {
            // In a union, only the running program knows whether it is the whole number: the cast to all of it looks.
            let cast_to = if source == basic.integral { basic.int } else { target };
            let representation = self.representation(cast_to);
            let id = self.runtime_type(cast_to);
            let span = value.expression.span;
            let cast = expression(ExpressionKind::Cast(Box::new(value.expression), id), representation, span);
            return self.reshape(cast, wanted);
        }
        let from = value.expression.representation;
        // An int that goes where only numbers are kept becomes one, also inside a union.
        if from == Representation::Int && takes_number && !takes_int {
            let number = self.as_double(value.expression);
            return self.reshape(number, wanted);
        }
        self.reshape(value.expression, wanted)
    }

    /// Whether ints, and whether numbers, are kept as what they are where a type is wanted.
    fn kept_numbers(&self, target: TypeId) -> (bool, bool) {
        let members = self.types.members(target);
        let has = |wanted: fn(&Kind) -> bool| members.iter().any(|one| wanted(self.types.kind(*one)));
        (
            has(|kind| matches!(kind, Kind::Int | Kind::LiteralInt(_))),
            has(|kind| matches!(kind, Kind::Number | Kind::Integral)),
        )
    }

    /// Whether a whole number has to become an int where a type is wanted.
    pub(crate) fn takes_int_only(&self, target: TypeId) -> bool {
        self.kept_numbers(target) == (true, false)
    }

    /// An int as a number; literals are converted here.
    fn as_double(&mut self, value: Expression) -> Expression {
        let span = value.span;
        let kind = match value.kind {
            ExpressionKind::Int(int) => ExpressionKind::Number(f64::from(int)),
            _ => ExpressionKind::Convert(Conversion::IntToNumber, Box::new(value)),
        };
        expression(kind, Representation::Number, span)
    }

    /// Changes only the representation. After an error, impossible changes go through `Any`.
    pub(crate) fn reshape(&mut self, value: Expression, to: Representation) -> Expression {
        let span = value.span;
        match (value.representation, to) {
            (a, b) if a == b => value,
            (Representation::Int, Representation::Number) => self.as_double(value),
            (_, Representation::Any) => {
                if matches!(value.kind, ExpressionKind::Absent | ExpressionKind::Null) {
                    return Expression { representation: Representation::Any, ..value };
                }
                expression(
                    ExpressionKind::Convert(Conversion::Forget, Box::new(value)),
                    Representation::Any,
                    span,
                )
            }
            (Representation::Any, to) => {
                expression(ExpressionKind::Convert(Conversion::Check, Box::new(value)), to, span)
            }
            (_, to) => {
                let any = self.reshape(value, Representation::Any);
                expression(ExpressionKind::Convert(Conversion::Check, Box::new(any)), to, span)
            }
        }
    }

    /// A value as it arrives, in the representation of its static type.
    pub(crate) fn settle(&mut self, value: Expression, of: TypeId) -> Value {
        let wanted = self.representation(of);
        Value { expression: self.reshape(value, wanted), of }
    }

    /// A caught value where an `Error` is wanted.
    pub(crate) fn wrap_caught(&mut self, value: Expression) -> Expression {
        let span = value.span;
        let Some(ValueSymbol::Function(index)) = self.lookup_value(self.root, "caughtError") else {
            return value;
        };
        let id = self.function_id(index);
        expression(ExpressionKind::CallFunction(id, vec![value]), Representation::Reference, span)
    }

    /// A condition: any value as a boolean.
    pub(crate) fn truth(&mut self, value: Value) -> Expression {
        if value.expression.representation == Representation::Boolean {
            return value.expression;
        }
        let span = value.expression.span;
        if value.of == self.types.basic.void {
            self.error(
                codes::BAD_OPERANDS,
                span,
                "a condition needs a value, found a call that gives nothing",
            );
        } else if self.is_task_type(value.of) {
            let message = format!("a task is always true, found `{}` as a condition", self.show(value.of));
            let diagnostic = Diagnostic::error(codes::BAD_OPERANDS, message).at(span);
            self.report(diagnostic.with_edit("wait for what it gives", span.at_start(), "await "));
        }
        expression(
            ExpressionKind::Convert(Conversion::Truthiness, Box::new(value.expression)),
            Representation::Boolean,
            span,
        )
    }
}
