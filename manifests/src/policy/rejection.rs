//! Why a policy or a lockfile says no: each reason with its code, what was expected, what was found, and what to do.

use raya_signing::{Digest, KeyDigest, escape_for_terminal};
use raya_source::{Code, Diagnostic};
use semver::{Version, VersionReq};

use crate::capability::Capability;
use crate::code;
use crate::names::{ModuleName, PublisherName};
use crate::time::UnixTime;

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The policy has expired.
    Expired {
        /// When.
        expires: UnixTime,
        /// The present.
        now: UnixTime,
    },
    /// The policy has no row for the module.
    NotListed {
        /// The module.
        module: ModuleName,
        /// The modules it lists, sorted.
        listed: Vec<ModuleName>,
    },
    /// Too few keys of the row's publisher signed.
    Publisher {
        /// The module.
        module: ModuleName,
        /// Who should have signed.
        publisher: PublisherName,
        /// How many of the keys.
        threshold: usize,
        /// Those of the publisher's keys that did.
        counted: Vec<KeyDigest>,
        /// All keys that did.
        signers: Vec<KeyDigest>,
    },
    /// The version is outside the row's range.
    VersionRange {
        /// The module.
        module: ModuleName,
        /// The range.
        versions: VersionReq,
        /// The version.
        found: Version,
    },
    /// The epoch is too low.
    Epoch {
        /// The module.
        module: ModuleName,
        /// The least epoch.
        least: u64,
        /// The epoch.
        found: u64,
    },
    /// The manifest is not among those that the row names.
    ManifestDigest {
        /// The module.
        module: ModuleName,
        /// Those that are.
        allowed: Vec<Digest>,
        /// The manifest.
        found: Digest,
    },
    /// The module wants more than it is granted.
    Capability {
        /// The module.
        module: ModuleName,
        /// What it is granted.
        granted: Vec<Capability>,
        /// What it wants beyond that.
        wanted: Vec<Capability>,
    },
    /// The module has constructors.
    Constructors {
        /// The module.
        module: ModuleName,
    },
    /// A key that signed is revoked.
    KeyRevoked {
        /// The module.
        module: ModuleName,
        /// The key.
        key: KeyDigest,
        /// Why.
        reason: String,
    },
    /// The manifest is revoked.
    ManifestRevoked {
        /// The module.
        module: ModuleName,
        /// The manifest.
        manifest: Digest,
        /// Why.
        reason: String,
    },
    /// The policy is for development only.
    PolicyNotLocked,
    /// The policy is older than one that was used.
    PolicyRollback {
        /// The least version.
        least: u64,
        /// The version.
        found: u64,
    },
    /// The policy does not follow the one before it.
    PolicySkipped {
        /// The version that must come next.
        expected: u64,
        /// The version.
        found: u64,
    },
    /// The lockfile would change.
    Frozen {
        /// What differs.
        what: String,
        /// What the lockfile says.
        locked: String,
        /// What was found.
        found: String,
    },
    /// The module is older than the one that was used.
    ModuleRollback {
        /// The module.
        module: ModuleName,
        /// The version in the lockfile.
        least: String,
        /// The version that was found.
        found: String,
    },
}

impl Rejection {
    /// The stable code, `R12xx`.
    pub fn code(&self) -> Code {
        match self {
            Rejection::Expired { .. } => code::POLICY_EXPIRED,
            Rejection::NotListed { .. } => code::MODULE_NOT_LISTED,
            Rejection::Publisher { .. } => code::PUBLISHER_THRESHOLD,
            Rejection::VersionRange { .. } => code::VERSION_NOT_ALLOWED,
            Rejection::Epoch { .. } => code::EPOCH_TOO_LOW,
            Rejection::ManifestDigest { .. } => code::DIGEST_NOT_ALLOWED,
            Rejection::Capability { .. } => code::CAPABILITY_NOT_GRANTED,
            Rejection::Constructors { .. } => code::CONSTRUCTORS_NOT_ALLOWED,
            Rejection::KeyRevoked { .. } => code::KEY_REVOKED,
            Rejection::ManifestRevoked { .. } => code::MANIFEST_REVOKED,
            Rejection::PolicyNotLocked => code::POLICY_NOT_LOCKED,
            Rejection::PolicyRollback { .. } => code::POLICY_ROLLBACK,
            Rejection::PolicySkipped { .. } => code::POLICY_SKIPPED,
            Rejection::Frozen { .. } => code::LOCKFILE_FROZEN,
            Rejection::ModuleRollback { .. } => code::MODULE_ROLLBACK,
        }
    }

