//! What `#[function]` and `#[module]` expand to: entries that stop panics, the descriptor, binding and registration.

use core::any::Any;
use core::cell::{Cell, RefCell};
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use raya_abi::api::{
    RayaApi, RayaContext, RayaModule, RayaNativeFunction, RayaTypedFunction, RayaValue, RayaWord,
};
use raya_abi::image::ModuleNote;

use crate::context::Context;
use crate::error::Error;
use crate::native_type::NativeType;
use crate::slot::{self, api};
use crate::text::Text;
use crate::value::Value;

/// A function marked with `#[function]`, as a type that stands beside it.
pub trait Exported {
    /// Its name in Raya.
    const NAME: &'static str;
    /// Number of parameters, the context not counted.
    const ARITY: usize;
    /// Its parameters and result: `(path: string): Result<string, Error>`.
    const SIGNATURE: Text;
    /// What the host calls.
    const ENTRY: RayaNativeFunction;
    /// The typed entry and its signature, if its types fit into machine words.
    const TYPED: Option<(RayaTypedFunction, &'static str)>;
}

/// A function that a module exports.
#[derive(Clone, Copy)]
pub struct Export {
    name: &'static str,
    arity: usize,
    signature: Text,
    entry: RayaNativeFunction,
    typed: Option<(RayaTypedFunction, &'static str)>,
}

impl Export {
    /// The export of the function that `F` stands for.
    pub const fn of<F: Exported>() -> Export {
        Export { name: F::NAME, arity: F::ARITY, signature: F::SIGNATURE, entry: F::ENTRY, typed: F::TYPED }
    }
}

/// The Raya name of an opaque type.
pub const fn opaque_type<T: NativeType>() -> &'static str {
    T::NAME
}

/// Refuses, while compiling, two exports of one name.
pub const fn assert_module(types: &[&str], functions: &[Export]) {
    let mut first = 0;
    while first < functions.len() {
        let mut second = first + 1;
        while second < functions.len() {
            assert!(
                !equal(functions[first].name, functions[second].name),
                "two exported functions have the same name"
            );
            second += 1;
        }
        first += 1;
    }
    let mut first = 0;
    while first < types.len() {
        let mut second = first + 1;
        while second < types.len() {
            assert!(!equal(types[first], types[second]), "two exported types have the same name");
            second += 1;
        }
        first += 1;
    }
}

const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Bytes of the descriptor.
pub const fn descriptor_length(module: &str, types: &[&str], functions: &[Export]) -> usize {
    write_descriptor([], module, types, functions).1
}

/// The descriptor: the text of a `declare module` block.
pub const fn descriptor<const LENGTH: usize>(
    module: &str,
    types: &[&str],
    functions: &[Export],
) -> [u8; LENGTH] {
    let (bytes, length) = write_descriptor([0; LENGTH], module, types, functions);
    assert!(length == LENGTH);
    bytes
}

/// Writes as much of the descriptor as there is room for, and says how long it is.
const fn write_descriptor<const ROOM: usize>(
    bytes: [u8; ROOM],
    module: &str,
    types: &[&str],
    functions: &[Export],
) -> ([u8; ROOM], usize) {
    let mut state = push((bytes, 0), "declare module \"native:");
    state = push(push(state, module), "\" {\n");
    let mut at = 0;
    while at < types.len() {
        state = push(push(push(state, "  type "), types[at]), " = native;\n");
        at += 1;
    }
    let mut at = 0;
    while at < functions.len() {
        state = push(push(state, "  export function "), functions[at].name);
        state = push(push(state, functions[at].signature.as_str()), ";\n");
        at += 1;
    }
    push(state, "}\n")
}

const fn push<const ROOM: usize>(state: ([u8; ROOM], usize), text: &str) -> ([u8; ROOM], usize) {
    let (mut bytes, length) = state;
    let text = text.as_bytes();
    let mut at = 0;
    while at < text.len() {
        if length + at < ROOM {
            bytes[length + at] = text[at];
        }
        at += 1;
    }
    (bytes, length + text.len())
}

/// The arguments of a running call.
pub struct Arguments {
    context: *mut RayaContext,
    first: *mut *mut RayaValue,
    count: usize,
}

impl Arguments {
    /// The arguments the host passed.
    ///
    /// # Safety
    ///
    /// `first` points at `count` handles while this value lives.
    ///
    /// # Errors
    ///
    /// A `TypeError` when there are not `expected` of them.
    pub unsafe fn new(
        context: &Context,
        first: *mut *mut RayaValue,
        count: usize,
        expected: usize,
    ) -> Result<Arguments, Error> {
        if count != expected {
            return Err(Error::type_error(&format!("expected {expected} arguments, found {count}")));
        }
        Ok(Arguments { context: context.raw(), first, count })
    }

    /// The argument at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> Value {
        assert!(index < self.count);
        // SAFETY: `new` demands that many handles.
        Value::new(self.context, unsafe { *self.first.add(index) })
    }
}

thread_local! {
    /// Exported functions that are running on this thread.
    static RUNNING: Cell<u32> = const { Cell::new(0) };
    /// Where the last panic inside one happened.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
    /// The message that the last typed entry that failed left for the host.
    static MESSAGE: RefCell<CString> = RefCell::new(CString::default());
}

