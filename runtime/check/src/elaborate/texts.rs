//! Values as text: which objects are asked for their `toString`, here or when the program runs.

use raya_abi::Representation;

use crate::checker::{Checker, Value, expression};
use crate::tables::{FunctionIndex, MemberKind, ValueSymbol};
use crate::typed::{Conversion, Expression, ExpressionKind};
use crate::types::*;

/// How deep a type is searched for objects with a `toString`.
const NESTED_MAX: u32 = 8;

impl Checker<'_> {
    /// A value as text, as template strings and `+` make it. Objects with a `toString` of their own are asked.
    pub(crate) fn text(&mut self, value: Value) -> Expression {
        let span = value.expression.span;
        let of = self.expand(value.of);
        if matches!(self.types.kind(of), Kind::String | Kind::LiteralString(_)) {
            return self.reshape(value.expression, Representation::Reference);
        }
        let value = if of == self.types.basic.caught {
            let error = self.prelude_instance("Error", vec![]);
            Value { expression: self.wrap_caught(value.expression), of: error }
        } else {
            value
        };
        let of = self.expand(value.of);
        let asked = match self.types.kind(of) {
            Kind::Class(..) | Kind::Interface(..) | Kind::Record(_) => {
                self.member(of, "toString").filter(|member| member.method)
            }
            _ => None,
        };
        if let Some(member) = asked {
            let call = self.call_member_value(value, "toString", &member, vec![], span);
            return self.text_plain(call.expression);
        }
        if self.may_have_text(of, 0) {
            return self.text_asked(value.expression);
        }
        self.text_plain(value.expression)
    }

    /// Whether a value may be, or as an array hold, an object with a `toString` that its type does not tell of.
    fn may_have_text(&mut self, of: TypeId, depth: u32) -> bool {
        let of = self.expand(of);
        // Types may contain themselves: a value nested deeper is asked when the program runs.
        if depth > NESTED_MAX {
            return true;
        }
        match self.types.kind(of).clone() {
            Kind::Union(members) => members.iter().any(|one| self.may_have_text(*one, depth + 1)),
            Kind::Array { element, .. } => self.may_have_text(element, depth + 1),
            Kind::Tuple(tuple) => {
                let elements = tuple.elements.iter().map(|one| one.value).chain(tuple.rest);
                elements.collect::<Vec<_>>().into_iter().any(|one| self.may_have_text(one, depth + 1))
            }
            // Nobody extends a built-in class but the errors, and they have a `toString`.
            Kind::Class(class, _) => {
                !self.classes[class.0 as usize].builtin || self.member(of, "toString").is_some()
            }
            Kind::Unknown
            | Kind::Object
            | Kind::Caught
            | Kind::Record(_)
            | Kind::Interface(..)
            | Kind::Intersection(_)
            | Kind::Parameter(_)
            | Kind::Alias(..)
            | Kind::IndexedAccess(..)
            | Kind::Utility(..) => true,
            _ => false,
        }
    }

    /// The method that `join` of an array is: where no element can have a `toString`, the machine's own.
    pub(crate) fn plain_join(
        &mut self,
        method: FunctionIndex,
        name: &str,
        receiver: TypeId,
    ) -> FunctionIndex {
        let Some((class, _)) = self.functions[method.at()].owner else { return method };
        let info = &self.classes[class.0 as usize];
        if name != "join" || !info.builtin || &*info.name != "Array" {
            return method;
        }
        let plain = match info.members.get("joinPlain").map(|member| &member.kind) {
            Some(MemberKind::Method(plain)) => *plain,
            _ => return method,
        };
        if self.may_have_text(receiver, 0) { method } else { plain }
    }

    /// The text of a value that is asked for its `toString` when the program runs.
    fn text_asked(&mut self, value: Expression) -> Expression {
        let span = value.span;
        let Some(ValueSymbol::Function(index)) = self.lookup_value(self.root, "textOf") else {
            return self.text_plain(value);
        };
        let id = self.function_id(index);
        let any = self.reshape(value, Representation::Any);
        let depth = expression(ExpressionKind::Int(0), Representation::Int, span);
        expression(ExpressionKind::CallFunction(id, vec![any, depth]), Representation::Reference, span)
    }

    fn text_plain(&mut self, value: Expression) -> Expression {
        let span = value.span;
        expression(
            ExpressionKind::Convert(Conversion::Text, Box::new(value)),
            Representation::Reference,
            span,
        )
    }
}
