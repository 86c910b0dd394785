//! Narrowing: what a condition that holds, or does not, says of variables and property paths.

use raya_syntax::ast::{self, BinaryOperator, ExpressionKind as E, LogicalOperator, UnaryOperator};

use crate::checker::Checker;
use crate::facts::Reference;
use crate::types::*;

impl<'a> Checker<'a> {
    /// Narrows by a condition that `holds` or not.
    pub(crate) fn assume(&mut self, test: &'a ast::Expression, holds: bool) {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.assume_inside(test, holds));
    }

    fn assume_inside(&mut self, test: &'a ast::Expression, holds: bool) {
        match &test.kind {
            E::Parenthesized(inner) => self.assume(inner, holds),
            E::Unary { operator: UnaryOperator::Not, operand } => self.assume(operand, !holds),
            E::Boolean(value) if *value != holds => self.context().flow.unreachable = true,
            E::Logical { operator, left, right } => self.assume_logical(*operator, left, right, holds),
            E::Binary { operator: BinaryOperator::Equal, left, right, .. } => {
                self.assume_equal(left, right, holds)
            }
            E::Binary { operator: BinaryOperator::NotEqual, left, right, .. } => {
                self.assume_equal(left, right, !holds)
            }
            E::Binary { operator: BinaryOperator::InstanceOf, left, right, .. } => {
                self.assume_instance(left, right, holds)
            }
            E::Call(call) => self.assume_call(call, holds),
            E::Chain(inner) if holds => {
                self.assume_chain_present(inner);
                self.assume_truthy(test, holds);
                if let E::Call(call) = &inner.kind {
                    self.assume_call(call, holds);
                }
            }
            _ => self.assume_truthy(test, holds),
        }
    }

    fn assume_logical(
        &mut self,
        operator: LogicalOperator,
        left: &'a ast::Expression,
        right: &'a ast::Expression,
        holds: bool,
    ) {
        let both = match operator {
            LogicalOperator::And => holds,
            LogicalOperator::Or => !holds,
            LogicalOperator::Coalesce => return,
        };
        if both {
            self.assume(left, holds);
            self.assume(right, holds);
            return;
        }
        let before = self.context().flow.clone();
        self.assume(left, holds);
        let first = std::mem::replace(&mut self.context().flow, before);
        self.assume(left, !holds);
        self.assume(right, holds);
        let second = self.context().flow.clone();
        self.context().flow = self.join_flows(first, second);
    }

    fn assume_truthy(&mut self, expression: &'a ast::Expression, holds: bool) {
        let Some(reference) = self.reference_of(expression) else {
            return;
        };
        let Some(current) = self.reference_type(&reference) else {
            return;
        };
        let narrowed = if holds { self.truthy_part(current) } else { self.falsy_part(current) };
        if narrowed != current {
            self.set_fact(reference.clone(), narrowed);
        }
        // `if (shape.radius)`: the objects whose property can be so.
        self.narrow_parent(&reference, |checker, of| {
            let part = if holds { checker.truthy_part(of) } else { checker.falsy_part(of) };
            part != checker.types.basic.never
        });
    }

    pub(crate) fn truthy_part(&mut self, of: TypeId) -> TypeId {
        let of = self.expand(of);
        let parts: Vec<TypeId> = self
            .types
            .members(of)
            .into_iter()
            .filter_map(|one| match self.types.kind(one) {
                Kind::Null | Kind::Void | Kind::LiteralBoolean(false) | Kind::LiteralInt(0) => None,
                Kind::LiteralString(text) if text.is_empty() => None,
                Kind::Boolean => Some(self.types.fresh_literal(Kind::LiteralBoolean(true))),
                _ => Some(one),
            })
            .collect();
        self.types.union(parts)
    }

    pub(crate) fn falsy_part(&mut self, of: TypeId) -> TypeId {
        let of = self.expand(of);
        let mut parts = Vec::new();
        for one in self.types.members(of) {
            match self.types.kind(one).clone() {
                Kind::Boolean => parts.push(self.types.fresh_literal(Kind::LiteralBoolean(false))),
                Kind::LiteralBoolean(true)
                | Kind::Object
                | Kind::Array { .. }
                | Kind::Tuple(_)
                | Kind::Record(_)
                | Kind::Interface(..)
                | Kind::Class(..)
                | Kind::Function(_)
                | Kind::ClassValue(_)
                | Kind::Constructor(_)
                | Kind::AbstractConstructor(_)
                | Kind::Opaque(..) => {}
                Kind::LiteralInt(value) if value != 0 => {}
                Kind::LiteralString(text) if !text.is_empty() => {}
                _ => parts.push(one),
            }
        }
        self.types.union(parts)
    }

