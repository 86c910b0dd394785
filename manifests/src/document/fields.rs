//! Taking fields out of a table, once each, and complaining about what is left.

use std::cell::RefCell;

use raya_signing::escape_for_terminal;
use raya_source::{Diagnostic, Span};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::value::{self, Bad, FromText, FromValue};
use super::{ROWS_MAX, Reader, closest};
use crate::code;

/// One table of a document. Each key that is asked for is known; [`Fields::finish`] reports the others.
pub(crate) struct Fields<'r, 'd> {
    reader: &'r Reader,
    table: &'d DeTable<'d>,
    /// Where the table stands, for keys that are missing.
    span: Span,
    /// What the table is called in messages; empty for the root.
    name: String,
    known: RefCell<Vec<&'static str>>,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<'r, 'd> Fields<'r, 'd> {
    /// The whole document.
    pub(crate) fn root(reader: &'r Reader, table: &'d DeTable<'d>) -> Self {
        Fields { reader, table, span: reader.span(0..0), name: String::new(), known: RefCell::default() }
    }

    fn inner(&self, table: &'d DeTable<'d>, span: Span, name: &str) -> Self {
        let name = if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) };
        Fields { reader: self.reader, table, span, name, known: RefCell::default() }
    }

    /// Where the table stands.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// Notes a problem of the document.
    pub(crate) fn report(&self, problem: Diagnostic) {
        self.reader.report(problem);
    }

    fn get(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.known.borrow_mut().push(key);
        self.table.get(key)
    }

    fn place(&self, value: &Spanned<DeValue<'_>>) -> Span {
        self.reader.span(value.span())
    }

    /// The name of a key in messages.
    fn path(&self, key: &str) -> String {
        let key = escape_for_terminal(key);
        if self.name.is_empty() { format!("`{key}`") } else { format!("`{key}` in `{}`", self.name) }
    }

    fn convert<T: FromValue>(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Located<T>> {
        let span = self.place(value);
        match T::from_value(value.get_ref()) {
            Ok(value) => Some(Located { value, span }),
            Err(bad) => {
                self.report(self.bad_value(key, value, bad, T::EXPECTED).at(span));
                None
            }
        }
    }

    fn bad_value(&self, key: &str, value: &Spanned<DeValue<'_>>, bad: Bad, expected: &str) -> Diagnostic {
        match bad {
            Bad::Type => {
                let found = value.get_ref().type_str();
                let message =
                    format!("{}: expected {expected}, found a value of type {found}", self.path(key));
                Diagnostic::error(code::WRONG_TYPE, message)
            }
            Bad::Invisible(character) => super::invisible(character),
            Bad::Value { found, help } => {
                let found = escape_for_terminal(&found).into_owned();
                let message = format!("{}: expected {expected}, found `{found}`", self.path(key));
                let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, message);
                if help.is_empty() { problem } else { problem.with_help(escape_for_terminal(&help)) }
            }
        }
    }

    fn missing(&self, key: &str, expected: &str) {
        let message = format!("{}: expected {expected}, found nothing", self.path(key));
        let help = if self.name.is_empty() {
            format!("add `{key} = …` before the first table")
        } else {
            format!("add `{key} = …` to `{}`", self.name)
        };
        self.report(Diagnostic::error(code::MISSING_KEY, message).at(self.span).with_help(help));
    }

    /// A value that may be missing, with its place.
    pub(crate) fn located<T: FromValue>(&self, key: &'static str) -> Option<Located<T>> {
        self.convert(key, self.get(key)?)
    }

    /// A value that may be missing.
    pub(crate) fn optional<T: FromValue>(&self, key: &'static str) -> Option<T> {
        self.located(key).map(|located| located.value)
    }

    /// A value that must be there, with its place; `None` once a problem was reported.
    pub(crate) fn required_located<T: FromValue>(&self, key: &'static str) -> Option<Located<T>> {
        match self.get(key) {
            Some(value) => self.convert(key, value),
            None => {
                self.missing(key, T::EXPECTED);
                None
            }
        }
    }

    /// A value that must be there; `None` once a problem was reported.
    pub(crate) fn required<T: FromValue>(&self, key: &'static str) -> Option<T> {
        self.required_located(key).map(|located| located.value)
    }

    /// An array of distinct values that may be missing, in the order written; bad elements are reported and left out.
    pub(crate) fn list<T: FromValue + PartialEq>(&self, key: &'static str) -> Vec<T> {
        let mut values: Vec<T> = vec![];
        for located in self.located_list(key) {
            if values.contains(&located.value) {
                let message = format!("{}: expected distinct elements, found one twice", self.path(key));
                self.report(
                    Diagnostic::error(code::DUPLICATE_ROW, message)
                        .at(located.span)
                        .with_help("keep one of the two"),
                );
            } else {
                values.push(located.value);
            }
        }
        values
    }

    fn located_list<T: FromValue>(&self, key: &'static str) -> Vec<Located<T>> {
        let Some(value) = self.get(key) else { return vec![] };
        let Some(array) = value.get_ref().as_array() else {
            let problem =
                self.bad_value(key, value, Bad::Type, &format!("an array, each element {}", T::EXPECTED));
            self.report(problem.at(self.place(value)));
            return vec![];
        };
        if self.has_too_many(key, array.len(), value) {
            return vec![];
        }
        array.iter().filter_map(|element| self.convert(key, element)).collect()
    }

    fn has_too_many(&self, key: &str, count: usize, value: &Spanned<DeValue<'_>>) -> bool {
        if count <= ROWS_MAX {
            return false;
        }
        let message = format!("{}: expected at most {ROWS_MAX} elements, found {count}", self.path(key));
        self.report(Diagnostic::error(code::TOO_MANY_ROWS, message).at(self.place(value)));
        true
    }

    /// A table that may be missing.
    pub(crate) fn table(&self, key: &'static str) -> Option<Fields<'r, 'd>> {
        let value = self.get(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(self.inner(table, self.place(value), key)),
            None => {
                self.report(self.bad_value(key, value, Bad::Type, "a table").at(self.place(value)));
                None
            }
        }
    }

    /// A table that must be there.
    pub(crate) fn required_table(&self, key: &'static str) -> Option<Fields<'r, 'd>> {
        if self.table.contains_key(key) {
            return self.table(key);
        }
        self.known.borrow_mut().push(key);
        let message = format!("expected a table `[{key}]`, found none");
        self.report(
            Diagnostic::error(code::MISSING_KEY, message).at(self.span).with_help(format!("add `[{key}]`")),
        );
        None
    }

    /// An array of tables that may be missing, in the order written.
    pub(crate) fn tables(&self, key: &'static str) -> Vec<Fields<'r, 'd>> {
        let Some(value) = self.get(key) else { return vec![] };
        let Some(array) = value.get_ref().as_array() else {
            self.report(self.bad_value(key, value, Bad::Type, "an array of tables").at(self.place(value)));
            return vec![];
        };
        if self.has_too_many(key, array.len(), value) {
            return vec![];
        }
        let as_fields = |element: &'d Spanned<DeValue<'d>>| match element.get_ref().as_table() {
            Some(table) => Some(self.inner(table, self.place(element), key)),
            None => {
                self.report(self.bad_value(key, element, Bad::Type, "a table").at(self.place(element)));
                None
            }
        };
        array.iter().filter_map(as_fields).collect()
    }

    /// All entries of a table whose keys the user chooses, in the order written. A key that is none of `K` is reported.
    pub(crate) fn entries<K: FromText>(&self) -> Vec<Entry<'r, 'd, K>> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let convert = |(key, value): (&Spanned<toml::de::DeString<'d>>, &'d Spanned<DeValue<'d>>)| {
            let span = self.reader.span(key.span());
            match value::key_from_text::<K>(key.get_ref()) {
                Ok(name) => Some(Entry {
                    key: Located { value: name, span },
                    text: key.get_ref().to_string(),
                    value,
                    parent: self.inner(self.table, self.span, ""),
                }),
                Err(help) => {
                    let found = escape_for_terminal(key.get_ref()).into_owned();
                    let message =
                        format!("`{}`: expected {}, found the key `{found}`", self.name, K::EXPECTED);
                    let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, message).at(span);
                    self.report(if help.is_empty() { problem } else { problem.with_help(help) });
                    None
                }
            }
        };
        entries.into_iter().filter_map(convert).collect()
    }

    /// Reports every key that was not asked for.
    pub(crate) fn finish(&self) {
        let known = self.known.borrow();
        for (key, _) in self.table.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
            let span = self.reader.span(key.span());
            let message = match known.len() {
                0 => format!("{} is unknown: expected no keys here", self.path(key.get_ref())),
                _ => format!(
                    "{} is unknown: expected one of `{}`",
                    self.path(key.get_ref()),
                    known.join("`, `")
                ),
            };
            let problem = Diagnostic::error(code::UNKNOWN_KEY, message).at(span);
            self.report(match closest(key.get_ref(), known.iter().copied()) {
                Some(near) => problem.with_edit(format!("did you mean `{near}`?"), span, near),
                None => problem.with_help("remove it: keys that do nothing are not ignored"),
            });
        }
    }
}

/// One entry of a table whose keys the user chooses.
pub(crate) struct Entry<'r, 'd, K> {
    pub(crate) key: Located<K>,
    text: String,
    value: &'d Spanned<DeValue<'d>>,
    parent: Fields<'r, 'd>,
}

impl<'r, 'd, K> Entry<'r, 'd, K> {
    /// The value, when it is a table.
    pub(crate) fn table(&self) -> Option<Fields<'r, 'd>> {
        let table = self.value.get_ref().as_table()?;
        let mut fields = self.parent.inner(table, self.parent.place(self.value), "");
        fields.name.clone_from(&self.text);
        Some(fields)
    }

    /// The value as a plain one; `None` once a problem was reported.
    pub(crate) fn plain<T: FromValue>(&self) -> Option<T> {
        self.parent.convert(&self.text, self.value).map(|located| located.value)
    }
}
