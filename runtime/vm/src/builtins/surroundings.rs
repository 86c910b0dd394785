//! `std:time`, `std:env` and `std:process`.

use super::Outcome;
use crate::heap::object::ElementKind;
use crate::value::Value;
use crate::vm::{Arguments, Vm};
use crate::world::{clock, surroundings};

builtins! {
    "time.now" = "raya_builtin_time_now" => now;
    "time.monotonic" = "raya_builtin_time_monotonic" => monotonic;
    "env.get" = "raya_builtin_env_get" => variable;
    "env.all" = "raya_builtin_env_all" => variables;
    "process.pid" = "raya_builtin_process_pid" => pid;
    "process.platform" = "raya_builtin_process_platform" => platform;
    "process.architecture" = "raya_builtin_process_architecture" => architecture;
    "process.arguments" = "raya_builtin_process_arguments" => process_arguments;
    "process.exit" = "raya_builtin_process_exit" => exit;
    "process.currentFolder" = "raya_builtin_process_currentFolder" => current_folder;
    "process.changeFolder" = "raya_builtin_process_changeFolder" => change_folder;
}

fn now(_: &mut Vm, _: Arguments<'_>) -> Outcome {
    Ok(Value::number(clock::milliseconds_since_1970()))
}

fn monotonic(_: &mut Vm, _: Arguments<'_>) -> Outcome {
    Ok(Value::number(clock::monotonic_milliseconds()))
}

fn variable(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let name = vm.string_argument(arguments, 0)?.as_str();
    match surroundings::variable(name) {
        Some(value) => vm.new_string(&value),
        None => Ok(Value::NULL),
    }
}

/// Pairs of name and value.
fn variables(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    let all = surroundings::variables();
    let result = vm.heap.array(ElementKind::Any, all.len());
    for (name, value) in all {
        let (name, value) = (vm.new_string(&name)?, vm.new_string(&value)?);
        let pair = vm.heap.array_of(&[name, value]);
        // Any value fits.
        let _ = vm.heap.array_push(result, Value::reference(pair));
    }
    Ok(Value::reference(result))
}

fn pid(_: &mut Vm, _: Arguments<'_>) -> Outcome {
    Ok(Value::int(surroundings::process_id() as i32))
}

fn platform(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    vm.new_string(surroundings::platform())
}

fn architecture(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    vm.new_string(surroundings::architecture())
}

fn process_arguments(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    let arguments = vm.host().arguments();
    vm.new_strings(&arguments)
}

fn exit(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let code = vm.int_or(arguments, 0, 0)?;
    Err(vm.exit(code))
}

/// The folder, or an empty text and a note in argument 0.
fn current_folder(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    vm.text_or_refusal(arguments, 0, surroundings::current_folder())
}

fn change_folder(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let path = vm.string_argument(arguments, 0)?.as_str();
    vm.done(arguments, 1, surroundings::change_folder(path))
}
