//! Reads the workspace and holds it to its own rules.
#![allow(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::path::{Path, PathBuf};

use raya_tidy::{arrows, sources};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn member_manifests() -> Vec<(String, toml::Table)> {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let workspace: toml::Table = text.parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap();
    members
        .iter()
        .map(|member| {
            let path = root().join(member.as_str().unwrap()).join("Cargo.toml");
            let manifest: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
            (manifest["package"]["name"].as_str().unwrap().to_owned(), manifest)
        })
        .collect()
}

#[test]
fn crates_use_only_what_the_architecture_allows() {
    let members = member_manifests();
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    let mut faults = vec![];
    for (name, manifest) in &members {
        assert!(arrows::ARROWS.iter().any(|(known, _)| known == name), "`{name}` has no row in arrows.rs");
        let dependencies = manifest.get("dependencies").and_then(|table| table.as_table());
        for dependency in dependencies.into_iter().flat_map(|table| table.keys()) {
            if names.contains(&dependency.as_str()) && !arrows::allowed(name, dependency) {
                faults.push(format!("`{name}` may not use `{dependency}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    for (name, manifest) in member_manifests() {
        let inherited =
            manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(|flag| flag.as_bool());
        assert_eq!(inherited, Some(true), "`{name}` does not take the workspace's lints");
    }
}

#[test]
fn crates_without_a_duty_for_unsafe_forbid_it() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let workspace: toml::Table = text.parse().unwrap();
    for member in workspace["workspace"]["members"].as_array().unwrap() {
        let member = member.as_str().unwrap();
        let source = Path::new(member).join("src/lib.rs");
        let allowed = sources::UNSAFE_ALLOWED.iter().any(|path| Path::new(path).starts_with(member));
        let Ok(text) = std::fs::read_to_string(root().join(&source)) else { continue };
        if !allowed {
            assert!(
                text.contains("#![forbid(unsafe_code)]"),
                "{} does not forbid unsafe code",
                source.display()
            );
        }
    }
}

#[test]
fn files_open_with_their_duty_and_unsafe_stands_where_it_may() {
    let root = root();
    let files = sources::rust_files(&root).unwrap();
    assert!(files.len() > 30, "the workspace's sources were not found");
    let faults: Vec<String> = files
        .iter()
        .flat_map(|path| sources::faults(path, &std::fs::read_to_string(root.join(path)).unwrap()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
