//! Computed types: what aliases, `keyof`, indexed access, utilities and intersections stand for.

use std::rc::Rc;

use crate::checker::Checker;
use crate::facts::Step;
use crate::tables::*;
use crate::types::*;

/// Steps after which expanding gives up.
pub(crate) const EXPANSIONS_MAX: usize = 64;
/// Members of the union that an intersection of unions is.
const INTERSECTION_MAX: usize = 1 << 12;

impl<'a> Checker<'a> {
    /// A type with aliases and computed types at its top replaced by what they stand for.
    pub(crate) fn expand(&mut self, id: TypeId) -> TypeId {
        let mut at = id;
        for _ in 0..EXPANSIONS_MAX {
            let next = match self.types.kind(at).clone() {
                Kind::Alias(index, arguments) => {
                    if self.aliases[index.0 as usize].in_progress {
                        return at;
                    }
                    let Some(known) = self.alias_value(index) else {
                        return self.types.basic.error;
                    };
                    let map =
                        Substitution::new(&self.aliases[index.0 as usize].parameters.clone(), &arguments);
                    self.types.substitute(known, &map)
                }
                Kind::KeyOf(inner) => match self.keys_of(inner) {
                    Some(keys) => keys,
                    None => return at,
                },
                Kind::IndexedAccess(object, index) => match self.indexed_access(object, index) {
                    Some(found) => found,
                    None => return at,
                },
                Kind::Utility(utility, arguments) => match self.utility(utility, &arguments) {
                    Some(found) => found,
                    None => return at,
                },
                Kind::Intersection(members) => {
                    let made = self.intersect(&members);
                    if made == at {
                        return at;
                    }
                    made
                }
                Kind::Union(members) if members.iter().any(|one| self.is_computed(*one)) => {
                    let members: Vec<TypeId> = members.iter().map(|one| self.expand(*one)).collect();
                    let made = self.types.union(members);
                    if made == at {
                        return at;
                    }
                    made
                }
                _ => return at,
            };
            if next == at {
                return at;
            }
            at = next;
        }
        self.types.basic.error
    }

    fn is_computed(&self, id: TypeId) -> bool {
        match self.types.kind(id) {
            Kind::Alias(index, _) => !self.aliases[index.0 as usize].in_progress,
            Kind::KeyOf(_) | Kind::IndexedAccess(..) | Kind::Utility(..) | Kind::Intersection(_) => true,
            _ => false,
        }
    }

    fn is_open(&mut self, id: TypeId) -> bool {
        let id = self.expand(id);
        matches!(
            self.types.kind(id),
            Kind::Parameter(_)
                | Kind::KeyOf(_)
                | Kind::IndexedAccess(..)
                | Kind::Utility(..)
                | Kind::Alias(..)
        )
    }

    fn keys_of(&mut self, id: TypeId) -> Option<TypeId> {
        if self.is_open(id) {
            return None;
        }
        let id = self.expand(id);
        let record = match self.record_of(id) {
            Some(record) => record,
            None => return Some(self.types.basic.never),
        };
        let mut keys: Vec<TypeId> = Vec::new();
        if let Some((key, _, _)) = record.index {
            keys.push(key);
        }
        for property in &record.properties {
            keys.push(self.types.literal_string(&property.name));
        }
        Some(self.types.union(keys))
    }

    fn indexed_access(&mut self, object: TypeId, index: TypeId) -> Option<TypeId> {
        if self.is_open(object) || self.is_open(index) {
            return None;
        }
        let (object, index) = (self.expand(object), self.expand(index));
        let mut found = Vec::new();
        for key in self.types.members(index) {
            let one = match self.types.kind(key).clone() {
                Kind::LiteralString(name) => self.step_type(object, &Step::Property(name)),
                Kind::LiteralInt(at) => self.element_type(object, Some(at)),
                Kind::Int | Kind::Number => self.element_type(object, None),
                Kind::String => {
                    self.record_of(object).and_then(|record| record.index.map(|(_, value, _)| value))
                }
                _ => None,
            };
            found.push(one.unwrap_or(self.types.basic.error));
        }
        Some(self.types.union(found))
    }

