//! Calls on their way off the stacks and back.
//!
//! A segment holds the registers of the calls and, for the collector to see, their closures and markers; its words hold
//! where each call stands. Registers may move because nothing but a call's own base points at them.

use super::super::frames::Frame;
use crate::heap::Gc;
use crate::heap::tasks::{SegmentObject, TaskObject};
use crate::value::Value;
use crate::vm::Vm;

/// Values of a call besides its registers: closure, marker.
const VALUES_PER_CALL: usize = 2;
/// Words of a call: next instruction, offset of its registers, function.
const WORDS_PER_CALL: usize = 3;

impl Vm {
    /// Moves the calls from number `first` on, which is at least 1, into the task.
    pub(super) fn save_calls(&mut self, task: Gc<TaskObject>, first: usize) {
        let end = self.frames.end();
        let calls = &self.frames.all()[first - 1..];
        let start = calls[0].get().base;
        let registers = (end as usize - start as usize) / size_of::<Value>();
        let values = calls.len() * VALUES_PER_CALL + registers;
        let value = |at: usize| match at.checked_sub(calls.len() * VALUES_PER_CALL) {
            // SAFETY: registers from the first call's on to the end of the last one's are values of the stack.
            Some(register) => unsafe { *start.add(register) },
            None => {
                let call = calls[at / VALUES_PER_CALL].get();
                match at % VALUES_PER_CALL {
                    0 => call.closure.map_or(Value::NULL, Value::reference),
                    _ => call.marker,
                }
            }
        };
        let word = |at: usize| {
            let call = calls[at / WORDS_PER_CALL].get();
            match at % WORDS_PER_CALL {
                0 => call.pc.expose_provenance(),
                1 => (call.base as usize - start as usize) / size_of::<Value>(),
                _ => call.function.expose_provenance(),
            }
        };
        let segment = self.heap.segment(
            segment_of(task),
            (0..values).map(value),
            (0..calls.len() * WORDS_PER_CALL).map(word),
        );
        self.heap.set_detail(task, Value::reference(segment));
        self.frames.truncate(first - 1);
    }

    /// Puts the task's calls on top of the stacks; false when there is no room for them.
    pub(super) fn restore_calls(&mut self, task: Gc<TaskObject>) -> bool {
        let Some(segment) = segment_of(task) else { return false };
        let words = segment.words();
        let calls = words.len() / WORDS_PER_CALL;
        let (kept, registers) = segment.values().split_at(calls * VALUES_PER_CALL);
        let start = self.frames.end();
        if !self.frames.make_room_for(start.wrapping_add(registers.len()), calls) {
            return false;
        }
        for (at, value) in registers.iter().enumerate() {
            // SAFETY: there is room for that many registers.
            unsafe { *start.add(at) = value.get() };
        }
        for (word, kept) in words.chunks_exact(WORDS_PER_CALL).zip(kept.chunks_exact(VALUES_PER_CALL)) {
            self.frames.push(Frame {
                pc: core::ptr::with_exposed_provenance(word[0].get()),
                base: start.wrapping_add(word[1].get()),
                function: core::ptr::with_exposed_provenance(word[2].get()),
                closure: kept[0].get().as_closure(),
                marker: kept[1].get(),
            });
        }
        segment.empty();
        true
    }
}

/// The segment of a task, if it has one.
fn segment_of(task: Gc<TaskObject>) -> Option<Gc<SegmentObject>> {
    task.detail().as_segment()
}
