//! Chooses operations of the bytecode for those of the intermediate form.

use std::collections::BTreeMap;
use std::rc::Rc;

use raya_abi::Representation;
use raya_bytecode::{Operation as Op, Special};
use raya_ir::analysis::definitions;
use raya_ir::{
    self as ir, BinaryOperation, Callee, Condition, Constant, Operation, Register, Terminator, UnaryOperation,
};
use raya_source::Span;

use crate::limits::Limits;
use crate::low::{End, Field, Low, LowBlock, LowFunction, Test};
use crate::pools::Pools;

const UNUSED: Field = Field::Raw(0);

/// Selects for one function.
pub(crate) fn select(
    program: &ir::Program,
    function: &ir::Function,
    pools: &mut Pools,
    limits: &mut Limits,
) -> LowFunction {
    let low = LowFunction {
        blocks: Vec::with_capacity(function.blocks.len()),
        registers: function.registers.clone(),
        parameters: function.parameters,
        result: function.result,
        sites: vec![],
    };
    limits.count("parameters", function.parameters as usize, function.span);
    let mut selector = Selector {
        program,
        low,
        ints: constant_ints(function),
        code: vec![],
        span: function.span,
        pools,
        limits,
    };
    for block in &function.blocks {
        for instruction in &block.instructions {
            selector.span = instruction.span;
            selector.instruction(instruction);
        }
        selector.span = block.span;
        let end = selector.end(&block.terminator);
        let handler = block.handler.map(|handler| function.handlers[handler.index()]);
        let code = std::mem::take(&mut selector.code);
        selector.low.blocks.push(LowBlock { code, end, span: block.span, handler });
    }
    selector.low
}

/// Registers that always hold a small int, which instructions can contain.
fn constant_ints(function: &ir::Function) -> BTreeMap<Register, i16> {
    let definitions = definitions(function);
    let instructions = function.blocks.iter().flat_map(|block| &block.instructions);
    let small = instructions.filter_map(|instruction| match (&instruction.operation, instruction.target) {
        (Operation::Constant(Constant::Int(value)), Some(target)) if definitions[target.index()] == 1 => {
            Some((target, i16::try_from(*value).ok()?))
        }
        _ => None,
    });
    small.collect()
}

struct Selector<'a, 's> {
    program: &'a ir::Program,
    low: LowFunction,
    ints: BTreeMap<Register, i16>,
    code: Vec<Low>,
    span: Span,
    pools: &'a mut Pools<'s>,
    limits: &'a mut Limits,
}

impl Selector<'_, '_> {
    fn push(&mut self, operation: Op, fields: [Field; 3]) {
        self.code.push(Low { operation, fields, window: vec![], addend: None, span: self.span });
    }

    fn push_window(&mut self, operation: Op, fields: [Field; 3], window: Vec<Register>) {
        self.limits.count("arguments", window.len(), self.span);
        self.code.push(Low { operation, fields, window, addend: None, span: self.span });
    }

    fn representation(&self, register: Register) -> Representation {
        self.low.registers[register.index()]
    }

    fn site(&mut self, name: &Rc<str>) -> Field {
        let name = self.pools.string(name);
        self.low.sites.push(name);
        Field::Raw(self.limits.index("property sites in one function", self.low.sites.len() - 1, self.span))
    }

    fn index(&mut self, what: &str, index: usize) -> Field {
        Field::Raw(self.limits.index(what, index, self.span))
    }

    fn instruction(&mut self, instruction: &ir::Instruction) {
        match instruction.target {
            Some(target) => self.value(target, &instruction.operation),
            None => self.effect(&instruction.operation),
        }
    }

    /// An operation that gives any value to a target that may want to check it.
    fn checked(&mut self, target: Register, emit: impl FnOnce(&mut Self, Field)) {
        let wanted = self.representation(target);
        let check = match wanted {
            Representation::Any => return emit(self, Field::Register(target)),
            Representation::Int => Op::CheckInt,
            Representation::Number => Op::CheckNumber,
            Representation::Boolean => Op::CheckBoolean,
            Representation::Reference => Op::CheckReference,
        };
        let any = self.low.new_register(Representation::Any);
        emit(self, Field::Register(any));
        self.push(check, [Field::Register(target), Field::Register(any), UNUSED]);
    }

