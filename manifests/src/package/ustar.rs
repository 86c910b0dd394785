//! The archive: the one ustar that has given entries, byte for byte.
//!
//! Reading makes the header that packing would have written and compares. So there are no links, no PAX sizes, no owners, no
//! times, no second spellings, and no byte of the archive that could be anything else.

use std::borrow::Cow;

use super::entries::{ENTRIES_MAX, Entries, Entry, EntryPath, PACKAGE_BYTES_MAX, check_size, unknown_path};
use super::error::PackageError;
use crate::code;

const BLOCK: usize = 512;
const NAME: std::ops::Range<usize> = 0..100;
const SIZE: std::ops::Range<usize> = 124..136;
const CHECKSUM: std::ops::Range<usize> = 148..156;
const TYPE: usize = 156;
const REGULAR: u8 = b'0';

/// The header of a regular file.
fn header(path: &str, size: u64) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(NAME.start, path.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(SIZE.start, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(CHECKSUM.start, b"        ");
    put(TYPE, &[REGULAR]);
    put(257, b"ustar\x0000");
    put(329, b"0000000\0");
    put(337, b"0000000\0");
    let checksum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[CHECKSUM].copy_from_slice(format!("{checksum:06o}\0 ").as_bytes());
    header
}

/// Writes an archive: entries in order, then two blocks of zeros.
pub(crate) fn write(entries: &Entries<'_>) -> Vec<u8> {
    let mut archive = vec![];
    for Entry { path, bytes } in entries.iter() {
        archive.extend(header(&path.text(), bytes.len() as u64));
        archive.extend(&bytes[..]);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    archive
}

/// Reads an archive.
pub(crate) fn read(archive: &[u8]) -> Result<Entries<'_>, PackageError> {
    if archive.len() as u64 > PACKAGE_BYTES_MAX {
        let expected = format!("a package of at most {PACKAGE_BYTES_MAX} bytes");
        return Err(PackageError::new(
            code::PACKAGE_TOO_LARGE,
            "",
            expected,
            format!("{} bytes", archive.len()),
        ));
    }
    let mut entries = vec![];
    let mut rest = archive;
    loop {
        let block = take(&mut rest, BLOCK, "a header or the end of the archive")?;
        if block.iter().all(|byte| *byte == 0) {
            check_end(rest)?;
            return Entries::new(entries);
        }
        if entries.len() == ENTRIES_MAX {
            let expected = format!("at most {ENTRIES_MAX} entries");
            return Err(PackageError::new(code::TOO_MANY_ENTRIES, "", expected, "more"));
        }
        entries.push(read_entry(block, &mut rest)?);
    }
}

fn read_entry<'a>(block: &[u8], rest: &mut &'a [u8]) -> Result<Entry<'a>, PackageError> {
    let name = block[NAME].split(|byte| *byte == 0).next().unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    if block[TYPE] != REGULAR {
        let found = format!("type `{}`", char::from(block[TYPE]));
        return Err(PackageError::new(
            code::ENTRY_NOT_REGULAR,
            &name,
            "a regular file of plain ustar",
            found,
        ));
    }
    let path = EntryPath::parse(&name).ok_or_else(|| unknown_path(&name))?;
    let not_canonical = |found: &str| {
        PackageError::new(code::HEADER_NOT_CANONICAL, &name, "the header that `raya` writes for it", found)
    };
    let digits = std::str::from_utf8(&block[SIZE.start..SIZE.end - 1]).ok();
    let digits = digits.filter(|digits| digits.bytes().all(|byte| matches!(byte, b'0'..=b'7')));
    let size = digits.and_then(|digits| u64::from_str_radix(digits, 8).ok());
    let size = size.ok_or_else(|| not_canonical("a size that is not 11 octal digits"))?;
    if block != header(&path.text(), size) {
        return Err(not_canonical("another one"));
    }
    check_size(&path, size)?;
    let truncated =
        |_| PackageError::new(code::TRUNCATED, &name, format!("{size} bytes"), "the end of the file");
    let size = usize::try_from(size).map_err(truncated)?;
    let bytes = take(rest, size, "the bytes of an entry")?;
    let padding = take(rest, size.next_multiple_of(BLOCK) - size, "padding to a full block")?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(PackageError::new(code::PADDING_NOT_ZERO, &name, "zeros behind it", "other bytes"));
    }
    Ok(Entry { path, bytes: Cow::Borrowed(bytes) })
}

/// What follows the first block of zeros: one more, and nothing.
fn check_end(mut rest: &[u8]) -> Result<(), PackageError> {
    let last = take(&mut rest, BLOCK, "a second block of zeros")?;
    if last.iter().any(|byte| *byte != 0) {
        return Err(PackageError::new(
            code::PADDING_NOT_ZERO,
            "",
            "a second block of zeros at the end",
            "other bytes",
        ));
    }
    match rest.len() {
        0 => Ok(()),
        count => Err(PackageError::new(
            code::BYTES_AFTER_END,
            "",
            "the end of the file",
            format!("{count} more bytes"),
        )),
    }
}

fn take<'a>(rest: &mut &'a [u8], count: usize, what: &str) -> Result<&'a [u8], PackageError> {
    match rest.split_at_checked(count) {
        Some((taken, left)) => {
            *rest = left;
            Ok(taken)
        }
        None => {
            let found = format!("the end of the file {} bytes early", count - rest.len());
            Err(PackageError::new(code::TRUNCATED, "", what, found))
        }
    }
}
