//! Reads what a finished bundle carries: its manifest and its program.

use std::mem::offset_of;

use object::{Object, ObjectSection};
use raya_abi::image::{BUNDLE_MAGIC, BUNDLE_VERSION, BundleHeader, PROGRAM_RAW, PROGRAM_ZSTD};
use raya_manifests::{BundleManifest, document_file};
use raya_signing::Digest;
use raya_source::{Diagnostic, SourceMap};

use crate::codes::{IMAGE_DAMAGED, NOT_A_BUNDLE};
use crate::phase::emit::{MANIFEST_SECTION, PROGRAM_SECTION};

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
        let header = file.sections().find_map(|section| header_in(section.data().ok()?));
        let header = header.ok_or_else(|| no_bundle("it has no bundle header".to_owned()))?;
        let damaged = |why| {
            vec![Diagnostic::error(IMAGE_DAMAGED, format!("the program of {subject} cannot be read: {why}"))]
        };
        let program = header.program(stored).map_err(damaged)?;
        let id = sources.add(document_file(&format!("manifest of {subject}"), manifest));
        Ok(ImageFile {
            manifest: BundleManifest::parse(id, manifest)?,
            program: Digest::of(&program),
            program_size: program.len(),
        })
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

/// What a bundle's header says about the program's bytes.
struct ProgramHeader {
    encoding: u32,
    size: u64,
    length: u64,
}

impl ProgramHeader {
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

/// The header in a section's bytes, when it is there.
fn header_in(data: &[u8]) -> Option<ProgramHeader> {
    let last = data.len().checked_sub(size_of::<BundleHeader>())?;
    let word = |at: usize| Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?));
    let long = |at: usize| Some(u64::from_le_bytes(data.get(at..at + 8)?.try_into().ok()?));
    let starts = |at: &usize| {
        data[*at..].starts_with(&BUNDLE_MAGIC)
            && word(at + offset_of!(BundleHeader, version)) == Some(BUNDLE_VERSION)
    };
    let at = (0..=last).step_by(align_of::<BundleHeader>()).find(starts)?;
    Some(ProgramHeader {
        encoding: word(at + offset_of!(BundleHeader, program_encoding))?,
        size: long(at + offset_of!(BundleHeader, program_size))?,
        length: long(at + offset_of!(BundleHeader, program_length))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let found = header_in(&header(PROGRAM_RAW, 5, 5)).unwrap();
        assert_eq!(found.program(b"hello\0\0\0").unwrap(), b"hello");
        assert!(found.program(b"hell").is_err());
        assert!(header_in(&[0; 200]).is_none());
        assert!(header_in(b"RAYABNDL").is_none());
    }

    #[test]
    fn a_compressed_program_is_decoded_within_its_length() {
        let stored = zstd::bulk::compress(&[7; 1000], 3).unwrap();
        let read =
            |length| header_in(&header(PROGRAM_ZSTD, stored.len() as u64, length)).unwrap().program(&stored);
        assert_eq!(read(1000).unwrap(), [7; 1000]);
        assert!(read(999).is_err());
        assert!(header_in(&header(9, 1, 1)).unwrap().program(b"x").is_err());
    }
}
