//! Destructuring, in declarations and parameters.

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, PatternKind};

use crate::checker::{Checker, Value, expression, read_local};
use crate::codes;
use crate::tables::*;
use crate::typed::{self, Expression, ExpressionKind, LocalId, Statement, StatementKind};
use crate::types::*;

impl<'a> Checker<'a> {
    /// Binds names that are declared here, as parameters and loop variables are.
    pub(crate) fn bind_pattern(
        &mut self,
        pattern: &'a ast::Pattern,
        value: Value,
        constant: bool,
        out: &mut Vec<Statement>,
    ) {
        let mut names = Vec::new();
        crate::declare::pattern_names(pattern, &mut names);
        for name in names {
            let local = self.new_local(name.text.clone(), Representation::Any);
            let error = self.types.basic.error;
            let index = self.declare_at(self.scope, &name.text, name.span, error, constant, local);
            self.variables[index.at()].declared = None;
            self.variables[index.at()].state = VariableState::Ahead;
        }
        self.destructure(pattern, value, constant, out);
    }

    /// Takes a value apart into variables that are in scope and have no value yet.
    pub(crate) fn destructure(
        &mut self,
        pattern: &'a ast::Pattern,
        value: Value,
        constant: bool,
        out: &mut Vec<Statement>,
    ) {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || {
            self.destructure_inside(pattern, value, constant, out)
        });
    }

    fn destructure_inside(
        &mut self,
        pattern: &'a ast::Pattern,
        value: Value,
        constant: bool,
        out: &mut Vec<Statement>,
    ) {
        match &pattern.kind {
            PatternKind::Name(name) => {
                let Some(ValueSymbol::Variable(index)) = self.own_symbol(name) else {
                    return;
                };
                let of = match self.variables[index.at()].declared {
                    Some(of) if self.variables[index.at()].state == VariableState::Early => of,
                    _ => {
                        let of = if constant { value.of } else { self.types.widen(value.of) };
                        self.set_variable_type(index, of);
                        of
                    }
                };
                let stored = self.convert(value, of);
                self.initialize(index, stored, pattern.span, out);
            }
            PatternKind::Object { properties, rest } => {
                let (local, of) = self.hold(value, pattern.span, out);
                let mut taken = Vec::new();
                for one in properties {
                    let (part, name) = self.pattern_property(local, of, &one.key, one.default.is_some());
                    taken.extend(name);
                    let part = self.with_default(part, &one.value, one.default.as_ref());
                    self.destructure(&one.value, part, constant, out);
                }
                if let Some(rest) = rest {
                    let part = self.object_rest(local, of, &taken, rest.span);
                    self.destructure(rest, part, constant, out);
                }
            }
            PatternKind::Array { elements, rest } => {
                let (local, of) = self.hold_array(value, pattern.span, out);
                for (index, one) in elements.iter().enumerate() {
                    let Some(one) = one else { continue };
                    let part =
                        self.pattern_element(local, of, index, one.default.is_some(), one.pattern.span);
                    let part = self.with_default(part, &one.pattern, one.default.as_ref());
                    self.destructure(&one.pattern, part, constant, out);
                }
                if let Some(rest) = rest {
                    let part = self.array_rest(local, of, elements.len(), rest.span);
                    self.destructure(rest, part, constant, out);
                }
            }
            PatternKind::Expression(_) | PatternKind::Error => {
                out.push(Statement { kind: StatementKind::Expression(value.expression), span: pattern.span });
            }
        }
    }

    /// Keeps the value that is taken apart; it may not be null.
    pub(crate) fn hold(&mut self, value: Value, span: Span, out: &mut Vec<Statement>) -> (LocalId, TypeId) {
        let value = if value.of == self.types.basic.caught {
            let error = self.prelude_instance("Error", vec![]);
            Value { expression: self.convert(value, error), of: error }
        } else {
            value
        };
        if self.has_null(value.of) {
            let message =
                format!("a value that may be null cannot be taken apart: found `{}`", self.show(value.of));
            self.report(
                Diagnostic::error(codes::POSSIBLY_NULL, message)
                    .at(span)
                    .with_help("test it first, or give a value instead with `??`"),
            );
        }
        let of = value.of;
        let (local, _) = self.bind_temporary(value.expression, out);
        (local, of)
    }

    /// The same for an array pattern: whatever is iterable becomes an array.
    pub(crate) fn hold_array(
        &mut self,
        value: Value,
        span: Span,
        out: &mut Vec<Statement>,
    ) -> (LocalId, TypeId) {
        let of = self.expand(value.of);
        if self.is_array(of) || self.is_error(of) || self.has_null(of) {
            return self.hold(value, span, out);
        }
        let members = self.types.members(of);
        if members.iter().all(|one| self.is_array(*one)) {
            return self.hold(value, span, out);
        }
        match self.any_iteration(of) {
            Some(element) => {
                let collected = self.collect(value);
                let of = self.types.array(element);
                self.hold(Value { expression: collected, of }, span, out)
            }
            None => {
                let message = format!("expected an array or something iterable, found `{}`", self.show(of));
                self.error(codes::NOT_ITERABLE, span, message);
                let error = self.types.basic.error;
                self.hold(Value { expression: value.expression, of: error }, span, out)
            }
        }
    }

    /// A read of the held value.
    pub(crate) fn held(&mut self, local: LocalId, of: TypeId, span: Span) -> Value {
        let representation = self.context().locals[local.0 as usize].representation;
        Value { expression: read_local(local, representation, span), of }
    }

    pub(crate) fn pattern_property(
        &mut self,
        local: LocalId,
        of: TypeId,
        key: &'a ast::PropertyKey,
        has_default: bool,
    ) -> (Value, Option<Text>) {
        let span = key.span();
        if let ast::PropertyKey::Computed(computed) = key {
            let object = self.held(local, of, span);
            let index = self.expression(computed, None);
            return (self.read_index(object, index, span), None);
        }
        let name: Text = match key {
            ast::PropertyKey::Private(name) => format!("#{}", name.text).into(),
            _ => key.text().cloned().unwrap_or_else(|| "".into()),
        };
        let object = self.held(local, of, span);
        let basic = self.types.basic;
        let known = self.union_has_member(of, &name);
        if has_default && !known && !self.is_error(of) {
            // `const { a = 1 } = {}`: an absent property takes its default.
            return (Value { expression: self.null(span), of: basic.null }, Some(name));
        }
        (self.read_property(object, &name, span), Some(name))
    }

    fn union_has_member(&mut self, of: TypeId, name: &str) -> bool {
        let of = self.expand(of);
        self.types.members(of).into_iter().any(|one| self.member(one, name).is_some())
    }

    pub(crate) fn pattern_element(
        &mut self,
        local: LocalId,
        of: TypeId,
        index: usize,
        has_default: bool,
        span: Span,
    ) -> Value {
        let of = self.expand(of);
        let at = index as i32;
        let certain = match self.types.kind(of).clone() {
            Kind::Tuple(tuple) => {
                if index >= tuple.elements.len() && tuple.rest.is_none() {
                    if !has_default {
                        let message = format!("the tuple `{}` has no element {index}", self.show(of));
                        self.error(codes::TUPLE_INDEX, span, message);
                        return self.broken(span);
                    }
                    return Value { expression: self.null(span), of: self.types.basic.null };
                }
                tuple.elements.get(index).is_some_and(|one| !one.optional)
            }
            _ => false,
        };
        let element = self.element_type(of, Some(at)).unwrap_or(self.types.basic.error);
        let representation = self.representation(element);
        let array = self.held(local, of, span).expression;
        let at = expression(ExpressionKind::Int(at), Representation::Int, span);
        if certain || !has_default && !matches!(self.types.kind(of), Kind::Tuple(_)) {
            // An element that is missing throws, as reading it by index would.
            let kind = ExpressionKind::GetElement(Box::new(array), Box::new(at));
            return Value { expression: expression(kind, representation, span), of: element };
        }
        let nullable = self.types.nullable(element);
        let call = self.builtin_call("Array.at", vec![array, at], Representation::Any, span);
        Value { expression: call, of: nullable }
    }

    pub(crate) fn array_rest(&mut self, local: LocalId, of: TypeId, from: usize, span: Span) -> Value {
        let of = self.expand(of);
        let rest = match self.types.kind(of).clone() {
            Kind::Tuple(tuple) => {
                let elements = tuple.elements.get(from..).unwrap_or_default().to_vec();
                self.types.intern(Kind::Tuple(std::rc::Rc::new(Tuple { elements, ..(*tuple).clone() })))
            }
            _ if self.is_array(of) => {
                let element = self.element_type(of, None).unwrap_or(self.types.basic.error);
                self.types.array(element)
            }
            _ => of,
        };
        let array = self.held(local, of, span).expression;
        let start = expression(ExpressionKind::Int(from as i32), Representation::Int, span);
        let start = self.reshape(start, Representation::Any);
        let absent = expression(ExpressionKind::Absent, Representation::Any, span);
        let call =
            self.builtin_call("Array.slice", vec![array, start, absent], Representation::Reference, span);
        Value { expression: call, of: rest }
    }

    pub(crate) fn object_rest(&mut self, local: LocalId, of: TypeId, taken: &[Text], span: Span) -> Value {
        let rest = match self.record_of(of) {
            Some(record) => {
                let mut record = (*record).clone();
                record.properties.retain(|one| !taken.contains(&one.name) && !one.method);
                self.types.record(record)
            }
            None => self.types.basic.object,
        };
        let object = self.held(local, of, span).expression;
        let parts = taken
            .iter()
            .map(|name| {
                let kind = ExpressionKind::String(name.clone());
                typed::ArrayPart::Element(expression(kind, Representation::Reference, span))
            })
            .collect();
        let names = ExpressionKind::Array { element: Representation::Any, parts };
        let names = expression(names, Representation::Reference, span);
        let call = self.builtin_call("Object.without", vec![object, names], Representation::Reference, span);
        Value { expression: call, of: rest }
    }

    /// `a = default`: used where the value is null.
    pub(crate) fn with_default(
        &mut self,
        value: Value,
        pattern: &ast::Pattern,
        default: Option<&'a ast::Expression>,
    ) -> Value {
        let Some(default) = default else { return value };
        let given = self.without_null(value.of);
        let expected = (given != self.types.basic.never).then_some(given);
        let guide = match expected {
            Some(of) => Some(of),
            None => self.pattern_hint(pattern, default),
        };
        let before = self.context().flow.clone();
        let other = self.expression(default, guide);
        // The default is not evaluated where there is a value.
        let evaluated = self.context().flow.clone();
        self.context().flow = self.join_flows(evaluated, before);
        let of = if expected.is_some() && self.assignable(other.of, given) {
            given
        } else if let (PatternKind::Object { .. }, Some(merged)) =
            (&pattern.kind, self.with_gaps(given, other.of))
        {
            merged
        } else {
            self.join(&[given, other.of])
        };
        let of = self.types.widen(of);
        let span = other.expression.span;
        let representation = self.representation(of);
        let other = self.convert(other, of);
        let mut out = Vec::new();
        let (local, held) = self.bind_temporary(value.expression, &mut out);
        let read = read_local(local, held, span);
        let any = self.reshape(read, Representation::Any);
        let null = self.null(span);
        let kind = ExpressionKind::Binary(typed::BinaryOperator::Equal, Box::new(any), Box::new(null));
        let missing = expression(kind, Representation::Boolean, span);
        let read = read_local(local, held, span);
        let present = self.reshape(read, representation);
        let kind = ExpressionKind::Conditional(Box::new(missing), Box::new(other), Box::new(present));
        let chosen = expression(kind, representation, span);
        let sequence = expression(ExpressionKind::Sequence(out, Box::new(chosen)), representation, span);
        Value { expression: sequence, of }
    }

    /// The objects that a pattern takes apart where a default, such as `{}`, stands in for a value and lacks some of its
    /// properties: those may be null.
    fn with_gaps(&mut self, given: TypeId, default: TypeId) -> Option<TypeId> {
        let (given, default) = (self.expand(given), self.expand(default));
        if self.is_primitive(given) || self.types.members(given).len() > 1 {
            return None;
        }
        let (given, default) = (self.record_of(given)?, self.record_of(default)?);
        let mut merged = (*given).clone();
        for property in &mut merged.properties {
            match default.property(&property.name) {
                Some(other) => {
                    property.value = self.join(&[property.value, other.value]);
                    property.optional |= other.optional;
                }
                None => property.optional = true,
            }
        }
        for property in &default.properties {
            if given.property(&property.name).is_none() {
                merged.properties.push(Property { optional: true, ..property.clone() });
            }
        }
        Some(self.types.record(merged))
    }

    /// A call of a built-in with these arguments.
    pub(crate) fn builtin_call(
        &mut self,
        name: &str,
        arguments: Vec<Expression>,
        result: Representation,
        span: Span,
    ) -> Expression {
        expression(ExpressionKind::CallBuiltin(name.into(), typed::Arguments::Fixed(arguments)), result, span)
    }
}
