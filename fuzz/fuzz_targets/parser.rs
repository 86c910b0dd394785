//! Any text gives a tree; every span of it and of what is reported lies in the text; and a statement of a sound text, parsed alone,
//! is the same tree again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raya_source::FileId;
use raya_syntax::ast::{Statement, StatementKind};

/// Statements that are parsed again; all would take time squared for a text of empty ones.
const AGAIN_MAX: usize = 8;

fuzz_target!(|text: &str| {
    let parsed = raya_syntax::parse(FileId(0), text);
    for diagnostic in &parsed.diagnostics {
        if let Some(label) = &diagnostic.primary {
            assert!(text.get(label.span.start as usize..label.span.end as usize).is_some());
        }
    }
    for (specifier, span) in raya_syntax::imports(&parsed.module) {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{specifier}");
    }
    let mut end = 0;
    for statement in &parsed.module.statements {
        let span = statement.span;
        assert!(end <= span.start && span.start <= span.end, "statements overlap at {}", span.start);
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
        end = span.end;
    }
    if parsed.diagnostics.is_empty() {
        for statement in parsed.module.statements.iter().take(AGAIN_MAX) {
            check_again(text, statement);
        }
    }
});

fn check_again(text: &str, statement: &Statement) {
    let span = statement.span;
    let alone = &text[span.start as usize..span.end as usize];
    let again = raya_syntax::parse(FileId(0), alone);
    assert!(again.diagnostics.is_empty(), "{alone:?} alone: {:?}", again.diagnostics);
    let [only] = again.module.statements.as_slice() else {
        assert!(matches!(statement.kind, StatementKind::Empty), "{alone:?} alone is not one statement");
        return;
    };
    let (before, after) = (format!("{statement:?}"), format!("{only:?}"));
    assert_eq!(shape(&before, text), shape(&after, alone), "{alone:?}");
}

/// A printed tree without its places and numbers; every place is checked to lie in the text.
fn shape(printed: &str, text: &str) -> String {
    let mut shape = String::with_capacity(printed.len());
    let mut rest = printed;
    while let Some((before, after)) = rest.split_once("Span { file: FileId(0), start: ") {
        shape.push_str(before);
        let place = after.split_once(", end: ").and_then(|(start, after)| {
            let (end, after) = after.split_once(" }")?;
            Some((start.parse::<usize>().ok()?, end.parse::<usize>().ok()?, after))
        });
        // A literal of the text may be spelled like a place.
        let Some((start, end, after)) = place else { break };
        assert!(text.get(start..end).is_some(), "{start}..{end} of {}", text.len());
        rest = after;
    }
    shape.push_str(rest);
    without_numbers(&shape)
}

/// Takes out what stands in `NodeId(…)`.
fn without_numbers(shape: &str) -> String {
    let mut pieces = shape.split("NodeId(");
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        kept.push_str(piece.trim_start_matches(|character: char| character.is_ascii_digit()));
    }
    kept
}
