//! Hand-assembled programs, each run with and without a collection at every safepoint.

mod support;

use raya_bytecode::program::Member;
use support::*;

/// `fib(n)` as the compiler would lower it.
fn fibonacci(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let code = [wide(Op::LoadInt, 0, n), op(Op::CallFunction, 1, 0, 1, 0), op(Op::Return, 0, 0, 0, 0)];
    assembler.function("main", 0, &[Int], &code);
    let code = [
        op(Op::CheckInt, 0, 0, 0, 0),
        op(Op::JumpGreaterEqualIntImmediate, 0, 0, 2, 1),
        op(Op::Return, 0, 0, 0, 0),
        op(Op::AddIntImmediate, 0, 2, 0, -1i16 as u16),
        op(Op::CallFunction, 1, 1, 1, 2),
        op(Op::AddIntImmediate, 0, 2, 0, -2i16 as u16),
        op(Op::CallFunction, 1, 2, 1, 2),
        op(Op::AddInt, 0, 1, 1, 2),
        op(Op::Return, 0, 1, 0, 0),
    ];
    let function = assembler.function("fib", 1, &[Int, Int, Int], &code);
    function.direct_entry = 1;
    function.result = Int;
    assembler
}

#[test]
fn calls_overlap_their_windows() {
    assert_eq!(fibonacci(20).run(), "6765");
}

#[test]
fn endless_recursion_is_a_range_error() {
    let mut assembler = Assembler::new();
    let code = [op(Op::CallFunction, 0, 0, 1, 0), op(Op::Return, 0, 0, 0, 0)];
    assembler.function("main", 0, &[Any], &code);
    assembler.function("down", 0, &[Any], &code);
    let text = assembler.run();
    assert!(text.starts_with("uncaught RangeError: the calls are nested too deeply"), "{text}");
    assert!(text.contains("    at down (test.raya:1:1)"), "{text}");
}

#[test]
fn a_handler_catches_what_a_callee_throws() {
    let mut assembler = Assembler::new();
    let message = assembler.string("boom");
    let code = [op(Op::CallFunction, 0, 0, 1, 1), op(Op::Return, 0, 0, 0, 0), op(Op::Return, 0, 0, 0, 0)];
    assembler.function("main", 0, &[Any, Any], &code);
    assembler.handler(0, 1, 2, 0);
    assembler.function(
        "fail",
        0,
        &[Reference],
        &[op(Op::LoadString, 0, 0, message, 0), op(Op::Throw, 0, 0, 0, 0)],
    );
    assert_eq!(assembler.run(), "'boom'");
}

#[test]
fn division_by_zero_is_catchable_and_has_a_stack() {
    let mut assembler = Assembler::new();
    let code = [
        wide(Op::LoadInt, 0, 1),
        wide(Op::LoadInt, 1, 0),
        op(Op::DivideInt, 0, 0, 0, 1),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Int, Int], &code);
    assert_eq!(assembler.run(), "uncaught Error: division by zero\n    at main (test.raya:3:1)");
}

#[test]
fn ints_wrap_and_minus_one_is_no_trap() {
    let mut assembler = Assembler::new();
    let code = [
        wide(Op::LoadInt, 0, i32::MIN),
        wide(Op::LoadInt, 1, -1),
        op(Op::DivideInt, 0, 2, 0, 1),
        op(Op::RemainderInt, 0, 3, 0, 1),
        op(Op::AddInt, 0, 2, 2, 1),
        op(Op::NewArray, 2, 4, Int as u16, 2),
        op(Op::Return, 0, 4, 0, 0),
    ];
    assembler.function("main", 0, &[Int, Int, Int, Int, Reference], &code);
    assert_eq!(assembler.run(), "[ 2147483647, 0 ]");
}

#[test]
fn an_accessor_that_is_async_does_not_give_its_task_unchecked() {
    let mut assembler = Assembler::new();
    let accessor = Member::Accessor { get: Some(1), set: Some(2) };
    let class = assembler.class("Odd", None, &[], &[("value", accessor)]);
    let read = [
        op(Op::NewInstance, 0, 0, class, 0),
        op(Op::GetPropertyNumber, 0, 1, 0, 0),
        op(Op::AddNumber, 0, 1, 1, 1),
        op(Op::Return, 0, 1, 0, 0),
    ];
    assembler.function("main", 0, &[Reference, Number], &read);
    assembler.sites(&["value"]);
    for (name, parameters) in [("get", 1), ("set", 2)] {
        let code = [op(Op::Return, 0, 0, 0, 0)];
        let made = assembler.function(name, parameters, &[Any, Any], &code);
        made.is_async = true;
    }
    let text = assembler.run();
    assert!(text.starts_with("uncaught TypeError: an accessor cannot be `async`"), "{text}");
}

