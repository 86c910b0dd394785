//! Whether a value of one type may stand where another is wanted.

use std::rc::Rc;

use crate::checker::Checker;
use crate::types::*;

/// Instances of generic types inside each other at which they are taken to fit: those whose arguments grow as they refer to
/// themselves have no end. All other types have one, since a pair that is met again is taken to hold.
const DEPTH_MAX: u32 = 40;

/// Pairs that one comparison looks at.
const COMPARISONS_MAX: u32 = 1 << 18;

impl Checker<'_> {
    /// Whether every value of `from` is one of `to`, after the conversions that happen by themselves.
    pub(crate) fn assignable(&mut self, from: TypeId, to: TypeId) -> bool {
        self.fits(from, to, 0)
    }

    fn fits(&mut self, from: TypeId, to: TypeId, depth: u32) -> bool {
        if from == to {
            return true;
        }
        let is_instance = self.types.is_instance(from) || self.types.is_instance(to);
        if depth > DEPTH_MAX && is_instance {
            self.is_cut = true;
            return true;
        }
        let depth = depth + u32::from(is_instance);
        let (from, to) = (self.expand(from), self.expand(to));
        if from == to {
            return true;
        }
        if let Some(known) = self.related.get(&(from, to)) {
            return *known;
        }
        if self.assumed.is_empty() {
            (self.comparisons, self.is_cut) = (0, false);
        }
        self.comparisons += 1;
        if self.comparisons > COMPARISONS_MAX {
            self.types.too_deep = true;
            return true;
        }
        let has_parts = self.types.has_parts(from);
        let before = self.assumed.len();
        if has_parts {
            // Taken to hold while it is being found out, so that types that refer to themselves end.
            self.related.insert((from, to), true);
            self.assumed.push((from, to));
        }
        let result =
            stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.fits_inside(from, to, depth));
        if has_parts {
            if !result {
                // What was found to hold since then may have been so only because this was taken to.
                for pair in self.assumed.split_off(before) {
                    self.related.remove(&pair);
                }
                self.related.insert((from, to), false);
            } else if before == 0 {
                // Nothing is assumed any more: all that was found holds, unless an end was taken to fit.
                let assumed = std::mem::take(&mut self.assumed);
                for pair in assumed.into_iter().filter(|_| self.is_cut) {
                    self.related.remove(&pair);
                }
            }
        }
        result
    }

    fn fits_inside(&mut self, from: TypeId, to: TypeId, depth: u32) -> bool {
        let (from_kind, to_kind) = (self.types.kind(from).clone(), self.types.kind(to).clone());
        match (&from_kind, &to_kind) {
            (Kind::Error | Kind::Never, _) | (_, Kind::Error | Kind::Unknown) => return true,
            (_, Kind::Never) => return false,
            (Kind::Union(members), _) => return members.iter().all(|one| self.fits(*one, to, depth)),
            (Kind::Unknown, _) => return false,
            (_, Kind::Intersection(members)) => {
                return members.iter().all(|one| self.fits(from, *one, depth));
            }
            (_, Kind::Union(members)) => {
                if members.contains(&from) || members.iter().any(|one| self.fits(from, *one, depth)) {
                    return true;
                }
                return self.fits_parts(from, to, depth) || self.bound_fits(from, to, depth);
            }
            (_, Kind::Utility(Utility::Readonly | Utility::Partial, arguments)) if arguments.len() == 1 => {
                return self.fits(from, arguments[0], depth);
            }
            (Kind::Parameter(left), Kind::Parameter(right)) if left == right => return true,
            (Kind::Intersection(members), Kind::Parameter(_)) => {
                return members.iter().any(|one| self.fits(*one, to, depth));
            }
            (_, Kind::Parameter(parameter)) => {
                // The receiver's own type inside its class.
                let own = self.classes.iter().position(|class| class.this_parameter == *parameter);
                return match own {
                    Some(class) => {
                        let own = self.own_instance(ClassIndex(class as u32));
                        self.fits(from, own, depth)
                    }
                    None => false,
                };
            }
            (Kind::Parameter(_), _) => return self.bound_fits(from, to, depth),
            (Kind::KeyOf(_), Kind::String) => return true,
            (Kind::Intersection(members), _) if members.iter().any(|one| self.fits(*one, to, depth)) => {
                return true;
            }
            (Kind::Caught, _) => {
                let error = self.prelude_instance("Error", vec![]);
                return self.fits(error, to, depth);
            }
            _ => {}
        }
        self.fits_kinds(from, &from_kind, to, &to_kind, depth)
    }

    /// Whether what a type parameter is bound by fits.
    fn bound_fits(&mut self, from: TypeId, to: TypeId, depth: u32) -> bool {
        let Kind::Parameter(parameter) = *self.types.kind(from) else { return false };
        let own = self.classes.iter().position(|class| class.this_parameter == parameter);
        let constraint = match own {
            Some(class) => Some(self.own_instance(ClassIndex(class as u32))),
            None => self.parameter_constraint(parameter),
        };
        constraint.is_some_and(|constraint| self.fits(constraint, to, depth))
    }

    /// `boolean` fits `true | false`; an object whose discriminant is a union fits a union of objects.
    fn fits_parts(&mut self, from: TypeId, to: TypeId, depth: u32) -> bool {
        if *self.types.kind(from) == Kind::Boolean {
            let yes = self.types.intern(Kind::LiteralBoolean(true));
            let no = self.types.intern(Kind::LiteralBoolean(false));
            return self.fits(yes, to, depth) && self.fits(no, to, depth);
        }
        false
    }

    fn fits_kinds(&mut self, from: TypeId, from_kind: &Kind, to: TypeId, to_kind: &Kind, depth: u32) -> bool {
        match (from_kind, to_kind) {
            // What a function gives that is declared to give nothing may be anything.
            (Kind::Null, Kind::Void) => true,
            (Kind::LiteralBoolean(_), Kind::Boolean) | (Kind::LiteralString(_), Kind::String) => true,
            (Kind::LiteralInt(_) | Kind::Int, Kind::Int | Kind::Number | Kind::Integral) => true,
            (Kind::Integral, Kind::Int | Kind::Number) => true,
            (Kind::LiteralNumber(_), Kind::Number) => true,
            (Kind::LiteralInt(value), Kind::LiteralNumber(bits)) => {
                f64::from(*value) == f64::from_bits(*bits)
            }
            (Kind::Array { element: left, readonly }, Kind::Array { element: right, readonly: wanted }) => {
                (*wanted || !*readonly) && self.fits(*left, *right, depth)
            }
            (Kind::Tuple(tuple), Kind::Array { element, readonly }) => {
                (*readonly || !tuple.readonly)
                    && tuple.elements.iter().all(|one| self.fits(one.value, *element, depth))
                    && tuple.rest.is_none_or(|rest| self.fits(rest, *element, depth))
            }
            (Kind::Tuple(left), Kind::Tuple(right)) => self.tuple_fits(left, right, depth),
            (Kind::Class(left, left_arguments), Kind::Class(right, right_arguments)) => {
                match self.upcast(*left, left_arguments, *right) {
                    Some(arguments) => {
                        arguments.iter().zip(right_arguments.iter()).all(|(a, b)| self.fits(*a, *b, depth))
                    }
                    None => false,
                }
            }
            (Kind::Opaque(module, name, left), Kind::Opaque(other, other_name, right)) => {
                module == other
                    && name == other_name
                    && left.iter().zip(right.iter()).all(|(a, b)| self.fits(*a, *b, depth))
            }
            (Kind::Function(left), Kind::Function(right)) => self.signature_fits(left, right, false, depth),
            (Kind::Constructor(left), Kind::Constructor(right) | Kind::AbstractConstructor(right))
            | (Kind::AbstractConstructor(left), Kind::AbstractConstructor(right)) => {
                self.signature_fits(left, right, false, depth)
            }
            (Kind::ClassValue(class), Kind::Constructor(wanted)) => {
                self.class_makes(*class, wanted, false, depth)
            }
            (Kind::ClassValue(class), Kind::AbstractConstructor(wanted)) => {
                self.class_makes(*class, wanted, true, depth)
            }
            (Kind::ClassValue(left), Kind::ClassValue(right)) => self.class_fits(*left, *right, depth),
            (Kind::ClassValue(_) | Kind::Constructor(_), Kind::Function(wanted)) => {
                self.is_any_function(wanted)
            }
            (_, Kind::Object) => !self.is_primitive(from) && !matches!(from_kind, Kind::Parameter(_)),
            (_, Kind::Interface(index, arguments)) if self.is_iterable_interface(*index) => {
                if let Some(element) = self.builtin_iteration(from) {
                    return arguments.first().is_none_or(|wanted| self.fits(element, *wanted, depth));
                }
                self.shape_fits(from, to, depth)
            }
            (_, Kind::Record(_) | Kind::Interface(..)) => self.shape_fits(from, to, depth),
            _ => false,
        }
    }

    fn tuple_fits(&mut self, left: &Rc<Tuple>, right: &Rc<Tuple>, depth: u32) -> bool {
        if left.readonly && !right.readonly {
            return false;
        }
        for (index, wanted) in right.elements.iter().enumerate() {
            let given = left.elements.get(index).map(|one| one.value).or(left.rest);
            match given {
                Some(given) if self.fits(given, wanted.value, depth) => {}
                None if wanted.optional => {}
                _ => return false,
            }
        }
        let extra = left.elements.get(right.elements.len()..).unwrap_or_default();
        match right.rest {
            Some(rest) => {
                extra.iter().all(|one| self.fits(one.value, rest, depth))
                    && left.rest.is_none_or(|given| self.fits(given, rest, depth))
            }
            None => extra.is_empty() && left.rest.is_none(),
        }
    }

    /// Functions: fewer parameters are fine, parameters are compared the other way round (for methods either way).
    pub(crate) fn signature_fits(
        &mut self,
        from: &Rc<Signature>,
        to: &Rc<Signature>,
        both_ways: bool,
        depth: u32,
    ) -> bool {
        let from = if from.type_parameters.is_empty() || from.type_parameters == to.type_parameters {
            from.clone()
        } else {
            self.instantiate_for(from, to)
        };
        if self.types.required(&from) > to.parameters.len() && to.rest.is_none() {
            return false;
        }
        if !self.is_any_function(to) {
            for (index, given) in from.parameters.iter().enumerate() {
                let Some(passed) = to.parameters.get(index).map(|one| one.value).or(to.rest) else {
                    break;
                };
                let fits = self.fits(passed, given.value, depth)
                    || (both_ways && self.fits(given.value, passed, depth));
                // An optional parameter takes what its value takes.
                if !fits {
                    return false;
                }
            }
            if let Some(rest) = from.rest {
                let more = to.parameters.get(from.parameters.len()..).unwrap_or_default().to_vec();
                for passed in more.iter().map(|one| one.value).chain(to.rest) {
                    if !self.fits(passed, rest, depth) {
                        return false;
                    }
                }
            }
        }
        if let (Some(wanted), given) = (&to.predicate, &from.predicate) {
            let compatible = given.as_ref().is_some_and(|given| {
                given.asserts == wanted.asserts
                    && match (given.target, wanted.target) {
                        (Some(given), Some(wanted)) => self.fits(given, wanted, depth),
                        _ => true,
                    }
            });
            if !compatible && wanted.target.is_some() {
                return false;
            }
        }
        to.result == self.types.basic.void || self.fits(from.result, to.result, depth)
    }

    /// The type `Function`, which is kept as `(...rest: never[]) => unknown`.
    fn is_any_function(&self, signature: &Signature) -> bool {
        signature.parameters.is_empty() && signature.rest == Some(self.types.basic.never)
    }

    /// Whether `new` of a class takes what a constructor type takes, and gives what it gives.
    fn class_makes(
        &mut self,
        class: ClassIndex,
        wanted: &Rc<Signature>,
        may_be_abstract: bool,
        depth: u32,
    ) -> bool {
        let info = &self.classes[class.0 as usize];
        let made = info.constructor_access == raya_syntax::ast::Accessibility::Public && !info.builtin;
        if !made || info.ast.is_abstract && !may_be_abstract {
            return false;
        }
        let signatures = self.construct_signatures(class);
        signatures.iter().any(|one| self.signature_fits(one, wanted, false, depth))
    }

    /// A class where another is wanted: it extends that one, takes the same arguments, and has static members that fit.
    fn class_fits(&mut self, from: ClassIndex, to: ClassIndex, depth: u32) -> bool {
        if !self.ancestry(from).contains(&to) {
            return false;
        }
        let wanted = &self.classes[to.0 as usize];
        let (is_abstract, names) =
            (wanted.ast.is_abstract, wanted.statics.keys().cloned().collect::<Vec<_>>());
        if !is_abstract {
            for signature in self.construct_signatures(to) {
                if !self.class_makes(from, &signature, false, depth) {
                    return false;
                }
            }
        }
        let (from, to) = (self.types.intern(Kind::ClassValue(from)), self.types.intern(Kind::ClassValue(to)));
        names.iter().all(|name| match (self.member(from, name), self.member(to, name)) {
            (Some(given), Some(wanted)) => self.fits(given.of, wanted.of, depth),
            _ => true,
        })
    }

    /// A generic function where a plain one is wanted: its parameters are inferred from the wanted ones.
    fn instantiate_for(&mut self, from: &Rc<Signature>, to: &Rc<Signature>) -> Rc<Signature> {
        let mut inference = crate::infer::Inference::new(&from.type_parameters);
        for (index, given) in from.parameters.iter().enumerate() {
            if let Some(passed) = to.parameters.get(index) {
                self.infer_from(&mut inference, given.value, passed.value, 0);
            }
        }
        let map = self.solve(&inference, false);
        Rc::new(self.types.substitute_signature(from, &map))
    }

    /// Every property that `to` wants, `from` has, of a type that fits.
    fn shape_fits(&mut self, from: TypeId, to: TypeId, depth: u32) -> bool {
        let Some(wanted) = self.record_of(to) else {
            return false;
        };
        let from_kind = self.types.kind(from).clone();
        match from_kind {
            Kind::Null | Kind::Void | Kind::Unknown | Kind::Opaque(..) => return false,
            Kind::Function(_) => {
                return wanted.properties.iter().all(|one| one.optional)
                    && !wanted.calls.is_empty()
                    && wanted.calls.iter().all(|call| self.fits(from, *call, depth));
            }
            _ => {}
        }
        if self.is_primitive(from) && !matches!(self.types.kind(from), Kind::String | Kind::LiteralString(_))
        {
            return false;
        }
        let builtin = self.builtin_of(from).is_some()
            || matches!(self.types.kind(from), Kind::Class(index, _) if self.classes[index.0 as usize].builtin);
        if !wanted.calls.is_empty() {
            let given = self.call_signatures(from);
            let fits = wanted.calls.clone().iter().all(|call| match self.types.kind(*call).clone() {
                Kind::Function(call) => given.iter().any(|one| self.signature_fits(one, &call, false, depth)),
                _ => false,
            });
            if !fits {
                return false;
            }
        }
        for construct in &wanted.constructs {
            if !self.fits(from, *construct, depth) {
                return false;
            }
        }
        for property in &wanted.properties {
            let Some(given) = self.member(from, &property.name) else {
                if property.optional && !builtin {
                    continue;
                }
                return false;
            };
            // Methods of built-in types are not found by name when the program runs.
            if builtin && given.access != crate::members::Access::Dynamic {
                return false;
            }
            if given.owner.is_some_and(|(_, seen)| seen != raya_syntax::ast::Accessibility::Public) {
                return false;
            }
            let target = if property.optional { self.types.nullable(property.value) } else { property.value };
            let fits = match (self.types.kind(given.of).clone(), self.types.kind(property.value).clone()) {
                (Kind::Function(left), Kind::Function(right)) if property.method || given.method => {
                    self.signature_fits(&left, &right, true, depth)
                }
                _ => self.fits(given.of, target, depth),
            };
            if !fits {
                return false;
            }
        }
        if let Some((_, value, _)) = wanted.index {
            if builtin {
                return false;
            }
            return self.entries_fit(from, value, depth);
        }
        true
    }

    fn entries_fit(&mut self, from: TypeId, value: TypeId, depth: u32) -> bool {
        let Some(given) = self.record_of(from) else {
            return false;
        };
        if let Some((_, entry, _)) = given.index {
            return self.fits(entry, value, depth);
        }
        given.properties.iter().all(|one| self.fits(one.value, value, depth))
    }

    /// Whether two types have values in common, as far as can be told: for comparisons and casts.
    pub(crate) fn overlaps(&mut self, left: TypeId, right: TypeId) -> bool {
        let (left, right) = (self.expand(left), self.expand(right));
        if self.assignable(left, right) || self.assignable(right, left) {
            return true;
        }
        let (lefts, rights) = (self.types.members(left), self.types.members(right));
        lefts.iter().any(|a| rights.iter().any(|b| self.pair_overlaps(*a, *b)))
    }

    fn pair_overlaps(&mut self, left: TypeId, right: TypeId) -> bool {
        if self.assignable(left, right) || self.assignable(right, left) {
            return true;
        }
        let numeric = |kind: &Kind| {
            matches!(
                kind,
                Kind::Int | Kind::Number | Kind::Integral | Kind::LiteralInt(_) | Kind::LiteralNumber(_)
            )
        };
        let (a, b) = (self.types.kind(left).clone(), self.types.kind(right).clone());
        if numeric(&a) && numeric(&b) {
            return !(self.types.is_literal(left) && self.types.is_literal(right));
        }
        let open = |kind: &Kind| {
            matches!(
                kind,
                Kind::Parameter(_)
                    | Kind::KeyOf(_)
                    | Kind::IndexedAccess(..)
                    | Kind::Utility(..)
                    | Kind::Caught
                    | Kind::Alias(..)
                    | Kind::Intersection(_)
            )
        };
        if open(&a) || open(&b) {
            return true;
        }
        match (&a, &b) {
            (Kind::Array { .. } | Kind::Tuple(_), Kind::Array { .. } | Kind::Tuple(_)) => true,
            (Kind::Class(x, _), Kind::Class(y, _)) => {
                self.ancestry(*x).contains(y) || self.ancestry(*y).contains(x)
            }
            (
                Kind::Record(_) | Kind::Interface(..),
                Kind::Record(_) | Kind::Interface(..) | Kind::Class(..) | Kind::Object,
            )
            | (Kind::Class(..) | Kind::Object, Kind::Record(_) | Kind::Interface(..)) => {
                !self.contradict(left, right)
            }
            (Kind::Function(_), Kind::Function(_)) => true,
            (Kind::ClassValue(x), Kind::ClassValue(y)) => {
                self.ancestry(*x).contains(y) || self.ancestry(*y).contains(x)
            }
            (
                Kind::Constructor(_) | Kind::AbstractConstructor(_),
                Kind::ClassValue(_) | Kind::Constructor(_) | Kind::AbstractConstructor(_),
            )
            | (Kind::ClassValue(_), Kind::Constructor(_) | Kind::AbstractConstructor(_)) => true,
            _ => false,
        }
    }

    /// Whether a property of both has literal types that exclude each other.
    fn contradict(&mut self, left: TypeId, right: TypeId) -> bool {
        let (Some(a), Some(b)) = (self.record_of(left), self.record_of(right)) else {
            return false;
        };
        a.properties.iter().any(|one| {
            b.property(&one.name).is_some_and(|other| {
                self.types.is_literal(one.value)
                    && self.types.is_literal(other.value)
                    && one.value != other.value
            })
        })
    }

    fn is_iterable_interface(&self, index: InterfaceIndex) -> bool {
        &*self.types.interface_names[index.0 as usize] == "Iterable"
            && self.scopes[self.root.at()].names.get("Iterable").and_then(|entry| entry.meaning)
                == Some(crate::tables::TypeSymbol::Interface(index))
    }

    /// What iterating a value of a built-in kind gives.
    pub(crate) fn builtin_iteration(&mut self, id: TypeId) -> Option<TypeId> {
        let id = self.expand(id);
        match self.types.kind(id).clone() {
            Kind::Array { element, .. } => Some(element),
            Kind::Tuple(_) => self.element_type(id, None),
            Kind::String | Kind::LiteralString(_) => Some(self.types.basic.string),
            Kind::Class(index, arguments) if self.classes[index.0 as usize].builtin => {
                match &*self.classes[index.0 as usize].name.clone() {
                    "Map" => Some(self.types.tuple(arguments.to_vec())),
                    "Set" => arguments.first().copied(),
                    "Uint8Array" => Some(self.types.basic.int),
                    _ => None,
                }
            }
            Kind::Interface(index, arguments) if self.is_iterable_interface(index) => {
                arguments.first().copied()
            }
            Kind::Intersection(members) => members.iter().find_map(|one| self.builtin_iteration(*one)),
            _ => None,
        }
    }
}
