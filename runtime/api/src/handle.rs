//! Handles whose type is known: arrays, objects, functions; and values that are kept.

use std::ffi::CString;

use raya_abi::api::{RayaPersistent, RayaValue};

use crate::context::Context;
use crate::convert::IntoRaya;
use crate::error::Error;
use crate::slot::api;
use crate::value::Value;

/// An array. One that was received is read-only; one that the call made may be filled.
#[derive(Clone, Copy, Debug)]
pub struct Array(pub(crate) Value);

impl Array {
    /// Number of elements.
    pub fn length(self) -> usize {
        // SAFETY: the host checks the handle.
        unsafe { (api().array_length)(self.0.raw()) }
    }

    /// An element.
    ///
    /// # Errors
    ///
    /// A `RangeError` outside the array.
    pub fn get(self, context: &Context, index: usize) -> Result<Value, Error> {
        // SAFETY: the host checks handle and index.
        context.made(unsafe { (api().array_get)(self.0.raw(), index) })
    }

    /// Sets an element.
    ///
    /// # Errors
    ///
    /// Outside the array, and for an array that was received.
    pub fn set<T: IntoRaya>(self, context: &Context, index: usize, value: T) -> Result<(), Error> {
        let value = value.into_raya(context)?;
        // SAFETY: the host checks handles and index.
        unsafe { (api().array_set)(self.0.raw(), index, value.raw()) };
        context.check()
    }

    /// The handle.
    pub fn value(self) -> Value {
        self.0
    }
}

/// An object with properties. One that was received is read-only; one that the call made may be filled.
#[derive(Clone, Copy, Debug)]
pub struct Object(pub(crate) Value);

impl Object {
    /// A property; null when there is none.
    ///
    /// # Errors
    ///
    /// When the handle is stale, or the key holds NUL.
    pub fn get(self, context: &Context, key: &str) -> Result<Value, Error> {
        let key = key_text(key)?;
        // SAFETY: the key is NUL-terminated; the host checks the handle.
        context.made(unsafe { (api().object_get)(self.0.raw(), key.as_ptr()) })
    }

    /// Whether it has the property.
    pub fn has(self, key: &str) -> bool {
        // SAFETY: the key is NUL-terminated; the host checks the handle.
        CString::new(key).is_ok_and(|key| unsafe { (api().object_has)(self.0.raw(), key.as_ptr()) != 0 })
    }

    /// Sets a property.
    ///
    /// # Errors
    ///
    /// For an object that was received.
    pub fn set<T: IntoRaya>(self, context: &Context, key: &str, value: T) -> Result<(), Error> {
        let key = key_text(key)?;
        let value = value.into_raya(context)?;
        // SAFETY: the key is NUL-terminated; the host checks the handles.
        unsafe { (api().object_set)(self.0.raw(), key.as_ptr(), value.raw()) };
        context.check()
    }

    /// The names of the properties, in order.
    ///
    /// # Errors
    ///
    /// When the handle is stale.
    pub fn keys(self, context: &Context) -> Result<Vec<String>, Error> {
        // SAFETY: the host checks context and handle.
        let keys = context.made(unsafe { (api().object_keys)(context.raw(), self.0.raw()) })?;
        context.convert(keys)
    }

    /// The handle.
    pub fn value(self) -> Value {
        self.0
    }
}

fn key_text(key: &str) -> Result<CString, Error> {
    CString::new(key).map_err(|_| Error::type_error("a property name passed from native code holds no NUL"))
}

/// A Raya function.
#[derive(Clone, Copy, Debug)]
pub struct Function(pub(crate) Value);

impl Function {
    /// Calls it.
    ///
    /// # Errors
    ///
    /// What it throws; and a `TypeError` while bytes are borrowed as `&[u8]`, which Raya code might change: take them as
    /// `Vec<u8>` where you call back.
    pub fn call(self, context: &Context, arguments: &[Value]) -> Result<Value, Error> {
        if context.borrows_bytes() {
            return Err(Error::type_error(
                "a function that takes &[u8] cannot call back into Raya: take Vec<u8> instead",
            ));
        }
        let handles: Vec<*mut RayaValue> = arguments.iter().map(|value| value.raw()).collect();
        // SAFETY: `handles` has the length that is said; the host checks context and handles.
        context.made(unsafe { (api().call)(context.raw(), self.0.raw(), handles.as_ptr(), handles.len()) })
    }

    /// The handle.
    pub fn value(self) -> Value {
        self.0
    }
}

/// A value that is kept beyond the call. Dropping it without [`Persistent::release`] keeps the value for good.
#[derive(Debug)]
pub struct Persistent(*mut RayaPersistent);

impl Persistent {
    pub(crate) fn new(context: &Context, value: Value) -> Result<Self, Error> {
        // SAFETY: the host checks context and handle.
        let kept = unsafe { (api().persistent_new)(context.raw(), value.raw()) };
        if kept.is_null() { Err(context.take_error()) } else { Ok(Persistent(kept)) }
    }

    /// The value, as a handle of this call.
    ///
    /// # Errors
    ///
    /// When it belongs to another program.
    pub fn get(&self, context: &Context) -> Result<Value, Error> {
        // SAFETY: it was not released, since releasing takes it by value; the host checks the context.
        context.made(unsafe { (api().persistent_get)(context.raw(), self.0) })
    }

    /// Lets the value go.
    pub fn release(self, context: &Context) {
        // SAFETY: as in `get`.
        unsafe { (api().persistent_release)(context.raw(), self.0) }
    }
}
