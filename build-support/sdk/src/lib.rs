//! What module authors need, as bytes inside `raya`: headers, a CMake package, a pkg-config file, and the crate `raya-native`.
//!
//! Everything works offline and from any folder: nothing of it names a path outside of itself.
#![forbid(unsafe_code)]

use std::io;
use std::path::{Path, PathBuf};

/// Files collected from the workspace: path in the SDK, bytes; sorted by path.
const COLLECTED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Files that are the same in every installation.
const FIXED: &[(&str, &str)] = &[
    ("lib/cmake/Raya/RayaConfig.cmake", include_str!("../files/RayaConfig.cmake")),
    ("lib/cmake/Raya/RayaConfigVersion.cmake", include_str!("../files/RayaConfigVersion.cmake")),
    ("lib/pkgconfig/raya.pc", include_str!("../files/raya.pc")),
    ("share/raya/cargo/config.toml", include_str!("../files/config.toml")),
];

/// Where headers are, below an installation.
pub const INCLUDE_FOLDER: &str = "include";
/// Where the crate `raya-native` is, below an installation.
pub const RAYA_NATIVE_FOLDER: &str = "share/raya/crates/raya-native";

/// The settings with which cargo finds that crate, below an installation.
pub const CARGO_CONFIG: &str = "share/raya/cargo/config.toml";

/// One file of the SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdkFile {
    /// Its path below the installation, with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// All files, sorted by path.
pub fn files() -> Vec<SdkFile> {
    let collected =
        COLLECTED.iter().map(|(path, bytes)| SdkFile { path: (*path).to_owned(), bytes: bytes.to_vec() });
    let fixed = FIXED.iter().map(|(path, text)| SdkFile {
        path: (*path).to_owned(),
        bytes: text.replace("@VERSION@", env!("CARGO_PKG_VERSION")).into_bytes(),
    });
    let mut files: Vec<SdkFile> = collected.chain(fixed).chain(forwards()).collect();
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

/// `include/raya/raya/*.h`, so that `#include <raya/module.h>` is found with `-I PREFIX/include/raya` as well as with
/// `-I PREFIX/include`: the specification of native modules spells both.
fn forwards() -> impl Iterator<Item = SdkFile> {
    let headers = COLLECTED.iter().filter_map(|(path, _)| path.strip_prefix("include/raya/"));
    headers.map(|name| SdkFile {
        path: format!("include/raya/raya/{name}"),
        bytes: format!("/* For compilers that search PREFIX/include/raya: the header is one folder up. */\n#include \"../{name}\"\n")
            .into_bytes(),
    })
}

/// Writes all files below `folder`, which is made if need be, and gives their paths. Files that are the same already are
/// left alone, so that nothing built from them is built again.
pub fn install(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut written = vec![];
    for file in files() {
        let path = folder.join(&file.path);
        if !std::fs::read(&path).is_ok_and(|bytes| bytes == file.bytes) {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(&path, &file.bytes)?;
        }
        written.push(path);
    }
    Ok(written)
}

/// The flags with which a C or C++ compiler finds the headers of an installation.
pub fn cflags(folder: &Path) -> String {
    let include = folder.join(INCLUDE_FOLDER).display().to_string();
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_=./+,:@".contains(character);
    match include.chars().all(plain) {
        true => format!("-I{include}"),
        false => format!("'-I{}'", include.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_sorted_unique_and_relative() {
        let files = files();
        assert!(files.windows(2).all(|pair| pair[0].path < pair[1].path));
        assert!(files.iter().all(|file| !file.path.starts_with('/') && !file.path.contains("..")));
        for needed in [
            "include/raya/module.h",
            "include/raya/raya/module.h",
            "share/raya/crates/raya-native/Cargo.toml",
        ] {
            assert!(files.iter().any(|file| file.path == needed), "{needed}");
        }
    }

    #[test]
    fn manifests_stand_alone() {
        for file in files().iter().filter(|file| file.path.ends_with("Cargo.toml")) {
            let text = String::from_utf8_lossy(&file.bytes);
            assert!(!text.contains("workspace"), "{}: {text}", file.path);
        }
    }

    #[test]
    fn flags_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(cflags(Path::new("/opt/raya")), "-I/opt/raya/include");
        assert_eq!(cflags(Path::new("/a b")), "'-I/a b/include'");
    }
}
