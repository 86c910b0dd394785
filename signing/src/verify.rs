//! Sets of keys, thresholds, and the proof that bytes were signed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::claim::Claim;
use crate::digest::{Digest, KeyDigest};
use crate::domain::Domain;
use crate::ed25519;
use crate::error::SigningError;
use crate::minisign::{KeyId, PublicKey, Signature};

/// Most signatures that are looked at for one document.
pub const SIGNATURES_MAX: usize = 32;

/// Distinct keys. A key that is added twice, or under two ids, is one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: BTreeMap<KeyDigest, KnownKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct KnownKey {
    key: PublicKey,
    ids: BTreeSet<KeyId>,
}

impl FromIterator<PublicKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        let mut set = KeySet::default();
        keys.into_iter().for_each(|key| set.insert(key));
        set
    }
}

impl KeySet {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key.
    pub fn insert(&mut self, key: PublicKey) {
        let id = key.id();
        let known = self.keys.entry(key.digest()).or_insert_with(|| KnownKey { key, ids: BTreeSet::new() });
        known.ids.insert(id);
    }

    /// Removes a key, for instance a revoked one. Says whether it was there.
    pub fn remove(&mut self, key: &KeyDigest) -> bool {
        self.keys.remove(key).is_some()
    }

    /// How many distinct keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether a key is among them.
    pub fn contains(&self, key: &KeyDigest) -> bool {
        self.keys.contains_key(key)
    }

    /// The set of one of the keys, with all its ids; empty when the key is not among them.
    pub fn only(&self, key: &KeyDigest) -> KeySet {
        KeySet {
            keys: self
                .keys
                .get_key_value(key)
                .map(|(digest, known)| (*digest, known.clone()))
                .into_iter()
                .collect(),
        }
    }

