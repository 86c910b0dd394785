//! Errors: what is thrown, how the machine makes its own, and the positions they carry.

use raya_abi::Representation;
use raya_abi::names::CLASS_VALUE_PREFIX;

use crate::heap::Gc;
use crate::heap::object::{ElementKind, Kind, PlainObject, TraceObject};
use crate::object::property::{Found, fit};
use crate::value::{Primitive, Value};
use crate::vm::Vm;

/// A value that is on its way to a handler.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Thrown(pub Value);

/// Classes of errors that the machine makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `Error`
    Error,
    /// `TypeError`
    Type,
    /// `RangeError`
    Range,
    /// `ReferenceError`
    Reference,
    /// `SyntaxError`
    Syntax,
    /// `NativeError`
    Native,
}

impl ErrorKind {
    /// Number of kinds.
    pub(crate) const COUNT: usize = 6;

    /// The class's name.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Error => "Error",
            ErrorKind::Type => "TypeError",
            ErrorKind::Range => "RangeError",
            ErrorKind::Reference => "ReferenceError",
            ErrorKind::Syntax => "SyntaxError",
            ErrorKind::Native => "NativeError",
        }
    }
}

/// Why a program ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing caught an error.
    Uncaught(Uncaught),
    /// It asked to end with this code.
    Exit(i32),
    /// The host stopped it.
    Stopped,
}

/// An error that nothing caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncaught {
    /// Its text: `TypeError: …`.
    pub message: String,
    /// The calls that were active when it was made, innermost first, one line each; for a value that is no error, when it was
    /// thrown; empty if that is not known.
    pub stack: String,
    /// The `cause` it was made with; the first [`CAUSES_MAX`] of a chain.
    pub cause: Option<Box<Uncaught>>,
}

/// Causes of causes that are shown: a chain may lead back to where it began.
const CAUSES_MAX: usize = 8;

/// What the prelude's `Error` has, and so each class that extends it, before its own.
const ERROR_FIELDS: [(&str, Representation); 5] = [
    ("message", Representation::Reference),
    ("name", Representation::Reference),
    ("stack", Representation::Reference),
    ("code", Representation::Any),
    ("cause", Representation::Any),
];

/// Positions that an error records, at most.
const TRACE_LENGTH_MAX: usize = 50;

impl Vm {
    /// An error object of the machine's own.
    #[cold]
    pub fn error(&mut self, kind: ErrorKind, message: &str) -> Thrown {
        let object = match self.error_class(kind) {
            Some(class) => self.new_instance(class),
            None => self.new_object(5),
        };
        let message = Value::reference(self.heap.string(message));
        let name = Value::reference(self.heap.string(kind.name()));
        let trace = Value::reference(self.capture_trace(false));
        let values = [message, name, trace, Value::NULL, Value::NULL];
        for ((field, _), value) in ERROR_FIELDS.into_iter().zip(values) {
            self.set_error_field(object, field, value);
        }
        Thrown(Value::reference(object))
    }

    /// Sets a field of a new error. One that does not take the value stays as it is: an error about it would end here again.
    fn set_error_field(&mut self, object: Gc<PlainObject>, field: &str, value: Value) {
        let name = self.names.intern(field);
        match self.resolve(object.shape(), name) {
            Found::Slot(place, representation) => {
                if let Some(value) = fit(value, representation) {
                    self.write_place(object, place, value);
                }
            }
            Found::Nothing if self.shapes.get(object.shape()).class.is_none() => {
                // A new object of no class takes any property.
                let _ = self.set_property(object, field, value);
            }
            Found::Nothing | Found::Member(_) => {}
        }
    }

    /// The program's class for errors of this kind, or its `Error`.
    fn error_class(&mut self, kind: ErrorKind) -> Option<u32> {
        if let Some(known) = self.error_classes[kind as usize] {
            return known;
        }
        let found = self.find_class(kind.name()).or_else(|| self.find_class("Error"));
        self.error_classes[kind as usize] = Some(found);
        found
    }

    /// The class of this name that has the fields of an error: a program may call another class of its own so.
    fn find_class(&self, name: &str) -> Option<u32> {
        let program = self.program;
        let text = |index: u32| program.strings[index as usize].as_str();
        let is_error = |fields: &[(u32, Representation)]| {
            fields.len() >= ERROR_FIELDS.len()
                && fields
                    .iter()
                    .zip(ERROR_FIELDS)
                    .all(|((name, representation), field)| (text(*name), *representation) == field)
        };
        let found =
            program.classes.iter().position(|class| text(class.name) == name && is_error(&class.fields));
        found.map(|index| index as u32)
    }

