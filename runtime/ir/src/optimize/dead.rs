//! Removes what is computed and never read.

use std::collections::BTreeSet;

use crate::analysis::Liveness;
use crate::instruction::Operation;
use crate::program::{Block, BlockId, Function, Global, Register};

/// Removes instructions whose target is not read afterwards and that do nothing else.
pub(super) fn remove(function: &mut Function, globals: &[Global]) {
    // Removing one may free others that it read in blocks before: a few rounds find them all in practice.
    for _ in 0..4 {
        let liveness = Liveness::of(function);
        let mut removed = false;
        let guarded = guarded_registers(function, &liveness);
        for id in function.block_ids() {
            let block = &mut function.blocks[id.index()];
            removed |= remove_from(block, id, &liveness, &guarded, globals);
        }
        if !removed {
            break;
        }
    }
}

/// Registers that handlers read: writes to them in guarded blocks stay, since any instruction between may throw.
fn guarded_registers(function: &Function, liveness: &Liveness) -> BTreeSet<Register> {
    let mut guarded = BTreeSet::new();
    for handler in &function.handlers {
        for register in (0..function.registers.len() as u32).map(Register) {
            if liveness.is_live_in(handler.target, register) {
                guarded.insert(register);
            }
        }
    }
    guarded
}

fn remove_from(
    block: &mut Block,
    id: BlockId,
    liveness: &Liveness,
    guarded: &BTreeSet<Register>,
    globals: &[Global],
) -> bool {
    let mut read = BTreeSet::new();
    let mut written = BTreeSet::new();
    block.terminator.for_each_use(|register| {
        read.insert(register);
    });
    let mut kept = vec![];
    let before = block.instructions.len();
    for instruction in std::mem::take(&mut block.instructions).into_iter().rev() {
        if let Some(target) = instruction.target {
            let live = read.contains(&target)
                || (!written.contains(&target) && liveness.is_live_out(id, target))
                || (block.handler.is_some() && guarded.contains(&target));
            let idle = matches!(&instruction.operation, Operation::Copy(source) if *source == target);
            if idle || (!live && is_removable(&instruction.operation, globals)) {
                continue;
            }
            read.remove(&target);
            written.insert(target);
        }
        instruction.operation.for_each_use(|register| {
            read.insert(register);
            written.remove(&register);
        });
        kept.push(instruction);
    }
    kept.reverse();
    block.instructions = kept;
    block.instructions.len() < before
}

fn is_removable(operation: &Operation, globals: &[Global]) -> bool {
    match operation {
        Operation::GetGlobal(global) => globals[global.index()].constant,
        Operation::GetCapture(_) => true,
        other => other.is_removable(),
    }
}
