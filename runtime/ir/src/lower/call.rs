//! Calls of every kind, tasks, and closures that are lowered where they are called.

use std::rc::Rc;

use raya_abi::Representation;
use raya_check::typed::{self, Arguments, Expression, ExpressionKind, Variable};

use super::captures::in_place;
use super::expression::Destination;
use super::function::{Frame, FunctionLowering, tests_absent};
use super::globals::GlobalValue;
use super::place::Place;
use crate::instruction::{Callee, Constant, Operation, UnaryOperation};
use crate::program::Register;

/// Prints a text: what `console.log` is where it prints nothing else, so that a program that logs texts alone holds nothing
/// that looks into structures.
const LOG_TEXT: &str = "console.logText";

/// Whether a call prints one text and nothing else.
fn prints_text(name: &str, arguments: &Arguments) -> bool {
    let Arguments::Fixed(given) = arguments else { return false };
    let [value] = &given[..] else { return false };
    let mut value = value;
    if !matches!(name, "console.log" | "console.info" | "console.debug") {
        return false;
    }
    while let ExpressionKind::Convert(typed::Conversion::Forget, inner) = &value.kind {
        value = inner;
    }
    matches!(
        value.kind,
        ExpressionKind::String(_)
            | ExpressionKind::Convert(typed::Conversion::Text, _)
            | ExpressionKind::Binary(typed::BinaryOperator::Concatenate, ..)
    )
}

impl FunctionLowering<'_, '_> {
    /// Lowers a call, an `await`, or the start of a task.
    pub(super) fn call(&mut self, expression: &Expression, to: Option<Destination>) -> Register {
        use ExpressionKind::*;
        let wanted = self.take_wanted(expression);
        match &expression.kind {
            CallFunction(id, arguments) => self.call_function(*id, arguments, expression, to),
            CallValue(callee, arguments) => self.call_value(callee, arguments, wanted, expression, to),
            CallMethod(receiver, name, arguments) => {
                self.unit.name(name);
                let callee = Callee::Method(name.clone());
                match arguments {
                    Arguments::Fixed(arguments) => {
                        let all =
                            std::iter::once(&**receiver).chain(arguments).map(|e| (e, Representation::Any));
                        let values = self.values(&all.collect::<Vec<_>>());
                        self.operate(Operation::Call(callee, values), wanted, expression, to)
                    }
                    Arguments::Spread(array) => {
                        let values =
                            self.values(&[(receiver, Representation::Any), (array, Representation::Any)]);
                        let all = Operation::NewArray(Representation::Any, vec![values[0]]);
                        let all = self.builder.emit(Representation::Reference, all, expression.span);
                        self.builder.push(None, Operation::ArrayAppend(all, values[1]), expression.span);
                        self.operate(Operation::CallSpread(callee, all), wanted, expression, to)
                    }
                }
            }
            CallBuiltin(name, arguments) => self.call_builtin(name, arguments, wanted, expression, to),
            CallNative(id, arguments) => self.call_native(*id, arguments, wanted, expression, to),
            New(class, arguments) => self.new_instance(*class, arguments, expression, to),
            Await(task) => {
                let task = self.value_as(task, Representation::Any);
                self.operate(Operation::Await(task), wanted, expression, to)
            }
            Start(closure) => {
                let closure = self.value_as(closure, Representation::Any);
                self.operate(Operation::StartTask(closure), Representation::Reference, expression, to)
            }
            _ => {
                self.unit.contradiction(expression.span, "an expression was lowered as what it is not");
                self.literal(Constant::Null, to, expression.span)
            }
        }
    }

    /// Arguments in the representations of the parameters from `skip` on. One that was not given is null unless the
    /// function can tell.
    fn known_arguments(
        &mut self,
        function: &typed::Function,
        skip: usize,
        arguments: &[Expression],
    ) -> Vec<Register> {
        let tests = tests_absent(function);
        let parameter = |index: usize| {
            function.parameters.get(index + skip).and_then(|id| function.locals.get(id.0 as usize))
        };
        let wanted = arguments.iter().enumerate();
        let wanted = wanted.map(|(index, e)| {
            (e, parameter(index).map_or(Representation::Any, |local| local.representation))
        });
        let mut values = self.values(&wanted.collect::<Vec<_>>());
        for (index, value) in values.iter_mut().enumerate() {
            if !tests.contains(&(index + skip)) && self.builder.constant_of(*value) == Some(&Constant::Absent)
            {
                *value = self.builder.constant(Constant::Null, arguments[index].span);
            }
        }
        values
    }

