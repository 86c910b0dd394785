//! Jumps. A jump back leaves when someone wants the loop to stop; the plain loop then jumps and looks into it.

use super::handlers;
use crate::heap::object::Kind;
use crate::value::Value;

/// Whether two values are equal without coercion, where that is quickly said.
#[inline(always)]
pub(super) fn quickly_equal(left: Value, right: Value) -> Option<bool> {
    if left.is_int() && right.is_int() {
        return Some(left == right);
    }
    if left.is_number() || right.is_number() {
        return match (left.as_number(), right.as_number()) {
            (Some(left), Some(right)) => Some(left == right),
            _ => Some(false),
        };
    }
    if left == right {
        return Some(true);
    }
    match (left.as_object(), right.as_object()) {
        (Some(left), Some(right)) if left.kind() == Kind::String && right.kind() == Kind::String => None,
        // Null and absent are the same to programs.
        (None, None) => Some(left.is_nullish() && right.is_nullish()),
        _ => Some(false),
    }
}

/// Handlers of jumps that test one register and go far.
macro_rules! tests {
    ($($name:ident: |$value:ident| $holds:expr;)+) => {
        handlers! {$(
            fn $name(state) {
                let $value = state.a();
                if $holds { state.jump(state.wide() as isize) } else { state.next() }
            }
        )+}
    };
}

/// Handlers of jumps that compare two registers.
macro_rules! comparisons {
    ($($name:ident: $bits:ident |$left:ident, $right:ident| $holds:expr;)+) => {
        handlers! {$(
            fn $name(state) {
                let ($left, $right) = (state.a().$bits(), state.b().$bits());
                if $holds { state.jump(state.instruction().c as i16 as isize) } else { state.next() }
            }
        )+}
    };
}

/// Handlers of jumps that compare a register with an immediate.
macro_rules! immediates {
    ($($name:ident: |$left:ident, $right:ident| $holds:expr;)+) => {
        handlers! {$(
            fn $name(state) {
                let ($left, $right) = (state.a().int_bits(), state.instruction().b as i16 as i32);
                if $holds { state.jump(state.instruction().c as i16 as isize) } else { state.next() }
            }
        )+}
    };
}

tests! {
    jump_if_true: |value| value == Value::TRUE;
    jump_if_false: |value| value != Value::TRUE;
    jump_if_null: |value| value.is_nullish();
    jump_if_not_null: |value| !value.is_nullish();
}

comparisons! {
    jump_equal_int: int_bits |left, right| left == right;
    jump_not_equal_int: int_bits |left, right| left != right;
    jump_less_int: int_bits |left, right| left < right;
    jump_less_equal_int: int_bits |left, right| left <= right;
    jump_equal_number: number_bits |left, right| left == right;
    jump_not_equal_number: number_bits |left, right| left != right;
    jump_less_number: number_bits |left, right| left < right;
    jump_less_equal_number: number_bits |left, right| left <= right;
    // Not the same as greater-or-equal: NaN.
    jump_not_less_number: number_bits |left, right| {
        !matches!(left.partial_cmp(&right), Some(core::cmp::Ordering::Less))
    };
    jump_not_less_equal_number: number_bits |left, right| {
        matches!(left.partial_cmp(&right), None | Some(core::cmp::Ordering::Greater))
    };
}

immediates! {
    jump_equal_int_immediate: |left, right| left == right;
    jump_not_equal_int_immediate: |left, right| left != right;
    jump_less_int_immediate: |left, right| left < right;
    jump_less_equal_int_immediate: |left, right| left <= right;
    jump_greater_int_immediate: |left, right| left > right;
    jump_greater_equal_int_immediate: |left, right| left >= right;
}

handlers! {
    fn jump(state) {
        state.jump(state.wide() as isize)
    }

    fn step_jump_less_int(state) {
        step(state, |state| state.b().int_bits())
    }

    fn step_jump_less_int_immediate(state) {
        step(state, |state| state.instruction().b as i16 as i32)
    }

    fn jump_equal(state) {
        match quickly_equal(state.a(), state.b()) {
            Some(true) => state.jump(state.instruction().c as i16 as isize),
            Some(false) => state.next(),
            None => state.leave(),
        }
    }

    fn jump_not_equal(state) {
        match quickly_equal(state.a(), state.b()) {
            Some(false) => state.jump(state.instruction().c as i16 as isize),
            Some(true) => state.next(),
            None => state.leave(),
        }
    }
}

/// Adds the signed count `n` to the counter `a`, and jumps while it is below. Mostly at the end of a loop, so that one look
/// at the interrupt comes before the step, which must not be done twice.
#[inline(always)]
fn step(state: super::State, below: impl Fn(super::State) -> i32) {
    if state.interrupted() {
        return state.leave();
    }
    let stepped = state.a().int_bits().wrapping_add(state.instruction().n as i8 as i32);
    state.set_int(stepped);
    if stepped < below(state) { state.go_to(state.instruction().c as i16 as isize) } else { state.next() }
}
