//! Classes: what they promise, constructors and fields, `super`, static members.

use std::rc::Rc;

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, ClassMemberKind};

use crate::checker::{Checker, Pending, Value, expression, read_local};
use crate::codes;
use crate::tables::*;
use crate::typed::{self, ClassId, Expression, ExpressionKind, FunctionId, LocalId, Statement, StatementKind};
use crate::types::*;
use crate::visit::Names;

use super::calls::Callee;
use super::functions::Setup;

impl<'a> Checker<'a> {
    /// The program's number of a class; its base has a smaller one.
    pub(crate) fn class_id(&mut self, class: ClassIndex) -> ClassId {
        if let Some(id) = self.classes[class.0 as usize].id {
            return id;
        }
        for ancestor in self.ancestry(class) {
            if self.classes[ancestor.0 as usize].id.is_none() {
                let id = ClassId(self.program.classes.len() as u32);
                self.program.classes.push(ancestor);
                self.classes[ancestor.0 as usize].id = Some(id);
                self.pending.push_back(Pending::Class(ancestor));
            }
        }
        self.classes[class.0 as usize].id.unwrap_or(ClassId(0))
    }

    /// The function that has a class's constructor parameters: its own or an inherited one.
    pub(crate) fn constructor_of(&mut self, class: ClassIndex) -> Option<FunctionIndex> {
        let chain = self.ancestry(class);
        chain.into_iter().rev().find_map(|one| self.classes[one.0 as usize].constructor)
    }

    /// The function that makes an instance of exactly this class ready.
    pub(crate) fn constructor_id(&mut self, class: ClassIndex) -> FunctionId {
        self.class_id(class);
        if let Some(own) = self.classes[class.0 as usize].constructor {
            return self.function_id(own);
        }
        if let Some(id) = self.program.implicit_constructors.get(&class) {
            return *id;
        }
        let id = self.reserve_function();
        self.program.implicit_constructors.insert(class, id);
        id
    }

    /// Statements of a class declaration: its static members get their values.
    pub(crate) fn class_declaration(&mut self, class: ClassIndex, out: &mut Vec<Statement>) {
        self.check_class(class);
        let (ast, scope) = (self.classes[class.0 as usize].ast, self.classes[class.0 as usize].scope);
        for member in &ast.members {
            match &member.kind {
                ClassMemberKind::Field { key, initial, .. } if member.modifiers.is_static => {
                    let name: Text = match key {
                        ast::PropertyKey::Private(name) => format!("#{}", name.text).into(),
                        _ => match key.text() {
                            Some(name) => name.clone(),
                            None => continue,
                        },
                    };
                    self.static_field(class, &name, initial.as_ref(), member.span, out);
                }
                ClassMemberKind::StaticBlock(block) => {
                    let outer = std::mem::replace(&mut self.scope, scope);
                    let before = self.context().class.replace((class, true));
                    let body = self.elaborate_block(&block.statements);
                    self.context().class = before;
                    self.scope = outer;
                    out.push(Statement { kind: StatementKind::Block { label: None, body }, span: block.span });
                }
                _ => {}
            }
        }
    }

    fn static_field(&mut self, class: ClassIndex, name: &str, initial: Option<&'a ast::Expression>, span: Span, out: &mut Vec<Statement>) {
        let scope = self.classes[class.0 as usize].scope;
        let declared = self.field_type(class, name, true);
        let Some(index) = self.static_variable(class, name) else { return };
        if self.variables[index.at()].literal.is_some() {
            return;
        }
        let value = match initial {
            Some(initial) => {
                let outer = std::mem::replace(&mut self.scope, scope);
                let before = self.context().class.replace((class, true));
                let value = self.expression(initial, Some(declared));
                let value = self.coerce_at(value, declared, initial.span, None);
                self.context().class = before;
                self.scope = outer;
                value
            }
            None if self.has_null(declared) => self.null(span),
            None => return,
        };
        self.initialize(index, value, span, out);
    }

