//! Shapes of interfaces and classes: the record that each stands for, and what a class extends.

use std::rc::Rc;

use raya_syntax::ast;

use crate::checker::Checker;
use crate::codes;
use crate::expand::EXPANSIONS_MAX;
use crate::tables::*;
use crate::types::*;

impl<'a> Checker<'a> {
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

    pub(crate) fn class_index_signature(&mut self, index: ClassIndex) -> Option<(TypeId, TypeId, bool)> {
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
        let arguments =
            self.complete_arguments(&format!("`{name}`"), &parameters, arguments, heritage.span)?;
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
}
