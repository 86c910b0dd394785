//! `match(value, { key: handler, … })`.

use raya_abi::Representation;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, ExpressionKind as E, ObjectMemberKind};

use crate::checker::{Checker, Value, expression, let_statement, read_local};
use crate::codes;
use crate::tables::VariableState;
use crate::typed::{BinaryOperator, Expression, ExpressionKind, LocalId};
use crate::types::*;

/// One handler.
struct Arm<'a> {
    key: Text,
    span: Span,
    /// `None` for a method-shaped handler.
    value: Option<&'a ast::Expression>,
    function: Option<&'a ast::Function>,
}

/// One case of what is matched: the keys that name it, and its type.
#[derive(Clone)]
struct Case {
    keys: Vec<Text>,
    of: TypeId,
    /// The property that tells it apart and its value; `None` for type names.
    discriminant: Option<(Text, TypeId)>,
}

impl<'a> Checker<'a> {
    pub(crate) fn match_call(&mut self, call: &'a ast::Call, expected: Option<TypeId>, span: Span) -> Value {
        let [subject, handlers] = &call.arguments[..] else {
            let message = format!(
                "`match` takes a value and an object of handlers, found {} arguments",
                call.arguments.len()
            );
            self.error(codes::BAD_MATCH, call.arguments_span, message);
            return self.broken(span);
        };
        let value = self.expression(&subject.value, None);
        let E::Object(members) = &handlers.value.without_parentheses().kind else {
            self.error(
                codes::BAD_MATCH,
                handlers.value.span,
                "the handlers of a `match` are an object literal: `{ key: (value) => …, … }`",
            );
            return self.broken(span);
        };
        let arms = self.arms(members);
        if self.is_error(value.of) {
            for arm in &arms {
                if let Some(one) = arm.value {
                    self.expression(one, None);
                }
            }
            return self.broken(span);
        }
        let cases = self.cases_of(value.of);
        self.build_match(value, arms, cases, expected, span, handlers.value.span)
    }

