//! What a bundle is made from, once the command line, the app's manifest and the policy were read.

use std::path::{Path, PathBuf};

use raya_manifests::{
    Mode, ModuleName, RootPin, Triple, TrustSettings, UnixTime, VerifiedPolicy, document_file, pinned_roots,
};
use raya_signing::{KeyDigest, SIGNATURE_FILE_BYTES_MAX, Signature};
use raya_source::{Diagnostic, FileId, SourceMap};

pub use crate::app::App;
use crate::app::DOCUMENT_BYTES_MAX;
use crate::codes::{POLICY_MISSING, ROOTS_MISSING, TARGET_UNKNOWN, USAGE};
use crate::command::Failure;
use crate::{host, pack, signing_report};

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