    /// The element of an array, string, tuple or bytes.
    pub(crate) fn element_type(&mut self, object: TypeId, at: Option<i32>) -> Option<TypeId> {
        let object = self.expand(object);
        match self.types.kind(object).clone() {
            Kind::Array { element, .. } => Some(element),
            Kind::String | Kind::LiteralString(_) => Some(self.types.basic.string),
            Kind::Tuple(tuple) => match at {
                Some(at) => {
                    let element =
                        usize::try_from(at).ok().and_then(|at| tuple.elements.get(at).map(|one| one.value));
                    element.or(tuple.rest)
                }
                None => {
                    let all: Vec<TypeId> =
                        tuple.elements.iter().map(|one| one.value).chain(tuple.rest).collect();
                    Some(self.types.union(all))
                }
            },
            Kind::Class(..) if self.is_builtin_instance(object, "Uint8Array") => Some(self.types.basic.int),
            Kind::Union(members) => {
                let mut all = Vec::new();
                for member in members.iter() {
                    all.push(self.element_type(*member, at)?);
                }
                Some(self.types.union(all))
            }
            Kind::Parameter(parameter) => {
                let constraint = self.parameter_constraint(parameter)?;
                self.element_type(constraint, at)
            }
            Kind::Intersection(members) => members.iter().find_map(|one| self.element_type(*one, at)),
            _ => self.record_of(object)?.index.map(|(_, value, _)| value),
        }
    }

    /// Whether values of a type are arrays, with or without other properties.
    pub(crate) fn is_array(&self, id: TypeId) -> bool {
        match self.types.kind(id) {
            Kind::Array { .. } | Kind::Tuple(_) => true,
            Kind::Intersection(members) => members.iter().any(|one| self.is_array(*one)),
            _ => false,
        }
    }

    pub(crate) fn is_builtin_instance(&self, id: TypeId, name: &str) -> bool {
        matches!(self.types.kind(id), Kind::Class(index, _)
            if self.classes[index.0 as usize].builtin && &*self.classes[index.0 as usize].name == name)
    }

    pub(crate) fn builtin_class(&mut self, name: &str) -> Option<ClassIndex> {
        match self.scopes[self.root.at()].names.get(name)?.meaning? {
            TypeSymbol::Class(index) => Some(index),
            _ => None,
        }
    }

    /// An instance type of a prelude class.
    pub(crate) fn prelude_instance(&mut self, name: &str, arguments: Vec<TypeId>) -> TypeId {
        match self.builtin_class(name) {
            Some(index) => self.class_type(index, arguments),
            None => self.types.basic.error,
        }
    }

