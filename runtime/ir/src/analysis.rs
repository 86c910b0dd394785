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

impl Liveness {
    /// Computes it for a function. A handler's registers count as live throughout the blocks it guards.
    pub fn of(function: &Function) -> Liveness {
        let (places, count) = places(function);
        let words = count.div_ceil(64).max(1);
        let blocks = function.blocks.len();
        let mut liveness = Liveness { places, words, entering: vec![0; words * blocks], leaving: vec![0; words * blocks] };
        let mut used = vec![0u64; words * blocks];
        let mut defined = vec![0u64; words * blocks];
        for (index, block) in function.blocks.iter().enumerate() {
            let row = index * words;
            let mut note_use = |register: Register, defined: &[u64]| {
                let place = liveness.places[register.index()];
                if place != LOCAL && !has(&defined[row..], place) {
                    set(&mut used[row..], place);
                }
            };
            for instruction in &block.instructions {
                instruction.operation.for_each_use(|register| note_use(register, &defined));
                if let Some(target) = instruction.target
                    && liveness.places[target.index()] != LOCAL
                {
                    set(&mut defined[row..], liveness.places[target.index()]);
                }
            }
            block.terminator.for_each_use(|register| note_use(register, &defined));
        }
        let mut changed = true;
        while changed {
            changed = false;
            for index in (0..blocks).rev() {
                changed |= liveness.update(function, index, &used, &defined);
            }
        }
        liveness
    }

    fn update(&mut self, function: &Function, index: usize, used: &[u64], defined: &[u64]) -> bool {
        let words = self.words;
        let row = index * words;
        let block = &function.blocks[index];
        for successor in block.terminator.successors().into_iter().flatten() {
            let from = successor.index() * words;
            for word in 0..words {
                self.leaving[row + word] |= self.entering[from + word];
            }
        }
        let handler = block.handler.map(|handler| function.handlers[handler.index()]);
        let mut changed = false;
        for word in 0..words {
            let mut guarded = 0;
            if let Some(handler) = handler {
                guarded = self.entering[handler.target.index() * words + word];
                let caught = self.places[handler.register.index()];
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
fn places(function: &Function) -> (Vec<u32>, usize) {
    const UNSEEN: u32 = u32::MAX - 1;
    const SHARED: u32 = u32::MAX - 2;
    let mut seen = vec![UNSEEN; function.registers.len()];
    let mut occurs = |register: Register, block: usize, written: bool| {
        let seen = &mut seen[register.index()];
        *seen = match *seen {
            UNSEEN if written => block as u32,
            known if known == block as u32 => known,
            _ => SHARED,
        };
    };
    for (index, block) in function.blocks.iter().enumerate() {
        for instruction in &block.instructions {
            instruction.operation.for_each_use(|register| occurs(register, index, false));
            if let Some(target) = instruction.target {
                occurs(target, index, true);
            }
        }
        block.terminator.for_each_use(|register| occurs(register, index, false));
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
        block.instructions.iter().filter_map(|instruction| instruction.target).for_each(|target| counts[target.index()] += 1);
    }
    for handler in &function.handlers {
        counts[handler.register.index()] += 1;
    }
    counts
}
