//! Reading properties, elements and entries; optional chains.

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, Accessibility};

use crate::checker::{Checker, Guard, Value, expression, read_local};
use crate::codes;
use crate::members::{Access, FoundMember, StaticAccess};
use crate::tables::*;
use crate::typed::{self, Expression, ExpressionKind};
use crate::types::*;

impl<'a> Checker<'a> {
    pub(crate) fn member_expression(
        &mut self,
        whole: &'a ast::Expression,
        object: &'a ast::Expression,
        name: &Text,
        name_span: Span,
        optional: bool,
    ) -> Value {
        if matches!(object.kind, ast::ExpressionKind::Super) {
            return self.super_property(name, name_span);
        }
        let value = self.object(object);
        let value = if optional { self.guard(value) } else { value };
        let made = self.read_property(value, name, name_span);
        self.apply_fact(whole, made)
    }

    /// What is known of a property path here.
    pub(crate) fn apply_fact(&mut self, whole: &'a ast::Expression, made: Value) -> Value {
        if self.context().flow.facts.is_empty() {
            return made;
        }
        let Some(reference) = self.reference_of(whole) else {
            return made;
        };
        match self.context().flow.facts.get(&reference).copied() {
            Some(of) if of != made.of => self.settle(made.expression, of),
            _ => made,
        }
    }

    /// `a?.`: leaves the chain where `a` is null.
    pub(crate) fn guard(&mut self, value: Value) -> Value {
        let span = value.expression.span;
        let of = self.without_null(value.of);
        if of == value.of || self.chains.is_empty() {
            return value;
        }
        let mut setup = Vec::new();
        let (local, representation) = self.bind_temporary(value.expression, &mut setup);
        let read = read_local(local, representation, span);
        let read = self.reshape(read, Representation::Any);
        let null = self.null(span);
        let kind = ExpressionKind::Binary(typed::BinaryOperator::Equal, Box::new(read), Box::new(null));
        let leaves = expression(kind, Representation::Boolean, span);
        let flow = self.context().flow.clone();
        if let Some(chain) = self.chains.last_mut() {
            chain.push(Guard { flow, setup, leaves });
        }
        let read = read_local(local, representation, span);
        self.settle(read, of)
    }

    pub(crate) fn chain(&mut self, inner: &'a ast::Expression, span: Span) -> Value {
        self.chains.push(Vec::new());
        let value = self.expression(inner, None);
        let guards = self.chains.pop().unwrap_or_default();
        if guards.is_empty() {
            return value;
        }
        let nothing = value.of == self.types.basic.void;
        let of = if nothing { self.types.basic.void } else { self.types.nullable(value.of) };
        let mut whole = self.reshape(value.expression, Representation::Any);
        for guard in guards.into_iter().rev() {
            // What stands behind the guard is not evaluated where it leaves.
            let evaluated = self.context().flow.clone();
            self.context().flow = self.join_flows(evaluated, guard.flow);
            let null = self.null(span);
            let kind = ExpressionKind::Conditional(Box::new(guard.leaves), Box::new(null), Box::new(whole));
            let chosen = expression(kind, Representation::Any, span);
            whole = expression(
                ExpressionKind::Sequence(guard.setup, Box::new(chosen)),
                Representation::Any,
                span,
            );
        }
        self.settle(whole, of)
    }

    /// A value that something is read from: not null, not unknown.
    pub(crate) fn receiver(&mut self, value: Value, what: &str, span: Span) -> Value {
        let basic = self.types.basic;
        if value.of == basic.unknown {
            let message = format!("a value of type `unknown` must be narrowed before {what} is used");
            self.report(
                Diagnostic::error(codes::UNKNOWN_VALUE, message)
                    .at(span)
                    .with_help("test it with `typeof` or `instanceof`, or cast it with `as`"),
            );
            return Value { of: basic.error, ..value };
        }
        if value.of == basic.caught {
            let error = self.prelude_instance("Error", vec![]);
            return Value { expression: self.wrap_caught(value.expression), of: error };
        }
        if self.has_null(value.of) {
            let of = self.without_null(value.of);
            let message = format!("expected an object, found `{}`", self.show(value.of));
            self.report(
                Diagnostic::error(codes::POSSIBLY_NULL, message)
                    .labelled(value.expression.span, "this may be null")
                    .with_help(format!(
                        "test it first, or use `?.` to read {what} only where it is not null"
                    )),
            );
            let of = if of == basic.never { basic.error } else { of };
            return self.settle(value.expression, of);
        }
        value
    }