    pub(crate) fn class_expression(&mut self, class: &'a ast::Class, span: Span) -> Value {
        let found = self.classes.iter().position(|info| std::ptr::eq(info.ast, class));
        let index = match found {
            Some(found) => ClassIndex(found as u32),
            None => {
                let inner = self.child_scope(self.scope);
                let index = self.declare_class(inner, class);
                if let Some(name) = &class.name {
                    let (value, meaning) = (ValueSymbol::Class(index), TypeSymbol::Class(index));
                    self.declare(inner, &name.text, name.span, Some(value), Some(meaning), None);
                }
                index
            }
        };
        let mut setup = Vec::new();
        self.class_declaration(index, &mut setup);
        let made = self.symbol_value(ValueSymbol::Class(index), span);
        let kind = ExpressionKind::Sequence(setup, Box::new(made.expression));
        Value { expression: expression(kind, Representation::Reference, span), of: made.of }
    }

    // ---- promises ----

    /// Checks a class against its base and interfaces, once, and queues its bodies.
    pub(crate) fn check_class(&mut self, class: ClassIndex) {
        if std::mem::replace(&mut self.classes[class.0 as usize].checked, true) {
            return;
        }
        let info = &self.classes[class.0 as usize];
        let (ast, scope, builtin) = (info.ast, info.scope, info.builtin);
        let module = info.module;
        if builtin || self.is_prelude(module) {
            return;
        }
        let names: Vec<Text> = info.members.keys().cloned().collect();
        let statics: Vec<Text> = info.statics.keys().cloned().collect();
        self.base_of(class);
        for name in &names {
            self.check_override(class, name);
            self.queue_member(class, name, false);
        }
        for name in &statics {
            self.queue_member(class, name, true);
        }
        if let Some(constructor) = self.classes[class.0 as usize].constructor {
            self.function_id(constructor);
        }
        if !ast.is_abstract {
            self.check_abstract(class);
        }
        for written in &ast.implements {
            let wanted = self.resolve_type(written, scope);
            self.check_implements(class, wanted, written.span);
        }
        self.check_initialized(class);
        self.class_id(class);
    }

    fn queue_member(&mut self, class: ClassIndex, name: &str, is_static: bool) {
        let info = &self.classes[class.0 as usize];
        let table = if is_static { &info.statics } else { &info.members };
        let Some(member) = table.get(name).cloned() else { return };
        let class_is_abstract = info.ast.is_abstract;
        match member.kind {
            MemberKind::Field { .. } => {
                self.field_type(class, name, is_static);
            }
            MemberKind::Method(function) => {
                let bodiless = matches!(self.functions[function.at()].ast.body, ast::FunctionBody::None);
                if member.is_abstract && !class_is_abstract {
                    let message = format!("`{name}` is abstract, but its class is not");
                    self.report(Diagnostic::error(codes::BAD_MEMBER, message).at(member.span).with_help("write `abstract` before `class`"));
                } else if bodiless && !member.is_abstract {
                    self.error(codes::BAD_MEMBER, member.span, format!("the method `{name}` needs a body"));
                }
                if bodiless {
                    self.signature_of(function);
                } else {
                    self.function_id(function);
                }
            }
            MemberKind::Accessor { get, set } => {
                for one in [get, set].into_iter().flatten() {
                    self.function_id(one);
                }
            }
        }
    }

    fn check_override(&mut self, class: ClassIndex, name: &str) {
        let Some(own) = self.classes[class.0 as usize].members.get(name).cloned() else { return };
        let base = self.base_of(class);
        let inherited = base.and_then(|(base, arguments)| {
            let of = self.class_type(base, arguments);
            self.member(of, name)
        });
        let class_name = self.classes[class.0 as usize].name.clone();
        let Some(inherited) = inherited.filter(|_| !name.starts_with('#')) else {
            if own.is_override {
                let message = format!("`{name}` overrides nothing: no base class of `{class_name}` has it");
                self.error(codes::BAD_OVERRIDE, own.span, message);
            }
            return;
        };
        let instance = self.own_instance(class);
        let Some(mine) = self.member(instance, name) else { return };
        let fits = match (self.types.kind(mine.of).clone(), self.types.kind(inherited.of).clone()) {
            (Kind::Function(left), Kind::Function(right)) => self.signature_fits(&left, &right, true, 0),
            _ => self.assignable(mine.of, inherited.of),
        };
        let private = inherited.owner.is_some_and(|(_, seen)| seen == ast::Accessibility::Private);
        if private || !fits || mine.method != inherited.method {
            let message = if private {
                format!("`{name}` is private in the base class: it cannot be declared again")
            } else {
                format!("`{name}` does not fit the base class: expected `{}`, found `{}`", self.show(inherited.of), self.show(mine.of))
            };
            let mut diagnostic = Diagnostic::error(codes::BAD_OVERRIDE, message).at(own.span);
            if let Some(at) = inherited.span {
                diagnostic = diagnostic.with_related(at, "the base class declares it here");
            }
            self.report(diagnostic);
        }
    }

