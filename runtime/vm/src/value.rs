//! The 8-byte value: a raw double, or an int, reference or special hidden in the space of NaNs.
//!
//! Bits below `0xFFF9 << 48` are a double; every NaN is canonical in the sense that its payload is zero, so the default NaN
//! of any processor (`0x7FF8…` or `0xFFF8…`) is a double. Above stand the tags: int, reference, special.

use core::fmt;

use crate::heap::Gc;
use crate::heap::object::{
    ArrayObject, BoundObject, BoxedObject, BytesObject, CellObject, ClosureObject, FunctionObject, Header,
    IteratorObject, Kind, MapObject, OpaqueObject, PlainObject, StringObject, TaskObject,
};

const TAG_INT: u64 = 0xFFF9 << 48;
const TAG_REFERENCE: u64 = 0xFFFA << 48;
const TAG_SPECIAL: u64 = 0xFFFB << 48;
const TAG_MASK: u64 = 0xFFFF << 48;

/// Any value of a running program. Copying it is free; a reference stays valid until a collection that cannot reach it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(u64);

/// What a value is, when its representation matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Primitive {
    /// `null`, or an argument that was not given.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A 32-bit integer.
    Int(i32),
    /// A double.
    Number(f64),
    /// A heap object.
    Reference,
}

impl Value {
    /// `null`.
    pub const NULL: Value = Value(TAG_SPECIAL);
    /// `false`.
    pub const FALSE: Value = Value(TAG_SPECIAL | 1);
    /// `true`.
    pub const TRUE: Value = Value(TAG_SPECIAL | 2);
    /// An argument that was not given, a field that was not set. Programs never see it.
    pub const ABSENT: Value = Value(TAG_SPECIAL | 3);

    /// An int.
    #[inline(always)]
    pub const fn int(value: i32) -> Value {
        Value(TAG_INT | value as u32 as u64)
    }

    /// An int, by whoever holds the bits of `Value::int(0)` already.
    #[inline(always)]
    pub(crate) const fn tagged(tag: u64, value: i32) -> Value {
        debug_assert!(tag == TAG_INT);
        Value(tag | value as u32 as u64)
    }

    /// A double; a NaN of any payload becomes the canonical one.
    #[inline(always)]
    pub const fn number(value: f64) -> Value {
        if value.is_nan() { Value(f64::NAN.to_bits()) } else { Value(value.to_bits()) }
    }

    /// The result of arithmetic on canonical doubles, which is canonical itself.
    #[inline(always)]
    pub(crate) const fn computed(value: f64) -> Value {
        debug_assert!(value.to_bits() < TAG_INT);
        Value(value.to_bits())
    }

    /// A number as an int when it is integral, in range and not -0, else as a double.
    #[inline]
    pub fn integral_or_number(value: f64) -> Value {
        let int = value as i32;
        if f64::from(int).to_bits() == value.to_bits() { Value::int(int) } else { Value::number(value) }
    }

    /// A boolean.
    #[inline(always)]
    pub const fn boolean(value: bool) -> Value {
        Value(Value::FALSE.0 + value as u64)
    }

    /// A reference.
    #[inline(always)]
    pub fn reference<T>(object: Gc<T>) -> Value {
        Value(TAG_REFERENCE | object.address() as u64)
    }

