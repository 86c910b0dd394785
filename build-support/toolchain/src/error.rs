//! Why something was not compiled: typed, with what to do about it.

use std::fmt;
use std::path::PathBuf;

use raya_packs::{ArchiveError, Problem};
use raya_source::Diagnostic;

/// The codes of this crate.
pub mod code {
    use raya_source::Code;

    /// A compiler, or cargo, is not there.
    pub const TOOL_MISSING: Code = Code("R4001");
    /// A compiler, or cargo, found fault with its input.
    pub const TOOL_FAILED: Code = Code("R4002");
    /// There is no compiler for this target.
    pub const TARGET_UNSUPPORTED: Code = Code("R4003");
    /// The headers, or Rust's standard library, of a target are not installed.
    pub const TARGET_NOT_INSTALLED: Code = Code("R4004");
    /// A static library that is to be linked in is not there.
    pub const LIBRARY_MISSING: Code = Code("R4005");
    /// A flag would make objects that cannot be bundled.
    pub const FLAG_REFUSED: Code = Code("R4006");
    /// Cargo built something other than a library.
    pub const NO_LIBRARY: Code = Code("R4007");
    /// Objects that cannot become part of a bundle.
    pub const OBJECTS_REFUSED: Code = Code("R4008");
    /// A file or folder of the build cannot be read or written.
    pub const BUILD_FILE: Code = Code("R4009");
    /// A path that a compiler would take for an option or for a file of options.
    pub const PATH_REFUSED: Code = Code("R4031");
}

/// Why something was not compiled.
#[derive(Debug)]
pub enum ToolchainError {
    /// A program could not be started.
    Missing {
        /// What it is for, with an article: "a C compiler".
        what: &'static str,
        /// What was tried.
        tried: Vec<String>,
        /// What to do.
        help: String,
    },
    /// A program ended with a failure.
    Failed {
        /// What it was doing: "compiling `src/crypto.cpp`".
        doing: String,
        /// The command, as it could be typed.
        command: String,
        /// What it printed, without control characters, at most about 16 KiB of it.
        output: String,
    },
    /// There is no compiler for this target.
    Target {
        /// The triple asked for.
        triple: String,
    },
    /// Something of a target is not installed.
    NotInstalled {
        /// The target's triple.
        triple: &'static str,
        /// What is missing, with an article.
        what: &'static str,
        /// Where it was looked for.
        looked: Vec<PathBuf>,
        /// What to do.
        help: String,
    },
    /// A static library was not found.
    Library {
        /// Its name, without `lib` and ending.
        name: String,
        /// The target's triple.
        triple: &'static str,
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// A flag that must not be given.
    Flag {
        /// The flag.
        flag: String,
        /// Why.
        reason: &'static str,
    },
    /// A path that a compiler would take for something else.
    Path {
        /// The path.
        path: PathBuf,
    },
    /// Cargo built no library of a wanted kind.
    NoLibrary {
        /// The kind: `staticlib` or `cdylib`.
        kind: &'static str,
    },
    /// Objects that cannot become part of a bundle.
    Objects {
        /// All that is wrong with them.
        problems: Vec<Problem>,
    },
    /// A file that should be an archive is none.
    Archive {
        /// The file.
        path: PathBuf,
        /// Why.
        error: ArchiveError,
    },
    /// A file or folder cannot be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl fmt::Display for ToolchainError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ToolchainError::Missing { what, tried, .. } => {
                write!(formatter, "expected {what}, found none (tried {})", quoted(tried))
            }
            ToolchainError::Failed { doing, .. } => write!(formatter, "{doing} failed"),
            ToolchainError::Target { triple } => {
                write!(formatter, "expected a target that modules can be compiled for here, found `{triple}`")
            }
            ToolchainError::NotInstalled { triple, what, .. } => {
                write!(formatter, "expected {what} for `{triple}`, found none on this machine")
            }
            ToolchainError::Library { name, triple, .. } => {
                write!(formatter, "expected the static library `lib{name}.a` for `{triple}`, found none")
            }
            ToolchainError::Flag { flag, reason } => {
                write!(formatter, "the flag `{flag}` is refused: {reason}")
            }
            ToolchainError::Path { path } => write!(
                formatter,
                "expected a path whose parts start with neither `@` nor `-`, found `{}`",
                path.display()
            ),
            ToolchainError::NoLibrary { kind } => {
                write!(formatter, "expected cargo to build a {kind}, found none among what it built")
            }
            ToolchainError::Objects { problems } => {
                write!(formatter, "{} of the objects cannot become part of a bundle", problems.len())
            }
            ToolchainError::Archive { path, error } => {
                write!(formatter, "expected a static library at `{}`: {error}", path.display())
            }
            ToolchainError::File { path, error } => {
                write!(formatter, "`{}` cannot be read or written: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for ToolchainError {}

impl From<ToolchainError> for Diagnostic {
    fn from(error: ToolchainError) -> Diagnostic {
        let message = error.to_string();
        match error {
            ToolchainError::Missing { help, .. } => {
                Diagnostic::error(code::TOOL_MISSING, message).with_help(help)
            }
            ToolchainError::Failed { command, output, .. } => {
                let report =
                    Diagnostic::error(code::TOOL_FAILED, message).with_note(format!("command: {command}"));
                if output.is_empty() { report } else { report.with_note(output) }
            }
            ToolchainError::Target { .. } => {
                let names: Vec<String> =
                    crate::Target::ALL.iter().map(|target| target.triple().to_owned()).collect();
                Diagnostic::error(code::TARGET_UNSUPPORTED, message)
                    .with_help(format!("targets with a compiler: {}", quoted(&names)))
            }
            ToolchainError::NotInstalled { looked, help, .. } => {
                with_places(Diagnostic::error(code::TARGET_NOT_INSTALLED, message), &looked).with_help(help)
            }
            ToolchainError::Library { looked, triple, .. } => {
                let report = with_places(Diagnostic::error(code::LIBRARY_MISSING, message), &looked);
                match triple.ends_with("-musl") {
                    true => report.with_help(
                        "a library for glibc cannot be used here: build it for musl and name its folder as a search folder",
                    ),
                    false => report.with_help("install the development package that has it, or name its folder"),
                }
            }
            ToolchainError::Flag { .. } => {
                Diagnostic::error(code::FLAG_REFUSED, message).with_help("remove it")
            }
            ToolchainError::Path { .. } => Diagnostic::error(code::PATH_REFUSED, message)
                .with_note("compilers take what starts with `-` for an option, and obey the options in a file behind `@`")
                .with_help("rename it"),
            ToolchainError::NoLibrary { .. } => Diagnostic::error(code::NO_LIBRARY, message)
                .with_help("the package needs a library target: a `src/lib.rs`, or `[lib]` with a path"),
            ToolchainError::Objects { problems } => {
                let report = Diagnostic::error(code::OBJECTS_REFUSED, message);
                problems.iter().fold(report, crate::archive::explain)
            }
            ToolchainError::Archive { .. } => Diagnostic::error(code::OBJECTS_REFUSED, message),
            ToolchainError::File { .. } => Diagnostic::error(code::BUILD_FILE, message),
        }
    }
}

fn with_places(report: Diagnostic, looked: &[PathBuf]) -> Diagnostic {
    looked.iter().fold(report, |report, place| report.with_note(format!("looked at `{}`", place.display())))
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