    fn check_abstract(&mut self, class: ClassIndex) {
        let instance = self.own_instance(class);
        let mut missing = Vec::new();
        for ancestor in self.ancestry(class) {
            let names: Vec<Text> = self.classes[ancestor.0 as usize]
                .members
                .iter()
                .filter(|(_, member)| member.is_abstract)
                .map(|(name, _)| name.clone())
                .collect();
            for name in names {
                if ancestor != class && self.member(instance, &name).is_some_and(|member| member.is_abstract) {
                    missing.push(format!("`{name}`"));
                }
            }
        }
        if !missing.is_empty() {
            let info = &self.classes[class.0 as usize];
            let span = info.ast.name.as_ref().map_or(info.ast.span, |name| name.span);
            let message = format!("the class `{}` lacks {}, which its base class declares abstract", info.name, missing.join(", "));
            self.error(codes::NOT_IMPLEMENTED, span, message);
        }
    }

    fn check_implements(&mut self, class: ClassIndex, wanted: TypeId, span: Span) {
        let instance = self.own_instance(class);
        if self.assignable(instance, wanted) {
            return;
        }
        let name = self.classes[class.0 as usize].name.clone();
        let mut lacking = Vec::new();
        if let Some(record) = self.record_of(wanted) {
            for property in &record.properties {
                let target = if property.optional { self.types.nullable(property.value) } else { property.value };
                match self.member(instance, &property.name) {
                    None if !property.optional => lacking.push(format!("`{}: {}` is missing", property.name, self.show(property.value))),
                    Some(member) if !self.assignable(member.of, target) => {
                        let (expected, found) = (self.show(property.value), self.show(member.of));
                        lacking.push(format!("`{}` is `{found}`, expected `{expected}`", property.name));
                    }
                    _ => {}
                }
            }
        }
        let message = format!("the class `{name}` does not implement `{}`", self.show(wanted));
        let mut diagnostic = Diagnostic::error(codes::NOT_IMPLEMENTED, message).at(span);
        for one in lacking.into_iter().take(6) {
            diagnostic = diagnostic.with_note(one);
        }
        self.report(diagnostic);
    }

    /// Fields that nothing gives a value.
    fn check_initialized(&mut self, class: ClassIndex) {
        let constructor = self.classes[class.0 as usize].constructor;
        let assigned = constructor.map(|one| Names::of_function(self.functions[one.at()].ast).own_fields).unwrap_or_default();
        let order = self.classes[class.0 as usize].order.clone();
        for name in order {
            let Some(member) = self.classes[class.0 as usize].members.get(&name).cloned() else { continue };
            let MemberKind::Field { initial: None, definite: false, by_parameter: false, .. } = member.kind else { continue };
            let of = self.field_type(class, &name, false);
            let plain = name.strip_prefix('#').unwrap_or(&name);
            if member.is_abstract || self.has_null(of) || self.is_error(of) || of == self.types.basic.unknown || assigned.contains(plain) {
                continue;
            }
            let message = format!("the field `{name}` has no value: it is not given one here nor in the constructor");
            self.report(
                Diagnostic::error(codes::UNINITIALIZED_FIELD, message)
                    .at(member.span)
                    .with_help("give it an initial value, assign it in the constructor, or let its type have `null`"),
            );
        }
    }

    // ---- constructors ----

    /// The start of a constructor: without a base the fields get their values here, else after `super(…)`.
    pub(crate) fn begin_constructor(&mut self, setup: &Setup<'a>, body: &mut Vec<Statement>) {
        let Some((class, _)) = setup.class else { return };
        if self.base_of(class).is_none() {
            self.initialize_fields(class, body);
        } else if !calls_super(setup.function) {
            let name = self.classes[class.0 as usize].name.clone();
            let message = format!("the constructor of `{name}` must call `super(…)`: the class extends another");
            self.error(codes::BAD_SUPER, setup.function.span, message);
        }
        for parameter in &setup.function.parameters {
            if parameter.property.is_none() || self.base_of(class).is_some() {
                continue;
            }
            self.parameter_property(parameter, body);
        }
    }

