//! Marking and sweeping. Marking keeps its own stack; sweeping a block waits until its size class needs memory.
//!
//! Mark bits stick: an object that survived stays marked, which makes it old. A minor collection marks from the roots and
//! the remembered objects and stops at old ones; a major one clears all marks first.

use core::ptr::NonNull;
use std::alloc::dealloc;

use super::object::{
    ArrayObject, BoundObject, BoxedObject, BufferObject, BytesObject, CellObject, ClosureObject, EXTENDED,
    ElementKind, Header, INLINE, IteratorObject, Kind, MARKED, MapObject, OpaqueObject, PlainObject,
    REMEMBERED, Storage, StringObject, TableObject,
};
use super::tasks::{ChannelObject, MutexObject, SegmentObject, TaskObject};
use super::{Block, CELL_SIZES, FreeCell, Gc, Heap, NURSERY_BYTES, block_layout, has_finalizer};
use crate::value::Value;

/// Receives the roots of a collection.
pub struct Marker<'a> {
    stack: &'a mut Vec<Gc<Header>>,
    bytes: usize,
}

impl Marker<'_> {
    /// Keeps what `value` refers to.
    #[inline(always)]
    pub fn value(&mut self, value: Value) {
        if let Some(object) = value.as_object() {
            self.object(object);
        }
    }

    #[inline(always)]
    fn object(&mut self, object: Gc<Header>) {
        let flags = object.flags.get();
        if flags & MARKED == 0 {
            object.flags.set(flags | MARKED);
            self.stack.push(object);
        }
    }

    fn optional<T>(&mut self, object: Option<Gc<T>>) {
        if let Some(object) = object {
            self.object(object.header());
        }
    }

    fn drain(&mut self) {
        while let Some(object) = self.stack.pop() {
            self.bytes += size_of_object(object);
            self.trace(object);
        }
    }

    /// Marks what `object` refers to.
    fn trace(&mut self, object: Gc<Header>) {
        // SAFETY: each arm casts to the layout of its kind.
        unsafe {
            match object.kind() {
                Kind::Free
                | Kind::Storage
                | Kind::StringBuffer
                | Kind::Trace
                | Kind::Native
                | Kind::Builtin
                | Kind::Opaque
                | Kind::Boxed => {}
                Kind::String => self.optional(object.cast::<StringObject>().buffer()),
                Kind::Array => {
                    let array = object.cast::<ArrayObject>();
                    self.optional(array.storage.get());
                    if let Some(properties) = array.properties() {
                        self.value(properties);
                    }
                    if array.element_kind() == ElementKind::Any {
                        array.values().iter().for_each(|value| self.value(value.get()));
                    }
                }
                Kind::Object => {
                    object.cast::<PlainObject>().slots().iter().for_each(|value| self.value(value.get()))
                }
                Kind::Closure => {
                    object.cast::<ClosureObject>().captures().iter().for_each(|value| self.value(value.get()))
                }
                Kind::Cell => self.value(object.cast::<CellObject>().value.get()),
                Kind::Map | Kind::Set => {
                    let map = object.cast::<MapObject>();
                    self.optional(map.table.get());
                    self.optional(map.index.get());
                }
                Kind::MapTable => {
                    let table = object.cast::<TableObject>();
                    self.optional(table.successor.get());
                    table.pairs().iter().for_each(|[key, value]| {
                        self.value(key.get());
                        self.value(value.get());
                    });
                }
                Kind::Bytes => self.object(object.cast::<BytesObject>().storage.header()),
                Kind::Iterator => {
                    let iterator = object.cast::<IteratorObject>();
                    self.value(iterator.source.get());
                    self.optional(iterator.table.get());
                }
                Kind::Bound => {
                    let bound = object.cast::<BoundObject>();
                    self.value(bound.target.get());
                    self.value(bound.arguments.get());
                }
                Kind::Task => {
                    let task = object.cast::<TaskObject>();
                    [&task.outcome, &task.waiters, &task.detail]
                        .iter()
                        .for_each(|slot| self.value(slot.get()));
                }
                Kind::Segment => {
                    object.cast::<SegmentObject>().values().iter().for_each(|value| self.value(value.get()))
                }
                Kind::Channel => {
                    let channel = object.cast::<ChannelObject>();
                    channel.slots().iter().for_each(|slot| self.value(slot.get()));
                }
                Kind::Mutex => self.value(object.cast::<MutexObject>().waiters.get()),
            }
        }
    }
}

