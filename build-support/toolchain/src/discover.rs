//! Finds compilers, headers and libraries. Nothing is remembered between processes: what is found is what is there.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::process::{Program, Run};
use crate::{Environment, Language, Target, ToolchainError};

const ZIG_HELP: &str =
    "`python3 -m pip install ziglang` installs it; or name a zig executable with `RAYA_ZIG`";

/// The compilers of this machine. Cheap to make: each is looked for when it is first needed.
#[derive(Debug)]
pub struct Toolchain {
    pub(crate) environment: Environment,
    zig: OnceLock<Option<Program>>,
    c: OnceLock<Option<Program>>,
    cxx: OnceLock<Option<Program>>,
}

/// A compiler and the flags that make it compile for a target.
pub(crate) struct Driver {
    pub(crate) program: Program,
    pub(crate) flags: Vec<OsString>,
    /// clang as zig ships it: it brings its own headers and has sanitizers on.
    pub(crate) is_zig: bool,
}

impl Toolchain {
    /// Compilers as `environment` chooses them.
    pub fn new(environment: Environment) -> Toolchain {
        Toolchain { environment, zig: OnceLock::new(), c: OnceLock::new(), cxx: OnceLock::new() }
    }

    /// Compilers as the environment of this process chooses them.
    pub fn from_environment() -> Toolchain {
        Toolchain::new(Environment::read())
    }

    /// What compiles `language` for `target`.
    pub(crate) fn driver(&self, language: Language, target: Target) -> Result<Driver, ToolchainError> {
        match (target, language) {
            (Target::X86_64Gnu, _) => {
                Ok(Driver { program: self.system(language)?, flags: vec![], is_zig: false })
            }
            (Target::X86_64Musl, Language::C) => self.c_for_musl(target),
            (Target::X86_64Musl | Target::Aarch64Musl, _) => self.zig_driver(language, target),
        }
    }

    /// The machine's own compiler, for glibc.
    pub(crate) fn system(&self, language: Language) -> Result<Program, ToolchainError> {
        let (named, variable, candidates, cell, what) = match language {
            Language::C => {
                (&self.environment.c_compiler, "CC", ["cc", "gcc", "clang"], &self.c, "a C compiler")
            }
            Language::Cpp => (
                &self.environment.cxx_compiler,
                "CXX",
                ["c++", "g++", "clang++"],
                &self.cxx,
                "a C++ compiler",
            ),
        };
        let found = cell.get_or_init(|| match named {
            Some(words) => Some(Program::from_words(words)).filter(|program| self.answers(program)),
            None => candidates.iter().map(|name| Program::new(&[name])).find(|program| self.answers(program)),
        });
        found.clone().ok_or_else(|| ToolchainError::Missing {
            what,
            tried: match named {
                Some(words) => vec![words.to_string_lossy().into_owned()],
                None => candidates.map(str::to_owned).to_vec(),
            },
            help: format!("install gcc or clang, or name one with `{variable}`"),
        })
    }

    /// zig: named with `RAYA_ZIG`, else the Python package, else `zig` itself.
    pub(crate) fn zig(&self) -> Result<Program, ToolchainError> {
        let candidates = || match &self.environment.zig {
            Some(words) => vec![Program::from_words(words)],
            None => vec![Program::new(&["python3", "-m", "ziglang"]), Program::new(&["zig"])],
        };
        let works = |program: &Program| {
            self.run(program, ["version"], Path::new("."), "asking zig for its version").is_ok()
        };
        let found = self.zig.get_or_init(|| candidates().into_iter().find(works));
        found.clone().ok_or_else(|| ToolchainError::Missing {
            what: "zig, which compiles C++ for musl",
            tried: candidates().iter().map(Program::shown).collect(),
            help: ZIG_HELP.to_owned(),
        })
    }

    /// C for musl needs only headers: the machine's compiler does, or zig where there is none.
    fn c_for_musl(&self, target: Target) -> Result<Driver, ToolchainError> {
        let compiler = self.system(Language::C);
        let headers = self.musl_headers(target);
        let (Ok(program), Some(headers)) = (compiler, &headers) else {
            return self.zig_driver(Language::C, target).map_err(|_| ToolchainError::NotInstalled {
                triple: target.triple(),
                what: "a C compiler and musl's headers",
                looked: vec![musl_tools_headers(target)],
                help: format!("install gcc with the package `musl-tools`, or zig alone: {ZIG_HELP}"),
            });
        };
        // The compiler's own headers (stddef.h, immintrin.h) stay; those of glibc must not be seen.
        let own = self.first_line(&program, ["-print-file-name=include"])?;
        let mut flags: Vec<OsString> = vec!["-nostdinc".into()];
        for folder in headers.iter().map(PathBuf::as_path).chain([Path::new(&own)]) {
            flags.push("-isystem".into());
            flags.push(folder.into());
        }
        // Some distributions fortify by default, which calls functions that only glibc has.
        flags.push("-U_FORTIFY_SOURCE".into());
        Ok(Driver { program, flags, is_zig: false })
    }

