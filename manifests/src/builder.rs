//! The builder's manifest, `raya-module.toml`: from which sources a module is built, and how.

use raya_source::{Diagnostic, FileId, Span};
use semver::Version;

use crate::capability::{Capability, named_values};
use crate::code;
use crate::document::{self, Fields, FromText};
use crate::module::libraries;
use crate::names::{InsidePath, ModuleName, RelativePath};
use crate::triple::Triple;

named_values! {
    /// What a module is written in.
    Language, "`c`, `c++` or `rust`" {
        /// C, compiled with the C compiler.
        C = "c",
        /// C++, compiled with the C++ compiler.
        Cxx = "c++",
        /// Rust, compiled with cargo.
        Rust = "rust",
    }
}

/// A preprocessor definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Define {
    /// The macro's name.
    pub name: String,
    /// Its value, if it has one.
    pub value: Option<String>,
}

impl FromText for Define {
    const EXPECTED: &'static str = "a definition: `NAME` or `NAME=VALUE`";

    fn from_text(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if starts_well && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Ok(Define { name: name.to_owned(), value });
        }
        Err("write the macro's name first, without `-D`".to_owned())
    }
}

/// The standards that `standard` may name, by language.
const C_STANDARDS: [&str; 4] = ["c99", "c11", "c17", "c23"];
const CXX_STANDARDS: [&str; 5] = ["c++11", "c++14", "c++17", "c++20", "c++23"];

/// The builder's manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuilderManifest {
    /// The module's name.
    pub name: ModuleName,
    /// Its version.
    pub version: Version,
    /// Its epoch; 0 when not given.
    pub epoch: u64,
    /// What it is written in.
    pub language: Language,
    /// The stub that comes with it.
    pub stub: Option<RelativePath>,
    /// What its code does beyond computing, sorted.
    pub capabilities: Vec<Capability>,
    /// Sources to compile, in order; for C and C++.
    pub sources: Vec<RelativePath>,
    /// Folders with headers, in order.
    pub include_dirs: Vec<RelativePath>,
    /// Preprocessor definitions, in order.
    pub defines: Vec<Define>,
    /// The language standard, such as `c++17`.
    pub standard: Option<String>,
    /// The folder of the cargo package; for Rust.
    pub cargo_package: Option<RelativePath>,
    /// Static libraries to put into the archive or link with, in link order.
    pub libraries: Vec<String>,
    /// Folders with static libraries: each holds one folder for each target, named by its triple.
    pub library_dirs: Vec<RelativePath>,
    /// Shared libraries that the shared form may need.
    pub needed: Vec<String>,
    /// The targets to build for; the host's when empty.
    pub targets: Vec<Triple>,
}

impl BuilderManifest {
    /// Reads a manifest. Every problem has a place in `file`, which must show the same bytes.
    pub fn parse(file: FileId, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        document::read(file, bytes, None, |fields| {
            let module = fields.required_table("module");
            let build = fields.table("build");
            let module_span = module.as_ref().map(Fields::span);
            let module = module?;
            let manifest = read(&module, build.as_ref());
            module.finish();
            if let Some(build) = &build {
                build.finish();
            }
            let manifest = manifest?;
            check_language(fields, &manifest, build.map(|build| build.span()).or(module_span));
            Some(manifest)
        })
    }
}

fn read(module: &Fields<'_, '_>, build: Option<&Fields<'_, '_>>) -> Option<BuilderManifest> {
    let paths = |key| build.map(|build| build.list::<RelativePath>(key)).unwrap_or_default();
    let name = module.required("name");
    let version = module.required("version");
    let epoch = module.optional("epoch").unwrap_or(0);
    let language = module.required("language");
    let stub = module.optional::<InsidePath>("stub").map(|path| path.0);
    let mut capabilities = module.list("capabilities");
    capabilities.sort_unstable();
    Some(BuilderManifest {
        sources: paths("sources"),
        include_dirs: paths("include-dirs"),
        defines: build.map(|build| build.list("defines")).unwrap_or_default(),
        standard: build.and_then(|build| build.optional("standard")),
        cargo_package: build.and_then(|build| build.optional("cargo-package")),
        libraries: build.map(|build| libraries(build, "libraries")).unwrap_or_default(),
        library_dirs: paths("library-dirs"),
        needed: build.map(|build| libraries(build, "needed")).unwrap_or_default(),
        targets: build.map(|build| build.list("targets")).unwrap_or_default(),
        name: name?,
        version: version?,
        epoch,
        language: language?,
        stub,
        capabilities,
    })
}

/// Checks that the keys under `[build]` fit the language.
fn check_language(fields: &Fields<'_, '_>, manifest: &BuilderManifest, span: Option<Span>) {
    let report = |message: String, help: &str| {
        let problem = Diagnostic::error(code::VALUE_NOT_ALLOWED, message).with_help(help);
        fields.report(span.map_or(problem.clone(), |span| problem.at(span)));
    };
    let language = manifest.language;
    if language == Language::Rust {
        let is_mixed =
            !manifest.sources.is_empty() || !manifest.include_dirs.is_empty() || !manifest.defines.is_empty();
        if is_mixed || manifest.standard.is_some() {
            report(
                "expected no `sources`, `include-dirs`, `defines` or `standard` in a module of language `rust`".to_owned(),
                "cargo builds it: name the package's folder with `cargo-package`",
            );
        }
        return;
    }
    if manifest.cargo_package.is_some() {
        report(format!("expected no `cargo-package` in a module of language `{language}`"), "remove it");
    }
    if manifest.sources.is_empty() {
        report(
            format!("expected `sources` in a module of language `{language}`, found none"),
            "add `sources = [\"module.c\"]` to `[build]`",
        );
    }
    let standards: &[&str] = if language == Language::C { &C_STANDARDS } else { &CXX_STANDARDS };
    if let Some(standard) =
        manifest.standard.as_ref().filter(|standard| !standards.contains(&standard.as_str()))
    {
        report(
            format!("`standard`: expected one of `{}`, found `{standard}`", standards.join("`, `")),
            "choose one of these",
        );
    }
}