/// Bytes of an object as it was asked for.
fn size_of_object(object: Gc<Header>) -> usize {
    let aux = object.aux.get() as usize;
    let small = object.small.get() as usize;
    match object.kind() {
        Kind::Free => 0,
        Kind::Storage => size_of::<Storage>() + aux * 8,
        Kind::StringBuffer => size_of::<BufferObject>() + aux + 1,
        Kind::MapTable => {
            // SAFETY: the kind says the layout.
            let table = unsafe { object.cast::<TableObject>() };
            size_of::<TableObject>() + table.capacity.get() as usize * 16
        }
        Kind::Trace => size_of::<Header>() + aux * 8,
        Kind::String => {
            // SAFETY: the kind says the layout.
            let string = unsafe { object.cast::<StringObject>() };
            let inline = string.header.flags.get() & INLINE != 0;
            size_of::<StringObject>() + if inline { string.length.get() as usize + 1 } else { 8 }
        }
        Kind::Array => size_of::<ArrayObject>() + if object.flags.get() & EXTENDED != 0 { 8 } else { 0 },
        Kind::Object => size_of::<PlainObject>() + small * 8,
        Kind::Closure => size_of::<ClosureObject>() + small * 8,
        Kind::Cell => size_of::<CellObject>(),
        Kind::Map | Kind::Set => size_of::<MapObject>(),
        Kind::Bytes => size_of::<BytesObject>(),
        Kind::Iterator => size_of::<IteratorObject>(),
        Kind::Native | Kind::Builtin => size_of::<Header>(),
        Kind::Bound => size_of::<BoundObject>(),
        Kind::Opaque => size_of::<OpaqueObject>(),
        Kind::Task => size_of::<TaskObject>(),
        Kind::Boxed => size_of::<BoxedObject>(),
        Kind::Segment => {
            // SAFETY: the kind says the layout.
            let segment = unsafe { object.cast::<SegmentObject>() };
            size_of::<SegmentObject>() + segment.capacity() * 8
        }
        Kind::Channel => size_of::<ChannelObject>(),
        Kind::Mutex => size_of::<MutexObject>(),
    }
}

/// Lets go of what a dying object owns outside the heap.
pub(super) fn finalize(object: Gc<Header>) {
    match object.kind() {
        Kind::Opaque => {
            // SAFETY: the kind says the layout; who made the object vouched that its finalizer takes its data.
            unsafe {
                let opaque = object.cast::<OpaqueObject>();
                if let Some(finalizer) = opaque.finalizer.take() {
                    finalizer(opaque.data.get());
                }
            }
        }
        // SAFETY: the kind is right, and the object dies.
        Kind::Boxed => unsafe { super::boxed::drop_body(object) },
        _ => {}
    }
}

