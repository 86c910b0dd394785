//! Replacing type parameters by types.

use std::collections::HashMap;
use std::rc::Rc;

use super::{
    Kind, ParameterIndex, Predicate, Property, Record, Signature, Tuple, TupleElement, TypeId, Types,
    ValueParameter,
};

/// Deepest nesting that substitution follows; types of programs stay far below.
const DEPTH_MAX: u32 = 64;

/// Which parameter is replaced by which type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Substitution {
    map: HashMap<ParameterIndex, TypeId>,
}

impl Substitution {
    pub(crate) fn new(parameters: &[ParameterIndex], arguments: &[TypeId]) -> Self {
        Substitution {
            map: parameters.iter().copied().zip(arguments.iter().map(|one| one.declared())).collect(),
        }
    }

    pub(crate) fn insert(&mut self, parameter: ParameterIndex, argument: TypeId) {
        self.map.insert(parameter, argument.declared());
    }

    pub(crate) fn get(&self, parameter: ParameterIndex) -> Option<TypeId> {
        self.map.get(&parameter).copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

impl Types {
    /// `id` with the parameters of `map` replaced. Named types keep their names: only their arguments change, so that
    /// types that refer to themselves need no special care.
    pub(crate) fn substitute(&mut self, id: TypeId, map: &Substitution) -> TypeId {
        if map.is_empty() {
            return id;
        }
        self.substitute_at(id, map, 0)
    }

    pub(crate) fn substitute_signature(&mut self, signature: &Signature, map: &Substitution) -> Signature {
        self.signature_at(signature, map, 0)
    }

    fn list_at(&mut self, list: &[TypeId], map: &Substitution, depth: u32) -> Rc<[TypeId]> {
        list.iter().map(|one| self.substitute_at(*one, map, depth)).collect::<Vec<_>>().into()
    }

    fn substitute_at(&mut self, id: TypeId, map: &Substitution, depth: u32) -> TypeId {
        if !self.is_open(id) {
            return id;
        }
        if depth > DEPTH_MAX {
            self.too_deep = true;
            return self.basic.error;
        }
        let next = depth + 1;
        let kind = match self.kind(id).clone() {
            Kind::Parameter(parameter) => return map.get(parameter).unwrap_or(id),
            Kind::Array { element, readonly } => {
                Kind::Array { element: self.substitute_at(element, map, next), readonly }
            }
            Kind::Tuple(tuple) => Kind::Tuple(Rc::new(Tuple {
                elements: tuple
                    .elements
                    .iter()
                    .map(|one| TupleElement { value: self.substitute_at(one.value, map, next), ..*one })
                    .collect(),
                rest: tuple.rest.map(|rest| self.substitute_at(rest, map, next)),
                readonly: tuple.readonly,
            })),
            Kind::Record(record) => Kind::Record(Rc::new(self.record_at(&record, map, next))),
            Kind::Interface(index, arguments) => Kind::Interface(index, self.list_at(&arguments, map, next)),
            Kind::Class(index, arguments) => Kind::Class(index, self.list_at(&arguments, map, next)),
            Kind::Alias(index, arguments) => Kind::Alias(index, self.list_at(&arguments, map, next)),
            Kind::Opaque(module, name, arguments) => {
                Kind::Opaque(module, name, self.list_at(&arguments, map, next))
            }
            Kind::Function(signature) => Kind::Function(Rc::new(self.signature_at(&signature, map, next))),
            Kind::AbstractConstructor(signature) => {
                Kind::AbstractConstructor(Rc::new(self.signature_at(&signature, map, next)))
            }
            Kind::Constructor(signature) => {
                Kind::Constructor(Rc::new(self.signature_at(&signature, map, next)))
            }
            Kind::Union(members) => {
                let members = self.list_at(&members, map, next);
                return self.union(members.iter().copied());
            }
            Kind::Intersection(members) => Kind::Intersection(self.list_at(&members, map, next)),
            Kind::KeyOf(inner) => Kind::KeyOf(self.substitute_at(inner, map, next)),
            Kind::IndexedAccess(object, index) => Kind::IndexedAccess(
                self.substitute_at(object, map, next),
                self.substitute_at(index, map, next),
            ),
            Kind::Utility(utility, arguments) => Kind::Utility(utility, self.list_at(&arguments, map, next)),
            _ => return id,
        };
        if self.is_too_large(&kind) {
            self.too_deep = true;
            return self.basic.error;
        }
        self.intern(kind)
    }

    fn record_at(&mut self, record: &Record, map: &Substitution, depth: u32) -> Record {
        Record {
            properties: record
                .properties
                .iter()
                .map(|property| Property {
                    name: property.name.clone(),
                    value: self.substitute_at(property.value, map, depth),
                    ..*property
                })
                .collect(),
            index: record.index.map(|(key, value, readonly)| {
                (self.substitute_at(key, map, depth), self.substitute_at(value, map, depth), readonly)
            }),
            calls: record.calls.iter().map(|one| self.substitute_at(*one, map, depth)).collect(),
            constructs: record.constructs.iter().map(|one| self.substitute_at(*one, map, depth)).collect(),
        }
    }

    fn signature_at(&mut self, signature: &Signature, map: &Substitution, depth: u32) -> Signature {
        let mut rest = signature.rest.map(|rest| self.substitute_at(rest, map, depth));
        let mut more = Vec::new();
        // `...args: Args` becomes the parameters that `Args` stands for.
        if let Some((parameter, _)) = self.whole_rest(signature.rest)
            && let Some(given) = map.get(parameter)
        {
            rest = match self.kind(given).clone() {
                Kind::Tuple(tuple) => {
                    for (at, one) in tuple.elements.iter().enumerate() {
                        let name = format!("argument{}", signature.parameters.len() + at).into();
                        more.push(ValueParameter { name, value: one.value, optional: one.optional });
                    }
                    tuple.rest
                }
                Kind::Array { element, .. } => Some(element),
                _ => rest,
            };
        }
        Signature {
            type_parameters: signature
                .type_parameters
                .iter()
                .copied()
                .filter(|parameter| map.get(*parameter).is_none())
                .collect(),
            parameters: signature
                .parameters
                .iter()
                .map(|parameter| ValueParameter {
                    name: parameter.name.clone(),
                    value: self.substitute_at(parameter.value, map, depth),
                    optional: parameter.optional,
                })
                .chain(more)
                .collect(),
            rest,
            result: self.substitute_at(signature.result, map, depth),
            predicate: signature.predicate.as_ref().map(|predicate| Predicate {
                target: predicate.target.map(|target| self.substitute_at(target, map, depth)),
                ..*predicate
            }),
        }
    }
}
