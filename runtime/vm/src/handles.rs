//! Handles: slots at stable addresses where native code keeps values during a call, and which the collector sees.

use core::cell::Cell;

use crate::value::Value;

const CHUNK: usize = 128;

/// A stack of slots that never move.
#[derive(Default)]
pub struct Handles {
    chunks: Vec<Box<[Cell<Value>; CHUNK]>>,
    used: usize,
}

/// How many slots were used when a call began.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

impl Handles {
    /// Begins a call.
    #[inline]
    pub fn open(&self) -> Mark {
        Mark(self.used)
    }

    /// Ends a call: its slots are used again.
    #[inline]
    pub fn close(&mut self, mark: Mark) {
        self.used = mark.0.min(self.used);
    }

    /// A slot that holds `value` until the call ends. Its address is stable for that long.
    #[inline]
    pub fn push(&mut self, value: Value) -> &Cell<Value> {
        let (chunk, at) = (self.used / CHUNK, self.used % CHUNK);
        if chunk == self.chunks.len() {
            self.chunks.push(Box::new([const { Cell::new(Value::NULL) }; CHUNK]));
        }
        self.used += 1;
        let slot = &self.chunks[chunk][at];
        slot.set(value);
        slot
    }

    /// Whether `address` is that of a slot in use.
    pub fn contains(&self, address: *const Cell<Value>) -> bool {
        self.chunks.iter().enumerate().any(|(chunk, slots)| {
            let used = self.used.saturating_sub(chunk * CHUNK).min(CHUNK);
            slots[..used].as_ptr_range().contains(&address) && (address as usize).is_multiple_of(align_of::<Value>())
        })
    }

    pub(crate) fn for_each(&self, mut visit: impl FnMut(Value)) {
        for at in 0..self.used {
            visit(self.chunks[at / CHUNK][at % CHUNK].get());
        }
    }
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
            handles.push(Value::int(number));
        }
        assert!(handles.contains(first));
        handles.close(inner);
        let again: *const Cell<Value> = handles.push(Value::int(7));
        assert!(handles.contains(again) && handles.contains(first));
        handles.close(outer);
        assert!(!handles.contains(first));
    }
}
