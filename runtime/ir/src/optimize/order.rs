//! Three-way comparisons: `a < b ? -1 : a > b ? 1 : 0`, however it is written, becomes one instruction.
//!
//! Comparators are made of little else, and which way their branches go is what no processor can guess.

use std::collections::{BTreeMap, BTreeSet};

use raya_abi::Representation;

use crate::analysis::Liveness;
use crate::instruction::{
    BinaryOperation, Condition, Constant, Instruction, Operation, Terminator, UnaryOperation,
};
use crate::program::{Block, BlockId, Function, Register};

/// Blocks between the first comparison and where its outcomes meet.
const PATH_MAX: usize = 8;

/// How two operands may stand to each other.
#[derive(Clone, Copy, PartialEq)]
enum Relation {
    Less,
    Equal,
    Greater,
    /// One of them is NaN.
    Unordered,
}

use Relation::{Equal, Greater, Less, Unordered};

/// Where a path ends.
#[derive(Clone, Copy, PartialEq)]
enum Exit {
    Return,
    /// Before a block that does something.
    Before(BlockId),
}

/// What one relation leads to.
struct Outcome {
    exit: Exit,
    /// What is returned.
    returned: Option<Constant>,
    /// Registers that were written on the way: a constant, or a copy.
    written: BTreeMap<Register, Option<Constant>>,
}

/// A comparison that gives -1, 0 or 1.
struct Order {
    left: Register,
    right: Register,
    result: Constant,
    exit: Exit,
    target: Option<Register>,
}

/// Replaces the comparisons of a function.
pub(super) fn join_comparisons(function: &mut Function) {
    let mut liveness = None;
    for id in function.block_ids() {
        if let Some(order) = find(function, id, &mut liveness) {
            replace(function, id, order);
        }
    }
}

fn find(function: &Function, id: BlockId, liveness: &mut Option<Liveness>) -> Option<Order> {
    let block = &function.blocks[id.index()];
    let Terminator::Branch { condition: Condition::Compare(operation, left, right), .. } = &block.terminator
    else {
        return None;
    };
    let relations: &[Relation] = match operation.operands() {
        Representation::Int => &[Less, Equal, Greater],
        Representation::Number => &[Less, Equal, Greater, Unordered],
        _ => return None,
    };
    let aliases = aliases(block);
    let pair = [resolve(&aliases, *left), resolve(&aliases, *right)];
    let outcomes: Option<Vec<Outcome>> =
        relations.iter().map(|relation| walk(function, id, &aliases, pair, *relation)).collect();
    let outcomes = outcomes?;
    let exit = outcomes[0].exit;
    if outcomes.iter().any(|outcome| outcome.exit != exit) {
        return None;
    }
    let target = match exit {
        Exit::Return => None,
        Exit::Before(meeting) => {
            let liveness = liveness.get_or_insert_with(|| Liveness::of(function));
            Some(only_live(&outcomes, meeting, liveness)?)
        }
    };
    let values = outcomes.iter().map(|outcome| match target {
        None => outcome.returned.as_ref(),
        Some(target) => outcome.written.get(&target)?.as_ref(),
    });
    let (pair, result) = three_way(values.collect::<Option<Vec<_>>>()?, pair)?;
    let wanted = target.map_or(function.result, |target| function.registers[target.index()]);
    let fits = wanted == Representation::Any || wanted == result.representation();
    let given = operation.operands();
    // There is no way from a number to an int.
    let converts = given == result.representation() || given == Representation::Int;
    (fits && converts).then_some(Order { left: pair[0], right: pair[1], result, exit, target })
}

/// The one register that paths write and that is read where they meet.
fn only_live(outcomes: &[Outcome], meeting: BlockId, liveness: &Liveness) -> Option<Register> {
    let written = outcomes.iter().flat_map(|outcome| outcome.written.keys().copied());
    let live: BTreeSet<Register> =
        written.filter(|register| liveness.is_live_in(meeting, *register)).collect();
    if live.len() == 1 { live.first().copied() } else { None }
}

/// Orders the operands so that the values are -1, 0, 1 and 0: those, and the middle value.
fn three_way(values: Vec<&Constant>, [left, right]: [Register; 2]) -> Option<([Register; 2], Constant)> {
    let is = |place: usize, wanted: i32| match values.get(place) {
        None => true,
        Some(Constant::Int(value)) => *value == wanted,
        Some(Constant::Number(value)) => value.to_bits() == f64::from(wanted).to_bits(),
        Some(_) => false,
    };
    let middle = (*values.get(1)?).clone();
    let alike = values.iter().all(|value| value.representation() == middle.representation());
    if !alike || !is(1, 0) || !is(3, 0) {
        return None;
    }
    if is(0, -1) && is(2, 1) {
        Some(([left, right], middle))
    } else if is(0, 1) && is(2, -1) {
        Some(([right, left], middle))
    } else {
        None
    }
}