    /// An expression that something is read from: built-in classes are no values, but have static members.
    pub(crate) fn object(&mut self, object: &'a ast::Expression) -> Value {
        if let Some(class) = self.class_symbol(object)
            && self.classes[class.0 as usize].builtin
        {
            let of = self.types.intern(Kind::ClassValue(class));
            return Value { expression: self.null(object.span), of };
        }
        self.expression(object, None)
    }

    pub(crate) fn read_property(&mut self, value: Value, name: &str, span: Span) -> Value {
        if name.is_empty() {
            return self.broken(span);
        }
        let value = self.receiver(value, &format!("`.{name}`"), span);
        let of = self.expand(value.of);
        let members = self.types.members(of);
        if members.len() > 1 {
            return self.read_union_property(value, &members, name, span);
        }
        let of_class = matches!(self.types.kind(of), Kind::Constructor(_) | Kind::AbstractConstructor(_));
        if matches!(self.types.kind(of), Kind::Function(_)) && matches!(name, "name" | "length")
            || of_class && name == "name"
        {
            let of = if name == "name" { self.types.basic.string } else { self.types.basic.int };
            let representation = self.representation(of);
            let kind = ExpressionKind::GetProperty(Box::new(value.expression), name.into());
            return Value { expression: expression(kind, representation, span), of };
        }
        let Some(member) = self.member_of(&value.expression, of, name) else {
            self.no_such_member(value.of, name, span);
            return self.broken(span);
        };
        self.check_access(&member, name, span);
        if member.method && !self.is_error(value.of) {
            let message = format!("the method `{name}` is taken from its object without being called");
            self.report(Diagnostic::error(codes::UNBOUND_METHOD, message).at(span).with_help(format!(
                "wrap it: `(…) => object.{name}(…)`, or bind it: `object.{name}.bind(object)`"
            )));
            return Value { of: member.of, ..self.broken(span) };
        }
        self.read_member(value, name, &member, span)
    }

    /// Reads a member that is there.
    pub(crate) fn read_member(
        &mut self,
        value: Value,
        name: &str,
        member: &FoundMember,
        span: Span,
    ) -> Value {
        let of = member.of;
        let representation = self.representation(of);
        if name == "length"
            && let Some(builtin) = self.length_builtin(value.of)
        {
            let read = self.builtin_call(builtin, vec![value.expression], representation, span);
            return Value { expression: read, of };
        }
        match &member.access {
            Access::Dynamic => {
                let kind = ExpressionKind::GetProperty(Box::new(value.expression), name.into());
                Value { expression: expression(kind, representation, span), of }
            }
            Access::Accessor { get: Some(get), .. } => {
                self.call_accessor(*get, vec![value.expression], of, span)
            }
            Access::Accessor { get: None, .. } => {
                self.error(codes::READ_ONLY, span, format!("`{name}` can only be written"));
                self.broken(span)
            }
            Access::Method(_) => self.broken(span),
            Access::Static(access) => self.read_static(value.expression, *access, of, span),
            Access::Entry => {
                let kind = ExpressionKind::String(name.into());
                let key = expression(kind, Representation::Reference, span);
                let read =
                    self.builtin_call("Object.read", vec![value.expression, key], Representation::Any, span);
                self.settle(read, of)
            }
        }
    }

