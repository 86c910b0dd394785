//! What types consist of: expanding computed types, shapes of interfaces and classes, members of values.

use std::rc::Rc;

use raya_source::Span;
use raya_syntax::ast;

use crate::checker::Checker;
use crate::codes;
use crate::tables::*;
use crate::types::*;

/// Steps after which expanding gives up.
const EXPANSIONS_MAX: usize = 64;

/// How a member is reached when the program runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Access {
    /// By name, on the object itself.
    Dynamic,
    /// A method of a built-in class: a function that takes the receiver first.
    Method(FunctionIndex),
    /// An accessor of a built-in class.
    Accessor { get: Option<FunctionIndex>, set: Option<FunctionIndex> },
    /// A static member.
    Static(StaticAccess),
    /// An entry of an index signature.
    Entry,
}

/// How a static member or an export of a module is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum StaticAccess {
    Variable(VariableIndex),
    Method(FunctionIndex),
    Accessor { get: Option<FunctionIndex>, set: Option<FunctionIndex> },
    Symbol(ValueSymbol),
}

/// A member of a type.
#[derive(Clone, Debug)]
pub(crate) struct FoundMember {
    /// What reading gives.
    pub(crate) of: TypeId,
    /// What may be written.
    pub(crate) write: TypeId,
    pub(crate) readonly: bool,
    /// A method: it may be called, not taken.
    pub(crate) method: bool,
    pub(crate) access: Access,
    /// The class that declares it, and how far it may be seen.
    pub(crate) owner: Option<(ClassIndex, ast::Accessibility)>,
    pub(crate) span: Option<Span>,
    pub(crate) is_abstract: bool,
}

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
                Kind::LiteralString(name) => self.member(object, &name).map(|member| member.of),
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
        if self.is_open(first) || arguments.get(1).is_some_and(|second| self.is_open(*second)) {
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

    /// The properties of an object type, interface, class instance or intersection, as an object type.
    pub(crate) fn record_of(&mut self, id: TypeId) -> Option<Rc<Record>> {
        let id = self.expand(id);
        if let Some(record) = self.records.get(&id) {
            return Some(record.clone());
        }
        let record = match self.types.kind(id).clone() {
            Kind::Record(record) => return Some(record),
            Kind::Interface(index, arguments) => {
                let base = self.interface_record(index)?;
                let map =
                    Substitution::new(&self.interfaces[index.0 as usize].parameters.clone(), &arguments);
                let made = self.types.record((*base).clone());
                let made = self.types.substitute(made, &map);
                match self.types.kind(made) {
                    Kind::Record(record) => record.clone(),
                    _ => return None,
                }
            }
            Kind::Class(index, _) => self.class_record(index, id),
            Kind::Intersection(members) => {
                let mut merged = Record::default();
                for member in members.iter() {
                    let record = self.record_of(*member)?;
                    merged.index = merged.index.or(record.index);
                    for property in &record.properties {
                        if merged.property(&property.name).is_none() {
                            merged.properties.push(property.clone());
                        }
                    }
                }
                Rc::new(merged)
            }
            Kind::Parameter(parameter) => {
                let constraint = self.parameter_constraint(parameter)?;
                return self.record_of(constraint);
            }
            Kind::Caught => {
                let error = self.prelude_instance("Error", vec![]);
                return self.record_of(error);
            }
            _ => return None,
        };
        self.records.insert(id, record.clone());
        Some(record)
    }

    fn interface_record(&mut self, index: InterfaceIndex) -> Option<Rc<Record>> {
        let info = &mut self.interfaces[index.0 as usize];
        if let Some(record) = &info.record {
            return Some(record.clone());
        }
        if info.in_progress {
            return None;
        }
        info.in_progress = true;
        let (declarations, scope) = (info.declarations.clone(), info.scope);
        let mut record = Record::default();
        for declaration in &declarations {
            for base in &declaration.extends {
                let resolved = self.resolve_type(base, scope);
                let Some(inherited) = self.record_of(resolved) else {
                    if !self.is_error(resolved) {
                        let message =
                            format!("an interface extends object types, found `{}`", self.show(resolved));
                        self.error(codes::BAD_BASE, base.span, message);
                    }
                    continue;
                };
                record.index = record.index.or(inherited.index);
                record.calls.extend(&inherited.calls);
                for property in &inherited.properties {
                    if record.property(&property.name).is_none() {
                        record.properties.push(property.clone());
                    }
                }
            }
        }
        for declaration in &declarations {
            self.add_type_members(&mut record, &declaration.members, scope);
        }
        let record = Rc::new(record);
        let info = &mut self.interfaces[index.0 as usize];
        info.in_progress = false;
        info.record = Some(record.clone());
        Some(record)
    }

    fn class_record(&mut self, index: ClassIndex, instance: TypeId) -> Rc<Record> {
        let mut names: Vec<Text> = Vec::new();
        for class in self.ancestry(index) {
            for name in &self.classes[class.0 as usize].order {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        let mut record = Record::default();
        for name in names {
            let Some(member) = self.member(instance, &name) else {
                continue;
            };
            if member.owner.is_some_and(|(_, seen)| seen != ast::Accessibility::Public) {
                continue;
            }
            let (readonly, method) = (member.readonly, member.method);
            record.properties.push(Property { name, value: member.of, optional: false, readonly, method });
        }
        record.index = self.class_index_signature(index);
        Rc::new(record)
    }

    fn class_index_signature(&mut self, index: ClassIndex) -> Option<(TypeId, TypeId, bool)> {
        let (class, scope) = (self.classes[index.0 as usize].ast, self.classes[index.0 as usize].scope);
        for member in &class.members {
            if let ast::ClassMemberKind::Index(signature) = &member.kind
                && let ast::TypeMemberKind::Index { key_type, value, readonly, .. } = &signature.kind
            {
                let key = self.resolve_type(key_type, scope);
                let value = self.resolve_type(value, scope);
                return Some((key, value, *readonly));
            }
        }
        None
    }

    /// A class and all that it extends, the outermost base first.
    pub(crate) fn ancestry(&mut self, index: ClassIndex) -> Vec<ClassIndex> {
        let mut chain = vec![index];
        let mut at = index;
        while let Some((base, _)) = self.base_of(at) {
            if chain.contains(&base) {
                break;
            }
            chain.push(base);
            at = base;
        }
        chain.reverse();
        chain
    }

    /// What a class extends.
    pub(crate) fn base_of(&mut self, index: ClassIndex) -> Option<(ClassIndex, Vec<TypeId>)> {
        match &self.classes[index.0 as usize].base {
            BaseState::Class(base, arguments) => return Some((*base, arguments.clone())),
            BaseState::None | BaseState::InProgress => return None,
            BaseState::Unresolved => {}
        }
        let (class, scope) = (self.classes[index.0 as usize].ast, self.classes[index.0 as usize].scope);
        let Some(heritage) = &class.extends else {
            self.classes[index.0 as usize].base = BaseState::None;
            return None;
        };
        self.classes[index.0 as usize].base = BaseState::InProgress;
        let found = self.resolve_base(heritage, scope);
        self.classes[index.0 as usize].base = match &found {
            Some((base, arguments)) => BaseState::Class(*base, arguments.clone()),
            None => BaseState::None,
        };
        if found.is_some() && self.extends_itself(index) {
            self.classes[index.0 as usize].base = BaseState::None;
            let message = format!("the class `{}` extends itself", self.classes[index.0 as usize].name);
            self.error(codes::BAD_BASE, heritage.span, message);
            return None;
        }
        found
    }

    fn extends_itself(&mut self, index: ClassIndex) -> bool {
        let mut seen = vec![index];
        let mut at = index;
        while let Some((base, _)) = self.base_of(at) {
            if base == index {
                return true;
            }
            if seen.contains(&base) {
                return false;
            }
            seen.push(base);
            at = base;
        }
        false
    }

    fn resolve_base(
        &mut self,
        heritage: &'a ast::Heritage,
        scope: ScopeId,
    ) -> Option<(ClassIndex, Vec<TypeId>)> {
        let expression = heritage.expression.without_parentheses();
        let symbol = match &expression.kind {
            ast::ExpressionKind::Name(name) => match self.lookup_value(scope, name) {
                Some(symbol) => Some(symbol),
                None => {
                    self.unknown_name(scope, name, expression.span);
                    return None;
                }
            },
            ast::ExpressionKind::Member { object, property, .. } => match &object.kind {
                ast::ExpressionKind::Name(name) => match self.lookup_value(scope, name) {
                    Some(ValueSymbol::Namespace(module)) => {
                        self.modules[module.at()].exports.get(&property.text).and_then(|entry| entry.value)
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let Some(ValueSymbol::Class(base)) = symbol else {
            let broken = matches!(symbol, Some(ValueSymbol::Variable(variable)) if self.variables[variable.at()].declared == Some(self.types.basic.error));
            if !broken {
                self.error(
                    codes::BAD_BASE,
                    heritage.span,
                    "a class extends a class that is named, found something else",
                );
            }
            return None;
        };
        if self.classes[base.0 as usize].builtin {
            let message =
                format!("the built-in class `{}` cannot be extended", self.classes[base.0 as usize].name);
            self.error(codes::BAD_BASE, heritage.span, message);
            return None;
        }
        let arguments: Vec<TypeId> =
            heritage.type_arguments.iter().map(|one| self.resolve_type(one, scope)).collect();
        let parameters = self.classes[base.0 as usize].parameters.clone();
        let name = self.classes[base.0 as usize].name.clone();
        let arguments = self.complete_arguments(&name, &parameters, arguments, heritage.span)?;
        Some((base, arguments))
    }

    /// The type arguments an instance of `from` gives its base `to`.
    pub(crate) fn upcast(
        &mut self,
        from: ClassIndex,
        arguments: &[TypeId],
        to: ClassIndex,
    ) -> Option<Vec<TypeId>> {
        let mut at = from;
        let mut given: Vec<TypeId> = arguments.to_vec();
        for _ in 0..EXPANSIONS_MAX {
            if at == to {
                return Some(given);
            }
            let (base, base_arguments) = self.base_of(at)?;
            let map = Substitution::new(&self.classes[at.0 as usize].parameters.clone(), &given);
            given = base_arguments.iter().map(|one| self.types.substitute(*one, &map)).collect();
            at = base;
        }
        None
    }

    /// The class whose members a value of a built-in kind has, with its type arguments.
    pub(crate) fn builtin_of(&mut self, id: TypeId) -> Option<(ClassIndex, Vec<TypeId>)> {
        let name = match self.types.kind(id).clone() {
            Kind::String | Kind::LiteralString(_) => "String",
            Kind::Int | Kind::Number | Kind::Integral | Kind::LiteralInt(_) | Kind::LiteralNumber(_) => {
                "Number"
            }
            Kind::Boolean | Kind::LiteralBoolean(_) => "Boolean",
            Kind::Array { element, .. } => return Some((self.builtin_class("Array")?, vec![element])),
            Kind::Tuple(_) => {
                let element = self.element_type(id, None)?;
                return Some((self.builtin_class("Array")?, vec![element]));
            }
            _ => return None,
        };
        Some((self.builtin_class(name)?, vec![]))
    }

    /// A member of a value of this type; `None` if there is none. `null` in the type is ignored by nobody: callers look
    /// for it first.
    pub(crate) fn member(&mut self, id: TypeId, name: &str) -> Option<FoundMember> {
        let id = self.expand(id);
        if let Some((class, arguments)) = self.builtin_of(id) {
            if name == "length"
                && let Kind::Tuple(tuple) = self.types.kind(id).clone()
                && tuple.rest.is_none()
                && tuple.elements.iter().all(|one| !one.optional)
            {
                let length = self.types.intern(Kind::LiteralInt(tuple.elements.len() as i32));
                return Some(self.dynamic(length, true));
            }
            return self.class_member(class, &arguments, name, id);
        }
        match self.types.kind(id).clone() {
            Kind::Error => Some(self.dynamic(id, false)),
            Kind::Class(index, arguments) => self.class_member(index, &arguments, name, id),
            Kind::ClassValue(index) => self.static_member(index, name),
            Kind::Namespace(module) => {
                let symbol = self.modules[module as usize].exports.get(name)?.value?;
                let of = self.symbol_type(symbol, Span::default());
                let access = Access::Static(StaticAccess::Symbol(symbol));
                Some(FoundMember { access, readonly: true, ..self.dynamic(of, true) })
            }
            Kind::Parameter(parameter) => {
                let this_of = self.classes.iter().position(|class| class.this_parameter == parameter);
                if let Some(class) = this_of {
                    let own = self.own_instance(ClassIndex(class as u32));
                    return self.member(own, name);
                }
                let constraint = self.parameter_constraint(parameter)?;
                self.member(constraint, name)
            }
            Kind::Caught => {
                let error = self.prelude_instance("Error", vec![]);
                self.member(error, name)
            }
            Kind::Intersection(members) => members.iter().find_map(|one| self.member(*one, name)),
            _ => {
                let record = self.record_of(id)?;
                if let Some(property) = record.property(name) {
                    let of =
                        if property.optional { self.types.nullable(property.value) } else { property.value };
                    let write = of;
                    let (readonly, method) = (property.readonly, property.method);
                    return Some(FoundMember { write, method, ..self.dynamic(of, readonly) });
                }
                let (key, value, readonly) = record.index?;
                let text = self.types.literal_string(name);
                if !self.assignable(text, key) {
                    return None;
                }
                let of = self.types.nullable(value);
                Some(FoundMember { access: Access::Entry, write: value, ..self.dynamic(of, readonly) })
            }
        }
    }

    fn dynamic(&self, of: TypeId, readonly: bool) -> FoundMember {
        FoundMember {
            of,
            write: of,
            readonly,
            method: false,
            access: Access::Dynamic,
            owner: None,
            span: None,
            is_abstract: false,
        }
    }

    /// The instance type of a class inside it: its own parameters as arguments.
    pub(crate) fn own_instance(&mut self, index: ClassIndex) -> TypeId {
        let parameters = self.classes[index.0 as usize].parameters.clone();
        let arguments = parameters.into_iter().map(|one| self.types.intern(Kind::Parameter(one))).collect();
        self.class_type(index, arguments)
    }

    fn class_member(
        &mut self,
        index: ClassIndex,
        arguments: &[TypeId],
        name: &str,
        receiver: TypeId,
    ) -> Option<FoundMember> {
        let mut at = index;
        let mut given = arguments.to_vec();
        for _ in 0..EXPANSIONS_MAX {
            if self.classes[at.0 as usize].members.contains_key(name) {
                return self.member_here(at, &given, name, receiver);
            }
            let Some((base, base_arguments)) = self.base_of(at) else {
                break;
            };
            let map = Substitution::new(&self.classes[at.0 as usize].parameters.clone(), &given);
            given = base_arguments.iter().map(|one| self.types.substitute(*one, &map)).collect();
            at = base;
        }
        let (_, value, readonly) = self.class_index_signature(index)?;
        let of = self.types.nullable(value);
        Some(FoundMember { access: Access::Entry, write: value, ..self.dynamic(of, readonly) })
    }

    fn member_here(
        &mut self,
        at: ClassIndex,
        arguments: &[TypeId],
        name: &str,
        receiver: TypeId,
    ) -> Option<FoundMember> {
        let info = &self.classes[at.0 as usize];
        let member = info.members.get(name)?.clone();
        let (builtin, parameters, this_parameter) =
            (info.builtin, info.parameters.clone(), info.this_parameter);
        let mut map = Substitution::new(&parameters, arguments);
        map.insert(this_parameter, receiver);
        let (of, write, method, access) = match member.kind {
            MemberKind::Field { .. } => {
                let of = self.field_type(at, name, false);
                (of, of, false, Access::Dynamic)
            }
            MemberKind::Method(function) => {
                let of = self.function_type(function);
                (of, of, true, if builtin { Access::Method(function) } else { Access::Dynamic })
            }
            MemberKind::Accessor { get, set } => {
                let (of, write) = self.accessor_types(get, set);
                let access = if builtin { Access::Accessor { get, set } } else { Access::Dynamic };
                (of, write, false, access)
            }
        };
        let readonly = member.readonly || matches!(member.kind, MemberKind::Accessor { set: None, .. });
        Some(FoundMember {
            of: self.types.substitute(of, &map),
            write: self.types.substitute(write, &map),
            readonly,
            method,
            access,
            owner: Some((at, member.accessibility)),
            span: Some(member.span),
            is_abstract: member.is_abstract,
        })
    }

    fn accessor_types(&mut self, get: Option<FunctionIndex>, set: Option<FunctionIndex>) -> (TypeId, TypeId) {
        let read = get.map(|get| self.signature_of(get).result);
        let write = set.map(|set| {
            let signature = self.signature_of(set);
            signature.parameters.first().map_or(self.types.basic.error, |one| one.value)
        });
        let error = self.types.basic.error;
        (read.or(write).unwrap_or(error), write.or(read).unwrap_or(error))
    }

    fn static_member(&mut self, index: ClassIndex, name: &str) -> Option<FoundMember> {
        for class in self.ancestry(index).into_iter().rev() {
            let Some(member) = self.classes[class.0 as usize].statics.get(name).cloned() else {
                continue;
            };
            let (of, write, method, access) = match member.kind {
                MemberKind::Field { .. } => {
                    let of = self.field_type(class, name, true);
                    let variable = self.static_variable(class, name)?;
                    (of, of, false, StaticAccess::Variable(variable))
                }
                MemberKind::Method(function) => {
                    let of = self.function_type(function);
                    (of, of, self.takes_this(function), StaticAccess::Method(function))
                }
                MemberKind::Accessor { get, set } => {
                    let (of, write) = self.accessor_types(get, set);
                    (of, write, false, StaticAccess::Accessor { get, set })
                }
            };
            let readonly = member.readonly
                || matches!(member.kind, MemberKind::Method(_) | MemberKind::Accessor { set: None, .. });
            return Some(FoundMember {
                of,
                write,
                readonly,
                method,
                access: Access::Static(access),
                owner: Some((class, member.accessibility)),
                span: Some(member.span),
                is_abstract: false,
            });
        }
        if name == "name" {
            let string = self.types.basic.string;
            return Some(FoundMember { access: Access::Dynamic, ..self.dynamic(string, true) });
        }
        None
    }

    /// The names of a type's members, for suggestions.
    pub(crate) fn member_names(&mut self, id: TypeId) -> Vec<Text> {
        let id = self.expand(id);
        if let Some((class, _)) = self.builtin_of(id) {
            return self.public_names(class);
        }
        match self.types.kind(id).clone() {
            Kind::Class(index, _) => {
                let chain = self.ancestry(index);
                chain.into_iter().flat_map(|one| self.public_names(one)).collect()
            }
            Kind::ClassValue(index) => self.classes[index.0 as usize].statics.keys().cloned().collect(),
            Kind::Namespace(module) => self.modules[module as usize].exports.keys().cloned().collect(),
            _ => match self.record_of(id) {
                Some(record) => record.properties.iter().map(|one| one.name.clone()).collect(),
                None => vec![],
            },
        }
    }

    fn public_names(&self, class: ClassIndex) -> Vec<Text> {
        let info = &self.classes[class.0 as usize];
        let seen =
            info.members.iter().filter(|(_, member)| member.accessibility == ast::Accessibility::Public);
        seen.map(|(name, _)| name.clone()).collect()
    }

    /// The signatures a value can be called with.
    pub(crate) fn call_signatures(&mut self, id: TypeId) -> Vec<Rc<Signature>> {
        let id = self.expand(id);
        match self.types.kind(id).clone() {
            Kind::Function(signature) => vec![signature],
            Kind::Intersection(members) => {
                members.iter().flat_map(|one| self.call_signatures(*one)).collect()
            }
            Kind::Parameter(parameter) => match self.parameter_constraint(parameter) {
                Some(constraint) => self.call_signatures(constraint),
                None => vec![],
            },
            Kind::Record(_) | Kind::Interface(..) => {
                let calls = self.record_of(id).map(|record| record.calls.clone()).unwrap_or_default();
                calls.into_iter().flat_map(|one| self.call_signatures(one)).collect()
            }
            _ => vec![],
        }
    }
}