    /// A `TypeError` for a value that does not have the representation it must have.
    #[cold]
    pub(crate) fn misfit(&mut self, what: &str, expected: Representation, found: Value) -> Thrown {
        let expected = match expected {
            Representation::Int => "int",
            Representation::Number => "number",
            Representation::Boolean => "boolean",
            Representation::Reference => "an object",
            Representation::Any => "a value",
        };
        let found = self.describe_instead(found, expected);
        self.error(ErrorKind::Type, &format!("{what}: expected {expected}, found {found}"))
    }

    /// A `TypeError` for a value that does not fit the elements of an array.
    #[cold]
    pub(crate) fn element_misfit(&mut self, expected: ElementKind, found: Value) -> Thrown {
        let expected = match expected {
            ElementKind::Int => "int",
            ElementKind::Number => "number",
            ElementKind::Any => "a value",
        };
        let found = self.describe_instead(found, expected);
        self.error(ErrorKind::Type, &format!("array element: expected {expected}, found {found}"))
    }

    /// A `RangeError` for an index outside an array.
    #[cold]
    pub(crate) fn out_of_bounds(&mut self, index: i32, length: usize) -> Thrown {
        self.error(ErrorKind::Range, &format!("index {index} is out of bounds of length {length}"))
    }

    /// What a value is, where another was expected: a number that is no int is told itself, since its type may not say why.
    pub(crate) fn describe_instead(&self, value: Value, expected: &str) -> String {
        let wants_int = expected.split(|one: char| !one.is_alphanumeric()).any(|word| word == "int");
        match value.as_number() {
            Some(number) if wants_int && value.as_int().is_none() => {
                let mut text = "the number ".to_owned();
                crate::convert::push_number(&mut text, number);
                text
            }
            _ => self.describe(value),
        }
    }

    /// What `value` is, in the words of an error message.
    pub fn describe(&self, value: Value) -> String {
        match value.primitive() {
            Primitive::Null => "null".into(),
            Primitive::Boolean(_) => "boolean".into(),
            Primitive::Int(_) => "int".into(),
            Primitive::Number(_) => "number".into(),
            Primitive::Reference => match value.kind() {
                Some(Kind::String) => "string".into(),
                Some(Kind::Array) => "array".into(),
                Some(Kind::Map) => "Map".into(),
                Some(Kind::Set) => "Set".into(),
                Some(Kind::Bytes) => "Uint8Array".into(),
                Some(Kind::Task) => "Task".into(),
                Some(Kind::Boxed) => value.as_boxed().map_or("", |boxed| boxed.body().class_name()).into(),
                Some(Kind::Channel) => "Channel".into(),
                Some(Kind::Mutex) => "Mutex".into(),
                Some(Kind::Opaque) => "native object".into(),
                Some(Kind::Object) => match self.class_of(value) {
                    Some(class) if self.class_name(class) == "<anonymous>" => "object".into(),
                    Some(class) => self.class_name(class).into(),
                    None => "object".into(),
                },
                _ if value.is_function() => "function".into(),
                _ => "internal object".into(),
            },
        }
    }

    /// For a class as a value its name, with what it extends.
    pub fn class_value_name(&self, value: Value) -> Option<&str> {
        self.class_name(self.class_of(value)?).strip_prefix(CLASS_VALUE_PREFIX)
    }

    /// The name of a class.
    pub fn class_name(&self, class: u32) -> &str {
        &self.program.strings[self.program.classes[class as usize].name as usize]
    }

    /// Records the positions of the active calls. With `in_constructor`, the calls that work on the innermost one's first
    /// argument (the constructors of an error) are left out.
    pub(crate) fn capture_trace(&mut self, in_constructor: bool) -> Gc<TraceObject> {
        let mut entries = [[0; 2]; TRACE_LENGTH_MAX];
        let mut count = 0;
        let subject = if in_constructor { self.frames.receiver(0) } else { None };
        let mut skipping = subject.is_some();
        for depth in 0..self.frames.depth() {
            skipping = skipping && self.frames.receiver(depth) == subject;
            if skipping {
                continue;
            }
            if count == TRACE_LENGTH_MAX {
                break;
            }
            if let Some(position) = self.frame_position(depth) {
                entries[count] = position;
                count += 1;
            }
        }
        self.heap.trace(&entries[..count])
    }

