//! What the intermediate form of small programs looks like.

use raya_abi::Representation::{Any, Int};
use raya_check::typed::*;
use raya_source::Span;

fn expression(kind: ExpressionKind, representation: raya_abi::Representation) -> Expression {
    Expression { kind, representation, span: Span::default() }
}

fn module(locals: Vec<Local>, body: Vec<StatementKind>) -> TypedProgram {
    let body = body.into_iter().map(|kind| Statement { kind, span: Span::default() }).collect();
    let function = Function {
        name: "<module>".into(),
        parameters: vec![],
        rest: false,
        locals,
        captures: vec![],
        body,
        result: Any,
        is_async: false,
        span: Span::default(),
    };
    TypedProgram { functions: vec![function], module_bodies: vec![FunctionId(0)], ..TypedProgram::default() }
}

#[test]
fn constants_fold_and_conversions_are_explicit() {
    let sum = ExpressionKind::Binary(
        BinaryOperator::AddInt,
        Box::new(expression(ExpressionKind::Int(2), Int)),
        Box::new(expression(ExpressionKind::Int(3), Int)),
    );
    let local = Local { name: "sum".into(), representation: Int, reassigned: true, captured: false };
    let read = expression(ExpressionKind::Read(Variable::Local(LocalId(0))), Int);
    let program = module(
        vec![local],
        vec![
            StatementKind::Let(LocalId(0), Some(expression(sum, Int))),
            StatementKind::Return(Some(expression(
                ExpressionKind::Convert(Conversion::Forget, Box::new(read)),
                Any,
            ))),
        ],
    );
    let lowered = raya_ir::build(&program).expect("lowers");
    let text = raya_ir::dump::function(&lowered.functions[1]);
    assert_eq!(
        text,
        "<module>() -> Any\nb0:\n  r0:Int = 5\n  r3:Any = Forget r0\n  Return r3\n"
            .replace("r3", last_register(&text))
    );
}

/// The name of the register that is returned: how many temporaries come before it does not matter.
fn last_register(text: &str) -> &str {
    text.trim_end().rsplit(' ').next().unwrap_or_default()
}

#[test]
fn contradictions_of_the_checker_are_diagnostics() {
    let read = expression(ExpressionKind::Read(Variable::Local(LocalId(7))), Any);
    let program = module(vec![], vec![StatementKind::Return(Some(read))]);
    let errors = raya_ir::build(&program).expect_err("reads a local that is not there");
    assert_eq!(errors[0].code.0, "R0491");
}

#[test]
fn what_follows_a_return_is_not_lowered() {
    let call = ExpressionKind::CallBuiltin("console.log".into(), Arguments::Fixed(vec![]));
    let program =
        module(vec![], vec![StatementKind::Return(None), StatementKind::Expression(expression(call, Any))]);
    let lowered = raya_ir::build(&program).expect("lowers");
    assert!(lowered.builtins.is_empty());
}
