//! What can be wrong with a package, apart from its signatures and its manifest.

use std::fmt;

use raya_signing::escape_for_terminal;
use raya_source::{Code, Diagnostic};

/// One problem; the code says which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageError {
    /// The stable code, one of `crate::code`.
    pub code: Code,
    /// The entry it is about, or what stands for it; empty for the package as a whole.
    pub entry: String,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl PackageError {
    pub(crate) fn new(
        code: Code,
        entry: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        PackageError { code, entry: entry.to_owned(), expected: expected.into(), found: found.into() }
    }

    /// The problem as a diagnostic.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.code, self.to_string())
            .with_help("get the package again from its publisher, or pack it again with `raya module build`")
    }
}

impl fmt::Display for PackageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.entry.is_empty() {
            write!(formatter, "entry `{}`: ", escape_for_terminal(&self.entry))?;
        }
        write!(
            formatter,
            "expected {}, found {}",
            escape_for_terminal(&self.expected),
            escape_for_terminal(&self.found)
        )
    }
}

impl std::error::Error for PackageError {}
