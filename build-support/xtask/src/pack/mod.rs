//! `cargo xtask pack [--target T]… [--dev] [--names]`: builds the runtime packs that `raya` embeds.
//!
//! A pack is everything a link needs, taken from the toolchain and from this workspace, so that whoever bundles needs
//! neither. The same sources and toolchain give the same bytes in any folder.

mod cxx;
mod gnu;
mod launcher;
mod libraries;
mod musl;

use crate::setup::MUSL;
use crate::shell::{Outcome, root};
use raya_packs::{Machine, PackBuilder};
use std::time::Instant;

/// Level of zstd for packs that are shipped.
const SHIPPED_LEVEL: i32 = 19;
const DEVELOPMENT_LEVEL: i32 = 1;
const GNU: &str = "x86_64-unknown-linux-gnu";

/// What the command line asks for.
struct Options {
    targets: Vec<String>,
    kind: Kind,
}

/// How packs are built.
#[derive(Clone, Copy, Default)]
struct Kind {
    /// Build fast: no link-time optimisation, little compression.
    is_development: bool,
    /// Keep the names of the launcher's functions, for maps of sizes and profiles of bundles.
    keeps_names: bool,
}

/// Builds the packs that were asked for, or all that this machine can build.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let options = parse(arguments)?;
    if !options.targets.is_empty() {
        return options.targets.iter().try_for_each(|target| build(target, options.kind));
    }
    let mut built = 0;
    for target in [MUSL, GNU] {
        match build(target, options.kind) {
            Ok(()) => built += 1,
            // One pack is enough to bundle; `raya` says which ones it lacks.
            Err(problem) => eprintln!("xtask: no pack for {target}: {problem}"),
        }
    }
    if built == 0 { Err("no pack could be built".into()) } else { Ok(()) }
}

fn parse(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options { targets: vec![], kind: Kind::default() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--dev" => options.kind.is_development = true,
            "--names" => options.kind.keeps_names = true,
            "--target" => {
                options.targets.push(rest.next().ok_or("expected a target after `--target`")?.clone())
            }
            other => {
                return Err(format!("expected `--target TRIPLE`, `--dev` or `--names`, found `{other}`"));
            }
        }
    }
    Ok(options)
}

fn build(target: &str, kind: Kind) -> Outcome {
    let start = Instant::now();
    let machine =
        Machine::of_triple(target).ok_or_else(|| format!("`{target}` is for an unknown processor"))?;
    let mut builder = PackBuilder::new();
    builder
        .metadata("triple", target)
        .metadata("abi", raya_abi::version::ABI_VERSION.to_string())
        .metadata("runs", raya_bytecode::fingerprint());
    match target {
        musl if musl.ends_with("-linux-musl") => musl::collect(target, machine, &mut builder)?,
        GNU => gnu::collect(machine, &mut builder)?,
        _ => {
            return Err(format!("packs are known for musl targets and {GNU}, not for `{target}`"));
        }
    }
    launcher::build(target, machine, kind, &mut builder)?;

    let level = if kind.is_development { DEVELOPMENT_LEVEL } else { SHIPPED_LEVEL };
    let bytes =
        builder.finish(level).map_err(|error| format!("the pack could not be compressed: {error}"))?;
    // Always in the workspace, wherever cargo builds: the build script of `raya` looks there.
    let folder = root().join("target").join("packs");
    let path = folder.join(format!("{target}.pack"));
    let partial = folder.join(format!(".{target}.partial"));
    // An equal pack stays as it is: a newer one has `raya` linked anew.
    if std::fs::read(&path).is_ok_and(|old| old == bytes) {
        eprintln!("xtask: {} is up to date ({:.1} s)", path.display(), start.elapsed().as_secs_f64());
        return Ok(());
    }
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&partial, &bytes))
        .and_then(|()| std::fs::rename(&partial, &path))
        .map_err(|error| format!("{} could not be written: {error}", path.display()))?;
    eprintln!("xtask: {} ({} bytes, {:.1} s)", path.display(), bytes.len(), start.elapsed().as_secs_f64());
    Ok(())
}
