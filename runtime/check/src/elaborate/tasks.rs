//! Several tasks at once: `await [a, b]` and `Promise.all([a, b])`, in which each keeps its own type.

use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast;

use crate::checker::{Checker, Value};
use crate::tables::ValueSymbol;
use crate::types::*;

impl<'a> Checker<'a> {
    /// What is expected of an array that is written where tasks are awaited: a tuple of whatever they are.
    pub(crate) fn tasks_together(&mut self, inner: &'a ast::Expression) -> Option<TypeId> {
        let ast::ExpressionKind::Array(elements) = &inner.without_parentheses().kind else { return None };
        if elements.is_empty() || elements.iter().any(|one| one.spread.is_some()) {
            return None;
        }
        let unknown = self.types.basic.unknown;
        Some(self.types.tuple(vec![unknown; elements.len()]))
    }

    /// What awaiting a task, or each of an array of tasks, gives. A `written` array of tasks of one type gives an array.
    pub(crate) fn awaited_together(&mut self, of: TypeId, written: bool) -> TypeId {
        let of = self.expand(of);
        match self.types.kind(of).clone() {
            Kind::Array { element, .. } => {
                let element = self.awaited(element);
                self.types.array(element)
            }
            Kind::Tuple(tuple) => {
                let elements: Vec<TypeId> =
                    tuple.elements.iter().map(|one| self.awaited(one.value)).collect();
                match elements.first() {
                    Some(first) if written && elements.iter().all(|one| one == first) => {
                        self.types.array(*first)
                    }
                    _ => self.types.tuple(elements),
                }
            }
            _ => self.awaited(of),
        }
    }

    /// `Promise.all([a, b])`.
    pub(crate) fn all_of_written(
        &mut self,
        owner: &'a ast::Expression,
        call: &'a ast::Call,
        span: Span,
    ) -> Option<Value> {
        let ast::ExpressionKind::Name(owner) = &owner.kind else { return None };
        let Some(ValueSymbol::Class(class)) = self.lookup_value(self.scope, owner) else { return None };
        let [only] = &call.arguments[..] else { return None };
        if !self.is_task(class) || only.spread.is_some() || !call.type_arguments.is_empty() {
            return None;
        }
        let together = self.tasks_together(&only.value)?;
        let tasks = self.expression(&only.value, Some(together));
        let given = self.awaited_together(tasks.of, true);
        let expression =
            self.builtin_call("Task.all", vec![tasks.expression], Representation::Reference, span);
        Some(Value { expression, of: self.prelude_instance("Task", vec![given]) })
    }
}
