//! The proof that a policy was signed by its pinned roots, and the way from one version to the next.

use raya_signing::{Digest, Domain, KeyDigest, KeySet, PublicKey, Quorum, Signature, Signed, SigningError};
use raya_source::{Diagnostic, FileId};
use semver::Version;

use super::{Grant, Rejection, TrustPolicy};
use crate::document::signing_diagnostic;
use crate::module::ModuleManifest;
use crate::names::ModuleName;
use crate::package::SignedManifest;
use crate::time::UnixTime;

const SUBJECT: &str = "trust policy";

/// The quorum of pinned roots. `pins` say who is believed, `keys` are candidates from anywhere: those that are not pinned are
/// dropped. Fails with [`SigningError::ThresholdInvalid`] when too few of the pinned keys are at hand.
pub fn pinned_roots(
    pins: &[KeyDigest],
    keys: impl IntoIterator<Item = PublicKey>,
    threshold: usize,
) -> Result<Quorum, SigningError> {
    let keys: KeySet = keys.into_iter().filter(|key| pins.contains(&key.digest())).collect();
    Quorum::new(keys, threshold)
}

/// A policy that its pinned roots signed, and its own roots too. Only verifying makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPolicy {
    policy: TrustPolicy,
    digest: Digest,
}

impl VerifiedPolicy {
    /// Checks the signatures over the raw bytes, then parses them. Nothing is parsed before `roots` signed it.
    pub fn verify(
        file: FileId,
        bytes: &[u8],
        signatures: &[Signature],
        roots: &Quorum,
    ) -> Result<Self, Vec<Diagnostic>> {
        let as_diagnostics = |errors: Vec<SigningError>| {
            errors.iter().map(|error| signing_diagnostic(SUBJECT, error)).collect::<Vec<_>>()
        };
        let signed = roots.verify(Domain::Trust, bytes, signatures).map_err(as_diagnostics)?;
        let policy = TrustPolicy::parse(file, signed.bytes())?;
        policy
            .claim()
            .and_then(|claim| signed.claim().require(&claim))
            .map_err(|error| vec![signing_diagnostic(SUBJECT, &error)])?;
        // The policy's own roots sign the next version: who cannot sign this one could not sign that one either.
        policy.root.verify(Domain::Trust, bytes, signatures).map_err(as_diagnostics)?;
        let digest = signed.digest();
        Ok(VerifiedPolicy { policy, digest })
    }

    /// The next version: it must follow this one directly and be signed by the thresholds of both.
    pub fn succeed(
        &self,
        file: FileId,
        bytes: &[u8],
        signatures: &[Signature],
    ) -> Result<Self, Vec<Diagnostic>> {
        let next = Self::verify(file, bytes, signatures, &self.policy.root)?;
        let (expected, found) = (self.policy.version.saturating_add(1), next.policy.version);
        if found < expected {
            return Err(vec![Rejection::PolicyRollback { least: expected, found }.diagnostic()]);
        }
        if found > expected {
            return Err(vec![Rejection::PolicySkipped { expected, found }.diagnostic()]);
        }
        Ok(next)
    }

    /// The policy.
    pub fn policy(&self) -> &TrustPolicy {
        &self.policy
    }

    /// The digest of its bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// All keys of all publishers: the ones whose signatures on modules mean something.
    pub fn keys(&self) -> KeySet {
        self.policy.publishers.iter().flat_map(|publisher| publisher.quorum.keys().keys().cloned()).collect()
    }

    /// [`TrustPolicy::decide`] for a module whose signatures were checked.
    pub fn decide(&self, module: &SignedManifest, now: Option<UnixTime>) -> Result<Grant, Vec<Rejection>> {
        let manifest: &ModuleManifest = module.manifest();
        self.policy.decide(manifest, module.digest(), module.signers(), now)
    }

    /// [`TrustPolicy::decide_library`] for a bare library whose signatures were checked as [`Domain::Library`].
    pub fn decide_library(
        &self,
        library: &Signed<'_>,
        now: Option<UnixTime>,
    ) -> Result<Grant, Vec<Diagnostic>> {
        let claim = library.claim();
        let malformed = |expected| {
            let error = SigningError::ClaimMalformed { expected, found: claim.to_string() };
            vec![signing_diagnostic("library", &error)]
        };
        if claim.domain() != Domain::Library {
            let error = SigningError::WrongDomain { expected: Domain::Library, found: claim.to_string() };
            return Err(vec![signing_diagnostic("library", &error)]);
        }
        let name = ModuleName::new(claim.name()).ok_or_else(|| malformed("a claim with a module's name"))?;
        let version =
            Version::parse(claim.version()).map_err(|_| malformed("a claim with a semantic version"))?;
        self.policy
            .decide_library(&name, &version, claim.epoch(), library.digest(), library.signers(), now)
            .map_err(|rejections| rejections.iter().map(Rejection::diagnostic).collect())
    }
}
