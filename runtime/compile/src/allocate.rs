//! Allocates registers: each gets the lowest place that is free throughout its life and declared as it needs.
//!
//! Places are typed, so a register goes where its representation is declared, or, if nothing reads it as what it is, where any
//! value may stand. A callee's frame begins at its first argument, so the window of a call lies above everything that lives
//! across it. Hence the order: parameters; what lives across calls, by start; windows, the last call first, since what an
//! earlier call must spare may be an argument of a later one; and the rest.

use std::collections::BTreeMap;

use raya_abi::Representation;
use raya_bytecode::Operation;
use raya_ir::analysis::Liveness;
use raya_ir::{self as ir, BlockId, Register};

use crate::low::{Field, LowFunction, Reading};

/// Where everything is.
pub(crate) struct Places {
    /// Place of each register; `None` for those that do not occur.
    pub(crate) of: Vec<Option<u16>>,
    /// First place of the window of each instruction that has one, in order.
    pub(crate) windows: Vec<u16>,
    /// What each place is declared to hold.
    pub(crate) declared: Vec<Representation>,
}

/// Half-open range of positions: instruction `i` reads at `2 i` and writes at `2 i + 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    start: u32,
    end: u32,
}

/// Allocates the registers of a function.
pub(crate) fn allocate(function: &LowFunction, program: &ir::Program) -> Places {
    let facts = Facts::of(function, program);
    let mut allocator = Allocator {
        function,
        spared: RangeMax::new(facts.instructions as usize + 1),
        facts,
        of: vec![None; function.registers.len()],
        places: vec![],
    };
    allocator.parameters();
    allocator.long_lived();
    let windows = allocator.windows();
    allocator.rest();
    let declared =
        allocator.places.iter().map(|place| place.declared.unwrap_or(Representation::Any)).collect();
    Places { of: allocator.of, windows, declared }
}

/// What the allocator needs to know of the code.
struct Facts {
    lives: Vec<Option<Life>>,
    exact: Vec<bool>,
    in_window: Vec<bool>,
    /// Registers that are copied to or from one another.
    partners: Vec<Vec<Register>>,
    /// Instructions that are calls, rising.
    calls: Vec<u32>,
    /// Instructions with windows, rising: position, block, index in block.
    windows: Vec<(u32, usize, usize)>,
    instructions: u32,
}

impl Facts {
    fn of(function: &LowFunction, program: &ir::Program) -> Facts {
        let count = function.registers.len();
        let mut facts = Facts {
            lives: vec![None; count],
            exact: vec![false; count],
            in_window: vec![false; count],
            partners: vec![vec![]; count],
            calls: vec![],
            windows: vec![],
            instructions: 0,
        };
        let liveness = Liveness::of_blocks(&function.flow(program), count);
        let crossing = (0..count as u32)
            .map(Register)
            .filter(|register| liveness.crosses(*register))
            .collect::<Vec<_>>();
        for register in (0..function.parameters).map(Register) {
            facts.lives(register, 0, 1);
        }
        for (index, block) in function.blocks.iter().enumerate() {
            facts.block(function, program, index, block);
            let (start, end) = (facts.instructions - block.code.len() as u32 - 1, facts.instructions);
            for register in &crossing {
                if liveness.is_live_in(BlockId(index as u32), *register) {
                    facts.lives(*register, 2 * start, 2 * start + 1);
                }
                if liveness.is_live_out(BlockId(index as u32), *register) {
                    facts.lives(*register, 2 * end - 1, 2 * end + 1);
                }
            }
        }
        facts.caught(function);
        facts
    }

    /// Lengthens the life of a register.
    fn lives(&mut self, register: Register, start: u32, end: u32) {
        let life = self.lives[register.index()].get_or_insert(Life { start, end });
        life.start = life.start.min(start);
        life.end = life.end.max(end);
    }