    /// The text of recorded positions: `    at name (file:line:column)`, one line each.
    pub(crate) fn trace_text(&self, trace: Value) -> String {
        let Some(trace) = trace.as_object().filter(|object| object.kind() == Kind::Trace) else {
            return String::new();
        };
        let mut text = String::new();
        for [function, instruction] in trace_entries(trace) {
            let known = &self.program.functions[*function as usize];
            let name = &self.program.strings[known.name as usize];
            let at = known.positions.partition_point(|position| position.instruction <= *instruction);
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str("    at ");
            text.push_str(name);
            if let Some(position) = at.checked_sub(1).map(|at| known.positions[at]) {
                let file = &self.program.strings[self.program.files[position.file as usize] as usize];
                text.push_str(&format!(" ({file}:{}:{})", position.line, position.column));
            }
        }
        text
    }

    /// What `stack` reads: the error's own line, and the recorded positions below it.
    pub(crate) fn stack_text(&mut self, object: Gc<PlainObject>, trace: Value) -> String {
        let mut text = if self.is_error(object) { self.error_line(object) } else { String::new() };
        let calls = self.trace_text(trace);
        if !text.is_empty() && !calls.is_empty() {
            text.push('\n');
        }
        text + &calls
    }

    /// `TypeError: …`
    fn error_line(&mut self, error: Gc<PlainObject>) -> String {
        let [name, message] = ["name", "message"].map(|name| self.own_text(error, name));
        if message.is_empty() { name } else { format!("{name}: {message}") }
    }

    fn own_text(&mut self, object: Gc<PlainObject>, name: &str) -> String {
        let value = self.own_property(object, name).and_then(Value::as_string);
        value.map_or_else(String::new, |text| text.as_str().to_owned())
    }

    /// The program throws a value. Errors know where they were made; of anything else it is remembered where it was thrown.
    #[cold]
    pub(crate) fn throws(&mut self, value: Value) -> Thrown {
        if value.as_plain().is_none_or(|object| !self.is_error(object)) {
            let trace = self.capture_trace(false);
            self.bare_throw = [value, Value::reference(trace)];
        }
        Thrown(value)
    }

    /// What is shown of an error that nothing caught.
    pub fn uncaught(&mut self, thrown: Thrown) -> Uncaught {
        self.with_causes(thrown.0, CAUSES_MAX)
    }

    fn with_causes(&mut self, value: Value, most: usize) -> Uncaught {
        let mut shown = self.shown_error(value);
        let object = value.as_plain().filter(|object| self.is_error(*object));
        let cause = object.and_then(|object| self.own_property(object, "cause"));
        if let Some(cause) = cause.filter(|cause| !cause.is_nullish())
            && most > 0
        {
            shown.cause = Some(Box::new(self.with_causes(cause, most - 1)));
        }
        shown
    }

    /// The message and the stack of an error, or what else was thrown.
    pub(crate) fn shown_error(&mut self, value: Value) -> Uncaught {
        let Some(object) = value.as_plain().filter(|object| self.is_error(*object)) else {
            let [thrown, trace] = self.bare_throw;
            let stack = if thrown == value { self.trace_text(trace) } else { String::new() };
            return Uncaught { message: crate::format::inspect(self, value), stack, cause: None };
        };
        let message = self.error_line(object);
        let stack = self.own_text(object, "stack");
        // The calls alone: the line above them is told as it is now.
        let calls = match stack.strip_prefix(&*message) {
            Some(calls) => calls.trim_start_matches('\n'),
            None => stack.find("\n    at ").map_or(&*stack, |at| &stack[at + 1..]),
        };
        let stack = calls.to_owned();
        Uncaught { message, stack, cause: None }
    }

    /// Whether an object looks like an error: it has a name, a message and a stack.
    pub fn is_error(&mut self, object: Gc<PlainObject>) -> bool {
        ["message", "name", "stack"].iter().all(|name| {
            let Some(name) = self.names.find(name) else { return false };
            self.shapes.get(object.shape()).slot(name).is_some()
        })
    }
}

fn trace_entries<'a>(trace: Gc<crate::heap::object::Header>) -> &'a [[u32; 2]] {
    trace.as_trace().map_or(&[], |trace| trace.entries())
}
