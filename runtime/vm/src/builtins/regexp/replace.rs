//! Replacement texts: `$1`, `$&`, `` $` ``, `$'`, `$<name>`, `$$`.

use core::ops::Range;

use raya_abi::limits::STRING_BYTES_MAX;

use crate::builtins::Outcome;
use crate::vm::{Arguments, Vm};

/// Where the group of a name is.
type NamedGroups<'a> = dyn Fn(&str) -> Option<Range<usize>> + 'a;

/// What a replacement text may refer to.
struct Source<'a> {
    text: &'a str,
    whole: Range<usize>,
    groups: &'a [Option<Range<usize>>],
    /// Where a named group is; none if the pattern names no groups.
    named: Option<&'a NamedGroups<'a>>,
}

/// All matches (of a global expression) or the first one replaced by a text.
pub(super) fn replace_in(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let expression = vm.expression(arguments, 0)?;
    let string = vm.string_argument(arguments, 1)?;
    let replacement = vm.string_argument(arguments, 2)?.as_str();
    let (text, global) = (string.as_str(), expression.compiled.global);
    let start = match expression.compiled.sticky && !global {
        true => expression.start(vm, string),
        false => Some(0),
    };
    if global {
        expression.last_index.set(0);
    }
    let Some(start) = start else {
        expression.last_index.set(0);
        return Ok(arguments.get(1));
    };
    let mut result = String::new();
    let (mut done, mut any, mut last) = (0, false, 0);
    expression.each_match(text, start, |found| {
        result.push_str(&text[done..found.start()]);
        let find = |name: &str| found.named_groups().find(|(known, _)| *known == name)?.1;
        let has_names = found.named_groups().next().is_some();
        let source = Source {
            text,
            whole: found.range(),
            groups: &found.captures,
            named: has_names.then_some(&find as &NamedGroups<'_>),
        };
        push_expanded(&mut result, replacement, &source);
        (done, any, last) = (found.end(), true, found.end());
        match result.len() > STRING_BYTES_MAX {
            true => Err(vm.string_too_long(result.len())),
            false => Ok(global),
        }
    })?;
    if expression.compiled.sticky && !global {
        let index = if any { super::Units::new(string).at(last) } else { 0 };
        expression.last_index.set(index);
    }
    if !any {
        return Ok(arguments.get(1));
    }
    result.push_str(&text[done..]);
    vm.new_string(&result)
}

/// Appends a replacement in which the patterns are replaced.
fn push_expanded(result: &mut String, replacement: &str, source: &Source<'_>) {
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = push_pattern(result, rest, source);
        rest = &rest[length..];
    }
    result.push_str(rest);
}

/// Appends what the pattern at the start of `rest`, a `$`, stands for; its length.
fn push_pattern(result: &mut String, rest: &str, source: &Source<'_>) -> usize {
    let bytes = rest.as_bytes();
    let digit =
        |at: usize| bytes.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| (byte - b'0') as usize);
    let group = |number: usize| number.checked_sub(1).and_then(|index| source.groups.get(index));
    match bytes.get(1) {
        Some(b'$') => result.push('$'),
        Some(b'&') => result.push_str(&source.text[source.whole.clone()]),
        Some(b'`') => result.push_str(&source.text[..source.whole.start]),
        Some(b'\'') => result.push_str(&source.text[source.whole.end..]),
        Some(b'<') => {
            if let (Some(named), Some(end)) = (source.named, rest.find('>')) {
                result.push_str(named(&rest[2..end]).map_or("", |range| &source.text[range]));
                return end + 1;
            }
            result.push_str("$<");
        }
        Some(b'0'..=b'9') => {
            let one = digit(1).unwrap_or(0);
            let two = digit(2).map(|second| one * 10 + second);
            let (found, length) = match two.and_then(group) {
                Some(found) => (Some(found), 3),
                None => (group(one), 2),
            };
            match found {
                Some(range) => {
                    result.push_str(range.clone().map_or("", |range| &source.text[range]));
                    return length;
                }
                None => {
                    result.push('$');
                    return 1;
                }
            }
        }
        _ => {
            result.push('$');
            return 1;
        }
    }
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_parts_of_the_match() {
        let source = Source {
            text: "one two",
            whole: 4..7,
            groups: &[Some(4..5), None],
            named: Some(&|name: &str| (name == "n").then_some(0..3)),
        };
        for (replacement, expanded) in [
            ("$$", "$"),
            ("[$&]", "[two]"),
            ("$`|$'", "one |"),
            ("$1$2", "t"),
            ("$01", "t"),
            ("$10", "t0"),
            ("$3$0", "$3$0"),
            ("$<n>$<m>$<", "one$<"),
            ("a$", "a$"),
        ] {
            let mut result = String::new();
            push_expanded(&mut result, replacement, &source);
            assert_eq!(result, expanded, "{replacement}");
        }
    }
}
