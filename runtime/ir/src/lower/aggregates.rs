//! Arrays, objects, properties, elements, closures and other values that are made.

use std::collections::BTreeSet;
use std::rc::Rc;

use raya_abi::Representation;
use raya_check::typed::{self, ArrayPart, Expression, ExpressionKind, ObjectPart};

use super::expression::Destination;
use super::function::FunctionLowering;
use super::place::CaptureKind;
use crate::instruction::{Callee, Constant, Operation};
use crate::program::Register;

/// Elements and properties that a literal starts with; what follows is added one by one, so that a long literal does not
/// need as many registers.
const LITERAL_PARTS_MAX: usize = 64;

use super::NEW_REGULAR_EXPRESSION;

impl FunctionLowering<'_, '_> {
    /// Lowers an expression that makes or looks into something on the heap.
    pub(super) fn aggregate(&mut self, expression: &Expression, to: Option<Destination>) -> Register {
        use ExpressionKind::*;
        use Representation::{Any, Boolean, Int, Reference};
        let span = expression.span;
        let wanted = self.take_wanted(expression);
        match &expression.kind {
            TypeTest(value, kind) => {
                let value = self.value_as(value, Any);
                let kind = self.unit.runtime_type(*kind);
                self.operate(Operation::TestType(value, kind), Boolean, expression, to)
            }
            Cast(value, kind) => {
                let value = self.value_as(value, Any);
                let kind = self.unit.runtime_type(*kind);
                self.operate(Operation::Cast(value, kind), Any, expression, to)
            }
            GetProperty(object, name) => {
                let object = self.value_as(object, Any);
                self.unit.name(name);
                self.operate(Operation::GetProperty(object, name.clone()), wanted, expression, to)
            }
            SetProperty(object, name, value) => {
                let values = self.values(&[(object, Any), (value, value.representation)]);
                self.unit.name(name);
                let stored = self.adapt(values[1], Any, None, span);
                self.builder.push(None, Operation::SetProperty(values[0], name.clone(), stored), span);
                self.deliver(values[1], expression.representation, to, span)
            }
            GetElement(array, index) => {
                let values = self.values(&[(array, Reference), (index, Int)]);
                self.operate(Operation::GetElement(values[0], values[1]), wanted, expression, to)
            }
            SetElement(array, index, value) => {
                let values = self.values(&[(array, Reference), (index, Int), (value, value.representation)]);
                let stored = self.adapt(values[2], Any, None, span);
                self.builder.push(None, Operation::SetElement(values[0], values[1], stored), span);
                self.deliver(values[2], expression.representation, to, span)
            }
            Array { element, parts } => {
                let array = self.array(*element, parts, expression);
                self.deliver(array, expression.representation, to, span)
            }
            Object(parts) => {
                let object = self.object(parts, expression);
                self.deliver(object, expression.representation, to, span)
            }
            Closure(id) => self.closure(*id, expression, to),
            ClassValue(class) => {
                let class = self.unit.instantiate(*class);
                self.operate(Operation::LoadClass(class), Reference, expression, to)
            }
            NativeValue(native) => {
                let native = self.unit.native(*native);
                self.operate(Operation::LoadNative(native), Reference, expression, to)
            }
            BuiltinValue(name) => {
                self.unit.builtin(name);
                self.operate(Operation::LoadBuiltin(name.clone()), Reference, expression, to)
            }
            RegularExpression(pattern, flags) => self.regular_expression(pattern, flags, expression, to),
            _ => {
                self.unit.contradiction(span, "an expression was lowered as what it is not");
                self.literal(Constant::Null, to, span)
            }
        }
    }

    fn regular_expression(
        &mut self,
        pattern: &Rc<str>,
        flags: &Rc<str>,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let pattern = self.builder.constant(Constant::String(pattern.clone()), whole.span);
        let flags = self.builder.constant(Constant::String(flags.clone()), whole.span);
        let name = Rc::<str>::from(NEW_REGULAR_EXPRESSION);
        self.unit.builtin(&name);
        let arguments =
            [pattern, flags].map(|text| self.adapt(text, Representation::Any, None, whole.span)).to_vec();
        self.operate(Operation::Call(Callee::Builtin(name), arguments), Representation::Reference, whole, to)
    }

