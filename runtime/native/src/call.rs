//! One native call: handles that are checked, an error that may be pending, a result.

use core::cell::Cell;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;

use raya_abi::api::{RayaContext, RayaNativeFunction, RayaTaskFinish, RayaValue};
use raya_abi::limits::PARAMETERS_MAX;
use raya_vm::Value;
use raya_vm::{Arguments, Vm};
use raya_vm::{ErrorKind, Thrown};

use crate::guard::{self, Exception, Outcome};
use crate::module::Module;
use crate::registry::Boundary;
use crate::typed::TypedEntry;

/// Handles that one call may make.
const HANDLES_MAX: usize = 1 << 26;

/// A native function of the running program: what calling it takes.
pub(crate) struct BoundFunction {
    /// Its number in the program's table of natives.
    pub(crate) index: u32,
    pub(crate) code: RayaNativeFunction,
    pub(crate) arity: usize,
    /// Arguments that a call has to pass; those after them may be null.
    pub(crate) required: usize,
    /// An array of bytes is accepted as a `Uint8Array`.
    pub(crate) makes_bytes: bool,
    pub(crate) name: &'static str,
    pub(crate) module: &'static Module,
    pub(crate) boundary: &'static Boundary,
    pub(crate) typed: Option<TypedEntry>,
}

/// A running call. Modules hold its address as their `RayaContext`.
pub(crate) struct Call {
    vm: *mut Vm,
    pub(crate) function: &'static BoundFunction,
    arguments: *const Cell<Value>,
    argument_count: usize,
    /// The handle of the error that is thrown when the function returns without one of its own.
    pending: *const Cell<Value>,
    handle_count: usize,
}

thread_local! {
    /// The call whose native code is running on this thread; null while Raya code or a finalizer runs.
    static CURRENT: Cell<*mut Call> = const { Cell::new(ptr::null_mut()) };
}

/// What stands before the value in the handle area, for handles that are more than a value. No other slot holds it.
const MARK: Value = Value::ABSENT;

/// How the boxed functions of a module are called.
pub(crate) fn boxed(module: &Module) -> raya_vm::NativeCall {
    if module.may_unwind { guarded } else { plain }
}

/// Calls a function whose module cannot unwind.
pub(crate) fn plain(
    vm: &mut Vm,
    _index: u32,
    data: *const c_void,
    arguments: Arguments<'_>,
) -> Result<Value, Thrown> {
    enter::<false>(vm, data, arguments)
}

/// Calls a function whose module may throw or panic.
pub(crate) fn guarded(
    vm: &mut Vm,
    _index: u32,
    data: *const c_void,
    arguments: Arguments<'_>,
) -> Result<Value, Thrown> {
    enter::<true>(vm, data, arguments)
}

#[inline(always)]
fn enter<const GUARDED: bool>(
    vm: &mut Vm,
    data: *const c_void,
    arguments: Arguments<'_>,
) -> Result<Value, Thrown> {
    // SAFETY: entries of these two functions are made with a bound function, which lives as long as the process.
    let function: &'static BoundFunction = unsafe { &*data.cast::<BoundFunction>() };
    let slots = arguments.slots();
    if slots.len() != function.arity {
        return enter_with_other_count(vm, data, arguments, function);
    }
    let mut handles = [const { MaybeUninit::<*mut RayaValue>::uninit() }; PARAMETERS_MAX];
    point(&mut handles, slots);
    let mark = vm.handles().open();
    let mut call = Call {
        vm: ptr::from_mut(vm),
        function,
        arguments: slots.as_ptr(),
        argument_count: slots.len(),
        pending: ptr::null(),
        handle_count: 0,
    };
    let context = &raw mut call;
    let outer = CURRENT.replace(context);
    // SAFETY: the code is a native function; the handles point at the caller's registers, which stay where they are.
    let outcome = unsafe {
        let first = handles.as_mut_ptr().cast::<*mut RayaValue>();
        if GUARDED {
            guard::call(function.code as *const c_void, context.cast(), first.cast(), slots.len())
        } else {
            let value = (function.code)(context.cast::<RayaContext>(), first, slots.len());
            Outcome { value: value.cast(), exception: ptr::null_mut() }
        }
    };
    CURRENT.set(outer);
    // SAFETY: the native returned, so nobody else uses the call.
    let result = unsafe { &mut *context }.finish(outcome);
    vm.handles().close(mark);
    result
}

