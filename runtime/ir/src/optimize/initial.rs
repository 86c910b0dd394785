//! Makes sure that every register is written before it is read on every path.
//!
//! The checker allows a variable without initialiser where it is assigned before it is read, which it knows from more than
//! the order of blocks; registers for values of ways out through `finally` are read only where they were written. Here such
//! a register gets some value of its representation where the function starts. No program can tell which.

use raya_source::Span;

use crate::analysis::Liveness;
use crate::instruction::{Constant, Instruction, Operation};
use crate::program::{BlockId, Function, Register};

/// Writes a value to each register that is live where the function starts, and is no parameter.
pub(super) fn write_before_read(function: &mut Function) {
    let Some(start) = function.blocks.first() else {
        return;
    };
    let mut written = vec![false; function.registers.len()];
    let mut early = vec![];
    // A register that occurs in the first block only is not in the sets: look at the block itself.
    for instruction in &start.instructions {
        instruction.operation.for_each_use(|register| {
            if !written[register.index()] {
                early.push(register);
            }
        });
        if let Some(target) = instruction.target {
            written[target.index()] = true;
        }
    }
    let liveness = Liveness::of(function);
    let live = (function.parameters..function.registers.len() as u32).map(Register);
    let live = live.filter(|register| liveness.is_live_in(BlockId(0), *register) || early.contains(register));
    let initial = live
        .map(|register| Instruction {
            target: Some(register),
            operation: Operation::Constant(Constant::initial(function.registers[register.index()])),
            span: Span { end: function.span.start, ..function.span },
        })
        .collect::<Vec<_>>();
    function.blocks[0].instructions.splice(0..0, initial);
}
