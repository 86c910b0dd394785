//! The pack format: named files, each one zstd frame with its digest, behind a sorted index.
//!
//! Files are decompressed one by one, so that a bundle without C++ never pays for libc++. The format is our own, and as
//! small as it can be, because the same input must give the same bytes: there are no dates, owners or paths to forget.
//!
//! ```text
//! "RAYAPACK" version:u32 index_size:u32 index contents…
//! index: count:u32 { name_size:u16 name offset:u64 stored:u64 size:u64 sha256:[u8;32] }   sorted by name, little-endian
//! ```

use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

const MAGIC: &[u8; 8] = b"RAYAPACK";
/// Version of the format and of the meaning of the names in it.
pub const PACK_VERSION: u32 = 1;
const PREFIX_SIZE: usize = 16;
/// A file of a pack is never larger: a bound on what a damaged size can ask for.
const FILE_SIZE_MAX: u64 = 1 << 30;
/// Name of the file with `key = value` lines.
pub const METADATA_NAME: &str = "pack.txt";

/// Why a pack cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackError {
    /// It does not start as a pack does.
    NotAPack,
    /// It is of another version.
    Version {
        /// The one it has.
        found: u32,
    },
    /// The index is cut or contradicts itself.
    Index,
    /// There is no such file in it.
    Missing {
        /// The name asked for.
        name: String,
    },
    /// A file's bytes do not decompress to what the index says.
    Damaged {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for PackError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackError::NotAPack => write!(formatter, "it is not a runtime pack"),
            PackError::Version { found } => {
                write!(formatter, "expected pack version {PACK_VERSION}, found version {found}")
            }
            PackError::Index => write!(formatter, "its index is damaged"),
            PackError::Missing { name } => write!(formatter, "it holds no file `{name}`"),
            PackError::Damaged { name } => write!(formatter, "its file `{name}` is damaged"),
        }
    }
}

impl std::error::Error for PackError {}

#[derive(Clone, Copy, Debug)]
struct Entry {
    offset: usize,
    stored: usize,
    size: usize,
    digest: [u8; 32],
}

/// A file as a pack stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedFile<'pack> {
    /// One zstd frame.
    pub frame: &'pack [u8],
    /// Bytes once decompressed.
    pub size: usize,
}

impl PackedFile<'_> {
    /// The bytes; nothing if they are not as many as was said.
    pub fn unpack(self) -> Option<Vec<u8>> {
        let bytes = zstd::bulk::decompress(self.frame, self.size).ok()?;
        (bytes.len() == self.size).then_some(bytes)
    }
}

/// An opened pack: the index is read, files are decompressed when asked for.
#[derive(Clone, Debug)]
pub struct Pack {
    bytes: Cow<'static, [u8]>,
    entries: BTreeMap<String, Entry>,
    metadata: BTreeMap<String, String>,
}

impl Pack {
    /// Opens a pack that is part of the program, or was read from disk.
    pub fn open(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Pack, PackError> {
        let bytes = bytes.into();
        if bytes.get(..8) != Some(MAGIC.as_slice()) {
            return Err(PackError::NotAPack);
        }
        let mut reader = Reader { bytes: &bytes, at: 8 };
        let version = reader.u32().ok_or(PackError::Index)?;
        if version != PACK_VERSION {
            return Err(PackError::Version { found: version });
        }
        let entries = read_index(&mut reader, bytes.len()).ok_or(PackError::Index)?;
        let mut pack = Pack { bytes, entries, metadata: BTreeMap::new() };
        pack.metadata = parse_metadata(&pack.file(METADATA_NAME)?);
        Ok(pack)
    }

    /// The bytes of a file. Its size is checked; [`Pack::check`] compares its digest, which guards against damage on disk, not
    /// against an attacker, who would change the program around it.
    pub fn file(&self, name: &str) -> Result<Vec<u8>, PackError> {
        self.packed(name)?.unpack().ok_or_else(|| PackError::Damaged { name: name.into() })
    }

    /// A file as it is stored, for whoever unpacks it later.
    pub fn packed(&self, name: &str) -> Result<PackedFile<'_>, PackError> {
        let entry = self.entries.get(name).ok_or_else(|| PackError::Missing { name: name.into() })?;
        let frame = &self.bytes[entry.offset..entry.offset + entry.stored];
        Ok(PackedFile { frame, size: entry.size })
    }

    /// Checks every file against its digest.
    pub fn check(&self) -> Result<(), PackError> {
        self.entries.iter().try_for_each(|(name, entry)| {
            let intact = self.file(name)?;
            let intact = Sha256::digest(&intact).as_slice() == entry.digest;
            intact.then_some(()).ok_or_else(|| PackError::Damaged { name: name.clone() })
        })
    }