    fn value(&mut self, target: Register, operation: &Operation) {
        let a = Field::Register(target);
        let register = |register: &Register| Field::Register(*register);
        match operation {
            Operation::Constant(constant) => self.constant(a, constant),
            Operation::Copy(source) | Operation::Forget(source) => {
                self.push(Op::Move, [a, register(source), UNUSED])
            }
            Operation::Check(source) => {
                let source = register(source);
                match self.representation(target) {
                    Representation::Any => self.push(Op::Move, [a, source, UNUSED]),
                    Representation::Int => self.push(Op::CheckInt, [a, source, UNUSED]),
                    Representation::Number => self.push(Op::CheckNumber, [a, source, UNUSED]),
                    Representation::Boolean => self.push(Op::CheckBoolean, [a, source, UNUSED]),
                    Representation::Reference => self.push(Op::CheckReference, [a, source, UNUSED]),
                }
            }
            Operation::Unary(unary, operand) => {
                self.push(unary_operation(*unary), [a, register(operand), UNUSED])
            }
            Operation::Text(operand) => self.push(Op::ToText, [a, register(operand), UNUSED]),
            Operation::Binary(binary, left, right) => self.binary(a, *binary, *left, *right),
            Operation::TestType(value, kind) => {
                let kind = self.index("types", kind.0 as usize);
                self.push(Op::TestType, [a, register(value), kind]);
            }
            Operation::Cast(value, kind) => {
                let kind = self.index("types", kind.0 as usize);
                self.push(Op::Cast, [a, register(value), kind]);
            }
            Operation::CharCodeAt(text, index) => {
                self.push(Op::CharCodeAt, [a, register(text), register(index)])
            }
            Operation::StringLength(text) => self.push(Op::StringLength, [a, register(text), UNUSED]),
            Operation::ArrayLength(array) => self.push(Op::ArrayLength, [a, register(array), UNUSED]),
            Operation::GetElement(array, index) => self.get_element(target, register(array), register(index)),
            Operation::NewArray(element, values) => {
                self.push_window(
                    Op::NewArray,
                    [a, Field::Raw(*element as u16), Field::Window],
                    values.clone(),
                );
            }
            Operation::NewObject(properties) => {
                let shape = self.pools.shape(properties.iter().map(|(name, _)| name));
                let shape = self.index("shapes of object literals", shape);
                let values = properties.iter().map(|(_, value)| *value).collect();
                self.push_window(Op::NewObject, [a, shape, Field::Window], values);
            }
            Operation::NewInstance(class) => {
                let class = self.index("classes", class.index());
                self.push(Op::NewInstance, [a, class, UNUSED]);
            }
            Operation::GetProperty(object, name) => {
                let site = self.site(name);
                self.push(get_property(self.representation(target)), [a, register(object), site]);
            }
            Operation::Iterate(value) => self.push(Op::Iterate, [a, register(value), UNUSED]),
            Operation::IterateNext(iterator) => self.push(Op::IterateNext, [a, register(iterator), UNUSED]),
            Operation::GetGlobal(global) => {
                let global = self.index("module variables", global.index());
                self.checked(target, |this, a| this.push(Op::GetGlobal, [a, global, UNUSED]));
            }
            Operation::NewClosure(function, captures) => {
                let function = self.index("functions", function.index());
                self.push_window(Op::NewClosure, [a, function, Field::Window], captures.clone());
            }
            Operation::GetCapture(index) => {
                let capture = Field::Raw(*index as u16);
                self.checked(target, |this, a| this.push(Op::GetCapture, [a, capture, UNUSED]));
            }
            Operation::NewCell(value) => self.push(Op::NewCell, [a, register(value), UNUSED]),
            Operation::GetCell(cell) => {
                let cell = register(cell);
                self.checked(target, |this, a| this.push(Op::GetCell, [a, cell, UNUSED]));
            }
            Operation::GetCapturedCell(index) => {
                let capture = Field::Raw(*index as u16);
                self.checked(target, |this, a| this.push(Op::GetCapturedCell, [a, capture, UNUSED]));
            }
            Operation::LoadClass(class) => {
                let class = self.index("classes", class.index());
                self.push(Op::LoadClass, [a, class, UNUSED]);
            }
            Operation::LoadNative(native) => {
                let native = self.index("native functions", native.index());
                self.push(Op::LoadNative, [a, native, UNUSED]);
            }
            Operation::LoadBuiltin(name) => {
                let builtin = self.index("built-ins", self.pools.builtin(name));
                self.push(Op::LoadBuiltin, [a, builtin, UNUSED]);
            }
            Operation::Call(callee, arguments) => self.call(target, callee, arguments),
            Operation::CallSpread(callee, array) => self.call_spread(target, callee, register(array)),
            Operation::StartTask(closure) => self.push(Op::StartTask, [a, register(closure), UNUSED]),
            Operation::Await(task) => {
                let task = register(task);
                self.checked(target, |this, a| this.push(Op::Await, [a, task, UNUSED]));
            }
            // These have no target.
            Operation::SetElement(..)
            | Operation::ArrayPush(..)
            | Operation::ArrayAppend(..)
            | Operation::SetProperty(..)
            | Operation::SetPropertyComputed(..)
            | Operation::CopyProperties(..)
            | Operation::SetGlobal(..)
            | Operation::SetCell(..)
            | Operation::SetCapturedCell(..) => self.effect(operation),
        }
    }

