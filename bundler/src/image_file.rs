//! Reads what a finished bundle carries: its manifest and its program.

use std::collections::BTreeSet;
use std::mem::offset_of;

use object::{Object, ObjectSection};
use raya_abi::image::{BUNDLE_MAGIC, BUNDLE_VERSION, BundleHeader, PROGRAM_RAW, PROGRAM_ZSTD};
use raya_manifests::{BundleManifest, document_file};
use raya_signing::Digest;
use raya_source::{Diagnostic, SourceMap};

use crate::codes::{IMAGE_DAMAGED, NOT_A_BUNDLE};
use crate::phase::emit::{MANIFEST_SECTION, PROGRAM_ALIGNMENT, PROGRAM_SECTION};

/// Largest image that is read.
pub const IMAGE_BYTES_MAX: usize = 4 << 30;

/// Largest program after decompression.
const PROGRAM_BYTES_MAX: u64 = 1 << 30;

/// What was read from an image. Nothing of it is verified.
#[derive(Debug)]
pub struct ImageFile {
    /// Its manifest.
    pub manifest: BundleManifest,
    /// The digest of the program it carries.
    pub program: Digest,
    /// Bytes of the program.
    pub program_size: usize,
}

impl ImageFile {
    /// Reads an image. `subject` names it in reports.
    pub fn read(image: &[u8], subject: &str, sources: &mut SourceMap) -> Result<ImageFile, Vec<Diagnostic>> {
        let no_bundle = |why: String| {
            let message = format!("expected a bundle that `raya` made, found something else: {subject}");
            vec![Diagnostic::error(NOT_A_BUNDLE, message).with_note(why)]
        };
        let file = object::File::parse(image).map_err(|error| no_bundle(error.to_string()))?;
        let section = |name: &str| {
            let data = file.section_by_name(name).and_then(|section| section.data().ok());
            data.ok_or_else(|| no_bundle(format!("it has no section `{name}`")))
        };
        let (manifest, stored) = (section(MANIFEST_SECTION)?, section(PROGRAM_SECTION)?);
        let headers: BTreeSet<ProgramHeader> = file
            .sections()
            .filter_map(|section| section.data().ok())
            .flat_map(headers_in)
            .filter(|header| header.fits(stored))
            .collect();
        let id = sources.add(document_file(&format!("manifest of {subject}"), manifest));
        let manifest = BundleManifest::parse(id, manifest)?;
        let program = program_of(&headers, stored, &manifest.program)
            .ok_or_else(|| no_bundle("it has no bundle header that fits its program".to_owned()))?
            .map_err(|why| {
                let message = format!("the program of {subject} cannot be read: {why}");
                vec![Diagnostic::error(IMAGE_DAMAGED, message)]
            })?;
        Ok(ImageFile { manifest, program: Digest::of(&program), program_size: program.len() })
    }

    /// Whether the image contradicts itself: its manifest names another program than it carries.
    pub fn contradiction(&self) -> Option<Diagnostic> {
        (self.program != self.manifest.program).then(|| {
            let message = format!(
                "expected the program that the manifest names ({}), found another ({})",
                self.manifest.program, self.program
            );
            Diagnostic::error(IMAGE_DAMAGED, message)
        })
    }
}

/// The program that the manifest names. A module may carry bytes that look like a header; no header makes other bytes of the
/// program's section. Where none gives the program named, what the first gives tells what is wrong; none without a header.
fn program_of(
    headers: &BTreeSet<ProgramHeader>,
    stored: &[u8],
    named: &Digest,
) -> Option<Result<Vec<u8>, String>> {
    let mut programs = headers.iter().map(|header| header.program(stored));
    let first = programs.next()?;
    let is_named = |program: &Result<Vec<u8>, String>| {
        program.as_ref().is_ok_and(|program| Digest::of(program) == *named)
    };
    if is_named(&first) {
        return Some(first);
    }
    Some(programs.find(is_named).unwrap_or(first))
}

/// What a bundle's header says about the program's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ProgramHeader {
    encoding: u32,
    size: u64,
    length: u64,
}

impl ProgramHeader {
    /// Whether it can be about the section `stored`: few can, so that few are tried.
    fn fits(&self, stored: &[u8]) -> bool {
        let Some((program, padding)) =
            usize::try_from(self.size).ok().and_then(|size| stored.split_at_checked(size))
        else {
            return false;
        };
        let is_filled = padding.len() < PROGRAM_ALIGNMENT as usize && padding.iter().all(|byte| *byte == 0);
        let length = match self.encoding {
            PROGRAM_RAW => Some(self.size),
            PROGRAM_ZSTD => zstd::zstd_safe::get_frame_content_size(program).ok().flatten(),
            _ => None,
        };
        is_filled && length == Some(self.length)
    }

