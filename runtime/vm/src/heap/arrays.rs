//! Arrays: flat storage by element kind, so that natives can borrow `double*` and `int32_t*`.
//!
//! Storage that was outgrown is left to the collector, never freed at once: a native may still hold its address.

use core::cell::Cell;

use raya_abi::limits::ARRAY_LENGTH_MAX;

use super::object::{ArrayObject, ElementKind, Header, Kind};
use super::{Gc, Heap};
use crate::value::Value;

/// A value does not fit the elements of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// What the array holds.
    pub expected: ElementKind,
}

impl ElementKind {
    /// Bytes of one element.
    #[inline(always)]
    pub(crate) const fn size(self) -> usize {
        match self {
            ElementKind::Int => 4,
            ElementKind::Number | ElementKind::Any => 8,
        }
    }

    /// The kind with this number.
    pub(crate) const fn from_number(number: u16) -> ElementKind {
        match number {
            0 => ElementKind::Int,
            1 => ElementKind::Number,
            _ => ElementKind::Any,
        }
    }
}

impl Gc<ArrayObject> {
    /// How its elements are stored.
    #[inline(always)]
    pub fn element_kind(self) -> ElementKind {
        ElementKind::from_number(self.header.small.get())
    }

    /// Number of elements.
    #[inline(always)]
    pub fn length(self) -> usize {
        self.header.aux.get() as usize
    }

    #[inline(always)]
    fn elements<'a, T>(self, kind: ElementKind) -> &'a [Cell<T>] {
        let length = if self.element_kind() == kind { self.length() } else { 0 };
        if length == 0 {
            return &[];
        }
        // SAFETY: `data` points at `length` initialised elements of the array's kind, whose layout `T` is at every caller.
        unsafe { core::slice::from_raw_parts(self.data.get().cast(), length) }
    }

    /// The elements of an array of ints; empty for another kind.
    #[inline(always)]
    pub fn ints<'a>(self) -> &'a [Cell<i32>] {
        self.elements(ElementKind::Int)
    }

    /// The elements of an array of numbers; empty for another kind. Who writes keeps NaNs canonical.
    #[inline(always)]
    pub fn numbers<'a>(self) -> &'a [Cell<f64>] {
        self.elements(ElementKind::Number)
    }

    /// The elements of an array of any values; empty for another kind.
    #[inline(always)]
    pub(crate) fn values<'a>(self) -> &'a [Cell<Value>] {
        self.elements(ElementKind::Any)
    }

    /// Element `index`, if there is one.
    #[inline]
    pub fn get(self, index: usize) -> Option<Value> {
        match self.element_kind() {
            ElementKind::Int => self.ints().get(index).map(|element| Value::int(element.get())),
            ElementKind::Number => self.numbers().get(index).map(|element| Value::number(element.get())),
            ElementKind::Any => self.values().get(index).map(Cell::get),
        }
    }

    /// Sets element `index` if it exists, holds `value` as it is, and no barrier is needed; else does nothing.
    #[inline(always)]
    pub(crate) fn set_quickly(self, index: usize, value: Value) -> bool {
        index < self.length() && self.put_quickly(index, value)
    }

    /// Appends `value` if there is room, it is held as it is, and no barrier is needed; else does nothing.
    #[inline(always)]
    pub(crate) fn push_quickly(self, value: Value) -> bool {
        let length = self.length();
        let fits = self.first.get() as usize + length < self.capacity.get() as usize;
        if !fits || length >= ARRAY_LENGTH_MAX || !self.put_quickly(length, value) {
            return false;
        }
        self.header.aux.set(length as u32 + 1);
        true
    }