#[test]
fn instances_have_fields_methods_and_accessors() {
    let mut assembler = Assembler::new();
    let class = assembler.class(
        "Point",
        None,
        &[("x", Int), ("y", Number)],
        &[("sum", Member::Method(1)), ("double", Member::Accessor { get: Some(2), set: Some(3) })],
    );
    let half = assembler.number(0.5);
    let code = [
        op(Op::NewInstance, 0, 0, class, 0),
        wide(Op::LoadInt, 1, 20),
        op(Op::SetProperty, 0, 0, 1, 0),
        op(Op::LoadNumber, 0, 2, half, 0),
        op(Op::SetProperty, 0, 0, 2, 1),
        wide(Op::LoadInt, 1, 21),
        op(Op::SetProperty, 0, 0, 1, 3),
        op(Op::GetPropertyInt, 0, 1, 0, 3),
        op(Op::Move, 0, 4, 0, 0),
        op(Op::CallMethod, 1, 3, 2, 4),
        op(Op::Move, 0, 4, 1, 0),
        op(Op::NewArray, 2, 3, Any as u16, 3),
        op(Op::Return, 0, 3, 0, 0),
    ];
    assembler.function("main", 0, &[Reference, Int, Number, Any, Any], &code);
    assembler.sites(&["x", "y", "sum", "double"]);
    let code = [
        op(Op::GetPropertyNumber, 0, 1, 0, 0),
        op(Op::GetPropertyNumber, 0, 2, 0, 1),
        op(Op::AddNumber, 0, 1, 1, 2),
        op(Op::Return, 0, 1, 0, 0),
    ];
    assembler.function("sum", 1, &[Any, Number, Number], &code);
    assembler.sites(&["x", "y"]);
    let code = [op(Op::GetPropertyInt, 0, 1, 0, 0), op(Op::AddInt, 0, 1, 1, 1), op(Op::Return, 0, 1, 0, 0)];
    assembler.function("double", 1, &[Any, Int], &code);
    assembler.sites(&["x"]);
    let code = [op(Op::SetProperty, 0, 0, 1, 0), op(Op::ReturnNull, 0, 0, 0, 0)];
    assembler.function("double=", 2, &[Any, Any], &code);
    assembler.sites(&["x"]);
    assert_eq!(assembler.run(), "[ 21.5, 42 ]");
}

#[test]
fn a_field_refuses_what_it_is_not_declared_for() {
    let mut assembler = Assembler::new();
    let class = assembler.class("Point", None, &[("x", Int)], &[]);
    let half = assembler.number(0.5);
    let code = [
        op(Op::NewInstance, 0, 0, class, 0),
        op(Op::LoadNumber, 0, 1, half, 0),
        op(Op::SetProperty, 0, 0, 1, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Reference, Number], &code);
    assembler.sites(&["x"]);
    let text = assembler.run();
    assert!(text.starts_with("uncaught TypeError: property 'x': expected int, found the number"), "{text}");
}

#[test]
fn an_int_array_seen_as_numbers_converts_loads_and_refuses_stores() {
    let mut assembler = Assembler::new();
    let half = assembler.number(0.5);
    let code = [
        wide(Op::LoadInt, 0, 0),
        wide(Op::LoadInt, 1, 7),
        op(Op::NewArray, 1, 2, Int as u16, 1),
        op(Op::GetElementNumber, 0, 3, 2, 0),
        op(Op::LoadNumber, 0, 4, half, 0),
        op(Op::AddNumber, 0, 3, 3, 4),
        op(Op::SetElement, 0, 2, 0, 3),
        op(Op::Return, 0, 3, 0, 0),
        op(Op::GetProperty, 0, 5, 5, 0),
        op(Op::Return, 0, 5, 0, 0),
    ];
    assembler.function("main", 0, &[Int, Int, Reference, Number, Number, Any], &code);
    assembler.sites(&["message"]);
    assembler.handler(6, 7, 8, 5);
    assert_eq!(assembler.run(), "'array element: expected int, found the number 7.5'");
}

