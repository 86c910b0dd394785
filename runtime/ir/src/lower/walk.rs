//! Visits the typed tree in evaluation order.

use raya_check::typed::{
    Arguments, ArrayPart, Expression, ExpressionKind, ObjectPart, Statement, StatementKind,
};

/// Something that looks at every statement and expression of a body. Overridden methods decide whether to go deeper, by
/// calling [`walk_statement`] or [`walk_expression`].
pub(super) trait Visitor {
    fn statement(&mut self, statement: &Statement) {
        walk_statement(self, statement);
    }

    fn expression(&mut self, expression: &Expression) {
        walk_expression(self, expression);
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }
}

pub(super) fn walk_statement<V: Visitor + ?Sized>(visitor: &mut V, statement: &Statement) {
    match &statement.kind {
        StatementKind::Expression(value)
        | StatementKind::InitializeGlobal(_, value)
        | StatementKind::Throw(value)
        | StatementKind::Let(_, Some(value))
        | StatementKind::Return(Some(value)) => visitor.expression(value),
        StatementKind::Let(_, None)
        | StatementKind::Return(None)
        | StatementKind::Break(_)
        | StatementKind::Continue(_) => {}
        StatementKind::Block { body, .. } => visitor.statements(body),
        StatementKind::If(condition, then, otherwise) => {
            visitor.expression(condition);
            visitor.statements(then);
            visitor.statements(otherwise);
        }
        StatementKind::Loop(turns) => {
            if let (Some(condition), false) = (&turns.condition, turns.test_last) {
                visitor.expression(condition);
            }
            visitor.statements(&turns.body);
            if let Some(update) = &turns.update {
                visitor.expression(update);
            }
            if let (Some(condition), true) = (&turns.condition, turns.test_last) {
                visitor.expression(condition);
            }
        }
        StatementKind::ForOf(each) => {
            visitor.expression(&each.iterated);
            visitor.statements(&each.body);
        }
        StatementKind::Switch(switch) => {
            visitor.expression(&switch.scrutinee.1);
            for (test, body) in &switch.cases {
                if let Some(test) = test {
                    visitor.expression(test);
                }
                visitor.statements(body);
            }
        }
        StatementKind::Try { body, catch, finally } => {
            visitor.statements(body);
            if let Some((_, handler)) = catch {
                visitor.statements(handler);
            }
            if let Some(finally) = finally {
                visitor.statements(finally);
            }
        }
    }
}

pub(super) fn walk_expression<V: Visitor + ?Sized>(visitor: &mut V, expression: &Expression) {
    use ExpressionKind::*;
    match &expression.kind {
        Null
        | Absent
        | Boolean(_)
        | Int(_)
        | Number(_)
        | String(_)
        | RegularExpression(..)
        | Read(_)
        | IsAbsent(_)
        | Closure(_)
        | ClassValue(_)
        | NativeValue(_)
        | BuiltinValue(_) => {}
        Assign(_, operand)
        | Unary(_, operand)
        | Convert(_, operand)
        | TypeTest(operand, _)
        | Cast(operand, _)
        | GetProperty(operand, _)
        | Await(operand)
        | Start(operand) => visitor.expression(operand),
        Binary(_, left, right)
        | Logical(_, left, right)
        | GetElement(left, right)
        | SetProperty(left, _, right) => {
            visitor.expression(left);
            visitor.expression(right);
        }
        Conditional(first, second, third) | SetElement(first, second, third) => {
            visitor.expression(first);
            visitor.expression(second);
            visitor.expression(third);
        }
        Sequence(statements, value) => {
            visitor.statements(statements);
            visitor.expression(value);
        }
        Array { parts, .. } => {
            for ArrayPart::Element(value) | ArrayPart::Spread(value) in parts {
                visitor.expression(value);
            }
        }
        Object(parts) => walk_object(visitor, parts),
        CallFunction(_, arguments) | CallNative(_, arguments) | New(_, arguments) => {
            arguments.iter().for_each(|argument| visitor.expression(argument));
        }
        CallValue(callee, arguments) | CallMethod(callee, _, arguments) => {
            visitor.expression(callee);
            walk_arguments(visitor, arguments);
        }
        CallBuiltin(_, arguments) => walk_arguments(visitor, arguments),
    }
}

fn walk_object<V: Visitor + ?Sized>(visitor: &mut V, parts: &[ObjectPart]) {
    for part in parts {
        match part {
            ObjectPart::Property(_, value) | ObjectPart::Spread(value) => visitor.expression(value),
            ObjectPart::Computed(name, value) => {
                visitor.expression(name);
                visitor.expression(value);
            }
        }
    }
}

pub(super) fn walk_arguments<V: Visitor + ?Sized>(visitor: &mut V, arguments: &Arguments) {
    match arguments {
        Arguments::Fixed(arguments) => arguments.iter().for_each(|argument| visitor.expression(argument)),
        Arguments::Spread(array) => visitor.expression(array),
    }
}
