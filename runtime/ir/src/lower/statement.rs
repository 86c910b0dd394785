//! Statements other than loops and those that direct control.

use raya_abi::{Representation, RuntimeType};
use raya_check::typed::{
    Expression, ExpressionKind, GlobalId, LocalId, LogicalOperator, Statement, StatementKind, Variable,
};
use raya_source::Span;

use super::REGULAR_EXPRESSION;
use super::expression::Destination;
use super::function::{Exit, FunctionLowering, Scope};
use super::globals::GlobalValue;
use super::place::Place;
use crate::instruction::{Constant, Operation, Terminator};

impl FunctionLowering<'_, '_> {
    /// A list of statements: the scope of what is declared in it.
    pub(super) fn statements(&mut self, statements: &[Statement]) {
        self.early_cells(statements);
        for statement in statements {
            if !self.builder.reachable() {
                break;
            }
            self.one_statement(statement);
        }
    }

    /// Makes the cells of variables that closures of this scope capture before they are declared.
    pub(super) fn early_cells(&mut self, statements: &[Statement]) {
        for statement in statements {
            if let StatementKind::Let(local, _) = &statement.kind
                && self.local_facts(*local).cell
                && self.local_facts(*local).early
            {
                self.make_cell(*local, None, statement.span);
            }
        }
    }

    pub(super) fn one_statement(&mut self, statement: &Statement) {
        if !self.builder.reachable() {
            return;
        }
        let span = statement.span;
        match &statement.kind {
            StatementKind::Expression(value) => self.effect(value),
            StatementKind::Let(local, value) => self.declare(*local, value.as_ref(), span),
            StatementKind::InitializeGlobal(global, value) => self.initialize_global(*global, value, span),
            StatementKind::Block { label, body } => self.block_statement(*label, body, span),
            StatementKind::If(condition, then, otherwise) => {
                self.if_statement(condition, then, otherwise, span)
            }
            StatementKind::Loop(turns) => self.loop_statement(turns, span),
            StatementKind::ForOf(each) => self.for_of(each, span),
            StatementKind::Switch(switch) => self.switch(switch, span),
            StatementKind::Try { body, catch, finally } => {
                self.try_statement(body, catch.as_ref(), finally.as_deref(), span)
            }
            StatementKind::Throw(value) => {
                let value = self.value_as(value, Representation::Any);
                self.builder.terminate(Terminator::Throw(value), span);
            }
            StatementKind::Return(value) => {
                let result = self.frame().function.result;
                let value = value.as_ref().map(|value| self.value_as(value, result));
                self.return_value(value, span);
            }
            StatementKind::Break(label) => self.exit(Exit::Break(*label), span),
            StatementKind::Continue(label) => self.exit(Exit::Continue(*label), span),
        }
    }

    fn declare(&mut self, local: LocalId, value: Option<&Expression>, span: Span) {
        let Some(declared) = self.frame().function.locals.get(local.0 as usize) else {
            return self.unit.contradiction(span, "a local is not in the list of locals");
        };
        let representation = declared.representation;
        let facts = self.local_facts(local);
        let known = self.frame().places[local.0 as usize].clone();
        if facts.cell {
            let value = value.map(|value| self.value_as(value, representation));
            match (known, value) {
                (Some(Place::Cell(..)), Some(value)) if facts.early => {
                    self.write(Variable::Local(local), value, span)
                }
                (Some(Place::Cell(..)), None) if facts.early => {}
                _ => {
                    self.make_cell(local, value, span);
                }
            }
            return;
        }
        match (known, value) {
            // A variable that never changes needs no register besides the one its value is in.
            (None, Some(value)) if !facts.reassigned => self.bind_value(local, value, representation, span),
            (known, value) => {
                let register = match known {
                    Some(Place::Register(register)) => register,
                    _ => self.variable_register(representation),
                };
                self.set_place(local, Place::Register(register));
                match value {
                    Some(value) => {
                        self.lower(value, Some(Destination { register, exclusive: true }));
                    }
                    None => self.builder.push(
                        Some(register),
                        Operation::Constant(Constant::initial(representation)),
                        span,
                    ),
                }
            }
        }
    }

    fn bind_value(&mut self, local: LocalId, value: &Expression, representation: Representation, span: Span) {
        let register = self.value_as(value, representation);
        let place = match self.builder.constant_of(register) {
            Some(constant) if constant.representation() == representation => {
                Place::Constant(constant.clone())
            }
            _ if self.is_variable(register) => {
                let copy = self.builder.emit(representation, Operation::Copy(register), span);
                Place::Register(copy)
            }
            _ => Place::Register(register),
        };
        self.set_place(local, place);
    }

