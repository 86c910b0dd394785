//! The decision itself: a pure function of policy, manifest, signers and time.

use raya_signing::{Digest, KeyDigest};
use semver::Version;

use super::{AllowRow, Rejection, Revoked, TrustPolicy};
use crate::capability::{Capability, Isolation, Mode};
use crate::module::ModuleManifest;
use crate::names::{ModuleName, PublisherName};
use crate::time::UnixTime;

/// What a policy grants one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The module.
    pub module: ModuleName,
    /// Whose it is.
    pub publisher: PublisherName,
    /// The publisher's keys that signed, sorted: at least its threshold.
    pub signers: Vec<KeyDigest>,
    /// What it may do, sorted; at least what its manifest asks for.
    pub capabilities: Vec<Capability>,
    /// How it is kept apart.
    pub isolation: Isolation,
    /// Whether its code may run before its first call.
    pub constructors: bool,
}

/// What a decision is about: a module's manifest, or what the signature of a bare library claims.
struct Candidate<'m> {
    name: &'m ModuleName,
    version: &'m Version,
    epoch: u64,
    capabilities: &'m [Capability],
    constructors: bool,
    digest: Digest,
}

impl TrustPolicy {
    /// Fails with [`Rejection::Expired`] from the moment of expiry on.
    pub fn check_expiry(&self, now: UnixTime) -> Result<(), Rejection> {
        if now < self.expires {
            return Ok(());
        }
        Err(Rejection::Expired { expires: self.expires, now })
    }

    /// Fails with [`Rejection::PolicyNotLocked`] for a policy made for development.
    pub fn check_locked(&self) -> Result<(), Rejection> {
        match self.mode {
            Mode::Locked => Ok(()),
            Mode::Dev => Err(Rejection::PolicyNotLocked),
        }
    }

    /// What the policy grants a module that `signers` signed. The digest is that of the manifest's raw bytes.
    ///
    /// `now` is given when building; when running, an expired policy is only a warning ([`TrustPolicy::check_expiry`]).
    /// Revocation comes first and beats every row. Of several rows for a module, the first that fits grants; when none fits,
    /// the reasons of all are given, in the order of the rows.
    pub fn decide(
        &self,
        module: &ModuleManifest,
        manifest: Digest,
        signers: &[KeyDigest],
        now: Option<UnixTime>,
    ) -> Result<Grant, Vec<Rejection>> {
        let ModuleManifest { name, version, epoch, capabilities, constructors, .. } = module;
        let (epoch, constructors) = (*epoch, *constructors);
        let candidate = Candidate { name, version, epoch, capabilities, constructors, digest: manifest };
        self.decide_candidate(&candidate, signers, now)
    }

    /// The same for a bare library with a signature beside it, of which only name, version and epoch are known: capabilities
    /// and constructors are for the caller to find in its code and compare with the grant. `manifests` of a row and revoked
    /// manifests mean the library's own digest here.
    pub fn decide_library(
        &self,
        name: &ModuleName,
        version: &Version,
        epoch: u64,
        library: Digest,
        signers: &[KeyDigest],
        now: Option<UnixTime>,
    ) -> Result<Grant, Vec<Rejection>> {
        let candidate =
            Candidate { name, version, epoch, capabilities: &[], constructors: false, digest: library };
        self.decide_candidate(&candidate, signers, now)
    }

    fn decide_candidate(
        &self,
        module: &Candidate<'_>,
        signers: &[KeyDigest],
        now: Option<UnixTime>,
    ) -> Result<Grant, Vec<Rejection>> {
        let mut rejections: Vec<Rejection> =
            now.and_then(|now| self.check_expiry(now).err()).into_iter().collect();
        rejections.extend(self.revoked(module, signers));
        let mut of_rows = vec![];
        for row in self.allow.iter().filter(|row| row.module == *module.name) {
            match self.decide_row(row, module, signers) {
                Ok(grant) if rejections.is_empty() => return Ok(grant),
                Ok(_) => return Err(rejections),
                Err(reasons) => of_rows.extend(reasons),
            }
        }
        if of_rows.is_empty() {
            let mut listed: Vec<ModuleName> = self.allow.iter().map(|row| row.module.clone()).collect();
            listed.sort_unstable();
            listed.dedup();
            of_rows.push(Rejection::NotListed { module: module.name.clone(), listed });
        }
        rejections.extend(of_rows);
        Err(rejections)
    }

