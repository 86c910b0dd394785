//! Whether a program starts tasks. One that does begins by saying so, which brings the machine's scheduler into its image:
//! nothing else names it.

use raya_abi::{Representation, RuntimeType, RuntimeTypeId};

use crate::instruction::{Callee, Instruction, Operation};
use crate::program::{Function, Register};

/// The built-in that programs which start tasks begin with.
pub(super) const ENABLE: &str = "Task.enable";

/// Whether calling the function starts a task, or the function does.
pub(super) fn starts_tasks(function: &Function) -> bool {
    let mut instructions = function.blocks.iter().flat_map(|block| &block.instructions);
    function.is_async || instructions.any(|one| matches!(one.operation, Operation::StartTask(_)))
}

/// Whether a value of the type may be a task.
pub(super) fn may_be_task(types: &[RuntimeType], id: RuntimeTypeId) -> bool {
    match &types[id.0 as usize] {
        RuntimeType::Task(_) => true,
        RuntimeType::Union(members) => {
            members.iter().any(|member| matches!(types[member.0 as usize], RuntimeType::Task(_)))
        }
        _ => false,
    }
}

/// Lets the program's entry begin by enabling tasks.
pub(super) fn enable(entry: &mut Function) {
    let unused = Register(entry.registers.len() as u32);
    entry.registers.push(Representation::Any);
    let operation = Operation::Call(Callee::Builtin(ENABLE.into()), vec![]);
    let call = Instruction { target: Some(unused), operation, span: entry.span };
    if let Some(first) = entry.blocks.first_mut() {
        first.instructions.insert(0, call);
    }
}
