//! Switching from one task to another.

use super::DEADLOCK;
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::tasks::{
    CANCEL_DELIVERED, CANCEL_REQUESTED, DETACHED, GIVES, Role, THROWS, TaskObject, TaskState,
};
use crate::value::Value;
use crate::vm::Vm;

/// What the stacks hold after a switch.
pub(crate) enum Switched {
    /// Calls that go on.
    Resumed,
    /// Calls in which this is thrown.
    Throws(Thrown),
    /// Nothing for this run loop: it returns what the machine keeps as leaving, or the error it has.
    Leaves,
}

/// A suspension is due: the task's calls are saved. Who called it goes on with the task, or the next one if nobody did.
pub(super) fn switch(vm: &mut Vm, floor: usize) -> Switched {
    let Some(suspension) = vm.scheduler().suspension.take() else { return Switched::Resumed };
    let task = suspension.task;
    vm.save_calls(task, suspension.first);
    let was_detached = task.has(DETACHED);
    task.set(DETACHED);
    if suspension.yields {
        vm.scheduler().ready.push_back(task);
    }
    if was_detached {
        return next(vm);
    }
    if vm.frames.depth() == floor {
        vm.leaving = Some(Value::reference(task));
        return Switched::Leaves;
    }
    vm.set_result(Value::reference(task));
    Switched::Resumed
}

/// Puts the next task that can go on onto the empty stacks, waiting for one if necessary.
pub(super) fn next(vm: &mut Vm) -> Switched {
    loop {
        vm.poll();
        if vm.ending.is_some() {
            // What a native operation called ends the program.
            return Switched::Leaves;
        }
        let Some(task) = vm.scheduler().ready.pop_front() else {
            if vm.idle() {
                continue;
            }
            if vm.scheduler().main_has_ended {
                vm.leaving = Some(Value::NULL);
                return Switched::Leaves;
            }
            report_deadlock(vm);
            continue;
        };
        if let Some(switched) = resume(vm, task) {
            return switched;
        }
    }
}

/// Nothing can wake the program's body, which waits: its wait throws.
#[cold]
fn report_deadlock(vm: &mut Vm) {
    let main = vm.scheduler().main;
    let what = main.outcome();
    let (what, help) = if what.as_channel().is_some() {
        ("at a channel", "nobody is left to send, to receive or to close it")
    } else if what.as_mutex().is_some() {
        ("for a lock", "nobody is left to unlock it")
    } else {
        ("for a task", "that task waits for something that nobody is left to do")
    };
    vm.stop_waiting(main);
    // The body's calls stand on the stacks while the error is made, so that it says where it waited.
    let restored = vm.restore_calls(main);
    let error = vm.coded_error(DEADLOCK, &format!("deadlock: the program waits {what}, and {help}"));
    if restored {
        vm.save_calls(main, 1);
    }
    vm.give_error(main, error);
}

/// Puts the calls of a task onto the stacks. None if it needs none.
fn resume(vm: &mut Vm, task: Gc<TaskObject>) -> Option<Switched> {
    if task.state() != TaskState::Running {
        return None;
    }
    if task.role() != Role::Code {
        // `sleep(0)`: its turn has come.
        vm.settle(task, TaskState::Done, Value::NULL);
        return None;
    }
    if !vm.restore_calls(task) {
        let error = vm.error(ErrorKind::Range, "the stack is exhausted: the task cannot go on");
        vm.settle(task, TaskState::Failed, error.0);
        return None;
    }
    vm.begin_slice();
    let outcome = task.outcome();
    let (gives, throws) = (task.has(GIVES), task.has(THROWS));
    task.clear(GIVES | THROWS);
    vm.heap.set_outcome(task, Value::NULL);
    if throws {
        return Some(Switched::Throws(Thrown(outcome)));
    }
    if gives {
        vm.set_result(outcome);
    } else if task.has(CANCEL_REQUESTED) && !task.has(CANCEL_DELIVERED) {
        task.set(CANCEL_DELIVERED);
        // It stands before the first instruction of a loop: the error is thrown in that one, not in the one before it.
        vm.frames.set_pc(vm.frames.top().pc.wrapping_add(1));
        return Some(Switched::Throws(vm.cancellation()));
    }
    Some(Switched::Resumed)
}

/// The program's body has ended: what can still run does. What waits for what will never come is left.
pub(super) fn drain(vm: &mut Vm) -> Result<(), Thrown> {
    vm.scheduler().main_has_ended = true;
    let begun = match next(vm) {
        Switched::Resumed => Ok(()),
        Switched::Throws(thrown) => vm.unwind(thrown, 0),
        Switched::Leaves => {
            vm.leaving = None;
            return Ok(());
        }
    };
    let result = begun.and_then(|()| vm.execute(0));
    match vm.leaving.take() {
        Some(_) => Ok(()),
        None => result.map(drop),
    }
}

impl Vm {
    /// Runs what is left after the program's body.
    pub(crate) fn drain_tasks(&mut self) -> Result<(), Thrown> {
        match self.tasks.as_deref() {
            Some(tasks) => (tasks.machinery.drain)(self),
            None => Ok(()),
        }
    }
}
