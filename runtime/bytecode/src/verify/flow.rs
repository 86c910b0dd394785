//! Definite initialisation, by dataflow over basic blocks.
//!
//! A register is undefined, *raw* (a parameter that was entered at instruction 0 and not yet checked against what it is
//! declared to hold) or defined. Calls make everything from their first argument on undefined: the callee's window is
//! there. A handler is entered with what held throughout its range.

use raya_abi::Representation;

use super::VerifyProblem;
use crate::ops::{Instruction, Operand, Operation};
use crate::program::{Function, Program};

type Failure = (Option<u32>, VerifyProblem);

/// Words that the states of all blocks of one function may take together.
const STATE_WORDS_MAX: usize = 1 << 23;
/// Words that may be visited until the states are stable.
const EFFORT_MAX: usize = 1 << 30;

/// Checks that `function` reads nothing that is not there.
pub(super) fn check(program: &Program, function: &Function) -> Result<(), Failure> {
    let blocks = Blocks::of(function);
    let words = function.registers.len().div_ceil(64).max(1);
    if blocks.starts.len().saturating_mul(words) > STATE_WORDS_MAX {
        return Err((None, VerifyProblem::TooComplex));
    }
    let mut solver = Solver {
        program,
        function,
        words,
        states: vec![None; blocks.starts.len()],
        queue: Vec::new(),
        queued: vec![false; blocks.starts.len()],
        blocks,
    };
    solver.solve()?;
    solver.report()
}

/// Basic blocks, split at jump targets, entries and the ends of handler ranges.
struct Blocks {
    /// First instruction of each, rising.
    starts: Vec<u32>,
    /// The block of each instruction that starts one.
    index_of: Vec<u32>,
}

impl Blocks {
    fn of(function: &Function) -> Blocks {
        let count = function.code.len();
        let mut leads = vec![false; count + 1];
        leads[0] = true;
        leads[function.direct_entry as usize] = true;
        for handler in &function.handlers {
            for at in [handler.start, handler.end, handler.target] {
                leads[at as usize] = true;
            }
        }
        for (at, instruction) in function.code.iter().enumerate() {
            if let Some(target) = jump_target(at, *instruction) {
                leads[target] = true;
                leads[at + 1] = true;
            } else if instruction.operation.ends_block() {
                leads[at + 1] = true;
            }
        }
        let mut index_of = vec![0; count];
        let mut starts = Vec::new();
        for at in 0..count {
            if leads[at] {
                starts.push(at as u32);
            }
            index_of[at] = starts.len() as u32 - 1;
        }
        Blocks { starts, index_of }
    }

    fn end(&self, block: usize, count: usize) -> usize {
        self.starts.get(block + 1).map_or(count, |start| *start as usize)
    }
}

/// Where an instruction may jump to. Targets were checked to be inside the code.
fn jump_target(at: usize, instruction: Instruction) -> Option<usize> {
    let [_, _, b, c] = instruction.operation.operands();
    let jump = if b == Operand::WideJump {
        i64::from(instruction.wide_immediate())
    } else if c == Operand::Jump {
        i64::from(instruction.c as i16)
    } else {
        return None;
    };
    Some((at as i64 + 1 + jump) as usize)
}

/// Which registers are there, and which parameters are raw.
#[derive(Clone, Debug, PartialEq)]
struct State {
    present: Vec<u64>,
    raw: [u64; 4],
}

impl State {
    fn is_present(&self, register: usize) -> bool {
        self.present[register / 64] >> (register % 64) & 1 != 0
    }

    fn is_raw(&self, register: usize) -> bool {
        register < 256 && self.raw[register / 64] >> (register % 64) & 1 != 0
    }

    fn define(&mut self, register: usize) {
        self.present[register / 64] |= 1 << (register % 64);
        if register < 256 {
            self.raw[register / 64] &= !(1 << (register % 64));
        }
    }

    fn undefine_from(&mut self, first: usize) {
        let word = first / 64;
        if word < self.present.len() {
            self.present[word] &= (1 << (first % 64)) - 1;
            self.present[word + 1..].fill(0);
        }
    }

    /// Keeps what holds in both; says whether anything changed.
    fn meet(&mut self, other: &State) -> bool {
        let mut changed = false;
        for (mine, theirs) in self.present.iter_mut().zip(&other.present) {
            let both = *mine & theirs;
            changed |= both != *mine;
            *mine = both;
        }
        for (mine, theirs) in self.raw.iter_mut().zip(&other.raw) {
            let either = *mine | theirs;
            changed |= either != *mine;
            *mine = either;
        }
        changed
    }
}

struct Solver<'a> {
    program: &'a Program,
    function: &'a Function,
    words: usize,
    blocks: Blocks,
    /// State at the start of each block that is reached.
    states: Vec<Option<State>>,
    queue: Vec<usize>,
    queued: Vec<bool>,
}

