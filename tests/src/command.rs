//! Runs `raya`, and what it makes, in a clean environment.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The root of the workspace.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace exists")
}

/// The `raya` under test: `$RAYA_UNDER_TEST`, or the one that cargo built beside the running test.
///
/// # Panics
/// When there is none, with the command that builds it.
pub fn raya_path() -> PathBuf {
    if let Some(path) = std::env::var_os("RAYA_UNDER_TEST") {
        return PathBuf::from(path);
    }
    let test = std::env::current_exe().expect("the running test has a path");
    let path = test.ancestors().nth(2).expect("tests run from target/PROFILE/deps").join("raya");
    assert!(path.exists(), "{} does not exist: run `cargo xtask test`", path.display());
    path
}

/// A command with nothing in its environment but `PATH` and a home of its own, so that tests see only what they set.
pub fn clean(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).env("NO_COLOR", "1").stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// `raya` with arguments.
pub fn raya<I: AsRef<OsStr>>(home: &Path, arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = clean(raya_path(), home);
    command.args(arguments);
    command
}

/// What a finished process printed and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs a command to its end.
///
/// # Panics
/// When it cannot be started or prints what is not UTF-8.
pub fn finish(command: &mut Command) -> Finished {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    Finished {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(stderr).expect("standard error is UTF-8"),
    }
}

/// Runs a command that must succeed.
///
/// # Panics
/// When it does not.
pub fn succeed(command: &mut Command) -> Finished {
    let finished = finish(command);
    assert_eq!(finished.code, Some(0), "{command:?}\n{}{}", finished.stdout, finished.stderr);
    finished
}

/// The engines and link modes that every program is run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `raya run`.
    Run,
    /// `raya run`, collecting garbage at every allocation.
    RunGcStress,
    /// `raya bundle`, then the executable.
    Bundle,
    /// The same, collecting garbage at every allocation.
    BundleGcStress,
}

impl Engine {
    /// All of them.
    pub const ALL: [Engine; 4] = [Engine::Run, Engine::RunGcStress, Engine::Bundle, Engine::BundleGcStress];

    /// Runs a program whose modules, if any, are found on the module path `modules`.
    pub fn execute(self, entry: &Path, scratch: &Path, modules: Option<&Path>) -> Finished {
        let mut command = match self {
            Engine::Run => raya(scratch, [OsStr::new("run"), entry.as_os_str()]),
            Engine::RunGcStress => {
                raya(scratch, [OsStr::new("run"), OsStr::new("--gc-stress"), entry.as_os_str()])
            }
            Engine::Bundle | Engine::BundleGcStress => return self.execute_bundle(entry, scratch, modules),
        };
        if let Some(modules) = modules {
            command.env("RAYA_MODULE_PATH", modules);
        }
        finish(&mut command)
    }

    fn execute_bundle(self, entry: &Path, scratch: &Path, modules: Option<&Path>) -> Finished {
        let output = scratch.join("app");
        let mut command =
            raya(scratch, [OsStr::new("bundle"), entry.as_os_str(), OsStr::new("-o"), output.as_os_str()]);
        if self == Engine::BundleGcStress {
            command.arg("--gc-stress");
        }
        if let Some(modules) = modules {
            command.env("RAYA_MODULE_PATH", modules);
        }
        let bundled = finish(&mut command);
        if bundled.code != Some(0) {
            return bundled;
        }
        finish(&mut clean(&output, scratch))
    }
}
