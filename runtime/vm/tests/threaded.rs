//! The threaded run loop needs its handlers' last calls to be jumps. Each is run so often on a small stack that a call would
//! overflow it; what comes out is compared with the plain loop.

mod support;

use raya_bytecode::{Operand, program::Member};
use support::*;

/// Turns of a loop: 16 bytes of stack for each would be several times the stack there is.
const TURNS: i32 = if cfg!(miri) { 200 } else { 200_000 };
/// Turns where every step may collect.
const FEW_TURNS: i32 = 20;
const STACK_BYTES: usize = 640 << 10;

/// Runs a program on a small stack: threaded, with many turns and with few, and plain, with few.
fn on_small_stack(make: impl Fn(i32) -> Assembler + Send + Sync) -> [String; 3] {
    [(TURNS, false), (FEW_TURNS, false), (FEW_TURNS, true)].map(|(turns, stress)| {
        let run = || {
            let (mut machine, _) = make(turns).machine(stress);
            match machine.run() {
                Ok(value) => format!("{value:?}"),
                Err(ended) => format!("{ended:?}"),
            }
        };
        std::thread::scope(|scope| {
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, run).expect("a thread").join().expect("no panic")
        })
    })
}

/// Registers: two of each representation, an array, then the counter and its end.
const REGISTERS: [raya_abi::Representation; 10] =
    [Int, Int, Number, Number, Boolean, Boolean, Reference, Any, Int, Int];

fn register_of(operand: Operand) -> Option<u16> {
    Some(match operand {
        Operand::Use(Any) => 7,
        Operand::Use(Int) | Operand::Define(Int) => 0,
        Operand::Use(Number) | Operand::Define(Number) => 2,
        Operand::Use(Boolean) | Operand::Define(Boolean) => 4,
        Operand::Use(Reference) => 6,
        Operand::Define(Reference) | Operand::Define(Any) | Operand::DefineCopy => 7,
        // To the next instruction, whether it jumps or not.
        Operand::Jump | Operand::WideJump | Operand::Unused => 0,
        Operand::Immediate | Operand::WideImmediate | Operand::Count => 1,
        _ => return None,
    })
}

/// A loop around one operation, if its operands are registers and immediates alone.
fn around(operation: Op, turns: i32) -> Option<Assembler> {
    let mut operands = [0; 4];
    for (place, operand) in operands.iter_mut().zip(operation.operands()) {
        *place = register_of(operand)?;
    }
    let [n, mut a, mut b, c] = operands;
    if operation == Op::Jump {
        (a, b) = (0, 0);
    }
    let mut assembler = Assembler::new();
    let text = assembler.string("some text");
    let half = assembler.number(1.5);
    let kind = match operation {
        Op::GetElementInt => Int,
        Op::GetElementNumber | Op::SetElement | Op::ArrayPush => Number,
        _ => Any,
    };
    // What the register for any value holds: what the operation can do something with.
    let any = match operation {
        Op::CheckInt | Op::JumpIfNotNull => 0,
        Op::CheckBoolean => 4,
        Op::CheckReference => 6,
        _ => 2,
    };
    let is_text =
        matches!(operation, Op::StringLength | Op::CharCodeAt | Op::LessString | Op::LessEqualString);
    let element = if operation == Op::GetElementReference { 7 } else { if kind == Int { 0 } else { 2 } };
    let code = [
        wide(Op::LoadInt, 0, 1),
        wide(Op::LoadInt, 1, 2),
        op(Op::LoadNumber, 0, 2, half, 0),
        op(Op::LoadNumber, 0, 3, half, 0),
        op(Op::LoadBoolean, 0, 4, 2, 0),
        op(Op::LoadBoolean, 0, 5, 1, 0),
        op(Op::LoadString, 0, 7, text, 0),
        op(Op::LoadString, 0, 6, text, 0),
        // Overwritten by an array unless the operation is about text.
        if is_text { op(Op::Move, 0, 7, 7, 0) } else { op(Op::NewArray, 1, 6, kind as u16, 10) },
        op(Op::ArrayPush, 0, 11, 10, 0),
        op(Op::ArrayPush, 0, 11, 10, 0),
        op(Op::Move, 0, 7, any, 0),
        wide(Op::LoadInt, 8, 0),
        wide(Op::LoadInt, 9, turns),
        op(operation, n as u8, a, b, c),
        op(Op::StepJumpLessInt, 1, 8, 9, -2i16 as u16),
        op(Op::Return, 0, 8, 0, 0),
    ];
    let mut code = code.to_vec();
    // Register 10 is the element, register 11 the array again.
    code.splice(9..11, [op(Op::Move, 0, 7, 7, 0), op(Op::Move, 0, 7, 7, 0)]);
    code.insert(8, op(Op::Move, 0, 10, element, 0));
    if !is_text {
        code[10] = op(Op::NewArray, 1, 6, kind as u16, 10);
        code[9] = op(Op::Move, 0, 7, 7, 0);
    }
    let mut registers = REGISTERS.to_vec();
    registers.extend([Any, Any]);
    // The index of elements must stay inside the array of one.
    if matches!(operation, Op::SetElement) || operation.name().starts_with("GetElement") {
        code.insert(15, wide(Op::LoadInt, 0, 0));
    }
    assembler.function("main", 0, &registers, &code);
    Some(assembler)
}

#[test]
fn every_simple_operation_ends_in_a_jump() {
    let mut ran = 0;
    for operation in Op::ALL.iter().copied() {
        // These end the function, wait, or grow something at each turn.
        if matches!(operation, Op::Return | Op::ReturnNull | Op::Throw | Op::Await | Op::StartTask)
            || around(operation, 1).is_none()
        {
            continue;
        }
        let [_, threaded, plain] =
            on_small_stack(|turns| around(operation, turns).expect("was there before"));
        assert_eq!(threaded, plain, "{}", operation.name());
        ran += 1;
    }
    assert!(ran > 70, "{ran} operations ran");
}

