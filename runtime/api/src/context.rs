//! The running call.

use core::cell::Cell;
use std::ffi::CString;

use raya_abi::api::RayaContext;

use crate::convert::{FromRaya, IntoRaya};
use crate::error::Error;
use crate::handle::{Array, Object, Persistent};
use crate::slot::api;
use crate::value::Value;

/// The running native call: makes values, asks the host. Valid until the function returns.
pub struct Context {
    raw: *mut RayaContext,
    /// Bytes of the host are borrowed as a slice, so Raya code must not run before this call ends.
    borrows_bytes: Cell<bool>,
}

impl Context {
    pub(crate) fn new(raw: *mut RayaContext) -> Self {
        Context { raw, borrows_bytes: Cell::new(false) }
    }

    pub(crate) fn raw(&self) -> *mut RayaContext {
        self.raw
    }

    pub(crate) fn borrow_bytes(&self) {
        self.borrows_bytes.set(true);
    }

    pub(crate) fn borrows_bytes(&self) -> bool {
        self.borrows_bytes.get()
    }

    /// Makes a Raya value.
    ///
    /// # Errors
    ///
    /// When the value has no counterpart in Raya: an integer beyond 2^53, say.
    pub fn value<T: IntoRaya>(&self, value: T) -> Result<Value, Error> {
        value.into_raya(self)
    }

    /// Converts a Raya value.
    ///
    /// # Errors
    ///
    /// A `TypeError` when it is of another type.
    pub fn convert<'call, T: FromRaya<'call>>(&'call self, value: Value) -> Result<T, Error> {
        T::from_raya(self, value)
    }

    /// `null`.
    pub fn null(&self) -> Value {
        // SAFETY: the host checks the context.
        Value::new(self.raw, unsafe { (api().value_null)(self.raw) })
    }

    /// An array of `length` nulls, to be filled.
    ///
    /// # Errors
    ///
    /// When `length` is beyond 2^28.
    pub fn new_array(&self, length: usize) -> Result<Array, Error> {
        // SAFETY: the host checks the context and the length.
        let handle = unsafe { (api().array_new)(self.raw, length) };
        Ok(Array(self.made(handle)?))
    }

    /// An object without properties, to be filled.
    ///
    /// # Errors
    ///
    /// When the context is not the running call's.
    pub fn new_object(&self) -> Result<Object, Error> {
        // SAFETY: the host checks the context.
        let handle = unsafe { (api().object_new)(self.raw) };
        Ok(Object(self.made(handle)?))
    }

    /// Keeps a value beyond this call.
    ///
    /// # Errors
    ///
    /// When the handle is stale.
    pub fn keep(&self, value: Value) -> Result<Persistent, Error> {
        Persistent::new(self, value)
    }

    /// Whether the module was granted a capability, as its manifest spells it.
    pub fn has_capability(&self, capability: &str) -> bool {
        // SAFETY: the name is NUL-terminated; the host checks the context.
        CString::new(capability)
            .is_ok_and(|name| unsafe { (api().has_capability)(self.raw, name.as_ptr()) != 0 })
    }

    /// Fills `bytes` with random bytes of the operating system, fit for keys.
    ///
    /// # Errors
    ///
    /// When the operating system gives none.
    pub fn random_fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        random::fill(bytes).map_err(Error::from)
    }

    /// A handle the host just made, or the error it left instead.
    pub(crate) fn made(&self, handle: *mut raya_abi::api::RayaValue) -> Result<Value, Error> {
        if handle.is_null() { Err(self.take_error()) } else { Ok(Value::new(self.raw, handle)) }
    }

    /// The pending error, which is no longer pending then.
    #[cold]
    pub(crate) fn take_error(&self) -> Error {
        // SAFETY: the host checks the context.
        let handle = unsafe { (api().error_take)(self.raw) };
        if handle.is_null() {
            Error::new("the host refused the operation without a reason")
        } else {
            Error::thrown(Value::new(self.raw, handle))
        }
    }

    /// The pending error as an `Err`, if there is one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        // SAFETY: the host checks the context.
        if unsafe { (api().error_pending)(self.raw) } == 0 { Ok(()) } else { Err(self.take_error()) }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod random {
    use core::ffi::c_void;
    use std::io;

    unsafe extern "C" {
        fn getrandom(buffer: *mut c_void, length: usize, flags: u32) -> isize;
    }

    pub(super) fn fill(mut bytes: &mut [u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            // SAFETY: the buffer is as long as is said.
            let written = unsafe { getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
            match usize::try_from(written) {
                Ok(written) => bytes = &mut bytes[written..],
                Err(_) => {
                    let error = io::Error::last_os_error();
                    if error.kind() != io::ErrorKind::Interrupted {
                        return Err(error);
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(any(target_os = "macos", target_os = "ios"))]
mod random {
    use core::ffi::{c_int, c_void};
    use std::io;

    unsafe extern "C" {
        fn getentropy(buffer: *mut c_void, length: usize) -> c_int;
    }

    pub(super) fn fill(bytes: &mut [u8]) -> io::Result<()> {
        // getentropy gives at most 256 bytes at a time.
        for chunk in bytes.chunks_mut(256) {
            // SAFETY: the buffer is as long as is said.
            if unsafe { getentropy(chunk.as_mut_ptr().cast(), chunk.len()) } != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    }
}

#[cfg(windows)]
mod random {
    use core::ffi::c_int;
    use std::io;

    #[link(name = "bcryptprimitives", kind = "raw-dylib")]
    unsafe extern "system" {
        fn ProcessPrng(buffer: *mut u8, length: usize) -> c_int;
    }

    pub(super) fn fill(bytes: &mut [u8]) -> io::Result<()> {
        // SAFETY: the buffer is as long as is said.
        if unsafe { ProcessPrng(bytes.as_mut_ptr(), bytes.len()) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}
