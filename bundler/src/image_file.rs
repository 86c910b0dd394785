//! Reads what a finished bundle carries: its manifest and its program.

use object::{Object, ObjectSection};
use raya_manifests::{BundleManifest, document_file};
use raya_signing::Digest;
use raya_source::{Diagnostic, SourceMap};

use crate::codes::{IMAGE_DAMAGED, NOT_A_BUNDLE};
use crate::phase::emit::{MANIFEST_SECTION, PROGRAM_SECTION};

/// Largest image that is read.
pub const IMAGE_BYTES_MAX: usize = 4 << 30;

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
        let (manifest, program) = (section(MANIFEST_SECTION)?, section(PROGRAM_SECTION)?);
        let id = sources.add(document_file(&format!("manifest of {subject}"), manifest));
        Ok(ImageFile {
            manifest: BundleManifest::parse(id, manifest)?,
            program: Digest::of(program),
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
