//! Gives every window registers of its own: an argument that is computed for one call, and read by nothing else, is computed
//! where the call wants it; everything else is copied there right before the call.

use raya_bytecode::Operation;
use raya_ir::analysis::Liveness;
use raya_ir::{self as ir, BlockId, Register};

use crate::low::{Field, Low, LowFunction};

/// Instructions between an argument and its call up to which it is computed in the window. Farther ones would keep the
/// windows of the calls between above them.
const DISTANCE_MAX: usize = 120;

/// Rewrites all windows of a function.
pub(crate) fn isolate(function: &mut LowFunction, program: &ir::Program) {
    let reads = count_reads(function, program);
    let first = first_definitions(function);
    let liveness = Liveness::of_blocks(&function.flow(program), function.registers.len());
    let mut position = 0;
    for index in 0..function.blocks.len() {
        let code = std::mem::take(&mut function.blocks[index].code);
        let mut isolated = Vec::with_capacity(code.len());
        for mut low in code {
            for at in 0..low.window.len() {
                let register = low.window[at];
                let near = first[register.index()].is_some_and(|first| position >= first && position - first <= DISTANCE_MAX);
                // One that is read once may still be read in every turn of a loop: the call leaves nothing of it.
                let again = liveness.is_live_out(BlockId(index as u32), register);
                if reads[register.index()] == 1 && near && !again {
                    continue;
                }
                low.window[at] = copy(function, register, &low, &mut isolated);
            }
            isolated.push(low);
            position += 1;
        }
        position += 1;
        function.blocks[index].code = isolated;
    }
}

fn copy(function: &mut LowFunction, register: Register, low: &Low, into: &mut Vec<Low>) -> Register {
    let copy = function.new_register(function.registers[register.index()]);
    into.push(Low {
        operation: Operation::Move,
        fields: [Field::Register(copy), Field::Register(register), Field::Raw(0)],
        window: vec![],
        span: low.span,
    });
    copy
}

fn count_reads(function: &LowFunction, program: &ir::Program) -> Vec<u32> {
    let mut reads = vec![0u32; function.registers.len()];
    for block in &function.blocks {
        for low in &block.code {
            low.for_each_read(program, &function.registers, |register, _| reads[register.index()] += 1);
        }
        block.end.for_each_read(function.result, |register, _| reads[register.index()] += 1);
    }
    reads
}

/// Where each register is first written; `None` for parameters and caught values, which have places of their own.
fn first_definitions(function: &LowFunction) -> Vec<Option<usize>> {
    let mut first = vec![None; function.registers.len()];
    let mut position = 0;
    for block in &function.blocks {
        for low in &block.code {
            if let Some(target) = low.target() {
                first[target.index()].get_or_insert(position);
            }
            position += 1;
        }
        position += 1;
    }
    first[..function.parameters as usize].fill(None);
    for handler in function.blocks.iter().filter_map(|block| block.handler) {
        first[handler.register.index()] = None;
    }
    first
}
