//! A program as text, for people and for tests: every table, every instruction with its operands as the table of
//! operations names them.

use core::fmt::Write;

use crate::ops::{Instruction, Operand, Special};
use crate::program::{Function, Member, Program};

/// The text of `program`. Indices out of range are shown as they are, so that programs that fail to verify can be read.
pub fn dump(program: &Program) -> String {
    let mut text = String::new();
    for (index, class) in program.classes.iter().enumerate() {
        let _ = writeln!(text, "class #{index} {}", name(program, class.name));
        for (field, representation) in &class.fields {
            let _ = writeln!(text, "  field {}: {representation:?}", name(program, *field));
        }
        for (member_name, member) in &class.members {
            let _ = match member {
                Member::Method(function) => {
                    writeln!(text, "  method {}: function #{function}", name(program, *member_name))
                }
                Member::Accessor { get, set } => {
                    writeln!(text, "  accessor {}: get {get:?} set {set:?}", name(program, *member_name))
                }
            };
        }
    }
    for (index, function) in program.functions.iter().enumerate() {
        let marker = if index as u32 == program.entry { " (entry)" } else { "" };
        let _ = writeln!(text, "function #{index} {}{marker}", name(program, function.name));
        dump_function(&mut text, program, function);
    }
    text
}

fn dump_function(text: &mut String, program: &Program, function: &Function) {
    let _ = writeln!(
        text,
        "  {} parameters{}, {} captures, direct entry {}, result {:?}",
        function.parameters,
        if function.rest { " (last is rest)" } else { "" },
        function.captures,
        function.direct_entry,
        function.result
    );
    let registers: Vec<String> = function.registers.iter().map(|register| format!("{register:?}")).collect();
    let _ = writeln!(text, "  registers [{}]", registers.join(" "));
    for (pc, instruction) in function.code.iter().enumerate() {
        let _ = write!(text, "  {pc:5} {:<24}", instruction.operation.name());
        dump_operands(text, program, function, pc, *instruction);
        text.push('\n');
    }
    for handler in &function.handlers {
        let _ = writeln!(
            text,
            "  handler {}..{} -> {} in r{}",
            handler.start, handler.end, handler.target, handler.register
        );
    }
}

fn dump_operands(
    text: &mut String,
    program: &Program,
    function: &Function,
    pc: usize,
    instruction: Instruction,
) {
    let [n, a, b, c] = instruction.operation.operands();
    let fields = [(n, u16::from(instruction.n)), (a, instruction.a), (b, instruction.b), (c, instruction.c)];
    for (operand, field) in fields {
        let next = pc as i64 + 1;
        let string = |index: usize| program.strings.get(index).map_or("?", String::as_str);
        let _ = match operand {
            Operand::Unused => Ok(()),
            Operand::Define(_) | Operand::DefineCopy => write!(text, " r{field} <-"),
            Operand::Use(_) => write!(text, " r{field}"),
            Operand::Arguments | Operand::Registers => write!(text, " r{field}.."),
            Operand::Count => write!(text, " ({field})"),
            Operand::Immediate => write!(text, " {}", field as i16),
            Operand::WideImmediate => write!(text, " {}", instruction.wide_immediate()),
            Operand::Jump => write!(text, " -> {}", next + i64::from(field as i16)),
            Operand::WideJump => write!(text, " -> {}", next + i64::from(instruction.wide_immediate())),
            Operand::NumberConstant => match program.numbers.get(field as usize) {
                Some(number) => write!(text, " {number:?}"),
                None => write!(text, " number #{field}"),
            },
            Operand::StringConstant => write!(text, " {:?}", string(field as usize)),
            Operand::Site => match function.sites.get(field as usize) {
                Some(index) => write!(text, " .{}", string(*index as usize)),
                None => write!(text, " site #{field}"),
            },
            Operand::Builtin => match program.builtins.get(field as usize) {
                Some(index) => write!(text, " {}", string(*index as usize)),
                None => write!(text, " builtin #{field}"),
            },
            Operand::Function => match program.functions.get(field as usize) {
                Some(callee) => write!(text, " {}#{field}", name(program, callee.name)),
                None => write!(text, " function #{field}"),
            },
            Operand::Special => match field {
                field if field == Special::Null as u16 => write!(text, " null"),
                field if field == Special::False as u16 => write!(text, " false"),
                field if field == Special::True as u16 => write!(text, " true"),
                field if field == Special::Absent as u16 => write!(text, " absent"),
                _ => write!(text, " special #{field}"),
            },
            Operand::Class
            | Operand::Shape
            | Operand::Type
            | Operand::Native
            | Operand::Global
            | Operand::Capture
            | Operand::ElementKind => write!(text, " {operand:?}#{field}"),
        };
    }
}

fn name(program: &Program, index: u32) -> &str {
    program.strings.get(index as usize).map_or("?", String::as_str)
}
