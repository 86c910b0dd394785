//! Handles: slots at stable addresses where native code keeps values during a call, and which the collector sees.

use core::cell::Cell;

use crate::value::Value;

/// Slots of the first chunk; each one after it has twice as many as the one before.
const FIRST_CHUNK: usize = 128;

/// A stack of slots that never move, in chunks that double: few to search even when one call makes millions.
#[derive(Default)]
#[allow(clippy::vec_box, reason = "chunks must not move when their list grows")]
pub struct Handles {
    chunks: Vec<Box<[Cell<Value>]>>,
    /// The chunk that is being filled; those before it are full.
    current: usize,
    /// Slots used of it.
    used: usize,
}

/// How many slots were used when a call began.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    current: usize,
    used: usize,
}

impl Handles {
    /// Begins a call.
    #[inline(always)]
    pub fn open(&self) -> Mark {
        Mark { current: self.current, used: self.used }
    }

    /// Ends a call: its slots are used again.
    #[inline(always)]
    pub fn close(&mut self, mark: Mark) {
        if mark.current != self.current {
            self.close_chunks(mark.current);
        }
        self.used = mark.used;
    }

    /// What one call made beyond a second chunk is given back.
    #[cold]
    fn close_chunks(&mut self, current: usize) {
        self.current = current;
        self.chunks.truncate(current + 2);
    }

    /// A slot that holds `value` until the call ends. Its address is stable for that long.
    #[inline(always)]
    pub fn push(&mut self, value: Value) -> &Cell<Value> {
        if self.chunks.get(self.current).is_none_or(|chunk| self.used >= chunk.len()) {
            self.next_chunk();
        }
        let slot = &self.chunks[self.current][self.used];
        self.used += 1;
        slot.set(value);
        slot
    }

    #[cold]
    fn next_chunk(&mut self) {
        self.current = if self.chunks.is_empty() { 0 } else { self.current + 1 };
        self.used = 0;
        if self.current == self.chunks.len() {
            self.chunks.push(vec![Cell::new(Value::NULL); FIRST_CHUNK << self.current].into_boxed_slice());
        }
    }

    /// Whether `address` is that of a slot in use.
    #[inline(always)]
    pub fn contains(&self, address: *const Cell<Value>) -> bool {
        match self.chunks.get(self.current) {
            Some(chunk) => holds(chunk, self.used, address) || self.older_contains(address),
            None => false,
        }
    }

    #[inline(never)]
    fn older_contains(&self, address: *const Cell<Value>) -> bool {
        self.chunks[..self.current].iter().rev().any(|chunk| holds(chunk, chunk.len(), address))
    }

    pub(crate) fn for_each(&self, mut visit: impl FnMut(Value)) {
        for (index, chunk) in self.chunks.iter().take(self.current + 1).enumerate() {
            let used = if index == self.current { self.used } else { chunk.len() };
            chunk[..used].iter().for_each(|slot| visit(slot.get()));
        }
    }
}

/// Whether `address` is that of one of the first `used` slots.
#[inline(always)]
fn holds(chunk: &[Cell<Value>], used: usize, address: *const Cell<Value>) -> bool {
    // Rotated, an offset that is no multiple of the slots' size is larger than any count.
    let offset = address.addr().wrapping_sub(chunk.as_ptr().addr());
    offset.rotate_right(size_of::<Value>().trailing_zeros()) < used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_do_not_move_and_end_with_their_call() {
        let mut handles = Handles::default();
        let outer = handles.open();
        let first: *const Cell<Value> = handles.push(Value::int(1));
        let inner = handles.open();
        for number in 0..1000 {
            let slot: *const Cell<Value> = handles.push(Value::int(number));
            assert!(handles.contains(slot) && !handles.contains(slot.wrapping_byte_add(4)));
        }
        assert!(handles.contains(first));
        let mut seen = 0;
        handles.for_each(|_| seen += 1);
        assert_eq!(seen, 1001);
        handles.close(inner);
        let again: *const Cell<Value> = handles.push(Value::int(7));
        assert!(handles.contains(again) && handles.contains(first));
        handles.close(outer);
        assert!(!handles.contains(first));
    }
}
