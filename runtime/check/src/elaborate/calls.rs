//! Calls: which signature, which type arguments, and how the call is made.

use std::rc::Rc;

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, ExpressionKind as E};

use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::infer::Inference;
use crate::members::{Access, FoundMember, StaticAccess};
use crate::tables::*;
use crate::typed::{ArrayPart, Arguments, Expression, ExpressionKind, NativeFunction, NativeId};
use crate::types::*;

/// Who is called, with the receiver evaluated.
#[derive(Debug)]
pub(crate) enum Callee {
    /// A declared function; a built-in class's method has the receiver first.
    Function(FunctionIndex, Option<Expression>),
    /// A member found by name.
    Method(Expression, Text),
    Native(NativeIndex),
    Value(Expression),
    /// A constructor, for `new` and `super`.
    New(ClassIndex),
    SuperConstructor(ClassIndex, Expression),
    /// A method of the base class, on `this`.
    SuperMethod(FunctionIndex, Expression),
    /// A built-in constructor.
    Builtin(Text),
}

/// An argument before it is converted.
struct Given<'a> {
    spread: bool,
    ast: Option<&'a ast::Expression>,
    value: Option<Value>,
    span: Span,
}

impl<'a> Checker<'a> {
    pub(crate) fn call(&mut self, call: &'a ast::Call, expected: Option<TypeId>, span: Span) -> Value {
        if let E::Name(name) = &call.callee.kind
            && &**name == "match"
            && self.lookup_value(self.scope, name).is_none()
        {
            return self.match_call(call, expected, span);
        }
        if let E::Super = call.callee.kind {
            return self.super_call(call, span);
        }
        if let Some(made) = self.special_call(call, span) {
            return made;
        }
        let Some((callee, of)) = self.callee(call) else {
            for argument in &call.arguments {
                self.expression(&argument.value, None);
            }
            return self.broken(span);
        };
        if self.is_error(of) {
            for argument in &call.arguments {
                self.expression(&argument.value, None);
            }
            return self.broken(span);
        }
        let signatures = self.call_signatures(of);
        if signatures.is_empty() {
            return self.not_callable(call, of, span);
        }
        let made = self.call_signatures_with(callee, &signatures, call, expected, span);
        self.adjust_result(call, made)
    }

    /// Functions whose result says more than their declaration can.
    fn adjust_result(&mut self, call: &'a ast::Call, made: Value) -> Value {
        let E::Member { object, property, .. } = &call.callee.kind else { return made };
        let E::Name(owner) = &object.kind else { return made };
        let Some(ValueSymbol::Class(class)) = self.lookup_value(self.scope, owner) else { return made };
        if !self.classes[class.0 as usize].builtin {
            return made;
        }
        let basic = self.types.basic;
        match (&**owner, &*property.text) {
            ("Math", "floor" | "ceil" | "round" | "trunc") => Value { of: basic.integral, ..made },
            ("JSON", "parse") if call.type_arguments.len() == 1 => {
                let to = self.resolve_type(&call.type_arguments[0], self.scope);
                let span = made.expression.span;
                self.cast_value(made, to, span)
            }
            _ => made,
        }
    }

    fn not_callable(&mut self, call: &'a ast::Call, of: TypeId, span: Span) -> Value {
        for argument in &call.arguments {
            self.expression(&argument.value, None);
        }
        let message = format!("expected a function, found `{}`", self.show(of));
        let mut diagnostic = Diagnostic::error(codes::NOT_CALLABLE, message).at(call.callee.span);
        if matches!(self.types.kind(of), Kind::ClassValue(_)) {
            diagnostic = diagnostic.with_edit("a class is made with `new`", call.callee.span.at_start(), "new ");
        } else if self.has_null(of) {
            diagnostic = diagnostic.with_help("it may be null: test it first, or call it with `?.(…)`");
        }
        self.report(diagnostic);
        self.broken(span)
    }

    /// Conversions spelled as calls, `new`-less errors, `bind`, `call` and `apply`.
    fn special_call(&mut self, call: &'a ast::Call, span: Span) -> Option<Value> {
        match &call.callee.without_parentheses().kind {
            E::Name(name) => {
                let Some(ValueSymbol::Class(class)) = self.lookup_value(self.scope, name) else { return None };
                let info = &self.classes[class.0 as usize];
                if !info.builtin {
                    let is_error = self.is_prelude(info.module);
                    return is_error.then(|| self.construct(class, call, None, span));
                }
                let conversion = matches!(&**name, "String" | "Number" | "Boolean");
                if !conversion || call.arguments.len() != 1 || call.arguments[0].spread.is_some() {
                    return (&**name == "Array").then(|| self.construct(class, call, None, span));
                }
                let value = self.expression(&call.arguments[0].value, None);
                let basic = self.types.basic;
                Some(match &**name {
                    "String" => Value { expression: self.text(value), of: basic.string },
                    "Number" => self.number_of(value, span),
                    _ => Value { expression: self.truth(value), of: basic.boolean },
                })
            }
            E::Member { object, property, .. } if matches!(&*property.text, "call" | "apply" | "bind") => {
                self.function_helper(object, &property.text, call, span)
            }
            _ => None,
        }
    }

