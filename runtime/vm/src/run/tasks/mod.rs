//! Tasks: what runs, what waits, and who goes on.
//!
//! A task is never a machine stack. An `async` call runs on top of its caller's calls. When it has to wait, or its time is
//! up, its calls are copied off the stacks into a segment ([`segment`]) and the caller goes on with the task as the call's
//! result. From then on the task is detached: when it is its turn, its calls are copied back to the bottom of the empty
//! stacks. The program's own body is a task like any other, detached from the beginning.
//!
//! **How something waits.** Whoever finds that the running task cannot go on calls [`Vm::begin_wait`], notes the task
//! where it will be found, and returns an error that means nothing; unwinding sees that a suspension is due and switches.
//! So the run loop knows nothing of tasks, and calls that do not wait pay nothing.
//!
//! **What a program pays.** Everything here is reached through [`Machinery`], which only built-ins that need it name: a
//! program without tasks is linked without a scheduler.

mod cancel;
mod finish;
mod idle;
mod operations;
mod pool;
mod segment;
mod switch;
mod ticker;
mod wait;

use core::mem::ManuallyDrop;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::tasks::{DETACHED, TaskObject};
use crate::value::Value;
use crate::vm::Vm;
use idle::{Timer, Wakeup};
use operations::Operations;
pub use operations::{Completer, Pending, Work};
use pool::Pool;
pub(crate) use switch::Switched;
use ticker::Ticker;
pub(crate) use wait::SUSPENDED;

/// The program's own body waits, and nothing can ever wake it.
pub(crate) const DEADLOCK: &str = "R3101";
/// Something waits inside a function that native code called.
pub(crate) const CANNOT_WAIT: &str = "R3102";
/// The task was cancelled.
pub(crate) const CANCELLED: &str = "R3103";

/// The parts that the run loop reaches when there is a scheduler.
pub(crate) struct Machinery {
    /// A suspension is due: the task's calls are saved, someone else's stand on the stacks afterwards.
    pub(crate) switch: fn(&mut Vm, floor: usize) -> Switched,
    /// A detached task has ended: someone else goes on.
    pub(crate) next: fn(&mut Vm) -> Switched,
    /// Tells those who wait for a task that it has ended.
    pub(crate) wake: fn(&mut Vm, Gc<TaskObject>),
    /// `outer` gave `inner`, which runs: it ends when that one does.
    pub(crate) adopt: fn(&mut Vm, outer: Gc<TaskObject>, inner: Gc<TaskObject>),
    /// The running task waits for a task, or for all tasks of an array.
    pub(crate) wait: fn(&mut Vm, Value) -> Thrown,
    /// An `async` call begins.
    pub(crate) call_begins: fn(&mut Vm),
    /// A loop saw the flag of the ticker.
    pub(crate) interrupted: fn(&mut Vm) -> Result<(), Thrown>,
    /// The program's body has ended: what can still run does.
    pub(crate) drain: fn(&mut Vm) -> Result<(), Thrown>,
    /// A task that native code completes.
    start_operation: fn(&mut Vm, Box<dyn Pending>) -> (Value, Completer),
    /// Work for a thread of the pool.
    run_beside: fn(&mut Vm, Work),
    /// The machine ends.
    pub(crate) end: fn(Box<Scheduler>),
}

static MACHINERY: Machinery = Machinery {
    switch: switch::switch,
    next: switch::next,
    wake: finish::wake,
    adopt: finish::adopt,
    wait: wait::wait,
    call_begins: ticker::call_begins,
    interrupted: ticker::interrupted,
    drain: switch::drain,
    start_operation: operations::start,
    run_beside: operations::run,
    end: drop::<Box<Scheduler>>,
};

/// The running task cannot go on.
#[derive(Clone, Copy)]
struct Suspension {
    task: Gc<TaskObject>,
    /// Number of the first of its calls, from 1.
    first: usize,
    /// It could go on, but others shall.
    yields: bool,
}

/// What a machine with tasks knows of them.
pub(crate) struct Scheduler {
    pub(crate) machinery: &'static Machinery,
    /// Tasks that can go on, in the order in which they may.
    ready: VecDeque<Gc<TaskObject>>,
    timers: BinaryHeap<Timer>,
    began: Instant,
    /// Timers so far: breaks ties.
    order: u64,
    /// The program's body.
    main: Gc<TaskObject>,
    main_has_ended: bool,
    suspension: Option<Suspension>,
    /// Tasks that native code completes.
    operations: Operations,
    pool: Pool,
    wakeup: Arc<Wakeup>,
    ticker: Option<Ticker>,
    /// Ticks that were answered.
    seen_ticks: u32,
    /// What the thread had computed when the running task was first seen to run by a tick. The task may be gone: it is only
    /// compared.
    slice_seen: Option<(Gc<TaskObject>, Duration)>,
}

impl Scheduler {
    pub(crate) fn has_ticker(&self) -> bool {
        self.ticker.is_some()
    }

    pub(crate) fn has_suspension(&self) -> bool {
        self.suspension.is_some()
    }

    /// Marks what it refers to, for the collector.
    pub(crate) fn for_each_root(&self, mut visit: impl FnMut(Value)) {
        self.ready.iter().for_each(|task| visit(Value::reference(*task)));
        self.timers.iter().for_each(|timer| visit(Value::reference(timer.task)));
        self.operations.for_each_task(|task| visit(Value::reference(task)));
        visit(Value::reference(self.main));
        self.suspension.iter().for_each(|suspension| visit(Value::reference(suspension.task)));
    }
}

impl Vm {
    /// The scheduler, made when it is first needed. Only what needs one may call this: it brings all of it into an image.
    pub(crate) fn scheduler(&mut self) -> &mut Scheduler {
        let Vm { tasks, heap, frames, .. } = self;
        tasks.get_or_insert_with(|| {
            let main = heap.task();
            main.set(DETACHED);
            ManuallyDrop::new(Box::new(Scheduler {
                machinery: &MACHINERY,
                ready: VecDeque::new(),
                timers: BinaryHeap::new(),
                began: Instant::now(),
                order: 0,
                main,
                main_has_ended: false,
                suspension: None,
                operations: Operations::default(),
                pool: Pool::default(),
                wakeup: Arc::new(Wakeup::new(frames.interrupt().clone())),
                ticker: None,
                seen_ticks: 0,
                slice_seen: None,
            }))
        })
    }

    /// An error of the machine's own with a code.
    #[cold]
    pub(crate) fn coded_error(&mut self, code: &str, message: &str) -> Thrown {
        let thrown = self.error(ErrorKind::Error, message);
        if let Some(object) = thrown.0.as_plain() {
            let code = Value::reference(self.heap.string(code));
            // A program whose Error class has no such field does not see the code.
            let _ = self.set_property(object, "code", code);
        }
        thrown
    }
}
