//! Rust types as opaque values of Raya.

use core::any::TypeId;
use core::ffi::c_void;
use std::ffi::CString;

use crate::context::Context;
use crate::convert::{FromRaya, IntoRaya};
use crate::error::Error;
use crate::slot::api;
use crate::text::Text;
use crate::value::Value;

/// A Rust type whose values travel through Raya unseen.
///
/// Returning one hands it to Raya, which drops it when it is no longer used; a parameter `&T` looks at one. Whoever wants to
/// change it uses a `Cell` or `RefCell`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no opaque type of this Raya module",
    note = "implement `raya_native::NativeType` for it, and list it in `exports!` as `type {Self}`"
)]
pub trait NativeType: 'static {
    /// Its name in Raya, where it is declared as `type NAME = native;`.
    const NAME: &'static str;
}

/// What the host keeps: the type stands first, so that two types of one name are never taken for each other.
#[repr(C)]
struct Boxed<T> {
    identity: TypeId,
    value: T,
}

unsafe extern "C" fn finalize<T>(data: *mut c_void) {
    // SAFETY: `data` is the `Box<Boxed<T>>` that was handed over together with this function, which runs once.
    let boxed = unsafe { Box::from_raw(data.cast::<Boxed<T>>()) };
    // Nothing may unwind into the host, which has nobody to report to here.
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(boxed)));
}

fn type_name<T: NativeType>() -> Result<CString, Error> {
    CString::new(T::NAME).map_err(|_| Error::type_error("the name of an opaque type holds NUL"))
}

impl<T: NativeType> IntoRaya for T {
    const TYPE: Text = Text::new(T::NAME);

    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        let name = type_name::<T>()?;
        let data = Box::into_raw(Box::new(Boxed { identity: TypeId::of::<T>(), value: self }));
        // SAFETY: the name is NUL-terminated; `data` is what `finalize` expects, and the host runs it exactly once.
        context.made(unsafe {
            (api().opaque_new)(context.raw(), name.as_ptr(), data.cast(), Some(finalize::<T>))
        })
    }
}

impl<'call, T: NativeType> FromRaya<'call> for &'call T {
    const TYPE: Text = Text::new(T::NAME);

    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        let name = type_name::<T>()?;
        // SAFETY: the name is NUL-terminated; the host checks the handle.
        let data = unsafe { (api().opaque_data)(value.raw(), name.as_ptr()) }.cast::<Boxed<T>>();
        if data.is_null() {
            return Err(context.take_error());
        }
        // SAFETY: all opaque values of this module are made by `into_raya`, so a `Boxed` of some type starts here, with its
        // identity; it lives while the handle does, which is at least as long as the context is borrowed.
        unsafe {
            if (*data).identity != TypeId::of::<T>() {
                return Err(Error::type_error(&format!("two Rust types are called {} in Raya", T::NAME)));
            }
            Ok(&(*data).value)
        }
    }
}
