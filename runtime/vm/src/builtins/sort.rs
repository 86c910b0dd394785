//! Sorting by a comparator that is nothing but a difference: `(a, b) => a - b`, or the other way round.
//!
//! The machine sees what a comparator does in its code, and sorts flat arrays of numbers without calling it. Everything else
//! is the merge sort of the prelude.

use core::cell::Cell;
use core::cmp::Ordering;

use raya_bytecode::program::Function;
use raya_bytecode::{Instruction, Operation};

use super::Outcome;
use crate::heap::object::ElementKind;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "Array.sortByDifference" = "raya_builtin_Array_sortByDifference" => sort_by_difference;
}

/// What a comparator computes.
#[derive(Clone, Copy, PartialEq)]
struct Difference {
    /// With ints that wrap, or with numbers.
    wraps: bool,
    descends: bool,
}

/// The difference that a function of the program computes, if it does nothing else.
fn difference(function: &Function) -> Option<Difference> {
    use Operation::{CheckInt, CheckNumber, IntToNumber, Return, SubtractInt, SubtractNumber};
    let is = |at: usize, operation, a, b| {
        matches!(function.code.get(at), Some(found)
            if (found.operation, found.a, found.b) == (operation, a, b))
    };
    if (function.parameters, function.rest, function.is_async) != (2, false, false) {
        return None;
    }
    let Instruction { operation, a, b, c, .. } = *function.code.get(2)?;
    let (check, end) = match operation {
        SubtractNumber => (CheckNumber, 3),
        SubtractInt if function.code.get(3)?.operation == IntToNumber => (CheckInt, 4),
        SubtractInt => (CheckInt, 3),
        _ => return None,
    };
    let result = if end == 4 { function.code[3].a } else { a };
    let plain = is(0, check, 0, 0) && is(1, check, 1, 1) && is(end, Return, result, 0);
    let descends = match (b, c) {
        (0, 1) => false,
        (1, 0) => true,
        _ => return None,
    };
    (plain && (end == 3 || is(3, IntToNumber, result, a)))
        .then_some(Difference { wraps: operation == SubtractInt, descends })
}

/// Sorts the array if that needs no calls; gives whether it did.
fn sort_by_difference(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let Some(comparator) = arguments.get(1).as_closure() else { return Ok(Value::FALSE) };
    let Some(difference) = difference(&vm.program.functions[comparator.function() as usize]) else {
        return Ok(Value::FALSE);
    };
    let sorted = match array.element_kind() {
        ElementKind::Int => {
            let ints: Vec<i32> = array.ints().iter().map(Cell::get).collect();
            if difference.wraps && spread(&ints) > i64::from(i32::MAX) {
                return Ok(Value::FALSE);
            }
            sort(ints, array.ints(), |left, right| left.cmp(right), difference.descends);
            true
        }
        ElementKind::Number if !difference.wraps => {
            let numbers: Vec<f64> = array.numbers().iter().map(Cell::get).collect();
            // A NaN has no place in any order.
            if numbers.iter().any(|number| number.is_nan()) {
                return Ok(Value::FALSE);
            }
            let compare = |left: &f64, right: &f64| left.partial_cmp(right).unwrap_or(Ordering::Equal);
            sort(numbers, array.numbers(), compare, difference.descends);
            true
        }
        _ => false,
    };
    Ok(Value::boolean(sorted))
}

/// The largest difference of two ints.
fn spread(ints: &[i32]) -> i64 {
    match (ints.iter().min(), ints.iter().max()) {
        (Some(least), Some(greatest)) => i64::from(*greatest) - i64::from(*least),
        _ => 0,
    }
}

/// Writes the elements back in order. Stable: 0 and -0 are equal and different.
fn sort<T: Copy>(
    mut elements: Vec<T>,
    into: &[Cell<T>],
    compare: impl Fn(&T, &T) -> Ordering,
    descends: bool,
) {
    if descends {
        elements.sort_by(|left, right| compare(right, left));
    } else {
        elements.sort_by(compare);
    }
    for (place, element) in into.iter().zip(elements) {
        place.set(element);
    }
}
