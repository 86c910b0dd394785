//! Whether what a module says of itself fits what was asked for: its note, its ABI, its versions.

use std::path::Path;

use raya_abi::version::{ABI_VERSION, abi_compatible, abi_version_parts};
use raya_manifests::{ModuleManifest, ModuleName, Version, VersionReq};
use raya_source::Diagnostic;

use super::ModuleContents;
use crate::codes::{ABI_MISMATCH, FILE_NAME_DISAGREES, NOTE_MISSING, NOTE_NAME_DIFFERS, VERSION_MISMATCH};
use crate::request::App;

/// The note must be there, name this module, and ask for an ABI that this host offers. Gives the ABI version.
pub(super) fn check_note(contents: &ModuleContents, name: &ModuleName) -> Result<u32, Diagnostic> {
    let Some(note) = contents.note else {
        let message = format!("expected the note of a Raya module in `{name}`, found none");
        return Err(Diagnostic::error(NOTE_MISSING, message)
            .with_note("a library of the same name that is no Raya module looks like this")
            .with_help(
                "build it with `raya/module.h` (RAYA_MODULE_INIT) or the crate `raya-native` (#[module])",
            ));
    };
    if note.name() != Some(name.as_str()) {
        let found = note.name().unwrap_or("something that is no name").to_owned();
        let message = format!("expected the module `{name}`, found `{found}` in its note");
        return Err(Diagnostic::error(NOTE_NAME_DIFFERS, message)
            .with_help("the name in RAYA_MODULE_INIT or #[module] decides"));
    }
    check_abi(name, note.abi_version)
}

pub(super) fn check_abi(name: &ModuleName, version: u32) -> Result<u32, Diagnostic> {
    if abi_compatible(version, ABI_VERSION) {
        return Ok(version);
    }
    let message = format!(
        "expected module `{name}` to be built for ABI {} or an older minor, found {}",
        abi_text(ABI_VERSION),
        abi_text(version)
    );
    Err(Diagnostic::error(ABI_MISMATCH, message).with_help("build the module with this `raya`'s SDK"))
}

pub(super) fn abi_text(version: u32) -> String {
    let (major, minor, patch) = abi_version_parts(version);
    format!("{major}.{minor}.{patch}")
}

/// A package is chosen by the version in its file's name, before anything of it is verified: a name that lies would bring back
/// an old version as the newest.
pub(super) fn check_file_name(path: &Path, manifest: &ModuleManifest) -> Option<Diagnostic> {
    let name = path.file_name()?.to_str()?;
    let version = name.strip_prefix(manifest.name.as_str())?.strip_prefix('-')?.strip_suffix(".rmod")?;
    let said = Version::parse(version).ok()?;
    if said == manifest.version {
        return None;
    }
    let message = format!(
        "expected version {said} of module `{}`, as its file's name says, found {}",
        manifest.name, manifest.version
    );
    let help = format!("rename it to `{}-{}.rmod`", manifest.name, manifest.version);
    Some(Diagnostic::error(FILE_NAME_DISAGREES, message).with_help(help))
}

pub(super) fn check_version(name: &ModuleName, found: &Version, app: &App) -> Option<Diagnostic> {
    let request = app.manifest.as_ref()?.module(name)?;
    let versions: &VersionReq = &request.versions;
    if versions.matches(found) {
        return None;
    }
    let message = format!("expected module `{name}` in a version that is {versions}, found {found}");
    Some(Diagnostic::error(VERSION_MISMATCH, message).with_help("raya.toml asks for it under [modules]"))
}
