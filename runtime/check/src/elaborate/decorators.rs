//! Decorators, as TypeScript 5 has them: a decorator is called with what it stands before and a context, and may give
//! something in its place.
//!
//! Order: all decorator expressions are evaluated first, from top to bottom. Then they are called, those of one thing from the
//! last to the first: static methods and accessors, methods and accessors, static fields, fields, at last the class. Static
//! fields get their values after that.

use std::cell::OnceCell;
use std::rc::Rc;

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, ClassMemberKind as K};

use super::calls::{Callee, Given};
use crate::checker::{Checker, Value, expression, read_local};
use crate::codes;
use crate::tables::*;
use crate::typed::{self, ArrayPart, Expression, ExpressionKind, LogicalOperator, Statement, StatementKind};
use crate::types::*;

/// A decorator whose expression was evaluated.
pub(crate) struct Evaluated {
    local: typed::LocalId,
    representation: Representation,
    of: TypeId,
    span: Span,
}

/// The decorators of one member.
pub(crate) struct Decorated<'a> {
    member: &'a ast::ClassMember,
    decorators: Vec<Evaluated>,
}

/// All decorators of a class.
pub(crate) struct Decorations<'a> {
    of_class: Vec<Evaluated>,
    members: Vec<Decorated<'a>>,
    /// Holds what decorators of static members want to run.
    static_initializers: Option<typed::LocalId>,
}

/// What a decorator stands before.
struct Target<'t> {
    kind: &'static str,
    name: &'t Text,
    is_static: bool,
    is_private: bool,
    /// The type of `this` in what it adds.
    this: TypeId,
}

impl<'a> Checker<'a> {
    /// Gives decorated functions and fields of a class the places where what decorators give is kept.
    pub(crate) fn declare_decorated(&mut self, class: ClassIndex) {
        let tree = self.classes[class.0 as usize].ast;
        let class_name = self.classes[class.0 as usize].name.clone();
        let mut any = false;
        for member in tree.members.iter().filter(|one| !one.decorators.is_empty()) {
            let Some((name, function)) = self.decorated_member(class, member) else { continue };
            any = true;
            let full: Text = format!("{class_name}.{name}").into();
            match function {
                Some(function) => {
                    let global = self.new_global(full, self.module);
                    self.program.globals[global.0 as usize].representation = Representation::Reference;
                    let info = &mut self.functions[function.at()];
                    info.uses_this = OnceCell::from(true);
                    info.slot = Some(Slot::Global(global));
                }
                None => {
                    let global = self.new_global(full, self.module);
                    self.program.globals[global.0 as usize].representation = Representation::Reference;
                    let key = (member.modifiers.is_static, name);
                    self.classes[class.0 as usize].transforms.insert(key, global);
                }
            }
        }
        if any {
            let global = self.new_global(format!("{class_name} initializers").into(), self.module);
            self.program.globals[global.0 as usize].representation = Representation::Reference;
            self.classes[class.0 as usize].initializers = Some(global);
        }
    }

    /// The name of a member and, of methods and accessors, the function.
    fn decorated_member(
        &mut self,
        class: ClassIndex,
        member: &'a ast::ClassMember,
    ) -> Option<(Text, Option<FunctionIndex>)> {
        let (K::Field { key, .. } | K::Method { key, .. } | K::Getter { key, .. } | K::Setter { key, .. }) =
            &member.kind
        else {
            return None;
        };
        let name = self.member_name(key)?;
        let info = &self.classes[class.0 as usize];
        let table = if member.modifiers.is_static { &info.statics } else { &info.members };
        let function = match (&table.get(&name)?.kind, &member.kind) {
            (MemberKind::Method(function), _) => Some(*function),
            (MemberKind::Accessor { get, .. }, K::Getter { .. }) => *get,
            (MemberKind::Accessor { set, .. }, K::Setter { .. }) => *set,
            _ => None,
        };
        Some((name, function))
    }

