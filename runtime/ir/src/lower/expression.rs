//! Expressions: what they compute, and where to.

use raya_abi::Representation;
use raya_check::typed::{
    Conversion, Expression, ExpressionKind, LogicalOperator, Statement, StatementKind, Variable,
};
use raya_source::Span;

use super::fold;
use super::function::FunctionLowering;
use super::place::Place;
use super::walk::{Visitor, walk_expression};
use crate::instruction::{BinaryOperation, Condition, Constant, Operation, UnaryOperation};
use crate::program::{BlockId, Register};

/// Where a value is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Destination {
    /// The register.
    pub(super) register: Register,
    /// Nothing reads the register before it has its final value, so that it may be written in steps.
    pub(super) exclusive: bool,
}

impl FunctionLowering<'_, '_> {
    /// The value of an expression, in any register of its representation.
    pub(super) fn value(&mut self, expression: &Expression) -> Register {
        self.lower(expression, None)
    }

    /// The value of an expression in a representation.
    pub(super) fn value_as(&mut self, expression: &Expression, wanted: Representation) -> Register {
        // What is only forgotten to be checked again needs neither.
        if let ExpressionKind::Convert(Conversion::Forget, operand) = &expression.kind
            && operand.representation == wanted
        {
            return self.value(operand);
        }
        let value = self.lower(expression, None);
        self.adapt(value, wanted, None, expression.span)
    }

    /// The values of several expressions, each as wanted, evaluated in order: a variable that a later one assigns is copied.
    pub(super) fn values(&mut self, expressions: &[(&Expression, Representation)]) -> Vec<Register> {
        let mut assigned_after = vec![false; expressions.len()];
        let mut assigned = false;
        for (index, (expression, _)) in expressions.iter().enumerate().rev() {
            assigned_after[index] = assigned;
            assigned = assigned || assigns(expression);
        }
        let mut registers = vec![];
        for ((expression, wanted), assigned_after) in expressions.iter().zip(assigned_after) {
            let value = self.value_as(expression, *wanted);
            registers.push(if assigned_after { self.own_copy(value, expression.span) } else { value });
        }
        registers
    }

    fn pair(
        &mut self,
        left: &Expression,
        right: &Expression,
        wanted: (Representation, Representation),
    ) -> (Register, Register) {
        let values = self.values(&[(left, wanted.0), (right, wanted.1)]);
        (values[0], values[1])
    }

