//! `ar` archives: GNU and BSD names read strictly, GNU written deterministically.
//!
//! A file named `.a` may lie: linkers obey linker scripts and thin archives under that name. Here only `!<arch>\n` with
//! whole members is an archive.

use std::fmt;

const MAGIC: &[u8] = b"!<arch>\n";
const THIN_MAGIC: &[u8] = b"!<thin>\n";
const HEADER_SIZE: usize = 60;
const HEADER_END: &[u8] = b"`\n";
/// Longest name of a member: many may share one text, and each gets a copy of its own.
const NAME_BYTES_MAX: usize = 4096;

/// Why bytes are not an archive that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveError {
    /// The first bytes are not `!<arch>\n`.
    NotAnArchive,
    /// A thin archive: its members are other files.
    Thin,
    /// A member's header or data reaches past the end.
    Truncated {
        /// Offset of the header.
        offset: usize,
    },
    /// A member's header is malformed.
    Header {
        /// Offset of the header.
        offset: usize,
        /// Which field.
        field: &'static str,
    },
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArchiveError::NotAnArchive => write!(formatter, "it does not start with `!<arch>`"),
            ArchiveError::Thin => write!(formatter, "it is a thin archive, whose members are other files"),
            ArchiveError::Truncated { offset } => {
                write!(formatter, "the member at byte {offset} reaches past the end")
            }
            ArchiveError::Header { offset, field } => {
                write!(formatter, "the member header at byte {offset} has a malformed {field}")
            }
        }
    }
}

impl std::error::Error for ArchiveError {}

/// One member: its name without padding, and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'data> {
    /// The name; names may repeat.
    pub name: &'data [u8],
    /// The bytes.
    pub data: &'data [u8],
}

/// The members of an archive in order, without symbol index and name table.
#[derive(Clone, Debug)]
pub struct Archive<'data> {
    /// In the order of the file.
    pub members: Vec<Member<'data>>,
}

impl<'data> Archive<'data> {
    /// Reads all headers; the members' bytes are borrowed.
    pub fn parse(bytes: &'data [u8]) -> Result<Self, ArchiveError> {
        if bytes.starts_with(THIN_MAGIC) {
            return Err(ArchiveError::Thin);
        }
        if !bytes.starts_with(MAGIC) {
            return Err(ArchiveError::NotAnArchive);
        }
        let mut members = Vec::new();
        let mut long_names: &[u8] = &[];
        let mut offset = MAGIC.len();
        while offset < bytes.len() {
            let header = Header::parse(bytes, offset)?;
            match header.name {
                b"/" | b"/SYM64/" => {}
                b"//" => long_names = header.data,
                name => {
                    let member = member_of(name, header.data, long_names)
                        .filter(|member| member.name.len() <= NAME_BYTES_MAX)
                        .ok_or(ArchiveError::Header { offset, field: "name" })?;
                    if !member.name.starts_with(b"__.SYMDEF") {
                        members.push(member);
                    }
                }
            }
            offset = header.next;
        }
        Ok(Archive { members })
    }
}

struct Header<'data> {
    name: &'data [u8],
    data: &'data [u8],
    next: usize,
}

impl<'data> Header<'data> {
    fn parse(bytes: &'data [u8], offset: usize) -> Result<Self, ArchiveError> {
        let truncated = ArchiveError::Truncated { offset };
        let header = bytes.get(offset..offset + HEADER_SIZE).ok_or(truncated.clone())?;
        if &header[58..60] != HEADER_END {
            return Err(ArchiveError::Header { offset, field: "end" });
        }
        let size = decimal(trim(&header[48..58])).ok_or(ArchiveError::Header { offset, field: "size" })?;
        let start = offset + HEADER_SIZE;
        let end = start.checked_add(size).ok_or(truncated.clone())?;
        let data = bytes.get(start..end).ok_or(truncated)?;
        // Members start at even offsets; some writers leave the last padding byte out.
        Ok(Header { name: trim(&header[..16]), data, next: end + (end & 1) })
    }
}

