//! A module without the SDK, whose function panics: with a standard library that is not the host's.

use std::ffi::{c_char, c_void};

#[repr(C)]
struct Api {
    size: u32,
    abi_version: u32,
    before: [*const c_void; 11],
    builder_new: extern "C" fn(*const c_char, *const c_char, u32) -> *mut c_void,
    add_function: extern "C" fn(*mut c_void, *const c_char, extern "C-unwind" fn() -> *mut c_void, usize),
    finish: extern "C" fn(*mut c_void) -> *mut c_void,
}

#[used]
#[unsafe(link_section = ".raya.note")]
static NOTE: [u8; 80] = {
    let mut note = [0; 80];
    let text = b"RAYANOTE\x50\0\0\0\0\0\x01\0panics";
    let mut at = 0;
    while at < text.len() {
        note[at] = text[at];
        at += 1;
    }
    note
};

static mut API: *const Api = std::ptr::null();

#[unsafe(no_mangle)]
unsafe extern "C" fn raya_module_bind_panics(api: *const Api) {
    std::hint::black_box(NOTE.as_ptr());
    // SAFETY: the host binds a module once, before it calls anything else of it.
    unsafe { API = api }
}

extern "C-unwind" fn panics() -> *mut c_void {
    std::panic::resume_unwind(Box::new("on purpose"))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn raya_module_init_panics() -> *mut c_void {
    // SAFETY: the host bound the module, and its table has these functions at these places.
    unsafe {
        let builder = ((*API).builder_new)(c"panics".as_ptr(), c"1.0.0".as_ptr(), 0x10000);
        ((*API).add_function)(builder, c"panics".as_ptr(), panics, 0);
        ((*API).finish)(builder)
    }
}