    /// Lowers an expression; into the destination, if there is one.
    pub(super) fn lower(&mut self, expression: &Expression, to: Option<Destination>) -> Register {
        use ExpressionKind::*;
        let span = expression.span;
        match &expression.kind {
            Null => self.literal(Constant::Null, to, span),
            Absent => self.literal(Constant::Absent, to, span),
            Boolean(value) => self.literal(Constant::Boolean(*value), to, span),
            Int(value) => self.literal(Constant::Int(*value), to, span),
            Number(value) => self.literal(Constant::Number(*value), to, span),
            String(value) => self.literal(Constant::String(value.clone()), to, span),
            Read(variable) => {
                let value = self.read(*variable, span);
                self.deliver(value, expression.representation, to, span)
            }
            IsAbsent(local) => self.is_absent(*local, to, span),
            Assign(variable, value) => self.assign(*variable, value, expression, to),
            Unary(operator, operand) => self.unary(fold::unary_operation(*operator), operand, expression, to),
            Binary(operator, left, right) => {
                self.binary(fold::binary_operation(*operator), left, right, expression, to)
            }
            Logical(operator, left, right) => self.logical(*operator, left, right, expression, to),
            Conditional(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise, expression, to)
            }
            Sequence(statements, value) => {
                self.statements(statements);
                self.lower(value, to)
            }
            Convert(conversion, operand) => self.convert(*conversion, operand, expression, to),
            CallFunction(..) | CallValue(..) | CallMethod(..) | CallBuiltin(..) | CallNative(..)
            | New(..) | Await(_) | Start(_) => self.call(expression, to),
            _ => self.aggregate(expression, to),
        }
    }

    /// Brings a value to its destination, in the destination's representation; without one, in the wanted representation.
    pub(super) fn deliver(
        &mut self,
        value: Register,
        wanted: Representation,
        to: Option<Destination>,
        span: Span,
    ) -> Register {
        match to {
            Some(to) => {
                let representation = self.builder.representation(to.register);
                self.adapt(value, representation, Some(to.register), span)
            }
            None => self.adapt(value, wanted, None, span),
        }
    }

    /// An operation whose result has this representation, or is checked against the one wanted (`checked`).
    pub(super) fn operate(
        &mut self,
        operation: Operation,
        natural: Representation,
        expression: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let span = expression.span;
        match to {
            Some(to) if self.builder.representation(to.register) == natural => {
                self.builder.push(Some(to.register), operation, span);
                to.register
            }
            _ => {
                let value = self.builder.emit(natural, operation, span);
                self.deliver(value, expression.representation, to, span)
            }
        }
    }

    pub(super) fn literal(&mut self, constant: Constant, to: Option<Destination>, span: Span) -> Register {
        let value = self.builder.constant(constant, span);
        match to {
            Some(_) => self.deliver(value, Representation::Any, to, span),
            None => value,
        }
    }

    fn is_absent(
        &mut self,
        local: raya_check::typed::LocalId,
        to: Option<Destination>,
        span: Span,
    ) -> Register {
        let value = match self.place(Variable::Local(local), span) {
            Place::Register(register) => register,
            _ => self.read(Variable::Local(local), span),
        };
        let value = self.adapt(value, Representation::Any, None, span);
        let result = self.builder.emit(
            Representation::Boolean,
            Operation::Unary(UnaryOperation::IsAbsent, value),
            span,
        );
        self.deliver(result, Representation::Boolean, to, span)
    }

    fn assign(
        &mut self,
        variable: Variable,
        value: &Expression,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let own = match variable {
            Variable::Global(global) => self.private_globals.get(&global).copied(),
            _ => match self.place(variable, whole.span) {
                Place::Register(register) => Some(register),
                _ => None,
            },
        };
        let written = match own {
            Some(register) => self.lower(value, Some(Destination { register, exclusive: false })),
            None => {
                let value = self.value(value);
                self.write(variable, value, whole.span);
                value
            }
        };
        match to {
            Some(_) => self.deliver(written, whole.representation, to, whole.span),
            None => self.adapt(written, whole.representation, None, whole.span),
        }
    }

    fn unary(
        &mut self,
        operation: UnaryOperation,
        operand: &Expression,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let (wanted, result) = unary_types(operation);
        let value = self.value_as(operand, wanted);
        if let Some(folded) =
            self.builder.constant_of(value).and_then(|constant| fold::unary(operation, constant))
        {
            return self.literal_as(folded, whole, to);
        }
        self.operate(Operation::Unary(operation, value), result, whole, to)
    }

    fn binary(
        &mut self,
        operation: BinaryOperation,
        left: &Expression,
        right: &Expression,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let wanted = operation.operands();
        let (left, right) = self.pair(left, right, (wanted, wanted));
        if let (Some(left), Some(right)) = (self.builder.constant_of(left), self.builder.constant_of(right))
            && let Some(folded) = fold::binary(operation, left, right)
        {
            return self.literal_as(folded, whole, to);
        }
        self.operate(Operation::Binary(operation, left, right), operation.result(), whole, to)
    }

    /// A constant in the representation of the expression it is the value of.
    fn literal_as(&mut self, constant: Constant, whole: &Expression, to: Option<Destination>) -> Register {
        let value = self.builder.constant(constant, whole.span);
        self.deliver(value, whole.representation, to, whole.span)
    }

    /// A register for a value that is made in steps.
    fn stepwise(&mut self, representation: Representation, to: Option<Destination>) -> Register {
        match to {
            Some(to) if to.exclusive && self.builder.representation(to.register) == representation => {
                to.register
            }
            _ => self.builder.register(representation),
        }
    }

    fn logical(
        &mut self,
        operator: LogicalOperator,
        left: &Expression,
        right: &Expression,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let span = whole.span;
        let result = self.stepwise(whole.representation, to);
        let (evaluate, after) = (self.builder.block(), self.builder.block());
        self.lower(left, Some(Destination { register: result, exclusive: true }));
        match operator {
            LogicalOperator::And => self.truthiness_of(result, evaluate, after, span),
            LogicalOperator::Or => self.truthiness_of(result, after, evaluate, span),
            LogicalOperator::Coalesce if whole.representation == Representation::Any => {
                self.builder.branch(Condition::Null(result), evaluate, after, span);
            }
            LogicalOperator::Coalesce => self.builder.jump(after, span),
        }
        self.builder.start(evaluate);
        self.lower(right, Some(Destination { register: result, exclusive: true }));
        self.builder.start(after);
        self.deliver(result, whole.representation, to, span)
    }

    fn conditional(
        &mut self,
        condition: &Expression,
        then: &Expression,
        otherwise: &Expression,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        if let Some(tested) = self.never_holds(condition) {
            self.effect(tested);
            let value = self.lower(otherwise, to);
            return if to.is_some() {
                value
            } else {
                self.adapt(value, whole.representation, None, whole.span)
            };
        }
        // Each arm writes the register last, so that the destination of an assignment will do.
        let (result, exclusive) = match to {
            Some(to) if self.builder.representation(to.register) == whole.representation => {
                (to.register, to.exclusive)
            }
            _ => (self.builder.register(whole.representation), true),
        };
        let (then_block, otherwise_block, after) =
            (self.builder.block(), self.builder.block(), self.builder.block());
        self.condition(condition, then_block, otherwise_block);
        self.builder.start(then_block);
        self.lower(then, Some(Destination { register: result, exclusive }));
        self.builder.jump(after, whole.span);
        self.builder.start(otherwise_block);
        self.lower(otherwise, Some(Destination { register: result, exclusive }));
        self.builder.start(after);
        self.deliver(result, whole.representation, to, whole.span)
    }

    fn convert(
        &mut self,
        conversion: Conversion,
        operand: &Expression,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let span = whole.span;
        match conversion {
            Conversion::IntToNumber => self.unary(UnaryOperation::IntToNumber, operand, whole, to),
            Conversion::Truthiness => self.boolean(operand, whole, to),
            Conversion::Text => {
                let value = self.value(operand);
                if let Some(text) = self.builder.constant_of(value).and_then(fold::text) {
                    return self.literal_as(text, whole, to);
                }
                let value = self.adapt(value, Representation::Any, None, span);
                self.operate(Operation::Text(value), Representation::Reference, whole, to)
            }
            Conversion::Forget | Conversion::Check => {
                if self.can_check(operand) {
                    return self.checked(operand, whole.representation, to);
                }
                let value = self.value(operand);
                self.deliver(value, whole.representation, to, span)
            }
        }
    }

    /// Whether an expression is an operation that checks its result against the representation of the target.
    fn can_check(&self, expression: &Expression) -> bool {
        use ExpressionKind::*;
        let checks = matches!(
            expression.kind,
            GetProperty(..)
                | GetElement(..)
                | CallValue(..)
                | CallMethod(..)
                | CallBuiltin(..)
                | CallNative(..)
                | Await(_)
        );
        checks && expression.representation == Representation::Any
    }

    /// Such an operation, with a representation other than the expression's own.
    fn checked(
        &mut self,
        expression: &Expression,
        wanted: Representation,
        to: Option<Destination>,
    ) -> Register {
        let to =
            to.unwrap_or_else(|| Destination { register: self.builder.register(wanted), exclusive: true });
        self.wanted = Some(wanted);
        match &expression.kind {
            ExpressionKind::GetProperty(..) | ExpressionKind::GetElement(..) => {
                self.aggregate(expression, Some(to))
            }
            _ => self.call(expression, Some(to)),
        }
    }

    /// The representation to check the result of `expression` against; asked once, before its operands are lowered.
    pub(super) fn take_wanted(&mut self, expression: &Expression) -> Representation {
        self.wanted.take().unwrap_or(expression.representation)
    }

    /// Whether a value is truthy, as a boolean.
    fn boolean(&mut self, operand: &Expression, whole: &Expression, to: Option<Destination>) -> Register {
        if operand.representation == Representation::Boolean {
            return self.lower(operand, to);
        }
        self.unary(UnaryOperation::Truthiness, operand, whole, to)
    }

    /// Goes on at `then` if a register's value is truthy.
    pub(super) fn truthiness_of(&mut self, value: Register, then: BlockId, otherwise: BlockId, span: Span) {
        if let Some(Constant::Boolean(known)) = self
            .builder
            .constant_of(value)
            .and_then(|constant| fold::unary(UnaryOperation::Truthiness, constant))
        {
            return self.builder.jump(if known { then } else { otherwise }, span);
        }
        match self.builder.representation(value) {
            Representation::Boolean => self.builder.branch(Condition::True(value), then, otherwise, span),
            Representation::Int => {
                let zero = self.builder.constant(Constant::Int(0), span);
                self.builder.branch(
                    Condition::Compare(BinaryOperation::EqualInt, value, zero),
                    otherwise,
                    then,
                    span,
                );
            }
            _ => {
                let value = self.adapt(value, Representation::Any, None, span);
                let truth = self.builder.emit(
                    Representation::Boolean,
                    Operation::Unary(UnaryOperation::Truthiness, value),
                    span,
                );
                self.builder.branch(Condition::True(truth), then, otherwise, span);
            }
        }
    }
}

