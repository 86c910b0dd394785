//! Tasks where they meet the host and native code; what programs see of them is tested by programs.

#[path = "support/mod.rs"]
mod support;

use core::ffi::c_void;

use raya_abi::{RuntimeType, RuntimeTypeId};
use raya_vm::{Arguments, Ended, NativeCall, NativeEntry, Pending, Thrown, Value, Vm};
use support::*;

type Outcome = Result<Value, Thrown>;

fn native(assembler: &mut Assembler, call: NativeCall, result: RuntimeType) -> u16 {
    let (module, name, signature) =
        (assembler.string("demo"), assembler.string("native"), assembler.string("()"));
    let result = assembler.runtime_type(result);
    assembler.program.natives.push(raya_bytecode::program::Native {
        module: u32::from(module),
        name: u32::from(name),
        signature: u32::from(signature),
        parameters: vec![],
        result,
        returns_result: false,
    });
    assembler.natives.push(NativeEntry { call, data: core::ptr::null() });
    assembler.program.natives.len() as u16 - 1
}

/// A program whose entry gives a closure of the second function to a native and awaits what that gives.
fn calls_back(call: NativeCall, is_async: bool) -> Assembler {
    let mut assembler = Assembler::new();
    let (enable, sleep) = (assembler.builtin("Task.enable"), assembler.builtin("sleep"));
    let native = native(&mut assembler, call, RuntimeType::Unknown);
    let code = [
        op(Op::CallBuiltin, 0, 0, enable, 0),
        op(Op::NewClosure, 0, 0, 1, 0),
        op(Op::CallNative, 1, 0, native, 0),
        op(Op::Await, 0, 0, 0, 0),
        op(Op::Return, 0, 0, 0, 0),
        // Handler.
        op(Op::GetProperty, 0, 0, 0, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Any, Any], &code);
    assembler.sites(&["code"]);
    assembler.handler(2, 3, 5, 0);
    let code = [
        wide(Op::LoadInt, 0, 0),
        op(Op::CallBuiltin, 1, 0, sleep, 0),
        op(Op::Await, 0, 0, 0, 0),
        wide(Op::LoadInt, 0, 7),
        op(Op::Return, 0, 0, 0, 0),
    ];
    let function = assembler.function("waits", 0, &[Any, Any], &code);
    function.is_async = is_async;
    assembler
}

fn call_argument(vm: &mut Vm, _: u32, _: *const c_void, arguments: Arguments<'_>) -> Outcome {
    vm.call(arguments.get(0), &[])
}

#[test]
fn native_code_that_calls_an_async_function_gets_its_task() {
    assert_eq!(calls_back(call_argument, true).run(), "7");
}

#[test]
fn nothing_can_wait_below_native_code() {
    assert_eq!(calls_back(call_argument, false).run(), "'R3102'");
}

/// An operation whose value is made when it was completed.
struct Text;

impl Pending for Text {
    fn finish(self: Box<Self>, vm: &mut Vm) -> Outcome {
        vm.new_string("from another thread")
    }

    fn cancel(&mut self) {}
}

fn start_text(vm: &mut Vm, _: u32, _: *const c_void, _: Arguments<'_>) -> Outcome {
    let (task, completer) = vm.start_operation(Box::new(Text)).expect("the program has tasks");
    vm.run_beside(Box::new(move || {
        std::thread::sleep(std::time::Duration::from_millis(2));
        completer.complete();
        completer.complete();
    }));
    Ok(task)
}

#[test]
fn an_operation_ends_its_task_from_another_thread() {
    assert_eq!(calls_back(start_text, true).run(), "'from another thread'");
}

#[test]
fn a_program_without_tasks_has_no_operations() {
    fn without(vm: &mut Vm, _: u32, _: *const c_void, _: Arguments<'_>) -> Outcome {
        Ok(Value::boolean(vm.start_operation(Box::new(Text)).is_none()))
    }
    let mut assembler = Assembler::new();
    let native = native(&mut assembler, without, RuntimeType::Boolean);
    let code = [op(Op::CallNative, 0, 0, native, 0), op(Op::Return, 0, 0, 0, 0)];
    assembler.function("main", 0, &[Any], &code);
    assert_eq!(assembler.run(), "true");
}

#[test]
fn what_an_operation_gives_is_held_to_the_declared_type() {
    fn checked(vm: &mut Vm, index: u32, _: *const c_void, _: Arguments<'_>) -> Outcome {
        let given = vm.completed_result(Ok(Value::int(4)), index)?;
        assert_eq!(given, Value::int(4));
        let text = vm.new_string("text");
        Err(vm.completed_result(text, index).expect_err("a string is no int"))
    }
    let mut assembler = Assembler::new();
    let int = assembler.runtime_type(RuntimeType::Int);
    let native = native(&mut assembler, checked, RuntimeType::Task(int));
    assert_eq!(int, RuntimeTypeId(0));
    let code = [op(Op::CallNative, 0, 0, native, 0), op(Op::Return, 0, 0, 0, 0)];
    assembler.function("main", 0, &[Any], &code);
    let shown = assembler.run();
    let expected = "native:demo.native returned string, it is declared to return int";
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn a_loop_is_stopped_by_its_host() {
    let mut assembler = Assembler::new();
    assembler.function("main", 0, &[Any], &[wide(Op::Jump, 0, -1)]);
    let (mut machine, _) = assembler.machine(false);
    machine.interrupter().interrupt();
    assert_eq!(machine.run(), Err(Ended::Stopped));
}

#[test]
fn calls_are_stopped_by_their_host() {
    let mut assembler = Assembler::new();
    let code = [op(Op::CallFunction, 0, 0, 1, 1), op(Op::ReturnNull, 0, 0, 0, 0)];
    assembler.function("main", 0, &[Any], &code);
    assembler.function("nothing", 0, &[], &[op(Op::ReturnNull, 0, 0, 0, 0)]);
    let (mut machine, _) = assembler.machine(false);
    machine.interrupter().interrupt();
    assert_eq!(machine.run(), Err(Ended::Stopped));
}

#[test]
fn a_task_that_waits_for_itself_is_a_deadlock() {
    let mut assembler = Assembler::new();
    let task = assembler.global("task");
    let enable = assembler.builtin("Task.enable");
    let sleep = assembler.builtin("sleep");
    let code = [
        op(Op::CallBuiltin, 0, 0, enable, 0),
        op(Op::CallFunction, 0, 0, 1, 1),
        op(Op::SetGlobal, 0, 0, task, 0),
        op(Op::Await, 0, 0, 0, 0),
        op(Op::Return, 0, 0, 0, 0),
        op(Op::GetProperty, 0, 0, 0, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Any, Any, Any], &code);
    assembler.sites(&["code"]);
    assembler.handler(3, 4, 5, 0);
    let code = [
        wide(Op::LoadInt, 0, 0),
        op(Op::CallBuiltin, 1, 0, sleep, 0),
        op(Op::Await, 0, 0, 0, 0),
        op(Op::GetGlobal, 0, 0, task, 0),
        op(Op::Await, 0, 0, 0, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("waits", 0, &[Any, Any], &code).is_async = true;
    assert_eq!(assembler.run(), "'R3101'");
}
