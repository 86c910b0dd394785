//! Object literals.

use raya_abi::Representation;
use raya_abi::names::{GETTER_PREFIX, SETTER_PREFIX};
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, ObjectMemberKind};

use super::literals::put;
use crate::checker::{Checker, Value, closest, expression, let_statement};
use crate::codes;
use crate::declare::well_known;
use crate::typed::{BinaryOperator, Expression, ExpressionKind, ObjectPart};
use crate::types::*;
use crate::visit::Names;

/// The key of a member.
struct Key {
    /// The name, where it is known now.
    name: Option<Text>,
    /// What computes it.
    computed: Option<Expression>,
    span: Span,
}

impl<'a> Checker<'a> {
    pub(crate) fn object_literal(
        &mut self,
        members: &'a [ast::ObjectMember],
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        let target = expected.and_then(|expected| self.expected_object(expected, members));
        let generic = std::mem::take(&mut self.spread_parameters);
        if members.iter().any(uses_this) {
            return self.object_with_this(members, expected, target, generic, span);
        }
        let mut record = Record::default();
        let mut parts = Vec::new();
        for member in members {
            self.object_member(member, target, &mut record, &mut parts);
        }
        if let Some(target) = target {
            self.check_excess(members, expected.unwrap_or(target), target);
        }
        let of = self.object_type(record, generic);
        Value { expression: expression(ExpressionKind::Object(parts), Representation::Reference, span), of }
    }

    /// The type of a literal: what it lists, and the type parameters that were spread into it.
    fn object_type(&mut self, record: Record, generic: Vec<TypeId>) -> TypeId {
        let spread = std::mem::replace(&mut self.spread_parameters, generic);
        let empty = record == Record::default() && !spread.is_empty();
        let own = self.types.record(record);
        let parts: Vec<TypeId> = (!empty).then_some(own).into_iter().chain(spread).collect();
        self.intersect(&parts)
    }

