//! Array and object literals.

use std::rc::Rc;

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, ObjectMemberKind};

use crate::checker::{Checker, Value, closest, expression, let_statement};
use crate::codes;
use crate::declare::well_known;
use crate::typed::{ArrayPart, ExpressionKind, ObjectPart};
use crate::types::*;
use crate::visit::Names;

impl<'a> Checker<'a> {
    pub(crate) fn array_literal(
        &mut self,
        elements: &'a [ast::ArrayElement],
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        if let Some(expected) = expected
            && let Some(tuple) = self.expected_tuple(expected, elements)
        {
            return self.tuple_literal(elements, &tuple, span);
        }
        let wanted = expected.and_then(|expected| self.expected_element(expected));
        let mut values = Vec::new();
        for one in elements {
            if one.spread.is_some() {
                let context = wanted.map(|wanted| self.types.array(wanted));
                let value = self.expression(&one.value, context);
                values.push((true, value));
            } else {
                values.push((false, self.expression(&one.value, wanted)));
            }
        }
        let mut types = Vec::new();
        for (spread, value) in &values {
            let of = if *spread { self.spread_element(value.of, value.expression.span) } else { value.of };
            types.push(of);
        }
        let element = match wanted {
            // The context decides, unless it only says a type parameter or unknown.
            Some(wanted)
                if types.iter().all(|one| self.assignable(*one, wanted)) && !self.is_vague(wanted) =>
            {
                wanted
            }
            _ if types.is_empty() => wanted.unwrap_or(self.types.basic.never),
            _ => {
                let keep = wanted.is_some_and(|wanted| self.wants_literals(wanted));
                let joined = self.join(&types);
                if keep { joined } else { self.types.widen(joined) }
            }
        };
        let element =
            if element == self.types.basic.caught { self.prelude_instance("Error", vec![]) } else { element };
        let mut parts = Vec::new();
        for (spread, value) in values {
            if spread {
                parts.push(ArrayPart::Spread(self.spread_array(value)));
            } else {
                parts.push(ArrayPart::Element(self.convert(value, element)));
            }
        }
        let of = self.types.array(element);
        self.array_value(parts, of, element, span)
    }

    fn array_value(&mut self, parts: Vec<ArrayPart>, of: TypeId, element: TypeId, span: Span) -> Value {
        let kind = match self.representation(element) {
            one @ (Representation::Int | Representation::Number) => one,
            _ => Representation::Any,
        };
        let array = ExpressionKind::Array { element: kind, parts };
        Value { expression: expression(array, Representation::Reference, span), of }
    }

    fn is_vague(&mut self, of: TypeId) -> bool {
        let of = self.expand(of);
        matches!(self.types.kind(of), Kind::Unknown | Kind::Parameter(_))
    }

    pub(crate) fn wants_literals(&mut self, of: TypeId) -> bool {
        let of = self.expand(of);
        let members = self.types.members(of);
        members.iter().any(|one| match *self.types.kind(*one) {
            Kind::Parameter(parameter) => self.parameter_constraint(parameter).is_some_and(|constraint| {
                let constraint = self.expand(constraint);
                let inner = self.types.members(constraint);
                inner.iter().any(|one| {
                    self.types.is_literal(*one)
                        || matches!(self.types.kind(*one), Kind::String | Kind::KeyOf(_))
                })
            }),
            Kind::KeyOf(_) | Kind::IndexedAccess(..) => true,
            _ => self.types.is_literal(*one),
        })
    }

    pub(crate) fn spread_element(&mut self, of: TypeId, span: Span) -> TypeId {
        match self.any_iteration(of) {
            Some(element) => element,
            None => {
                if !self.is_error(of) {
                    let message = format!("expected something iterable to spread, found `{}`", self.show(of));
                    self.error(codes::NOT_ITERABLE, span, message);
                }
                self.types.basic.error
            }
        }
    }

