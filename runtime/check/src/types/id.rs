//! Ids of types, and which of them come from literals as they are written.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::{Kind, Record, Signature, Tuple, Types};

/// Names a type in [`super::Types`].
///
/// The type of a literal as it is written is fresh: a variable without a type takes it for what the literal is one of, a
/// string for example. The literals of a declared type are not fresh, and stay. Both are the same type otherwise, so ids
/// compare equal, and nothing but [`super::Types::widen`] looks at it. No type keeps fresh ids as its parts:
/// [`super::Types::intern`] takes the mark off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypeId(u32);

/// The mark of what is fresh; ids are far smaller.
const FRESH: u32 = 1 << 31;

impl TypeId {
    /// The id of the type at a place of the table.
    pub(crate) fn new(at: usize) -> Self {
        TypeId(at as u32 & !FRESH)
    }

    /// The place of the type in the table.
    pub(crate) fn at(self) -> usize {
        (self.0 & !FRESH) as usize
    }

    /// Whether the type comes from literals as they are written.
    pub(crate) fn is_fresh(self) -> bool {
        self.0 & FRESH != 0
    }

    /// The same type, as of a literal as it is written.
    pub(crate) fn fresh(self) -> Self {
        TypeId(self.0 | FRESH)
    }

    /// The same type, as it is declared.
    pub(crate) fn declared(self) -> Self {
        TypeId(self.0 & !FRESH)
    }
}

impl PartialEq for TypeId {
    fn eq(&self, other: &Self) -> bool {
        self.at() == other.at()
    }
}

impl Eq for TypeId {}

impl Hash for TypeId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.at().hash(state);
    }
}

impl PartialOrd for TypeId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TypeId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at().cmp(&other.at())
    }
}

/// Adds a type to a list that does not hold it. What is declared stays, also where the same came fresh before.
pub(crate) fn push_unique(list: &mut Vec<TypeId>, one: TypeId) {
    match list.iter_mut().find(|before| **before == one) {
        Some(before) if !one.is_fresh() => *before = one,
        Some(_) => {}
        None => list.push(one),
    }
}

impl Types {
    /// The id of a union of these members as one value has it: fresh where a literal in it is, and nothing that was
    /// declared is the same.
    pub(super) fn freshness(&self, id: TypeId, members: &[TypeId]) -> TypeId {
        let is_fresh = members.iter().any(|one| one.is_fresh() && self.is_literal(*one));
        if is_fresh { id.fresh() } else { id.declared() }
    }
}

impl Kind {
    /// The same, with all parts as they are declared.
    pub(super) fn with_declared_parts(mut self) -> Self {
        match &mut self {
            Kind::Array { element, .. } => *element = element.declared(),
            Kind::Tuple(tuple) if tuple_parts(tuple).any(TypeId::is_fresh) => {
                let tuple = Rc::make_mut(tuple);
                for one in &mut tuple.elements {
                    one.value = one.value.declared();
                }
                tuple.rest = tuple.rest.map(TypeId::declared);
            }
            Kind::Record(record) if record_parts(record).any(TypeId::is_fresh) => {
                let record = Rc::make_mut(record);
                for one in &mut record.properties {
                    one.value = one.value.declared();
                }
                record.index =
                    record.index.map(|(key, value, readonly)| (key.declared(), value.declared(), readonly));
            }
            Kind::Function(signature)
            | Kind::Constructor(signature)
            | Kind::AbstractConstructor(signature)
                if signature_parts(signature).any(TypeId::is_fresh) =>
            {
                let signature = Rc::make_mut(signature);
                for one in &mut signature.parameters {
                    one.value = one.value.declared();
                }
                signature.rest = signature.rest.map(TypeId::declared);
                signature.result = signature.result.declared();
                if let Some(predicate) = &mut signature.predicate {
                    predicate.target = predicate.target.map(TypeId::declared);
                }
            }
            Kind::Interface(_, list)
            | Kind::Class(_, list)
            | Kind::Alias(_, list)
            | Kind::Union(list)
            | Kind::Intersection(list)
            | Kind::Utility(_, list)
            | Kind::Opaque(_, _, list)
                if list.iter().any(|one| one.is_fresh()) =>
            {
                *list = list.iter().map(|one| one.declared()).collect();
            }
            Kind::KeyOf(inner) => *inner = inner.declared(),
            Kind::IndexedAccess(object, index) => {
                (*object, *index) = (object.declared(), index.declared());
            }
            _ => {}
        }
        self
    }
}

fn tuple_parts(tuple: &Tuple) -> impl Iterator<Item = TypeId> {
    tuple.elements.iter().map(|one| one.value).chain(tuple.rest)
}

/// Functions are no literals: they are never fresh.
fn record_parts(record: &Record) -> impl Iterator<Item = TypeId> {
    let index = record.index.into_iter().flat_map(|(key, value, _)| [key, value]);
    record.properties.iter().map(|one| one.value).chain(index)
}

fn signature_parts(signature: &Signature) -> impl Iterator<Item = TypeId> {
    let target = signature.predicate.as_ref().and_then(|one| one.target);
    signature
        .parameters
        .iter()
        .map(|one| one.value)
        .chain(signature.rest)
        .chain([signature.result])
        .chain(target)
}