    /// `f.call(this, a)`, `f.apply(this, [a])`, `f.bind(this, a)`: also of methods, whose object is then the argument.
    fn function_helper(&mut self, function: &'a ast::Expression, name: &str, call: &'a ast::Call, span: Span) -> Option<Value> {
        let is_method = match &function.kind {
            E::Member { object, property, .. } => {
                let of = self.static_type(object)?;
                let of = self.without_null(of);
                self.member(of, &property.text).is_some_and(|member| member.method)
            }
            _ => false,
        };
        if !is_method {
            let of = self.static_type(function)?;
            if self.call_signatures(of).is_empty() || self.member(of, name).is_some() {
                return None;
            }
        }
        let mut arguments = call.arguments.iter();
        let this = arguments.next();
        let mut setup = Vec::new();
        let (callee, of) = if is_method {
            let E::Member { object, property, .. } = &function.kind else { return None };
            let receiver = match this {
                Some(this) if !matches!(this.value.kind, E::Null) => {
                    let original = self.probe_type(object, self.scope);
                    let value = self.expression(&this.value, Some(original));
                    let expression = self.coerce_at(value, original, this.value.span, None);
                    Value { expression, of: original }
                }
                _ => self.expression(object, None),
            };
            let (local, representation) = self.bind_temporary(receiver.expression, &mut setup);
            let kept = Value { expression: crate::checker::read_local(local, representation, span), of: receiver.of };
            let member = self.member(receiver.of, &property.text)?;
            (self.member_callee(kept, &property.text, &member), member.of)
        } else {
            if let Some(this) = this {
                let value = self.expression(&this.value, None);
                setup.push(crate::typed::Statement { kind: crate::typed::StatementKind::Expression(value.expression), span });
            }
            let value = self.expression(function, None);
            (Callee::Value(value.expression), value.of)
        };
        let signatures = self.call_signatures(of);
        let made = match name {
            "call" => {
                let given = call.arguments.get(1..).unwrap_or_default();
                self.call_given(callee, &signatures, &[], given_of(given), None, call.arguments_span, span)
            }
            "apply" => {
                let mut given = given_of(call.arguments.get(1..2).unwrap_or_default());
                for one in &mut given {
                    one.spread = true;
                }
                self.call_given(callee, &signatures, &[], given, None, call.arguments_span, span)
            }
            _ => self.bound(callee, &signatures, call, &mut setup, span)?,
        };
        let representation = made.expression.representation;
        let kind = ExpressionKind::Sequence(setup, Box::new(made.expression));
        Some(Value { expression: expression(kind, representation, span), of: made.of })
    }

    /// `f.bind(this, a)`: a closure that calls with what was given first.
    fn bound(
        &mut self,
        callee: Callee,
        signatures: &[Rc<Signature>],
        call: &'a ast::Call,
        setup: &mut Vec<crate::typed::Statement>,
        span: Span,
    ) -> Option<Value> {
        let signature = signatures.first()?.clone();
        let given = call.arguments.get(1..).unwrap_or_default();
        let mut values = Vec::new();
        for (index, one) in given.iter().enumerate() {
            let wanted = signature.parameters.get(index).map(|one| one.value).or(signature.rest)?;
            let value = self.expression(&one.value, Some(wanted));
            let value = self.coerce(value, wanted);
            let from = value.representation;
            values.push(self.reshape(value, from, Representation::Any));
        }
        let rest: Vec<ValueParameter> = signature.parameters.get(given.len()..).unwrap_or_default().to_vec();
        let bound_count = values.len();
        let target = match callee {
            Callee::Value(value) => value,
            Callee::Method(object, name) => return Some(self.bound_method(object, &name, values, &signature, rest, span)),
            Callee::Function(function, Some(receiver)) => {
                let mut all = vec![receiver];
                all.append(&mut values);
                let inner = self.function_id(function);
                let value = expression(ExpressionKind::Closure(inner), Representation::Reference, span);
                return Some(self.bound_closure(value, all, &signature, rest, setup, span));
            }
            _ => return None,
        };
        let _ = bound_count;
        Some(self.bound_closure(target, values, &signature, rest, setup, span))
    }

    fn bound_method(&mut self, object: Expression, name: &str, values: Vec<Expression>, signature: &Signature, rest: Vec<ValueParameter>, span: Span) -> Value {
        let mut parts = vec![object];
        parts.extend(values);
        self.make_bound(parts, signature, rest, span, |mut arguments| {
            let object = arguments.remove(0);
            ExpressionKind::CallMethod(Box::new(object), name.into(), Arguments::Fixed(arguments))
        })
    }

    fn bound_closure(
        &mut self,
        target: Expression,
        values: Vec<Expression>,
        signature: &Signature,
        rest: Vec<ValueParameter>,
        _setup: &mut Vec<crate::typed::Statement>,
        span: Span,
    ) -> Value {
        let mut parts = vec![target];
        parts.extend(values);
        self.make_bound(parts, signature, rest, span, |mut arguments| {
            let target = arguments.remove(0);
            ExpressionKind::CallValue(Box::new(target), Arguments::Fixed(arguments))
        })
    }

    /// A closure over `parts` that appends its own arguments and makes the call that `finish` builds.
    fn make_bound(
        &mut self,
        parts: Vec<Expression>,
        signature: &Signature,
        rest: Vec<ValueParameter>,
        span: Span,
        finish: impl FnOnce(Vec<Expression>) -> ExpressionKind,
    ) -> Value {
        let mut setup = Vec::new();
        let mut captures = Vec::new();
        let mut reads = Vec::new();
        for part in parts {
            let (local, representation) = self.bind_temporary(part, &mut setup);
            self.context().locals[local.0 as usize].captured = true;
            captures.push(crate::typed::Variable::Local(local));
            let variable = crate::typed::Variable::Capture(captures.len() as u32 - 1);
            reads.push(expression(ExpressionKind::Read(variable), representation, span));
        }
        let mut locals = Vec::new();
        let mut parameters = Vec::new();
        for one in &rest {
            let local = crate::typed::LocalId(locals.len() as u32);
            locals.push(crate::typed::Local { name: one.name.clone(), representation: Representation::Any, reassigned: false, captured: false });
            parameters.push(local);
            reads.push(crate::checker::read_local(local, Representation::Any, span));
        }
        let call = expression(finish(reads), Representation::Any, span);
        let body = vec![crate::typed::Statement { kind: crate::typed::StatementKind::Return(Some(call)), span }];
        let id = self.reserve_function();
        self.program.functions[id.0 as usize] = Some(crate::typed::Function {
            name: "bound".into(),
            parameters,
            rest: false,
            locals,
            captures,
            body,
            result: Representation::Any,
            is_async: false,
            span,
        });
        let closure = expression(ExpressionKind::Closure(id), Representation::Reference, span);
        let kind = ExpressionKind::Sequence(setup, Box::new(closure));
        let of = self.types.function(Signature { parameters: rest, rest: None, predicate: None, ..signature.clone() });
        Value { expression: expression(kind, Representation::Reference, span), of }
    }

