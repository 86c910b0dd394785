//! Typed programs built by hand: what the checker would give.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::rc::Rc;

use raya_abi::Representation;
pub use raya_abi::Representation::{Any, Boolean, Int, Number, Reference};
use raya_bytecode::Program;
use raya_check::typed::*;
use raya_source::{FileId, SourceFile, SourceMap, Span};

pub fn span() -> Span {
    Span::new(FileId(0), 0, 1)
}

pub fn expression(kind: ExpressionKind, representation: Representation) -> Expression {
    Expression { kind, representation, span: span() }
}

pub fn statement(kind: StatementKind) -> Statement {
    Statement { kind, span: span() }
}

pub fn int(value: i32) -> Expression {
    expression(ExpressionKind::Int(value), Int)
}

pub fn number(value: f64) -> Expression {
    expression(ExpressionKind::Number(value), Number)
}

pub fn boolean(value: bool) -> Expression {
    expression(ExpressionKind::Boolean(value), Boolean)
}

pub fn text(value: &str) -> Expression {
    expression(ExpressionKind::String(value.into()), Reference)
}

pub fn null() -> Expression {
    expression(ExpressionKind::Null, Any)
}

pub fn read(local: u32, representation: Representation) -> Expression {
    expression(ExpressionKind::Read(Variable::Local(LocalId(local))), representation)
}

pub fn assign(local: u32, value: Expression) -> Expression {
    let representation = value.representation;
    expression(ExpressionKind::Assign(Variable::Local(LocalId(local)), Box::new(value)), representation)
}

pub fn binary(operator: BinaryOperator, left: Expression, right: Expression) -> Expression {
    use BinaryOperator::*;
    let representation = match operator {
        EqualInt | EqualNumber | Equal | LessInt | LessEqualInt | LessNumber | LessEqualNumber
        | LessString | LessEqualString => Boolean,
        Concatenate => Reference,
        AddNumber | SubtractNumber | MultiplyNumber | DivideNumber | RemainderNumber | PowerNumber => Number,
        _ => Int,
    };
    expression(ExpressionKind::Binary(operator, Box::new(left), Box::new(right)), representation)
}

pub fn forget(value: Expression) -> Expression {
    expression(ExpressionKind::Convert(Conversion::Forget, Box::new(value)), Any)
}

pub fn check(value: Expression, representation: Representation) -> Expression {
    expression(ExpressionKind::Convert(Conversion::Check, Box::new(value)), representation)
}

pub fn call(function: u32, arguments: Vec<Expression>, representation: Representation) -> Expression {
    expression(ExpressionKind::CallFunction(FunctionId(function), arguments), representation)
}

pub fn builtin(name: &str, arguments: Vec<Expression>) -> Expression {
    expression(ExpressionKind::CallBuiltin(name.into(), Arguments::Fixed(arguments)), Any)
}

pub fn returns(value: Expression) -> Statement {
    statement(StatementKind::Return(Some(value)))
}

pub fn evaluate(value: Expression) -> Statement {
    statement(StatementKind::Expression(value))
}

pub fn declare(local: u32, value: Expression) -> Statement {
    statement(StatementKind::Let(LocalId(local), Some(value)))
}

pub fn while_loop(
    label: u32,
    condition: Expression,
    update: Option<Expression>,
    body: Vec<Statement>,
) -> Statement {
    statement(StatementKind::Loop(Loop {
        label: LabelId(label),
        condition: Some(condition),
        test_last: false,
        update,
        fresh_each_turn: vec![],
        body,
    }))
}

/// A function whose locals are given by representation; the first `parameters` of them are its parameters.
pub fn function(
    name: &str,
    parameters: u32,
    locals: &[Representation],
    result: Representation,
    body: Vec<Statement>,
) -> Function {
    let local = |(index, representation): (usize, &Representation)| Local {
        name: format!("v{index}").into(),
        representation: *representation,
        reassigned: true,
        captured: false,
    };
    Function {
        name: name.into(),
        parameters: (0..parameters).map(LocalId).collect(),
        rest: false,
        locals: locals.iter().enumerate().map(local).collect(),
        captures: vec![],
        body,
        result,
        is_async: false,
        span: span(),
    }
}

/// A program whose first function is the only module's body.
pub fn program(functions: Vec<Function>) -> TypedProgram {
    TypedProgram { functions, module_bodies: vec![FunctionId(0)], ..TypedProgram::default() }
}

pub fn global(name: &str, representation: Representation) -> Global {
    Global { name: name.into(), representation, reassigned: true, shared: false, module: 0 }
}

pub fn sources() -> SourceMap {
    let mut sources = SourceMap::new();
    sources.add(SourceFile::new("test.raya", "let x = 1;\n"));
    sources
}

pub fn name(text: &str) -> Rc<str> {
    text.into()
}

/// Compiles, and checks that the result verifies.
pub fn compile(typed: &TypedProgram) -> Program {
    let lowered = raya_ir::build(typed).expect("lowers");
    let compiled = raya_compile::compile(&lowered, &sources()).expect("compiles");
    if let Err(error) = raya_bytecode::check(&compiled) {
        panic!("{error:?}\n{}\n{}", raya_ir::dump::program(&lowered), raya_compile::dump::program(&compiled));
    }
    compiled
}

/// Operations of a function, by the name of the function.
pub fn operations(program: &Program, function: &str) -> Vec<&'static str> {
    let function =
        program.functions.iter().find(|f| program.strings[f.name as usize] == function).expect("is reached");
    function.code.iter().map(|instruction| instruction.operation.name()).collect()
}
