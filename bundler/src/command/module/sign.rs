//! `raya module sign`: a signature added to a package, or written beside a bare library.

use std::path::{Path, PathBuf};

use raya_manifests::document_file;
use raya_manifests::package::{PackageDraft, UnverifiedPackage};
use raya_signing::{Claim, Domain, KeySet, SecretKey};
use raya_source::{Diagnostic, SourceMap};

use crate::codes::NOTE_MISSING;
use crate::command::{Failure, Outcome};
use crate::phase::admit::ModuleContents;
use crate::phase::resolve::MODULE_BYTES_MAX;
use crate::{host, signing_report};

/// What is said of a bare library's version and epoch: it has none.
const NO_VERSION: &str = "0.0.0";
const FILE_MODE: u32 = 0o644;

pub(super) fn run(file: &Path, key: &Path) -> Outcome {
    let bytes = host::read_file(file, MODULE_BYTES_MAX)?;
    let secret = signing_report::read_secret_key(key)?;
    if is_package(file) {
        let signed = sign_package(&bytes, &secret, file)?;
        host::write_file(file, &signed, FILE_MODE)?;
        host::print(&format!("signed {} by {}\n", host::plain(file), secret.public().digest()))?;
    } else {
        let beside = signature_path(file);
        let text = sign_library(&bytes, &secret, file)?;
        host::write_file(&beside, text.as_bytes(), FILE_MODE)?;
        let digest = secret.public().digest();
        host::print(&format!("signed {} by {digest}: {}\n", host::plain(file), host::plain(&beside)))?;
    }
    Ok(std::process::ExitCode::SUCCESS)
}

/// Other keys' signatures are kept as they are: they need not be known here.
fn sign_package(bytes: &[u8], secret: &SecretKey, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut sources = SourceMap::new();
    let package = UnverifiedPackage::read(bytes).map_err(|error| error.diagnostic())?;
    let file = sources.add(document_file("rmod.toml", package.manifest_bytes()));
    let package = package
        .allow_unsigned(&KeySet::new(), file)
        .map_err(|diagnostics| Failure { sources: sources.clone(), ..diagnostics.into() })?;
    package.check_payloads()?;
    let mut draft = PackageDraft::reopen(package);
    draft.sign(secret).map_err(|error| signing_report::diagnostic(&error, &host::shown(path)))?;
    Ok(draft.to_archive().map_err(|error| error.diagnostic())?)
}

fn sign_library(bytes: &[u8], secret: &SecretKey, path: &Path) -> Result<String, Diagnostic> {
    let claim = library_claim(bytes, path)?;
    let explained = |error| signing_report::diagnostic(&error, &host::shown(path));
    Ok(secret.sign(bytes, &claim).map_err(explained)?.to_text())
}

/// What a signature of a bare library says. It names the module of the library's note, so that one module's signature does
/// not serve for another.
pub(super) fn library_claim(bytes: &[u8], path: &Path) -> Result<Claim, Diagnostic> {
    let contents = ModuleContents::of_any_library(bytes)?;
    let name = contents.note.as_ref().and_then(|note| note.name().map(str::to_owned)).ok_or_else(|| {
        Diagnostic::error(
            NOTE_MISSING,
            format!("expected a Raya module in {}, found no note in it", host::shown(path)),
        )
        .with_help("build it with `raya/module.h` (RAYA_MODULE_INIT) or the crate `raya-native` (#[module])")
    })?;
    let explained = |error| signing_report::diagnostic(&error, &host::shown(path));
    Claim::new(Domain::Library, &name, NO_VERSION, 0).map_err(explained)
}

/// Whether a file is a package, by its name.
pub(super) fn is_package(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "rmod")
}

/// `FILE.minisig`.
pub(super) fn signature_path(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".minisig");
    PathBuf::from(path)
}
