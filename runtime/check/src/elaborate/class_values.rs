//! Classes as values. What can be done with a class (make an instance, test one, use its static members) are members of a
//! class of its own, the static side, which extends the static side of the base. The class as a value is the one instance
//! of it, so that properties, calls and tests of classes work as those of any object do.

use raya_abi::Representation;
use raya_abi::names::CLASS_VALUE_PREFIX;
use raya_source::Span;
use raya_syntax::ast::{self, ExpressionKind as E};

use super::calls::{Callee, given_of};
use crate::checker::{Checker, Pending, ProgramClass, Value, expression, read_local};
use crate::codes;
use crate::members::{Access, FoundMember, StaticAccess};
use crate::tables::*;
use crate::typed::{self, ClassId, Expression, ExpressionKind, FunctionId, StatementKind};
use crate::types::*;

/// The member of a static side that makes an instance.
pub(crate) const CONSTRUCT: &str = "%new";
/// The member of a static side that tests whether a value is an instance.
const IS_INSTANCE: &str = "%is";

impl<'a> Checker<'a> {
    /// A class as a value.
    pub(crate) fn class_value(&mut self, class: ClassIndex, span: Span) -> Expression {
        if let Some(variable) = self.replaceable_variable(class) {
            return self.read_variable(variable, span).expression;
        }
        let id = self.static_side(class);
        expression(ExpressionKind::ClassValue(id), Representation::Reference, span)
    }

    /// The class whose instance a class as a value is.
    pub(crate) fn static_side(&mut self, class: ClassIndex) -> ClassId {
        self.class_id(class);
        for ancestor in self.ancestry(class) {
            if self.classes[ancestor.0 as usize].static_id.is_none() {
                let id = ClassId(self.program.classes.len() as u32);
                self.program.classes.push(ProgramClass::StaticSide(ancestor));
                self.classes[ancestor.0 as usize].static_id = Some(id);
                self.pending.push_back(Pending::StaticSide(ancestor));
            }
        }
        self.classes[class.0 as usize].static_id.unwrap_or(ClassId(0))
    }

    /// The class that an expression names, if it names one whose value is known now.
    pub(crate) fn class_symbol(&mut self, named: &ast::Expression) -> Option<ClassIndex> {
        let symbol = match &named.without_parentheses().kind {
            E::Name(name) => self.lookup_value(self.scope, name)?,
            E::Member { object, property, .. } => {
                let E::Name(name) = &object.kind else { return None };
                let ValueSymbol::Namespace(module) = self.lookup_value(self.scope, name)? else {
                    return None;
                };
                self.modules[module.at()].exports.get(&property.text)?.value?
            }
            _ => return None,
        };
        match symbol {
            ValueSymbol::Class(class) => Some(class),
            _ => None,
        }
    }

    /// Whether an expression is the class itself, not a value that may as well be a class that extends it.
    pub(crate) fn is_itself(&self, value: &Expression, class: ClassIndex) -> bool {
        let info = &self.classes[class.0 as usize];
        info.builtin || matches!(value.kind, ExpressionKind::ClassValue(id) if info.static_id == Some(id))
    }

    /// A member as it is reached from a value: static members of a class that is only known when run are found by name.
    pub(crate) fn member_of(&mut self, value: &Expression, of: TypeId, name: &str) -> Option<FoundMember> {
        let mut member = self.member(of, name)?;
        let of = self.expand(of);
        if let (Access::Static(access), Kind::ClassValue(class)) =
            (&member.access, self.types.kind(of).clone())
            && !self.is_itself(value, class)
        {
            member.method |= matches!(access, StaticAccess::Method(_));
            member.access = Access::Dynamic;
        }
        Some(member)
    }

    /// What `new` of a value of this type takes.
    pub(crate) fn construct_signatures_of(&mut self, of: TypeId) -> Vec<std::rc::Rc<Signature>> {
        let of = self.expand(of);
        match self.types.kind(of).clone() {
            Kind::Constructor(signature) => vec![signature],
            Kind::ClassValue(class) => self.construct_signatures(class),
            Kind::Intersection(members) => {
                members.iter().flat_map(|one| self.construct_signatures_of(*one)).collect()
            }
            Kind::Parameter(parameter) => match self.parameter_constraint(parameter) {
                Some(constraint) => self.construct_signatures_of(constraint),
                None => vec![],
            },
            Kind::Record(_) | Kind::Interface(..) => {
                let made = self.record_of(of).map(|record| record.constructs.clone()).unwrap_or_default();
                made.into_iter().flat_map(|one| self.construct_signatures_of(one)).collect()
            }
            Kind::Union(members) => {
                let each: Vec<_> =
                    members.iter().map(|one| self.construct_signatures_of(*one).into_iter().next()).collect();
                match each.into_iter().collect::<Option<Vec<_>>>() {
                    Some(all) => vec![std::rc::Rc::new(self.merged_signature(&all))],
                    None => vec![],
                }
            }
            _ => vec![],
        }
    }