impl Solver<'_> {
    fn solve(&mut self) -> Result<(), Failure> {
        let mut entry = State { present: vec![0; self.words], raw: [0; 4] };
        for register in 0..self.function.parameters as usize {
            entry.define(register);
        }
        self.flow(self.function.direct_entry as usize, &entry);
        for register in 0..self.function.parameters as usize {
            if self.function.registers[register] != Representation::Any {
                entry.raw[register / 64] |= 1 << (register % 64);
            }
        }
        self.flow(0, &entry);
        let mut effort = 0usize;
        while let Some(block) = self.queue.pop() {
            self.queued[block] = false;
            effort += self.words + self.blocks.end(block, self.function.code.len())
                - self.blocks.starts[block] as usize;
            if effort > EFFORT_MAX {
                return Err((None, VerifyProblem::TooComplex));
            }
            self.visit(block);
        }
        Ok(())
    }

    /// Lets `state` arrive at the block that starts with instruction `at`.
    fn flow(&mut self, at: usize, state: &State) {
        let block = self.blocks.index_of[at] as usize;
        let changed = match &mut self.states[block] {
            Some(known) => known.meet(state),
            unreached => {
                *unreached = Some(state.clone());
                true
            }
        };
        if changed && !self.queued[block] {
            self.queued[block] = true;
            self.queue.push(block);
        }
    }

    fn visit(&mut self, block: usize) {
        let Some(mut state) = self.states[block].clone() else { return };
        let start = self.blocks.starts[block] as usize;
        let end = self.blocks.end(block, self.function.code.len());
        let handlers = self
            .function
            .handlers
            .iter()
            .filter(|handler| (handler.start as usize..handler.end as usize).contains(&start));
        let handlers: Vec<_> = handlers.copied().collect();
        let mut throughout = if handlers.is_empty() { None } else { Some(state.clone()) };
        for at in start..end {
            let instruction = self.function.code[at];
            step(&mut state, instruction);
            if let (Some(throughout), Some(first)) = (&mut throughout, clobbered(instruction)) {
                throughout.undefine_from(first);
            }
            if let Some(target) = jump_target(at, instruction) {
                self.flow(target, &state);
            }
        }
        if let Some(throughout) = throughout {
            for handler in handlers {
                let mut arriving = throughout.clone();
                arriving.define(handler.register as usize);
                self.flow(handler.target as usize, &arriving);
            }
        }
        if !self.function.code[end - 1].operation.ends_block() {
            self.flow(end, &state);
        }
    }

    /// Walks the stable states once more and reports the first read of something that is not there.
    fn report(&self) -> Result<(), Failure> {
        for (block, state) in self.states.iter().enumerate() {
            let Some(state) = state else { continue };
            let mut state = state.clone();
            for at in self.blocks.starts[block] as usize..self.blocks.end(block, self.function.code.len()) {
                let instruction = self.function.code[at];
                self.reads(&state, instruction).map_err(|problem| (Some(at as u32), problem))?;
                step(&mut state, instruction);
            }
        }
        Ok(())
    }

    fn reads(&self, state: &State, instruction: Instruction) -> Result<(), VerifyProblem> {
        let Instruction { operation, n, a, b, c } = instruction;
        for (operand, field) in operation.operands().into_iter().zip([u16::from(n), a, b, c]) {
            match operand {
                Operand::Use(wanted) => {
                    let copies = operation == Operation::Move && self.declared(a) != Representation::Any;
                    let returns =
                        operation == Operation::Return && self.function.result != Representation::Any;
                    read(state, field, wanted != Representation::Any || copies || returns)?;
                }
                Operand::Arguments | Operand::Registers => {
                    for offset in 0..u16::from(n) {
                        let typed = operation == Operation::CallFunction && {
                            let callee = &self.program.functions[b as usize];
                            callee.registers[offset as usize] != Representation::Any
                        };
                        read(state, field + offset, typed)?;
                    }
                }
                _ => {}
            }
        }
        if operation == Operation::CallValue { read(state, c - 1, false) } else { Ok(()) }
    }

    fn declared(&self, register: u16) -> Representation {
        self.function.registers[register as usize]
    }
}

fn read(state: &State, register: u16, typed: bool) -> Result<(), VerifyProblem> {
    if !state.is_present(register as usize) {
        return Err(VerifyProblem::Undefined(register));
    }
    if typed && state.is_raw(register as usize) {
        return Err(VerifyProblem::Unchecked(register));
    }
    Ok(())
}

/// The first register that a call leaves undefined.
fn clobbered(instruction: Instruction) -> Option<usize> {
    let [_, _, _, c] = instruction.operation.operands();
    (c == Operand::Arguments).then_some(instruction.c as usize)
}

/// What `instruction` does to the state.
fn step(state: &mut State, instruction: Instruction) {
    if let Some(first) = clobbered(instruction) {
        state.undefine_from(first);
    }
    let [_, a, ..] = instruction.operation.operands();
    if matches!(a, Operand::Define(_) | Operand::DefineCopy) {
        state.define(instruction.a as usize);
    }
}
