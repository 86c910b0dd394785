//! SHA-256 digests, and the proof that bytes have one.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::error::{SigningError, excerpt};

/// A SHA-256 digest; shown and parsed as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(Sha256::digest(bytes).into())
    }

    /// A digest from its 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Digest(bytes)
    }

    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Hashes `bytes` and proves that they are the promised ones. Fails with [`SigningError::DigestMismatch`].
    pub fn require<'a>(&self, bytes: impl Into<Cow<'a, [u8]>>) -> Result<DigestMatched<'a>, SigningError> {
        let bytes = bytes.into();
        let found = Digest::of(&bytes);
        if found == *self {
            Ok(DigestMatched { bytes, digest: found })
        } else {
            Err(SigningError::DigestMismatch { expected: *self, found })
        }
    }
}

impl FromStr for Digest {
    type Err = SigningError;

    fn from_str(text: &str) -> Result<Self, SigningError> {
        let malformed = || SigningError::DigestMalformed { found: excerpt(text.as_bytes()) };
        if text.len() != 64 {
            return Err(malformed());
        }
        let nibble = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(malformed()),
        };
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Digest(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Who a key is: the SHA-256 of its 32 public bytes. Key ids and comments are not identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest(pub Digest);

impl FromStr for KeyDigest {
    type Err = SigningError;

    fn from_str(text: &str) -> Result<Self, SigningError> {
        text.parse().map(KeyDigest)
    }
}

impl fmt::Display for KeyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Bytes that were hashed and found to be the promised ones. Only [`Digest::require`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestMatched<'a> {
    bytes: Cow<'a, [u8]>,
    digest: Digest,
}

impl<'a> DigestMatched<'a> {
    /// The bytes that were hashed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Their digest.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The same proof, owning its bytes.
    pub fn into_owned(self) -> DigestMatched<'static> {
        DigestMatched { bytes: Cow::Owned(self.bytes.into_owned()), digest: self.digest }
    }

    /// The bytes, giving the proof up.
    pub fn into_bytes(self) -> Cow<'a, [u8]> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_print_parse_and_prove() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.require(&b"abc"[..]).map(|proof| proof.digest()), Ok(digest));
        assert_eq!(digest.require(&b"abd"[..]).unwrap_err().code(), "R1121");
        let text = digest.to_string();
        let cases = [
            text.to_uppercase(),
            text[1..].to_owned(),
            format!("{text}0"),
            text.replacen('b', "g", 1),
            "é".repeat(32),
        ];
        for bad in cases {
            assert_eq!(bad.parse::<Digest>().unwrap_err().code(), "R1122", "{bad}");
        }
    }
}
