//! The stack of values and the stack of calls. Neither ever moves, so registers can be reached through raw pointers.

use core::cell::Cell;
use std::sync::Arc;

use raya_abi::limits::CALL_DEPTH_MAX;
use raya_bytecode::Instruction;

use super::FunctionInfo;
use super::interrupt::Interrupt;
use crate::heap::Gc;
use crate::heap::object::ClosureObject;
use crate::value::Value;

/// Values of the stack: 16 MiB of address space; pages are touched when they are used.
const STACK_VALUES: usize = 2 << 20;
/// The soft limit rises by this many values.
const STACK_STEP: usize = 4096;

/// A call.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Frame {
    /// The next instruction, as of the last time the run loop stored it.
    pub(crate) pc: *const Instruction,
    /// Register 0.
    pub(crate) base: *mut Value,
    pub(crate) function: *const FunctionInfo,
    pub(crate) closure: Option<Gc<ClosureObject>>,
    /// What happens on return: null is the usual way, an int one of `RETURN_*`, a reference a task to settle.
    pub(crate) marker: Value,
}

/// The value is given to whoever called into the run loop.
pub(crate) const RETURN_HOST: Value = Value::int(0);
/// The value of a getter: checked as the instruction says.
pub(crate) const RETURN_CHECKED: Value = Value::int(1);
/// The value of a setter: dropped.
pub(crate) const RETURN_DROPPED: Value = Value::int(2);
/// As usual, after the host was offered a sample of the active calls.
pub(crate) const RETURN_WATCHED: Value = Value::int(3);
/// As usual.
pub(crate) const RETURN_USUAL: Value = Value::NULL;

/// Both stacks.
pub(crate) struct Frames {
    values: Box<[Cell<Value>]>,
    /// Values above were not touched since the last collection wiped them, or ever.
    soft_end: *mut Value,
    /// Holds where the fast path of calls ends: at the soft end, or at nothing where calls are watched or somebody wants something.
    interrupt: Arc<Interrupt>,
    /// All calls take the slow path, so that a profile sees each of them.
    is_watched: bool,
    frames: Box<[Cell<Frame>]>,
    /// The innermost call; the first frame stands below all calls and is never one.
    top: *mut Frame,
    /// The last frame there is.
    last: *mut Frame,
}

impl Frames {
    pub(crate) fn new() -> Frames {
        // SAFETY: zeros are the double 0.
        let values = unsafe { zeroed(STACK_VALUES) };
        // SAFETY: zeros are null pointers, no closure and the double 0.
        let frames: Box<[Cell<Frame>]> = unsafe { zeroed(CALL_DEPTH_MAX + 1) };
        let mut stacks = Frames {
            values,
            soft_end: core::ptr::null_mut(),
            interrupt: Arc::new(Interrupt::new(core::ptr::null_mut())),
            is_watched: false,
            frames,
            top: core::ptr::null_mut(),
            last: core::ptr::null_mut(),
        };
        stacks.set_soft_end(stacks.bottom().wrapping_add(STACK_STEP));
        stacks.top = stacks.first();
        stacks.last = stacks.top.wrapping_add(CALL_DEPTH_MAX);
        stacks
    }

    /// The frame below all calls.
    fn first(&self) -> *mut Frame {
        self.frames.as_ptr().cast_mut().cast()
    }

    /// Number of active calls.
    pub(crate) fn depth(&self) -> usize {
        (self.top as usize - self.first() as usize) / size_of::<Frame>()
    }

    /// The first value of the stack.
    pub(crate) fn bottom(&self) -> *mut Value {
        self.values.as_ptr().cast_mut().cast()
    }

    /// The innermost call. There is one.
    #[inline(always)]
    pub(crate) fn top(&self) -> Frame {
        // SAFETY: `top` stays inside the frames, which never move.
        unsafe { *self.top }
    }

    /// What happens when the innermost call returns.
    #[inline(always)]
    pub(crate) fn top_marker(&self) -> Value {
        // SAFETY: as for `top`.
        unsafe { (*self.top).marker }
    }

    /// Where the innermost call stands.
    #[inline(always)]
    pub(crate) fn top_place(&self) -> (*const Instruction, *mut Value, *const FunctionInfo) {
        // SAFETY: as for `top`.
        unsafe { ((*self.top).pc, (*self.top).base, (*self.top).function) }
    }

    /// Stores where the innermost call stands.
    #[inline(always)]
    pub(crate) fn set_pc(&self, pc: *const Instruction) {
        // SAFETY: as for `top`; only the field is written.
        unsafe { (*self.top).pc = pc };
    }

    /// The call `above` calls out from the innermost.
    pub(crate) fn get(&self, above: usize) -> Option<Frame> {
        let index = self.depth().checked_sub(above)?;
        if index == 0 { None } else { Some(self.frames[index].get()) }
    }

    /// Whether a call with registers up to `end` may begin without further ado.
    #[inline(always)]
    pub(crate) fn has_room(&self, end: *mut Value) -> bool {
        end <= self.interrupt.fast_end() && self.top != self.last
    }

