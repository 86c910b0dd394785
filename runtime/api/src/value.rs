//! A handle to a value of any type.

use core::fmt;

use raya_abi::api::{RayaContext, RayaValue, kind};

use crate::slot::api;

/// A handle to a value of any type, valid until the native function returns. Using it later is an error that the host
/// finds.
#[derive(Clone, Copy)]
pub struct Value {
    context: *mut RayaContext,
    raw: *mut RayaValue,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A 32-bit integer.
    Int,
    /// A double.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object with properties.
    Object,
    /// A `Uint8Array`.
    Bytes,
    /// A function.
    Function,
    /// A value of a native module's own type.
    Opaque,
    /// An `Error`.
    Error,
    /// The handle is stale.
    Invalid,
}

impl Value {
    pub(crate) fn new(context: *mut RayaContext, raw: *mut RayaValue) -> Self {
        Value { context, raw }
    }

    pub(crate) fn raw(self) -> *mut RayaValue {
        self.raw
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        if self.raw.is_null() {
            return Kind::Null;
        }
        // SAFETY: the host checks the handle.
        match unsafe { (api().value_type)(self.raw) } {
            kind::NULL => Kind::Null,
            kind::BOOLEAN => Kind::Boolean,
            kind::INT => Kind::Int,
            kind::NUMBER => Kind::Number,
            kind::STRING => Kind::String,
            kind::ARRAY => Kind::Array,
            kind::BYTES => Kind::Bytes,
            kind::FUNCTION => Kind::Function,
            kind::OPAQUE => Kind::Opaque,
            kind::ERROR => Kind::Error,
            kind::OBJECT => Kind::Object,
            _ => Kind::Invalid,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        // SAFETY: the host checks the handle.
        unsafe { (api().value_is_null)(self.raw) != 0 }
    }

    /// The message of an error value, or what else was thrown.
    pub(crate) fn error_message(self) -> String {
        match self.kind() {
            Kind::Error | Kind::Object => {
                // SAFETY: the key is NUL-terminated; the host checks the handle.
                let message = unsafe { (api().object_get)(self.raw, c"message".as_ptr()) };
                Value::new(self.context, message).text().unwrap_or_else(|| "an object was thrown".to_owned())
            }
            Kind::String => self.text().unwrap_or_default(),
            other => format!("{other:?} was thrown"),
        }
    }

    /// The text of a string, copied; `None`, without an error, for anything else.
    pub fn text(self) -> Option<String> {
        if self.kind() != Kind::String {
            return None;
        }
        let mut length = 0;
        // SAFETY: the host checks the handle, and gives as many bytes of UTF-8 as it says, or null.
        unsafe {
            let text = (api().value_to_string_length)(self.raw, &mut length);
            if text.is_null() {
                return None;
            }
            let bytes = core::slice::from_raw_parts(text.cast::<u8>(), length);
            Some(core::str::from_utf8_unchecked(bytes).to_owned())
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Value").field(&self.raw).finish()
    }
}
