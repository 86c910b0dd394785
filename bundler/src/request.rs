//! What a bundle is made from, once the command line, the app's manifest and the policy were read.

use std::path::{Path, PathBuf};

use raya_manifests::{
    AppManifest, Mode, ModuleName, RootPin, Triple, TrustSettings, UnixTime, VerifiedPolicy, Version,
    document_file, pinned_roots,
};
use raya_signing::{KeyDigest, SIGNATURE_FILE_BYTES_MAX, Signature};
use raya_source::{Diagnostic, FileId, SourceMap};

use crate::codes::{ENTRY_INVALID, POLICY_MISSING, ROOTS_MISSING, TARGET_UNKNOWN, USAGE};
use crate::command::Failure;
use crate::{host, pack, signing_report};

/// Largest manifest or policy.
const DOCUMENT_BYTES_MAX: usize = 1 << 20;
/// The app's manifest.
pub const MANIFEST_NAME: &str = "raya.toml";

/// The app: its entry file, its folder, and what its manifest says.
#[derive(Debug)]
pub struct App {
    /// The folder that source files are named relative to, and whose `raya.toml` was read.
    pub root: PathBuf,
    /// The entry file, relative to `root`, with `/` between folders.
    pub entry: String,
    /// `raya.toml`, when there is one.
    pub manifest: Option<AppManifest>,
    /// Documents that diagnostics may point into; source files are added by `parse`.
    pub sources: SourceMap,
}

impl App {
    /// Finds an app by its entry file. Its manifest lies beside the entry, or in the folder above when the entry is in
    /// `src`; no other place is looked at, so that a file planted elsewhere says nothing.
    pub fn find(entry: &Path) -> Result<App, Failure> {
        let folder = match entry.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        // The folder's name is looked for in the whole path: in `src` itself it is called `.`.
        let is_src = host::absolute(&folder).file_name().is_some_and(|name| name == "src");
        let above = is_src.then(|| folder.join(".."));
        let root = std::iter::once(folder.clone())
            .chain(above)
            .find(|candidate| candidate.join(MANIFEST_NAME).is_file())
            .unwrap_or_else(|| folder.clone());
        let name = entry.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
            let message = format!("expected a file ending in `.raya`, found {}", host::shown(entry));
            Diagnostic::error(ENTRY_INVALID, message)
        })?;
        let entry = if root == folder { name.to_owned() } else { format!("src/{name}") };
        let mut sources = SourceMap::new();
        let manifest = read_manifest(&root.join(MANIFEST_NAME), &mut sources)?;
        Ok(App { root, entry, manifest, sources })
    }

    /// The app's name: its manifest's, or the entry's without ending.
    pub fn name(&self) -> String {
        match &self.manifest {
            Some(manifest) => manifest.name.as_str().to_owned(),
            None => {
                let file = self.entry.rsplit('/').next().unwrap_or(&self.entry);
                file.strip_suffix(".raya").unwrap_or(file).to_owned()
            }
        }
    }

    /// The app's version: its manifest's, or 0.0.0.
    pub fn version(&self) -> Version {
        self.manifest.as_ref().map_or(Version::new(0, 0, 0), |manifest| manifest.version.clone())
    }
}

fn read_manifest(path: &Path, sources: &mut SourceMap) -> Result<Option<AppManifest>, Failure> {
    let Some(bytes) = host::read_file_if_present(path, DOCUMENT_BYTES_MAX)? else { return Ok(None) };
    let file = sources.add(document_file(MANIFEST_NAME, &bytes));
    AppManifest::parse(file, &bytes).map(Some).map_err(|diagnostics| Failure {
        diagnostics,
        sources: sources.clone(),
        code: crate::command::EXIT_NOT_COMPILED,
    })
}