    /// Whether there is such a file.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Names and sizes of the files, sorted by name: name, bytes stored, bytes once decompressed.
    pub fn files(&self) -> impl Iterator<Item = (&str, usize, usize)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry.stored, entry.size))
    }

    /// A value of the metadata, such as `triple` or `glibc`.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// Digest over the contents of all files: names a pack in cache keys.
    pub fn identity(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for (name, entry) in &self.entries {
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update(entry.digest);
        }
        hasher.finalize().into()
    }
}

struct Reader<'bytes> {
    bytes: &'bytes [u8],
    at: usize,
}

impl<'bytes> Reader<'bytes> {
    fn take(&mut self, size: usize) -> Option<&'bytes [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(size)?)?;
        self.at += size;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}

fn read_index(reader: &mut Reader<'_>, total: usize) -> Option<BTreeMap<String, Entry>> {
    let index_size = reader.u32()? as usize;
    let contents = PREFIX_SIZE.checked_add(index_size)?;
    let count = reader.u32()?;
    let mut entries = BTreeMap::new();
    for _ in 0..count {
        let name_size = reader.u16()?;
        let name = String::from_utf8(reader.take(usize::from(name_size))?.to_vec()).ok()?;
        let (offset, stored, size) = (reader.u64()?, reader.u64()?, reader.u64()?);
        let digest = reader.take(32)?.try_into().ok()?;
        let end = offset.checked_add(stored)?;
        if offset < contents as u64 || end > total as u64 || size > FILE_SIZE_MAX {
            return None;
        }
        entries.insert(
            name,
            Entry { offset: offset as usize, stored: stored as usize, size: size as usize, digest },
        );
    }
    (reader.at == contents).then_some(entries)
}

fn parse_metadata(text: &[u8]) -> BTreeMap<String, String> {
    String::from_utf8_lossy(text)
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// Collects the files of a pack and writes it.
#[derive(Clone, Debug, Default)]
pub struct PackBuilder {
    files: BTreeMap<String, Vec<u8>>,
    metadata: BTreeMap<String, String>,
}

impl PackBuilder {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; a file of the same name is replaced.
    pub fn file(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> &mut Self {
        self.files.insert(name.into(), bytes);
        self
    }

    /// Adds a line of metadata. Neither key nor value holds a line break.
    pub fn metadata(&mut self, key: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// The pack. `level` is zstd's: 19 for what is shipped, 1 for development.
    pub fn finish(mut self, level: i32) -> std::io::Result<Vec<u8>> {
        let metadata: String =
            self.metadata.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        self.files.insert(METADATA_NAME.into(), metadata.into_bytes());
        let mut compressed = Vec::new();
        for (name, bytes) in &self.files {
            compressed.push((name, zstd::bulk::compress(bytes, level)?, bytes));
        }
        let index_size = 4 + self.files.keys().map(|name| 2 + name.len() + 3 * 8 + 32).sum::<usize>();
        let mut out = Vec::new();
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&PACK_VERSION.to_le_bytes());
        out.extend_from_slice(&(index_size as u32).to_le_bytes());
        out.extend_from_slice(&(compressed.len() as u32).to_le_bytes());
        let mut offset = PREFIX_SIZE + index_size;
        for (name, stored, bytes) in &compressed {
            out.extend_from_slice(&(name.len() as u16).to_le_bytes());
            out.extend_from_slice(name.as_bytes());
            for value in [offset, stored.len(), bytes.len()] {
                out.extend_from_slice(&(value as u64).to_le_bytes());
            }
            out.extend_from_slice(&Sha256::digest(bytes));
            offset += stored.len();
        }
        compressed.iter().for_each(|(_, stored, _)| out.extend_from_slice(stored));
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Vec<u8> {
        let mut builder = PackBuilder::new();
        builder
            .file("b", b"bbbb".repeat(50))
            .file("a", vec![])
            .metadata("triple", "x86_64-unknown-linux-musl");
        builder.finish(3).expect("memory is writable")
    }

    #[test]
    fn files_and_metadata_survive_the_round_trip() {
        let pack = Pack::open(sample()).expect("it was written here");
        assert_eq!(pack.file("b").expect("a file"), b"bbbb".repeat(50));
        assert_eq!(pack.file("a").expect("a file"), b"");
        assert_eq!(pack.metadata("triple"), Some("x86_64-unknown-linux-musl"));
        assert_eq!(pack.file("c"), Err(PackError::Missing { name: "c".into() }));
        pack.check().expect("it is intact");
        assert_eq!(sample(), sample());
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = sample();
        bytes[8] = 9;
        assert_eq!(Pack::open(bytes).unwrap_err(), PackError::Version { found: 9 });
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let bytes = sample();
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x21;
            let unchanged = Pack::open(bytes)
                .is_ok_and(|pack| pack.check().is_ok() && pack.contains("a") && pack.contains("b"));
            assert!(!unchanged, "byte {at}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_open_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut hostile = sample();
            let keep = bytes.len() % 60;
            hostile.truncate(keep);
            hostile.extend_from_slice(&bytes);
            if let Ok(pack) = Pack::open(hostile) {
                let _ = pack.check();
            }
        }
    }
}