    fn parameter_property(&mut self, parameter: &'a ast::Parameter, body: &mut Vec<Statement>) {
        let Some(name) = parameter.pattern.as_name() else { return };
        let Some(ValueSymbol::Variable(index)) = self.lookup_value(self.scope, &name.text) else { return };
        let value = self.read_variable(index, name.span);
        let of = value.of;
        self.set_own_field(&name.text, Value { of, ..value }, name.span, body);
    }

    fn set_own_field(&mut self, name: &Text, value: Value, span: Span, body: &mut Vec<Statement>) {
        let this = self.this_value(span);
        let kind = ExpressionKind::SetProperty(Box::new(this), name.clone(), Box::new(value.expression));
        let of = value.of;
        let representation = self.representation(of);
        body.push(Statement { kind: StatementKind::Expression(expression(kind, representation, span)), span });
    }

    fn this_value(&mut self, span: Span) -> Expression {
        match self.lookup_value(self.scope, "this") {
            Some(ValueSymbol::Variable(index)) => self.read_variable(index, span).expression,
            _ => self.null(span),
        }
    }

    /// Gives an instance's own fields their initial values.
    fn initialize_fields(&mut self, class: ClassIndex, body: &mut Vec<Statement>) {
        let order = self.classes[class.0 as usize].order.clone();
        let scope = self.classes[class.0 as usize].scope;
        for name in order {
            let Some(member) = self.classes[class.0 as usize].members.get(&name).cloned() else { continue };
            let MemberKind::Field { initial: Some(initial), by_parameter: false, .. } = member.kind else { continue };
            let declared = self.field_type(class, &name, false);
            // Initial values see the class, not the constructor's parameters; `this` is the instance.
            let outer = self.scope;
            let this = self.lookup_value(outer, "this");
            let inner = self.child_scope(scope);
            self.declare(inner, &"this".into(), Span::default(), this, None, None);
            self.scope = inner;
            let value = self.expression(initial, Some(declared));
            let value = self.coerce_at(value, declared, initial.span, None);
            self.set_own_field(&name, Value { expression: value, of: declared }, initial.span, body);
            self.scope = outer;
        }
    }

    pub(crate) fn super_call(&mut self, call: &'a ast::Call, span: Span) -> Value {
        let class = self.context().class.filter(|(_, is_static)| !is_static).map(|(class, _)| class);
        let base = class.and_then(|class| self.base_of(class).map(|base| (class, base)));
        let in_constructor = self.context().in_constructor;
        let Some((class, (base, arguments))) = base.filter(|_| in_constructor) else {
            self.error(codes::BAD_SUPER, span, "`super(…)` stands only in the constructor of a class that extends another");
            for argument in &call.arguments {
                self.expression(&argument.value, None);
            }
            return self.broken(span);
        };
        let map = Substitution::new(&self.classes[base.0 as usize].parameters.clone(), &arguments);
        let signatures: Vec<Rc<Signature>> = self
            .construct_signatures(base)
            .into_iter()
            .map(|one| Rc::new(self.types.substitute_signature(&one, &map)))
            .collect();
        let this = self.this_value(span);
        let void = self.types.basic.void;
        let signatures: Vec<Rc<Signature>> = signatures.iter().map(|one| Rc::new(Signature { result: void, ..(**one).clone() })).collect();
        let made = self.call_super(Callee::SuperConstructor(base, this), &signatures, call, span);
        let kind = StatementKind::Expression(made.expression);
        let mut setup = vec![Statement { kind, span }];
        self.initialize_fields(class, &mut setup);
        let constructor = self.classes[class.0 as usize].constructor.map(|one| self.functions[one.at()].ast);
        for parameter in constructor.map(|one| &one.parameters[..]).unwrap_or_default() {
            if parameter.property.is_some() {
                self.parameter_property(parameter, &mut setup);
            }
        }
        let null = self.null(span);
        let kind = ExpressionKind::Sequence(setup, Box::new(null));
        Value { expression: expression(kind, Representation::Any, span), of: void }
    }