    /// Evaluates what is called.
    fn callee(&mut self, call: &'a ast::Call) -> Option<(Callee, TypeId)> {
        let function = call.callee.without_parentheses();
        match &function.kind {
            E::Name(name) => {
                let symbol = self.lookup_value(self.scope, name);
                symbol.and_then(|symbol| self.symbol_callee(symbol, function.span))
            }
            E::Member { object, property, optional } => self.member_call(function, object, &property.text, property.span, *optional, call),
            E::PrivateMember { object, property, optional } => {
                let name: Text = format!("#{}", property.text).into();
                self.member_call(function, object, &name, property.span, *optional, call)
            }
            E::Index { object, index, optional } if crate::declare::well_known(index).is_some() => {
                let name = crate::declare::well_known(index).unwrap_or_else(|| "".into());
                self.member_call(function, object, &name, index.span, *optional, call)
            }
            _ => {
                let value = self.expression(&call.callee, None);
                Some((Callee::Value(value.expression), value.of))
            }
        }
        .or_else(|| {
            if let E::Name(_) = &function.kind {
                self.expression(&call.callee, None);
            }
            None
        })
        .map(|(callee, of)| match callee {
            Callee::Value(value) if call.optional => {
                let value = self.guard(Value { expression: value, of });
                (Callee::Value(value.expression), value.of)
            }
            callee => (callee, of),
        })
    }

    fn symbol_callee(&mut self, symbol: ValueSymbol, span: Span) -> Option<(Callee, TypeId)> {
        match symbol {
            ValueSymbol::Function(index) => {
                let of = self.function_type(index);
                if self.functions[index.at()].result == ResultState::InProgress {
                    self.functions[index.at()].recursive = true;
                }
                Some((Callee::Function(index, None), of))
            }
            ValueSymbol::Native(index) => {
                let of = self.symbol_type(symbol, span);
                Some((Callee::Native(index), of))
            }
            _ => {
                let value = self.symbol_value(symbol, span);
                Some((Callee::Value(value.expression), value.of))
            }
        }
    }

    fn member_call(
        &mut self,
        whole: &'a ast::Expression,
        object: &'a ast::Expression,
        name: &Text,
        name_span: Span,
        optional: bool,
        call: &'a ast::Call,
    ) -> Option<(Callee, TypeId)> {
        if matches!(object.kind, E::Super) {
            return self.super_method(name, name_span);
        }
        let value = self.expression(object, None);
        let value = if optional { self.guard(value) } else { value };
        let value = self.receiver(value, &format!("`.{name}`"), name_span);
        if self.is_error(value.of) {
            return None;
        }
        let of = self.expand(value.of);
        let members = self.types.members(of);
        if members.len() > 1 {
            return self.union_callee(value, &members, name, name_span);
        }
        let Some(member) = self.member(of, name) else {
            self.no_such_member(value.of, name, name_span);
            return None;
        };
        self.check_access(&member, name, name_span);
        let narrowed = self.reference_of(whole).and_then(|reference| self.context().flow.facts.get(&reference).copied());
        let member_type = narrowed.unwrap_or(member.of);
        if member.method || matches!(member.access, Access::Static(StaticAccess::Method(_) | StaticAccess::Symbol(_))) {
            if call.optional && self.has_null(member.of) {
                // An optional method: read as a value first.
                let read = self.read_member(value, name, &FoundMember { method: false, ..member.clone() }, name_span);
                return Some((Callee::Value(read.expression), read.of));
            }
            return Some((self.member_callee(value, name, &member), member_type));
        }
        let read = self.read_member(value, name, &member, name_span);
        let read = self.settle(read.expression, member_type);
        Some((Callee::Value(read.expression), read.of))
    }

    /// A method call on a union: found by name where all members find it so, else a built-in chosen by a test.
    fn union_callee(&mut self, value: Value, members: &[TypeId], name: &Text, span: Span) -> Option<(Callee, TypeId)> {
        let mut found = Vec::new();
        for one in members {
            match self.member(*one, name) {
                Some(member) => found.push(member),
                None => {
                    self.read_property(value, name, span);
                    return None;
                }
            }
        }
        let first = found.first()?.clone();
        for one in &found {
            self.check_access(one, name, span);
        }
        let same = found.iter().all(|one| one.of == first.of);
        if found.iter().all(|one| one.access == Access::Dynamic) {
            let of = if same { first.of } else { self.common_signature(&found)? };
            return Some((Callee::Method(value.expression, name.clone()), of));
        }
        if found.iter().all(|one| one.access == first.access) {
            return Some((self.member_callee(value, name, &first), first.of));
        }
        let message = format!("`{name}` cannot be called on `{}`: its members find it in different ways", self.show(value.of));
        self.report(Diagnostic::error(codes::NOT_SUPPORTED, message).at(span).with_help("narrow the value first, with `typeof`, `instanceof` or `Array.isArray`"));
        None
    }

    /// A signature that all have in common: parameters that fit each, any of the results.
    fn common_signature(&mut self, found: &[FoundMember]) -> Option<TypeId> {
        let mut signatures = Vec::new();
        for one in found {
            signatures.push(self.call_signatures(one.of).into_iter().next()?);
        }
        let count = signatures.iter().map(|one| one.parameters.len()).max().unwrap_or(0);
        let mut parameters = Vec::new();
        for index in 0..count {
            let types: Vec<TypeId> = signatures.iter().filter_map(|one| one.parameters.get(index)).map(|one| one.value).collect();
            let optional = signatures.iter().all(|one| one.parameters.get(index).is_none_or(|one| one.optional));
            let name = signatures.iter().find_map(|one| one.parameters.get(index)).map_or_else(|| "value".into(), |one| one.name.clone());
            parameters.push(ValueParameter { name, value: self.intersect(&types), optional });
        }
        let results: Vec<TypeId> = signatures.iter().map(|one| one.result).collect();
        let result = self.types.union(results);
        Some(self.types.function(Signature { type_parameters: vec![], parameters, rest: None, result, predicate: None }))
    }

    pub(crate) fn member_callee(&mut self, value: Value, name: &str, member: &FoundMember) -> Callee {
        match &member.access {
            Access::Method(function) => {
                let own = self.functions[function.at()].owner.map(|(class, _)| class);
                let receiver = match own {
                    Some(class) => {
                        let own = self.own_instance(class);
                        let wanted = self.representation(own);
                        let from = value.expression.representation;
                        self.reshape(value.expression, from, wanted)
                    }
                    None => value.expression,
                };
                Callee::Function(*function, Some(receiver))
            }
            Access::Static(StaticAccess::Method(function)) => Callee::Function(*function, None),
            Access::Static(StaticAccess::Symbol(ValueSymbol::Function(function))) => Callee::Function(*function, None),
            Access::Static(StaticAccess::Symbol(ValueSymbol::Native(native))) => Callee::Native(*native),
            Access::Static(StaticAccess::Symbol(symbol)) => {
                let made = self.symbol_value(*symbol, value.expression.span);
                Callee::Value(made.expression)
            }
            _ => Callee::Method(value.expression, name.into()),
        }
    }

