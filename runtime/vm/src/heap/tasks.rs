//! Layouts of tasks and of what tasks meet at: channels and locks.
//!
//! A task that waits is not a stack: its calls and registers were copied off the shared stacks into a segment, which holds
//! just those. The collector sees a segment's values; the words beside them say where its calls stand and mean nothing to
//! the heap.

use core::cell::Cell;

use super::object::{ArrayObject, ElementKind, Header, Kind};
use super::{Gc, Heap};
use crate::value::Value;

/// What a call that was started has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum TaskState {
    /// It runs or waits.
    Running = 0,
    /// It returned.
    Done = 1,
    /// It threw.
    Failed = 2,
    /// It was cancelled.
    Cancelled = 3,
}

/// What ends a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Role {
    /// Its calls return.
    Code = 0,
    /// Time passes.
    Sleep,
    /// The task it became ends.
    Adopted,
    /// All tasks of its array end, or one fails.
    All,
    /// One task of its array ends.
    Race,
    /// One task of its array succeeds, or all fail.
    Any,
    /// Someone holds a function that ends it.
    Promise,
    /// Native code completes it.
    Operation,
}

impl Role {
    const ALL: [Role; 8] = [
        Role::Code,
        Role::Sleep,
        Role::Adopted,
        Role::All,
        Role::Race,
        Role::Any,
        Role::Promise,
        Role::Operation,
    ];
}

/// Someone waits for it, or did: a failure is not reported at the end.
pub(crate) const OBSERVED: u32 = 1;
/// Nobody stands below its calls: when they end, the next task goes on.
pub(crate) const DETACHED: u32 = 1 << 1;
/// It shall end: its next wait throws.
pub(crate) const CANCEL_REQUESTED: u32 = 1 << 2;
/// The error of the cancellation was thrown in it.
pub(crate) const CANCEL_DELIVERED: u32 = 1 << 3;
/// When it goes on, its outcome is the result of the instruction that waited.
pub(crate) const GIVES: u32 = 1 << 4;
/// When it goes on, its outcome is thrown there.
pub(crate) const THROWS: u32 = 1 << 5;
/// Where the role stands in the flags.
const ROLE_SHIFT: u32 = 8;

/// A task.
#[repr(C)]
pub struct TaskObject {
    /// `small` is the [`TaskState`]; `aux` holds the flags of this file and the role.
    pub(crate) header: Header,
    /// What it gave or threw. While it runs: what it waits for, or what its wait gives; for All, Race and Any, their array.
    pub(super) outcome: Cell<Value>,
    /// Tasks that wait for it: null, one, or an array of them.
    pub(super) waiters: Cell<Value>,
    /// Code: where it goes on, a segment. All and Any: how many are still to end. Operation: its number.
    pub(super) detail: Cell<Value>,
}

/// Calls that were taken off the stacks.
#[repr(C)]
pub(crate) struct SegmentObject {
    /// `aux` is the number of values.
    header: Header,
    words: Cell<u32>,
    capacity: Cell<u32>,
    // The values follow, then the words; both are 8 bytes each.
}

/// A channel.
#[repr(C)]
pub struct ChannelObject {
    /// `small` is 1 once it is closed; `aux` is the capacity.
    header: Header,
    /// Sent and not received: null or an array.
    pub(crate) values: Cell<Value>,
    /// Tasks that wait for a value: null or an array.
    pub(crate) receivers: Cell<Value>,
    /// Tasks that wait for room: null or an array in which each task is followed by its value.
    pub(crate) senders: Cell<Value>,
}

/// A lock.
#[repr(C)]
pub struct MutexObject {
    /// `aux` is 1 while it is locked.
    header: Header,
    /// Tasks that wait for it: null or an array.
    pub(crate) waiters: Cell<Value>,
}

impl Gc<TaskObject> {
    /// What it has come to.
    pub fn state(self) -> TaskState {
        match self.header.small.get() {
            1 => TaskState::Done,
            2 => TaskState::Failed,
            3 => TaskState::Cancelled,
            _ => TaskState::Running,
        }
    }