    fn effect(&mut self, operation: &Operation) {
        let register = |register: &Register| Field::Register(*register);
        match operation {
            Operation::SetElement(array, index, value) => {
                self.push(Op::SetElement, [register(array), register(index), register(value)]);
            }
            Operation::ArrayPush(array, value) => {
                self.push(Op::ArrayPush, [register(array), register(value), UNUSED])
            }
            Operation::ArrayAppend(array, value) => {
                self.push(Op::ArrayAppend, [register(array), register(value), UNUSED])
            }
            Operation::SetProperty(object, name, value) => {
                let site = self.site(name);
                self.push(Op::SetProperty, [register(object), register(value), site]);
            }
            Operation::SetPropertyComputed(object, name, value) => {
                self.push(Op::SetPropertyComputed, [register(object), register(name), register(value)]);
            }
            Operation::CopyProperties(object, from) => {
                self.push(Op::CopyProperties, [register(object), register(from), UNUSED]);
            }
            Operation::SetGlobal(global, value) => {
                let global = self.index("module variables", global.index());
                self.push(Op::SetGlobal, [register(value), global, UNUSED]);
            }
            Operation::SetCell(cell, value) => {
                self.push(Op::SetCell, [register(cell), register(value), UNUSED])
            }
            Operation::SetCapturedCell(index, value) => {
                self.push(Op::SetCapturedCell, [register(value), Field::Raw(*index as u16), UNUSED]);
            }
            // Nothing reads the result; what it does must still happen.
            other => {
                let dropped = self.low.new_register(Representation::Any);
                self.value(dropped, other);
            }
        }
    }

    fn constant(&mut self, a: Field, constant: &Constant) {
        match constant {
            Constant::Null => self.push(Op::LoadSpecial, [a, Field::Raw(Special::Null as u16), UNUSED]),
            Constant::Absent => self.push(Op::LoadSpecial, [a, Field::Raw(Special::Absent as u16), UNUSED]),
            Constant::Boolean(value) => {
                let special = if *value { Special::True } else { Special::False };
                self.push(Op::LoadBoolean, [a, Field::Raw(special as u16), UNUSED]);
            }
            Constant::Int(value) => {
                self.push(
                    Op::LoadInt,
                    [a, Field::Raw(*value as u16), Field::Raw((*value as u32 >> 16) as u16)],
                );
            }
            Constant::Number(value) => {
                let number = self.pools.number(*value);
                let number = self.index("numbers", number);
                self.push(Op::LoadNumber, [a, number, UNUSED]);
            }
            Constant::String(text) => {
                let string = self.pools.string(text) as usize;
                let string = self.index("strings", string);
                self.push(Op::LoadString, [a, string, UNUSED]);
            }
        }
    }

