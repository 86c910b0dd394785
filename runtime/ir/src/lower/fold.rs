//! Arithmetic on constants, exactly as a running program does it.

use raya_abi::Representation;
use raya_check::typed::{BinaryOperator, Conversion, Expression, ExpressionKind, UnaryOperator};

use crate::instruction::{BinaryOperation, Constant, UnaryOperation};

/// The constant an expression is, if it is a literal, possibly converted or negated.
pub(super) fn literal(expression: &Expression) -> Option<Constant> {
    let constant = match &expression.kind {
        ExpressionKind::Null => Constant::Null,
        ExpressionKind::Boolean(value) => Constant::Boolean(*value),
        ExpressionKind::Int(value) => Constant::Int(*value),
        ExpressionKind::Number(value) => Constant::Number(*value),
        ExpressionKind::String(value) => Constant::String(value.clone()),
        ExpressionKind::Unary(operator, operand) => unary(unary_operation(*operator), &literal(operand)?)?,
        ExpressionKind::Convert(Conversion::IntToNumber, operand) => {
            unary(UnaryOperation::IntToNumber, &literal(operand)?)?
        }
        ExpressionKind::Convert(Conversion::Forget, operand) => literal(operand)?,
        _ => return None,
    };
    let fits = expression.representation == Representation::Any
        || expression.representation == constant.representation();
    fits.then_some(constant)
}

/// The operation of an operator.
pub(super) fn unary_operation(operator: UnaryOperator) -> UnaryOperation {
    match operator {
        UnaryOperator::NegateInt => UnaryOperation::NegateInt,
        UnaryOperator::NegateNumber => UnaryOperation::NegateNumber,
        UnaryOperator::Not => UnaryOperation::Not,
        UnaryOperator::BitNot => UnaryOperation::BitNot,
        UnaryOperator::TypeOf => UnaryOperation::TypeOf,
    }
}

/// The operation of an operator.
pub(super) fn binary_operation(operator: BinaryOperator) -> BinaryOperation {
    macro_rules! same {
        ($($name:ident)+) => { match operator { $(BinaryOperator::$name => BinaryOperation::$name),+ } };
    }
    same! {
        AddInt SubtractInt MultiplyInt DivideInt RemainderInt PowerInt AddNumber SubtractNumber MultiplyNumber DivideNumber
        RemainderNumber PowerNumber BitAnd BitOr BitXor ShiftLeft ShiftRight ShiftRightUnsigned Concatenate EqualInt
        EqualNumber Equal LessInt LessEqualInt LessNumber LessEqualNumber LessString LessEqualString
    }
}

/// The result of an operation on a constant, where it is known here.
pub(super) fn unary(operation: UnaryOperation, operand: &Constant) -> Option<Constant> {
    use UnaryOperation::*;
    Some(match (operation, operand) {
        (NegateInt, Constant::Int(value)) => Constant::Int(value.wrapping_neg()),
        (NegateNumber, Constant::Number(value)) => number(-value),
        (Not, Constant::Boolean(value)) => Constant::Boolean(!value),
        (BitNot, Constant::Int(value)) => Constant::Int(!value),
        (IntToNumber, Constant::Int(value)) => Constant::Number(f64::from(*value)),
        (SquareRoot, Constant::Number(value)) => number(value.sqrt()),
        (AbsoluteNumber, Constant::Number(value)) => number(value.abs()),
        (FloorNumber, Constant::Number(value)) => number(value.floor()),
        (IsAbsent, constant) => Constant::Boolean(*constant == Constant::Absent),
        (Truthiness, constant) => Constant::Boolean(truthy(constant)),
        _ => return None,
    })
}

/// The result of an operation on constants, where it is known here and cannot throw.
pub(super) fn binary(operation: BinaryOperation, left: &Constant, right: &Constant) -> Option<Constant> {
    match (left, right) {
        (Constant::Int(left), Constant::Int(right)) => ints(operation, *left, *right),
        (Constant::Number(left), Constant::Number(right)) => numbers(operation, *left, *right),
        (Constant::String(left), Constant::String(right)) => match operation {
            BinaryOperation::Concatenate => Some(Constant::String(format!("{left}{right}").into())),
            BinaryOperation::Equal => Some(Constant::Boolean(left == right)),
            _ => None,
        },
        _ => None,
    }
}

