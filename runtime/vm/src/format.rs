//! Structures as text the way Node prints them.

mod layout;
mod quote;
mod template;

use raya_abi::names::CLASS_VALUE_PREFIX;

use crate::convert::{push_int, push_number};
use crate::heap::Gc;
use crate::heap::object::{ArrayObject, Header, Kind, PlainObject};
use crate::heap::tasks::TaskState;
use crate::object::accessors::Listed;
use crate::value::{Primitive, Value};
use crate::vm::Vm;

use layout::Layout;
pub(crate) use quote::{is_plain_key, quoted};
pub use template::log_line;

/// Nesting that is shown.
const DEPTH_MAX: usize = 2;
/// Elements of one collection that are shown.
const ELEMENTS_MAX: usize = 100;

/// The text of `value` inside a structure: strings are quoted.
pub fn inspect(vm: &mut Vm, value: Value) -> String {
    inspect_to(vm, value, DEPTH_MAX)
}

/// The same, showing so much nesting.
fn inspect_to(vm: &mut Vm, value: Value, depth_max: usize) -> String {
    let mut inspector =
        Inspector { vm, open: Vec::new(), circular: Vec::new(), reached: 0, indent: 0, depth_max };
    inspector.value(value, 0)
}

struct Inspector<'a> {
    vm: &'a mut Vm,
    /// Objects that are being printed.
    open: Vec<Gc<Header>>,
    /// Objects that something inside them refers to, in the order these references were met.
    circular: Vec<Gc<Header>>,
    /// Depth of the structure that was begun last: one line holds a few levels only.
    reached: usize,
    /// Columns that what is being printed is moved to the right.
    indent: usize,
    depth_max: usize,
}