    /// Keeps the members of the object's union whose property passes.
    fn narrow_parent(&mut self, reference: &Reference, mut passes: impl FnMut(&mut Self, TypeId) -> bool) {
        let Some((step, before)) = reference.path.split_last() else {
            return;
        };
        let parent = Reference { root: reference.root, path: before.to_vec() };
        let Some(current) = self.reference_type(&parent) else {
            return;
        };
        let current = self.expand(current);
        let members = self.types.members(current);
        if members.len() < 2 && !self.is_declared_union(&parent) {
            return;
        }
        let mut kept = Vec::new();
        for member in &members {
            let fits = match self.step_type(*member, step) {
                Some(of) => passes(self, of),
                // `a?.b` of null is null.
                None if self.is_null(*member) => passes(self, self.types.basic.null),
                None => true,
            };
            if fits {
                kept.push(*member);
            }
        }
        // Only a property that tells members apart leaves none of them.
        let leaves_none = kept.is_empty()
            && !members
                .iter()
                .all(|member| self.step_type(*member, step).is_some_and(|of| self.types.is_literal(of)));
        if kept.len() < members.len() && !leaves_none {
            let own = self.context().flow.facts.get(reference).copied();
            let narrowed = self.types.union(kept);
            self.set_fact(parent, narrowed);
            if let Some(own) = own {
                self.set_fact(reference.clone(), own);
            }
        }
    }

    /// Whether a reference was declared as a union, of which one member may be left.
    fn is_declared_union(&mut self, reference: &Reference) -> bool {
        let declared = match reference.path.split_last() {
            None => self.variables[reference.root.at()].declared,
            Some((step, before)) => {
                let parent = Reference { root: reference.root, path: before.to_vec() };
                let parent = self.reference_type(&parent);
                parent.and_then(|parent| {
                    let parent = self.without_null(parent);
                    self.step_type(parent, step)
                })
            }
        };
        let Some(declared) = declared else { return false };
        let declared = self.expand(declared);
        self.types.members(declared).len() > 1
    }

    pub(crate) fn is_null(&self, id: TypeId) -> bool {
        id == self.types.basic.null || id == self.types.basic.void
    }

    /// `a?.b` has a value: then `a` has one.
    fn assume_chain_present(&mut self, link: &'a ast::Expression) {
        let (object, optional) = match &link.kind {
            E::Member { object, optional, .. }
            | E::PrivateMember { object, optional, .. }
            | E::Index { object, optional, .. } => (&**object, *optional),
            E::Call(call) => (&call.callee, call.optional),
            E::NonNull(inner) | E::Parenthesized(inner) => (&**inner, false),
            _ => return,
        };
        if optional
            && let Some(reference) = self.reference_of(object)
            && let Some(current) = self.reference_type(&reference)
        {
            let narrowed = self.without_null(current);
            if narrowed != current {
                self.set_fact(reference, narrowed);
            }
        }
        self.assume_chain_present(object);
    }

    fn assume_equal(&mut self, left: &'a ast::Expression, right: &'a ast::Expression, holds: bool) {
        for (subject, other) in [(left, right), (right, left)] {
            if self.assume_typeof(subject, other, holds) {
                return;
            }
        }
        for (subject, other) in [(left, right), (right, left)] {
            let Some(value) = self.unit_type(other) else {
                continue;
            };
            self.assume_is_unit(subject, value, holds);
            return;
        }
        if holds {
            let (Some(a), Some(b)) = (self.reference_of(left), self.reference_of(right)) else {
                return;
            };
            let (Some(x), Some(y)) = (self.reference_type(&a), self.reference_type(&b)) else {
                return;
            };
            let (narrow_x, narrow_y) = (self.narrow_to(x, y), self.narrow_to(y, x));
            if self.has_null(x) && !self.has_null(y) && narrow_x != x {
                self.set_fact(a, narrow_x);
            } else if self.has_null(y) && !self.has_null(x) && narrow_y != y {
                self.set_fact(b, narrow_y);
            }
        }
    }