    /// What is spread into an array or call, as an array.
    pub(crate) fn spread_array(&mut self, value: Value) -> crate::typed::Expression {
        let of = self.expand(value.of);
        let is_array = match self.types.kind(of) {
            Kind::Array { .. } | Kind::Tuple(_) => true,
            Kind::Union(members) => {
                members.iter().all(|one| matches!(self.types.kind(*one), Kind::Array { .. } | Kind::Tuple(_)))
            }
            _ => false,
        };
        if is_array { value.expression } else { self.collect(value) }
    }

    fn expected_element(&mut self, expected: TypeId) -> Option<TypeId> {
        let expected = self.expand(expected);
        let members = self.types.members(expected);
        let mut found = Vec::new();
        for one in members {
            match self.types.kind(one).clone() {
                Kind::Array { element, .. } => found.push(element),
                Kind::Interface(..) => found.extend(self.builtin_iteration(one)),
                _ => {}
            }
        }
        (!found.is_empty()).then(|| self.types.union(found))
    }

    /// The tuple a literal is to be, if its context wants one that it may be.
    fn expected_tuple(&mut self, expected: TypeId, elements: &[ast::ArrayElement]) -> Option<Rc<Tuple>> {
        if elements.iter().any(|one| one.spread.is_some()) {
            return None;
        }
        let expected = self.expand(expected);
        let members = self.types.members(expected);
        members.into_iter().find_map(|one| match self.types.kind(one) {
            Kind::Tuple(tuple) if elements.len() <= tuple.elements.len() || tuple.rest.is_some() => {
                Some(tuple.clone())
            }
            Kind::Tuple(tuple) if elements.len() > tuple.elements.len() => Some(tuple.clone()),
            _ => None,
        })
    }

    fn tuple_literal(&mut self, elements: &'a [ast::ArrayElement], tuple: &Rc<Tuple>, span: Span) -> Value {
        let mut parts = Vec::new();
        let mut types = Vec::new();
        for (index, one) in elements.iter().enumerate() {
            let wanted = tuple.elements.get(index).map(|one| one.value).or(tuple.rest);
            let value = self.expression(&one.value, wanted);
            let fits =
                wanted.is_some_and(|wanted| self.assignable(value.of, wanted) && !self.is_vague(wanted));
            let of = match wanted {
                Some(wanted) if fits => wanted,
                Some(wanted) if self.wants_literals(wanted) => value.of,
                _ => self.types.widen(value.of),
            };
            types.push(of);
            let converted = self.convert(value, of);
            parts.push(ArrayPart::Element(self.reshape(converted, Representation::Any)));
        }
        let of = self.types.tuple(types);
        // Tuples hold what their elements are, each for itself.
        let unknown = self.types.basic.unknown;
        self.array_value(parts, of, unknown, span)
    }

    pub(crate) fn const_tuple(&mut self, elements: &'a [ast::ArrayElement], span: Span) -> Value {
        let mut parts = Vec::new();
        let mut made = Vec::new();
        for one in elements {
            let value = self.const_value(&one.value);
            made.push(TupleElement { value: value.of, optional: false });
            parts.push(ArrayPart::Element(self.reshape(value.expression, Representation::Any)));
        }
        let of =
            self.types.intern(Kind::Tuple(Rc::new(Tuple { elements: made, rest: None, readonly: true })));
        let unknown = self.types.basic.unknown;
        self.array_value(parts, of, unknown, span)
    }

    fn const_value(&mut self, value: &'a ast::Expression) -> Value {
        match &value.without_parentheses().kind {
            ast::ExpressionKind::Array(elements) if elements.iter().all(|one| one.spread.is_none()) => {
                self.const_tuple(elements, value.span)
            }
            ast::ExpressionKind::Object(members) => self.const_object(members, value.span),
            _ => self.expression(value, None),
        }
    }