    fn call_function(
        &mut self,
        id: typed::FunctionId,
        arguments: &[Expression],
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let Some(function) = self.unit.source.functions.get(id.0 as usize) else {
            self.unit.contradiction(whole.span, "a function is not in the table of functions");
            return self.literal(Constant::Null, to, whole.span);
        };
        if function.parameters.len() != arguments.len() {
            self.unit.contradiction(whole.span, "the arguments of a call do not match the parameters");
        }
        let values = self.known_arguments(function, 0, arguments);
        let callee = Callee::Function(self.unit.function(id));
        let result = self.unit.result_of(id);
        self.operate(Operation::Call(callee, values), result, whole, to)
    }

    fn call_value(
        &mut self,
        callee: &Expression,
        arguments: &Arguments,
        wanted: Representation,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        if let (Some(id), Arguments::Fixed(given)) =
            (in_place(self.unit.source, callee, arguments, self.frames.len()), arguments)
        {
            return self.call_in_place(id, given, whole, to);
        }
        match arguments {
            Arguments::Fixed(given) => {
                if let Some(id) = self.known_callee(callee, given) {
                    return self.call_function(id, given, whole, to);
                }
                let all = std::iter::once(callee).chain(given).map(|e| (e, Representation::Any));
                let mut values = self.values(&all.collect::<Vec<_>>());
                let function = values.remove(0);
                self.operate(Operation::Call(Callee::Value(function), values), wanted, whole, to)
            }
            Arguments::Spread(array) => {
                let values =
                    self.values(&[(callee, Representation::Any), (array, Representation::Reference)]);
                self.operate(Operation::CallSpread(Callee::Value(values[0]), values[1]), wanted, whole, to)
            }
        }
    }

    /// The function a module variable is known to hold, if calling it directly is the same: each parameter gets an argument
    /// that needs no check.
    fn known_callee(&mut self, callee: &Expression, given: &[Expression]) -> Option<typed::FunctionId> {
        let ExpressionKind::Read(Variable::Global(global)) = &callee.kind else {
            return None;
        };
        let Some(GlobalValue::Function(id)) = self.unit.global_value(*global) else {
            return None;
        };
        let function = self.unit.source.functions.get(id.0 as usize)?;
        let fits = |(local, argument): (&typed::LocalId, &Expression)| {
            let wanted = function.locals.get(local.0 as usize).map(|local| local.representation);
            wanted == Some(Representation::Any) || wanted == Some(argument.representation)
        };
        let same = !function.rest
            && function.parameters.len() == given.len()
            && function.parameters.iter().zip(given).all(fits);
        same.then_some(*id)
    }

    fn call_native(
        &mut self,
        id: typed::NativeId,
        arguments: &[Expression],
        wanted: Representation,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let parameters = self
            .unit
            .source
            .natives
            .get(id.0 as usize)
            .map(|native| native.parameters.as_slice())
            .unwrap_or_default();
        let given = arguments.iter().enumerate();
        let given =
            given.map(|(index, e)| (e, parameters.get(index).copied().unwrap_or(Representation::Any)));
        let values = self.values(&given.collect::<Vec<_>>());
        let callee = Callee::Native(self.unit.native(id));
        self.operate(Operation::Call(callee, values), wanted, whole, to)
    }

    fn new_instance(
        &mut self,
        class: typed::ClassId,
        arguments: &[Expression],
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let Some(declared) = self.unit.source.classes.get(class.0 as usize) else {
            self.unit.contradiction(whole.span, "a class is not in the table of classes");
            return self.literal(Constant::Null, to, whole.span);
        };
        let Some(constructor) = self.unit.source.functions.get(declared.constructor.0 as usize) else {
            self.unit.contradiction(whole.span, "a constructor is not in the table of functions");
            return self.literal(Constant::Null, to, whole.span);
        };
        if constructor.parameters.len() != arguments.len() + 1 {
            self.unit.contradiction(whole.span, "the arguments of a constructor do not match its parameters");
        }
        let id = self.unit.instantiate(class);
        let mut values = self.known_arguments(constructor, 1, arguments);
        let instance = self.builder.emit(Representation::Reference, Operation::NewInstance(id), whole.span);
        let this = constructor.parameters.first().and_then(|local| constructor.locals.get(local.0 as usize));
        let this = self.adapt(
            instance,
            this.map_or(Representation::Reference, |local| local.representation),
            None,
            whole.span,
        );
        values.insert(0, this);
        let callee = Callee::Function(self.unit.function(declared.constructor));
        // Constructors return their instance.
        self.operate(Operation::Call(callee, values), Representation::Reference, whole, to)
    }