impl Inspector<'_> {
    fn value(&mut self, value: Value, depth: usize) -> String {
        let mut text = String::new();
        match value.primitive() {
            Primitive::Null => text.push_str("null"),
            Primitive::Boolean(value) => text.push_str(if value { "true" } else { "false" }),
            Primitive::Int(value) => push_int(&mut text, value),
            Primitive::Number(value) if value == 0.0 && value.is_sign_negative() => text.push_str("-0"),
            Primitive::Number(value) => push_number(&mut text, value),
            Primitive::Reference => return self.object(value, depth),
        }
        text
    }

    /// A value inside a structure.
    fn inner(&mut self, value: Value, depth: usize) -> String {
        self.indent += 2;
        let text = self.value(value, depth + 1);
        self.indent -= 2;
        text
    }

    fn object(&mut self, value: Value, depth: usize) -> String {
        if let Some(string) = value.as_string() {
            return quote::in_structure(string.as_str(), string.units(), self.indent);
        }
        let Some(header) = value.as_object() else { return String::new() };
        if self.open.contains(&header) {
            let known = self.circular.iter().position(|circular| *circular == header);
            let index = known.unwrap_or_else(|| {
                self.circular.push(header);
                self.circular.len() - 1
            });
            return format!("[Circular *{}]", index + 1);
        }
        self.open.push(header);
        let text = match value.kind() {
            Some(Kind::Array) => self.array(value, depth),
            Some(Kind::Object) => self.plain(value, depth),
            Some(Kind::Map | Kind::Set) => self.collection(value, depth),
            Some(Kind::Bytes) => self.bytes(value, depth),
            Some(Kind::Task) => self.task(value, depth),
            Some(Kind::Channel) => self.channel(value),
            Some(Kind::Mutex) => {
                let locked = value.as_mutex().is_some_and(|mutex| mutex.is_locked());
                format!("Mutex {{ {} }}", if locked { "<locked>" } else { "<unlocked>" })
            }
            Some(Kind::Opaque) => self.opaque(value),
            Some(Kind::Boxed) => value.as_boxed().map_or_else(String::new, |boxed| boxed.body().inspect()),
            _ if value.is_function() => match self.vm.function_name(value).as_str() {
                "" | "<anonymous>" => "[Function (anonymous)]".into(),
                name => format!("[Function: {name}]"),
            },
            _ => format!("[{}]", self.vm.describe(value)),
        };
        self.open.pop();
        text
    }

    /// What was gathered of the object that is being printed, laid out.
    fn finish(&mut self, mut layout: Layout<'_>, depth: usize) -> String {
        let circular = self.open.last().and_then(|open| self.circular.iter().position(|one| one == open));
        if let Some(index) = circular {
            let reference = format!("<ref *{}>", index + 1);
            layout.base =
                if layout.base.is_empty() { reference } else { format!("{reference} {}", layout.base) };
        }
        layout.text(self.reached - depth, self.indent)
    }

    fn array(&mut self, value: Value, depth: usize) -> String {
        let Some(array) = value.as_array() else { return String::new() };
        let properties = array.properties().and_then(Value::as_plain);
        if array.length() == 0 && properties.is_none() {
            return "[]".into();
        }
        if depth > self.depth_max {
            return "[Array]".into();
        }
        self.reached = depth;
        let shown = array.length().min(ELEMENTS_MAX);
        let mut parts = Vec::with_capacity(shown + 1);
        for index in 0..shown {
            parts.push(self.inner(array.get(index).unwrap_or(Value::NULL), depth));
        }
        more(&mut parts, array.length() - shown);
        if let Some(properties) = properties {
            let properties = self.vm.listed_properties(properties);
            self.properties(properties, depth, &mut parts);
        }
        let numeric = is_numeric_prefix(array, parts.len());
        let layout = Layout { start: "[", end: "]", parts, list: Some(numeric), base: String::new() };
        self.finish(layout, depth)
    }

    fn plain(&mut self, value: Value, depth: usize) -> String {
        let Some(object) = value.as_plain() else { return String::new() };
        if let Some(name) = self.vm.class_value_name(value) {
            return format!("[{CLASS_VALUE_PREFIX}{name}]");
        }
        if self.vm.is_error(object) {
            return self.error(value, object, depth);
        }
        let class = self.vm.class_of(value).map(|class| self.vm.class_name(class).to_owned());
        let class = class.filter(|name| name != "<anonymous>");
        let properties = self.vm.listed_properties(object);
        let start = class.as_ref().map_or("{".to_owned(), |class| format!("{class} {{"));
        if properties.is_empty() {
            return format!("{start}}}");
        }
        if depth > self.depth_max {
            return format!("[{}]", class.as_deref().unwrap_or("Object"));
        }
        self.reached = depth;
        let mut parts = Vec::with_capacity(properties.len());
        self.properties(properties, depth, &mut parts);
        let layout = Layout { start: &start, end: "}", parts, list: None, base: String::new() };
        self.finish(layout, depth)
    }

    fn properties(&mut self, properties: Vec<(String, Listed)>, depth: usize, parts: &mut Vec<String>) {
        for (name, value) in properties {
            let name = match name.strip_prefix("@@") {
                Some(symbol) => format!("[Symbol.{symbol}]"),
                None if name == "__proto__" => "['__proto__']".to_owned(),
                None if is_plain_key(&name) => name,
                None => quoted(&name),
            };
            let text = match value {
                Listed::Value(value) => self.inner(value, depth),
                Listed::Accessor { get: Some(_), set: true } => "[Getter/Setter]".into(),
                Listed::Accessor { get: Some(_), set: false } => "[Getter]".into(),
                Listed::Accessor { get: None, .. } => "[Setter]".into(),
            };
            parts.push(format!("{name}: {text}"));
        }
    }

    /// Name, message and stack, and what else the error holds in braces.
    fn error(&mut self, value: Value, object: Gc<PlainObject>, depth: usize) -> String {
        let uncaught = self.vm.shown_error(value);
        let mut base = self.headline(value, uncaught.message);
        if uncaught.stack.is_empty() {
            base = format!("[{base}]");
        } else {
            base.push('\n');
            base.push_str(&uncaught.stack);
        }
        if self.indent > 0 {
            base = base.replace('\n', &format!("\n{}", " ".repeat(self.indent)));
        }
        let mut own = self.vm.listed_properties(object);
        own.retain(|(name, value)| {
            let hidden = matches!(name.as_str(), "message" | "name" | "stack");
            let nothing = matches!(value, Listed::Value(value) if value.is_nullish());
            !(hidden || nothing && matches!(name.as_str(), "code" | "cause"))
        });
        if own.is_empty() {
            return base;
        }
        if depth > self.depth_max {
            return format!("[{}]", self.vm.describe(value));
        }
        self.reached = depth;
        // What JavaScript's own constructors set is not enumerable there, and shown in brackets.
        let (others, hidden): (Vec<_>, Vec<_>) =
            own.into_iter().partition(|(name, _)| !matches!(name.as_str(), "cause" | "errors"));
        let mut parts = Vec::new();
        self.properties(others, depth, &mut parts);
        for (name, value) in hidden {
            let Listed::Value(value) = value else { continue };
            parts.push(format!("[{name}]: {}", self.inner(value, depth)));
        }
        self.finish(Layout { start: "{", end: "}", parts, list: None, base }, depth)
    }

    /// The first line of an error; the class is named where the error's own name does not say it.
    fn headline(&self, value: Value, line: String) -> String {
        let Some(class) = self.vm.class_of(value).map(|class| self.vm.class_name(class)) else { return line };
        let name = line.split([':', '\n']).next().unwrap_or("").to_owned();
        if !name.ends_with("Error") || name == class {
            return line;
        }
        let rest = &line[name.len()..];
        if class.contains(&name) { format!("{class}{rest}") } else { format!("{class} [{name}]{rest}") }
    }

    fn collection(&mut self, value: Value, depth: usize) -> String {
        let Some(map) = value.as_map().or(value.as_set()) else { return String::new() };
        let is_map = value.as_map().is_some();
        let kind = if is_map { "Map" } else { "Set" };
        let start = format!("{kind}({}) {{", map.length());
        if map.length() == 0 {
            return format!("{start}}}");
        }
        if depth > self.depth_max {
            return format!("[{kind}]");
        }
        self.reached = depth;
        let entries: Vec<(Value, Value)> = map.entries().take(ELEMENTS_MAX).collect();
        let mut parts = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let mut part = self.inner(key, depth);
            if is_map {
                part.push_str(" => ");
                part.push_str(&self.inner(value, depth));
            }
            parts.push(part);
        }
        let shown = parts.len();
        more(&mut parts, map.length() - shown);
        self.finish(Layout { start: &start, end: "}", parts, list: None, base: String::new() }, depth)
    }

    fn bytes(&mut self, value: Value, depth: usize) -> String {
        let Some(bytes) = value.as_bytes() else { return String::new() };
        let start = format!("Uint8Array({}) [", bytes.length());
        if bytes.length() == 0 {
            return format!("{start}]");
        }
        if depth > self.depth_max {
            return "[Uint8Array]".into();
        }
        self.reached = depth;
        let shown = bytes.length().min(ELEMENTS_MAX);
        let mut parts: Vec<String> =
            bytes.bytes()[..shown].iter().map(|byte| byte.get().to_string()).collect();
        more(&mut parts, bytes.length() - shown);
        let layout = Layout { start: &start, end: "]", parts, list: Some(true), base: String::new() };
        self.finish(layout, depth)
    }

    fn task(&mut self, value: Value, depth: usize) -> String {
        let Some(task) = value.as_task() else { return String::new() };
        match task.state() {
            TaskState::Running => "Task { <pending> }".into(),
            TaskState::Cancelled => "Task { <cancelled> }".into(),
            TaskState::Done => format!("Task {{ {} }}", self.inner(task.outcome(), depth)),
            TaskState::Failed => format!("Task {{ <rejected> {} }}", self.inner(task.outcome(), depth)),
        }
    }

    fn channel(&mut self, value: Value) -> String {
        let Some(channel) = value.as_channel() else { return String::new() };
        let length = channel.values.get().as_array().map_or(0, |values| values.length());
        let closed = if channel.is_closed() { ", <closed>" } else { "" };
        format!("Channel {{ {length} of {}{closed} }}", channel.capacity())
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

/// Whether so many parts are all numbers: what is no element is none.
fn is_numeric_prefix(array: Gc<ArrayObject>, parts: usize) -> bool {
    parts <= array.length() && array.iter().take(parts).all(|element| element.as_number().is_some())
}