    fn utility(&mut self, utility: Utility, arguments: &[TypeId]) -> Option<TypeId> {
        let first = *arguments.first()?;
        // What the keys of a record are matters, what they lead to does not.
        let needs_second = utility != Utility::Record;
        if self.is_open(first) || arguments.get(1).is_some_and(|second| needs_second && self.is_open(*second))
        {
            return None;
        }
        let first = self.expand(first);
        let second = arguments.get(1).map(|second| self.expand(*second));
        let error = self.types.basic.error;
        Some(match utility {
            Utility::Partial => self.map_properties(first, |property| property.optional = true),
            Utility::Required => self.map_properties(first, |property| property.optional = false),
            Utility::Readonly => match self.types.kind(first).clone() {
                Kind::Array { element, .. } => self.types.intern(Kind::Array { element, readonly: true }),
                _ => self.map_properties(first, |property| property.readonly = true),
            },
            Utility::Pick | Utility::Omit => {
                let keys = self.literal_texts(second?);
                let Some(record) = self.record_of(first) else {
                    return Some(error);
                };
                let mut record = (*record).clone();
                record
                    .properties
                    .retain(|property| keys.contains(&property.name) == (utility == Utility::Pick));
                self.types.record(record)
            }
            Utility::Record => self.record_type(first, second?),
            Utility::Exclude => {
                let (members, second) = (self.types.members(first), second?);
                let kept: Vec<TypeId> =
                    members.into_iter().filter(|one| !self.assignable(*one, second)).collect();
                self.types.union(kept)
            }
            Utility::Extract => {
                let (members, second) = (self.types.members(first), second?);
                let kept: Vec<TypeId> =
                    members.into_iter().filter(|one| self.assignable(*one, second)).collect();
                self.types.union(kept)
            }
            Utility::NonNullable => self.without_null(first),
            Utility::ReturnType => self.call_signatures(first).first().map_or(error, |one| one.result),
            Utility::Parameters | Utility::ConstructorParameters => {
                let signatures = match utility {
                    Utility::Parameters => self.call_signatures(first),
                    _ => self.construct_signatures_of(first),
                };
                let Some(signature) = signatures.first().cloned() else {
                    return Some(error);
                };
                let elements = signature
                    .parameters
                    .iter()
                    .map(|one| TupleElement { value: one.value, optional: one.optional })
                    .collect();
                self.types.intern(Kind::Tuple(Rc::new(Tuple {
                    elements,
                    rest: signature.rest,
                    readonly: false,
                })))
            }
            Utility::Awaited => self.awaited(first),
            Utility::Flat => {
                let members = self.types.members(first);
                let flat: Vec<TypeId> = members
                    .into_iter()
                    .map(|one| match self.types.kind(one) {
                        Kind::Array { element, .. } => *element,
                        Kind::Tuple(_) => self.element_type(one, None).unwrap_or(one),
                        _ => one,
                    })
                    .collect();
                self.types.union(flat)
            }
            Utility::InstanceType => match self.types.kind(first).clone() {
                Kind::Constructor(signature) | Kind::AbstractConstructor(signature) => signature.result,
                Kind::ClassValue(class) => {
                    let unknown = self.types.basic.unknown;
                    let count = self.classes[class.0 as usize].parameters.len();
                    self.class_type(class, vec![unknown; count])
                }
                _ => match self.construct_signatures_of(first).first() {
                    Some(signature) => signature.result,
                    None => error,
                },
            },
        })
    }

    fn map_properties(&mut self, id: TypeId, change: impl Fn(&mut Property)) -> TypeId {
        let Some(record) = self.record_of(id) else {
            return id;
        };
        let mut record = (*record).clone();
        record.properties.iter_mut().for_each(change);
        self.types.record(record)
    }

    fn literal_texts(&mut self, id: TypeId) -> Vec<Text> {
        let id = self.expand(id);
        self.types
            .members(id)
            .into_iter()
            .filter_map(|one| match self.types.kind(one) {
                Kind::LiteralString(text) => Some(text.clone()),
                Kind::LiteralInt(value) => Some(value.to_string().into()),
                _ => None,
            })
            .collect()
    }

    fn record_type(&mut self, key: TypeId, value: TypeId) -> TypeId {
        let names = self.literal_texts(key);
        let mut record = Record::default();
        if names.is_empty() {
            record.index = Some((key, value, false));
        }
        for name in names {
            record.properties.push(Property { name, value, optional: false, readonly: false, method: false });
        }
        self.types.record(record)
    }

    /// What `await` gives.
    pub(crate) fn awaited(&mut self, id: TypeId) -> TypeId {
        let id = self.expand(id);
        match self.types.kind(id).clone() {
            Kind::Class(index, arguments) if self.is_task(index) => {
                arguments.first().copied().unwrap_or(self.types.basic.unknown)
            }
            Kind::Union(members) => {
                let members: Vec<TypeId> = members.iter().map(|one| self.awaited(*one)).collect();
                self.types.union(members)
            }
            _ => id,
        }
    }

    pub(crate) fn is_task(&self, index: ClassIndex) -> bool {
        self.classes[index.0 as usize].builtin && &*self.classes[index.0 as usize].name == "Task"
    }

    /// The type without `null`.
    pub(crate) fn without_null(&mut self, id: TypeId) -> TypeId {
        let id = self.expand(id);
        let basic = self.types.basic;
        let members = self.types.members(id);
        if !members.contains(&basic.null) && !members.contains(&basic.void) {
            return id;
        }
        self.types.union(members.into_iter().filter(|one| *one != basic.null && *one != basic.void))
    }

