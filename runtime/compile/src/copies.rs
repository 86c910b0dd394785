//! Reads through copies within a block, and removes the copies and constants that nothing reads any more.

use std::collections::{BTreeMap, BTreeSet};

use raya_abi::Representation;
use raya_bytecode::Operation;
use raya_ir::analysis::Liveness;
use raya_ir::{self as ir, BlockId, Register};

use crate::low::{Field, LowBlock, LowFunction, Reading};

/// Does both.
pub(crate) fn forward(function: &mut LowFunction, program: &ir::Program) {
    let LowFunction { blocks, registers, result, .. } = function;
    for block in blocks {
        forward_in(block, registers, program, *result);
    }
    remove_unread(function, program);
}

/// Copies in force: what each target is a copy of, and the other way round.
#[derive(Default)]
struct Copies {
    source_of: BTreeMap<Register, Register>,
    targets_of: BTreeMap<Register, BTreeSet<Register>>,
}

impl Copies {
    fn written(&mut self, register: Register) {
        if let Some(source) = self.source_of.remove(&register)
            && let Some(targets) = self.targets_of.get_mut(&source)
        {
            targets.remove(&register);
        }
        for target in self.targets_of.remove(&register).unwrap_or_default() {
            self.source_of.remove(&target);
        }
    }

    fn copied(&mut self, target: Register, source: Register) {
        self.source_of.insert(target, source);
        self.targets_of.entry(source).or_default().insert(target);
    }
}

fn forward_in(
    block: &mut LowBlock,
    registers: &[Representation],
    program: &ir::Program,
    result: Representation,
) {
    let mut copies = Copies::default();
    for low in &mut block.code {
        let mut exact = vec![];
        low.for_each_read(program, registers, |_, reading| exact.push(reading == Reading::Exact));
        let mut exact = exact.into_iter();
        low.for_each_read_mut(|register| replace(register, exact.next().unwrap_or(true), &copies, registers));
        if let Some(target) = low.target() {
            copies.written(target);
            if let (Operation::Move, Field::Register(source)) = (low.operation, low.fields[1])
                && source != target
            {
                copies.copied(target, source);
            }
        }
    }
    let mut exact = vec![];
    block.end.for_each_read(result, |_, reading| exact.push(reading == Reading::Exact));
    let mut exact = exact.into_iter();
    block
        .end
        .for_each_read_mut(|register| replace(register, exact.next().unwrap_or(true), &copies, registers));
}

/// Reads a copy's source instead, unless the copy forgot a representation that is asked for here.
fn replace(register: &mut Register, exact: bool, copies: &Copies, registers: &[Representation]) {
    if let Some(source) = copies.source_of.get(register)
        && (!exact || registers[source.index()] == registers[register.index()])
    {
        *register = *source;
    }
}

fn remove_unread(function: &mut LowFunction, program: &ir::Program) {
    for _ in 0..3 {
        let liveness = Liveness::of_blocks(&function.flow(program), function.registers.len());
        let mut removed = false;
        let LowFunction { blocks, registers, result, .. } = function;
        for (index, block) in blocks.iter_mut().enumerate() {
            removed |= remove_in(block, BlockId(index as u32), &liveness, registers, *result, program);
        }
        if !removed {
            break;
        }
    }
}

fn remove_in(
    block: &mut LowBlock,
    id: BlockId,
    liveness: &Liveness,
    registers: &[Representation],
    result: Representation,
    program: &ir::Program,
) -> bool {
    let mut read = BTreeSet::new();
    let mut written = BTreeSet::new();
    block.end.for_each_read(result, |register, _| {
        read.insert(register);
    });
    let before = block.code.len();
    let mut kept = Vec::with_capacity(before);
    for low in std::mem::take(&mut block.code).into_iter().rev() {
        if let Some(target) = low.target() {
            let guarded = block.handler.is_some_and(|handler| liveness.is_live_in(handler.target, target));
            let live = read.contains(&target)
                || (!written.contains(&target) && liveness.is_live_out(id, target))
                || guarded;
            let idle = low.operation == Operation::Move && low.fields[1] == Field::Register(target);
            if idle || (!live && low.is_removable()) {
                continue;
            }
            read.remove(&target);
            written.insert(target);
        }
        low.for_each_read(program, registers, |register, _| {
            read.insert(register);
            written.remove(&register);
        });
        kept.push(low);
    }
    kept.reverse();
    block.code = kept;
    block.code.len() < before
}
