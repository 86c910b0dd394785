//! Conversions between Rust and Raya, each with the Raya type it stands for.

use crate::context::Context;
use crate::error::Error;
use crate::handle::{Array, Function, Object};
use crate::slot::api;
use crate::text::Text;
use crate::value::{Kind, Value};

/// A type that parameters of exported functions may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a Raya function",
    label = "no conversion from a Raya value",
    note = "possible are String, &str, f64, i32 and other integers, bool, Vec<T>, Vec<u8> and &[u8] (Uint8Array), Option<T>, \
            Value, Array, Object, Function, and &T for a T that implements NativeType"
)]
pub trait FromRaya<'call>: Sized {
    /// Its type in Raya.
    const TYPE: Text;
    /// The type of arrays of it.
    #[doc(hidden)]
    const ARRAY_TYPE: Text = Self::TYPE.array();

    /// Converts a value.
    ///
    /// # Errors
    ///
    /// A `TypeError` when the value is of another type.
    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error>;

    /// Converts an array.
    #[doc(hidden)]
    fn array_from_raya(context: &'call Context, value: Value) -> Result<Vec<Self>, Error> {
        let array = Array::from_raya(context, value)?;
        (0..array.length()).map(|index| Self::from_raya(context, array.get(context, index)?)).collect()
    }
}

/// A type that results of exported functions may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a Raya function",
    label = "no conversion to a Raya value",
    note = "possible are (), String, &str, f64, i32 and other integers, bool, Vec<T>, Vec<u8> (Uint8Array), Option<T>, Value, \
            Array, Object, Function, a type that implements NativeType, and Result<T, E> of those where E converts into \
            raya_native::Error"
)]
pub trait IntoRaya: Sized {
    /// Its type in Raya.
    const TYPE: Text;
    /// The type of arrays of it.
    #[doc(hidden)]
    const ARRAY_TYPE: Text = Self::TYPE.array();

    /// Converts into a value.
    ///
    /// # Errors
    ///
    /// When the value has no counterpart in Raya; and the error, for a `Result` that holds one.
    fn into_raya(self, context: &Context) -> Result<Value, Error>;

    /// Converts an array.
    #[doc(hidden)]
    fn array_into_raya(elements: Vec<Self>, context: &Context) -> Result<Value, Error> {
        let array = context.new_array(elements.len())?;
        for (index, element) in elements.into_iter().enumerate() {
            array.set(context, index, element)?;
        }
        Ok(array.value())
    }
}

impl<'call> FromRaya<'call> for f64 {
    const TYPE: Text = Text::new("number");

    #[inline]
    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        // SAFETY: the host checks the handle.
        let number = unsafe { (api().value_to_number)(value.raw()) };
        if number == 0.0 {
            context.check()?;
        }
        Ok(number)
    }

    fn array_from_raya(context: &'call Context, value: Value) -> Result<Vec<Self>, Error> {
        let length = Array::from_raya(context, value)?.length();
        let mut numbers = vec![0.0; length];
        // SAFETY: the buffer has the length that is said; the host checks the handle.
        let read = unsafe { (api().array_read_numbers)(value.raw(), 0, numbers.as_mut_ptr(), length) };
        if read == length { Ok(numbers) } else { Err(context.take_error()) }
    }
}

impl IntoRaya for f64 {
    const TYPE: Text = Text::new("number");

    #[inline]
    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        // SAFETY: the host checks the context.
        context.made(unsafe { (api().value_from_number)(context.raw(), self) })
    }

    fn array_into_raya(elements: Vec<Self>, context: &Context) -> Result<Value, Error> {
        // SAFETY: the slice has the length that is said; the host checks the context.
        context.made(unsafe { (api().array_from_numbers)(context.raw(), elements.as_ptr(), elements.len()) })
    }
}

impl<'call> FromRaya<'call> for i32 {
    const TYPE: Text = Text::new("int");

    #[inline]
    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        // SAFETY: the host checks the handle.
        let number = unsafe { (api().value_to_i32)(value.raw()) };
        if number == 0 {
            context.check()?;
        }
        Ok(number)
    }

    fn array_from_raya(context: &'call Context, value: Value) -> Result<Vec<Self>, Error> {
        let length = Array::from_raya(context, value)?.length();
        let mut numbers = vec![0; length];
        // SAFETY: the buffer has the length that is said; the host checks the handle.
        let read = unsafe { (api().array_read_i32s)(value.raw(), 0, numbers.as_mut_ptr(), length) };
        if read == length { Ok(numbers) } else { Err(context.take_error()) }
    }
}

impl IntoRaya for i32 {
    const TYPE: Text = Text::new("int");

    #[inline]
    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        // SAFETY: the host checks the context.
        context.made(unsafe { (api().value_from_i32)(context.raw(), self) })
    }

    fn array_into_raya(elements: Vec<Self>, context: &Context) -> Result<Value, Error> {
        // SAFETY: the slice has the length that is said; the host checks the context.
        context.made(unsafe { (api().array_from_i32s)(context.raw(), elements.as_ptr(), elements.len()) })
    }
}

