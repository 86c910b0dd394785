//! A small interpreter of the bytecode that generated trees compile to. It poisons what calls may destroy, so that a window
//! in the wrong place shows; the real machine has no reason to.

use raya_bytecode::program::Function;
use raya_bytecode::{Instruction, Operation as Op, Program, Special};

use std::rc::Rc;

use super::tree::{Opaque, Stop, Value, cell, division_by_zero, log, type_error};

pub struct Machine<'p> {
    program: &'p Program,
    stack: Vec<Option<Value>>,
    pub log: Vec<Value>,
    steps: u32,
}

/// Runs a program.
pub fn run(program: &Program) -> (Result<Value, Stop>, Vec<Value>) {
    let mut machine = Machine { program, stack: vec![None; 1 << 16], log: vec![], steps: 0 };
    let result = machine.call(program.entry as usize, 0, true, &[]);
    (result, machine.log)
}

enum Next {
    On,
    Jump(i32),
    Return(Value),
}

impl Machine<'_> {
    fn call(&mut self, id: usize, base: usize, direct: bool, captures: &[Value]) -> Result<Value, Stop> {
        let function = &self.program.functions[id];
        if base + function.registers.len() > self.stack.len() {
            return Err(Stop::GiveUp);
        }
        let mut at = if direct { function.direct_entry as usize } else { 0 };
        loop {
            self.steps += 1;
            if self.steps > 2_000_000 {
                return Err(Stop::GiveUp);
            }
            match self.step(function, function.code[at], base, captures) {
                Ok(Next::On) => at += 1,
                Ok(Next::Jump(distance)) => at = (at as i64 + 1 + i64::from(distance)) as usize,
                Ok(Next::Return(value)) => {
                    // Nothing of the frame may be relied upon.
                    self.stack[base..]
                        .iter_mut()
                        .take(function.registers.len() + 8)
                        .for_each(|slot| *slot = None);
                    return Ok(value);
                }
                Err(Stop::Throw(thrown)) => {
                    let within = |handler: &&raya_bytecode::program::Handler| {
                        (handler.start..handler.end).contains(&(at as u32))
                    };
                    let Some(handler) = function.handlers.iter().find(within) else {
                        return Err(Stop::Throw(thrown));
                    };
                    self.stack[base + handler.register as usize] = Some(thrown);
                    at = handler.target as usize;
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    fn step(
        &mut self,
        function: &Function,
        instruction: Instruction,
        base: usize,
        captures: &[Value],
    ) -> Result<Next, Stop> {
        let Instruction { operation, n, a, b, c } = instruction;
        let at = |register: u16| {
            self.stack[base + register as usize].clone().expect("was written and not destroyed")
        };
        let set = |value: Value| Some(value);
        let jump_if =
            |condition: bool| Ok(if condition { Next::Jump(i32::from(c as i16)) } else { Next::On });
        let wide_if =
            |condition: bool| Ok(if condition { Next::Jump(instruction.wide_immediate()) } else { Next::On });
        let int = |operation: fn(i32, i32) -> i32| set(Value::Int(operation(at(b).to_i32(), at(c).to_i32())));
        let number =
            |operation: fn(f64, f64) -> f64| set(Value::number(operation(at(b).to_f64(), at(c).to_f64())));
        let result = match operation {
            Op::Move => set(at(b)),
            Op::LoadInt => set(Value::Int(instruction.wide_immediate())),
            Op::LoadNumber => set(Value::number(self.program.numbers[b as usize])),
            Op::LoadString => set(Value::String(self.program.strings[b as usize].as_str().into())),
            Op::LoadBoolean => set(Value::Boolean(b == Special::True as u16)),
            Op::LoadSpecial => set(if b == Special::Null as u16 { Value::Null } else { Value::Absent }),
            Op::CheckInt | Op::CheckNumber | Op::CheckBoolean | Op::CheckReference => {
                let wanted = function.registers[a as usize];
                let wanted = match operation {
                    Op::CheckInt => raya_abi::Representation::Int,
                    Op::CheckNumber => raya_abi::Representation::Number,
                    Op::CheckBoolean => raya_abi::Representation::Boolean,
                    _ => wanted,
                };
                set(at(b).convert(wanted).ok_or_else(type_error)?)
            }
            Op::IntToNumber => set(Value::number(at(b).to_f64())),
            Op::Truthy => set(Value::Boolean(at(b).truthy())),
            Op::IsAbsent => set(Value::Boolean(at(b) == Value::Absent)),
            Op::AddInt => int(i32::wrapping_add),
            Op::AddIntImmediate => set(Value::Int(at(b).to_i32().wrapping_add(i32::from(c as i16)))),
            Op::SubtractInt => int(i32::wrapping_sub),
            Op::MultiplyInt => int(i32::wrapping_mul),
            Op::DivideInt | Op::RemainderInt if at(c).to_i32() == 0 => return Err(division_by_zero()),
            Op::DivideInt => int(i32::wrapping_div),
            Op::RemainderInt => int(i32::wrapping_rem),
            Op::NegateInt => set(Value::Int(at(b).to_i32().wrapping_neg())),
            Op::BitAnd => int(|left, right| left & right),
            Op::BitOr => int(|left, right| left | right),
            Op::BitXor => int(|left, right| left ^ right),
            Op::BitNot => set(Value::Int(!at(b).to_i32())),
            Op::ShiftLeft => int(|left, right| left.wrapping_shl(right as u32)),
            Op::ShiftRight => int(|left, right| left.wrapping_shr(right as u32)),
            Op::ShiftRightUnsigned => int(|left, right| (left as u32).wrapping_shr(right as u32) as i32),
            Op::AddNumber => number(|left, right| left + right),
            Op::SubtractNumber => number(|left, right| left - right),
            Op::MultiplyNumber => number(|left, right| left * right),
            Op::DivideNumber => number(|left, right| left / right),
            Op::MultiplyAddNumber => {
                set(Value::number(at(u16::from(n)).to_f64() + at(b).to_f64() * at(c).to_f64()))
            }
            Op::MultiplySubtractNumber => {
                set(Value::number(at(u16::from(n)).to_f64() - at(b).to_f64() * at(c).to_f64()))
            }
            Op::StepJumpLessInt | Op::StepJumpLessIntImmediate => {
                let stepped = at(a).to_i32().wrapping_add(i32::from(n as i8));
                let limit =
                    if operation == Op::StepJumpLessInt { at(b).to_i32() } else { i32::from(b as i16) };
                self.stack[base + a as usize] = Some(Value::Int(stepped));
                return Ok(if stepped < limit { Next::Jump(i32::from(c as i16)) } else { Next::On });
            }
            Op::NegateNumber => set(Value::number(-at(b).to_f64())),
            Op::Not => set(Value::Boolean(!at(b).to_bool())),
            Op::EqualInt | Op::EqualNumber | Op::Equal => set(Value::Boolean(at(b).equals(&at(c)))),
            Op::LessInt | Op::LessNumber => set(Value::Boolean(at(b).to_f64() < at(c).to_f64())),
            Op::LessEqualInt | Op::LessEqualNumber => set(Value::Boolean(at(b).to_f64() <= at(c).to_f64())),
            Op::OrderInt | Op::OrderNumber => {
                let (left, right) = (at(b).to_f64(), at(c).to_f64());
                let order = i32::from(left > right) - i32::from(left < right);
                set(if operation == Op::OrderInt { Value::Int(order) } else { Value::number(order.into()) })
            }
            Op::Jump => return Ok(Next::Jump(instruction.wide_immediate())),
            Op::JumpIfTrue => return wide_if(at(a).to_bool()),
            Op::JumpIfFalse => return wide_if(!at(a).to_bool()),
            Op::JumpIfNull => return wide_if(at(a) == Value::Null),
            Op::JumpIfNotNull => return wide_if(at(a) != Value::Null),
            Op::JumpEqualInt | Op::JumpEqualNumber | Op::JumpEqual => return jump_if(at(a).equals(&at(b))),
            Op::JumpNotEqualInt | Op::JumpNotEqualNumber | Op::JumpNotEqual => {
                return jump_if(!at(a).equals(&at(b)));
            }
            Op::JumpLessInt | Op::JumpLessNumber => return jump_if(at(a).to_f64() < at(b).to_f64()),
            Op::JumpLessEqualInt | Op::JumpLessEqualNumber => {
                return jump_if(at(a).to_f64() <= at(b).to_f64());
            }
            #[expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN is neither less nor not less")]
            Op::JumpNotLessNumber => return jump_if(!(at(a).to_f64() < at(b).to_f64())),
            #[expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN is neither less nor not less")]
            Op::JumpNotLessEqualNumber => return jump_if(!(at(a).to_f64() <= at(b).to_f64())),
            Op::JumpEqualIntImmediate => return jump_if(at(a).to_i32() == i32::from(b as i16)),
            Op::JumpNotEqualIntImmediate => return jump_if(at(a).to_i32() != i32::from(b as i16)),
            Op::JumpLessIntImmediate => return jump_if(at(a).to_i32() < i32::from(b as i16)),
            Op::JumpLessEqualIntImmediate => return jump_if(at(a).to_i32() <= i32::from(b as i16)),
            Op::JumpGreaterIntImmediate => return jump_if(at(a).to_i32() > i32::from(b as i16)),
            Op::JumpGreaterEqualIntImmediate => return jump_if(at(a).to_i32() >= i32::from(b as i16)),
            Op::CallFunction => {
                let window = base + c as usize;
                // What stands above the arguments belongs to the callee.
                self.stack[window + n as usize..].iter_mut().take(64).for_each(|slot| *slot = None);
                set(self.call(b as usize, window, true, &[])?)
            }
            Op::CallBuiltin => {
                let window = base + c as usize;
                let arguments = (0..n as u16).map(|index| at(c + index)).collect::<Vec<_>>();
                self.stack[window..].iter_mut().take(64).for_each(|slot| *slot = None);
                set(log(&mut self.log, &arguments)?)
            }
            Op::NewClosure => {
                let captures = (0..n as u16).map(|index| at(c + index)).collect();
                set(Value::MachineClosure(Opaque(Rc::new((b, captures)))))
            }
            Op::GetCapture => set(captures[b as usize].clone()),
            Op::NewCell => set(Value::MachineCell(cell(at(b)))),
            Op::GetCell => set(inside(&at(b)).0.borrow().clone()),
            Op::GetCapturedCell => set(inside(&captures[b as usize]).0.borrow().clone()),
            Op::SetCell => {
                inside(&at(a)).0.replace(at(b));
                return Ok(Next::On);
            }
            Op::SetCapturedCell => {
                inside(&captures[b as usize]).0.replace(at(a));
                return Ok(Next::On);
            }
            Op::CallValue => {
                let Value::MachineClosure(closure) = at(c - 1) else {
                    return Err(type_error());
                };
                let window = base + c as usize;
                let wanted = self.program.functions[closure.0.0 as usize].parameters as usize;
                let given = (n as usize).min(wanted);
                self.stack[window + given..].iter_mut().take(64).for_each(|slot| *slot = None);
                self.stack[window + given..window + wanted].fill(Some(Value::Absent));
                set(self.call(closure.0.0 as usize, window, false, &closure.0.1)?)
            }
            Op::Return => return Ok(Next::Return(at(a))),
            Op::ReturnNull => return Ok(Next::Return(Value::Null)),
            Op::Throw => return Err(Stop::Throw(at(a))),
            other => panic!("not known to the test's machine: {other:?}"),
        };
        self.stack[base + a as usize] = result;
        Ok(Next::On)
    }
}

fn inside(value: &Value) -> super::tree::Cell {
    if let Value::MachineCell(cell) = value { cell.clone() } else { panic!("{value:?} is no cell") }
}
