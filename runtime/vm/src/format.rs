//! Structures as text the way Node prints them.

use crate::convert::{push_int, push_number};
use crate::error::Thrown;
use crate::heap::Gc;
use crate::heap::object::{ArrayObject, Header, Kind, PlainObject, TaskState};
use crate::value::{Primitive, Value};
use crate::vm::Vm;

/// Nesting that is shown.
const DEPTH_MAX: usize = 2;
/// Elements of one collection that are shown.
const ELEMENTS_MAX: usize = 100;
/// Width of a line.
const WIDTH: usize = 80;
/// Levels of structures that may share one line.
const COMPACT: usize = 3;

/// The text of `value` inside a structure: strings are quoted.
pub fn inspect(vm: &mut Vm, value: Value) -> String {
    let mut inspector = Inspector { vm, open: Vec::new(), reached: 0 };
    inspector.value(value, 0, 0)
}

/// The text of values as `console.log` prints them: strings as they are, all else inspected, spaces between.
pub fn log_line(vm: &mut Vm, values: impl Iterator<Item = Value>) -> String {
    let mut line = String::new();
    for (index, value) in values.enumerate() {
        if index > 0 {
            line.push(' ');
        }
        match value.as_string() {
            Some(string) => line.push_str(string.as_str()),
            None => line.push_str(&inspect(vm, value)),
        }
    }
    line.push('\n');
    line
}

struct Inspector<'a> {
    vm: &'a mut Vm,
    /// Objects that are being printed.
    open: Vec<Gc<Header>>,
    /// Depth of the structure that was begun last: one line holds a few levels only.
    reached: usize,
}

