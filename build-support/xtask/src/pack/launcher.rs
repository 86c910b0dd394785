//! The launcher: built from this workspace, isolated like a module, so that modules cannot capture its names.

use super::libraries::read;
use crate::setup::has_rust_sources;
use crate::shell::{command, root, run, sysroot};
use raya_packs::{Machine, PackBuilder, Policy, Renaming, SystemNames};
use std::path::PathBuf;

/// What the launcher's own names get in front. No module's prefix can be spelled like it.
const PREFIX: &str = "raya_launch_";

/// Builds the launcher for `target` and adds it, isolated, with the names that modules may use.
pub(crate) fn build(
    target: &str,
    machine: Machine,
    kind: super::Kind,
    builder: &mut PackBuilder,
) -> Result<(), String> {
    let folder = root().join("target").join("pack-build");
    let mut cargo = command(
        "cargo",
        ["build", "--locked", "--package", "raya-launch", "--profile", "pack", "--target", target],
    );
    // The standard library is built here too: the one that comes ready-made prints backtraces when it panics, for which it
    // brings readers of debug information, a decompressor and an unwinder into every image, a third of a small one.
    if has_rust_sources() {
        cargo.env("RUSTC_BOOTSTRAP", "1").args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
    } else {
        eprintln!("xtask: bundles will be a third larger: no rust-src (`rustup component add rust-src`)");
    }
    if kind.is_development {
        cargo.args(["--config", "profile.pack.lto=false", "--config", "profile.pack.codegen-units=16"]);
    }
    cargo.arg("--target-dir").arg(&folder).env("CARGO_ENCODED_RUSTFLAGS", compiler_flags()?);
    // The outer cargo's settings for its own build must not become those of this one.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
    run(&mut cargo)?;
    let archive = read(&folder.join(target).join("pack").join("libraya_launch.a"))?;
    let keep = |name: &[u8]| name == b"main" || name.starts_with(b"raya_");
    let renaming = Renaming {
        machine,
        prefix: PREFIX,
        keep: &keep,
        policy: Policy::Trusted,
        keep_local_names: kind.keeps_names,
    };
    let renamed =
        raya_packs::rename(&[&archive], &renaming).map_err(|problems| format!("launcher: {problems:?}"))?;
    if !renamed.report.kept.contains("main") {
        return Err("the launcher defines no `main`".into());
    }
    let offered =
        renamed.report.kept.iter().filter(|name| is_offered(name)).map(|name| name.clone().into_bytes());
    builder.file("names/interface", SystemNames::from_names(offered).to_lines());
    builder.file("launch.a", renamed.archive);
    Ok(())
}

/// Whether modules may use this name of the launcher: built-ins reach an image through its table alone.
fn is_offered(name: &str) -> bool {
    let kept_back = name == "main" || name == raya_abi::names::BUNDLE_SYMBOL;
    !kept_back && !name.starts_with(raya_abi::names::BUILTIN_PREFIX)
}

/// Flags that keep the paths of this machine, and what nothing reads, out of the archive.
fn compiler_flags() -> Result<String, String> {
    let sysroot = sysroot()?.display().to_string();
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let remap = |from: String, to: &str| format!("--remap-path-prefix={from}={to}");
    let flags = [
        remap(cargo.display().to_string(), "/cargo"),
        remap(sysroot, "/rust"),
        remap(root().display().to_string(), "/raya"),
        // A panic of the launcher aborts, and what modules throw ends at the boundary: nothing unwinds the launcher.
        "-Cforce-unwind-tables=no".to_owned(),
    ];
    Ok(flags.join("\u{1f}"))
}
