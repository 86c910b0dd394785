//! Building modules: used while a module starts, outside of any call.

use core::cell::RefCell;
use core::ffi::c_char;
use core::ptr;
use std::ffi::CString;

use raya_abi::api::{
    RayaExceptionReader, RayaFunctionDescriptor, RayaModule, RayaModuleBuilder, RayaNativeFunction,
    RayaTypedFunction,
};

use crate::module::{add_fault, add_typed_entry, set_reader, text};
use crate::typed::TypedEntry;

/// A module under construction. Its texts are leaked: a module lives as long as the program.
struct Builder {
    name: *const c_char,
    version: *const c_char,
    abi_version: u32,
    functions: Vec<RayaFunctionDescriptor>,
    faulty: bool,
}

thread_local! {
    /// The builders that exist, so that a pointer to anything else is found.
    static BUILDERS: RefCell<Vec<*mut Builder>> = const { RefCell::new(Vec::new()) };
}

/// A copy of a module's text that stays.
///
/// # Safety
///
/// `original` is null or NUL-terminated.
unsafe fn kept_text(original: *const c_char) -> Option<*const c_char> {
    // SAFETY: as the caller promises.
    let text = unsafe { text(original) }?;
    CString::new(text).ok().map(|text| text.into_raw().cast_const())
}

pub(super) unsafe extern "C" fn new(
    name: *const c_char,
    version: *const c_char,
    abi_version: u32,
) -> *mut RayaModuleBuilder {
    // SAFETY: both are null or NUL-terminated.
    let (name, version) = unsafe { (kept_text(name), kept_text(version)) };
    let faulty = name.is_none() || version.is_none();
    if faulty {
        add_fault("its name or version is missing or no UTF-8".to_owned());
    }
    let builder = Box::into_raw(Box::new(Builder {
        name: name.unwrap_or(ptr::null()),
        version: version.unwrap_or(ptr::null()),
        abi_version,
        functions: Vec::new(),
        faulty,
    }));
    BUILDERS.with(|builders| builders.borrow_mut().push(builder));
    builder.cast()
}

fn is_builder(builder: *mut RayaModuleBuilder) -> bool {
    BUILDERS.with(|builders| builders.borrow().contains(&builder.cast()))
}

pub(super) unsafe extern "C" fn add_function(
    builder: *mut RayaModuleBuilder,
    name: *const c_char,
    function: Option<RayaNativeFunction>,
    arity: usize,
) {
    if !is_builder(builder) {
        return add_fault("a function was added to something that is no builder".to_owned());
    }
    // SAFETY: it is among the builders that exist, and they are used on this thread only.
    let builder = unsafe { &mut *builder.cast::<Builder>() };
    // SAFETY: the name is null or NUL-terminated.
    match unsafe { kept_text(name) } {
        // Whatever else may be wrong is found when the module is read.
        Some(name) => builder.functions.push(RayaFunctionDescriptor { name, func: function, arity }),
        None => {
            builder.faulty = true;
            add_fault(format!("function {} has no name, or one that is no UTF-8", builder.functions.len()));
        }
    }
}

pub(super) unsafe extern "C" fn add_typed(
    builder: *mut RayaModuleBuilder,
    name: *const c_char,
    entry: Option<RayaTypedFunction>,
    signature: *const c_char,
) {
    if !is_builder(builder) {
        return add_fault("a typed entry was added to something that is no builder".to_owned());
    }
    // SAFETY: both are null or NUL-terminated.
    let (name, signature) = unsafe { (text(name), text(signature)) };
    let (Some(name), Some(signature), Some(code)) = (name, signature, entry) else {
        return add_fault("a typed entry has no name, no signature or no code".to_owned());
    };
    match TypedEntry::new(code, &signature) {
        Some(entry) => add_typed_entry(name, entry),
        None => add_fault(format!("function '{name}' has a typed entry with the signature '{signature}'")),
    }
}

pub(super) unsafe extern "C" fn finish(builder: *mut RayaModuleBuilder) -> *mut RayaModule {
    if !is_builder(builder) {
        add_fault("something was finished that is no builder, or was finished before".to_owned());
        return ptr::null_mut();
    }
    BUILDERS.with(|builders| builders.borrow_mut().retain(|known| *known != builder.cast()));
    // SAFETY: it was among the builders that exist, and no longer is.
    let builder = unsafe { Box::from_raw(builder.cast::<Builder>()) };
    if builder.faulty {
        return ptr::null_mut();
    }
    let Builder { name, version, abi_version, functions, faulty: _ } = *builder;
    let functions = Box::leak(functions.into_boxed_slice());
    Box::into_raw(Box::new(RayaModule {
        name,
        version,
        abi_version,
        function_count: functions.len(),
        functions: functions.as_mut_ptr(),
    }))
}

pub(super) unsafe extern "C" fn set_exception_reader(reader: Option<RayaExceptionReader>) {
    set_reader(reader);
}