/// Calls the function that makes what a task of `function` gives from the task's data.
pub(crate) fn finish_task(
    vm: &mut Vm,
    function: &'static BoundFunction,
    finish: RayaTaskFinish,
    data: *mut c_void,
) -> Result<Value, Thrown> {
    let mark = vm.handles().open();
    let mut call = Call {
        vm: ptr::from_mut(vm),
        function,
        arguments: ptr::null(),
        argument_count: 0,
        pending: ptr::null(),
        handle_count: 0,
    };
    let context = &raw mut call;
    let outer = CURRENT.replace(context);
    // SAFETY: the function takes a context and its data, which is the task's own.
    let outcome = unsafe { guard::call(finish as *const c_void, context.cast(), data, 0) };
    CURRENT.set(outer);
    // SAFETY: the function returned, so nobody else uses the call.
    let result = unsafe { &mut *context }.finish(outcome);
    vm.handles().close(mark);
    result
}

/// Points the handles at the arguments: the first few one by one, which is faster than a loop over so few.
#[inline(always)]
fn point(handles: &mut [MaybeUninit<*mut RayaValue>; PARAMETERS_MAX], slots: &[Cell<Value>]) {
    const FIRST: usize = 4;
    let handle = |index: usize| slots.as_ptr().wrapping_add(index).cast_mut().cast();
    // Handles beyond the last argument are never looked at.
    for (index, place) in handles.iter_mut().take(FIRST).enumerate() {
        place.write(handle(index));
    }
    if slots.len() > FIRST {
        for (index, place) in handles.iter_mut().enumerate().take(slots.len()).skip(FIRST) {
            place.write(handle(index));
        }
    }
}

/// A call through a function value may pass fewer arguments than there are parameters: those that may be null are.
#[cold]
fn enter_with_other_count(
    vm: &mut Vm,
    data: *const c_void,
    arguments: Arguments<'_>,
    function: &'static BoundFunction,
) -> Result<Value, Thrown> {
    let count = arguments.count();
    if count < function.required || count > function.arity {
        let message = format!("{}: expected {} arguments, found {count}", function.name, function.arity);
        return Err(vm.error(ErrorKind::Type, &message));
    }
    let given = (0..function.arity).map(|index| Cell::new(arguments.get(index)));
    let slots: Vec<Cell<Value>> = given.collect();
    // The originals stay in the caller's registers, so the copies need no rooting.
    boxed(function.module)(vm, 0, data, Arguments::new(&slots))
}

/// Runs `body` with the call whose native code is running on this thread, or gives `otherwise`.
#[inline(always)]
pub(crate) fn with_current<T>(otherwise: T, body: impl FnOnce(&mut Call) -> T) -> T {
    // SAFETY: a current call lives on the stack below, and its native code runs, so nobody else uses it: the functions of
    // the table never run two at a time in one call, and calling back leaves no current call.
    match unsafe { CURRENT.get().as_mut() } {
        Some(call) => body(call),
        None => otherwise,
    }
}

/// Runs `body`, in which no call is current: code of a module that may not use the table.
pub(crate) fn without_current<T>(body: impl FnOnce() -> T) -> T {
    let this = CURRENT.replace(ptr::null_mut());
    let result = body();
    CURRENT.set(this);
    result
}

/// Runs `body` with the running call if `context` is its own, or gives `otherwise`.
#[inline(always)]
pub(crate) fn with_context<T>(
    context: *mut RayaContext,
    otherwise: T,
    body: impl FnOnce(&mut Call) -> T,
) -> T {
    if CURRENT.get().cast() == context { with_current(otherwise, body) } else { otherwise }
}

impl Call {
    /// The machine.
    #[inline(always)]
    pub(crate) fn vm(&mut self) -> &mut Vm {
        // SAFETY: the machine outlives the call, and `enter` does not touch it while native code runs.
        unsafe { &mut *self.vm }
    }

    /// Whether the handle is that of an argument.
    #[inline(always)]
    fn is_argument(&self, handle: *const Cell<Value>) -> bool {
        // Rotated, an offset that is no multiple of the slots' size is larger than any count.
        let offset = handle.addr().wrapping_sub(self.arguments.addr());
        offset.rotate_right(size_of::<Value>().trailing_zeros()) < self.argument_count
    }

    /// Whether the handle is that of a slot in the handle area.
    #[inline(always)]
    fn is_made(&mut self, handle: *const Cell<Value>) -> bool {
        self.vm().handles().contains(handle)
    }