    fn binary(&mut self, a: Field, operation: BinaryOperation, left: Register, right: Register) {
        let small = |register: Register| self.ints.get(&register).copied();
        let immediate = match operation {
            BinaryOperation::AddInt => {
                small(right).map(|value| (left, value)).or(small(left).map(|value| (right, value)))
            }
            BinaryOperation::SubtractInt => small(right).and_then(|value| Some((left, value.checked_neg()?))),
            _ => None,
        };
        match immediate {
            Some((operand, value)) => {
                self.push(Op::AddIntImmediate, [a, Field::Register(operand), Field::Raw(value as u16)]);
            }
            None => {
                self.push(binary_operation(operation), [a, Field::Register(left), Field::Register(right)])
            }
        }
    }

    fn get_element(&mut self, target: Register, array: Field, index: Field) {
        let a = Field::Register(target);
        match self.representation(target) {
            Representation::Any => self.push(Op::GetElement, [a, array, index]),
            Representation::Int => self.push(Op::GetElementInt, [a, array, index]),
            Representation::Number => self.push(Op::GetElementNumber, [a, array, index]),
            Representation::Reference => self.push(Op::GetElementReference, [a, array, index]),
            Representation::Boolean => {
                self.checked(target, |this, a| this.push(Op::GetElement, [a, array, index]))
            }
        }
    }

    fn call(&mut self, target: Register, callee: &Callee, arguments: &[Register]) {
        let window = arguments.to_vec();
        match callee {
            Callee::Function(id) => {
                let function = self.index("functions", id.index());
                let callee = &self.program.functions[id.index()];
                let given = if callee.is_async { Representation::Reference } else { callee.result };
                let wanted = self.representation(target);
                if wanted == given || wanted == Representation::Any {
                    return self.push_window(
                        Op::CallFunction,
                        [Field::Register(target), function, Field::Window],
                        window,
                    );
                }
                let result = self.low.new_register(given);
                self.push_window(
                    Op::CallFunction,
                    [Field::Register(result), function, Field::Window],
                    window,
                );
                self.value(target, &Operation::Check(result));
            }
            Callee::Value(closure) => {
                let mut window = window;
                window.insert(0, *closure);
                self.checked(target, |this, a| {
                    this.push_window(Op::CallValue, [a, UNUSED, Field::Window], window)
                });
            }
            Callee::Method(name) => {
                let site = self.site(name);
                self.checked(target, |this, a| {
                    this.push_window(Op::CallMethod, [a, site, Field::Window], window)
                });
            }
            Callee::Builtin(name) => {
                let builtin = self.index("built-ins", self.pools.builtin(name));
                self.checked(target, |this, a| {
                    this.push_window(Op::CallBuiltin, [a, builtin, Field::Window], window)
                });
            }
            Callee::Native(id) => {
                let native = self.index("native functions", id.index());
                self.checked(target, |this, a| {
                    this.push_window(Op::CallNative, [a, native, Field::Window], window)
                });
            }
        }
    }

    fn call_spread(&mut self, target: Register, callee: &Callee, array: Field) {
        let (operation, b) = match callee {
            Callee::Value(closure) => (Op::CallValueSpread, Field::Register(*closure)),
            Callee::Method(name) => (Op::CallMethodSpread, self.site(name)),
            Callee::Builtin(name) => {
                (Op::CallBuiltinSpread, self.index("built-ins", self.pools.builtin(name)))
            }
            // Lowering spreads into values, methods and built-ins only.
            Callee::Function(_) | Callee::Native(_) => {
                let closure = self.low.new_register(Representation::Reference);
                match callee {
                    Callee::Native(id) => self.value(closure, &Operation::LoadNative(*id)),
                    Callee::Function(id) => self.value(closure, &Operation::NewClosure(*id, vec![])),
                    _ => {}
                }
                (Op::CallValueSpread, Field::Register(closure))
            }
        };
        self.checked(target, |this, a| this.push(operation, [a, b, array]));
    }

    fn end(&mut self, terminator: &Terminator) -> End {
        match terminator {
            Terminator::Jump(target) => End::Jump(*target),
            Terminator::Branch { condition, then, otherwise } => {
                End::Branch { test: self.test(condition), then: *then, otherwise: *otherwise }
            }
            Terminator::Return(Some(register)) => End::Return(*register),
            Terminator::Return(None) => End::ReturnNull,
            Terminator::Throw(register) => End::Throw(*register),
        }
    }

