//! Strict TOML: what may stand in a document before any field is looked at, and how fields are taken.

mod fields;
mod suggest;
mod value;
mod write;

use std::cell::RefCell;
use std::ops::Range;

use raya_abi::limits::ERRORS_PER_FILE_MAX;
use raya_signing::{SigningError, escape_for_terminal, is_unsafe_character, mask_secret_keys};
use raya_source::{Code, Diagnostic, FileId, SourceFile, Span};
use toml::de::DeTable;

use crate::code;

pub(crate) use fields::{Entry, Fields, Located};
pub(crate) use suggest::closest;
pub(crate) use value::{Bad, FromText, FromValue, LongText};
pub(crate) use write::Writer;

/// Largest document in bytes. A module's manifest carries its descriptor, hence the room.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 1 << 20;
/// Most rows of one kind.
pub(crate) const ROWS_MAX: usize = 4096;

/// A file for the source map that shows `bytes` under `name`; what is not UTF-8 is replaced, so that even a broken document
/// can be pointed into. Secret keys in it are masked: reports show its lines.
pub fn document_file(name: &str, bytes: &[u8]) -> SourceFile {
    let end = bytes.len().min(DOCUMENT_BYTES_MAX);
    SourceFile::new(name, mask_secret_keys(&String::from_utf8_lossy(&bytes[..end])))
}

/// A problem with a signature, key or digest, shown for `subject` (a file, a package entry).
pub fn signing_diagnostic(subject: &str, error: &SigningError) -> Diagnostic {
    Diagnostic::error(Code(error.code()), format!("{}: {error}", escape_for_terminal(subject)))
        .with_help(error.remedy())
}

/// Collects the problems of one document.
pub(crate) struct Reader {
    file: FileId,
    problems: RefCell<Vec<Diagnostic>>,
}

impl Reader {
    /// The place of a byte range in the document.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range.start as u32, range.end.max(range.start) as u32)
    }

    /// Notes a problem; those beyond the limit are dropped.
    pub(crate) fn report(&self, problem: Diagnostic) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < ERRORS_PER_FILE_MAX {
            problems.push(problem);
        }
    }

    /// The value, or the problems in source order when there is any.
    fn conclude<T>(self, value: Option<T>) -> Result<T, Vec<Diagnostic>> {
        let mut problems = self.problems.into_inner();
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            _ => {
                problems.sort_by_key(|problem| problem.primary.as_ref().map_or(0, |label| label.span.start));
                debug_assert!(!problems.is_empty(), "a document without a value has a problem");
                Err(problems)
            }
        }
    }
}

/// Reads a document: checks its characters, parses it, and lets `read` take its fields. `read` gives `None` only after it
/// reported a problem. Unknown keys of the root are reported here.
pub(crate) fn read<T>(
    file: FileId,
    bytes: &[u8],
    schema: Option<&'static str>,
    read: impl FnOnce(&Fields<'_, '_>) -> Option<T>,
) -> Result<T, Vec<Diagnostic>> {
    let reader = Reader { file, problems: RefCell::default() };
    let text = check_characters(&reader, bytes).map_err(|problem| vec![problem])?;
    if let Some(schema) = schema {
        check_schema(&reader, text, schema).map_err(|problem| vec![problem])?;
    }
    let root = DeTable::parse(text).map_err(|error| vec![syntax_problem(&reader, text, &error)])?;
    let fields = Fields::root(&reader, root.get_ref());
    if schema.is_some() {
        // Its value was compared with the first line already; it is only taken here.
        fields.optional::<String>("schema");
    }
    let value = read(&fields);
    fields.finish();
    reader.conclude(value)
}

/// Checks size, encoding and characters. Comments are checked too: a reviewer must see what the parser sees.
fn check_characters<'t>(reader: &Reader, bytes: &'t [u8]) -> Result<&'t str, Diagnostic> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        let message =
            format!("expected a document of at most {DOCUMENT_BYTES_MAX} bytes, found {} bytes", bytes.len());
        return Err(Diagnostic::error(code::DOCUMENT_TOO_LARGE, message)
            .with_help("check that the right file was given"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("expected UTF-8 text, found other bytes at offset {}", error.valid_up_to());
        Diagnostic::error(code::NOT_UTF8, message).with_help("save the file as UTF-8")
    })?;
    if text.starts_with('\u{feff}') {
        return Err(Diagnostic::error(
            code::BYTE_ORDER_MARK,
            "expected text, found a byte order mark in front of it",
        )
        .at(reader.span(0..3))
        .with_edit("save the file as UTF-8 without a byte order mark", reader.span(0..3), ""));
    }
    let unsafe_character = |(at, character): (usize, char)| {
        let is_line_end = character == '\n' || character == '\r' && text[at..].starts_with("\r\n");
        (is_unsafe_character(character) && !is_line_end && character != '\t').then_some((at, character))
    };
    match text.char_indices().find_map(unsafe_character) {
        None => Ok(text),
        Some((at, character)) => Err(invisible(character).at(reader.span(at..at + character.len_utf8()))),
    }
}

/// The problem of a character that cannot be seen.
pub(crate) fn invisible(character: char) -> Diagnostic {
    let message = format!("expected visible characters, found U+{:04X}", u32::from(character));
    Diagnostic::error(code::INVISIBLE_CHARACTER, message)
        .with_help("remove it: what cannot be seen cannot be reviewed")
}

/// The line that a document of a schema starts with, with its line end.
pub(crate) fn schema_line(schema: &str) -> String {
    format!("schema = \"{schema}\"\n")
}

fn check_schema(reader: &Reader, text: &str, schema: &str) -> Result<(), Diagnostic> {
    if text.starts_with(&schema_line(schema)) {
        return Ok(());
    }
    let first_line = text.lines().next().unwrap_or_default();
    let excerpt: String = first_line.chars().take(96).collect();
    let message = format!(
        "expected `schema = \"{schema}\"` as the first line, found `{}`",
        escape_for_terminal(&excerpt)
    );
    Err(Diagnostic::error(code::SCHEMA, message)
        .at(reader.span(0..first_line.len()))
        .with_help("write the schema as the first line, exactly so"))
}

fn syntax_problem(reader: &Reader, text: &str, error: &toml::de::Error) -> Diagnostic {
    let message = error.message();
    let (code, help) = if message.starts_with("duplicate key") {
        (code::DUPLICATE_KEY, "keep one of the two")
    } else if message.contains("recurs") {
        (code::NESTED_TOO_DEEP, "no document needs such nesting")
    } else {
        (code::SYNTAX, "see https://toml.io for the syntax")
    };
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let range = error.span().unwrap_or(0..0);
    let (start, end) = (floor(range.start), floor(range.end));
    Diagnostic::error(code, escape_for_terminal(message))
        .at(reader.span(start..end.max(start)))
        .with_help(help)
}
