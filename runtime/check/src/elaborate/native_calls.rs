//! Calls of native modules.

use crate::checker::{Checker, Value, expression};
use crate::tables::*;
use crate::typed::{Expression, ExpressionKind, NativeFunction, NativeId};
use crate::types::*;
use raya_abi::Representation;
use raya_source::Span;

impl<'a> Checker<'a> {
    pub(crate) fn call_native(
        &mut self,
        native: NativeIndex,
        signature: &Signature,
        values: Vec<(bool, Value)>,
        spread: bool,
        span: Span,
    ) -> Expression {
        let id = self.native_id(native);
        if spread {
            let callee = expression(ExpressionKind::NativeValue(id), Representation::Reference, span);
            let arguments = self.loose_arguments(signature, values, true, span);
            return expression(
                ExpressionKind::CallValue(Box::new(callee), arguments),
                Representation::Any,
                span,
            );
        }
        let shapes = self.program.natives[id.0 as usize].parameters.clone();
        let mut arguments = Vec::new();
        for (index, (_, value)) in values.into_iter().enumerate() {
            let wanted =
                signature.parameters.get(index).map(|one| one.value).or(signature.rest).unwrap_or(value.of);
            let converted = self.native_argument(value, wanted);
            let shape = shapes.get(index).copied().unwrap_or(Representation::Any);
            arguments.push(self.reshape(converted, shape));
        }
        let result = self.program.natives[id.0 as usize].representation;
        expression(ExpressionKind::CallNative(id, arguments), result, span)
    }

    /// Where bytes are declared, an array of ints is taken too.
    pub(crate) fn native_argument(&mut self, value: Value, wanted: TypeId) -> Expression {
        let plain = self.expand(wanted);
        let of = self.expand(value.of);
        let int = self.types.basic.int;
        if self.is_builtin_instance(plain, "Uint8Array")
            && let Kind::Array { element, .. } = *self.types.kind(of)
            && self.assignable(element, int)
        {
            let span = value.expression.span;
            return self.builtin_call(
                "Uint8Array.from",
                vec![value.expression],
                Representation::Reference,
                span,
            );
        }
        self.argument(value, wanted)
    }

    /// The program's entry for a native function.
    pub(crate) fn native_id(&mut self, index: NativeIndex) -> NativeId {
        if let Some(id) = self.natives[index.at()].id {
            return id;
        }
        let signature = self.native_signature(index);
        let info = &self.natives[index.at()];
        let (module, name, span) = (info.module.clone(), info.name.clone(), info.span);
        let mut parameters = Vec::new();
        let mut parameter_types = Vec::new();
        for one in &signature.parameters {
            parameters.push(if one.optional { Representation::Any } else { self.representation(one.value) });
            parameter_types.push(self.runtime_type(one.value));
        }
        let payload = self.result_payload(signature.result);
        let of = payload.unwrap_or(signature.result);
        let result = self.runtime_type(of);
        let representation = self.representation(signature.result);
        let shown = self.types.intern(Kind::Function(signature.clone()));
        let text = self.show(shown);
        let id = NativeId(self.program.natives.len() as u32);
        self.program.natives.push(NativeFunction {
            module,
            name,
            parameters,
            parameter_types,
            result,
            representation,
            returns_result: payload.is_some(),
            signature: text.into(),
            span,
        });
        self.natives[index.at()].id = Some(id);
        id
    }

    /// The `T` of a `Result<T, E>`.
    pub(crate) fn result_payload(&mut self, of: TypeId) -> Option<TypeId> {
        let of = self.expand(of);
        let members = self.types.members(of);
        let [_, _] = members[..] else { return None };
        let mut payload = None;
        let mut has_error = false;
        for one in members {
            let record = self.record_of(one)?;
            let status = record.property("status")?.value;
            match self.types.kind(status) {
                Kind::LiteralString(text) if &**text == "ok" => {
                    payload = Some(record.property("value")?.value)
                }
                Kind::LiteralString(text) if &**text == "error" => {
                    has_error = record.property("error").is_some()
                }
                _ => return None,
            }
        }
        payload.filter(|_| has_error)
    }
}
