//! Starts compilers, with an environment that cannot change what they make.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ToolchainError;

/// Bytes of a failed program's output that are shown: its beginning, where the first error stands, which the others often
/// follow from.
const HEAD_SHOWN_MAX: usize = 12 << 10;
/// And its end, where programs say how it went.
const TAIL_SHOWN_MAX: usize = 4 << 10;

/// Variables that reach compilers: they say where things are, not what to make. `CPATH`, `LIBRARY_PATH`, `RUSTFLAGS` and
/// their kin would change the bytes.
const PASSED: &[&str] = &[
    "CARGO_HOME",
    "HOME",
    "PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "VIRTUAL_ENV",
    "XDG_CACHE_HOME",
    "ZIG_GLOBAL_CACHE_DIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Beginnings of variables that reach compilers.
const PASSED_PREFIXES: &[&str] = &["CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRIES_", "CARGO_SOURCE_"];

/// What of the environment compilers are chosen by, and started with.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `CC`.
    pub c_compiler: Option<OsString>,
    /// `CXX`.
    pub cxx_compiler: Option<OsString>,
    /// `CARGO`.
    pub cargo: Option<OsString>,
    /// `RAYA_ZIG`: a zig executable, where the Python package is not wanted.
    pub zig: Option<OsString>,
    /// What is passed on.
    pub passed: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// The environment of this process.
    pub fn read() -> Environment {
        let passes = |name: &OsStr| {
            let name = name.to_string_lossy();
            PASSED.contains(&&*name) || PASSED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        };
        let chosen = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        Environment {
            c_compiler: chosen("CC"),
            cxx_compiler: chosen("CXX"),
            cargo: chosen("CARGO"),
            zig: chosen("RAYA_ZIG"),
            passed: std::env::vars_os().filter(|(name, _)| passes(name)).collect(),
        }
    }

    /// Where cargo keeps the sources of dependencies.
    pub(crate) fn cargo_home(&self) -> Option<PathBuf> {
        let named = self.passed.get(OsStr::new("CARGO_HOME")).map(PathBuf::from);
        named.or_else(|| Some(Path::new(self.passed.get(OsStr::new("HOME"))?).join(".cargo")))
    }
}

/// A program and the arguments that always come first: `python3 -m ziglang cc`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) words: Vec<OsString>,
}

impl Program {
    /// Splits a variable such as `CC="ccache gcc"` at blanks.
    pub(crate) fn from_words(text: &OsStr) -> Program {
        let words = match text.to_str() {
            Some(text) => text.split_whitespace().map(OsString::from).collect(),
            None => vec![text.to_owned()],
        };
        Program { words }
    }

    pub(crate) fn new(words: &[&str]) -> Program {
        Program { words: words.iter().map(OsString::from).collect() }
    }

    pub(crate) fn shown(&self) -> String {
        shown(&self.words)
    }
}

/// One run of a program.
pub(crate) struct Run<'r> {
    pub(crate) environment: &'r Environment,
    pub(crate) program: &'r Program,
    pub(crate) arguments: Vec<OsString>,
    /// The working folder.
    pub(crate) folder: &'r Path,
    /// Variables besides those passed on.
    pub(crate) variables: Vec<(&'static str, OsString)>,
    /// For reports: "compiling `x.c`".
    pub(crate) doing: String,
}

impl Run<'_> {
    /// Runs it to its end and gives what it printed on standard output.
    pub(crate) fn output(self) -> Result<Vec<u8>, ToolchainError> {
        let mut words = self.program.words.clone();
        words.extend(self.arguments.iter().cloned());
        let failed = |output: String| ToolchainError::Failed {
            doing: self.doing.clone(),
            command: shown(&words),
            output,
        };
        let Some((program, arguments)) = words.split_first() else {
            return Err(failed("the command is empty".to_owned()));
        };
        let done = Command::new(program)
            .args(arguments)
            .current_dir(self.folder)
            .env_clear()
            .envs(&self.environment.passed)
            // Compilers put dates and translated messages into their output otherwise.
            .env("LC_ALL", "C")
            .env("SOURCE_DATE_EPOCH", "0")
            .env("ZERO_AR_DATE", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| failed(format!("it could not be started: {error}")))?;
        match done.status.success() {
            true => Ok(done.stdout),
            false => Err(failed(readable(&done.stderr, &done.status.to_string()))),
        }
    }
}

/// What a program printed, safe for a terminal; of much, whole lines of its beginning and its end.
fn readable(bytes: &[u8], status: &str) -> String {
    let is_end = |byte: &u8| *byte == b'\n';
    let text = if bytes.len() <= HEAD_SHOWN_MAX + TAIL_SHOWN_MAX {
        String::from_utf8_lossy(bytes).into_owned()
    } else {
        let head = &bytes[..HEAD_SHOWN_MAX];
        let head = &head[..head.iter().rposition(is_end).unwrap_or(head.len())];
        let tail = &bytes[bytes.len() - TAIL_SHOWN_MAX..];
        let tail = &tail[tail.iter().position(is_end).map_or(0, |at| at + 1)..];
        let left_out = bytes.len() - head.len() - tail.len();
        let (head, tail) = (String::from_utf8_lossy(head), String::from_utf8_lossy(tail));
        format!("{head}\n… {left_out} bytes are left out here …\n{tail}")
    };
    let keep = |character: &char| matches!(character, '\n' | '\t') || !character.is_control();
    let text: String = text.chars().filter(keep).collect();
    match text.trim_end() {
        "" => format!("it printed nothing and ended with {status}"),
        text => text.to_owned(),
    }
}

/// A command as it could be typed.
fn shown(words: &[OsString]) -> String {
    let quote = |word: &OsString| {
        let word = word.to_string_lossy().into_owned();
        let plain = |character: char| character.is_ascii_alphanumeric() || "-_=./+,:@".contains(character);
        if !word.is_empty() && word.chars().all(plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_they_could_be_typed() {
        assert_eq!(shown(&["cc".into(), "-DX=a b".into(), "it's".into()]), "cc '-DX=a b' 'it'\\''s'");
    }

    #[test]
    fn output_is_bounded_and_harmless() {
        let lines = "error: line\n".repeat(HEAD_SHOWN_MAX);
        let text = readable(format!("first\n{lines}\x1b[31mend").as_bytes(), "exit status: 1");
        assert!(text.len() <= HEAD_SHOWN_MAX + TAIL_SHOWN_MAX + 100 && !text.contains('\x1b'));
        assert!(text.starts_with("first\nerror: line\n") && text.ends_with("\n[31mend"));
        let odd = text.lines().filter(|line| *line != "error: line").count();
        assert_eq!(odd, 3, "lines are whole, and one says what is left out");
        let one_line = readable(&vec![b'a'; 1 << 20], "exit status: 1");
        assert!(one_line.starts_with("aaa") && one_line.ends_with("aaa") && one_line.len() < 20 << 10);
        assert_eq!(readable(b"\n", "exit status: 1"), "it printed nothing and ended with exit status: 1");
    }

    #[test]
    fn the_environment_that_changes_bytes_is_left_out() {
        let environment = Environment::read();
        for name in ["RUSTFLAGS", "CPATH", "LIBRARY_PATH", "CARGO_TARGET_DIR", "CARGO_ENCODED_RUSTFLAGS"] {
            assert!(!environment.passed.contains_key(OsStr::new(name)), "{name}");
        }
    }
}
