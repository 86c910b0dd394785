//! Joins a product with the sum or difference that is its only reader, and a text with the string it is appended to: one
//! instruction instead of two.

use std::collections::BTreeSet;

use raya_bytecode::Operation;
use raya_ir::{self as ir, Register};

use crate::allocate::Places;
use crate::low::{Field, Low, LowBlock, LowFunction};

/// Products that wait for their reader.
const PRODUCTS_MAX: usize = 32;

/// Joins what can be joined. The result fits only if [`fits`] says so once registers are allocated.
pub(crate) fn fuse(function: &mut LowFunction, program: &ir::Program) {
    let reads = function.count_reads(program);
    let mut writes = vec![0u32; function.registers.len()];
    for target in function.blocks.iter().flat_map(|block| &block.code).filter_map(Low::target) {
        writes[target.index()] += 1;
    }
    let joins = |register: Register| reads[register.index()] == 1 && writes[register.index()] == 1;
    for block in &mut function.blocks {
        fuse_in(block, joins);
        append_texts(block, joins);
    }
}

/// Joins a value's text with the string it is appended to right away.
fn append_texts(block: &mut LowBlock, joins: impl Fn(Register) -> bool) {
    let mut joined: Vec<Low> = Vec::with_capacity(block.code.len());
    for low in std::mem::take(&mut block.code) {
        if low.operation == Operation::Concatenate
            && let Some(before) = joined.last_mut()
            && before.operation == Operation::ToText
            && let Some(text) = before.target()
            && joins(text)
            && low.fields[2] == Field::Register(text)
        {
            let value = before.fields[1];
            *before = Low {
                operation: Operation::ConcatenateText,
                fields: [low.fields[0], low.fields[1], value],
                ..low
            };
        } else {
            joined.push(low);
        }
    }
    block.code = joined;
}

/// Whether all joined instructions can name their addend.
pub(crate) fn fits(function: &LowFunction, places: &Places) -> bool {
    let mut addends = function.blocks.iter().flat_map(|block| &block.code).filter_map(|low| low.addend);
    addends.all(|register| places.of[register.index()].is_none_or(|place| place < 256))
}

fn fuse_in(block: &mut LowBlock, joins: impl Fn(Register) -> bool) {
    // Products whose factors still hold what was multiplied: target, place in the code, factors.
    let mut products: Vec<(Register, usize, [Field; 2])> = vec![];
    let mut joined = BTreeSet::new();
    for at in 0..block.code.len() {
        let low = &mut block.code[at];
        if let Some((operation, addend, product)) = sum(low)
            && let Some(index) = products.iter().position(|(target, ..)| *target == product)
        {
            let (_, place, factors) = products.remove(index);
            *low = Low {
                operation,
                fields: [low.fields[0], factors[0], factors[1]],
                addend: Some(addend),
                ..low.clone()
            };
            joined.insert(place);
        } else if let Some((operation, addend, product)) = swapped(low)
            && let Some(index) = products.iter().position(|(target, ..)| *target == product)
        {
            let (_, place, factors) = products.remove(index);
            *low = Low {
                operation,
                fields: [low.fields[0], factors[0], factors[1]],
                addend: Some(addend),
                ..low.clone()
            };
            joined.insert(place);
        }
        let Some(target) = low.target() else {
            continue;
        };
        products.retain(|(_, _, factors)| !factors.contains(&Field::Register(target)));
        if low.operation == Operation::MultiplyNumber
            && joins(target)
            && !low.fields[1..].contains(&Field::Register(target))
        {
            products.push((target, at, [low.fields[1], low.fields[2]]));
            // Far products have other readers in between; do not look for them for ever.
            if products.len() > PRODUCTS_MAX {
                products.remove(0);
            }
        }
    }
    let mut at = 0;
    block.code.retain(|_| {
        at += 1;
        !joined.contains(&(at - 1))
    });
}

/// A sum or difference whose second operand may be a product: what it becomes, the other operand, the product.
fn sum(low: &Low) -> Option<(Operation, Register, Register)> {
    let operation = match low.operation {
        Operation::AddNumber => Operation::MultiplyAddNumber,
        Operation::SubtractNumber => Operation::MultiplySubtractNumber,
        _ => return None,
    };
    match (low.fields[1], low.fields[2]) {
        (Field::Register(addend), Field::Register(product)) if addend != product => {
            Some((operation, addend, product))
        }
        _ => None,
    }
}

/// A sum whose first operand may be a product.
fn swapped(low: &Low) -> Option<(Operation, Register, Register)> {
    match (low.operation, low.fields[1], low.fields[2]) {
        (Operation::AddNumber, Field::Register(product), Field::Register(addend)) if addend != product => {
            Some((Operation::MultiplyAddNumber, addend, product))
        }
        _ => None,
    }
}
