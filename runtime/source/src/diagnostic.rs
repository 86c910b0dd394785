//! What went wrong, as data: a stable code, expected and found, where, and what to do about it.

use crate::Span;

/// A stable name of one kind of problem: `R` and four digits. Codes are never reused; `docs/errors/` explains each.
///
/// | range | phase |
/// |---|---|
/// | R01xx | lexer and parser |
/// | R02xx | modules, imports and names |
/// | R03xx, R04xx | types |
/// | R05xx | stubs and descriptors |
/// | R10xx | resolve: finding modules |
/// | R11xx | verify: signatures and digests |
/// | R12xx | admit: policy, payloads, archives |
/// | R13xx | isolate |
/// | R14xx | emit and link |
/// | R15xx | seal, and checking a sealed image |
/// | R20xx | the command line, files, configuration |
/// | R30xx | loading at run time |
/// | R40xx | building modules, the SDK |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Whether a problem stops the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The phase fails.
    Error,
    /// The work goes on; the user is told.
    Warning,
}

/// A span and what to say beneath it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What; empty when the underline alone says it.
    pub message: String,
}

/// A replacement of source text that would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What to replace; an empty span inserts.
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// What the reader can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    /// The advice, as a sentence without a full stop.
    pub message: String,
    /// The change that follows it, where it is known exactly.
    pub edit: Option<Edit>,
}

/// One problem. Built with [`Diagnostic::error`] or [`Diagnostic::warning`] and the `with_*` methods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// Whether it stops the work.
    pub severity: Severity,
    /// What was expected and what was found, as a sentence without a full stop.
    pub message: String,
    /// Where in the source, when it is about source.
    pub primary: Option<Label>,
    /// Other places that explain it ("declared here").
    pub related: Vec<Label>,
    /// Evidence without a place in source: files looked for, digests compared.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Vec<Help>,
}

impl Diagnostic {
    /// A problem that stops the work.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message.into())
    }

    /// A problem the user should know of.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message.into())
    }

    fn new(code: Code, severity: Severity, message: String) -> Self {
        Diagnostic { code, severity, message, primary: None, related: vec![], notes: vec![], help: vec![] }
    }

    /// Underlines `span` without further words.
    pub fn at(self, span: Span) -> Self {
        self.labelled(span, "")
    }

    /// Underlines `span` with `message` beneath.
    pub fn labelled(mut self, span: Span, message: impl Into<String>) -> Self {
        self.primary = Some(Label { span, message: message.into() });
        self
    }

    /// Adds another place that explains the problem.
    pub fn with_related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label { span, message: message.into() });
        self
    }

    /// Adds evidence that has no place in source.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds advice.
    pub fn with_help(mut self, message: impl Into<String>) -> Self {
        self.help.push(Help { message: message.into(), edit: None });
        self
    }

    /// Adds advice with the exact change of source that follows it.
    pub fn with_edit(
        mut self,
        message: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        self.help.push(Help {
            message: message.into(),
            edit: Some(Edit { span, replacement: replacement.into() }),
        });
        self
    }

    /// Whether it stops the work.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