/// Registers that hold the same as another at the end of a block.
fn aliases(block: &Block) -> BTreeMap<Register, Register> {
    let mut aliases = BTreeMap::new();
    for instruction in &block.instructions {
        let Some(target) = instruction.target else { continue };
        let source = match &instruction.operation {
            Operation::Copy(source) => Some(resolve(&aliases, *source)),
            _ => None,
        };
        aliases.retain(|alias, of| *alias != target && *of != target);
        if let Some(source) = source.filter(|source| *source != target) {
            aliases.insert(target, source);
        }
    }
    aliases
}

fn resolve(aliases: &BTreeMap<Register, Register>, register: Register) -> Register {
    aliases.get(&register).copied().unwrap_or(register)
}

/// Follows the branches that the operands' relation takes, through blocks that write nothing but constants and copies.
fn walk(
    function: &Function,
    start: BlockId,
    aliases: &BTreeMap<Register, Register>,
    pair: [Register; 2],
    relation: Relation,
) -> Option<Outcome> {
    let mut aliases = aliases.clone();
    let mut written: BTreeMap<Register, Option<Constant>> = BTreeMap::new();
    let mut at = start;
    for step in 0..PATH_MAX {
        let block = &function.blocks[at.index()];
        if step > 0 {
            if !block.instructions.iter().all(is_quiet) {
                return Some(Outcome { exit: Exit::Before(at), returned: None, written });
            }
            for Instruction { target, operation, .. } in &block.instructions {
                let target = (*target)?;
                if pair.contains(&target) {
                    return None;
                }
                aliases.remove(&target);
                let constant = match operation {
                    Operation::Constant(constant) => Some(constant.clone()),
                    Operation::Copy(source) => {
                        aliases.insert(target, resolve(&aliases, *source));
                        written.get(source).cloned().flatten()
                    }
                    _ => None,
                };
                // A copy of what is overwritten here holds what that was: no relation of the pair is known of it.
                aliases.retain(|_, of| *of != target);
                written.insert(target, constant);
            }
        }
        match &block.terminator {
            Terminator::Jump(target) => at = *target,
            Terminator::Branch { condition: Condition::Compare(operation, left, right), then, otherwise } => {
                let operands = [resolve(&aliases, *left), resolve(&aliases, *right)];
                match holds(*operation, operands, pair, relation) {
                    Some(true) => at = *then,
                    Some(false) => at = *otherwise,
                    None if block.instructions.is_empty() => {
                        return Some(Outcome { exit: Exit::Before(at), returned: None, written });
                    }
                    None => return None,
                }
            }
            Terminator::Return(Some(register)) => {
                let returned = written.get(register).cloned().flatten();
                return Some(Outcome { exit: Exit::Return, returned, written });
            }
            _ => return None,
        }
    }
    None
}

fn is_quiet(instruction: &Instruction) -> bool {
    instruction.target.is_some()
        && matches!(instruction.operation, Operation::Constant(_) | Operation::Copy(_))
}

/// Whether a comparison holds if the pair's first stands so to its second; nothing if it is not about the two.
fn holds(
    operation: BinaryOperation,
    operands: [Register; 2],
    pair: [Register; 2],
    relation: Relation,
) -> Option<bool> {
    let relation = if operands == pair {
        relation
    } else if operands == [pair[1], pair[0]] {
        match relation {
            Less => Greater,
            Greater => Less,
            same => same,
        }
    } else {
        return None;
    };
    match operation {
        BinaryOperation::LessInt | BinaryOperation::LessNumber => Some(relation == Less),
        BinaryOperation::LessEqualInt | BinaryOperation::LessEqualNumber => {
            Some(relation == Less || relation == Equal)
        }
        BinaryOperation::EqualInt | BinaryOperation::EqualNumber => Some(relation == Equal),
        _ => None,
    }
}

fn replace(function: &mut Function, id: BlockId, order: Order) {
    let span = function.blocks[id.index()].span;
    let mut instructions = vec![];
    let mut push = |function: &mut Function, representation: Representation, operation: Operation| {
        let target = function.new_register(representation);
        instructions.push(Instruction { target: Some(target), operation, span });
        target
    };
    let given = function.registers[order.left.index()];
    let operation = match given {
        Representation::Int => BinaryOperation::OrderInt,
        _ => BinaryOperation::OrderNumber,
    };
    let mut value = push(function, given, Operation::Binary(operation, order.left, order.right));
    let result = order.result.representation();
    if result != given {
        value = push(function, result, Operation::Unary(UnaryOperation::IntToNumber, value));
    }
    let wanted = order.target.map_or(function.result, |target| function.registers[target.index()]);
    if wanted != result {
        value = push(function, wanted, Operation::Forget(value));
    }
    // The last instruction writes where the value is wanted.
    if let (Some(target), Some(last)) = (order.target, instructions.last_mut()) {
        last.target = Some(target);
    }
    let block = &mut function.blocks[id.index()];
    block.instructions.extend(instructions);
    block.terminator = match order.exit {
        Exit::Return => Terminator::Return(Some(value)),
        Exit::Before(meeting) => Terminator::Jump(meeting),
    };
}
