//! The heap: size-class blocks, a generational mark-sweep collector that never moves, and the one store barrier.
//!
//! **When it collects.** Never on its own: an allocation that exceeds the budget only makes [`Heap::wants_collection`]
//! true, and the run loop collects at the next safepoint, before an allocating instruction. So built-ins and native code
//! may hold values freely, unrooted, for as long as they run.
//!
//! **What it costs when small.** Blocks are allocated when a size class is first used, and memory of a block is touched
//! when a cell of it is first handed out.

mod access;
mod arrays;
pub mod boxed;
mod collect;
mod hash;
mod maps;
pub mod object;
mod strings;
pub mod tasks;

use core::alloc::Layout;
use core::cell::Cell;
use core::ops::Deref;
use core::ptr::NonNull;
use std::alloc::{alloc, dealloc, handle_alloc_error};

pub use collect::Marker;
pub(crate) use hash::hash_bytes;
use object::{Header, Kind, REMEMBERED};
pub(crate) use strings::utf16_units;

use crate::value::Value;

/// A pointer to a live heap object.
///
/// The rule that makes dereferencing it sound: objects die only in [`Heap::collect`], which is unsafe to call; whoever
/// calls it vouches that no `Gc` or [`Value`] that is not reachable from the roots will be used afterwards.
#[repr(transparent)]
pub struct Gc<T>(NonNull<T>);

impl<T> Clone for Gc<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Gc<T> {}

impl<T> PartialEq for Gc<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Deref for Gc<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the object is alive by the rule above, fully initialised, and only changed through `Cell`s.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Gc<T> {
    /// The address of the object, exposed so that a [`Value`] may carry it.
    #[inline(always)]
    pub fn address(self) -> usize {
        self.0.as_ptr().expose_provenance()
    }

    /// # Safety
    /// `address` was given by [`Gc::address`] of a live object with the layout of `T`.
    #[inline(always)]
    pub(crate) unsafe fn from_address(address: usize) -> Gc<T> {
        // SAFETY: the address of an object is never 0.
        Gc(unsafe { NonNull::new_unchecked(core::ptr::with_exposed_provenance_mut(address)) })
    }

    /// # Safety
    /// The object has the layout of `U`.
    #[inline(always)]
    pub(crate) unsafe fn cast<U>(self) -> Gc<U> {
        Gc(self.0.cast())
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }

    /// Every object begins with its header.
    #[inline(always)]
    pub(crate) fn header(self) -> Gc<Header> {
        Gc(self.0.cast())
    }

    /// The bytes after the object's struct.
    #[inline(always)]
    fn tail<U>(self) -> *mut U {
        // SAFETY: the allocation of an object includes its tail, and the pointer keeps the provenance of the allocation.
        unsafe { self.0.as_ptr().add(1).cast() }
    }
}

/// Cell sizes, rising, multiples of 16.
const CELL_SIZES: [u16; 28] = [
    16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 320, 384, 448, 512, 640, 768,
    896, 1024, 1280, 1536, 1792, 2048,
];
const CELL_SIZE_MAX: usize = 2048;
const BLOCK_SIZE: usize = 32 << 10;
/// Bytes allocated between two minor collections, at least.
const NURSERY_BYTES: usize = 1 << 20;

/// The size class for each number of 16-byte granules.
const CLASS_OF: [u8; CELL_SIZE_MAX / 16 + 1] = {
    let mut table = [0; CELL_SIZE_MAX / 16 + 1];
    let mut class = 0;
    let mut granules = 0;
    while granules < table.len() {
        if granules * 16 > CELL_SIZES[class] as usize {
            class += 1;
        }
        table[granules] = class as u8;
        granules += 1;
    }
    table
};

/// A cell on a free list.
#[repr(C)]
struct FreeCell {
    header: Header,
    next: *mut FreeCell,
}

struct Block {
    start: NonNull<u8>,
    /// Cells were handed out up to here; the open block of a class has its end in the class.
    used_end: *mut u8,
    /// All its cells were alive when it was last swept: there is nothing to sweep until a major collection.
    is_full: bool,
}