    fn revoked(&self, module: &Candidate<'_>, signers: &[KeyDigest]) -> Vec<Rejection> {
        let manifest = module.digest;
        let name = || module.name.clone();
        let hit = |row: &super::RevokeRow| match row.what {
            Revoked::Key(key) if signers.contains(&key) => {
                Some(Rejection::KeyRevoked { module: name(), key, reason: row.reason.clone() })
            }
            Revoked::Manifest(revoked) if revoked == manifest => {
                Some(Rejection::ManifestRevoked { module: name(), manifest, reason: row.reason.clone() })
            }
            Revoked::Key(_) | Revoked::Manifest(_) => None,
        };
        self.revoke.iter().filter_map(hit).collect()
    }

    fn decide_row(
        &self,
        row: &AllowRow,
        module: &Candidate<'_>,
        signers: &[KeyDigest],
    ) -> Result<Grant, Vec<Rejection>> {
        let AllowRow {
            module: name,
            publisher,
            versions,
            epoch,
            manifests,
            capabilities,
            isolation,
            constructors,
        } = row;
        let mut rejections = vec![];
        let counted = self.signers_of(publisher, name, signers);
        let counted = counted.unwrap_or_else(|rejection| {
            rejections.push(rejection);
            vec![]
        });
        if !versions.matches(module.version) {
            let (versions, found) = (versions.clone(), module.version.clone());
            rejections.push(Rejection::VersionRange { module: name.clone(), versions, found });
        }
        if module.epoch < *epoch {
            rejections.push(Rejection::Epoch { module: name.clone(), least: *epoch, found: module.epoch });
        }
        if !manifests.is_empty() && !manifests.contains(&module.digest) {
            let allowed = manifests.clone();
            rejections.push(Rejection::ManifestDigest {
                module: name.clone(),
                allowed,
                found: module.digest,
            });
        }
        let is_beyond = |wanted: &&Capability| !capabilities.contains(wanted);
        let wanted: Vec<Capability> = module.capabilities.iter().filter(is_beyond).copied().collect();
        if !wanted.is_empty() {
            rejections.push(Rejection::Capability {
                module: name.clone(),
                granted: capabilities.clone(),
                wanted,
            });
        }
        if module.constructors && !constructors {
            rejections.push(Rejection::Constructors { module: name.clone() });
        }
        if !rejections.is_empty() {
            return Err(rejections);
        }
        Ok(Grant {
            module: name.clone(),
            publisher: publisher.clone(),
            signers: counted,
            capabilities: capabilities.clone(),
            isolation: *isolation,
            constructors: *constructors,
        })
    }

    /// The publisher's keys among the signers, once they reach its threshold.
    fn signers_of(
        &self,
        publisher: &PublisherName,
        module: &ModuleName,
        signers: &[KeyDigest],
    ) -> Result<Vec<KeyDigest>, Rejection> {
        let quorum = self.publishers.iter().find(|known| known.name == *publisher).map(|known| &known.quorum);
        if let Some(Ok(counted)) = quorum.map(|quorum| quorum.require(signers)) {
            return Ok(counted);
        }
        let is_known = |key: &&KeyDigest| quorum.is_some_and(|quorum| quorum.keys().contains(key));
        Err(Rejection::Publisher {
            module: module.clone(),
            publisher: publisher.clone(),
            // A policy built by hand may name a publisher that it does not have: nothing satisfies that.
            threshold: quorum.map_or(usize::MAX, raya_signing::Quorum::threshold),
            counted: signers.iter().filter(is_known).copied().collect(),
            signers: signers.to_vec(),
        })
    }
}
