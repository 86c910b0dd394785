//! What a signature says it is for: the trusted comment, typed.
//!
//! The comment repeats kind, name, version and epoch. That makes `minisign -V` print something a person can check, and ties
//! the second signature to the document: whoever accepts a signature compares the claim with what the document itself says.

use std::fmt;

use crate::domain::Domain;
use crate::error::{SigningError, excerpt};

/// Longest name and longest version of a claim, in bytes.
pub const CLAIM_TEXT_LENGTH_MAX: usize = 128;

const FORM: &str = "`raya/1 kind=KIND name=NAME version=VERSION epoch=EPOCH`";

/// Kind, name, version and epoch of what is signed. Its text is canonical: equal claims have equal bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    domain: Domain,
    name: String,
    version: String,
    epoch: u64,
}

impl Claim {
    /// A claim. Name and version are 1 to [`CLAIM_TEXT_LENGTH_MAX`] bytes of ASCII letters, digits and `._+-`.
    pub fn new(domain: Domain, name: &str, version: &str, epoch: u64) -> Result<Self, SigningError> {
        for text in [name, version] {
            let allowed =
                |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-');
            if text.is_empty() || text.len() > CLAIM_TEXT_LENGTH_MAX || !text.bytes().all(allowed) {
                return Err(SigningError::ClaimMalformed {
                    expected: "a name and a version of at most 128 ASCII letters, digits and `._+-`",
                    found: excerpt(text.as_bytes()),
                });
            }
        }
        Ok(Claim { domain, name: name.to_owned(), version: version.to_owned(), epoch })
    }

    /// Reads a trusted comment. Only the exact text that [`Claim::to_string`] gives is accepted.
    pub fn parse(comment: &str) -> Result<Self, SigningError> {
        let malformed =
            || SigningError::ClaimMalformed { expected: FORM, found: excerpt(comment.as_bytes()) };
        let rest = comment.strip_prefix("raya/1 kind=").ok_or_else(malformed)?;
        let (kind, rest) = rest.split_once(" name=").ok_or_else(malformed)?;
        let (name, rest) = rest.split_once(" version=").ok_or_else(malformed)?;
        let (version, epoch) = rest.split_once(" epoch=").ok_or_else(malformed)?;
        let domain = Domain::from_name(kind).ok_or_else(malformed)?;
        let epoch = epoch.parse().map_err(|_| malformed())?;
        let claim = Claim::new(domain, name, version, epoch)?;
        // Leading zeros and `+` in the epoch parse too; comparing rules out every second spelling at once.
        if claim.to_string() == comment { Ok(claim) } else { Err(malformed()) }
    }

    /// The kind of what is signed.
    pub fn domain(&self) -> Domain {
        self.domain
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Checks that the signature was made for what the document says of itself. Fails with [`SigningError::ClaimMismatch`].
    pub fn require(&self, document: &Claim) -> Result<(), SigningError> {
        if self == document {
            return Ok(());
        }
        Err(SigningError::ClaimMismatch { expected: document.to_string(), found: self.to_string() })
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Claim { domain, name, version, epoch } = self;
        write!(formatter, "raya/1 kind={} name={name} version={version} epoch={epoch}", domain.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_a_claim() {
        let claim = Claim::new(Domain::Module, "crypto", "1.2.0-rc.1+b", 7).unwrap();
        assert_eq!(claim.to_string(), "raya/1 kind=module name=crypto version=1.2.0-rc.1+b epoch=7");
        assert_eq!(Claim::parse(&claim.to_string()), Ok(claim));
        for bad in [
            "",
            "timestamp:1 file:a",
            "raya/1 kind=module name=a version=1 epoch=07",
            "raya/1 kind=module name=a version=1 epoch=+7",
            "raya/1 kind=module name=a version=1 epoch=-7",
            "raya/1 kind=module name=a version=1 epoch=99999999999999999999",
            "raya/1 kind=module name=a version=1 epoch=7 ",
            "raya/1 kind=Module name=a version=1 epoch=7",
            "raya/1 kind=module name=a b version=1 epoch=7",
            "raya/1 kind=module name= version=1 epoch=7",
            "raya/1 kind=module name=a version=1\u{202e} epoch=7",
            "raya/2 kind=module name=a version=1 epoch=7",
        ] {
            assert_eq!(Claim::parse(bad).unwrap_err().code(), "R1119", "{bad}");
        }
        assert!(Claim::new(Domain::Module, &"a".repeat(128), "1", 0).is_ok());
        assert_eq!(Claim::new(Domain::Module, &"a".repeat(129), "1", 0).unwrap_err().code(), "R1119");
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics_and_round_trips(text in "(raya/1 kind=module name=)?.{0,40}") {
            if let Ok(claim) = Claim::parse(&text) {
                proptest::prop_assert_eq!(claim.to_string(), text);
            }
        }
    }
}
