//! Facts about control and data flow that several passes need.

use crate::program::{BlockId, Function, Register};

/// For each block, the registers whose values it, or something after it, may read before writing them.
///
/// Most registers are written and read within one block; only the others have a place in the sets.
#[derive(Clone, Debug)]
pub struct Liveness {
    /// Place of each register in the sets, or [`LOCAL`].
    places: Vec<u32>,
    words: usize,
    entering: Vec<u64>,
    leaving: Vec<u64>,
}

/// The place of a register that is live within one block only.
const LOCAL: u32 = u32::MAX;

/// A block as far as liveness is concerned.
#[derive(Clone, Debug, Default)]
pub struct FlowBlock {
    /// Registers as they occur: whether it is written.
    pub events: Vec<(Register, bool)>,
    /// Where control may go.
    pub successors: [Option<BlockId>; 2],
    /// Where exceptions go, and the register that receives them.
    pub handler: Option<(BlockId, Register)>,
}

impl Liveness {
    /// Computes it for a function. A handler's registers count as live throughout the blocks it guards.
    pub fn of(function: &Function) -> Liveness {
        let blocks = function.blocks.iter().map(|block| {
            let mut events = vec![];
            for instruction in &block.instructions {
                instruction.operation.for_each_use(|register| events.push((register, false)));
                events.extend(instruction.target.map(|target| (target, true)));
            }
            block.terminator.for_each_use(|register| events.push((register, false)));
            let handler = block.handler.map(|handler| function.handlers[handler.index()]);
            FlowBlock {
                events,
                successors: block.terminator.successors(),
                handler: handler.map(|handler| (handler.target, handler.register)),
            }
        });
        Liveness::of_blocks(&blocks.collect::<Vec<_>>(), function.registers.len())
    }

    /// Computes it for blocks of any form, over `registers` registers.
    pub fn of_blocks(blocks: &[FlowBlock], registers: usize) -> Liveness {
        let (places, count) = places(blocks, registers);
        let words = count.div_ceil(64).max(1);
        let size = words * blocks.len();
        let mut liveness = Liveness { places, words, entering: vec![0; size], leaving: vec![0; size] };
        let mut used = vec![0u64; size];
        let mut defined = vec![0u64; size];
        for (index, block) in blocks.iter().enumerate() {
            let row = index * words;
            for (register, written) in &block.events {
                let place = liveness.places[register.index()];
                match place {
                    LOCAL => {}
                    _ if *written => set(&mut defined[row..], place),
                    _ if has(&defined[row..], place) => {}
                    _ => set(&mut used[row..], place),
                }
            }
        }
        let mut changed = true;
        while changed {
            changed = false;
            for index in (0..blocks.len()).rev() {
                changed |= liveness.update(&blocks[index], index, &used, &defined);
            }
        }
        liveness
    }

    fn update(&mut self, block: &FlowBlock, index: usize, used: &[u64], defined: &[u64]) -> bool {
        let words = self.words;
        let row = index * words;
        for successor in block.successors.into_iter().flatten() {
            let from = successor.index() * words;
            for word in 0..words {
                self.leaving[row + word] |= self.entering[from + word];
            }
        }
        let mut changed = false;
        for word in 0..words {
            let mut guarded = 0;
            if let Some((target, register)) = block.handler {
                guarded = self.entering[target.index() * words + word];
                let caught = self.places[register.index()];
                if caught != LOCAL && caught as usize / 64 == word {
                    guarded &= !(1 << (caught % 64));
                }
            }
            self.leaving[row + word] |= guarded;
            let entering = used[row + word] | guarded | (self.leaving[row + word] & !defined[row + word]);
            changed |= entering != self.entering[row + word];
            self.entering[row + word] |= entering;
        }
        changed
    }

    /// Whether a register may be live across the border of a block at all.
    pub fn crosses(&self, register: Register) -> bool {
        self.places[register.index()] != LOCAL
    }

    /// Whether a register is live where a block starts.
    pub fn is_live_in(&self, block: BlockId, register: Register) -> bool {
        let place = self.places[register.index()];
        place != LOCAL && has(&self.entering[block.index() * self.words..], place)
    }

    /// Whether a register is live where a block ends, or in its handler.
    pub fn is_live_out(&self, block: BlockId, register: Register) -> bool {
        let place = self.places[register.index()];
        place != LOCAL && has(&self.leaving[block.index() * self.words..], place)
    }
}

/// Gives a place to each register that occurs in several blocks, or is read in its block before it is written there.
fn places(blocks: &[FlowBlock], registers: usize) -> (Vec<u32>, usize) {
    const UNSEEN: u32 = u32::MAX - 1;
    const SHARED: u32 = u32::MAX - 2;
    let mut seen = vec![UNSEEN; registers];
    for (index, block) in blocks.iter().enumerate() {
        for (register, written) in &block.events {
            let seen = &mut seen[register.index()];
            *seen = match *seen {
                UNSEEN if *written => index as u32,
                known if known == index as u32 => known,
                _ => SHARED,
            };
        }
    }
    let mut count = 0;
    let places = seen.into_iter().map(|seen| match seen {
        SHARED => {
            count += 1;
            count - 1
        }
        _ => LOCAL,
    });
    (places.collect(), count as usize)
}

fn has(row: &[u64], place: u32) -> bool {
    row[place as usize / 64] & (1 << (place % 64)) != 0
}

fn set(row: &mut [u64], place: u32) {
    row[place as usize / 64] |= 1 << (place % 64);
}

/// Which blocks control can reach; a guarded block reaches its handler.
pub fn reachable(function: &Function) -> Vec<bool> {
    let mut reached = vec![false; function.blocks.len()];
    let mut pending = vec![BlockId(0)];
    while let Some(id) = pending.pop() {
        let Some(block) = function.blocks.get(id.index()).filter(|_| !reached[id.index()]) else {
            continue;
        };
        reached[id.index()] = true;
        pending.extend(block.terminator.successors().into_iter().flatten());
        pending.extend(block.handler.map(|handler| function.handlers[handler.index()].target));
    }
    reached
}

/// How often each register is written; parameters count as written once more.
pub fn definitions(function: &Function) -> Vec<u32> {
    let mut counts = vec![0; function.registers.len()];
    counts[..function.parameters as usize].fill(1);
    for block in &function.blocks {
        block
            .instructions
            .iter()
            .filter_map(|instruction| instruction.target)
            .for_each(|target| counts[target.index()] += 1);
    }
    for handler in &function.handlers {
        counts[handler.register.index()] += 1;
    }
    counts
}
