//! Tasks that modules end, from any thread.
//!
//! What a module holds is a number with a generation in the shape of a pointer, as for values that are kept: completing one
//! twice, or after its end, is found. The numbers stand in a table of the process, since any thread may ask.

use core::ffi::{c_int, c_void};
use core::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use raya_abi::api::{
    RayaContext, RayaFinalizer, RayaTask, RayaTaskCancel, RayaTaskFinish, RayaTaskWork, RayaValue,
};
use raya_vm::{Completer, ErrorKind, Pending, Thrown, Value, Vm, Work};

use crate::call::{BoundFunction, Call, finish_task, with_context, without_current};
use crate::guard;

/// Bits of a number; the generation stands above them.
const NUMBER_BITS: u32 = 24;
/// Tasks of natives that run at the same time, at most; a number is the index + 1.
const TASKS_MAX: usize = (1 << NUMBER_BITS) - 1;

static TASKS: Mutex<Tasks> = Mutex::new(Tasks { entries: Vec::new(), free: Vec::new() });

struct Tasks {
    entries: Vec<Entry>,
    free: Vec<usize>,
}

struct Entry {
    generation: u32,
    /// None while nothing is to be completed under this number.
    completer: Option<Completer>,
    cancelled: bool,
    /// What the work threw.
    failure: Option<String>,
}

/// A thread that panicked while it held the lock left the table as good as before.
fn tasks() -> MutexGuard<'static, Tasks> {
    TASKS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tasks {
    /// A number without a completer yet; none when there are too many.
    fn reserve(&mut self) -> Option<usize> {
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.entries.len() < TASKS_MAX => {
                self.entries.push(Entry { generation: 0, completer: None, cancelled: false, failure: None });
                self.entries.len() - 1
            }
            None => return None,
        };
        let entry = &mut self.entries[index];
        entry.generation = entry.generation.wrapping_add(1);
        Some((index + 1) | (entry.generation as usize) << NUMBER_BITS)
    }

    fn entry(&mut self, number: usize) -> Option<&mut Entry> {
        let entry = self.entries.get_mut((number & TASKS_MAX).checked_sub(1)?)?;
        (entry.generation as usize == number >> NUMBER_BITS).then_some(entry)
    }

    /// The number is used again for others.
    fn release(&mut self, number: usize) -> Option<String> {
        let entry = self.entry(number)?;
        entry.generation = entry.generation.wrapping_add(1);
        entry.completer = None;
        entry.cancelled = false;
        let failure = entry.failure.take();
        self.free.push((number & TASKS_MAX) - 1);
        failure
    }
}

/// A task's data, with what becomes of it.
struct Operation {
    function: &'static BoundFunction,
    number: usize,
    finish: Option<RayaTaskFinish>,
    cancel: Option<RayaTaskCancel>,
    data: Data,
}

/// Data of a module, which its finalizer frees.
struct Data {
    pointer: *mut c_void,
    finalizer: Option<RayaFinalizer>,
}

impl Drop for Data {
    fn drop(&mut self) {
        if let Some(finalizer) = self.finalizer {
            // SAFETY: the module promises a finalizer that takes this data, once, on the program's thread.
            without_current(|| unsafe {
                guard::call(finalizer as *const c_void, self.pointer, ptr::null_mut(), 0)
            });
        }
    }
}

impl Pending for Operation {
    fn finish(self: Box<Self>, vm: &mut Vm) -> Result<Value, Thrown> {
        let failure = tasks().entry(self.number).and_then(|entry| entry.failure.take());
        let result = match (failure, self.finish) {
            (Some(message), _) => Err(vm.error(ErrorKind::Native, &message)),
            (None, Some(finish)) => finish_task(vm, self.function, finish, self.data.pointer),
            (None, None) => Ok(Value::NULL),
        };
        vm.completed_result(result, self.function.index)
    }

    fn cancel(&mut self) {
        if let Some(entry) = tasks().entry(self.number) {
            entry.cancelled = true;
        }
        if let Some(cancel) = self.cancel {
            // SAFETY: the module promises a function that takes its data, on the program's thread.
            without_current(|| unsafe {
                guard::call(cancel as *const c_void, self.data.pointer, ptr::null_mut(), 0)
            });
        }
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        tasks().release(self.number);
    }
}

