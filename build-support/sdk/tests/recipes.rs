//! The build recipes of the specification of native modules, letter by letter, against an installed SDK.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/seed").join(name)
}

/// The fixture copied into a folder of its own.
fn copied(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture(name), folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).map(drop).unwrap()
        }
    }
}

fn sdk() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    raya_sdk::install(folder.path()).unwrap();
    folder
}

/// Replaces the system prefix of the recipes by that of the installation: all that a user with another prefix changes.
fn with_prefix(file: &Path, sdk: &Path) {
    let text = fs::read_to_string(file).unwrap();
    fs::write(file, text.replace("/usr/include/raya", &sdk.join("include/raya").display().to_string()))
        .unwrap();
}

fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("not tried: `{program}` is missing");
    }
    found
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
}

fn exports(library: &Path, module: &str) {
    let output = Command::new("nm").arg("-D").arg("--defined-only").arg(library).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for function in [format!("raya_module_init_{module}"), format!("raya_module_bind_{module}")] {
        assert!(text.contains(&function), "{}: no `{function}` in\n{text}", library.display());
    }
    let bytes = fs::read(library).unwrap();
    assert!(bytes.windows(8).any(|window| window == b"RAYANOTE"), "{} has no note", library.display());
}

fn has_openssl() -> bool {
    let found = Path::new("/usr/include/openssl/sha.h").is_file();
    if !found {
        eprintln!("not tried: OpenSSL's headers are missing");
    }
    found
}

#[test]
fn the_makefile_for_cpp() {
    if !has("make") || !has("g++") || !has_openssl() {
        return;
    }
    let (folder, sdk) = (copied("crypto"), sdk());
    with_prefix(&folder.path().join("Makefile"), sdk.path());
    run(Command::new("make").arg("crypto.so").current_dir(folder.path()));
    exports(&folder.path().join("libcrypto.so"), "crypto");
}

#[test]
fn the_makefile_for_c() {
    if !has("make") || !has("gcc") {
        return;
    }
    let (folder, sdk) = (copied("crypto-c"), sdk());
    with_prefix(&folder.path().join("Makefile"), sdk.path());
    // The specification's source leaves two functions to the reader; the fixture's prelude has them.
    run(Command::new("make").args(["crypto.so", "CC=gcc -include prelude.h"]).current_dir(folder.path()));
    exports(&folder.path().join("libcrypto.so"), "crypto");
}

#[test]
fn the_cmake_lists() {
    if !has("cmake") || !has_openssl() {
        return;
    }
    let (folder, sdk) = (copied("crypto"), sdk());
    let lists = folder.path().join("CMakeLists.txt");
    with_prefix(&lists, sdk.path());
    // The recipe is a part of a project's lists; a project's first lines and OpenSSL are the reader's to add.
    let recipe = fs::read_to_string(&lists).unwrap();
    let project = "cmake_minimum_required(VERSION 3.13)\nproject(crypto CXX)\n";
    fs::write(&lists, format!("{project}{recipe}\ntarget_link_libraries(crypto PRIVATE crypto_of_the_system)\nadd_library(crypto_of_the_system INTERFACE)\ntarget_link_libraries(crypto_of_the_system INTERFACE -lcrypto)\n")).unwrap();
    let build = folder.path().join("build");
    run(Command::new("cmake").arg("-S").arg(folder.path()).arg("-B").arg(&build));
    run(Command::new("cmake").arg("--build").arg(&build));
    exports(&build.join("libcrypto.so"), "crypto");
}

#[test]
fn the_cmake_package() {
    if !has("cmake") || !has_openssl() {
        return;
    }
    let (folder, sdk) = (copied("crypto"), sdk());
    let lists = "cmake_minimum_required(VERSION 3.13)\nproject(crypto CXX)\nset(CMAKE_CXX_STANDARD 17)\n\
                 find_package(Raya 0.1 REQUIRED)\nraya_add_module(crypto crypto.cpp)\n\
                 target_link_options(crypto PRIVATE -Wl,--no-as-needed -l:libcrypto.so.3)\n";
    fs::write(folder.path().join("CMakeLists.txt"), lists).unwrap();
    let build = folder.path().join("build");
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", sdk.path().display());
    run(Command::new("cmake").arg("-S").arg(folder.path()).arg("-B").arg(&build).arg(prefix));
    run(Command::new("cmake").arg("--build").arg(&build));
    exports(&build.join("libcrypto.so"), "crypto");
    assert!(build.join("libcrypto.a").is_file());
}

#[test]
fn pkg_config() {
    if !has("pkg-config") {
        return;
    }
    let sdk = sdk();
    let output = Command::new("pkg-config")
        .args(["--cflags", "raya"])
        .env("PKG_CONFIG_PATH", sdk.path().join("lib/pkgconfig"))
        .output()
        .unwrap();
    let flags = String::from_utf8(output.stdout).unwrap();
    let include = flags.trim().strip_prefix("-I").unwrap_or_else(|| panic!("{flags}"));
    assert!(Path::new(include).join("raya/module.h").is_file());
}

#[test]
fn the_cargo_package() {
    for name in ["fs", "crypto-rust"] {
        let (folder, sdk) = (copied(name), sdk());
        run(Command::new(env!("CARGO"))
            .args(["build", "--release", "--offline", "--config"])
            .arg(sdk.path().join("share/raya/cargo/config.toml"))
            .env("CARGO_TARGET_DIR", folder.path().join("target"))
            .current_dir(folder.path()));
        let module = if name == "fs" { "fs" } else { "crypto" };
        exports(&folder.path().join(format!("target/release/libraya_{module}.so")), module);
    }
}

#[test]
fn installing_twice_changes_nothing() {
    let sdk = sdk();
    let header = sdk.path().join("include/raya/module.h");
    let before = fs::metadata(&header).unwrap().modified().unwrap();
    let first = raya_sdk::install(sdk.path()).unwrap();
    assert_eq!(fs::metadata(&header).unwrap().modified().unwrap(), before);
    assert!(first.len() > 8);
}
