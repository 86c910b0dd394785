//! Improves a lowered program: each pass is small, and worth more than it costs.

mod blocks;
mod dead;
mod hoist;
mod initial;
mod inline;
mod order;

use crate::program::Program;

/// Runs all passes over all functions. Afterwards every register is written before it is read on every path, no block is
/// unreachable, and nothing is computed that is never used.
pub fn optimize(program: &mut Program) {
    for function in &mut program.functions {
        blocks::remove_unreachable(function);
        dead::remove(function, &program.globals);
        order::join_comparisons(function);
        blocks::remove_unreachable(function);
    }
    inline::inline_leaves(program);
    for function in &mut program.functions {
        hoist::hoist(function, &program.globals);
        blocks::simplify(function);
        dead::remove(function, &program.globals);
        initial::write_before_read(function);
    }
}
