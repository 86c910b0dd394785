//! Packs for musl: start files, libc and unwinder come with Rust's own target, the C++ library from zig.

use super::cxx;
use super::libraries::{Libraries, read};
use crate::shell::command;
use raya_packs::{Machine, PackBuilder};
use std::path::{Path, PathBuf};

pub(crate) fn collect(target: &str, machine: Machine, builder: &mut PackBuilder) -> Result<(), String> {
    let folder = target_folder(target)?;
    let own = folder.join("self-contained");
    let mut libraries = Libraries::new(machine, builder);
    for name in ["rcrt1.o", "crti.o", "crtbeginS.o", "crtendS.o", "crtn.o"] {
        libraries.file(name, &own.join(name))?;
    }
    for name in ["libunwind.a", "libc.a"] {
        libraries.archive(name, &read(&own.join(name))?)?;
    }
    libraries.archive("libbuiltins.a", &read(&builtins(&folder)?)?)?;
    libraries.names("names/system");
    match cxx::build(target) {
        Ok(archives) => archives.iter().try_for_each(|(name, bytes)| libraries.archive(name, bytes))?,
        Err(problem) => eprintln!("xtask: the pack for {target} will have no C++ library: {problem}"),
    }
    libraries.names("names/cxx");
    Ok(())
}

fn target_folder(target: &str) -> Result<PathBuf, String> {
    let output = command("rustc", ["--print", "sysroot"]).output();
    let output = output.map_err(|error| format!("rustc cannot be started: {error}"))?;
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let folder = Path::new(&sysroot).join("lib/rustlib").join(target).join("lib");
    match folder.join("self-contained").exists() {
        true => Ok(folder),
        false => Err(format!("the toolchain lacks this target; run `rustup target add {target}`")),
    }
}

/// Helpers that compilers call for what the processor cannot do in one instruction.
fn builtins(folder: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let is_builtins = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libcompiler_builtins-") && name.ends_with(".rlib")
    };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_builtins).collect();
    found.sort();
    found.into_iter().next().ok_or_else(|| format!("{} has no compiler_builtins", folder.display()))
}