/// The target named on the command line.
pub fn target(text: &str) -> Result<Triple, Failure> {
    Triple::new(text).ok_or_else(|| {
        let known: Vec<&str> = pack::embedded_targets().collect();
        let message = format!("expected one of `{}` as the target, found `{text}`", known.join("`, `"));
        Failure { code: crate::command::EXIT_USAGE, ..Diagnostic::error(TARGET_UNKNOWN, message).into() }
    })
}

/// A module name from the command line.
pub fn module_name(text: &str) -> Result<ModuleName, Failure> {
    ModuleName::new(text).ok_or_else(|| {
        let message = format!("expected a module name (`[a-z][a-z0-9_]*`), found `{text}`");
        Failure { code: crate::command::EXIT_USAGE, ..Diagnostic::error(USAGE, message).into() }
    })
}

/// Under which rules modules are admitted.
#[derive(Debug)]
pub struct Trust {
    /// Dev or locked.
    pub mode: Mode,
    /// The policy, whose signatures by pinned root keys were checked. Locked mode always has one.
    pub policy: Option<VerifiedPolicy>,
    /// The files that say so: the policy and root keys.
    pub files: Vec<PathBuf>,
    /// The time that expiry is measured against.
    pub now: UnixTime,
}

/// What the command line says about trust.
#[derive(Debug, Default)]
pub struct TrustArguments<'a> {
    /// `--locked`.
    pub locked: bool,
    /// `--policy`.
    pub policy: Option<&'a Path>,
    /// `--root`.
    pub roots: &'a [String],
}

impl Trust {
    /// Reads and verifies the policy that the command line or the app's manifest names. It is never picked up from the
    /// working folder or the environment.
    pub fn establish(app: &mut App, arguments: &TrustArguments<'_>) -> Result<Trust, Failure> {
        let settings = app.manifest.as_ref().and_then(|manifest| manifest.trust.clone());
        let locked = arguments.locked || app.manifest.as_ref().is_some_and(|manifest| manifest.bundle.locked);
        let mode = if locked { Mode::Locked } else { Mode::Dev };
        let now = UnixTime(host::now_seconds());
        let path = match (arguments.policy, &settings) {
            (Some(path), _) => path.to_path_buf(),
            (None, Some(settings)) => app.root.join(settings.policy.as_str()),
            (None, None) if locked => {
                return Err(Diagnostic::error(
                    POLICY_MISSING,
                    "expected a trust policy in locked mode, found none",
                )
                .with_help("name it in raya.toml under [trust], or give --policy FILE and --root KEY")
                .into());
            }
            (None, None) => return Ok(Trust { mode, policy: None, files: vec![], now }),
        };
        let (pins, threshold) = pins(settings.as_ref(), arguments.roots)?;
        if pins.is_empty() {
            return Err(Diagnostic::error(
                ROOTS_MISSING,
                "expected root keys to check the policy with, found none",
            )
            .with_help("give --root KEY, or pin them in raya.toml under [trust] roots")
            .into());
        }
        let (mut keys, mut files) = (vec![], vec![path.clone()]);
        for path in settings.iter().flat_map(|settings| &settings.root_keys) {
            let path = app.root.join(path.as_str());
            keys.push(signing_report::read_public_key(&path.to_string_lossy())?);
            files.push(path);
        }
        let policy = read_policy(&path, &pins, keys, threshold, &mut app.sources)?;
        if locked {
            let refused = [policy.policy().check_locked(), policy.policy().check_expiry(now)];
            let problems: Vec<Diagnostic> =
                refused.into_iter().filter_map(Result::err).map(|rejection| rejection.diagnostic()).collect();
            if !problems.is_empty() {
                return Err(Failure { sources: app.sources.clone(), ..problems.into() });
            }
        }
        Ok(Trust { mode, policy: Some(policy), files, now })
    }
}

