//! Making a call: arguments in the form that the callee takes them.

use super::calls::{Callee, pack};
use crate::checker::{Checker, Value, expression};
use crate::tables::*;
use crate::typed::{Arguments, ArrayPart, Expression, ExpressionKind};
use crate::types::*;
use raya_abi::Representation;
use raya_source::Span;
use std::rc::Rc;

impl<'a> Checker<'a> {
    pub(crate) fn make_call(
        &mut self,
        callee: Callee,
        declared: &Rc<Signature>,
        signature: &Signature,
        mut values: Vec<(bool, Value)>,
        span: Span,
    ) -> Value {
        self.give_nothing(signature, &mut values, span);
        let places = self.parameter_places(&callee);
        self.with_parameters(places, |checker| {
            checker.make_call_to(callee, declared, signature, values, span)
        })
    }

    /// A parameter of type `void` need not be given: `resolve()` of a `Promise<void>`. It gets what `void` is, null.
    fn give_nothing(&mut self, signature: &Signature, values: &mut Vec<(bool, Value)>, span: Span) {
        if values.iter().any(|(spread, _)| *spread) {
            return;
        }
        for one in signature.parameters.iter().skip(values.len()) {
            if one.optional || !self.types.takes_nothing(one.value) {
                break;
            }
            let nothing = Value { expression: self.null(span), of: self.types.basic.void };
            values.push((false, nothing));
        }
    }

    fn make_call_to(
        &mut self,
        callee: Callee,
        declared: &Rc<Signature>,
        signature: &Signature,
        values: Vec<(bool, Value)>,
        span: Span,
    ) -> Value {
        let result = signature.result;
        let spread = values.iter().any(|(spread, _)| *spread);
        let made = match callee {
            Callee::Function(function, receiver) => {
                self.call_function(function, receiver, signature, values, spread, span)
            }
            Callee::SuperMethod(function, this) => {
                self.call_function(function, Some(this), signature, values, spread, span)
            }
            Callee::Native(native) => self.call_native(native, signature, values, spread, span),
            Callee::New(class) => {
                let function = self.constructor_of(class);
                let arguments = self.exact_arguments(function, signature, values, spread, span);
                let id = self.class_id(class);
                expression(ExpressionKind::New(id, arguments), Representation::Reference, span)
            }
            Callee::SuperConstructor(class, this) => {
                let function = self.constructor_of(class);
                let mut arguments = vec![this];
                if self.classes[class.0 as usize].captures {
                    arguments.push(self.class_value(class, span));
                }
                arguments.extend(self.exact_arguments(function, signature, values, spread, span));
                let id = self.constructor_id(class);
                expression(ExpressionKind::CallFunction(id, arguments), Representation::Any, span)
            }
            Callee::Builtin(name) => {
                let arguments = self.builtin_arguments(declared, signature, None, values, spread, span);
                let representation = self.representation(result);
                expression(ExpressionKind::CallBuiltin(name, arguments), representation, span)
            }
            Callee::Method(object, name) => {
                let arguments = self.loose_arguments(signature, values, spread, span);
                expression(
                    ExpressionKind::CallMethod(Box::new(object), name, arguments),
                    Representation::Any,
                    span,
                )
            }
            Callee::Value(value) => {
                let value = self.reshape(value, Representation::Reference);
                let arguments = self.loose_arguments(signature, values, spread, span);
                expression(ExpressionKind::CallValue(Box::new(value), arguments), Representation::Any, span)
            }
        };
        self.settle(made, result)
    }

