//! Time, and what other threads complete.

use core::cmp::Ordering as Order;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::interrupt::Interrupt;
use super::Scheduler;
use crate::heap::Gc;
use crate::heap::tasks::{Role, TaskObject, TaskState};
use crate::value::Value;
use crate::vm::Vm;

/// A task that ends when a time has come.
pub(super) struct Timer {
    /// Nanoseconds after the scheduler began.
    due: u64,
    /// Ties are broken in the order of creation.
    order: u64,
    pub(super) task: Gc<TaskObject>,
}

impl Ord for Timer {
    /// Reversed: the heap gives the greatest first, and the earliest shall be first.
    fn cmp(&self, other: &Timer) -> Order {
        other.due.cmp(&self.due).then(other.order.cmp(&self.order))
    }
}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Timer) -> Option<Order> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Timer) -> bool {
        self.order == other.order
    }
}

impl Eq for Timer {}

/// Where other threads leave word for a machine.
pub(super) struct Wakeup {
    completed: Mutex<Vec<u64>>,
    any: AtomicBool,
    condition: Condvar,
    interrupt: Arc<Interrupt>,
}

impl Wakeup {
    pub(super) fn new(interrupt: Arc<Interrupt>) -> Wakeup {
        Wakeup {
            completed: Mutex::new(Vec::new()),
            any: AtomicBool::new(false),
            condition: Condvar::new(),
            interrupt,
        }
    }

    /// From any thread: the operation with this number has been completed.
    pub(super) fn complete(&self, number: u64) {
        self.lock().push(number);
        self.any.store(true, Ordering::Release);
        self.condition.notify_one();
        self.interrupt.raise();
    }

    /// A thread that panicked while it held the lock left the list as good as before.
    fn lock(&self) -> MutexGuard<'_, Vec<u64>> {
        self.completed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    fn take(&self) -> Vec<u64> {
        let mut completed = self.lock();
        self.any.store(false, Ordering::Relaxed);
        core::mem::take(&mut *completed)
    }

    /// Waits until something is completed, or until then.
    fn wait(&self, until: Option<Instant>) {
        let mut completed = self.lock();
        while completed.is_empty() {
            completed = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return,
                Some(left) => {
                    self.condition.wait_timeout(completed, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.condition.wait(completed).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl Scheduler {
    fn now(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }
}

impl Vm {
    /// A task that ends after this time; without any, when everyone who can go on now has had a turn.
    pub(crate) fn sleep(&mut self, time: Duration) -> Value {
        let task = self.heap.task();
        task.set_role(Role::Sleep);
        let scheduler = self.scheduler();
        if time.is_zero() {
            scheduler.ready.push_back(task);
        } else {
            scheduler.order += 1;
            let order = scheduler.order;
            let due = scheduler.now().saturating_add(time.as_nanos() as u64);
            scheduler.timers.push(Timer { due, order, task });
        }
        Value::reference(task)
    }

    /// Whether someone else can go on, or soon will.
    pub(super) fn others_can_run(&mut self) -> bool {
        let scheduler = self.scheduler();
        !scheduler.ready.is_empty()
            || scheduler.wakeup.has_any()
            || scheduler.timers.peek().is_some_and(|timer| timer.due <= scheduler.now())
    }

    /// Ends what is due, if something may be.
    pub(super) fn poll(&mut self) {
        let ticks = self.ticks();
        let scheduler = self.scheduler();
        if scheduler.wakeup.has_any() {
            let completed = scheduler.wakeup.take();
            completed.into_iter().for_each(|number| self.finish_operation(number));
        }
        let scheduler = self.scheduler();
        if (scheduler.seen_ticks != ticks || scheduler.ready.is_empty()) && !scheduler.timers.is_empty() {
            scheduler.seen_ticks = ticks;
            self.end_timers();
        }
    }

    fn end_timers(&mut self) {
        let now = self.scheduler().now();
        while let Some(timer) = self.scheduler().timers.peek() {
            let ended = timer.task.state() != TaskState::Running;
            if timer.due > now && !ended {
                break;
            }
            if let Some(timer) = self.scheduler().timers.pop()
                && !ended
            {
                self.settle(timer.task, TaskState::Done, Value::NULL);
            }
        }
    }

    /// Waits until something is due; false when nothing ever will be.
    pub(super) fn idle(&mut self) -> bool {
        let scheduler = self.scheduler();
        let until = scheduler.timers.peek().map(|timer| scheduler.began + Duration::from_nanos(timer.due));
        if until.is_none() && !scheduler.operations.is_running() {
            return false;
        }
        // What was printed should be seen while nothing happens.
        self.flush();
        let scheduler = self.scheduler();
        let wakeup = scheduler.wakeup.clone();
        scheduler.ticker.iter().for_each(|ticker| ticker.rest());
        wakeup.wait(until);
        scheduler.ticker.iter().for_each(|ticker| ticker.go_on());
        true
    }
}
