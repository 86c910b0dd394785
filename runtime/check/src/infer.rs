//! Inferring type arguments.

use crate::checker::Checker;
use crate::tables::TypeSymbol;
use crate::types::*;
use std::collections::HashSet;

/// Nesting that inference follows.
const DEPTH_MAX: u32 = 24;

/// What is known of the type parameters of one call.
#[derive(Clone, Debug)]
pub(crate) struct Inference {
    pub(crate) parameters: Vec<ParameterIndex>,
    /// Types that arguments suggest, by parameter.
    candidates: Vec<Vec<TypeId>>,
    /// Types that positions which only take the parameter suggest.
    hints: Vec<Vec<TypeId>>,
    /// Types that the context of the call suggests.
    pub(crate) expected: Vec<Option<TypeId>>,
    /// Pairs that were compared: recursive types reach the same ones on exponentially many ways.
    seen: HashSet<(TypeId, TypeId)>,
}

impl Inference {
    pub(crate) fn new(parameters: &[ParameterIndex]) -> Self {
        Inference {
            parameters: parameters.to_vec(),
            candidates: vec![Vec::new(); parameters.len()],
            hints: vec![Vec::new(); parameters.len()],
            expected: vec![None; parameters.len()],
            seen: HashSet::new(),
        }
    }

    fn position(&self, parameter: ParameterIndex) -> Option<usize> {
        self.parameters.iter().position(|one| *one == parameter)
    }
}

