//! The intermediate form as text, for tests and for people.

use std::fmt::Write;

use crate::instruction::{Callee, Condition, Constant, Operation, Terminator};
use crate::program::{Function, Program, Register};

/// A whole program: its functions in order.
pub fn program(program: &Program) -> String {
    program
        .functions
        .iter()
        .enumerate()
        .map(|(index, function)| format!("f{index} {}", self::function(function)))
        .collect()
}

/// One function.
pub fn function(function: &Function) -> String {
    let mut text = format!("{}(", function.name);
    let parameters = (0..function.parameters).map(|index| typed(function, Register(index)));
    text += &parameters.collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, ") -> {:?}", function.result);
    for (index, block) in function.blocks.iter().enumerate() {
        let _ = write!(text, "b{index}:");
        if let Some(handler) = block.handler {
            let handler = function.handlers[handler.index()];
            let _ = write!(text, " catch r{} at b{}", handler.register.0, handler.target.0);
        }
        text.push('\n');
        for instruction in &block.instructions {
            text += "  ";
            if let Some(target) = instruction.target {
                let _ = write!(text, "{} = ", typed(function, target));
            }
            text += &operation(&instruction.operation);
            text.push('\n');
        }
        let _ = writeln!(text, "  {}", terminator(&block.terminator));
    }
    text
}

fn typed(function: &Function, register: Register) -> String {
    format!("r{}:{:?}", register.0, function.representation(register))
}

fn list(registers: &[Register]) -> String {
    registers.iter().map(|register| format!("r{}", register.0)).collect::<Vec<_>>().join(", ")
}

fn constant(constant: &Constant) -> String {
    match constant {
        Constant::Null => "null".into(),
        Constant::Absent => "absent".into(),
        Constant::Boolean(value) => value.to_string(),
        Constant::Int(value) => value.to_string(),
        Constant::Number(value) => format!("{value:?}"),
        Constant::String(value) => format!("{value:?}"),
    }
}

fn callee(callee: &Callee) -> String {
    match callee {
        Callee::Function(id) => format!("f{}", id.0),
        Callee::Value(register) => format!("r{}", register.0),
        Callee::Method(name) => format!(".{name}"),
        Callee::Builtin(name) => name.to_string(),
        Callee::Native(id) => format!("native{}", id.0),
    }
}

fn operation(operation: &Operation) -> String {
    match operation {
        Operation::Constant(value) => constant(value),
        Operation::Unary(unary, operand) => format!("{unary:?} r{}", operand.0),
        Operation::Binary(binary, left, right) => format!("{binary:?} r{}, r{}", left.0, right.0),
        Operation::TestType(value, kind) => format!("TestType r{}, t{}", value.0, kind.0),
        Operation::Cast(value, kind) => format!("Cast r{}, t{}", value.0, kind.0),
        Operation::NewArray(element, values) => format!("NewArray {element:?} [{}]", list(values)),
        Operation::NewObject(properties) => {
            let properties = properties.iter().map(|(name, value)| format!("{name}: r{}", value.0));
            format!("NewObject {{{}}}", properties.collect::<Vec<_>>().join(", "))
        }
        Operation::NewInstance(class) => format!("NewInstance c{}", class.0),
        Operation::LoadClass(class) => format!("LoadClass c{}", class.0),
        Operation::LoadNative(native) => format!("LoadNative native{}", native.0),
        Operation::LoadBuiltin(name) => format!("LoadBuiltin {name}"),
        Operation::GetProperty(object, name) => format!("GetProperty r{}.{name}", object.0),
        Operation::SetProperty(object, name, value) => {
            format!("SetProperty r{}.{name} = r{}", object.0, value.0)
        }
        Operation::GetGlobal(global) => format!("GetGlobal g{}", global.0),
        Operation::SetGlobal(global, value) => format!("SetGlobal g{} = r{}", global.0, value.0),
        Operation::NewClosure(function, captures) => {
            format!("NewClosure f{} [{}]", function.0, list(captures))
        }
        Operation::GetCapture(index) => format!("GetCapture {index}"),
        Operation::GetCapturedCell(index) => format!("GetCapturedCell {index}"),
        Operation::SetCapturedCell(index, value) => format!("SetCapturedCell {index} = r{}", value.0),
        Operation::Call(target, arguments) => format!("Call {}({})", callee(target), list(arguments)),
        Operation::CallSpread(target, array) => format!("Call {}(...r{})", callee(target), array.0),
        other => {
            let mut registers = vec![];
            other.for_each_use(|register| registers.push(register));
            let name = format!("{other:?}");
            let name = name.split('(').next().unwrap_or_default().to_string();
            format!("{name} {}", list(&registers))
        }
    }
}

fn terminator(terminator: &Terminator) -> String {
    match terminator {
        Terminator::Jump(target) => format!("Jump b{}", target.0),
        Terminator::Branch { condition, then, otherwise } => {
            let condition = match condition {
                Condition::True(register) => format!("r{}", register.0),
                Condition::Null(register) => format!("Null r{}", register.0),
                Condition::Compare(binary, left, right) => format!("{binary:?} r{}, r{}", left.0, right.0),
            };
            format!("Branch {condition} ? b{} : b{}", then.0, otherwise.0)
        }
        Terminator::Return(None) => "Return".into(),
        Terminator::Return(Some(register)) => format!("Return r{}", register.0),
        Terminator::Throw(register) => format!("Throw r{}", register.0),
    }
}