impl Inspector<'_> {
    fn value(&mut self, value: Value, depth: usize, indent: usize) -> String {
        let mut text = String::new();
        match value.primitive() {
            Primitive::Null => text.push_str("null"),
            Primitive::Boolean(value) => text.push_str(if value { "true" } else { "false" }),
            Primitive::Int(value) => push_int(&mut text, value),
            Primitive::Number(value) if value == 0.0 && value.is_sign_negative() => text.push_str("-0"),
            Primitive::Number(value) => push_number(&mut text, value),
            Primitive::Reference => return self.object(value, depth, indent),
        }
        text
    }

    fn object(&mut self, value: Value, depth: usize, indent: usize) -> String {
        if let Some(string) = value.as_string() {
            return quoted(string.as_str());
        }
        let Some(header) = value.as_object() else { return String::new() };
        if self.open.contains(&header) {
            return "[Circular *1]".into();
        }
        self.open.push(header);
        let text = match value.kind() {
            Some(Kind::Array) => self.array(value, depth, indent),
            Some(Kind::Object) => self.plain(value, depth, indent),
            Some(Kind::Map | Kind::Set) => self.collection(value, depth, indent),
            Some(Kind::Bytes) => self.bytes(value, depth, indent),
            Some(Kind::Class) => format!("[class {}]", self.vm.function_name(value)),
            Some(Kind::Task) => self.task(value, depth, indent),
            Some(Kind::Opaque) => self.opaque(value),
            _ if value.is_function() => match self.vm.function_name(value).as_str() {
                "" | "<anonymous>" => "[Function (anonymous)]".into(),
                name => format!("[Function: {name}]"),
            },
            _ => format!("[{}]", self.vm.describe(value)),
        };
        self.open.pop();
        text
    }

    fn array(&mut self, value: Value, depth: usize, indent: usize) -> String {
        let Some(array) = value.as_array() else { return String::new() };
        if array.length() == 0 {
            return "[]".into();
        }
        if depth > DEPTH_MAX {
            return "[Array]".into();
        }
        self.reached = depth;
        let shown = array.length().min(ELEMENTS_MAX);
        let mut parts = Vec::with_capacity(shown + 1);
        for index in 0..shown {
            let element = array.get(index).unwrap_or(Value::NULL);
            parts.push(self.value(element, depth + 1, indent + 2));
        }
        more(&mut parts, array.length() - shown);
        self.list("[", parts, is_numeric_prefix(array, shown), array.length() > shown, (depth, indent))
    }

    /// Elements between brackets: more than six short ones in columns.
    fn list(
        &self,
        start: &str,
        parts: Vec<String>,
        numeric: bool,
        has_more: bool,
        (depth, indent): (usize, usize),
    ) -> String {
        let count = parts.len();
        let parts = if count > 6 { columns(parts, numeric, has_more, indent) } else { parts };
        let may_join = self.reached - depth < COMPACT && parts.len() == count;
        layout(start, &parts, "]", may_join, indent)
    }

    /// Parts between braces.
    fn block(&self, start: &str, parts: Vec<String>, (depth, indent): (usize, usize)) -> String {
        layout(start, &parts, "}", self.reached - depth < COMPACT, indent)
    }

    fn plain(&mut self, value: Value, depth: usize, indent: usize) -> String {
        let Some(object) = value.as_plain() else { return String::new() };
        if self.vm.is_error(object) {
            return self.error(value, object, depth, indent);
        }
        let class = self.vm.class_of(value).map(|class| self.vm.class_name(class).to_owned());
        let properties = self.vm.own_properties(object);
        let properties: Vec<_> = properties.into_iter().filter(|(name, _)| !name.starts_with('#')).collect();
        let prefix = class.as_ref().map_or(String::new(), |class| format!("{class} "));
        if properties.is_empty() {
            return format!("{prefix}{{}}");
        }
        if depth > DEPTH_MAX {
            return format!("[{}]", class.as_deref().unwrap_or("Object"));
        }
        self.reached = depth;
        let parts = self.properties(properties, depth, indent);
        self.block(&format!("{prefix}{{"), parts, (depth, indent))
    }

    fn properties(&mut self, properties: Vec<(String, Value)>, depth: usize, indent: usize) -> Vec<String> {
        let mut parts = Vec::with_capacity(properties.len());
        for (name, value) in properties {
            let name = if is_identifier(&name) { name } else { quoted(&name) };
            parts.push(format!("{name}: {}", self.value(value, depth + 1, indent + 2)));
        }
        parts
    }

    fn error(&mut self, value: Value, object: Gc<PlainObject>, depth: usize, indent: usize) -> String {
        let uncaught = self.vm.uncaught(Thrown(value));
        let mut text = uncaught.message;
        if depth > 0 {
            return format!("[{text}]");
        }
        if !uncaught.stack.is_empty() {
            text.push('\n');
            text.push_str(&uncaught.stack);
        }
        let properties = self.vm.own_properties(object);
        let own: Vec<_> = properties
            .into_iter()
            .filter(|(name, value)| {
                !matches!(name.as_str(), "message" | "name" | "stack") && !value.is_nullish()
            })
            .collect();
        if !own.is_empty() {
            self.reached = depth;
            let parts = self.properties(own, depth, indent);
            text.push_str(&self.block(" {", parts, (depth, indent)));
        }
        text
    }

    fn collection(&mut self, value: Value, depth: usize, indent: usize) -> String {
        let Some(map) = value.as_map().or(value.as_set()) else { return String::new() };
        let is_map = value.as_map().is_some();
        let kind = if is_map { "Map" } else { "Set" };
        let start = format!("{kind}({}) {{", map.length());
        if map.length() == 0 {
            return format!("{start}}}");
        }
        if depth > DEPTH_MAX {
            return format!("[{kind}]");
        }
        self.reached = depth;
        let entries: Vec<(Value, Value)> = map.entries().take(ELEMENTS_MAX).collect();
        let mut parts = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.value(key, depth + 1, indent + 2);
            parts.push(if is_map {
                format!("{key} => {}", self.value(value, depth + 1, indent + 2))
            } else {
                key
            });
        }
        let shown = parts.len();
        more(&mut parts, map.length() - shown);
        self.block(&start, parts, (depth, indent))
    }

    fn bytes(&mut self, value: Value, depth: usize, indent: usize) -> String {
        let Some(bytes) = value.as_bytes() else { return String::new() };
        let start = format!("Uint8Array({}) [", bytes.length());
        if bytes.length() == 0 {
            return format!("{start}]");
        }
        self.reached = depth;
        let shown = bytes.length().min(ELEMENTS_MAX);
        let mut parts: Vec<String> =
            bytes.bytes()[..shown].iter().map(|byte| byte.get().to_string()).collect();
        more(&mut parts, bytes.length() - shown);
        self.list(&start, parts, true, bytes.length() > shown, (depth, indent))
    }

    fn task(&mut self, value: Value, depth: usize, indent: usize) -> String {
        let Some(task) = value.as_task() else { return String::new() };
        match task.state() {
            TaskState::Running => "Task { <pending> }".into(),
            TaskState::Cancelled => "Task { <cancelled> }".into(),
            TaskState::Done => format!("Task {{ {} }}", self.value(task.outcome(), depth + 1, indent + 2)),
            TaskState::Failed => {
                format!("Task {{ <rejected> {} }}", self.value(task.outcome(), depth + 1, indent + 2))
            }
        }
    }

    fn opaque(&mut self, value: Value) -> String {
        let name = value.as_opaque().and_then(|opaque| self.vm.opaque_type_name(opaque.type_index()));
        name.map_or("[native]".into(), |(module, name)| format!("[native {module}.{name}]"))
    }
}