    /// Calls a member without arguments in the source: `toString`, `[Symbol.iterator]`.
    pub(crate) fn call_member_value(&mut self, value: Value, name: &str, member: &FoundMember, arguments: Vec<Value>, span: Span) -> Value {
        let callee = self.member_callee(value, name, member);
        let signatures = self.call_signatures(member.of);
        let given = arguments
            .into_iter()
            .map(|value| Given { spread: false, ast: None, span: value.expression.span, value: Some(value) })
            .collect();
        self.call_given(callee, &signatures, &[], given, None, span, span)
    }

    pub(crate) fn call_with_values(&mut self, callee: Value, arguments: Vec<Value>, span: Span) -> Value {
        let signatures = self.call_signatures(callee.of);
        if signatures.is_empty() {
            if !self.is_error(callee.of) {
                let message = format!("expected a function, found `{}`", self.show(callee.of));
                self.error(codes::NOT_CALLABLE, span, message);
            }
            return self.broken(span);
        }
        let given = arguments
            .into_iter()
            .map(|value| Given { spread: false, ast: None, span: value.expression.span, value: Some(value) })
            .collect();
        self.call_given(Callee::Value(callee.expression), &signatures, &[], given, None, span, span)
    }

    fn call_signatures_with(&mut self, callee: Callee, signatures: &[Rc<Signature>], call: &'a ast::Call, expected: Option<TypeId>, span: Span) -> Value {
        let json = call.type_arguments.len() == 1 && signatures.iter().all(|one| one.type_parameters.is_empty());
        let type_arguments: Vec<TypeId> = if json && matches!(&callee, Callee::Function(function, None) if self.functions[function.at()].native.as_deref() == Some("JSON.parse")) {
            vec![]
        } else {
            call.type_arguments.iter().map(|one| self.resolve_type(one, self.scope)).collect()
        };
        self.call_given(callee, signatures, &type_arguments, given_of(&call.arguments), expected, call.arguments_span, span)
    }

    /// Chooses the signature, infers its type arguments, converts the arguments and makes the call.
    #[expect(clippy::too_many_arguments, reason = "the parts of a call")]
    fn call_given(
        &mut self,
        callee: Callee,
        signatures: &[Rc<Signature>],
        type_arguments: &[TypeId],
        mut given: Vec<Given<'a>>,
        expected: Option<TypeId>,
        arguments_span: Span,
        span: Span,
    ) -> Value {
        // Arguments that need no context are looked at once, before a signature is chosen.
        for one in &mut given {
            let Some(ast) = one.ast else { continue };
            if one.value.is_none() && (one.spread || signatures.len() > 1) && (one.spread || !needs_context(ast)) {
                one.value = Some(self.expression(ast, None));
            }
        }
        let Some(chosen) = self.choose(signatures, &given) else {
            self.no_overload(signatures, &mut given, arguments_span);
            return self.broken(span);
        };
        if signatures.len() == 1 && !self.check_count(&chosen, &given, arguments_span) {
            for one in &mut given {
                if let (Some(ast), None) = (one.ast, &one.value) {
                    one.value = Some(self.expression(ast, None));
                }
            }
            let of = if chosen.type_parameters.is_empty() { chosen.result } else { self.types.basic.error };
            return Value { of, ..self.broken(span) };
        }
        let (signature, values) = self.infer_call(&chosen, type_arguments, given, expected, arguments_span);
        self.make_call(callee, &chosen, &signature, values, span)
    }

