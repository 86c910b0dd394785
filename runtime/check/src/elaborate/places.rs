//! What can be assigned: variables, properties, elements, entries.

use super::assign::{Held, PlaceRef};
use super::members::ElementKind;
use crate::checker::{Checker, Value, expression, read_local};
use crate::codes;
use crate::members::{Access, FoundMember, StaticAccess};
use crate::tables::*;
use crate::typed::{self, Expression, ExpressionKind, Statement, StatementKind};
use crate::types::*;
use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, PatternKind};

impl<'a> Checker<'a> {
    pub(crate) fn pattern_place(
        &mut self,
        pattern: &'a ast::Pattern,
        again: bool,
        setup: &mut Vec<Statement>,
    ) -> PlaceRef {
        match &pattern.kind {
            PatternKind::Name(name) => self.name_place(name, pattern.span),
            PatternKind::Expression(one) => self.expression_place(one, again, setup),
            _ => PlaceRef::Broken,
        }
    }

    pub(crate) fn name_place(&mut self, name: &Text, span: Span) -> PlaceRef {
        match self.lookup_value(self.scope, name) {
            Some(ValueSymbol::Variable(index)) => PlaceRef::Variable(index),
            Some(symbol) => {
                let what = match symbol {
                    ValueSymbol::Function(_) | ValueSymbol::Native(_) => "a function",
                    ValueSymbol::Class(_) => "a class",
                    _ => "a module",
                };
                self.error(codes::READ_ONLY, span, format!("`{name}` is {what}: it cannot be assigned"));
                PlaceRef::Broken
            }
            None => {
                self.unknown_name(self.scope, name, span);
                PlaceRef::Broken
            }
        }
    }

    pub(crate) fn keep(&mut self, value: Expression, again: bool, setup: &mut Vec<Statement>) -> Held {
        if again {
            let (local, representation) = self.bind_temporary(value, setup);
            Held::Kept(local, representation)
        } else {
            Held::Once(Some(value))
        }
    }

    pub(crate) fn release(&mut self, held: &mut Held, span: Span) -> Expression {
        match held {
            Held::Once(value) => value.take().unwrap_or_else(|| self.null(span)),
            Held::Kept(local, representation) => read_local(*local, *representation, span),
        }
    }

    pub(crate) fn expression_place(
        &mut self,
        target: &'a ast::Expression,
        again: bool,
        setup: &mut Vec<Statement>,
    ) -> PlaceRef {
        use ast::ExpressionKind as E;
        match &target.kind {
            E::Parenthesized(inner) | E::NonNull(inner) => self.expression_place(inner, again, setup),
            E::Name(name) => self.name_place(name, target.span),
            E::Member { object, property, .. } => {
                self.member_place(object, &property.text, property.span, again, setup)
            }
            E::PrivateMember { object, property, .. } => {
                let name: Text = format!("#{}", property.text).into();
                self.member_place(object, &name, property.span, again, setup)
            }
            E::Index { object, index, .. } => self.index_place(object, index, target.span, again, setup),
            _ => {
                self.expression(target, None);
                self.error(
                    codes::READ_ONLY,
                    target.span,
                    "this cannot be assigned: expected a variable, a property or an element",
                );
                PlaceRef::Broken
            }
        }
    }

    pub(crate) fn member_place(
        &mut self,
        object: &'a ast::Expression,
        name: &Text,
        span: Span,
        again: bool,
        setup: &mut Vec<Statement>,
    ) -> PlaceRef {
        let value = self.object(object);
        let value = self.receiver(value, &format!("`.{name}`"), span);
        if self.is_error(value.of) {
            return PlaceRef::Broken;
        }
        self.property_place(value, name, span, again, setup)
    }

