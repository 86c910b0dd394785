//! Tasks that native code ends: work on a thread of the host's pool, and tasks that are completed by hand.

use core::ffi::c_void;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::pin;
use core::task::{Context as PollContext, Poll, Waker};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;
use std::thread::Thread;

use raya_abi::api::{RayaContext, RayaTask, RayaValue};

use crate::context::Context;
use crate::convert::IntoRaya;
use crate::error::Error;
use crate::export::{caught, run};
use crate::slot::api;
use crate::text::Text;
use crate::value::Value;

/// A task: the result of a function that takes long, which Raya sees as `Task<T>`. What it does goes on elsewhere, while the
/// program's other tasks run.
///
/// ```no_run
/// use raya_native::{Context, Error, Task, function};
///
/// /// `export function readFile(path: string): Task<string>` in Raya: `await readFile("notes.txt")`.
/// #[function]
/// fn read_file(context: &Context, path: String) -> Task<Result<String, Error>> {
///     Task::run(context, move |_| Ok(std::fs::read_to_string(path)?))
/// }
/// ```
///
/// An `async` function marked with `#[function]` is the same, written shorter.
pub struct Task<T> {
    /// An error where no task could be made: it is thrown at once.
    value: Result<Value, Error>,
    gives: PhantomData<T>,
}

/// Whether a task was cancelled, for the work to ask now and then.
#[derive(Clone)]
pub struct Cancelled(Arc<AtomicBool>);

impl Cancelled {
    /// Whether nobody wants the result any more.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Ends a task, from any thread. Dropped without having been used, it ends the task with an error.
pub struct Completer<T: IntoRaya + Send + 'static> {
    shared: Arc<Shared<T>>,
    task: usize,
}

impl<T: IntoRaya + Send + 'static> Completer<T> {
    /// Ends the task: it gives `value`, or fails if that is an `Err`.
    pub fn complete(self, value: T) {
        self.shared.put(Ok(value));
    }

    /// Whether nobody wants the result any more.
    pub fn cancelled(&self) -> Cancelled {
        self.shared.cancelled.clone()
    }
}

impl<T: IntoRaya + Send + 'static> Drop for Completer<T> {
    fn drop(&mut self) {
        self.shared.put(Err(Error::new("the native function ended its task without a result")));
        // SAFETY: the host checks the number, on every thread.
        unsafe { (api().task_complete)(core::ptr::without_provenance_mut(self.task)) };
    }
}

type Work<T> = Box<dyn FnOnce(&Cancelled) -> T + Send>;

/// What the thread that works and the program's thread have in common.
struct Shared<T> {
    work: Mutex<Option<Work<T>>>,
    outcome: Mutex<Option<Result<T, Error>>>,
    cancelled: Cancelled,
}

impl<T> Shared<T> {
    fn new(work: Option<Work<T>>) -> Arc<Shared<T>> {
        let cancelled = Cancelled(Arc::new(AtomicBool::new(false)));
        Arc::new(Shared { work: Mutex::new(work), outcome: Mutex::new(None), cancelled })
    }

    /// Keeps the first outcome.
    fn put(&self, outcome: Result<T, Error>) {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(outcome);
    }
}