    fn block(
        &mut self,
        function: &LowFunction,
        program: &ir::Program,
        index: usize,
        block: &crate::low::LowBlock,
    ) {
        for (at, low) in block.code.iter().enumerate() {
            let position = self.instructions;
            self.instructions += 1;
            low.for_each_read(program, &function.registers, |register, reading| {
                self.lives(register, 2 * position, 2 * position + 1);
                self.exact[register.index()] |= reading == Reading::Exact;
            });
            if let Some(target) = low.target() {
                self.lives(target, 2 * position + 1, 2 * position + 2);
                if let (Operation::Move, Field::Register(source)) = (low.operation, low.fields[1]) {
                    self.partners[target.index()].push(source);
                    self.partners[source.index()].push(target);
                }
            }
            if low.is_call() {
                self.calls.push(position);
            }
            if low.fields.contains(&Field::Window) {
                self.windows.push((position, index, at));
                low.window.iter().for_each(|register| self.in_window[register.index()] = true);
            }
        }
        let position = self.instructions;
        self.instructions += 1;
        block.end.for_each_read(function.result, |register, reading| {
            self.lives(register, 2 * position, 2 * position + 1);
            self.exact[register.index()] |= reading == Reading::Exact;
        });
    }

    /// A caught value arrives where its handler starts, and must not land on anything that lives there.
    fn caught(&mut self, function: &LowFunction) {
        let mut starts = Vec::with_capacity(function.blocks.len());
        let mut position = 0;
        for block in &function.blocks {
            starts.push(position);
            position += block.code.len() as u32 + 1;
        }
        for handler in function.blocks.iter().filter_map(|block| block.handler) {
            let start = 2 * starts[handler.target.index()];
            self.lives(handler.register, start, start + 1);
        }
    }

    /// Whether a call happens during a life.
    fn crosses_call(&self, life: Life) -> bool {
        let first = self.calls.partition_point(|call| 2 * call < life.start);
        self.calls.get(first).is_some_and(|call| 2 * call + 1 < life.end)
    }
}

/// A register of the compiled function.
#[derive(Default)]
struct Place {
    declared: Option<Representation>,
    /// Lives of what stands here: start to end.
    taken: BTreeMap<u32, u32>,
}

impl Place {
    fn is_free(&self, life: Life) -> bool {
        self.taken.range(..life.end).next_back().is_none_or(|(_, end)| *end <= life.start)
    }
}

struct Allocator<'a> {
    function: &'a LowFunction,
    facts: Facts,
    of: Vec<Option<u16>>,
    places: Vec<Place>,
    /// For each call, one more than the highest place it must spare.
    spared: RangeMax,
}

