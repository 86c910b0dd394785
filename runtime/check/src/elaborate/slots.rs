//! Members whose functions are only known when run: closures of classes that capture variables, and functions that a
//! decorator gave in place of the written ones. What the program calls is a function that finds them.

use raya_abi::Representation;
use raya_source::Span;

use super::calls::pack;
use crate::checker::{Checker, expression};
use crate::tables::*;
use crate::typed::{self, Expression, ExpressionKind, FunctionId, LocalId, Statement, StatementKind};
use crate::types::*;

impl<'a> Checker<'a> {
    /// The field of instances that holds their class, where it captures variables.
    pub(crate) fn class_field(class: ClassIndex) -> Text {
        format!("%class{}", class.0).into()
    }

    /// The function with the body that was written, of a member that is found in a slot.
    pub(crate) fn body_id(&mut self, index: FunctionIndex) -> FunctionId {
        if let Some(id) = self.functions[index.at()].body_id {
            return id;
        }
        let id = self.reserve_function();
        self.functions[index.at()].body_id = Some(id);
        id
    }

    /// A function that calls what the member's slot holds.
    pub(crate) fn slot_caller(
        &mut self,
        index: FunctionIndex,
        slot: &Slot,
        signature: &Signature,
    ) -> typed::Function {
        let info = &self.functions[index.at()];
        let (name, span, module, owner) = (info.name.clone(), info.ast.span, info.module, info.owner);
        let (is_constructor, is_async) = (info.is_constructor, info.ast.is_async);
        let result = match is_async {
            true => Representation::Reference,
            false => self.result_representation(signature.result),
        };
        let class = owner.map(|(class, _)| class);
        if is_constructor {
            return self.constructor_caller(class.unwrap_or(ClassIndex(0)), Some(signature), span);
        }
        let contexts = std::mem::take(&mut self.contexts);
        let mut context = self.new_context(module);
        context.class = owner;
        self.contexts.push(context);
        let this = self.new_local("this".into(), Representation::Reference);
        let mut parameters = vec![this];
        let mut arguments = Vec::new();
        self.forward_parameters(signature, &mut parameters, &mut arguments, span);
        let is_static = owner.is_some_and(|(_, is_static)| is_static);
        let target = self.slot_read(slot, this, class.filter(|_| !is_static), span);
        let optional: Vec<bool> = signature.parameters.iter().map(|one| one.optional).collect();
        let given = parameters.get(1..).unwrap_or_default().to_vec();
        let mut body = self.call_with_this(target, this, arguments, signature.rest.is_some(), result, span);
        // Arguments that were not given at the end are not passed on: the function may count them.
        for (at, local) in given.iter().enumerate().rev().filter(|(at, _)| optional.get(*at) == Some(&true)) {
            let target = self.slot_read(slot, this, class.filter(|_| !is_static), span);
            let before = self.read_parameters(&given[..at]);
            let fewer = self.call_with_this(target, this, before, false, result, span);
            let missing = expression(ExpressionKind::IsAbsent(*local), Representation::Boolean, span);
            let kind = ExpressionKind::Conditional(Box::new(missing), Box::new(fewer), Box::new(body));
            body = expression(kind, result, span);
        }
        let locals = self.contexts.pop().map(|context| context.locals).unwrap_or_default();
        self.contexts = contexts;
        typed::Function {
            name,
            parameters,
            rest: signature.rest.is_some(),
            locals,
            captures: vec![],
            body: vec![Statement { kind: StatementKind::Return(Some(body)), span }],
            result,
            is_async: false,
            span,
        }
    }

    fn read_parameters(&mut self, locals: &[LocalId]) -> Vec<Expression> {
        let span = Span::default();
        let shapes: Vec<Representation> = match self.contexts.last() {
            Some(context) => locals.iter().map(|one| context.locals[one.0 as usize].representation).collect(),
            None => vec![],
        };
        let read =
            |(local, shape): (&LocalId, Representation)| crate::checker::read_local(*local, shape, span);
        locals.iter().zip(shapes).map(read).collect()
    }