    /// `super.method`, to be called.
    pub(crate) fn super_method(&mut self, name: &Text, span: Span) -> Option<(Callee, TypeId)> {
        let Some((class, is_static)) = self.context().class else {
            self.error(codes::BAD_SUPER, span, "`super` stands only in the methods of a class that extends another");
            return None;
        };
        let Some((base, arguments)) = self.base_of(class) else {
            let class_name = self.classes[class.0 as usize].name.clone();
            self.error(codes::BAD_SUPER, span, format!("`{class_name}` extends no class: there is no `super`"));
            return None;
        };
        if is_static {
            let of = self.types.intern(Kind::ClassValue(base));
            let member = self.member(of, name)?;
            let value = Value { expression: self.null(span), of };
            return Some((self.member_callee(value, name, &member), member.of));
        }
        let of = self.class_type(base, arguments);
        let Some(member) = self.member(of, name) else {
            self.no_such_member(of, name, span);
            return None;
        };
        self.check_access(&member, name, span);
        if member.is_abstract {
            self.error(codes::BAD_SUPER, span, format!("`{name}` is abstract in the base class: there is nothing to call"));
        }
        let owner = member.owner.map(|(owner, _)| owner)?;
        match self.classes[owner.0 as usize].members.get(name).map(|one| one.kind.clone()) {
            Some(MemberKind::Method(function)) => {
                let this = self.this_value(span);
                Some((Callee::SuperMethod(function, this), member.of))
            }
            _ => {
                let read = self.super_property(name, span);
                Some((Callee::Value(read.expression), read.of))
            }
        }
    }

    /// `super.property`: an accessor of the base; fields are the instance's own.
    pub(crate) fn super_property(&mut self, name: &Text, span: Span) -> Value {
        let Some((base, arguments)) = self.context().class.and_then(|(class, _)| self.base_of(class)) else {
            self.error(codes::BAD_SUPER, span, "`super` stands only in the methods of a class that extends another");
            return self.broken(span);
        };
        let of = self.class_type(base, arguments);
        let Some(member) = self.member(of, name) else {
            self.no_such_member(of, name, span);
            return self.broken(span);
        };
        let owner = member.owner.map(|(owner, _)| owner).unwrap_or(base);
        let this = self.this_value(span);
        match self.classes[owner.0 as usize].members.get(name).map(|one| one.kind.clone()) {
            Some(MemberKind::Accessor { get: Some(get), .. }) => self.call_accessor(get, vec![this], member.of, span),
            Some(MemberKind::Field { .. }) => self.read_member(Value { expression: this, of }, name, &member, span),
            _ => {
                self.error(codes::UNBOUND_METHOD, span, format!("the method `{name}` is taken from its object without being called"));
                self.broken(span)
            }
        }
    }

    // ---- finishing ----

    /// Elaborates what a class of the program consists of.
    pub(crate) fn elaborate_class(&mut self, class: ClassIndex) {
        let names: Vec<Text> = self.classes[class.0 as usize].order.clone();
        for name in names {
            if let Some(MemberKind::Method(function)) = self.classes[class.0 as usize].members.get(&name).map(|one| one.kind.clone())
                && !matches!(self.functions[function.at()].ast.body, ast::FunctionBody::None)
            {
                self.function_id(function);
            }
            if let Some(MemberKind::Accessor { get, set }) = self.classes[class.0 as usize].members.get(&name).map(|one| one.kind.clone()) {
                for one in [get, set].into_iter().flatten() {
                    self.function_id(one);
                }
            }
        }
        let id = self.constructor_id(class);
        if self.classes[class.0 as usize].constructor.is_none() {
            let made = self.implicit_constructor(class);
            self.program.functions[id.0 as usize] = Some(made);
        }
    }