    /// The bits, for those who store values where Rust's types do not reach.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether it is an int.
    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 & TAG_MASK == TAG_INT
    }

    /// Whether it is a double.
    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.0 < TAG_INT
    }

    /// Whether it is a boolean.
    #[inline(always)]
    pub const fn is_boolean(self) -> bool {
        self.0 == Value::TRUE.0 || self.0 == Value::FALSE.0
    }

    /// Whether it is a heap object.
    #[inline(always)]
    pub const fn is_reference(self) -> bool {
        self.0 & TAG_MASK == TAG_REFERENCE
    }

    /// Whether it is `null` or absent.
    #[inline(always)]
    pub const fn is_nullish(self) -> bool {
        self.0 == Value::NULL.0 || self.0 == Value::ABSENT.0
    }

    /// Whether it stands for nothing given.
    #[inline(always)]
    pub const fn is_absent(self) -> bool {
        self.0 == Value::ABSENT.0
    }

    /// The int, if it is one.
    #[inline(always)]
    pub const fn as_int(self) -> Option<i32> {
        if self.is_int() { Some(self.0 as i32) } else { None }
    }

    /// The low half as an int, whatever it is.
    #[inline(always)]
    pub(crate) const fn int_bits(self) -> i32 {
        self.0 as i32
    }

    /// The bits as a double, whatever it is.
    #[inline(always)]
    pub(crate) const fn number_bits(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// The number it stands for: a double, or an int converted.
    #[inline(always)]
    pub const fn as_number(self) -> Option<f64> {
        if self.is_number() {
            Some(f64::from_bits(self.0))
        } else if self.is_int() {
            Some(self.0 as i32 as f64)
        } else {
            None
        }
    }

    /// The boolean, if it is one.
    #[inline(always)]
    pub const fn as_boolean(self) -> Option<bool> {
        if self.is_boolean() { Some(self.0 == Value::TRUE.0) } else { None }
    }

    /// What it is.
    #[inline]
    pub fn primitive(self) -> Primitive {
        if self.is_number() {
            Primitive::Number(self.number_bits())
        } else if self.is_int() {
            Primitive::Int(self.int_bits())
        } else if self.is_reference() {
            Primitive::Reference
        } else if self.is_boolean() {
            Primitive::Boolean(self.0 == Value::TRUE.0)
        } else {
            Primitive::Null
        }
    }

    /// The header of the object it refers to.
    #[inline(always)]
    pub(crate) fn as_object(self) -> Option<Gc<Header>> {
        if self.is_reference() { Some(self.object_bits()) } else { None }
    }

    /// The header of the object. Only for values that are references.
    #[inline(always)]
    fn object_bits(self) -> Gc<Header> {
        debug_assert!(self.is_reference());
        // SAFETY: a reference is only made from a Gc, which is never null; what it points at is alive while the value is
        // reachable, which the rule of `heap::Gc` demands of everyone who holds a value across a collection.
        unsafe { Gc::from_address((self.0 & !TAG_MASK) as usize) }
    }

    /// The kind of object it refers to.
    #[inline(always)]
    pub fn kind(self) -> Option<Kind> {
        self.as_object().map(|object| object.kind())
    }

    #[inline(always)]
    fn as_kind<T>(self, kind: Kind) -> Option<Gc<T>> {
        let object = self.as_object()?;
        // SAFETY: an object of this kind has this layout; the pairs stand in the accessors below only.
        if object.kind() == kind { Some(unsafe { object.cast() }) } else { None }
    }

    /// The string, if it is one.
    #[inline(always)]
    pub fn as_string(self) -> Option<Gc<StringObject>> {
        self.as_kind(Kind::String)
    }

    /// The array, if it is one.
    #[inline(always)]
    pub fn as_array(self) -> Option<Gc<ArrayObject>> {
        self.as_kind(Kind::Array)
    }

    /// The array, if this reference is one. Only for values that are references.
    #[inline(always)]
    pub(crate) fn reference_as_array(self) -> Option<Gc<ArrayObject>> {
        let object = self.object_bits();
        // SAFETY: an object of this kind has this layout.
        if object.kind() == Kind::Array { Some(unsafe { object.cast() }) } else { None }
    }

    /// The string, if this reference is one. Only for values that are references.
    #[inline(always)]
    pub(crate) fn reference_as_string(self) -> Option<Gc<StringObject>> {
        let object = self.object_bits();
        // SAFETY: an object of this kind has this layout.
        if object.kind() == Kind::String { Some(unsafe { object.cast() }) } else { None }
    }

    /// The plain object or class instance, if it is one.
    #[inline(always)]
    pub fn as_plain(self) -> Option<Gc<PlainObject>> {
        self.as_kind(Kind::Object)
    }

    /// The closure, if it is one.
    #[inline(always)]
    pub fn as_closure(self) -> Option<Gc<ClosureObject>> {
        self.as_kind(Kind::Closure)
    }

    /// The cell, if it is one.
    #[inline(always)]
    pub(crate) fn as_cell(self) -> Option<Gc<CellObject>> {
        self.as_kind(Kind::Cell)
    }

    /// The map, if it is one.
    #[inline(always)]
    pub fn as_map(self) -> Option<Gc<MapObject>> {
        self.as_kind(Kind::Map)
    }

    /// The set, if it is one; sets share the layout of maps.
    #[inline(always)]
    pub fn as_set(self) -> Option<Gc<MapObject>> {
        self.as_kind(Kind::Set)
    }

    /// The bytes, if it is a `Uint8Array`.
    #[inline(always)]
    pub fn as_bytes(self) -> Option<Gc<BytesObject>> {
        self.as_kind(Kind::Bytes)
    }

    /// The iterator, if it is one.
    #[inline(always)]
    pub(crate) fn as_iterator(self) -> Option<Gc<IteratorObject>> {
        self.as_kind(Kind::Iterator)
    }

    /// The opaque native object, if it is one.
    #[inline(always)]
    pub fn as_opaque(self) -> Option<Gc<OpaqueObject>> {
        self.as_kind(Kind::Opaque)
    }

    /// The object of a built-in class whose state is Rust's own, if it is one.
    #[inline(always)]
    pub fn as_boxed(self) -> Option<Gc<BoxedObject>> {
        self.as_kind(Kind::Boxed)
    }

    /// Its state, if it is an object whose state is a `T`.
    pub(crate) fn as_body<'a, T: crate::heap::boxed::Body>(self) -> Option<&'a T> {
        let body: &'a dyn core::any::Any = self.as_boxed()?.body();
        body.downcast_ref()
    }

    /// The task, if it is one.
    #[inline(always)]
    pub fn as_task(self) -> Option<Gc<TaskObject>> {
        self.as_kind(Kind::Task)
    }

    /// The native function or built-in as a value, if it is one.
    #[inline(always)]
    pub(crate) fn as_foreign(self) -> Option<Gc<FunctionObject>> {
        match self.kind() {
            Some(Kind::Native) => self.as_kind(Kind::Native),
            Some(Kind::Builtin) => self.as_kind(Kind::Builtin),
            _ => None,
        }
    }

    /// The bound function, if it is one.
    #[inline(always)]
    pub(crate) fn as_bound(self) -> Option<Gc<BoundObject>> {
        self.as_kind(Kind::Bound)
    }

    /// Whether it can be called.
    pub fn is_function(self) -> bool {
        matches!(self.kind(), Some(Kind::Closure | Kind::Native | Kind::Builtin | Kind::Bound))
    }
}

