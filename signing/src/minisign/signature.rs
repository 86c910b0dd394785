//! Signature files: an untrusted comment, the signature, a trusted comment, and a signature of those two.

use super::public_key::KeyId;
use super::text::{
    self, Lines, SIGNATURE_FILE_BYTES_MAX, TRUSTED_COMMENT_BYTES_MAX, TRUSTED_PREFIX,
    UNTRUSTED_COMMENT_BYTES_MAX, UNTRUSTED_PREFIX,
};
use crate::claim::Claim;
use crate::error::{Artifact, SigningError};

/// The untrusted comment that minisign writes by default. Nothing protects that comment, so `raya` always writes this one,
/// and packages may hold no other: then every byte of a package is either signed or fixed.
pub const SIGNATURE_UNTRUSTED_COMMENT: &str = "signature from minisign secret key";

/// What marks a signature of a BLAKE2b-512 hash.
pub(crate) const PREHASHED: [u8; 2] = *b"ED";
/// What marks a signature of the bytes themselves.
const LEGACY: [u8; 2] = *b"Ed";
pub(super) const BYTES: usize = 2 + 8 + 64;

/// A signature file that was read, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    untrusted_comment: String,
    key_id: KeyId,
    signature: [u8; 64],
    trusted_comment: String,
    global_signature: [u8; 64],
}

impl Signature {
    /// Reads a signature file of at most [`SIGNATURE_FILE_BYTES_MAX`] bytes: exactly four lines, each ended by LF.
    pub fn parse(bytes: &[u8]) -> Result<Self, SigningError> {
        let mut lines = Lines::new(Artifact::Signature, bytes, SIGNATURE_FILE_BYTES_MAX)?;
        let untrusted_comment = lines.comment(
            UNTRUSTED_PREFIX,
            UNTRUSTED_COMMENT_BYTES_MAX,
            "a first line `untrusted comment: …`",
        )?;
        let layout = lines.base64::<BYTES>("a second line of base64 that holds 74 bytes")?;
        match text::field(&layout[..], 0) {
            PREHASHED => {}
            LEGACY => return Err(SigningError::LegacySignature),
            found => {
                return Err(SigningError::UnknownAlgorithm { artifact: Artifact::Signature, found });
            }
        }
        let trusted_comment =
            lines.comment(TRUSTED_PREFIX, TRUSTED_COMMENT_BYTES_MAX, "a third line `trusted comment: …`")?;
        let global_signature = *lines.base64::<64>("a fourth line of base64 that holds 64 bytes")?;
        lines.end()?;
        Ok(Signature {
            untrusted_comment: untrusted_comment.to_owned(),
            key_id: KeyId(text::field(&layout[..], 2)),
            signature: text::field(&layout[..], 10),
            trusted_comment: trusted_comment.to_owned(),
            global_signature,
        })
    }

    /// A signature from its parts. Comments must be visible text within minisign's limits.
    pub(crate) fn from_parts(
        key_id: KeyId,
        signature: [u8; 64],
        trusted_comment: &str,
        sign_global: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Result<Self, SigningError> {
        if trusted_comment.len() > TRUSTED_COMMENT_BYTES_MAX {
            return Err(SigningError::TooLarge {
                artifact: Artifact::Signature,
                limit: TRUSTED_COMMENT_BYTES_MAX,
                found: trusted_comment.len(),
            });
        }
        if !text::is_comment_safe(trusted_comment) {
            let found = crate::error::excerpt(trusted_comment.as_bytes());
            return Err(SigningError::UnsafeText { artifact: Artifact::Signature, found });
        }
        let mut made = Signature {
            untrusted_comment: SIGNATURE_UNTRUSTED_COMMENT.to_owned(),
            key_id,
            signature,
            trusted_comment: trusted_comment.to_owned(),
            global_signature: [0; 64],
        };
        made.global_signature = sign_global(&made.global_message());
        Ok(made)
    }

    /// The file, as minisign writes it. [`Signature::parse`] of it gives the same signature.
    pub fn to_text(&self) -> String {
        let mut layout = Vec::with_capacity(BYTES);
        layout.extend(PREHASHED);
        layout.extend(self.key_id.0);
        layout.extend(self.signature);
        format!(
            "{UNTRUSTED_PREFIX}{}\n{}\n{TRUSTED_PREFIX}{}\n{}\n",
            self.untrusted_comment,
            text::encode(&layout),
            self.trusted_comment,
            text::encode(&self.global_signature),
        )
    }

    /// The same signature with the default untrusted comment, as packages need it. Nothing signed changes.
    pub fn with_default_untrusted_comment(mut self) -> Self {
        SIGNATURE_UNTRUSTED_COMMENT.clone_into(&mut self.untrusted_comment);
        self
    }

    /// The comment that nothing protects.
    pub fn untrusted_comment(&self) -> &str {
        &self.untrusted_comment
    }

    /// The id of the key it says it was made with: a hint.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The trusted comment, which may be trusted only once the signature was checked.
    pub fn trusted_comment(&self) -> &str {
        &self.trusted_comment
    }

    /// The trusted comment as a claim; the same caution applies.
    pub fn claim(&self) -> Result<Claim, SigningError> {
        Claim::parse(&self.trusted_comment)
    }

    pub(crate) fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    pub(crate) fn global_signature(&self) -> &[u8; 64] {
        &self.global_signature
    }

    /// What the second signature covers: the first one, then the trusted comment.
    pub(crate) fn global_message(&self) -> Vec<u8> {
        [&self.signature[..], self.trusted_comment.as_bytes()].concat()
    }
}
