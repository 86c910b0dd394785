//! Structures as text the way Node prints them.

use crate::convert::{push_int, push_number};
use crate::error::Thrown;
use crate::heap::Gc;
use crate::heap::object::{Header, Kind, PlainObject, TaskState};
use crate::value::{Primitive, Value};
use crate::vm::Vm;

/// Nesting that is shown.
const DEPTH_MAX: usize = 2;
/// Elements of one collection that are shown.
const ELEMENTS_MAX: usize = 100;
/// Width that a structure may take on one line.
const WIDTH: usize = 72;

/// The text of `value` inside a structure: strings are quoted.
pub fn inspect(vm: &mut Vm, value: Value) -> String {
    let mut inspector = Inspector { vm, open: Vec::new() };
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
            Some(Kind::Bytes) => bytes(value),
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
        let shown = array.length().min(ELEMENTS_MAX);
        let mut parts = Vec::with_capacity(shown + 1);
        for index in 0..shown {
            let element = array.get(index).unwrap_or(Value::NULL);
            parts.push(self.value(element, depth + 1, indent + 2));
        }
        more(&mut parts, array.length() - shown);
        let numeric = array.iter().take(shown).all(|element| element.as_number().is_some());
        array_layout(parts, numeric, array.length() > shown, indent)
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
        let parts = self.properties(properties, depth, indent);
        layout(&format!("{prefix}{{"), parts, "}", indent)
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
            .filter(|(name, value)| !matches!(name.as_str(), "message" | "name" | "stack") && !value.is_nullish())
            .collect();
        if !own.is_empty() {
            let parts = self.properties(own, depth, indent);
            text.push_str(&layout(" {", parts, "}", indent));
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
        let entries: Vec<(Value, Value)> = map.entries().take(ELEMENTS_MAX).collect();
        let mut parts = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.value(key, depth + 1, indent + 2);
            parts.push(if is_map { format!("{key} => {}", self.value(value, depth + 1, indent + 2)) } else { key });
        }
        let shown = parts.len();
        more(&mut parts, map.length() - shown);
        layout(&start, parts, "}", indent)
    }

    fn task(&mut self, value: Value, depth: usize, indent: usize) -> String {
        let Some(task) = value.as_task() else { return String::new() };
        match task.state() {
            TaskState::Running => "Task { <pending> }".into(),
            TaskState::Cancelled => "Task { <cancelled> }".into(),
            TaskState::Done => format!("Task {{ {} }}", self.value(task.outcome(), depth + 1, indent + 2)),
            TaskState::Failed => format!("Task {{ <rejected> {} }}", self.value(task.outcome(), depth + 1, indent + 2)),
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

fn bytes(value: Value) -> String {
    let Some(bytes) = value.as_bytes() else { return String::new() };
    if bytes.length() == 0 {
        return "Uint8Array(0) []".into();
    }
    let shown = bytes.length().min(ELEMENTS_MAX);
    let mut parts: Vec<String> = bytes.bytes()[..shown].iter().map(|byte| byte.get().to_string()).collect();
    more(&mut parts, bytes.length() - shown);
    format!("Uint8Array({}) {}", bytes.length(), array_layout(parts, true, bytes.length() > shown, 0))
}

/// Parts on one line if they are few and short, else one a line.
fn layout(start: &str, parts: Vec<String>, end: &str, indent: usize) -> String {
    let total: usize = parts.iter().map(|part| part.chars().count() + 2).sum::<usize>() + start.len();
    if total + parts.len() <= WIDTH + indent.min(1) && parts.iter().all(|part| !part.contains('\n')) {
        return format!("{start} {} {end}", parts.join(", "));
    }
    let space = " ".repeat(indent + 2);
    format!("{start}\n{space}{}\n{}{end}", parts.join(&format!(",\n{space}")), " ".repeat(indent))
}

/// Arrays of more than six short elements are printed in columns.
fn array_layout(parts: Vec<String>, numeric: bool, has_more: bool, indent: usize) -> String {
    let is_short = |part: &String| !part.contains('\n') && part.chars().count() <= 6;
    if parts.len() <= 6 || !parts.iter().take(parts.len() - usize::from(has_more)).all(|part| is_short(part) || part.chars().count() < 16) {
        return layout("[", parts, "]", indent);
    }
    let entries = parts.len() - usize::from(has_more);
    let lengths: Vec<usize> = parts[..entries].iter().map(|part| part.chars().count() + 2).collect();
    let longest = lengths.iter().copied().max().unwrap_or(2);
    let total: usize = lengths.iter().sum();
    // Node's own formula: columns grow with the square root of the number of entries.
    let bias = (longest as f64 - total as f64 / parts.len() as f64).max(0.0).sqrt();
    let biased = (longest as f64 - 3.0 - bias).max(1.0).max(longest as f64 - 2.0 - bias.floor()).max(1.0);
    let columns = [
        ((2.5 * biased * entries as f64).sqrt() / biased).round() as usize,
        (80 - indent.min(60)) / longest,
        3 * 4 + 4 - 1,
        15,
    ]
    .into_iter()
    .min()
    .unwrap_or(1);
    if columns <= 1 {
        return layout("[", parts, "]", indent);
    }
    let widths: Vec<usize> =
        (0..columns).map(|column| lengths[..entries].iter().skip(column).step_by(columns).copied().max().unwrap_or(0)).collect();
    let mut lines = Vec::new();
    for row in parts[..entries].chunks(columns) {
        let mut line = String::new();
        for (column, part) in row.iter().enumerate() {
            let last = column + 1 == row.len();
            let space = " ".repeat((widths[column] - 2).saturating_sub(part.chars().count()));
            match (numeric, last) {
                (true, true) => line.push_str(&format!("{space}{part}")),
                (true, false) => line.push_str(&format!("{space}{part}, ")),
                (false, true) => line.push_str(part),
                (false, false) => line.push_str(&format!("{part}, {space}")),
            }
        }
        lines.push(line);
    }
    lines.extend(parts[entries..].iter().cloned());
    let space = " ".repeat(indent + 2);
    format!("[\n{space}{}\n{}]", lines.join(&format!(",\n{space}")), " ".repeat(indent))
}

/// Text in quotes, with those that need the fewest escapes.
fn quoted(text: &str) -> String {
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

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_' || first == '$')
        && characters.all(|character| character.is_alphanumeric() || character == '_' || character == '$')
}
