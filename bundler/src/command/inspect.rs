//! `raya inspect`: what a bundle says it is made of.

use std::process::ExitCode;

use raya_manifests::{BundleManifest, BundledModule};
use raya_source::SourceMap;

use super::{Failure, Outcome};
use crate::arguments::InspectArguments;
use crate::host;
use crate::image_file::{IMAGE_BYTES_MAX, ImageFile};

/// Said with everything shown: inspecting reads claims, it checks none.
const NOT_VERIFIED: &str = "not verified: `raya verify APP --key KEY` checks who made it";

pub(super) fn run(arguments: &InspectArguments) -> Outcome {
    let image = host::read_file(&arguments.image, IMAGE_BYTES_MAX)?;
    let mut sources = SourceMap::new();
    let file = ImageFile::read(&image, &host::shown(&arguments.image), &mut sources)
        .map_err(|diagnostics| Failure { sources, ..diagnostics.into() })?;
    if arguments.json {
        host::print(&format!("{}\n", json(&file, image.len())))?;
    } else {
        host::print(&(table(&file, image.len()).join("\n") + "\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(file: &ImageFile, size: usize) -> Vec<String> {
    let BundleManifest { app, version, tool, target, mode, policy, program, modules } = &file.manifest;
    let mut lines = vec![
        format!("app      {app} {version}"),
        format!("target   {target}"),
        format!("mode     {mode}"),
        format!("made by  {tool}"),
        format!("image    {size} bytes"),
        format!("program  {} bytes {program}", file.program_size),
        match policy {
            Some(policy) => format!("policy   version {} {}", policy.version, policy.digest),
            None => "policy   none".to_owned(),
        },
    ];
    lines.extend(modules.iter().flat_map(module_lines));
    lines.push(NOT_VERIFIED.to_owned());
    lines
}

fn module_lines(module: &BundledModule) -> Vec<String> {
    let BundledModule {
        name,
        version,
        epoch,
        linkage,
        manifest,
        payload,
        size,
        signers,
        capabilities,
        isolation,
    } = module;
    let mut lines = vec![
        format!("module   {name} {version} (epoch {epoch}, {linkage}, {isolation})"),
        format!("           payload   {size} bytes {payload}"),
        match manifest {
            Some(manifest) => format!("           manifest  {manifest}"),
            None => "           manifest  none".to_owned(),
        },
    ];
    if signers.is_empty() {
        lines.push("           UNSIGNED".to_owned());
    }
    lines.extend(signers.iter().map(|signer| format!("           signed by {signer}")));
    if !capabilities.is_empty() {
        let names: Vec<String> = capabilities.iter().map(ToString::to_string).collect();
        lines.push(format!("           granted   {}", names.join(", ")));
    }
    lines
}

fn json(file: &ImageFile, size: usize) -> serde_json::Value {
    let BundleManifest { app, version, tool, target, mode, policy, program, modules } = &file.manifest;
    serde_json::json!({
        "verified": false,
        "app": app.to_string(),
        "version": version.to_string(),
        "tool": tool,
        "target": target.to_string(),
        "mode": mode.to_string(),
        "imageBytes": size,
        "program": { "bytes": file.program_size, "sha256": program.to_string() },
        "policy": policy.as_ref().map(|policy| serde_json::json!({
            "version": policy.version,
            "sha256": policy.digest.to_string(),
        })),
        "modules": modules.iter().map(module_json).collect::<Vec<_>>(),
    })
}

fn module_json(module: &BundledModule) -> serde_json::Value {
    let BundledModule {
        name,
        version,
        epoch,
        linkage,
        manifest,
        payload,
        size,
        signers,
        capabilities,
        isolation,
    } = module;
    serde_json::json!({
        "name": name.to_string(),
        "version": version.to_string(),
        "epoch": epoch,
        "linkage": linkage.to_string(),
        "isolation": isolation.to_string(),
        "manifestSha256": manifest.as_ref().map(ToString::to_string),
        "payload": { "bytes": size, "sha256": payload.to_string() },
        "signers": signers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "capabilities": capabilities.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