    /// `new` of a class that is a value.
    pub(crate) fn construct_value(
        &mut self,
        value: Value,
        call: &'a ast::Call,
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        let value = self.receiver(value, "`new`", call.callee.span);
        let of = self.expand(value.of);
        match *self.types.kind(of) {
            Kind::ClassValue(class) => {
                if self.is_itself(&value.expression, class) {
                    return self.construct(class, call, expected, span);
                }
                let (name, is_abstract) = {
                    let info = &self.classes[class.0 as usize];
                    (info.name.clone(), info.ast.is_abstract)
                };
                if is_abstract {
                    self.abstract_instance(&name, span);
                }
                self.check_constructor_access(class, &name, span);
            }
            Kind::AbstractConstructor(_) => {
                let shown = self.show(of);
                self.abstract_instance(&shown, span);
                self.ignored_arguments(call);
                return self.broken(span);
            }
            _ => {}
        }
        let signatures = self.construct_signatures_of(of);
        if signatures.is_empty() {
            self.ignored_arguments(call);
            if !self.is_error(of) {
                let message = format!("`new` takes a class, found `{}`", self.show(of));
                self.error(codes::NOT_CALLABLE, call.callee.span, message);
            }
            return self.broken(span);
        }
        let type_arguments: Vec<TypeId> =
            call.type_arguments.iter().map(|one| self.resolve_type(one, self.scope)).collect();
        self.call_given(
            Callee::Method(value.expression, CONSTRUCT.into()),
            &signatures,
            &type_arguments,
            given_of(&call.arguments),
            expected,
            call.arguments_span,
            span,
        )
    }

    pub(crate) fn abstract_instance(&mut self, name: &str, span: Span) {
        let message = format!("the class `{name}` is abstract: it is extended, not made");
        self.error(codes::ABSTRACT_INSTANCE, span, message);
    }

    pub(crate) fn ignored_arguments(&mut self, call: &'a ast::Call) {
        for argument in &call.arguments {
            self.expression(&argument.value, None);
        }
    }

    /// `value instanceof class` of a class that is a value.
    pub(crate) fn instance_of_value(&mut self, value: Expression, class: Value, span: Span) -> Expression {
        let mut setup = Vec::new();
        let (local, representation) = self.bind_temporary(value, &mut setup);
        let read = read_local(local, representation, span);
        let read = self.reshape(read, Representation::Any);
        let arguments = typed::Arguments::Fixed(vec![read]);
        let kind = ExpressionKind::CallMethod(Box::new(class.expression), IS_INSTANCE.into(), arguments);
        let test = expression(kind, Representation::Boolean, span);
        expression(ExpressionKind::Sequence(setup, Box::new(test)), Representation::Boolean, span)
    }

    /// Elaborates the members of a static side.
    pub(crate) fn elaborate_static_side(&mut self, class: ClassIndex) {
        let contexts = std::mem::take(&mut self.contexts);
        let before = (self.scope, self.module, std::mem::replace(&mut self.probing, 0));
        let info = &self.classes[class.0 as usize];
        (self.scope, self.module) = (info.scope, info.module);
        let (span, is_abstract, captures) = (info.ast.span, info.ast.is_abstract, info.captures);
        let mut members = Vec::new();
        if !is_abstract {
            members
                .push((CONSTRUCT.into(), typed::MemberKind::Method(self.construct_forwarder(class, span))));
        }
        members.push((IS_INSTANCE.into(), typed::MemberKind::Method(self.test_forwarder(class, span))));
        let named = |one: &ClassIndex| self.classes[one.0 as usize].statics.contains_key("name");
        if !self.ancestry_of(class).iter().any(named) {
            let name = self.classes[class.0 as usize].name.clone();
            let get = self.forwarder(class, "name", None, Representation::Reference, span, |_, _, _| {
                let text = if &*name == "<anonymous>" { "".into() } else { name.clone() };
                expression(ExpressionKind::String(text), Representation::Reference, span)
            });
            members.push(("name".into(), typed::MemberKind::Accessor { get: Some(get), set: None }));
        }
        let statics: Vec<Text> = self.classes[class.0 as usize].statics.keys().cloned().collect();
        for name in statics {
            if let Some(kind) = self.static_forwarder(class, &name, captures) {
                members.push((name, kind));
            }
        }
        let constructor =
            self.forwarder(class, "new", None, Representation::Any, span, |checker, _, _| checker.null(span));
        let members = members.into_iter().map(|(name, kind)| typed::Member { name, kind }).collect();
        self.program.static_sides.insert(class, (members, constructor));
        (self.scope, self.module, self.probing) = before;
        self.contexts = contexts;
    }

