//! Strings, numbers, booleans, null.

use core::ffi::{CStr, c_char, c_int};
use core::ptr;

use raya_abi::api::{RayaContext, RayaValue, kind};
use raya_vm::ErrorKind;
use raya_vm::Value;
use raya_vm::heap::object::Kind;

use super::checked_bytes;
use crate::call::{Call, with_context, with_current};

pub(super) unsafe extern "C" fn to_string(value: *mut RayaValue) -> *const c_char {
    with_current(ptr::null(), |call| string_of(call, value).0)
}

pub(super) unsafe extern "C" fn to_string_length(value: *mut RayaValue, length: *mut usize) -> *const c_char {
    with_current(ptr::null(), |call| {
        let (text, count) = string_of(call, value);
        if !length.is_null() {
            // SAFETY: the module passes a place for the length, or null.
            unsafe { length.write(count) };
        }
        text
    })
}

#[inline(always)]
fn string_of(call: &mut Call, value: *mut RayaValue) -> (*const c_char, usize) {
    let Some(found) = call.read(value) else { return (ptr::null(), 0) };
    match found.as_string() {
        Some(string) => (call.vm().heap().terminated(string).cast(), string.length()),
        None => {
            call.mismatch(value, "a string", found);
            (ptr::null(), 0)
        }
    }
}

pub(super) unsafe extern "C" fn to_number(value: *mut RayaValue) -> f64 {
    with_current(0.0, |call| {
        let Some(found) = call.read(value) else { return 0.0 };
        match found.as_number() {
            Some(number) => number,
            None => {
                call.mismatch(value, "a number", found);
                0.0
            }
        }
    })
}

pub(super) unsafe extern "C" fn to_i32(value: *mut RayaValue) -> i32 {
    with_current(0, |call| {
        let Some(found) = call.read(value) else { return 0 };
        match found.as_int() {
            Some(int) => int,
            None => integral(call, value, found),
        }
    })
}

/// The int that a double stands for.
fn integral(call: &mut Call, value: *mut RayaValue, found: Value) -> i32 {
    let Some(number) = found.as_number() else {
        call.mismatch(value, "an int", found);
        return 0;
    };
    let int = number as i32;
    if f64::from(int) == number {
        return int;
    }
    let message = format!(
        "{}: {} must be an int from -2147483648 to 2147483647, found {number}",
        call.function.name,
        call.label(value)
    );
    call.raise(ErrorKind::Range, &message);
    0
}

pub(super) unsafe extern "C" fn to_bool(value: *mut RayaValue) -> c_int {
    with_current(0, |call| {
        let Some(found) = call.read(value) else { return 0 };
        match found.as_boolean() {
            Some(boolean) => c_int::from(boolean),
            None => {
                call.mismatch(value, "a boolean", found);
                0
            }
        }
    })
}

pub(super) unsafe extern "C" fn is_null(value: *mut RayaValue) -> c_int {
    if value.is_null() {
        return 1;
    }
    with_current(0, |call| c_int::from(call.read(value).is_some_and(Value::is_nullish)))
}

pub(super) unsafe extern "C" fn kind_of(value: *mut RayaValue) -> i32 {
    if value.is_null() {
        return kind::NULL;
    }
    with_current(kind::INVALID, |call| match call.read(value) {
        Some(found) => kind_of_value(call, found),
        None => kind::INVALID,
    })
}

fn kind_of_value(call: &mut Call, value: Value) -> i32 {
    if value.is_int() {
        kind::INT
    } else if value.is_number() {
        kind::NUMBER
    } else if value.is_boolean() {
        kind::BOOLEAN
    } else if value.is_function() || call.vm().class_value_name(value).is_some() {
        kind::FUNCTION
    } else {
        match value.kind() {
            None => kind::NULL,
            Some(Kind::String) => kind::STRING,
            Some(Kind::Array) => kind::ARRAY,
            Some(Kind::Bytes) => kind::BYTES,
            Some(Kind::Opaque) => kind::OPAQUE,
            Some(Kind::Object) if value.as_plain().is_some_and(|object| call.vm().is_error(object)) => {
                kind::ERROR
            }
            Some(_) => kind::OBJECT,
        }
    }
}

pub(super) unsafe extern "C" fn from_string(
    context: *mut RayaContext,
    text: *const c_char,
) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        if text.is_null() {
            return call.push(Value::NULL);
        }
        // SAFETY: what is not null is NUL-terminated.
        make_string(call, unsafe { CStr::from_ptr(text) }.to_bytes())
    })
}

pub(super) unsafe extern "C" fn from_string_length(
    context: *mut RayaContext,
    text: *const c_char,
    length: usize,
) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        if length == 0 {
            return make_string(call, b"");
        }
        if text.is_null() || length > isize::MAX as usize {
            let message = format!("{}: the text of a string is NULL or too long", call.function.name);
            call.raise(ErrorKind::Type, &message);
            return ptr::null_mut();
        }
        // SAFETY: the module passes as many bytes as it says.
        make_string(call, unsafe { core::slice::from_raw_parts(text.cast(), length) })
    })
}

fn make_string(call: &mut Call, bytes: &[u8]) -> *mut RayaValue {
    let Some(text) = checked_bytes(call, bytes, "a string") else { return ptr::null_mut() };
    match call.vm().new_string(text) {
        Ok(string) => call.push(string),
        Err(thrown) => {
            call.throw(thrown);
            ptr::null_mut()
        }
    }
}

pub(super) unsafe extern "C" fn from_number(context: *mut RayaContext, number: f64) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| call.push(Value::number(number)))
}

pub(super) unsafe extern "C" fn from_i32(context: *mut RayaContext, number: i32) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| call.push(Value::int(number)))
}

pub(super) unsafe extern "C" fn from_bool(context: *mut RayaContext, boolean: c_int) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| call.push(Value::boolean(boolean != 0)))
}

pub(super) unsafe extern "C" fn null(context: *mut RayaContext) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| call.push(Value::NULL))
}