    pub(crate) fn const_object(&mut self, members: &'a [ast::ObjectMember], span: Span) -> Value {
        let mut record = Record::default();
        let mut parts = Vec::new();
        for member in members {
            if let ObjectMemberKind::Property { key, value } = &member.kind
                && let Some(name) = key.text()
            {
                let value = self.const_value(value);
                put(
                    &mut record,
                    Property {
                        name: name.clone(),
                        value: value.of,
                        optional: false,
                        readonly: true,
                        method: false,
                    },
                );
                parts.push(ObjectPart::Property(
                    name.clone(),
                    self.reshape(value.expression, Representation::Any),
                ));
            } else {
                self.object_member(member, None, &mut record, &mut parts);
            }
        }
        for property in &mut record.properties {
            property.readonly = true;
        }
        let of = self.types.record(record);
        Value { expression: expression(ExpressionKind::Object(parts), Representation::Reference, span), of }
    }

    pub(crate) fn object_literal(
        &mut self,
        members: &'a [ast::ObjectMember],
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        let target = expected.and_then(|expected| self.expected_object(expected, members));
        if members.iter().any(uses_this) {
            return self.object_with_this(members, expected, target, span);
        }
        let mut record = Record::default();
        let mut parts = Vec::new();
        for member in members {
            self.object_member(member, target, &mut record, &mut parts);
        }
        if let Some(target) = target {
            self.check_excess(members, expected.unwrap_or(target), target);
        }
        let of = self.types.record(record);
        Value { expression: expression(ExpressionKind::Object(parts), Representation::Reference, span), of }
    }

    /// A literal whose methods use `this`: they capture a variable that holds the object, so that `this` stays the object
    /// however they are called. Its type is what the context wants, or the properties that are not methods.
    fn object_with_this(
        &mut self,
        members: &'a [ast::ObjectMember],
        expected: Option<TypeId>,
        target: Option<TypeId>,
        span: Span,
    ) -> Value {
        let mut record = Record::default();
        let mut parts = Vec::new();
        let (later, first): (Vec<_>, Vec<_>) = members.iter().partition(|one| uses_this(one));
        for member in first {
            self.object_member(member, target, &mut record, &mut parts);
        }
        let this = match target {
            Some(target) => target,
            None => self.types.record(record.clone()),
        };
        let outer = self.scope;
        self.scope = self.child_scope(outer);
        let name: Text = "this".into();
        let local = self.new_local("%this".into(), Representation::Any);
        self.context().locals[local.0 as usize].reassigned = true;
        self.declare_at(self.scope, &name, span, this, true, local);
        for member in later {
            self.object_member(member, target, &mut record, &mut parts);
        }
        self.scope = outer;
        if let Some(target) = target {
            self.check_excess(members, expected.unwrap_or(target), target);
        }
        let of = self.types.record(record);
        let object = expression(ExpressionKind::Object(parts), Representation::Reference, span);
        let object = self.reshape(object, Representation::Any);
        let null = self.null(span);
        let setup = vec![let_statement(local, null)];
        let kind = ExpressionKind::Assign(crate::typed::Variable::Local(local), Box::new(object));
        let assigned = expression(kind, Representation::Any, span);
        let assigned = self.reshape(assigned, Representation::Reference);
        Value {
            expression: expression(
                ExpressionKind::Sequence(setup, Box::new(assigned)),
                Representation::Reference,
                span,
            ),
            of,
        }
    }

    fn object_member(
        &mut self,
        member: &'a ast::ObjectMember,
        target: Option<TypeId>,
        record: &mut Record,
        parts: &mut Vec<ObjectPart>,
    ) {
        match &member.kind {
            ObjectMemberKind::Property { key, value } => match self.literal_key(key) {
                Some(name) => {
                    self.name_function(value, &name);
                    self.object_property(name, value, target, record, parts);
                }
                None => self.computed_property(key, value, target, record, parts),
            },
            ObjectMemberKind::Shorthand { name, value } => {
                self.object_property(name.text.clone(), value, target, record, parts);
            }
            ObjectMemberKind::Method { key, function } => {
                let Some(name) = self.literal_key(key) else {
                    return self.unsupported(member.span, "a method with a computed name");
                };
                let wanted = target.and_then(|target| self.wanted_property(target, &name));
                self.function_names.insert(function.span, name.clone());
                let value = self.closure(function, wanted, true);
                put(
                    record,
                    Property {
                        name: name.clone(),
                        value: value.of,
                        optional: false,
                        readonly: false,
                        method: false,
                    },
                );
                parts.push(ObjectPart::Property(name, self.reshape(value.expression, Representation::Any)));
            }
            ObjectMemberKind::Getter { .. } | ObjectMemberKind::Setter { .. } => {
                self.unsupported(member.span, "an accessor in an object literal");
            }
            ObjectMemberKind::Spread(value) => self.object_spread(value, target, record, parts),
        }
    }

