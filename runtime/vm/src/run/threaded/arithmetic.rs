//! Moves, constants, conversions, arithmetic and comparisons.

use raya_bytecode::Special;

use super::handlers;
use crate::convert::order;
use crate::value::Value;

/// Handlers of operations on two ints.
macro_rules! ints {
    ($($name:ident: |$left:ident, $right:ident| $result:expr;)+) => {
        handlers! {$(
            fn $name(state) {
                let ($left, $right) = (state.b().int_bits(), state.c().int_bits());
                state.set_int($result);
                state.next()
            }
        )+}
    };
}

/// Handlers of operations on two numbers.
macro_rules! numbers {
    ($($name:ident: |$left:ident, $right:ident| $result:expr;)+) => {
        handlers! {$(
            fn $name(state) {
                let ($left, $right) = (state.b().number_bits(), state.c().number_bits());
                state.set_number($result);
                state.next()
            }
        )+}
    };
}

/// Handlers of comparisons of two numbers of one kind.
macro_rules! comparisons {
    ($($name:ident: $bits:ident |$left:ident, $right:ident| $holds:expr;)+) => {
        handlers! {$(
            fn $name(state) {
                let ($left, $right) = (state.b().$bits(), state.c().$bits());
                state.set(Value::boolean($holds));
                state.next()
            }
        )+}
    };
}

ints! {
    add_int: |left, right| left.wrapping_add(right);
    subtract_int: |left, right| left.wrapping_sub(right);
    multiply_int: |left, right| left.wrapping_mul(right);
    bit_and: |left, right| left & right;
    bit_or: |left, right| left | right;
    bit_xor: |left, right| left ^ right;
    shift_left: |left, right| left.wrapping_shl(right as u32);
    shift_right: |left, right| left.wrapping_shr(right as u32);
    shift_right_unsigned: |left, right| (left as u32).wrapping_shr(right as u32) as i32;
    order_int: |left, right| left.cmp(&right) as i32;
}

numbers! {
    add_number: |left, right| left + right;
    subtract_number: |left, right| left - right;
    multiply_number: |left, right| left * right;
    divide_number: |left, right| left / right;
    order_number: |left, right| order(left, right);
}

comparisons! {
    equal_int: int_bits |left, right| left == right;
    less_int: int_bits |left, right| left < right;
    less_equal_int: int_bits |left, right| left <= right;
    equal_number: number_bits |left, right| left == right;
    less_number: number_bits |left, right| left < right;
    less_equal_number: number_bits |left, right| left <= right;
}

handlers! {
    fn copy(state) {
        state.set(state.b());
        state.next()
    }

    fn load_int(state) {
        state.set_int(state.wide());
        state.next()
    }

    fn load_number(state) {
        // SAFETY: the verifier compared the operand with the table.
        let number = unsafe { *state.vm().program.numbers.get_unchecked(state.instruction().b as usize) };
        state.set(Value::number(number));
        state.next()
    }

    fn load_string(state) {
        // SAFETY: the verifier compared the operand with the table.
        let string = unsafe { *state.vm().constants.get_unchecked(state.instruction().b as usize) };
        // It is made when it is first loaded.
        if string.is_absent() {
            return state.leave();
        }
        state.set(string);
        state.next()
    }

    fn load_boolean(state) {
        state.set(Value::boolean(state.instruction().b == Special::True as u16));
        state.next()
    }

    fn load_special(state) {
        let absent = state.instruction().b == Special::Absent as u16;
        state.set(if absent { Value::ABSENT } else { Value::NULL });
        state.next()
    }

    fn get_global(state) {
        // SAFETY: the verifier compared the operand with the table.
        let value = unsafe { *state.vm().globals.get_unchecked(state.instruction().b as usize) };
        if value.is_absent() {
            return state.leave();
        }
        state.set(value);
        state.next()
    }

    fn set_global(state) {
        let value = state.a();
        if value.is_absent() {
            return state.leave();
        }
        // SAFETY: the verifier compared the operand with the table.
        unsafe { *state.vm().globals.get_unchecked_mut(state.instruction().b as usize) = value };
        state.next()
    }

    fn check_int(state) {
        let value = state.b();
        state.finish(value.is_int().then_some(value))
    }

    fn check_number(state) {
        state.finish(state.b().as_number().map(Value::computed))
    }

    fn check_boolean(state) {
        let value = state.b();
        state.finish(value.is_boolean().then_some(value))
    }

    fn check_reference(state) {
        let value = state.b();
        state.finish(value.is_reference().then_some(value))
    }

    fn int_to_number(state) {
        state.set_number(f64::from(state.b().int_bits()));
        state.next()
    }

    fn is_absent(state) {
        state.set(Value::boolean(state.b().is_absent()));
        state.next()
    }

    fn add_int_immediate(state) {
        state.set_int(state.b().int_bits().wrapping_add(state.instruction().c as i16 as i32));
        state.next()
    }

    fn divide_int(state) {
        let (left, right) = (state.b().int_bits(), state.c().int_bits());
        if right == 0 {
            return state.leave();
        }
        state.set_int(left.wrapping_div(right));
        state.next()
    }

    fn remainder_int(state) {
        let (left, right) = (state.b().int_bits(), state.c().int_bits());
        if right == 0 {
            return state.leave();
        }
        state.set_int(left.wrapping_rem(right));
        state.next()
    }

    fn negate_int(state) {
        state.set_int(state.b().int_bits().wrapping_neg());
        state.next()
    }

    fn bit_not(state) {
        state.set_int(!state.b().int_bits());
        state.next()
    }

    /// `fmod` is exact and slow; integers are not.
    fn remainder_number(state) {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let (left, right) = (state.b().number_bits(), state.c().number_bits());
        // Of a negative dividend the result may be -0.
        if !(0.0..EXACT).contains(&left) || !(1.0..EXACT).contains(&right) {
            return state.leave();
        }
        // SAFETY: both are in range.
        let (dividend, divisor): (i64, i64) = unsafe { (left.to_int_unchecked(), right.to_int_unchecked()) };
        if dividend as f64 != left || divisor as f64 != right || (left == 0.0 && left.is_sign_negative()) {
            return state.leave();
        }
        match (dividend as u64).checked_rem(divisor as u64) {
            Some(rest) => {
                state.set_number(rest as i64 as f64);
                state.next()
            }
            None => state.leave(),
        }
    }

    fn negate_number(state) {
        state.set_number(-state.b().number_bits());
        state.next()
    }

    fn multiply_add_number(state) {
        let addend = state.register(u16::from(state.instruction().n)).number_bits();
        state.set_number(addend + state.b().number_bits() * state.c().number_bits());
        state.next()
    }

    fn multiply_subtract_number(state) {
        let addend = state.register(u16::from(state.instruction().n)).number_bits();
        state.set_number(addend - state.b().number_bits() * state.c().number_bits());
        state.next()
    }

    fn square_root(state) {
        state.set_number(state.b().number_bits().sqrt());
        state.next()
    }

    fn absolute_number(state) {
        state.set_number(state.b().number_bits().abs());
        state.next()
    }

    fn not(state) {
        state.set(Value::boolean(state.b() == Value::FALSE));
        state.next()
    }

    fn equal(state) {
        match super::jumps::quickly_equal(state.b(), state.c()) {
            Some(equal) => {
                state.set(Value::boolean(equal));
                state.next()
            }
            None => state.leave(),
        }
    }
}