    /// The digests, sorted.
    pub fn digests(&self) -> impl Iterator<Item = KeyDigest> + '_ {
        self.keys.keys().copied()
    }

    /// The keys, sorted by digest.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.values().map(|known| &known.key)
    }

    /// Proves that at least one of the keys signed `bytes` as a thing of `domain`.
    ///
    /// Signatures whose id no key has are passed over: they may be by keys that others trust. One that names a known key and
    /// does not verify, or whose comment is no claim of this domain, makes the whole fail: somebody changed something.
    /// All errors are given, at least one.
    pub fn verify<'a>(
        &self,
        domain: Domain,
        bytes: impl Into<Cow<'a, [u8]>>,
        signatures: &[Signature],
    ) -> Result<Signed<'a>, Vec<SigningError>> {
        let bytes = bytes.into();
        if signatures.is_empty() {
            return Err(vec![SigningError::Unsigned]);
        }
        if signatures.len() > SIGNATURES_MAX {
            return Err(vec![SigningError::TooManySignatures {
                limit: SIGNATURES_MAX,
                found: signatures.len(),
            }]);
        }
        domain.check(&bytes).map_err(|error| vec![error])?;
        let (signers, claims) = self.check_all(domain, &ed25519::prehash(&bytes), signatures)?;
        match claims.split_first() {
            None => Err(vec![self.unknown_signer(signatures.iter().map(Signature::key_id))]),
            Some((claim, others)) => {
                let errors: Vec<_> = others.iter().filter_map(|other| other.require(claim).err()).collect();
                if !errors.is_empty() {
                    return Err(errors);
                }
                let digest = Digest::of(&bytes);
                Ok(Signed { bytes, digest, claim: claim.clone(), signers: signers.into_iter().collect() })
            }
        }
    }

    /// The error for signatures that name these ids, none of which is one of the keys'.
    pub fn unknown_signer(&self, found: impl IntoIterator<Item = KeyId>) -> SigningError {
        let found: BTreeSet<String> = found.into_iter().map(|id| id.to_string()).collect();
        let expected = self.keys().map(|key| format!("{} (SHA-256 {})", key.id(), key.digest()));
        SigningError::UnknownSigner { expected: expected.collect(), found: found.into_iter().collect() }
    }

    /// The keys that signed the hash, and what they claim.
    fn check_all(
        &self,
        domain: Domain,
        hash: &[u8; 64],
        signatures: &[Signature],
    ) -> Result<(BTreeSet<KeyDigest>, Vec<Claim>), Vec<SigningError>> {
        let (mut signers, mut claims, mut errors) = (BTreeSet::new(), vec![], vec![]);
        for signature in signatures {
            match self.signer(hash, signature) {
                Ok(None) => {}
                Ok(Some(signer)) => match claim_of(domain, signature) {
                    Ok(claim) => {
                        signers.insert(signer);
                        claims.push(claim);
                    }
                    Err(error) => errors.push(error),
                },
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok((signers, claims)) } else { Err(errors) }
    }

    /// Which key made a signature: every key that shares its id is tried. `None` when no key has that id.
    fn signer(&self, hash: &[u8; 64], signature: &Signature) -> Result<Option<KeyDigest>, SigningError> {
        let mut failure = None;
        for (digest, known) in &self.keys {
            if known.ids.contains(&signature.key_id()) {
                match known.key.check_prehashed(hash, signature) {
                    Ok(()) => return Ok(Some(*digest)),
                    // Of several keys with one id, the one whose first signature fits tells most.
                    Err(error @ SigningError::BadTrustedComment { .. }) => failure = Some(error),
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        failure.map_or(Ok(None), Err)
    }
}

fn claim_of(domain: Domain, signature: &Signature) -> Result<Claim, SigningError> {
    let claim = signature.claim()?;
    if claim.domain() == domain {
        return Ok(claim);
    }
    Err(SigningError::WrongDomain { expected: domain, found: claim.to_string() })
}

/// Keys of which a number must sign. Only numbers from 1 to the number of distinct keys can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    keys: KeySet,
    threshold: usize,
}

impl Quorum {
    /// A quorum. Fails with [`SigningError::ThresholdInvalid`].
    pub fn new(keys: KeySet, threshold: usize) -> Result<Self, SigningError> {
        if threshold == 0 || threshold > keys.len() {
            return Err(SigningError::ThresholdInvalid { threshold, keys: keys.len() });
        }
        Ok(Quorum { keys, threshold })
    }

    /// Its keys.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// How many must sign.
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// Which of `signers` count, once enough do. Fails with [`SigningError::ThresholdNotMet`].
    pub fn require(&self, signers: &[KeyDigest]) -> Result<Vec<KeyDigest>, SigningError> {
        let counted: BTreeSet<KeyDigest> =
            signers.iter().copied().filter(|key| self.keys.contains(key)).collect();
        let counted: Vec<KeyDigest> = counted.into_iter().collect();
        if counted.len() >= self.threshold {
            return Ok(counted);
        }
        Err(SigningError::ThresholdNotMet { threshold: self.threshold, found: counted })
    }

    /// [`KeySet::verify`], and enough of the keys must have signed.
    pub fn verify<'a>(
        &self,
        domain: Domain,
        bytes: impl Into<Cow<'a, [u8]>>,
        signatures: &[Signature],
    ) -> Result<Signed<'a>, Vec<SigningError>> {
        let signed = self.keys.verify(domain, bytes, signatures)?;
        self.require(signed.signers()).map_err(|error| vec![error])?;
        Ok(signed)
    }
}

/// Bytes whose signatures were checked, with what the signatures say. Only verifying makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    bytes: Cow<'a, [u8]>,
    digest: Digest,
    claim: Claim,
    signers: Vec<KeyDigest>,
}

impl<'a> Signed<'a> {
    /// The bytes that were verified.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Their SHA-256.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What kind of thing they are.
    pub fn domain(&self) -> Domain {
        self.claim.domain()
    }

    /// What the signers say they signed. Whoever parses the bytes must compare: [`Claim::require`].
    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    /// The distinct keys that signed, sorted; never empty.
    pub fn signers(&self) -> &[KeyDigest] {
        &self.signers
    }

    /// The same proof, owning its bytes.
    pub fn into_owned(self) -> Signed<'static> {
        let Signed { bytes, digest, claim, signers } = self;
        Signed { bytes: Cow::Owned(bytes.into_owned()), digest, claim, signers }
    }
}
