//! Tasks as values, and time.

use core::time::Duration;

use super::Outcome;
use crate::error::Thrown;
use crate::heap::Gc;
use crate::heap::tasks::{CANCEL_REQUESTED, Role, TaskObject, TaskState};
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "Task.enable" = "raya_builtin_Task_enable" => enable;
    "Task.cancel" = "raya_builtin_Task_cancel" => cancel;
    "Task.isDone" = "raya_builtin_Task_isDone" => is_done;
    "Task.isCancelled" = "raya_builtin_Task_isCancelled" => is_cancelled;
    "Task.all" = "raya_builtin_Task_all" => all;
    "Task.race" = "raya_builtin_Task_race" => race;
    "Task.anyOf" = "raya_builtin_Task_anyOf" => any_of;
    "Task.pending" = "raya_builtin_Task_pending" => pending;
    "Task.fulfil" = "raya_builtin_Task_fulfil" => fulfil;
    "Task.fail" = "raya_builtin_Task_fail" => fail;
    "Task.resolve" = "raya_builtin_Task_resolve" => resolve;
    "Task.reject" = "raya_builtin_Task_reject" => reject;
    "sleep" = "raya_builtin_sleep" => sleep;
}

/// Milliseconds that can be slept: some thirty years.
const SLEEP_MAX: f64 = 1e12;

fn task_argument(vm: &mut Vm, arguments: Arguments<'_>) -> Result<Gc<TaskObject>, Thrown> {
    let value = arguments.get(0);
    value.as_task().ok_or_else(|| vm.expected("a Task", value))
}

/// Programs that start tasks begin with this: it is what brings the scheduler into their image.
fn enable(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    vm.scheduler();
    Ok(Value::NULL)
}

fn cancel(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let task = task_argument(vm, arguments)?;
    vm.cancel(task);
    Ok(Value::NULL)
}

fn is_done(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::boolean(task_argument(vm, arguments)?.state() != TaskState::Running))
}

fn is_cancelled(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let task = task_argument(vm, arguments)?;
    let cancelled = match task.state() {
        TaskState::Running => task.has(CANCEL_REQUESTED),
        state => state == TaskState::Cancelled,
    };
    Ok(Value::boolean(cancelled))
}

fn all(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    gathered(vm, arguments, Role::All)
}

fn race(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    gathered(vm, arguments, Role::Race)
}

fn any_of(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    gathered(vm, arguments, Role::Any)
}

fn gathered(vm: &mut Vm, arguments: Arguments<'_>, role: Role) -> Outcome {
    let tasks: Vec<Value> = vm.array_argument(arguments, 0)?.iter().collect();
    vm.scheduler();
    Ok(Value::reference(vm.gather(role, &tasks)))
}

/// A task that [`fulfil`] or [`fail`] ends.
fn pending(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    vm.scheduler();
    let task = vm.heap.task();
    task.set_role(Role::Promise);
    Ok(Value::reference(task))
}

fn fulfil(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    end_pending(vm, arguments, TaskState::Done)
}

fn fail(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    end_pending(vm, arguments, TaskState::Failed)
}

/// Ends a pending task; one that has ended, or has been given another task, stays as it is.
fn end_pending(vm: &mut Vm, arguments: Arguments<'_>, state: TaskState) -> Outcome {
    let task = task_argument(vm, arguments)?;
    if task.state() == TaskState::Running && task.role() == Role::Promise {
        vm.settle(task, state, given(arguments, 1));
    }
    Ok(Value::NULL)
}

fn resolve(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let task = vm.heap.task();
    vm.settle(task, TaskState::Done, given(arguments, 0));
    Ok(Value::reference(task))
}

fn reject(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let task = vm.heap.task();
    vm.settle(task, TaskState::Failed, given(arguments, 0));
    Ok(Value::reference(task))
}

/// An argument; null if it was not passed.
fn given(arguments: Arguments<'_>, index: usize) -> Value {
    let value = arguments.get(index);
    if value.is_absent() { Value::NULL } else { value }
}

fn sleep(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let milliseconds = vm.number_argument(arguments, 0)?;
    if milliseconds > SLEEP_MAX {
        return Err(vm.range_error(&format!(
            "sleep: expected at most {SLEEP_MAX} milliseconds, found {milliseconds}"
        )));
    }
    // What is negative or no number is no time.
    let seconds = if milliseconds > 0.0 { milliseconds / 1000.0 } else { 0.0 };
    Ok(vm.sleep(Duration::from_secs_f64(seconds)))
}