    /// The value it returned or threw.
    pub fn outcome(self) -> Value {
        self.outcome.get()
    }

    /// Whether someone awaited it.
    pub fn is_observed(self) -> bool {
        self.has(OBSERVED)
    }

    pub(crate) fn has(self, flag: u32) -> bool {
        self.header.aux.get() & flag != 0
    }

    pub(crate) fn set(self, flag: u32) {
        self.header.aux.set(self.header.aux.get() | flag);
    }

    pub(crate) fn clear(self, flags: u32) {
        self.header.aux.set(self.header.aux.get() & !flags);
    }

    pub(crate) fn role(self) -> Role {
        Role::ALL[(self.header.aux.get() >> ROLE_SHIFT) as usize & 7]
    }

    pub(crate) fn set_role(self, role: Role) {
        self.clear(7 << ROLE_SHIFT);
        self.set((role as u32) << ROLE_SHIFT);
    }

    pub(crate) fn waiters(self) -> Value {
        self.waiters.get()
    }

    pub(crate) fn detail(self) -> Value {
        self.detail.get()
    }
}

impl Gc<SegmentObject> {
    /// Values and words it has room for.
    pub(crate) fn capacity(self) -> usize {
        self.capacity.get() as usize
    }

    pub(crate) fn values<'a>(self) -> &'a [Cell<Value>] {
        // SAFETY: `aux` values follow the object and were written when it was filled.
        unsafe { core::slice::from_raw_parts(self.tail(), self.header.aux.get() as usize) }
    }

    pub(crate) fn words<'a>(self) -> &'a [Cell<usize>] {
        // SAFETY: the words follow the values and were written when it was filled.
        unsafe {
            let first = self.tail::<Cell<usize>>().add(self.header.aux.get() as usize);
            core::slice::from_raw_parts(first, self.words.get() as usize)
        }
    }

    /// Forgets what it holds; its memory stays for the next time.
    pub(crate) fn empty(self) {
        self.header.aux.set(0);
        self.words.set(0);
    }
}

impl Gc<ChannelObject> {
    pub(crate) fn is_closed(self) -> bool {
        self.header.small.get() != 0
    }

    pub(crate) fn close(self) {
        self.header.small.set(1);
    }

    pub(crate) fn capacity(self) -> usize {
        self.header.aux.get() as usize
    }

    pub(super) fn slots<'a>(self) -> [&'a Cell<Value>; 3] {
        // SAFETY: the object lives for as long as it is reachable, as for every `Gc`.
        let channel: &'a ChannelObject = unsafe { &*self.as_ptr() };
        [&channel.values, &channel.receivers, &channel.senders]
    }
}

impl Gc<MutexObject> {
    pub(crate) fn is_locked(self) -> bool {
        self.header.aux.get() != 0
    }

    pub(crate) fn set_locked(self, locked: bool) {
        self.header.aux.set(u32::from(locked));
    }
}

impl Heap {
    /// A task that runs.
    pub(crate) fn task(&mut self) -> Gc<TaskObject> {
        self.create(
            0,
            TaskObject {
                header: Header::new(Kind::Task, 0, TaskState::Running as u16, 0),
                outcome: Cell::new(Value::NULL),
                waiters: Cell::new(Value::NULL),
                detail: Cell::new(Value::NULL),
            },
        )
    }

    /// Ends a task.
    pub(crate) fn settle(&mut self, task: Gc<TaskObject>, state: TaskState, outcome: Value) {
        task.header.small.set(state as u16);
        task.detail.set(Value::NULL);
        self.write(task, &task.outcome, outcome);
    }

    /// What a running task waits for, or what its wait gives.
    pub(crate) fn set_outcome(&mut self, task: Gc<TaskObject>, outcome: Value) {
        self.write(task, &task.outcome, outcome);
    }

    pub(crate) fn set_waiters(&mut self, task: Gc<TaskObject>, waiters: Value) {
        self.write(task, &task.waiters, waiters);
    }

    pub(crate) fn set_detail(&mut self, task: Gc<TaskObject>, detail: Value) {
        self.write(task, &task.detail, detail);
    }

