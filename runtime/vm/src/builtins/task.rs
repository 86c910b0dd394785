//! Tasks as values. A task runs to its end when it is started, so by the time a program holds one it has ended.

use super::Outcome;
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::object::{TaskObject, TaskState};
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "Task.cancel" = "raya_builtin_Task_cancel" => cancel;
    "Task.isDone" = "raya_builtin_Task_isDone" => is_done;
    "Task.isCancelled" = "raya_builtin_Task_isCancelled" => is_cancelled;
    "Task.race" = "raya_builtin_Task_race" => race;
}

fn task_argument(vm: &mut Vm, arguments: Arguments<'_>) -> Result<Gc<TaskObject>, Thrown> {
    let value = arguments.get(0);
    value.as_task().ok_or_else(|| vm.expected("a Task", value))
}

fn cancel(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let task = task_argument(vm, arguments)?;
    if task.state() == TaskState::Running {
        vm.heap.settle(task, TaskState::Cancelled, Value::NULL);
    }
    Ok(Value::NULL)
}

fn is_done(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::boolean(task_argument(vm, arguments)?.state() != TaskState::Running))
}

fn is_cancelled(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::boolean(task_argument(vm, arguments)?.state() == TaskState::Cancelled))
}

fn race(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let tasks = vm.array_argument(arguments, 0)?;
    match tasks.iter().find(|task| task.as_task().is_some_and(|task| task.state() != TaskState::Running)) {
        Some(first) => Ok(first),
        None => Err(vm.error(ErrorKind::Error, "none of the tasks will ever end")),
    }
}