    /// The program, decoded: linkers fill its section up to an alignment, so the section alone does not say where it ends.
    fn program(&self, stored: &[u8]) -> Result<Vec<u8>, String> {
        let size = usize::try_from(self.size).ok();
        let stored = size.and_then(|size| stored.get(..size)).ok_or("its section is too short")?;
        let length = usize::try_from(self.length.min(PROGRAM_BYTES_MAX)).unwrap_or(usize::MAX);
        match self.encoding {
            PROGRAM_RAW => Ok(stored.to_vec()),
            PROGRAM_ZSTD => zstd::bulk::decompress(stored, length).map_err(|error| error.to_string()),
            other => Err(format!("expected a known encoding, found {other}")),
        }
    }
}

/// All that looks like a header in a section's bytes.
fn headers_in(data: &[u8]) -> impl Iterator<Item = ProgramHeader> {
    let last = data.len().checked_sub(size_of::<BundleHeader>());
    let places = last.into_iter().flat_map(|last| (0..=last).step_by(align_of::<BundleHeader>()));
    places.filter_map(|at| header_at(data, at))
}

fn header_at(data: &[u8], at: usize) -> Option<ProgramHeader> {
    let word = |at: usize| Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?));
    let long = |at: usize| Some(u64::from_le_bytes(data.get(at..at + 8)?.try_into().ok()?));
    let starts = data[at..].starts_with(&BUNDLE_MAGIC)
        && word(at + offset_of!(BundleHeader, version)) == Some(BUNDLE_VERSION);
    if !starts {
        return None;
    }
    Some(ProgramHeader {
        encoding: word(at + offset_of!(BundleHeader, program_encoding))?,
        size: long(at + offset_of!(BundleHeader, program_size))?,
        length: long(at + offset_of!(BundleHeader, program_length))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(bytes: &[u8]) -> ProgramHeader {
        let mut headers = headers_in(bytes);
        let header = headers.next().unwrap();
        assert!(headers.next().is_none());
        header
    }

    fn header(encoding: u32, size: u64, length: u64) -> Vec<u8> {
        let mut bytes = vec![0; 16 + size_of::<BundleHeader>()];
        let mut put = |at: usize, value: &[u8]| bytes[16 + at..16 + at + value.len()].copy_from_slice(value);
        put(0, &BUNDLE_MAGIC);
        put(offset_of!(BundleHeader, version), &BUNDLE_VERSION.to_le_bytes());
        put(offset_of!(BundleHeader, program_encoding), &encoding.to_le_bytes());
        put(offset_of!(BundleHeader, program_size), &size.to_le_bytes());
        put(offset_of!(BundleHeader, program_length), &length.to_le_bytes());
        bytes
    }

    #[test]
    fn padding_is_no_part_of_the_program() {
        let found = one(&header(PROGRAM_RAW, 5, 5));
        assert_eq!(found.program(b"hello\0\0\0").unwrap(), b"hello");
        assert!(found.fits(b"hello\0\0\0"));
        assert!(found.program(b"hell").is_err() && !found.fits(b"hell"));
        assert!(!found.fits(b"hello, hello"));
        assert_eq!(headers_in(&[0; 200]).count(), 0);
        assert_eq!(headers_in(b"RAYABNDL").count(), 0);
    }

    #[test]
    fn a_compressed_program_is_decoded_within_its_length() {
        let stored = zstd::bulk::compress(&[7; 1000], 3).unwrap();
        let compressed = |length| one(&header(PROGRAM_ZSTD, stored.len() as u64, length));
        assert_eq!(compressed(1000).program(&stored).unwrap(), [7; 1000]);
        assert!(compressed(1000).fits(&stored));
        assert!(compressed(999).program(&stored).is_err() && !compressed(999).fits(&stored));
        assert!(one(&header(9, 1, 1)).program(b"x").is_err() && !one(&header(9, 1, 1)).fits(b"x"));
    }

    #[test]
    fn bytes_of_a_module_that_look_like_a_header_do_not_hide_the_header() {
        let program = b"hello\0\0\0".as_slice();
        let mut section = header(PROGRAM_RAW, 3, 3);
        for (encoding, size) in [(PROGRAM_RAW, 6), (PROGRAM_ZSTD, 8), (PROGRAM_RAW, 5), (PROGRAM_RAW, 8)] {
            section.extend(header(encoding, size, size));
        }
        let headers: BTreeSet<ProgramHeader> =
            headers_in(&section).filter(|header| header.fits(program)).collect();
        assert_eq!(headers.len(), 3, "{headers:?}");
        for length in [5, 6, 8] {
            let found = program_of(&headers, program, &Digest::of(&program[..length]));
            assert_eq!(found, Some(Ok(program[..length].to_vec())));
        }
        let other = program_of(&headers, program, &Digest::of(b"other")).unwrap().unwrap();
        assert!(program.starts_with(&other), "what is there is told apart from what is named");
        assert_eq!(program_of(&BTreeSet::new(), program, &Digest::of(program)), None);
    }
}