    /// Whether a decorator may give another class in the place of this one.
    pub(crate) fn may_be_replaced(&mut self, class: ClassIndex) -> bool {
        let info = &self.classes[class.0 as usize];
        if let Some(known) = info.replaceable {
            return known;
        }
        let tree = info.ast;
        let scope = self.scopes[info.scope.at()].parent.unwrap_or(info.scope);
        // While it is being found out, the class is what it says.
        self.classes[class.0 as usize].replaceable = Some(false);
        let mut found = false;
        for decorator in &tree.decorators {
            let of = self.probe_type(&decorator.expression, scope);
            for signature in self.call_signatures(of) {
                let result = self.expand(signature.result);
                let basic = self.types.basic;
                found |= ![basic.void, basic.null, basic.never, basic.error].contains(&result);
            }
        }
        self.classes[class.0 as usize].replaceable = Some(found);
        found
    }

    /// The variable of a module's class that a decorator may replace.
    pub(crate) fn replaceable_variable(&mut self, class: ClassIndex) -> Option<VariableIndex> {
        let info = &self.classes[class.0 as usize];
        if info.variable.is_some() || info.ast.decorators.is_empty() {
            return info.variable;
        }
        if !self.may_be_replaced(class) {
            return None;
        }
        let info = &self.classes[class.0 as usize];
        let (name, module, span) = (info.name.clone(), info.module, info.ast.span);
        let global = self.new_global(name.clone(), module);
        self.program.globals[global.0 as usize].representation = Representation::Reference;
        let of = self.types.intern(Kind::ClassValue(class));
        let variable = self.new_variable(Variable {
            name,
            span,
            declared: Some(of),
            place: Place::Global(global, module),
            constant: true,
            source: None,
            inferring: false,
            literal: None,
            state: VariableState::Live,
        });
        self.classes[class.0 as usize].variable = Some(variable);
        Some(variable)
    }

