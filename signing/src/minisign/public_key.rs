//! Public keys: `Ed`, an 8-byte id, 32 bytes.

use std::fmt;

use ed25519_dalek::VerifyingKey;

use super::signature::Signature;
use super::text::{self, KEY_FILE_BYTES_MAX, Lines, UNTRUSTED_COMMENT_BYTES_MAX, UNTRUSTED_PREFIX};
use crate::digest::{Digest, KeyDigest};
use crate::ed25519;
use crate::error::{Artifact, SigningError};

/// What marks an Ed25519 key.
pub(crate) const KEY_ALGORITHM: [u8; 2] = *b"Ed";
pub(super) const BYTES: usize = 2 + 8 + 32;
const EXPECTED: &str = "one line of base64 that holds 42 bytes";

/// The 8 bytes by which a signature names a key: a hint, chosen by whoever wrote it. Shown as minisign shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016X}", u64::from_le_bytes(self.0))
    }
}

/// A public key that is on the curve, canonical and of full order.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    id: KeyId,
    key: VerifyingKey,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({}, {})", self.id, self.digest())
    }
}

impl PublicKey {
    /// A key from its parts. Fails with [`SigningError::WeakKey`].
    pub fn from_parts(id: KeyId, bytes: &[u8; 32]) -> Result<Self, SigningError> {
        Ok(PublicKey { id, key: ed25519::verifying_key(bytes)? })
    }

    /// Reads a key file: a comment line, then a base64 line.
    pub fn parse(bytes: &[u8]) -> Result<Self, SigningError> {
        let mut lines = Lines::new(Artifact::PublicKey, bytes, KEY_FILE_BYTES_MAX)?;
        lines.comment(UNTRUSTED_PREFIX, UNTRUSTED_COMMENT_BYTES_MAX, "a line `untrusted comment: …`")?;
        let layout = lines.base64(EXPECTED)?;
        let key = Self::from_layout(&layout)?;
        lines.end()?;
        Ok(key)
    }

    /// Reads the base64 line alone, as `minisign -P` takes it.
    pub fn from_base64(line: &str) -> Result<Self, SigningError> {
        if line.len() > KEY_FILE_BYTES_MAX {
            return Err(SigningError::TooLarge {
                artifact: Artifact::PublicKey,
                limit: KEY_FILE_BYTES_MAX,
                found: line.len(),
            });
        }
        let layout = text::decode(Artifact::PublicKey, line, EXPECTED)?;
        Self::from_layout(&layout)
    }

    fn from_layout(layout: &[u8; BYTES]) -> Result<Self, SigningError> {
        let algorithm: [u8; 2] = text::field(layout, 0);
        if algorithm != KEY_ALGORITHM {
            return Err(SigningError::UnknownAlgorithm { artifact: Artifact::PublicKey, found: algorithm });
        }
        Self::from_parts(KeyId(text::field(layout, 2)), &text::field(layout, 10))
    }

    /// The base64 line.
    pub fn to_base64(&self) -> String {
        let mut layout = Vec::with_capacity(BYTES);
        layout.extend(KEY_ALGORITHM);
        layout.extend(self.id.0);
        layout.extend(self.key.as_bytes());
        text::encode(&layout)
    }

    /// The key file, as minisign writes it.
    pub fn to_text(&self) -> String {
        format!("{UNTRUSTED_PREFIX}minisign public key {}\n{}\n", self.id, self.to_base64())
    }

    /// The id, a hint only.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Who the key is.
    pub fn digest(&self) -> KeyDigest {
        KeyDigest(Digest::of(self.as_bytes()))
    }

    /// Checks both signatures of a signature file: of `bytes`, and of the trusted comment. The key id is not looked at.
    /// For documents use [`crate::KeySet::verify`], which also checks domain and claim and gives a proof.
    pub fn check(&self, bytes: &[u8], signature: &Signature) -> Result<(), SigningError> {
        self.check_prehashed(&ed25519::prehash(bytes), signature)
    }

    /// The same for bytes that were hashed already.
    pub(crate) fn check_prehashed(&self, hash: &[u8; 64], signature: &Signature) -> Result<(), SigningError> {
        if !ed25519::is_signed_by(&self.key, hash, signature.signature()) {
            return Err(SigningError::BadSignature { key: self.digest() });
        }
        if !ed25519::is_signed_by(&self.key, &signature.global_message(), signature.global_signature()) {
            return Err(SigningError::BadTrustedComment { key: self.digest() });
        }
        Ok(())
    }
}
