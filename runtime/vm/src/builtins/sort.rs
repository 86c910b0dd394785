//! Sorting by a comparator that is nothing but the order of numbers, as a difference, `(a, b) => a - b`, or by comparing,
//! `(a, b) => a < b ? -1 : a > b ? 1 : 0`, or the other way round.
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
    "Array.sortByOrder" = "raya_builtin_Array_sortByOrder" => sort_by_order;
}

/// The order that a comparator is.
#[derive(Clone, Copy, PartialEq)]
struct Order {
    /// It takes ints alone.
    of_ints: bool,
    /// It is a difference of ints, which wraps.
    wraps: bool,
    descends: bool,
}

/// The order that a function of the program is, if it does nothing else.
fn order(function: &Function) -> Option<Order> {
    use Operation::{CheckInt, CheckNumber, IntToNumber, Return};
    use Operation::{OrderInt, OrderNumber, SubtractInt, SubtractNumber};
    let is = |at: usize, operation, a, b| {
        matches!(function.code.get(at), Some(found)
            if (found.operation, found.a, found.b) == (operation, a, b))
    };
    if (function.parameters, function.rest, function.is_async) != (2, false, false) {
        return None;
    }
    let Instruction { operation, a, b, c, .. } = *function.code.get(2)?;
    let (check, of_ints) = match operation {
        SubtractNumber | OrderNumber => (CheckNumber, false),
        SubtractInt | OrderInt => (CheckInt, true),
        _ => return None,
    };
    let descends = match (b, c) {
        (0, 1) => false,
        (1, 0) => true,
        _ => return None,
    };
    let third = function.code.get(3)?;
    let returns = if of_ints && third.operation == IntToNumber {
        third.b == a && is(4, Return, third.a, 0)
    } else {
        is(3, Return, a, 0)
    };
    let plain = is(0, check, 0, 0) && is(1, check, 1, 1) && returns;
    plain.then_some(Order { of_ints, wraps: operation == SubtractInt, descends })
}

/// Sorts the array if that needs no calls; gives whether it did.
fn sort_by_order(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let array = vm.array_argument(arguments, 0)?;
    let Some(comparator) = arguments.get(1).as_closure() else { return Ok(Value::FALSE) };
    let Some(order) = order(&vm.program.functions[comparator.function() as usize]) else {
        return Ok(Value::FALSE);
    };
    let sorted = match array.element_kind() {
        ElementKind::Int => {
            let ints: Vec<i32> = array.ints().iter().map(Cell::get).collect();
            if order.wraps && spread(&ints) > i64::from(i32::MAX) {
                return Ok(Value::FALSE);
            }
            sort(ints, array.ints(), |left, right| left.cmp(right), order.descends);
            true
        }
        ElementKind::Number if !order.of_ints => {
            let numbers: Vec<f64> = array.numbers().iter().map(Cell::get).collect();
            // A NaN has no place in any order.
            if numbers.iter().any(|number| number.is_nan()) {
                return Ok(Value::FALSE);
            }
            let compare = |left: &f64, right: &f64| left.partial_cmp(right).unwrap_or(Ordering::Equal);
            sort(numbers, array.numbers(), compare, order.descends);
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