/// Integers that fit an int.
macro_rules! small_integers {
    ($($type:ident),+) => {$(
        impl<'call> FromRaya<'call> for $type {
            const TYPE: Text = Text::new("int");

            fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
                let number = i32::from_raya(context, value)?;
                $type::try_from(number).map_err(|_| out_of_range(f64::from(number), stringify!($type)))
            }
        }

        impl IntoRaya for $type {
            const TYPE: Text = Text::new("int");

            fn into_raya(self, context: &Context) -> Result<Value, Error> {
                i32::from(self).into_raya(context)
            }
        }
    )+};
}

small_integers!(i8, i16, u16);

/// Largest magnitude up to which every integer is a double of its own.
const EXACT_MAX: f64 = 9_007_199_254_740_991.0;

/// Integers that are numbers in Raya, as far as those are exact.
macro_rules! wide_integers {
    ($($type:ident),+) => {$(
        impl<'call> FromRaya<'call> for $type {
            const TYPE: Text = Text::new("number");

            fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
                let number = f64::from_raya(context, value)?;
                if number.trunc() != number || number.abs() > EXACT_MAX {
                    return Err(out_of_range(number, stringify!($type)));
                }
                $type::try_from(number as i64).map_err(|_| out_of_range(number, stringify!($type)))
            }
        }

        impl IntoRaya for $type {
            const TYPE: Text = Text::new("number");

            fn into_raya(self, context: &Context) -> Result<Value, Error> {
                let number = self as f64;
                if number.abs() > EXACT_MAX {
                    return Err(Error::range_error(&format!("{self} is beyond 2^53 and no exact number")));
                }
                number.into_raya(context)
            }
        }
    )+};
}

wide_integers!(u32, i64, u64, isize, usize);

#[cold]
fn out_of_range(number: f64, expected: &str) -> Error {
    Error::range_error(&format!("expected an integer in the range of {expected}, found {number}"))
}

impl<'call> FromRaya<'call> for u8 {
    const TYPE: Text = Text::new("int");
    const ARRAY_TYPE: Text = Text::new("Uint8Array");

    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        let number = i32::from_raya(context, value)?;
        u8::try_from(number).map_err(|_| out_of_range(f64::from(number), "u8"))
    }

    fn array_from_raya(context: &'call Context, value: Value) -> Result<Vec<Self>, Error> {
        Ok(bytes_of(context, value)?.to_vec())
    }
}

impl IntoRaya for u8 {
    const TYPE: Text = Text::new("int");
    const ARRAY_TYPE: Text = Text::new("Uint8Array");

    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        i32::from(self).into_raya(context)
    }

    fn array_into_raya(elements: Vec<Self>, context: &Context) -> Result<Value, Error> {
        // SAFETY: the slice has the length that is said; the host checks the context.
        context.made(unsafe { (api().value_from_bytes)(context.raw(), elements.as_ptr(), elements.len()) })
    }
}

/// The bytes of a `Uint8Array`, where the host keeps them. They stay until the call ends or calls back.
fn bytes_of(context: &Context, value: Value) -> Result<&[u8], Error> {
    let mut length = 0;
    // SAFETY: the host checks the handle, and gives as many bytes as it says, or null.
    unsafe {
        let bytes = (api().value_to_bytes)(value.raw(), &mut length);
        if bytes.is_null() {
            Err(context.take_error())
        } else {
            Ok(core::slice::from_raw_parts(bytes, length))
        }
    }
}

impl<'call> FromRaya<'call> for &'call [u8] {
    const TYPE: Text = Text::new("Uint8Array");

    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        // From here on this call cannot call back, so the bytes do not change while they are borrowed.
        context.borrow_bytes();
        bytes_of(context, value)
    }
}

impl<'call> FromRaya<'call> for f32 {
    const TYPE: Text = Text::new("number");

    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        Ok(f64::from_raya(context, value)? as f32)
    }
}

impl IntoRaya for f32 {
    const TYPE: Text = Text::new("number");

    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        f64::from(self).into_raya(context)
    }
}

impl<'call> FromRaya<'call> for bool {
    const TYPE: Text = Text::new("boolean");

    #[inline]
    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        // SAFETY: the host checks the handle.
        let boolean = unsafe { (api().value_to_bool)(value.raw()) } != 0;
        if !boolean {
            context.check()?;
        }
        Ok(boolean)
    }
}

impl IntoRaya for bool {
    const TYPE: Text = Text::new("boolean");

    #[inline]
    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        // SAFETY: the host checks the context.
        context.made(unsafe { (api().value_from_bool)(context.raw(), self.into()) })
    }
}

