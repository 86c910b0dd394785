//! Array and object literals.

use std::rc::Rc;

use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self, ObjectMemberKind};

use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::typed::{ArrayPart, ExpressionKind, ObjectPart};
use crate::types::*;

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
        let wanted_ones = expected.map_or_else(Vec::new, |expected| self.expected_elements(expected));
        let wanted = (!wanted_ones.is_empty()).then(|| self.types.union(wanted_ones.clone()));
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
        // The context decides, unless it only says a type parameter. One that has several kinds of array wants one of them.
        let decided = wanted_ones.into_iter().find(|wanted| {
            types.iter().all(|one| self.assignable(*one, *wanted)) && !self.is_parameter(*wanted)
        });
        let element = match decided {
            Some(decided) => decided,
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

    fn is_parameter(&mut self, of: TypeId) -> bool {
        let of = self.expand(of);
        matches!(self.types.kind(of), Kind::Parameter(_))
    }

    pub(crate) fn is_vague(&mut self, of: TypeId) -> bool {
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

    /// What the arrays hold that the context takes.
    fn expected_elements(&mut self, expected: TypeId) -> Vec<TypeId> {
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
        found
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
}

pub(crate) fn put(record: &mut Record, property: Property) {
    match record.properties.iter_mut().find(|one| one.name == property.name) {
        Some(before) => *before = property,
        None => record.properties.push(property),
    }
}