fn member_of<'data>(name: &'data [u8], data: &'data [u8], long_names: &'data [u8]) -> Option<Member<'data>> {
    if let Some(length) = name.strip_prefix(b"#1/") {
        let length = decimal(length)?;
        let name = data.get(..length)?;
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(length);
        return Some(Member { name: &name[..end], data: &data[length..] });
    }
    if let Some(place) = name.strip_prefix(b"/") {
        let rest = long_names.get(decimal(place)?..)?;
        let rest = &rest[..rest.len().min(NAME_BYTES_MAX + 2)];
        let end = memchr::memchr(b'\n', rest)?;
        let name = &rest[..end];
        return Some(Member { name: name.strip_suffix(b"/").unwrap_or(name), data });
    }
    let name = name.strip_suffix(b"/").unwrap_or(name);
    (!name.is_empty()).then_some(Member { name, data })
}

fn trim(field: &[u8]) -> &[u8] {
    let end = field.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &field[..end]
}

fn decimal(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > 15 {
        return None;
    }
    digits.iter().try_fold(0_usize, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + usize::from(digit - b'0'))
    })
}

/// Collects members and writes a GNU archive: symbol index first, no dates, no owners, mode 644.
#[derive(Clone, Debug, Default)]
pub struct ArchiveWriter {
    members: Vec<NewMember>,
}

/// Name, bytes, and the names of the symbols it defines.
type NewMember = (Vec<u8>, Vec<u8>, Vec<Vec<u8>>);

impl ArchiveWriter {
    /// No members yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a member and the names of the symbols it defines for other members.
    pub fn add(&mut self, name: &[u8], data: Vec<u8>, symbols: Vec<Vec<u8>>) {
        // A slash or a newline would end the name early for a reader of the name table.
        let name =
            name.iter().map(|byte| if matches!(byte, b'/' | b'\n' | 0) { b'_' } else { *byte }).collect();
        self.members.push((name, data, symbols));
    }

    /// The archive.
    pub fn finish(self) -> Vec<u8> {
        let (name_fields, name_table) = self.names();
        let symbol_count: usize = self.members.iter().map(|(_, _, symbols)| symbols.len()).sum();
        let text_size: usize = self
            .members
            .iter()
            .flat_map(|(_, _, symbols)| symbols.iter().map(|symbol| symbol.len() + 1))
            .sum();
        let data_size: usize = self.members.iter().map(|(_, data, _)| HEADER_SIZE + even(data.len())).sum();
        let names_size = if name_table.is_empty() { 0 } else { HEADER_SIZE + even(name_table.len()) };

        let narrow_index = 4 * (1 + symbol_count) + text_size;
        let wide =
            MAGIC.len() + HEADER_SIZE + even(narrow_index) + names_size + data_size > u32::MAX as usize;
        let index_size = if wide { 8 * (1 + symbol_count) + text_size } else { narrow_index };
        let members_start = MAGIC.len() + HEADER_SIZE + even(index_size) + names_size;

        let mut out = Vec::with_capacity(members_start + data_size);
        out.extend_from_slice(MAGIC);
        push_header(&mut out, if wide { b"/SYM64/" } else { b"/" }, index_size);
        self.push_index(&mut out, members_start, symbol_count, wide);
        if !name_table.is_empty() {
            push_header(&mut out, b"//", name_table.len());
            push_padded(&mut out, &name_table);
        }
        for ((_, data, _), field) in self.members.iter().zip(&name_fields) {
            push_header(&mut out, field, data.len());
            push_padded(&mut out, data);
        }
        out
    }

    fn names(&self) -> (Vec<Vec<u8>>, Vec<u8>) {
        let mut table = Vec::new();
        let fields = self.members.iter().map(|(name, _, _)| {
            if name.len() <= 15 && !name.is_empty() {
                return [name.as_slice(), b"/"].concat();
            }
            let field = format!("/{}", table.len()).into_bytes();
            table.extend_from_slice(name);
            table.extend_from_slice(b"/\n");
            field
        });
        (fields.collect(), table)
    }