impl Allocator<'_> {
    fn parameters(&mut self) {
        for register in (0..self.function.parameters).map(Register) {
            self.places.push(Place {
                declared: Some(self.function.registers[register.index()]),
                ..Place::default()
            });
            self.put(register, register.index());
        }
    }

    /// Whether a place suits a register, apart from being free.
    fn suits(&self, register: Register, place: &Place) -> bool {
        let wanted = self.function.registers[register.index()];
        match place.declared {
            None => true,
            Some(declared) if declared == wanted => true,
            Some(declared) => declared == Representation::Any && !self.facts.exact[register.index()],
        }
    }

    fn fits(&self, register: Register, life: Life, place: usize) -> bool {
        self.places.get(place).is_none_or(|place| self.suits(register, place) && place.is_free(life))
    }

    fn put(&mut self, register: Register, place: usize) {
        while self.places.len() <= place {
            self.places.push(Place::default());
        }
        // Arguments that are read as any value share their place best if any value may stand there.
        let any = self.facts.in_window[register.index()] && !self.facts.exact[register.index()];
        let wanted = if any { Representation::Any } else { self.function.registers[register.index()] };
        self.places[place].declared.get_or_insert(wanted);
        self.of[register.index()] = Some(place as u16);
        if let Some(life) = self.facts.lives[register.index()] {
            self.places[place].taken.insert(life.start, life.end);
            // Calls at instructions strictly inside: start <= 2 i and 2 i + 1 < end.
            self.spared.raise(life.start.div_ceil(2) as usize, (life.end / 2) as usize, place as u32 + 1);
        }
    }

    /// Puts a register where one it is copied from or to stands, if that is possible, or else in the lowest place that fits.
    fn settle(&mut self, register: Register, from: usize) {
        let Some(life) = self.facts.lives[register.index()] else {
            return;
        };
        let partners =
            self.facts.partners[register.index()].iter().filter_map(|partner| self.of[partner.index()]);
        let near = partners.map(usize::from).find(|place| self.fits(register, life, *place));
        let place = near.unwrap_or_else(|| {
            (from..).find(|place| self.fits(register, life, *place)).unwrap_or(self.places.len())
        });
        self.put(register, place);
    }

    fn long_lived(&mut self) {
        let mut found = (self.function.parameters..self.function.registers.len() as u32)
            .map(Register)
            .collect::<Vec<_>>();
        found.retain(|register| {
            let life = self.facts.lives[register.index()];
            !self.facts.in_window[register.index()] && life.is_some_and(|life| self.facts.crosses_call(life))
        });
        self.settle_all(found);
    }

    fn rest(&mut self) {
        let mut found = (self.function.parameters..self.function.registers.len() as u32)
            .map(Register)
            .collect::<Vec<_>>();
        found.retain(|register| self.of[register.index()].is_none());
        self.settle_all(found);
    }

    fn settle_all(&mut self, mut registers: Vec<Register>) {
        registers.sort_by_key(|register| {
            (self.facts.lives[register.index()].map_or(0, |life| life.start), *register)
        });
        // Places that are taken to the end need not be looked at again.
        let mut from = 0;
        for register in registers {
            let start = self.facts.lives[register.index()].map_or(0, |life| life.start);
            while self.places.get(from).is_some_and(|place| {
                place
                    .taken
                    .range(..=start)
                    .next_back()
                    .is_some_and(|(_, end)| *end >= 2 * self.facts.instructions - 1)
            }) {
                from += 1;
            }
            self.settle(register, from);
        }
    }

    /// Places all windows; gives their first places in the order of the code.
    fn windows(&mut self) -> Vec<u16> {
        let windows = std::mem::take(&mut self.facts.windows);
        let mut bases = vec![0; windows.len()];
        for (index, (position, block, at)) in windows.iter().enumerate().rev() {
            let function = self.function;
            let low = &function.blocks[*block].code[*at];
            let floor = if low.is_call() { self.spared.at(*position as usize) as usize } else { 0 };
            let first = (floor..).find(|first| self.window_fits(&low.window, *first)).unwrap_or(floor);
            for (offset, register) in low.window.iter().enumerate() {
                self.put(*register, first + offset);
            }
            // A call without arguments still has a place where the callee's frame begins.
            while self.places.len() < first + low.lead() {
                self.places.push(Place::default());
            }
            bases[index] = (first + low.lead()) as u16;
        }
        bases
    }

    fn window_fits(&self, window: &[Register], first: usize) -> bool {
        window.iter().enumerate().all(|(offset, register)| match self.facts.lives[register.index()] {
            Some(life) => self.fits(*register, life, first + offset),
            None => true,
        })
    }
}

/// Values over positions that ranges raise: a tree whose nodes stand for ranges of positions.
struct RangeMax {
    leaves: usize,
    nodes: Vec<u32>,
}

impl RangeMax {
    fn new(count: usize) -> Self {
        let leaves = count.next_power_of_two();
        RangeMax { leaves, nodes: vec![0; 2 * leaves] }
    }

    /// Raises `start..end` to at least `value`.
    fn raise(&mut self, start: usize, end: usize, value: u32) {
        let (mut low, mut high) = (start.min(self.leaves) + self.leaves, end.min(self.leaves) + self.leaves);
        while low < high {
            if low % 2 == 1 {
                self.nodes[low] = self.nodes[low].max(value);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                self.nodes[high] = self.nodes[high].max(value);
            }
            low /= 2;
            high /= 2;
        }
    }

    fn at(&self, position: usize) -> u32 {
        let mut node = position + self.leaves;
        let mut highest = 0;
        while node > 0 {
            highest = highest.max(self.nodes[node]);
            node /= 2;
        }
        highest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_raise_what_lies_in_them() {
        let mut ranges = RangeMax::new(10);
        ranges.raise(2, 5, 3);
        ranges.raise(4, 9, 7);
        ranges.raise(3, 3, 99);
        let found = (0..10).map(|position| ranges.at(position)).collect::<Vec<_>>();
        assert_eq!(found, [0, 0, 3, 3, 7, 7, 7, 7, 7, 0]);
    }
}