    fn test(&mut self, condition: &Condition) -> Test {
        let register = |register: &Register| Field::Register(*register);
        let (operation, fields) = match condition {
            Condition::True(value) => (Op::JumpIfTrue, [register(value), UNUSED]),
            Condition::Null(value) => (Op::JumpIfNull, [register(value), UNUSED]),
            Condition::Compare(operation, left, right) => {
                if let Some(test) = self.immediate_test(*operation, *left, *right) {
                    return test;
                }
                let jump = match operation {
                    BinaryOperation::EqualInt => Op::JumpEqualInt,
                    BinaryOperation::LessInt => Op::JumpLessInt,
                    BinaryOperation::LessEqualInt => Op::JumpLessEqualInt,
                    BinaryOperation::EqualNumber => Op::JumpEqualNumber,
                    BinaryOperation::LessNumber => Op::JumpLessNumber,
                    BinaryOperation::LessEqualNumber => Op::JumpLessEqualNumber,
                    BinaryOperation::Equal => Op::JumpEqual,
                    other => {
                        let truth = self.low.new_register(Representation::Boolean);
                        self.binary(Field::Register(truth), *other, *left, *right);
                        return Test { operation: Op::JumpIfTrue, fields: [Field::Register(truth), UNUSED] };
                    }
                };
                (jump, [register(left), register(right)])
            }
        };
        Test { operation, fields }
    }

    fn immediate_test(&self, operation: BinaryOperation, left: Register, right: Register) -> Option<Test> {
        let small = |register: Register| self.ints.get(&register).copied();
        let (operation, register, value) = match (operation, small(left), small(right)) {
            (BinaryOperation::EqualInt, _, Some(value)) => (Op::JumpEqualIntImmediate, left, value),
            (BinaryOperation::EqualInt, Some(value), _) => (Op::JumpEqualIntImmediate, right, value),
            (BinaryOperation::LessInt, _, Some(value)) => (Op::JumpLessIntImmediate, left, value),
            (BinaryOperation::LessInt, Some(value), _) => (Op::JumpGreaterIntImmediate, right, value),
            (BinaryOperation::LessEqualInt, _, Some(value)) => (Op::JumpLessEqualIntImmediate, left, value),
            (BinaryOperation::LessEqualInt, Some(value), _) => {
                (Op::JumpGreaterEqualIntImmediate, right, value)
            }
            _ => return None,
        };
        Some(Test { operation, fields: [Field::Register(register), Field::Raw(value as u16)] })
    }
}

fn get_property(representation: Representation) -> Op {
    match representation {
        Representation::Any => Op::GetProperty,
        Representation::Int => Op::GetPropertyInt,
        Representation::Number => Op::GetPropertyNumber,
        Representation::Boolean => Op::GetPropertyBoolean,
        Representation::Reference => Op::GetPropertyReference,
    }
}

fn unary_operation(operation: UnaryOperation) -> Op {
    match operation {
        UnaryOperation::NegateInt => Op::NegateInt,
        UnaryOperation::NegateNumber => Op::NegateNumber,
        UnaryOperation::Not => Op::Not,
        UnaryOperation::BitNot => Op::BitNot,
        UnaryOperation::TypeOf => Op::TypeOf,
        UnaryOperation::IntToNumber => Op::IntToNumber,
        UnaryOperation::Truthiness => Op::Truthy,
        UnaryOperation::IsAbsent => Op::IsAbsent,
        UnaryOperation::SquareRoot => Op::SquareRoot,
        UnaryOperation::AbsoluteNumber => Op::AbsoluteNumber,
        UnaryOperation::FloorNumber => Op::FloorNumber,
    }
}

fn binary_operation(operation: BinaryOperation) -> Op {
    macro_rules! same {
        ($($name:ident)+) => { match operation { $(BinaryOperation::$name => Op::$name),+ } };
    }
    same! {
        AddInt SubtractInt MultiplyInt DivideInt RemainderInt PowerInt AddNumber SubtractNumber MultiplyNumber DivideNumber
        RemainderNumber PowerNumber BitAnd BitOr BitXor ShiftLeft ShiftRight ShiftRightUnsigned Concatenate EqualInt
        EqualNumber Equal LessInt LessEqualInt LessNumber LessEqualNumber OrderInt OrderNumber LessString
        LessEqualString
    }
}
