//! One function: its frames, parameters and the ways out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use raya_abi::Representation;
use raya_check::typed::{self, LabelId, LocalId};
use raya_source::Span;

use super::Unit;
use super::captures::{self, FunctionFacts, LocalFacts};
use super::place::{CaptureKind, Place};
use super::walk::{Visitor, walk_expression};
use crate::build::Builder;
use crate::instruction::{Constant, Operation, Terminator};
use crate::program::{BlockId, Function, Register};

/// A function being lowered, and within it the closures that are lowered in place.
pub(crate) struct FunctionLowering<'u, 'p> {
    pub(super) unit: &'u mut Unit<'p>,
    pub(super) builder: Builder,
    facts: FunctionFacts,
    pub(super) frames: Vec<Frame<'p>>,
    pub(super) scopes: Vec<Scope>,
    /// Registers that belong to variables: they may change after they were read.
    variables: BTreeSet<Register>,
    /// Module variables that live in registers of this module body.
    pub(super) private_globals: BTreeMap<typed::GlobalId, Register>,
    /// Captures by value that are read, and the registers they are loaded to.
    pub(super) used_captures: BTreeMap<u32, Register>,
    /// What the result of the operation lowered next is checked against, where that is not its expression's representation.
    pub(super) wanted: Option<Representation>,
    /// What parameter 0 is in a constructor: every return gives it.
    constructed: Option<Register>,
}

/// A body being lowered: the function's own, or that of a closure in place of its call.
pub(super) struct Frame<'p> {
    pub(super) id: typed::FunctionId,
    pub(super) function: &'p typed::Function,
    pub(super) places: Vec<Option<Place>>,
    pub(super) captures: Vec<Place>,
    /// Where a return leaves its value and goes; `None` where it leaves the function.
    pub(super) return_to: Option<(Register, BlockId)>,
    /// Holds the value of a return while `finally` blocks run.
    pub(super) returned: Option<Register>,
    /// Scopes below belong to frames around this one.
    pub(super) scopes_below: usize,
}

/// Something that ways out lead through or to.
pub(super) enum Scope {
    /// A statement that `break`, and perhaps `continue`, may name.
    Target {
        /// Its label.
        label: LabelId,
        /// Where `break` goes.
        after: BlockId,
        /// Where `continue` goes.
        next: Option<BlockId>,
    },
    /// A statement with `finally`: ways out of it set the selector and go to the block.
    Finally {
        /// Where its `finally` begins.
        block: BlockId,
        /// Says where to go after it.
        selector: Register,
        /// What the values from [`FIRST_EXIT`] of the selector stand for.
        exits: Vec<Exit>,
    },
}

/// The selector's value for going on after the statement.
pub(super) const FALL_THROUGH: i32 = 0;
/// The selector's value for throwing again.
pub(super) const RETHROW: i32 = 1;
/// The selector's value for the first of the exits.
pub(super) const FIRST_EXIT: i32 = 2;

/// A way out of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Break(LabelId),
    Continue(LabelId),
    /// The value, if any, stands in the frame's `returned`.
    Return,
}

/// Lowers a function that was reached.
pub(super) fn lower_function(unit: &mut Unit<'_>, id: typed::FunctionId) -> Function {
    let source = unit.source;
    let Some(function) = source.functions.get(id.0 as usize) else {
        unit.contradiction(Span::default(), "a function is not in the table of functions");
        return empty_function();
    };
    let kinds = unit.capture_kinds(id);
    if kinds.len() != function.captures.len() {
        unit.contradiction(function.span, "a function with captures is used without a closure");
    }
    let lowering = FunctionLowering {
        builder: Builder::new(),
        facts: captures::scan(source, id),
        frames: vec![],
        scopes: vec![],
        variables: BTreeSet::new(),
        private_globals: BTreeMap::new(),
        used_captures: BTreeMap::new(),
        wanted: None,
        constructed: None,
        unit,
    };
    lowering.body(id, function, &kinds)
}

fn empty_function() -> Function {
    Function {
        name: Rc::from("?"),
        parameters: 0,
        tests_absent: vec![],
        rest: false,
        is_async: false,
        registers: vec![],
        captures: 0,
        result: Representation::Any,
        blocks: vec![],
        handlers: vec![],
        span: Span::default(),
    }
}