    /// The built-in that gives the length of a text or an array: an operation of its own, which looks for no property.
    fn length_builtin(&mut self, of: TypeId) -> Option<&'static str> {
        let of = self.expand(of);
        match self.types.kind(of) {
            Kind::String | Kind::LiteralString(_) => Some("String.length"),
            Kind::Array { .. } | Kind::Tuple(_) => Some("Array.length"),
            _ => None,
        }
    }

    fn read_static(&mut self, class: Expression, access: StaticAccess, of: TypeId, span: Span) -> Value {
        if let Some(symbol) = self.static_symbol(access) {
            return self.symbol_value(symbol, span);
        }
        match access {
            StaticAccess::Method(function) => {
                let expression = self.function_value(function, span);
                Value { expression, of }
            }
            StaticAccess::Accessor { get: Some(get), .. } => {
                let this = if self.takes_this(get) { vec![class] } else { vec![] };
                self.call_accessor(get, this, of, span)
            }
            _ => self.broken(span),
        }
    }

    pub(crate) fn call_accessor(
        &mut self,
        function: FunctionIndex,
        mut arguments: Vec<Expression>,
        of: TypeId,
        span: Span,
    ) -> Value {
        let declared = self.signature_of(function).result;
        let result = self.representation(declared);
        if let Some((class, false)) = self.functions[function.at()].owner
            && let Some(first) = arguments.first_mut()
        {
            let own = self.own_instance(class);
            let wanted = self.representation(own);
            let owned = std::mem::replace(first, self.null(span));
            *first = self.reshape(owned, wanted);
        }
        let kind = match &self.functions[function.at()].native {
            Some(native) => ExpressionKind::CallBuiltin(native.clone(), typed::Arguments::Fixed(arguments)),
            None => ExpressionKind::CallFunction(self.function_id(function), arguments),
        };
        self.settle(expression(kind, result, span), of)
    }

    fn read_union_property(&mut self, value: Value, members: &[TypeId], name: &str, span: Span) -> Value {
        let mut found = Vec::new();
        for member in members {
            match self.member(*member, name) {
                Some(one) => found.push((*member, one)),
                None => {
                    let message = format!(
                        "`{}` has no property `{name}`, `{}` among its members lacks it",
                        self.show(value.of),
                        self.show(*member)
                    );
                    self.report(Diagnostic::error(codes::UNKNOWN_PROPERTY, message).at(span).with_help(
                        "narrow the value first, with a test of a property that tells them apart",
                    ));
                    return self.broken(span);
                }
            }
        }
        for (_, one) in &found {
            self.check_access(one, name, span);
        }
        let types: Vec<TypeId> = found.iter().map(|(_, one)| one.of).collect();
        let of = self.types.union(types);
        if found.iter().all(|(_, one)| one.access == Access::Dynamic) {
            let representation = self.representation(of);
            let kind = ExpressionKind::GetProperty(Box::new(value.expression), name.into());
            return Value { expression: expression(kind, representation, span), of };
        }
        self.by_member(value, members, of, span, &mut |checker, part, member| {
            let found = checker.member_of(&part.expression, member, name);
            match found {
                Some(found) => checker.read_member(part, name, &found, span),
                None => checker.broken(span),
            }
        })
    }

    /// Does something for each member of a union by testing, when run, which one the value is.
    pub(crate) fn by_member(
        &mut self,
        value: Value,
        members: &[TypeId],
        of: TypeId,
        span: Span,
        each: &mut dyn FnMut(&mut Self, Value, TypeId) -> Value,
    ) -> Value {
        let mut setup = Vec::new();
        let (local, held) = self.bind_temporary(value.expression, &mut setup);
        let representation = self.representation(of);
        let mut whole: Option<Expression> = None;
        for member in members.iter().rev() {
            let read = read_local(local, held, span);
            let part = self.settle(read, *member);
            let made = each(self, part, *member);
            let made = self.convert(made, of);
            whole = Some(match whole {
                None => made,
                Some(rest) => {
                    let id = self.runtime_type(*member);
                    let read = read_local(local, held, span);
                    let any = self.reshape(read, Representation::Any);
                    let test = expression(
                        ExpressionKind::TypeTest(Box::new(any), id),
                        Representation::Boolean,
                        span,
                    );
                    let kind = ExpressionKind::Conditional(Box::new(test), Box::new(made), Box::new(rest));
                    expression(kind, representation, span)
                }
            });
        }
        let Some(whole) = whole else {
            return self.broken(span);
        };
        let kind = ExpressionKind::Sequence(setup, Box::new(whole));
        Value { expression: expression(kind, representation, span), of }
    }

    /// Private and protected members.
    pub(crate) fn check_access(&mut self, member: &FoundMember, name: &str, span: Span) {
        let Some((owner, accessibility)) = member.owner else {
            return;
        };
        let module = self.context_module();
        if accessibility == Accessibility::Public || self.is_prelude(module) {
            return;
        }
        let current = self.context().class.map(|(class, _)| class);
        let allowed = match accessibility {
            Accessibility::Private => current == Some(owner),
            _ => current.is_some_and(|current| self.ancestry(current).contains(&owner)),
        };
        if allowed {
            return;
        }
        let class = self.classes[owner.0 as usize].name.clone();
        let (word, place) = match accessibility {
            Accessibility::Private => ("private", format!("inside the class `{class}`")),
            _ => ("protected", format!("inside the class `{class}` and those that extend it")),
        };
        let message = format!("`{name}` is {word}: it can be used only {place}");
        let mut diagnostic = Diagnostic::error(codes::NOT_ACCESSIBLE, message).at(span);
        if let Some(at) = member.span {
            diagnostic = diagnostic.with_related(at, "declared here");
        }
        self.report(diagnostic);
    }

    fn context_module(&mut self) -> ModuleIndex {
        self.context().module
    }

    // ---- elements ----

    pub(crate) fn index_expression(
        &mut self,
        whole: &'a ast::Expression,
        object: &'a ast::Expression,
        index: &'a ast::Expression,
        optional: bool,
    ) -> Value {
        let span = whole.span;
        let value = self.expression(object, None);
        let value = if optional { self.guard(value) } else { value };
        let value = self.receiver(value, "an element of it", span);
        if let Some(name) = crate::declare::well_known(index) {
            let made = self.read_property(value, &name, index.span);
            return self.apply_fact(whole, made);
        }
        let index = self.expression(index, None);
        let made = self.read_index(value, index, span);
        self.apply_fact(whole, made)
    }

    /// An index as an int: a number is cast, which throws where it has a fraction.
    pub(crate) fn int_index(&mut self, index: Value) -> Expression {
        let span = index.expression.span;
        let of = self.expand(index.of);
        let basic = self.types.basic;
        if self.is_error(of) {
            return self.reshape(index.expression, Representation::Int);
        }
        if matches!(self.types.kind(of), Kind::Number | Kind::LiteralNumber(_)) {
            return self.cast_value(Value { of: basic.number, ..index }, basic.int, span).expression;
        }
        if !self.assignable(of, basic.int) {
            let message = format!("expected an index of `int`, found `{}`", self.show(of));
            self.error(codes::BAD_INDEX, span, message);
            return expression(ExpressionKind::Int(0), Representation::Int, span);
        }
        self.convert(index, basic.int)
    }

    pub(crate) fn read_index(&mut self, value: Value, index: Value, span: Span) -> Value {
        let of = self.expand(value.of);
        if self.is_error(of) {
            return self.broken(span);
        }
        if let Kind::LiteralString(name) = self.types.kind(index.of).clone() {
            return self.read_property(value, &name, index.expression.span);
        }
        match self.element_kind(of) {
            ElementKind::Array => {
                let literal = match *self.types.kind(index.of) {
                    Kind::LiteralInt(at) => Some(at),
                    _ => None,
                };
                let Some(element) = self.element_type(of, literal) else {
                    let message =
                        format!("the tuple `{}` has no element {}", self.show(of), self.show(index.of));
                    self.error(codes::TUPLE_INDEX, index.expression.span, message);
                    return self.broken(span);
                };
                let at = self.int_index(index);
                // The groups of a match may be null: where one is, this shows when it is used as what its type says, so that
                // it can be tested for.
                let representation = match self.types.kind(of) {
                    Kind::Intersection(_) => Representation::Any,
                    _ => self.representation(element),
                };
                let kind = ExpressionKind::GetElement(Box::new(value.expression), Box::new(at));
                Value { expression: expression(kind, representation, span), of: element }
            }
            ElementKind::Text => {
                let at = self.int_index(index);
                let string = self.types.basic.string;
                let read = self.builtin_call(
                    "String.unit",
                    vec![value.expression, at],
                    Representation::Reference,
                    span,
                );
                Value { expression: read, of: string }
            }
            ElementKind::Bytes => {
                let at = self.int_index(index);
                let int = self.types.basic.int;
                let read = self.builtin_call(
                    "Uint8Array.getByte",
                    vec![value.expression, at],
                    Representation::Int,
                    span,
                );
                Value { expression: read, of: int }
            }
            ElementKind::Entry(entry) => {
                let of = self.types.nullable(entry);
                let key = self.text(index);
                let read =
                    self.builtin_call("Object.read", vec![value.expression, key], Representation::Any, span);
                self.settle(read, of)
            }
            ElementKind::Keyed => self.read_keyed(value, index, span),
            ElementKind::None => {
                let message = format!("`{}` has no elements to read by index", self.show(value.of));
                self.error(codes::BAD_INDEX, span, message);
                self.broken(span)
            }
        }
    }

    /// `object[key]` where the key is one of the object's: `keyof T`, or a union of names.
    fn read_keyed(&mut self, value: Value, index: Value, span: Span) -> Value {
        let access = self.types.intern(Kind::IndexedAccess(value.of, index.of));
        let of = self.expand(access);
        let keys = self.types.intern(Kind::KeyOf(value.of));
        let keys = self.expand(keys);
        if self.is_error(of) || !self.assignable(index.of, keys) {
            let message = format!("`{}` is no key of `{}`", self.show(index.of), self.show(value.of));
            self.report(Diagnostic::error(codes::BAD_INDEX, message).at(index.expression.span).with_help(
                "declare the key as `keyof` the type, or give the type an index signature `[key: string]: T`",
            ));
            return self.broken(span);
        }
        let key = self.text(index);
        let object = value.expression;
        let object = self.reshape(object, Representation::Reference);
        let read = self.builtin_call("Object.read", vec![object, key], Representation::Any, span);
        self.settle(read, of)
    }

    /// How elements of a type are reached.
    pub(crate) fn element_kind(&mut self, of: TypeId) -> ElementKind {
        let of = self.expand(of);
        match self.types.kind(of).clone() {
            _ if self.is_array(of) => ElementKind::Array,
            Kind::String | Kind::LiteralString(_) => ElementKind::Text,
            Kind::Class(..) if self.is_builtin_instance(of, "Uint8Array") => ElementKind::Bytes,
            Kind::Union(members) => {
                let mut kinds: Vec<ElementKind> = members.iter().map(|one| self.element_kind(*one)).collect();
                let first = kinds.pop().unwrap_or(ElementKind::None);
                if kinds.iter().all(|one| *one == first) { first } else { ElementKind::None }
            }
            Kind::Parameter(parameter) => match self.parameter_constraint(parameter) {
                Some(constraint) => match self.element_kind(constraint) {
                    ElementKind::Entry(_) | ElementKind::None => ElementKind::Keyed,
                    other => other,
                },
                None => ElementKind::Keyed,
            },
            _ => match self.record_of(of) {
                Some(record) => match record.index {
                    Some((_, entry, _)) => ElementKind::Entry(entry),
                    None => ElementKind::Keyed,
                },
                None => ElementKind::None,
            },
        }
    }
}

/// How elements of a value are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ElementKind {
    Array,
    Text,
    Bytes,
    /// An index signature of this value type.
    Entry(TypeId),
    /// By a key that is known to be one of the object's.
    Keyed,
    None,
}
