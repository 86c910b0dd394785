//! Puts everything into a package and writes it whole or not at all.

use std::path::{Path, PathBuf};

use raya_abi::version::abi_version_parts;
use raya_manifests::package::{PackLevel, PackageDraft, PayloadSource};
use raya_manifests::{ModuleManifest, PayloadKind, Version};
use raya_signing::Digest;
use raya_source::Diagnostic;

use crate::codes::PACKAGE_UNWRITABLE;
use crate::compile::Built;
use crate::interface::Interface;
use crate::recipe::Recipe;
use crate::{BuildReport, TargetReport, output};

/// The mode of a package: anyone may read it, its owner may change it.
const PACKAGE_MODE: u32 = 0o644;

/// Writes the package.
pub(crate) fn write(
    recipe: &Recipe,
    built: Vec<Built>,
    interface: Interface,
    package: PathBuf,
) -> Result<BuildReport, Vec<Diagnostic>> {
    let manifest = manifest(recipe, &built, interface.text);
    let targets = built.iter().map(report).collect();
    let mut payloads: Vec<PayloadSource> = vec![];
    for one in built {
        let triple = Some(one.triple);
        if let Some(shared) = &one.shared {
            payloads.push(PayloadSource {
                kind: PayloadKind::Shared,
                triple,
                bytes: shared.library().bytes().to_vec(),
            });
        }
        payloads.push(PayloadSource { kind: PayloadKind::Static, triple, bytes: one.archive });
    }
    if let Some(stub) = &recipe.stub {
        payloads.push(PayloadSource {
            kind: PayloadKind::Stub,
            triple: None,
            bytes: stub.text.clone().into_bytes(),
        });
    }
    let draft =
        PackageDraft::new(manifest, payloads, PackLevel::Small).map_err(|error| vec![error.diagnostic()])?;
    let archive = draft.to_archive().map_err(|error| vec![error.diagnostic()])?;
    write_file(&package, &archive)?;
    Ok(BuildReport {
        package,
        digest: Digest::of(draft.manifest_bytes()),
        targets,
        warnings: interface.warnings,
    })
}

fn manifest(recipe: &Recipe, built: &[Built], descriptor: String) -> ModuleManifest {
    let builder = &recipe.manifest;
    // All targets were compiled with the same headers.
    let abi = built.first().map_or((0, 0, 0), |one| abi_version_parts(one.note.abi_version));
    ModuleManifest {
        name: builder.name.clone(),
        version: builder.version.clone(),
        epoch: builder.epoch,
        abi: Version::new(abi.0.into(), abi.1.into(), abi.2.into()),
        descriptor,
        link_libraries: recipe.system_libraries(),
        needed: builder.needed.clone(),
        capabilities: builder.capabilities.clone(),
        constructors: built.iter().any(|one| one.report.runs_early()),
        payloads: vec![],
    }
}

fn report(built: &Built) -> TargetReport {
    TargetReport {
        triple: built.triple,
        archive_bytes: built.archive.len(),
        shared_bytes: built.shared.as_ref().map(|shared| shared.library().bytes().len()),
        constructors: built.report.constructor_sections.iter().cloned().collect(),
        imports: built.report.imports.keys().cloned().collect(),
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Vec<Diagnostic>> {
    output::replace(path, bytes, PACKAGE_MODE).map_err(|error| {
        let shown = raya_signing::escape_for_terminal(&path.to_string_lossy()).into_owned();
        vec![
            Diagnostic::error(PACKAGE_UNWRITABLE, format!("`{shown}` cannot be written: {error}"))
                .with_note("no file was written; one that was there before is unchanged"),
        ]
    })
}
