//! Conditions: straight to branches, without making booleans.

use raya_abi::Representation;
use raya_check::typed::{Conversion, Expression, ExpressionKind, LogicalOperator, UnaryOperator};

use super::fold;
use super::function::FunctionLowering;
use crate::instruction::{BinaryOperation, Condition, Constant};
use crate::program::BlockId;

impl FunctionLowering<'_, '_> {
    /// Goes on at `then` if a boolean expression is true.
    pub(super) fn condition(&mut self, condition: &Expression, then: BlockId, otherwise: BlockId) {
        match &condition.kind {
            ExpressionKind::Unary(UnaryOperator::Not, operand) => self.condition(operand, otherwise, then),
            ExpressionKind::Convert(Conversion::Truthiness, operand) => {
                self.truthiness(operand, then, otherwise)
            }
            ExpressionKind::Logical(LogicalOperator::And, left, right) => {
                let both = self.builder.block();
                self.truthiness(left, both, otherwise);
                self.builder.start(both);
                self.truthiness(right, then, otherwise);
            }
            ExpressionKind::Logical(LogicalOperator::Or, left, right) => {
                let second = self.builder.block();
                self.truthiness(left, then, second);
                self.builder.start(second);
                self.truthiness(right, then, otherwise);
            }
            ExpressionKind::Conditional(test, first, second) => {
                let (first_block, second_block) = (self.builder.block(), self.builder.block());
                self.condition(test, first_block, second_block);
                self.builder.start(first_block);
                self.truthiness(first, then, otherwise);
                self.builder.start(second_block);
                self.truthiness(second, then, otherwise);
            }
            ExpressionKind::Sequence(statements, value) => {
                self.statements(statements);
                self.truthiness(value, then, otherwise);
            }
            ExpressionKind::Binary(operator, left, right) => {
                let operation = fold::binary_operation(*operator);
                match operation.is_comparison() {
                    true => self.comparison(operation, left, right, condition, (then, otherwise)),
                    false => self.plain_condition(condition, then, otherwise),
                }
            }
            _ => self.plain_condition(condition, then, otherwise),
        }
    }

    fn plain_condition(&mut self, condition: &Expression, then: BlockId, otherwise: BlockId) {
        let value = self.value(condition);
        self.truthiness_of(value, then, otherwise, condition.span);
    }

    /// Goes on at `then` if an expression of any representation is truthy.
    pub(super) fn truthiness(&mut self, expression: &Expression, then: BlockId, otherwise: BlockId) {
        let splits = matches!(
            expression.kind,
            ExpressionKind::Logical(LogicalOperator::And | LogicalOperator::Or, ..)
        );
        let forgets = matches!(expression.kind, ExpressionKind::Convert(Conversion::Forget, _));
        match &expression.kind {
            _ if splits || expression.representation == Representation::Boolean => {
                self.condition(expression, then, otherwise)
            }
            ExpressionKind::Convert(_, operand) if forgets => self.truthiness(operand, then, otherwise),
            _ => self.plain_condition(expression, then, otherwise),
        }
    }

    fn comparison(
        &mut self,
        operation: BinaryOperation,
        left: &Expression,
        right: &Expression,
        whole: &Expression,
        (then, otherwise): (BlockId, BlockId),
    ) {
        let span = whole.span;
        if operation == BinaryOperation::Equal {
            let (left_null, right_null) = (is_null(left), is_null(right));
            if left_null || right_null {
                let operand = if right_null { left } else { right };
                let value = self.value_as(operand, Representation::Any);
                return match self.builder.constant_of(value) {
                    Some(constant) => {
                        let known = *constant == Constant::Null;
                        self.builder.jump(if known { then } else { otherwise }, span);
                    }
                    None => self.builder.branch(Condition::Null(value), then, otherwise, span),
                };
            }
        }
        let wanted = operation.operands();
        let values = self.values(&[(left, wanted), (right, wanted)]);
        let (left, right) = (values[0], values[1]);
        if let (Some(left), Some(right)) = (self.builder.constant_of(left), self.builder.constant_of(right))
            && let Some(Constant::Boolean(known)) = fold::binary(operation, left, right)
        {
            return self.builder.jump(if known { then } else { otherwise }, span);
        }
        self.builder.branch(Condition::Compare(operation, left, right), then, otherwise, span);
    }
}

fn is_null(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Null => true,
        ExpressionKind::Convert(Conversion::Forget, operand) => is_null(operand),
        _ => false,
    }
}