impl Default for Value {
    fn default() -> Self {
        Value::NULL
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.primitive() {
            Primitive::Null if self.is_absent() => formatter.write_str("absent"),
            Primitive::Null => formatter.write_str("null"),
            Primitive::Boolean(value) => write!(formatter, "{value}"),
            Primitive::Int(value) => write!(formatter, "{value}i"),
            Primitive::Number(value) => write!(formatter, "{value:?}"),
            Primitive::Reference => match self.as_string() {
                Some(string) => write!(formatter, "{:?}", string.as_str()),
                None => write!(formatter, "<{:?}>", self.kind()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_primitive_is_what_it_was_made_of() {
        for value in [0, 1, -1, i32::MAX, i32::MIN] {
            assert_eq!(Value::int(value).as_int(), Some(value));
            assert_eq!(Value::int(value).as_number(), Some(f64::from(value)));
            assert!(!Value::int(value).is_number());
        }
        for value in [0.0, -0.0, 1.5, f64::INFINITY, f64::NEG_INFINITY, f64::MIN, f64::MAX, 5e-324] {
            assert_eq!(Value::number(value).as_number().map(f64::to_bits), Some(value.to_bits()));
            assert_eq!(Value::number(value).as_int(), None);
        }
        assert_eq!(Value::boolean(true), Value::TRUE);
        assert_eq!(Value::boolean(false), Value::FALSE);
        assert!(Value::NULL.is_nullish() && Value::ABSENT.is_nullish() && !Value::NULL.is_absent());
    }

    #[test]
    fn a_nan_with_a_payload_is_no_tagged_value() {
        for bits in
            [0xFFF9_0000_0000_0001, 0xFFFA_0000_DEAD_BEEF, 0xFFFF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0001]
        {
            let value = Value::number(f64::from_bits(bits));
            assert!(value.is_number() && value.number_bits().is_nan());
        }
    }

    #[test]
    fn minus_zero_stays_a_double() {
        assert_eq!(Value::integral_or_number(3.0), Value::int(3));
        assert!(Value::integral_or_number(-0.0).is_number());
        assert!(Value::integral_or_number(2_147_483_648.0).is_number());
    }
}