fn more(parts: &mut Vec<String>, count: usize) {
    if count > 0 {
        parts.push(format!("... {count} more item{}", if count == 1 { "" } else { "s" }));
    }
}

fn is_numeric_prefix(array: Gc<ArrayObject>, shown: usize) -> bool {
    array.iter().take(shown).all(|element| element.as_number().is_some())
}

/// Parts on one line if they may join and fit, else one a line.
fn layout(start: &str, parts: &[String], end: &str, may_join: bool, indent: usize) -> String {
    let around = parts.len() + indent + start.len() + 10;
    let total: usize = parts.iter().map(|part| part.chars().count()).sum::<usize>() + parts.len() + around;
    if may_join && total <= WIDTH && parts.iter().all(|part| !part.contains('\n')) {
        return format!("{start} {} {end}", parts.join(", "));
    }
    let space = " ".repeat(indent + 2);
    format!("{start}\n{space}{}\n{}{end}", parts.join(&format!(",\n{space}")), " ".repeat(indent))
}

/// Node's columns: about two and a half times as wide as high, numbers to the right.
fn columns(parts: Vec<String>, numeric: bool, has_more: bool, indent: usize) -> Vec<String> {
    let entries = parts.len() - usize::from(has_more);
    let lengths: Vec<usize> = parts[..entries].iter().map(|part| part.chars().count()).collect();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let total: usize = lengths.iter().sum::<usize>() + 2 * entries;
    let width = longest + 2;
    if width * 3 + indent >= WIDTH || (total as f64 / width as f64 <= 5.0 && longest > 6) {
        return parts;
    }
    let bias = (width as f64 - total as f64 / parts.len() as f64).max(0.0).sqrt();
    let biased = (longest as f64 - bias).max(1.0);
    let wanted = ((2.5 * biased * entries as f64).sqrt() / biased).round() as usize;
    let columns = wanted.min((WIDTH - indent) / width).min(COMPACT * 4).min(15);
    if columns <= 1 {
        return parts;
    }
    let widest = |column: usize| lengths.iter().skip(column).step_by(columns).copied().max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let mut lines = Vec::new();
    for row in parts[..entries].chunks(columns) {
        let mut line = String::new();
        for (column, part) in row.iter().enumerate() {
            let comma = if column + 1 == row.len() { "" } else { ", " };
            let space = " ".repeat(widths[column] - part.chars().count());
            match numeric {
                true => line.extend([&space, part, comma]),
                false if comma.is_empty() => line.push_str(part),
                false => line.extend([part, comma, &space]),
            }
        }
        lines.push(line);
    }
    lines.extend(parts[entries..].iter().cloned());
    lines
}

/// Text in quotes, with those that need the fewest escapes.
pub(crate) fn quoted(text: &str) -> String {
    let quote = match (text.contains('\''), text.contains('"'), text.contains('`')) {
        (false, ..) => '\'',
        (true, false, _) => '"',
        (true, true, false) => '`',
        _ => '\'',
    };
    let mut result = String::with_capacity(text.len() + 2);
    result.push(quote);
    for character in text.chars() {
        match character {
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            '\\' => result.push_str("\\\\"),
            character if character == quote => {
                result.push('\\');
                result.push(character);
            }
            character if (character as u32) < 0x20 || character == '\u{7F}' => {
                result.push_str(&format!("\\x{:02X}", character as u32));
            }
            character => result.push(character),
        }
    }
    result.push(quote);
    result
}

pub(crate) fn is_identifier(name: &str) -> bool {
    // What is not ASCII counts as a letter: the tables that know better are too large for printing.
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | 0x80..);
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}
