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
    let reads = function.count_reads(program);
    let written = definitions(function);
    let last_alive = last_alive(function, program);
    let mut position = 0;
    for index in 0..function.blocks.len() {
        let code = std::mem::take(&mut function.blocks[index].code);
        let mut isolated = Vec::with_capacity(code.len());
        for mut low in code {
            for at in 0..low.window.len() {
                let register = low.window[at];
                // One that is read once may still be alive after the call, for the next turn of a loop: the call would
                // leave nothing of it.
                let ends_here = last_alive[register.index()].is_none_or(|block| block <= index);
                let near = written[register.index()].is_some_and(|(first, last)| {
                    first <= last && last < position && position - first <= DISTANCE_MAX
                });
                if reads[register.index()] == 1 && near && ends_here {
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
        addend: None,
        span: low.span,
    });
    copy
}

/// Where each register is first and last written; `None` for parameters and caught values, which have places of their own.
fn definitions(function: &LowFunction) -> Vec<Option<(usize, usize)>> {
    let mut written: Vec<Option<(usize, usize)>> = vec![None; function.registers.len()];
    let mut position = 0;
    for block in &function.blocks {
        for low in &block.code {
            if let Some(target) = low.target() {
                written[target.index()].get_or_insert((position, position)).1 = position;
            }
            position += 1;
        }
        position += 1;
    }
    written[..function.parameters as usize].fill(None);
    for handler in function.blocks.iter().filter_map(|block| block.handler) {
        written[handler.register.index()] = None;
    }
    written
}

/// The last block at whose start each register is alive, for those that are alive at any; one that is alive at the end of a
/// block counts for the next.
fn last_alive(function: &LowFunction, program: &ir::Program) -> Vec<Option<usize>> {
    let count = function.registers.len();
    let liveness = Liveness::of_blocks(&function.flow(program), count);
    let alive = |register: Register, block: usize| {
        let id = BlockId(block as u32);
        if liveness.is_live_out(id, register) {
            Some(block + 1)
        } else {
            liveness.is_live_in(id, register).then_some(block)
        }
    };
    let last = |register: Register| (0..function.blocks.len()).rev().find_map(|block| alive(register, block));
    (0..count as u32)
        .map(Register)
        .map(|register| if liveness.crosses(register) { last(register) } else { None })
        .collect()
}