    /// What the handle holds; none, with an error pending, for a stale or foreign one.
    #[inline(always)]
    pub(crate) fn read(&mut self, value: *mut RayaValue) -> Option<Value> {
        let handle: *const Cell<Value> = value.cast_const().cast();
        if self.is_argument(handle) || self.is_made(handle) {
            // SAFETY: it points at a slot of the caller's registers or of the handle area.
            let value = unsafe { (*handle).get() };
            Some(if value.is_absent() { Value::NULL } else { value })
        } else {
            self.invalid(value);
            None
        }
    }

    #[cold]
    fn invalid(&mut self, value: *mut RayaValue) {
        let message = if value.is_null() {
            format!("{}: a value was expected, NULL was passed", self.function.name)
        } else {
            format!("{}: a handle was used that does not belong to this call", self.function.name)
        };
        self.raise(ErrorKind::Type, &message);
    }

    /// A handle for `value`. Null, with an error pending, when the call made too many.
    #[inline(always)]
    pub(crate) fn push(&mut self, value: Value) -> *mut RayaValue {
        let value = if value.is_absent() { Value::NULL } else { value };
        self.push_raw(value)
    }

    #[inline(always)]
    fn push_raw(&mut self, value: Value) -> *mut RayaValue {
        if self.handle_count >= HANDLES_MAX {
            return self.too_many_handles();
        }
        self.handle_count += 1;
        ptr::from_ref(self.vm().handles().push(value)).cast_mut().cast()
    }

    #[cold]
    fn too_many_handles(&mut self) -> *mut RayaValue {
        if self.pending.is_null() {
            // The error needs a handle of its own.
            self.handle_count -= 16;
            let message = format!("{}: the call made too many handles", self.function.name);
            self.raise(ErrorKind::Range, &message);
            self.handle_count += 16;
        }
        ptr::null_mut()
    }

    /// Puts another value under a handle that this call just pushed.
    pub(crate) fn replace(&mut self, handle: *mut RayaValue, value: Value) {
        let handle: *const Cell<Value> = handle.cast_const().cast();
        if self.is_made(handle) {
            // SAFETY: it points at a slot of the handle area.
            unsafe { (*handle).set(value) };
        }
    }

    /// A handle for `value` with `marks` marks before it.
    fn push_marked(&mut self, value: Value, marks: usize) -> *mut RayaValue {
        // Slots are neighbours except where a chunk of the area ends, so the second attempt succeeds.
        for _ in 0..2 {
            let first = if marks == 2 { self.push_raw(MARK) } else { ptr::null_mut() };
            let before = self.push_raw(MARK);
            let handle = self.push_raw(value);
            if handle.is_null() {
                return handle;
            }
            let neighbours = handle.addr() == before.addr() + size_of::<Value>()
                && (marks < 2 || before.addr() == first.addr() + size_of::<Value>());
            if neighbours {
                return handle;
            }
        }
        ptr::null_mut()
    }

    /// Number of marks before a handle.
    fn marks(&mut self, value: *mut RayaValue) -> usize {
        let handle: *const Cell<Value> = value.cast_const().cast();
        if self.is_argument(handle) {
            return 0;
        }
        (1..=2)
            .take_while(|distance| {
                let before = handle.wrapping_sub(*distance);
                // SAFETY: it points at a slot of the handle area.
                self.is_made(before) && unsafe { (*before).get() } == MARK
            })
            .count()
    }

    /// A handle for an array or object that this call made and may fill.
    pub(crate) fn push_made(&mut self, value: Value) -> *mut RayaValue {
        self.push_marked(value, 1)
    }

    /// A handle for an error that is thrown when it is returned.
    pub(crate) fn push_error(&mut self, value: Value) -> *mut RayaValue {
        self.push_marked(value, 2)
    }

    /// Whether what the handle holds may be filled. If not, an error is pending.
    pub(crate) fn may_fill(&mut self, value: *mut RayaValue) -> bool {
        if self.marks(value) == 1 {
            return true;
        }
        let message = format!("{}: {} is read-only", self.function.name, self.label(value));
        self.raise(ErrorKind::Type, &message);
        false
    }

    /// What a handle is called in messages.
    pub(crate) fn label(&self, value: *mut RayaValue) -> String {
        let handle: *const Cell<Value> = value.cast_const().cast();
        if self.is_argument(handle) {
            let position = (handle.addr() - self.arguments.addr()) / size_of::<Value>() + 1;
            format!("argument {position}")
        } else {
            "a value".to_owned()
        }
    }

