//! The app's manifest, `raya.toml`: the app, the modules it asks for, whom it trusts, and how it is bundled.

use raya_signing::{KeyDigest, PublicKey, SigningError};
use raya_source::{Diagnostic, FileId, Span};
use semver::{Version, VersionReq};

use crate::code;
use crate::document::{self, Fields, FromText};
use crate::names::{AppName, InsidePath, ModuleName, RelativePath};
use crate::policy::check_confusable;
use crate::triple::Triple;

/// The app's manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppManifest {
    /// The app's name, which names the bundle's file.
    pub name: AppName,
    /// The app's version.
    pub version: Version,
    /// The source file that runs.
    pub entry: RelativePath,
    /// The modules it asks for, in the order written.
    pub modules: Vec<ModuleRequest>,
    /// Folders of stubs, in the order written.
    pub stubs: Vec<RelativePath>,
    /// Whom it trusts; `None` when it does not say.
    pub trust: Option<TrustSettings>,
    /// How it is bundled.
    pub bundle: BundleSettings,
}

/// A module that the app asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleRequest {
    /// Its name.
    pub name: ModuleName,
    /// The versions that will do.
    pub versions: VersionReq,
    /// Where it lies: a package or a folder. It may be outside the app's folder. `None`: it is searched for.
    pub path: Option<RelativePath>,
    /// Where it is asked for.
    pub span: Span,
}

/// Where the trust policy is, and whose signature makes it one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustSettings {
    /// The policy's file.
    pub policy: RelativePath,
    /// The root keys that must have signed it. Never empty.
    pub roots: Vec<RootPin>,
    /// Files with the public keys of roots that are pinned by digest.
    pub root_keys: Vec<RelativePath>,
    /// How many roots must have signed; from 1 to the number of roots.
    pub threshold: usize,
}

/// A pinned root key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootPin {
    /// By its digest; the key itself is in one of the files of `root-keys`.
    Digest(KeyDigest),
    /// The key itself.
    Key(PublicKey),
}

impl RootPin {
    /// Who the key is.
    pub fn digest(&self) -> KeyDigest {
        match self {
            RootPin::Digest(digest) => *digest,
            RootPin::Key(key) => key.digest(),
        }
    }
}

impl FromText for RootPin {
    const EXPECTED: &'static str = "a root key: its SHA-256 digest, or the key itself (`RW…`)";

    fn from_text(text: &str) -> Result<Self, String> {
        if let Ok(digest) = text.parse() {
            return Ok(RootPin::Digest(digest));
        }
        let key = PublicKey::from_base64(text).map_err(|error| match error {
            SigningError::WrongArtifact { .. } => format!("{}: {}", error.code(), error.remedy()),
            _ => "`raya key show` prints both".to_owned(),
        })?;
        Ok(RootPin::Key(key))
    }
}

/// How the app is bundled when the command line does not say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleSettings {
    /// The target.
    pub target: Option<Triple>,
    /// Whether the bundle is locked.
    pub locked: bool,
    /// Modules that are left to the fallback.
    pub dynamic: Vec<ModuleName>,
}

impl AppManifest {
    /// Reads a manifest. Every problem has a place in `file`, which must show the same bytes.
    pub fn parse(file: FileId, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        document::read(file, bytes, None, |fields| {
            let app = fields.required_table("app");
            let identity = app.as_ref().and_then(read_identity);
            let modules = fields.table("modules").map(|table| read_modules(&table)).unwrap_or_default();
            let stubs = fields.table("stubs").map(|table| read_stubs(&table)).unwrap_or_default();
            let trust = fields.table("trust").map(|table| read_trust(&table));
            let bundle =
                fields.table("bundle").map(|table| read_bundle(&table, &modules)).unwrap_or_default();
            let (name, version, entry) = identity?;
            // The outer `None` is a missing table, the inner one a problem.
            let trust = match trust {
                Some(settings) => Some(settings?),
                None => None,
            };
            Some(AppManifest { name, version, entry, modules, stubs, trust, bundle })
        })
    }

