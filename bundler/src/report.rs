//! Draws diagnostics. The only place that decides how a problem looks: what, where, the evidence, the remedy.
//!
//! Much of what is said comes from files that others wrote: names of members, words of a linker, sources. Whatever acts on a
//! terminal is written out here, wherever it came from.

pub mod json;
pub mod sarif;

use std::borrow::Cow;
use std::io::IsTerminal;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use raya_signing::{escape_for_terminal, is_terminal_safe, is_unsafe_character};
use raya_source::{Diagnostic, Edit, Help, Label, Severity, SourceFile, SourceMap};

/// What is wrong with one program, for the forms that other programs read.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The files that the problems are in.
    pub sources: &'a SourceMap,
    /// The problems.
    pub diagnostics: &'a [Diagnostic],
}

/// How reports are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone: for files, pipes and `NO_COLOR`.
    Plain,
    /// With colour: for terminals.
    Coloured,
}

impl Style {
    /// Colour only where stderr is a terminal and `NO_COLOR` is unset or empty.
    pub fn for_standard_error() -> Style {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if !unwanted && std::io::stderr().is_terminal() { Style::Coloured } else { Style::Plain }
    }
}

/// Draws all diagnostics, one after the other, each followed by an empty line.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let mut text = String::new();
    let sources = harmless_sources(sources);
    for diagnostic in diagnostics {
        let diagnostic = harmless(diagnostic);
        let groups: Vec<Group<'_>> = std::iter::once(main_group(&diagnostic, &sources))
            .chain(edit_groups(&diagnostic, &sources))
            .collect();
        text.push_str(&renderer.render(&groups));
        text.push_str("\n\n");
    }
    text
}

/// The same with every text escaped. Line ends and tabs stay: compilers and linkers say several lines.
fn harmless(diagnostic: &Diagnostic) -> Diagnostic {
    let Diagnostic { code, severity, message, primary, related, notes, help } = diagnostic;
    let label = |label: &Label| Label { span: label.span, message: harmless_text(&label.message) };
    let edit = |edit: &Edit| Edit { span: edit.span, replacement: harmless_text(&edit.replacement) };
    Diagnostic {
        code: *code,
        severity: *severity,
        message: harmless_text(message),
        primary: primary.as_ref().map(label),
        related: related.iter().map(label).collect(),
        notes: notes.iter().map(|note| harmless_text(note)).collect(),
        help: help
            .iter()
            .map(|Help { message, edit: change }| Help {
                message: harmless_text(message),
                edit: change.as_ref().map(edit),
            })
            .collect(),
    }
}

fn harmless_text(text: &str) -> String {
    let is_kept = |character: char| matches!(character, '\n' | '\t');
    let mut escaped = String::with_capacity(text.len());
    for part in text.split_inclusive(is_kept) {
        let end = part.chars().next_back().filter(|last| is_kept(*last));
        escaped.push_str(&escape_for_terminal(part.trim_end_matches(is_kept)));
        escaped.extend(end);
    }
    escaped
}

/// The same files, with a mark for each character that acts on a terminal. A mark has as many bytes as what it stands for, so
/// that spans stay right; the renderer has marks of its own for those of one byte.
fn harmless_sources(sources: &SourceMap) -> Cow<'_, SourceMap> {
    let is_harmless = |text: &str| !text.contains(is_replaced);
    let is_safe_path = |file| is_terminal_safe(&sources.path(file));
    if sources.files().all(|(id, file)| is_harmless(file.text()) && is_safe_path(id)) {
        return Cow::Borrowed(sources);
    }
    let mut harmless = SourceMap::new();
    harmless.set_folder(escape_for_terminal(&sources.folder().to_string_lossy()).into_owned());
    for (_, file) in sources.files() {
        let mark = |character: char| match character.len_utf8() {
            2 if is_replaced(character) => '\u{BF}',
            3 if is_replaced(character) => char::REPLACEMENT_CHARACTER,
            4 if is_replaced(character) => '\u{1F6AB}',
            _ => character,
        };
        let text: String = file.text().chars().map(mark).collect();
        harmless.add(SourceFile::new(escape_for_terminal(file.name()), text));
    }
    Cow::Owned(harmless)
}

fn is_replaced(character: char) -> bool {
    !character.is_ascii() && is_unsafe_character(character)
}