impl Checker<'_> {
    /// Adds what a value of type `given` where `wanted` is declared says of the parameters.
    pub(crate) fn infer_from(
        &mut self,
        inference: &mut Inference,
        wanted: TypeId,
        given: TypeId,
        depth: u32,
    ) {
        if depth > DEPTH_MAX || self.is_error(given) {
            return;
        }
        let next = depth + 1;
        if let Kind::Parameter(parameter) = *self.types.kind(wanted) {
            if let Some(at) = inference.position(parameter)
                && (given != wanted || self.is_type_in_scope(parameter))
            {
                inference.candidates[at].push(given);
            }
            return;
        }
        if !inference.seen.insert((wanted, given)) {
            return;
        }
        let wanted = self.expand(wanted);
        let given_expanded = self.expand(given);
        match (self.types.kind(wanted).clone(), self.types.kind(given_expanded).clone()) {
            (Kind::Union(members), _) => self.infer_union(inference, &members, given_expanded, next),
            (_, Kind::Union(members)) => {
                for member in members.iter() {
                    if self.same_family(wanted, *member) {
                        self.infer_from(inference, wanted, *member, next);
                    }
                }
            }
            (Kind::Array { element, .. }, Kind::Array { element: other, .. }) => {
                self.infer_from(inference, element, other, next);
            }
            (Kind::Array { element, .. }, Kind::Tuple(_)) => {
                if let Some(other) = self.element_type(given_expanded, None) {
                    self.infer_from(inference, element, other, next);
                }
            }
            (Kind::Tuple(left), Kind::Tuple(right)) => {
                for (one, other) in left.elements.iter().zip(&right.elements) {
                    self.infer_from(inference, one.value, other.value, next);
                }
            }
            (Kind::Class(index, left), Kind::Class(other, right)) => {
                if let Some(right) = self.upcast(other, &right, index) {
                    for (one, other) in left.iter().zip(&right) {
                        self.infer_from(inference, *one, *other, next);
                    }
                }
            }
            (Kind::Opaque(_, name, left), Kind::Opaque(_, other, right)) if name == other => {
                for (one, other) in left.iter().zip(right.iter()) {
                    self.infer_from(inference, *one, *other, next);
                }
            }
            (Kind::Interface(index, left), Kind::Interface(other, right)) if index == other => {
                for (one, other) in left.iter().zip(right.iter()) {
                    self.infer_from(inference, *one, *other, next);
                }
            }
            (Kind::Function(left), _) => {
                if let Some(right) = self.call_signatures(given_expanded).into_iter().next() {
                    self.infer_function(inference, &left, &right, next);
                }
            }
            (Kind::Constructor(left) | Kind::AbstractConstructor(left), _) => {
                let made = match self.types.kind(given_expanded).clone() {
                    Kind::AbstractConstructor(signature) => vec![signature],
                    _ => self.construct_signatures_of(given_expanded),
                };
                if let Some(right) = made.into_iter().next() {
                    self.infer_function(inference, &left, &right, next);
                }
            }
            (Kind::Intersection(members), _) => {
                for member in members.iter() {
                    self.infer_from(inference, *member, given_expanded, next);
                }
            }
            (Kind::Interface(_, arguments), _)
                if arguments.len() == 1 && self.types.show(wanted).starts_with("Iterable<") =>
            {
                if let Some(element) = self.any_iteration(given_expanded) {
                    self.infer_from(inference, arguments[0], element, next);
                } else {
                    self.infer_shape(inference, wanted, given_expanded, next);
                }
            }
            (Kind::Record(_) | Kind::Interface(..), _) => {
                self.infer_shape(inference, wanted, given_expanded, next)
            }
            _ => {}
        }
    }

    /// Whether a type parameter is one of the functions around: a function that calls itself is given it as a type like any
    /// other. Elsewhere a parameter that is found for itself says nothing.
    pub(crate) fn is_type_in_scope(&mut self, parameter: ParameterIndex) -> bool {
        let name = self.types.parameter_names[parameter.0 as usize].clone();
        matches!(
            self.lookup_type(self.scope, &name),
            Some(TypeSymbol::Parameter(found)) if found == parameter
        )
    }

    fn infer_union(&mut self, inference: &mut Inference, members: &[TypeId], given: TypeId, depth: u32) {
        let naked: Vec<TypeId> = members
            .iter()
            .copied()
            .filter(|one| matches!(self.types.kind(*one), Kind::Parameter(index) if inference.position(*index).is_some()))
            .collect();
        let others: Vec<TypeId> = members.iter().copied().filter(|one| !naked.contains(one)).collect();
        let mut left = Vec::new();
        for part in self.types.members(given) {
            let concrete = others.iter().any(|other| self.same_family(*other, part));
            if concrete {
                for other in &others {
                    if self.same_family(*other, part) {
                        self.infer_from(inference, *other, part, depth);
                    }
                }
            } else {
                left.push(part);
            }
        }
        if let [only] = naked[..]
            && !left.is_empty()
        {
            let rest = self.types.union(left);
            self.infer_from(inference, only, rest, depth);
        }
    }

    /// Whether a member of a declared union is what a given part belongs to.
    fn same_family(&mut self, wanted: TypeId, given: TypeId) -> bool {
        let wanted = self.expand(wanted);
        match (self.types.kind(wanted).clone(), self.types.kind(given).clone()) {
            (a, b) if a == b => true,
            (Kind::Array { .. } | Kind::Tuple(_), Kind::Array { .. } | Kind::Tuple(_)) => true,
            (Kind::Class(a, _), Kind::Class(b, _)) => self.ancestry(b).contains(&a),
            (Kind::Function(_), Kind::Function(_)) => true,
            (Kind::Interface(..), _) if self.types.show(wanted).starts_with("Iterable<") => {
                self.any_iteration(given).is_some()
            }
            (
                Kind::Record(_) | Kind::Interface(..),
                Kind::Record(_) | Kind::Interface(..) | Kind::Class(..),
            ) => true,
            _ => self.is_primitive(wanted) && self.assignable(given, wanted),
        }
    }

    fn infer_function(
        &mut self,
        inference: &mut Inference,
        wanted: &Signature,
        given: &Signature,
        depth: u32,
    ) {
        for (index, one) in wanted.parameters.iter().enumerate() {
            let Some(other) = given.parameters.get(index).map(|other| other.value).or(given.rest) else {
                break;
            };
            // A parameter's type says what the argument takes: a weaker hint than what is given.
            let mut inner = Inference::new(&inference.parameters);
            self.infer_from(&mut inner, one.value, other, depth);
            for (at, found) in inner.candidates.into_iter().enumerate() {
                inference.hints[at].extend(found);
            }
        }
        if let Some((_, whole)) = self.types.whole_rest(wanted.rest) {
            let all = self.rest_tuple(given, wanted.parameters.len());
            self.infer_from(inference, whole, all, depth);
        } else if let (Some(one), Some(other)) = (wanted.rest, given.rest) {
            self.infer_from(inference, one, other, depth);
        }
        match (&wanted.predicate, &given.predicate) {
            (Some(one), Some(other)) => {
                if let (Some(one), Some(other)) = (one.target, other.target) {
                    self.infer_from(inference, one, other, depth);
                }
            }
            _ => self.infer_from(inference, wanted.result, given.result, depth),
        }
    }

    /// The parameters of a signature from one on, as a tuple.
    fn rest_tuple(&mut self, signature: &Signature, from: usize) -> TypeId {
        let elements: Vec<TupleElement> = signature
            .parameters
            .get(from..)
            .unwrap_or_default()
            .iter()
            .map(|one| TupleElement { value: one.value, optional: one.optional })
            .collect();
        match self.types.whole_rest(signature.rest) {
            Some((_, whole)) if elements.is_empty() => whole,
            _ => {
                let tuple = Tuple { elements, rest: signature.rest, readonly: false };
                self.types.intern(Kind::Tuple(std::rc::Rc::new(tuple)))
            }
        }
    }

    fn infer_shape(&mut self, inference: &mut Inference, wanted: TypeId, given: TypeId, depth: u32) {
        if self.is_primitive(given) {
            return;
        }
        let Some(record) = self.record_of(wanted) else {
            return;
        };
        for property in &record.properties {
            if let Some(member) = self.member(given, &property.name) {
                let of = if property.optional { self.without_null(member.of) } else { member.of };
                self.infer_from(inference, property.value, of, depth);
            }
        }
        if let Some((_, value, _)) = record.index
            && let Some(other) = self.record_of(given)
        {
            if let Some((_, entry, _)) = other.index {
                self.infer_from(inference, value, entry, depth);
            } else if !other.properties.is_empty() {
                let values: Vec<TypeId> = other.properties.iter().map(|one| one.value).collect();
                let all = self.join(&values);
                self.infer_from(inference, value, all, depth);
            }
        }
    }

    /// Whether anything is known of a parameter.
    pub(crate) fn is_known(&self, inference: &Inference, parameter: ParameterIndex) -> bool {
        inference.position(parameter).is_some_and(|at| {
            !inference.candidates[at].is_empty()
                || !inference.hints[at].is_empty()
                || inference.expected[at].is_some()
        })
    }

    /// The type arguments that follow. With `partial`, parameters nothing is known of stay.
    pub(crate) fn solve(&mut self, inference: &Inference, partial: bool) -> Substitution {
        let mut map = Substitution::default();
        for (at, parameter) in inference.parameters.iter().enumerate() {
            let keep_literal = self.keeps_literals(*parameter);
            let mut candidates = inference.candidates[at].clone();
            if candidates.is_empty() {
                if let Some(expected) = inference.expected[at] {
                    map.insert(*parameter, expected);
                    continue;
                }
                candidates = inference.hints[at].clone();
            }
            if candidates.is_empty() {
                if partial {
                    continue;
                }
                let default =
                    self.parameter_default(*parameter).map(|default| self.types.substitute(default, &map));
                let fallback = default.or_else(|| self.parameter_constraint(*parameter));
                let fallback = fallback.unwrap_or(self.types.basic.unknown);
                let fallback = self.types.substitute(fallback, &map);
                map.insert(*parameter, fallback);
                continue;
            }
            let all: Vec<TypeId> = candidates.clone();
            let mut solved = if keep_literal {
                self.types.union(candidates)
            } else {
                let wide: Vec<TypeId> = candidates.iter().map(|one| self.types.widen(*one)).collect();
                self.join(&wide)
            };
            if *self.types.kind(solved) == Kind::Caught {
                solved = self.prelude_instance("Error", vec![]);
            }
            // The context wants something wider that takes all of it, and that the parameter may be: then that is meant.
            if let Some(expected) = inference.expected[at]
                && expected != self.types.basic.unknown
                && self.meets_constraint(*parameter, expected, &map)
                && (self.assignable(solved, expected)
                    || all.iter().all(|one| self.assignable(*one, expected)))
            {
                solved = expected;
            }
            map.insert(*parameter, solved);
        }
        map
    }

    /// Whether a type satisfies a parameter's constraint, given the parameters that are solved already.
    fn meets_constraint(&mut self, parameter: ParameterIndex, of: TypeId, solved: &Substitution) -> bool {
        let Some(constraint) = self.parameter_constraint(parameter) else {
            return true;
        };
        let mut map = solved.clone();
        map.insert(parameter, of);
        let constraint = self.types.substitute(constraint, &map);
        self.assignable(of, constraint)
    }

    /// A parameter bound by `string`, literals or `keyof` keeps the literals it is inferred from.
    fn keeps_literals(&mut self, parameter: ParameterIndex) -> bool {
        let Some(constraint) = self.parameter_constraint(parameter) else {
            return false;
        };
        let constraint = self.expand(constraint);
        self.types.members(constraint).into_iter().any(|one| {
            matches!(
                self.types.kind(one),
                Kind::String | Kind::LiteralString(_) | Kind::LiteralInt(_) | Kind::KeyOf(_)
            )
        })
    }

    /// One type for values of several types: a common one of them if there is one, else their union. Unlike a written
    /// union, `int` and `number` become `number`.
    pub(crate) fn join(&mut self, types: &[TypeId]) -> TypeId {
        let basic = self.types.basic;
        let mut members: Vec<TypeId> = Vec::new();
        for one in types {
            let expanded = self.expand(*one);
            for member in self.types.members(expanded) {
                push_unique(&mut members, member);
            }
        }
        let numeric = members.contains(&basic.number) || members.contains(&basic.integral);
        if numeric
            && members.iter().any(|one| matches!(self.types.kind(*one), Kind::Int | Kind::LiteralInt(_)))
        {
            members.retain(|one| !matches!(self.types.kind(*one), Kind::Int | Kind::LiteralInt(_)));
            if members.contains(&basic.integral) && !members.contains(&basic.number) {
                members.retain(|one| *one != basic.integral);
                members.push(basic.number);
            }
        }
        let mut kept: Vec<TypeId> = Vec::new();
        for (index, one) in members.iter().enumerate() {
            let absorbed = members.iter().enumerate().any(|(other_index, other)| {
                other_index != index
                    && !self.types.is_literal(*one)
                    && self.assignable(*one, *other)
                    && (!self.assignable(*other, *one) || other_index < index)
                    && !self.mixes_numbers(*one, *other)
            });
            if !absorbed {
                kept.push(*one);
            }
        }
        self.types.union(kept)
    }

    /// `int[]` and `number[]` are kept apart: one is not stored as the other.
    fn mixes_numbers(&self, left: TypeId, right: TypeId) -> bool {
        let basic = self.types.basic;
        left != right
            && [left, right].iter().all(|one| [basic.int, basic.number, basic.integral].contains(one))
    }
}
