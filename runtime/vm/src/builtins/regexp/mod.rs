//! `RegExp`, and the string methods that take one, without callbacks.
//!
//! Patterns are matched by `regress`, on the bytes of a string; indices are converted to UTF-16 units on the way out. A
//! match runs to its end: nothing interrupts a pattern that backtracks without measure.

mod compile;
mod found;
mod replace;

use core::cell::Cell;
use std::rc::Rc;

use super::Outcome;
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::boxed::{Body, Json};
use crate::heap::object::{ElementKind, StringObject};
use crate::value::Value;
use crate::vm::{Arguments, Vm};

use compile::{Compiled, compile};
use found::Units;

builtins! {
    "RegExp.new" = "raya_builtin_RegExp_new" => new;
    "RegExp.source" = "raya_builtin_RegExp_source" => source;
    "RegExp.flags" = "raya_builtin_RegExp_flags" => flags;
    "RegExp.lastIndex" = "raya_builtin_RegExp_lastIndex" => last_index;
    "RegExp.lastIndex=" = "raya_builtin_RegExp_lastIndex_" => set_last_index;
    "RegExp.exec" = "raya_builtin_RegExp_exec" => exec;
    "RegExp.test" = "raya_builtin_RegExp_test" => test;
    "RegExp.searchIn" = "raya_builtin_RegExp_searchIn" => search_in;
    "RegExp.matchIn" = "raya_builtin_RegExp_matchIn" => match_in;
    "RegExp.matchesIn" = "raya_builtin_RegExp_matchesIn" => matches_in;
    "RegExp.splitIn" = "raya_builtin_RegExp_splitIn" => split_in;
    "RegExp.replaceIn" = "raya_builtin_RegExp_replaceIn" => replace::replace_in;
}

/// The state of a regular expression.
struct Expression {
    compiled: Rc<Compiled>,
    /// In UTF-16 units.
    last_index: Cell<i32>,
}

impl Body for Expression {
    fn class_name(&self) -> &'static str {
        "RegExp"
    }

    fn text(&self) -> String {
        format!("/{}/{}", self.compiled.source, self.compiled.flags)
    }

    fn inspect(&self) -> String {
        self.text()
    }

    fn json(&self) -> Json {
        Json::Empty
    }
}

impl Expression {
    /// Whether `exec` goes on from `lastIndex`.
    fn remembers(&self) -> bool {
        self.compiled.global || self.compiled.sticky
    }

    /// The first match from byte `start` on; only at `start` itself if the expression is sticky.
    fn find(&self, text: &str, start: usize) -> Option<regress::Match> {
        let found = self.compiled.regex.find_from(text, start).next()?;
        (!self.compiled.sticky || found.start() == start).then_some(found)
    }

    /// The byte of `lastIndex`; none behind the end.
    fn start(&self, vm: &mut Vm, string: Gc<StringObject>) -> Option<usize> {
        let index = usize::try_from(self.last_index.get()).unwrap_or(0);
        (index <= string.units()).then(|| vm.byte_of(string, index))
    }

    /// The next match where `exec` looks for it; `lastIndex` moves behind it.
    fn next(&self, vm: &mut Vm, string: Gc<StringObject>) -> Option<(regress::Match, Units)> {
        let text = string.as_str();
        if !self.remembers() {
            let found = self.find(text, 0)?;
            return Some((found, Units::new(string)));
        }
        let found = self.start(vm, string).and_then(|start| Some((start, self.find(text, start)?)));
        let Some((start, found)) = found else {
            self.last_index.set(0);
            return None;
        };
        let mut units = Units::from(vm, string, start);
        let mut ahead = units.clone();
        self.last_index.set(ahead.at(found.end()));
        units.at(found.start());
        Some((found, units))
    }

    /// Calls `each` for one match after the other from byte `start` on, until it gives false.
    fn each_match(
        &self,
        text: &str,
        start: usize,
        mut each: impl FnMut(regress::Match) -> Result<bool, Thrown>,
    ) -> Result<(), Thrown> {
        let mut at = start;
        while let Some(found) = self.find(text, at) {
            at = match found.end() {
                end if end > found.start() => end,
                end => match text[end..].chars().next() {
                    Some(character) => end + character.len_utf8(),
                    None => text.len() + 1,
                },
            };
            if !each(found)? || at > text.len() {
                break;
            }
        }
        Ok(())
    }
}

impl Vm {
    fn expression<'a>(&mut self, arguments: Arguments<'_>, index: usize) -> Result<&'a Expression, Thrown> {
        let value = arguments.get(index);
        value.as_body::<Expression>().ok_or_else(|| self.expected("a RegExp", value))
    }
}

