//! Layouts of heap objects. Each begins with a [`Header`]; fields that change are [`Cell`]s, so that shared references
//! suffice everywhere. Stores of values into objects go through [`super::Heap`], which keeps the barrier.

use core::cell::Cell;
use core::ffi::c_void;
use core::mem::ManuallyDrop;

use super::Gc;
use super::boxed::Body;
use crate::value::Value;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A free cell.
    Free = 0,
    /// Raw words that belong to one other object.
    Storage,
    /// Bytes that strings share.
    StringBuffer,
    /// The ordered entries of a map.
    MapTable,
    /// Positions recorded for an error.
    Trace,
    /// [`StringObject`]
    String,
    /// [`ArrayObject`]
    Array,
    /// [`PlainObject`]: plain object or class instance.
    Object,
    /// [`ClosureObject`]
    Closure,
    /// [`CellObject`]: a captured variable.
    Cell,
    /// [`MapObject`]
    Map,
    /// [`MapObject`] whose values are unused.
    Set,
    /// [`BytesObject`]
    Bytes,
    /// [`IteratorObject`]
    Iterator,
    /// [`FunctionObject`]: a native function as a value.
    Native,
    /// [`FunctionObject`]: a built-in as a value.
    Builtin,
    /// [`BoundObject`]
    Bound,
    /// [`OpaqueObject`]
    Opaque,
    /// [`TaskObject`]
    Task,
    /// [`BoxedObject`]
    Boxed,
    /// Calls that were taken off the stacks: see [`super::tasks`].
    Segment,
    /// [`ChannelObject`]
    Channel,
    /// [`MutexObject`]
    Mutex,
}

/// Survived a collection, or is known to survive the one that runs.
pub(super) const MARKED: u8 = 1;
/// Old, and stands in the list of old objects that may refer to young ones.
pub(super) const REMEMBERED: u8 = 2;
/// Bytes of a string follow the object itself.
pub(super) const INLINE: u8 = 4;
/// The properties of an array follow the object itself.
pub(super) const EXTENDED: u8 = 8;

/// The first word of every object.
#[repr(C)]
pub struct Header {
    kind: Cell<Kind>,
    pub(super) flags: Cell<u8>,
    /// For the kind to use.
    pub(super) small: Cell<u16>,
    /// For the kind to use: shape, function, hash, length.
    pub(crate) aux: Cell<u32>,
}

impl Header {
    pub(super) fn new(kind: Kind, flags: u8, small: u16, aux: u32) -> Header {
        Header {
            kind: Cell::new(kind),
            flags: Cell::new(flags),
            small: Cell::new(small),
            aux: Cell::new(aux),
        }
    }

    /// Whether a store of a reference into the object must be remembered.
    #[inline(always)]
    pub(crate) fn wants_barrier(&self) -> bool {
        self.flags.get() & (MARKED | REMEMBERED) == MARKED
    }

    /// What the object is.
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        self.kind.get()
    }
}

/// A string: valid UTF-8 of a known number of UTF-16 units, followed by a NUL unless a longer string shares its buffer.
#[repr(C)]
pub struct StringObject {
    /// `aux` is the hash, or 0.
    pub(crate) header: Header,
    pub(super) length: Cell<u32>,
    pub(super) units: Cell<u32>,
    pub(super) data: Cell<*mut u8>,
    // With INLINE the bytes follow; otherwise `Option<Gc<BufferObject>>`.
}

/// Bytes that strings share; a string that ends where the used part ends may be appended to in place.
#[repr(C)]
pub(crate) struct BufferObject {
    /// `aux` is the capacity without the final NUL.
    pub(super) header: Header,
    pub(super) used: Cell<u32>,
    /// A native holds a pointer to a string of it: no more appending.
    pub(super) frozen: Cell<bool>,
    // The bytes follow.
}

/// Raw words.
#[repr(C)]
pub struct Storage {
    /// `aux` is the number of 8-byte words.
    pub(super) header: Header,
    // The words follow.
}

/// How the elements of an array are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum ElementKind {
    /// 4-byte integers.
    Int = 0,
    /// 8-byte doubles.
    Number = 1,
    /// Values.
    Any = 2,
}