    /// Whether `null` is among the values of a type.
    pub(crate) fn has_null(&mut self, id: TypeId) -> bool {
        let id = self.expand(id);
        let basic = self.types.basic;
        self.types.members(id).iter().any(|one| *one == basic.null || *one == basic.void)
    }

    /// The intersection of types: object types that are written out are merged; contradictions are `never`.
    pub(crate) fn intersect(&mut self, members: &[TypeId]) -> TypeId {
        let basic = self.types.basic;
        let mut parts = 1_usize;
        for member in members {
            let one = self.expand(*member);
            parts = parts.saturating_mul(self.types.members(one).len().max(1));
        }
        if parts > INTERSECTION_MAX {
            self.types.too_deep = true;
            return basic.error;
        }
        let mut flat: Vec<TypeId> = Vec::new();
        for member in members {
            let one = self.expand(*member);
            match self.types.kind(one).clone() {
                Kind::Error => return basic.error,
                Kind::Never => return basic.never,
                Kind::Unknown => {}
                Kind::Intersection(inner) => inner.iter().for_each(|one| {
                    if !flat.contains(one) {
                        flat.push(*one)
                    }
                }),
                Kind::Union(inner) => {
                    let rest: Vec<TypeId> = members.iter().copied().filter(|other| other != member).collect();
                    let parts: Vec<TypeId> = inner
                        .iter()
                        .map(|part| {
                            let mut all = vec![*part];
                            all.extend(&rest);
                            self.intersect(&all)
                        })
                        .collect();
                    return self.types.union(parts);
                }
                _ if !flat.contains(&one) => flat.push(one),
                _ => {}
            }
        }
        let primitives: Vec<TypeId> = flat.iter().copied().filter(|one| self.is_primitive(*one)).collect();
        if let Some(first) = primitives.first().copied() {
            let narrowest = primitives
                .iter()
                .copied()
                .find(|one| primitives.iter().all(|other| self.assignable(*one, *other)));
            let objects = flat.iter().any(|one| {
                matches!(self.types.kind(*one), Kind::Array { .. } | Kind::Class(..) | Kind::Function(_))
            });
            return match narrowest {
                Some(one) if !objects => one,
                None if primitives.len() > 1 => basic.never,
                _ if objects => basic.never,
                _ => first,
            };
        }
        self.merge_records(&mut flat);
        match flat.len() {
            0 => basic.unknown,
            1 => flat[0],
            _ => self.types.intern(Kind::Intersection(flat.into())),
        }
    }

    fn merge_records(&mut self, flat: &mut Vec<TypeId>) {
        let records: Vec<Rc<Record>> = flat
            .iter()
            .filter_map(|one| match self.types.kind(*one) {
                Kind::Record(record) => Some(record.clone()),
                _ => None,
            })
            .collect();
        if records.len() < 2 {
            return;
        }
        let mut merged = Record::default();
        for record in records {
            merged.index = merged.index.or(record.index);
            merged.calls.extend(&record.calls);
            merged.constructs.extend(&record.constructs);
            for property in &record.properties {
                let value =
                    match merged.property(&property.name).map(|before| (before.value, before.optional)) {
                        Some((before, optional)) => {
                            merged.properties.retain(|one| one.name != property.name);
                            Property {
                                value: self.intersect(&[before, property.value]),
                                optional: optional && property.optional,
                                ..property.clone()
                            }
                        }
                        None => property.clone(),
                    };
                merged.properties.push(value);
            }
        }
        let made = self.types.record(merged);
        flat.retain(|one| !matches!(self.types.kind(*one), Kind::Record(_)));
        flat.push(made);
    }

    pub(crate) fn is_primitive(&self, id: TypeId) -> bool {
        matches!(
            self.types.kind(id),
            Kind::Int
                | Kind::Number
                | Kind::Integral
                | Kind::Boolean
                | Kind::String
                | Kind::Null
                | Kind::Void
        ) || self.types.is_literal(id)
    }
}