    /// The first signature that takes this many arguments of these types.
    fn choose(&mut self, signatures: &[Rc<Signature>], given: &[Given<'a>]) -> Option<Rc<Signature>> {
        if let [only] = signatures {
            return Some(only.clone());
        }
        signatures.iter().find(|signature| self.takes(signature, given)).cloned()
    }

    fn takes(&mut self, signature: &Signature, given: &[Given<'a>]) -> bool {
        let spread = given.iter().any(|one| one.spread);
        let count = given.len();
        if !spread && (count < signature.required() || (count > signature.parameters.len() && signature.rest.is_none())) {
            return false;
        }
        let mut inference = Inference::new(&signature.type_parameters);
        for (index, one) in given.iter().enumerate() {
            let Some(wanted) = signature.parameters.get(index).map(|one| one.value).or(signature.rest) else { return spread };
            match &one.value {
                Some(value) if !one.spread => self.infer_from(&mut inference, wanted, value.of, 0),
                _ => {}
            }
        }
        let map = self.solve(&inference, false);
        for (index, one) in given.iter().enumerate() {
            let Some(wanted) = signature.parameters.get(index).map(|one| one.value).or(signature.rest) else { return spread };
            let wanted = self.types.substitute(wanted, &map);
            let fits = match (&one.value, one.ast) {
                (Some(_), _) if one.spread => true,
                (Some(value), _) => self.assignable(value.of, wanted),
                (None, Some(ast)) => self.may_be(ast, wanted),
                (None, None) => true,
            };
            if !fits {
                return false;
            }
        }
        true
    }

    /// Whether a function or literal that was not looked at yet could be of a type.
    fn may_be(&mut self, ast: &'a ast::Expression, wanted: TypeId) -> bool {
        let function = match &ast.without_parentheses().kind {
            E::Arrow(arrow) => &arrow.function,
            E::Function(function) => function,
            E::Name(_) => return !self.contextual_signature(wanted).is_some_and(|one| one.predicate.is_some()),
            _ => return true,
        };
        let wanted_signature = self.contextual_signature(wanted);
        let wanted = self.expand(wanted);
        match wanted_signature {
            Some(signature) => {
                if signature.predicate.as_ref().is_some_and(|one| one.target.is_some()) {
                    return matches!(function.return_type.as_ref().map(|one| &one.kind), Some(ast::TypeKind::Predicate { .. }));
                }
                let least = function.parameters.iter().filter(|one| !one.optional && !one.rest && one.default.is_none()).count();
                least <= signature.parameters.len() || signature.rest.is_some()
            }
            None => matches!(self.types.kind(wanted), Kind::Unknown | Kind::Parameter(_) | Kind::Object | Kind::Error),
        }
    }

    fn no_overload(&mut self, signatures: &[Rc<Signature>], given: &mut [Given<'a>], span: Span) {
        let mut shown = Vec::new();
        for one in given.iter_mut() {
            if one.value.is_none()
                && let Some(ast) = one.ast
            {
                one.value = Some(self.expression(ast, None));
            }
            if let Some(value) = &one.value {
                if self.is_error(value.of) {
                    return;
                }
                shown.push(format!("`{}`", self.show(value.of)));
            }
        }
        let message = format!("no signature takes the arguments {}", shown.join(", "));
        let mut diagnostic = Diagnostic::error(codes::MISMATCH, message).at(span);
        for one in signatures.iter().take(4) {
            let of = self.types.intern(Kind::Function(one.clone()));
            diagnostic = diagnostic.with_note(format!("it takes `{}`", self.show(of)));
        }
        self.report(diagnostic);
    }

    fn check_count(&mut self, signature: &Signature, given: &[Given<'a>], span: Span) -> bool {
        let spread = given.iter().any(|one| one.spread);
        let (least, most) = (signature.required(), signature.parameters.len());
        let count = given.len();
        let too_many = count > most && signature.rest.is_none() && !(spread && count == most + 1);
        let too_few = count < least && !spread;
        if !too_many && !too_few {
            return true;
        }
        let expected = match (least == most, signature.rest.is_some()) {
            (_, true) => format!("at least {least}"),
            (true, false) => most.to_string(),
            (false, false) => format!("{least} to {most}"),
        };
        let plural = if expected == "1" { "argument" } else { "arguments" };
        let message = format!("expected {expected} {plural}, found {count}");
        let place = if too_many { given.get(most).map_or(span, |one| one.span) } else { span };
        let of = self.types.function(signature.clone());
        let diagnostic = Diagnostic::error(codes::ARGUMENT_COUNT, message).at(place);
        let shown = self.show(of);
        self.report(diagnostic.with_note(format!("it takes `{shown}`")));
        false
    }

    /// Type arguments, and all arguments as values of the types they are wanted as.
    fn infer_call(
        &mut self,
        chosen: &Rc<Signature>,
        type_arguments: &[TypeId],
        given: Vec<Given<'a>>,
        expected: Option<TypeId>,
        span: Span,
    ) -> (Signature, Vec<(bool, Value)>) {
        let generic = !chosen.type_parameters.is_empty();
        let wanted_at = |index: usize| chosen.parameters.get(index).map(|one| one.value).or(chosen.rest);
        if !generic {
            let mut values = Vec::new();
            for (index, one) in given.into_iter().enumerate() {
                let wanted = wanted_at(index);
                let value = self.given_value(one.value, one.ast, wanted, one.span);
                values.push((one.spread, value));
            }
            return ((**chosen).clone(), values);
        }
        if !type_arguments.is_empty() {
            let parameters = chosen.type_parameters.clone();
            let Some(arguments) = self.complete_arguments("this function", &parameters, type_arguments.to_vec(), span) else {
                let error = self.types.basic.error;
                let map = Substitution::new(&parameters, &vec![error; parameters.len()]);
                let signature = self.types.substitute_signature(chosen, &map);
                return self.finish_arguments(signature, given);
            };
            let map = Substitution::new(&parameters, &arguments);
            self.check_constraints(&parameters, &map, span);
            let signature = self.types.substitute_signature(chosen, &map);
            return self.finish_arguments(signature, given);
        }
        self.infer_arguments(chosen, given, expected, span)
    }

    fn finish_arguments(&mut self, signature: Signature, given: Vec<Given<'a>>) -> (Signature, Vec<(bool, Value)>) {
        let mut values = Vec::new();
        for (index, one) in given.into_iter().enumerate() {
            let wanted = signature.parameters.get(index).map(|one| one.value).or(signature.rest);
            let value = self.given_value(one.value, one.ast, wanted, one.span);
            values.push((one.spread, value));
        }
        (signature, values)
    }

    fn given_value(&mut self, value: Option<Value>, ast: Option<&'a ast::Expression>, wanted: Option<TypeId>, span: Span) -> Value {
        match (value, ast) {
            (Some(value), _) => value,
            (None, Some(ast)) => self.expression(ast, wanted),
            (None, None) => self.broken(span),
        }
    }

    fn infer_arguments(&mut self, chosen: &Rc<Signature>, given: Vec<Given<'a>>, expected: Option<TypeId>, span: Span) -> (Signature, Vec<(bool, Value)>) {
        let parameters = chosen.type_parameters.clone();
        let mut inference = Inference::new(&parameters);
        if let Some(expected) = expected {
            let mut from_context = Inference::new(&parameters);
            self.infer_from(&mut from_context, chosen.result, expected, 0);
            let map = self.solve(&from_context, true);
            for (at, parameter) in parameters.iter().enumerate() {
                let found = map.get(*parameter).filter(|one| !self.mentions_parameters(*one, &parameters));
                inference.expected[at] = found.filter(|one| *one != self.types.basic.void);
            }
        }
        let mut values: Vec<Option<(bool, Value)>> = given.iter().map(|_| None).collect();
        let mut waiting: Vec<(usize, Given<'a>)> = Vec::new();
        for (index, one) in given.into_iter().enumerate() {
            let wanted = chosen.parameters.get(index).map(|one| one.value).or(chosen.rest);
            if one.value.is_none() && one.ast.is_some_and(needs_context) {
                waiting.push((index, one));
                continue;
            }
            let guide = wanted.map(|wanted| self.guide(wanted, &inference));
            let value = self.given_value(one.value, one.ast, guide, one.span);
            if let Some(wanted) = wanted {
                let of = if one.spread { self.spread_element(value.of, one.span) } else { value.of };
                self.infer_from(&mut inference, wanted, of, 0);
            }
            values[index] = Some((one.spread, value));
        }
        // Functions and literals, in order: what each says guides the next.
        for (index, one) in waiting {
            let wanted = chosen.parameters.get(index).map(|one| one.value).or(chosen.rest);
            let guide = wanted.map(|wanted| self.guide(wanted, &inference));
            let value = self.given_value(None, one.ast, guide, one.span);
            if let Some(wanted) = wanted {
                self.infer_from(&mut inference, wanted, value.of, 0);
            }
            values[index] = Some((one.spread, value));
        }
        let map = self.solve(&inference, false);
        self.check_constraints(&parameters, &map, span);
        let signature = self.types.substitute_signature(chosen, &map);
        (signature, values.into_iter().flatten().collect())
    }

    /// A wanted type with what is known of its parameters filled in; the others stay, and say nothing.
    fn guide(&mut self, wanted: TypeId, inference: &Inference) -> TypeId {
        let mut map = self.solve(inference, true);
        for parameter in &inference.parameters {
            if map.get(*parameter).is_none() && !self.is_known(inference, *parameter) {
                let constraint = self.parameter_constraint(*parameter);
                if constraint.is_none() && self.only_input(wanted, *parameter) {
                    map.insert(*parameter, self.types.basic.unknown);
                }
            }
        }
        self.types.substitute(wanted, &map)
    }

    /// Whether a parameter stands among the parameters of a wanted function: nothing else will say what it is.
    fn only_input(&mut self, wanted: TypeId, parameter: ParameterIndex) -> bool {
        let Some(signature) = self.contextual_signature(wanted) else { return false };
        let result = self.mentions_parameters(signature.result, &[parameter]);
        !result && signature.parameters.iter().any(|one| self.mentions_parameters(one.value, &[parameter]))
    }

    fn mentions_parameters(&mut self, of: TypeId, parameters: &[ParameterIndex]) -> bool {
        let never = self.types.basic.never;
        let map = Substitution::new(parameters, &vec![never; parameters.len()]);
        self.types.substitute(of, &map) != of
    }

    fn check_constraints(&mut self, parameters: &[ParameterIndex], map: &Substitution, span: Span) {
        for parameter in parameters {
            let Some(constraint) = self.parameter_constraint(*parameter) else { continue };
            let constraint = self.types.substitute(constraint, map);
            let Some(argument) = map.get(*parameter) else { continue };
            // A bound by a parameter of the class around it is what that stands for there, not here.
            if matches!(self.types.kind(constraint), Kind::Parameter(_)) {
                continue;
            }
            if !self.assignable(argument, constraint) {
                let name = self.types.parameter_names[parameter.0 as usize].clone();
                let message = format!("`{name}` must be `{}`, found `{}`", self.show(constraint), self.show(argument));
                self.error(codes::CONSTRAINT, span, message);
            }
        }
    }

    // ---- making the call ----

    fn make_call(&mut self, callee: Callee, declared: &Rc<Signature>, signature: &Signature, values: Vec<(bool, Value)>, span: Span) -> Value {
        let result = signature.result;
        let spread = values.iter().any(|(spread, _)| *spread);
        let made = match callee {
            Callee::Function(function, receiver) => self.call_function(function, receiver, signature, values, spread, span),
            Callee::SuperMethod(function, this) => self.call_function(function, Some(this), signature, values, spread, span),
            Callee::Native(native) => self.call_native(native, declared, signature, values, spread, span),
            Callee::New(class) => {
                let function = self.constructor_of(class);
                let arguments = self.exact_arguments(function, signature, values, spread, span);
                let id = self.class_id(class);
                expression(ExpressionKind::New(id, arguments), Representation::Reference, span)
            }
            Callee::SuperConstructor(class, this) => {
                let function = self.constructor_of(class);
                let mut arguments = vec![this];
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
                expression(ExpressionKind::CallMethod(Box::new(object), name, arguments), Representation::Any, span)
            }
            Callee::Value(value) => {
                let from = value.representation;
                let value = self.reshape(value, from, Representation::Reference);
                let arguments = self.loose_arguments(signature, values, spread, span);
                expression(ExpressionKind::CallValue(Box::new(value), arguments), Representation::Any, span)
            }
        };
        self.settle(made, result)
    }

    fn call_function(
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

    /// An argument converted to the type it is wanted as.
    fn argument(&mut self, value: Value, wanted: TypeId) -> Expression {
        let span = value.expression.span;
        self.coerce_at(value, wanted, span, None)
    }

    /// Arguments one to one with a function's parameters: absent ones marked, the rest packed.
    fn exact_arguments(
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
            let wanted = signature.parameters.get(index).map(|one| one.value).or(signature.rest).unwrap_or(value.of);
            let converted = self.argument(value, wanted);
            let from = converted.representation;
            arguments.push(self.reshape(converted, from, *shape));
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
                    let wanted = signature.parameters.get(shapes.len() + at).map(|one| one.value).or(signature.rest).unwrap_or(value.of);
                    let converted = self.argument(value, wanted);
                    let from = converted.representation;
                    let shape = self.representation(own_rest);
                    parts.push(ArrayPart::Element(self.reshape(converted, from, shape)));
                }
            }
            let kind = ExpressionKind::Array { element, parts };
            arguments.push(expression(kind, Representation::Reference, span));
        }
        arguments
    }

    fn check_spread(&mut self, value: &Value, wanted: Option<TypeId>) {
        let span = value.expression.span;
        let element = self.spread_element(value.of, span);
        if let Some(wanted) = wanted
            && !self.assignable(element, wanted)
        {
            self.report_mismatch(element, wanted, span, Some("what is spread"));
        }
    }

    /// `f(...values)` for a function with parameters of its own: they are taken from the array.
    fn spread_arguments(&mut self, own: &Signature, signature: &Signature, shapes: &[Representation], values: Vec<(bool, Value)>, span: Span) -> Vec<Expression> {
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
                let converted = self.argument(value, wanted.unwrap_or(self.types.basic.unknown));
                let from = converted.representation;
                parts.push(ArrayPart::Element(self.reshape(converted, from, Representation::Any)));
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
            let mut read = self.reshape(read, Representation::Any, *shape);
            if index == 0 {
                let shape = read.representation;
                read = expression(ExpressionKind::Sequence(std::mem::take(&mut setup), Box::new(read)), shape, span);
            }
            arguments.push(read);
        }
        if own.rest.is_some() {
            let array = crate::checker::read_local(local, representation, span);
            let start = expression(ExpressionKind::Int(shapes.len() as i32), Representation::Int, span);
            let start = self.reshape(start, Representation::Int, Representation::Any);
            let absent = expression(ExpressionKind::Absent, Representation::Any, span);
            arguments.push(self.builtin_call("Array.slice", vec![array, start, absent], Representation::Reference, span));
        }
        arguments
    }

    /// Arguments of a built-in: as declared, rest arguments one by one.
    fn builtin_arguments(
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
            let wanted = signature.parameters.get(index).map(|one| one.value).or(signature.rest).unwrap_or(value.of);
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
            let converted = self.argument(value, wanted);
            let from = converted.representation;
            all.push((false, self.reshape(converted, from, shape)));
        }
        if !spread {
            for _ in count..own.parameters.len() {
                all.push((false, expression(ExpressionKind::Absent, Representation::Any, span)));
            }
        }
        pack(all, spread, span)
    }

    /// Arguments of a call that finds its function when run.
    fn loose_arguments(&mut self, signature: &Signature, values: Vec<(bool, Value)>, spread: bool, span: Span) -> Arguments {
        let mut all = Vec::new();
        for (index, (spread, value)) in values.into_iter().enumerate() {
            let wanted = signature.parameters.get(index).map(|one| one.value).or(signature.rest).unwrap_or(value.of);
            if spread {
                let tuple = matches!(self.types.kind(value.of), Kind::Tuple(_));
                if !tuple {
                    self.check_spread(&value, Some(wanted));
                }
                all.push((true, self.spread_array(value)));
                continue;
            }
            all.push((false, self.argument(value, wanted)));
        }
        pack(all, spread, span)
    }

    fn call_native(&mut self, native: NativeIndex, declared: &Rc<Signature>, signature: &Signature, values: Vec<(bool, Value)>, spread: bool, span: Span) -> Expression {
        let id = self.native_id(native);
        let _ = declared;
        if spread {
            let callee = expression(ExpressionKind::NativeValue(id), Representation::Reference, span);
            let arguments = self.loose_arguments(signature, values, true, span);
            return expression(ExpressionKind::CallValue(Box::new(callee), arguments), Representation::Any, span);
        }
        let shapes = self.program.natives[id.0 as usize].parameters.clone();
        let mut arguments = Vec::new();
        for (index, (_, value)) in values.into_iter().enumerate() {
            let wanted = signature.parameters.get(index).map(|one| one.value).or(signature.rest).unwrap_or(value.of);
            let converted = self.native_argument(value, wanted);
            let from = converted.representation;
            let shape = shapes.get(index).copied().unwrap_or(Representation::Any);
            arguments.push(self.reshape(converted, from, shape));
        }
        let result = self.program.natives[id.0 as usize].representation;
        expression(ExpressionKind::CallNative(id, arguments), result, span)
    }

    /// Where bytes are declared, an array of ints is taken too.
    fn native_argument(&mut self, value: Value, wanted: TypeId) -> Expression {
        let plain = self.expand(wanted);
        let of = self.expand(value.of);
        let int = self.types.basic.int;
        if self.is_builtin_instance(plain, "Uint8Array")
            && let Kind::Array { element, .. } = *self.types.kind(of)
            && self.assignable(element, int)
        {
            let span = value.expression.span;
            return self.builtin_call("Uint8Array.from", vec![value.expression], Representation::Reference, span);
        }
        self.argument(value, wanted)
    }

    /// The program's entry for a native function.
    pub(crate) fn native_id(&mut self, index: NativeIndex) -> NativeId {
        if let Some(id) = self.natives[index.at()].id {
            return id;
        }
        let signature = self.native_signature(index);
        let (module, function) = (self.natives[index.at()].module.clone(), self.natives[index.at()].ast);
        let name: Text = function.name.as_ref().map_or_else(|| "".into(), |name| name.text.clone());
        let mut parameters = Vec::new();
        let mut parameter_types = Vec::new();
        for one in &signature.parameters {
            parameters.push(if one.optional { Representation::Any } else { self.representation(one.value) });
            parameter_types.push(self.runtime_type(one.value));
        }
        let payload = self.result_payload(signature.result);
        let of = payload.unwrap_or(signature.result);
        let result = self.runtime_type(of);
        let representation = self.representation(signature.result);
        let shown = self.types.intern(Kind::Function(signature.clone()));
        let text = self.show(shown);
        let id = NativeId(self.program.natives.len() as u32);
        self.program.natives.push(NativeFunction {
            module,
            name,
            parameters,
            parameter_types,
            result,
            representation,
            returns_result: payload.is_some(),
            signature: text.into(),
            span: function.span,
        });
        self.natives[index.at()].id = Some(id);
        id
    }

    /// The `T` of a `Result<T, E>`.
    pub(crate) fn result_payload(&mut self, of: TypeId) -> Option<TypeId> {
        let of = self.expand(of);
        let members = self.types.members(of);
        let [_, _] = members[..] else { return None };
        let mut payload = None;
        let mut has_error = false;
        for one in members {
            let record = self.record_of(one)?;
            let status = record.property("status")?.value;
            match self.types.kind(status) {
                Kind::LiteralString(text) if &**text == "ok" => payload = Some(record.property("value")?.value),
                Kind::LiteralString(text) if &**text == "error" => has_error = record.property("error").is_some(),
                _ => return None,
            }
        }
        payload.filter(|_| has_error)
    }

    // ---- new ----

    pub(crate) fn new_expression(&mut self, call: &'a ast::Call, expected: Option<TypeId>, span: Span) -> Value {
        let of = match self.static_type(&call.callee) {
            Some(of) => of,
            None => self.expression(&call.callee, None).of,
        };
        let of = self.expand(of);
        match self.types.kind(of).clone() {
            Kind::ClassValue(class) => self.construct(class, call, expected, span),
            Kind::Constructor(_) => {
                self.unsupported(span, "`new` of a class that is a value");
                self.broken(span)
            }
            Kind::Error => {
                for argument in &call.arguments {
                    self.expression(&argument.value, None);
                }
                self.broken(span)
            }
            Kind::Opaque(_, name, _) => {
                self.error(codes::NOT_CALLABLE, span, format!("`{name}` is opaque: only its native module makes it"));
                self.broken(span)
            }
            _ => {
                let message = format!("`new` takes a class, found `{}`", self.show(of));
                self.error(codes::NOT_CALLABLE, call.callee.span, message);
                self.broken(span)
            }
        }
    }

    pub(crate) fn construct(&mut self, class: ClassIndex, call: &'a ast::Call, expected: Option<TypeId>, span: Span) -> Value {
        let info = &self.classes[class.0 as usize];
        let (name, builtin, is_abstract) = (info.name.clone(), info.builtin, info.ast.is_abstract);
        if is_abstract {
            let message = format!("the class `{name}` is abstract: it is extended, not made");
            self.error(codes::ABSTRACT_INSTANCE, span, message);
        }
        self.check_constructor_access(class, &name, span);
        if builtin && &*name == "Array" {
            return self.construct_array(call, expected, span);
        }
        if builtin && let Some(ValueSymbol::Function(maker)) = self.lookup_value(self.root, &format!("make{name}")) {
            let signature = self.signature_of(maker);
            let type_arguments: Vec<TypeId> = call.type_arguments.iter().map(|one| self.resolve_type(one, self.scope)).collect();
            let given = given_of(&call.arguments);
            return self.call_given(Callee::Function(maker, None), &[signature], &type_arguments, given, expected, call.arguments_span, span);
        }
        if builtin && self.classes[class.0 as usize].constructor.is_none() {
            self.error(codes::NOT_CALLABLE, span, format!("`{name}` cannot be made with `new`"));
            return self.broken(span);
        }
        let signatures = self.construct_signatures(class);
        let type_arguments: Vec<TypeId> = call.type_arguments.iter().map(|one| self.resolve_type(one, self.scope)).collect();
        let callee = if builtin { self.builtin_constructor(class) } else { Callee::New(class) };
        self.call_given(callee, &signatures, &type_arguments, given_of(&call.arguments), expected, call.arguments_span, span)
    }

    fn check_constructor_access(&mut self, class: ClassIndex, name: &str, span: Span) {
        let access = self.classes[class.0 as usize].constructor_access;
        let current = self.context().class.map(|(current, _)| current);
        let allowed = match access {
            ast::Accessibility::Public => true,
            ast::Accessibility::Private => current == Some(class),
            ast::Accessibility::Protected => current.is_some_and(|current| self.ancestry(current).contains(&class)),
        };
        if !allowed {
            let word = if access == ast::Accessibility::Private { "private" } else { "protected" };
            let message = format!("the constructor of `{name}` is {word}: only the class itself makes instances");
            self.error(codes::NOT_ACCESSIBLE, span, message);
        }
    }

    /// A built-in class is made by the machine, or by a function of the prelude.
    fn builtin_constructor(&mut self, class: ClassIndex) -> Callee {
        match self.classes[class.0 as usize].constructor {
            Some(function) => match self.functions[function.at()].native.clone() {
                Some(native) => Callee::Builtin(native),
                None => Callee::Function(function, None),
            },
            None => Callee::New(class),
        }
    }

    /// `new Array<T>(length)`: filled with what stands for nothing in `T`.
    fn construct_array(&mut self, call: &'a ast::Call, expected: Option<TypeId>, span: Span) -> Value {
        let basic = self.types.basic;
        let element = match call.type_arguments.first() {
            Some(written) => self.resolve_type(written, self.scope),
            None => {
                let context = expected.map(|expected| self.expand(expected)).and_then(|expected| self.element_type(expected, None));
                context.unwrap_or(basic.unknown)
            }
        };
        let of = self.types.array(element);
        let length = match call.arguments.first() {
            Some(one) => {
                let value = self.expression(&one.value, Some(basic.int));
                self.coerce_at(value, basic.int, one.value.span, None)
            }
            None => expression(ExpressionKind::Int(0), Representation::Int, span),
        };
        if call.arguments.len() > 1 {
            self.error(codes::ARGUMENT_COUNT, call.arguments_span, "`new Array` takes a length: write the elements as `[a, b]`");
        }
        let initial = match self.representation(element) {
            Representation::Int => expression(ExpressionKind::Int(0), Representation::Int, span),
            Representation::Number => expression(ExpressionKind::Number(0.0), Representation::Number, span),
            Representation::Boolean => expression(ExpressionKind::Boolean(false), Representation::Boolean, span),
            _ => self.null(span),
        };
        let from = initial.representation;
        let initial = self.reshape(initial, from, Representation::Any);
        let made = self.builtin_call("Array.filled", vec![length, initial], Representation::Reference, span);
        Value { expression: made, of }
    }

    /// Calls a class's base constructor or method; used by `super`.
    pub(crate) fn call_super(&mut self, callee: Callee, signatures: &[Rc<Signature>], call: &'a ast::Call, span: Span) -> Value {
        self.call_given(callee, signatures, &[], given_of(&call.arguments), None, call.arguments_span, span)
    }
}

fn given_of<'a>(arguments: &'a [ast::Argument]) -> Vec<Given<'a>> {
    arguments
        .iter()
        .map(|one| Given { spread: one.spread.is_some(), ast: Some(&one.value), value: None, span: one.value.span })
        .collect()
}

