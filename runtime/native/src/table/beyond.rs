//! Errors, values that are kept, opaque values, calls back, capabilities.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use raya_abi::api::{RayaContext, RayaFinalizer, RayaPersistent, RayaValue};
use raya_abi::limits::PARAMETERS_MAX;
use raya_vm::ErrorKind;
use raya_vm::Value;

use super::checked_text;
use crate::call::{Call, with_context, with_current};

pub(super) unsafe extern "C" fn error_new(
    context: *mut RayaContext,
    message: *const c_char,
) -> *mut RayaValue {
    // SAFETY: the message is null or NUL-terminated; the others are null.
    unsafe { error_new_with(context, ptr::null(), message, ptr::null()) }
}

pub(super) unsafe extern "C" fn error_new_with(
    context: *mut RayaContext,
    name: *const c_char,
    message: *const c_char,
    code: *const c_char,
) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        // SAFETY: texts are null or NUL-terminated.
        let (name, message, code) = unsafe { (lenient(name), lenient(message), lenient(code)) };
        let name = name.unwrap_or_else(|| "Error".to_owned());
        let known = kind_called(&name);
        let error = call.vm().error(known.unwrap_or(ErrorKind::Error), &message.unwrap_or_default()).0;
        if let Some(object) = error.as_plain() {
            let extras = [("name", Some(name).filter(|_| known.is_none())), ("code", code)];
            for (property, text) in extras {
                let Some(text) = text else { continue };
                let value = Value::reference(call.vm().heap().string(&text));
                // A program whose Error class has no such field does not see it.
                let _ = call.vm().set_property(object, property, value);
            }
        }
        call.push_error(error)
    })
}

/// Text of an error: what is no UTF-8 in it is replaced, since a bad message is better than none.
///
/// # Safety
///
/// `text` is null or NUL-terminated.
unsafe fn lenient(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    Some(unsafe { core::ffi::CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

fn kind_called(name: &str) -> Option<ErrorKind> {
    let kinds = [
        ErrorKind::Error,
        ErrorKind::Type,
        ErrorKind::Range,
        ErrorKind::Reference,
        ErrorKind::Syntax,
        ErrorKind::Native,
    ];
    kinds.into_iter().find(|kind| kind.name() == name)
}

pub(super) unsafe extern "C" fn error_pending(context: *mut RayaContext) -> c_int {
    with_context(context, 0, |call| c_int::from(call.is_pending()))
}

pub(super) unsafe extern "C" fn error_take(context: *mut RayaContext) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| match call.take_pending() {
        Some(error) => call.push_error(error),
        None => ptr::null_mut(),
    })
}

pub(super) unsafe extern "C" fn persistent_new(
    context: *mut RayaContext,
    value: *mut RayaValue,
) -> *mut RayaPersistent {
    with_context(context, ptr::null_mut(), |call| {
        let Some(value) = call.read(value) else { return ptr::null_mut() };
        let boundary = call.function.boundary;
        let kept = boundary.kept.keep(call.vm(), value);
        if kept.is_null() {
            let message = format!("{}: too many values are kept", call.function.name);
            call.raise(ErrorKind::Range, &message);
        }
        kept
    })
}

pub(super) unsafe extern "C" fn persistent_get(
    context: *mut RayaContext,
    persistent: *mut RayaPersistent,
) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| match call.function.boundary.kept.number(persistent) {
        Some(number) => {
            let value = call.vm().kept(number);
            call.push(value)
        }
        None => {
            not_kept(call);
            ptr::null_mut()
        }
    })
}

pub(super) unsafe extern "C" fn persistent_release(
    context: *mut RayaContext,
    persistent: *mut RayaPersistent,
) {
    with_context(context, (), |call| {
        let boundary = call.function.boundary;
        if !persistent.is_null() && !boundary.kept.release(call.vm(), persistent) {
            not_kept(call);
        }
    });
}

#[cold]
fn not_kept(call: &mut Call) {
    let message =
        format!("{}: a persistent value was used that is not kept, or was released", call.function.name);
    call.raise(ErrorKind::Type, &message);
}