    /// Writes `value` as element `index`, for which there is room.
    #[inline(always)]
    fn put_quickly(self, index: usize, value: Value) -> bool {
        debug_assert!(self.first.get() as usize + index < self.capacity.get() as usize);
        let kind = self.element_kind();
        // SAFETY: there is room for element `index`; each arm writes the layout of its kind.
        unsafe {
            if kind == ElementKind::Number && value.is_number() {
                self.data.get().cast::<Value>().add(index).write(value);
            } else if kind == ElementKind::Int && value.is_int() {
                self.data.get().cast::<i32>().add(index).write(value.int_bits());
            } else if kind == ElementKind::Any
                && !value.is_absent()
                && !(value.is_reference() && self.header.wants_barrier())
            {
                self.data.get().cast::<Value>().add(index).write(value);
            } else {
                return false;
            }
        }
        true
    }

    /// The elements one after the other; additions made meanwhile are seen.
    pub fn iter(self) -> impl Iterator<Item = Value> {
        let mut index = 0;
        core::iter::from_fn(move || {
            let value = self.get(index);
            index += 1;
            value
        })
    }

    /// Address of the first element, for natives that borrow it until the array is next changed.
    pub fn data(self) -> *mut u8 {
        self.data.get()
    }
}

impl Heap {
    /// An empty array with room for `capacity` elements.
    pub fn array(&mut self, kind: ElementKind, capacity: usize) -> Gc<ArrayObject> {
        let array = self.array_with_tail(kind, 0, 0);
        if capacity > 0 {
            self.set_capacity(array, capacity);
        }
        array
    }

    /// An empty array with flags of its own, followed by `tail` bytes that the caller initialises.
    #[inline(always)]
    pub(super) fn array_with_tail(&mut self, kind: ElementKind, tail: usize, flags: u8) -> Gc<ArrayObject> {
        self.create(
            tail,
            ArrayObject {
                header: Header::new(Kind::Array, flags, kind as u16, 0),
                first: Cell::new(0),
                capacity: Cell::new(0),
                data: Cell::new(core::ptr::null_mut()),
                storage: Cell::new(None),
            },
        )
    }

    /// An array of these values.
    pub fn array_of(&mut self, values: &[Value]) -> Gc<ArrayObject> {
        let array = self.array(ElementKind::Any, values.len());
        for (at, value) in values.iter().enumerate() {
            // SAFETY: there is room for all of them; the array is new, so no barrier is needed.
            unsafe { array.data.get().cast::<Value>().add(at).write(*value) };
        }
        array.header.aux.set(values.len() as u32);
        array
    }

    /// An array of these numbers.
    pub fn array_of_numbers(&mut self, numbers: &[f64]) -> Gc<ArrayObject> {
        self.array_from(numbers.iter().map(|number| if number.is_nan() { f64::NAN } else { *number }))
    }

    /// An array of these ints.
    pub fn array_of_ints(&mut self, ints: &[i32]) -> Gc<ArrayObject> {
        self.array_from(ints.iter().copied())
    }

    fn array_from<T: Unboxed>(&mut self, items: impl ExactSizeIterator<Item = T>) -> Gc<ArrayObject> {
        let array = self.array(T::KIND, items.len());
        let mut length = 0;
        for item in items.take(array.capacity.get() as usize) {
            // SAFETY: below the capacity, in elements of `T::KIND`, which are laid out as `T`.
            unsafe { array.data.get().cast::<T>().add(length).write(item) };
            length += 1;
        }
        array.header.aux.set(length as u32);
        array
    }

    /// Moves the elements to storage with room for `capacity` of them.
    #[cold]
    #[inline(never)]
    fn set_capacity(&mut self, array: Gc<ArrayObject>, capacity: usize) {
        let size = array.element_kind().size();
        let storage = self.storage((capacity * size).div_ceil(8));
        let data = storage.tail::<u8>();
        if array.length() > 0 {
            // SAFETY: the old storage holds `length` elements, the new one has room for as many.
            unsafe { core::ptr::copy_nonoverlapping(array.data.get(), data, array.length() * size) };
        }
        array.first.set(0);
        array.capacity.set((storage.header.aux.get() as usize * 8 / size) as u32);
        array.data.set(data);
        array.storage.set(Some(storage));
        self.barrier(array.header());
    }