fn ints(operation: BinaryOperation, left: i32, right: i32) -> Option<Constant> {
    use BinaryOperation::*;
    Some(match operation {
        AddInt => Constant::Int(left.wrapping_add(right)),
        SubtractInt => Constant::Int(left.wrapping_sub(right)),
        MultiplyInt => Constant::Int(left.wrapping_mul(right)),
        DivideInt if right != 0 => Constant::Int(left.wrapping_div(right)),
        RemainderInt if right != 0 => Constant::Int(left.wrapping_rem(right)),
        BitAnd => Constant::Int(left & right),
        BitOr => Constant::Int(left | right),
        BitXor => Constant::Int(left ^ right),
        ShiftLeft => Constant::Int(left.wrapping_shl(right as u32)),
        ShiftRight => Constant::Int(left.wrapping_shr(right as u32)),
        ShiftRightUnsigned => Constant::Int((left as u32).wrapping_shr(right as u32) as i32),
        EqualInt | Equal => Constant::Boolean(left == right),
        LessInt => Constant::Boolean(left < right),
        LessEqualInt => Constant::Boolean(left <= right),
        _ => return None,
    })
}

fn numbers(operation: BinaryOperation, left: f64, right: f64) -> Option<Constant> {
    use BinaryOperation::*;
    Some(match operation {
        AddNumber => number(left + right),
        SubtractNumber => number(left - right),
        MultiplyNumber => number(left * right),
        DivideNumber => number(left / right),
        EqualNumber | Equal => Constant::Boolean(left == right),
        LessNumber => Constant::Boolean(left < right),
        LessEqualNumber => Constant::Boolean(left <= right),
        _ => return None,
    })
}

/// A number; a NaN is canonical, as in a running program.
fn number(value: f64) -> Constant {
    Constant::Number(if value.is_nan() { f64::NAN } else { value })
}

fn truthy(constant: &Constant) -> bool {
    match constant {
        Constant::Null | Constant::Absent => false,
        Constant::Boolean(value) => *value,
        Constant::Int(value) => *value != 0,
        Constant::Number(value) => *value != 0.0 && !value.is_nan(),
        Constant::String(value) => !value.is_empty(),
    }
}

/// The text of a constant in a template string, where it is simple.
pub(super) fn text(constant: &Constant) -> Option<Constant> {
    Some(Constant::String(match constant {
        Constant::String(value) => value.clone(),
        Constant::Int(value) => value.to_string().into(),
        Constant::Boolean(value) => value.to_string().into(),
        Constant::Null => "null".into(),
        Constant::Number(_) | Constant::Absent => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int_arithmetic_wraps_and_division_by_zero_is_left_to_run() {
        let min = Constant::Int(i32::MIN);
        let minus_one = Constant::Int(-1);
        assert_eq!(binary(BinaryOperation::DivideInt, &min, &minus_one), Some(min.clone()));
        assert_eq!(binary(BinaryOperation::RemainderInt, &min, &minus_one), Some(Constant::Int(0)));
        assert_eq!(binary(BinaryOperation::AddInt, &min, &minus_one), Some(Constant::Int(i32::MAX)));
        assert_eq!(binary(BinaryOperation::DivideInt, &min, &Constant::Int(0)), None);
        assert_eq!(
            binary(BinaryOperation::ShiftLeft, &Constant::Int(1), &Constant::Int(33)),
            Some(Constant::Int(2))
        );
        assert_eq!(
            binary(BinaryOperation::ShiftRightUnsigned, &minus_one, &Constant::Int(28)),
            Some(Constant::Int(15))
        );
    }

    #[test]
    fn nan_is_equal_to_nothing_and_falsy() {
        let nan = Constant::Number(f64::NAN);
        assert_eq!(binary(BinaryOperation::EqualNumber, &nan, &nan), Some(Constant::Boolean(false)));
        assert_eq!(unary(UnaryOperation::Truthiness, &nan), Some(Constant::Boolean(false)));
    }
}