/// A loop over registers `[Int, Int]`, the counter and its end, then `more`.
fn loop_around(
    assembler: &mut Assembler,
    turns: i32,
    before: &[raya_bytecode::Instruction],
    body: &[raya_bytecode::Instruction],
    more: &[raya_abi::Representation],
) {
    let mut code = vec![wide(Op::LoadInt, 0, 0), wide(Op::LoadInt, 1, turns)];
    code.extend(before);
    code.extend(body);
    code.push(op(Op::StepJumpLessInt, 1, 0, 1, (-(body.len() as i16) - 1) as u16));
    code.push(op(Op::Return, 0, 0, 0, 0));
    let registers: Vec<_> = [Int, Int].iter().chain(more).copied().collect();
    assembler.function("main", 0, &registers, &code);
}

fn calls(turns: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let body = [
        op(Op::Move, 0, 5, 0, 0),
        op(Op::CallFunction, 1, 3, 1, 5),
        op(Op::Move, 0, 4, 2, 0),
        op(Op::Move, 0, 5, 0, 0),
        op(Op::CallValue, 1, 3, 0, 5),
    ];
    let before = [op(Op::NewClosure, 0, 2, 1, 0)];
    loop_around(&mut assembler, turns, &before, &body, &[Reference, Any, Any, Int]);
    let code =
        [op(Op::CheckInt, 0, 0, 0, 0), op(Op::AddIntImmediate, 0, 0, 0, 1), op(Op::Return, 0, 0, 0, 0)];
    let function = assembler.function("next", 1, &[Int], &code);
    function.result = Int;
    function.direct_entry = 1;
    assembler
}

fn members(turns: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let class = assembler.class(
        "Everything",
        None,
        &[("int", Int), ("number", Number), ("boolean", Boolean), ("reference", Reference), ("any", Any)],
        &[("method", Member::Method(1)), ("nothing", Member::Method(2))],
    );
    let half = assembler.number(0.5);
    let before = [
        op(Op::NewInstance, 0, 2, class, 0),
        op(Op::LoadNumber, 0, 3, half, 0),
        op(Op::LoadBoolean, 0, 4, 2, 0),
    ];
    let body = [
        op(Op::SetProperty, 0, 2, 0, 0),
        op(Op::SetProperty, 0, 2, 3, 1),
        op(Op::SetProperty, 0, 2, 4, 2),
        op(Op::SetProperty, 0, 2, 2, 3),
        op(Op::SetProperty, 0, 2, 2, 4),
        op(Op::GetPropertyInt, 0, 5, 2, 5),
        op(Op::GetPropertyNumber, 0, 3, 2, 6),
        op(Op::GetPropertyBoolean, 0, 4, 2, 7),
        op(Op::GetPropertyReference, 0, 6, 2, 8),
        op(Op::GetProperty, 0, 7, 2, 9),
        op(Op::Move, 0, 8, 2, 0),
        op(Op::CallMethod, 1, 7, 10, 8),
        op(Op::Move, 0, 8, 2, 0),
        op(Op::CallMethod, 1, 7, 11, 8),
    ];
    let registers = [Reference, Number, Boolean, Int, Reference, Any, Any];
    loop_around(&mut assembler, turns, &before, &body, &registers);
    assembler.sites(&[
        "int",
        "number",
        "boolean",
        "reference",
        "any",
        "int",
        "number",
        "boolean",
        "reference",
        "any",
        "method",
        "nothing",
    ]);
    let code =
        [op(Op::CheckReference, 0, 0, 0, 0), op(Op::GetPropertyInt, 0, 1, 0, 0), op(Op::Return, 0, 1, 0, 0)];
    assembler.function("method", 1, &[Reference, Int], &code).direct_entry = 1;
    assembler.sites(&["int"]);
    assembler.function("nothing", 1, &[Any], &[op(Op::ReturnNull, 0, 0, 0, 0)]);
    assembler
}

fn variables(turns: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let global = assembler.global("global");
    let text = assembler.string("text");
    let before = [
        op(Op::NewCell, 0, 2, 0, 0),
        op(Op::SetGlobal, 0, 0, global, 0),
        op(Op::Move, 0, 3, 2, 0),
        op(Op::NewClosure, 1, 3, 1, 3),
    ];
    let body = [
        op(Op::SetCell, 0, 2, 0, 0),
        op(Op::GetCell, 0, 4, 2, 0),
        op(Op::SetGlobal, 0, 4, global, 0),
        op(Op::GetGlobal, 0, 4, global, 0),
        op(Op::LoadString, 0, 4, text, 0),
        op(Op::LoadSpecial, 0, 4, 0, 0),
        op(Op::Move, 0, 5, 3, 0),
        op(Op::CallValue, 0, 4, 0, 6),
    ];
    loop_around(&mut assembler, turns, &before, &body, &[Reference, Any, Any, Any, Any]);
    let code = [
        op(Op::GetCapture, 0, 0, 0, 0),
        op(Op::GetCapturedCell, 0, 1, 0, 0),
        op(Op::SetCapturedCell, 0, 1, 0, 0),
        op(Op::Return, 0, 1, 0, 0),
    ];
    assembler.function("captures", 0, &[Any, Any], &code).captures = 1;
    assembler
}

#[test]
fn calls_members_and_variables_end_in_jumps() {
    for make in [calls, members, variables] {
        let [many, threaded, plain] = on_small_stack(make);
        assert_eq!(threaded, plain);
        assert_eq!((many, threaded), (format!("{TURNS}i"), format!("{FEW_TURNS}i")));
    }
}