    pub(crate) fn property_place(
        &mut self,
        value: Value,
        name: &Text,
        span: Span,
        again: bool,
        setup: &mut Vec<Statement>,
    ) -> PlaceRef {
        let of = self.expand(value.of);
        let members = self.types.members(of);
        let mut found: Option<FoundMember> = None;
        for one in members {
            let Some(member) = self.member_of(&value.expression, one, name) else {
                self.no_such_member(value.of, name, span);
                return PlaceRef::Broken;
            };
            found = Some(match found {
                None => member,
                // What is written must fit every member of the union.
                Some(before) => {
                    let write = self.intersect(&[before.write, member.write]);
                    FoundMember { write, readonly: before.readonly || member.readonly, ..before }
                }
            });
        }
        let Some(member) = found else {
            return PlaceRef::Broken;
        };
        self.check_access(&member, name, span);
        if member.method {
            self.error(codes::READ_ONLY, span, format!("`{name}` is a method: it cannot be assigned"));
            return PlaceRef::Broken;
        }
        let of = value.of;
        let object = self.keep(value.expression, again, setup);
        PlaceRef::Property { object, of, name: name.clone(), member: Box::new(member) }
    }

    pub(crate) fn index_place(
        &mut self,
        object: &'a ast::Expression,
        index: &'a ast::Expression,
        span: Span,
        again: bool,
        setup: &mut Vec<Statement>,
    ) -> PlaceRef {
        let value = self.expression(object, None);
        let value = self.receiver(value, "an element of it", span);
        if self.is_error(value.of) {
            self.expression(index, None);
            return PlaceRef::Broken;
        }
        if let ast::ExpressionKind::String(name) = &index.kind {
            return self.property_place(value, name, index.span, again, setup);
        }
        let kind = self.element_kind(value.of);
        let object_type = self.expand(value.of);
        // The object is evaluated before the index.
        let object = self.keep(value.expression, again, setup);
        let index_value = self.expression(index, None);
        if let Kind::LiteralString(name) = self.types.kind(index_value.of).clone() {
            let mut object = object;
            let expression = self.release(&mut object, span);
            return self.property_place(
                Value { expression, of: object_type },
                &name,
                index.span,
                again,
                setup,
            );
        }
        let readonly = match self.types.kind(object_type).clone() {
            Kind::Array { readonly, .. } => readonly,
            Kind::Tuple(tuple) => tuple.readonly,
            Kind::String | Kind::LiteralString(_) => {
                self.error(codes::READ_ONLY, span, "a text never changes: its characters cannot be assigned");
                return PlaceRef::Broken;
            }
            _ => self
                .record_of(object_type)
                .and_then(|record| record.index)
                .is_some_and(|(_, _, readonly)| readonly),
        };
        if readonly {
            let message =
                format!("`{}` is read-only: its elements cannot be assigned", self.show(object_type));
            self.error(codes::READ_ONLY, span, message);
        }
        let literal = match *self.types.kind(index_value.of) {
            Kind::LiteralInt(at) => Some(at),
            _ => None,
        };
        let (element, index) = match kind {
            ElementKind::Array => match self.element_type(object_type, literal) {
                Some(element) => (element, self.int_index(index_value)),
                None => {
                    let message = format!(
                        "the tuple `{}` has no element {}",
                        self.show(object_type),
                        self.show(index_value.of)
                    );
                    self.error(codes::TUPLE_INDEX, index.span, message);
                    return PlaceRef::Broken;
                }
            },
            ElementKind::Bytes => (self.types.basic.int, self.int_index(index_value)),
            ElementKind::Entry(entry) => (entry, self.text(index_value)),
            ElementKind::Keyed => {
                let access = self.types.intern(Kind::IndexedAccess(object_type, index_value.of));
                let element = self.expand(access);
                (element, self.text(index_value))
            }
            ElementKind::Text | ElementKind::None => {
                let message = format!("`{}` has no elements to assign by index", self.show(object_type));
                self.error(codes::BAD_INDEX, span, message);
                return PlaceRef::Broken;
            }
        };
        let index = self.keep(index, again, setup);
        PlaceRef::Element { object, index, element, kind }
    }

    /// What may be written to a place.
    pub(crate) fn place_type(&mut self, place: &PlaceRef, span: Span) -> TypeId {
        match place {
            PlaceRef::Variable(index) => {
                self.reach(*index, span);
                self.variable_type(*index, span)
            }
            PlaceRef::Property { member, .. } => member.write,
            PlaceRef::Element { element, .. } => *element,
            PlaceRef::Broken => self.types.basic.error,
        }
    }

