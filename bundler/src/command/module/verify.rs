//! `raya module verify`: a package's signatures and every payload's digest.

use std::path::Path;

use raya_manifests::document_file;
use raya_manifests::package::UnverifiedPackage;
use raya_signing::KeySet;
use raya_source::SourceMap;

use crate::command::{Failure, Outcome};
use crate::phase::resolve::MODULE_BYTES_MAX;
use crate::{host, signing_report};

pub(super) fn run(file: &Path, keys: &[String]) -> Outcome {
    let bytes = host::read_file(file, MODULE_BYTES_MAX)?;
    let keys: KeySet =
        keys.iter().map(|key| signing_report::read_public_key(key)).collect::<Result<_, _>>()?;
    let mut sources = SourceMap::new();
    let package = UnverifiedPackage::read(&bytes).map_err(|error| error.diagnostic())?;
    let id = sources.add(document_file("rmod.toml", package.manifest_bytes()));
    let package =
        package.verify(&keys, id).map_err(|diagnostics| Failure { sources, ..diagnostics.into() })?;
    package.check_payloads()?;
    let manifest = package.manifest();
    println!("module    {} {} (epoch {})", manifest.name, manifest.version, manifest.epoch);
    println!("manifest  {}", package.provenance().digest());
    for signer in package.provenance().signers() {
        println!("signed by {signer}");
    }
    for payload in &manifest.payloads {
        println!("payload   {} {} bytes {}", payload.path(), payload.size, payload.digest);
    }
    Ok(std::process::ExitCode::SUCCESS)
}