    /// A closure that is called where it is written: its body stands in place of the call.
    fn call_in_place(
        &mut self,
        id: typed::FunctionId,
        given: &[Expression],
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        let source = self.unit.source;
        let function = &source.functions[id.0 as usize];
        let captures =
            function.captures.iter().map(|variable| self.captured_place(*variable, whole)).collect();
        let mut values = self.known_arguments(function, 0, given);
        values.truncate(function.parameters.len());
        for (index, local) in function.parameters.iter().enumerate() {
            let representation = function
                .locals
                .get(local.0 as usize)
                .map_or(Representation::Any, |local| local.representation);
            match values.get(index).copied() {
                None => {
                    let absent = self.builder.constant(Constant::Absent, whole.span);
                    values.push(self.adapt(absent, representation, None, whole.span));
                }
                // A parameter is a variable of its own.
                Some(value) => {
                    let own = self.variable_register(representation);
                    values[index] = self.adapt(value, representation, Some(own), whole.span);
                }
            }
        }
        let after = self.builder.block();
        let result = match to {
            Some(to) if to.exclusive && self.builder.representation(to.register) == function.result => {
                to.register
            }
            _ => self.builder.register(function.result),
        };
        self.frames.push(Frame {
            id,
            function,
            places: vec![None; function.locals.len()],
            captures,
            return_to: Some((result, after)),
            returned: None,
            scopes_below: self.scopes.len(),
        });
        self.bind_parameters(&values, whole.span);
        self.statements(&function.body);
        self.end_of_body(function.span);
        self.frames.pop();
        self.builder.start(after);
        self.deliver(result, whole.representation, to, whole.span)
    }

    fn captured_place(&mut self, variable: Variable, whole: &Expression) -> Place {
        match variable {
            Variable::Global(_) => {
                self.unit.contradiction(whole.span, "a module's variable is in a list of captures");
                Place::Constant(Constant::Null)
            }
            _ => self.place(variable, whole.span),
        }
    }

    fn call_builtin(
        &mut self,
        name: &Rc<str>,
        arguments: &Arguments,
        wanted: Representation,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Register {
        if let Arguments::Fixed(given) = arguments
            && let Some(value) = self.intrinsic(name, given, wanted, whole, to)
        {
            return value;
        }
        let text_only = Rc::<str>::from(LOG_TEXT);
        let name = if prints_text(name, arguments) { &text_only } else { name };
        self.unit.builtin(name);
        let callee = Callee::Builtin(name.clone());
        match arguments {
            Arguments::Fixed(given) => {
                let values = self.values(&given.iter().map(|e| (e, Representation::Any)).collect::<Vec<_>>());
                self.operate(Operation::Call(callee, values), wanted, whole, to)
            }
            Arguments::Spread(array) => {
                let array = self.value_as(array, Representation::Reference);
                self.operate(Operation::CallSpread(callee, array), wanted, whole, to)
            }
        }
    }

    /// Built-ins that are operations of their own.
    fn intrinsic(
        &mut self,
        name: &str,
        given: &[Expression],
        wanted: Representation,
        whole: &Expression,
        to: Option<Destination>,
    ) -> Option<Register> {
        use Representation::{Int, Number, Reference};
        let unary = match name {
            "Math.sqrt" => Some(UnaryOperation::SquareRoot),
            "Math.abs" => Some(UnaryOperation::AbsoluteNumber),
            "Math.floor" => Some(UnaryOperation::FloorNumber),
            _ => None,
        };
        if let (Some(operation), [operand]) = (unary, given) {
            let exact = operand.representation == Number
                || (operation == UnaryOperation::SquareRoot && operand.representation == Int);
            if wanted != Number || !exact {
                return None;
            }
            let value = self.value_as(operand, Number);
            return Some(self.operate(Operation::Unary(operation, value), Number, whole, to));
        }
        let (operation, natural) = match (name, given) {
            ("String.length", [text]) => (Operation::StringLength(self.value_as(text, Reference)), Int),
            ("Array.length", [array]) => (Operation::ArrayLength(self.value_as(array, Reference)), Int),
            ("String.charCodeAt", [text, index]) if index.representation == Int && wanted != Int => {
                let values = self.values(&[(text, Reference), (index, Int)]);
                (Operation::CharCodeAt(values[0], values[1]), Number)
            }
            ("Array.push", [_, _]) => {
                let array = self.array_push(given, whole);
                (Operation::ArrayLength(array), Int)
            }
            _ => return None,
        };
        Some(self.operate(operation, natural, whole, to))
    }

    fn array_push(&mut self, given: &[Expression], whole: &Expression) -> Register {
        let values = self.values(&[(&given[0], Representation::Reference), (&given[1], Representation::Any)]);
        self.builder.push(None, Operation::ArrayPush(values[0], values[1]), whole.span);
        values[0]
    }

    /// A built-in called for what it does.
    pub(super) fn builtin_effect(&mut self, name: &Rc<str>, arguments: &Arguments, whole: &Expression) {
        match arguments {
            Arguments::Fixed(given) if &**name == "Array.push" && given.len() == 2 => {
                self.array_push(given, whole);
            }
            _ => {
                self.lower(whole, None);
            }
        }
    }
}
