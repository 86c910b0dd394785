//! Hand-assembled loops, timed: `cargo bench -p raya-vm`. Prints nanoseconds for each step, the best of five runs. Words
//! after `--` choose the lines that contain one of them.

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use support::*;

fn main() {
    report("fib(32), a call", 7_049_155.0, &fibonacci(32));
    report("sum of ints, a turn", 1e8, &sum_of_ints(100_000_000));
    report("mandelbrot-like floats, a turn", 1e7, &floats(10_000_000));
    report("fields of an instance, a turn", 1e7, &fields(10_000_000));
    report("elements of a number[], a turn", 1e7, &elements(10_000_000));
    report("string append, one", 1e6, &appends(1_000_000));
    report("new objects, one", 1e7, &objects(10_000_000));
    report("a throw caught in the same function", 1e6, &throws(1_000_000));
    report("closure calls, one", 1e7, &closures(10_000_000));
    report("method calls, one", 1e7, &methods(10_000_000));
}

fn report(name: &str, steps: f64, assembler: &Assembler) {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-')).peekable();
    if words.peek().is_some() && !words.any(|word| name.contains(&word)) {
        return;
    }
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let (mut machine, _) = assembler.machine(false);
        let start = Instant::now();
        machine.run().expect("no error");
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{name:<42} {:8.2} ns   {:8.1} ms", best * 1e9 / steps, best * 1e3);
}

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

/// `for (let i = 0; i < n; i++) sum = sum + i * 3`
fn sum_of_ints(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let code = [
        wide(Op::LoadInt, 0, 0),
        wide(Op::LoadInt, 1, 0),
        wide(Op::LoadInt, 2, n),
        wide(Op::LoadInt, 3, 3),
        op(Op::MultiplyInt, 0, 4, 1, 3),
        op(Op::AddInt, 0, 0, 0, 4),
        op(Op::AddIntImmediate, 0, 1, 1, 1),
        op(Op::JumpLessInt, 0, 1, 2, -4i16 as u16),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Int; 5], &code);
    assembler
}

/// The inner loop of the Mandelbrot set, on a point inside it.
fn floats(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let constants = [0.1, 0.2, 4.0].map(|number| assembler.number(number));
    let code = [
        wide(Op::LoadInt, 0, 0),
        wide(Op::LoadInt, 1, n),
        op(Op::LoadNumber, 0, 2, constants[0], 0),
        op(Op::LoadNumber, 0, 3, constants[1], 0),
        op(Op::LoadNumber, 0, 4, constants[0], 0),
        op(Op::LoadNumber, 0, 5, constants[1], 0),
        op(Op::LoadNumber, 0, 9, constants[2], 0),
        op(Op::MultiplyNumber, 0, 6, 4, 4),
        op(Op::MultiplyNumber, 0, 7, 5, 5),
        op(Op::AddNumber, 0, 8, 6, 7),
        op(Op::JumpLessNumber, 0, 9, 8, 7),
        op(Op::MultiplyNumber, 0, 5, 4, 5),
        op(Op::AddNumber, 0, 5, 5, 5),
        op(Op::AddNumber, 0, 5, 5, 3),
        op(Op::SubtractNumber, 0, 4, 6, 7),
        op(Op::AddNumber, 0, 4, 4, 2),
        op(Op::AddIntImmediate, 0, 0, 0, 1),
        op(Op::JumpLessInt, 0, 0, 1, -11i16 as u16),
        op(Op::Return, 0, 4, 0, 0),
    ];
    assembler.function(
        "main",
        0,
        &[Int, Int, Number, Number, Number, Number, Number, Number, Number, Number],
        &code,
    );
    assembler
}

/// `body.x = body.x + body.y`
fn fields(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let class = assembler.class("Body", None, &[("x", Number), ("y", Number)], &[]);
    let half = assembler.number(0.5);
    let code = [
        op(Op::NewInstance, 0, 0, class, 0),
        op(Op::LoadNumber, 0, 1, half, 0),
        op(Op::SetProperty, 0, 0, 1, 0),
        op(Op::SetProperty, 0, 0, 1, 1),
        wide(Op::LoadInt, 3, 0),
        wide(Op::LoadInt, 4, n),
        op(Op::GetPropertyNumber, 0, 1, 0, 0),
        op(Op::GetPropertyNumber, 0, 2, 0, 1),
        op(Op::AddNumber, 0, 1, 1, 2),
        op(Op::SetProperty, 0, 0, 1, 0),
        op(Op::AddIntImmediate, 0, 3, 3, 1),
        op(Op::JumpLessInt, 0, 3, 4, -6i16 as u16),
        op(Op::Return, 0, 1, 0, 0),
    ];
    assembler.function("main", 0, &[Reference, Number, Number, Int, Int], &code);
    assembler.sites(&["x", "y"]);
    assembler
}

