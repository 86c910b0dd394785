//! Calls: which signature, which type arguments, and how the call is made.

use std::rc::Rc;

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, ExpressionKind as E};

use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::members::{Access, FoundMember, StaticAccess};
use crate::tables::*;
use crate::typed::{Arguments, ArrayPart, Expression, ExpressionKind};
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
pub(crate) struct Given<'a> {
    pub(crate) spread: bool,
    pub(crate) ast: Option<&'a ast::Expression>,
    pub(crate) value: Option<Value>,
    pub(crate) span: Span,
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
        if signatures.iter().all(|one| one.declares_this()) {
            self.ignored_arguments(call);
            let of = self.show(of);
            let message = format!("a function that declares `this` is called on an object, found `{of}`");
            self.report(
                Diagnostic::error(codes::BAD_SUPER, message)
                    .at(call.callee.span)
                    .with_help("write `f.call(object, …)`, or bind it first: `f.bind(object)`"),
            );
            return self.broken(span);
        }
        let native = self.native_name_of(&callee);
        let signatures = self.replacement_signatures(&callee, call, signatures);
        let made = self.call_signatures_with(callee, &signatures, call, expected, span);
        self.adjust_result(native.as_deref(), call, made)
    }

    /// The machine's name of a function that is called directly.
    fn native_name_of(&self, callee: &Callee) -> Option<Text> {
        match callee {
            Callee::Function(function, None) => self.functions[function.at()].native.clone(),
            _ => None,
        }
    }

    /// Functions whose result says more than their declaration can, by their names in the machine: those of the prelude, and
    /// of the standard modules that offer the same.
    fn adjust_result(&mut self, native: Option<&str>, call: &'a ast::Call, made: Value) -> Value {
        match native {
            Some("Math.floor" | "Math.ceil" | "Math.round" | "Math.trunc") => {
                Value { of: self.types.basic.integral, ..made }
            }
            Some("JSON.parse") if call.type_arguments.len() == 1 => {
                let to = self.resolve_type(&call.type_arguments[0], self.scope);
                let span = made.expression.span;
                self.cast_value(made, to, span)
            }
            _ => made,
        }
    }

    pub(crate) fn not_callable(&mut self, call: &'a ast::Call, of: TypeId, span: Span) -> Value {
        for argument in &call.arguments {
            self.expression(&argument.value, None);
        }
        let message = format!("expected a function, found `{}`", self.show(of));
        let mut diagnostic = Diagnostic::error(codes::NOT_CALLABLE, message).at(call.callee.span);
        if matches!(self.types.kind(of), Kind::ClassValue(_)) {
            diagnostic =
                diagnostic.with_edit("a class is made with `new`", call.callee.span.at_start(), "new ");
        } else if self.has_null(of) {
            diagnostic = diagnostic.with_help("it may be null: test it first, or call it with `?.(…)`");
        }
        self.report(diagnostic);
        self.broken(span)
    }

    /// Conversions spelled as calls, `new`-less errors, `bind`, `call` and `apply`.
    pub(crate) fn special_call(&mut self, call: &'a ast::Call, span: Span) -> Option<Value> {
        match &call.callee.without_parentheses().kind {
            E::Member { object, property, .. } if &*property.text == "all" => {
                self.all_of_written(object, call, span)
            }
            E::Name(name) => {
                let Some(ValueSymbol::Class(class)) = self.lookup_value(self.scope, name) else {
                    return None;
                };
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

    /// Evaluates what is called.
    pub(crate) fn callee(&mut self, call: &'a ast::Call) -> Option<(Callee, TypeId)> {
        let function = call.callee.without_parentheses();
        match &function.kind {
            E::Name(name) => {
                let symbol = self.lookup_value(self.scope, name);
                symbol.and_then(|symbol| self.symbol_callee(symbol, function.span))
            }
            E::Member { object, property, optional } => {
                self.member_call(function, object, &property.text, property.span, *optional, call)
            }
            E::PrivateMember { object, property, optional } => {
                let name: Text = format!("#{}", property.text).into();
                self.member_call(function, object, &name, property.span, *optional, call)
            }
            E::Index { object, index, optional } if self.known_index(index).is_some() => {
                let name = self.known_index(index).unwrap_or_else(|| "".into());
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

    /// The name of a member that an index names: a text, a constant that holds one, `[Symbol.iterator]`.
    fn known_index(&mut self, index: &'a ast::Expression) -> Option<Text> {
        if let Some(name) = crate::declare::well_known(index) {
            return Some(name);
        }
        let of = self.static_type(index)?;
        match self.types.kind(of).clone() {
            Kind::LiteralString(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn symbol_callee(&mut self, symbol: ValueSymbol, span: Span) -> Option<(Callee, TypeId)> {
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

    pub(crate) fn member_call(
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
        let value = self.object(object);
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
        let Some(member) = self.member_of(&value.expression, of, name) else {
            self.no_such_member(value.of, name, name_span);
            return None;
        };
        self.check_access(&member, name, name_span);
        let narrowed =
            self.reference_of(whole).and_then(|reference| self.context().flow.facts.get(&reference).copied());
        let member_type = narrowed.unwrap_or(member.of);
        if member.method
            || matches!(member.access, Access::Static(StaticAccess::Method(_) | StaticAccess::Symbol(_)))
        {
            if call.optional && self.has_null(member.of) {
                // An optional method: read as a value first.
                let read = self.read_member(
                    value,
                    name,
                    &FoundMember { method: false, ..member.clone() },
                    name_span,
                );
                return Some((Callee::Value(read.expression), read.of));
            }
            return Some((self.member_callee(value, name, &member), member_type));
        }
        let read = self.read_member(value, name, &member, name_span);
        let read = self.settle(read.expression, member_type);
        Some((Callee::Value(read.expression), read.of))
    }

    /// A method call on a union: found by name where all members find it so, else a built-in chosen by a test.
    pub(crate) fn union_callee(
        &mut self,
        value: Value,
        members: &[TypeId],
        name: &Text,
        span: Span,
    ) -> Option<(Callee, TypeId)> {
        let mut found = Vec::new();
        for one in members {
            match self.member_of(&value.expression, *one, name) {
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
        let message = format!(
            "`{name}` cannot be called on `{}`: its members find it in different ways",
            self.show(value.of)
        );
        self.report(
            Diagnostic::error(codes::NOT_SUPPORTED, message)
                .at(span)
                .with_help("narrow the value first, with `typeof`, `instanceof` or `Array.isArray`"),
        );
        None
    }

    /// A signature that all have in common: parameters that fit each, any of the results.
    pub(crate) fn common_signature(&mut self, found: &[FoundMember]) -> Option<TypeId> {
        let mut signatures = Vec::new();
        for one in found {
            signatures.push(self.call_signatures(one.of).into_iter().next()?);
        }
        let merged = self.merged_signature(&signatures);
        Some(self.types.function(merged))
    }

    /// What all of several signatures take.
    pub(crate) fn merged_signature(&mut self, signatures: &[Rc<Signature>]) -> Signature {
        let count = signatures.iter().map(|one| one.parameters.len()).max().unwrap_or(0);
        let mut parameters = Vec::new();
        for index in 0..count {
            let types: Vec<TypeId> =
                signatures.iter().filter_map(|one| one.parameters.get(index)).map(|one| one.value).collect();
            let optional =
                signatures.iter().all(|one| one.parameters.get(index).is_none_or(|one| one.optional));
            let name = signatures
                .iter()
                .find_map(|one| one.parameters.get(index))
                .map_or_else(|| "value".into(), |one| one.name.clone());
            parameters.push(ValueParameter { name, value: self.intersect(&types), optional });
        }
        let results: Vec<TypeId> = signatures.iter().map(|one| one.result).collect();
        let result = self.types.union(results);
        Signature { type_parameters: vec![], parameters, rest: None, result, predicate: None }
    }

    pub(crate) fn member_callee(&mut self, value: Value, name: &str, member: &FoundMember) -> Callee {
        match &member.access {
            Access::Method(function) => {
                let own = self.functions[function.at()].owner.map(|(class, _)| class);
                let function = self.plain_join(*function, name, value.of);
                let receiver = match own {
                    Some(class) => {
                        let own = self.own_instance(class);
                        let wanted = self.representation(own);
                        self.reshape(value.expression, wanted)
                    }
                    None => value.expression,
                };
                Callee::Function(function, Some(receiver))
            }
            Access::Static(StaticAccess::Method(function)) => {
                let this = self.takes_this(*function).then_some(value.expression);
                Callee::Function(*function, this)
            }
            Access::Static(StaticAccess::Symbol(ValueSymbol::Function(function))) => {
                Callee::Function(*function, None)
            }
            Access::Static(StaticAccess::Symbol(ValueSymbol::Native(native))) => Callee::Native(*native),
            Access::Static(StaticAccess::Symbol(symbol)) => {
                let made = self.symbol_value(*symbol, value.expression.span);
                Callee::Value(made.expression)
            }
            _ => Callee::Method(value.expression, name.into()),
        }
    }

    /// Calls a member without arguments in the source: `toString`, `[Symbol.iterator]`.
    pub(crate) fn call_member_value(
        &mut self,
        value: Value,
        name: &str,
        member: &FoundMember,
        arguments: Vec<Value>,
        span: Span,
    ) -> Value {
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

    pub(crate) fn call_signatures_with(
        &mut self,
        callee: Callee,
        signatures: &[Rc<Signature>],
        call: &'a ast::Call,
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        let json =
            call.type_arguments.len() == 1 && signatures.iter().all(|one| one.type_parameters.is_empty());
        let type_arguments: Vec<TypeId> =
            if json && self.native_name_of(&callee).as_deref() == Some("JSON.parse") {
                vec![]
            } else {
                call.type_arguments.iter().map(|one| self.resolve_type(one, self.scope)).collect()
            };
        self.call_given(
            callee,
            signatures,
            &type_arguments,
            given_of(&call.arguments),
            expected,
            call.arguments_span,
            span,
        )
    }

    /// Chooses the signature, infers its type arguments, converts the arguments and makes the call.
    #[expect(clippy::too_many_arguments, reason = "the parts of a call")]
    pub(crate) fn call_given(
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
            if one.value.is_none()
                && (one.spread || signatures.len() > 1)
                && (one.spread || !needs_context(ast))
            {
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

    /// Calls a class's base constructor or method; used by `super`.
    pub(crate) fn call_super(
        &mut self,
        callee: Callee,
        signatures: &[Rc<Signature>],
        call: &'a ast::Call,
        span: Span,
    ) -> Value {
        self.call_given(callee, signatures, &[], given_of(&call.arguments), None, call.arguments_span, span)
    }
}

pub(crate) fn given_of<'a>(arguments: &'a [ast::Argument]) -> Vec<Given<'a>> {
    arguments
        .iter()
        .map(|one| Given {
            spread: one.spread.is_some(),
            ast: Some(&one.value),
            value: None,
            span: one.value.span,
        })
        .collect()
}

pub(crate) fn pack(all: Vec<(bool, Expression)>, spread: bool, span: Span) -> Arguments {
    if !spread {
        return Arguments::Fixed(all.into_iter().map(|(_, one)| one).collect());
    }
    let parts = all.into_iter().map(
        |(spread, one)| {
            if spread { ArrayPart::Spread(one) } else { ArrayPart::Element(one) }
        },
    );
    let kind = ExpressionKind::Array { element: Representation::Any, parts: parts.collect() };
    Arguments::Spread(Box::new(expression(kind, Representation::Reference, span)))
}

/// Functions and literals whose type depends on where they stand.
pub(crate) fn needs_context(value: &ast::Expression) -> bool {
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
