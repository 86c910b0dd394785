//! Whether a library may be loaded: what its signature must show.

use std::path::Path;

use raya_signing::{Domain, KeyDigest, KeySet, Signature, SigningError};
use raya_source::Diagnostic;

use crate::FallbackError;

/// What a library must show.
#[derive(Clone, Debug)]
pub enum Trust {
    /// While developing: a library without a signature is allowed, with a warning. One with a bad signature is not.
    Developer {
        /// Keys whose signatures are checked where there are any.
        keys: KeySet,
    },
    /// A signature by one of these keys, made for the module of this name.
    Signed {
        /// The keys.
        keys: KeySet,
    },
}

/// What a signature showed.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) signers: Vec<KeyDigest>,
    pub(crate) version: Option<String>,
    pub(crate) warning: Option<Diagnostic>,
}

impl Trust {
    /// Whether a library without a signature is allowed.
    pub fn allows_unsigned(&self) -> bool {
        matches!(self, Trust::Developer { .. })
    }

    fn keys(&self) -> &KeySet {
        match self {
            Trust::Developer { keys } | Trust::Signed { keys } => keys,
        }
    }

    /// Judges the bytes of a sealed copy by the signature that stood beside the library.
    pub(crate) fn judge(
        &self,
        module: &str,
        path: &Path,
        bytes: &[u8],
        signature: Option<&[u8]>,
    ) -> Result<Verdict, FallbackError> {
        let Some(signature) = signature else {
            let unsigned = FallbackError::Unsigned { path: path.to_path_buf() };
            return match self.allows_unsigned() {
                true => Ok(Verdict { warning: Some(unsigned.into_warning()), ..Verdict::default() }),
                false => Err(unsigned),
            };
        };
        let refuse = |errors| FallbackError::Signature { path: path.to_path_buf(), errors };
        let signature = Signature::parse(signature).map_err(|error| refuse(vec![error]))?;
        let signed = match self.keys().verify(Domain::Library, bytes, &[signature]) {
            Ok(signed) => signed,
            Err(errors) if self.allows_unsigned() && is_unknown(&errors) => {
                return Ok(Verdict { warning: Some(refuse(errors).into_warning()), ..Verdict::default() });
            }
            Err(errors) => return Err(refuse(errors)),
        };
        let claim = signed.claim();
        if claim.name() != module {
            let error =
                SigningError::ClaimMismatch { expected: module.to_owned(), found: claim.name().to_owned() };
            return Err(refuse(vec![error]));
        }
        let version = Some(claim.version().to_owned());
        Ok(Verdict { signers: signed.signers().to_vec(), version, warning: None })
    }
}

/// Signed by someone, only not by a key that is known here.
fn is_unknown(errors: &[SigningError]) -> bool {
    errors.iter().all(|error| matches!(error, SigningError::UnknownSigner { .. }))
}
