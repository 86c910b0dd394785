//! Types as messages show them.

use std::fmt::Write;

use super::{Kind, Signature, TypeId, Types};

/// Where printing is cut, so that a message stays readable.
const DEPTH_MAX: usize = 6;
const LENGTH_MAX: usize = 240;

impl Types {
    /// A type as its author would write it.
    pub(crate) fn show(&self, id: TypeId) -> String {
        let mut text = String::new();
        self.write(&mut text, id, 0);
        text
    }

    fn write(&self, out: &mut String, id: TypeId, depth: usize) {
        if depth > DEPTH_MAX || out.len() > LENGTH_MAX {
            out.push('…');
            return;
        }
        if let Some(name) = self.aliases.get(&id) {
            out.push_str(name);
            return;
        }
        match self.kind(id) {
            Kind::Error => out.push_str("<error>"),
            Kind::Unknown => out.push_str("unknown"),
            Kind::Never => out.push_str("never"),
            Kind::Null => out.push_str("null"),
            Kind::Void => out.push_str("void"),
            Kind::Boolean => out.push_str("boolean"),
            Kind::Int => out.push_str("int"),
            Kind::Number | Kind::Integral => out.push_str("number"),
            Kind::String => out.push_str("string"),
            Kind::Object => out.push_str("object"),
            Kind::Caught => out.push_str("Error"),
            Kind::LiteralBoolean(value) => {
                let _ = write!(out, "{value}");
            }
            Kind::LiteralInt(value) => {
                let _ = write!(out, "{value}");
            }
            Kind::LiteralNumber(bits) => {
                let _ = write!(out, "{:?}", f64::from_bits(*bits));
            }
            Kind::LiteralString(text) => {
                let _ = write!(out, "{text:?}");
            }
            Kind::Array { element, readonly } => {
                if *readonly {
                    out.push_str("readonly ");
                }
                self.write_operand(out, *element, depth + 1);
                out.push_str("[]");
            }
            Kind::Tuple(tuple) => self.write_tuple(out, tuple, depth),
            Kind::Record(record) => self.write_record(out, record, depth),
            Kind::Interface(index, arguments) => {
                self.write_named(out, &self.interface_names[index.0 as usize], arguments, depth);
            }
            Kind::Class(index, arguments) => {
                self.write_named(out, &self.class_names[index.0 as usize], arguments, depth);
            }
            Kind::ClassValue(index) => {
                let _ = write!(out, "typeof {}", self.class_names[index.0 as usize]);
            }
            Kind::Namespace(_) => out.push_str("module"),
            Kind::Function(signature) => self.write_signature(out, signature, " => ", depth),
            Kind::AbstractConstructor(signature) => {
                out.push_str("abstract new ");
                self.write_signature(out, signature, " => ", depth);
            }
            Kind::Constructor(signature) => {
                out.push_str("new ");
                self.write_signature(out, signature, " => ", depth);
            }
            Kind::Union(members) => self.write_joined(out, members, " | ", depth),
            Kind::Intersection(members) => self.write_joined(out, members, " & ", depth),
            Kind::Parameter(index) => out.push_str(&self.parameter_names[index.0 as usize]),
            Kind::Alias(index, arguments) => {
                self.write_named(out, &self.alias_names[index.0 as usize], arguments, depth);
            }
            Kind::KeyOf(inner) => {
                out.push_str("keyof ");
                self.write(out, *inner, depth + 1);
            }
            Kind::IndexedAccess(object, index) => {
                self.write_operand(out, *object, depth + 1);
                out.push('[');
                self.write(out, *index, depth + 1);
                out.push(']');
            }
            Kind::Utility(utility, arguments) => {
                self.write_named(out, &format!("{utility:?}"), arguments, depth);
            }
            Kind::Opaque(_, name, arguments) => self.write_named(out, name, arguments, depth),
        }
    }

    fn write_operand(&self, out: &mut String, id: TypeId, depth: usize) {
        let compound = !self.aliases.contains_key(&id)
            && matches!(
                self.kind(id),
                Kind::Union(_)
                    | Kind::Intersection(_)
                    | Kind::Function(_)
                    | Kind::Constructor(_)
                    | Kind::AbstractConstructor(_)
            );
        if compound {
            out.push('(');
        }
        self.write(out, id, depth);
        if compound {
            out.push(')');
        }
    }

