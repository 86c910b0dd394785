//! Declarations of variables, and statements that declare.

use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::facts::Reference;
use crate::tables::*;
use crate::typed::{self, Expression, ExpressionKind, Statement, StatementKind};
use crate::types::*;
use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self};
use std::rc::Rc;

impl<'a> Checker<'a> {
    pub(crate) fn variables_statement(&mut self, variables: &'a ast::Variables, out: &mut Vec<Statement>) {
        for one in &variables.declarations {
            self.variable(one, variables.kind == ast::VariableKind::Const, out);
        }
    }

    pub(crate) fn variable(&mut self, one: &'a ast::Variable, constant: bool, out: &mut Vec<Statement>) {
        let declared = one.annotation.as_ref().map(|written| self.resolve_type(written, self.scope));
        let Some(initial) = &one.initial else {
            return self.variable_without_value(one, declared, out);
        };
        if let Some(name) = one.pattern.as_name() {
            self.give_name(initial, &name.text);
        }
        let Some(name) = one.pattern.as_name() else {
            let guide = match declared {
                Some(of) => Some(of),
                None => self.pattern_hint(&one.pattern, initial),
            };
            let value = self.expression(initial, guide);
            let value = match declared {
                Some(of) => Value { expression: self.coerce(value, of), of },
                None => value,
            };
            return self.destructure(&one.pattern, value, constant, out);
        };
        let Some(ValueSymbol::Variable(index)) = self.own_symbol(&name.text) else {
            return;
        };
        if let Some(declared) = declared {
            self.set_variable_type(index, declared);
        }
        let value = self.expression(initial, declared);
        let assigned = value.of;
        let (of, stored) = match declared {
            Some(of) => {
                let place = one.annotation.as_ref().map(|written| written.span);
                (of, self.coerce_annotated(value, of, initial.span, place))
            }
            None => {
                let of = self.inferred_type(assigned, constant, initial);
                self.reasons.inferred.insert(name.span);
                self.set_variable_type(index, of);
                (of, self.convert(value, of))
            }
        };
        self.initialize(index, stored, one.span, out);
        let narrowed = if declared.is_some() || !constant { self.assigned_type(of, assigned) } else { of };
        self.forget(&Reference::of(index));
        // `let found: T | null = null;` awaits its value, perhaps from a callback: it is not taken to stay null.
        if narrowed != of && !self.is_null(narrowed) {
            self.set_fact(Reference::of(index), narrowed);
        }
    }

    /// The symbol of a name in the current scope or, for variables of modules, its own.
    pub(crate) fn own_symbol(&mut self, name: &str) -> Option<ValueSymbol> {
        let mut at = Some(self.scope);
        while let Some(scope) = at {
            let scope = &self.scopes[scope.at()];
            if let Some(value) = scope.names.get(name).and_then(|entry| entry.value) {
                return Some(value);
            }
            at = scope.parent;
        }
        None
    }

    pub(crate) fn inferred_type(&mut self, of: TypeId, constant: bool, initial: &ast::Expression) -> TypeId {
        if of == self.types.basic.caught {
            return of;
        }
        if of == self.types.basic.void {
            self.error(
                codes::MISMATCH,
                initial.span,
                "a variable needs a value, found a call that gives nothing",
            );
            return self.types.basic.error;
        }
        if constant { of } else { self.types.widen(of) }
    }