struct SizeClass {
    free: *mut FreeCell,
    bump: *mut u8,
    bump_end: *mut u8,
    blocks: Vec<Block>,
    /// Blocks before this one were swept since the last collection.
    swept: usize,
}

struct Large {
    object: Gc<Header>,
    layout: Layout,
}

/// All objects of one thread of the program.
pub struct Heap {
    /// Bytes that may be allocated before a collection is wanted.
    budget: isize,
    classes: [SizeClass; CELL_SIZES.len()],
    large: Vec<Large>,
    /// Old objects that may refer to young ones.
    remembered: Vec<Gc<Header>>,
    mark_stack: Vec<Gc<Header>>,
    /// Bytes of objects that survived.
    old_bytes: usize,
    /// The next collection is a major one once there are this many old bytes.
    major_at: usize,
    /// The most bytes the heap may hold.
    limit: usize,
    collections: u64,
    stress: bool,
    /// Whether an object that owns something outside the heap was ever made.
    has_finalizers: bool,
}

impl Heap {
    /// An empty heap that holds at most `limit` bytes; with `stress`, every safepoint collects.
    pub fn new(limit: usize, stress: bool) -> Heap {
        const EMPTY: SizeClass = SizeClass {
            free: core::ptr::null_mut(),
            bump: core::ptr::null_mut(),
            bump_end: core::ptr::null_mut(),
            blocks: Vec::new(),
            swept: 0,
        };
        Heap {
            budget: if stress { -1 } else { NURSERY_BYTES as isize },
            classes: [EMPTY; CELL_SIZES.len()],
            large: Vec::new(),
            remembered: Vec::new(),
            mark_stack: Vec::new(),
            old_bytes: 0,
            major_at: 4 * NURSERY_BYTES,
            limit,
            collections: 0,
            stress,
            has_finalizers: false,
        }
    }

    /// Whether the next safepoint should collect.
    #[inline(always)]
    pub fn wants_collection(&self) -> bool {
        self.budget < 0
    }

    /// Collections so far.
    pub fn collections(&self) -> u64 {
        self.collections
    }

    /// Whether `bytes` more stay within the limit. Asked before allocations whose size input decides.
    pub fn has_room(&self, bytes: usize) -> bool {
        let young = if self.stress { 0 } else { (NURSERY_BYTES as isize - self.budget).max(0) as usize };
        self.old_bytes.saturating_add(young).saturating_add(bytes) <= self.limit
    }

    /// Whether what survived the last collection exceeds the limit.
    pub fn is_over_limit(&self) -> bool {
        self.old_bytes > self.limit
    }

    /// Counts memory outside the heap that dies with objects of it.
    pub fn charge(&mut self, bytes: usize) {
        if !self.stress {
            self.budget = self.budget.saturating_sub_unsigned(bytes);
        }
    }

    /// Memory for an object of `size` bytes, uninitialised, aligned to 16.
    #[inline(always)]
    fn allocate(&mut self, size: usize) -> NonNull<u8> {
        if size > CELL_SIZE_MAX {
            return self.allocate_large(size);
        }
        let number = CLASS_OF[size.div_ceil(16)] as usize;
        let cell = CELL_SIZES[number] as usize;
        self.budget -= cell as isize;
        let class = &mut self.classes[number];
        if let Some(free) = NonNull::new(class.free) {
            // SAFETY: a free list holds free cells of this heap's blocks, each initialised when it was put there.
            class.free = unsafe { free.as_ref().next };
            return free.cast();
        }
        if let Some(bump) = NonNull::new(class.bump)
            && class.bump != class.bump_end
        {
            // SAFETY: `bump` is below `bump_end` by a multiple of the cell size, in one block.
            class.bump = unsafe { class.bump.add(cell) };
            return bump;
        }
        self.allocate_slow(number)
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&mut self, number: usize) -> NonNull<u8> {
        while self.classes[number].swept < self.classes[number].blocks.len() {
            self.sweep_next(number);
            let class = &mut self.classes[number];
            if let Some(free) = NonNull::new(class.free) {
                // SAFETY: as in `allocate`.
                class.free = unsafe { free.as_ref().next };
                return free.cast();
            }
        }
        let layout = block_layout();
        // SAFETY: the layout's size is not 0.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        let class = &mut self.classes[number];
        if let Some(full) = class.blocks.last_mut() {
            full.used_end = class.bump;
        }
        let cell = CELL_SIZES[number] as usize;
        class.blocks.push(Block { start, used_end: start.as_ptr(), is_full: false });
        class.swept = class.blocks.len();
        // SAFETY: both are inside the block just allocated.
        unsafe {
            class.bump = start.as_ptr().add(cell);
            class.bump_end = start.as_ptr().add(BLOCK_SIZE / cell * cell);
        }
        start
    }

