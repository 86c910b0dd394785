//! A Rust package becomes a static library, and a shared one where the target has those.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{Program, Run};
use crate::{Target, Toolchain, ToolchainError};

/// What to build.
#[derive(Clone, Debug)]
pub struct RustBuild<'b> {
    /// The folder with the package's `Cargo.toml`.
    pub folder: &'b Path,
    /// The folder of the crate `raya-native`. For the same bytes whatever the folder, it must lie below `folder`: cargo
    /// hashes the path of what lies elsewhere into every symbol.
    pub raya_native: &'b Path,
    /// The target.
    pub target: Target,
    /// Features of the package to switch on.
    pub features: &'b [String],
    /// Forbids cargo to use the network. Otherwise it is used only where the build cannot be done without.
    pub offline: bool,
    /// Where cargo keeps what it builds.
    pub target_folder: &'b Path,
}

/// What cargo built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RustLibraries {
    /// The static library, Rust's standard library included.
    pub archive: PathBuf,
    /// The shared library; none for musl.
    pub shared: Option<PathBuf>,
}

/// Settings of the release profile that the output depends on; a package's own choices would change how it can be bundled.
const PROFILE: &[&str] = &[
    "profile.release.panic=\"unwind\"",
    "profile.release.lto=\"fat\"",
    "profile.release.codegen-units=1",
    "profile.release.debug=false",
    "profile.release.incremental=false",
    "profile.release.strip=\"debuginfo\"",
    "profile.release.rpath=false",
];

impl Toolchain {
    /// Builds a package's library. Crate types in its `Cargo.toml` do not matter.
    pub fn build_rust(&self, build: &RustBuild<'_>) -> Result<RustLibraries, ToolchainError> {
        self.check_rust_target(build)?;
        let messages = match self.run_cargo(build, true) {
            Err(ToolchainError::Failed { output, .. }) if !build.offline && needs_network(&output) => {
                self.run_cargo(build, false)?
            }
            other => other?,
        };
        libraries(&messages, build.target)
    }

    fn run_cargo(&self, build: &RustBuild<'_>, offline: bool) -> Result<Vec<u8>, ToolchainError> {
        let cargo = self.cargo();
        let kinds = if build.target.is_musl() { "staticlib" } else { "staticlib,cdylib" };
        let mut arguments: Vec<OsString> = [
            "rustc",
            "--lib",
            "--release",
            "--message-format=json-render-diagnostics",
            "--target",
            build.target.triple(),
        ]
        .map(OsString::from)
        .to_vec();
        arguments.extend([
            "--crate-type".into(),
            kinds.into(),
            "--target-dir".into(),
            build.target_folder.into(),
        ]);
        if offline {
            arguments.push("--offline".into());
        }
        if !build.features.is_empty() {
            arguments.extend(["--features".into(), build.features.join(",").into()]);
        }
        // The crate is not taken from a registry: module and `raya` must agree on the ABI to the letter.
        let patch = format!("patch.crates-io.raya-native.path={}", toml_string(build.raya_native));
        for setting in PROFILE.iter().copied().chain([patch.as_str()]) {
            arguments.extend(["--config".into(), setting.into()]);
        }
        let doing = format!("building the Rust package for {}", build.target.triple());
        let variables = vec![("CARGO_ENCODED_RUSTFLAGS", self.rust_flags(build))];
        let (environment, program, folder) = (&self.environment, &cargo, build.folder);
        Run { environment, program, arguments, folder, variables, doing }.output()
    }

    fn rust_flags(&self, build: &RustBuild<'_>) -> OsString {
        let remap = |from: &Path, to: &str| {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(from);
            flag.push("=");
            flag.push(to);
            flag
        };
        let mut flags = vec![remap(build.folder, ".")];
        flags.extend(self.environment.cargo_home().map(|home| remap(&home, "/cargo")));
        if build.target.is_musl() {
            // The pack brings libc and the unwinder: without this they would be copied into the archive.
            flags.push("-Ctarget-feature=-crt-static".into());
            flags.push("-Crelocation-model=pic".into());
        }
        flags.join(std::ffi::OsStr::new("\x1f"))
    }

