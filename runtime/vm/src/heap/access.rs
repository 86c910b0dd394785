//! Making objects and reaching their slots.

use core::cell::Cell;
use core::ffi::c_void;

use super::object::{
    BoundObject, BytesObject, CellObject, ClosureObject, EntryPart, Finalizer, FunctionObject, Header,
    IteratorObject, Kind, OpaqueObject, PlainObject, Storage, TableObject, TraceObject,
};
use super::{Gc, Heap};
use crate::value::Value;

/// A slice of `count` values at `start`.
///
/// # Safety
/// `start` points at that many initialised values of a live object.
#[inline(always)]
unsafe fn cells<'a>(start: *mut Cell<Value>, count: usize) -> &'a [Cell<Value>] {
    // SAFETY: the caller's promise; `Cell` allows others to write.
    unsafe { core::slice::from_raw_parts(start, count) }
}

impl Gc<PlainObject> {
    /// All words after the header: the overflow word of plain objects, then the slots.
    #[inline(always)]
    pub(crate) fn slots<'a>(self) -> &'a [Cell<Value>] {
        // SAFETY: `small` values follow every object and were initialised when it was made.
        unsafe { cells(self.tail(), self.header.small.get() as usize) }
    }

    /// The word at `at`, which the object's shape says it has.
    ///
    /// # Safety
    /// `at` is below the number of words.
    #[inline(always)]
    pub(crate) unsafe fn slot_unchecked<'a>(self, at: usize) -> &'a Cell<Value> {
        debug_assert!(at < self.header.small.get() as usize);
        // SAFETY: the caller's promise.
        unsafe { &*self.tail::<Cell<Value>>().add(at) }
    }

    /// Its shape.
    #[inline(always)]
    pub(crate) fn shape(self) -> u32 {
        self.header.aux.get()
    }

    #[inline(always)]
    pub(crate) fn set_shape(self, shape: u32) {
        self.header.aux.set(shape);
    }
}

impl Gc<ClosureObject> {
    /// The captured cells and values.
    #[inline(always)]
    pub(crate) fn captures<'a>(self) -> &'a [Cell<Value>] {
        // SAFETY: `small` values follow every closure and were initialised when it was made.
        unsafe { cells(self.tail(), self.header.small.get() as usize) }
    }

    /// The function: an index in the program's table.
    #[inline(always)]
    pub(crate) fn function(self) -> u32 {
        self.header.aux.get()
    }
}

impl Gc<CellObject> {
    #[inline(always)]
    pub(crate) fn value(self) -> Value {
        self.value.get()
    }

    /// Sets it where no barrier is needed: `value` is no reference, or the cell does not want one.
    #[inline(always)]
    pub(crate) fn set_unbarriered(self, value: Value) {
        debug_assert!(!value.is_reference() || !self.header.wants_barrier());
        self.value.set(value);
    }
}

impl Gc<TableObject> {
    /// The entries that are used.
    #[inline(always)]
    pub(super) fn pairs<'a>(self) -> &'a [[Cell<Value>; 2]] {
        // SAFETY: `aux` counts the entries that were initialised, and they fit the capacity.
        unsafe { core::slice::from_raw_parts(self.tail(), self.header.aux.get() as usize) }
    }
}

impl Gc<Storage> {
    /// The words, as numbers of 4 bytes that only this kind of use writes.
    #[inline(always)]
    pub(super) fn halves<'a>(self) -> &'a [Cell<u32>] {
        // SAFETY: a storage used as an index was filled when it was made.
        unsafe { core::slice::from_raw_parts(self.tail(), self.header.aux.get() as usize * 2) }
    }
}

impl Gc<BytesObject> {
    /// Number of bytes.
    pub fn length(self) -> usize {
        self.header.aux.get() as usize
    }

    /// The bytes. The address does not change while the object lives.
    pub fn bytes<'a>(self) -> &'a [Cell<u8>] {
        // SAFETY: `data` points at `length` initialised bytes for as long as the object lives.
        unsafe { core::slice::from_raw_parts(self.data.get().cast(), self.length()) }
    }

    /// A copy of the bytes.
    pub fn to_vec(self) -> Vec<u8> {
        self.bytes().iter().map(Cell::get).collect()
    }
}

impl Gc<IteratorObject> {
    pub(crate) fn source(self) -> Value {
        self.source.get()
    }

    pub(crate) fn position(self) -> usize {
        self.header.aux.get() as usize
    }

    /// Whether it gives this part of the entries of a map.
    pub(crate) fn gives(self, part: EntryPart) -> bool {
        self.header.small.get() == part as u16
    }

    pub(crate) fn set_position(self, position: usize) {
        self.header.aux.set(position as u32);
    }
}

impl Gc<BoundObject> {
    pub(crate) fn target(self) -> Value {
        self.target.get()
    }

    pub(crate) fn arguments(self) -> Value {
        self.arguments.get()
    }
}

impl Gc<OpaqueObject> {
    /// The native data; null once it was taken.
    pub fn data(self) -> *mut c_void {
        self.data.get()
    }

    /// The type, as registered.
    pub fn type_index(self) -> u32 {
        self.header.aux.get()
    }

    /// Takes the data out: the object is empty from now on and has no finalizer.
    pub fn take(self) -> *mut c_void {
        self.finalizer.set(None);
        self.data.replace(core::ptr::null_mut())
    }
}

impl Gc<TraceObject> {
    /// The recorded positions: function, instruction.
    pub(crate) fn entries<'a>(self) -> &'a [[u32; 2]] {
        // SAFETY: `aux` pairs follow, written when the object was made and never changed.
        unsafe { core::slice::from_raw_parts(self.tail(), self.header.aux.get() as usize) }
    }
}

