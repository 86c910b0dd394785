//! One C or C++ source becomes one object.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::process::Run;
use crate::{Target, Toolchain, ToolchainError};

/// A language with a compiler driver of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// C.
    C,
    /// C++.
    Cpp,
}

impl Language {
    /// The language of a source file, by its ending.
    pub fn of_file(path: &Path) -> Option<Language> {
        match path.extension()?.to_str()? {
            "c" => Some(Language::C),
            "cc" | "cpp" | "cxx" | "C" => Some(Language::Cpp),
            _ => None,
        }
    }
}

/// What to compile, and how.
#[derive(Clone, Debug)]
pub struct Compilation<'c> {
    /// The language.
    pub language: Language,
    /// The target.
    pub target: Target,
    /// The module's folder: the compiler's working folder, and what paths in the object are relative to.
    pub folder: &'c Path,
    /// The source, relative to `folder`.
    pub source: &'c Path,
    /// Folders with headers; relative ones start in `folder`.
    pub includes: &'c [PathBuf],
    /// Macros with their values.
    pub defines: &'c [(String, Option<String>)],
    /// Further flags, after all others.
    pub flags: &'c [String],
    /// Folders outside of `folder` whose names must not reach the object, and what stands for them.
    pub remapped: &'c [(PathBuf, String)],
    /// Where the object goes.
    pub output: &'c Path,
}

/// Flags that would make objects no bundle can hold, by their beginning.
const REFUSED: &[(&str, &str)] = &[
    ("-flto", "objects for a link-time optimiser cannot be isolated"),
    ("-fsanitize", "sanitizers need a runtime library that no bundle has"),
    ("-fno-pic", "bundles are position-independent"),
    ("-fno-PIC", "bundles are position-independent"),
    ("-fno-pie", "bundles are position-independent"),
    ("-no-pie", "bundles are position-independent"),
    ("-m32", "bundles are 64-bit"),
    ("-march=native", "the code would run on machines like this one alone"),
    ("-mtune=native", "the object would depend on the machine that made it"),
    ("-target", "the target is chosen with `--target`"),
    ("--target", "the target is chosen with `--target`"),
    ("-o", "the output is chosen by the build"),
    ("-g", "debug information is dropped from packages"),
    ("-fprofile", "profiling needs a runtime library that no bundle has"),
    ("-pg", "profiling needs a runtime library that no bundle has"),
    ("-fplugin", "a plugin would run inside the compiler"),
    ("-wrapper", "another program would run instead of the compiler"),
    ("-B", "another program could run instead of the compiler's own"),
    ("--prefix", "another program could run instead of the compiler's own"),
    ("-specs", "another program could run instead of the compiler's own"),
    ("--specs", "another program could run instead of the compiler's own"),
    ("--wrapper", "another program would run instead of the compiler"),
    ("-fpass-plugin", "a plugin would run inside the compiler"),
    ("-Xclang", "a plugin could run inside the compiler"),
    ("-iplugindir", "a plugin could run inside the compiler"),
];

impl Toolchain {
    /// Compiles one source. The same source gives the same object, whatever the folder.
    pub fn compile(&self, compilation: &Compilation<'_>) -> Result<(), ToolchainError> {
        compilation.flags.iter().try_for_each(|flag| check_flag(flag))?;
        std::iter::once(compilation.source)
            .chain(compilation.includes.iter().map(PathBuf::as_path))
            .try_for_each(check_path)?;
        let driver = self.driver(compilation.language, compilation.target)?;
        let mut arguments = driver.flags.clone();
        arguments.extend(fixed_flags(compilation, driver.is_zig));
        arguments.extend(remapping(compilation));
        for folder in compilation.includes {
            arguments.push("-I".into());
            arguments.push(as_file(folder).into());
        }
        for (name, value) in compilation.defines {
            arguments.push(match value {
                Some(value) => format!("-D{name}={value}").into(),
                None => format!("-D{name}").into(),
            });
        }
        arguments.extend(compilation.flags.iter().map(OsString::from));
        arguments.extend([
            "-c".into(),
            as_file(compilation.source).into(),
            "-o".into(),
            compilation.output.into(),
        ]);
        let doing =
            format!("compiling `{}` for {}", compilation.source.display(), compilation.target.triple());
        let (environment, program, folder) = (&self.environment, &driver.program, compilation.folder);
        Run { environment, program, arguments, folder, variables: vec![], doing }.output()?;
        Ok(())
    }
}