    fn literal_key(&mut self, key: &ast::PropertyKey) -> Option<Text> {
        match key {
            ast::PropertyKey::Computed(expression) => well_known(expression),
            _ => key.text().cloned(),
        }
    }

    fn object_property(
        &mut self,
        name: Text,
        value: &'a ast::Expression,
        target: Option<TypeId>,
        record: &mut Record,
        parts: &mut Vec<ObjectPart>,
    ) {
        let wanted = target.and_then(|target| self.wanted_property(target, &name));
        let value = self.expression(value, wanted);
        let of = match wanted {
            Some(wanted) if self.assignable(value.of, wanted) && self.is_settled(wanted) => value.of,
            Some(wanted) if self.wants_literals(wanted) => value.of,
            _ => self.types.widen(value.of),
        };
        let of = if of == self.types.basic.caught { self.prelude_instance("Error", vec![]) } else { of };
        let stored = match wanted {
            // An int that is kept where a number is declared is kept as one.
            Some(wanted) if self.assignable(of, wanted) => self.convert(Value { of, ..value }, wanted),
            _ => self.convert(Value { of: value.of, ..value }, of),
        };
        put(
            record,
            Property { name: name.clone(), value: of, optional: false, readonly: false, method: false },
        );
        parts.push(ObjectPart::Property(name, self.reshape(stored, Representation::Any)));
    }

    fn is_settled(&mut self, wanted: TypeId) -> bool {
        !self.is_vague(wanted)
    }

    fn computed_property(
        &mut self,
        key: &'a ast::PropertyKey,
        value: &'a ast::Expression,
        target: Option<TypeId>,
        record: &mut Record,
        parts: &mut Vec<ObjectPart>,
    ) {
        let ast::PropertyKey::Computed(computed) = key else {
            return;
        };
        let name = self.expression(computed, None);
        let wanted = target
            .and_then(|target| self.record_of(target))
            .and_then(|record| record.index.map(|(_, value, _)| value));
        let value = self.expression(value, wanted);
        let of = wanted
            .filter(|wanted| self.assignable(value.of, *wanted))
            .unwrap_or_else(|| self.types.widen(value.of));
        if let Kind::LiteralString(text) = self.types.kind(name.of).clone() {
            put(record, Property { name: text, value: of, optional: false, readonly: false, method: false });
        } else {
            let before = record.index.map(|(_, before, _)| before);
            let all = match before {
                Some(before) => self.join(&[before, of]),
                None => of,
            };
            record.index = Some((self.types.basic.string, all, false));
        }
        let name = self.text(name);
        let stored = self.convert(value, of);
        let stored = self.reshape(stored, Representation::Any);
        parts.push(ObjectPart::Computed(name, stored));
    }

    fn object_spread(
        &mut self,
        value: &'a ast::Expression,
        target: Option<TypeId>,
        record: &mut Record,
        parts: &mut Vec<ObjectPart>,
    ) {
        let span = value.span;
        let value = self.expression(value, target);
        let may_be_null = self.has_null(value.of);
        let of = self.without_null(value.of);
        for member in self.types.members(of) {
            let Some(given) = self.record_of(member) else {
                if !self.is_error(member) && member != self.types.basic.object {
                    let message = format!("expected an object to spread, found `{}`", self.show(value.of));
                    self.error(codes::MISMATCH, span, message);
                }
                continue;
            };
            record.index = record.index.or(given.index);
            for property in given.properties.iter().filter(|one| !one.method) {
                let before = record.property(&property.name).map(|one| (one.value, one.optional));
                let merged = match before {
                    // What may be missing leaves what was there.
                    Some((before, optional)) if property.optional || may_be_null => Property {
                        value: self.types.union([before, property.value]),
                        optional: optional && (property.optional || may_be_null),
                        ..property.clone()
                    },
                    _ => Property { optional: property.optional || may_be_null, ..property.clone() },
                };
                put(record, Property { readonly: false, ..merged });
            }
        }
        parts.push(ObjectPart::Spread(self.reshape(value.expression, Representation::Any)));
    }

