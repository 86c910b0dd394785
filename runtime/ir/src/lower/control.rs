//! `switch` and `try`.
//!
//! A `finally` block is lowered once. Every way into it first sets a selector that says where to go afterwards: on, back to
//! throwing, or out to a `break`, `continue` or `return` that led through it.

use raya_abi::Representation;
use raya_check::typed::{LocalId, Statement, Switch};
use raya_source::Span;

use super::expression::Destination;
use super::function::{Exit, FALL_THROUGH, FIRST_EXIT, FunctionLowering, RETHROW, Scope};
use super::place::Place;
use crate::instruction::{BinaryOperation, Condition, Constant, Operation, Terminator};
use crate::program::{BlockId, Register};

impl FunctionLowering<'_, '_> {
    pub(super) fn switch(&mut self, switch: &Switch, span: Span) {
        let (local, scrutinee) = &switch.scrutinee;
        self.bind(*local, span, |lowering, register| {
            lowering.lower(scrutinee, Some(Destination { register, exclusive: true }));
        });
        for (_, body) in &switch.cases {
            self.early_cells(body);
        }
        let after = self.builder.block();
        let bodies = switch.cases.iter().map(|_| self.builder.block()).collect::<Vec<_>>();
        let mut default = after;
        for ((test, _), body) in switch.cases.iter().zip(&bodies) {
            match test {
                None => default = *body,
                Some(test) => {
                    let next = self.builder.block();
                    self.condition(test, *body, next);
                    self.builder.start(next);
                }
            }
        }
        self.builder.jump(default, span);
        self.scopes.push(Scope::Target { label: switch.label, after, next: None });
        for ((_, statements), body) in switch.cases.iter().zip(&bodies) {
            self.builder.start(*body);
            for statement in statements {
                // Not a scope of its own: its cells were made above.
                self.one_statement(statement);
            }
        }
        self.scopes.pop();
        self.builder.start(after);
    }

    /// Declares a local whose value `fill` leaves in the register it is given.
    pub(super) fn bind(&mut self, local: LocalId, span: Span, fill: impl FnOnce(&mut Self, Register)) {
        let Some(declared) = self.frame().function.locals.get(local.0 as usize) else {
            return self.unit.contradiction(span, "a local is not in the list of locals");
        };
        let representation = declared.representation;
        if self.local_facts(local).cell {
            let register = self.builder.register(representation);
            fill(self, register);
            self.make_cell(local, Some(register), span);
            return;
        }
        let register = match self.frame().places[local.0 as usize] {
            Some(Place::Register(register)) => register,
            _ => self.variable_register(representation),
        };
        self.set_place(local, Place::Register(register));
        fill(self, register);
    }

    pub(super) fn try_statement(
        &mut self,
        body: &[Statement],
        catch: Option<&(LocalId, Vec<Statement>)>,
        finally: Option<&[Statement]>,
        span: Span,
    ) {
        let Some(finally) = finally else {
            return self.try_catch(body, catch, span);
        };
        let outer = self.builder.handler;
        let (landing, block) = (self.builder.block(), self.builder.block());
        let selector = self.variable_register(Representation::Int);
        let caught = self.variable_register(Representation::Any);
        self.scopes.push(Scope::Finally { block, selector, exits: vec![] });
        self.builder.handler = Some(self.builder.handler_to(landing, caught));
        self.start_fresh();
        self.try_catch(body, catch, span);
        let exits = match self.scopes.pop() {
            Some(Scope::Finally { exits, .. }) => exits,
            _ => vec![],
        };
        self.builder.handler = outer;
        self.start_fresh();
        self.builder.push(Some(selector), Operation::Constant(Constant::Int(FALL_THROUGH)), span);
        self.builder.jump(block, span);
        self.builder.start(landing);
        self.builder.push(Some(selector), Operation::Constant(Constant::Int(RETHROW)), span);
        self.builder.start(block);
        self.statements(finally);
        self.after_finally(selector, caught, &exits, span);
    }

    /// Goes where the selector says.
    fn after_finally(&mut self, selector: Register, caught: Register, exits: &[Exit], span: Span) {
        if !self.builder.reachable() {
            return;
        }
        let rethrow = self.select(selector, RETHROW, span);
        self.builder.terminate(Terminator::Throw(caught), span);
        self.builder.start(rethrow);
        for (index, exit) in exits.iter().enumerate() {
            let next = self.select(selector, FIRST_EXIT + index as i32, span);
            self.exit(*exit, span);
            self.builder.start(next);
        }
    }

    /// Starts a block for when the selector has this value; gives the block, not yet started, for when it has not.
    fn select(&mut self, selector: Register, value: i32, span: Span) -> BlockId {
        let (then, otherwise) = (self.builder.block(), self.builder.block());
        let constant = self.builder.constant(Constant::Int(value), span);
        let condition = Condition::Compare(BinaryOperation::EqualInt, selector, constant);
        self.builder.branch(condition, then, otherwise, span);
        self.builder.start(then);
        otherwise
    }

    fn try_catch(&mut self, body: &[Statement], catch: Option<&(LocalId, Vec<Statement>)>, span: Span) {
        let Some((local, handler)) = catch else {
            return self.statements(body);
        };
        let outer = self.builder.handler;
        let (landing, after) = (self.builder.block(), self.builder.block());
        let caught = self.builder.register(Representation::Any);
        self.builder.handler = Some(self.builder.handler_to(landing, caught));
        self.start_fresh();
        self.statements(body);
        self.builder.handler = outer;
        self.builder.jump(after, span);
        self.builder.start(landing);
        self.bind(*local, span, |lowering, register| {
            let representation = lowering.builder.representation(register);
            lowering.adapt(caught, representation, Some(register), span);
        });
        self.statements(handler);
        self.builder.start(after);
    }

    /// Starts a block of its own where the handler changes, if what follows can be reached.
    pub(super) fn start_fresh(&mut self) {
        if self.builder.reachable() {
            let block = self.builder.block();
            self.builder.start(block);
        }
    }
}