    pub(crate) fn call_function(
        &mut self,
        function: FunctionIndex,
        receiver: Option<Expression>,
        signature: &Signature,
        values: Vec<(bool, Value)>,
        spread: bool,
        span: Span,
    ) -> Expression {
        let own = self.signature_of(function);
        let is_async = self.functions[function.at()].ast.is_async;
        let result = if is_async { Representation::Reference } else { self.representation(own.result) };
        if let Some(native) = self.functions[function.at()].native.clone() {
            let arguments = self.builtin_arguments(&own, signature, receiver, values, spread, span);
            return expression(ExpressionKind::CallBuiltin(native, arguments), result, span);
        }
        let mut arguments: Vec<Expression> = receiver.into_iter().collect();
        arguments.extend(self.exact_arguments(Some(function), signature, values, spread, span));
        let id = self.function_id(function);
        expression(ExpressionKind::CallFunction(id, arguments), result, span)
    }

    /// Arguments one to one with a function's parameters: absent ones marked, the rest packed.
    pub(crate) fn exact_arguments(
        &mut self,
        function: Option<FunctionIndex>,
        signature: &Signature,
        values: Vec<(bool, Value)>,
        spread: bool,
        span: Span,
    ) -> Vec<Expression> {
        let own = match function {
            Some(function) => self.signature_of(function),
            None => return values.into_iter().map(|(_, value)| value.expression).collect(),
        };
        let mut shapes: Vec<Representation> = Vec::new();
        for one in &own.parameters {
            shapes.push(if one.optional { Representation::Any } else { self.representation(one.value) });
        }
        if spread && values.iter().take(shapes.len()).any(|(spread, _)| *spread) {
            return self.spread_arguments(&own, signature, &shapes, values, span);
        }
        let mut values = values.into_iter();
        let mut arguments = Vec::new();
        for (index, shape) in shapes.iter().enumerate() {
            let Some((_, value)) = values.next() else {
                arguments.push(expression(ExpressionKind::Absent, Representation::Any, span));
                continue;
            };
            let wanted =
                signature.parameters.get(index).map(|one| one.value).or(signature.rest).unwrap_or(value.of);
            let converted = self.argument(index, value, wanted);
            arguments.push(self.reshape(converted, *shape));
        }
        if let Some(own_rest) = own.rest {
            let element = match self.representation(own_rest) {
                one @ (Representation::Int | Representation::Number) => one,
                _ => Representation::Any,
            };
            let rest: Vec<(bool, Value)> = values.collect();
            if rest.len() == 1 && rest[0].0 {
                for (_, value) in rest {
                    self.check_spread(&value, signature.rest);
                    arguments.push(self.spread_array(value));
                }
                return arguments;
            }
            let mut parts = Vec::new();
            for (at, (spread, value)) in rest.into_iter().enumerate() {
                if spread {
                    self.check_spread(&value, signature.rest);
                    parts.push(ArrayPart::Spread(self.spread_array(value)));
                } else {
                    let wanted = signature
                        .parameters
                        .get(shapes.len() + at)
                        .map(|one| one.value)
                        .or(signature.rest)
                        .unwrap_or(value.of);
                    let converted = self.argument(shapes.len() + at, value, wanted);
                    let shape = self.representation(own_rest);
                    parts.push(ArrayPart::Element(self.reshape(converted, shape)));
                }
            }
            let kind = ExpressionKind::Array { element, parts };
            arguments.push(expression(kind, Representation::Reference, span));
        }
        arguments
    }

    pub(crate) fn check_spread(&mut self, value: &Value, wanted: Option<TypeId>) {
        let span = value.expression.span;
        if self.types.whole_rest(wanted).is_some_and(|(_, whole)| whole == value.of) {
            return;
        }
        let element = self.spread_element(value.of, span);
        if let Some(wanted) = wanted
            && !self.assignable(element, wanted)
        {
            self.report_mismatch(element, wanted, span, Some("what is spread"));
        }
    }

