//! `raya module verify`: a package's signatures and every payload's digest, or the signature beside a bare library.

use std::path::Path;

use raya_manifests::document_file;
use raya_manifests::package::UnverifiedPackage;
use raya_signing::{Digest, Domain, KeySet};
use raya_source::SourceMap;

use super::sign::{is_package, library_claim, signature_path};
use crate::command::{Failure, Outcome};
use crate::phase::resolve::MODULE_BYTES_MAX;
use crate::{host, signing_report};

pub(super) fn run(file: &Path, keys: &[String]) -> Outcome {
    let bytes = host::read_file(file, MODULE_BYTES_MAX)?;
    let keys: KeySet =
        keys.iter().map(|key| signing_report::read_public_key(key)).collect::<Result<_, _>>()?;
    if !is_package(file) {
        return verify_library(file, &bytes, &keys);
    }
    let mut sources = SourceMap::new();
    let package = UnverifiedPackage::read(&bytes).map_err(|error| error.diagnostic())?;
    let id = sources.add(document_file("rmod.toml", package.manifest_bytes()));
    let package =
        package.verify(&keys, id).map_err(|diagnostics| Failure { sources, ..diagnostics.into() })?;
    package.check_payloads()?;
    let manifest = package.manifest();
    let mut lines = vec![
        format!("module    {} {} (epoch {})", manifest.name, manifest.version, manifest.epoch),
        format!("manifest  {}", package.provenance().digest()),
    ];
    lines.extend(package.provenance().signers().iter().map(|signer| format!("signed by {signer}")));
    lines.extend(
        manifest
            .payloads
            .iter()
            .map(|payload| format!("payload   {} {} bytes {}", payload.path(), payload.size, payload.digest)),
    );
    host::print(&(lines.join("\n") + "\n"))?;
    Ok(std::process::ExitCode::SUCCESS)
}

/// A bare library is signed by the file beside it, which says whose module it is.
fn verify_library(file: &Path, bytes: &[u8], keys: &KeySet) -> Outcome {
    let shown = host::shown(file);
    let explained = |error| signing_report::diagnostic(&error, &shown);
    let claim = library_claim(bytes, file)?;
    let signature = signing_report::read_signature(&signature_path(file))?;
    let signed = keys.verify(Domain::Library, bytes, &[signature]).map_err(|errors| {
        errors.iter().map(|error| signing_report::diagnostic(error, &shown)).collect::<Vec<_>>()
    })?;
    signed.claim().require(&claim).map_err(explained)?;
    let mut lines = vec![format!("library   {} {}", claim.name(), Digest::of(bytes))];
    lines.extend(signed.signers().iter().map(|signer| format!("signed by {signer}")));
    host::print(&(lines.join("\n") + "\n"))?;
    Ok(std::process::ExitCode::SUCCESS)
}
