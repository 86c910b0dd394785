//! The C++ library for musl: zig builds LLVM's when it links its first C++ program; it is taken from zig's cache.

use super::libraries::read;
use crate::shell::{command, root, run};
use raya_packs::{Archive, ArchiveWriter};
use std::path::{Path, PathBuf};

const PROGRAM: &str = "#include <iostream>\nint main() { std::cout << 1; throw 1; }\n";

/// `libc++.a` and `libc++abi.a`, their members sorted and named by what they hold: zig names them by its cache.
pub(crate) fn build(target: &str) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let machine = target.split('-').next().unwrap_or_default();
    let folder = root().join("target").join("tools").join(target);
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let source = folder.join("program.cpp");
    std::fs::write(&source, PROGRAM).map_err(failed)?;
    let cache = cache().join(target);
    let zig_target = format!("{machine}-linux-musl");
    let options =
        ["-m", "ziglang", "c++", "-target", &zig_target, "-O2", "-fPIC", "-g0", "-fno-sanitize=all"];
    let mut compiler = command("python3", options);
    compiler.arg(&source).arg("-o").arg(folder.join("program"));
    compiler.env("ZIG_GLOBAL_CACHE_DIR", &cache).env("ZIG_LOCAL_CACHE_DIR", &cache);
    run(&mut compiler)?;
    let archives = ["libc++.a", "libc++abi.a"].into_iter().map(|name| {
        let path = find(&cache, name).ok_or_else(|| format!("zig left no {name} in {}", cache.display()))?;
        Ok((name, tidy(&read(&path)?).map_err(|error| format!("{}: {error}", path.display()))?))
    });
    archives.collect()
}

/// Where zig keeps what it built: shared by all clones of a user, since it takes minutes and depends on zig's version alone.
fn cache() -> PathBuf {
    let of_user = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let of_home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let folder = of_user.or_else(of_home).unwrap_or_else(|| root().join("target"));
    folder.join("raya").join(crate::setup::ZIG.replace("==", "-"))
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut found = vec![];
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|file| file == name) {
                found.push(path);
            }
        }
    }
    found.sort();
    found.pop()
}

fn tidy(bytes: &[u8]) -> Result<Vec<u8>, raya_packs::ArchiveError> {
    let archive = Archive::parse(bytes)?;
    let file_name = |name: &[u8]| {
        let start = name.iter().rposition(|byte| matches!(byte, b'/' | b'\\')).map_or(0, |slash| slash + 1);
        name[start..].to_vec()
    };
    let mut members: Vec<_> =
        archive.members.iter().map(|member| (file_name(member.name), member.data)).collect();
    members.sort();
    let mut writer = ArchiveWriter::new();
    members.into_iter().for_each(|(name, data)| writer.add(&name, data.to_vec(), vec![]));
    Ok(writer.finish())
}