    fn initialize_global(&mut self, global: GlobalId, value: &Expression, span: Span) {
        if let Some(register) = self.private_globals.get(&global).copied() {
            self.lower(value, Some(Destination { register, exclusive: true }));
            return;
        }
        if let Some(GlobalValue::Constant(_)) = self.unit.global_value(global) {
            // Every read was replaced by the constant.
            return;
        }
        let value = self.value(value);
        self.write(Variable::Global(global), value, span);
    }

    fn block_statement(
        &mut self,
        label: Option<raya_check::typed::LabelId>,
        body: &[Statement],
        _span: Span,
    ) {
        let Some(label) = label else {
            return self.statements(body);
        };
        let after = self.builder.block();
        self.scopes.push(Scope::Target { label, after, next: None });
        self.statements(body);
        self.scopes.pop();
        self.builder.start(after);
    }

    fn if_statement(
        &mut self,
        condition: &Expression,
        then: &[Statement],
        otherwise: &[Statement],
        span: Span,
    ) {
        if let Some(tested) = self.never_holds(condition) {
            self.effect(tested);
            return self.statements(otherwise);
        }
        let (then_block, otherwise_block) = (self.builder.block(), self.builder.block());
        self.condition(condition, then_block, otherwise_block);
        self.builder.start(then_block);
        self.statements(then);
        if otherwise.is_empty() {
            return self.builder.start(otherwise_block);
        }
        let after = self.builder.block();
        self.builder.jump(after, span);
        self.builder.start(otherwise_block);
        self.statements(otherwise);
        self.builder.start(after);
    }

    /// The value that a test is about which can never hold: it asks for a kind of object that this program never makes. What
    /// would follow the test then names nothing, so that a program pays for what it uses.
    pub(super) fn never_holds<'e>(&self, condition: &'e Expression) -> Option<&'e Expression> {
        let ExpressionKind::TypeTest(value, kind) = &condition.kind else { return None };
        match self.unit.source.types.get(kind.0 as usize)? {
            RuntimeType::Builtin(name) if &**name == REGULAR_EXPRESSION && !self.unit.makes_expressions => {
                Some(value)
            }
            _ => None,
        }
    }

    /// Evaluates an expression for what it does.
    pub(super) fn effect(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Sequence(statements, value) => {
                self.statements(statements);
                if self.builder.reachable() {
                    self.effect(value);
                }
            }
            ExpressionKind::Convert(_, operand) if is_plain(operand) => {}
            ExpressionKind::Conditional(condition, then, otherwise) => {
                self.effect_if(condition, Some(then), Some(otherwise), expression.span);
            }
            ExpressionKind::Logical(LogicalOperator::And, left, right) => {
                self.effect_after(left, right, true)
            }
            ExpressionKind::Logical(LogicalOperator::Or, left, right) => {
                self.effect_after(left, right, false)
            }
            ExpressionKind::CallBuiltin(name, arguments) => self.builtin_effect(name, arguments, expression),
            _ if is_plain(expression) => {}
            _ => {
                self.lower(expression, None);
            }
        }
    }

    fn effect_if(
        &mut self,
        condition: &Expression,
        then: Option<&Expression>,
        otherwise: Option<&Expression>,
        span: Span,
    ) {
        let (then_block, otherwise_block, after) =
            (self.builder.block(), self.builder.block(), self.builder.block());
        self.condition(condition, then_block, otherwise_block);
        self.builder.start(then_block);
        if let Some(then) = then {
            self.effect(then);
        }
        self.builder.jump(after, span);
        self.builder.start(otherwise_block);
        if let Some(otherwise) = otherwise {
            self.effect(otherwise);
        }
        self.builder.start(after);
    }

    /// The right operand of `&&` (`when` true) or `||`, for what it does.
    fn effect_after(&mut self, left: &Expression, right: &Expression, when: bool) {
        let (evaluate, after) = (self.builder.block(), self.builder.block());
        match when {
            true => self.truthiness(left, evaluate, after),
            false => self.truthiness(left, after, evaluate),
        }
        self.builder.start(evaluate);
        self.effect(right);
        self.builder.start(after);
    }
}

/// Whether evaluating it does nothing at all.
fn is_plain(expression: &Expression) -> bool {
    use ExpressionKind::*;
    match &expression.kind {
        Null | Absent | Boolean(_) | Int(_) | Number(_) | String(_) | ClassValue(_) | NativeValue(_)
        | BuiltinValue(_) => true,
        Read(variable) => !matches!(variable, Variable::Global(_)),
        _ => false,
    }
}