    /// Makes room for `more` elements behind the last one.
    #[inline(always)]
    pub(crate) fn reserve(&mut self, array: Gc<ArrayObject>, more: usize) {
        let needed = array.length() + more;
        if array.first.get() as usize + needed > array.capacity.get() as usize {
            self.set_capacity(array, needed.max(array.length() * 2).max(4));
        }
    }

    /// Sets element `index`, which is within bounds.
    #[inline(always)]
    pub fn array_set(&mut self, array: Gc<ArrayObject>, index: usize, value: Value) -> Result<(), Misfit> {
        assert!(index < array.length());
        self.store(array, index, value)
    }

    /// Writes `value` as element `index`, for which there is room.
    #[inline(always)]
    fn store(&mut self, array: Gc<ArrayObject>, index: usize, value: Value) -> Result<(), Misfit> {
        let expected = array.element_kind();
        debug_assert!(array.first.get() as usize + index < array.capacity.get() as usize);
        // SAFETY: there is room for element `index`; each arm writes the layout of its kind.
        unsafe {
            match expected {
                ElementKind::Any => {
                    array.data.get().cast::<Value>().add(index).write(value);
                    self.barrier(array.header());
                    return Ok(());
                }
                ElementKind::Number => {
                    if let Some(number) = value.as_number() {
                        array.data.get().cast::<f64>().add(index).write(number);
                        return Ok(());
                    }
                }
                ElementKind::Int => {
                    if let Some(int) = value.as_int() {
                        array.data.get().cast::<i32>().add(index).write(int);
                        return Ok(());
                    }
                }
            }
        }
        Err(Misfit { expected })
    }

    /// Appends `value`. The caller keeps the length within the limit.
    #[inline(always)]
    pub fn array_push(&mut self, array: Gc<ArrayObject>, value: Value) -> Result<(), Misfit> {
        self.reserve(array, 1);
        let length = array.length();
        self.store(array, length, value)?;
        array.header.aux.set(length as u32 + 1);
        Ok(())
    }

    /// Removes and gives the last element.
    pub fn array_pop(&mut self, array: Gc<ArrayObject>) -> Option<Value> {
        let last = array.length().checked_sub(1)?;
        let value = array.get(last);
        array.header.aux.set(last as u32);
        value
    }

    /// Removes and gives the first element.
    pub fn array_shift(&mut self, array: Gc<ArrayObject>) -> Option<Value> {
        let value = array.get(0)?;
        array.header.aux.set(array.header.aux.get() - 1);
        array.first.set(array.first.get() + 1);
        // SAFETY: there was a first element, so the address behind it is inside the storage or at its end.
        array.data.set(unsafe { array.data.get().add(array.element_kind().size()) });
        Some(value)
    }

    /// Shortens to `length` elements; does nothing if there are fewer.
    pub fn array_truncate(&mut self, array: Gc<ArrayObject>, length: usize) {
        if length < array.length() {
            array.header.aux.set(length as u32);
        }
    }

    /// Removes `remove` elements at `at` and opens a gap of `insert` elements there, which hold null or 0.
    pub(crate) fn array_splice(&mut self, array: Gc<ArrayObject>, at: usize, remove: usize, insert: usize) {
        let length = array.length();
        assert!(at <= length && remove <= length - at);
        if insert > remove {
            self.reserve(array, insert - remove);
        }
        if length + insert == 0 {
            return;
        }
        let size = array.element_kind().size();
        let data = array.data.get();
        // SAFETY: after `reserve` there is room for `length - remove + insert` elements; the tail is moved inside that.
        unsafe {
            core::ptr::copy(
                data.add((at + remove) * size),
                data.add((at + insert) * size),
                (length - at - remove) * size,
            );
        }
        for index in at..at + insert {
            // SAFETY: inside the gap; each kind gets a valid element.
            unsafe {
                match array.element_kind() {
                    ElementKind::Int => data.cast::<i32>().add(index).write(0),
                    ElementKind::Number => data.cast::<f64>().add(index).write(0.0),
                    ElementKind::Any => data.cast::<Value>().add(index).write(Value::NULL),
                }
            }
        }
        array.header.aux.set((length - remove + insert) as u32);
    }

