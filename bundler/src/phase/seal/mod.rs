//! Phase `seal`: the linked image is read again as a stranger would, compared with the intention, signed and written.
//!
//! The linker is the largest piece of foreign code on the way to an image, so what it made is checked, not trusted.

mod inspect;
mod write;

pub use write::signature_path;

use crate::phase::emit::Intention;
use crate::phase::link::{Form, Linked};
use raya_source::{Code, Diagnostic};
use std::path::Path;

/// The image is not what was intended.
pub const NOT_AS_INTENDED: Code = Code("R1500");
/// The image could not be written.
pub const NOT_WRITTEN: Code = Code("R1501");

/// What is to be sealed.
pub struct Request<'input> {
    /// The linked image.
    pub linked: Linked,
    /// The kind of image that was asked for.
    pub form: Form,
    /// What `emit` put in.
    pub intention: &'input Intention,
    /// Who signs, if anyone.
    pub signer: Option<&'input dyn ImageSigner>,
}

/// Makes a detached signature over a whole image.
pub trait ImageSigner {
    /// The bytes of the signature file that belongs beside the image.
    fn sign(&self, image: &[u8]) -> Result<Vec<u8>, Diagnostic>;
}

/// An image that holds what was intended, not yet written. Only [`seal`] makes one.
#[derive(Clone, Debug)]
pub struct Sealed {
    image: Vec<u8>,
    signature: Option<Vec<u8>>,
}

impl Sealed {
    /// The bytes of the image.
    pub fn image(&self) -> &[u8] {
        &self.image
    }

    /// The bytes of the detached signature.
    pub fn signature(&self) -> Option<&[u8]> {
        self.signature.as_deref()
    }

    /// Writes the image to `output`, executable, and its signature to `output.minisig`. When a step fails, what was there
    /// before is still there, and nothing else is left.
    pub fn write(&self, output: &Path) -> Result<(), Diagnostic> {
        write::write(output, &self.image, self.signature.as_deref()).map_err(|error| {
            let message = format!("`{}` could not be written: {error}", output.display());
            Diagnostic::error(NOT_WRITTEN, message)
                .with_note("no file was written; one that was there before is unchanged")
        })
    }
}

/// Checks and signs. All differences from the intention are given together.
pub fn seal(request: Request<'_>) -> Result<Sealed, Vec<Diagnostic>> {
    let image = request.linked.image;
    let faults = inspect::faults(&image, request.form, request.intention);
    if !faults.is_empty() {
        let told = faults.into_iter().map(|fault| Diagnostic::error(NOT_AS_INTENDED, fault));
        let told = told.map(|problem| problem.with_note("no file was written"));
        return Err(told.collect());
    }
    let signature =
        request.signer.map(|signer| signer.sign(&image)).transpose().map_err(|problem| vec![problem])?;
    Ok(Sealed { image, signature })
}
