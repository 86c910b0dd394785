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
        println!("{}", json(&file, image.len()));
    } else {
        print_table(&file, image.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn print_table(file: &ImageFile, size: usize) {
    let BundleManifest { app, version, tool, target, mode, policy, program, modules } = &file.manifest;
    println!("app      {app} {version}");
    println!("target   {target}");
    println!("mode     {mode}");
    println!("made by  {tool}");
    println!("image    {size} bytes");
    println!("program  {} bytes {program}", file.program_size);
    match policy {
        Some(policy) => println!("policy   version {} {}", policy.version, policy.digest),
        None => println!("policy   none"),
    }
    for module in modules {
        print_module(module);
    }
    println!("{NOT_VERIFIED}");
}

fn print_module(module: &BundledModule) {
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
    println!("module   {name} {version} (epoch {epoch}, {linkage}, {isolation})");
    println!("           payload   {size} bytes {payload}");
    match manifest {
        Some(manifest) => println!("           manifest  {manifest}"),
        None => println!("           manifest  none"),
    }
    if signers.is_empty() {
        println!("           UNSIGNED");
    }
    for signer in signers {
        println!("           signed by {signer}");
    }
    if !capabilities.is_empty() {
        let names: Vec<String> = capabilities.iter().map(ToString::to_string).collect();
        println!("           granted   {}", names.join(", "));
    }
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