/// Runs an exported function; what it panics with becomes an error.
pub fn run(raw: *mut RayaContext, body: impl FnOnce(&Context) -> Result<Value, Error>) -> *mut RayaValue {
    let context = Context::new(raw);
    match caught(|| body(&context)) {
        Ok(Ok(value)) => value.raw(),
        Ok(Err(error)) | Err(error) => error.give(&context),
    }
}

/// Runs an exported function from its typed entry: writes its result, or what it panics with.
///
/// # Safety
///
/// `result` is one word to be written.
pub unsafe fn run_typed(result: *mut RayaWord, body: impl FnOnce() -> RayaWord) -> core::ffi::c_int {
    RUNNING.with(|running| running.set(running.get() + 1));
    let outcome = catch_unwind(AssertUnwindSafe(body));
    RUNNING.with(|running| running.set(running.get() - 1));
    let (word, status) = match outcome {
        Ok(word) => (word, 0),
        Err(payload) => (kept_message(&*payload), 1),
    };
    // SAFETY: as the caller promises.
    unsafe { result.write(word) };
    status
}

/// The message of a panic, where it stays until the next one.
#[cold]
fn kept_message(payload: &(dyn Any + Send)) -> RayaWord {
    let message = CString::new(panic_message(payload).replace('\0', " ")).unwrap_or_default();
    let text = MESSAGE.with(|kept| {
        let mut kept = kept.borrow_mut();
        *kept = message;
        kept.as_ptr()
    });
    RayaWord { text }
}

/// What `body` gives, or what it panicked with as an error.
pub(crate) fn caught<T>(body: impl FnOnce() -> T) -> Result<T, Error> {
    RUNNING.with(|running| running.set(running.get() + 1));
    let outcome = catch_unwind(AssertUnwindSafe(body));
    RUNNING.with(|running| running.set(running.get() - 1));
    outcome.map_err(|payload| panic_error(&*payload))
}

#[cold]
fn panic_error(payload: &(dyn Any + Send)) -> Error {
    Error::new(&panic_message(payload)).with_name("NativePanic")
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the native function panicked".to_owned());
    let place = PLACE.with(|place| core::mem::take(&mut *place.borrow_mut()));
    if place.is_empty() { message } else { format!("{message} ({place})") }
}

/// Keeps quiet about panics that are on their way to Raya, and notes where they happened; all others go on as before.
fn hook_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |information| {
            if RUNNING.with(Cell::get) == 0 {
                return previous(information);
            }
            let place = information.location().map(|location| {
                let file = location.file().rsplit(['/', '\\']).next().unwrap_or_default();
                format!("{file}:{}", location.line())
            });
            PLACE.with(|kept| *kept.borrow_mut() = place.unwrap_or_default());
        }));
    });
}

/// Takes the host's table.
///
/// # Safety
///
/// `api` points at a table of at least this crate's version that lives as long as the program.
pub unsafe fn bind(api: *const RayaApi, note: &'static ModuleNote, descriptor: &'static [u8]) {
    // SAFETY: as the caller promises.
    unsafe { slot::fill(api) };
    // The linker drops what nothing refers to, `#[used]` or not: these reads refer to both sections.
    // SAFETY: both are valid references; the descriptor is never empty.
    unsafe {
        core::ptr::read_volatile(&note.size);
        core::ptr::read_volatile(descriptor.as_ptr());
    }
    hook_panics();
}

/// Registers a module's functions.
pub fn init(name: &str, version: &str, functions: &[Export]) -> *mut RayaModule {
    let api = api();
    let (Ok(name), Ok(version)) = (CString::new(name), CString::new(version)) else {
        return core::ptr::null_mut();
    };
    // SAFETY: all texts are NUL-terminated and copied by the host, which checks the rest.
    unsafe {
        let builder =
            (api.module_builder_new)(name.as_ptr(), version.as_ptr(), raya_abi::version::ABI_VERSION);
        for function in functions {
            let Ok(name) = CString::new(function.name) else { continue };
            (api.module_add_function)(builder, name.as_ptr(), Some(function.entry), function.arity);
            if let Some((entry, signature)) = function.typed
                && let Ok(signature) = CString::new(signature)
            {
                (api.module_add_typed)(builder, name.as_ptr(), Some(entry), signature.as_ptr());
            }
        }
        (api.module_builder_finish)(builder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" fn entry(_: *mut RayaContext, _: *mut *mut RayaValue, _: usize) -> *mut RayaValue {
        core::ptr::null_mut()
    }

    const FUNCTIONS: [Export; 2] = [
        Export { name: "hash", arity: 1, signature: Text::new("(data: string): string"), entry, typed: None },
        Export { name: "now", arity: 0, signature: Text::new("(): number"), entry, typed: None },
    ];
    const LENGTH: usize = descriptor_length("crypto", &["Key"], &FUNCTIONS);
    static DESCRIPTOR: [u8; LENGTH] = descriptor("crypto", &["Key"], &FUNCTIONS);

    #[test]
    fn the_descriptor_is_a_declare_module_block() {
        assert_eq!(
            core::str::from_utf8(&DESCRIPTOR),
            Ok(
                "declare module \"native:crypto\" {\n  type Key = native;\n  export function hash(data: string): string;\n  \
                export function now(): number;\n}\n"
            )
        );
    }
}