impl Heap {
    /// An object of `shape` with `count` words, all absent.
    #[inline(always)]
    pub(crate) fn plain_object(&mut self, shape: u32, count: usize) -> Gc<PlainObject> {
        debug_assert!(count <= u16::MAX as usize);
        let object =
            self.create(count * 8, PlainObject { header: Header::new(Kind::Object, 0, count as u16, shape) });
        self.fill(object.tail(), count, |_| Value::ABSENT);
        object
    }

    /// A closure of `function` over `captures`.
    #[inline(always)]
    pub(crate) fn closure(&mut self, function: u32, captures: &[Value]) -> Gc<ClosureObject> {
        let header = Header::new(Kind::Closure, 0, captures.len() as u16, function);
        let object = self.create(captures.len() * 8, ClosureObject { header });
        self.fill(object.tail(), captures.len(), |at| captures[at]);
        object
    }

    /// A closure of `function` over what `captures` hold.
    #[inline(always)]
    pub(crate) fn closure_of(&mut self, function: u32, captures: &[Cell<Value>]) -> Gc<ClosureObject> {
        let header = Header::new(Kind::Closure, 0, captures.len() as u16, function);
        let object = self.create(captures.len() * 8, ClosureObject { header });
        self.fill(object.tail(), captures.len(), |at| captures[at].get());
        object
    }

    /// Initialises `count` values of a new object.
    #[inline(always)]
    fn fill(&mut self, start: *mut Value, count: usize, value: impl Fn(usize) -> Value) {
        for at in 0..count {
            // SAFETY: the callers allocated that many words behind the object.
            unsafe { start.add(at).write(value(at)) };
        }
    }

    /// A cell that holds `value`.
    #[inline(always)]
    pub(crate) fn cell(&mut self, value: Value) -> Gc<CellObject> {
        self.create(0, CellObject { header: Header::new(Kind::Cell, 0, 0, 0), value: Cell::new(value) })
    }

    #[inline(always)]
    pub(crate) fn set_cell(&mut self, cell: Gc<CellObject>, value: Value) {
        cell.value.set(value);
        self.barrier(cell.header());
    }

    /// Raw words, each zero.
    pub(super) fn zeroed_storage(&mut self, words: usize) -> Gc<Storage> {
        let storage = self.storage(words);
        // SAFETY: that many words follow.
        unsafe { core::ptr::write_bytes(storage.tail::<u64>(), 0, words) };
        storage
    }

    /// Raw words, uninitialised.
    pub(super) fn storage(&mut self, words: usize) -> Gc<Storage> {
        self.create(words * 8, Storage { header: Header::new(Kind::Storage, 0, 0, words as u32) })
    }

    /// A function of a table as a value: `kind` is `Native` or `Builtin`.
    pub(crate) fn function(&mut self, kind: Kind, index: u32) -> Gc<FunctionObject> {
        debug_assert!(matches!(kind, Kind::Native | Kind::Builtin));
        self.create(0, FunctionObject { header: Header::new(kind, 0, 0, index) })
    }

    /// A function with its first arguments (an array).
    pub(crate) fn bound(&mut self, target: Value, arguments: Value) -> Gc<BoundObject> {
        let header = Header::new(Kind::Bound, 0, 0, 0);
        self.create(0, BoundObject { header, target: Cell::new(target), arguments: Cell::new(arguments) })
    }

    /// An iterator over `source`.
    pub(crate) fn iterator(&mut self, source: Value, part: EntryPart) -> Gc<IteratorObject> {
        let table = source.as_map().or(source.as_set()).and_then(|map| map.table.get());
        let header = Header::new(Kind::Iterator, 0, part as u16, 0);
        self.create(0, IteratorObject { header, source: Cell::new(source), table: Cell::new(table) })
    }

    /// Native data, ended by `finalizer` when the object dies.
    ///
    /// # Safety
    /// `finalizer` may be called with `data`, once, on this thread, at any time the object is unreachable.
    pub unsafe fn opaque(
        &mut self,
        type_index: u32,
        data: *mut c_void,
        finalizer: Option<Finalizer>,
    ) -> Gc<OpaqueObject> {
        self.has_finalizers = true;
        let header = Header::new(Kind::Opaque, 0, 0, type_index);
        self.create(0, OpaqueObject { header, data: Cell::new(data), finalizer: Cell::new(finalizer) })
    }

    /// A copy of `bytes`.
    pub fn bytes(&mut self, bytes: &[u8]) -> Gc<BytesObject> {
        let object = self.zeroed_bytes(bytes.len());
        for (cell, byte) in object.bytes().iter().zip(bytes) {
            cell.set(*byte);
        }
        object
    }

    /// `length` bytes, each zero.
    pub fn zeroed_bytes(&mut self, length: usize) -> Gc<BytesObject> {
        let storage = self.zeroed_storage(length.div_ceil(8));
        self.create(
            0,
            BytesObject {
                header: Header::new(Kind::Bytes, 0, 0, length as u32),
                data: Cell::new(storage.tail()),
                storage,
            },
        )
    }

    /// Positions: function, instruction.
    pub(crate) fn trace(&mut self, entries: &[[u32; 2]]) -> Gc<TraceObject> {
        let header = Header::new(Kind::Trace, 0, 0, entries.len() as u32);
        let object = self.create(entries.len() * 8, TraceObject { header });
        // SAFETY: the tail has room for exactly these.
        unsafe { core::ptr::copy_nonoverlapping(entries.as_ptr(), object.tail(), entries.len()) };
        object
    }
}

impl Gc<Header> {
    /// The recorded positions, if it is that.
    pub(crate) fn as_trace(self) -> Option<Gc<TraceObject>> {
        // SAFETY: the kind says the layout.
        if self.kind() == Kind::Trace { Some(unsafe { self.cast() }) } else { None }
    }
}
