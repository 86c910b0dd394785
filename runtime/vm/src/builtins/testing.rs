//! `std:test`: what runs when a program has ended, deep equality, and values as lines that can be compared.

use std::collections::HashSet;

use super::Outcome;
use crate::convert::{equal, push_int, push_number};
use crate::format::{inspect, is_plain_key, log_line, quoted};
use crate::heap::Gc;
use crate::heap::object::{Kind, MapObject, PlainObject};
use crate::value::{Primitive, Value};
use crate::vm::{Arguments, Vm};

builtins! {
    "test.atEnd" = "raya_builtin_test_atEnd" => at_end;
    "test.equal" = "raya_builtin_test_equal" => deeply_equal;
    "test.lines" = "raya_builtin_test_lines" => value_lines;
    "text.line" = "raya_builtin_text_line" => line;
}

/// Nesting that is shown.
const DEPTH_MAX: usize = 100;
/// Lines that are shown of one value.
const LINES_MAX: usize = 2000;

/// The function to call when the program's body has ended; a later one takes its place.
fn at_end(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    vm.set_at_end(arguments.get(0));
    Ok(Value::NULL)
}

/// The values as `console.log` prints them, without the line break.
fn line(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mut line = log_line(vm, arguments.slots().iter().map(|slot| slot.get()));
    line.truncate(line.len() - 1);
    vm.new_string(&line)
}

/// Whether two values are equal in what they consist of. A property that is null equals one that is not there.
fn deeply_equal(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mut comparison =
        Comparison { vm, pending: vec![(arguments.get(0), arguments.get(1))], seen: HashSet::new() };
    Ok(Value::boolean(comparison.holds()))
}

struct Comparison<'a> {
    vm: &'a mut Vm,
    /// Pairs that have to be equal: a list, so that deep structures need no deep stack.
    pending: Vec<(Value, Value)>,
    /// Pairs of objects that were met before: cycles end here.
    seen: HashSet<(u64, u64)>,
}

impl Comparison<'_> {
    fn holds(&mut self) -> bool {
        while let Some((left, right)) = self.pending.pop() {
            let both_nan = |value: Value| value.as_number().is_some_and(f64::is_nan);
            if equal(left, right) || (both_nan(left) && both_nan(right)) {
                continue;
            }
            let kind = left.kind();
            if kind.is_none() || kind != right.kind() {
                return false;
            }
            if !self.seen.insert((left.bits(), right.bits())) {
                continue;
            }
            if !self.objects(left, right) {
                return false;
            }
        }
        true
    }

    /// Compares two objects of one kind; what they consist of becomes pending.
    fn objects(&mut self, left: Value, right: Value) -> bool {
        if let (Some(left), Some(right)) = (left.as_array(), right.as_array()) {
            self.pending.extend(left.iter().zip(right.iter()));
            return left.length() == right.length();
        }
        if let (Some(left), Some(right)) = (left.as_bytes(), right.as_bytes()) {
            return left.to_vec() == right.to_vec();
        }
        if let (Some(left), Some(right)) = (left.as_map(), right.as_map()) {
            return self.maps(left, right);
        }
        if let (Some(left), Some(right)) = (left.as_set(), right.as_set()) {
            return left.length() == right.length() && left.entries().all(|(key, _)| right.has(key));
        }
        if let (Some(one), Some(other)) = (left.as_plain(), right.as_plain()) {
            return self.vm.class_of(left) == self.vm.class_of(right) && self.properties(one, other);
        }
        // Functions, tasks and native objects are what they are; all else is what it says.
        let by_identity = left.is_function() || matches!(left.kind(), Some(Kind::Task | Kind::Opaque));
        !by_identity && inspect(self.vm, left) == inspect(self.vm, right)
    }

    fn maps(&mut self, left: Gc<MapObject>, right: Gc<MapObject>) -> bool {
        if left.length() != right.length() {
            return false;
        }
        for (key, value) in left.entries() {
            match right.get(key) {
                Some(other) => self.pending.push((value, other)),
                None => return false,
            }
        }
        true
    }

    fn properties(&mut self, left: Gc<PlainObject>, right: Gc<PlainObject>) -> bool {
        // Where an error was made says nothing of what it is.
        let is_error = self.vm.is_error(left);
        let others = self.vm.own_properties(right);
        let mut others: std::collections::HashMap<String, Value> = others.into_iter().collect();
        for (name, value) in self.vm.own_properties(left) {
            let other = others.remove(&name).unwrap_or(Value::NULL);
            if !(is_error && name == "stack") {
                self.pending.push((value, other));
            }
        }
        others.values().all(|value| value.is_nullish())
    }
}

