//! How the parser reports: what leaves no doubt about what follows, and what does.

use raya_source::{Code, Diagnostic, Span};

use super::Parser;
use crate::codes;
use crate::limits::MAX_DIAGNOSTICS;
use crate::token::TokenKind;

impl Parser<'_> {
    /// Reports a problem that leaves no doubt about what follows.
    #[cold]
    #[inline(never)]
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        // More than can be shown are kept, since they are put in order only at the end.
        if !self.stopped && self.diagnostics.len() < 4 * MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, message).at(span));
    }

    /// Reports a problem after which it is not clear how to go on; silent until recovered from the one before.
    #[cold]
    #[inline(never)]
    pub(super) fn fail(&mut self, diagnostic: Diagnostic) {
        if !self.panicking {
            self.report(diagnostic);
        }
        self.panicking = true;
    }

    /// Fails because `expected` does not stand here.
    #[cold]
    #[inline(never)]
    pub(super) fn unexpected(&mut self, expected: &str) {
        self.fail_expected(codes::UNEXPECTED_TOKEN, expected);
    }

    #[cold]
    #[inline(never)]
    pub(super) fn fail_expected(&mut self, code: Code, expected: &str) {
        if self.panicking {
            return;
        }
        let message = format!("expected {expected}, found {}", self.found());
        let span = self.token_span();
        self.fail(Diagnostic::error(code, message).at(span));
    }

    /// What the current token is, for a message.
    pub(super) fn found(&self) -> String {
        match self.kind() {
            TokenKind::EndOfFile => self.kind().describe().to_string(),
            TokenKind::String | TokenKind::Template | TokenKind::TemplateHead => {
                self.kind().describe().to_string()
            }
            _ => {
                let text = self.token_text();
                match text.char_indices().nth(40) {
                    Some((at, _)) => format!("`{}…`", &text[..at]),
                    None => format!("`{text}`"),
                }
            }
        }
    }
}
