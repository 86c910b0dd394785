//! Programs that must not pass, each with the reason it is refused for.

use raya_abi::Representation::{self, Any, Int, Reference};
use raya_bytecode::program::{Function, Handler};
use raya_bytecode::verify::VerifyProblem;
use raya_bytecode::{Instruction, Operation as Op, Program, check};

fn instruction(operation: Op, n: u8, a: u16, b: u16, c: u16) -> Instruction {
    Instruction::new(operation, n, a, b, c)
}

fn function(parameters: u8, registers: &[Representation], code: &[Instruction]) -> Function {
    Function {
        name: 0,
        parameters,
        rest: false,
        is_async: false,
        registers: registers.to_vec(),
        result: Any,
        captures: 0,
        direct_entry: 0,
        code: code.to_vec(),
        handlers: vec![],
        sites: vec![],
        positions: vec![],
    }
}

fn problem(functions: Vec<Function>) -> Option<VerifyProblem> {
    let program = Program { strings: vec!["main".into()], functions, ..Program::default() };
    check(&program).err().map(|error| error.problem)
}

const RETURN_NULL: Instruction = Instruction::new(Op::ReturnNull, 0, 0, 0, 0);

#[test]
fn registers_are_written_before_they_are_read() {
    let main = function(0, &[Any, Any], &[instruction(Op::Move, 0, 0, 1, 0), RETURN_NULL]);
    assert_eq!(problem(vec![main]), Some(VerifyProblem::Undefined(1)));
}

#[test]
fn both_branches_must_write() {
    let code = [
        instruction(Op::LoadBoolean, 0, 0, 1, 0),
        Instruction::wide(Op::JumpIfTrue, 0, 1),
        Instruction::wide(Op::LoadInt, 1, 7),
        instruction(Op::Return, 0, 1, 0, 0),
    ];
    let main = function(0, &[Representation::Boolean, Int], &code);
    assert_eq!(problem(vec![main]), Some(VerifyProblem::Undefined(1)));
}

#[test]
fn a_register_keeps_its_representation() {
    let main = function(0, &[Reference], &[Instruction::wide(Op::LoadInt, 0, 1), RETURN_NULL]);
    assert_eq!(problem(vec![main]), Some(VerifyProblem::Representation(0, Int, Reference)));
}

#[test]
fn a_parameter_is_checked_before_it_is_used() {
    let main = function(0, &[], &[RETURN_NULL]);
    let unchecked = function(1, &[Int], &[instruction(Op::NegateInt, 0, 0, 0, 0), RETURN_NULL]);
    assert_eq!(problem(vec![main.clone(), unchecked]), Some(VerifyProblem::Unchecked(0)));
    let code = [instruction(Op::CheckInt, 0, 0, 0, 0), instruction(Op::NegateInt, 0, 0, 0, 0), RETURN_NULL];
    assert_eq!(problem(vec![main, Function { direct_entry: 1, ..function(1, &[Int], &code) }]), None);
}

#[test]
fn a_call_leaves_its_window_undefined() {
    let callee = function(1, &[Any], &[RETURN_NULL]);
    let code = [
        Instruction::wide(Op::LoadInt, 1, 1),
        instruction(Op::CallFunction, 1, 0, 1, 1),
        instruction(Op::Return, 0, 1, 0, 0),
    ];
    assert_eq!(problem(vec![function(0, &[Any, Int], &code), callee]), Some(VerifyProblem::Undefined(1)));
}

#[test]
fn a_handler_sees_only_what_held_throughout() {
    let code = [
        Instruction::wide(Op::LoadInt, 1, 1),
        instruction(Op::Throw, 0, 1, 0, 0),
        instruction(Op::Return, 0, 1, 0, 0),
    ];
    let mut main = function(0, &[Any, Int], &code);
    main.handlers = vec![Handler { start: 0, end: 2, target: 2, register: 0 }];
    assert_eq!(problem(vec![main.clone()]), Some(VerifyProblem::Undefined(1)));
    main.handlers[0].start = 1;
    assert_eq!(problem(vec![main]), None);
}

#[test]
fn a_handler_stands_behind_what_it_covers() {
    let code = [instruction(Op::LoadSpecial, 0, 0, 0, 0), instruction(Op::Return, 0, 0, 0, 0)];
    let mut main = function(0, &[Any], &code);
    main.handlers = vec![Handler { start: 0, end: 1, target: 0, register: 0 }];
    assert_eq!(
        problem(vec![main.clone()]),
        Some(VerifyProblem::Table("a handler stands behind what it covers"))
    );
    main.handlers[0].target = 1;
    assert_eq!(problem(vec![main]), None);
}

#[test]
fn control_stays_inside() {
    let end = function(0, &[Any], &[instruction(Op::LoadSpecial, 0, 0, 0, 0)]);
    assert_eq!(problem(vec![end]), Some(VerifyProblem::FallsOffTheEnd));
    let jump = function(0, &[], &[Instruction::wide(Op::Jump, 0, 5)]);
    assert_eq!(problem(vec![jump]), Some(VerifyProblem::Target(6)));
}

#[test]
fn known_calls_pass_what_is_declared() {
    let callee = function(1, &[Int], &[RETURN_NULL]);
    let code =
        [instruction(Op::LoadSpecial, 0, 0, 0, 0), instruction(Op::CallFunction, 1, 0, 1, 0), RETURN_NULL];
    let main = function(0, &[Any], &code);
    assert_eq!(problem(vec![main, callee]), Some(VerifyProblem::Representation(0, Int, Any)));
}

#[test]
fn a_function_that_is_called_has_registers_for_its_parameters() {
    let code = [
        instruction(Op::LoadSpecial, 0, 0, 0, 0),
        instruction(Op::LoadSpecial, 0, 1, 0, 0),
        instruction(Op::CallFunction, 2, 0, 1, 0),
        RETURN_NULL,
    ];
    let main = function(0, &[Any, Any], &code);
    let callee = function(2, &[Any], &[RETURN_NULL]);
    assert_eq!(problem(vec![main, callee]), Some(VerifyProblem::Table("parameters are registers")));
}