    /// The reason as a diagnostic, with its evidence as notes.
    pub fn diagnostic(&self) -> Diagnostic {
        let error = |message: String| Diagnostic::error(self.code(), escape_for_terminal(&message));
        match self {
            Rejection::Expired { expires, now } => {
                error(format!("expected a policy that is valid, found one that expired at {expires}"))
                    .with_note(format!("the present is {now}"))
                    .with_help("ask its root key holders for the next version")
            }
            Rejection::NotListed { module, listed } => {
                error(format!("module `{module}`: expected an `allow` row in the policy, found none"))
                    .with_note(format!("the policy allows: {}", join(listed)))
                    .with_help("add an `[[allow]]` row for it and have the policy signed")
            }
            Rejection::Publisher { module, publisher, threshold, counted, signers } => error(format!(
                "module `{module}`: expected signatures by {threshold} keys of publisher `{publisher}`, found {}",
                counted.len()
            ))
            .with_note(format!("signed by: {}", join(signers)))
            .with_help("ask the publisher for a package that enough of its keys signed"),
            Rejection::VersionRange { module, versions, found } => {
                error(format!("module `{module}`: expected a version in `{versions}`, found {found}"))
                    .with_help("use a version that the policy allows, or have the range widened")
            }
            Rejection::Epoch { module, least, found } => {
                error(format!("module `{module}`: expected at least epoch {least}, found epoch {found}"))
                    .with_help("use a newer version: this one was superseded for a reason")
            }
            Rejection::ManifestDigest { module, allowed, found } => {
                error(format!("module `{module}`: expected a manifest that the policy names, found {found}"))
                    .with_note(format!("the policy names: {}", join(allowed)))
                    .with_help("use one of these builds, or have this one added")
            }
            Rejection::Capability { module, granted, wanted } => {
                error(format!("module `{module}`: expected only granted capabilities, found also {}", join(wanted)))
                    .with_note(format!("granted: {}", join(granted)))
                    .with_help("add them to `capabilities` of its `allow` row if it may have them")
            }
            Rejection::Constructors { module } => {
                error(format!("module `{module}`: expected no code that runs before the first call, found constructors"))
                    .with_help("set `constructors = true` in its `allow` row if that is acceptable")
            }
            Rejection::KeyRevoked { module, key, reason } => {
                error(format!("module `{module}`: expected signatures by valid keys, found one by revoked key {key}"))
                    .with_note(format!("reason given: {}", shown_reason(reason)))
                    .with_help("get a package that valid keys signed, without this signature")
            }
            Rejection::ManifestRevoked { module, manifest, reason } => {
                error(format!("module `{module}`: expected a valid build, found revoked manifest {manifest}"))
                    .with_note(format!("reason given: {}", shown_reason(reason)))
                    .with_help("use another version")
            }
            Rejection::PolicyNotLocked => error("expected a policy with `mode = \"locked\"`, found `dev`".to_owned())
                .with_help("a locked bundle needs a policy that was made for it"),
            Rejection::PolicyRollback { least, found } => {
                error(format!("expected at least version {least} of the policy, found version {found}"))
                    .with_help("get the current policy; an old one may allow what was withdrawn since")
            }
            Rejection::PolicySkipped { expected, found } => {
                error(format!("expected version {expected} of the policy next, found version {found}"))
                    .with_help("apply every version in turn: each is signed by the roots of the one before")
            }
            Rejection::Frozen { what, locked, found } => {
                error(format!("{what}: expected what `raya.lock` says, found something else"))
                    .with_note(format!("locked: {locked}"))
                    .with_note(format!("found: {found}"))
                    .with_help("run without `--frozen` to take the change, and review `raya.lock`")
            }
            Rejection::ModuleRollback { module, least, found } => {
                error(format!("module `{module}`: expected at least {least} as in `raya.lock`, found {found}"))
                    .with_help("to go back on purpose, remove its row from `raya.lock`")
            }
        }
    }
}

fn shown_reason(reason: &str) -> String {
    if reason.is_empty() { "none".to_owned() } else { escape_for_terminal(reason).into_owned() }
}

fn join<T: std::fmt::Display>(values: &[T]) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    values.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}
