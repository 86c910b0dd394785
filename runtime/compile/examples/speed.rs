//! Times well-known loops, built by hand as the checker would give them, on the machine. Prints milliseconds; with `dump`
//! as argument, the code instead; with the name of a row, only that one.
#![allow(unreachable_pub, reason = "shares the builder of the tests")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use raya_check::typed::BinaryOperator::*;
use raya_check::typed::*;
use raya_vm::{Config, Host, Vm};
use support::*;

struct Quiet;

impl Host for Quiet {
    fn write_output(&mut self, _bytes: &[u8]) {}
    fn write_error(&mut self, _bytes: &[u8]) {}
    fn flush(&mut self) {}
    fn read_input(&mut self, _buffer: &mut [u8]) -> usize {
        0
    }
    fn arguments(&mut self) -> Vec<String> {
        vec![]
    }
}

fn main() {
    let argument = std::env::args().nth(1);
    let dump = argument.as_deref() == Some("dump");
    let rows =
        [("fib32_ms", fib()), ("loop_1e8_ms", sum()), ("mandel_ms", mandelbrot()), ("nbody100k_ms", nbody())];
    for (name, typed) in rows {
        if argument.as_ref().is_some_and(|only| !dump && only != name) {
            continue;
        }
        let compiled = compile(&typed);
        if dump {
            println!("{name}\n{}", raya_compile::dump::program(&compiled));
            continue;
        }
        let verified = raya_bytecode::verify(compiled).expect("verifies");
        let mut vm = Vm::new(verified, vec![], vec![], Config::default(), Box::new(Quiet));
        let start = Instant::now();
        let result = vm.run().expect("runs");
        println!("{name} {:.1} {:?}", start.elapsed().as_secs_f64() * 1e3, result.primitive());
    }
}

fn int_op(operator: BinaryOperator, left: Expression, right: Expression) -> Expression {
    binary(operator, left, right)
}

fn to_number(value: Expression) -> Expression {
    expression(ExpressionKind::Convert(Conversion::IntToNumber, Box::new(value)), Number)
}

fn increment(local: u32) -> Expression {
    assign(local, int_op(AddInt, read(local, Int), int(1)))
}

fn count(
    label: u32,
    local: u32,
    from: Expression,
    below: Expression,
    body: Vec<Statement>,
) -> Vec<Statement> {
    vec![
        declare(local, from),
        while_loop(label, binary(LessInt, read(local, Int), below), Some(increment(local)), body),
    ]
}

fn main_calls(arguments: Vec<Expression>, result: Representation, called: Function) -> TypedProgram {
    let value = call(1, arguments, result);
    let value = if result == Any { value } else { forget(value) };
    program(vec![function("<module>", 0, &[], Any, vec![returns(value)]), called])
}

use raya_abi::Representation;

fn fib() -> TypedProgram {
    let recursive = |less| call(1, vec![binary(SubtractInt, read(0, Int), int(less))], Int);
    let body = vec![
        statement(StatementKind::If(
            binary(LessInt, read(0, Int), int(2)),
            vec![returns(read(0, Int))],
            vec![],
        )),
        returns(binary(AddInt, recursive(1), recursive(2))),
    ];
    main_calls(vec![int(32)], Int, function("fib", 1, &[Int], Int, body))
}

fn sum() -> TypedProgram {
    let mut body = vec![declare(1, int(0))];
    let add = evaluate(assign(1, binary(AddInt, read(1, Int), read(2, Int))));
    body.extend(count(0, 2, int(0), read(0, Int), vec![add]));
    body.push(returns(read(1, Int)));
    main_calls(vec![int(100_000_000)], Int, function("sum", 1, &[Int, Int, Int], Int, body))
}

/// Locals: size, limit, total, py, px, k, then numbers cx, cy, x, y, t.
fn mandelbrot() -> TypedProgram {
    let n = |local| read(local, Number);
    let times = |left, right| binary(MultiplyNumber, left, right);
    let scaled = |local| {
        binary(DivideNumber, times(number(2.5), to_number(read(local, Int))), to_number(read(0, Int)))
    };
    let squares = || binary(AddNumber, times(n(8), n(8)), times(n(9), n(9)));
    let condition = expression(
        ExpressionKind::Logical(
            LogicalOperator::And,
            Box::new(binary(LessInt, read(5, Int), read(1, Int))),
            Box::new(binary(LessNumber, squares(), number(4.0))),
        ),
        Boolean,
    );
    let t = binary(AddNumber, binary(SubtractNumber, times(n(8), n(8)), times(n(9), n(9))), n(6));
    let turn = vec![
        declare(10, t),
        evaluate(assign(9, binary(AddNumber, times(times(number(2.0), n(8)), n(9)), n(7)))),
        evaluate(assign(8, n(10))),
        evaluate(increment(5)),
    ];
    let pixel = vec![
        declare(6, binary(AddNumber, number(-2.0), scaled(4))),
        declare(7, binary(AddNumber, number(-1.25), scaled(3))),
        declare(8, number(0.0)),
        declare(9, number(0.0)),
        declare(5, int(0)),
        while_loop(0, condition, None, turn),
        evaluate(assign(2, binary(AddInt, read(2, Int), read(5, Int)))),
    ];
    let mut body = vec![declare(2, int(0))];
    let row = count(1, 4, int(0), read(0, Int), pixel);
    body.extend(count(2, 3, int(0), read(0, Int), row));
    body.push(returns(read(2, Int)));
    let locals = [Int, Int, Int, Int, Int, Int, Number, Number, Number, Number, Number];
    let mut mandelbrot = function("mandelbrot", 2, &locals, Int, body);
    mandelbrot.locals[10].reassigned = false;
    main_calls(vec![int(256), int(200)], Int, mandelbrot)
}

