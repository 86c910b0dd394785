//! Arrays and bytes.

use core::cell::Cell;
use core::ptr;

use raya_abi::api::{RayaContext, RayaValue};
use raya_abi::limits::ARRAY_LENGTH_MAX;
use raya_vm::ErrorKind;
use raya_vm::Gc;
use raya_vm::Value;
use raya_vm::heap::object::{ArrayObject, BytesObject, ElementKind};

use crate::call::{Call, with_context, with_current};

/// The array in the handle; none, with an error pending, for anything else.
fn array_of(call: &mut Call, value: *mut RayaValue) -> Option<Gc<ArrayObject>> {
    let found = call.read(value)?;
    let array = found.as_array();
    if array.is_none() {
        call.mismatch(value, "an array", found);
    }
    array
}

pub(super) unsafe extern "C" fn length(array: *mut RayaValue) -> usize {
    with_current(0, |call| {
        let Some(found) = call.read(array) else { return 0 };
        if let Some(array) = found.as_array() {
            return array.length();
        }
        if let Some(bytes) = found.as_bytes() {
            return bytes.length();
        }
        call.mismatch(array, "an array", found);
        0
    })
}

pub(super) unsafe extern "C" fn get(array: *mut RayaValue, index: usize) -> *mut RayaValue {
    with_current(ptr::null_mut(), |call| {
        let Some(found) = call.read(array) else { return ptr::null_mut() };
        let (element, length) = if let Some(array) = found.as_array() {
            (array.get(index), array.length())
        } else if let Some(bytes) = found.as_bytes() {
            (bytes.bytes().get(index).map(|byte| Value::int(i32::from(byte.get()))), bytes.length())
        } else {
            call.mismatch(array, "an array", found);
            return ptr::null_mut();
        };
        match element {
            Some(element) => call.push(element),
            None => {
                out_of_bounds(call, index, length);
                ptr::null_mut()
            }
        }
    })
}

#[cold]
fn out_of_bounds(call: &mut Call, index: usize, length: usize) {
    let message = format!("{}: index {index} is out of bounds of length {length}", call.function.name);
    call.raise(ErrorKind::Range, &message);
}

/// Whether `length` elements of `size` bytes may be allocated. If not, an error is pending.
fn has_room(call: &mut Call, length: usize, size: usize) -> bool {
    if length <= ARRAY_LENGTH_MAX && call.vm().heap().has_room(length * size) {
        return true;
    }
    let message = format!("{}: {length} elements are too many", call.function.name);
    call.raise(ErrorKind::Range, &message);
    false
}

pub(super) unsafe extern "C" fn new(context: *mut RayaContext, length: usize) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        if !has_room(call, length, size_of::<Value>()) {
            return ptr::null_mut();
        }
        let heap = call.vm().heap();
        let array = heap.array(ElementKind::Any, length);
        for _ in 0..length {
            // An array of any values takes every value.
            let _ = heap.array_push(array, Value::NULL);
        }
        call.push_made(Value::reference(array))
    })
}

pub(super) unsafe extern "C" fn set(array: *mut RayaValue, index: usize, value: *mut RayaValue) {
    with_current((), |call| {
        let element = if value.is_null() { Some(Value::NULL) } else { call.read(value) };
        let (Some(element), Some(target)) = (element, array_of(call, array)) else { return };
        if !call.may_fill(array) {
            return;
        }
        if index >= target.length() {
            return out_of_bounds(call, index, target.length());
        }
        if call.vm().heap().array_set(target, index, element).is_err() {
            call.mismatch(value, "what the array holds", element);
        }
    });
}

/// The bytes in the handle; none, with an error pending, for anything else.
fn bytes_of(call: &mut Call, value: *mut RayaValue) -> Option<Gc<BytesObject>> {
    let found = call.read(value)?;
    let bytes = found.as_bytes();
    if bytes.is_none() {
        call.mismatch(value, "a Uint8Array", found);
    }
    bytes
}

/// Writes a length where the module wants it.
fn give_length(place: *mut usize, length: usize) {
    if !place.is_null() {
        // SAFETY: the module passes a place for the length, or null.
        unsafe { place.write(length) };
    }
}

pub(super) unsafe extern "C" fn to_bytes(value: *mut RayaValue, length: *mut usize) -> *const u8 {
    with_current(ptr::null(), |call| match bytes_of(call, value) {
        Some(bytes) => {
            give_length(length, bytes.length());
            if bytes.length() == 0 { ptr::dangling() } else { bytes.bytes().as_ptr().cast() }
        }
        None => {
            give_length(length, 0);
            ptr::null()
        }
    })
}

pub(super) unsafe extern "C" fn from_bytes(
    context: *mut RayaContext,
    bytes: *const u8,
    length: usize,
) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        let Some(bytes) = slice_of(call, bytes, length) else { return ptr::null_mut() };
        let object = call.vm().heap().zeroed_bytes(length);
        if let Some(first) = object.bytes().first() {
            // SAFETY: the object has `length` bytes, which nobody else has seen yet.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), first.as_ptr(), length) };
        }
        call.push(Value::reference(object))
    })
}