#[test]
fn out_of_bounds_names_index_and_length() {
    let mut assembler = Assembler::new();
    let code = [
        wide(Op::LoadInt, 0, -1),
        op(Op::NewArray, 1, 1, Int as u16, 0),
        op(Op::GetElementInt, 0, 0, 1, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Int, Reference], &code);
    let text = assembler.run();
    assert!(text.starts_with("uncaught RangeError: index -1 is out of bounds of length 1"), "{text}");
}

#[test]
fn strings_grow_in_a_loop() {
    let mut assembler = Assembler::new();
    let (empty, piece) = (assembler.string(""), assembler.string("ab"));
    let code = [
        op(Op::LoadString, 0, 0, empty, 0),
        op(Op::LoadString, 0, 1, piece, 0),
        wide(Op::LoadInt, 2, 0),
        op(Op::Concatenate, 0, 0, 0, 1),
        op(Op::AddIntImmediate, 0, 2, 2, 1),
        op(Op::JumpLessIntImmediate, 0, 2, 500, -3i16 as u16),
        op(Op::StringLength, 0, 2, 0, 0),
        op(Op::Return, 0, 2, 0, 0),
    ];
    assembler.function("main", 0, &[Reference, Reference, Int], &code);
    assert_eq!(assembler.run(), "1000");
}

#[test]
fn closures_share_their_variables() {
    let mut assembler = Assembler::new();
    let code = [
        wide(Op::LoadInt, 0, 5),
        op(Op::NewCell, 0, 1, 0, 0),
        op(Op::NewClosure, 1, 2, 1, 1),
        op(Op::Move, 0, 3, 2, 0),
        op(Op::CallValue, 0, 4, 0, 4),
        op(Op::CallValue, 0, 4, 0, 4),
        op(Op::GetCell, 0, 0, 1, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Any, Reference, Reference, Reference, Any], &code);
    let code = [
        op(Op::GetCapturedCell, 0, 0, 0, 0),
        op(Op::CheckInt, 0, 1, 0, 0),
        op(Op::AddIntImmediate, 0, 1, 1, 10),
        op(Op::SetCapturedCell, 0, 1, 0, 0),
        op(Op::ReturnNull, 0, 0, 0, 0),
    ];
    assembler.function("bump", 0, &[Any, Int], &code).captures = 1;
    assert_eq!(assembler.run(), "25");
}

#[test]
fn missing_arguments_are_absent_and_many_make_a_rest() {
    let mut assembler = Assembler::new();
    let code = [
        op(Op::NewClosure, 0, 0, 1, 0),
        wide(Op::LoadInt, 1, 1),
        wide(Op::LoadInt, 2, 2),
        wide(Op::LoadInt, 3, 3),
        op(Op::CallValue, 3, 4, 0, 1),
        op(Op::Move, 0, 5, 0, 0),
        op(Op::CallValue, 0, 5, 0, 6),
        op(Op::NewArray, 2, 4, Any as u16, 4),
        op(Op::Return, 0, 4, 0, 0),
    ];
    assembler.function("main", 0, &[Reference, Int, Int, Int, Any, Any, Any], &code);
    let code =
        [op(Op::IsAbsent, 0, 2, 0, 0), op(Op::NewArray, 2, 1, Any as u16, 1), op(Op::Return, 0, 1, 0, 0)];
    assembler.function("take", 2, &[Any, Reference, Boolean], &code).rest = true;
    let function = assembler.program.functions.last_mut().expect("a function");
    function.code.insert(0, op(Op::CheckReference, 0, 1, 1, 0));
    function.direct_entry = 1;
    assert_eq!(assembler.run(), "[ [ [ 2, 3 ], false ], [ [], true ] ]");
}

#[test]
fn plain_objects_grow_into_dictionaries() {
    let mut assembler = Assembler::new();
    let shape = assembler.shape(&["first"]);
    let name = assembler.string("n");
    let code = [
        wide(Op::LoadInt, 0, 7),
        op(Op::NewObject, 1, 1, shape, 0),
        wide(Op::LoadInt, 0, 0),
        op(Op::LoadString, 0, 2, name, 0),
        op(Op::ToText, 0, 3, 0, 0),
        op(Op::Concatenate, 0, 3, 2, 3),
        op(Op::SetPropertyComputed, 0, 1, 3, 0),
        op(Op::AddIntImmediate, 0, 0, 0, 1),
        op(Op::JumpLessIntImmediate, 0, 0, 200, -5i16 as u16),
        op(Op::GetPropertyInt, 0, 0, 1, 0),
        op(Op::GetPropertyInt, 0, 4, 1, 1),
        op(Op::AddInt, 0, 0, 0, 4),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Int, Reference, Reference, Reference, Int], &code);
    assembler.sites(&["first", "n190"]);
    assert_eq!(assembler.run(), "197");
}

