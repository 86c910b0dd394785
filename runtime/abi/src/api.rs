//! The table of functions through which native modules reach the host, and the structs both sides lay out alike.
//!
//! The C spelling of this file is `raya/module.h`. The table is only ever appended to: a module checks nothing, because the
//! host compares the version in the module's note with its own before any of the module's code runs.
//!
//! A value travels as a handle, [`RayaValue`]: a pointer to a slot of the host that means something only while the native
//! call it was given to, or that made it, is running. Every function checks the handles it is given and answers a stale or
//! foreign one with a pending error and a harmless result.

use core::ffi::{c_char, c_int, c_void};

/// A running native call, as the module sees it.
#[repr(C)]
pub struct RayaContext {
    opaque: [u8; 0],
}

/// A handle to a value.
#[repr(C)]
pub struct RayaValue {
    opaque: [u8; 0],
}

/// A module under construction.
#[repr(C)]
pub struct RayaModuleBuilder {
    opaque: [u8; 0],
}

/// A value that is kept beyond the call it was seen in.
#[repr(C)]
pub struct RayaPersistent {
    opaque: [u8; 0],
}

/// A task that native code ends: a number in the shape of a pointer, good on every thread. One that has ended is harmless.
#[repr(C)]
pub struct RayaTask {
    opaque: [u8; 0],
}

/// Makes what a task gives from its data, once it was completed: a native call without arguments, on the program's thread.
pub type RayaTaskFinish = unsafe extern "C" fn(*mut RayaContext, *mut c_void) -> *mut RayaValue;

/// Work for a thread of the host's pool: the task it is for, and the task's data. No other function of the table than
/// [`RayaApi::task_complete`] and [`RayaApi::task_is_cancelled`] may be called there.
pub type RayaTaskWork = unsafe extern "C" fn(*mut RayaTask, *mut c_void);

/// The task was cancelled: called on the program's thread, with its data, while the work may still run elsewhere. It must
/// not use the table.
pub type RayaTaskCancel = unsafe extern "C" fn(*mut c_void);

/// A native function: borrows `count` handles at `arguments`, gives a handle, or null for `null`.
pub type RayaNativeFunction =
    unsafe extern "C" fn(*mut RayaContext, *mut *mut RayaValue, usize) -> *mut RayaValue;

/// Frees what an opaque value holds. Runs when the value is collected or the program ends, on the program's thread, outside
/// of any call: it must not use the table.
pub type RayaFinalizer = unsafe extern "C" fn(*mut c_void);

/// Ends the C++ exception `exception` and writes its NUL-terminated message to `buffer` of `capacity` bytes.
pub type RayaExceptionReader =
    unsafe extern "C" fn(exception: *mut c_void, buffer: *mut c_char, capacity: usize);

/// A machine word that a typed entry reads or writes; which field counts is said by its signature.
#[repr(C)]
#[derive(Clone, Copy)]
pub union RayaWord {
    /// A `number`.
    pub number: f64,
    /// An `int`, or a `boolean`: 0 is false.
    pub int: i32,
    /// The bytes of a `string`, which need not end with NUL, or the message of an error, which does.
    pub text: *const c_char,
    /// The bytes' number.
    pub length: usize,
}

/// The typed entry of a function: reads two words for each parameter (the second is the length of a `string`), writes its
/// result and gives 0; or writes a message that stays until its next call, and gives anything else: that is thrown. It makes
/// no handles, calls nothing back, and lets nothing unwind.
pub type RayaTypedFunction =
    unsafe extern "C" fn(words: *const [RayaWord; 2], result: *mut RayaWord) -> c_int;

/// What `raya_module_init_NAME` gives: a module. It lives as long as the program.
#[repr(C)]
pub struct RayaModule {
    /// NUL-terminated name.
    pub name: *const c_char,
    /// NUL-terminated semantic version.
    pub version: *const c_char,
    /// ABI version it was built for, packed as in [`crate::version`].
    pub abi_version: u32,
    /// Entries at `functions`.
    pub function_count: usize,
    /// The functions.
    pub functions: *mut RayaFunctionDescriptor,
}

/// A function of a [`RayaModule`].
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RayaFunctionDescriptor {
    /// NUL-terminated exported name.
    pub name: *const c_char,
    /// Its code.
    pub func: Option<RayaNativeFunction>,
    /// Number of parameters.
    pub arity: usize,
}