    fn check_rust_target(&self, build: &RustBuild<'_>) -> Result<(), ToolchainError> {
        let help = "install Rust with rustup, or name cargo with `CARGO`".to_owned();
        let cargo = self.cargo();
        let asked = ["--version".to_owned()];
        self.run(&cargo, asked, build.folder, "asking cargo for its version").map_err(|_| {
            ToolchainError::Missing {
                what: "cargo, which builds Rust packages",
                tried: vec![cargo.shown()],
                help,
            }
        })?;
        let rustc = Program::new(&["rustc"]);
        let asked = ["--print=target-libdir", "--target", build.target.triple()];
        let Ok(answer) = self.run(&rustc, asked, build.folder, "asking rustc for its libraries") else {
            return Ok(());
        };
        let folder = PathBuf::from(String::from_utf8_lossy(&answer).trim());
        match folder.is_dir() {
            true => Ok(()),
            false => Err(ToolchainError::NotInstalled {
                triple: build.target.triple(),
                what: "Rust's standard library",
                looked: vec![folder],
                help: format!("`rustup target add {}` installs it", build.target.triple()),
            }),
        }
    }
}

/// Whether cargo could not do without the network: it says then which flag forbade it.
fn needs_network(output: &str) -> bool {
    output.contains("--offline") || output.contains("offline mode")
}

/// Finds the libraries of the last artifact that has them: dependencies come first, the package last.
fn libraries(messages: &[u8], target: Target) -> Result<RustLibraries, ToolchainError> {
    let text = String::from_utf8_lossy(messages);
    let (mut archive, mut shared) = (None, None);
    for line in text.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        if message["reason"] != "compiler-artifact" {
            continue;
        }
        let files = message["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for file in files.map(PathBuf::from) {
            match file.extension().and_then(|ending| ending.to_str()) {
                Some("a") => archive = Some(file),
                // Procedural macros are shared libraries of the machine that builds.
                Some("so") if is_kind(&message, "cdylib") => shared = Some(file),
                _ => {}
            }
        }
    }
    let archive = archive.ok_or(ToolchainError::NoLibrary { kind: "staticlib" })?;
    match (&shared, target.is_musl()) {
        (None, false) => Err(ToolchainError::NoLibrary { kind: "cdylib" }),
        _ => Ok(RustLibraries { archive, shared }),
    }
}

fn is_kind(message: &Value, kind: &str) -> bool {
    message["target"]["crate_types"].as_array().is_some_and(|kinds| kinds.iter().any(|have| have == kind))
}

/// A path as a TOML string.
fn toml_string(path: &Path) -> String {
    let mut text = String::from("\"");
    for character in path.to_string_lossy().chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            control if control.is_control() => text.push_str(&format!("\\U{:08X}", u32::from(control))),
            plain => text.push(plain),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = r#"
{"reason":"compiler-artifact","target":{"crate_types":["proc-macro"]},"filenames":["/t/libmacros.so"]}
{"reason":"compiler-artifact","target":{"crate_types":["staticlib","cdylib"]},"filenames":["/t/libraya_fs.a","/t/libraya_fs.so"]}
{"reason":"build-finished","success":true}
"#;

    #[test]
    fn libraries_are_found_among_cargos_messages() {
        let found = libraries(MESSAGES.as_bytes(), Target::X86_64Gnu).unwrap();
        assert_eq!(found.archive, Path::new("/t/libraya_fs.a"));
        assert_eq!(found.shared.as_deref(), Some(Path::new("/t/libraya_fs.so")));
        let error = libraries(b"{}\nnot json\n", Target::X86_64Gnu).unwrap_err();
        assert!(matches!(error, ToolchainError::NoLibrary { kind: "staticlib" }));
    }

    #[test]
    fn paths_are_quoted() {
        assert_eq!(toml_string(Path::new("/a b\"\\c")), "\"/a b\\\"\\\\c\"");
    }
}
