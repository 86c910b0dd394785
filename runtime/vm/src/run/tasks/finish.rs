//! Tasks that have ended, and those who wait for that.

use std::collections::VecDeque;

use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::ElementKind;
use crate::heap::tasks::{Role, TaskObject, TaskState};
use crate::value::Value;
use crate::vm::Vm;

/// Tells those who wait for a task that it has ended, and those who wait for what ends with it.
pub(super) fn wake(vm: &mut Vm, task: Gc<TaskObject>) {
    // A list instead of recursion: tasks may stand in chains of any length.
    let mut ended = VecDeque::from([task]);
    while let Some(task) = ended.pop_front() {
        let waiters = task.waiters();
        vm.heap.set_waiters(task, Value::NULL);
        match waiters.as_array() {
            Some(array) => {
                let told = array.iter().filter_map(Value::as_task);
                told.for_each(|waiter| ended.extend(tell(vm, waiter, task)));
            }
            None => ended.extend(waiters.as_task().and_then(|waiter| tell(vm, waiter, task))),
        }
    }
}

/// `outer` gave `inner`, which runs: it ends when that one does.
pub(super) fn adopt(vm: &mut Vm, outer: Gc<TaskObject>, inner: Gc<TaskObject>) {
    outer.set_role(Role::Adopted);
    vm.heap.set_detail(outer, Value::NULL);
    vm.heap.set_outcome(outer, Value::reference(inner));
    vm.add_waiter(inner, outer);
}

/// Tells `waiter` that `task` has ended; gives it if that ended it too.
fn tell(vm: &mut Vm, waiter: Gc<TaskObject>, task: Gc<TaskObject>) -> Option<Gc<TaskObject>> {
    if waiter.state() != TaskState::Running {
        return None;
    }
    let succeeded = task.state() == TaskState::Done;
    match waiter.role() {
        Role::Code => {
            // It may have been cancelled since, and wait for something else.
            if Vm::waits_for(waiter, Value::reference(task)) {
                if succeeded {
                    vm.give(waiter, task.outcome());
                } else {
                    vm.give_error(waiter, Thrown(task.outcome()));
                }
            }
            return None;
        }
        Role::All if succeeded => {
            if !vm.was_the_last(waiter) {
                return None;
            }
            vm.finish_all(waiter);
        }
        Role::Any if !succeeded => {
            if !vm.was_the_last(waiter) {
                return None;
            }
            vm.finish_none(waiter);
        }
        _ => vm.finish_as(waiter, task),
    }
    Some(waiter)
}

impl Vm {
    /// Ends a task, whoever waits for it being told elsewhere.
    fn end_task(&mut self, task: Gc<TaskObject>, state: TaskState, outcome: Value) {
        self.heap.settle(task, state, outcome);
        self.note_failure(task);
    }

    /// Ends a task the way another one did.
    fn finish_as(&mut self, task: Gc<TaskObject>, other: Gc<TaskObject>) {
        self.end_task(task, other.state(), other.outcome());
    }

    /// Whether no task is left that a gathering task waits for, after one ended.
    fn was_the_last(&mut self, gathered: Gc<TaskObject>) -> bool {
        let left = gathered.detail().as_int().unwrap_or(1) - 1;
        self.heap.set_detail(gathered, Value::int(left));
        left == 0
    }

    /// All tasks of a gathering one have succeeded: it gives what they gave, in their order.
    fn finish_all(&mut self, gathered: Gc<TaskObject>) {
        let outcomes = self.heap.array(ElementKind::Any, 0);
        for element in gathered.outcome().as_array().into_iter().flat_map(|array| array.iter()) {
            // Any value fits.
            let _ = self.heap.array_push(outcomes, element.as_task().map_or(element, |task| task.outcome()));
        }
        self.end_task(gathered, TaskState::Done, Value::reference(outcomes));
    }

    /// None of the tasks succeeded. The prelude adds what they threw.
    fn finish_none(&mut self, gathered: Gc<TaskObject>) {
        let error = self.error(ErrorKind::Error, "none of the tasks succeeded");
        self.end_task(gathered, TaskState::Failed, error.0);
    }

    /// Ends a gathering task if the tasks that have ended already decide; `running` have not.
    pub(super) fn gathered_at_once(
        &mut self,
        gathered: Gc<TaskObject>,
        tasks: &[Value],
        running: usize,
    ) -> bool {
        let ended = |state: fn(TaskState) -> bool| {
            tasks.iter().filter_map(|value| value.as_task()).find(|task| state(task.state()))
        };
        let failed = |state| matches!(state, TaskState::Failed | TaskState::Cancelled);
        let decided = match gathered.role() {
            Role::All => ended(failed),
            Role::Race => ended(|state| state != TaskState::Running),
            _ => ended(|state| state == TaskState::Done),
        };
        match (decided, gathered.role()) {
            (Some(task), _) => self.finish_as(gathered, task),
            (None, Role::All) if running == 0 => self.finish_all(gathered),
            (None, Role::Any) if running == 0 => {
                self.finish_none(gathered);
            }
            _ => return false,
        }
        true
    }
}