/// An array. Elements start `first` elements into the storage, so that `shift` is cheap.
#[repr(C)]
pub struct ArrayObject {
    /// `small` is the [`ElementKind`], `aux` the length.
    pub(super) header: Header,
    pub(super) first: Cell<u32>,
    pub(super) capacity: Cell<u32>,
    /// First element.
    pub(super) data: Cell<*mut u8>,
    pub(super) storage: Cell<Option<Gc<Storage>>>,
    // With EXTENDED the object that holds its properties follows.
}

/// A plain object or class instance; its slots stand where its shape says. Plain objects have an overflow word first.
#[repr(C)]
pub struct PlainObject {
    /// `aux` is the shape, `small` the number of words after the header.
    pub(crate) header: Header,
    // `small` values follow.
}

/// A function of the program with its captures.
#[repr(C)]
pub struct ClosureObject {
    /// `aux` is the function, `small` the number of captures.
    pub(crate) header: Header,
    // `small` values follow.
}

/// A variable captured by reference.
#[repr(C)]
pub struct CellObject {
    pub(super) header: Header,
    pub(super) value: Cell<Value>,
}

/// A hash table in insertion order.
#[repr(C)]
pub struct MapObject {
    /// `aux` is the number of live entries.
    pub(crate) header: Header,
    pub(super) table: Cell<Option<Gc<TableObject>>>,
    /// Open addressing over the table: entry number + 1, or 0. Its length is a power of two.
    pub(super) index: Cell<Option<Gc<Storage>>>,
}

/// The entries of a map in order. When it is replaced it keeps what it was, and says by what, so that iterators can move on.
#[repr(C)]
pub(crate) struct TableObject {
    /// `aux` is the number of entries used, removed ones included.
    pub(super) header: Header,
    pub(super) capacity: Cell<u32>,
    /// The entries before this one are known to be removed.
    pub(super) front: Cell<u32>,
    pub(super) cleared: Cell<bool>,
    pub(super) successor: Cell<Option<Gc<TableObject>>>,
    // Pairs of values follow; a removed entry's key is absent.
}

/// Bytes with a stable address: `Uint8Array`.
#[repr(C)]
pub struct BytesObject {
    /// `aux` is the length.
    pub(super) header: Header,
    pub(super) data: Cell<*mut u8>,
    /// Where the bytes are.
    pub(super) storage: Gc<Storage>,
}

/// What an iteration over a built-in collection has reached.
#[repr(C)]
pub struct IteratorObject {
    /// `aux` is the position, `small` the [`EntryPart`].
    pub(crate) header: Header,
    pub(super) source: Cell<Value>,
    pub(super) table: Cell<Option<Gc<TableObject>>>,
}

/// What an iterator gives of each entry of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum EntryPart {
    /// `[key, value]`
    Both,
    /// The key.
    Key,
    /// The value.
    Value,
}

/// A native function or built-in as a value.
#[repr(C)]
pub struct FunctionObject {
    /// `aux` is the index in the program's table.
    pub(crate) header: Header,
}

/// A function with its first arguments.
#[repr(C)]
pub struct BoundObject {
    pub(super) header: Header,
    pub(super) target: Cell<Value>,
    pub(super) arguments: Cell<Value>,
}

/// Native data that programs hold but cannot look into.
#[repr(C)]
pub struct OpaqueObject {
    /// `aux` is the type: an index of [`crate::Vm::opaque_type`].
    pub(crate) header: Header,
    pub(super) data: Cell<*mut c_void>,
    pub(super) finalizer: Cell<Option<Finalizer>>,
}

/// Ends native data.
pub type Finalizer = unsafe extern "C" fn(*mut c_void);

/// An object of a built-in class whose state is Rust's own.
#[repr(C)]
pub struct BoxedObject {
    pub(crate) header: Header,
    pub(super) body: ManuallyDrop<Box<dyn Body>>,
}

/// Positions recorded when an error was made: pairs of function and instruction, innermost first.
#[repr(C)]
pub(crate) struct TraceObject {
    /// `aux` is the number of pairs.
    pub(super) header: Header,
    // Pairs of u32 follow.
}