    /// A constructor that only passes its arguments on and gives the fields their values.
    fn implicit_constructor(&mut self, class: ClassIndex) -> typed::Function {
        let contexts = std::mem::take(&mut self.contexts);
        let info = &self.classes[class.0 as usize];
        let (module, scope, name, span) = (info.module, info.scope, info.name.clone(), info.ast.span);
        let before = (self.scope, self.module);
        let mut context = self.new_context(module);
        context.class = Some((class, false));
        context.in_constructor = true;
        self.contexts.push(context);
        self.module = module;
        self.scope = self.child_scope(scope);
        let this_type = self.own_instance(class);
        let (_, this) = self.declare_local(self.scope, &"this".into(), span, this_type, true);
        let mut parameters = vec![this];
        let mut body = Vec::new();
        let mut rest = false;
        if let Some((base, _)) = self.base_of(class) {
            let inherited = self.constructor_of(base).map(|function| self.signature_of(function));
            let mut arguments = vec![read_local(this, Representation::Reference, span)];
            if let Some(signature) = inherited {
                rest = signature.rest.is_some();
                self.forward_parameters(&signature, &mut parameters, &mut arguments, span);
            }
            let id = self.constructor_id(base);
            let call = expression(ExpressionKind::CallFunction(id, arguments), Representation::Any, span);
            body.push(Statement { kind: StatementKind::Expression(call), span });
        }
        self.initialize_fields(class, &mut body);
        (self.scope, self.module) = before;
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

    fn forward_parameters(&mut self, signature: &Signature, parameters: &mut Vec<LocalId>, arguments: &mut Vec<Expression>, span: Span) {
        for one in &signature.parameters {
            let shape = if one.optional { Representation::Any } else { self.representation(one.value) };
            let local = self.new_local(one.name.clone(), shape);
            parameters.push(local);
            arguments.push(read_local(local, shape, span));
        }
        if signature.rest.is_some() {
            let local = self.new_local("rest".into(), Representation::Reference);
            parameters.push(local);
            arguments.push(read_local(local, Representation::Reference, span));
        }
    }

    /// All classes as the program has them, in the order of their numbers.
    pub(crate) fn finish_classes(&mut self) -> Vec<typed::Class> {
        let mut made: Vec<typed::Class> = Vec::new();
        for at in 0..self.program.classes.len() {
            let class = self.program.classes[at];
            let base = self.base_of(class).and_then(|(base, _)| self.classes[base.0 as usize].id);
            let (mut fields, mut members) = match base.and_then(|base| made.get(base.0 as usize)) {
                Some(base) => (base.fields.clone(), base.members.clone()),
                None => (Vec::new(), Vec::new()),
            };
            self.add_own_members(class, &mut fields, &mut members);
            let constructor = self.constructor_id(class);
            let info = &self.classes[class.0 as usize];
            made.push(typed::Class { name: info.name.clone(), base, fields, members, constructor, span: info.ast.span });
        }
        made
    }

    fn add_own_members(&mut self, class: ClassIndex, fields: &mut Vec<typed::Field>, members: &mut Vec<typed::Member>) {
        for name in self.classes[class.0 as usize].order.clone() {
            let Some(member) = self.classes[class.0 as usize].members.get(&name).cloned() else { continue };
            let kind = match member.kind {
                MemberKind::Field { .. } => {
                    let of = self.field_type(class, &name, false);
                    let representation = self.representation(of);
                    match fields.iter_mut().find(|one| one.name == name) {
                        // Declared again: what the base wrote must still fit.
                        Some(before) if before.representation != representation => before.representation = Representation::Any,
                        Some(_) => {}
                        None => fields.push(typed::Field { name, representation }),
                    }
                    continue;
                }
                MemberKind::Method(function) => {
                    let Some(id) = self.functions[function.at()].id else { continue };
                    typed::MemberKind::Method(id)
                }
                MemberKind::Accessor { get, set } => {
                    let get = get.and_then(|one| self.functions[one.at()].id);
                    let set = set.and_then(|one| self.functions[one.at()].id);
                    typed::MemberKind::Accessor { get, set }
                }
            };
            match members.iter_mut().find(|one| one.name == name) {
                Some(before) => {
                    before.kind = match (before.kind, kind) {
                        (typed::MemberKind::Accessor { get: a, set: b }, typed::MemberKind::Accessor { get, set }) => {
                            typed::MemberKind::Accessor { get: get.or(a), set: set.or(b) }
                        }
                        (_, kind) => kind,
                    };
                }
                None => members.push(typed::Member { name, kind }),
            }
        }
    }
}

/// Whether a constructor contains a call of `super`.
fn calls_super(function: &ast::Function) -> bool {
    match &function.body {
        ast::FunctionBody::Block(block) => {
            let mut names = Names::default();
            names.statements(&block.statements);
            names.calls_super
        }
        _ => true,
    }
}