    /// Leaves a `TypeError`: the handle holds something else than `expected`.
    #[cold]
    pub(crate) fn mismatch(&mut self, value: *mut RayaValue, expected: &str, found: Value) {
        let found = self.vm().describe(found);
        let message =
            format!("{}: {} must be {expected}, found {found}", self.function.name, self.label(value));
        self.raise(ErrorKind::Type, &message);
    }

    /// Leaves an error, unless one is pending.
    #[cold]
    pub(crate) fn raise(&mut self, kind: ErrorKind, message: &str) {
        if self.pending.is_null() {
            let thrown = self.vm().error(kind, message);
            self.throw(thrown);
        }
    }

    /// Leaves what was thrown, unless an error is pending.
    pub(crate) fn throw(&mut self, thrown: Thrown) {
        if self.pending.is_null() {
            self.pending = self.push(thrown.0).cast_const().cast();
        }
    }

    /// Whether an error is pending.
    #[inline(always)]
    pub(crate) fn is_pending(&self) -> bool {
        !self.pending.is_null()
    }

    /// The pending error, which no longer is.
    #[inline(always)]
    pub(crate) fn take_pending(&mut self) -> Option<Value> {
        if self.pending.is_null() {
            return None;
        }
        let pending = core::mem::replace(&mut self.pending, ptr::null());
        // SAFETY: it points at a slot of the handle area that this call pushed.
        Some(unsafe { (*pending).get() })
    }

    /// Calls a Raya function; no native code of this call runs meanwhile.
    pub(crate) fn call_back(&mut self, function: Value, arguments: &[Value]) -> Result<Value, Thrown> {
        let this = CURRENT.replace(ptr::null_mut());
        let result = self.vm().call(function, arguments);
        CURRENT.set(this);
        result
    }

    /// What the caller gets.
    #[inline(always)]
    fn finish(&mut self, outcome: Outcome) -> Result<Value, Thrown> {
        let handle: *const Cell<Value> = outcome.value.cast_const().cast();
        if outcome.exception.is_null() && !self.is_pending() {
            if handle.is_null() {
                return Ok(Value::NULL);
            }
            if self.is_made(handle) {
                // SAFETY: it points at a slot of the handle area.
                let value = unsafe { (*handle).get() };
                if !value.is_reference() && !value.is_absent() {
                    return Ok(value);
                }
            }
        }
        self.finish_slowly(outcome)
    }

    /// What the caller gets, in every case.
    #[inline(never)]
    fn finish_slowly(&mut self, outcome: Outcome) -> Result<Value, Thrown> {
        if !outcome.exception.is_null() {
            return Err(self.threw(outcome.exception));
        }
        let handle = outcome.value.cast::<RayaValue>();
        if handle.is_null() {
            return match self.take_pending() {
                Some(error) => Err(Thrown(error)),
                None => Ok(Value::NULL),
            };
        }
        let Some(value) = self.read(handle) else {
            return Err(Thrown(self.take_pending().unwrap_or(Value::NULL)));
        };
        if value.is_reference() && self.marks(handle) == 2 {
            return Err(Thrown(value));
        }
        if let Some(error) = self.take_pending() {
            return Err(Thrown(error));
        }
        if self.function.makes_bytes && value.as_array().is_some() { self.bytes_of(value) } else { Ok(value) }
    }

    /// The `Uint8Array` that an array of bytes stands for.
    #[cold]
    fn bytes_of(&mut self, value: Value) -> Result<Value, Thrown> {
        let Some(array) = value.as_array() else { return Ok(value) };
        let mut bytes = Vec::with_capacity(array.length());
        for (index, element) in array.iter().enumerate() {
            let number = element
                .as_number()
                .filter(|number| number.trunc() == *number && (0.0..=255.0).contains(number));
            let Some(number) = number else {
                let found = self.vm().describe(element);
                let shown = element.as_number().map_or(found, |number| number.to_string());
                let message = format!(
                    "{} returned an array for a Uint8Array: element {index} must be an int from 0 to 255, found {shown}",
                    self.function.name
                );
                return Err(self.vm().error(ErrorKind::Type, &message));
            };
            bytes.push(number as u8);
        }
        Ok(Value::reference(self.vm().heap().bytes(&bytes)))
    }

    /// The error that an exception becomes.
    #[cold]
    fn threw(&mut self, exception: *mut Exception) -> Thrown {
        // SAFETY: the guard just caught it; the reader is the one its module was bound with.
        let message = unsafe { guard::end(exception, self.function.module.reader) };
        self.vm().error(ErrorKind::Native, &message)
    }
}