    /// The request for a module.
    pub fn module(&self, name: &ModuleName) -> Option<&ModuleRequest> {
        self.modules.iter().find(|request| request.name == *name)
    }
}

fn read_identity(app: &Fields<'_, '_>) -> Option<(AppName, Version, RelativePath)> {
    let name = app.required("name");
    let version = app.required("version");
    let entry = app.required::<InsidePath>("entry");
    app.finish();
    Some((name?, version?, entry?.0))
}

fn read_modules(table: &Fields<'_, '_>) -> Vec<ModuleRequest> {
    let entries = table.entries::<ModuleName>();
    check_confusable(table, entries.iter().map(|entry| (entry.key.value.as_str(), entry.key.span)));
    let read = |entry: &document::Entry<'_, '_, ModuleName>| {
        let (versions, path) = match entry.table() {
            None => (entry.plain::<VersionReq>()?, None),
            Some(row) => {
                let versions = row.required("version");
                let path = row.optional("path");
                row.finish();
                (versions?, path)
            }
        };
        Some(ModuleRequest { name: entry.key.value.clone(), versions, path, span: entry.key.span })
    };
    entries.iter().filter_map(read).collect()
}

fn read_stubs(table: &Fields<'_, '_>) -> Vec<RelativePath> {
    let folders = table.list::<InsidePath>("folders");
    table.finish();
    folders.into_iter().map(|folder| folder.0).collect()
}

fn read_trust(table: &Fields<'_, '_>) -> Option<TrustSettings> {
    let policy = table.required("policy");
    let roots = table.list::<RootPin>("roots");
    let root_keys = table.list::<RelativePath>("root-keys");
    let threshold = table.located::<u64>("threshold");
    table.finish();
    if roots.is_empty() {
        let message = "expected at least one root key in `roots`, found none";
        let help = "pin the keys that sign the policy: without them anyone could write one";
        table.report(Diagnostic::error(code::MISSING_KEY, message).at(table.span()).with_help(help));
        return None;
    }
    let mut digests: Vec<KeyDigest> = roots.iter().map(RootPin::digest).collect();
    digests.sort_unstable();
    digests.dedup();
    let found = threshold.as_ref().map_or(1, |threshold| threshold.value);
    let threshold_span = threshold.map_or(table.span(), |threshold| threshold.span);
    match usize::try_from(found).ok().filter(|number| (1..=digests.len()).contains(number)) {
        Some(threshold) => Some(TrustSettings { policy: policy?, roots, root_keys, threshold }),
        None => {
            let threshold = usize::try_from(found).unwrap_or(usize::MAX);
            let error = raya_signing::SigningError::ThresholdInvalid { threshold, keys: digests.len() };
            table.report(document::signing_diagnostic("trust.threshold", &error).at(threshold_span));
            None
        }
    }
}

fn read_bundle(table: &Fields<'_, '_>, modules: &[ModuleRequest]) -> BundleSettings {
    let target = table.optional("target");
    let locked = table.located::<bool>("locked");
    let dynamic = table.list::<ModuleName>("dynamic");
    table.finish();
    for name in &dynamic {
        if !modules.iter().any(|request| request.name == *name) {
            let message = format!("`dynamic`: expected modules listed in `[modules]`, found `{name}`");
            table.report(
                Diagnostic::error(code::VALUE_NOT_ALLOWED, message)
                    .at(table.span())
                    .with_help(format!("add `{name} = \"1\"` to `[modules]`")),
            );
        }
    }
    if let (Some(locked), false) = (locked.as_ref().filter(|locked| locked.value), dynamic.is_empty()) {
        let message = "expected no `dynamic` modules in a locked bundle, which loads nothing at run time";
        table.report(Diagnostic::error(code::VALUE_NOT_ALLOWED, message).at(locked.span));
    }
    BundleSettings { target, locked: locked.is_some_and(|locked| locked.value), dynamic }
}