    /// Narrows `subject` by its being, or not being, the one value of a unit type.
    pub(crate) fn assume_is_unit(&mut self, subject: &'a ast::Expression, value: TypeId, holds: bool) {
        if holds && !self.is_null(value) || !holds && self.is_null(value) {
            self.assume_chain_present(subject.without_parentheses());
            if let E::Chain(inner) = &subject.without_parentheses().kind {
                self.assume_chain_present(inner);
            }
        }
        if let E::Unary { operator: UnaryOperator::TypeOf, operand } = &subject.without_parentheses().kind {
            if let Kind::LiteralString(name) = self.types.kind(value).clone() {
                self.assume_typeof_is(operand, &name, holds);
            }
            return;
        }
        let Some(reference) = self.reference_of(subject) else {
            return;
        };
        let Some(current) = self.reference_type(&reference) else {
            return;
        };
        let narrowed = if holds { self.narrow_to(current, value) } else { self.exclude(current, value) };
        if narrowed != current {
            self.set_fact(reference.clone(), narrowed);
        }
        self.narrow_parent(
            &reference,
            |checker, of| {
                if holds { checker.overlaps(value, of) } else { of != value }
            },
        );
    }

    /// The type of an expression that has one value: `null`, a literal, a constant that holds one.
    pub(crate) fn unit_type(&mut self, expression: &ast::Expression) -> Option<TypeId> {
        let kind = match &expression.kind {
            E::Null => Kind::Null,
            E::String(text) => Kind::LiteralString(text.clone()),
            E::Integer(value) => Kind::LiteralInt(*value),
            E::Number(value) => Kind::LiteralNumber(value.to_bits()),
            E::Boolean(value) => Kind::LiteralBoolean(*value),
            E::Parenthesized(inner) => return self.unit_type(inner),
            E::Unary { operator: UnaryOperator::Minus, operand } => match operand.kind {
                E::Integer(value) => Kind::LiteralInt(value.checked_neg()?),
                E::Number(value) => Kind::LiteralNumber((-value).to_bits()),
                _ => return None,
            },
            E::Name(_) | E::Member { .. } => {
                let reference = self.reference_of(expression)?;
                let of = self.reference_type(&reference)?;
                return (self.types.is_literal(of) || of == self.types.basic.null).then(|| of.fresh());
            }
            _ => return None,
        };
        // A comparison declares nothing.
        Some(self.types.fresh_literal(kind))
    }

    fn assume_typeof(&mut self, subject: &'a ast::Expression, other: &ast::Expression, holds: bool) -> bool {
        let E::Unary { operator: UnaryOperator::TypeOf, operand } = &subject.without_parentheses().kind
        else {
            return false;
        };
        let E::String(name) = &other.without_parentheses().kind else {
            return false;
        };
        self.assume_typeof_is(operand, name, holds);
        true
    }

    fn assume_typeof_is(&mut self, operand: &'a ast::Expression, name: &str, holds: bool) {
        let Some(reference) = self.reference_of(operand) else { return };
        let Some(current) = self.reference_type(&reference) else { return };
        let narrowed = self.narrow_by_typeof(current, name, holds);
        if narrowed != current {
            self.set_fact(reference, narrowed);
        }
    }

