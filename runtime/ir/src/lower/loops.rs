//! Loops. Their condition stands last, so that a turn costs one jump.

use raya_abi::Representation;
use raya_check::typed::{Expression, ExpressionKind, ForOf, Iteration, LocalId, Loop, Variable};
use raya_source::Span;

use super::function::{FunctionLowering, Scope};
use super::place::Place;
use crate::instruction::{BinaryOperation, Callee, Condition, Constant, Operation, UnaryOperation};
use crate::program::{BlockId, Register};

impl FunctionLowering<'_, '_> {
    pub(super) fn loop_statement(&mut self, turns: &Loop, span: Span) {
        let outermost = self.enter_loop();
        let (body, next, after) = (self.builder.block(), self.builder.block(), self.builder.block());
        let test = self.builder.block();
        if let (Some(condition), false) = (&turns.condition, turns.test_last) {
            match is_small(condition) {
                true => self.condition(condition, body, after),
                false => self.builder.jump(test, span),
            }
        }
        self.builder.start(body);
        self.scopes.push(Scope::Target { label: turns.label, after, next: Some(next) });
        self.statements(&turns.body);
        self.scopes.pop();
        self.builder.start(next);
        self.fresh_cells(&turns.fresh_each_turn, span);
        if let Some(update) = &turns.update {
            self.effect(update);
        }
        self.builder.start(test);
        match &turns.condition {
            Some(condition) => self.condition(condition, body, after),
            None => self.builder.jump(body, span),
        }
        self.leave_loop(outermost);
        self.builder.start(after);
    }

    /// The outermost loop gets a block before it, where what does not change can be computed once.
    fn enter_loop(&mut self) -> bool {
        let outermost = self.builder.preheader.is_none() && self.builder.reachable();
        if outermost {
            let preheader = self.builder.block();
            self.builder.start(preheader);
            self.builder.preheader = Some(preheader);
        }
        outermost
    }

    fn leave_loop(&mut self, outermost: bool) {
        if outermost {
            self.builder.preheader = None;
        }
    }

    /// Gives the next turn cells of its own for these variables.
    fn fresh_cells(&mut self, locals: &[LocalId], span: Span) {
        for local in locals {
            if let Place::Cell(cell, representation) = self.place(Variable::Local(*local), span) {
                let value = self.builder.emit(representation, Operation::GetCell(cell), span);
                self.make_cell(*local, Some(value), span);
            }
        }
    }

    pub(super) fn for_of(&mut self, each: &ForOf, span: Span) {
        match each.kind {
            Iteration::Array => self.for_of_array(each, span),
            Iteration::Iterator => self.for_of_iterator(each, span),
            Iteration::String | Iteration::Map | Iteration::Set | Iteration::Bytes => {
                self.for_of_internal(each, span)
            }
        }
    }

    fn turn(&mut self, each: &ForOf, after: BlockId, next: BlockId) {
        self.scopes.push(Scope::Target { label: each.label, after, next: Some(next) });
        self.statements(&each.body);
        self.scopes.pop();
    }

    fn for_of_array(&mut self, each: &ForOf, span: Span) {
        let at = each.iterated.span;
        let array = self.value_as(&each.iterated, Representation::Reference);
        let array = self.own_copy(array, at);
        let index = self.builder.register(Representation::Int);
        self.builder.push(Some(index), Operation::Constant(Constant::Int(0)), at);
        let outermost = self.enter_loop();
        let (body, next, test, after) =
            (self.builder.block(), self.builder.block(), self.builder.block(), self.builder.block());
        self.builder.jump(test, span);
        self.builder.start(body);
        self.bind(each.binding, at, |lowering, register| {
            lowering.builder.push(Some(register), Operation::GetElement(array, index), at);
        });
        self.turn(each, after, next);
        self.builder.start(next);
        let one = self.builder.constant(Constant::Int(1), at);
        self.builder.push(Some(index), Operation::Binary(BinaryOperation::AddInt, index, one), at);
        self.builder.start(test);
        let length = self.builder.emit(Representation::Int, Operation::ArrayLength(array), at);
        self.builder.branch(Condition::Compare(BinaryOperation::LessInt, index, length), body, after, span);
        self.leave_loop(outermost);
        self.builder.start(after);
    }

    /// A register that no assignment to a variable changes.
    pub(super) fn own_copy(&mut self, register: Register, span: Span) -> Register {
        match self.is_variable(register) {
            true => self.builder.emit(self.builder.representation(register), Operation::Copy(register), span),
            false => register,
        }
    }

    fn for_of_internal(&mut self, each: &ForOf, span: Span) {
        let at = each.iterated.span;
        let iterated = self.value_as(&each.iterated, Representation::Any);
        let iterator = self.builder.emit(Representation::Reference, Operation::Iterate(iterated), at);
        let outermost = self.enter_loop();
        let (body, test, after) = (self.builder.block(), self.builder.block(), self.builder.block());
        let value = self.builder.register(Representation::Any);
        self.builder.jump(test, span);
        self.builder.start(body);
        self.bind(each.binding, at, |lowering, register| {
            let representation = lowering.builder.representation(register);
            lowering.adapt(value, representation, Some(register), at);
        });
        self.turn(each, after, test);
        self.builder.start(test);
        self.builder.push(Some(value), Operation::IterateNext(iterator), at);
        let ended =
            self.builder.emit(Representation::Boolean, Operation::Unary(UnaryOperation::IsAbsent, value), at);
        self.builder.branch(Condition::True(ended), after, body, span);
        self.leave_loop(outermost);
        self.builder.start(after);
    }

    fn for_of_iterator(&mut self, each: &ForOf, span: Span) {
        let at = each.iterated.span;
        let iterator = self.value_as(&each.iterated, Representation::Any);
        let iterator = self.own_copy(iterator, at);
        let [next, done, value] = ["next", "done", "value"].map(std::rc::Rc::<str>::from);
        self.unit.name(&next);
        self.unit.name(&done);
        self.unit.name(&value);
        let outermost = self.enter_loop();
        let (body, test, after) = (self.builder.block(), self.builder.block(), self.builder.block());
        let step = self.builder.register(Representation::Any);
        self.builder.jump(test, span);
        self.builder.start(body);
        self.bind(each.binding, at, |lowering, register| {
            lowering.builder.push(Some(register), Operation::GetProperty(step, value.clone()), at);
        });
        self.turn(each, after, test);
        self.builder.start(test);
        self.builder.push(Some(step), Operation::Call(Callee::Method(next.clone()), vec![iterator]), at);
        let ended = self.builder.emit(Representation::Any, Operation::GetProperty(step, done.clone()), at);
        let ended = self.builder.emit(
            Representation::Boolean,
            Operation::Unary(UnaryOperation::Truthiness, ended),
            at,
        );
        self.builder.branch(Condition::True(ended), after, body, span);
        self.leave_loop(outermost);
        self.builder.start(after);
    }
}

/// Whether a loop's condition is cheap enough to be lowered twice, which saves the jump to it before the first turn.
fn is_small(condition: &Expression) -> bool {
    fn is_leaf(expression: &Expression) -> bool {
        use ExpressionKind::*;
        match &expression.kind {
            Int(_) | Number(_) | Boolean(_) | Read(_) => true,
            Convert(_, operand) => is_leaf(operand),
            _ => false,
        }
    }
    match &condition.kind {
        ExpressionKind::Binary(_, left, right) => is_leaf(left) && is_leaf(right),
        _ => is_leaf(condition),
    }
}