/// What a handle holds: results of [`RayaApi::value_type`].
pub mod kind {
    /// The handle is stale or foreign; an error is pending.
    pub const INVALID: i32 = -1;
    /// `null`.
    pub const NULL: i32 = 0;
    /// A boolean.
    pub const BOOLEAN: i32 = 1;
    /// A 32-bit integer.
    pub const INT: i32 = 2;
    /// A double.
    pub const NUMBER: i32 = 3;
    /// A string.
    pub const STRING: i32 = 4;
    /// An array.
    pub const ARRAY: i32 = 5;
    /// An object with properties that is none of the others.
    pub const OBJECT: i32 = 6;
    /// A `Uint8Array`.
    pub const BYTES: i32 = 7;
    /// A function.
    pub const FUNCTION: i32 = 8;
    /// An opaque value of a native module.
    pub const OPAQUE: i32 = 9;
    /// An `Error`.
    pub const ERROR: i32 = 10;
}

macro_rules! table {
    ($($(#[doc = $doc:literal])+ $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)+) => {
        /// The host's functions. Pointers to strings are NUL-terminated UTF-8 unless a length is passed.
        #[repr(C)]
        pub struct RayaApi {
            /// Bytes of this struct as the host knows it.
            pub size: u32,
            /// ABI version of the host.
            pub abi_version: u32,
            $($(#[doc = $doc])+ pub $name: unsafe extern "C" fn($($argument: $type),*) $(-> $result)?,)+
        }

        impl RayaApi {
            /// The functions in the order of the table, which never changes.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];
        }
    };
}

table! {
    /// The text of a string, valid for the call; null, with a pending `TypeError`, for anything else.
    value_to_string(value: *mut RayaValue) -> *const c_char;
    /// An int or double; 0, with a pending `TypeError`, for anything else.
    value_to_number(value: *mut RayaValue) -> f64;
    /// An int, or a double with an integral value in range; 0, with a pending error, for anything else.
    value_to_i32(value: *mut RayaValue) -> i32;
    /// 1 for true, 0 for false; 0, with a pending `TypeError`, for anything else.
    value_to_bool(value: *mut RayaValue) -> c_int;
    /// 1 for `null` and for a null pointer, else 0.
    value_is_null(value: *mut RayaValue) -> c_int;
    /// A string, copied; invalid UTF-8 leaves a pending error that names the offset, and gives null.
    value_from_string(context: *mut RayaContext, text: *const c_char) -> *mut RayaValue;
    /// A number; every NaN becomes the canonical one.
    value_from_number(context: *mut RayaContext, number: f64) -> *mut RayaValue;
    /// An int.
    value_from_i32(context: *mut RayaContext, number: i32) -> *mut RayaValue;
    /// `true` unless 0.
    value_from_bool(context: *mut RayaContext, boolean: c_int) -> *mut RayaValue;
    /// `null`.
    value_null(context: *mut RayaContext) -> *mut RayaValue;
    /// An `Error`, which a function returns to have it thrown.
    error_new(context: *mut RayaContext, message: *const c_char) -> *mut RayaValue;

    /// A builder for a module that was built for `abi_version`.
    module_builder_new(name: *const c_char, version: *const c_char, abi_version: u32) -> *mut RayaModuleBuilder;
    /// Adds a function. What is wrong with it is reported when the module is finished.
    module_add_function(builder: *mut RayaModuleBuilder, name: *const c_char, function: Option<RayaNativeFunction>, arity: usize);
    /// The module; frees the builder. Null when something added was wrong: the host knows what.
    module_builder_finish(builder: *mut RayaModuleBuilder) -> *mut RayaModule;

    /// Elements of an array, or bytes of a `Uint8Array`.
    array_length(array: *mut RayaValue) -> usize;
    /// An element; null, with a pending `RangeError`, outside the array.
    array_get(array: *mut RayaValue, index: usize) -> *mut RayaValue;
    /// An array of `length` nulls, at most 2^28.
    array_new(context: *mut RayaContext, length: usize) -> *mut RayaValue;
    /// Sets an element of an array this call made.
    array_set(array: *mut RayaValue, index: usize, value: *mut RayaValue);
    /// A property; `null` when there is none.
    object_get(object: *mut RayaValue, key: *const c_char) -> *mut RayaValue;
    /// An object without properties.
    object_new(context: *mut RayaContext) -> *mut RayaValue;
    /// Sets a property of an object this call made.
    object_set(object: *mut RayaValue, key: *const c_char, value: *mut RayaValue);
    /// 1 when the object has the property.
    object_has(object: *mut RayaValue, key: *const c_char) -> c_int;

    /// One of [`kind`].
    value_type(value: *mut RayaValue) -> i32;
    /// Like `value_to_string`, with the length in bytes.
    value_to_string_length(value: *mut RayaValue, length: *mut usize) -> *const c_char;
    /// Like `value_from_string`, for text that may hold NUL and need not end with one.
    value_from_string_length(context: *mut RayaContext, text: *const c_char, length: usize) -> *mut RayaValue;
    /// The bytes of a `Uint8Array`, not copied, valid until the call ends or calls back.
    value_to_bytes(value: *mut RayaValue, length: *mut usize) -> *const u8;
    /// A `Uint8Array`, copied.
    value_from_bytes(context: *mut RayaContext, bytes: *const u8, length: usize) -> *mut RayaValue;
    /// A zeroed `Uint8Array`; its memory, to be filled during this call, is put into `bytes`.
    bytes_new(context: *mut RayaContext, length: usize, bytes: *mut *mut u8) -> *mut RayaValue;

    /// Copies up to `count` numbers from `start` on; gives how many, or leaves a `TypeError`.
    array_read_numbers(array: *mut RayaValue, start: usize, numbers: *mut f64, count: usize) -> usize;
    /// Copies up to `count` ints from `start` on; gives how many, or leaves a `TypeError`.
    array_read_i32s(array: *mut RayaValue, start: usize, numbers: *mut i32, count: usize) -> usize;
    /// A `number[]`, copied.
    array_from_numbers(context: *mut RayaContext, numbers: *const f64, count: usize) -> *mut RayaValue;
    /// An `int[]`, copied.
    array_from_i32s(context: *mut RayaContext, numbers: *const i32, count: usize) -> *mut RayaValue;
    /// The doubles of an array that is stored as such, not copied, valid until the call ends or calls back; null, without
    /// an error, for other arrays: `array_read_numbers` reads those.
    array_view_numbers(array: *mut RayaValue, length: *mut usize) -> *const f64;
    /// The ints of an array that is stored as such, else null.
    array_view_i32s(array: *mut RayaValue, length: *mut usize) -> *const i32;
    /// The names of an object's properties, in order: a `string[]`.
    object_keys(context: *mut RayaContext, object: *mut RayaValue) -> *mut RayaValue;

    /// Keeps a value beyond the call, until it is released.
    persistent_new(context: *mut RayaContext, value: *mut RayaValue) -> *mut RayaPersistent;
    /// The value, as a handle of this call.
    persistent_get(context: *mut RayaContext, persistent: *mut RayaPersistent) -> *mut RayaValue;
    /// Lets the value go.
    persistent_release(context: *mut RayaContext, persistent: *mut RayaPersistent);
    /// A value of the module's opaque type `name` that owns `data`.
    opaque_new(context: *mut RayaContext, name: *const c_char, data: *mut c_void, finalizer: Option<RayaFinalizer>) -> *mut RayaValue;
    /// The data of an opaque value of this type of this module; null, with a pending `TypeError`, for anything else.
    opaque_data(value: *mut RayaValue, name: *const c_char) -> *mut c_void;
    /// Calls a Raya function. Null, with what it threw pending, when it throws.
    call(context: *mut RayaContext, function: *mut RayaValue, arguments: *const *mut RayaValue, count: usize) -> *mut RayaValue;

    /// An `Error` of the named kind (`RangeError`, say; null for `Error`) with a code (may be null).
    error_new_with(context: *mut RayaContext, name: *const c_char, message: *const c_char, code: *const c_char) -> *mut RayaValue;
    /// 1 when an error is pending.
    error_pending(context: *mut RayaContext) -> c_int;
    /// The pending error, which is then no longer pending; null when there is none.
    error_take(context: *mut RayaContext) -> *mut RayaValue;
    /// 1 when the module was granted the capability, as its manifest spells it.
    has_capability(context: *mut RayaContext, capability: *const c_char) -> c_int;
    /// Tells the host, while the module is bound, how its C++ exceptions are read.
    module_set_exception_reader(reader: Option<RayaExceptionReader>);

    /// Gives a function that was added a typed entry. `signature` names types alone: `(number,string):int`; parameters are
    /// `number`, `int`, `boolean` and `string`, at most 8, and the result is `number`, `int`, `boolean` or `void`.
    module_add_typed(builder: *mut RayaModuleBuilder, name: *const c_char, entry: Option<RayaTypedFunction>, signature: *const c_char);
    /// A `Task` that [`RayaApi::task_complete`] ends: `finish` makes what it gives. `finalizer` frees `data` once nothing
    /// uses it any more: after `finish`, or after the completion of a task that was cancelled; at once, where no task can be
    /// made. The task's number is put into `task`.
    task_new(context: *mut RayaContext, finish: Option<RayaTaskFinish>, cancel: Option<RayaTaskCancel>, finalizer: Option<RayaFinalizer>, data: *mut c_void, task: *mut *mut RayaTask) -> *mut RayaValue;
    /// Like `task_new`; `work` runs on a thread of the host's pool, and its return completes the task.
    task_run(context: *mut RayaContext, work: Option<RayaTaskWork>, finish: Option<RayaTaskFinish>, cancel: Option<RayaTaskCancel>, finalizer: Option<RayaFinalizer>, data: *mut c_void) -> *mut RayaValue;
    /// From any thread: the task ends as soon as the program's thread comes to it. 0 when it was completed before.
    task_complete(task: *mut RayaTask) -> c_int;
    /// From any thread: 1 when the task was cancelled or has ended, so that work for it is of no use.
    task_is_cancelled(task: *mut RayaTask) -> c_int;
}

impl RayaApi {
    /// Bytes of the table as this version knows it.
    pub const SIZE: u32 = size_of::<RayaApi>() as u32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    #[test]
    fn the_table_is_only_ever_appended_to() {
        let golden = [
            "value_to_string",
            "value_to_number",
            "value_to_i32",
            "value_to_bool",
            "value_is_null",
            "value_from_string",
            "value_from_number",
            "value_from_i32",
            "value_from_bool",
            "value_null",
            "error_new",
            "module_builder_new",
            "module_add_function",
            "module_builder_finish",
            "array_length",
            "array_get",
            "array_new",
            "array_set",
            "object_get",
            "object_new",
            "object_set",
            "object_has",
            "value_type",
            "value_to_string_length",
            "value_from_string_length",
            "value_to_bytes",
            "value_from_bytes",
            "bytes_new",
            "array_read_numbers",
            "array_read_i32s",
            "array_from_numbers",
            "array_from_i32s",
            "array_view_numbers",
            "array_view_i32s",
            "object_keys",
            "persistent_new",
            "persistent_get",
            "persistent_release",
            "opaque_new",
            "opaque_data",
            "call",
            "error_new_with",
            "error_pending",
            "error_take",
            "has_capability",
            "module_set_exception_reader",
            // 1.1
            "module_add_typed",
            "task_new",
            "task_run",
            "task_complete",
            "task_is_cancelled",
        ];
        assert_eq!(RayaApi::NAMES, golden);
    }

    #[test]
    fn layouts_are_the_ones_modules_were_built_with() {
        assert_eq!(size_of::<RayaApi>(), 8 + 8 * RayaApi::NAMES.len());
        assert_eq!(offset_of!(RayaApi, size), 0);
        assert_eq!(offset_of!(RayaApi, abi_version), 4);
        assert_eq!(offset_of!(RayaApi, value_to_string), 8);
        assert_eq!(offset_of!(RayaApi, object_has), 176);
        assert_eq!(offset_of!(RayaApi, value_type), 184);
        assert_eq!(offset_of!(RayaApi, call), 328);
        assert_eq!(offset_of!(RayaApi, module_set_exception_reader), 368);
        assert_eq!(offset_of!(RayaApi, module_add_typed), 376);
        assert_eq!(size_of::<RayaWord>(), 8);
        assert_eq!(offset_of!(RayaApi, task_new), 384);
        assert_eq!(offset_of!(RayaApi, task_is_cancelled), 408);
        assert_eq!(size_of::<RayaModule>(), 40);
        assert_eq!(offset_of!(RayaModule, abi_version), 16);
        assert_eq!(offset_of!(RayaModule, function_count), 24);
        assert_eq!(offset_of!(RayaModule, functions), 32);
        assert_eq!(size_of::<RayaFunctionDescriptor>(), 24);
        assert_eq!(offset_of!(RayaFunctionDescriptor, func), 8);
        assert_eq!(offset_of!(RayaFunctionDescriptor, arity), 16);
    }
}