impl<'p> FunctionLowering<'_, 'p> {
    fn body(
        mut self,
        id: typed::FunctionId,
        function: &'p typed::Function,
        kinds: &[CaptureKind],
    ) -> Function {
        let parameters =
            function.parameters.iter().map(|local| self.declared(function, *local)).collect::<Vec<_>>();
        let parameters = parameters
            .into_iter()
            .map(|representation| self.variable_register(representation))
            .collect::<Vec<_>>();
        self.constructed = parameters.first().copied().filter(|_| self.unit.is_constructor(id));
        let (captures, slots) = self.capture_places(kinds);
        self.frames.push(Frame {
            id,
            function,
            places: vec![None; function.locals.len()],
            captures,
            return_to: None,
            returned: None,
            scopes_below: 0,
        });
        self.claim_private_globals(id);
        self.bind_parameters(&parameters, function.span);
        self.statements(&function.body);
        self.end_of_body(function.span);
        let tests_absent = tests_absent(function);
        let mut lowered = Function {
            name: function.name.clone(),
            parameters: parameters.len() as u32,
            tests_absent: tests_absent.iter().filter_map(|index| parameters.get(*index).copied()).collect(),
            rest: function.rest,
            is_async: function.is_async,
            captures: slots,
            result: if self.constructed.is_some() { Representation::Reference } else { function.result },
            span: function.span,
            ..empty_function()
        };
        let captures = std::mem::take(&mut self.used_captures);
        self.builder.finish(&mut lowered);
        if let Some(start) = lowered.blocks.first_mut() {
            let loads = captures.into_iter().map(|(index, register)| crate::instruction::Instruction {
                target: Some(register),
                operation: Operation::GetCapture(index),
                span: function.span,
            });
            start.instructions.splice(0..0, loads);
        }
        lowered
    }

    fn declared(&mut self, function: &typed::Function, local: LocalId) -> Representation {
        match function.locals.get(local.0 as usize) {
            Some(local) => local.representation,
            None => {
                self.unit.contradiction(function.span, "a parameter is not in the list of locals");
                Representation::Any
            }
        }
    }

    /// Where captures are found, and how many slots the closure has.
    fn capture_places(&mut self, kinds: &[CaptureKind]) -> (Vec<Place>, u32) {
        let mut slots = 0;
        let mut places = vec![];
        for kind in kinds {
            places.push(match kind {
                CaptureKind::Value(representation) => {
                    Place::CapturedValue(self.builder.register(*representation), slots)
                }
                CaptureKind::Cell(representation) => Place::CapturedCell(slots, *representation),
                CaptureKind::Constant(constant) => Place::Constant(constant.clone()),
            });
            slots += u32::from(!matches!(kind, CaptureKind::Constant(_)));
        }
        (places, slots)
    }

    fn claim_private_globals(&mut self, id: typed::FunctionId) {
        let source = self.unit.source;
        let Some(module) = source.module_bodies.iter().position(|body| *body == id) else {
            return;
        };
        for (index, global) in source.globals.iter().enumerate() {
            let private = self.unit.facts[index].is_private_to(id);
            if private && !global.shared && global.module as usize == module {
                let register = self.variable_register(global.representation);
                self.private_globals.insert(typed::GlobalId(index as u32), register);
            }
        }
    }

    /// Gives the parameters of the innermost frame their places, with values in these registers.
    pub(super) fn bind_parameters(&mut self, registers: &[Register], span: Span) {
        let function = self.frame().function;
        for (local, register) in function.parameters.iter().zip(registers) {
            match self.local_facts(*local).cell {
                true => {
                    self.make_cell(*local, Some(*register), span);
                }
                false => {
                    self.set_place(*local, Place::Register(*register));
                }
            }
        }
    }

    pub(super) fn frame(&self) -> &Frame<'p> {
        &self.frames[self.frames.len() - 1]
    }

    pub(super) fn frame_mut(&mut self) -> &mut Frame<'p> {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    pub(super) fn local_facts(&self, local: LocalId) -> LocalFacts {
        let facts = self.facts.get(&self.frame().id).and_then(|facts| facts.get(local.0 as usize));
        facts.copied().unwrap_or_default()
    }

    /// A register that belongs to a variable.
    pub(super) fn variable_register(&mut self, representation: Representation) -> Register {
        let register = self.builder.register(representation);
        self.variables.insert(register);
        register
    }

    pub(super) fn is_variable(&self, register: Register) -> bool {
        self.variables.contains(&register)
    }

    /// Falling off the end of the innermost frame's body.
    pub(super) fn end_of_body(&mut self, span: Span) {
        if self.builder.reachable() {
            self.return_value(None, span);
        }
    }

    /// Returns from the innermost frame, through the `finally` blocks on the way.
    pub(super) fn return_value(&mut self, value: Option<Register>, span: Span) {
        let constructed = self.constructed.filter(|_| self.frames.len() == 1);
        let through_finally = self.scopes[self.frame().scopes_below..]
            .iter()
            .any(|scope| matches!(scope, Scope::Finally { .. }));
        if let (true, None) = (through_finally, constructed) {
            let result = self.frame().function.result;
            let returned = match self.frame().returned {
                Some(register) => register,
                None => self.variable_register(result),
            };
            self.frame_mut().returned = Some(returned);
            let value = value.unwrap_or_else(|| self.builder.constant(Constant::initial(result), span));
            self.adapt(value, result, Some(returned), span);
            self.exit(Exit::Return, span);
        } else if through_finally {
            self.exit(Exit::Return, span);
        } else {
            self.leave(value, span);
        }
    }

    /// Returns from the innermost frame when nothing is left to run.
    fn leave(&mut self, value: Option<Register>, span: Span) {
        let result = self.frame().function.result;
        match self.frame().return_to {
            Some((register, block)) => {
                let value = value.unwrap_or_else(|| self.builder.constant(Constant::initial(result), span));
                self.adapt(value, result, Some(register), span);
                self.builder.jump(block, span);
            }
            None => {
                let value = match (self.constructed, value) {
                    (Some(instance), _) => Some(self.adapt(instance, Representation::Reference, None, span)),
                    (None, Some(value)) => Some(self.adapt(value, result, None, span)),
                    (None, None) if result == Representation::Any => None,
                    (None, None) => Some(self.builder.constant(Constant::initial(result), span)),
                };
                self.builder.terminate(Terminator::Return(value), span);
            }
        }
    }

    /// Leaves statements on the way to `exit`.
    pub(super) fn exit(&mut self, exit: Exit, span: Span) {
        let floor = self.frame().scopes_below;
        for index in (floor..self.scopes.len()).rev() {
            match (&mut self.scopes[index], exit) {
                (Scope::Finally { block, selector, exits }, _) => {
                    let place = exits.iter().position(|known| *known == exit).unwrap_or_else(|| {
                        exits.push(exit);
                        exits.len() - 1
                    });
                    let (block, selector) = (*block, *selector);
                    self.builder.push(
                        Some(selector),
                        Operation::Constant(Constant::Int(FIRST_EXIT + place as i32)),
                        span,
                    );
                    return self.builder.jump(block, span);
                }
                (Scope::Target { label, after, .. }, Exit::Break(wanted)) if *label == wanted => {
                    let after = *after;
                    return self.builder.jump(after, span);
                }
                (Scope::Target { label, next: Some(next), .. }, Exit::Continue(wanted))
                    if *label == wanted =>
                {
                    let next = *next;
                    return self.builder.jump(next, span);
                }
                _ => {}
            }
        }
        match exit {
            Exit::Return => {
                let value = self.frame().returned;
                self.leave(value, span);
            }
            Exit::Break(_) | Exit::Continue(_) => {
                self.unit.contradiction(span, "a label names no statement around")
            }
        }
    }
}

/// Which parameters of a function tell an absent argument from null: their places among the parameters.
pub(super) fn tests_absent(function: &typed::Function) -> Vec<usize> {
    struct Tests(BTreeSet<LocalId>);
    impl Visitor for Tests {
        fn expression(&mut self, expression: &typed::Expression) {
            if let typed::ExpressionKind::IsAbsent(local) = &expression.kind {
                self.0.insert(*local);
            }
            walk_expression(self, expression);
        }
    }
    let mut tests = Tests(BTreeSet::new());
    tests.statements(&function.body);
    function
        .parameters
        .iter()
        .enumerate()
        .filter(|(_, local)| tests.0.contains(local))
        .map(|(index, _)| index)
        .collect()
}
