//! Puts everything into a package and writes it whole or not at all.

use std::io::Write as _;
use std::path::Path;

use raya_abi::version::abi_version_parts;
use raya_manifests::package::{PackLevel, PackageDraft, PayloadSource};
use raya_manifests::{ModuleManifest, PayloadKind, Version};
use raya_signing::Digest;
use raya_source::Diagnostic;

use crate::codes::PACKAGE_UNWRITABLE;
use crate::compile::Built;
use crate::interface::Interface;
use crate::recipe::Recipe;
use crate::{BuildReport, TargetReport};

/// Writes the package, to `output` or beside the manifest.
pub(crate) fn write(
    recipe: &Recipe,
    built: Vec<Built>,
    interface: Interface,
    output: Option<&Path>,
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
    let package = output.map_or_else(|| recipe.folder.join(draft.file_name()), Path::to_path_buf);
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
        constructors: built.iter().any(|one| !one.report.constructor_sections.is_empty()),
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
    write_atomically(path, bytes).map_err(|error| {
        let shown = raya_signing::escape_for_terminal(&path.to_string_lossy()).into_owned();
        vec![
            Diagnostic::error(PACKAGE_UNWRITABLE, format!("`{shown}` cannot be written: {error}"))
                .with_note("no file was written; one that was there before is unchanged"),
        ]
    })
}

fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".raya-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let permissions = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o644);
    file.as_file().set_permissions(permissions)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
