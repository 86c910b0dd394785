//! What well-known pieces of code compile to: the interpreter's speed is decided here.
#![allow(unreachable_pub, reason = "modules shared by test binaries")]

mod support;

use raya_check::typed::BinaryOperator::*;
use raya_check::typed::*;
use support::*;

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
    let main = function("<module>", 0, &[], Any, vec![returns(forget(call(1, vec![int(32)], Int)))]);
    program(vec![main, function("fib", 1, &[Int], Int, body)])
}

#[test]
fn fib_takes_seven_instructions() {
    let compiled = compile(&fib());
    assert_eq!(
        operations(&compiled, "fib"),
        [
            "CheckInt",
            "JumpGreaterEqualIntImmediate",
            "Return",
            "AddIntImmediate",
            "CallFunction",
            "AddIntImmediate",
            "CallFunction",
            "AddInt",
            "Return",
        ]
    );
    let fib =
        compiled.functions.iter().find(|f| compiled.strings[f.name as usize] == "fib").expect("is there");
    assert!(fib.registers.len() <= 3, "{:?}", fib.registers);
}

#[test]
fn a_counting_loop_takes_two_instructions_a_turn() {
    let module = Variable::Global(GlobalId(0));
    let read_total = || expression(ExpressionKind::Read(module), Int);
    let body = vec![
        statement(StatementKind::InitializeGlobal(GlobalId(0), int(0))),
        declare(0, int(0)),
        while_loop(
            0,
            binary(LessInt, read(0, Int), int(1_000_000)),
            Some(assign(0, binary(AddInt, read(0, Int), int(1)))),
            vec![evaluate(expression(
                ExpressionKind::Assign(module, Box::new(binary(AddInt, read_total(), read(0, Int)))),
                Int,
            ))],
        ),
        returns(forget(read_total())),
    ];
    let mut program = program(vec![function("<module>", 0, &[Int], Any, body)]);
    program.globals.push(global("total", Int));
    let compiled = compile(&program);
    assert_eq!(
        operations(&compiled, "<module>"),
        ["LoadInt", "LoadInt", "LoadInt", "JumpLessEqualInt", "AddInt", "StepJumpLessInt", "Return"]
    );
    assert!(compiled.globals.is_empty());
}

#[test]
fn constants_of_loops_are_loaded_once() {
    let body = vec![
        declare(0, number(0.0)),
        while_loop(
            0,
            binary(LessNumber, read(0, Number), number(100.0)),
            None,
            vec![evaluate(assign(
                0,
                binary(AddNumber, binary(MultiplyNumber, read(0, Number), number(1.5)), number(2.5)),
            ))],
        ),
        returns(forget(read(0, Number))),
    ];
    let compiled = compile(&program(vec![function("<module>", 0, &[Number], Any, body)]));
    let code = operations(&compiled, "<module>");
    let turn = code.iter().position(|name| *name == "MultiplyAddNumber").expect("is there");
    assert_eq!(&code[turn..], ["MultiplyAddNumber", "JumpLessNumber", "Return"]);
}

#[test]
fn finally_runs_once_in_the_code_and_every_exit_leads_through_it() {
    let attempt = |body, finally| statement(StatementKind::Try { body, catch: None, finally: Some(finally) });
    let finally = vec![evaluate(builtin("console.log", vec![text("finally")]))];
    let body = vec![
        while_loop(
            0,
            boolean(true),
            None,
            vec![attempt(
                vec![
                    statement(StatementKind::If(
                        binary(LessInt, read(0, Int), int(1)),
                        vec![statement(StatementKind::Break(LabelId(0)))],
                        vec![],
                    )),
                    statement(StatementKind::If(
                        binary(LessInt, read(0, Int), int(2)),
                        vec![statement(StatementKind::Continue(LabelId(0)))],
                        vec![],
                    )),
                    returns(forget(read(0, Int))),
                ],
                finally,
            )],
        ),
        returns(null()),
    ];
    let main = function("<module>", 0, &[], Any, vec![returns(call(1, vec![int(3)], Any))]);
    let compiled = compile(&program(vec![main, function("f", 1, &[Int], Any, body)]));
    let calls = operations(&compiled, "f").iter().filter(|name| **name == "CallBuiltin").count();
    assert_eq!(calls, 1);
    let f = compiled.functions.iter().find(|f| compiled.strings[f.name as usize] == "f").expect("is there");
    assert_eq!(f.handlers.len(), 1);
}

