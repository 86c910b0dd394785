//! Operations: tasks that native code completes, from any thread.

use std::sync::Arc;

use super::idle::Wakeup;
use crate::error::Thrown;
use crate::heap::Gc;
use crate::heap::tasks::{Role, TaskObject, TaskState};
use crate::value::Value;
use crate::vm::Vm;

/// What an operation leaves for when it has been completed. One that was cancelled is dropped instead.
pub trait Pending {
    /// What the operation's task gives or throws. Runs on the program's thread, between two tasks.
    fn finish(self: Box<Self>, vm: &mut Vm) -> Result<Value, Thrown>;
    /// Its task was cancelled. Runs on the program's thread, perhaps while the operation still does its work elsewhere.
    fn cancel(&mut self);
}

/// Work for a thread of the pool. It does not panic.
pub type Work = Box<dyn FnOnce() + Send>;

/// Says that an operation has been completed. From any thread; more than once does nothing.
#[derive(Clone)]
pub struct Completer {
    number: u64,
    // Behind a trait, so that programs without operations are linked without what is behind it.
    receiver: Arc<dyn Completed>,
}

impl Completer {
    /// The operation has been completed: its task ends as soon as the program's thread comes to it.
    pub fn complete(&self) {
        self.receiver.completed(self.number);
    }
}

pub(super) trait Completed: Send + Sync {
    fn completed(&self, number: u64);
}

impl Completed for Wakeup {
    fn completed(&self, number: u64) {
        self.complete(number);
    }
}

/// The operations of a machine.
#[derive(Default)]
pub(super) struct Operations {
    entries: Vec<Option<Operation>>,
    free: Vec<u32>,
    /// Operations so far: what tells one from an earlier one in the same place.
    serial: u32,
    /// Those whose tasks are still to end.
    running: usize,
}

struct Operation {
    serial: u32,
    task: Gc<TaskObject>,
    pending: Box<dyn Pending>,
}

impl Operations {
    pub(super) fn is_running(&self) -> bool {
        self.running > 0
    }

    pub(super) fn for_each_task(&self, mut visit: impl FnMut(Gc<TaskObject>)) {
        self.entries.iter().flatten().for_each(|operation| visit(operation.task));
    }

    fn add(&mut self, task: Gc<TaskObject>, pending: Box<dyn Pending>) -> (u32, u64) {
        self.serial = self.serial.wrapping_add(1);
        self.running += 1;
        let operation = Operation { serial: self.serial, task, pending };
        let index = match self.free.pop() {
            Some(index) => {
                self.entries[index as usize] = Some(operation);
                index
            }
            None => {
                self.entries.push(Some(operation));
                self.entries.len() as u32 - 1
            }
        };
        (index, u64::from(self.serial) << 32 | u64::from(index))
    }

    /// Takes out the operation with this number, unless it was before.
    fn take(&mut self, number: u64) -> Option<Operation> {
        let (index, serial) = (number as u32, (number >> 32) as u32);
        let entry = self.entries.get_mut(index as usize)?;
        let operation = entry.take_if(|operation| operation.serial == serial)?;
        self.free.push(index);
        if operation.task.state() == TaskState::Running {
            self.running -= 1;
        }
        Some(operation)
    }
}

/// A task that `pending` ends once its completer says so.
pub(super) fn start(vm: &mut Vm, pending: Box<dyn Pending>) -> (Value, Completer) {
    let task = vm.heap.task();
    task.set_role(Role::Operation);
    let scheduler = vm.scheduler();
    let (index, number) = scheduler.operations.add(task, pending);
    let receiver = scheduler.wakeup.clone();
    vm.heap.set_detail(task, Value::int(index as i32));
    (Value::reference(task), Completer { number, receiver })
}

/// Runs `work` on a thread of the pool; on this one where the system gives none.
pub(super) fn run(vm: &mut Vm, work: Work) {
    vm.scheduler().pool.submit(work);
}

impl Vm {
    /// A task that ends when the operation is completed. None in a program that has no tasks: its compiler saw none.
    pub fn start_operation(&mut self, pending: Box<dyn Pending>) -> Option<(Value, Completer)> {
        let machinery = self.tasks.as_deref()?.machinery;
        Some((machinery.start_operation)(self, pending))
    }

    /// Runs `work` on a thread beside the program's, after [`Vm::start_operation`].
    pub fn run_beside(&mut self, work: Work) {
        if let Some(tasks) = self.tasks.as_deref() {
            (tasks.machinery.run_beside)(self, work);
        }
    }

    /// An operation has been completed.
    pub(super) fn finish_operation(&mut self, number: u64) {
        let Some(Operation { task, pending, .. }) = self.scheduler().operations.take(number) else { return };
        if task.state() != TaskState::Running {
            return;
        }
        // The task is in no list while this runs: it could be collected when native code calls back.
        let kept = self.keep(Value::reference(task));
        let result = pending.finish(self);
        self.release(kept);
        if self.ending.is_some() {
            return;
        }
        match result {
            Ok(value) => self.settle(task, TaskState::Done, value),
            Err(thrown) => self.settle(task, TaskState::Failed, thrown.0),
        }
    }

    /// An operation's task is about to end as cancelled.
    pub(super) fn cancel_operation(&mut self, task: Gc<TaskObject>) {
        let operations = &mut self.scheduler().operations;
        let index = task.detail().as_int().unwrap_or(-1);
        if let Some(Some(operation)) = operations.entries.get_mut(index as usize)
            && operation.task == task
        {
            operations.running -= 1;
            operation.pending.cancel();
        }
    }
}
