//! The trust policy, `raya-trust.toml`: who may publish which module, and what it may do.
//!
//! A policy counts only when its root keys signed it, and those are pinned outside of it: [`VerifiedPolicy`] is that proof.

mod decide;
mod read;
mod rejection;
mod verified;
mod write;

use raya_signing::{Digest, KeyDigest, Quorum};
use semver::VersionReq;

use crate::capability::{Capability, Isolation, Mode};
use crate::names::{ModuleName, PublisherName};
use crate::time::UnixTime;

pub use decide::Grant;
pub(crate) use read::check_confusable;
pub use rejection::Rejection;
pub use verified::{VerifiedPolicy, pinned_roots};

/// The name under which every policy is signed; its version number tells them apart.
pub(crate) const CLAIM_NAME: &str = "raya-trust";

/// A policy as written. Nothing here says that anyone signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Counts up by one with every change.
    pub version: u64,
    /// From when on it is no longer valid: an error when building, a warning when running.
    pub expires: UnixTime,
    /// What it is made for.
    pub mode: Mode,
    /// The keys that must sign the next version, and this one.
    pub root: RootKeys,
    /// Who publishes, in the order written.
    pub publishers: Vec<Publisher>,
    /// What is allowed, in the order written.
    pub allow: Vec<AllowRow>,
    /// What is revoked, in the order written. Beats everything else.
    pub revoke: Vec<RevokeRow>,
}

/// The root keys and their threshold.
pub type RootKeys = Quorum;

/// Somebody who publishes modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// The name that `allow` rows use.
    pub name: PublisherName,
    /// The keys, and how many of them must sign.
    pub quorum: Quorum,
}

/// One module of one publisher that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowRow {
    /// The module.
    pub module: ModuleName,
    /// Who must have signed it.
    pub publisher: PublisherName,
    /// Which versions.
    pub versions: VersionReq,
    /// The least epoch.
    pub epoch: u64,
    /// When not empty, only manifests with these digests.
    pub manifests: Vec<Digest>,
    /// What it is granted, sorted.
    pub capabilities: Vec<Capability>,
    /// How it is kept apart.
    pub isolation: Isolation,
    /// Whether its code may run before its first call.
    pub constructors: bool,
}

/// One thing that is no longer trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeRow {
    /// What.
    pub what: Revoked,
    /// Why; may be empty.
    pub reason: String,
}

/// What can be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// A key: nothing that it signed is accepted.
    Key(KeyDigest),
    /// A module's manifest.
    Manifest(Digest),
}