    /// `f(...values)` for a function with parameters of its own: they are taken from the array.
    pub(crate) fn spread_arguments(
        &mut self,
        own: &Signature,
        signature: &Signature,
        shapes: &[Representation],
        values: Vec<(bool, Value)>,
        span: Span,
    ) -> Vec<Expression> {
        let mut parts = Vec::new();
        for (index, (spread, value)) in values.into_iter().enumerate() {
            let wanted = signature.parameters.get(index).map(|one| one.value).or(signature.rest);
            if spread {
                let tuple = matches!(self.types.kind(value.of), Kind::Tuple(_));
                if !tuple {
                    self.check_spread(&value, wanted);
                }
                parts.push(ArrayPart::Spread(self.spread_array(value)));
            } else {
                let converted = self.argument(index, value, wanted.unwrap_or(self.types.basic.unknown));
                parts.push(ArrayPart::Element(self.reshape(converted, Representation::Any)));
            }
        }
        let kind = ExpressionKind::Array { element: Representation::Any, parts };
        let all = expression(kind, Representation::Reference, span);
        let mut setup = Vec::new();
        let (local, representation) = self.bind_temporary(all, &mut setup);
        let mut arguments = Vec::new();
        for (index, shape) in shapes.iter().enumerate() {
            let at = expression(ExpressionKind::Int(index as i32), Representation::Int, span);
            let array = crate::checker::read_local(local, representation, span);
            let read = self.builtin_call("Array.at", vec![array, at], Representation::Any, span);
            let mut read = self.reshape(read, *shape);
            if index == 0 {
                let shape = read.representation;
                read = expression(
                    ExpressionKind::Sequence(std::mem::take(&mut setup), Box::new(read)),
                    shape,
                    span,
                );
            }
            arguments.push(read);
        }
        if own.rest.is_some() {
            let array = crate::checker::read_local(local, representation, span);
            let start = expression(ExpressionKind::Int(shapes.len() as i32), Representation::Int, span);
            let start = self.reshape(start, Representation::Any);
            let absent = expression(ExpressionKind::Absent, Representation::Any, span);
            arguments.push(self.builtin_call(
                "Array.slice",
                vec![array, start, absent],
                Representation::Reference,
                span,
            ));
        }
        arguments
    }

    /// Arguments of a built-in: as declared, rest arguments one by one.
    pub(crate) fn builtin_arguments(
        &mut self,
        own: &Signature,
        signature: &Signature,
        receiver: Option<Expression>,
        values: Vec<(bool, Value)>,
        spread: bool,
        span: Span,
    ) -> Arguments {
        let mut all: Vec<(bool, Expression)> = receiver.into_iter().map(|one| (false, one)).collect();
        let count = values.len();
        for (index, (spread, value)) in values.into_iter().enumerate() {
            let wanted =
                signature.parameters.get(index).map(|one| one.value).or(signature.rest).unwrap_or(value.of);
            if spread {
                self.check_spread(&value, Some(wanted));
                all.push((true, self.spread_array(value)));
                continue;
            }
            let shape = match own.parameters.get(index) {
                Some(one) if one.optional => Representation::Any,
                Some(one) => self.representation(one.value),
                None => own.rest.map_or(Representation::Any, |rest| self.representation(rest)),
            };
            let converted = self.argument(index, value, wanted);
            all.push((false, self.reshape(converted, shape)));
        }
        if !spread {
            for _ in count..own.parameters.len() {
                all.push((false, expression(ExpressionKind::Absent, Representation::Any, span)));
            }
        }
        pack(all, spread, span)
    }

    /// Arguments of a call that finds its function when run.
    pub(crate) fn loose_arguments(
        &mut self,
        signature: &Signature,
        values: Vec<(bool, Value)>,
        spread: bool,
        span: Span,
    ) -> Arguments {
        let mut all = Vec::new();
        for (index, (spread, value)) in values.into_iter().enumerate() {
            let wanted =
                signature.parameters.get(index).map(|one| one.value).or(signature.rest).unwrap_or(value.of);
            if spread {
                let tuple = matches!(self.types.kind(value.of), Kind::Tuple(_));
                if !tuple {
                    self.check_spread(&value, Some(wanted));
                }
                all.push((true, self.spread_array(value)));
                continue;
            }
            all.push((false, self.argument(index, value, wanted)));
        }
        pack(all, spread, span)
    }
}
