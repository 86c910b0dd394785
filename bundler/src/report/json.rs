//! Problems as one JSON document. `docs/diagnostics.md` tells its schema, which only ever grows.

use raya_source::{Diagnostic, Edit, Help, Label, Severity, Span};
use serde_json::{Value, json};

use super::Part;

/// The schema's version. New fields may come without a new number; none goes or changes its meaning.
const SCHEMA_VERSION: u32 = 1;

/// The document, in lines.
pub fn render(parts: &[Part<'_>]) -> String {
    let all = || parts.iter().flat_map(|part| part.diagnostics.iter().map(move |one| (part, one)));
    let count = |severity| all().filter(|(_, one)| one.severity == severity).count();
    let document = json!({
        "schema": SCHEMA_VERSION,
        "tool": { "name": "raya", "version": env!("CARGO_PKG_VERSION") },
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "diagnostics": all().map(|(part, one)| problem(part, one)).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn problem(part: &Part<'_>, diagnostic: &Diagnostic) -> Value {
    // Taken apart, so that a new field of diagnostics is not forgotten here.
    let Diagnostic { code, severity, message, primary, related, notes, help } = diagnostic;
    let fixes = help.iter().filter_map(|Help { message, edit }| {
        Some(json!({ "message": message, "edits": [replacement(part, edit.as_ref()?)] }))
    });
    json!({
        "code": code.0,
        "severity": match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": message,
        "location": primary.as_ref().map(|label| location(part, label)),
        "related": related.iter().map(|label| location(part, label)).collect::<Vec<_>>(),
        "notes": notes,
        "help": help.iter().map(|one| &one.message).collect::<Vec<_>>(),
        "fixes": fixes.collect::<Vec<_>>(),
    })
}

fn location(part: &Part<'_>, label: &Label) -> Value {
    let mut value = place(part, label.span);
    value["label"] = json!(label.message);
    value
}

fn replacement(part: &Part<'_>, edit: &Edit) -> Value {
    let mut value = place(part, edit.span);
    value["replacement"] = json!(edit.replacement);
    value
}

fn place(part: &Part<'_>, span: Span) -> Value {
    let file = part.sources.file(span.file);
    let point = |offset: u32| {
        let position = file.position(offset);
        json!({ "line": position.line, "column": position.column, "offset": offset })
    };
    json!({ "file": part.sources.path(span.file), "start": point(span.start), "end": point(span.end) })
}
