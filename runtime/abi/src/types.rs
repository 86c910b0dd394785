//! How values are represented, and the types that exist when a program runs.

/// What a register, parameter, field or array element is known to hold.
///
/// In the VM every slot describes itself whatever its representation, so that converting *to* [`Representation::Any`] costs
/// nothing; compiled code keeps the others unboxed in machine registers. Converting *from* `Any` is always a checked
/// operation: static types may be wrong about the heap (arrays are covariant), representations never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Representation {
    /// A 32-bit signed integer.
    Int = 0,
    /// An IEEE double; every NaN is canonical.
    Number = 1,
    /// `true` or `false`.
    Boolean = 2,
    /// A pointer to a heap object: string, array, object, function. Never null.
    Reference = 3,
    /// Any value, null included.
    Any = 4,
}

impl Representation {
    /// All representations, in the order of their numbers.
    pub const ALL: [Representation; 5] = [
        Representation::Int,
        Representation::Number,
        Representation::Boolean,
        Representation::Reference,
        Representation::Any,
    ];

    /// The representation with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }
}

/// Index of a [`RuntimeType`] in its program's table. Types may refer to themselves through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuntimeTypeId(pub u32);

/// A single value used as a type.
#[derive(Clone, Debug, PartialEq)]
pub enum LiteralType {
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Int(i32),
    /// A double.
    Number(f64),
    /// A string.
    String(String),
}

/// A type as a running program can test it: for `as`, `instanceof`, narrowing, `match` and typed `JSON.parse`.
///
/// Type arguments are erased except where values can be tested against them (arrays, tuples, records).
#[derive(Clone, Debug, PartialEq)]
pub enum RuntimeType {
    /// Every value.
    Unknown,
    /// No value.
    Never,
    /// `null`.
    Null,
    /// A boolean.
    Boolean,
    /// A 32-bit integer; a double with an integral value in range passes a *cast* (and is converted), not a *test*.
    Int,
    /// A double or an int (which a cast converts).
    Number,
    /// A string.
    String,
    /// One value.
    Literal(LiteralType),
    /// Any function.
    Function,
    /// Any object: not a primitive.
    Object,
    /// An instance of the program's class with this index, or of one derived from it.
    Class(u32),
    /// An instance of a built-in kind of object, by its name in the prelude: `Map`, `Set`, `Uint8Array`, `Date`, `RegExp`.
    Builtin(String),
    /// An opaque native type: module name, type name.
    Opaque(String, String),
    /// A task. What it gives has this type, which is checked when a native function's task ends, and not tested otherwise.
    Task(RuntimeTypeId),
    /// An array whose elements all have this type.
    Array(RuntimeTypeId),
    /// An array of exactly these.
    Tuple(Vec<RuntimeTypeId>),
    /// An object with at least these properties: name, type, whether it may be absent.
    Record(Vec<(String, RuntimeTypeId, bool)>),
    /// A value of at least one of these.
    Union(Vec<RuntimeTypeId>),
    /// A value of all of these.
    Intersection(Vec<RuntimeTypeId>),
}