    /// Reports a place that may not be written; whether it may.
    pub(crate) fn check_writable(&mut self, place: &PlaceRef, span: Span) -> bool {
        let mut writable = true;
        match place {
            PlaceRef::Variable(index) => {
                let variable = &self.variables[index.at()];
                let (name, at, module) = (variable.name.clone(), variable.span, variable.place);
                if variable.constant {
                    writable = false;
                    let what = if matches!(variable.state, VariableState::Function(_)) {
                        "a function"
                    } else {
                        "constant"
                    };
                    let message = format!("`{name}` is {what}: it cannot be assigned");
                    self.report(
                        Diagnostic::error(codes::READ_ONLY, message)
                            .at(span)
                            .with_related(at, "declared here")
                            .with_help("declare it with `let`"),
                    );
                } else if let Place::Global(_, owner) = module
                    && owner != self.context().module
                {
                    writable = false;
                    let message = format!("`{name}` is imported: only its own module assigns it");
                    self.error(codes::READ_ONLY, span, message);
                }
            }
            PlaceRef::Property { name, member, .. } if member.readonly => {
                let own = self.context().in_constructor
                    && member.owner.map(|one| one.0) == self.context().class.map(|one| one.0);
                if !own {
                    writable = false;
                    let message = format!("`{name}` is read-only: it cannot be assigned");
                    let mut diagnostic = Diagnostic::error(codes::READ_ONLY, message).at(span);
                    if let Some(at) = member.span {
                        diagnostic = diagnostic.with_related(at, "declared here");
                    }
                    self.report(diagnostic);
                }
            }
            _ => {}
        }
        writable
    }

    pub(crate) fn read_place(&mut self, place: &mut PlaceRef, target: &'a ast::Pattern) -> Value {
        let made = match place {
            PlaceRef::Variable(index) => return self.read_variable(*index, target.span),
            _ => self.read_held(place, target.span),
        };
        if let PatternKind::Expression(one) = &target.kind
            && let Some(reference) = self.reference_of(one)
            && let Some(of) = self.context().flow.facts.get(&reference).copied()
        {
            return self.settle(made.expression, of);
        }
        made
    }

    pub(crate) fn read_held(&mut self, place: &mut PlaceRef, span: Span) -> Value {
        match place {
            PlaceRef::Variable(index) => self.read_variable(*index, span),
            PlaceRef::Property { object, of, name, member } => {
                let expression = self.release(object, span);
                let value = Value { expression, of: *of };
                self.read_member(value, &name.clone(), &member.clone(), span)
            }
            PlaceRef::Element { object, index, element, kind } => {
                let (object, index) = (self.release(object, span), self.release(index, span));
                let representation = self.representation(*element);
                match kind {
                    ElementKind::Array => {
                        let kind = ExpressionKind::GetElement(Box::new(object), Box::new(index));
                        Value { expression: expression(kind, representation, span), of: *element }
                    }
                    ElementKind::Bytes => {
                        let read = self.builtin_call(
                            "Uint8Array.getByte",
                            vec![object, index],
                            Representation::Int,
                            span,
                        );
                        Value { expression: read, of: *element }
                    }
                    ElementKind::Entry(entry) => {
                        let of = self.types.nullable(*entry);
                        let read =
                            self.builtin_call("Object.read", vec![object, index], Representation::Any, span);
                        self.settle(read, of)
                    }
                    _ => {
                        let read =
                            self.builtin_call("Object.read", vec![object, index], Representation::Any, span);
                        self.settle(read, *element)
                    }
                }
            }
            PlaceRef::Broken => self.broken(span),
        }
    }

    /// Writes a value that fits; gives what was written.
    pub(crate) fn write_place(&mut self, place: PlaceRef, value: Expression, span: Span) -> Expression {
        match place {
            PlaceRef::Variable(index) => self.write_variable(index, value, span),
            PlaceRef::Property { mut object, name, member, .. } => {
                let object = self.release(&mut object, span);
                self.write_member(object, &name, &member, value, span)
            }
            PlaceRef::Element { mut object, mut index, kind, .. } => {
                let (object, index) = (self.release(&mut object, span), self.release(&mut index, span));
                let representation = value.representation;
                match kind {
                    ElementKind::Array => {
                        let kind =
                            ExpressionKind::SetElement(Box::new(object), Box::new(index), Box::new(value));
                        expression(kind, representation, span)
                    }
                    ElementKind::Bytes => {
                        self.write_by_call("Uint8Array.setByte", object, index, value, span)
                    }
                    _ => {
                        let any = self.reshape(value, Representation::Any);
                        let written = self.builtin_call(
                            "Object.write",
                            vec![object, index, any],
                            Representation::Any,
                            span,
                        );
                        self.reshape(written, representation)
                    }
                }
            }
            PlaceRef::Broken => value,
        }
    }

