//! The guard: calls foreign code and stops whatever unwinds out of it.
//!
//! The language's own unwinding tools do not serve: `catch_unwind` aborts on a C++ exception, and on a panic that another
//! copy of the standard library started. So a frame of our own, written in assembly, stands between host and module. It
//! costs a call and a return; its personality routine runs only when something unwinds: it stops everything, whatever
//! the language, and nothing unwinds into the host.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
use x86_64 as machine;

#[cfg(not(target_arch = "x86_64"))]
compile_error!("the guard's trampoline is written for x86-64: add a file beside guard/x86_64.rs");

use core::ffi::{CStr, c_char, c_int, c_void};

use raya_abi::api::RayaExceptionReader;

/// What came of a guarded call: a result, or an exception that is not null.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    /// What the code returned. Null when it threw.
    pub(crate) value: *mut c_void,
    /// What it threw.
    pub(crate) exception: *mut Exception,
}

/// The head of every exception, as the unwinder defines it.
#[repr(C)]
pub(crate) struct Exception {
    class: u64,
    cleanup: Option<unsafe extern "C" fn(c_int, *mut Exception)>,
}

/// Calls `code` with three machine words; functions that take fewer ignore the rest.
///
/// # Safety
///
/// `code` is a function of the C calling convention whose parameters are at most these three pointer-sized words, valid for
/// what it does with them.
#[inline(always)]
pub(crate) unsafe fn call(
    code: *const c_void,
    first: *mut c_void,
    second: *mut c_void,
    third: usize,
) -> Outcome {
    // SAFETY: as the caller promises; the trampoline passes the words on and returns normally in every case.
    unsafe { machine::raya_guard_call(first, second, third, code) }
}

const C_PLUS_PLUS_GNU: u64 = u64::from_be_bytes(*b"GNUCC++\0");
const C_PLUS_PLUS_LLVM: u64 = u64::from_be_bytes(*b"CLNGC++\0");
/// Standard libraries differ in the order of these bytes.
const RUST: [u64; 2] = [u64::from_be_bytes(*b"MOZ\0RUST"), u64::from_le_bytes(*b"MOZ\0RUST")];

/// Bytes of a message, its NUL included.
const MESSAGE_BYTES: usize = 1024;

/// Ends an exception and says what it was. `reader` is the one of the module that threw.
///
/// # Safety
///
/// `exception` was caught by [`call`] and has not been ended; `reader` is the module's own.
#[cold]
pub(crate) unsafe fn end(exception: *mut Exception, reader: Option<RayaExceptionReader>) -> String {
    // SAFETY: the head of a caught exception is readable. The lowest byte of a C++ class tells primary from dependent.
    let class = unsafe { (*exception).class };
    let is_c_plus_plus = matches!(class & !0xFF, C_PLUS_PLUS_GNU | C_PLUS_PLUS_LLVM);
    match reader {
        Some(reader) if is_c_plus_plus => {
            let mut buffer = [0u8; MESSAGE_BYTES];
            // The reader runs the module's code (`what`), so it is guarded too.
            // SAFETY: the reader has this signature and writes at most the buffer.
            let outcome = unsafe {
                call(
                    reader as *const c_void,
                    exception.cast(),
                    buffer.as_mut_ptr().cast::<c_char>().cast(),
                    buffer.len(),
                )
            };
            if !outcome.exception.is_null() {
                return "a C++ exception whose message could not be read".to_owned();
            }
            let text = CStr::from_bytes_until_nul(&buffer).unwrap_or_default();
            text.to_string_lossy().into_owned()
        }
        _ if is_c_plus_plus => {
            // SAFETY: a C++ exception that was caught and not ended.
            unsafe { end_c_plus_plus(exception) };
            "a C++ exception".to_owned()
        }
        // A panic must be ended by the standard library that started it, which is not ours: its memory is given up.
        _ if RUST.contains(&class) => "a panic in native code".to_owned(),
        _ => {
            // SAFETY: as above, for any language.
            unsafe { delete(exception) };
            "a foreign exception in native code".to_owned()
        }
    }
}

/// Ends a C++ exception of a module that left no reader: through the C++ runtime where it is linked in, so that
/// `std::uncaught_exceptions()` counts down.
///
/// # Safety
///
/// `exception` is a caught C++ exception that has not been ended.
unsafe fn end_c_plus_plus(exception: *mut Exception) {
    match (machine::begin_catch(), machine::end_catch()) {
        (Some(begin), Some(end)) => {
            // SAFETY: both belong to one C++ runtime, and the exception is one of C++.
            unsafe {
                begin(exception.cast());
                end();
            }
        }
        // SAFETY: as the caller promises.
        _ => unsafe { delete(exception) },
    }
}

/// Frees an exception the way its language says.
///
/// # Safety
///
/// `exception` was caught and has not been ended.
unsafe fn delete(exception: *mut Exception) {
    const FOREIGN_EXCEPTION_CAUGHT: c_int = 1;
    // SAFETY: the head is readable, and this is what the unwinder's `_Unwind_DeleteException` does.
    unsafe {
        if let Some(cleanup) = (*exception).cleanup {
            cleanup(FOREIGN_EXCEPTION_CAUGHT, exception);
        }
    }
}
