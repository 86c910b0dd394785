//! `new`.

use super::calls::{Callee, given_of};
use crate::checker::{Checker, Value, expression};
use crate::codes;
use crate::tables::*;
use crate::typed::ExpressionKind;
use crate::types::*;
use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self};

impl<'a> Checker<'a> {
    pub(crate) fn new_expression(
        &mut self,
        call: &'a ast::Call,
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        if let Some(class) = self.class_symbol(&call.callee)
            && self.replaceable_variable(class).is_none()
        {
            return self.construct(class, call, expected, span);
        }
        if let ast::ExpressionKind::Name(name) = &call.callee.without_parentheses().kind
            && self.lookup_value(self.scope, name).is_none()
            && let Some(TypeSymbol::Alias(alias)) = self.lookup_type(self.scope, name)
            && matches!(self.aliases[alias.0 as usize].value, AliasValue::Opaque(_))
        {
            self.ignored_arguments(call);
            let message = format!("`{name}` is opaque: only its native module makes it");
            self.error(codes::NOT_CALLABLE, span, message);
            return self.broken(span);
        }
        let value = self.expression(&call.callee, None);
        self.construct_value(value, call, expected, span)
    }

    pub(crate) fn construct(
        &mut self,
        class: ClassIndex,
        call: &'a ast::Call,
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        let info = &self.classes[class.0 as usize];
        let (name, builtin, is_abstract) = (info.name.clone(), info.builtin, info.ast.is_abstract);
        if is_abstract {
            self.abstract_instance(&name, span);
        }
        self.check_constructor_access(class, &name, span);
        if builtin && &*name == "Array" {
            return self.construct_array(call, expected, span);
        }
        if builtin
            && let Some(ValueSymbol::Function(maker)) = self.lookup_value(self.root, &format!("make{name}"))
        {
            let signature = self.signature_of(maker);
            let type_arguments: Vec<TypeId> =
                call.type_arguments.iter().map(|one| self.resolve_type(one, self.scope)).collect();
            let given = given_of(&call.arguments);
            return self.call_given(
                Callee::Function(maker, None),
                &[signature],
                &type_arguments,
                given,
                expected,
                call.arguments_span,
                span,
            );
        }
        if builtin && self.classes[class.0 as usize].constructor.is_none() {
            self.error(codes::NOT_CALLABLE, span, format!("`{name}` cannot be made with `new`"));
            return self.broken(span);
        }
        let signatures = self.construct_signatures(class);
        let type_arguments: Vec<TypeId> =
            call.type_arguments.iter().map(|one| self.resolve_type(one, self.scope)).collect();
        let callee = if builtin { self.builtin_constructor(class) } else { Callee::New(class) };
        self.call_given(
            callee,
            &signatures,
            &type_arguments,
            given_of(&call.arguments),
            expected,
            call.arguments_span,
            span,
        )
    }

    pub(crate) fn check_constructor_access(&mut self, class: ClassIndex, name: &str, span: Span) {
        let access = self.classes[class.0 as usize].constructor_access;
        let current = self.context().class.map(|(current, _)| current);
        let allowed = match access {
            ast::Accessibility::Public => true,
            ast::Accessibility::Private => current == Some(class),
            ast::Accessibility::Protected => {
                current.is_some_and(|current| self.ancestry(current).contains(&class))
            }
        };
        if !allowed {
            let word = if access == ast::Accessibility::Private { "private" } else { "protected" };
            let message =
                format!("the constructor of `{name}` is {word}: only the class itself makes instances");
            self.error(codes::NOT_ACCESSIBLE, span, message);
        }
    }

    /// A built-in class is made by the machine, or by a function of the prelude.
    pub(crate) fn builtin_constructor(&mut self, class: ClassIndex) -> Callee {
        match self.classes[class.0 as usize].constructor {
            Some(function) => match self.functions[function.at()].native.clone() {
                Some(native) => Callee::Builtin(native),
                None => Callee::Function(function, None),
            },
            None => Callee::New(class),
        }
    }

    /// `new Array<T>(length)`: filled with what stands for nothing in `T`.
    pub(crate) fn construct_array(
        &mut self,
        call: &'a ast::Call,
        expected: Option<TypeId>,
        span: Span,
    ) -> Value {
        let basic = self.types.basic;
        let element = match call.type_arguments.first() {
            Some(written) => self.resolve_type(written, self.scope),
            None => {
                let context = expected
                    .map(|expected| self.expand(expected))
                    .and_then(|expected| self.element_type(expected, None));
                context.unwrap_or(basic.unknown)
            }
        };
        let of = self.types.array(element);
        let length = match call.arguments.first() {
            Some(one) => {
                let value = self.expression(&one.value, Some(basic.int));
                self.coerce_at(value, basic.int, one.value.span, None)
            }
            None => expression(ExpressionKind::Int(0), Representation::Int, span),
        };
        if call.arguments.len() > 1 {
            self.error(
                codes::ARGUMENT_COUNT,
                call.arguments_span,
                "`new Array` takes a length: write the elements as `[a, b]`",
            );
        }
        let initial = match self.representation(element) {
            Representation::Int => expression(ExpressionKind::Int(0), Representation::Int, span),
            Representation::Number => expression(ExpressionKind::Number(0.0), Representation::Number, span),
            Representation::Boolean => {
                expression(ExpressionKind::Boolean(false), Representation::Boolean, span)
            }
            _ => self.null(span),
        };
        let initial = self.reshape(initial, Representation::Any);
        let made = self.builtin_call("Array.filled", vec![length, initial], Representation::Reference, span);
        Value { expression: made, of }
    }
}
