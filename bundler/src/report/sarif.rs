//! Problems as SARIF 2.1.0, the format that code hosts and editors read.

use std::collections::BTreeSet;

use raya_source::{Diagnostic, Edit, Help, Label, Severity, Span};
use serde_json::{Value, json};

use super::Part;

/// The schema that documents name.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The document, in lines.
pub fn render(parts: &[Part<'_>]) -> String {
    let codes: BTreeSet<&str> =
        parts.iter().flat_map(|part| part.diagnostics.iter().map(|one| one.code.0)).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let results: Vec<Value> =
        parts.iter().flat_map(|part| part.diagnostics.iter().map(|one| result(part, one, &codes))).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "raya",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| json!({ "id": code })).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn result(part: &Part<'_>, diagnostic: &Diagnostic, codes: &[&str]) -> Value {
    // Taken apart, so that a new field of diagnostics is not forgotten here.
    let Diagnostic { code, severity, message, primary, related, notes, help } = diagnostic;
    let mut text = message.clone();
    notes.iter().for_each(|note| text.push_str(&format!("\nnote: {note}")));
    help.iter().for_each(|one| text.push_str(&format!("\nhelp: {}", one.message)));
    let mut result = json!({
        "ruleId": code.0,
        "ruleIndex": codes.iter().position(|known| *known == code.0),
        "level": match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": { "text": text },
        "locations": primary.iter().map(|label| location(part, label)).collect::<Vec<_>>(),
    });
    if !related.is_empty() {
        let numbered = related.iter().enumerate().map(|(at, label)| {
            let mut value = location(part, label);
            value["id"] = json!(at);
            value
        });
        result["relatedLocations"] = numbered.collect();
    }
    let fixes: Vec<Value> = help.iter().filter_map(|help| fix(part, help)).collect();
    if !fixes.is_empty() {
        result["fixes"] = fixes.into();
    }
    result
}

fn fix(part: &Part<'_>, Help { message, edit }: &Help) -> Option<Value> {
    let Edit { span, replacement } = edit.as_ref()?;
    Some(json!({
        "description": { "text": message },
        "artifactChanges": [{
            "artifactLocation": { "uri": uri(&part.sources.path(span.file)) },
            "replacements": [{
                "deletedRegion": region(part, *span),
                "insertedContent": { "text": replacement },
            }],
        }],
    }))
}

fn location(part: &Part<'_>, label: &Label) -> Value {
    let mut value = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&part.sources.path(label.span.file)) },
            "region": region(part, label.span),
        },
    });
    if !label.message.is_empty() {
        value["message"] = json!({ "text": label.message });
    }
    value
}

fn region(part: &Part<'_>, span: Span) -> Value {
    let file = part.sources.file(span.file);
    let (start, end) = (file.position(span.start), file.position(span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": span.start,
        "byteLength": span.end - span.start,
    })
}

/// A path as a relative URI: what has a meaning in URIs is escaped.
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(char::from(byte))
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}