/// Flags every object is made with; a source's own flags come later and may choose another level of optimisation.
fn fixed_flags(compilation: &Compilation<'_>, is_zig: bool) -> Vec<OsString> {
    let common = [
        "-O2",
        "-g0",
        "-fPIC",
        "-fno-lto",
        "-fvisibility=hidden",
        // The linker drops what a program does not use, function by function.
        "-ffunction-sections",
        "-fdata-sections",
    ];
    let mut flags: Vec<OsString> = common.map(OsString::from).to_vec();
    if compilation.language == Language::Cpp {
        flags.push("-fvisibility-inlines-hidden".into());
    }
    if !is_zig {
        // Names of unnamed namespaces are random otherwise.
        flags.push(format!("-frandom-seed={}", compilation.source.display()).into());
    }
    flags
}

fn remapping(compilation: &Compilation<'_>) -> Vec<OsString> {
    let remap = |from: &Path, to: &str| {
        let mut flag = OsString::from("-ffile-prefix-map=");
        flag.push(from);
        flag.push("=");
        flag.push(to);
        flag
    };
    // Compilers apply the last that fits: the more specific folders come after the module's own.
    std::iter::once(remap(compilation.folder, "."))
        .chain(compilation.remapped.iter().map(|(from, to)| remap(from, to)))
        .collect()
}

/// A path that no compiler driver takes for anything else: drivers open what follows an `@` and obey what stands in it, and
/// take what starts with `-` for an option, wherever it stands.
fn as_file(path: &Path) -> PathBuf {
    if path.is_absolute() { path.to_path_buf() } else { Path::new(".").join(path) }
}

/// Whether some part of a path looks like something else to a compiler driver.
pub fn is_misleading_path(path: &Path) -> bool {
    let misleads =
        |part: &std::ffi::OsStr| part.as_encoded_bytes().first().is_some_and(|first| b"@-".contains(first));
    path.components().any(|part| misleads(part.as_os_str()))
}

fn check_path(path: &Path) -> Result<(), ToolchainError> {
    // Absolute paths are where things are installed, and cannot be taken for something else.
    match !path.is_absolute() && is_misleading_path(path) {
        true => Err(ToolchainError::Path { path: path.to_path_buf() }),
        false => Ok(()),
    }
}

fn check_flag(flag: &str) -> Result<(), ToolchainError> {
    // `-fno-lto` and `-g0` ask for what is done anyway; `-o` alone stands for itself, not for `-Ofast`.
    let harmless = ["-g0", "-fno-lto", "-fno-sanitize=all"].contains(&flag);
    let found = REFUSED.iter().find(|(refused, _)| flag.starts_with(refused) && !harmless);
    match found {
        Some((_, reason)) => Err(ToolchainError::Flag { flag: flag.to_owned(), reason }),
        None if !flag.starts_with('-') => Err(ToolchainError::Flag {
            flag: flag.to_owned(),
            reason: "a flag starts with `-`; sources are listed under `sources`",
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_make_unusable_objects_are_refused() {
        for flag in [
            "-flto",
            "-flto=thin",
            "-fsanitize=undefined",
            "-march=native",
            "-g",
            "-o",
            "other.c",
            "-m32",
            "-specs=x",
            "@x",
        ] {
            assert!(check_flag(flag).is_err(), "{flag}");
        }
        for flag in ["-O3", "-Wall", "-std=c++17", "-g0", "-fno-lto", "-fno-exceptions", "-pthread", "-Ofast"]
        {
            assert!(check_flag(flag).is_ok(), "{flag}");
        }
    }

    #[test]
    fn paths_that_a_driver_would_obey_are_refused_and_others_start_with_a_dot() {
        for path in ["@args.c", "-wrapper.c", "src/@args.c", "-I/x.c", "a/-b/c.c"] {
            assert!(matches!(check_path(Path::new(path)), Err(ToolchainError::Path { .. })), "{path}");
        }
        for path in ["a.c", "src/a-b@c.c", "./a.c", "../a.c", "/opt/@x/include"] {
            assert!(check_path(Path::new(path)).is_ok(), "{path}");
        }
        assert_eq!(as_file(Path::new("src/a.c")), Path::new("./src/a.c"));
        assert_eq!(as_file(Path::new("/usr/include")), Path::new("/usr/include"));
    }

    #[test]
    fn languages_go_by_endings() {
        assert_eq!(Language::of_file(Path::new("a/b.c")), Some(Language::C));
        assert_eq!(Language::of_file(Path::new("b.cpp")), Some(Language::Cpp));
        assert_eq!(Language::of_file(Path::new("b.rs")), None);
    }
}
