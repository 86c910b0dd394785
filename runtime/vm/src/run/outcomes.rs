//! Tasks as every program has them: calls that are tasks begin and end, and outcomes are awaited. Where a task has to wait,
//! [`super::tasks`] takes over.

use super::Next;
use super::tasks::{CANCELLED, DEADLOCK, Switched};
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::ElementKind;
use crate::heap::tasks::{CANCEL_DELIVERED, DETACHED, OBSERVED, TaskObject, TaskState};
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// The task of a call that begins.
    pub(super) fn begin_task(&mut self) -> Value {
        if let Some(tasks) = self.tasks.as_deref().filter(|tasks| !tasks.has_ticker()) {
            (tasks.machinery.call_begins)(self);
        }
        Value::reference(self.heap.task())
    }

    /// Starts `callee`, a closure without parameters, as a task.
    pub(crate) fn start_task(&mut self, callee: Value) -> Result<Next, Thrown> {
        let Some(closure) = callee.as_closure() else { return Err(self.expected("a function", callee)) };
        let task = self.begin_task();
        let window = self.frames.end();
        self.push_call(closure.function(), Some(closure), window, 0, task)?;
        Ok(Next::Reload)
    }

    /// Ends a task, unless it gives a task that runs: then it ends when that one does.
    pub(crate) fn settle(&mut self, task: Gc<TaskObject>, state: TaskState, outcome: Value) {
        let (mut state, mut outcome) = (state, outcome);
        if let Some(inner) = outcome.as_task()
            && state == TaskState::Done
        {
            inner.set(OBSERVED);
            match (inner.state(), self.tasks.as_deref()) {
                (TaskState::Running, Some(tasks)) if inner != task => {
                    return (tasks.machinery.adopt)(self, task, inner);
                }
                (TaskState::Running, _) => {
                    state = TaskState::Failed;
                    outcome = self.error(ErrorKind::Error, "a task cannot give itself").0;
                }
                (ended, _) => {
                    state = ended;
                    outcome = inner.outcome();
                }
            }
        }
        if state == TaskState::Failed && task.has(CANCEL_DELIVERED) && self.is_cancellation(outcome) {
            state = TaskState::Cancelled;
        }
        self.heap.settle(task, state, outcome);
        self.note_failure(task);
        if let Some(tasks) = self.tasks.as_deref()
            && task.waiters().is_reference()
        {
            (tasks.machinery.wake)(self, task);
        }
    }

    fn is_cancellation(&mut self, error: Value) -> bool {
        let code = error.as_plain().and_then(|object| self.own_property(object, "code"));
        code.and_then(Value::as_string).is_some_and(|code| code.as_str() == CANCELLED)
    }

    /// Notes a task that failed for the report at the end, unless someone waits for it.
    pub(crate) fn note_failure(&mut self, task: Gc<TaskObject>) {
        const NOTED_MIN: usize = 64;
        if task.state() != TaskState::Failed || task.is_observed() {
            return;
        }
        if self.failed_tasks.len() >= NOTED_MIN.max(self.failed_tasks_kept * 2) {
            // Most are awaited later: those are let go.
            self.failed_tasks.retain(|value| value.as_task().is_some_and(|task| !task.is_observed()));
            self.failed_tasks_kept = self.failed_tasks.len();
        }
        self.failed_tasks.push(Value::reference(task));
    }

    /// The outcome of a task, or of each task of an array; other values as they are. Where one still runs, the error that
    /// leads to the suspension.
    pub(crate) fn await_value(&mut self, value: Value) -> Result<Value, Thrown> {
        if let Some(task) = value.as_task() {
            return self.await_one(task);
        }
        let Some(array) =
            value.as_array().filter(|array| array.iter().any(|element| element.as_task().is_some()))
        else {
            return Ok(value);
        };
        let running = |task: Gc<TaskObject>| task.state() == TaskState::Running;
        if array.iter().filter_map(Value::as_task).any(running) {
            return Err(self.wait_for(value));
        }
        let outcomes = self.heap.array(ElementKind::Any, array.length());
        array.iter().filter_map(Value::as_task).for_each(|task| task.set(OBSERVED));
        for element in array.iter() {
            let outcome = element.as_task().map_or(Ok(element), |task| self.await_one(task))?;
            // Any value fits.
            let _ = self.heap.array_push(outcomes, outcome);
        }
        Ok(Value::reference(outcomes))
    }

    fn await_one(&mut self, task: Gc<TaskObject>) -> Result<Value, Thrown> {
        task.set(OBSERVED);
        match task.state() {
            TaskState::Done => Ok(task.outcome()),
            TaskState::Failed | TaskState::Cancelled => Err(Thrown(task.outcome())),
            TaskState::Running => Err(self.wait_for(Value::reference(task))),
        }
    }

    /// What to throw to wait for a task, or the tasks of an array, that run.
    fn wait_for(&mut self, value: Value) -> Thrown {
        match self.tasks.as_deref() {
            Some(tasks) => (tasks.machinery.wait)(self, value),
            None => self.coded_error(DEADLOCK, "deadlock: a task waits for itself to end"),
        }
    }

    /// The outermost call of a task has ended and was popped: its caller, or the next task, goes on.
    pub(super) fn end_call_of(
        &mut self,
        task: Gc<TaskObject>,
        state: TaskState,
        outcome: Value,
        floor: usize,
    ) -> Switched {
        self.settle(task, state, outcome);
        match self.tasks.as_deref() {
            Some(tasks) if task.has(DETACHED) => (tasks.machinery.next)(self),
            _ if self.frames.depth() == floor => {
                // Native code called it.
                self.leaving = Some(Value::reference(task));
                Switched::Leaves
            }
            _ => {
                self.set_result(Value::reference(task));
                Switched::Resumed
            }
        }
    }
}