impl Heap {
    /// Frees what is not reachable from what `roots` marks.
    ///
    /// # Safety
    /// No `Gc` or `Value` that `roots` does not mark, directly or through other objects, is used afterwards.
    pub unsafe fn collect(&mut self, roots: impl FnOnce(&mut Marker<'_>)) {
        self.finish_sweeping();
        let major = self.old_bytes >= self.major_at || (self.stress && self.collections.is_multiple_of(3));
        self.collections += 1;
        if major {
            self.clear_marks();
        }
        let mut stack = core::mem::take(&mut self.mark_stack);
        let mut marker = Marker { stack: &mut stack, bytes: 0 };
        roots(&mut marker);
        for object in core::mem::take(&mut self.remembered) {
            object.flags.set(object.flags.get() & !REMEMBERED);
            if !major {
                marker.trace(object);
            }
        }
        marker.drain();
        let marked = marker.bytes;
        self.mark_stack = stack;
        self.old_bytes = if major { marked } else { self.old_bytes + marked };
        if major {
            self.major_at = (self.old_bytes * 2).max(4 * NURSERY_BYTES);
        }
        for class in &mut self.classes {
            if let Some(open) = class.blocks.last_mut() {
                open.used_end = class.bump;
            }
            class.free = core::ptr::null_mut();
            class.swept = 0;
        }
        self.sweep_large();
        if self.stress {
            self.finish_sweeping();
        } else {
            self.budget = NURSERY_BYTES.max(self.old_bytes / 2) as isize;
        }
    }

    fn clear_marks(&mut self) {
        for (class, cell) in self.classes.iter_mut().zip(CELL_SIZES) {
            if let Some(open) = class.blocks.last_mut() {
                open.used_end = class.bump;
            }
            for block in &mut class.blocks {
                block.is_full = false;
                for_each_cell(block, cell as usize, |object| {
                    object.flags.set(object.flags.get() & !MARKED);
                });
            }
        }
        for large in &self.large {
            large.object.flags.set(large.object.flags.get() & !MARKED);
        }
    }

    /// Sweeps what allocation did not get to. Blocks that turn out to be empty were not needed since the last collection:
    /// their memory is given back, so that a heap that was large once does not stay slow to walk.
    fn finish_sweeping(&mut self) {
        for number in 0..self.classes.len() {
            let first = self.classes[number].swept;
            let mut kept = first;
            for at in first..self.classes[number].blocks.len() {
                let free = self.classes[number].free;
                let survives = self.sweep_next(number);
                let class = &mut self.classes[number];
                let is_open = at + 1 == class.blocks.len();
                // Under stress the cells stay, so that what still reads them finds that they are dead.
                if survives || is_open || self.stress {
                    class.blocks.swap(kept, at);
                    kept += 1;
                    continue;
                }
                class.free = free;
                // SAFETY: allocated with this layout in `allocate_slow`; no object in it is alive, its cells are not on the
                // free list, and `truncate` takes it off the list of blocks before that is read again. It is not the open
                // block, whose cells behind `used_end` were handed out since.
                unsafe { dealloc(class.blocks[at].start.as_ptr(), block_layout()) };
            }
            self.classes[number].blocks.truncate(kept);
            self.classes[number].swept = kept;
        }
    }

    /// Puts the dead cells of the next unswept block of a size class on its free list. Says whether a cell is alive.
    pub(super) fn sweep_next(&mut self, number: usize) -> bool {
        let stress = self.stress;
        let cell = CELL_SIZES[number] as usize;
        let class = &mut self.classes[number];
        let at = class.swept;
        class.swept += 1;
        if class.blocks[at].is_full {
            return true;
        }
        let mut free = class.free;
        let (mut survives, mut is_full) = (false, at + 1 < class.blocks.len());
        for_each_cell(&class.blocks[at], cell, |object| {
            if object.flags.get() & MARKED != 0 {
                survives = true;
                return;
            }
            is_full = false;
            if has_finalizer(object.kind()) {
                finalize(object);
            }
            let header = Header::new(Kind::Free, 0, 0, 0);
            let memory = object.as_ptr().cast::<FreeCell>();
            // SAFETY: a cell is at least as large as a FreeCell, and nothing refers to it any more.
            unsafe {
                if stress {
                    // What still reads the cell should notice.
                    core::ptr::write_bytes(memory.cast::<u8>(), 0xAB, cell);
                }
                memory.write(FreeCell { header, next: free });
            }
            free = memory;
        });
        class.free = free;
        class.blocks[at].is_full = is_full;
        survives
    }

    fn sweep_large(&mut self) {
        self.large.retain(|large| {
            if large.object.flags.get() & MARKED != 0 {
                return true;
            }
            finalize(large.object);
            // SAFETY: allocated with this layout in `allocate_large`, and unreachable.
            unsafe { dealloc(large.object.as_ptr().cast(), large.layout) };
            false
        });
    }
}

fn for_each_cell(block: &Block, cell: usize, mut visit: impl FnMut(Gc<Header>)) {
    let mut at = block.start.as_ptr();
    while at != block.used_end {
        // SAFETY: cells below `used_end` were handed out, so each begins with a header, free ones included; cells are
        // `cell` bytes apart.
        unsafe {
            visit(Gc(NonNull::new_unchecked(at.cast::<Header>())));
            at = at.add(cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use core::ffi::c_void;
    use core::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn collect(heap: &mut Heap, roots: &[Value]) {
        // SAFETY: the tests use only the roots, and what they refer to, afterwards.
        unsafe { heap.collect(|marker| roots.iter().for_each(|root| marker.value(*root))) };
    }

    #[test]
    fn what_is_reachable_stays_and_what_is_not_is_used_again() {
        // Miri's borrow stacks grow with every address that is exposed.
        let (rounds, count) = if cfg!(miri) { (3, 6) } else { (20, 50) };
        for stress in [false, true] {
            let mut heap = Heap::new(1 << 30, stress);
            let list = heap.array_of(&[]);
            let root = Value::reference(list);
            for round in 0..rounds {
                for number in 0..count {
                    let text = heap.string(&format!("{round}/{number}"));
                    // Garbage between what stays.
                    heap.string("garbage that is as long as a string of the other kind");
                    heap.array_push(list, Value::reference(text)).expect("any value fits");
                }
                collect(&mut heap, &[root]);
            }
            for (index, value) in list.iter().enumerate() {
                let text = value.as_string().expect("a string");
                assert_eq!(text.as_str(), format!("{}/{}", index / count, index % count));
            }
        }
    }

    #[test]
    fn empty_blocks_are_given_back_and_full_ones_are_passed_over() {
        // Cells of 2 KiB: sixteen make a block.
        let count = if cfg!(miri) { 64 } else { 640 };
        let mut heap = Heap::new(1 << 30, false);
        let text = |number: usize| format!("{number:01900}");
        let blocks = |heap: &Heap| heap.classes.iter().map(|class| class.blocks.len()).sum::<usize>();
        let list = heap.array_of(&[]);
        let root = Value::reference(list);
        for number in 0..count {
            let kept = heap.string(&text(number));
            heap.array_push(list, Value::reference(kept)).expect("any value fits");
        }
        // Twice: what was allocated is swept when the next collection begins.
        collect(&mut heap, &[root]);
        collect(&mut heap, &[root]);
        let full = |heap: &Heap| {
            heap.classes.iter().flat_map(|class| &class.blocks).filter(|block| block.is_full).count()
        };
        assert!(full(&heap) >= count / 16 - 1, "{} of {} blocks are full", full(&heap), blocks(&heap));
        // A full block may hold dead objects after a major collection, and is swept again.
        let kept = list.get(count / 2).expect("an element");
        let before = blocks(&heap);
        heap.major_at = 0;
        collect(&mut heap, &[kept]);
        collect(&mut heap, &[kept]);
        assert!(before - blocks(&heap) >= count / 32, "{} of {before} blocks are left", blocks(&heap));
        assert_eq!(kept.as_string().map(|kept| kept.as_str().to_owned()), Some(text(count / 2)));
        // What was given back is not handed out again.
        let others: Vec<Value> =
            (0..count).map(|number| Value::reference(heap.string(&text(number)))).collect();
        for (number, other) in others.into_iter().enumerate() {
            assert_eq!(other.as_string().map(|other| other.as_str().to_owned()), Some(text(number)));
        }
        assert_eq!(kept.as_string().map(|kept| kept.as_str().to_owned()), Some(text(count / 2)));
    }

    #[test]
    fn an_old_object_keeps_the_young_ones_stored_into_it() {
        let mut heap = Heap::new(1 << 30, false);
        let cell = heap.cell(Value::NULL);
        let root = Value::reference(cell);
        collect(&mut heap, &[root]);
        let young = heap.string("young");
        heap.set_cell(cell, Value::reference(young));
        collect(&mut heap, &[root]);
        for _ in 0..100 {
            heap.string("other");
        }
        assert_eq!(cell.value().as_string().map(|string| string.as_str()), Some("young"));
    }

    #[test]
    fn long_chains_are_marked_without_recursion() {
        let mut heap = Heap::new(1 << 30, false);
        let mut chain = Value::NULL;
        let length = if cfg!(miri) { 500 } else { 300_000 };
        for _ in 0..length {
            chain = Value::reference(heap.cell(chain));
        }
        collect(&mut heap, &[chain]);
        let mut found = 0;
        while let Some(cell) = chain.as_cell() {
            chain = cell.value();
            found += 1;
        }
        assert_eq!(found, length);
    }

    #[test]
    fn finalizers_run_once_when_an_object_dies_or_the_heap_ends() {
        static ENDED: AtomicUsize = AtomicUsize::new(0);
        unsafe extern "C" fn end(data: *mut c_void) {
            ENDED.fetch_add(data.addr(), Ordering::Relaxed);
        }
        let mut heap = Heap::new(1 << 30, false);
        // SAFETY: the finalizer takes any data.
        let [kept, _lost] =
            [1, 10].map(|data| unsafe { heap.opaque(0, core::ptr::without_provenance_mut(data), Some(end)) });
        let root = Value::reference(kept);
        collect(&mut heap, &[root]);
        collect(&mut heap, &[root]);
        assert_eq!(ENDED.load(Ordering::Relaxed), 10);
        drop(heap);
        assert_eq!(ENDED.load(Ordering::Relaxed), 11);
    }

    #[test]
    fn large_objects_come_and_go() {
        let mut heap = Heap::new(1 << 30, false);
        let kept = heap.zeroed_bytes(100_000);
        for _ in 0..20 {
            heap.zeroed_bytes(100_000);
        }
        collect(&mut heap, &[Value::reference(kept)]);
        assert_eq!(heap.large.len(), 1);
        assert_eq!(kept.length(), 100_000);
        assert!(kept.bytes().iter().all(|byte| byte.get() == 0));
    }

    #[test]
    fn a_map_survives_with_its_old_tables_gone() {
        let mut heap = Heap::new(1 << 30, true);
        let map = heap.map(Kind::Map);
        let root = Value::reference(map);
        let count = if cfg!(miri) { 20 } else { 100 };
        for number in 0..count {
            let key = heap.string(&format!("key {number}"));
            heap.map_set(map, Value::reference(key), Value::int(number));
            collect(&mut heap, &[root]);
        }
        let count = if cfg!(miri) { 20 } else { 100 };
        for number in 0..count {
            let key = heap.string(&format!("key {number}"));
            assert_eq!(map.get(Value::reference(key)), Some(Value::int(number)));
        }
    }
}
