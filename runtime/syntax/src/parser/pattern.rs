//! Patterns: read as such in declarations and parameters, made from an expression on the left of `=`.

use raya_source::Diagnostic;

use super::Parser;
use crate::ast::{
    ArrayElement, ArrayPatternElement, AssignmentOperator, Expression, ExpressionKind, Name, ObjectMember,
    ObjectMemberKind, ObjectPatternProperty, Pattern, PatternKind, PropertyKey,
};
use crate::codes;
use crate::token::TokenKind;

impl Parser<'_> {
    /// A pattern that declares names.
    pub(super) fn binding_pattern(&mut self) -> Pattern {
        match self.kind() {
            TokenKind::LeftBracket | TokenKind::LeftBrace => {
                let Some(level) = self.enter() else {
                    return self.missing_pattern();
                };
                let pattern = match self.kind() {
                    TokenKind::LeftBracket => self.array_binding(),
                    _ => self.object_binding(),
                };
                self.leave(level);
                pattern
            }
            _ => {
                let name = self.binding_name();
                if name.is_missing() {
                    return self.pattern_node(PatternKind::Error, name.span);
                }
                self.pattern_node(PatternKind::Name(name.text), name.span)
            }
        }
    }

    fn missing_pattern(&mut self) -> Pattern {
        let span = self.here();
        self.pattern_node(PatternKind::Error, span)
    }

    #[inline(never)]
    fn array_binding(&mut self) -> Pattern {
        let start = self.token.start;
        self.bump();
        let mut rest = None;
        let mut elements = self.list(TokenKind::RightBracket, |parser| {
            parser.check_rest_last(rest.as_deref());
            if parser.is(TokenKind::Comma) {
                return None;
            }
            if parser.eat(TokenKind::Ellipsis) {
                rest = Some(Box::new(parser.binding_pattern()));
                return None;
            }
            let pattern = parser.binding_pattern();
            let default = parser.eat(TokenKind::Equal).then(|| parser.assignment());
            Some(ArrayPatternElement { pattern, default })
        });
        if rest.is_some() {
            elements.pop();
        }
        let span = self.span_from(start);
        self.pattern_node(PatternKind::Array { elements, rest }, span)
    }

    fn check_rest_last(&mut self, rest: Option<&Pattern>) {
        if let Some(rest) = rest {
            self.error(codes::INVALID_PARAMETER, rest.span, "a rest element must be the last one");
        }
    }

    #[inline(never)]
    fn object_binding(&mut self) -> Pattern {
        let start = self.token.start;
        self.bump();
        let mut rest = None;
        let properties = self.list(TokenKind::RightBrace, |parser| {
            parser.check_rest_last(rest.as_deref());
            if parser.eat(TokenKind::Ellipsis) {
                rest = Some(Box::new(parser.binding_pattern()));
                return None;
            }
            Some(parser.binding_property())
        });
        let properties = properties.into_iter().flatten().collect();
        let span = self.span_from(start);
        self.pattern_node(PatternKind::Object { properties, rest }, span)
    }

    #[inline(never)]
    fn binding_property(&mut self) -> ObjectPatternProperty {
        let start = self.token.start;
        let shorthand = self.kind().is_identifier() && self.peek().kind != TokenKind::Colon;
        let (key, value) = if shorthand {
            let name = self.binding_name();
            let value = self.pattern_node(PatternKind::Name(name.text.clone()), name.span);
            (PropertyKey::Name(name), value)
        } else {
            let key = self.property_key();
            self.expect(TokenKind::Colon);
            (key, self.binding_pattern())
        };
        let default = self.eat(TokenKind::Equal).then(|| self.assignment());
        ObjectPatternProperty { key, shorthand, value, default, span: self.span_from(start) }
    }

    /// What `expression`, which stands left of `=` or of `of`, assigns to.
    pub(super) fn pattern_from_expression(&mut self, expression: Expression) -> Pattern {
        match expression.kind {
            ExpressionKind::Array(elements) => {
                let kind = self.array_from_expression(elements);
                Pattern { kind, span: expression.span, id: expression.id }
            }
            ExpressionKind::Object(members) => {
                let kind = self.object_from_expression(members);
                Pattern { kind, span: expression.span, id: expression.id }
            }
            _ => self.simple_target(expression),
        }
    }

    /// A name, member or index; anything else is reported.
    #[inline(never)]
    pub(super) fn simple_target(&mut self, expression: Expression) -> Pattern {
        let span = expression.span;
        let kind = match expression.kind {
            ExpressionKind::Name(text) => PatternKind::Name(text),
            _ if self.check_simple_target(&expression) => PatternKind::Expression(Box::new(expression)),
            _ => PatternKind::Error,
        };
        self.pattern_node(kind, span)
    }

    /// Reports an expression that cannot be assigned to.
    #[inline(never)]
    pub(super) fn check_simple_target(&mut self, expression: &Expression) -> bool {
        let mut inner = expression;
        while let ExpressionKind::Parenthesized(next) | ExpressionKind::NonNull(next) = &inner.kind {
            inner = next;
        }
        let message = match &inner.kind {
            ExpressionKind::Name(_) | ExpressionKind::Member { .. } => return true,
            ExpressionKind::PrivateMember { .. } | ExpressionKind::Index { .. } => return true,
            ExpressionKind::Error => return false,
            ExpressionKind::Chain(_) => {
                self.reject_optional(inner.span, "an optional chain cannot be assigned to");
                return false;
            }
            ExpressionKind::Null if self.slice(inner.span.start, inner.span.end) == "undefined" => {
                "`undefined` cannot be assigned to"
            }
            _ => "this cannot be assigned to: expected a variable, a member, an element or a pattern",
        };
        self.error(codes::INVALID_TARGET, inner.span, message);
        false
    }

    #[inline(never)]
    fn array_from_expression(&mut self, elements: Vec<ArrayElement>) -> PatternKind {
        let mut rest: Option<Box<Pattern>> = None;
        let mut converted = Vec::with_capacity(elements.len());
        for element in elements {
            self.check_rest_last(rest.as_deref());
            let span = element.value.span;
            if element.spread.is_some() {
                rest = Some(Box::new(self.pattern_from_expression(element.value)));
            } else if matches!(element.value.kind, ExpressionKind::Error)
                && self.text[span.start as usize..].starts_with(',')
            {
                converted.push(None);
            } else {
                let (pattern, default) = self.target_with_default(element.value);
                converted.push(Some(ArrayPatternElement { pattern, default }));
            }
        }
        PatternKind::Array { elements: converted, rest }
    }

    /// `target` or `target = default`.
    fn target_with_default(&mut self, expression: Expression) -> (Pattern, Option<Expression>) {
        match expression.kind {
            ExpressionKind::Assign { operator: AssignmentOperator::Assign, target, value } => {
                (*target, Some(*value))
            }
            _ => (self.pattern_from_expression(expression), None),
        }
    }

    #[inline(never)]
    fn object_from_expression(&mut self, members: Vec<ObjectMember>) -> PatternKind {
        let mut rest: Option<Box<Pattern>> = None;
        let mut properties = Vec::with_capacity(members.len());
        for member in members {
            self.check_rest_last(rest.as_deref());
            let (key, shorthand, value) = match member.kind {
                ObjectMemberKind::Spread(value) => {
                    rest = Some(Box::new(self.pattern_from_expression(value)));
                    continue;
                }
                ObjectMemberKind::Property { key, value } => (key, false, value),
                ObjectMemberKind::Shorthand { name, value } => (PropertyKey::Name(name), true, value),
                _ => {
                    let message = "a method cannot be assigned to: expected a property of a pattern";
                    self.report(Diagnostic::error(codes::INVALID_TARGET, message).at(member.span));
                    continue;
                }
            };
            let (value, default) = self.target_with_default(value);
            properties.push(ObjectPatternProperty { key, shorthand, value, default, span: member.span });
        }
        PatternKind::Object { properties, rest }
    }

    /// The pattern that is just `name`.
    pub(super) fn name_pattern(&mut self, name: Name) -> Pattern {
        self.pattern_node(PatternKind::Name(name.text), name.span)
    }
}