    /// A literal whose methods use `this`: they capture a variable that holds the object, so that `this` stays the object
    /// however they are called. Its type is what the context wants, else what is known of the members so far.
    fn object_with_this(
        &mut self,
        members: &'a [ast::ObjectMember],
        expected: Option<TypeId>,
        target: Option<TypeId>,
        generic: Vec<TypeId>,
        span: Span,
    ) -> Value {
        let mut record = Record::default();
        let mut pieces: Vec<Vec<ObjectPart>> = members.iter().map(|_| Vec::new()).collect();
        for (member, parts) in members.iter().zip(&mut pieces).filter(|(one, _)| !uses_this(one)) {
            self.object_member(member, target, &mut record, parts);
        }
        let outer = self.scope;
        self.scope = self.child_scope(outer);
        let name: Text = "this".into();
        let local = self.new_local("%this".into(), Representation::Any);
        self.context().locals[local.0 as usize].reassigned = true;
        let this = match target {
            Some(target) => target,
            None => self.known_of_this(members, &record),
        };
        let variable = self.declare_at(self.scope, &name, span, this, true, local);
        for (member, parts) in members.iter().zip(&mut pieces).filter(|(one, _)| uses_this(one)) {
            self.object_member(member, target, &mut record, parts);
            if target.is_none() {
                let known = self.known_of_this(members, &record);
                self.variables[variable.at()].declared = Some(known);
            }
        }
        let parts = pieces.into_iter().flatten().collect();
        self.scope = outer;
        if let Some(target) = target {
            self.check_excess(members, expected.unwrap_or(target), target);
        }
        let of = self.object_type(record, generic);
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

    pub(crate) fn object_member(
        &mut self,
        member: &'a ast::ObjectMember,
        target: Option<TypeId>,
        record: &mut Record,
        parts: &mut Vec<ObjectPart>,
    ) {
        match &member.kind {
            ObjectMemberKind::Property { key, value } => match self.literal_key(key) {
                Some(name) => self.object_property(name, value, target, record, parts),
                None => self.computed_property(key, value, target, record, parts),
            },
            ObjectMemberKind::Shorthand { name, value } => {
                self.object_property(name.text.clone(), value, target, record, parts);
            }
            ObjectMemberKind::Method { key, function } => {
                let key = self.object_key(key);
                let wanted = match (&key.name, target) {
                    (Some(name), Some(target)) => self.wanted_property(target, name),
                    (None, Some(target)) => self.wanted_entry(target),
                    _ => None,
                };
                if let Some(name) = &key.name {
                    self.function_names.insert(function.span, name.clone());
                }
                let value = self.closure(function, wanted, true);
                let of = value.of;
                let stored = self.reshape(value.expression, Representation::Any);
                self.put_keyed(key, "", of, false, stored, record, parts);
            }
            ObjectMemberKind::Getter { key, function } => {
                self.object_accessor(key, function, true, target, record, parts)
            }
            ObjectMemberKind::Setter { key, function } => {
                self.object_accessor(key, function, false, target, record, parts)
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

    /// A key that may be computed.
    fn object_key(&mut self, key: &'a ast::PropertyKey) -> Key {
        let ast::PropertyKey::Computed(computed) = key else {
            return Key { name: key.text().cloned(), computed: None, span: key.span() };
        };
        if let Some(name) = well_known(computed) {
            return Key { name: Some(name), computed: None, span: key.span() };
        }
        let value = self.expression(computed, None);
        let name = match self.types.kind(value.of).clone() {
            Kind::LiteralString(text) => Some(text),
            _ => None,
        };
        Key { name, computed: Some(self.text(value)), span: key.span() }
    }

    /// Adds a member under a key; `prefix` stands before the name in the object, not in the type.
    #[expect(clippy::too_many_arguments, reason = "the parts of a member")]
    fn put_keyed(
        &mut self,
        key: Key,
        prefix: &str,
        of: TypeId,
        readonly: bool,
        stored: Expression,
        record: &mut Record,
        parts: &mut Vec<ObjectPart>,
    ) {
        match &key.name {
            Some(name) => {
                let name = name.clone();
                put(record, Property { name, value: of, optional: false, readonly, method: false });
            }
            None => self.add_entry(of, record),
        }
        parts.push(match (key.computed, key.name) {
            (None, name) => {
                let name = name.unwrap_or_else(|| "".into());
                ObjectPart::Property(format!("{prefix}{name}").into(), stored)
            }
            (Some(name), _) if prefix.is_empty() => ObjectPart::Computed(name, stored),
            (Some(name), _) => {
                let before = ExpressionKind::String(prefix.into());
                let before = expression(before, Representation::Reference, key.span);
                let kind =
                    ExpressionKind::Binary(BinaryOperator::Concatenate, Box::new(before), Box::new(name));
                ObjectPart::Computed(expression(kind, Representation::Reference, key.span), stored)
            }
        });
    }

    fn add_entry(&mut self, of: TypeId, record: &mut Record) {
        let all = match record.index {
            Some((_, before, _)) => self.join(&[before, of]),
            None => of,
        };
        record.index = Some((self.types.basic.string, all, false));
    }

    fn wanted_entry(&mut self, target: TypeId) -> Option<TypeId> {
        self.record_of(target).and_then(|record| record.index.map(|(_, value, _)| value))
    }

    /// `get key() {…}` and `set key(value) {…}`: closures under names of their own, which the machine looks for.
    fn object_accessor(
        &mut self,
        key: &'a ast::PropertyKey,
        function: &'a ast::Function,
        is_getter: bool,
        target: Option<TypeId>,
        record: &mut Record,
        parts: &mut Vec<ObjectPart>,
    ) {
        let key = self.object_key(key);
        let before = key.name.as_ref().and_then(|name| record.property(name)).cloned();
        let wanted = match (&key.name, target) {
            (Some(name), Some(target)) => self.wanted_property(target, name),
            (None, Some(target)) => self.wanted_entry(target),
            _ => before.as_ref().map(|one| one.value),
        };
        let void = self.types.basic.void;
        let parameters = match wanted {
            Some(value) if !is_getter => {
                vec![ValueParameter { name: "value".into(), value, optional: false }]
            }
            _ => vec![],
        };
        let result = if is_getter { wanted.unwrap_or(void) } else { void };
        let context = wanted.map(|_| {
            self.types.function(Signature {
                type_parameters: vec![],
                parameters,
                rest: None,
                result,
                predicate: None,
            })
        });
        let value = self.closure(function, context, true);
        let signature = self.call_signatures(value.of).into_iter().next();
        let of = signature.and_then(|one| match is_getter {
            true => Some(one.result),
            false => one.parameters.first().map(|one| one.value),
        });
        let of = of.unwrap_or(self.types.basic.error);
        let of = self.types.widen(of);
        // With both, what is read says the type.
        let of = before.as_ref().filter(|_| !is_getter).map_or(of, |one| one.value);
        let stored = self.reshape(value.expression, Representation::Any);
        let prefix = if is_getter { GETTER_PREFIX } else { SETTER_PREFIX };
        self.put_keyed(key, prefix, of, is_getter && before.is_none(), stored, record, parts);
    }

    /// What `this` is known to have while the members that use it are looked at: what the others are, and what members
    /// that say all their types will be.
    fn known_of_this(&mut self, members: &'a [ast::ObjectMember], record: &Record) -> TypeId {
        let mut known = record.clone();
        for member in members {
            let (key, function, is_getter) = match &member.kind {
                ObjectMemberKind::Method { key, function } => (key, function, false),
                ObjectMemberKind::Getter { key, function } => (key, function, true),
                _ => continue,
            };
            let Some(name) = self.literal_key(key).filter(|name| known.property(name).is_none()) else {
                continue;
            };
            let all = function.parameters.iter().all(|one| one.annotation.is_some());
            if function.return_type.is_none() || !all {
                continue;
            }
            let of = self.written_function(function, self.scope);
            let value = match self.types.kind(of).clone() {
                Kind::Function(signature) if is_getter => signature.result,
                _ => of,
            };
            put(&mut known, Property { name, value, optional: false, readonly: is_getter, method: false });
        }
        self.types.record(known)
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
        self.give_name(value, &name);
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
        let wanted = target.and_then(|target| self.wanted_entry(target));
        let value = self.expression(value, wanted);
        let of = wanted
            .filter(|wanted| self.assignable(value.of, *wanted))
            .unwrap_or_else(|| self.types.widen(value.of));
        if let Kind::LiteralString(text) = self.types.kind(name.of).clone() {
            put(record, Property { name: text, value: of, optional: false, readonly: false, method: false });
        } else {
            self.add_entry(of, record);
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
            // What is partly there, or cannot be written, says the same of the values as the whole.
            let whole = match self.types.kind(member) {
                Kind::Utility(Utility::Partial | Utility::Readonly, arguments) => arguments[0],
                _ => member,
            };
            let open = matches!(self.types.kind(whole), Kind::Parameter(_));
            let is_partial = matches!(self.types.kind(member), Kind::Utility(Utility::Partial, _));
            if open && !is_partial {
                self.spread_parameters.push(whole);
            }
            let Some(given) = self.record_of(member) else {
                if !open && !self.is_error(member) && member != self.types.basic.object {
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

/// Whether a member is a method that uses `this`.
fn uses_this(member: &ast::ObjectMember) -> bool {
    match &member.kind {
        ObjectMemberKind::Method { function, .. }
        | ObjectMemberKind::Getter { function, .. }
        | ObjectMemberKind::Setter { function, .. } => Names::of_function(function).uses_this,
        _ => false,
    }
}
