//! The host's side of the table that modules call.
//!
//! Each function is a C function that trusts nothing: a context that is not the running call's, a handle that is not of
//! this call, a pointer that is null where it may not be, give a harmless result, with an error pending where there is a
//! call to throw it from.

mod arrays;
mod beyond;
mod builder;
mod objects;
mod tasks;
mod values;

use core::ffi::{CStr, c_char};

use raya_abi::api::RayaApi;
use raya_abi::version::ABI_VERSION;

use crate::call::Call;
use raya_vm::ErrorKind;

/// The table that modules are bound to.
pub static TABLE: RayaApi = RayaApi {
    size: RayaApi::SIZE,
    abi_version: ABI_VERSION,
    value_to_string: values::to_string,
    value_to_number: values::to_number,
    value_to_i32: values::to_i32,
    value_to_bool: values::to_bool,
    value_is_null: values::is_null,
    value_from_string: values::from_string,
    value_from_number: values::from_number,
    value_from_i32: values::from_i32,
    value_from_bool: values::from_bool,
    value_null: values::null,
    error_new: beyond::error_new,
    module_builder_new: builder::new,
    module_add_function: builder::add_function,
    module_builder_finish: builder::finish,
    array_length: arrays::length,
    array_get: arrays::get,
    array_new: arrays::new,
    array_set: arrays::set,
    object_get: objects::get,
    object_new: objects::new,
    object_set: objects::set,
    object_has: objects::has,
    value_type: values::kind_of,
    value_to_string_length: values::to_string_length,
    value_from_string_length: values::from_string_length,
    value_to_bytes: arrays::to_bytes,
    value_from_bytes: arrays::from_bytes,
    bytes_new: arrays::bytes_new,
    array_read_numbers: arrays::read_numbers,
    array_read_i32s: arrays::read_i32s,
    array_from_numbers: arrays::from_numbers,
    array_from_i32s: arrays::from_i32s,
    array_view_numbers: arrays::view_numbers,
    array_view_i32s: arrays::view_i32s,
    object_keys: objects::keys,
    persistent_new: beyond::persistent_new,
    persistent_get: beyond::persistent_get,
    persistent_release: beyond::persistent_release,
    opaque_new: beyond::opaque_new,
    opaque_data: beyond::opaque_data,
    call: beyond::call,
    error_new_with: beyond::error_new_with,
    error_pending: beyond::error_pending,
    error_take: beyond::error_take,
    has_capability: beyond::has_capability,
    module_set_exception_reader: builder::set_exception_reader,
    module_add_typed: builder::add_typed,
    task_new: tasks::new,
    task_run: tasks::run,
    task_complete: tasks::complete,
    task_is_cancelled: tasks::is_cancelled,
};

/// Text that a module passed; none, with an error pending, where it is null or no UTF-8.
///
/// # Safety
///
/// `text` is null, or NUL-terminated and unchanged while the result is used.
unsafe fn checked_text<'a>(call: &mut Call, text: *const c_char, what: &str) -> Option<&'a str> {
    if text.is_null() {
        let message = format!("{}: {what} is NULL", call.function.name);
        call.raise(ErrorKind::Type, &message);
        return None;
    }
    // SAFETY: as the caller promises.
    checked_bytes(call, unsafe { CStr::from_ptr(text) }.to_bytes(), what)
}

/// The text of bytes; none, with an error pending, where they are no UTF-8.
fn checked_bytes<'a>(call: &mut Call, bytes: &'a [u8], what: &str) -> Option<&'a str> {
    match core::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let offset = error.valid_up_to();
            let message = format!("{}: {what} is not valid UTF-8 at byte {offset}", call.function.name);
            call.raise(ErrorKind::Error, &message);
            None
        }
    }
}
