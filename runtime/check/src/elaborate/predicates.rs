//! Predicates that nobody wrote: `texts.filter((text) => text != null)` gives texts without null.

use raya_syntax::ast::{self, ExpressionKind as E, FunctionBody, StatementKind};

use crate::checker::Checker;
use crate::facts::{Flow, Reference};
use crate::tables::*;
use crate::types::*;
use crate::visit::Names;

impl<'a> Checker<'a> {
    /// What the first argument of a function is, exactly where it gives true; for functions that are one condition.
    ///
    /// Exactly: were the argument of the type found, the condition could not fail. `(x) => x != null && x > 0` says nothing,
    /// since it also fails for numbers.
    pub(crate) fn inferred_predicate(
        &mut self,
        function: &'a ast::Function,
        argument: TypeId,
    ) -> Option<TypeId> {
        let condition = condition_of(function).filter(|condition| is_boolean(condition))?;
        let first = function.parameters.first()?;
        let name = first.pattern.as_name()?;
        if first.rest || first.optional || first.default.is_some() {
            return None;
        }
        if Names::of_function(function).assigned.contains(&name.text) {
            return None;
        }
        let argument = match &first.annotation {
            Some(written) => self.resolve_type(written, self.scope),
            None => argument,
        };
        let facts = self.facts_for_closure();
        let class = self.contexts.last().and_then(|outer| outer.class);
        let flow = Flow { facts, ..Flow::default() };
        let context = self.new_context(self.module);
        self.contexts.push(Context { class, flow: flow.clone(), ..context });
        let (holds, may_fail) = self
            .probe(|checker| {
                checker.scope = checker.child_scope(checker.scope);
                let (root, _) = checker.declare_local(checker.scope, &name.text, name.span, argument, true);
                let reference = Reference::of(root);
                checker.assume(condition, true);
                let holds = checker.reference_type(&reference)?;
                checker.context().flow = flow;
                checker.set_fact(reference, holds);
                checker.assume(condition, false);
                // Nothing is left of the argument or of one of its properties.
                let never = checker.types.basic.never;
                let after = &checker.context().flow;
                let nothing_left = after.facts.iter().any(|(one, of)| one.root == root && *of == never);
                Some((holds, !after.unreachable && !nothing_left))
            })
            .unzip();
        self.contexts.pop();
        let (holds, may_fail) = (holds?, may_fail?);
        let declared = self.expand(argument);
        // That a number is 3 or 4 does not make an array of those of the numbers; nor is an array of one literal meant.
        let known = self.types.members(declared);
        let parts = self.types.members(holds);
        let is_new = |one: &TypeId| self.types.is_literal(*one) && !known.contains(one);
        let is_plain = parts.iter().any(is_new) || self.types.is_literal(holds) || parts.is_empty();
        let says_something = holds != argument && holds != declared && !is_plain;
        (says_something && !may_fail).then_some(holds)
    }
}

/// Whether an expression is written so that it gives a boolean: a predicate does.
fn is_boolean(condition: &ast::Expression) -> bool {
    use ast::BinaryOperator as B;
    match &condition.without_parentheses().kind {
        // Only a call of a predicate says something, and gives a boolean.
        E::Call(_) | E::Boolean(_) | E::Unary { operator: ast::UnaryOperator::Not, .. } => true,
        E::Binary { operator, .. } => matches!(operator, B::Equal | B::NotEqual | B::InstanceOf),
        E::Logical { operator: ast::LogicalOperator::And | ast::LogicalOperator::Or, left, right } => {
            is_boolean(left) && is_boolean(right)
        }
        _ => false,
    }
}

/// The condition that is all a function gives.
fn condition_of(function: &ast::Function) -> Option<&ast::Expression> {
    if function.return_type.is_some() || function.is_async {
        return None;
    }
    match &function.body {
        FunctionBody::Expression(value) => Some(value),
        FunctionBody::Block(block) => match &block.statements[..] {
            [only] => match &only.kind {
                StatementKind::Return(Some(value)) => Some(value),
                _ => None,
            },
            _ => None,
        },
        FunctionBody::Native(_) | FunctionBody::None => None,
    }
}
