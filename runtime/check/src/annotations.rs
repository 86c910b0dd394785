//! Types as they are written, to types.

use std::rc::Rc;

use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, KeywordType, TypeKind, TypeMemberKind};

use crate::checker::Checker;
use crate::codes;
use crate::declare::well_known;
use crate::tables::*;
use crate::types::*;

/// What the prelude calls a number that becomes an int by itself where one is wanted.
const INTEGRAL: &str = "$integral";
/// Gives the type of a parameter without annotation, from its index, what is written, and the parameters before it.
pub(crate) type Infer<'i, 'a> =
    dyn FnMut(&mut Checker<'a>, usize, &'a ast::Parameter, &[ValueParameter]) -> Option<TypeId> + 'i;

impl<'a> Checker<'a> {
    /// The type an annotation stands for.
    pub(crate) fn resolve_type(&mut self, written: &'a ast::Type, scope: ScopeId) -> TypeId {
        // Duplicates, from types that are looked at twice, are removed at the end.
        let before = std::mem::replace(&mut self.permanent, true);
        let found =
            stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.resolve_inside(written, scope));
        self.permanent = before;
        found
    }

    fn resolve_inside(&mut self, written: &'a ast::Type, scope: ScopeId) -> TypeId {
        let basic = self.types.basic;
        match &written.kind {
            TypeKind::Keyword(keyword) => match keyword {
                KeywordType::Int => basic.int,
                KeywordType::Number => basic.number,
                KeywordType::Boolean => basic.boolean,
                KeywordType::String => basic.string,
                KeywordType::Null => basic.null,
                KeywordType::Void => basic.void,
                KeywordType::Never => basic.never,
                KeywordType::Unknown => basic.unknown,
                KeywordType::Object => basic.object,
            },
            TypeKind::Reference { path, arguments } => {
                self.resolve_reference(path, arguments, scope, written.span)
            }
            TypeKind::This => match self.enclosing_class(scope) {
                Some(class) => {
                    self.types.intern(Kind::Parameter(self.classes[class.0 as usize].this_parameter))
                }
                None => {
                    self.error(codes::BAD_SUPER, written.span, "`this` is a type only inside a class");
                    basic.error
                }
            },
            TypeKind::Array(element) => {
                let element = self.resolve_type(element, scope);
                self.types.array(element)
            }
            TypeKind::Tuple(elements) => self.resolve_tuple(elements, scope),
            TypeKind::Object(members) => {
                let mut record = Record::default();
                self.add_type_members(&mut record, members, scope);
                self.types.record(record)
            }
            TypeKind::Function(function) => {
                let signature = self.resolve_function_type(function, scope);
                self.types.function(signature)
            }
            TypeKind::Constructor { signature, is_abstract } => {
                let signature = Rc::new(self.resolve_function_type(signature, scope));
                self.types.intern(match is_abstract {
                    true => Kind::AbstractConstructor(signature),
                    false => Kind::Constructor(signature),
                })
            }
            TypeKind::Union(members) => {
                let members: Vec<TypeId> = members.iter().map(|one| self.resolve_type(one, scope)).collect();
                self.types.union(members)
            }
            TypeKind::Intersection(members) => {
                let members: Vec<TypeId> = members.iter().map(|one| self.resolve_type(one, scope)).collect();
                self.intersect(&members)
            }
            TypeKind::Literal(literal) => self.literal_type(literal),
            TypeKind::KeyOf(inner) => {
                let inner = self.resolve_type(inner, scope);
                let kind = self.types.intern(Kind::KeyOf(inner));
                self.expand(kind)
            }
            TypeKind::TypeOf(path) => self.resolve_typeof(path, scope),
            TypeKind::Readonly(inner) => {
                let inner = self.resolve_type(inner, scope);
                match self.types.kind(inner).clone() {
                    Kind::Array { element, .. } => self.types.intern(Kind::Array { element, readonly: true }),
                    Kind::Tuple(tuple) => {
                        let tuple = Tuple { readonly: true, ..(*tuple).clone() };
                        self.types.intern(Kind::Tuple(Rc::new(tuple)))
                    }
                    _ => inner,
                }
            }
            TypeKind::IndexedAccess { object, index } => {
                let object = self.resolve_type(object, scope);
                let index_type = self.resolve_type(index, scope);
                let access = self.types.intern(Kind::IndexedAccess(object, index_type));
                let found = self.expand(access);
                if self.is_error(found) && !self.is_error(object) && !self.is_error(index_type) {
                    let message = format!(
                        "the type `{}` has no property `{}`",
                        self.show(object),
                        self.show(index_type)
                    );
                    self.error(codes::UNKNOWN_PROPERTY, index.span, message);
                }
                found
            }
            TypeKind::Predicate { .. } => basic.boolean,
            TypeKind::Parenthesized(inner) => self.resolve_type(inner, scope),
            TypeKind::Error => basic.error,
        }
    }

    pub(crate) fn literal_type(&mut self, literal: &ast::LiteralType) -> TypeId {
        let kind = match literal {
            ast::LiteralType::String(text) => Kind::LiteralString(text.clone()),
            ast::LiteralType::Integer(value) => Kind::LiteralInt(*value),
            ast::LiteralType::Number(value) => Kind::LiteralNumber(value.to_bits()),
            ast::LiteralType::Boolean(value) => Kind::LiteralBoolean(*value),
        };
        self.types.intern(kind)
    }

    fn enclosing_class(&self, scope: ScopeId) -> Option<ClassIndex> {
        let mut at = Some(scope);
        while let Some(id) = at {
            if let Some(found) = self.classes.iter().position(|class| class.scope == id) {
                return Some(ClassIndex(found as u32));
            }
            at = self.scopes[id.at()].parent;
        }
        None
    }

    fn resolve_tuple(&mut self, elements: &'a [ast::TupleElement], scope: ScopeId) -> TypeId {
        let mut tuple = Tuple { elements: Vec::new(), rest: None, readonly: false };
        for one in elements {
            let value = self.resolve_type(&one.element, scope);
            if one.rest {
                let array = self.expand(value);
                tuple.rest = Some(match self.types.kind(array) {
                    Kind::Array { element, .. } => *element,
                    _ => value,
                });
            } else {
                let value = if one.optional { self.types.nullable(value) } else { value };
                tuple.elements.push(TupleElement { value, optional: one.optional });
            }
        }
        self.types.intern(Kind::Tuple(Rc::new(tuple)))
    }

    pub(crate) fn resolve_function_type(
        &mut self,
        function: &'a ast::FunctionType,
        scope: ScopeId,
    ) -> Signature {
        let inner = self.child_scope(scope);
        let type_parameters = self.declare_type_parameters(inner, &function.type_parameters);
        let (parameters, rest) = self.resolve_parameters(&function.parameters, inner, &mut |_, _, _, _| None);
        let (result, predicate) = match &function.return_type {
            Some(written) => self.resolve_result(written, &function.parameters, inner),
            None => (self.types.basic.unknown, None),
        };
        Signature { type_parameters, parameters, rest, result, predicate }
    }

    /// A result type and, for `x is T`, what it says.
    pub(crate) fn resolve_result(
        &mut self,
        written: &'a ast::Type,
        parameters: &[ast::Parameter],
        scope: ScopeId,
    ) -> (TypeId, Option<Predicate>) {
        let TypeKind::Predicate { asserts, subject, target } = &written.kind else {
            return (self.resolve_type(written, scope), None);
        };
        let parameter = parameters
            .iter()
            .position(|one| one.pattern.as_name().is_some_and(|name| name.text == subject.text))
            .map(|index| index as u32);
        if parameter.is_none() && &*subject.text != "this" {
            let message = format!("expected a parameter of this function, found `{}`", subject.text);
            self.error(codes::UNKNOWN_NAME, subject.span, message);
        }
        let target = target.as_ref().map(|target| self.resolve_type(target, scope));
        let result = if *asserts { self.types.basic.void } else { self.types.basic.boolean };
        (result, Some(Predicate { asserts: *asserts, parameter, target }))
    }

    /// Parameters of a signature; `infer` gives the type of one without annotation, from its index.
    pub(crate) fn resolve_parameters(
        &mut self,
        list: &'a [ast::Parameter],
        scope: ScopeId,
        infer: &mut Infer<'_, 'a>,
    ) -> (Vec<ValueParameter>, Option<TypeId>) {
        let mut parameters = Vec::new();
        let mut rest = None;
        for (index, one) in list.iter().enumerate() {
            let value = match &one.annotation {
                Some(written) => self.resolve_type(written, scope),
                None => infer(self, index, one, &parameters).unwrap_or_else(|| {
                    let name = one
                        .pattern
                        .as_name()
                        .map_or_else(|| "this parameter".to_owned(), |name| format!("`{}`", name.text));
                    let message = format!("{name} needs a type annotation");
                    let place = one.pattern.span;
                    let diagnostic = Diagnostic::error(codes::NEEDS_ANNOTATION, message).at(place);
                    let names_a_type = self.names_a_type(&one.pattern, scope);
                    self.report(match names_a_type {
                        true => {
                            let help = "the name of a parameter stands before its type";
                            diagnostic.with_edit(help, place.at_start(), "value: ")
                        }
                        false => diagnostic,
                    });
                    self.types.basic.error
                }),
            };
            if one.rest {
                rest = Some(self.rest_element(value));
                continue;
            }
            let optional = one.optional || one.default.is_some();
            let value = if optional { self.types.nullable(value) } else { value };
            let name = one.pattern.as_name().map_or_else(|| "value".into(), |name| name.text);
            parameters.push(ValueParameter { name, value, optional });
        }
        (parameters, rest)
    }

    fn rest_element(&mut self, array: TypeId) -> TypeId {
        let array = self.expand(array);
        match self.types.kind(array).clone() {
            Kind::Array { element, .. } => element,
            Kind::Tuple(tuple) => {
                let all: Vec<TypeId> = tuple.elements.iter().map(|one| one.value).chain(tuple.rest).collect();
                self.types.union(all)
            }
            Kind::Error => self.types.basic.error,
            // `...args: Args`: the elements of what `Args` will be.
            Kind::Parameter(_) => self.types.elements_of(array),
            _ => self.types.basic.unknown,
        }
    }

    pub(crate) fn add_type_members(
        &mut self,
        record: &mut Record,
        members: &'a [ast::TypeMember],
        scope: ScopeId,
    ) {
        for member in members {
            match &member.kind {
                TypeMemberKind::Property { key, optional, readonly, value } => {
                    let Some(name) = self.type_key(key) else { continue };
                    let value =
                        value.as_ref().map_or(self.types.basic.error, |one| self.resolve_type(one, scope));
                    add_property(
                        record,
                        Property { name, value, optional: *optional, readonly: *readonly, method: false },
                    );
                }
                TypeMemberKind::Method { key, optional, signature } => {
                    let Some(name) = self.type_key(key) else { continue };
                    let signature = self.resolve_function_type(signature, scope);
                    let mut value = self.types.function(signature);
                    if let Some(before) = record.property(&name).filter(|before| before.method) {
                        let before = before.value;
                        value = self.types.intern(Kind::Intersection([before, value].into()));
                        record.properties.retain(|one| one.name != name);
                    }
                    add_property(
                        record,
                        Property { name, value, optional: *optional, readonly: false, method: true },
                    );
                }
                TypeMemberKind::Getter { key, value } => {
                    let Some(name) = self.type_key(key) else { continue };
                    let value =
                        value.as_ref().map_or(self.types.basic.unknown, |one| self.resolve_type(one, scope));
                    add_property(
                        record,
                        Property { name, value, optional: false, readonly: true, method: false },
                    );
                }
                TypeMemberKind::Setter { key, parameter } => {
                    let Some(name) = self.type_key(key) else { continue };
                    let value = match &parameter.annotation {
                        Some(written) => self.resolve_type(written, scope),
                        None => self.types.basic.unknown,
                    };
                    add_property(
                        record,
                        Property { name, value, optional: false, readonly: false, method: false },
                    );
                }
                TypeMemberKind::Index { key_type, value, readonly, .. } => {
                    let key = self.resolve_type(key_type, scope);
                    let value = self.resolve_type(value, scope);
                    record.index = Some((key, value, *readonly));
                }
                TypeMemberKind::Call(signature) => {
                    let signature = self.resolve_function_type(signature, scope);
                    let call = self.types.function(signature);
                    record.calls.push(call);
                }
                TypeMemberKind::Construct(signature) => {
                    let signature = self.resolve_function_type(signature, scope);
                    let construct = self.types.intern(Kind::Constructor(Rc::new(signature)));
                    record.constructs.push(construct);
                }
            }
        }
    }

    fn type_key(&mut self, key: &ast::PropertyKey) -> Option<Text> {
        match key {
            ast::PropertyKey::Computed(expression) => {
                let name = well_known(expression);
                if name.is_none() {
                    self.error(
                        codes::BAD_MEMBER,
                        expression.span,
                        "the name of a property of a type must be known: expected a name or a text",
                    );
                }
                name
            }
            _ => key.text().cloned(),
        }
    }

    fn resolve_typeof(&mut self, path: &'a ast::TypePath, scope: ScopeId) -> TypeId {
        let Some(first) = path.segments.first() else {
            return self.types.basic.error;
        };
        let Some(symbol) = self.lookup_value(scope, &first.text) else {
            self.unknown_name(scope, &first.text, first.span);
            return self.types.basic.error;
        };
        let mut found = self.symbol_type(symbol, first.span);
        for segment in &path.segments[1..] {
            found = match self.member(found, &segment.text) {
                Some(member) => member.of,
                None => {
                    let message = format!("`{}` has no property `{}`", self.show(found), segment.text);
                    self.error(codes::UNKNOWN_PROPERTY, segment.span, message);
                    return self.types.basic.error;
                }
            };
        }
        found
    }

    fn resolve_reference(
        &mut self,
        path: &'a ast::TypePath,
        arguments: &'a [ast::Type],
        scope: ScopeId,
        span: Span,
    ) -> TypeId {
        let arguments: Vec<TypeId> = arguments.iter().map(|one| self.resolve_type(one, scope)).collect();
        let Some(name) = path.segments.last() else {
            return self.types.basic.error;
        };
        let symbol = match &path.segments[..] {
            [only] => self.lookup_type(scope, &only.text),
            [first, ..] => {
                let Some(TypeSymbol::Namespace(module)) = self.lookup_type(scope, &first.text) else {
                    return self.unknown_type(scope, &first.text, first.span);
                };
                match self.modules[module.at()].exports.get(&name.text).and_then(|entry| entry.meaning) {
                    Some(symbol) => Some(symbol),
                    None => {
                        let message = format!("the module `{}` exports no type `{}`", first.text, name.text);
                        self.error(codes::NOT_EXPORTED, name.span, message);
                        return self.types.basic.error;
                    }
                }
            }
            [] => None,
        };
        match symbol {
            Some(symbol) => self.instantiate_symbol(symbol, &name.text, arguments, span),
            None => self.resolve_known_name(&name.text, arguments, scope, span),
        }
    }

    /// Names that mean a type without being declared.
    fn resolve_known_name(
        &mut self,
        name: &str,
        arguments: Vec<TypeId>,
        scope: ScopeId,
        span: Span,
    ) -> TypeId {
        if name == "Promise" {
            return match self.lookup_type(self.root, "Task") {
                Some(symbol) => self.instantiate_symbol(symbol, name, arguments, span),
                None => self.types.basic.error,
            };
        }
        if name == INTEGRAL {
            return self.types.basic.integral;
        }
        if name == "ReadonlyArray" && arguments.len() == 1 {
            return self.types.intern(Kind::Array { element: arguments[0], readonly: true });
        }
        if name == "Function" {
            let (unknown, never) = (self.types.basic.unknown, self.types.basic.never);
            return self.types.function(Signature {
                type_parameters: vec![],
                parameters: vec![],
                rest: Some(never),
                result: unknown,
                predicate: None,
            });
        }
        if let Some((utility, count)) = Utility::named(name) {
            if arguments.len() != count {
                return self.wrong_type_arguments(&format!("`{name}`"), count, count, arguments.len(), span);
            }
            let made = self.types.intern(Kind::Utility(utility, arguments.into()));
            return self.expand(made);
        }
        self.unknown_type(scope, name, span)
    }

    fn unknown_type(&mut self, scope: ScopeId, name: &str, span: Span) -> TypeId {
        if name.is_empty() {
            return self.types.basic.error;
        }
        if let Some(symbol) = self.lookup_value(scope, name) {
            let broken = matches!(symbol, ValueSymbol::Variable(index) if self.variables[index.at()].declared == Some(self.types.basic.error));
            if !broken {
                let message = format!("`{name}` is a value, expected a type");
                let help = format!("its type is `typeof {name}`");
                self.report(Diagnostic::error(codes::VALUE_AS_TYPE, message).at(span).with_help(help));
            }
            return self.types.basic.error;
        }
        self.undeclared_type(scope, name, span);
        self.types.basic.error
    }

    /// Whether a parameter is called by a type: `(string) => void`.
    fn names_a_type(&mut self, pattern: &ast::Pattern, scope: ScopeId) -> bool {
        let Some(name) = pattern.as_name() else { return false };
        matches!(&*name.text, "string" | "number" | "int" | "boolean" | "unknown" | "object" | "float")
            || self.lookup_type(scope, &name.text).is_some()
    }

    fn wrong_type_arguments(
        &mut self,
        name: &str,
        least: usize,
        most: usize,
        found: usize,
        span: Span,
    ) -> TypeId {
        let expected = if least == most { most.to_string() } else { format!("{least} to {most}") };
        let plural = if expected == "1" { "argument" } else { "arguments" };
        let message = format!("{name} takes {expected} type {plural}, found {found}");
        self.error(codes::TYPE_ARGUMENT_COUNT, span, message);
        self.types.basic.error
    }

    fn instantiate_symbol(
        &mut self,
        symbol: TypeSymbol,
        name: &str,
        arguments: Vec<TypeId>,
        span: Span,
    ) -> TypeId {
        let parameters = match symbol {
            TypeSymbol::Class(index) => self.classes[index.0 as usize].parameters.clone(),
            TypeSymbol::Interface(index) => self.interfaces[index.0 as usize].parameters.clone(),
            TypeSymbol::Alias(index) => self.aliases[index.0 as usize].parameters.clone(),
            TypeSymbol::Parameter(index) => {
                return if arguments.is_empty() {
                    self.types.intern(Kind::Parameter(index))
                } else {
                    self.wrong_type_arguments(&format!("`{name}`"), 0, 0, arguments.len(), span)
                };
            }
            TypeSymbol::Namespace(_) => {
                self.error(codes::VALUE_AS_TYPE, span, format!("`{name}` is a module, expected a type"));
                return self.types.basic.error;
            }
        };
        let Some(arguments) = self.complete_arguments(&format!("`{name}`"), &parameters, arguments, span)
        else {
            return self.types.basic.error;
        };
        match symbol {
            TypeSymbol::Class(index) => self.class_type(index, arguments),
            TypeSymbol::Interface(index) => self.types.intern(Kind::Interface(index, arguments.into())),
            TypeSymbol::Alias(index) => self.alias_type(index, arguments),
            _ => self.types.basic.error,
        }
    }

    /// The instance type of a class; the built-in classes of primitives and arrays are those.
    pub(crate) fn class_type(&mut self, index: ClassIndex, arguments: Vec<TypeId>) -> TypeId {
        let info = &self.classes[index.0 as usize];
        if info.builtin {
            match &*info.name {
                "String" => return self.types.basic.string,
                "Number" => return self.types.basic.number,
                "Boolean" => return self.types.basic.boolean,
                "Object" => return self.types.basic.object,
                "Array" => {
                    return self.types.array(arguments.first().copied().unwrap_or(self.types.basic.unknown));
                }
                "Buffer" => {
                    if let Some(TypeSymbol::Class(bytes)) = self.lookup_type(self.root, "Uint8Array") {
                        return self.types.intern(Kind::Class(bytes, [].into()));
                    }
                }
                _ => {}
            }
        }
        self.types.intern(Kind::Class(index, arguments.into()))
    }

    /// Type arguments with defaults filled in, checked against constraints.
    pub(crate) fn complete_arguments(
        &mut self,
        name: &str,
        parameters: &[ParameterIndex],
        mut arguments: Vec<TypeId>,
        span: Span,
    ) -> Option<Vec<TypeId>> {
        let least = parameters
            .iter()
            .rposition(|one| self.parameters[one.0 as usize].ast.is_none_or(|ast| ast.default.is_none()))
            .map_or(0, |last| last + 1);
        if arguments.len() < least || arguments.len() > parameters.len() {
            self.wrong_type_arguments(name, least, parameters.len(), arguments.len(), span);
            return None;
        }
        for parameter in &parameters[arguments.len()..] {
            let map = Substitution::new(parameters, &arguments);
            let default = self.parameter_default(*parameter).unwrap_or(self.types.basic.unknown);
            arguments.push(self.types.substitute(default, &map));
        }
        Some(arguments)
    }

    pub(crate) fn parameter_default(&mut self, parameter: ParameterIndex) -> Option<TypeId> {
        let info = &self.parameters[parameter.0 as usize];
        let (default, scope) = (info.ast?.default.as_ref()?, info.scope);
        Some(self.resolve_type(default, scope))
    }

    pub(crate) fn parameter_constraint(&mut self, parameter: ParameterIndex) -> Option<TypeId> {
        let info = &mut self.parameters[parameter.0 as usize];
        if info.resolved || info.in_progress {
            return info.constraint;
        }
        let Some(written) = info.ast.and_then(|ast| ast.constraint.as_ref()) else {
            info.resolved = true;
            return info.constraint;
        };
        let scope = info.scope;
        info.in_progress = true;
        let constraint = self.resolve_type(written, scope);
        let circular = self.leads_to(constraint, parameter);
        let info = &mut self.parameters[parameter.0 as usize];
        info.in_progress = false;
        info.resolved = true;
        if circular {
            let span = written.span;
            let name = self.types.parameter_names[parameter.0 as usize].clone();
            let message = format!("the type parameter `{name}` is bound by itself");
            self.report_permanently(Diagnostic::error(codes::CIRCULAR_TYPE, message).at(span));
            return None;
        }
        info.constraint = Some(constraint);
        info.constraint
    }

    /// Whether a bound is a parameter whose own bound leads back.
    fn leads_to(&mut self, bound: TypeId, parameter: ParameterIndex) -> bool {
        let mut at = bound;
        let mut seen = Vec::new();
        while let Kind::Parameter(next) = *self.types.kind(at) {
            if next == parameter || seen.contains(&next) {
                return true;
            }
            seen.push(next);
            match self.parameter_constraint(next) {
                Some(bound) => at = bound,
                None => return false,
            }
        }
        false
    }

    fn alias_type(&mut self, index: AliasIndex, arguments: Vec<TypeId>) -> TypeId {
        let info = &mut self.aliases[index.0 as usize];
        if info.in_progress {
            return self.types.intern(Kind::Alias(index, arguments.into()));
        }
        if let AliasValue::Opaque(module) = &info.value {
            let (module, name) = (module.clone(), info.name.clone());
            return self.types.intern(Kind::Opaque(module, name, arguments.into()));
        }
        let Some(known) = self.alias_value(index) else {
            return self.types.basic.error;
        };
        let info = &self.aliases[index.0 as usize];
        let (parameters, name) = (info.parameters.clone(), info.name.clone());
        if parameters.is_empty() {
            return known;
        }
        let map = Substitution::new(&parameters, &arguments);
        let made = self.types.substitute(known, &map);
        let made = self.expand(made);
        let named = matches!(self.types.kind(made), Kind::Union(_) | Kind::Record(_) | Kind::Function(_));
        if named && !self.types.aliases.contains_key(&made) {
            let shown: Vec<String> = arguments.iter().map(|one| self.show(*one)).collect();
            self.types.aliases.insert(made, format!("{name}<{}>", shown.join(", ")).into());
        }
        made
    }

    /// What an alias stands for, its parameters unreplaced.
    pub(crate) fn alias_value(&mut self, index: AliasIndex) -> Option<TypeId> {
        let info = &mut self.aliases[index.0 as usize];
        if let Some(known) = info.known {
            return Some(known);
        }
        let AliasValue::Type(written) = info.value else {
            return None;
        };
        let (scope, name, span) = (info.scope, info.name.clone(), info.span);
        info.in_progress = true;
        let mut known = self.resolve_type(written, scope);
        self.aliases[index.0 as usize].in_progress = false;
        if self.mentions_itself(known, index) {
            let message = format!("the type `{name}` refers to itself without end");
            self.error(codes::CIRCULAR_TYPE, span, message);
            known = self.types.basic.error;
        }
        self.aliases[index.0 as usize].known = Some(known);
        let named = matches!(
            self.types.kind(known),
            Kind::Union(_) | Kind::Record(_) | Kind::Function(_) | Kind::Intersection(_)
        );
        if named && self.aliases[index.0 as usize].parameters.is_empty() {
            self.types.aliases.entry(known).or_insert(name);
        }
        Some(known)
    }

    /// Whether expanding the alias would give the alias again without an object in between.
    fn mentions_itself(&self, id: TypeId, index: AliasIndex) -> bool {
        match self.types.kind(id) {
            Kind::Alias(other, _) => *other == index || self.aliases[other.0 as usize].in_progress,
            Kind::Union(members) | Kind::Intersection(members) => {
                members.iter().any(|one| self.mentions_itself(*one, index))
            }
            Kind::KeyOf(inner) => self.mentions_itself(*inner, index),
            _ => false,
        }
    }
}

fn add_property(record: &mut Record, property: Property) {
    match record.properties.iter_mut().find(|one| one.name == property.name) {
        Some(before) => *before = property,
        None => record.properties.push(property),
    }
}
