//! Puts the bodies of tiny functions in place of calls to them.
//!
//! Only functions that consist of one block of operations that cannot throw: so no stack trace can tell the difference.

use std::collections::BTreeMap;

use raya_abi::Representation;

use crate::instruction::{BinaryOperation, Callee, Constant, Instruction, Operation, Terminator};
use crate::program::{Block, Function, FunctionId, Program, Register};

/// Instructions of a function that is inlined.
const INLINED_MAX: usize = 12;

/// What is put in place of a call.
struct Leaf {
    parameters: u32,
    registers: Vec<Representation>,
    instructions: Vec<Instruction>,
    result: Option<Register>,
}

/// Inlines calls of tiny leaf functions everywhere.
pub(super) fn inline_leaves(program: &mut Program) {
    let leaves = program
        .functions
        .iter()
        .enumerate()
        .filter_map(|(index, function)| Some((FunctionId(index as u32), leaf(function)?)));
    let leaves = leaves.collect::<BTreeMap<_, _>>();
    if leaves.is_empty() {
        return;
    }
    for function in &mut program.functions {
        for index in 0..function.blocks.len() {
            inline_in(function, index, &leaves);
        }
    }
}

fn leaf(function: &Function) -> Option<Leaf> {
    let [Block { instructions, terminator: Terminator::Return(result), .. }] = function.blocks.as_slice()
    else {
        return None;
    };
    let plain =
        !function.is_async && !function.rest && function.tests_absent.is_empty() && function.captures == 0;
    (plain
        && instructions.len() <= INLINED_MAX
        && instructions.iter().all(|instruction| is_quiet(&instruction.operation)))
    .then(|| Leaf {
        parameters: function.parameters,
        registers: function.registers.clone(),
        instructions: instructions.clone(),
        result: *result,
    })
}

/// Whether it can neither throw nor run other code.
fn is_quiet(operation: &Operation) -> bool {
    match operation {
        Operation::Binary(BinaryOperation::Concatenate, ..) => false,
        Operation::LoadNative(_) | Operation::LoadBuiltin(_) | Operation::LoadClass(_) => false,
        other => other.is_pure(),
    }
}

fn inline_in(function: &mut Function, index: usize, leaves: &BTreeMap<FunctionId, Leaf>) {
    let calls = |instruction: &Instruction| match &instruction.operation {
        Operation::Call(Callee::Function(id), arguments) => leaves
            .get(id)
            .filter(|leaf| leaf.parameters as usize == arguments.len())
            .map(|leaf| (leaf, arguments.clone())),
        _ => None,
    };
    if !function.blocks[index].instructions.iter().any(|instruction| calls(instruction).is_some()) {
        return;
    }
    let instructions = std::mem::take(&mut function.blocks[index].instructions);
    let mut inlined = Vec::with_capacity(instructions.len());
    for instruction in instructions {
        match calls(&instruction) {
            Some((leaf, arguments)) => expand(function, leaf, &arguments, &instruction, &mut inlined),
            None => inlined.push(instruction),
        }
    }
    function.blocks[index].instructions = inlined;
}

fn expand(
    function: &mut Function,
    leaf: &Leaf,
    arguments: &[Register],
    call: &Instruction,
    into: &mut Vec<Instruction>,
) {
    let first = function.registers.len() as u32;
    function.registers.extend(&leaf.registers);
    let span = call.span;
    for (index, argument) in arguments.iter().enumerate() {
        into.push(Instruction {
            target: Some(Register(first + index as u32)),
            operation: Operation::Copy(*argument),
            span,
        });
    }
    for instruction in &leaf.instructions {
        let mut operation = instruction.operation.clone();
        operation.for_each_use_mut(|register| register.0 += first);
        into.push(Instruction {
            target: instruction.target.map(|target| Register(target.0 + first)),
            operation,
            span,
        });
    }
    if let Some(target) = call.target {
        let operation = match leaf.result {
            Some(result) => Operation::Copy(Register(result.0 + first)),
            None => Operation::Constant(Constant::Null),
        };
        into.push(Instruction { target: Some(target), operation, span });
    }
}
