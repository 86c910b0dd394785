//! What kind of thing is signed, so that a signature of one kind is worth nothing for another.

use crate::error::{SigningError, excerpt};

/// The kinds of signed things. Documents carry theirs in the first line; all carry it in the trusted comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Domain {
    /// The manifest of a module package, `raya.module/1`.
    Module,
    /// The manifest of a bundle, `raya.bundle/1`.
    Bundle,
    /// A trust policy, `raya.trust/1`.
    Trust,
    /// A whole executable image.
    Image,
    /// A shared library with its signature beside it.
    Library,
}

/// The schema of a module's manifest.
pub const MODULE_SCHEMA: &str = "raya.module/1";
/// The schema of a bundle's manifest.
pub const BUNDLE_SCHEMA: &str = "raya.bundle/1";
/// The schema of a trust policy.
pub const TRUST_SCHEMA: &str = "raya.trust/1";

/// How ELF, Mach-O (64-bit, both orders, and universal) and PE files start.
const OBJECT_FILE_STARTS: [&[u8]; 5] =
    [b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe", b"MZ"];

impl Domain {
    /// All kinds.
    pub const ALL: [Domain; 5] =
        [Domain::Module, Domain::Bundle, Domain::Trust, Domain::Image, Domain::Library];

    /// Its name in a trusted comment.
    pub fn name(self) -> &'static str {
        match self {
            Domain::Module => "module",
            Domain::Bundle => "bundle",
            Domain::Trust => "trust",
            Domain::Image => "image",
            Domain::Library => "library",
        }
    }

    /// The kind of a name in a trusted comment.
    pub fn from_name(name: &str) -> Option<Self> {
        Domain::ALL.into_iter().find(|domain| domain.name() == name)
    }

    /// The schema of a signed document; images and libraries are no documents.
    pub fn schema(self) -> Option<&'static str> {
        match self {
            Domain::Module => Some(MODULE_SCHEMA),
            Domain::Bundle => Some(BUNDLE_SCHEMA),
            Domain::Trust => Some(TRUST_SCHEMA),
            Domain::Image | Domain::Library => None,
        }
    }

    /// The first line of a signed document, with its line end.
    pub fn first_line(self) -> Option<String> {
        self.schema().map(|schema| format!("schema = \"{schema}\"\n"))
    }

    /// Checks that `bytes` are of this kind, as far as their start tells. Fails with [`SigningError::WrongDomain`].
    pub fn check(self, bytes: &[u8]) -> Result<(), SigningError> {
        let fits = match self.first_line() {
            Some(line) => bytes.starts_with(line.as_bytes()),
            None => OBJECT_FILE_STARTS.iter().any(|start| bytes.starts_with(start)),
        };
        if fits {
            return Ok(());
        }
        let first_line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        Err(SigningError::WrongDomain { expected: self, found: excerpt(first_line) })
    }

    /// What [`Domain::check`] wants, in words.
    pub(crate) fn expectation(self) -> String {
        match self.schema() {
            Some(schema) => format!("`schema = \"{schema}\"` as the first line"),
            None => format!("an object file ({})", self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_must_be_exactly_the_schema() {
        assert_eq!(Domain::Module.check(b"schema = \"raya.module/1\"\nname = 1"), Ok(()));
        assert_eq!(Domain::Image.check(b"\x7fELF\x02"), Ok(()));
        let cases: [&[u8]; 7] = [
            b"",
            b"schema = \"raya.module/1\"",
            b"schema = \"raya.module/1\"\r\n",
            b"\nschema = \"raya.module/1\"\n",
            b"\xEF\xBB\xBFschema = \"raya.module/1\"\n",
            b"schema = \"raya.trust/1\"\n",
            b"schema=\"raya.module/1\"\n",
        ];
        for bad in cases {
            assert_eq!(Domain::Module.check(bad).unwrap_err().code(), "R1118");
        }
        assert_eq!(Domain::Image.check(b"schema = \"raya.module/1\"\n").unwrap_err().code(), "R1118");
    }
}
