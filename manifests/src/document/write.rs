//! Writing TOML so that the same value gives the same bytes.

use std::fmt::{Display, Write as _};

/// Builds a document. Every method writes one line or one heading.
pub(crate) struct Writer {
    text: String,
}

impl Writer {
    /// A document that starts with its schema line.
    pub(crate) fn new(schema: &str) -> Self {
        Writer { text: super::schema_line(schema) }
    }

    /// `[name]`.
    pub(crate) fn table(&mut self, name: &str) {
        self.line(format_args!("\n[{name}]"));
    }

    /// `[[name]]`.
    pub(crate) fn row(&mut self, name: &str) {
        self.line(format_args!("\n[[{name}]]"));
    }

    /// `key = "value"`.
    pub(crate) fn string(&mut self, key: &str, value: impl Display) {
        let value = quoted(&value.to_string());
        self.line(format_args!("{key} = {value}"));
    }

    /// `key = value` for numbers and booleans.
    pub(crate) fn bare(&mut self, key: &str, value: impl Display) {
        self.line(format_args!("{key} = {value}"));
    }

    /// `key = ["a", "b"]`.
    pub(crate) fn strings<T: Display>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        let values: Vec<String> = values.into_iter().map(|value| quoted(&value.to_string())).collect();
        self.line(format_args!("{key} = [{}]", values.join(", ")));
    }

    /// The document.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

/// A basic string: only what must be escaped is.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            control if raya_signing::is_unsafe_character(control) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(control));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}