pub(super) unsafe extern "C" fn opaque_new(
    context: *mut RayaContext,
    name: *const c_char,
    data: *mut c_void,
    finalizer: Option<RayaFinalizer>,
) -> *mut RayaValue {
    let made = with_context(context, ptr::null_mut(), |call| {
        // SAFETY: the name is null or NUL-terminated.
        let Some(name) = (unsafe { checked_text(call, name, "the name of an opaque type") }) else {
            return ptr::null_mut();
        };
        if data.is_null() {
            let message = format!("{}: an opaque value has no data", call.function.name);
            call.raise(ErrorKind::Type, &message);
            return ptr::null_mut();
        }
        let module = &call.function.module.name;
        let opaque_type = call.vm().opaque_type(module, name);
        // The place for the handle comes first: once the object exists, it owns the data.
        let handle = call.push(Value::NULL);
        if handle.is_null() {
            return handle;
        }
        // SAFETY: the module says that its finalizer takes this data, once, on this thread.
        let object = unsafe { call.vm().heap().opaque(opaque_type, data, finalizer) };
        call.replace(handle, Value::reference(object));
        handle
    });
    if let Some(finalizer) = finalizer
        && made.is_null()
        && !data.is_null()
    {
        // SAFETY: the data did not get an owner, and the module promises the finalizer for this case too.
        unsafe { finalizer(data) };
    }
    made
}

pub(super) unsafe extern "C" fn opaque_data(value: *mut RayaValue, name: *const c_char) -> *mut c_void {
    with_current(ptr::null_mut(), |call| {
        let Some(found) = call.read(value) else { return ptr::null_mut() };
        // SAFETY: the name is null or NUL-terminated.
        let Some(name) = (unsafe { checked_text(call, name, "the name of an opaque type") }) else {
            return ptr::null_mut();
        };
        let module = call.function.module.name.as_str();
        let opaque = found
            .as_opaque()
            .filter(|opaque| call.vm().opaque_type_name(opaque.type_index()) == Some((module, name)))
            .filter(|opaque| !opaque.data().is_null());
        match opaque {
            Some(opaque) => opaque.data(),
            None => {
                call.mismatch(value, &format!("a {name}"), found);
                ptr::null_mut()
            }
        }
    })
}

pub(super) unsafe extern "C" fn call(
    context: *mut RayaContext,
    function: *mut RayaValue,
    arguments: *const *mut RayaValue,
    count: usize,
) -> *mut RayaValue {
    with_context(context, ptr::null_mut(), |call| {
        let Some(callee) = call.read(function) else { return ptr::null_mut() };
        if !callee.is_function() {
            call.mismatch(function, "a function", callee);
            return ptr::null_mut();
        }
        if count > PARAMETERS_MAX || (count > 0 && arguments.is_null()) {
            let message =
                format!("{}: a call passes {count} arguments, or NULL instead of them", call.function.name);
            call.raise(ErrorKind::Type, &message);
            return ptr::null_mut();
        }
        let mut values = Vec::with_capacity(count);
        for index in 0..count {
            // SAFETY: the module passes as many handles as it says.
            let handle = unsafe { *arguments.add(index) };
            let value = if handle.is_null() { Some(Value::NULL) } else { call.read(handle) };
            let Some(value) = value else { return ptr::null_mut() };
            values.push(value);
        }
        match call.call_back(callee, &values) {
            Ok(result) => call.push(result),
            Err(thrown) => {
                call.throw(thrown);
                ptr::null_mut()
            }
        }
    })
}

pub(super) unsafe extern "C" fn has_capability(
    context: *mut RayaContext,
    capability: *const c_char,
) -> c_int {
    with_context(context, 0, |call| {
        // SAFETY: the name is null or NUL-terminated.
        let name = unsafe { checked_text(call, capability, "the name of a capability") };
        c_int::from(name.is_some_and(|name| call.function.module.capabilities.has(name)))
    })
}