    /// Calls in a segment: in `previous` if they fit without wasting much of it. The first `values` and then the words are
    /// what the iterators give; they give as many as they say.
    pub(crate) fn segment(
        &mut self,
        previous: Option<Gc<SegmentObject>>,
        values: impl ExactSizeIterator<Item = Value>,
        words: impl ExactSizeIterator<Item = usize>,
    ) -> Gc<SegmentObject> {
        let (value_count, word_count) = (values.len(), words.len());
        let needed = value_count + word_count;
        let fits =
            |known: &Gc<SegmentObject>| known.capacity() >= needed && known.capacity() <= needed * 2 + 16;
        let segment = match previous.filter(fits) {
            Some(segment) => segment,
            None => self.create(
                needed * 8,
                SegmentObject {
                    header: Header::new(Kind::Segment, 0, 0, 0),
                    words: Cell::new(0),
                    capacity: Cell::new(needed as u32),
                },
            ),
        };
        segment.header.aux.set(value_count as u32);
        segment.words.set(word_count as u32);
        // SAFETY: there is room for `needed` words of 8 bytes behind the object.
        unsafe {
            let first = segment.tail::<Value>();
            values.take(value_count).enumerate().for_each(|(at, value)| first.add(at).write(value));
            let first = first.add(value_count).cast::<usize>();
            words.take(word_count).enumerate().for_each(|(at, word)| first.add(at).write(word));
        }
        self.barrier(segment.header());
        segment
    }

    /// A channel that holds `capacity` values before its senders wait.
    pub(crate) fn channel(&mut self, capacity: u32) -> Gc<ChannelObject> {
        self.create(
            0,
            ChannelObject {
                header: Header::new(Kind::Channel, 0, 0, capacity),
                values: Cell::new(Value::NULL),
                receivers: Cell::new(Value::NULL),
                senders: Cell::new(Value::NULL),
            },
        )
    }

    /// An open lock.
    pub(crate) fn mutex(&mut self) -> Gc<MutexObject> {
        self.create(
            0,
            MutexObject { header: Header::new(Kind::Mutex, 0, 0, 0), waiters: Cell::new(Value::NULL) },
        )
    }

    /// The array in a slot that holds null until it is needed.
    pub(crate) fn array_in<T>(&mut self, owner: Gc<T>, slot: &Cell<Value>) -> Gc<ArrayObject> {
        if let Some(array) = slot.get().as_array() {
            return array;
        }
        let array = self.array(ElementKind::Any, 0);
        self.write(owner, slot, Value::reference(array));
        array
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_keeps_what_it_holds_and_is_used_again_where_it_fits() {
        let mut heap = Heap::new(1 << 30, true);
        let text = Value::reference(heap.string("kept"));
        let segment = heap.segment(None, [Value::int(1), text].into_iter(), [7, 8, 9].into_iter());
        let task = heap.task();
        heap.set_detail(task, Value::reference(segment));
        // SAFETY: only what the task refers to is used afterwards.
        unsafe { heap.collect(|marker| marker.value(Value::reference(task))) };
        assert_eq!(segment.values()[1].get().as_string().map(|text| text.as_str()), Some("kept"));
        assert_eq!(segment.words().iter().map(Cell::get).collect::<Vec<_>>(), [7, 8, 9]);
        segment.empty();
        assert!(segment.values().is_empty() && segment.words().is_empty());
        let again = heap.segment(Some(segment), [Value::int(2)].into_iter(), [3].into_iter());
        assert!(again == segment);
        let longer = heap.segment(Some(segment), vec![Value::NULL; 100].into_iter(), [3].into_iter());
        assert!(longer != segment);
        assert_eq!(longer.words()[0].get(), 3);
    }

    #[test]
    fn flags_and_roles_stand_side_by_side() {
        let mut heap = Heap::new(1 << 30, false);
        let task = heap.task();
        assert_eq!(task.role(), Role::Code);
        for role in Role::ALL {
            task.set_role(role);
            task.set(OBSERVED);
            assert_eq!(task.role(), role);
            assert!(task.is_observed() && !task.has(DETACHED));
            task.clear(OBSERVED);
        }
    }
}