fn pack(all: Vec<(bool, Expression)>, spread: bool, span: Span) -> Arguments {
    if !spread {
        return Arguments::Fixed(all.into_iter().map(|(_, one)| one).collect());
    }
    let parts = all.into_iter().map(|(spread, one)| if spread { ArrayPart::Spread(one) } else { ArrayPart::Element(one) });
    let kind = ExpressionKind::Array { element: Representation::Any, parts: parts.collect() };
    Arguments::Spread(Box::new(expression(kind, Representation::Reference, span)))
}

/// Functions and literals whose type depends on where they stand.
fn needs_context(value: &ast::Expression) -> bool {
    match &value.kind {
        E::Arrow(arrow) => function_needs_context(&arrow.function),
        E::Function(function) => function_needs_context(function),
        E::Object(_) | E::Array(_) => true,
        // Conversions, where a function is wanted.
        E::Name(name) => matches!(&**name, "String" | "Number" | "Boolean"),
        E::Parenthesized(inner) => needs_context(inner),
        E::Conditional { consequent, alternate, .. } => needs_context(consequent) || needs_context(alternate),
        _ => false,
    }
}

fn function_needs_context(function: &ast::Function) -> bool {
    function.parameters.iter().any(|one| one.annotation.is_none()) || function.return_type.is_none()
}