    fn write_joined(&self, out: &mut String, members: &[TypeId], separator: &str, depth: usize) {
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                out.push_str(separator);
            }
            self.write_operand(out, *member, depth + 1);
        }
    }

    fn write_named(&self, out: &mut String, name: &str, arguments: &[TypeId], depth: usize) {
        out.push_str(name);
        if arguments.is_empty() {
            return;
        }
        out.push('<');
        for (index, argument) in arguments.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.write(out, *argument, depth + 1);
        }
        out.push('>');
    }

    fn write_tuple(&self, out: &mut String, tuple: &super::Tuple, depth: usize) {
        if tuple.readonly {
            out.push_str("readonly ");
        }
        out.push('[');
        for (index, element) in tuple.elements.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.write_operand(out, element.value, depth + 1);
            if element.optional {
                out.push('?');
            }
        }
        if let Some(rest) = tuple.rest {
            if !tuple.elements.is_empty() {
                out.push_str(", ");
            }
            out.push_str("...");
            self.write_operand(out, rest, depth + 1);
            out.push_str("[]");
        }
        out.push(']');
    }

    fn write_record(&self, out: &mut String, record: &super::Record, depth: usize) {
        if record.properties.is_empty() && record.index.is_none() && record.calls.is_empty() {
            out.push_str("{}");
            return;
        }
        out.push_str("{ ");
        let mut first = true;
        let mut separate = |out: &mut String| {
            if !std::mem::take(&mut first) {
                out.push_str("; ");
            }
        };
        if let Some((key, value, _)) = record.index {
            separate(out);
            out.push_str("[key: ");
            self.write(out, key, depth + 1);
            out.push_str("]: ");
            self.write(out, value, depth + 1);
        }
        for call in &record.calls {
            separate(out);
            self.write(out, *call, depth + 1);
        }
        for property in &record.properties {
            separate(out);
            if property.readonly {
                out.push_str("readonly ");
            }
            out.push_str(&property.name);
            if property.optional {
                out.push('?');
            }
            out.push_str(": ");
            self.write(out, property.value, depth + 1);
        }
        out.push_str(" }");
    }

    fn write_signature(&self, out: &mut String, signature: &Signature, arrow: &str, depth: usize) {
        if !signature.type_parameters.is_empty() {
            out.push('<');
            for (index, parameter) in signature.type_parameters.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                out.push_str(&self.parameter_names[parameter.0 as usize]);
            }
            out.push('>');
        }
        out.push('(');
        for (index, parameter) in signature.parameters.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            out.push_str(&parameter.name);
            out.push_str(if parameter.optional { "?: " } else { ": " });
            match self.kind(parameter.value) {
                // What may be left out may be null: the mark says so.
                Kind::Union(members)
                    if parameter.optional && !self.aliases.contains_key(&parameter.value) =>
                {
                    let members: Vec<TypeId> =
                        members.iter().copied().filter(|one| *one != self.basic.null).collect();
                    match members[..] {
                        [only] => self.write(out, only, depth + 1),
                        _ => self.write_joined(out, &members, " | ", depth + 1),
                    }
                }
                _ => self.write(out, parameter.value, depth + 1),
            }
        }
        if let Some(rest) = signature.rest {
            if !signature.parameters.is_empty() {
                out.push_str(", ");
            }
            out.push_str("...rest: ");
            self.write_operand(out, rest, depth + 1);
            out.push_str("[]");
        }
        out.push(')');
        out.push_str(arrow);
        match signature
            .predicate
            .as_ref()
            .and_then(|predicate| predicate.target.map(|target| (predicate, target)))
        {
            Some((predicate, target)) => {
                let subject = predicate.parameter.and_then(|index| signature.parameters.get(index as usize));
                out.push_str(subject.map_or("this", |parameter| &parameter.name));
                out.push_str(" is ");
                self.write(out, target, depth + 1);
            }
            None => self.write(out, signature.result, depth + 1),
        }
    }
}