    /// Sends all calls through the slow path from now on, so that a profile sees each of them.
    pub(crate) fn watch(&mut self) {
        self.is_watched = true;
        self.interrupt.set_fast_end(core::ptr::null_mut());
    }

    /// Whether calls are watched.
    pub(crate) fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// Takes back a [`Frames::pop`] that nothing followed.
    pub(crate) fn restore_popped(&mut self) {
        debug_assert!(self.top < self.last);
        self.top = self.top.wrapping_add(1);
    }

    fn set_soft_end(&mut self, end: *mut Value) {
        self.soft_end = end;
        if !self.is_watched {
            self.interrupt.set_fast_end(end);
        }
    }

    /// What other threads interrupt the running calls with.
    #[inline(always)]
    pub(crate) fn interrupt(&self) -> &Arc<Interrupt> {
        &self.interrupt
    }

    /// Calls begin as usual again: it was heard that somebody wants something.
    pub(crate) fn lower_interrupt(&mut self) {
        self.interrupt.lower();
        self.set_soft_end(self.soft_end);
    }

    /// Raises the soft limit so that registers up to `end` fit; false when the stack is exhausted.
    #[cold]
    pub(crate) fn make_room(&mut self, end: *mut Value) -> bool {
        let needed = (end as usize - self.bottom() as usize) / 8;
        if needed > self.values.len() || self.top == self.last {
            return false;
        }
        let raised = self.bottom().wrapping_add((needed + STACK_STEP).min(self.values.len()));
        self.set_soft_end(self.soft_end.max(raised));
        true
    }

    /// Makes room for registers up to `end` and that many calls; false when the stacks are exhausted.
    pub(crate) fn make_room_for(&mut self, end: *mut Value, calls: usize) -> bool {
        let left = (self.last as usize - self.top as usize) / size_of::<Frame>();
        calls < left && (self.has_room(end) || self.make_room(end))
    }

    /// Ends all calls but the outermost `depth`, of which there are at least as many.
    pub(crate) fn truncate(&mut self, depth: usize) {
        debug_assert!(depth <= self.depth());
        self.top = self.first().wrapping_add(depth);
    }

    /// Begins a call. There is room.
    #[inline(always)]
    pub(crate) fn push(&mut self, frame: Frame) {
        debug_assert!(self.top < self.last);
        // SAFETY: `has_room` or `make_room` said that there is a frame left.
        unsafe {
            self.top = self.top.add(1);
            *self.top = frame;
        }
    }

    /// Stores where the innermost call goes on, and begins another. There is room.
    #[inline(always)]
    pub(crate) fn enter(&mut self, back: *const Instruction, frame: Frame) {
        debug_assert!(self.top < self.last);
        let top = self.top;
        // SAFETY: as in `push`.
        unsafe {
            (*top).pc = back;
            *top.add(1) = frame;
            self.top = top.add(1);
        }
    }

    /// Ends the innermost call.
    #[inline(always)]
    pub(crate) fn pop(&mut self) {
        debug_assert!(self.depth() > 0);
        self.top = self.top.wrapping_sub(1);
    }

    /// The value after the registers of the innermost call.
    pub(crate) fn end(&self) -> *mut Value {
        match self.get(0) {
            None => self.bottom(),
            // SAFETY: a frame's function is one of the program's; its registers are inside the stack.
            Some(frame) => unsafe { frame.base.add((*frame.function).registers as usize) },
        }
    }

    /// The first argument of a call, if it has one and it is an object.
    pub(crate) fn receiver(&self, above: usize) -> Option<Value> {
        let frame = self.get(above)?;
        // SAFETY: a frame's function is one of the program's, and parameter 0 is its first register.
        let value = unsafe { if (*frame.function).parameters == 0 { return None } else { *frame.base } };
        value.as_plain().map(|_| value)
    }

    /// All values of active calls, for the collector; what lies above is wiped, so that nothing stale survives there.
    pub(crate) fn live(&mut self) -> &[Cell<Value>] {
        let live = (self.end() as usize - self.bottom() as usize) / 8;
        let touched = (self.soft_end as usize - self.bottom() as usize) / 8;
        self.values[live..touched.max(live)].iter().for_each(|value| value.set(Value::NULL));
        self.set_soft_end(self.bottom().wrapping_add((live + STACK_STEP).min(self.values.len())));
        &self.values[..live]
    }

    /// All active calls, outermost first.
    pub(crate) fn all(&self) -> &[Cell<Frame>] {
        &self.frames[1..=self.depth()]
    }
}

/// A boxed slice of zeros, without touching its pages.
///
/// # Safety
///
/// A `T` of zeros is one.
unsafe fn zeroed<T>(count: usize) -> Box<[Cell<T>]> {
    // SAFETY: as the caller promises.
    unsafe { Box::<[Cell<T>]>::new_zeroed_slice(count).assume_init() }
}
