//! `text.replace(pattern, callback)`: what the callback gets is known where the pattern is written out.

use std::rc::Rc;

use raya_syntax::ast::{self, ExpressionKind as E};

use super::calls::Callee;
use crate::checker::Checker;
use crate::types::*;

impl<'a> Checker<'a> {
    /// The signatures of a call of `replace` or `replaceAll`, the one that its pattern asks for first: the match, the groups
    /// (nullable where one may take no part), the index, the whole text, the named groups.
    pub(crate) fn replacement_signatures(
        &mut self,
        callee: &Callee,
        call: &'a ast::Call,
        signatures: Vec<Rc<Signature>>,
    ) -> Vec<Rc<Signature>> {
        let Some(groups) = self.replaced_groups(callee, call) else { return signatures };
        let Some(known) = signatures.get(1).filter(|known| known.parameters.len() == 2) else {
            return signatures;
        };
        let basic = self.types.basic;
        let nullable = self.types.nullable(basic.string);
        let mut types = vec![("match", basic.string)];
        types.extend(groups.iter().map(|certain| ("group", if *certain { basic.string } else { nullable })));
        let names = self
            .types
            .record(Record { index: Some((basic.string, basic.string, true)), ..Record::default() });
        types.extend([("index", basic.int), ("text", basic.string), ("groups", names)]);
        let parameters = types
            .into_iter()
            .map(|(name, value)| ValueParameter { name: name.into(), value, optional: false })
            .collect();
        let callback = self.types.function(Signature {
            type_parameters: vec![],
            parameters,
            rest: None,
            result: basic.unknown,
            predicate: None,
        });
        let mut first = (**known).clone();
        first.parameters[1].value = callback;
        std::iter::once(Rc::new(first)).chain(signatures).collect()
    }

    /// For each group of the pattern that is written out, whether it takes part in every match.
    fn replaced_groups(&self, callee: &Callee, call: &'a ast::Call) -> Option<Vec<bool>> {
        let Callee::Function(function, Some(_)) = callee else { return None };
        let E::Member { property, .. } = &call.callee.kind else { return None };
        if !matches!(&*property.text, "replace" | "replaceAll") {
            return None;
        }
        let (class, _) = self.functions[function.at()].owner?;
        let class = &self.classes[class.0 as usize];
        let [pattern, callback] = &call.arguments[..] else { return None };
        let takes_several = match &callback.value.without_parentheses().kind {
            E::Arrow(arrow) => arrow.function.parameters.len() > 1,
            E::Function(function) => function.parameters.len() > 1,
            _ => false,
        };
        if !class.builtin || &*class.name != "String" || !takes_several {
            return None;
        }
        match &pattern.value.without_parentheses().kind {
            E::RegularExpression(one) => Some(certain_groups(&one.pattern)),
            E::String(_) => Some(vec![]),
            _ => None,
        }
    }
}

/// A group that is being read.
struct Open {
    /// Groups that were begun before it.
    before: usize,
    captures: bool,
    alternatives: bool,
    negative: bool,
}

/// For each capturing group of a pattern, in order, whether it takes part in every match: it is in no alternative, nothing
/// around it may be left out, and no negative assertion holds it.
fn certain_groups(pattern: &str) -> Vec<bool> {
    let bytes = pattern.as_bytes();
    let mut certain = Vec::new();
    let mut open = vec![Open { before: 0, captures: false, alternatives: false, negative: false }];
    let mut at = 0;
    let mut classes = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'[' => classes += usize::from(classes == 0),
            b']' => classes = 0,
            _ if classes > 0 => {}
            b'(' => {
                let rest = &pattern[at + 1..];
                let named = rest.starts_with("?<") && !rest.starts_with("?<=") && !rest.starts_with("?<!");
                let captures = named || !rest.starts_with('?');
                let negative = rest.starts_with("?!") || rest.starts_with("?<!");
                open.push(Open { before: certain.len(), captures, alternatives: false, negative });
                if captures {
                    certain.push(true);
                }
            }
            b'|' => {
                if let Some(innermost) = open.last_mut() {
                    innermost.alternatives = true;
                }
            }
            b')' if open.len() > 1 => {
                if let Some(group) = open.pop() {
                    let inner = group.before + usize::from(group.captures);
                    let rest = &pattern[at + 1..];
                    let optional = ["?", "*", "{0"].iter().any(|start| rest.starts_with(start));
                    if optional || group.negative {
                        certain[group.before..].fill(false);
                    } else if group.alternatives {
                        certain[inner..].fill(false);
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
    if open.first().is_some_and(|root| root.alternatives) {
        certain.fill(false);
    }
    certain
}

#[cfg(test)]
mod tests {
    use super::certain_groups;

    #[test]
    fn groups_are_certain_where_nothing_leaves_them_out() {
        for (pattern, certain) in [
            ("abc", &[][..]),
            ("(a)(?<n>b)", &[true, true]),
            ("(a)|(b)", &[false, false]),
            ("(a|(b))", &[true, false]),
            ("(?:(a)(b))?(c)", &[false, false, true]),
            ("((a)b)*", &[false, false]),
            ("(a){0,1}(b){1,2}", &[false, true]),
            ("(?!(a))(?=(b))(?<!(c))(?<=(d))", &[false, true, false, true]),
            ("[(](a)\\(\\)[^)]", &[true]),
            ("(", &[true]),
            (")|(é", &[false]),
        ] {
            assert_eq!(certain_groups(pattern), certain, "{pattern}");
        }
    }
}