#[test]
fn a_global_is_not_read_before_it_is_set() {
    let mut assembler = Assembler::new();
    let global = assembler.global("counter");
    assembler.function("main", 0, &[Any], &[op(Op::GetGlobal, 0, 0, global, 0), op(Op::Return, 0, 0, 0, 0)]);
    let text = assembler.run();
    assert!(
        text.starts_with("uncaught ReferenceError: 'counter' is read before it is initialised"),
        "{text}"
    );
}

#[test]
fn an_async_call_gives_a_task_that_await_opens() {
    let mut assembler = Assembler::new();
    let code = [
        op(Op::CallFunction, 0, 0, 1, 1),
        op(Op::Await, 0, 0, 0, 0),
        op(Op::CallFunction, 0, 1, 2, 1),
        op(Op::Await, 0, 1, 1, 0),
        op(Op::Return, 0, 1, 0, 0),
        op(Op::NewArray, 2, 0, Any as u16, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Any, Any], &code);
    assembler.handler(2, 4, 5, 1);
    assembler.function("works", 0, &[Int], &[wide(Op::LoadInt, 0, 3), op(Op::Return, 0, 0, 0, 0)]).is_async =
        true;
    assembler.function("fails", 0, &[Int], &[wide(Op::LoadInt, 0, 4), op(Op::Throw, 0, 0, 0, 0)]).is_async =
        true;
    assert_eq!(assembler.run(), "[ 3, 4 ]");
}

/// Calls its first argument with its second, twice, and adds the results.
fn twice(
    vm: &mut raya_vm::Vm,
    _: u32,
    _: *const core::ffi::c_void,
    arguments: raya_vm::Arguments<'_>,
) -> Result<raya_vm::Value, raya_vm::Thrown> {
    let first = vm.call(arguments.get(0), &[arguments.get(1)])?.as_int().unwrap_or(0);
    let second = vm.call(arguments.get(0), &[arguments.get(1)])?.as_int().unwrap_or(0);
    Ok(int(first + second))
}

fn fails(
    vm: &mut raya_vm::Vm,
    _: u32,
    _: *const core::ffi::c_void,
    _: raya_vm::Arguments<'_>,
) -> Result<raya_vm::Value, raya_vm::Thrown> {
    Err(vm.error(raya_vm::ErrorKind::Native, "no such thing"))
}

fn native(
    assembler: &mut Assembler,
    name: &str,
    call: raya_vm::NativeCall,
    result: raya_abi::RuntimeType,
    returns_result: bool,
) -> u16 {
    let (module, name, signature) =
        (assembler.string("demo"), assembler.string(name), assembler.string("()"));
    let result = assembler.runtime_type(result);
    assembler.program.natives.push(raya_bytecode::program::Native {
        module: u32::from(module),
        name: u32::from(name),
        signature: u32::from(signature),
        parameters: vec![],
        result,
        returns_result,
    });
    assembler.natives.push(raya_vm::NativeEntry { call, data: core::ptr::null() });
    assembler.program.natives.len() as u16 - 1
}

#[test]
fn a_native_calls_back_into_the_program() {
    let mut assembler = Assembler::new();
    let twice = native(&mut assembler, "twice", twice, raya_abi::RuntimeType::Int, false);
    let code = [
        wide(Op::LoadInt, 0, 5),
        op(Op::NewCell, 0, 1, 0, 0),
        op(Op::NewClosure, 1, 0, 1, 1),
        wide(Op::LoadInt, 1, 8),
        op(Op::CallNative, 2, 0, twice, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Any, Any], &code);
    let code = [
        op(Op::CheckInt, 0, 0, 0, 0),
        op(Op::GetCapturedCell, 0, 1, 0, 0),
        op(Op::CheckInt, 0, 2, 1, 0),
        op(Op::AddInt, 0, 2, 2, 0),
        op(Op::SetCapturedCell, 0, 2, 0, 0),
        op(Op::Return, 0, 2, 0, 0),
    ];
    let function = assembler.function("add", 1, &[Int, Any, Int], &code);
    function.captures = 1;
    function.direct_entry = 1;
    assert_eq!(assembler.run(), "34");
}