    /// A built-in that writes and gives nothing: the value is kept and given.
    pub(crate) fn write_by_call(
        &mut self,
        name: &str,
        object: Expression,
        index: Expression,
        value: Expression,
        span: Span,
    ) -> Expression {
        let representation = value.representation;
        let mut setup = Vec::new();
        let (object_local, object_shape) = self.bind_temporary(object, &mut setup);
        let (index_local, index_shape) = self.bind_temporary(index, &mut setup);
        let (local, _) = self.bind_temporary(value, &mut setup);
        let arguments = vec![
            read_local(object_local, object_shape, span),
            read_local(index_local, index_shape, span),
            read_local(local, representation, span),
        ];
        let call = self.builtin_call(name, arguments, Representation::Any, span);
        setup.push(Statement { kind: StatementKind::Expression(call), span });
        let read = read_local(local, representation, span);
        expression(ExpressionKind::Sequence(setup, Box::new(read)), representation, span)
    }

    pub(crate) fn write_variable(
        &mut self,
        index: VariableIndex,
        value: Expression,
        span: Span,
    ) -> Expression {
        self.mark_reassigned(index);
        self.mark_assigned(index);
        let Some(place) = self.variable_place(index, span) else {
            return value;
        };
        let representation = self.place_representation(index);
        let from = value.representation;
        let value = self.reshape(value, representation);
        let assign = ExpressionKind::Assign(place, Box::new(value));
        let written = expression(assign, representation, span);
        self.reshape(written, from)
    }

    pub(crate) fn write_member(
        &mut self,
        object: Expression,
        name: &Text,
        member: &FoundMember,
        value: Expression,
        span: Span,
    ) -> Expression {
        let representation = value.representation;
        match &member.access {
            Access::Dynamic | Access::Method(_) => {
                let kind = ExpressionKind::SetProperty(Box::new(object), name.clone(), Box::new(value));
                expression(kind, representation, span)
            }
            Access::Entry => {
                let key = expression(ExpressionKind::String(name.clone()), Representation::Reference, span);
                let any = self.reshape(value, Representation::Any);
                let written =
                    self.builtin_call("Object.write", vec![object, key, any], Representation::Any, span);
                self.reshape(written, representation)
            }
            Access::Accessor { set, .. } => self.write_accessor(*set, vec![object], value, span),
            Access::Static(StaticAccess::Variable(index)) => self.write_variable(*index, value, span),
            Access::Static(StaticAccess::Accessor { set, .. }) => {
                let this = match set {
                    Some(set) if self.takes_this(*set) => vec![object],
                    _ => vec![],
                };
                self.write_accessor(*set, this, value, span)
            }
            Access::Static(_) => value,
        }
    }

    pub(crate) fn write_accessor(
        &mut self,
        set: Option<FunctionIndex>,
        mut arguments: Vec<Expression>,
        value: Expression,
        span: Span,
    ) -> Expression {
        let Some(set) = set else { return value };
        let representation = value.representation;
        let mut setup = Vec::new();
        if let Some(object) = arguments.pop() {
            let (local, shape) = self.bind_temporary(object, &mut setup);
            arguments.push(read_local(local, shape, span));
        }
        let (local, _) = self.bind_temporary(value, &mut setup);
        let signature = self.signature_of(set);
        let wanted =
            signature.parameters.first().map_or(Representation::Any, |one| self.representation(one.value));
        let read = read_local(local, representation, span);
        arguments.push(self.reshape(read, wanted));
        let kind = match &self.functions[set.at()].native {
            Some(native) => ExpressionKind::CallBuiltin(native.clone(), typed::Arguments::Fixed(arguments)),
            None => ExpressionKind::CallFunction(self.function_id(set), arguments),
        };
        let call = expression(kind, Representation::Any, span);
        setup.push(Statement { kind: StatementKind::Expression(call), span });
        let read = read_local(local, representation, span);
        expression(ExpressionKind::Sequence(setup, Box::new(read)), representation, span)
    }
}
