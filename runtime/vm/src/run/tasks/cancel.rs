//! Cancelling tasks.

use crate::heap::Gc;
use crate::heap::object::ArrayObject;
use crate::heap::tasks::{CANCEL_DELIVERED, CANCEL_REQUESTED, GIVES, Role, THROWS, TaskObject, TaskState};
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// Asks a task to end. One that waits is woken by the error of the cancellation; one that runs gets it when it waits
    /// next, or in a loop when it was set aside. What only this task waits for is cancelled too.
    pub(crate) fn cancel(&mut self, task: Gc<TaskObject>) {
        let mut work = vec![task];
        while let Some(task) = work.pop() {
            if task.state() != TaskState::Running || task.has(CANCEL_REQUESTED) {
                continue;
            }
            task.set(CANCEL_REQUESTED);
            match task.role() {
                Role::Code => {
                    let waits = task.outcome().is_reference() && !task.has(GIVES | THROWS);
                    if waits {
                        work.extend(self.stop_waiting(task));
                        self.scheduler().ready.push_back(task);
                    }
                    continue;
                }
                Role::Adopted => {
                    work.extend(task.outcome().as_task().filter(|inner| waited_for_by(*inner, task)));
                }
                Role::All | Role::Race | Role::Any => {
                    let members = task.outcome().as_array().into_iter().flat_map(|array| array.iter());
                    let members = members.filter_map(Value::as_task);
                    work.extend(members.filter(|member| waited_for_by(*member, task)));
                }
                Role::Operation => self.cancel_operation(task),
                Role::Sleep | Role::Promise => {}
            }
            task.set(CANCEL_DELIVERED);
            let error = self.cancellation();
            self.settle(task, TaskState::Cancelled, error.0);
        }
    }

    /// Takes a task that waits out of the list it waits in; gives the task that nobody else waits for.
    pub(super) fn stop_waiting(&mut self, task: Gc<TaskObject>) -> Option<Gc<TaskObject>> {
        let what = task.outcome();
        self.heap.set_outcome(task, Value::NULL);
        if let Some(channel) = what.as_channel() {
            self.remove_waiter(channel.receivers.get(), task, 1);
            self.remove_waiter(channel.senders.get(), task, 2);
        } else if let Some(mutex) = what.as_mutex() {
            self.remove_waiter(mutex.waiters.get(), task, 1);
        }
        what.as_task().filter(|inner| waited_for_by(*inner, task))
    }

    /// Removes a task from a list of waiters in which each has `size` elements.
    fn remove_waiter(&mut self, list: Value, task: Gc<TaskObject>, size: usize) {
        let Some(array): Option<Gc<ArrayObject>> = list.as_array() else { return };
        let task = Value::reference(task);
        if let Some(at) = (0..array.length()).step_by(size).find(|at| array.get(*at) == Some(task)) {
            self.heap.array_splice(array, at, size, 0);
        }
    }
}

/// Whether `waiter` is the only one that waits for `task`.
fn waited_for_by(task: Gc<TaskObject>, waiter: Gc<TaskObject>) -> bool {
    task.waiters() == Value::reference(waiter)
}
