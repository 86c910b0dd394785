//! `Math`.

use super::Outcome;
use crate::convert::power;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

/// Functions of one number.
macro_rules! functions_of_one {
    ($($function:ident => $compute:expr;)+) => {
        $(fn $function(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
            let compute: fn(f64) -> f64 = $compute;
            Ok(Value::number(compute(vm.number_argument(arguments, 0)?)))
        })+
    };
}

builtins! {
    "Math.abs" = "raya_builtin_Math_abs" => abs;
    "Math.max" = "raya_builtin_Math_max" => max;
    "Math.min" = "raya_builtin_Math_min" => min;
    "Math.sign" = "raya_builtin_Math_sign" => sign;
    "Math.floor" = "raya_builtin_Math_floor" => floor;
    "Math.ceil" = "raya_builtin_Math_ceil" => ceil;
    "Math.round" = "raya_builtin_Math_round" => round;
    "Math.trunc" = "raya_builtin_Math_trunc" => trunc;
    "Math.fround" = "raya_builtin_Math_fround" => fround;
    "Math.sqrt" = "raya_builtin_Math_sqrt" => sqrt;
    "Math.cbrt" = "raya_builtin_Math_cbrt" => cbrt;
    "Math.pow" = "raya_builtin_Math_pow" => pow;
    "Math.exp" = "raya_builtin_Math_exp" => exp;
    "Math.expm1" = "raya_builtin_Math_expm1" => expm1;
    "Math.log" = "raya_builtin_Math_log" => log;
    "Math.log1p" = "raya_builtin_Math_log1p" => log1p;
    "Math.log2" = "raya_builtin_Math_log2" => log2;
    "Math.log10" = "raya_builtin_Math_log10" => log10;
    "Math.sin" = "raya_builtin_Math_sin" => sin;
    "Math.cos" = "raya_builtin_Math_cos" => cos;
    "Math.tan" = "raya_builtin_Math_tan" => tan;
    "Math.asin" = "raya_builtin_Math_asin" => asin;
    "Math.acos" = "raya_builtin_Math_acos" => acos;
    "Math.atan" = "raya_builtin_Math_atan" => atan;
    "Math.atan2" = "raya_builtin_Math_atan2" => atan2;
    "Math.sinh" = "raya_builtin_Math_sinh" => sinh;
    "Math.cosh" = "raya_builtin_Math_cosh" => cosh;
    "Math.tanh" = "raya_builtin_Math_tanh" => tanh;
    "Math.asinh" = "raya_builtin_Math_asinh" => asinh;
    "Math.acosh" = "raya_builtin_Math_acosh" => acosh;
    "Math.atanh" = "raya_builtin_Math_atanh" => atanh;
    "Math.hypot" = "raya_builtin_Math_hypot" => hypot;
    "Math.random" = "raya_builtin_Math_random" => random;
    "Math.imul" = "raya_builtin_Math_imul" => imul;
    "Math.clz32" = "raya_builtin_Math_clz32" => clz32;
}

functions_of_one! {
    floor => f64::floor;
    ceil => f64::ceil;
    // Halves go up, and -0.5 to -0.
    round => |value| if value.fract() == -0.5 { value.ceil() } else { value.round() };
    trunc => f64::trunc;
    fround => |value| f64::from(value as f32);
    sqrt => f64::sqrt;
    cbrt => f64::cbrt;
    exp => f64::exp;
    expm1 => f64::exp_m1;
    log => f64::ln;
    log1p => f64::ln_1p;
    log2 => f64::log2;
    log10 => f64::log10;
    sin => f64::sin;
    cos => f64::cos;
    tan => f64::tan;
    asin => f64::asin;
    acos => f64::acos;
    atan => f64::atan;
    sinh => f64::sinh;
    cosh => f64::cosh;
    tanh => f64::tanh;
    asinh => |value| if value == 0.0 { value } else { value.asinh() };
    acosh => f64::acosh;
    atanh => f64::atanh;
}

fn abs(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(match arguments.get(0).as_int() {
        Some(int) => Value::int(int.wrapping_abs()),
        None => Value::number(vm.number_argument(arguments, 0)?.abs()),
    })
}

fn sign(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    if let Some(int) = arguments.get(0).as_int() {
        return Ok(Value::int(int.signum()));
    }
    let number = vm.number_argument(arguments, 0)?;
    Ok(Value::number(if number == 0.0 || number.is_nan() { number } else { number.signum() }))
}

/// The argument that `better` prefers to all others; ints give an int.
fn extreme(vm: &mut Vm, arguments: Arguments<'_>, empty: f64, better: fn(f64, f64) -> bool) -> Outcome {
    let mut all_ints = arguments.count() > 0;
    let mut best = empty;
    for index in 0..arguments.count() {
        all_ints &= arguments.get(index).is_int();
        let number = vm.number_argument(arguments, index)?;
        if number.is_nan() || best.is_nan() {
            best = f64::NAN;
        } else if better(number, best) {
            best = number;
        }
    }
    Ok(if all_ints { Value::int(best as i32) } else { Value::number(best) })
}

fn max(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let better = |new: f64, old: f64| new > old || (new == old && new == 0.0 && old.is_sign_negative());
    extreme(vm, arguments, f64::NEG_INFINITY, better)
}

fn min(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let better = |new: f64, old: f64| new < old || (new == old && new == 0.0 && new.is_sign_negative());
    extreme(vm, arguments, f64::INFINITY, better)
}

fn pow(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let (base, exponent) = (vm.number_argument(arguments, 0)?, vm.number_argument(arguments, 1)?);
    Ok(Value::number(power(base, exponent)))
}

fn atan2(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let (y, x) = (vm.number_argument(arguments, 0)?, vm.number_argument(arguments, 1)?);
    Ok(Value::number(y.atan2(x)))
}

fn hypot(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mut sum = 0.0_f64;
    for index in 0..arguments.count() {
        sum = sum.hypot(vm.number_argument(arguments, index)?);
    }
    Ok(Value::number(sum))
}

/// xorshift128+, seeded from the clock and an address when it is first used.
fn random(vm: &mut Vm, _: Arguments<'_>) -> Outcome {
    let address = core::ptr::from_ref(vm).addr() as u64;
    let state = vm.random.get_or_insert_with(|| {
        let clock = crate::world::clock::nanoseconds();
        [clock.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, address.rotate_left(32) ^ clock]
    });
    let [mut first, second] = *state;
    first ^= first << 23;
    first ^= first >> 17 ^ second ^ second >> 26;
    *state = [second, first];
    Ok(Value::number((first.wrapping_add(second) >> 11) as f64 / (1_u64 << 53) as f64))
}

fn imul(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let (left, right) = (vm.int_argument(arguments, 0)?, vm.int_argument(arguments, 1)?);
    Ok(Value::int(left.wrapping_mul(right)))
}

fn clz32(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::int(vm.int_argument(arguments, 0)?.leading_zeros() as i32))
}