    /// A copy of the elements from `start` to `end`, which are within bounds.
    pub(crate) fn array_slice(
        &mut self,
        array: Gc<ArrayObject>,
        start: usize,
        end: usize,
    ) -> Gc<ArrayObject> {
        assert!(start <= end && end <= array.length());
        let size = array.element_kind().size();
        let copy = self.array(array.element_kind(), end - start);
        if start < end {
            // SAFETY: both ranges have room for that many elements of the same kind; the copy is new.
            unsafe {
                core::ptr::copy_nonoverlapping(
                    array.data.get().add(start * size),
                    copy.data.get(),
                    (end - start) * size,
                )
            };
        }
        copy.header.aux.set((end - start) as u32);
        copy
    }
}

/// What is stored in arrays as it is, in elements of its own kind. Only this file says which kind that is.
trait Unboxed {
    const KIND: ElementKind;
}

impl Unboxed for i32 {
    const KIND: ElementKind = ElementKind::Int;
}

impl Unboxed for f64 {
    const KIND: ElementKind = ElementKind::Number;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_kind() {
        let mut heap = Heap::new(1 << 30, false);
        let ints = heap.array(ElementKind::Int, 0);
        assert_eq!(heap.array_push(ints, Value::int(1)), Ok(()));
        assert_eq!(heap.array_push(ints, Value::number(1.5)), Err(Misfit { expected: ElementKind::Int }));
        let numbers = heap.array(ElementKind::Number, 0);
        assert_eq!(heap.array_push(numbers, Value::int(1)), Ok(()));
        assert_eq!(numbers.get(0), Some(Value::number(1.0)));
        assert!(heap.array_push(numbers, Value::NULL).is_err());
        assert_eq!((ints.length(), numbers.length()), (1, 1));
    }

    #[test]
    fn random_edits_agree_with_a_vector() {
        for kind in [ElementKind::Int, ElementKind::Number, ElementKind::Any] {
            let mut heap = Heap::new(1 << 30, false);
            let array = heap.array(kind, 0);
            let mut model: Vec<i32> = Vec::new();
            let mut seed = 12345u32;
            let mut random = |below: usize| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 8) as usize % below
            };
            let steps = if cfg!(miri) { 200 } else { 5000 };
            for step in 0..steps {
                match random(6) {
                    0..=2 => {
                        heap.array_push(array, Value::int(step)).expect("an int fits");
                        model.push(step);
                    }
                    3 => {
                        let popped = heap.array_pop(array).and_then(Value::as_number);
                        assert_eq!(popped, model.pop().map(f64::from));
                    }
                    4 => {
                        let first = if model.is_empty() { None } else { Some(model.remove(0)) };
                        assert_eq!(heap.array_shift(array).and_then(Value::as_number), first.map(f64::from));
                    }
                    _ => {
                        let at = random(model.len() + 1);
                        let remove = random(model.len() - at + 1);
                        let insert = random(4);
                        heap.array_splice(array, at, remove, insert);
                        for index in at..at + insert {
                            heap.array_set(array, index, Value::int(7)).expect("an int fits");
                        }
                        model.splice(at..at + remove, std::iter::repeat_n(7, insert));
                    }
                }
                let found: Vec<f64> = array.iter().filter_map(Value::as_number).collect();
                assert_eq!(found, model.iter().map(|item| f64::from(*item)).collect::<Vec<_>>());
            }
        }
    }
}