/// The root keys that are believed, and how many of them must have signed. Whoever names some on the command line means exactly
/// those: they stand instead of the manifest's, and each must have signed.
fn pins(settings: Option<&TrustSettings>, named: &[String]) -> Result<(Vec<RootPin>, usize), Failure> {
    if named.is_empty() {
        let pins = settings.map(|settings| settings.roots.clone()).unwrap_or_default();
        return Ok((pins, settings.map_or(1, |settings| settings.threshold)));
    }
    let mut pins: Vec<RootPin> = named.iter().map(|root| parse_pin(root)).collect::<Result<_, _>>()?;
    // A key named twice, by its digest and by its file, is one.
    pins.sort_by_key(|pin| (pin.digest(), matches!(pin, RootPin::Digest(_))));
    pins.dedup_by_key(|pin| pin.digest());
    let threshold = pins.len();
    Ok((pins, threshold))
}

fn parse_pin(text: &str) -> Result<RootPin, Failure> {
    let digest = text.parse::<KeyDigest>().map(RootPin::Digest);
    digest.or_else(|_| signing_report::read_public_key(text).map(RootPin::Key)).map_err(Failure::from)
}

fn read_policy(
    path: &Path,
    pins: &[RootPin],
    keys: Vec<raya_signing::PublicKey>,
    threshold: usize,
    sources: &mut SourceMap,
) -> Result<VerifiedPolicy, Failure> {
    let bytes = host::read_file(path, DOCUMENT_BYTES_MAX)?;
    let signatures = read_signatures(path)?;
    let file = sources.add(document_file(&path.to_string_lossy(), &bytes));
    let digests: Vec<KeyDigest> = pins.iter().map(RootPin::digest).collect();
    let known = pins.iter().filter_map(|pin| match pin {
        RootPin::Key(key) => Some(key.clone()),
        RootPin::Digest(_) => None,
    });
    verify_policy(file, &bytes, &signatures, &digests, known.chain(keys), threshold)
        .map_err(|diagnostics| Failure { sources: sources.clone(), ..diagnostics.into() })
}

fn verify_policy(
    file: FileId,
    bytes: &[u8],
    signatures: &[Signature],
    digests: &[KeyDigest],
    keys: impl Iterator<Item = raya_signing::PublicKey>,
    threshold: usize,
) -> Result<VerifiedPolicy, Vec<Diagnostic>> {
    let keys: Vec<raya_signing::PublicKey> = keys.collect();
    let known: Vec<KeyDigest> = keys.iter().map(raya_signing::PublicKey::digest).collect();
    let unknown: Vec<&KeyDigest> = digests.iter().filter(|digest| !known.contains(digest)).collect();
    if digests.len() - unknown.len() < threshold {
        let keys_missing = unknown.iter().map(|digest| {
            let message = format!("expected the root key with the digest {digest}, found the digest alone");
            Diagnostic::error(ROOTS_MISSING, message)
                .with_note("a digest says which key is meant; signatures are checked with the key itself")
                .with_help("give its file or text: `--root root.pub`, or name the file in raya.toml under [trust] root-keys")
        });
        let keys_missing: Vec<Diagnostic> = keys_missing.collect();
        if !keys_missing.is_empty() {
            return Err(keys_missing);
        }
    }
    let roots = pinned_roots(digests, keys, threshold)
        .map_err(|error| vec![signing_report::diagnostic(&error, "the pinned root keys")])?;
    VerifiedPolicy::verify(file, bytes, signatures, &roots)
}

/// Signatures of a document: `DOCUMENT.minisig`, and `DOCUMENT.NAME.minisig` where several keys signed.
pub fn read_signatures(document: &Path) -> Result<Vec<Signature>, Failure> {
    let folder = document.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = document.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut signatures = vec![];
    for entry in host::list_folder(folder)? {
        let entry = entry.to_string_lossy();
        if entry.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".minisig")) {
            let path = folder.join(&*entry);
            let bytes = host::read_file(&path, SIGNATURE_FILE_BYTES_MAX)?;
            signatures.push(
                Signature::parse(&bytes)
                    .map_err(|error| signing_report::diagnostic(&error, &host::shown(&path)))?,
            );
        }
    }
    Ok(signatures)
}
