//! Beginning to wait, and being woken.

use super::super::frames::RETURN_HOST;
use super::{CANCELLED, CANNOT_WAIT, Suspension};
use crate::error::Thrown;
use crate::heap::Gc;
use crate::heap::object::ArrayObject;
use crate::heap::tasks::{
    CANCEL_DELIVERED, CANCEL_REQUESTED, GIVES, OBSERVED, Role, THROWS, TaskObject, TaskState,
};
use crate::value::Value;
use crate::vm::Vm;

/// What a built-in returns once [`Vm::begin_wait`] was successful: unwinding takes it for what it is.
pub(crate) const SUSPENDED: Thrown = Thrown(Value::ABSENT);

impl Vm {
    /// The running task, which is going to wait for `what`. The caller notes it where it will be found and returns
    /// [`SUSPENDED`] at once; when the task is woken, the value it was given is what the caller's instruction gives.
    ///
    /// # Errors
    /// Where nothing can wait: native code called the function that does. In a task that was cancelled.
    pub(crate) fn begin_wait(&mut self, what: Value) -> Result<Gc<TaskObject>, Thrown> {
        let Some((first, task)) = self.running_task() else {
            return Err(self.coded_error(
                CANNOT_WAIT,
                "nothing can wait here: native code called this function and needs its result; call an `async` function \
                 and give its task back",
            ));
        };
        if task.has(CANCEL_REQUESTED) && !task.has(CANCEL_DELIVERED) {
            task.set(CANCEL_DELIVERED);
            return Err(self.cancellation());
        }
        task.clear(GIVES | THROWS);
        self.heap.set_outcome(task, what);
        self.scheduler().suspension = Some(Suspension { task, first, yields: false });
        Ok(task)
    }

    /// The innermost task and the number of its first call. None where native code stands in between.
    pub(super) fn running_task(&mut self) -> Option<(usize, Gc<TaskObject>)> {
        let calls = self.frames.all();
        for number in (self.native_floor + 1..=calls.len()).rev() {
            let marker = calls[number - 1].get().marker;
            if let Some(task) = marker.as_task() {
                return Some((number, task));
            }
            if marker == RETURN_HOST {
                // The floor alone does not tell: the end of a native operation calls from empty stacks.
                return if self.native_depth == 0 { Some((number, self.scheduler().main)) } else { None };
            }
        }
        None
    }

    /// The error of a cancellation.
    pub(crate) fn cancellation(&mut self) -> Thrown {
        self.coded_error(CANCELLED, "the task was cancelled")
    }

    /// Whether `task` waits for `what`.
    pub(crate) fn waits_for(task: Gc<TaskObject>, what: Value) -> bool {
        task.state() == TaskState::Running && !task.has(GIVES | THROWS) && task.outcome() == what
    }

    /// Lets a task that waits go on: its wait gives `value`.
    pub(crate) fn give(&mut self, task: Gc<TaskObject>, value: Value) {
        self.resume_with(task, GIVES, value);
    }

    /// Lets a task that waits go on: its wait throws.
    pub(crate) fn give_error(&mut self, task: Gc<TaskObject>, error: Thrown) {
        self.resume_with(task, THROWS, error.0);
    }

    fn resume_with(&mut self, task: Gc<TaskObject>, how: u32, value: Value) {
        task.set(how);
        self.heap.set_outcome(task, value);
        self.scheduler().ready.push_back(task);
    }

    /// Notes that `waiter` is told when `task` ends.
    pub(crate) fn add_waiter(&mut self, task: Gc<TaskObject>, waiter: Gc<TaskObject>) {
        task.set(OBSERVED);
        let known = task.waiters();
        let waiter = Value::reference(waiter);
        if let Some(array) = known.as_array() {
            self.forget_ended(array);
            // Any value fits.
            let _ = self.heap.array_push(array, waiter);
        } else if known.is_reference() {
            let array = self.heap.array_of(&[known, waiter]);
            self.heap.set_waiters(task, Value::reference(array));
        } else {
            self.heap.set_waiters(task, waiter);
        }
    }

    /// Lets go of waiters that have ended meanwhile: the losers of races, if a long task stands in many.
    fn forget_ended(&mut self, waiters: Gc<ArrayObject>) {
        const KEPT_MIN: usize = 32;
        if waiters.length() < KEPT_MIN || !waiters.length().is_power_of_two() {
            return;
        }
        let runs = |task: &Gc<TaskObject>| task.state() == TaskState::Running;
        let running: Vec<_> = waiters.iter().filter_map(Value::as_task).filter(runs).collect();
        self.heap.array_truncate(waiters, 0);
        for task in running {
            // Any value fits.
            let _ = self.heap.array_push(waiters, Value::reference(task));
        }
    }

    /// A task of this role that waits for the tasks of `array`: those that run are to tell it. It may have ended already.
    pub(crate) fn gather(&mut self, role: Role, tasks: &[Value]) -> Gc<TaskObject> {
        let gathered = self.heap.task();
        gathered.set_role(role);
        let array = self.heap.array_of(tasks);
        self.heap.set_outcome(gathered, Value::reference(array));
        let running = |value: &Value| value.as_task().filter(|task| task.state() == TaskState::Running);
        let count = tasks.iter().filter_map(running).count();
        self.heap.set_detail(gathered, Value::int(count as i32));
        for task in tasks.iter().filter_map(|value| value.as_task()) {
            task.set(OBSERVED);
        }
        if !self.gathered_at_once(gathered, tasks, count) {
            tasks.iter().filter_map(running).for_each(|task| self.add_waiter(task, gathered));
        }
        gathered
    }
}

/// The running task waits for a task, or for all tasks of an array of which some run.
pub(super) fn wait(vm: &mut Vm, value: Value) -> Thrown {
    let target = match value.as_array() {
        None => value,
        Some(array) => {
            let tasks: Vec<Value> = array.iter().collect();
            let all = vm.gather(Role::All, &tasks);
            // One of them may have failed already.
            match all.state() {
                TaskState::Running => Value::reference(all),
                _ => {
                    all.set(OBSERVED);
                    return Thrown(all.outcome());
                }
            }
        }
    };
    let Some(task) = target.as_task() else { return Thrown(Value::NULL) };
    match vm.begin_wait(target) {
        Ok(waiter) => {
            vm.add_waiter(task, waiter);
            SUSPENDED
        }
        Err(thrown) => thrown,
    }
}