fn new(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let pattern = arguments.get(0);
    let (source, flags) = match pattern.as_body::<Expression>() {
        Some(known) => (known.compiled.pattern.clone(), known.compiled.flags.clone()),
        None if pattern.is_nullish() => (String::new(), String::new()),
        None => (vm.string_argument(arguments, 0)?.as_str().to_owned(), String::new()),
    };
    let flags = vm.text_or(arguments, 1, &flags)?;
    let compiled = match compile(&source, flags) {
        Ok(compiled) => compiled,
        Err(message) => return Err(vm.error(ErrorKind::Syntax, &message)),
    };
    let bytes = size_of::<Expression>();
    let body = Box::new(Expression { compiled, last_index: Cell::new(0) });
    Ok(Value::reference(vm.heap.boxed(body, bytes)))
}

fn source(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let expression = vm.expression(arguments, 0)?;
    vm.new_string(&expression.compiled.source)
}

fn flags(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let expression = vm.expression(arguments, 0)?;
    vm.new_string(&expression.compiled.flags)
}

fn last_index(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::int(vm.expression(arguments, 0)?.last_index.get()))
}

fn set_last_index(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let index = vm.int_argument(arguments, 1)?;
    vm.expression(arguments, 0)?.last_index.set(index);
    Ok(Value::NULL)
}

fn exec(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let expression = vm.expression(arguments, 0)?;
    let string = vm.string_argument(arguments, 1)?;
    match expression.next(vm, string) {
        Some((found, mut units)) => found::match_array(vm, expression, string, &found, &mut units),
        None => Ok(Value::NULL),
    }
}

fn test(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let expression = vm.expression(arguments, 0)?;
    let string = vm.string_argument(arguments, 1)?;
    Ok(Value::boolean(expression.next(vm, string).is_some()))
}

/// The index of the first match, or -1. `lastIndex` plays no part.
fn search_in(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let expression = vm.expression(arguments, 0)?;
    let string = vm.string_argument(arguments, 1)?;
    let found = expression.find(string.as_str(), 0);
    Ok(Value::int(found.map_or(-1, |found| Units::new(string).at(found.start()))))
}

/// All texts that match, or null if none does.
fn match_in(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let expression = vm.expression(arguments, 0)?;
    let text = vm.string_argument(arguments, 1)?.as_str();
    let result = vm.heap.array(ElementKind::Any, 0);
    expression.last_index.set(0);
    expression.each_match(text, 0, |found| {
        let piece = vm.new_string(&text[found.range()])?;
        vm.array_push(Value::reference(result), piece)?;
        Ok(true)
    })?;
    Ok(if result.length() == 0 { Value::NULL } else { Value::reference(result) })
}

/// The matches from `lastIndex` on (argument 2: all of them or the first alone), each as `exec` gives it.
fn matches_in(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let expression = vm.expression(arguments, 0)?;
    let string = vm.string_argument(arguments, 1)?;
    let all = arguments.get(2) == Value::TRUE;
    let result = vm.heap.array(ElementKind::Any, 0);
    let start = if expression.remembers() { expression.start(vm, string) } else { Some(0) };
    let Some(start) = start else { return Ok(Value::reference(result)) };
    let mut units = Units::from(vm, string, start);
    expression.each_match(string.as_str(), start, |found| {
        let found = found::match_array(vm, expression, string, &found, &mut units)?;
        vm.array_push(Value::reference(result), found)?;
        Ok(all)
    })?;
    Ok(Value::reference(result))
}

/// The parts between matches; the groups of each match stand between them, as in ECMAScript.
fn split_in(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let expression = vm.expression(arguments, 0)?;
    let text = vm.string_argument(arguments, 1)?.as_str();
    let limit = match vm.int_or(arguments, 2, -1)? {
        limit if limit < 0 => usize::MAX,
        limit => limit as usize,
    };
    let result = vm.heap.array(ElementKind::Any, 0);
    let target = Value::reference(result);
    if limit == 0 {
        return Ok(target);
    }
    if text.is_empty() {
        if expression.compiled.regex.find(text).is_none() {
            vm.array_push(target, arguments.get(1))?;
        }
        return Ok(target);
    }
    let mut done = 0;
    let mut at = 0;
    // Here a sticky expression splits like any other.
    while let Some(found) = expression.compiled.regex.find_from(text, at).next() {
        if found.start() >= text.len() || at >= text.len() {
            break;
        }
        if found.end() == done {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let piece = vm.new_string(&text[done..found.start()])?;
        vm.array_push(target, piece)?;
        for group in &found.captures {
            if result.length() >= limit {
                return Ok(target);
            }
            let piece = match group {
                Some(range) => vm.new_string(&text[range.clone()])?,
                None => Value::NULL,
            };
            vm.array_push(target, piece)?;
        }
        if result.length() >= limit {
            return Ok(target);
        }
        done = found.end();
        at = done;
    }
    let piece = vm.new_string(&text[done..])?;
    vm.array_push(target, piece)?;
    Ok(target)
}
