//! The entries of a package: which paths there can be, how large each may be, and their order.

use std::borrow::Cow;

use raya_signing::{KeyDigest, SIGNATURE_FILE_BYTES_MAX, SIGNATURES_MAX};

use super::error::PackageError;
use crate::code;
use crate::document::DOCUMENT_BYTES_MAX;
use crate::module::{PACKED_BYTES_MAX, PAYLOADS_MAX, Payload, PayloadKind};
use crate::triple::Triple;

/// The path of the manifest.
pub const MANIFEST_PATH: &str = "rmod.toml";
/// Largest package in bytes.
pub const PACKAGE_BYTES_MAX: u64 = 1 << 30;
/// Most entries of a package.
pub(crate) const ENTRIES_MAX: usize = 1 + SIGNATURES_MAX + PAYLOADS_MAX;

/// A path that a package can have. The order of the variants is the order in the package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryPath {
    /// `rmod.toml`.
    Manifest,
    /// `sigs/<sha256 of key>.minisig`.
    Signature(KeyDigest),
    /// A payload.
    Payload(PayloadKind, Option<Triple>),
}

impl EntryPath {
    /// Reads a path. There is no other spelling of one: nothing absolute, no `..`, no second slash gets through.
    pub fn parse(path: &str) -> Option<Self> {
        if path == MANIFEST_PATH {
            return Some(EntryPath::Manifest);
        }
        if let Some(digest) = path.strip_prefix("sigs/").and_then(|name| name.strip_suffix(".minisig")) {
            return digest.parse().ok().map(EntryPath::Signature);
        }
        let triple = match path.strip_prefix("lib/") {
            Some(rest) => Some(Triple::new(rest.split('/').next()?)?),
            None => None,
        };
        let has_path = |kind: &PayloadKind| {
            kind.has_triple() == triple.is_some() && Payload::path_of(*kind, triple) == path
        };
        PayloadKind::ALL.iter().copied().find(has_path).map(|kind| EntryPath::Payload(kind, triple))
    }

    /// The path.
    pub fn text(&self) -> String {
        match self {
            EntryPath::Manifest => MANIFEST_PATH.to_owned(),
            EntryPath::Signature(key) => format!("sigs/{key}.minisig"),
            EntryPath::Payload(kind, triple) => Payload::path_of(*kind, *triple),
        }
    }

    /// The most bytes an entry of this kind may have.
    pub(crate) fn bytes_max(&self) -> u64 {
        match self {
            EntryPath::Manifest => DOCUMENT_BYTES_MAX as u64,
            EntryPath::Signature(_) => SIGNATURE_FILE_BYTES_MAX as u64,
            EntryPath::Payload(..) => PACKED_BYTES_MAX,
        }
    }

    /// Manifest, then signatures, then payloads, each sorted by path.
    pub(crate) fn order(&self) -> (u8, String) {
        let group = match self {
            EntryPath::Manifest => 0,
            EntryPath::Signature(_) => 1,
            EntryPath::Payload(..) => 2,
        };
        (group, self.text())
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) path: EntryPath,
    pub(crate) bytes: Cow<'a, [u8]>,
}

/// Entries in order, each path once, each within its size; the first is the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entries<'a> {
    entries: Vec<Entry<'a>>,
}

impl<'a> Entries<'a> {
    /// Checks number, sizes, order and that the manifest is there.
    pub(crate) fn new(entries: Vec<Entry<'a>>) -> Result<Self, PackageError> {
        if entries.len() > ENTRIES_MAX {
            let found = format!("{}", entries.len());
            return Err(PackageError::new(
                code::TOO_MANY_ENTRIES,
                "",
                format!("at most {ENTRIES_MAX} entries"),
                found,
            ));
        }
        let signatures = entries.iter().filter(|entry| matches!(entry.path, EntryPath::Signature(_))).count();
        if signatures > SIGNATURES_MAX {
            let expected = format!("at most {SIGNATURES_MAX} signatures");
            return Err(PackageError::new(code::TOO_MANY_ENTRIES, "", expected, format!("{signatures}")));
        }
        for entry in &entries {
            check_size(&entry.path, entry.bytes.len() as u64)?;
        }
        for pair in entries.windows(2) {
            let (first, second) = (pair[0].path.order(), pair[1].path.order());
            if first >= second {
                let (code, expected, found) =
                    match entries.iter().filter(|entry| entry.path.order() == second).count() {
                        1 => (code::ENTRY_ORDER, format!("it before `{}`", first.1), "it after"),
                        _ => (code::ENTRY_DUPLICATE, "each path once".to_owned(), "it twice"),
                    };
                return Err(PackageError::new(code, &second.1, expected, found));
            }
        }
        match entries.first() {
            Some(Entry { path: EntryPath::Manifest, .. }) => Ok(Entries { entries }),
            _ => Err(PackageError::new(
                code::ENTRY_MISSING,
                MANIFEST_PATH,
                "the manifest as the first entry",
                "none",
            )),
        }
    }

    /// The entries of a folder, in any order: paths relative to it with `/`, and the files' bytes.
    pub(crate) fn from_files(files: Vec<(String, Vec<u8>)>) -> Result<Entries<'static>, PackageError> {
        let mut entries = vec![];
        for (path, bytes) in files {
            let path = EntryPath::parse(&path).ok_or_else(|| unknown_path(&path))?;
            entries.push(Entry { path, bytes: Cow::Owned(bytes) });
        }
        entries.sort_by_key(|entry: &Entry<'_>| entry.path.order());
        Entries::new(entries)
    }

    /// The bytes of the manifest.
    pub(crate) fn manifest(&self) -> &[u8] {
        // `new` checked that the first entry is the manifest.
        self.entries.first().map(|entry| &entry.bytes[..]).unwrap_or_default()
    }

    /// All entries, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter()
    }

    /// All entries, in order.
    pub(crate) fn into_vec(self) -> Vec<Entry<'a>> {
        self.entries
    }
}

/// Checks an entry's size against what its kind may have.
pub(crate) fn check_size(path: &EntryPath, size: u64) -> Result<(), PackageError> {
    let limit = path.bytes_max();
    if size <= limit {
        return Ok(());
    }
    let expected = format!("at most {limit} bytes");
    Err(PackageError::new(code::ENTRY_TOO_LARGE, &path.text(), expected, format!("{size} bytes")))
}

/// The error of a path that no package has.
pub(crate) fn unknown_path(path: &str) -> PackageError {
    let expected = "`rmod.toml`, `sigs/<sha256>.minisig`, `lib/<triple>/static.a.zst`, `lib/<triple>/shared.so.zst`, \
                    `stub.raya.zst` or `sbom.cdx.json.zst`";
    let shown: String = path.chars().take(100).collect();
    PackageError::new(code::ENTRY_PATH, &shown, expected, "another path")
}
