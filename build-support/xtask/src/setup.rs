//! Installs what building and testing need, where it can, and says clearly what is missing where it cannot.

use crate::shell::{self, Outcome, command, succeeds};

/// A program of the system, and the Debian package that brings it.
struct Tool {
    program: &'static str,
    package: &'static str,
    /// What goes without it.
    purpose: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool { program: "gcc", package: "gcc", purpose: "building C modules, and the glibc pack" },
    Tool { program: "g++", package: "g++", purpose: "building C++ modules for glibc" },
    Tool { program: "cmake", package: "cmake", purpose: "the test of the CMake package" },
    Tool { program: "strace", package: "strace", purpose: "the test that a locked bundle opens no file" },
    Tool { program: "strip", package: "binutils", purpose: "the test that a stripped bundle still runs" },
    Tool {
        program: "musl-gcc",
        package: "musl-tools",
        purpose: "musl's headers for C modules, and the peers",
    },
    Tool {
        program: "minisign",
        package: "minisign",
        purpose: "the test that minisign checks what raya signed",
    },
];

/// A header of the system, and the Debian package that brings it.
const OPENSSL_HEADER: &str = "/usr/include/openssl/sha.h";
const OPENSSL_PACKAGE: &str = "libssl-dev";
/// The target of locked bundles.
pub(crate) const MUSL: &str = "x86_64-unknown-linux-musl";
/// The C and C++ compiler for musl, from PyPI; pinned, since its libc++ goes into the pack.
pub(crate) const ZIG: &str = "ziglang==0.17.0";

/// Installs everything that can be installed. What cannot be had is printed with what goes without it.
pub(crate) fn run() -> Outcome {
    rust_target();
    rust_sources();
    system_packages();
    zig();
    Ok(())
}

fn rust_target() {
    let installed = command("rustup", ["target", "list", "--installed"]).output();
    let present = installed
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).lines().any(|line| line == MUSL));
    if !present && shell::run(&mut command("rustup", ["target", "add", MUSL])).is_err() {
        missing(MUSL, "bundles for it: `raya` will say so", &format!("rustup target add {MUSL}"));
    }
}

/// Whether the sources of the standard library are there.
pub(crate) fn has_rust_sources() -> bool {
    shell::sysroot().is_ok_and(|folder| folder.join("lib/rustlib/src/rust/library/Cargo.lock").exists())
}

fn rust_sources() {
    let add = ["component", "add", "rust-src"];
    if !has_rust_sources() && shell::run(&mut command("rustup", add)).is_err() {
        missing("rust-src", "small bundles: theirs are a third larger", "rustup component add rust-src");
    }
}

fn system_packages() {
    let mut wanted: Vec<&Tool> = TOOLS.iter().filter(|tool| !is_installed(tool.program)).collect();
    let mut packages: Vec<&str> = wanted.iter().map(|tool| tool.package).collect();
    if !std::path::Path::new(OPENSSL_HEADER).exists() {
        packages.push(OPENSSL_PACKAGE);
    }
    if packages.is_empty() {
        return;
    }
    if is_installed("apt-get") && succeeds(&mut command("apt-get", ["update"])) {
        let install =
            ["install", "-y", "--no-install-recommends"].into_iter().chain(packages.iter().copied());
        // What could not be installed is reported below, tool by tool.
        let _ = shell::run(command("apt-get", install).env("DEBIAN_FRONTEND", "noninteractive"));
    }
    wanted.retain(|tool| !is_installed(tool.program));
    for tool in wanted {
        missing(tool.program, tool.purpose, &format!("apt-get install {}", tool.package));
    }
    if !std::path::Path::new(OPENSSL_HEADER).exists() {
        missing("OpenSSL's headers", "the crypto example", &format!("apt-get install {OPENSSL_PACKAGE}"));
    }
}

fn zig() {
    let present = zig_version();
    if present.as_deref() == ZIG.split("==").nth(1) {
        return;
    }
    let install = ["-m", "pip", "install", "--quiet", "--break-system-packages", ZIG];
    let plain = ["-m", "pip", "install", "--quiet", ZIG];
    if !succeeds(&mut command("python3", install)) && !succeeds(&mut command("python3", plain)) {
        let remedy = format!("python3 -m pip install {ZIG}");
        match present {
            Some(other) => eprintln!(
                "xtask: expected {ZIG}, found {other}: packs will differ from those made with it. To have it: {remedy}"
            ),
            None => missing("ziglang", "C++ in musl bundles", &remedy),
        }
    }
}

/// The version of ziglang that is installed.
fn zig_version() -> Option<String> {
    let output = command("python3", ["-m", "ziglang", "version"]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn missing(what: &str, purpose: &str, remedy: &str) {
    eprintln!("xtask: {what} is missing; without it: no {purpose}. To have it: {remedy}");
}