    /// The part of a type whose `typeof` is, or is not, `name`.
    pub(crate) fn narrow_by_typeof(&mut self, current: TypeId, name: &str, holds: bool) -> TypeId {
        let basic = self.types.basic;
        let current = self.expand(current);
        let members = self.types.members(current);
        let has_int =
            members.iter().any(|one| matches!(self.types.kind(*one), Kind::Int | Kind::LiteralInt(_)));
        let mut kept = Vec::new();
        for one in members {
            let names: &[&str] = match self.types.kind(one) {
                Kind::Int | Kind::LiteralInt(_) => {
                    let has_number = self.types.members(current).contains(&basic.number);
                    if has_number { &["int"] } else { &["int", "number"] }
                }
                Kind::Number | Kind::Integral | Kind::LiteralNumber(_) => &["number"],
                Kind::String | Kind::LiteralString(_) => &["string"],
                Kind::Boolean | Kind::LiteralBoolean(_) => &["boolean"],
                Kind::Null | Kind::Void => &["null", "undefined"],
                Kind::Function(_)
                | Kind::Constructor(_)
                | Kind::AbstractConstructor(_)
                | Kind::ClassValue(_) => &["function"],
                Kind::Unknown
                | Kind::Caught
                | Kind::Parameter(_)
                | Kind::IndexedAccess(..)
                | Kind::Utility(..)
                | Kind::KeyOf(_) => {
                    if holds {
                        let target = self.typeof_type(name);
                        kept.push(target.map_or(one, |target| self.narrow_to(one, target)));
                    } else {
                        kept.push(one);
                    }
                    continue;
                }
                Kind::Error => return current,
                _ => &["object"],
            };
            // An int may sit where a number is declared: `typeof x === "int"` can hold there.
            let int_in_number = name == "int" && !has_int && names == ["number"];
            if int_in_number {
                kept.push(if holds { basic.int } else { one });
            } else if names.contains(&name) == holds {
                kept.push(one);
            }
        }
        self.types.union(kept)
    }

    fn typeof_type(&mut self, name: &str) -> Option<TypeId> {
        let basic = self.types.basic;
        Some(match name {
            "int" => basic.int,
            "number" => basic.number,
            "string" => basic.string,
            "boolean" => basic.boolean,
            "null" | "undefined" => basic.null,
            "object" => basic.object,
            "function" => self.types.function(Signature {
                type_parameters: vec![],
                parameters: vec![],
                rest: Some(basic.never),
                result: basic.unknown,
                predicate: None,
            }),
            _ => return None,
        })
    }

    fn assume_instance(&mut self, left: &'a ast::Expression, right: &'a ast::Expression, holds: bool) {
        let Some(reference) = self.reference_of(left) else {
            return;
        };
        let Some(current) = self.reference_type(&reference) else {
            return;
        };
        let Some(of) = self.static_type(right) else { return };
        let of = self.expand(of);
        let target = match *self.types.kind(of) {
            Kind::ClassValue(class) => self.instance_like(class, current),
            _ => match self.construct_signatures_of(of).first() {
                Some(signature) => signature.result,
                None => return,
            },
        };
        // A class that is a value may be one that extends the known one: what is no instance of it says nothing.
        if !holds && self.class_symbol(right).is_none() {
            return;
        }
        let narrowed = if holds { self.narrow_to(current, target) } else { self.exclude(current, target) };
        if narrowed != current {
            self.set_fact(reference, narrowed);
        }
    }

    /// The instance types of a class that a wider type suggests, else one with arguments that are `unknown`.
    pub(crate) fn instance_like(&mut self, class: ClassIndex, current: TypeId) -> TypeId {
        let current = self.expand(current);
        let mut suggested = self.types.members(current);
        suggested.retain(|one| matches!(self.types.kind(*one), Kind::Class(other, _) if *other == class));
        if !suggested.is_empty() {
            return self.types.union(suggested);
        }
        let unknown = self.types.basic.unknown;
        let count = self.classes[class.0 as usize].parameters.len();
        self.class_type(class, vec![unknown; count])
    }

    /// The type of names, members and classes without elaborating them.
    pub(crate) fn static_type(&mut self, expression: &'a ast::Expression) -> Option<TypeId> {
        if let Some(reference) = self.reference_of(expression)
            && let Some(of) = self.reference_type(&reference)
        {
            return Some(of);
        }
        match &expression.without_parentheses().kind {
            E::Name(name) => {
                let symbol = self.lookup_value(self.scope, name)?;
                Some(self.symbol_type(symbol, expression.span))
            }
            E::Member { object, property, .. } => {
                let of = self.static_type(object)?;
                let of = self.without_null(of);
                Some(self.member(of, &property.text)?.of)
            }
            _ => None,
        }
    }

