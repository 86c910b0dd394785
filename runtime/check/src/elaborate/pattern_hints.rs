//! What a pattern says of the literal that it takes apart: `[a, b]` wants a tuple, not an array of one type.

use std::rc::Rc;

use raya_syntax::ast::{self, ExpressionKind as E, PatternKind};

use crate::checker::Checker;
use crate::types::*;

impl<'a> Checker<'a> {
    /// The type that guides `value` where `pattern` takes it apart; only literals are guided.
    pub(crate) fn pattern_hint(&mut self, pattern: &ast::Pattern, value: &ast::Expression) -> Option<TypeId> {
        match value.without_parentheses().kind {
            E::Array(_) | E::Object(_) => self.pattern_type(pattern),
            _ => None,
        }
    }

    /// The same for each element of what `for … of` runs through.
    pub(crate) fn head_hint(&mut self, pattern: &ast::Pattern, iterable: &ast::Expression) -> Option<TypeId> {
        let E::Array(_) = iterable.without_parentheses().kind else { return None };
        let element = self.pattern_type(pattern)?;
        Some(self.types.array(element))
    }

    fn pattern_type(&mut self, pattern: &ast::Pattern) -> Option<TypeId> {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.pattern_type_inside(pattern))
    }

    fn pattern_type_inside(&mut self, pattern: &ast::Pattern) -> Option<TypeId> {
        // Nothing fits `never`: it says where something stands, not what it is.
        let anything = self.types.basic.never;
        match &pattern.kind {
            PatternKind::Array { elements, rest: None } => {
                let mut wanted = Vec::new();
                for one in elements {
                    let value = one.as_ref().and_then(|one| self.pattern_type(&one.pattern));
                    wanted.push(TupleElement { value: value.unwrap_or(anything), optional: false });
                }
                let tuple = Tuple { elements: wanted, rest: None, readonly: false };
                Some(self.types.intern(Kind::Tuple(Rc::new(tuple))))
            }
            PatternKind::Object { properties, .. } => {
                let mut record = Record::default();
                for one in properties {
                    if let (Some(name), Some(value)) = (one.key.text(), self.pattern_type(&one.value)) {
                        let name = name.clone();
                        record.properties.push(Property {
                            name,
                            value,
                            optional: false,
                            readonly: false,
                            method: false,
                        });
                    }
                }
                if record.properties.is_empty() {
                    return None;
                }
                // Other properties are as they come.
                record.index = Some((self.types.basic.string, anything, false));
                Some(self.types.record(record))
            }
            _ => None,
        }
    }
}