    /// The ancestry without looking for a base that was not resolved: for closures that borrow.
    fn ancestry_of(&self, class: ClassIndex) -> Vec<ClassIndex> {
        let mut chain = vec![class];
        let mut at = class;
        while let BaseState::Class(base, _) = self.classes[at.0 as usize].base
            && !chain.contains(&base)
        {
            chain.push(base);
            at = base;
        }
        chain
    }

    fn construct_forwarder(&mut self, class: ClassIndex, span: Span) -> FunctionId {
        let signature = self.constructor_of(class).map(|function| self.signature_of(function));
        let captures = self.classes[class.0 as usize].captures;
        let id = self.class_id(class);
        self.forwarder(
            class,
            "new",
            signature.as_deref(),
            Representation::Reference,
            span,
            |_, this, mut arguments| {
                if captures {
                    arguments.insert(0, this);
                }
                expression(ExpressionKind::New(id, arguments), Representation::Reference, span)
            },
        )
    }

    fn test_forwarder(&mut self, class: ClassIndex, span: Span) -> FunctionId {
        let unknown = self.types.basic.unknown;
        let count = self.classes[class.0 as usize].parameters.len();
        let of = self.class_type(class, vec![unknown; count]);
        let id = self.runtime_type(of);
        let signature = one_parameter(unknown);
        self.forwarder(
            class,
            "instanceof",
            Some(&signature),
            Representation::Boolean,
            span,
            |checker, _, mut arguments| {
                let value = arguments.pop().unwrap_or_else(|| checker.null(span));
                expression(ExpressionKind::TypeTest(Box::new(value), id), Representation::Boolean, span)
            },
        )
    }

    /// A static member as a member of the static side.
    fn static_forwarder(
        &mut self,
        class: ClassIndex,
        name: &Text,
        captures: bool,
    ) -> Option<typed::MemberKind> {
        let member = self.classes[class.0 as usize].statics.get(name).cloned()?;
        let span = member.span;
        Some(match member.kind {
            MemberKind::Field { .. } => {
                let of = self.field_type(class, name, true);
                let representation = self.representation(of);
                if captures {
                    return Some(self.held_static(class, name, of, member.readonly, span));
                }
                let variable = self.static_variable(class, name)?;
                let get = self.forwarder(class, name, None, representation, span, |checker, _, _| {
                    checker.read_variable(variable, span).expression
                });
                let set = (!member.readonly).then(|| {
                    let signature = one_parameter(of);
                    self.forwarder(
                        class,
                        name,
                        Some(&signature),
                        Representation::Any,
                        span,
                        |checker, _, mut arguments| {
                            let value = arguments.pop().unwrap_or_else(|| checker.null(span));
                            checker.write_variable(variable, value, span)
                        },
                    )
                });
                typed::MemberKind::Accessor { get: Some(get), set }
            }
            MemberKind::Method(function) => {
                if self.functions[function.at()].native.is_some() {
                    return None;
                }
                typed::MemberKind::Method(self.function_forwarder(class, function, captures))
            }
            MemberKind::Accessor { get, set } => typed::MemberKind::Accessor {
                get: get.map(|get| self.function_forwarder(class, get, captures)),
                set: set.map(|set| self.function_forwarder(class, set, captures)),
            },
        })
    }