    #[cold]
    #[inline(never)]
    fn allocate_large(&mut self, size: usize) -> NonNull<u8> {
        let Ok(layout) = Layout::from_size_align(size, 16) else { handle_alloc_error(block_layout()) };
        // SAFETY: the layout's size is not 0.
        let Some(memory) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        self.charge(size);
        self.large.push(Large { object: Gc(memory.cast()), layout });
        memory
    }

    /// Allocates `tail` bytes after a `T` and initialises the `T`; the tail is for the caller to initialise.
    #[inline(always)]
    fn create<T>(&mut self, tail: usize, object: T) -> Gc<T> {
        let memory = self.allocate(size_of::<T>() + tail).cast::<T>();
        // SAFETY: the memory is large enough, aligned to 16, and no one else's.
        unsafe { memory.write(object) };
        Gc(memory)
    }

    /// The one barrier: every store of a reference into an object that is not brand-new comes through here.
    #[inline(always)]
    pub(crate) fn write<T>(&mut self, owner: Gc<T>, slot: &Cell<Value>, value: Value) {
        slot.set(value);
        self.barrier(owner.header());
    }

    /// Says that `owner` may now refer to a young object.
    #[inline(always)]
    fn barrier(&mut self, owner: Gc<Header>) {
        if owner.wants_barrier() {
            self.remember(owner);
        }
    }

    #[cold]
    fn remember(&mut self, owner: Gc<Header>) {
        owner.flags.set(owner.flags.get() | REMEMBERED);
        self.remembered.push(owner);
    }
}

fn block_layout() -> Layout {
    const LAYOUT: Layout = match Layout::from_size_align(BLOCK_SIZE, 16) {
        Ok(layout) => layout,
        Err(_) => panic!(),
    };
    LAYOUT
}

impl Heap {
    /// Finalises all objects, dead or alive. None of them may be used any more.
    pub(crate) fn finalize_all(&mut self) {
        // Walking the cells would touch every page of a large heap, mostly for nothing.
        if !self.has_finalizers {
            return;
        }
        for (class, cell) in self.classes.iter_mut().zip(CELL_SIZES.map(usize::from)) {
            if let Some(open) = class.blocks.last_mut() {
                open.used_end = class.bump;
            }
            for block in &class.blocks {
                let mut at = block.start.as_ptr();
                while at != block.used_end {
                    // SAFETY: cells below `used_end` were handed out, so each begins with a header.
                    unsafe {
                        collect::finalize(Gc(NonNull::new_unchecked(at.cast::<Header>())));
                        at = at.add(cell);
                    }
                }
            }
        }
        self.large.iter().for_each(|large| collect::finalize(large.object));
    }
}

impl Drop for Heap {
    /// Finalises objects and gives all memory back.
    fn drop(&mut self) {
        self.finalize_all();
        for class in &mut self.classes {
            for block in core::mem::take(&mut class.blocks) {
                // SAFETY: allocated with this layout in `allocate_slow`, and the heap is gone.
                unsafe { dealloc(block.start.as_ptr(), block_layout()) };
            }
        }
        for large in core::mem::take(&mut self.large) {
            // SAFETY: allocated with this layout in `allocate_large`, and the heap is gone.
            unsafe { dealloc(large.object.as_ptr().cast(), large.layout) };
        }
    }
}

/// Kinds that own something outside the heap.
fn has_finalizer(kind: Kind) -> bool {
    matches!(kind, Kind::Opaque | Kind::Boxed)
}