pub(super) unsafe extern "C" fn bytes_new(
    context: *mut RayaContext,
    length: usize,
    bytes: *mut *mut u8,
) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        let mut address = ptr::null_mut();
        let handle = if has_room(call, length, 1) {
            let object = call.vm().heap().zeroed_bytes(length);
            address = object.bytes().first().map_or(ptr::dangling_mut(), Cell::as_ptr);
            call.push(Value::reference(object))
        } else {
            ptr::null_mut()
        };
        if !bytes.is_null() {
            // SAFETY: the module passes a place for the address, or null.
            unsafe { bytes.write(address) };
        }
        handle
    })
}

/// Copies numbers out of an array, each converted by `convert`.
fn read<T>(
    value: *mut RayaValue,
    start: usize,
    into: *mut T,
    count: usize,
    expected: &str,
    convert: impl Fn(Value) -> Option<T>,
    copy: impl Fn(Gc<ArrayObject>, usize, usize, *mut T) -> bool,
) -> usize {
    with_current(0, |call| {
        let Some(array) = array_of(call, value) else { return 0 };
        if start > array.length() {
            out_of_bounds(call, start, array.length());
            return 0;
        }
        let count = count.min(array.length() - start);
        if count == 0 || into.is_null() || copy(array, start, count, into) {
            return if into.is_null() { 0 } else { count };
        }
        for at in 0..count {
            let element = array.get(start + at).unwrap_or(Value::NULL);
            let Some(number) = convert(element) else {
                let found = call.vm().describe(element);
                let message = format!(
                    "{}: element {} of {} must be {expected}, found {found}",
                    call.function.name,
                    start + at,
                    call.label(value)
                );
                call.raise(ErrorKind::Type, &message);
                return 0;
            };
            // SAFETY: the module passes room for `count` numbers.
            unsafe { into.add(at).write(number) };
        }
        count
    })
}

/// Copies elements that are stored as `T` already.
fn copy_stored<T>(elements: &[Cell<T>], start: usize, count: usize, into: *mut T) -> bool {
    let Some(elements) = elements.get(start..start + count) else { return false };
    // SAFETY: the slice has `count` elements, the module passes room for as many, and a cell is laid out like its content.
    unsafe { ptr::copy_nonoverlapping(elements.as_ptr().cast(), into, count) };
    true
}

pub(super) unsafe extern "C" fn read_numbers(
    array: *mut RayaValue,
    start: usize,
    numbers: *mut f64,
    count: usize,
) -> usize {
    read(array, start, numbers, count, "a number", Value::as_number, |array, start, count, into| {
        copy_stored(array.numbers(), start, count, into)
    })
}

pub(super) unsafe extern "C" fn read_i32s(
    array: *mut RayaValue,
    start: usize,
    numbers: *mut i32,
    count: usize,
) -> usize {
    let convert = |value: Value| {
        let number = value.as_number()?;
        Some(number as i32).filter(|int| f64::from(*int) == number)
    };
    read(array, start, numbers, count, "an int", convert, |array, start, count, into| {
        copy_stored(array.ints(), start, count, into)
    })
}

/// The elements a module passed; none, with an error pending, where they cannot be.
fn slice_of<'a, T>(call: &mut Call, elements: *const T, count: usize) -> Option<&'a [T]> {
    if !has_room(call, count, size_of::<T>()) {
        return None;
    }
    if count == 0 {
        return Some(&[]);
    }
    if elements.is_null() || !elements.is_aligned() {
        let message = format!("{}: the elements are NULL or not aligned", call.function.name);
        call.raise(ErrorKind::Type, &message);
        return None;
    }
    // SAFETY: the module passes as many elements as it says, for the time of this call.
    Some(unsafe { core::slice::from_raw_parts(elements, count) })
}

pub(super) unsafe extern "C" fn from_numbers(
    context: *mut RayaContext,
    numbers: *const f64,
    count: usize,
) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        let Some(numbers) = slice_of(call, numbers, count) else { return ptr::null_mut() };
        let array = call.vm().heap().array_of_numbers(numbers);
        call.push_made(Value::reference(array))
    })
}

pub(super) unsafe extern "C" fn from_i32s(
    context: *mut RayaContext,
    numbers: *const i32,
    count: usize,
) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        let Some(numbers) = slice_of(call, numbers, count) else { return ptr::null_mut() };
        let array = call.vm().heap().array_of_ints(numbers);
        call.push_made(Value::reference(array))
    })
}

pub(super) unsafe extern "C" fn view_numbers(array: *mut RayaValue, length: *mut usize) -> *const f64 {
    view(array, length, ElementKind::Number, |array| array.numbers().as_ptr().cast())
}

pub(super) unsafe extern "C" fn view_i32s(array: *mut RayaValue, length: *mut usize) -> *const i32 {
    view(array, length, ElementKind::Int, |array| array.ints().as_ptr().cast())
}

/// The address of elements that are stored as `kind`; null for other arrays.
#[inline(always)]
fn view<T>(
    value: *mut RayaValue,
    length: *mut usize,
    kind: ElementKind,
    elements: impl FnOnce(Gc<ArrayObject>) -> *const T,
) -> *const T {
    with_current(ptr::null(), |call| {
        let array = array_of(call, value).filter(|array| array.element_kind() == kind);
        give_length(length, array.map_or(0, Gc::<ArrayObject>::length));
        array.map_or(ptr::null(), elements)
    })
}