impl<'call> FromRaya<'call> for &'call str {
    const TYPE: Text = Text::new("string");

    #[inline]
    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        let mut length = 0;
        // SAFETY: the host checks the handle, and gives as many bytes of UTF-8 as it says, or null. Strings do not change,
        // and this one lives while the handle does, which is at least as long as the context is borrowed.
        unsafe {
            let text = (api().value_to_string_length)(value.raw(), &mut length);
            if text.is_null() {
                return Err(context.take_error());
            }
            Ok(core::str::from_utf8_unchecked(core::slice::from_raw_parts(text.cast::<u8>(), length)))
        }
    }
}

impl<'call> FromRaya<'call> for String {
    const TYPE: Text = Text::new("string");

    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        Ok(<&str>::from_raya(context, value)?.to_owned())
    }
}

impl IntoRaya for &str {
    const TYPE: Text = Text::new("string");

    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        // SAFETY: the text has the length that is said; the host checks the context.
        context.made(unsafe {
            (api().value_from_string_length)(context.raw(), self.as_ptr().cast(), self.len())
        })
    }
}

impl IntoRaya for String {
    const TYPE: Text = Text::new("string");

    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        self.as_str().into_raya(context)
    }
}

impl IntoRaya for () {
    const TYPE: Text = Text::new("void");

    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        Ok(context.null())
    }
}

impl<'call, T: FromRaya<'call>> FromRaya<'call> for Option<T> {
    const TYPE: Text = T::TYPE.or_null();

    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        if value.is_null() { Ok(None) } else { Ok(Some(T::from_raya(context, value)?)) }
    }
}

impl<T: IntoRaya> IntoRaya for Option<T> {
    const TYPE: Text = T::TYPE.or_null();

    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        match self {
            Some(value) => value.into_raya(context),
            None => Ok(context.null()),
        }
    }
}

impl<'call, T: FromRaya<'call>> FromRaya<'call> for Vec<T> {
    const TYPE: Text = T::ARRAY_TYPE;

    fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
        T::array_from_raya(context, value)
    }
}

impl<T: IntoRaya> IntoRaya for Vec<T> {
    const TYPE: Text = T::ARRAY_TYPE;

    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        T::array_into_raya(self, context)
    }
}

impl<T: IntoRaya, E: Into<Error>> IntoRaya for Result<T, E> {
    const TYPE: Text = Text::new("Result<").then_text(&T::TYPE).then(", Error>");

    fn into_raya(self, context: &Context) -> Result<Value, Error> {
        match self {
            Ok(value) => value.into_raya(context),
            Err(error) => Err(error.into()),
        }
    }
}

impl<'call> FromRaya<'call> for Value {
    const TYPE: Text = Text::new("unknown");

    fn from_raya(_context: &'call Context, value: Value) -> Result<Self, Error> {
        Ok(value)
    }
}

impl IntoRaya for Value {
    const TYPE: Text = Text::new("unknown");

    fn into_raya(self, _context: &Context) -> Result<Value, Error> {
        Ok(self)
    }
}

/// Handles whose values have to be of one kind.
macro_rules! handles {
    ($($handle:ident, $text:literal, $found:pat, $expected:literal;)+) => {$(
        impl<'call> FromRaya<'call> for $handle {
            const TYPE: Text = Text::new($text);

            fn from_raya(context: &'call Context, value: Value) -> Result<Self, Error> {
                match value.kind() {
                    $found => Ok($handle(value)),
                    Kind::Invalid => Err(context.take_error()),
                    other => Err(Error::type_error(&format!("expected {}, found {}", $expected, name_of(other)))),
                }
            }
        }

        impl IntoRaya for $handle {
            const TYPE: Text = Text::new($text);

            fn into_raya(self, _context: &Context) -> Result<Value, Error> {
                Ok(self.value())
            }
        }
    )+};
}

handles! {
    Array, "unknown[]", Kind::Array, "an array";
    Object, "object", Kind::Object | Kind::Error, "an object";
    Function, "unknown", Kind::Function, "a function";
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Boolean => "boolean",
        Kind::Int => "int",
        Kind::Number => "number",
        Kind::String => "string",
        Kind::Array => "array",
        Kind::Object => "object",
        Kind::Bytes => "Uint8Array",
        Kind::Function => "function",
        Kind::Opaque => "opaque value",
        Kind::Error => "Error",
        Kind::Invalid => "stale handle",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_types_have_the_raya_types_a_reader_expects() {
        assert_eq!(<Vec<u8> as IntoRaya>::TYPE.as_str(), "Uint8Array");
        assert_eq!(<Vec<f64> as IntoRaya>::TYPE.as_str(), "number[]");
        assert_eq!(<Vec<Option<String>> as FromRaya>::TYPE.as_str(), "(string | null)[]");
        assert_eq!(<Vec<Vec<u8>> as FromRaya>::TYPE.as_str(), "Uint8Array[]");
        assert_eq!(<Result<(), Error> as IntoRaya>::TYPE.as_str(), "Result<void, Error>");
        assert_eq!(<u32 as FromRaya>::TYPE.as_str(), "number");
    }
}