/// Locals: steps, bodies, s, i, j, p, q, then numbers dx, dy, dz, d2, mag.
fn nbody() -> TypedProgram {
    let n = |local| read(local, Number);
    let times = |left, right| binary(MultiplyNumber, left, right);
    let minus = |left, right| binary(SubtractNumber, left, right);
    let plus = |left, right| binary(AddNumber, left, right);
    let get = |local, property: &str| {
        expression(
            ExpressionKind::GetProperty(Box::new(forget(read(local, Reference))), name(property)),
            Number,
        )
    };
    let set = |local, property: &str, value| {
        let object = Box::new(forget(read(local, Reference)));
        evaluate(expression(ExpressionKind::SetProperty(object, name(property), Box::new(value)), Number))
    };
    let element = |index| {
        expression(
            ExpressionKind::GetElement(Box::new(read(1, Reference)), Box::new(read(index, Int))),
            Reference,
        )
    };
    let square = |local| times(n(local), n(local));
    let distance = plus(plus(plus(square(7), square(8)), square(9)), number(0.01));
    let root =
        expression(ExpressionKind::CallBuiltin(name("Math.sqrt"), Arguments::Fixed(vec![n(10)])), Number);
    let mut pair = vec![
        declare(6, element(4)),
        declare(7, minus(get(5, "x"), get(6, "x"))),
        declare(8, minus(get(5, "y"), get(6, "y"))),
        declare(9, minus(get(5, "z"), get(6, "z"))),
        declare(10, distance),
        declare(11, binary(DivideNumber, number(0.001), times(n(10), root))),
    ];
    for (velocity, difference) in [("vx", 7), ("vy", 8), ("vz", 9)] {
        pair.push(set(5, velocity, minus(get(5, velocity), times(times(n(difference), get(6, "m")), n(11)))));
    }
    for (velocity, difference) in [("vx", 7), ("vy", 8), ("vz", 9)] {
        pair.push(set(6, velocity, plus(get(6, velocity), times(times(n(difference), get(5, "m")), n(11)))));
    }
    let mut outer = vec![declare(5, element(3))];
    outer.extend(count(0, 4, binary(AddInt, read(3, Int), int(1)), int(5), pair));
    let mut moves = vec![declare(5, element(3))];
    for (place, velocity) in [("x", "vx"), ("y", "vy"), ("z", "vz")] {
        moves.push(set(5, place, plus(get(5, place), times(number(0.001), get(5, velocity)))));
    }
    let mut step = count(1, 3, int(0), int(5), outer);
    step.extend(count(2, 3, int(0), int(5), moves));
    let mut body = vec![declare(1, bodies())];
    body.extend(count(3, 2, int(0), read(0, Int), step));
    let at = |index, property: &str| {
        let body = expression(
            ExpressionKind::GetElement(Box::new(read(1, Reference)), Box::new(int(index))),
            Reference,
        );
        expression(ExpressionKind::GetProperty(Box::new(forget(body)), name(property)), Number)
    };
    body.push(returns(plus(at(0, "x"), at(4, "y"))));
    let locals =
        [Int, Reference, Int, Int, Int, Reference, Reference, Number, Number, Number, Number, Number];
    let mut nbody = function("nbody", 1, &locals, Number, body);
    for local in [1, 5, 6, 7, 8, 9, 10, 11] {
        nbody.locals[local].reassigned = false;
    }
    main_calls(vec![int(100_000)], Number, nbody)
}

fn bodies() -> Expression {
    let body = |i: f64| {
        let mass = if i == 0.0 { 39.0 } else { 0.01 * i };
        let values = [
            ("x", i * 1.5 + 0.1),
            ("y", i * -0.7 + 0.2),
            ("z", i * 0.3),
            ("vx", 0.01 * i),
            ("vy", 0.02 * (4.0 - i)),
            ("vz", 0.005 * i),
            ("m", mass),
        ];
        let parts =
            values.map(|(property, value)| ObjectPart::Property(name(property), forget(number(value))));
        forget(expression(ExpressionKind::Object(parts.into_iter().collect()), Reference))
    };
    let parts = (0..5).map(|index| ArrayPart::Element(body(f64::from(index)))).collect();
    expression(ExpressionKind::Array { element: Any, parts }, Reference)
}
