//! Checks of single instructions: operand kinds, ranges, declared representations, jump targets, counts of known callees.

use raya_abi::Representation;

use super::VerifyProblem;
use super::tables::index;
use crate::ops::{Instruction, Operand, Operation, Special};
use crate::program::{Function, Program};

type Checked = Result<(), VerifyProblem>;

/// Checks every instruction of `function` by itself. The number in an error is the instruction's.
pub(super) fn check(program: &Program, function: &Function) -> Result<(), (u32, VerifyProblem)> {
    for (at, instruction) in function.code.iter().enumerate() {
        let checker = Checker { program, function, instruction: *instruction, at };
        checker.check().map_err(|problem| (at as u32, problem))?;
    }
    match function.code.last() {
        Some(last) if last.operation.ends_block() => Ok(()),
        _ => Err((function.code.len() as u32, VerifyProblem::FallsOffTheEnd)),
    }
}

struct Checker<'a> {
    program: &'a Program,
    function: &'a Function,
    instruction: Instruction,
    at: usize,
}

impl Checker<'_> {
    fn check(&self) -> Checked {
        let Instruction { operation, n, a, b, c } = self.instruction;
        let row = operation.operands();
        let wide = row.iter().any(|operand| matches!(operand, Operand::WideImmediate | Operand::WideJump));
        for (operand, field) in row.into_iter().zip([u16::from(n), a, b, c]) {
            self.operand(operand, field, wide)?;
        }
        self.special(operation)
    }

    fn declared(&self, register: u16) -> Result<Representation, VerifyProblem> {
        let registers = &self.function.registers;
        match registers.get(register as usize) {
            Some(representation) => Ok(*representation),
            None => Err(VerifyProblem::Index("register", u32::from(register), registers.len())),
        }
    }

    /// That `register` may be read as `wanted`.
    fn uses(&self, register: u16, wanted: Representation) -> Checked {
        let declared = self.declared(register)?;
        if wanted == Representation::Any || declared == wanted {
            return Ok(());
        }
        Err(VerifyProblem::Representation(register, wanted, declared))
    }

    /// That `register` may be written with a value of `given`.
    fn defines(&self, register: u16, given: Representation) -> Checked {
        let declared = self.declared(register)?;
        if declared == Representation::Any || declared == given {
            return Ok(());
        }
        Err(VerifyProblem::Representation(register, given, declared))
    }

    fn operand(&self, operand: Operand, field: u16, wide: bool) -> Checked {
        let Program {
            strings: _,
            numbers,
            functions,
            shapes,
            classes,
            types,
            builtins,
            natives,
            globals,
            ..
        } = self.program;
        let operation = self.instruction.operation;
        let wrong = || Err(VerifyProblem::Operand(operation, operand, field));
        let table = |kind, count| index(kind, u32::from(field), count);
        match operand {
            Operand::Unused if field == 0 || (wide && field == self.instruction.c) => Ok(()),
            Operand::Unused => Err(VerifyProblem::NotZero(operation)),
            // The result of a known call has the callee's representation: see `special`.
            Operand::Define(_) if operation == Operation::CallFunction => self.declared(field).map(drop),
            Operand::Define(given) => self.defines(field, given),
            Operand::Use(wanted) => self.uses(field, wanted),
            Operand::DefineCopy => {
                let source = self.declared(self.instruction.b)?;
                self.defines(field, source)
            }
            Operand::Arguments | Operand::Registers => {
                let end = field as usize + self.instruction.n as usize;
                let count = self.function.registers.len();
                if end <= count {
                    Ok(())
                } else {
                    Err(VerifyProblem::Index("register", end as u32, count + 1))
                }
            }
            Operand::Immediate | Operand::WideImmediate | Operand::Count => Ok(()),
            Operand::Jump => self.target(i64::from(field as i16)),
            Operand::WideJump => self.target(i64::from(self.instruction.wide_immediate())),
            Operand::NumberConstant => table("number", numbers.len()),
            Operand::StringConstant => table("string", self.program.strings.len()),
            Operand::Function => table("function", functions.len()),
            Operand::Class => table("class", classes.len()),
            Operand::Shape => table("shape", shapes.len()),
            Operand::Type => table("run-time type", types.len()),
            Operand::Builtin => table("built-in", builtins.len()),
            Operand::Native => table("native function", natives.len()),
            Operand::Global => table("global", globals.len()),
            Operand::Capture => table("capture", self.function.captures as usize),
            Operand::Site => table("site", self.function.sites.len()),
            Operand::Special => match operation {
                Operation::LoadBoolean if field == Special::False as u16 || field == Special::True as u16 => {
                    Ok(())
                }
                Operation::LoadSpecial
                    if field == Special::Null as u16 || field == Special::Absent as u16 =>
                {
                    Ok(())
                }
                _ => wrong(),
            },
            Operand::ElementKind => match u8::try_from(field).ok().and_then(Representation::from_number) {
                Some(Representation::Int | Representation::Number | Representation::Any) => Ok(()),
                _ => wrong(),
            },
        }
    }

    fn target(&self, jump: i64) -> Checked {
        let target = self.at as i64 + 1 + jump;
        if (0..self.function.code.len() as i64).contains(&target) {
            Ok(())
        } else {
            Err(VerifyProblem::Target(target))
        }
    }

    /// Rules that relate operands to one another or to another function.
    fn special(&self, operation: Operation) -> Checked {
        let Instruction { n, a, b, c, .. } = self.instruction;
        match operation {
            Operation::CallFunction => self.call(&self.program.functions[b as usize]),
            Operation::CallValue if c == 0 => {
                Err(VerifyProblem::Index("register", u32::MAX, self.function.registers.len()))
            }
            Operation::CallMethod if n == 0 => Err(VerifyProblem::Count(1, 0)),
            Operation::NewObject => same_count(self.program.shapes[b as usize].len(), n),
            Operation::NewClosure => same_count(self.program.functions[b as usize].captures as usize, n),
            Operation::Return => self.uses(a, self.function.result),
            Operation::ReturnNull if self.function.result != Representation::Any => {
                Err(VerifyProblem::Callee("a function that returns null has a result of any representation"))
            }
            _ => Ok(()),
        }
    }

    fn call(&self, callee: &Function) -> Checked {
        let Instruction { n, a, c, .. } = self.instruction;
        same_count(callee.parameters as usize, n)?;
        if callee.captures != 0 {
            return Err(VerifyProblem::Callee("a function that is called directly captures nothing"));
        }
        for parameter in 0..u16::from(n) {
            self.uses(c + parameter, callee.registers[parameter as usize])?;
        }
        // Calling an async function gives the task, whatever it returns.
        let result = if callee.is_async { Representation::Reference } else { callee.result };
        self.defines(a, result)
    }
}

fn same_count(expected: usize, found: u8) -> Checked {
    if expected == found as usize { Ok(()) } else { Err(VerifyProblem::Count(expected, found as usize)) }
}
