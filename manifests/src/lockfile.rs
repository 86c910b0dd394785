//! The lockfile, `raya.lock`: what was used, so that the next build uses the same or says what changed.

use raya_signing::{Digest, KeyDigest};
use raya_source::{Diagnostic, FileId};
use semver::Version;

use crate::code;
use crate::document::{self, Fields, Writer};
use crate::module::ModuleManifest;
use crate::names::ModuleName;
use crate::policy::{Rejection, TrustPolicy, check_confusable};

const SCHEMA: &str = "raya.lock/1";

/// What was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// The policy; `None` when there was none.
    pub policy: Option<LockedPolicy>,
    /// The modules, sorted by name.
    pub modules: Vec<LockedModule>,
}

/// The policy that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPolicy {
    /// Its version, below which none is accepted any more.
    pub version: u64,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// A module that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedModule {
    /// Its name.
    pub name: ModuleName,
    /// Its version.
    pub version: Version,
    /// Its epoch.
    pub epoch: u64,
    /// The digest of its manifest's bytes.
    pub manifest: Digest,
    /// The keys that satisfied the policy, sorted; empty for a module that was used unsigned in dev mode.
    pub keys: Vec<KeyDigest>,
}

impl Lockfile {
    /// Reads a lockfile. Every problem has a place in `file`, which must show the same bytes.
    pub fn parse(file: FileId, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        document::read(file, bytes, Some(SCHEMA), |fields| {
            let policy = fields.table("policy").map(|table| read_policy(&table));
            let modules = read_modules(fields);
            let policy = match policy {
                Some(policy) => Some(policy?),
                None => None,
            };
            Some(Lockfile { policy, modules: modules? })
        })
    }

    /// Writes the lockfile.
    pub fn to_text(&self) -> String {
        let Lockfile { policy, modules } = self;
        let mut writer = Writer::new(SCHEMA);
        if let Some(LockedPolicy { version, digest }) = policy {
            writer.table("policy");
            writer.bare("version", version);
            writer.string("sha256", digest);
        }
        let mut modules: Vec<&LockedModule> = modules.iter().collect();
        modules.sort_by_key(|module| &module.name);
        for LockedModule { name, version, epoch, manifest, keys } in modules {
            let mut keys = keys.clone();
            keys.sort_unstable();
            writer.row("module");
            writer.string("name", name);
            writer.string("version", version);
            writer.bare("epoch", epoch);
            writer.string("manifest", manifest);
            writer.strings("keys", keys);
        }
        writer.finish()
    }

    /// The pin of a module.
    pub fn module(&self, name: &ModuleName) -> Option<&LockedModule> {
        self.modules.iter().find(|module| module.name == *name)
    }

    /// Refuses a policy that is older than the one that was used. Fails with [`Rejection::PolicyRollback`].
    pub fn check_policy(&self, policy: &TrustPolicy) -> Result<(), Rejection> {
        match &self.policy {
            Some(locked) if policy.version < locked.version => {
                Err(Rejection::PolicyRollback { least: locked.version, found: policy.version })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a module that is older, by epoch or by version within it, than the one that was used.
    /// Fails with [`Rejection::ModuleRollback`].
    pub fn check_module(&self, module: &ModuleManifest) -> Result<(), Rejection> {
        let Some(locked) = self.module(&module.name) else {
            return Ok(());
        };
        if (module.epoch, &module.version) >= (locked.epoch, &locked.version) {
            return Ok(());
        }
        Err(Rejection::ModuleRollback {
            module: module.name.clone(),
            least: format!("{} (epoch {})", locked.version, locked.epoch),
            found: format!("{} (epoch {})", module.version, module.epoch),
        })
    }

    /// What differs from `next`, for `--frozen`: one rejection each, sorted; empty when nothing does.
    pub fn frozen_against(&self, next: &Lockfile) -> Vec<Rejection> {
        let mut rejections = vec![];
        let show_policy = |policy: &Option<LockedPolicy>| match policy {
            Some(LockedPolicy { version, digest }) => format!("version {version}, SHA-256 {digest}"),
            None => "none".to_owned(),
        };
        if self.policy != next.policy {
            rejections.push(Rejection::Frozen {
                what: "the policy".to_owned(),
                locked: show_policy(&self.policy),
                found: show_policy(&next.policy),
            });
        }
        let mut names: Vec<&ModuleName> =
            self.modules.iter().chain(&next.modules).map(|module| &module.name).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (locked, found) = (self.module(name), next.module(name));
            if locked != found {
                rejections.push(Rejection::Frozen {
                    what: format!("module `{name}`"),
                    locked: show_module(locked),
                    found: show_module(found),
                });
            }
        }
        rejections
    }
}

fn show_module(module: Option<&LockedModule>) -> String {
    let Some(LockedModule { name: _, version, epoch, manifest, keys }) = module else {
        return "none".to_owned();
    };
    let keys: Vec<String> = keys.iter().map(KeyDigest::to_string).collect();
    format!("{version}, epoch {epoch}, manifest {manifest}, keys [{}]", keys.join(", "))
}

fn read_policy(table: &Fields<'_, '_>) -> Option<LockedPolicy> {
    let version = table.required("version");
    let digest = table.required("sha256");
    table.finish();
    Some(LockedPolicy { version: version?, digest: digest? })
}

fn read_modules(fields: &Fields<'_, '_>) -> Option<Vec<LockedModule>> {
    let mut modules: Vec<LockedModule> = vec![];
    let mut names = vec![];
    for row in fields.tables("module") {
        let name = row.required_located::<ModuleName>("name");
        let version = row.required("version");
        let epoch = row.required("epoch");
        let manifest = row.required("manifest");
        let mut keys = row.list("keys");
        row.finish();
        keys.sort_unstable();
        let name = name?;
        names.push((name.value.as_str().to_owned(), name.span));
        if modules.iter().any(|module| module.name == name.value) {
            let message = format!("expected one row for module `{}`, found two", name.value);
            row.report(
                Diagnostic::error(code::DUPLICATE_ROW, message)
                    .at(name.span)
                    .with_help("keep one of the two"),
            );
        }
        let (version, epoch, manifest) = (version?, epoch?, manifest?);
        modules.push(LockedModule { name: name.value, version, epoch, manifest, keys });
    }
    check_confusable(fields, names.iter().map(|(name, span)| (name.as_str(), *span)));
    modules.sort_by(|left, right| left.name.cmp(&right.name));
    Some(modules)
}
