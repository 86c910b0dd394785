//! Collects what module authors get: the headers, and the crates `raya-native` needs, with manifests that stand alone.
//!
//! Files are found, not listed, so that one that is added to a crate cannot be forgotten here.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Crates of the SDK: name and folder from the root of the workspace.
const CRATES: [(&str, &str); 3] =
    [("raya-abi", "runtime/abi"), ("raya-native", "runtime/api"), ("raya-native-macros", "runtime/macros")];

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = here.join("../..").canonicalize().expect("the workspace is two folders up");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut rows: Vec<(String, PathBuf)> = vec![];
    let headers = root.join("runtime/native/include/raya");
    collect(&headers, &headers, "include/raya", &mut rows);
    for (name, folder) in CRATES {
        let folder = root.join(folder);
        collect(&folder.join("src"), &folder, &format!("share/raya/crates/{name}"), &mut rows);
        let manifest = out.join(format!("{name}.toml"));
        fs::write(&manifest, standalone(&root, &folder)).expect("the output folder is writable");
        rows.push((format!("share/raya/crates/{name}/Cargo.toml"), manifest));
    }
    rows.sort();
    let mut text = String::from("&[\n");
    for (path, source) in rows {
        writeln!(text, "    ({path:?}, include_bytes!({:?})),", source.display().to_string())
            .expect("a string grows");
    }
    text.push_str("]\n");
    fs::write(out.join("files.rs"), text).expect("the output folder is writable");
}

/// All files below `folder`, as paths below `prefix` that start from `base`.
fn collect(folder: &Path, base: &Path, prefix: &str, rows: &mut Vec<(String, PathBuf)>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder that could be opened can be read").path();
        if path.is_dir() {
            collect(&path, base, prefix, rows);
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
            let relative = path.strip_prefix(base).expect("it lies below").display().to_string();
            rows.push((format!("{prefix}/{relative}"), path));
        }
    }
}

/// A crate's manifest without what it inherits from the workspace.
fn standalone(root: &Path, folder: &Path) -> String {
    let path = folder.join("Cargo.toml");
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(&path).expect("a crate has a manifest");
    let workspace = fs::read_to_string(root.join("Cargo.toml")).expect("the workspace has a manifest");
    let mut out = String::new();
    let mut section = String::new();
    for line in text.lines() {
        if line.starts_with('[') {
            section = line.to_owned();
        }
        if section == "[lints]" || section == "[dev-dependencies]" {
            continue;
        }
        match line.split_once(".workspace = true") {
            None => out.push_str(line),
            Some((key, _)) if section == "[package]" => out.push_str(&inherited(&workspace, key)),
            Some((name, _)) => write!(out, "{name} = {{ path = \"../{name}\" }}").expect("a string grows"),
        }
        out.push('\n');
    }
    out
}

/// The line of `[workspace.package]` with this key.
fn inherited(workspace: &str, key: &str) -> String {
    let section = workspace.split("[workspace.package]").nth(1).expect("the workspace has package settings");
    let found = section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .find(|line| line.starts_with(&format!("{key} =")));
    found.unwrap_or_else(|| panic!("`{key}` is not among the workspace's package settings")).to_owned()
}