/// A value as lines, one for each part, properties sorted: what two of them differ in is found line by line.
fn value_lines(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let mut writer = Writer { vm, lines: vec![], open: vec![] };
    writer.value("", arguments.get(0), "", 0);
    let mut lines = writer.lines;
    if lines.len() > LINES_MAX {
        lines.truncate(LINES_MAX);
        lines.push("…".to_owned());
    }
    vm.new_strings(&lines)
}

struct Writer<'a> {
    vm: &'a mut Vm,
    lines: Vec<String>,
    /// Objects that are being written.
    open: Vec<u64>,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(format!("{}{text}", "  ".repeat(depth)));
    }

    /// Writes `before`, the value, `after`.
    fn value(&mut self, before: &str, value: Value, after: &str, depth: usize) {
        if self.lines.len() > LINES_MAX {
            return;
        }
        let mut text = String::new();
        match value.primitive() {
            Primitive::Int(int) => push_int(&mut text, int),
            Primitive::Number(number) if number == 0.0 && number.is_sign_negative() => text.push_str("-0"),
            Primitive::Number(number) => push_number(&mut text, number),
            Primitive::Reference if self.open.contains(&value.bits()) => text.push_str("[Circular]"),
            Primitive::Reference if depth > DEPTH_MAX => text.push('…'),
            Primitive::Reference => {
                self.open.push(value.bits());
                let written = self.object(before, value, after, depth);
                self.open.pop();
                if written {
                    return;
                }
                text = inspect(self.vm, value);
            }
            Primitive::Null | Primitive::Boolean(_) => text = inspect(self.vm, value),
        }
        let mut lines = text.lines();
        let first = lines.next().unwrap_or("");
        let rest: Vec<&str> = lines.collect();
        match rest.split_last() {
            None => self.line(depth, &format!("{before}{first}{after}")),
            Some((last, middle)) => {
                self.line(depth, &format!("{before}{first}"));
                middle.iter().for_each(|line| self.line(depth, line));
                self.line(depth, &format!("{last}{after}"));
            }
        }
    }

    /// Writes an object that consists of parts; false when it has none.
    fn object(&mut self, before: &str, value: Value, after: &str, depth: usize) -> bool {
        let (start, parts, end) = if let Some(array) = value.as_array() {
            ("[".to_owned(), array.iter().map(|element| (String::new(), element)).collect::<Vec<_>>(), "]")
        } else if let Some(map) = value.as_map() {
            let entries: Vec<(Value, Value)> = map.entries().collect();
            let key = |vm: &mut Vm, key| format!("{} => ", inspect(vm, key).replace('\n', " "));
            let parts = entries.into_iter().map(|(name, value)| (key(self.vm, name), value)).collect();
            ("Map {".to_owned(), parts, "}")
        } else if let Some(set) = value.as_set() {
            ("Set {".to_owned(), set.entries().map(|(element, _)| (String::new(), element)).collect(), "}")
        } else if let Some(object) = value.as_plain().filter(|object| !self.vm.is_error(*object)) {
            let class = self.vm.class_of(value).map(|class| self.vm.class_name(class).to_owned());
            let mut properties = self.vm.own_properties(object);
            properties.sort_by(|left, right| left.0.cmp(&right.0));
            let name = |name: String| if is_plain_key(&name) { name } else { quoted(&name) };
            let parts =
                properties.into_iter().map(|(key, value)| (format!("{}: ", name(key)), value)).collect();
            (class.map_or("{".to_owned(), |class| format!("{class} {{")), parts, "}")
        } else {
            return false;
        };
        if parts.is_empty() {
            self.line(depth, &format!("{before}{start}{end}{after}"));
            return true;
        }
        self.line(depth, &format!("{before}{start}"));
        for (name, part) in parts {
            self.value(&name, part, ",", depth + 1);
        }
        self.line(depth, &format!("{end}{after}"));
        true
    }
}
