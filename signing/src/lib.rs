//! Keys, signatures, digests and the proofs that they were checked. This crate knows bytes only.
//!
//! Keys and signatures are minisign's own, so that `minisign -V` checks what is signed here and the other way round. What
//! differs is what is refused: legacy signatures, weak and twice-encoded keys, trailing bytes, comments that could fool a
//! terminal, and key files that ask for absurd work.
//!
//! Three bugs of others that types here rule out:
//! - *Bytes were verified, then read again.* [`Signed`] and [`DigestMatched`] carry the very bytes that were checked, and only
//!   checking makes them.
//! - *A signature of one thing was shown with another.* A [`Domain`] stands in the first line of what is signed and in the
//!   trusted comment, whose [`Claim`] must equal the document.
//! - *One key counted twice.* A [`KeySet`] holds keys by the SHA-256 of their 32 bytes; the 8-byte id is only a hint.
#![forbid(unsafe_code)]

mod claim;
mod conceal;
mod digest;
mod domain;
mod ed25519;
mod error;
mod escape;
mod minisign;
mod verify;

pub use claim::{CLAIM_TEXT_LENGTH_MAX, Claim};
pub use conceal::mask_secret_keys;
pub use digest::{Digest, DigestMatched, KeyDigest};
pub use domain::{BUNDLE_SCHEMA, Domain, MODULE_SCHEMA, TRUST_SCHEMA};
pub use error::{Artifact, SigningError};
pub use escape::{escape_bytes_for_terminal, escape_for_terminal, is_terminal_safe, is_unsafe_character};
pub use minisign::{
    KEY_FILE_BYTES_MAX, KeyCost, KeyId, LockedSecretKey, PublicKey, SIGNATURE_FILE_BYTES_MAX,
    SIGNATURE_UNTRUSTED_COMMENT, SecretKey, Signature, TRUSTED_COMMENT_BYTES_MAX,
    UNTRUSTED_COMMENT_BYTES_MAX,
};
pub use verify::{KeySet, Quorum, SIGNATURES_MAX, Signed};
