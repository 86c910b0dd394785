//! Verify: signatures over raw manifests, then manifests, then digests. What comes out carries the proof; what could not be
//! verified comes out only in dev mode, marked as unsigned, with a warning.

use std::path::Path;

use raya_manifests::package::{Package, Provenance, UnverifiedPackage};
use raya_manifests::{Mode, document_file};
use raya_signing::KeySet;
use raya_source::{Diagnostic, SourceMap};

use super::resolve::{Bare, Files, Found, Wanted};
use crate::codes::{UNSIGNED_IN_DEV_MODE, UNSIGNED_IN_LOCKED_MODE};
use crate::host;
use crate::request::Trust;

/// A module whose bytes may be opened.
#[derive(Debug)]
pub struct Verified<'found> {
    /// What the program asked for.
    pub wanted: &'found Wanted,
    /// Where it was found: a package, its folder, or the folder of its libraries.
    pub path: &'found Path,
    /// What may be opened.
    pub contents: Contents<'found>,
}

/// A module's bytes after verification.
#[derive(Debug)]
pub enum Contents<'found> {
    /// A package: its manifest is settled, its payloads are the ones that it lists.
    Package(Box<Package<'found>>),
    /// Libraries without a manifest, let through in dev mode.
    Unsigned(UnsignedBare<'found>),
}

/// Libraries that nobody signed. Only [`verify`] makes it, and only in dev mode.
#[derive(Debug)]
pub struct UnsignedBare<'found> {
    bare: &'found Bare,
}

impl<'found> UnsignedBare<'found> {
    /// The libraries.
    pub fn bare(&self) -> &'found Bare {
        self.bare
    }
}

/// Verifies all modules. Warnings go to `warnings`; all refusals are given together.
pub fn verify<'found>(
    found: &'found [Found],
    trust: &Trust,
    sources: &mut SourceMap,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Vec<Verified<'found>>, Vec<Diagnostic>> {
    let keys = trust.policy.as_ref().map(|policy| policy.keys()).unwrap_or_default();
    let mut verified = vec![];
    let mut problems = vec![];
    for module in found {
        match verify_module(module, trust.mode, &keys, sources) {
            Ok(contents) => {
                warnings.extend(unsigned_warning(&module.wanted, &contents, &keys));
                verified.push(Verified { wanted: &module.wanted, path: path_of(&module.files), contents });
            }
            Err(refusals) => problems.extend(refusals.into_iter().map(|refusal| about(refusal, module))),
        }
    }
    if problems.is_empty() { Ok(verified) } else { Err(problems) }
}

fn verify_module<'found>(
    module: &'found Found,
    mode: Mode,
    keys: &KeySet,
    sources: &mut SourceMap,
) -> Result<Contents<'found>, Vec<Diagnostic>> {
    let package = match &module.files {
        Files::Package(file) => UnverifiedPackage::read(&file.bytes),
        Files::Folder { entries, .. } => UnverifiedPackage::from_files(entries.clone()),
        Files::Bare(bare) => {
            return verify_bare(bare, mode).map(Contents::Unsigned).map_err(|refusal| vec![refusal]);
        }
    };
    let package = package.map_err(|error| vec![error.diagnostic()])?;
    let shown = format!("rmod.toml of {}", module.wanted.name);
    let file = sources.add(document_file(&shown, package.manifest_bytes()));
    let package = match mode {
        Mode::Locked => package.verify(keys, file)?,
        Mode::Dev => package.allow_unsigned(keys, file)?,
    };
    Ok(Contents::Package(Box::new(package)))
}

fn verify_bare(bare: &Bare, mode: Mode) -> Result<UnsignedBare<'_>, Diagnostic> {
    match mode {
        Mode::Dev => Ok(UnsignedBare { bare }),
        Mode::Locked => Err(Diagnostic::error(
            UNSIGNED_IN_LOCKED_MODE,
            "expected a signed package, found libraries without a manifest",
        )
        .with_help("make a package with `raya module build`, and sign it with `raya module sign`")),
    }
}

fn unsigned_warning(wanted: &Wanted, contents: &Contents<'_>, keys: &KeySet) -> Option<Diagnostic> {
    let why = match contents {
        Contents::Unsigned(_) => "its libraries have no manifest",
        Contents::Package(package) => match package.provenance() {
            Provenance::Signed(_) => return None,
            Provenance::Unsigned(_) if keys.is_empty() => "no policy names keys to check it with",
            Provenance::Unsigned(_) => "none of the policy's keys signed it",
        },
    };
    let message = format!("the native module `{}` is not verified: {why}", wanted.name);
    Some(
        Diagnostic::warning(UNSIGNED_IN_DEV_MODE, message)
            .labelled(wanted.span, "imported here")
            .with_note("allowed in dev mode, and recorded in the bundle; `--locked` refuses it"),
    )
}

fn path_of(files: &Files) -> &Path {
    match files {
        Files::Package(file) => &file.path,
        Files::Folder { path, .. } => path,
        Files::Bare(bare) => &bare.folder,
    }
}

/// Says which module a refusal is about, and where it was found.
fn about(mut refusal: Diagnostic, module: &Found) -> Diagnostic {
    let place = host::shown(path_of(&module.files));
    if refusal.primary.is_none() {
        refusal = refusal.labelled(module.wanted.span, format!("`{}` is imported here", module.wanted.name));
    }
    refusal.with_note(format!("module `{}`, found at {place}", module.wanted.name))
}
