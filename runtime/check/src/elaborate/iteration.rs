//! What can be iterated, and how.

use crate::checker::{Checker, Value, expression, let_statement};
use crate::codes;
use crate::tables::*;
use crate::typed::{self, Arguments, Expression, ExpressionKind, Iteration, Statement};
use crate::types::*;
use raya_abi::Representation;
use raya_source::Diagnostic;

impl<'a> Checker<'a> {
    /// How a value is iterated, and what each turn gives.
    pub(crate) fn iteration(&mut self, value: Value) -> (Expression, Iteration, TypeId) {
        let span = value.expression.span;
        let of = self.expand(value.of);
        let kind = match self.types.kind(of).clone() {
            Kind::Error => return (value.expression, Iteration::Array, of),
            _ if self.is_array(of) => Some(Iteration::Array),
            Kind::String | Kind::LiteralString(_) => Some(Iteration::String),
            Kind::Class(index, _) if self.classes[index.0 as usize].builtin => {
                match &*self.classes[index.0 as usize].name {
                    "Map" => Some(Iteration::Map),
                    "Set" => Some(Iteration::Set),
                    "Uint8Array" => Some(Iteration::Bytes),
                    _ => None,
                }
            }
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
        let mut diagnostic =
            Diagnostic::error(codes::NOT_ITERABLE, format!("expected something iterable, found `{found}`"))
                .at(span);
        if self.has_null(of) {
            diagnostic = diagnostic.with_help("it may be null: test it first");
        } else if self.record_of(of).is_some() {
            diagnostic = diagnostic
                .with_help("`Object.keys(…)`, `Object.values(…)` and `Object.entries(…)` give arrays");
        }
        self.report(diagnostic);
        (value.expression, Iteration::Array, self.types.basic.error)
    }

    /// The same for a loop, which needs no array of a collection's keys, values or entries: it goes over the collection.
    pub(crate) fn loop_iteration(&mut self, value: Value) -> (Expression, Iteration, TypeId) {
        let (mut iterated, kind, element) = self.iteration(value);
        // The one argument of each of these is the collection.
        let ExpressionKind::CallBuiltin(name, Arguments::Fixed(arguments)) = &mut iterated.kind else {
            return (iterated, kind, element);
        };
        match &**name {
            "Map.keys" => *name = "Map.eachKey".into(),
            "Map.values" => *name = "Map.eachValue".into(),
            "Map.entries" => return (arguments.remove(0), Iteration::Map, element),
            "Set.values" => return (arguments.remove(0), Iteration::Set, element),
            _ => return (iterated, kind, element),
        }
        (iterated, Iteration::Set, element)
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
        let Some(ValueSymbol::Function(index)) = self.lookup_value(self.root, "collectElements") else {
            return value.expression;
        };
        let id = self.function_id(index);
        let argument = self.reshape(value.expression, Representation::Any);
        expression(ExpressionKind::CallFunction(id, vec![argument]), Representation::Reference, span)
    }

    /// Binds a value to a temporary and gives the read of it.
    pub(crate) fn bind_temporary(
        &mut self,
        value: Expression,
        out: &mut Vec<Statement>,
    ) -> (typed::LocalId, Representation) {
        let representation = value.representation;
        let local = self.temporary(representation);
        out.push(let_statement(local, value));
        (local, representation)
    }
}