/// `array[i & 3] = array[i & 3] + 0.5`
fn elements(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let half = assembler.number(0.5);
    let code = [
        op(Op::LoadNumber, 0, 0, half, 0),
        op(Op::Move, 0, 1, 0, 0),
        op(Op::Move, 0, 2, 0, 0),
        op(Op::Move, 0, 3, 0, 0),
        op(Op::NewArray, 4, 4, Number as u16, 0),
        wide(Op::LoadInt, 5, 0),
        wide(Op::LoadInt, 6, n),
        wide(Op::LoadInt, 7, 3),
        op(Op::BitAnd, 0, 8, 5, 7),
        op(Op::GetElementNumber, 0, 1, 4, 8),
        op(Op::AddNumber, 0, 1, 1, 0),
        op(Op::SetElement, 0, 4, 8, 1),
        op(Op::AddIntImmediate, 0, 5, 5, 1),
        op(Op::JumpLessInt, 0, 5, 6, -6i16 as u16),
        op(Op::Return, 0, 1, 0, 0),
    ];
    assembler.function("main", 0, &[Number, Number, Number, Number, Reference, Int, Int, Int, Int], &code);
    assembler
}

fn appends(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let (empty, piece) = (assembler.string(""), assembler.string("x"));
    let code = [
        op(Op::LoadString, 0, 0, empty, 0),
        op(Op::LoadString, 0, 1, piece, 0),
        wide(Op::LoadInt, 2, 0),
        wide(Op::LoadInt, 3, n),
        op(Op::Concatenate, 0, 0, 0, 1),
        op(Op::AddIntImmediate, 0, 2, 2, 1),
        op(Op::JumpLessInt, 0, 2, 3, -3i16 as u16),
        op(Op::StringLength, 0, 2, 0, 0),
        op(Op::Return, 0, 2, 0, 0),
    ];
    assembler.function("main", 0, &[Reference, Reference, Int, Int], &code);
    assembler
}

fn objects(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let shape = assembler.shape(&["value", "next"]);
    let code = [
        wide(Op::LoadInt, 0, 0),
        wide(Op::LoadInt, 1, n),
        op(Op::Move, 0, 2, 0, 0),
        op(Op::Move, 0, 3, 0, 0),
        op(Op::NewObject, 2, 4, shape, 2),
        op(Op::AddIntImmediate, 0, 0, 0, 1),
        op(Op::JumpLessInt, 0, 0, 1, -3i16 as u16),
        op(Op::Return, 0, 4, 0, 0),
    ];
    assembler.function("main", 0, &[Int, Int, Any, Any, Reference], &code);
    assembler
}

fn throws(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let code = [
        wide(Op::LoadInt, 0, 0),
        wide(Op::LoadInt, 1, n),
        op(Op::Throw, 0, 0, 0, 0),
        op(Op::AddIntImmediate, 0, 0, 0, 1),
        op(Op::JumpLessInt, 0, 0, 1, -3i16 as u16),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Int, Int, Any], &code);
    assembler.handler(2, 3, 3, 2);
    assembler
}

fn closures(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let code = [
        wide(Op::LoadInt, 0, 0),
        wide(Op::LoadInt, 1, n),
        op(Op::NewClosure, 0, 2, 1, 0),
        op(Op::Move, 0, 3, 0, 0),
        op(Op::CallValue, 1, 4, 0, 3),
        op(Op::CheckInt, 0, 0, 4, 0),
        op(Op::JumpLessInt, 0, 0, 1, -4i16 as u16),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Int, Int, Reference, Any, Any], &code);
    let code =
        [op(Op::CheckInt, 0, 0, 0, 0), op(Op::AddIntImmediate, 0, 0, 0, 1), op(Op::Return, 0, 0, 0, 0)];
    let function = assembler.function("next", 1, &[Int], &code);
    function.result = Int;
    function.direct_entry = 1;
    assembler
}

fn methods(n: i32) -> Assembler {
    let mut assembler = Assembler::new();
    let class = assembler.class(
        "Counter",
        None,
        &[("count", Int)],
        &[("next", raya_bytecode::program::Member::Method(1))],
    );
    let code = [
        wide(Op::LoadInt, 0, 0),
        wide(Op::LoadInt, 1, n),
        op(Op::NewInstance, 0, 2, class, 0),
        op(Op::SetProperty, 0, 2, 0, 0),
        op(Op::Move, 0, 3, 2, 0),
        op(Op::CallMethod, 1, 4, 1, 3),
        op(Op::CheckInt, 0, 0, 4, 0),
        op(Op::JumpLessInt, 0, 0, 1, -4i16 as u16),
        op(Op::Return, 0, 0, 0, 0),
    ];
    assembler.function("main", 0, &[Int, Int, Reference, Any, Any], &code);
    assembler.sites(&["count", "next"]);
    let code = [
        op(Op::CheckReference, 0, 0, 0, 0),
        op(Op::GetPropertyInt, 0, 1, 0, 0),
        op(Op::AddIntImmediate, 0, 1, 1, 1),
        op(Op::SetProperty, 0, 0, 1, 0),
        op(Op::Return, 0, 1, 0, 0),
    ];
    assembler.function("next", 1, &[Reference, Int], &code).direct_entry = 1;
    assembler.sites(&["count"]);
    assembler
}