impl<T: IntoRaya + Send + 'static> Task<T> {
    /// Runs `work` on a thread of the host's pool; it may block. What it panics with becomes the task's error.
    pub fn run(context: &Context, work: impl FnOnce(&Cancelled) -> T + Send + 'static) -> Task<T> {
        let shared = Shared::new(Some(Box::new(work)));
        let data = Arc::into_raw(shared).cast_mut().cast::<c_void>();
        // SAFETY: the functions take the data that is passed, and are called as the host promises.
        let value = unsafe {
            (api().task_run)(
                context.raw(),
                Some(work_of::<T>),
                Some(finish_of::<T>),
                Some(cancel_of::<T>),
                Some(free::<T>),
                data,
            )
        };
        Task { value: context.made(value), gives: PhantomData }
    }

    /// Work that is a future: it is polled on a thread of the host's pool, which sleeps while it waits. Futures that need a
    /// certain runtime find it only if they bring it.
    pub fn from_future(context: &Context, future: impl Future<Output = T> + Send + 'static) -> Task<T> {
        Task::run(context, move |_| block_on(future))
    }

    /// A task that the completer ends, from whatever thread.
    pub fn pending(context: &Context) -> (Task<T>, Completer<T>) {
        let shared = Shared::new(None);
        let data = Arc::into_raw(shared.clone()).cast_mut().cast::<c_void>();
        let mut task: *mut RayaTask = core::ptr::null_mut();
        // SAFETY: the functions take the data that is passed, and are called as the host promises.
        let value = unsafe {
            (api().task_new)(
                context.raw(),
                Some(finish_of::<T>),
                Some(cancel_of::<T>),
                Some(free::<T>),
                data,
                &mut task,
            )
        };
        let completer = Completer { shared, task: task.addr() };
        (Task { value: context.made(value), gives: PhantomData }, completer)
    }
}

impl<T: IntoRaya> IntoRaya for Task<T> {
    const TYPE: Text = Text::new("Task<").then_text(&T::TYPE).then(">");

    fn into_raya(self, _context: &Context) -> Result<Value, Error> {
        self.value
    }
}

/// # Safety
///
/// `data` is that of a task whose result is `T`; it is not freed while the result is used.
unsafe fn shared_of<'a, T>(data: *mut c_void) -> &'a Shared<T> {
    // SAFETY: as the caller promises.
    unsafe { &*data.cast_const().cast::<Shared<T>>() }
}

unsafe extern "C" fn work_of<T: IntoRaya + Send>(_task: *mut RayaTask, data: *mut c_void) {
    // SAFETY: the host calls this with the task's data, before it is freed.
    let shared = unsafe { shared_of::<T>(data) };
    let work = shared.work.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(work) = work {
        shared.put(caught(|| work(&shared.cancelled)));
    }
}

unsafe extern "C" fn finish_of<T: IntoRaya + Send>(
    context: *mut RayaContext,
    data: *mut c_void,
) -> *mut RayaValue {
    // SAFETY: the host calls this with the task's data, before it is freed.
    let shared = unsafe { shared_of::<T>(data) };
    let outcome = shared.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    run(context, |context| match outcome {
        Some(Ok(value)) => value.into_raya(context),
        Some(Err(error)) => Err(error),
        None => Err(Error::new("the native function ended its task without a result")),
    })
}

unsafe extern "C" fn cancel_of<T>(data: *mut c_void) {
    // SAFETY: the host calls this with the task's data, before it is freed.
    unsafe { shared_of::<T>(data) }.cancelled.0.store(true, Ordering::Relaxed);
}

unsafe extern "C" fn free<T>(data: *mut c_void) {
    // SAFETY: the data is what `into_raw` gave, and the host frees it once.
    drop(unsafe { Arc::from_raw(data.cast_const().cast::<Shared<T>>()) });
}

/// Wakes the thread that polls.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future until it is ready; the thread sleeps in between.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = PollContext::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_is_woken_elsewhere_is_polled_again() {
        struct Later(bool);
        impl Future for Later {
            type Output = i32;
            fn poll(mut self: core::pin::Pin<&mut Self>, context: &mut PollContext<'_>) -> Poll<i32> {
                if self.0 {
                    return Poll::Ready(7);
                }
                self.0 = true;
                let waker = context.waker().clone();
                std::thread::spawn(move || waker.wake());
                Poll::Pending
            }
        }
        assert_eq!(block_on(Later(false)), 7);
    }

    #[test]
    fn the_type_says_what_it_gives() {
        assert_eq!(<Task<i32> as IntoRaya>::TYPE.as_str(), "Task<int>");
        assert_eq!(<Task<Result<String, Error>> as IntoRaya>::TYPE.as_str(), "Task<Result<string, Error>>");
    }
}
