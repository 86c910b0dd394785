//! Embeds the runtime packs that `cargo xtask pack` has left in `target/packs`; without them `raya` is built all the same.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = root.join("target").join("packs");
    // A path that does not exist would make cargo run this every time.
    std::fs::create_dir_all(&folder)?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut packs = packs(&folder);
    packs.sort();
    let mut text = String::from("/// The packs by target, sorted.\nstatic EMBEDDED: &[(&str, &[u8])] = &[\n");
    for (target, path) in packs {
        println!("cargo::rerun-if-changed={}", path.display());
        let path = path.canonicalize()?;
        let _ = writeln!(text, "    ({target:?}, include_bytes!({:?})),", path.display().to_string());
    }
    text.push_str("];\n");
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| std::io::Error::other("cargo sets OUT_DIR"))?;
    std::fs::write(PathBuf::from(out).join("packs.rs"), text)
}

fn packs(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let target = |path: &Path| Some(path.file_name()?.to_str()?.strip_suffix(".pack")?.to_owned());
    entries.filter_map(|path| Some((target(&path)?, path))).collect()
}