#[test]
fn what_a_callback_throws_passes_through_the_native() {
    let mut assembler = Assembler::new();
    let twice = native(&mut assembler, "twice", twice, raya_abi::RuntimeType::Int, false);
    let code = [
        op(Op::NewClosure, 0, 0, 1, 0),
        wide(Op::LoadInt, 1, 8),
        op(Op::CallNative, 2, 0, twice, 0),
        op(Op::Return, 0, 0, 0, 0),
        op(Op::NewArray, 1, 0, Any as u16, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Any, Any], &code);
    assembler.handler(2, 3, 4, 0);
    assembler.function("throw", 1, &[Any], &[op(Op::Throw, 0, 0, 0, 0)]);
    assert_eq!(assembler.run(), "[ 8 ]");
}

#[test]
fn a_native_is_held_to_its_declared_result() {
    let mut assembler = Assembler::new();
    let twice = native(&mut assembler, "twice", twice, raya_abi::RuntimeType::String, false);
    let code = [
        op(Op::NewClosure, 0, 0, 1, 0),
        wide(Op::LoadInt, 1, 8),
        op(Op::CallNative, 2, 0, twice, 0),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Any, Any], &code);
    assembler.function("same", 1, &[Any], &[op(Op::Return, 0, 0, 0, 0)]);
    let text = assembler.run();
    assert!(
        text.starts_with(
            "uncaught TypeError: native:demo.twice returned int, it is declared to return string"
        ),
        "{text}"
    );
}

#[test]
fn a_declared_result_holds_the_error() {
    let mut assembler = Assembler::new();
    let fails = native(&mut assembler, "fails", fails, raya_abi::RuntimeType::Int, true);
    let code =
        [op(Op::CallNative, 0, 0, fails, 0), op(Op::GetProperty, 0, 0, 0, 0), op(Op::Return, 0, 0, 0, 0)];
    assembler.function("main", 0, &[Any], &code);
    assembler.sites(&["status"]);
    assert_eq!(assembler.run(), "'error'");
}

#[test]
fn a_map_is_iterated_while_it_grows() {
    let mut assembler = Assembler::new();
    let [new, set, size] = ["Map.new", "Map.set", "Map.size"].map(|name| assembler.builtin(name));
    let code = [
        op(Op::CallBuiltin, 0, 0, new, 5),
        wide(Op::LoadInt, 1, 0),
        op(Op::Move, 0, 5, 0, 0),
        op(Op::Move, 0, 6, 1, 0),
        op(Op::ToText, 0, 7, 1, 0),
        op(Op::CallBuiltin, 3, 4, set, 5),
        op(Op::Iterate, 0, 2, 0, 0),
        op(Op::IterateNext, 0, 4, 2, 0),
        op(Op::IsAbsent, 0, 3, 4, 0),
        wide(Op::JumpIfTrue, 3, 7),
        op(Op::AddIntImmediate, 0, 1, 1, 1),
        op(Op::JumpGreaterIntImmediate, 0, 1, 99, -5i16 as u16),
        op(Op::Move, 0, 5, 0, 0),
        op(Op::Move, 0, 6, 1, 0),
        op(Op::ToText, 0, 7, 1, 0),
        op(Op::CallBuiltin, 3, 4, set, 5),
        wide(Op::Jump, 0, -10),
        op(Op::Move, 0, 5, 0, 0),
        op(Op::CallBuiltin, 1, 4, size, 5),
        op(Op::Return, 0, 4, 0, 0),
    ];
    assembler.function("main", 0, &[Any, Int, Reference, Boolean, Any, Any, Any, Any], &code);
    assert_eq!(assembler.run(), "100");
}

#[test]
fn exit_passes_all_handlers() {
    let mut assembler = Assembler::new();
    let exit = assembler.builtin("process.exit");
    let code = [
        wide(Op::LoadInt, 0, 3),
        op(Op::CallBuiltin, 1, 1, exit, 0),
        op(Op::ReturnNull, 0, 0, 0, 0),
        op(Op::Return, 0, 1, 0, 0),
    ];
    assembler.function("main", 0, &[Any, Any], &code);
    assembler.handler(0, 2, 3, 1);
    assert_eq!(assembler.run(), "Exit(3)");
}