#[test]
fn unreached_functions_and_members_are_left_out() {
    let this = || function("method", 1, &[Reference], Any, vec![returns(null())]);
    let main = function(
        "<module>",
        0,
        &[],
        Any,
        vec![returns(expression(
            ExpressionKind::CallMethod(
                Box::new(forget(expression(ExpressionKind::New(ClassId(0), vec![]), Reference))),
                name("used"),
                Arguments::Fixed(vec![]),
            ),
            Any,
        ))],
    );
    let mut typed = program(vec![
        main,
        function("constructor", 1, &[Reference], Any, vec![]),
        this(),
        Function { name: name("unused"), ..this() },
        Function { name: name("orphan"), ..this() },
    ]);
    let member = |text: &str, id| Member { name: name(text), kind: MemberKind::Method(FunctionId(id)) };
    typed.classes.push(Class {
        name: name("Thing"),
        base: None,
        fields: vec![],
        members: vec![member("used", 2), member("unused", 3)],
        constructor: FunctionId(1),
        span: span(),
    });
    let compiled = compile(&typed);
    let names =
        compiled.functions.iter().map(|f| compiled.strings[f.name as usize].as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["<program>", "<module>", "constructor", "method"]);
    assert_eq!(compiled.classes[0].members.len(), 1);
}

#[test]
fn closures_capture_values_unless_they_change() {
    let closure = |id| expression(ExpressionKind::Closure(FunctionId(id)), Reference);
    let mut main = function(
        "<module>",
        0,
        &[Int, Int, Reference, Reference],
        Any,
        vec![
            declare(0, check(builtin("seed", vec![]), Int)),
            declare(1, int(0)),
            declare(2, closure(1)),
            declare(3, closure(2)),
            evaluate(assign(1, int(5))),
            returns(expression(
                ExpressionKind::Array {
                    element: Any,
                    parts: vec![
                        ArrayPart::Element(forget(read(2, Reference))),
                        ArrayPart::Element(forget(read(3, Reference))),
                        ArrayPart::Element(forget(read(1, Int))),
                    ],
                },
                Reference,
            )),
        ],
    );
    main.locals[0].reassigned = false;
    main.locals[2].reassigned = false;
    main.locals[3].reassigned = false;
    let capture = |local| vec![Variable::Local(LocalId(local))];
    let read_capture = || returns(expression(ExpressionKind::Read(Variable::Capture(0)), Int));
    let by_value = Function { captures: capture(0), ..function("value", 0, &[], Int, vec![read_capture()]) };
    let by_cell = Function { captures: capture(1), ..function("cell", 0, &[], Int, vec![read_capture()]) };
    let compiled = compile(&program(vec![main, by_value, by_cell]));
    assert_eq!(operations(&compiled, "value"), ["GetCapture", "CheckInt", "Return"]);
    assert_eq!(operations(&compiled, "cell"), ["GetCapturedCell", "CheckInt", "Return"]);
    assert_eq!(operations(&compiled, "<module>").iter().filter(|name| **name == "NewCell").count(), 1);
}

#[test]
fn a_closure_called_where_it_is_written_makes_no_closure() {
    let arm = Function {
        captures: vec![Variable::Local(LocalId(0))],
        ..function(
            "<anonymous>",
            1,
            &[Any],
            Any,
            vec![
                evaluate(expression(
                    ExpressionKind::Assign(
                        Variable::Capture(0),
                        Box::new(binary(
                            AddInt,
                            expression(ExpressionKind::Read(Variable::Capture(0)), Int),
                            int(1),
                        )),
                    ),
                    Int,
                )),
                returns(read(0, Any)),
            ],
        )
    };
    let closure = expression(ExpressionKind::Closure(FunctionId(1)), Reference);
    let matched =
        expression(ExpressionKind::CallValue(Box::new(closure), Arguments::Fixed(vec![forget(int(7))])), Any);
    let main = function(
        "<module>",
        0,
        &[Int],
        Any,
        vec![declare(0, int(0)), evaluate(matched), returns(forget(read(0, Int)))],
    );
    let compiled = compile(&program(vec![main, arm]));
    let code = operations(&compiled, "<module>");
    assert!(!code.contains(&"NewClosure") && !code.contains(&"NewCell"), "{code:?}");
}

