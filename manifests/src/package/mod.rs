//! Module packages, `NAME-VERSION.rmod`: a plain ustar of the manifest, its signatures, and packed payloads. A module folder
//! holds exactly the same entries as files.
//!
//! Reading goes in an order that lets nothing unauthenticated reach a parser or a decompressor: sizes and the archive's
//! fixed form, signatures over the raw manifest, the manifest, digests of the packed payloads, and only then unpacking,
//! within the sizes that were signed. Nothing is ever written to disk by name.

mod compress;
mod draft;
mod entries;
mod error;
mod open;
mod provenance;
mod ustar;

pub use compress::PackLevel;
pub use draft::{PackageDraft, PayloadSource};
pub use entries::{EntryPath, MANIFEST_PATH, PACKAGE_BYTES_MAX};
pub use error::PackageError;
pub use open::{Package, UnpackedPayload, UnverifiedPackage};
pub use provenance::{Provenance, SignedManifest, UnsignedManifest};
