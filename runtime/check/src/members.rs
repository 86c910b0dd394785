//! Members of values: where a name is found, and how it is reached when the program runs.

use std::rc::Rc;

use raya_source::Span;
use raya_syntax::ast;

use crate::checker::Checker;
use crate::tables::*;
use crate::types::*;

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
        // Classes that extend each other in a circle have no base.
        for _ in 0..=self.classes.len() {
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
                let of = self.with_bounds(of, &map);
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

    /// A method whose type parameters are bound by those of its class, `K extends keyof T`, for the class's type arguments.
    fn with_bounds(&mut self, of: TypeId, map: &Substitution) -> TypeId {
        let Kind::Function(signature) = self.types.kind(of).clone() else { return of };
        let mut bound = Substitution::default();
        let mut type_parameters = signature.type_parameters.clone();
        for parameter in &mut type_parameters {
            let Some(constraint) = self.parameter_constraint(*parameter) else { continue };
            let given = self.types.substitute(constraint, map);
            if given != constraint {
                let before = std::mem::replace(parameter, self.bound_parameter(*parameter, given));
                bound.insert(before, self.types.intern(Kind::Parameter(*parameter)));
            }
        }
        if type_parameters == signature.type_parameters {
            return of;
        }
        let free = Signature { type_parameters: Vec::new(), ..(*signature).clone() };
        let made = self.types.substitute_signature(&free, &bound);
        self.types.function(Signature { type_parameters, ..made })
    }

    /// A type parameter that is like another but for what it is bound by.
    fn bound_parameter(&mut self, like: ParameterIndex, constraint: TypeId) -> ParameterIndex {
        if let Some(known) = self.bound_parameters.get(&(like, constraint)) {
            return *known;
        }
        let ParameterInfo { ast, scope, .. } = self.parameters[like.0 as usize];
        let made =
            ParameterInfo { ast, scope, constraint: Some(constraint), resolved: true, in_progress: false };
        self.parameters.push(made);
        let name = self.types.parameter_names[like.0 as usize].clone();
        self.types.parameter_names.push(name);
        let made = ParameterIndex(self.parameters.len() as u32 - 1);
        self.bound_parameters.insert((like, constraint), made);
        made
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
