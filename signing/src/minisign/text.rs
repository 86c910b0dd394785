//! The line format that all of minisign's files share: a comment line, a base64 line, each ended by one LF.
//!
//! Reading is exact: what is accepted is what writing gives, so that a file has no second spelling and nothing can hide in it.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::error::{Artifact, SigningError, excerpt};
use crate::escape::is_unsafe_character;

/// Longest untrusted comment in bytes, as in minisign.
pub const UNTRUSTED_COMMENT_BYTES_MAX: usize = 1024;
/// Longest trusted comment in bytes, as in minisign.
pub const TRUSTED_COMMENT_BYTES_MAX: usize = 8192;
/// Longest key file in bytes: a comment and 158 bytes in base64.
pub const KEY_FILE_BYTES_MAX: usize = UNTRUSTED_COMMENT_BYTES_MAX + 512;
/// Longest signature file in bytes: both comments and two lines of base64.
pub const SIGNATURE_FILE_BYTES_MAX: usize = UNTRUSTED_COMMENT_BYTES_MAX + TRUSTED_COMMENT_BYTES_MAX + 512;

pub(crate) const UNTRUSTED_PREFIX: &str = "untrusted comment: ";
pub(crate) const TRUSTED_PREFIX: &str = "trusted comment: ";

/// Reads a file line by line.
pub(crate) struct Lines<'a> {
    artifact: Artifact,
    rest: &'a str,
}

impl<'a> Lines<'a> {
    /// Starts reading; checks size and encoding first.
    pub(crate) fn new(artifact: Artifact, bytes: &'a [u8], limit: usize) -> Result<Self, SigningError> {
        if bytes.len() > limit {
            return Err(SigningError::TooLarge { artifact, limit, found: bytes.len() });
        }
        let rest = std::str::from_utf8(bytes).map_err(|_| SigningError::Malformed {
            artifact,
            expected: "UTF-8 text",
            found: "other bytes".to_owned(),
        })?;
        Ok(Lines { artifact, rest })
    }

    fn line(&mut self, expected: &'static str) -> Result<&'a str, SigningError> {
        match self.rest.split_once('\n') {
            Some((line, rest)) => {
                self.rest = rest;
                Ok(line)
            }
            None if self.rest.is_empty() => Err(SigningError::Malformed {
                artifact: self.artifact,
                expected,
                found: "the end of the file".to_owned(),
            }),
            None => Err(malformed(self.artifact, self.rest, expected)),
        }
    }

    /// The next line, which is a comment behind `prefix`.
    pub(crate) fn comment(
        &mut self,
        prefix: &str,
        limit: usize,
        expected: &'static str,
    ) -> Result<&'a str, SigningError> {
        let line = self.line(expected)?;
        let comment = line.strip_prefix(prefix).ok_or_else(|| malformed(self.artifact, line, expected))?;
        if comment.len() > limit {
            return Err(SigningError::TooLarge { artifact: self.artifact, limit, found: comment.len() });
        }
        if !is_comment_safe(comment) {
            return Err(SigningError::UnsafeText {
                artifact: self.artifact,
                found: excerpt(comment.as_bytes()),
            });
        }
        Ok(comment)
    }

    /// The next line, which is `N` bytes in canonical base64.
    pub(crate) fn base64<const N: usize>(
        &mut self,
        expected: &'static str,
    ) -> Result<Zeroizing<[u8; N]>, SigningError> {
        let line = self.line(expected)?;
        decode(self.artifact, line, expected)
    }

    /// Checks that nothing follows.
    pub(crate) fn end(self) -> Result<(), SigningError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(SigningError::TrailingBytes { artifact: self.artifact, count }),
        }
    }
}

/// Whether a comment may stand in a file. Tabs may: minisign's own default trusted comment has them.
pub(crate) fn is_comment_safe(comment: &str) -> bool {
    !comment.chars().any(|character| is_unsafe_character(character) && character != '\t')
}

/// Decodes `N` bytes of canonical, padded base64.
pub(crate) fn decode<const N: usize>(
    artifact: Artifact,
    line: &str,
    expected: &'static str,
) -> Result<Zeroizing<[u8; N]>, SigningError> {
    let malformed = || malformed(artifact, line, expected);
    let mut bytes = Zeroizing::new([0; N]);
    let decoded = Base64::decode(line, &mut bytes[..]).map_err(|_| malformed())?.len();
    if decoded == N { Ok(bytes) } else { Err(malformed()) }
}

/// A line that is not what it should be. It is never quoted: whatever was expected, it may be a secret key.
fn malformed(artifact: Artifact, line: &str, expected: &'static str) -> SigningError {
    match artifact_of(line) {
        Some(found) if found != artifact => SigningError::WrongArtifact { expected: artifact, found },
        _ => {
            let found = format!("a line of {} bytes", line.len());
            SigningError::Malformed { artifact, expected, found }
        }
    }
}

/// Which artifact the base64 line is of, by its size and how it begins.
fn artifact_of(line: &str) -> Option<Artifact> {
    let mut bytes = Zeroizing::new([0; super::secret_key::BYTES]);
    let decoded = Base64::decode(line.trim_ascii(), &mut bytes[..]).ok()?;
    match (decoded.len(), &decoded[..2.min(decoded.len())]) {
        (super::public_key::BYTES, b"Ed") => Some(Artifact::PublicKey),
        (super::secret_key::BYTES, b"Ed") => Some(Artifact::SecretKey),
        (super::signature::BYTES, b"Ed" | b"ED") => Some(Artifact::Signature),
        _ => None,
    }
}

/// Encodes bytes as padded base64.
pub(crate) fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// `N` bytes at `at` of a fixed layout.
pub(crate) fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut field = [0; N];
    field.copy_from_slice(&bytes[at..at + N]);
    field
}
