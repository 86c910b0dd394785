//! Types as a running program tests them.

use raya_abi::{LiteralType, RuntimeType, RuntimeTypeId};

use crate::checker::Checker;
use crate::types::*;

impl Checker<'_> {
    /// The entry of the program's type table for a type.
    pub(crate) fn runtime_type(&mut self, id: TypeId) -> RuntimeTypeId {
        let id = self.expand(id);
        if let Some(known) = self.program.type_ids.get(&id) {
            return *known;
        }
        // The place is taken before its parts are looked at: a type may refer to itself.
        let place = RuntimeTypeId(self.program.types.len() as u32);
        self.program.types.push(RuntimeType::Unknown);
        self.program.type_ids.insert(id, place);
        let made = stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.make_runtime_type(id));
        self.program.types[place.0 as usize] = made;
        place
    }

    fn make_runtime_type(&mut self, id: TypeId) -> RuntimeType {
        match self.types.kind(id).clone() {
            Kind::Never => RuntimeType::Never,
            Kind::Null | Kind::Void => RuntimeType::Null,
            Kind::Boolean => RuntimeType::Boolean,
            Kind::Int => RuntimeType::Int,
            Kind::Number | Kind::Integral => RuntimeType::Number,
            Kind::String => RuntimeType::String,
            Kind::Object => RuntimeType::Object,
            Kind::LiteralBoolean(value) => RuntimeType::Literal(LiteralType::Boolean(value)),
            Kind::LiteralInt(value) => RuntimeType::Literal(LiteralType::Int(value)),
            Kind::LiteralNumber(bits) => RuntimeType::Literal(LiteralType::Number(f64::from_bits(bits))),
            Kind::LiteralString(text) => RuntimeType::Literal(LiteralType::String(text.to_string())),
            Kind::Array { element, .. } => RuntimeType::Array(self.runtime_type(element)),
            Kind::Tuple(tuple) => match tuple.rest {
                None => RuntimeType::Tuple(
                    tuple.elements.iter().map(|one| self.runtime_type(one.value)).collect(),
                ),
                Some(_) => {
                    let element = self.element_type(id, None).unwrap_or(self.types.basic.unknown);
                    RuntimeType::Array(self.runtime_type(element))
                }
            },
            Kind::Class(index, _) if self.classes[index.0 as usize].builtin => {
                RuntimeType::Builtin(self.classes[index.0 as usize].name.to_string())
            }
            Kind::Class(index, _) => RuntimeType::Class(self.class_id(index).0),
            Kind::ClassValue(index) if !self.classes[index.0 as usize].builtin => {
                RuntimeType::Class(self.static_side(index).0)
            }
            Kind::Function(_) | Kind::Constructor(_) | Kind::AbstractConstructor(_) | Kind::ClassValue(_) => {
                RuntimeType::Function
            }
            Kind::Record(_) | Kind::Interface(..) => self.runtime_record(id),
            Kind::Union(members) => {
                RuntimeType::Union(members.iter().map(|one| self.runtime_type(*one)).collect())
            }
            Kind::Intersection(members) => {
                RuntimeType::Intersection(members.iter().map(|one| self.runtime_type(*one)).collect())
            }
            Kind::Opaque(module, name, _) => RuntimeType::Opaque(module.to_string(), name.to_string()),
            Kind::Namespace(_) => RuntimeType::Object,
            _ => RuntimeType::Unknown,
        }
    }

    fn runtime_record(&mut self, id: TypeId) -> RuntimeType {
        let Some(record) = self.record_of(id) else {
            return RuntimeType::Object;
        };
        if !record.calls.is_empty() || !record.constructs.is_empty() {
            return RuntimeType::Function;
        }
        let mut properties = Vec::new();
        for property in &record.properties {
            let value = if property.optional { self.types.nullable(property.value) } else { property.value };
            // A method lives on the class; whether it is a function cannot differ.
            let value = if property.method { self.types.basic.unknown } else { value };
            if property.method {
                continue;
            }
            properties.push((property.name.to_string(), self.runtime_type(value), property.optional));
        }
        if properties.is_empty() { RuntimeType::Object } else { RuntimeType::Record(properties) }
    }
}