    fn arms(&mut self, members: &'a [ast::ObjectMember]) -> Vec<Arm<'a>> {
        let mut arms: Vec<Arm<'a>> = Vec::new();
        for member in members {
            let arm = match &member.kind {
                ObjectMemberKind::Property { key, value } => key.text().map(|name| Arm {
                    key: name.clone(),
                    span: key.span(),
                    value: Some(value),
                    function: None,
                }),
                ObjectMemberKind::Shorthand { name, value } => {
                    Some(Arm { key: name.text.clone(), span: name.span, value: Some(value), function: None })
                }
                ObjectMemberKind::Method { key, function } => key.text().map(|name| Arm {
                    key: name.clone(),
                    span: key.span(),
                    value: None,
                    function: Some(function),
                }),
                _ => None,
            };
            match arm {
                Some(arm) if arms.iter().any(|one| one.key == arm.key) => {
                    self.error(codes::BAD_MATCH, arm.span, format!("`{}` is handled twice", arm.key));
                }
                Some(arm) => arms.push(arm),
                None => self.error(codes::BAD_MATCH, member.span, "expected a handler: `key: (value) => …`"),
            }
        }
        arms
    }

    /// The cases of a type: of literals and primitives by themselves, of objects by their discriminant.
    fn cases_of(&mut self, of: TypeId) -> Vec<Case> {
        let of = if of == self.types.basic.caught {
            self.prelude_instance("Error", vec![])
        } else {
            self.expand(of)
        };
        let members = self.types.members(of);
        let objects: Vec<TypeId> = members
            .iter()
            .copied()
            .filter(|one| self.record_of(*one).is_some() && !self.is_primitive(*one))
            .collect();
        let discriminant = self.discriminant(&objects);
        let mut cases: Vec<Case> = Vec::new();
        for one in members {
            let kind = self.types.kind(one).clone();
            let text: Text = match kind {
                Kind::LiteralString(text) => text,
                Kind::LiteralInt(value) => value.to_string().into(),
                Kind::LiteralNumber(bits) => f64::from_bits(bits).to_string().into(),
                Kind::LiteralBoolean(value) => value.to_string().into(),
                Kind::Boolean => {
                    cases.push(Case { keys: vec!["boolean".into()], of: one, discriminant: None });
                    continue;
                }
                Kind::Int => "int".into(),
                Kind::Number | Kind::Integral => "number".into(),
                Kind::String => "string".into(),
                Kind::Null | Kind::Void => "null".into(),
                Kind::Array { .. } | Kind::Tuple(_) => "array".into(),
                Kind::Function(_) => "function".into(),
                _ if objects.contains(&one) => {
                    self.object_case(one, discriminant.as_ref(), &mut cases);
                    continue;
                }
                _ => "object".into(),
            };
            let mut keys = vec![text];
            if *self.types.kind(one) == Kind::Null {
                keys.push("undefined".into());
            }
            cases.push(Case { keys, of: one, discriminant: None });
        }
        cases
    }

    fn object_case(&mut self, of: TypeId, discriminant: Option<&Text>, cases: &mut Vec<Case>) {
        let Some(name) = discriminant else {
            let key: Text = match self.types.kind(of).clone() {
                Kind::Class(class, _) => self.classes[class.0 as usize].name.clone(),
                _ => "object".into(),
            };
            cases.push(Case { keys: vec![key, "object".into()], of, discriminant: None });
            return;
        };
        let Some(member) = self.member(of, name) else {
            return;
        };
        let plain = self.expand(member.of);
        let values = self.types.members(plain);
        for value in values {
            let all = if *self.types.kind(value) == Kind::Boolean {
                vec![
                    self.types.intern(Kind::LiteralBoolean(true)),
                    self.types.intern(Kind::LiteralBoolean(false)),
                ]
            } else {
                vec![value]
            };
            for value in all {
                let key: Text = match self.types.kind(value) {
                    Kind::LiteralString(text) => text.clone(),
                    Kind::LiteralInt(value) => value.to_string().into(),
                    Kind::LiteralBoolean(value) => value.to_string().into(),
                    _ => continue,
                };
                // Two members of one discriminant value are one case.
                if let Some(before) = cases.iter_mut().find(|one| one.keys.contains(&key)) {
                    before.of = self.types.union([before.of, of]);
                    continue;
                }
                cases.push(Case { keys: vec![key], of, discriminant: Some((name.clone(), value)) });
            }
        }
    }

    /// `kind`, `type`, `tag`, `variant`, `status`, then the first property that is a literal in all.
    fn discriminant(&mut self, objects: &[TypeId]) -> Option<Text> {
        let first = self.record_of(*objects.first()?)?;
        let mut names: Vec<Text> = ["kind", "type", "tag", "variant"].map(Text::from).to_vec();
        names.extend(first.properties.iter().map(|one| one.name.clone()));
        names.into_iter().find(|name| {
            objects.iter().all(|one| {
                let Some(member) = self.member(*one, name) else {
                    return false;
                };
                let plain = self.expand(member.of);
                let values = self.types.members(plain);
                !values.is_empty() && values.iter().all(|value| self.types.is_literal(*value))
            })
        })
    }

    fn build_match(
        &mut self,
        value: Value,
        arms: Vec<Arm<'a>>,
        cases: Vec<Case>,
        expected: Option<TypeId>,
        span: Span,
        handlers_span: Span,
    ) -> Value {
        let matched = value.of;
        let is_result = self.result_payload(matched).is_some();
        let mut setup = Vec::new();
        let (subject, shape) = self.bind_temporary(value.expression, &mut setup);
        let mut left = cases.clone();
        let mut made: Vec<(Option<Expression>, Value)> = Vec::new();
        let mut default: Option<&Arm<'a>> = None;
        for arm in &arms {
            if &*arm.key == "_" {
                default = Some(arm);
                continue;
            }
            let found = left.iter().position(|one| one.keys.contains(&arm.key));
            let Some(found) = found else {
                self.unknown_arm(arm, &cases, matched);
                continue;
            };
            let case = left.remove(found);
            let test = self.case_condition(&case, subject, shape, arm.span);
            let payload = self.payload(&case, subject, shape, is_result, arm.span);
            let result = self.arm_result(arm, payload, expected);
            made.push((Some(test), result));
        }
        match default {
            Some(arm) => {
                let types: Vec<TypeId> = left.iter().map(|one| one.of).collect();
                let of = if types.is_empty() { matched } else { self.types.union(types) };
                let read = read_local(subject, shape, arm.span);
                let payload = self.settle(read, of);
                let result = self.arm_result(arm, payload, expected);
                made.push((None, result));
            }
            None if !left.is_empty() => {
                let missing: Vec<String> = left.iter().map(|one| format!("`{}`", one.keys[0])).collect();
                let message = format!("this match does not handle {}", missing.join(", "));
                self.report(
                    Diagnostic::error(codes::NOT_EXHAUSTIVE, message)
                        .at(handlers_span)
                        .with_help("add a handler for each, or `_: (value) => …` for all others"),
                );
            }
            None => {}
        }
        if made.is_empty() {
            return self.broken(span);
        }
        let types: Vec<TypeId> = made.iter().map(|(_, value)| value.of).collect();
        let of = self.joined(&types, expected);
        let representation = self.representation(of);
        let mut whole: Option<Expression> = None;
        for (test, value) in made.into_iter().rev() {
            let value = self.convert(value, of);
            whole = Some(match (whole, test) {
                (Some(rest), Some(test)) => {
                    let kind = ExpressionKind::Conditional(Box::new(test), Box::new(value), Box::new(rest));
                    expression(kind, representation, span)
                }
                // All others are excluded: the last needs no test.
                _ => value,
            });
        }
        let Some(whole) = whole else {
            return self.broken(span);
        };
        let kind = ExpressionKind::Sequence(setup, Box::new(whole));
        Value { expression: expression(kind, representation, span), of }
    }

    fn unknown_arm(&mut self, arm: &Arm<'a>, cases: &[Case], matched: TypeId) {
        let keys: Vec<&str> = cases.iter().map(|one| &*one.keys[0]).collect();
        let message = format!("`{}` is no case of `{}`", arm.key, self.show(matched));
        let mut diagnostic = Diagnostic::error(codes::BAD_MATCH, message).at(arm.span);
        if let Some(similar) = crate::checker::closest(&arm.key, keys.iter().copied()) {
            diagnostic = diagnostic.with_help(format!("did you mean `{similar}`?"));
        } else if !keys.is_empty() {
            diagnostic = diagnostic.with_help(format!("the cases are {}", keys.join(", ")));
        }
        self.report(diagnostic);
        if let Some(value) = arm.value {
            let error = self.types.basic.error;
            let guide = self.types.function(Signature {
                type_parameters: vec![],
                parameters: vec![],
                rest: Some(error),
                result: error,
                predicate: None,
            });
            self.expression(value, Some(guide));
        }
    }

    fn case_condition(
        &mut self,
        case: &Case,
        subject: LocalId,
        shape: Representation,
        span: Span,
    ) -> Expression {
        let read = read_local(subject, shape, span);
        if let Some((name, value)) = &case.discriminant {
            let object = self.reshape(read, Representation::Reference);
            let kind = ExpressionKind::GetProperty(Box::new(object), name.clone());
            let property = expression(kind, Representation::Any, span);
            let literal = self.literal_of_type(*value, span);
            let literal = self.reshape(literal, Representation::Any);
            let kind = ExpressionKind::Binary(BinaryOperator::Equal, Box::new(property), Box::new(literal));
            return expression(kind, Representation::Boolean, span);
        }
        let id = self.runtime_type(case.of);
        let any = self.reshape(read, Representation::Any);
        expression(ExpressionKind::TypeTest(Box::new(any), id), Representation::Boolean, span)
    }

    fn literal_of_type(&mut self, of: TypeId, span: Span) -> Expression {
        use crate::tables::Literal;
        let literal = match self.types.kind(of).clone() {
            Kind::LiteralString(text) => Literal::String(text),
            Kind::LiteralInt(value) => Literal::Int(value),
            Kind::LiteralNumber(bits) => Literal::Number(f64::from_bits(bits)),
            Kind::LiteralBoolean(value) => Literal::Boolean(value),
            _ => return self.null(span),
        };
        self.literal(&literal, span).expression
    }

    /// What a handler receives: of a `Result`, the payload.
    fn payload(
        &mut self,
        case: &Case,
        subject: LocalId,
        shape: Representation,
        is_result: bool,
        span: Span,
    ) -> Value {
        let read = read_local(subject, shape, span);
        let value = self.settle(read, case.of);
        if !is_result {
            return value;
        }
        let name = if &*case.keys[0] == "ok" { "value" } else { "error" };
        self.read_property(value, name, span)
    }

    /// A handler's value. The body of a plain arrow stands in place; every other handler is called.
    fn arm_result(&mut self, arm: &Arm<'a>, payload: Value, expected: Option<TypeId>) -> Value {
        let span = arm.span;
        if let Some(value) = arm.value
            && let E::Arrow(arrow) = &value.without_parentheses().kind
            && let Some(made) = self.inline_arm(&arrow.function, &payload, expected, span)
        {
            return made;
        }
        let result = expected.unwrap_or(self.types.basic.unknown);
        let parameter = ValueParameter { name: "value".into(), value: payload.of, optional: false };
        let guide = self.types.function(Signature {
            type_parameters: vec![],
            parameters: vec![parameter],
            rest: None,
            result,
            predicate: None,
        });
        let handler = match (arm.value, arm.function) {
            (Some(value), _) => self.expression(value, Some(guide)),
            (None, Some(function)) => self.closure(function, Some(guide), true),
            (None, None) => return self.broken(span),
        };
        let signatures = self.call_signatures(handler.of);
        let Some(signature) = signatures.first().cloned() else {
            // A value instead of a function is given as it is.
            return handler;
        };
        let arguments =
            if signature.parameters.is_empty() && signature.rest.is_none() { vec![] } else { vec![payload] };
        self.call_with_values(handler, arguments, span)
    }

    fn inline_arm(
        &mut self,
        function: &'a ast::Function,
        payload: &Value,
        expected: Option<TypeId>,
        span: Span,
    ) -> Option<Value> {
        let ast::FunctionBody::Expression(body) = &function.body else {
            return None;
        };
        let simple = function.parameters.len() <= 1
            && !function.is_async
            && function.type_parameters.is_empty()
            && function.return_type.is_none()
            && function.parameters.iter().all(|one| {
                one.annotation.is_none()
                    && one.default.is_none()
                    && !one.rest
                    && !one.optional
                    && one.pattern.as_name().is_some()
            });
        if !simple {
            return None;
        }
        let outer = self.scope;
        self.scope = self.child_scope(outer);
        let mut setup = Vec::new();
        if let Some(name) = function.parameters.first().and_then(|one| one.pattern.as_name()) {
            let (index, local) = self.declare_local(self.scope, &name.text, name.span, payload.of, false);
            self.variables[index.at()].state = VariableState::Live;
            let copied = Self::copy_payload(payload);
            let wanted = self.representation(payload.of);
            let value = self.reshape(copied, wanted);
            setup.push(let_statement(local, value));
        }
        let before = self.context().flow.clone();
        let made = self.expression(body, expected);
        self.context().flow = before;
        self.scope = outer;
        let representation = made.expression.representation;
        let kind = ExpressionKind::Sequence(setup, Box::new(made.expression));
        Some(Value { expression: expression(kind, representation, span), of: made.of })
    }

    /// The payload read again: it is a chain of reads of the subject's local.
    fn copy_payload(payload: &Value) -> Expression {
        copy(&payload.expression)
    }
}

/// Copies an expression made of reads, property reads and conversions.
fn copy(value: &Expression) -> Expression {
    let kind = match &value.kind {
        ExpressionKind::Read(variable) => ExpressionKind::Read(*variable),
        ExpressionKind::Convert(conversion, inner) => {
            ExpressionKind::Convert(*conversion, Box::new(copy(inner)))
        }
        ExpressionKind::GetProperty(object, name) => {
            ExpressionKind::GetProperty(Box::new(copy(object)), name.clone())
        }
        _ => ExpressionKind::Null,
    };
    Expression { kind, representation: value.representation, span: value.span }
}