    /// A static field of a class that captures variables: each evaluation of the class has its own.
    fn held_static(
        &mut self,
        class: ClassIndex,
        name: &Text,
        of: TypeId,
        readonly: bool,
        span: Span,
    ) -> typed::MemberKind {
        let representation = self.representation(of);
        let slot = Self::statics_slot(class);
        let get = self.forwarder(class, name, None, representation, span, |_, this, _| {
            let holder = super::slots::property(this, &slot, span);
            let kind = ExpressionKind::GetProperty(Box::new(holder), name.clone());
            expression(kind, representation, span)
        });
        let set = (!readonly).then(|| {
            let signature = one_parameter(of);
            self.forwarder(
                class,
                name,
                Some(&signature),
                Representation::Any,
                span,
                |checker, this, mut arguments| {
                    let value = arguments.pop().unwrap_or_else(|| checker.null(span));
                    let holder = super::slots::property(this, &slot, span);
                    let kind = ExpressionKind::SetProperty(Box::new(holder), name.clone(), Box::new(value));
                    expression(kind, representation, span)
                },
            )
        });
        typed::MemberKind::Accessor { get: Some(get), set }
    }

    /// A static method or accessor as one of the static side, whose `this` is the class as a value.
    fn function_forwarder(
        &mut self,
        class: ClassIndex,
        function: FunctionIndex,
        captures: bool,
    ) -> FunctionId {
        let takes_this = captures || self.takes_this(function);
        let id = self.function_id(function);
        if takes_this {
            return id;
        }
        let signature = self.signature_of(function);
        let info = &self.functions[function.at()];
        let (name, is_async, span) = (info.name.clone(), info.ast.is_async, info.ast.span);
        let result =
            if is_async { Representation::Reference } else { self.result_representation(signature.result) };
        self.forwarder(class, &name, Some(&signature), result, span, |_, _, arguments| {
            expression(ExpressionKind::CallFunction(id, arguments), result, span)
        })
    }

    /// A function of `this` and the parameters of a signature that gives what `make` makes of them.
    pub(crate) fn forwarder(
        &mut self,
        class: ClassIndex,
        name: &str,
        signature: Option<&Signature>,
        result: Representation,
        span: Span,
        make: impl FnOnce(&mut Self, Expression, Vec<Expression>) -> Expression,
    ) -> FunctionId {
        let id = self.reserve_function();
        let mut context = self.new_context(self.module);
        context.class = Some((class, true));
        self.contexts.push(context);
        let this = self.new_local("this".into(), Representation::Reference);
        let mut parameters = vec![this];
        let mut arguments = Vec::new();
        if let Some(signature) = signature {
            self.forward_parameters(signature, &mut parameters, &mut arguments, span);
        }
        let read = read_local(this, Representation::Reference, span);
        let made = make(self, read, arguments);
        let made = self.reshape(made, result);
        let locals = self.contexts.pop().map(|context| context.locals).unwrap_or_default();
        self.program.functions[id.0 as usize] = Some(typed::Function {
            name: name.into(),
            parameters,
            rest: signature.is_some_and(|one| one.rest.is_some()),
            locals,
            captures: vec![],
            body: vec![typed::Statement { kind: StatementKind::Return(Some(made)), span }],
            result,
            is_async: false,
            span,
        });
        id
    }

    /// A static side as the program has it.
    pub(crate) fn finished_static_side(&mut self, class: ClassIndex, made: &[typed::Class]) -> typed::Class {
        let base = self.base_of(class).and_then(|(base, _)| self.classes[base.0 as usize].static_id);
        let inherited = base.and_then(|base| made.get(base.0 as usize));
        let (mut fields, mut members) = match inherited {
            Some(base) => (base.fields.clone(), base.members.clone()),
            None => (Vec::new(), Vec::new()),
        };
        for slot in &self.classes[class.0 as usize].slots {
            fields.push(typed::Field { name: slot.clone(), representation: Representation::Any });
        }
        let (own, constructor) =
            self.program.static_sides.get(&class).cloned().unwrap_or_else(|| (Vec::new(), FunctionId(0)));
        for member in own {
            match members.iter_mut().find(|one| one.name == member.name) {
                Some(before) => *before = member,
                None => members.push(member),
            }
        }
        let info = &self.classes[class.0 as usize];
        let name = |info: &ClassInfo<'_>| match &*info.name {
            "<anonymous>" => "(anonymous)".to_owned(),
            name => name.to_owned(),
        };
        let mut shown = format!("{CLASS_VALUE_PREFIX}{}", name(info));
        if let BaseState::Class(base, _) = info.base {
            shown.push_str(" extends ");
            shown.push_str(&name(&self.classes[base.0 as usize]));
        }
        typed::Class { name: shown.into(), base, fields, members, constructor, span: info.ast.span }
    }
}

fn one_parameter(value: TypeId) -> Signature {
    Signature {
        type_parameters: vec![],
        parameters: vec![ValueParameter { name: "value".into(), value, optional: false }],
        rest: None,
        result: value,
        predicate: None,
    }
}