pub(super) unsafe extern "C" fn new(
    context: *mut RayaContext,
    finish: Option<RayaTaskFinish>,
    cancel: Option<RayaTaskCancel>,
    finalizer: Option<RayaFinalizer>,
    data: *mut c_void,
    task: *mut *mut RayaTask,
) -> *mut RayaValue {
    let data = Data { pointer: data, finalizer };
    with_context(context, ptr::null_mut(), move |call| {
        if task.is_null() {
            let message = format!("{}: a task needs a place for its number", call.function.name);
            call.raise(ErrorKind::Type, &message);
            return ptr::null_mut();
        }
        let Some((value, number)) = start(call, finish, cancel, data) else { return ptr::null_mut() };
        // SAFETY: the module passes a place for the number.
        unsafe { task.write(ptr::without_provenance_mut(number)) };
        call.push(value)
    })
}

pub(super) unsafe extern "C" fn run(
    context: *mut RayaContext,
    work: Option<RayaTaskWork>,
    finish: Option<RayaTaskFinish>,
    cancel: Option<RayaTaskCancel>,
    finalizer: Option<RayaFinalizer>,
    data: *mut c_void,
) -> *mut RayaValue {
    let data = Data { pointer: data, finalizer };
    with_context(context, ptr::null_mut(), move |call| {
        let Some(work) = work else {
            let message = format!("{}: a task has no work", call.function.name);
            call.raise(ErrorKind::Type, &message);
            return ptr::null_mut();
        };
        let pointer = data.pointer;
        let Some((value, number)) = start(call, finish, cancel, data) else { return ptr::null_mut() };
        let handle = call.push(value);
        let work = work_on_pool(call.function, work, number, pointer);
        call.vm().run_beside(work);
        handle
    })
}

/// A task and its number. None, with an error pending, where there can be none.
fn start(
    call: &mut Call,
    finish: Option<RayaTaskFinish>,
    cancel: Option<RayaTaskCancel>,
    data: Data,
) -> Option<(Value, usize)> {
    let function = call.function;
    let Some(number) = tasks().reserve() else {
        let message = format!("{}: too many tasks of native functions run", function.name);
        call.raise(ErrorKind::Range, &message);
        return None;
    };
    let operation = Box::new(Operation { function, number, finish, cancel, data });
    let Some((value, completer)) = call.vm().start_operation(operation) else {
        let message = format!("{}: gives a task, and is not declared to return one", function.name);
        call.raise(ErrorKind::Type, &message);
        return None;
    };
    if let Some(entry) = tasks().entry(number) {
        entry.completer = Some(completer);
    }
    Some((value, number))
}

/// What a module's data is to the thread that works on it.
struct Sent(*mut c_void);

// SAFETY: a module that hands work to another thread promises that its data may be used there.
unsafe impl Send for Sent {}

/// The module's work for a thread of the pool.
fn work_on_pool(
    function: &'static BoundFunction,
    work: RayaTaskWork,
    number: usize,
    data: *mut c_void,
) -> Work {
    let data = Sent(data);
    let reader = function.module.reader;
    Box::new(move || {
        let Sent(data) = { data };
        let task: *mut c_void = ptr::without_provenance_mut(number);
        // SAFETY: the work takes a task and its data, which stays until the task is completed.
        let outcome = unsafe { guard::call(work as *const c_void, task, data, 0) };
        if !outcome.exception.is_null() {
            // SAFETY: the guard just caught it; the reader is the one its module was bound with.
            let message = unsafe { guard::end(outcome.exception, reader) };
            if let Some(entry) = tasks().entry(number) {
                entry.failure = Some(message);
            }
        }
        complete_number(number);
    })
}

/// Completes a task; false when it was before.
fn complete_number(number: usize) -> bool {
    let completer = tasks().entry(number).and_then(|entry| entry.completer.take());
    // Outside of the lock: the program's thread may want it at once.
    completer.map(|completer| completer.complete()).is_some()
}

pub(super) unsafe extern "C" fn complete(task: *mut RayaTask) -> c_int {
    c_int::from(complete_number(task.addr()))
}

pub(super) unsafe extern "C" fn is_cancelled(task: *mut RayaTask) -> c_int {
    c_int::from(tasks().entry(task.addr()).is_none_or(|entry| entry.cancelled))
}
