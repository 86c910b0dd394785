//! Everything that can be wrong with keys, signatures and digests, each with a stable code.

use std::fmt;

use crate::digest::{Digest, KeyDigest};
use crate::domain::Domain;
use crate::escape::escape_for_terminal;

/// Which kind of file or text a problem is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Artifact {
    /// A minisign public key.
    PublicKey,
    /// A minisign secret key.
    SecretKey,
    /// A minisign signature.
    Signature,
}

impl fmt::Display for Artifact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Artifact::PublicKey => "public key",
            Artifact::SecretKey => "secret key",
            Artifact::Signature => "signature",
        })
    }
}

/// One problem. [`SigningError::code`] is stable; the texts are safe to print on a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningError {
    /// The text is not of minisign's form.
    Malformed {
        /// What was being read.
        artifact: Artifact,
        /// What should stand there.
        expected: &'static str,
        /// What stands there, described and never quoted: it may be a secret key, or a part of one.
        found: String,
    },
    /// Another kind of key or signature than is needed here.
    WrongArtifact {
        /// What is needed.
        expected: Artifact,
        /// What it is.
        found: Artifact,
    },
    /// More bytes than a file of this kind can have.
    TooLarge {
        /// What was being read.
        artifact: Artifact,
        /// The limit in bytes.
        limit: usize,
        /// The size in bytes.
        found: usize,
    },
    /// A signature over the bytes themselves instead of their hash (`Ed` instead of `ED`).
    LegacySignature,
    /// An algorithm that is not minisign's.
    UnknownAlgorithm {
        /// What was being read.
        artifact: Artifact,
        /// The two bytes that name it.
        found: [u8; 2],
    },
    /// A public key that anyone can sign for, that is not on the curve, or that is another key's second spelling.
    WeakKey {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Something stands behind the last line.
    TrailingBytes {
        /// What was being read.
        artifact: Artifact,
        /// How many bytes.
        count: usize,
    },
    /// A comment with control, bidirectional or invisible characters.
    UnsafeText {
        /// What was being read.
        artifact: Artifact,
        /// The comment.
        found: String,
    },
    /// The public half inside a secret key is not the one its secret half gives.
    HalvesDiffer,
    /// A key file asks for more work than minisign's own default.
    ExcessiveCost {
        /// What it asks for, as libsodium's operation limit.
        operations: u64,
        /// What it asks for, in bytes.
        memory: u64,
    },
    /// The password does not open the key.
    WrongPassword,
    /// The key is encrypted and no password was given.
    PasswordNeeded,
    /// The signature is not one of these bytes by this key.
    BadSignature {
        /// The key it was checked with.
        key: KeyDigest,
    },
    /// The signature is right, its trusted comment is not covered by the second signature.
    BadTrustedComment {
        /// The key it was checked with.
        key: KeyDigest,
    },
    /// There is no signature.
    Unsigned,
    /// There are signatures, none by a known key.
    UnknownSigner {
        /// The keys of which one should have signed: id and SHA-256.
        expected: Vec<String>,
        /// The key ids that the signatures name, sorted.
        found: Vec<String>,
    },
    /// Too few of the keys signed.
    ThresholdNotMet {
        /// How many must sign.
        threshold: usize,
        /// Those that did.
        found: Vec<KeyDigest>,
    },
    /// A threshold of zero, or one that all keys together cannot reach.
    ThresholdInvalid {
        /// The threshold.
        threshold: usize,
        /// How many distinct keys there are.
        keys: usize,
    },
    /// The signed bytes are of another kind.
    WrongDomain {
        /// What they should be.
        expected: Domain,
        /// Their first line, shortened.
        found: String,
    },
    /// A trusted comment that is not a claim.
    ClaimMalformed {
        /// What should stand there.
        expected: &'static str,
        /// The comment, shortened.
        found: String,
    },
    /// The trusted comment speaks of something else.
    ClaimMismatch {
        /// What it should say.
        expected: String,
        /// What it says.
        found: String,
    },
    /// The bytes are not the ones that were promised.
    DigestMismatch {
        /// The promised digest.
        expected: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// Not 64 lower-case hexadecimal digits.
    DigestMalformed {
        /// What stands there, shortened.
        found: String,
    },
    /// The system gave no random bytes.
    NoRandomness,
    /// More signatures than anything needs.
    TooManySignatures {
        /// The limit.
        limit: usize,
        /// How many there are.
        found: usize,
    },
}

impl SigningError {
    /// The stable code, `R11xx`.
    pub fn code(&self) -> &'static str {
        match self {
            SigningError::Malformed { .. } => "R1101",
            SigningError::TooLarge { .. } => "R1102",
            SigningError::LegacySignature => "R1103",
            SigningError::UnknownAlgorithm { .. } => "R1104",
            SigningError::WeakKey { .. } => "R1105",
            SigningError::TrailingBytes { .. } => "R1106",
            SigningError::UnsafeText { .. } => "R1107",
            SigningError::HalvesDiffer => "R1108",
            SigningError::ExcessiveCost { .. } => "R1109",
            SigningError::WrongPassword => "R1110",
            SigningError::PasswordNeeded => "R1111",
            SigningError::BadSignature { .. } => "R1112",
            SigningError::BadTrustedComment { .. } => "R1113",
            SigningError::Unsigned => "R1114",
            SigningError::UnknownSigner { .. } => "R1115",
            SigningError::ThresholdNotMet { .. } => "R1116",
            SigningError::ThresholdInvalid { .. } => "R1117",
            SigningError::WrongDomain { .. } => "R1118",
            SigningError::ClaimMalformed { .. } => "R1119",
            SigningError::ClaimMismatch { .. } => "R1120",
            SigningError::DigestMismatch { .. } => "R1121",
            SigningError::DigestMalformed { .. } => "R1122",
            SigningError::NoRandomness => "R1123",
            SigningError::TooManySignatures { .. } => "R1124",
            SigningError::WrongArtifact { .. } => "R1125",
        }
    }

    /// What should have been there.
    pub fn expected(&self) -> String {
        match self {
            SigningError::Malformed { expected, .. } | SigningError::ClaimMalformed { expected, .. } => {
                (*expected).to_owned()
            }
            SigningError::WrongArtifact { expected, .. } => format!("a {expected}"),
            SigningError::TooLarge { artifact, limit, .. } => {
                format!("a {artifact} of at most {limit} bytes")
            }
            SigningError::LegacySignature => "a prehashed signature (algorithm `ED`)".to_owned(),
            SigningError::UnknownAlgorithm { artifact: Artifact::Signature, .. } => {
                "algorithm `ED`".to_owned()
            }
            SigningError::UnknownAlgorithm { .. } => "algorithm `Ed`".to_owned(),
            SigningError::WeakKey { .. } => "a canonical Ed25519 point of full order".to_owned(),
            SigningError::TrailingBytes { artifact, .. } => {
                format!("the end of the {artifact} after its last line")
            }
            SigningError::UnsafeText { .. } => "a comment of visible characters".to_owned(),
            SigningError::HalvesDiffer => "a secret key whose two halves belong together".to_owned(),
            SigningError::ExcessiveCost { .. } => format!(
                "a scrypt cost of at most minisign's own ({} operations, {} bytes)",
                crate::KeyCost::MINISIGN.operations,
                crate::KeyCost::MINISIGN.memory
            ),
            SigningError::WrongPassword => "the password the key was encrypted with".to_owned(),
            SigningError::PasswordNeeded => "a password".to_owned(),
            SigningError::BadSignature { key } => format!("a signature of these bytes by key {key}"),
            SigningError::BadTrustedComment { key } => format!("a trusted comment signed by key {key}"),
            SigningError::Unsigned => "at least one signature".to_owned(),
            SigningError::UnknownSigner { expected, .. } => match &expected[..] {
                [] => "a signature by a known key, and no key is known".to_owned(),
                [key] => format!("a signature by the key {key}"),
                [key, others @ ..] => {
                    format!("a signature by the key {key} or one of {} others", others.len())
                }
            },
            SigningError::ThresholdNotMet { threshold, .. } => {
                format!("signatures by {threshold} distinct keys")
            }
            SigningError::ThresholdInvalid { keys, .. } => {
                format!("a threshold from 1 to {keys}, the number of distinct keys")
            }
            SigningError::WrongDomain { expected, .. } => expected.expectation(),
            SigningError::ClaimMismatch { expected, .. } => format!("`{}`", escape_for_terminal(expected)),
            SigningError::DigestMismatch { expected, .. } => format!("SHA-256 {expected}"),
            SigningError::DigestMalformed { .. } => "64 lower-case hexadecimal digits".to_owned(),
            SigningError::NoRandomness => "random bytes from the system".to_owned(),
            SigningError::TooManySignatures { limit, .. } => format!("at most {limit} signatures"),
        }
    }

    /// What was there.
    pub fn found(&self) -> String {
        match self {
            SigningError::Malformed { found, .. } => found.clone(),
            SigningError::WrongArtifact { found, .. } => format!("a {found}"),
            SigningError::UnsafeText { found, .. }
            | SigningError::WrongDomain { found, .. }
            | SigningError::ClaimMalformed { found, .. }
            | SigningError::ClaimMismatch { found, .. }
            | SigningError::DigestMalformed { found } => format!("`{}`", escape_for_terminal(found)),
            SigningError::TooLarge { found, .. } => format!("{found} bytes"),
            SigningError::LegacySignature => "a legacy signature (algorithm `Ed`)".to_owned(),
            SigningError::UnknownAlgorithm { found, .. } => {
                format!("bytes {:02x} {:02x}", found[0], found[1])
            }
            SigningError::WeakKey { reason } => (*reason).to_owned(),
            SigningError::TrailingBytes { count, .. } => format!("{count} more bytes"),
            SigningError::HalvesDiffer => "a public half that its secret half does not give".to_owned(),
            SigningError::ExcessiveCost { operations, memory } => {
                format!("{operations} operations, {memory} bytes")
            }
            SigningError::WrongPassword => "one that does not open it".to_owned(),
            SigningError::PasswordNeeded => "none".to_owned(),
            SigningError::BadSignature { .. } => "a signature of other bytes, or a changed one".to_owned(),
            SigningError::BadTrustedComment { .. } => "a changed trusted comment".to_owned(),
            SigningError::Unsigned => "none".to_owned(),
            SigningError::UnknownSigner { found, .. } => {
                format!("signatures by the key ids {}", found.join(", "))
            }
            SigningError::ThresholdNotMet { found, .. } => match found.len() {
                0 => "none".to_owned(),
                count => {
                    let keys: Vec<String> = found.iter().map(KeyDigest::to_string).collect();
                    format!("{count}: {}", keys.join(", "))
                }
            },
            SigningError::ThresholdInvalid { threshold, .. } => format!("{threshold}"),
            SigningError::DigestMismatch { found, .. } => format!("SHA-256 {found}"),
            SigningError::NoRandomness => "an error".to_owned(),
            SigningError::TooManySignatures { found, .. } => format!("{found}"),
        }
    }

    /// What the reader can do, as a sentence without a full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            SigningError::Malformed { .. } | SigningError::UnknownAlgorithm { .. } => {
                "use a file written by `raya` or `minisign`, unchanged"
            }
            SigningError::WrongArtifact { expected: Artifact::PublicKey, found: Artifact::SecretKey } => {
                "this is a secret key: give the public one, NAME.pub, and show this one to nobody"
            }
            SigningError::WrongArtifact { expected: Artifact::SecretKey, found: Artifact::PublicKey } => {
                "this is a public key: give the secret one that belongs to it, NAME.key"
            }
            SigningError::WrongArtifact { .. } => {
                "give the file that is asked for: NAME.pub and NAME.key are keys, FILE.minisig is a signature"
            }
            SigningError::TooLarge { .. } => "check that the right file was given",
            SigningError::LegacySignature => {
                "sign again without `-l`; minisign has prehashed by default since 0.10"
            }
            SigningError::WeakKey { .. } => "make a new key with `raya key gen`",
            SigningError::TrailingBytes { .. } => "remove what follows the last line, or get the file again",
            SigningError::UnsafeText { .. } => "sign or write the key again with a plain comment",
            SigningError::HalvesDiffer => {
                "the key file is damaged or was tampered with: restore it or make a new key"
            }
            SigningError::ExcessiveCost { .. } => {
                "do not trust this key file; make a new key with `raya key gen`"
            }
            SigningError::WrongPassword => "try the password again; a damaged key file gives the same error",
            SigningError::PasswordNeeded => "give the key's password",
            SigningError::BadSignature { .. } | SigningError::BadTrustedComment { .. } => {
                "get the file and its signature again from their publisher; do not use these"
            }
            SigningError::Unsigned => "sign it, or ask its publisher for a signed one",
            SigningError::UnknownSigner { .. } => {
                "get what the expected key signed; or, if you trust the signer, give its public key: with `--key`, or in the trust policy"
            }
            SigningError::ThresholdNotMet { .. } => "ask the remaining key holders to sign",
            SigningError::ThresholdInvalid { .. } => "set the threshold within these bounds",
            SigningError::WrongDomain { .. } => {
                "a signature of one kind of document is never valid for another"
            }
            SigningError::ClaimMalformed { .. } => {
                "sign with `raya`, or give `minisign -t` exactly this comment"
            }
            SigningError::ClaimMismatch { .. } => {
                "sign the document again; this signature was made for another one"
            }
            SigningError::DigestMismatch { .. } => {
                "get the file again from its publisher; do not use this one"
            }
            SigningError::DigestMalformed { .. } => "write the digest as `sha256sum` prints it",
            SigningError::NoRandomness => "run where the system offers random bytes",
            SigningError::TooManySignatures { .. } => {
                "keep only the signatures of keys that the policy names"
            }
        }
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "expected {}, found {}", self.expected(), self.found())
    }
}

impl std::error::Error for SigningError {}

/// Longest excerpt of a file that goes into an error, in characters.
const EXCERPT_LENGTH_MAX: usize = 96;

/// The start of `bytes`, for an error's `found`. Escaped when the error is printed.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    let end = bytes.len().min(EXCERPT_LENGTH_MAX * 4);
    let text = String::from_utf8_lossy(&bytes[..end]);
    let mut short: String = text.chars().take(EXCERPT_LENGTH_MAX).collect();
    if short.len() < bytes.len() && (end < bytes.len() || text.chars().count() > EXCERPT_LENGTH_MAX) {
        short.push('…');
    }
    short
}