    fn push_index(&self, out: &mut Vec<u8>, members_start: usize, symbol_count: usize, wide: bool) {
        let mut push_number = |value: usize| match wide {
            true => out.extend_from_slice(&(value as u64).to_be_bytes()),
            false => out.extend_from_slice(&(value as u32).to_be_bytes()),
        };
        push_number(symbol_count);
        let mut offset = members_start;
        for (_, data, symbols) in &self.members {
            for _ in symbols {
                push_number(offset);
            }
            offset += HEADER_SIZE + even(data.len());
        }
        for symbol in self.members.iter().flat_map(|(_, _, symbols)| symbols) {
            out.extend_from_slice(symbol);
            out.push(0);
        }
        if out.len() % 2 == 1 {
            out.push(0);
        }
    }
}

fn even(size: usize) -> usize {
    size + (size & 1)
}

fn push_header(out: &mut Vec<u8>, name: &[u8], size: usize) {
    let start = out.len();
    out.extend_from_slice(name);
    out.resize(start + 16, b' ');
    out.extend_from_slice(format!("{:<12}{:<6}{:<6}{:<8}{:<10}", 0, 0, 0, 644, size).as_bytes());
    out.extend_from_slice(HEADER_END);
}

fn push_padded(out: &mut Vec<u8>, data: &[u8]) {
    out.extend_from_slice(data);
    if out.len() % 2 == 1 {
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn archive(members: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut writer = ArchiveWriter::new();
        for (name, data) in members {
            writer.add(name, data.to_vec(), vec![b"symbol".to_vec()]);
        }
        writer.finish()
    }

    #[test]
    fn order_long_names_and_duplicates_survive() {
        let members: Vec<(&[u8], &[u8])> = vec![
            (b"a.o", b"1"),
            (b"a.o", b"22"),
            (b"a-name-that-is-too-long-for-the-field.o", b"333"),
            (b"b.o", b""),
        ];
        let bytes = archive(&members);
        let read = Archive::parse(&bytes).expect("it was written here");
        assert_eq!(read.members.iter().map(|member| (member.name, member.data)).collect::<Vec<_>>(), members);
        assert_eq!(archive(&members), bytes);
    }

    #[test]
    fn bsd_names_are_read() {
        let mut bytes = MAGIC.to_vec();
        push_header(&mut bytes, b"#1/8", 8 + 3);
        bytes.extend_from_slice(b"long.o\0\0xyz\n");
        let read = Archive::parse(&bytes).expect("a BSD archive");
        assert_eq!(read.members, [Member { name: b"long.o", data: b"xyz" }]);
    }

    #[test]
    fn long_names_are_refused_from_a_limit_on() {
        let read = |length: usize| {
            let name = vec![b'n'; length];
            let bytes = archive(&[(&name, b"1"), (&name, b"2")]);
            Archive::parse(&bytes).map(|archive| archive.members.len())
        };
        assert_eq!(read(NAME_BYTES_MAX), Ok(2));
        assert!(matches!(read(NAME_BYTES_MAX + 1), Err(ArchiveError::Header { field: "name", .. })));
        assert!(matches!(read(4 << 20), Err(ArchiveError::Header { field: "name", .. })));
    }

    #[test]
    fn what_only_looks_like_an_archive_is_refused() {
        assert_eq!(Archive::parse(b"INPUT(/etc/passwd)").unwrap_err(), ArchiveError::NotAnArchive);
        assert_eq!(Archive::parse(b"!<thin>\n").unwrap_err(), ArchiveError::Thin);
        assert_eq!(Archive::parse(b"").unwrap_err(), ArchiveError::NotAnArchive);
    }

    proptest! {
        #[test]
        fn any_bytes_give_members_or_an_error(tail in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend_from_slice(&tail);
            let _ = Archive::parse(&bytes);
        }

        #[test]
        fn any_cut_or_flip_gives_members_or_an_error(at in 0_usize..400, value in any::<u8>()) {
            let mut bytes = archive(&[(b"a.o", &[7; 100]), (b"a-name-that-is-too-long-for-it.o", &[8; 33])]);
            let at = at % bytes.len();
            let _ = Archive::parse(&bytes[..at]);
            bytes[at] = value;
            let _ = Archive::parse(&bytes);
        }
    }
}