fn unary_types(operation: UnaryOperation) -> (Representation, Representation) {
    use Representation::{Any, Boolean, Int, Number, Reference};
    match operation {
        UnaryOperation::NegateInt | UnaryOperation::BitNot => (Int, Int),
        UnaryOperation::NegateNumber
        | UnaryOperation::SquareRoot
        | UnaryOperation::AbsoluteNumber
        | UnaryOperation::FloorNumber => (Number, Number),
        UnaryOperation::Not => (Boolean, Boolean),
        UnaryOperation::TypeOf => (Any, Reference),
        UnaryOperation::IntToNumber => (Int, Number),
        UnaryOperation::Truthiness | UnaryOperation::IsAbsent => (Any, Boolean),
    }
}

/// Whether evaluating an expression may assign a variable.
fn assigns(expression: &Expression) -> bool {
    struct Assigns(bool);
    impl Visitor for Assigns {
        fn statement(&mut self, statement: &Statement) {
            if matches!(statement.kind, StatementKind::InitializeGlobal(..)) {
                self.0 = true;
            }
            if !self.0 {
                super::walk::walk_statement(self, statement);
            }
        }

        fn expression(&mut self, expression: &Expression) {
            match &expression.kind {
                ExpressionKind::Assign(..) => self.0 = true,
                // Lowered in place, its body may assign what it would have captured.
                ExpressionKind::CallValue(callee, _) if matches!(callee.kind, ExpressionKind::Closure(_)) => {
                    self.0 = true
                }
                _ => {}
            }
            if !self.0 {
                walk_expression(self, expression);
            }
        }
    }
    let mut assigns = Assigns(false);
    assigns.expression(expression);
    assigns.0
}