    /// Stores a variable's first value.
    pub(crate) fn initialize(
        &mut self,
        index: VariableIndex,
        value: Expression,
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let state = std::mem::replace(&mut self.variables[index.at()].state, VariableState::Live);
        match self.variables[index.at()].place {
            Place::Global(global, _) => {
                out.push(Statement { kind: StatementKind::InitializeGlobal(global, value), span });
            }
            Place::Local(_, local) => {
                let captured = self.context().locals[local.0 as usize].captured;
                if state == VariableState::Early || captured {
                    // A closure made before, or in the value itself, captured it.
                    self.context().locals[local.0 as usize].reassigned = true;
                    let representation = self.context().locals[local.0 as usize].representation;
                    let value = self.reshape(value, representation);
                    if state != VariableState::Early {
                        self.hoist_local(self.scope, local);
                    }
                    let assign = ExpressionKind::Assign(typed::Variable::Local(local), Box::new(value));
                    let assign = expression(assign, representation, span);
                    out.push(Statement { kind: StatementKind::Expression(assign), span });
                } else {
                    out.push(Statement { kind: StatementKind::Let(local, Some(value)), span });
                }
            }
        }
        self.mark_assigned(index);
    }

    /// Lets a local live from the start of the block that declares it.
    pub(crate) fn hoist_local(&mut self, scope: ScopeId, local: typed::LocalId) {
        let context = self.context();
        let position = context
            .blocks
            .iter()
            .rposition(|block| block.scope == scope)
            .unwrap_or(context.blocks.len().saturating_sub(1));
        if let Some(block) = context.blocks.get_mut(position)
            && !block.early.contains(&local)
        {
            block.early.push(local);
        }
    }

    pub(crate) fn variable_without_value(
        &mut self,
        one: &'a ast::Variable,
        declared: Option<TypeId>,
        out: &mut Vec<Statement>,
    ) {
        let Some(name) = one.pattern.as_name() else { return };
        let Some(ValueSymbol::Variable(index)) = self.own_symbol(&name.text) else {
            return;
        };
        let of = match declared {
            Some(of) => of,
            None => {
                let message = format!("`{}` needs a type annotation or an initial value", name.text);
                self.error(codes::NEEDS_ANNOTATION, name.span, message);
                self.types.basic.error
            }
        };
        self.set_variable_type(index, of);
        let has_null = self.has_null(of);
        let state = std::mem::replace(&mut self.variables[index.at()].state, VariableState::Live);
        match self.variables[index.at()].place {
            Place::Local(_, local) => {
                let value = has_null.then(|| self.null(one.span));
                if state == VariableState::Early {
                    if let Some(value) = value {
                        let assign = ExpressionKind::Assign(typed::Variable::Local(local), Box::new(value));
                        let assign = expression(assign, Representation::Any, one.span);
                        out.push(Statement { kind: StatementKind::Expression(assign), span: one.span });
                    }
                } else {
                    out.push(Statement { kind: StatementKind::Let(local, value), span: one.span });
                }
                self.mark_reassigned(index);
                if !has_null && !one.definite && !self.is_error(of) {
                    Rc::make_mut(&mut self.context().flow.unassigned).insert(index);
                }
            }
            Place::Global(global, _) => {
                self.mark_reassigned(index);
                if has_null {
                    let value = self.null(one.span);
                    out.push(Statement {
                        kind: StatementKind::InitializeGlobal(global, value),
                        span: one.span,
                    });
                } else if !one.definite && !self.is_error(of) {
                    Rc::make_mut(&mut self.context().flow.unassigned).insert(index);
                }
            }
        }
    }

    pub(crate) fn class_statement(&mut self, class: &'a ast::Class, out: &mut Vec<Statement>) {
        if let Some(found) = self.class_of_tree(class) {
            self.class_declaration(found, out);
        }
    }

    pub(crate) fn export_statement(&mut self, export: &'a ast::Export, out: &mut Vec<Statement>) {
        match export {
            ast::Export::Declaration(inner) => self.statement(inner, &[], out),
            ast::Export::Default(ast::ExportDefault::Class(class)) => self.class_statement(class, out),
            ast::Export::Default(ast::ExportDefault::Expression(value)) => {
                let made = self.expression(value, None);
                let Some(index) = self.modules[self.module.at()].default_variable else {
                    return;
                };
                if self.variables[index.at()].declared.is_none() {
                    self.set_variable_type(index, made.of);
                }
                let span = made.expression.span;
                self.initialize(index, made.expression, span, out);
            }
            _ => {}
        }
    }
}
