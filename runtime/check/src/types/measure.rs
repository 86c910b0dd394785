//! How large a type is, found when it is made: what keeps types that grow as they refer to themselves from growing for ever.

use super::{Kind, Record, Signature, TypeId, Types};

/// Levels of types inside each other that substitution makes. Types of programs stay far below.
const HEIGHT_MAX: u16 = 256;
/// Types of one compilation.
const TYPES_MAX: usize = 1 << 20;

/// What is known of a type.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measure {
    /// Levels of types inside it.
    pub(super) height: u16,
    /// Whether a type parameter is in it: others are left as they are by every substitution.
    is_open: bool,
}

impl Types {
    pub(super) fn measure(&self, kind: &Kind) -> Measure {
        let mut all = Measure { height: 0, is_open: matches!(kind, Kind::Parameter(_)) };
        each_part(kind, &mut |part| {
            let part = self.measures[part.at()];
            all.height = all.height.max(part.height.saturating_add(1));
            all.is_open |= part.is_open;
        });
        all
    }

    /// Whether a type parameter is in a type.
    pub(super) fn is_open(&self, id: TypeId) -> bool {
        self.measures[id.at()].is_open
    }

    /// Whether a type would be one that no program means: what makes it has no end.
    pub(super) fn is_too_large(&self, kind: &Kind) -> bool {
        self.measures.len() >= TYPES_MAX || self.measure(kind).height > HEIGHT_MAX
    }
}

fn each_part(kind: &Kind, visit: &mut impl FnMut(TypeId)) {
    match kind {
        Kind::Error
        | Kind::Unknown
        | Kind::Never
        | Kind::Null
        | Kind::Void
        | Kind::Boolean
        | Kind::Int
        | Kind::Number
        | Kind::Integral
        | Kind::String
        | Kind::Object
        | Kind::Caught
        | Kind::LiteralBoolean(_)
        | Kind::LiteralInt(_)
        | Kind::LiteralNumber(_)
        | Kind::LiteralString(_)
        | Kind::ClassValue(_)
        | Kind::Namespace(_)
        | Kind::Parameter(_) => {}
        Kind::Array { element, .. } => visit(*element),
        Kind::Tuple(tuple) => {
            tuple.elements.iter().for_each(|one| visit(one.value));
            tuple.rest.into_iter().for_each(visit);
        }
        Kind::Record(record) => each_of_record(record, visit),
        Kind::Interface(_, list)
        | Kind::Class(_, list)
        | Kind::Alias(_, list)
        | Kind::Opaque(_, _, list)
        | Kind::Utility(_, list)
        | Kind::Union(list)
        | Kind::Intersection(list) => list.iter().for_each(|one| visit(*one)),
        Kind::Function(signature) | Kind::Constructor(signature) | Kind::AbstractConstructor(signature) => {
            each_of_signature(signature, visit)
        }
        Kind::KeyOf(inner) => visit(*inner),
        Kind::IndexedAccess(object, index) => {
            visit(*object);
            visit(*index);
        }
    }
}

fn each_of_record(record: &Record, visit: &mut impl FnMut(TypeId)) {
    let Record { properties, index, calls, constructs } = record;
    properties.iter().for_each(|one| visit(one.value));
    if let Some((key, value, _)) = index {
        visit(*key);
        visit(*value);
    }
    calls.iter().chain(constructs).for_each(|one| visit(*one));
}

fn each_of_signature(signature: &Signature, visit: &mut impl FnMut(TypeId)) {
    let Signature { type_parameters: _, parameters, rest, result, predicate } = signature;
    parameters.iter().for_each(|one| visit(one.value));
    rest.iter().for_each(|one| visit(*one));
    visit(*result);
    predicate.iter().filter_map(|one| one.target).for_each(visit);
}
