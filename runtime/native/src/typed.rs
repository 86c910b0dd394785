//! Typed entries: functions of numbers, booleans and texts that read machine words instead of handles.
//!
//! The boxed function beside it stays what the function means: whenever an argument is not held just as the signature says,
//! it is called instead. So a typed entry needs no conversions, no handles, and no running call.

use core::ffi::{CStr, c_void};
use core::mem::MaybeUninit;

use raya_abi::api::{RayaTypedFunction, RayaWord};
use raya_vm::{Arguments, ErrorKind, Thrown, Value, Vm};

use crate::call::{self, BoundFunction};

/// Parameters of a typed entry, at most.
const TYPED_PARAMETERS_MAX: usize = 8;

/// A type that a machine word can hold.
#[derive(Clone, Copy, Debug, PartialEq)]
enum WordType {
    Number,
    Int,
    Boolean,
    Text,
    Void,
}

/// A typed entry, its signature read.
#[derive(Clone, Copy)]
pub(crate) struct TypedEntry {
    code: RayaTypedFunction,
    result: WordType,
    count: usize,
    parameters: [WordType; TYPED_PARAMETERS_MAX],
}

impl TypedEntry {
    /// The entry, if its signature is one: `(number,string):int`, without spaces.
    pub(crate) fn new(code: RayaTypedFunction, signature: &str) -> Option<TypedEntry> {
        let (parameters, result) = signature.strip_prefix('(')?.split_once("):")?;
        let result = word_type(result).filter(|result| *result != WordType::Text)?;
        let mut entry =
            TypedEntry { code, result, count: 0, parameters: [WordType::Void; TYPED_PARAMETERS_MAX] };
        for parameter in parameters.split(',').filter(|_| !parameters.is_empty()) {
            let found = word_type(parameter).filter(|found| *found != WordType::Void)?;
            *entry.parameters.get_mut(entry.count)? = found;
            entry.count += 1;
        }
        Some(entry)
    }

    pub(crate) fn arity(&self) -> usize {
        self.count
    }
}

fn word_type(name: &str) -> Option<WordType> {
    Some(match name {
        "number" => WordType::Number,
        "int" => WordType::Int,
        "boolean" => WordType::Boolean,
        "string" => WordType::Text,
        "void" => WordType::Void,
        _ => return None,
    })
}

/// The two words of an argument, if it is held as its parameter's type says.
#[inline(always)]
fn words_of(value: Value, parameter: WordType) -> Option<[RayaWord; 2]> {
    let unused = RayaWord { length: 0 };
    Some(match parameter {
        WordType::Number => [RayaWord { number: value.as_number()? }, unused],
        WordType::Int => [RayaWord { int: value.as_int()? }, unused],
        WordType::Boolean => [RayaWord { int: i32::from(value.as_boolean()?) }, unused],
        WordType::Text => {
            let bytes = value.as_string()?.as_bytes();
            [RayaWord { text: bytes.as_ptr().cast() }, RayaWord { length: bytes.len() }]
        }
        WordType::Void => return None,
    })
}

/// Calls a function that has a typed entry.
pub(crate) fn call(
    vm: &mut Vm,
    index: u32,
    data: *const c_void,
    arguments: Arguments<'_>,
) -> Result<Value, Thrown> {
    // SAFETY: entries of this function are made with a bound function, which lives as long as the process.
    let function: &'static BoundFunction = unsafe { &*data.cast::<BoundFunction>() };
    let slots = arguments.slots();
    let Some(entry) = function.typed.as_ref().filter(|entry| entry.count == slots.len()) else {
        return call::boxed(function.module)(vm, index, data, arguments);
    };
    let mut words = [const { MaybeUninit::<[RayaWord; 2]>::uninit() }; TYPED_PARAMETERS_MAX];
    for ((slot, parameter), place) in slots.iter().zip(&entry.parameters).zip(&mut words) {
        match words_of(slot.get(), *parameter) {
            Some(words) => place.write(words),
            None => return call::boxed(function.module)(vm, index, data, arguments),
        };
    }
    let mut result = RayaWord { length: 0 };
    // SAFETY: a typed entry reads as many words as its signature has parameters, which were just written, and writes one;
    // texts stay where they are, since nothing is allocated meanwhile. What it wrote is what its signature says.
    unsafe {
        if (entry.code)(words.as_ptr().cast(), &raw mut result) != 0 {
            return Err(threw(vm, result));
        }
        Ok(match entry.result {
            WordType::Number => Value::number(result.number),
            WordType::Int => Value::int(result.int),
            WordType::Boolean => Value::boolean(result.int != 0),
            WordType::Text | WordType::Void => Value::NULL,
        })
    }
}

/// The error of an entry that failed.
#[cold]
fn threw(vm: &mut Vm, result: RayaWord) -> Thrown {
    // SAFETY: an entry that fails writes a message.
    let text = unsafe { result.text };
    let message = if text.is_null() {
        "the native function failed".to_owned()
    } else {
        // SAFETY: a message is NUL-terminated and stays until the next call.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    };
    let thrown = vm.error(ErrorKind::Native, &message);
    if let Some(object) = thrown.0.as_plain() {
        let name = Value::reference(vm.heap().string("NativePanic"));
        // A program whose Error class has no such field does not see the name.
        let _ = vm.set_property(object, "name", name);
    }
    thrown
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" fn nothing(_: *const [RayaWord; 2], _: *mut RayaWord) -> core::ffi::c_int {
        0
    }

    #[test]
    fn signatures_name_types_alone() {
        let read = |signature| {
            let entry = TypedEntry::new(nothing, signature)?;
            Some((entry.parameters[..entry.count].to_vec(), entry.result))
        };
        use WordType::{Boolean, Int, Number, Text, Void};
        assert_eq!(read("():void"), Some((vec![], Void)));
        assert_eq!(read("(number,int,boolean,string):int"), Some((vec![Number, Int, Boolean, Text], Int)));
        let most = "(int,int,int,int,int,int,int,int):boolean";
        assert_eq!(read(most), Some((vec![Int; 8], Boolean)));
        for bad in [
            "",
            "()",
            "number",
            "(number)",
            "(number) : int",
            "(void):int",
            "():string",
            "(float):int",
            "(,):int",
            "(int,int,int,int,int,int,int,int,int):int",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