fn main_group<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&*diagnostic.message).id(diagnostic.code.0));
    for snippet in snippets(diagnostic, sources) {
        group = group.element(snippet);
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(&**note));
    }
    for Help { message, edit } in &diagnostic.help {
        if edit.is_none() {
            group = group.element(Level::HELP.message(&**message));
        }
    }
    group
}

/// One snippet for each file, the primary label's file first.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let primary = diagnostic.primary.iter().map(|label| (AnnotationKind::Primary, label));
    let related = diagnostic.related.iter().map(|label| (AnnotationKind::Context, label));
    let labels: Vec<_> = primary.chain(related).collect();
    let mut files = vec![];
    for (_, label) in &labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
        .into_iter()
        .map(|file| {
            let source = sources.file(file);
            let annotations =
                labels.iter().filter(|(_, label)| label.span.file == file).map(|(kind, label)| {
                    let annotation = kind.span(label.span.start as usize..label.span.end as usize);
                    if label.message.is_empty() { annotation } else { annotation.label(&*label.message) }
                });
            Snippet::source(source.text()).path(sources.path(file)).annotations(annotations)
        })
        .collect()
}

/// Advice that comes with an exact change is drawn as that change.
fn edit_groups<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a SourceMap,
) -> impl Iterator<Item = Group<'a>> + use<'a> {
    diagnostic.help.iter().filter_map(move |Help { message, edit }| {
        let edit = edit.as_ref()?;
        let source = sources.file(edit.span.file);
        let patch = Patch::new(edit.span.start as usize..edit.span.end as usize, &*edit.replacement);
        let group = Group::with_title(Level::HELP.secondary_title(&**message));
        Some(group.element(Snippet::source(source.text()).path(sources.path(edit.span.file)).patch(patch)))
    })
}

#[cfg(test)]
mod tests {
    use raya_source::{Code, SourceFile, Span};

    use super::*;

    #[test]
    fn nothing_in_a_report_acts_on_a_terminal() {
        let hostile = "a\u{1b}[2J\u{9b}8m\u{202e}b\u{200b}c\u{e0041}\rd\u{7}";
        let mut sources = SourceMap::new();
        let file = sources.add(SourceFile::new(hostile, format!("let x = \"{hostile}\";\n")));
        let diagnostic = Diagnostic::error(Code("R0300"), hostile)
            .labelled(Span::new(file, 4, 5), hostile)
            .with_related(Span::new(file, 0, 3), hostile)
            .with_note(format!("first: {hostile}\n\tsecond: {hostile}"))
            .with_help(hostile)
            .with_edit(hostile, Span::new(file, 4, 5), hostile);
        let text = render(&[diagnostic], &sources, Style::Plain);
        let acting: Vec<char> = text
            .chars()
            .filter(|found| !matches!(found, '\n' | '\t') && is_unsafe_character(*found))
            .collect();
        assert!(acting.is_empty(), "{acting:?} in\n{text}");
        assert!(text.contains("a\\u{001b}[2J\\u{009b}8m\\u{202e}b\\u{200b}c"), "{text}");
        assert!(
            text.lines().any(|line| line.trim_start().starts_with("second:")),
            "lines stay lines:\n{text}"
        );
    }

    #[test]
    fn marks_keep_spans_right() {
        let text = "\u{9b}\u{202e}\u{e0041}x";
        let mut sources = SourceMap::new();
        let file = sources.add(SourceFile::new("a", text));
        let shown = harmless_sources(&sources);
        assert_eq!(shown.file(file).text().len(), text.len());
        assert!(shown.file(file).text().ends_with('x') && is_terminal_safe(shown.file(file).text()));
    }

    #[test]
    fn a_report_shows_code_source_evidence_and_remedy() {
        let mut sources = SourceMap::new();
        let file = sources.add(SourceFile::new("app.raya", "let x: int = \"one\";\nuse(x);\n"));
        let diagnostic = Diagnostic::error(Code("R0300"), "expected `int`, found `string`")
            .labelled(Span::new(file, 13, 18), "this is a string")
            .with_related(Span::new(file, 4, 5), "declared here")
            .with_note("types are checked before anything runs")
            .with_edit("write a number", Span::new(file, 13, 18), "1");
        let text = render(&[diagnostic], &sources, Style::Plain);
        for part in [
            "error[R0300]: expected `int`, found `string`",
            "app.raya:1:14",
            "this is a string",
            "declared here",
            "note:",
            "help: write a number",
        ] {
            assert!(text.contains(part), "{part} is missing in:\n{text}");
        }
    }
}
