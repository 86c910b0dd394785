//! What other threads tell a machine that runs: that somebody wants something of it.
//!
//! Loops look at a flag at each turn. Calls look at nothing of their own: they compare the end of their registers with the end
//! of the stack anyway, and an interrupt takes that end away, so that the next call goes the slow way and meets the flag there.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use crate::value::Value;

/// The flag, and how far the stack of values goes for calls that begin without further ado.
#[derive(Debug)]
pub struct Interrupt {
    raised: AtomicBool,
    fast_end: AtomicPtr<Value>,
}

impl Interrupt {
    pub(super) fn new(fast_end: *mut Value) -> Interrupt {
        Interrupt { raised: AtomicBool::new(false), fast_end: AtomicPtr::new(fast_end) }
    }

    /// From any thread: the next call, or turn of a loop, stops and asks what is wanted.
    pub fn raise(&self) {
        // In this order, and the machine's thread stores the end before it reads the flag: one of the two sees the other.
        self.raised.store(true, Ordering::SeqCst);
        self.fast_end.store(null_mut(), Ordering::SeqCst);
    }

    #[inline(always)]
    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(super) fn fast_end(&self) -> *mut Value {
        self.fast_end.load(Ordering::Relaxed)
    }

    /// The machine has heard.
    pub(super) fn lower(&self) {
        self.raised.store(false, Ordering::SeqCst);
    }

    /// Calls whose registers end here or before begin without further ado, unless somebody wants something.
    pub(super) fn set_fast_end(&self, end: *mut Value) {
        self.fast_end.store(end, Ordering::SeqCst);
        if self.raised.load(Ordering::SeqCst) {
            self.fast_end.store(null_mut(), Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_takes_the_room_of_calls_until_it_was_heard() {
        let mut values = [Value::NULL; 2];
        let end = values.as_mut_ptr_range().end;
        let interrupt = Interrupt::new(end);
        assert!(!interrupt.is_raised() && interrupt.fast_end() == end);
        interrupt.raise();
        assert!(interrupt.is_raised() && interrupt.fast_end().is_null());
        interrupt.set_fast_end(end);
        assert!(interrupt.fast_end().is_null(), "it was not heard yet");
        interrupt.lower();
        interrupt.set_fast_end(end);
        assert!(!interrupt.is_raised() && interrupt.fast_end() == end);
    }
}
