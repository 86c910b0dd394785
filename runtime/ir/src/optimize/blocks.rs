//! Removes blocks that nothing reaches, jumps to jumps, and borders between blocks that always follow each other.

use crate::analysis::reachable;
use crate::instruction::Terminator;
use crate::program::{Block, BlockId, Function};

/// Drops unreachable blocks.
pub(super) fn remove_unreachable(function: &mut Function) {
    let reached = reachable(function);
    if reached.iter().all(|reached| *reached) {
        return;
    }
    let mut places = vec![None; reached.len()];
    let mut next = 0;
    for (place, reached) in places.iter_mut().zip(&reached) {
        if *reached {
            *place = Some(BlockId(next));
            next += 1;
        }
    }
    let mut index = 0;
    function.blocks.retain(|_| {
        index += 1;
        reached[index - 1]
    });
    // A handler whose blocks are all gone keeps its number; its target no longer matters.
    for handler in &mut function.handlers {
        handler.target = places[handler.target.index()].unwrap_or(BlockId(0));
    }
    for block in &mut function.blocks {
        block
            .terminator
            .for_each_successor_mut(|target| *target = places[target.index()].unwrap_or(BlockId(0)));
        block.preheader = block.preheader.and_then(|preheader| places[preheader.index()]);
    }
}

/// All of it. Preheaders are forgotten: blocks lose their borders.
pub(super) fn simplify(function: &mut Function) {
    function.blocks.iter_mut().for_each(|block| block.preheader = None);
    thread_jumps(function);
    end_at_once(function);
    remove_unreachable(function);
    merge(function);
    remove_unreachable(function);
}

/// Lets jumps to empty blocks that only jump on go where those lead.
fn thread_jumps(function: &mut Function) {
    let onward =
        function.blocks.iter().map(|block| match (&block.terminator, block.instructions.is_empty()) {
            (Terminator::Jump(target), true) => Some(*target),
            _ => None,
        });
    let onward = onward.collect::<Vec<_>>();
    let resolve = |start: BlockId| {
        let mut at = start;
        // Empty endless loops lead back to themselves: give up after as many steps as there are blocks.
        for _ in 0..onward.len() {
            match onward[at.index()] {
                Some(next) => at = next,
                None => return at,
            }
        }
        start
    };
    for block in &mut function.blocks {
        block.terminator.for_each_successor_mut(|target| *target = resolve(*target));
        if let Terminator::Branch { then, otherwise, .. } = &block.terminator
            && then == otherwise
        {
            block.terminator = Terminator::Jump(*then);
        }
    }
    for handler in &mut function.handlers {
        handler.target = resolve(handler.target);
    }
}

/// Returns where a jump leads to a block that only returns, and branches where it leads to one that only branches, such as the
/// head of a loop. The block before that one goes on into it: once nothing else leads there, the two become one.
fn end_at_once(function: &mut Function) {
    for index in 0..function.blocks.len() {
        let Terminator::Jump(target) = function.blocks[index].terminator else { continue };
        let Block { instructions, terminator, span, .. } = &function.blocks[target.index()];
        let copies = match terminator {
            Terminator::Return(_) => true,
            Terminator::Branch { .. } => target.index() != index + 1,
            _ => false,
        };
        if copies && instructions.is_empty() {
            let (terminator, span) = (terminator.clone(), *span);
            let block = &mut function.blocks[index];
            (block.terminator, block.span) = (terminator, span);
        }
    }
}

/// Appends a block to the only one that leads to it, where that leads nowhere else.
fn merge(function: &mut Function) {
    let mut leading = vec![0u32; function.blocks.len()];
    leading[0] = 1;
    for block in &function.blocks {
        block.terminator.successors().into_iter().flatten().for_each(|target| leading[target.index()] += 1);
    }
    for handler in &function.handlers {
        leading[handler.target.index()] += 2;
    }
    for index in 0..function.blocks.len() {
        while let Terminator::Jump(target) = function.blocks[index].terminator {
            let next = &function.blocks[target.index()];
            if target.index() == index
                || leading[target.index()] != 1
                || next.handler != function.blocks[index].handler
            {
                break;
            }
            let Block { instructions, terminator, span, .. } = std::mem::replace(
                &mut function.blocks[target.index()],
                // Nothing leads here any more.
                Block {
                    instructions: vec![],
                    terminator: Terminator::Return(None),
                    span: Default::default(),
                    handler: None,
                    preheader: None,
                },
            );
            leading[target.index()] = 0;
            let block = &mut function.blocks[index];
            block.instructions.extend(instructions);
            block.terminator = terminator;
            block.span = span;
        }
    }
}