    fn zig_driver(&self, language: Language, target: Target) -> Result<Driver, ToolchainError> {
        let mut program = self.zig()?;
        program.words.push(if language == Language::C { "cc" } else { "c++" }.into());
        let flags = ["-target", target.zig_name(), "-fno-sanitize=all"].map(OsString::from).to_vec();
        Ok(Driver { program, flags, is_zig: true })
    }

    /// Folders of musl's headers, the most specific first.
    fn musl_headers(&self, target: Target) -> Option<Vec<PathBuf>> {
        let installed = musl_tools_headers(target);
        if installed.join("stdio.h").is_file() {
            return Some(vec![installed]);
        }
        let include = self.zig_library_folder()?.join("libc/include");
        let names = ["x86_64-linux-musl", "generic-musl", "x86_64-linux-any", "any-linux-any"];
        let folders: Vec<PathBuf> = names.iter().map(|name| include.join(name)).collect();
        folders.iter().any(|folder| folder.join("stdio.h").is_file()).then_some(folders)
    }

    fn zig_library_folder(&self) -> Option<PathBuf> {
        let zig = self.zig().ok()?;
        let text = self.run(&zig, ["env"], Path::new("."), "asking zig for its folders").ok()?;
        let text = String::from_utf8(text).ok()?;
        // JSON in some versions (`"lib_dir": "…"`), zig's own notation in others (`.lib_dir = "…"`).
        let line = text
            .lines()
            .find(|line| line.trim_start().trim_start_matches(['.', '"']).starts_with("lib_dir"))?;
        let value = line.split('"').rfind(|part| part.starts_with('/'))?;
        Some(PathBuf::from(value))
    }

    /// Finds `lib{name}.a` in `folders`, then where the target keeps libraries. A library of one libc is never taken for
    /// another.
    pub fn static_library(
        &self,
        name: &str,
        target: Target,
        folders: &[PathBuf],
    ) -> Result<PathBuf, ToolchainError> {
        let file = format!("lib{name}.a");
        let mut looked: Vec<PathBuf> = folders.iter().map(|folder| folder.join(&file)).collect();
        match target {
            Target::X86_64Gnu => {
                let program = self.system(Language::C)?;
                let answer = self.first_line(&program, [format!("-print-file-name={file}")])?;
                // The compiler repeats the bare name of a file it does not find.
                if Path::new(&answer).is_absolute() {
                    looked.push(PathBuf::from(answer));
                } else {
                    looked.push(Path::new("/usr/lib").join(target.multiarch()).join(&file));
                }
            }
            Target::X86_64Musl | Target::Aarch64Musl => {
                looked.push(Path::new("/usr/lib").join(target.multiarch()).join(&file));
            }
        }
        match looked.iter().find(|path| path.is_file()) {
            Some(path) => Ok(path.clone()),
            None => Err(ToolchainError::Library { name: name.to_owned(), triple: target.triple(), looked }),
        }
    }

    pub(crate) fn cargo(&self) -> Program {
        self.environment.cargo.as_deref().map_or_else(|| Program::new(&["cargo"]), Program::from_words)
    }

    pub(crate) fn first_line<A: Into<OsString>>(
        &self,
        program: &Program,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<String, ToolchainError> {
        let output = self.run(program, arguments, Path::new("."), "asking a compiler where its files are")?;
        Ok(String::from_utf8_lossy(&output).lines().next().unwrap_or_default().to_owned())
    }

    pub(crate) fn run<A: Into<OsString>>(
        &self,
        program: &Program,
        arguments: impl IntoIterator<Item = A>,
        folder: &Path,
        doing: &str,
    ) -> Result<Vec<u8>, ToolchainError> {
        let arguments = arguments.into_iter().map(Into::into).collect();
        let (environment, doing) = (&self.environment, doing.to_owned());
        Run { environment, program, arguments, folder, variables: vec![], doing }.output()
    }

    fn answers(&self, program: &Program) -> bool {
        self.run(program, [OsStr::new("--version")], Path::new("."), "asking a compiler for its version")
            .is_ok()
    }
}

/// Where the package `musl-tools` puts its headers.
fn musl_tools_headers(target: Target) -> PathBuf {
    Path::new("/usr/include").join(target.multiarch())
}
