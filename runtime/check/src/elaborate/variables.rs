//! Variables as the function that uses them sees them.

use crate::checker::{Checker, Value};
use crate::codes;
use crate::tables::*;
use crate::typed::Variable as TypedVariable;
use crate::types::*;
use crate::visit::Names;
use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self};
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

impl<'a> Checker<'a> {
    /// The type of an expression, without keeping what was made of it or reported about it.
    pub(crate) fn probe_type(&mut self, value: &'a ast::Expression, scope: ScopeId) -> TypeId {
        let context = self.new_context(self.module);
        let class = self.contexts.last().and_then(|outer| outer.class).or_else(|| self.class_of_scope(scope));
        self.contexts.push(Context { class, is_async: true, ..context });
        let of = self.probe(|checker| {
            checker.scope = scope;
            checker.expression(value, None).of
        });
        self.contexts.pop();
        of
    }

    /// The type of a parameter's default value.
    pub(crate) fn default_type(
        &mut self,
        all: &'a [ast::Parameter],
        before: &[ValueParameter],
        one: &'a ast::Parameter,
        default: &'a ast::Expression,
        scope: ScopeId,
    ) -> TypeId {
        let guide = self.pattern_hint(&one.pattern, default);
        let context = self.new_context(self.module);
        let class = self.contexts.last().and_then(|outer| outer.class).or_else(|| self.class_of_scope(scope));
        self.contexts.push(Context { class, is_async: true, ..context });
        let of = self.probe(|checker| {
            checker.scope = checker.child_scope(scope);
            // The default may use the parameters before it.
            for (earlier, of) in all.iter().zip(before) {
                let value = if earlier.default.is_some() { checker.without_null(of.value) } else { of.value };
                let null = checker.null(earlier.span);
                let value = Value { expression: null, of: value };
                checker.bind_pattern(&earlier.pattern, value, false, &mut Vec::new());
            }
            checker.expression(default, guide).of
        });
        self.contexts.pop();
        self.types.widen(of)
    }

    pub(crate) fn class_of_scope(&self, scope: ScopeId) -> Option<(ClassIndex, bool)> {
        let found = self.classes.iter().position(|class| class.scope == scope)?;
        Some((ClassIndex(found as u32), false))
    }

    /// A variable as the current function sees it: captured, where another owns it.
    pub(crate) fn variable_place(&mut self, index: VariableIndex, span: Span) -> Option<TypedVariable> {
        match self.variables[index.at()].place {
            Place::Global(global, module) => {
                let own_body = self.contexts.len() == 1
                    && self.context().is_module_body
                    && self.context().module == module;
                if !own_body {
                    self.program.globals[global.0 as usize].shared = true;
                }
                Some(TypedVariable::Global(global))
            }
            Place::Local(owner, local) => {
                let Some(depth) = self.contexts.iter().position(|context| context.number == owner) else {
                    let name = self.variables[index.at()].name.clone();
                    let declared = self.variables[index.at()].span;
                    let message = format!(
                        "the type of what uses `{name}` is not known yet outside of its function: it needs a type annotation"
                    );
                    self.report(
                        Diagnostic::error(codes::NEEDS_ANNOTATION, message)
                            .at(span)
                            .with_related(declared, "declared here"),
                    );
                    return None;
                };
                let mut place = TypedVariable::Local(local);
                for at in depth + 1..self.contexts.len() {
                    self.contexts[depth].locals[local.0 as usize].captured = true;
                    let context = &mut self.contexts[at];
                    let capture = match context.capture_of.get(&index) {
                        Some(capture) => *capture,
                        None => {
                            context.captures.push(place);
                            let capture = context.captures.len() as u32 - 1;
                            context.capture_of.insert(index, capture);
                            capture
                        }
                    };
                    place = TypedVariable::Capture(capture);
                }
                Some(place)
            }
        }
    }

    pub(crate) fn mark_reassigned(&mut self, index: VariableIndex) {
        match self.variables[index.at()].place {
            Place::Global(global, _) => self.program.globals[global.0 as usize].reassigned = true,
            Place::Local(owner, local) => {
                if let Some(context) = self.contexts.iter_mut().find(|context| context.number == owner) {
                    context.locals[local.0 as usize].reassigned = true;
                }
            }
        }
    }

    /// The representation a variable's place has.
    pub(crate) fn place_representation(&self, index: VariableIndex) -> Representation {
        match self.variables[index.at()].place {
            Place::Global(global, _) => self.program.globals[global.0 as usize].representation,
            Place::Local(owner, local) => self
                .contexts
                .iter()
                .find(|context| context.number == owner)
                .map_or(Representation::Any, |context| context.locals[local.0 as usize].representation),
        }
    }

    /// Names that are assigned anywhere in a module.
    pub(crate) fn note_assigned(&mut self, module: ModuleIndex, tree: &ast::Module) {
        let mut names = Names::default();
        names.statements(&tree.statements);
        let assigned: HashSet<Text> = names.assigned;
        self.assigned.insert(module, Rc::new(assigned));
    }

    pub(crate) fn mark_assigned(&mut self, index: VariableIndex) {
        let context = self.context();
        if context.flow.unassigned.contains(&index) {
            let set: &mut BTreeSet<VariableIndex> = Rc::make_mut(&mut context.flow.unassigned);
            set.remove(&index);
        }
    }
}
