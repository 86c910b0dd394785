//! The targets that payloads are keyed by.

use std::fmt;

use raya_abi::names::LibraryFamily;

use crate::document::{FromText, closest};

/// A target triple of the supported set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Triple(&'static str);

const TRIPLES: [(&str, LibraryFamily); 7] = [
    ("aarch64-apple-darwin", LibraryFamily::Apple),
    ("aarch64-unknown-linux-gnu", LibraryFamily::Linux),
    ("aarch64-unknown-linux-musl", LibraryFamily::Linux),
    ("x86_64-apple-darwin", LibraryFamily::Apple),
    ("x86_64-pc-windows-gnu", LibraryFamily::Windows),
    ("x86_64-unknown-linux-gnu", LibraryFamily::Linux),
    ("x86_64-unknown-linux-musl", LibraryFamily::Linux),
];

impl Triple {
    /// 64-bit x86 Linux with musl: static images.
    pub const X86_64_LINUX_MUSL: Triple = Triple("x86_64-unknown-linux-musl");
    /// 64-bit x86 Linux with glibc.
    pub const X86_64_LINUX_GNU: Triple = Triple("x86_64-unknown-linux-gnu");

    /// The triple, when it is supported.
    pub fn new(text: &str) -> Option<Self> {
        TRIPLES.iter().find(|(name, _)| *name == text).map(|(name, _)| Triple(name))
    }

    /// All supported triples, sorted.
    pub fn all() -> impl Iterator<Item = Triple> {
        TRIPLES.iter().map(|(name, _)| Triple(name))
    }

    /// The text.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether images for it are static and cannot load code.
    pub fn is_musl(self) -> bool {
        self.0.ends_with("-musl")
    }

    /// How libraries are named there.
    pub fn family(self) -> LibraryFamily {
        TRIPLES.iter().find(|(name, _)| *name == self.0).map_or(LibraryFamily::Linux, |(_, family)| *family)
    }
}

impl fmt::Display for Triple {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl fmt::Debug for Triple {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl FromText for Triple {
    const EXPECTED: &'static str = "a supported target triple";

    fn from_text(text: &str) -> Result<Self, String> {
        Triple::new(text).ok_or_else(|| {
            let names = TRIPLES.iter().map(|(name, _)| *name);
            match closest(text, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`raya bundle --help` lists the targets that this `raya` can bundle for".to_owned(),
            }
        })
    }
}
