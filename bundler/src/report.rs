//! Draws diagnostics. The only place that decides how a problem looks: what, where, the evidence, the remedy.

pub mod json;
pub mod sarif;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use raya_source::{Diagnostic, FileId, Help, Severity, SourceMap};

/// What is wrong with one program, for the forms that other programs read.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The folder that names of files are relative to.
    pub root: &'a Path,
    /// The files that the problems are in.
    pub sources: &'a SourceMap,
    /// The problems.
    pub diagnostics: &'a [Diagnostic],
}

impl Part<'_> {
    /// Where a file is, seen from the working folder; names that are no paths (`std:io`, `<eval>`) stay as they are.
    pub fn path(&self, file: FileId) -> String {
        let name = self.sources.file(file).name();
        if name.contains([':', '<']) || self.root == Path::new(".") || Path::new(name).is_absolute() {
            return name.to_owned();
        }
        // `src/../lib/a.raya` is `lib/a.raya`: imports lead out of the entry's folder so.
        let mut path = PathBuf::new();
        for part in self.root.join(name).components() {
            let leads_up = part == std::path::Component::ParentDir;
            match path.components().next_back() {
                Some(std::path::Component::Normal(_)) if leads_up => {
                    path.pop();
                }
                _ if part == std::path::Component::CurDir => {}
                _ => path.push(part),
            }
        }
        path.to_string_lossy().into_owned()
    }
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
    for diagnostic in diagnostics {
        let groups: Vec<Group<'_>> = std::iter::once(main_group(diagnostic, sources))
            .chain(edit_groups(diagnostic, sources))
            .collect();
        text.push_str(&renderer.render(&groups));
        text.push_str("\n\n");
    }
    text
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
            Snippet::source(source.text()).path(source.name()).annotations(annotations)
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
        Some(group.element(Snippet::source(source.text()).path(source.name()).patch(patch)))
    })
}

#[cfg(test)]
mod tests {
    use raya_source::{Code, SourceFile, Span};

    use super::*;

    #[test]
    fn paths_are_seen_from_the_working_folder() {
        let mut sources = SourceMap::new();
        let names = ["a.raya", "../lib/b.raya", "std:io", "<eval>", "/root/c.raya"];
        let files = names.map(|name| sources.add(SourceFile::new(name, "")));
        let paths = |root: &str| {
            let part = Part { root: Path::new(root), sources: &sources, diagnostics: &[] };
            files.map(|file| part.path(file))
        };
        assert_eq!(
            paths("app/src"),
            ["app/src/a.raya", "app/lib/b.raya", "std:io", "<eval>", "/root/c.raya"]
        );
        assert_eq!(paths(".")[..2], ["a.raya", "../lib/b.raya"]);
        assert_eq!(paths("..")[..2], ["../a.raya", "../../lib/b.raya"]);
        assert_eq!(paths("src/..")[0], "a.raya");
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