    fn array(&mut self, element: Representation, parts: &[ArrayPart], whole: &Expression) -> Register {
        let leading = parts.iter().take(LITERAL_PARTS_MAX).map_while(|part| match part {
            ArrayPart::Element(value) => Some((value, element)),
            ArrayPart::Spread(_) => None,
        });
        let leading = leading.collect::<Vec<_>>();
        let values = self.values(&leading);
        let array =
            self.builder.emit(Representation::Reference, Operation::NewArray(element, values), whole.span);
        for part in &parts[leading.len()..] {
            match part {
                ArrayPart::Element(value) => {
                    let stored = self.value_as(value, element);
                    let stored = self.adapt(stored, Representation::Any, None, value.span);
                    self.builder.push(None, Operation::ArrayPush(array, stored), value.span);
                }
                ArrayPart::Spread(value) => {
                    let elements = self.value_as(value, Representation::Any);
                    self.builder.push(None, Operation::ArrayAppend(array, elements), value.span);
                }
            }
        }
        array
    }

    fn object(&mut self, parts: &[ObjectPart], whole: &Expression) -> Register {
        let mut names = BTreeSet::new();
        let leading = parts.iter().take(LITERAL_PARTS_MAX).map_while(|part| match part {
            ObjectPart::Property(name, value) if names.insert(name.clone()) => Some((name.clone(), value)),
            _ => None,
        });
        let leading = leading.collect::<Vec<_>>();
        let wanted = leading.iter().map(|(_, value)| (*value, Representation::Any)).collect::<Vec<_>>();
        let values = self.values(&wanted);
        let rest = &parts[leading.len()..];
        let properties = leading.into_iter().map(|(name, _)| name).zip(values).collect();
        let object =
            self.builder.emit(Representation::Reference, Operation::NewObject(properties), whole.span);
        for part in rest {
            match part {
                ObjectPart::Property(name, value) => {
                    let value = self.value_as(value, Representation::Any);
                    let target = self.adapt(object, Representation::Any, None, whole.span);
                    self.builder.push(None, Operation::SetProperty(target, name.clone(), value), whole.span);
                }
                ObjectPart::Computed(name, value) => {
                    let values =
                        self.values(&[(name, Representation::Reference), (value, Representation::Any)]);
                    self.builder.push(
                        None,
                        Operation::SetPropertyComputed(object, values[0], values[1]),
                        whole.span,
                    );
                }
                ObjectPart::Spread(value) => {
                    let from = self.value_as(value, Representation::Any);
                    self.builder.push(None, Operation::CopyProperties(object, from), value.span);
                }
            }
        }
        object
    }

    fn closure(&mut self, id: typed::FunctionId, whole: &Expression, to: Option<Destination>) -> Register {
        let (kinds, values) = self.captures_of(id, whole);
        let function = self.unit.closure(id, kinds, whole.span);
        self.operate(Operation::NewClosure(function, values), Representation::Reference, whole, to)
    }

    fn captures_of(
        &mut self,
        id: typed::FunctionId,
        whole: &Expression,
    ) -> (Vec<CaptureKind>, Vec<Register>) {
        let Some(function) = self.unit.source.functions.get(id.0 as usize) else {
            self.unit.contradiction(whole.span, "a function is not in the table of functions");
            return (vec![], vec![]);
        };
        let mut kinds = vec![];
        let mut values = vec![];
        for variable in &function.captures {
            let (kind, value) = self.capture(*variable, whole.span);
            kinds.push(kind);
            if let Some(value) = value {
                values.push(self.adapt(value, Representation::Any, None, whole.span));
            }
        }
        (kinds, values)
    }
}
