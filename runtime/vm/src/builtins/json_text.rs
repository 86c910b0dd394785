//! `JSON.stringify`.

use raya_abi::limits::STRING_BYTES_MAX;

use super::Outcome;
use crate::convert::{push_int, push_number};
use crate::error::{ErrorKind, Thrown};
use crate::heap::Gc;
use crate::heap::boxed::Json;
use crate::heap::object::Header;
use crate::value::{Primitive, Value};
use crate::vm::{Arguments, Vm};

builtins! {
    "JSON.write" = "raya_builtin_JSON_write" => write;
    "JSON.kind" = "raya_builtin_JSON_kind" => kind;
    "JSON.plain" = "raya_builtin_JSON_plain" => plain;
}

/// Nesting that is written.
const DEPTH_MAX: usize = 512;

fn write(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let names = match arguments.get(1).is_nullish() {
        true => None,
        false => {
            let names = vm.array_argument(arguments, 1)?;
            Some(names.iter().filter_map(Value::as_string).map(|name| name.as_str().to_owned()).collect())
        }
    };
    let indent = match arguments.get(2) {
        value if value.is_nullish() => String::new(),
        value => match (value.as_number(), value.as_string()) {
            (Some(width), _) => " ".repeat(width.clamp(0.0, 10.0) as usize),
            (_, Some(text)) => text.as_str().chars().take(10).collect(),
            _ => return Err(vm.expected("an indent", value)),
        },
    };
    let mut writer = Writer {
        vm,
        text: String::new(),
        indent,
        names,
        open: Vec::new(),
        converts: false,
        spells_all_numbers: false,
    };
    writer.value(arguments.get(0))?;
    if writer.converts {
        return Ok(Value::NULL);
    }
    let text = writer.text;
    vm.new_string(&text)
}

/// 0 for what has a `toJSON`, 1 for an object whose properties are written, 2 for everything else.
fn kind(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let value = arguments.get(0);
    Ok(Value::int(match value.as_plain() {
        Some(_) if vm.has_method(value, "toJSON") => 0,
        Some(_) => 1,
        None => 2,
    }))
}

/// A date as its text, or null; anything else as it is.
fn plain(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    match arguments.get(0).as_boxed().map(|boxed| boxed.body().json()) {
        Some(Json::Null) => Ok(Value::NULL),
        Some(Json::Text(text)) => vm.new_string(&text),
        _ => Ok(arguments.get(0)),
    }
}

impl Vm {
    /// The JSON text of a value, on one line; a function or class is `null`, NaN and infinities are spelled as such, so that
    /// whoever reads the line can tell them apart.
    pub fn value_to_json(&mut self, value: Value) -> Result<String, Thrown> {
        let mut writer = Writer {
            vm: self,
            text: String::new(),
            indent: String::new(),
            names: None,
            open: Vec::new(),
            converts: false,
            spells_all_numbers: true,
        };
        writer.value(value)?;
        Ok(writer.text)
    }
}

struct Writer<'a> {
    vm: &'a mut Vm,
    text: String,
    indent: String,
    names: Option<Vec<String>>,
    open: Vec<Gc<Header>>,
    /// Something was met that says itself what stands for it.
    converts: bool,
    /// NaN and infinities are spelled as such; JSON itself has no words for them.
    spells_all_numbers: bool,
}

impl Writer<'_> {
    fn value(&mut self, value: Value) -> Result<(), Thrown> {
        match value.primitive() {
            Primitive::Null => self.text.push_str("null"),
            Primitive::Boolean(value) => self.text.push_str(if value { "true" } else { "false" }),
            Primitive::Int(value) => push_int(&mut self.text, value),
            Primitive::Number(value) if value.is_finite() || self.spells_all_numbers => {
                push_number(&mut self.text, value)
            }
            Primitive::Number(_) => self.text.push_str("null"),
            Primitive::Reference => match value.as_string() {
                Some(string) => push_quoted(&mut self.text, string.as_str()),
                None => self.nested(value)?,
            },
        }
        if self.text.len() > STRING_BYTES_MAX {
            return Err(self.vm.string_too_long(self.text.len()));
        }
        Ok(())
    }

    fn nested(&mut self, value: Value) -> Result<(), Thrown> {
        let Some(header) = value.as_object() else { return Ok(()) };
        if self.open.contains(&header) {
            return Err(self.vm.error(ErrorKind::Type, "JSON: the structure refers to itself"));
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(self.vm.error(ErrorKind::Range, &format!("JSON: nested more than {DEPTH_MAX} deep")));
        }
        self.open.push(header);
        if let Some(array) = value.as_array() {
            self.list(array.length(), |index| array.get(index).unwrap_or(Value::NULL))?;
        } else if let Some(bytes) = value.as_bytes() {
            self.list(bytes.length(), |index| Value::int(i32::from(bytes.bytes()[index].get())))?;
        } else if self.vm.class_value_name(value).is_some() {
            self.text.push_str("null");
        } else if let Some(object) = value.as_plain() {
            self.converts |= self.vm.has_method(value, "toJSON");
            let is_error = self.vm.is_error(object);
            let mut properties = self.vm.read_properties(object)?;
            properties.retain(|(name, value)| {
                let hidden = value.is_function()
                    || crate::object::accessors::is_symbol(name)
                    || self.vm.class_value_name(*value).is_some()
                    || (is_error && name == "stack");
                !hidden && self.names.as_ref().is_none_or(|names| names.contains(name))
            });
            self.properties(properties)?;
        } else if let Some(boxed) = value.as_boxed() {
            match boxed.body().json() {
                Json::Null => self.text.push_str("null"),
                Json::Text(text) => push_quoted(&mut self.text, &text),
                Json::Empty => self.text.push_str("{}"),
            }
        } else if value.as_map().or(value.as_set()).is_some() {
            self.text.push_str("{}");
        } else {
            self.text.push_str("null");
        }
        self.open.pop();
        Ok(())
    }

    fn list(&mut self, length: usize, element: impl Fn(usize) -> Value) -> Result<(), Thrown> {
        self.text.push('[');
        for index in 0..length {
            if index > 0 {
                self.text.push(',');
            }
            self.line(0);
            self.value(element(index))?;
        }
        if length > 0 {
            self.line(1);
        }
        self.text.push(']');
        Ok(())
    }

    fn properties(&mut self, properties: Vec<(String, Value)>) -> Result<(), Thrown> {
        self.text.push('{');
        let any = !properties.is_empty();
        for (index, (name, value)) in properties.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.line(0);
            push_quoted(&mut self.text, &name);
            self.text.push_str(if self.indent.is_empty() { ":" } else { ": " });
            self.value(value)?;
        }
        if any {
            self.line(1);
        }
        self.text.push('}');
        Ok(())
    }

    /// A line break and the indent of the structures that are open, less `fewer`.
    fn line(&mut self, fewer: usize) {
        if self.indent.is_empty() {
            return;
        }
        self.text.push('\n');
        for _ in fewer..self.open.len() {
            self.text.push_str(&self.indent);
        }
    }
}

/// Text in JSON's quotes.
fn push_quoted(text: &mut String, string: &str) {
    text.push('"');
    let mut plain = 0;
    for (at, byte) in string.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            8 => "\\b",
            12 => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        text.push_str(&string[plain..at]);
        plain = at + 1;
        match escape {
            "" => {
                text.push_str("\\u00");
                text.extend(
                    [byte >> 4, byte & 15].map(|nibble| char::from(b"0123456789abcdef"[nibble as usize])),
                );
            }
            escape => text.push_str(escape),
        }
    }
    text.push_str(&string[plain..]);
    text.push('"');
}