    /// The object type a literal is to be: of a union, the members its literal properties allow.
    fn expected_object(&mut self, expected: TypeId, members: &'a [ast::ObjectMember]) -> Option<TypeId> {
        let expected = self.expand(expected);
        let mut candidates: Vec<TypeId> = Vec::new();
        for one in self.types.members(expected) {
            let one = self.expand(one);
            if matches!(
                self.types.kind(one),
                Kind::Record(_) | Kind::Interface(..) | Kind::Intersection(_) | Kind::Parameter(_)
            ) && self.record_of(one).is_some()
            {
                candidates.push(one);
            }
        }
        if candidates.len() < 2 {
            return candidates.pop();
        }
        for member in members {
            let ObjectMemberKind::Property { key, value } = &member.kind else {
                continue;
            };
            let (Some(name), Some(unit)) = (key.text(), self.unit_type(value)) else {
                continue;
            };
            candidates.retain(|one| match self.member(*one, name) {
                Some(found) => self.assignable(unit, found.of),
                None => true,
            });
        }
        match candidates.len() {
            0 => None,
            1 => candidates.pop(),
            _ => Some(self.types.union(candidates)),
        }
    }

    fn wanted_property(&mut self, target: TypeId, name: &str) -> Option<TypeId> {
        let target = self.expand(target);
        let mut found = Vec::new();
        for one in self.types.members(target) {
            if let Some(member) = self.member(one, name) {
                found.push(member.write);
            }
        }
        (!found.is_empty()).then(|| self.types.union(found))
    }

    /// A property that the target does not know is most likely a slip.
    fn check_excess(&mut self, members: &[ast::ObjectMember], expected: TypeId, target: TypeId) {
        let expected = self.expand(expected);
        let mut known: Vec<Text> = Vec::new();
        for one in self.types.members(expected) {
            let one = self.expand(one);
            if self.is_primitive(one) {
                continue;
            }
            if matches!(
                self.types.kind(one),
                Kind::Unknown | Kind::Object | Kind::Parameter(_) | Kind::Class(..)
            ) {
                return;
            }
            let Some(record) = self.record_of(one) else {
                continue;
            };
            if record.index.is_some() || record.properties.is_empty() {
                return;
            }
            known.extend(record.properties.iter().map(|property| property.name.clone()));
        }
        for member in members {
            let (name, span) = match &member.kind {
                ObjectMemberKind::Property { key, .. } | ObjectMemberKind::Method { key, .. } => {
                    let Some(name) = key.text() else { continue };
                    (name.clone(), key.span())
                }
                ObjectMemberKind::Shorthand { name, .. } => (name.text.clone(), name.span),
                _ => continue,
            };
            if known.contains(&name) {
                continue;
            }
            let message = format!("`{}` has no property `{name}`", self.show(target));
            let mut diagnostic = Diagnostic::error(codes::EXCESS_PROPERTY, message).at(span);
            if let Some(similar) = closest(&name, known.iter().map(|one| &**one)) {
                diagnostic = diagnostic.with_edit(format!("did you mean `{similar}`?"), span, similar);
            }
            self.report(diagnostic);
        }
    }
}

fn put(record: &mut Record, property: Property) {
    match record.properties.iter_mut().find(|one| one.name == property.name) {
        Some(before) => *before = property,
        None => record.properties.push(property),
    }
}

/// Whether a member is a method that uses `this`.
fn uses_this(member: &ast::ObjectMember) -> bool {
    match &member.kind {
        ObjectMemberKind::Method { function, .. } => Names::of_function(function).uses_this,
        _ => false,
    }
}
