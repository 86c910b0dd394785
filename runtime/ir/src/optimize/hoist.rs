//! Computes what never changes once, before the outermost loop that needs it.

use std::collections::{BTreeMap, BTreeSet};

use raya_abi::Representation;

use crate::analysis::definitions;
use crate::instruction::{BinaryOperation, Constant, Instruction, Operation};
use crate::program::{BlockId, Function, Global, GlobalId, Register};

/// Values kept in registers across one loop.
const HOISTED_MAX: usize = 200;

/// What a value that never changes is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Int(i32),
    Number(u64),
    String(String),
    Global(GlobalId),
}

/// Moves constants that operations need in a register, and reads of constant globals, out of loops.
pub(super) fn hoist(function: &mut Function, globals: &[Global]) {
    if function.blocks.iter().all(|block| block.preheader.is_none()) {
        return;
    }
    let definitions = definitions(function);
    let needed = ints_in_registers(function);
    let mut hoisted: BTreeMap<BlockId, Vec<(Key, Instruction)>> = BTreeMap::new();
    let mut renamed: BTreeMap<Register, Register> = BTreeMap::new();
    let at_hand = constants_of_preheaders(function, globals, &definitions);
    for block in &mut function.blocks {
        let Some(preheader) = block.preheader else {
            continue;
        };
        block.instructions.retain(|instruction| {
            let once = |target: &Register| definitions[target.index()] == 1;
            let (Some(target), Some(key)) = (instruction.target.filter(once), key(instruction, globals))
            else {
                return true;
            };
            if matches!(key, Key::Int(value) if i16::try_from(value).is_ok()) && !needed[target.index()] {
                return true;
            }
            let representation = function.registers[target.index()];
            if let Some(register) = at_hand.get(&(preheader, key.clone(), representation)) {
                renamed.insert(target, *register);
                return false;
            }
            let moved = hoisted.entry(preheader).or_default();
            let known = moved.iter().find(|(known, at)| {
                *known == key
                    && at
                        .target
                        .is_some_and(|register| function.registers[register.index()] == representation)
            });
            match known.and_then(|(_, at)| at.target) {
                Some(register) => {
                    renamed.insert(target, register);
                }
                None if moved.len() < HOISTED_MAX => moved.push((key, instruction.clone())),
                None => return true,
            }
            false
        });
    }
    for (preheader, instructions) in hoisted {
        function.blocks[preheader.index()]
            .instructions
            .extend(instructions.into_iter().map(|(_, instruction)| instruction));
    }
    let rename = |register: &mut Register| *register = renamed.get(register).copied().unwrap_or(*register);
    for block in &mut function.blocks {
        block.instructions.iter_mut().for_each(|instruction| instruction.operation.for_each_use_mut(rename));
        block.terminator.for_each_use_mut(rename);
    }
}

/// What the preheaders themselves compute anyway.
fn constants_of_preheaders(
    function: &Function,
    globals: &[Global],
    definitions: &[u32],
) -> BTreeMap<(BlockId, Key, Representation), Register> {
    let mut at_hand = BTreeMap::new();
    let preheaders = function.blocks.iter().filter_map(|block| block.preheader).collect::<BTreeSet<_>>();
    for preheader in preheaders {
        for instruction in &function.blocks[preheader.index()].instructions {
            if let (Some(target), Some(key)) = (instruction.target, key(instruction, globals))
                && definitions[target.index()] == 1
            {
                at_hand.entry((preheader, key, function.registers[target.index()])).or_insert(target);
            }
        }
    }
    at_hand
}

fn key(instruction: &Instruction, globals: &[Global]) -> Option<Key> {
    Some(match &instruction.operation {
        Operation::Constant(Constant::Int(value)) => Key::Int(*value),
        Operation::Constant(Constant::Number(value)) => Key::Number(value.to_bits()),
        Operation::Constant(Constant::String(value)) => Key::String(value.to_string()),
        Operation::GetGlobal(global) if globals[global.index()].constant => Key::Global(*global),
        _ => return None,
    })
}

/// Registers read by an operation for which no back end has a form with a small constant in it.
fn ints_in_registers(function: &Function) -> Vec<bool> {
    use BinaryOperation::*;
    let mut needed = vec![false; function.registers.len()];
    for instruction in function.blocks.iter().flat_map(|block| &block.instructions) {
        if let Operation::Binary(operation, left, right) = &instruction.operation {
            needed[left.index()] |= !matches!(operation, AddInt | EqualInt | LessInt | LessEqualInt);
            needed[right.index()] |=
                !matches!(operation, AddInt | SubtractInt | EqualInt | LessInt | LessEqualInt);
        }
    }
    needed
}
