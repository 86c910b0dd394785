//! Builds a native module: from `raya-module.toml` and sources to one package, `NAME-VERSION.rmod`.
//!
//! ```text
//! raya-module.toml ── read ──▶ Recipe ── compile, per target ──▶ Built ── describe ──▶ Interface ── write ──▶ package
//! ```
//!
//! The package is not signed: `raya module sign` does that, with a key that the machine that builds need not have. The same
//! sources give the same package, whatever the folder, user and time.
#![forbid(unsafe_code)]

mod codes;
mod compile;
mod interface;
pub mod output;
pub mod probe;
mod recipe;
mod shared;
mod work;
mod write;

use std::path::{Path, PathBuf};

use raya_fallback::Inspected;
use raya_manifests::Triple;
use raya_signing::Digest;
use raya_source::{Diagnostic, SourceMap};
use raya_toolchain::Toolchain;

pub use codes::*;

/// The builder's manifest.
pub const MANIFEST_NAME: &str = "raya-module.toml";

/// What to build.
pub struct BuildRequest<'r> {
    /// The folder with `raya-module.toml`.
    pub folder: &'r Path,
    /// Where the package goes; `FOLDER/NAME-VERSION.rmod` when not given.
    pub output: Option<&'r Path>,
    /// Targets to build for; those of the manifest when empty.
    pub targets: &'r [String],
    /// The compilers.
    pub toolchain: &'r Toolchain,
    /// Forbids cargo to use the network.
    pub offline: bool,
    /// Runs a module in a sandbox, to compare what it registers with what it declares. `None`: the declaration is believed.
    pub probe: Option<&'r Probe<'r>>,
}

/// Loads a library that passed all checks in a sandboxed process, and gives what it registers. [`MODULE_INVALID`] means that
/// no host would take that; any other code, that it could not be asked.
pub type Probe<'p> = dyn Fn(&Inspected) -> Result<ProbedModule, Diagnostic> + 'p;

/// What a module says of itself when it is initialised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbedModule {
    /// Its version.
    pub version: String,
    /// Its functions.
    pub functions: Vec<ProbedFunction>,
}

/// A function that a module registers when it is initialised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProbedFunction {
    /// Its exported name.
    pub name: String,
    /// Number of its parameters.
    pub arity: usize,
}

/// What was built.
#[derive(Clone, Debug)]
pub struct BuildReport {
    /// The package.
    pub package: PathBuf,
    /// SHA-256 of its manifest: what policies and lockfiles name.
    pub digest: Digest,
    /// One row for each target, sorted by triple.
    pub targets: Vec<TargetReport>,
    /// What the author should know.
    pub warnings: Vec<Diagnostic>,
}

/// What was built for one target.
#[derive(Clone, Debug)]
pub struct TargetReport {
    /// The target.
    pub triple: Triple,
    /// Bytes of the static archive.
    pub archive_bytes: usize,
    /// Bytes of the shared library, where the target has those.
    pub shared_bytes: Option<usize>,
    /// Sections with code that runs before the first call.
    pub constructors: Vec<String>,
    /// Names the archive needs from elsewhere, sorted.
    pub imports: Vec<String>,
}

/// Why a module was not built.
#[derive(Debug)]
pub struct BuildFailure {
    /// Everything that is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The documents they point into.
    pub sources: SourceMap,
}

impl From<Vec<Diagnostic>> for BuildFailure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        BuildFailure { diagnostics, sources: SourceMap::new() }
    }
}

impl From<Diagnostic> for BuildFailure {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic].into()
    }
}

/// Builds a module and writes its package. Nothing is written when anything fails.
pub fn build(request: &BuildRequest<'_>) -> Result<BuildReport, BuildFailure> {
    let mut sources = SourceMap::new();
    build_with(request, &mut sources).map_err(|diagnostics| BuildFailure { diagnostics, sources })
}

fn build_with(request: &BuildRequest<'_>, sources: &mut SourceMap) -> Result<BuildReport, Vec<Diagnostic>> {
    let recipe = recipe::read(request, sources)?;
    let package = recipe.package(request.output);
    output::check(&package, recipe.inputs()).map_err(|problem| vec![problem])?;
    let built = compile::compile_all(&recipe, request)?;
    let interface = interface::describe(&recipe, &built, request, sources)?;
    write::write(&recipe, built, interface, package)
}