    pub(crate) fn assume_call(&mut self, call: &'a ast::Call, holds: bool) {
        let Some(of) = self.static_type(&call.callee) else {
            return;
        };
        let Some(signature) = self.call_signatures(of).into_iter().find(|one| one.predicate.is_some()) else {
            return;
        };
        let Some(predicate) = signature.predicate.clone() else {
            return;
        };
        let subject = match predicate.parameter {
            Some(index) => call.arguments.get(index as usize).map(|argument| &argument.value),
            None => match &call.callee.kind {
                E::Member { object, .. } => Some(&**object),
                _ => None,
            },
        };
        let Some(subject) = subject else { return };
        let Some(target) = predicate.target else {
            return self.assume(subject, holds);
        };
        let target = self.predicate_target(call, &signature, target);
        let Some(reference) = self.reference_of(subject) else {
            return;
        };
        let Some(current) = self.reference_type(&reference) else {
            return;
        };
        let narrowed = if holds { self.narrow_to(current, target) } else { self.exclude(current, target) };
        if narrowed != current {
            self.set_fact(reference, narrowed);
        }
    }

    /// What a generic predicate narrows to, with its type parameters as the arguments say.
    fn predicate_target(&mut self, call: &'a ast::Call, signature: &Signature, target: TypeId) -> TypeId {
        if signature.type_parameters.is_empty() {
            return target;
        }
        let parameters = signature.type_parameters.clone();
        if call.type_arguments.len() == parameters.len() {
            let given: Vec<TypeId> =
                call.type_arguments.iter().map(|one| self.resolve_type(one, self.scope)).collect();
            return self.types.substitute(target, &Substitution::new(&parameters, &given));
        }
        let mut inference = crate::infer::Inference::new(&parameters);
        for (one, argument) in signature.parameters.iter().zip(&call.arguments) {
            if let Some(of) = self.static_type(&argument.value) {
                self.infer_from(&mut inference, one.value, of, 0);
            }
        }
        let map = self.solve(&inference, false);
        self.types.substitute(target, &map)
    }

    /// The values of `current` that are also of `target`.
    pub(crate) fn narrow_to(&mut self, current: TypeId, target: TypeId) -> TypeId {
        let current = self.expand(current);
        let target = self.expand(target);
        if matches!(self.types.kind(current), Kind::Unknown | Kind::Caught) {
            return target;
        }
        let mut kept = Vec::new();
        for one in self.types.members(current) {
            if self.is_error(one) || self.assignable(one, target) && !self.only_widens(one, target) {
                kept.push(one);
            } else if self.assignable(target, one) {
                kept.push(target);
            } else if self.pair_may_meet(one, target) {
                kept.push(self.intersect(&[one, target]));
            }
        }
        self.types.union(kept)
    }

    /// `int` fits `number` by a conversion, not by being one.
    fn only_widens(&self, one: TypeId, target: TypeId) -> bool {
        matches!(self.types.kind(one), Kind::Integral) && target == self.types.basic.int
    }

    fn pair_may_meet(&mut self, one: TypeId, target: TypeId) -> bool {
        !matches!(self.types.kind(one), Kind::Null | Kind::Void) && self.overlaps(one, target)
    }

    /// The values of `current` that are not of `target`.
    pub(crate) fn exclude(&mut self, current: TypeId, target: TypeId) -> TypeId {
        let current = self.expand(current);
        let mut kept = Vec::new();
        for one in self.types.members(current) {
            match (self.types.kind(one).clone(), self.types.kind(target).clone()) {
                (Kind::Boolean, Kind::LiteralBoolean(value)) => {
                    kept.push(self.types.fresh_literal(Kind::LiteralBoolean(!value)))
                }
                (Kind::Int | Kind::LiteralInt(_), Kind::Number) => kept.push(one),
                _ if self.assignable(one, target) && !self.is_error(one) => {}
                _ => kept.push(one),
            }
        }
        self.types.union(kept)
    }

    /// What a variable is known to hold after an assignment.
    pub(crate) fn assigned_type(&mut self, declared: TypeId, assigned: TypeId) -> TypeId {
        let (declared, assigned) = (self.expand(declared), self.expand(assigned));
        let basic = self.types.basic;
        if declared == basic.number && assigned == basic.integral {
            return basic.integral;
        }
        let Kind::Union(members) = self.types.kind(declared).clone() else {
            return declared;
        };
        if self.is_error(assigned) {
            return declared;
        }
        let parts = self.types.members(assigned);
        let mut kept = Vec::new();
        for part in parts {
            if members.contains(&part) {
                kept.push(part.declared());
                continue;
            }
            let fitting: Vec<TypeId> =
                members.iter().copied().filter(|one| self.assignable(part, *one)).collect();
            kept.extend(fitting);
        }
        if kept.is_empty() { declared } else { self.types.union(kept) }
    }
}
