//! Objects: own properties by name. Accessors of classes are not run.

use core::ffi::{c_char, c_int};
use core::ptr;

use raya_abi::api::{RayaContext, RayaValue};
use raya_vm::Gc;
use raya_vm::Value;
use raya_vm::heap::object::PlainObject;

use super::checked_text;
use crate::call::{Call, with_context, with_current};

/// The object in the handle; none, with an error pending, for anything else.
fn object_of(call: &mut Call, value: *mut RayaValue) -> Option<Gc<PlainObject>> {
    let found = call.read(value)?;
    let object = found.as_plain();
    if object.is_none() {
        call.mismatch(value, "an object", found);
    }
    object
}

pub(super) unsafe extern "C" fn get(object: *mut RayaValue, key: *const c_char) -> *mut RayaValue {
    with_current(ptr::null_mut(), |call| {
        let Some(object) = object_of(call, object) else { return ptr::null_mut() };
        // SAFETY: a key is null or NUL-terminated.
        let Some(key) = (unsafe { checked_text(call, key, "a property name") }) else {
            return ptr::null_mut();
        };
        let value = call.vm().own_property(object, key).unwrap_or(Value::NULL);
        call.push(value)
    })
}

pub(super) unsafe extern "C" fn has(object: *mut RayaValue, key: *const c_char) -> c_int {
    with_current(0, |call| {
        let Some(object) = object_of(call, object) else { return 0 };
        // SAFETY: a key is null or NUL-terminated.
        let Some(key) = (unsafe { checked_text(call, key, "a property name") }) else { return 0 };
        c_int::from(call.vm().own_property(object, key).is_some())
    })
}

pub(super) unsafe extern "C" fn new(context: *mut RayaContext) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        let object = call.vm().new_object(4);
        call.push_made(Value::reference(object))
    })
}

pub(super) unsafe extern "C" fn set(object: *mut RayaValue, key: *const c_char, value: *mut RayaValue) {
    with_current((), |call| {
        let property = if value.is_null() { Some(Value::NULL) } else { call.read(value) };
        let (Some(property), Some(target)) = (property, object_of(call, object)) else { return };
        // SAFETY: a key is null or NUL-terminated.
        let Some(key) = (unsafe { checked_text(call, key, "a property name") }) else { return };
        if !call.may_fill(object) {
            return;
        }
        if let Err(thrown) = call.vm().set_property(target, key, property) {
            call.throw(thrown);
        }
    });
}

pub(super) unsafe extern "C" fn keys(context: *mut RayaContext, object: *mut RayaValue) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        let Some(object) = object_of(call, object) else { return ptr::null_mut() };
        let properties = call.vm().own_properties(object);
        let heap = call.vm().heap();
        let names: Vec<Value> =
            properties.iter().map(|(name, _)| Value::reference(heap.string(name))).collect();
        let array = heap.array_of(&names);
        call.push(Value::reference(array))
    })
}