#[test]
fn small_leaf_functions_disappear_into_their_callers() {
    let square = function(
        "square",
        1,
        &[Number],
        Number,
        vec![returns(binary(MultiplyNumber, read(0, Number), read(0, Number)))],
    );
    let main = function(
        "<module>",
        0,
        &[Number],
        Any,
        vec![
            declare(0, check(builtin("seed", vec![]), Number)),
            returns(forget(call(1, vec![read(0, Number)], Number))),
        ],
    );
    let compiled = compile(&program(vec![main, square]));
    assert_eq!(operations(&compiled, "<module>"), ["CallBuiltin", "CheckNumber", "MultiplyNumber", "Return"]);
}

#[test]
fn jumps_that_do_not_reach_become_long() {
    let noise = || evaluate(builtin("noise", vec![int(1), int(2)]));
    let body = vec![
        declare(0, int(0)),
        while_loop(
            0,
            binary(LessInt, read(0, Int), read(1, Int)),
            Some(assign(0, binary(AddInt, read(0, Int), int(1)))),
            (0..20_000).map(|_| noise()).collect(),
        ),
        returns(null()),
    ];
    let compiled = compile(&program(vec![
        function("<module>", 0, &[], Any, vec![returns(call(1, vec![int(0), int(3)], Any))]),
        function("long", 2, &[Int, Int], Any, body),
    ]));
    assert!(operations(&compiled, "long").contains(&"Jump"));
}

#[test]
fn too_many_arguments_are_an_error_with_a_code() {
    let arguments = (0..300).map(int).collect();
    let typed = program(vec![function("<module>", 0, &[], Any, vec![returns(builtin("many", arguments))])]);
    let lowered = raya_ir::build(&typed).expect("lowers");
    let errors = raya_compile::compile(&lowered, &sources()).expect_err("has too many arguments");
    assert_eq!(errors[0].code.0, "R0490");
}

#[test]
fn the_same_program_gives_the_same_bytes() {
    let bytes = || raya_bytecode::encode(&compile(&fib()));
    assert_eq!(bytes(), bytes());
}

#[test]
fn long_modules_compile() {
    let count = 20_000;
    let variable = |index| Variable::Global(GlobalId(index));
    let mut body = vec![];
    for index in 0..count {
        let before = expression(ExpressionKind::Read(variable(if index == 0 { 0 } else { index - 1 })), Int);
        let value = if index == 0 {
            check(builtin("seed", vec![]), Int)
        } else {
            binary(MultiplyInt, before, int(3))
        };
        body.push(statement(StatementKind::InitializeGlobal(GlobalId(index), value)));
        let shown = expression(ExpressionKind::Read(variable(index)), Int);
        body.push(evaluate(builtin("log", vec![forget(shown)])));
        if index % 10 == 0 {
            let test = binary(LessInt, expression(ExpressionKind::Read(variable(index / 2)), Int), int(5));
            body.push(statement(StatementKind::If(
                test,
                vec![evaluate(builtin("log", vec![int(1)]))],
                vec![],
            )));
        }
    }
    let mut typed = program(vec![function("<module>", 0, &[], Any, body)]);
    typed.globals = (0..count).map(|index| global(&format!("v{index}"), Int)).collect();
    compile(&typed);
}

#[test]
fn a_three_way_comparison_is_one_instruction() {
    let choose = |condition, then, otherwise| {
        expression(ExpressionKind::Conditional(Box::new(condition), Box::new(then), Box::new(otherwise)), Int)
    };
    let compare = |left, right| binary(LessInt, read(left, Int), read(right, Int));
    let body = vec![returns(choose(compare(0, 1), int(-1), choose(compare(1, 0), int(1), int(0))))];
    let call = call(1, vec![int(1), int(2)], Int);
    let main = function("<module>", 0, &[], Any, vec![returns(forget(call))]);
    let compiled = compile(&program(vec![main, function("order", 2, &[Int, Int], Int, body)]));
    assert_eq!(operations(&compiled, "order"), ["CheckInt", "CheckInt", "OrderInt", "Return"]);
}