    /// What a slot holds. `class`: `this` is an instance of it, which knows its class.
    fn slot_read(&mut self, slot: &Slot, this: LocalId, class: Option<ClassIndex>, span: Span) -> Expression {
        let read = crate::checker::read_local(this, Representation::Reference, span);
        match slot {
            Slot::Class(name) => {
                let holder = match class {
                    Some(class) => property(read, &Self::class_field(class), span),
                    None => read,
                };
                property(holder, name, span)
            }
            Slot::Global(global) => {
                self.program.globals[global.0 as usize].shared = true;
                let place = typed::Variable::Global(*global);
                expression(ExpressionKind::Read(place), Representation::Reference, span)
            }
        }
    }

    fn call_with_this(
        &mut self,
        target: Expression,
        this: LocalId,
        arguments: Vec<Expression>,
        rest: bool,
        result: Representation,
        span: Span,
    ) -> Expression {
        let read = crate::checker::read_local(this, Representation::Reference, span);
        let last = arguments.len();
        let mut all = vec![(false, self.reshape(read, Representation::Any))];
        for (at, one) in arguments.into_iter().enumerate() {
            let spread = rest && at + 1 == last;
            all.push((spread, if spread { one } else { self.reshape(one, Representation::Any) }));
        }
        let arguments = pack(all, rest, span);
        let call = ExpressionKind::CallValue(Box::new(target), arguments);
        let call = expression(call, Representation::Any, span);
        self.reshape(call, result)
    }

    /// The constructor of a class that captures variables: it is given the class, which instances keep, and calls the
    /// closure that the class holds.
    pub(crate) fn constructor_caller(
        &mut self,
        class: ClassIndex,
        signature: Option<&Signature>,
        span: Span,
    ) -> typed::Function {
        let contexts = std::mem::take(&mut self.contexts);
        let info = &self.classes[class.0 as usize];
        let (module, name) = (info.module, info.name.clone());
        let mut context = self.new_context(module);
        context.class = Some((class, false));
        self.contexts.push(context);
        let this = self.new_local("this".into(), Representation::Reference);
        let holder = self.new_local("class".into(), Representation::Reference);
        let mut parameters = vec![this, holder];
        let mut arguments = Vec::new();
        if let Some(signature) = signature {
            self.forward_parameters(signature, &mut parameters, &mut arguments, span);
        }
        let read = |local| crate::checker::read_local(local, Representation::Reference, span);
        let keep = ExpressionKind::SetProperty(
            Box::new(read(this)),
            Self::class_field(class),
            Box::new(read(holder)),
        );
        let keep = expression(keep, Representation::Reference, span);
        let target = property(read(holder), &Self::constructor_slot(class), span);
        let rest = signature.is_some_and(|one| one.rest.is_some());
        let call = self.call_with_this(target, this, arguments, rest, Representation::Any, span);
        let body = [keep, call].map(|one| Statement { kind: StatementKind::Expression(one), span }).into();
        let locals = self.contexts.pop().map(|context| context.locals).unwrap_or_default();
        self.contexts = contexts;
        typed::Function {
            name: format!("new {name}").into(),
            parameters,
            rest,
            locals,
            captures: vec![],
            body,
            result: Representation::Any,
            is_async: false,
            span,
        }
    }

    /// The slot of the object that holds the static fields of a class that captures variables.
    pub(crate) fn statics_slot(class: ClassIndex) -> Text {
        format!("%{}:static", class.0).into()
    }

    /// The slot of a class's constructor.
    pub(crate) fn constructor_slot(class: ClassIndex) -> Text {
        format!("%{}:new", class.0).into()
    }
}

/// Reads a property that is always there.
pub(crate) fn property(object: Expression, name: &Text, span: Span) -> Expression {
    let kind = ExpressionKind::GetProperty(Box::new(object), name.clone());
    expression(kind, Representation::Reference, span)
}
