//! `raya trust`: signing a policy with root keys.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use raya_manifests::{TrustPolicy, document_file};
use raya_source::SourceMap;

use super::{Failure, Outcome};
use crate::arguments::TrustCommand;
use crate::{host, signing_report};

const POLICY_BYTES_MAX: usize = 1 << 20;
const FILE_MODE: u32 = 0o644;

pub(super) fn run(command: TrustCommand) -> Outcome {
    match command {
        TrustCommand::Sign { policy, key } => sign(&policy, &key),
    }
}

/// Writes `POLICY.minisig`, or, when another key's signature is there already, `POLICY.KEYID.minisig`.
fn sign(path: &Path, key: &Path) -> Outcome {
    let bytes = host::read_file(path, POLICY_BYTES_MAX)?;
    let mut sources = SourceMap::new();
    let file = sources.add(document_file(&path.to_string_lossy(), &bytes));
    let policy =
        TrustPolicy::parse(file, &bytes).map_err(|diagnostics| Failure { sources, ..diagnostics.into() })?;
    let secret = signing_report::read_secret_key(key)?;
    let explained = |error| signing_report::diagnostic(&error, &host::shown(path));
    let claim = policy.claim().map_err(explained)?;
    let signature = secret.sign(&bytes, &claim).map_err(explained)?;
    let output = signature_path(path, secret.public())?;
    host::write_file(&output, signature.to_text().as_bytes(), FILE_MODE)?;
    host::print(&format!(
        "signed {} (version {}) by {}: {}\n",
        host::plain(path),
        policy.version,
        secret.public().digest(),
        host::plain(&output)
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn signature_path(policy: &Path, key: &raya_signing::PublicKey) -> Result<PathBuf, Failure> {
    let with_ending = |ending: &str| {
        let mut path = policy.as_os_str().to_owned();
        path.push(ending);
        PathBuf::from(path)
    };
    let plain = with_ending(".minisig");
    if !plain.exists() || signing_report::read_signature(&plain)?.key_id() == key.id() {
        return Ok(plain);
    }
    Ok(with_ending(&format!(".{}.minisig", key.id())))
}
