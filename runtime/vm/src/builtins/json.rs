//! `JSON.parse`.

use super::Outcome;
use super::number::decimal_prefix;
use crate::error::{ErrorKind, Thrown};
use crate::heap::object::ElementKind;
use crate::value::Value;
use crate::vm::{Arguments, Vm};

builtins! {
    "JSON.parse" = "raya_builtin_JSON_parse" => parse;
}

/// Nesting that is read.
const DEPTH_MAX: usize = 512;

fn parse(vm: &mut Vm, arguments: Arguments<'_>) -> Outcome {
    let text = vm.string_argument(arguments, 0)?.as_str();
    vm.parse_json(text)
}

impl Vm {
    /// The value of JSON text; a `SyntaxError` says where it is none.
    pub fn parse_json(&mut self, text: &str) -> Result<Value, Thrown> {
        let mut parser = Parser { vm: self, text, at: 0 };
        let value = parser.value(0)?;
        parser.space();
        if parser.at < text.len() {
            return Err(parser.unexpected("the end"));
        }
        Ok(value)
    }
}

struct Parser<'a> {
    vm: &'a mut Vm,
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[cold]
    fn unexpected(&mut self, expected: &str) -> Thrown {
        let found = match self.text[self.at..].chars().next() {
            Some(character) => format!("'{character}'"),
            None => "the end".into(),
        };
        let before = &self.text[..self.at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        let message = format!("JSON: expected {expected}, found {found} at line {line}, column {column}");
        self.vm.error(ErrorKind::Syntax, &message)
    }

    fn value(&mut self, depth: usize) -> Result<Value, Thrown> {
        if depth > DEPTH_MAX {
            return Err(self
                .vm
                .error(ErrorKind::Syntax, &format!("JSON: nested more than {DEPTH_MAX} deep")));
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => {
                let text = self.string()?;
                self.vm.new_string(&text)
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::TRUE),
            Some(b'f') => self.word("false", Value::FALSE),
            Some(b'n') => self.word("null", Value::NULL),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Thrown> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.unexpected(word));
        }
        self.at += word.len();
        Ok(value)
    }

    /// Integral numbers that fit become ints.
    fn number(&mut self) -> Result<Value, Thrown> {
        let rest = &self.text[self.at..];
        let digits = rest.strip_prefix('-').unwrap_or(rest).as_bytes();
        let leading_zero = digits.first() == Some(&b'0') && digits.get(1).is_some_and(u8::is_ascii_digit);
        let (length, number) = decimal_prefix(rest);
        let spelled = &rest[..length];
        let point = spelled.find('.');
        let bare_point =
            point.is_some_and(|at| !spelled.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit));
        if length == 0 || leading_zero || bare_point || !digits.first().is_some_and(u8::is_ascii_digit) {
            return Err(self.unexpected("a number"));
        }
        self.at += length;
        Ok(Value::integral_or_number(number))
    }

    fn array(&mut self, depth: usize) -> Result<Value, Thrown> {
        self.at += 1;
        let array = self.vm.heap.array(ElementKind::Any, 0);
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::reference(array));
        }
        loop {
            let element = self.value(depth + 1)?;
            self.vm.array_push(Value::reference(array), element)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::reference(array));
                }
                _ => return Err(self.unexpected("',' or ']'")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Thrown> {
        self.at += 1;
        let mut properties: Vec<(String, Value)> = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::reference(self.vm.new_object(0)));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a property name"));
            }
            let name = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("':'"));
            }
            self.at += 1;
            properties.push((name, self.value(depth + 1)?));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                _ => return Err(self.unexpected("',' or '}'")),
            }
        }
        let object = self.vm.new_object(properties.len());
        for (name, value) in properties {
            self.vm.set_property(object, &name, value)?;
        }
        Ok(Value::reference(object))
    }

    fn string(&mut self) -> Result<String, Thrown> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let plain = rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F)).count();
            text.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => self.escape(&mut text)?,
                _ => return Err(self.unexpected("'\"'")),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Thrown> {
        self.at += 1;
        let character = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = self.hex_unit()?;
                text.push(self.character(unit)?);
                return Ok(());
            }
            _ => return Err(self.unexpected("an escape")),
        };
        self.at += 1;
        text.push(character);
        Ok(())
    }

    /// The character of a unit and, where it is the first half of a pair, of the escape that follows.
    fn character(&mut self, unit: u32) -> Result<char, Thrown> {
        let is_high = (0xD800..0xDC00).contains(&unit);
        if is_high && self.text[self.at..].starts_with("\\u") {
            let before = self.at;
            self.at += 1;
            let low = self.hex_unit()?;
            if (0xDC00..0xE000).contains(&low) {
                return Ok(
                    char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00)).unwrap_or('\u{FFFD}')
                );
            }
            self.at = before;
        }
        Ok(char::from_u32(unit).unwrap_or('\u{FFFD}'))
    }

    /// The four digits behind the `u` that the parser stands at.
    fn hex_unit(&mut self) -> Result<u32, Thrown> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5);
        let unit = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit)).map(|digits| {
            digits.iter().fold(0, |unit, digit| unit << 4 | char::from(*digit).to_digit(16).unwrap_or(0))
        });
        match unit {
            Some(unit) => {
                self.at += 5;
                Ok(unit)
            }
            None => Err(self.unexpected("four hexadecimal digits")),
        }
    }
}