    /// Evaluates the expressions of all decorators of a class, in order.
    pub(crate) fn evaluate_decorators(
        &mut self,
        class: ClassIndex,
        out: &mut Vec<Statement>,
    ) -> Option<Decorations<'a>> {
        let tree = self.classes[class.0 as usize].ast;
        if tree.decorators.is_empty() && tree.members.iter().all(|one| one.decorators.is_empty()) {
            return None;
        }
        let of_class = self.evaluate_list(&tree.decorators, out);
        let mut members = Vec::new();
        for member in tree.members.iter().filter(|one| !one.decorators.is_empty()) {
            let decorators = self.evaluate_list(&member.decorators, out);
            members.push(Decorated { member, decorators });
        }
        if let Some(global) = self.classes[class.0 as usize].initializers {
            self.new_list(global, tree.span, out);
        }
        let has_static = members.iter().any(|one| one.member.modifiers.is_static);
        let static_initializers = has_static.then(|| {
            let empty = empty_array(tree.span);
            self.bind_temporary(empty, out).0
        });
        Some(Decorations { of_class, members, static_initializers })
    }

    fn evaluate_list(&mut self, list: &'a [ast::Decorator], out: &mut Vec<Statement>) -> Vec<Evaluated> {
        let mut all = Vec::new();
        for one in list {
            let value = self.expression(&one.expression, None);
            let of = value.of;
            let (local, representation) = self.bind_temporary(value.expression, out);
            all.push(Evaluated { local, representation, of, span: one.span });
        }
        all
    }

    fn new_list(&mut self, global: typed::GlobalId, span: Span, out: &mut Vec<Statement>) {
        let kind = StatementKind::InitializeGlobal(global, empty_array(span));
        out.push(Statement { kind, span });
    }

    /// Calls the decorators of members, and keeps what they give.
    pub(crate) fn decorate_members(
        &mut self,
        class: ClassIndex,
        decorations: &Decorations<'a>,
        out: &mut Vec<Statement>,
    ) {
        self.fill_global_slots(class, out);
        let turn = |is_static: bool, is_field: bool| {
            decorations.members.iter().filter(move |one| {
                one.member.modifiers.is_static == is_static
                    && matches!(one.member.kind, K::Field { .. }) == is_field
            })
        };
        for (is_static, is_field) in [(true, false), (false, false), (true, true), (false, true)] {
            for one in turn(is_static, is_field) {
                let initializers = match (is_static, decorations.static_initializers) {
                    (true, Some(local)) => read_local(local, Representation::Reference, one.member.span),
                    _ => self.initializer_list(class, one.member.span),
                };
                match is_field {
                    true => self.decorate_field(class, one, initializers, out),
                    false => self.decorate_function(class, one, initializers, out),
                }
            }
        }
    }

    fn initializer_list(&mut self, class: ClassIndex, span: Span) -> Expression {
        match self.classes[class.0 as usize].initializers {
            Some(global) => self.read_global(global, span),
            None => empty_array(span),
        }
    }

    fn read_global(&mut self, global: typed::GlobalId, span: Span) -> Expression {
        self.program.globals[global.0 as usize].shared = true;
        let kind = ExpressionKind::Read(typed::Variable::Global(global));
        expression(kind, Representation::Reference, span)
    }

    /// The written functions, before decorators give others.
    fn fill_global_slots(&mut self, class: ClassIndex, out: &mut Vec<Statement>) {
        for function in self.functions_of(class) {
            let Some(Slot::Global(global)) = self.functions[function.at()].slot else { continue };
            self.function_id(function);
            let span = self.functions[function.at()].ast.span;
            let id = self.body_id(function);
            let closure = expression(ExpressionKind::Closure(id), Representation::Reference, span);
            self.program.globals[global.0 as usize].shared = true;
            out.push(Statement { kind: StatementKind::InitializeGlobal(global, closure), span });
        }
    }

    fn decorate_function(
        &mut self,
        class: ClassIndex,
        one: &Decorated<'a>,
        initializers: Expression,
        out: &mut Vec<Statement>,
    ) {
        let Some((name, Some(function))) = self.decorated_member(class, one.member) else { return };
        let Some(slot) = self.functions[function.at()].slot.clone() else { return };
        let is_static = one.member.modifiers.is_static;
        let this = match is_static {
            true => self.types.intern(Kind::ClassValue(class)),
            false => self.own_instance(class),
        };
        let mut signature = (*self.signature_of(function)).clone();
        signature.parameters.insert(0, ValueParameter { name: "this".into(), value: this, optional: false });
        let of = self.types.function(signature);
        let kind = match one.member.kind {
            K::Getter { .. } => "getter",
            K::Setter { .. } => "setter",
            _ => "method",
        };
        let (local, _) = self.bind_temporary(initializers, out);
        for decorator in one.decorators.iter().rev() {
            let span = decorator.span;
            let current = self.slot_value(class, &slot, span);
            let target = Target { kind, name: &name, is_static, is_private: is_private(one.member), this };
            let list = read_local(local, Representation::Reference, span);
            let given =
                self.call_decorator(class, decorator, Value { expression: current, of }, &target, list);
            let Some(given) = self.replacement(given, of, decorator, out) else { continue };
            let current = self.slot_value(class, &slot, span);
            let chosen = self.given_or(given, current, span);
            self.set_slot(class, &slot, chosen, span, out);
        }
    }

    /// What a decorator gave, if it gave something that fits.
    fn replacement(
        &mut self,
        given: Value,
        wanted: TypeId,
        decorator: &Evaluated,
        out: &mut Vec<Statement>,
    ) -> Option<Value> {
        let basic = self.types.basic;
        let of = self.without_null(given.of);
        let nothing = [basic.void, basic.never, basic.null].contains(&of);
        if !nothing && !self.is_error(of) && !self.assignable(of, wanted) {
            let message = format!(
                "a decorator gives what takes the place of what it stands before: expected `{}`, found `{}`",
                self.show(wanted),
                self.show(of)
            );
            self.report(Diagnostic::error(codes::MISMATCH, message).at(decorator.span));
        }
        if nothing || self.is_error(of) {
            let span = given.expression.span;
            out.push(Statement { kind: StatementKind::Expression(given.expression), span });
            return None;
        }
        Some(given)
    }

    fn given_or(&mut self, given: Value, current: Expression, span: Span) -> Expression {
        if !self.has_null(given.of) {
            return self.reshape(given.expression, Representation::Reference);
        }
        let left = self.reshape(given.expression, Representation::Any);
        let right = self.reshape(current, Representation::Any);
        let kind = ExpressionKind::Logical(LogicalOperator::Coalesce, Box::new(left), Box::new(right));
        let chosen = expression(kind, Representation::Any, span);
        self.reshape(chosen, Representation::Reference)
    }

    fn slot_value(&mut self, class: ClassIndex, slot: &Slot, span: Span) -> Expression {
        match slot {
            Slot::Global(global) => self.read_global(*global, span),
            Slot::Class(name) => {
                let holder = self.class_value(class, span);
                super::slots::property(holder, name, span)
            }
        }
    }

    fn set_slot(
        &mut self,
        class: ClassIndex,
        slot: &Slot,
        value: Expression,
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        match slot {
            Slot::Global(global) => {
                self.program.globals[global.0 as usize].reassigned = true;
                let kind = ExpressionKind::Assign(typed::Variable::Global(*global), Box::new(value));
                let set = expression(kind, Representation::Reference, span);
                out.push(Statement { kind: StatementKind::Expression(set), span });
            }
            Slot::Class(name) => self.fill_slot(class, name, value, span, out),
        }
    }

    fn decorate_field(
        &mut self,
        class: ClassIndex,
        one: &Decorated<'a>,
        initializers: Expression,
        out: &mut Vec<Statement>,
    ) {
        let Some((name, None)) = self.decorated_member(class, one.member) else { return };
        let is_static = one.member.modifiers.is_static;
        let Some(global) = self.classes[class.0 as usize].transforms.get(&(is_static, name.clone())).copied()
        else {
            return;
        };
        let this = match is_static {
            true => self.types.intern(Kind::ClassValue(class)),
            false => self.own_instance(class),
        };
        let field = self.field_type(class, &name, is_static);
        self.new_list(global, one.member.span, out);
        let (local, _) = self.bind_temporary(initializers, out);
        for decorator in one.decorators.iter().rev() {
            let span = decorator.span;
            let target =
                Target { kind: "field", name: &name, is_static, is_private: is_private(one.member), this };
            let value = Value { expression: self.null(span), of: self.types.basic.null };
            let list = read_local(local, Representation::Reference, span);
            let given = self.call_decorator(class, decorator, value, &target, list);
            let with_this = self.without_null(given.of);
            let takes_this = self.call_signatures(with_this).iter().any(|one| one.declares_this());
            let wanted = transform_type(&mut self.types, this, field, takes_this);
            let Some(given) = self.replacement(given, wanted, decorator, out) else { continue };
            self.add_transform(global, given, takes_this, span, out);
        }
    }

    fn add_transform(
        &mut self,
        global: typed::GlobalId,
        given: Value,
        takes_this: bool,
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let optional = self.has_null(given.of);
        let any = self.reshape(given.expression, Representation::Any);
        let (local, _) = self.bind_temporary(any, out);
        let read = read_local(local, Representation::Any, span);
        let transform = match takes_this {
            true => read,
            false => self.call_prelude("ignoringObject", vec![read], span),
        };
        let list = self.read_global(global, span);
        let push = self.builtin_call("Array.push", vec![list, transform], Representation::Int, span);
        let push = Statement { kind: StatementKind::Expression(push), span };
        if !optional {
            return out.push(push);
        }
        let read = read_local(local, Representation::Any, span);
        let null = self.null(span);
        let kind = ExpressionKind::Binary(typed::BinaryOperator::Equal, Box::new(read), Box::new(null));
        let missing = expression(kind, Representation::Boolean, span);
        out.push(Statement { kind: StatementKind::If(missing, vec![], vec![push]), span });
    }

    /// Calls the decorators of a class; a class that one gives takes the place of this one.
    pub(crate) fn decorate_class(
        &mut self,
        class: ClassIndex,
        decorations: &Decorations<'a>,
        out: &mut Vec<Statement>,
    ) -> Option<typed::LocalId> {
        if decorations.of_class.is_empty() {
            return None;
        }
        let span = self.classes[class.0 as usize].ast.span;
        let (initializers, _) = self.bind_temporary(empty_array(span), out);
        let name = self.classes[class.0 as usize].name.clone();
        for decorator in decorations.of_class.iter().rev() {
            let span = decorator.span;
            let current = self.symbol_value(ValueSymbol::Class(class), span);
            let of = current.of;
            let target = Target { kind: "class", name: &name, is_static: false, is_private: false, this: of };
            let list = read_local(initializers, Representation::Reference, span);
            let given = self.call_decorator(class, decorator, current, &target, list);
            let Some(given) = self.replacement(given, of, decorator, out) else { continue };
            let Some(variable) = self.classes[class.0 as usize].variable else { continue };
            let current = self.class_value(class, span);
            let chosen = self.given_or(given, current, span);
            let set = self.write_variable(variable, chosen, span);
            out.push(Statement { kind: StatementKind::Expression(set), span });
        }
        Some(initializers)
    }

    /// Runs what decorators of static members, or of the class, added.
    pub(crate) fn run_static_initializers(
        &mut self,
        class: ClassIndex,
        list: Option<typed::LocalId>,
        out: &mut Vec<Statement>,
    ) {
        let Some(list) = list else { return };
        let span = self.classes[class.0 as usize].ast.span;
        let list = read_local(list, Representation::Reference, span);
        let target = self.class_value(class, span);
        let run = self.call_prelude("runInitializers", vec![list, target], span);
        out.push(Statement { kind: StatementKind::Expression(run), span });
    }

    pub(crate) fn static_list(decorations: &Decorations<'a>) -> Option<typed::LocalId> {
        decorations.static_initializers
    }

    /// Runs what decorators of members added, on a new instance.
    pub(crate) fn run_initializers(&mut self, class: ClassIndex, span: Span, body: &mut Vec<Statement>) {
        let Some(global) = self.classes[class.0 as usize].initializers else { return };
        let list = self.read_global(global, span);
        let this = self.this_value(span);
        let run = self.call_prelude("runInitializers", vec![list, this], span);
        body.push(Statement { kind: StatementKind::Expression(run), span });
    }

    /// The initial value of a field after its decorators' functions saw it.
    pub(crate) fn decorated_initial(
        &mut self,
        class: ClassIndex,
        name: &Text,
        is_static: bool,
        of: TypeId,
        value: Expression,
    ) -> Expression {
        let Some(global) = self.classes[class.0 as usize].transforms.get(&(is_static, name.clone())).copied()
        else {
            return value;
        };
        let span = value.span;
        let list = self.read_global(global, span);
        let target = match is_static {
            true => self.class_value(class, span),
            false => self.this_value(span),
        };
        let made = self.call_prelude("initialValue", vec![list, target, value], span);
        self.settle(made, of).expression
    }

    /// Calls a function of the prelude that takes and gives values of any kind.
    fn call_prelude(&mut self, name: &str, arguments: Vec<Expression>, span: Span) -> Expression {
        let Some(ValueSymbol::Function(function)) = self.lookup_value(self.root, name) else {
            return self.null(span);
        };
        let id = self.function_id(function);
        let signature = self.signature_of(function);
        let shapes: Vec<Representation> =
            signature.parameters.iter().map(|one| self.representation(one.value)).collect();
        let arguments =
            arguments.into_iter().zip(shapes).map(|(one, shape)| self.reshape(one, shape)).collect();
        let result = self.representation(signature.result);
        expression(ExpressionKind::CallFunction(id, arguments), result, span)
    }

    fn call_decorator(
        &mut self,
        class: ClassIndex,
        decorator: &Evaluated,
        value: Value,
        target: &Target<'_>,
        initializers: Expression,
    ) -> Value {
        let span = decorator.span;
        let signatures = self.call_signatures(decorator.of);
        let callee = read_local(decorator.local, decorator.representation, span);
        let Some(first) = signatures.first() else {
            if !self.is_error(decorator.of) {
                let message = format!("a decorator is a function, found `{}`", self.show(decorator.of));
                self.error(codes::NOT_CALLABLE, span, message);
            }
            return self.broken(span);
        };
        let takes = if first.rest.is_some() { 2 } else { first.parameters.len().min(2) };
        let second = first.parameters.get(1).map(|one| one.value);
        let mut given = match second {
            Some(second) if self.wants_key(second) => self.legacy_arguments(class, target, span),
            _ => {
                let context = self.decorator_context(target, initializers, span);
                vec![value, context]
            }
        };
        given.truncate(takes);
        let given = given
            .into_iter()
            .map(|value| Given { spread: false, ast: None, span, value: Some(value) })
            .collect();
        self.call_given(Callee::Value(callee), &signatures, &[], given, None, span, span)
    }

    /// Decorators of the older form take the class and the name of the member.
    fn wants_key(&mut self, second: TypeId) -> bool {
        let second = self.expand(second);
        let string = self.types.basic.string;
        second != self.types.basic.unknown && self.assignable(string, second)
    }

    fn legacy_arguments(&mut self, class: ClassIndex, target: &Target<'_>, span: Span) -> Vec<Value> {
        let of_class = self.symbol_value(ValueSymbol::Class(class), span);
        let name = self.literal(&Literal::String(target.name.clone()), span);
        vec![of_class, name]
    }

    fn decorator_context(&mut self, target: &Target<'_>, initializers: Expression, span: Span) -> Value {
        let text = |text: Text| expression(ExpressionKind::String(text), Representation::Reference, span);
        let flag = |flag| expression(ExpressionKind::Boolean(flag), Representation::Boolean, span);
        let arguments = vec![
            text(target.kind.into()),
            text(target.name.clone()),
            flag(target.is_static),
            flag(target.is_private),
            initializers,
        ];
        let made = self.call_prelude("decoratorContext", arguments, span);
        let of = self.context_type(target);
        self.settle(made, of)
    }

    fn context_type(&mut self, target: &Target<'_>) -> TypeId {
        let basic = self.types.basic;
        let plain = |parameters, result| Signature {
            type_parameters: vec![],
            parameters,
            rest: None,
            result,
            predicate: None,
        };
        let this = ValueParameter { name: "this".into(), value: target.this, optional: false };
        let initializer = self.types.function(plain(vec![this], basic.void));
        let initializer = ValueParameter { name: "initializer".into(), value: initializer, optional: false };
        let add = self.types.function(plain(vec![initializer], basic.void));
        let kind = self.types.literal_string(target.kind);
        let mut record = Record::default();
        let mut put = |name: &str, value, method| {
            let name = name.into();
            record.properties.push(Property { name, value, optional: false, readonly: true, method });
        };
        put("kind", kind, false);
        put("name", basic.string, false);
        put("static", basic.boolean, false);
        put("private", basic.boolean, false);
        put("addInitializer", add, true);
        self.types.record(record)
    }
}

fn is_private(member: &ast::ClassMember) -> bool {
    let (K::Field { key, .. } | K::Method { key, .. } | K::Getter { key, .. } | K::Setter { key, .. }) =
        &member.kind
    else {
        return false;
    };
    matches!(key, ast::PropertyKey::Private(_))
}

fn empty_array(span: Span) -> Expression {
    let kind = ExpressionKind::Array { element: Representation::Any, parts: Vec::<ArrayPart>::new() };
    expression(kind, Representation::Reference, span)
}

/// `(initial: T) => T`, with the object before it where the function declares `this`.
fn transform_type(types: &mut Types, this: TypeId, field: TypeId, takes_this: bool) -> TypeId {
    let mut parameters = vec![ValueParameter { name: "initial".into(), value: field, optional: false }];
    if takes_this {
        parameters.insert(0, ValueParameter { name: "this".into(), value: this, optional: false });
    }
    let signature =
        Signature { type_parameters: vec![], parameters, rest: None, result: field, predicate: None };
    types.intern(Kind::Function(Rc::new(signature)))
}
