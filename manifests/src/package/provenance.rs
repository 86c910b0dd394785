//! Where a package comes from: the proof that its manifest was signed, or the note that it was let through without.

use raya_signing::{Digest, KeyDigest, Signed};

use crate::module::ModuleManifest;

/// A manifest that was signed, with the proof. Only verifying makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedManifest {
    pub(super) manifest: ModuleManifest,
    pub(super) signed: Signed<'static>,
}

impl SignedManifest {
    /// The manifest.
    pub fn manifest(&self) -> &ModuleManifest {
        &self.manifest
    }

    /// The digest of its raw bytes.
    pub fn digest(&self) -> Digest {
        self.signed.digest()
    }

    /// The known keys that signed, sorted; never empty.
    pub fn signers(&self) -> &[KeyDigest] {
        self.signed.signers()
    }

    /// The bytes that were signed.
    pub fn bytes(&self) -> &[u8] {
        self.signed.bytes()
    }
}

/// A manifest that was let through without a signature, in development. Only
/// [`super::UnverifiedPackage::allow_unsigned`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedManifest {
    pub(super) manifest: ModuleManifest,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: Digest,
}

/// Whether a package was verified, or let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Known keys signed it.
    Signed(SignedManifest),
    /// Nobody known did, and that was allowed.
    Unsigned(UnsignedManifest),
}

impl Provenance {
    /// The manifest.
    pub fn manifest(&self) -> &ModuleManifest {
        match self {
            Provenance::Signed(signed) => &signed.manifest,
            Provenance::Unsigned(unsigned) => &unsigned.manifest,
        }
    }

    /// The raw bytes of the manifest.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Provenance::Signed(signed) => signed.bytes(),
            Provenance::Unsigned(unsigned) => &unsigned.bytes,
        }
    }

    /// The digest of its raw bytes.
    pub fn digest(&self) -> Digest {
        match self {
            Provenance::Signed(signed) => signed.digest(),
            Provenance::Unsigned(unsigned) => unsigned.digest,
        }
    }

    /// The known keys that signed, sorted; empty when nobody known did.
    pub fn signers(&self) -> &[KeyDigest] {
        match self {
            Provenance::Signed(signed) => signed.signers(),
            Provenance::Unsigned(_) => &[],
        }
    }

    /// The proof of signatures, when there is one.
    pub fn signed(&self) -> Option<&SignedManifest> {
        match self {
            Provenance::Signed(signed) => Some(signed),
            Provenance::Unsigned(_) => None,
        }
    }
}
