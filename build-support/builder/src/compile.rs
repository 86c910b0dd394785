//! Compiles the sources for each target and checks what came out.

use std::path::{Path, PathBuf};

use raya_abi::image::ModuleNote;
use raya_abi::names::{NOTE_SECTION, bind_symbol, init_symbol};
use raya_abi::version::{ABI_VERSION, abi_compatible, abi_version_parts};
use raya_fallback::Inspected;
use raya_manifests::{Language, Triple};
use raya_packs::Report;
use raya_source::Diagnostic;
use raya_toolchain::{Compilation, RustBuild, Target, Toolchain, ToolchainError, archive};

use crate::codes::{ABI_DIFFERS, NAME_DIFFERS, NOTE_MISSING};
use crate::recipe::Recipe;
use crate::{BuildRequest, shared, work};

/// One target's libraries.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) triple: Triple,
    pub(crate) target: Target,
    /// The static archive.
    pub(crate) archive: Vec<u8>,
    pub(crate) report: Report,
    pub(crate) note: ModuleNote,
    /// The shared library, where the target has those, as the fallback will see it.
    pub(crate) shared: Option<Inspected>,
}

/// Everything of one target before it is checked.
pub(crate) struct Raw {
    /// Objects or the archive that cargo made.
    pub(crate) archives: Vec<Vec<u8>>,
    /// What a shared library is linked from; none where cargo links it.
    pub(crate) objects: Vec<PathBuf>,
    /// The shared library that cargo linked.
    pub(crate) shared: Option<PathBuf>,
    /// Static libraries that become part of the module.
    pub(crate) libraries: Vec<PathBuf>,
}

/// Compiles for every target; the problems of all are given together.
pub(crate) fn compile_all(
    recipe: &Recipe,
    request: &BuildRequest<'_>,
) -> Result<Vec<Built>, Vec<Diagnostic>> {
    raya_sdk::install(&recipe.sdk())
        .map_err(|error| vec![ToolchainError::File { path: recipe.sdk(), error }.into()])?;
    let (mut built, mut problems) = (vec![], vec![]);
    for (triple, target) in &recipe.targets {
        match compile(recipe, request, *triple, *target) {
            Ok(one) => built.push(one),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(built) } else { Err(problems) }
}

fn compile(
    recipe: &Recipe,
    request: &BuildRequest<'_>,
    triple: Triple,
    target: Target,
) -> Result<Built, Vec<Diagnostic>> {
    let toolchain = request.toolchain;
    let libraries = libraries(recipe, toolchain, target)?;
    let mut raw = match recipe.manifest.language {
        Language::C | Language::Cxx => compile_sources(recipe, toolchain, target)?,
        Language::Rust => build_package(recipe, request, target)?,
    };
    for path in &libraries {
        raw.archives.push(std::fs::read(path).map_err(|error| file_error(path, error))?);
    }
    raw.libraries = libraries;
    let slices: Vec<&[u8]> = raw.archives.iter().map(Vec::as_slice).collect();
    let assembled = archive::assemble(&slices, target).map_err(in_target(triple))?;
    let note = check_note(recipe, &assembled.archive, target)?;
    let shared = match target.is_musl() {
        true => None,
        false => Some(shared::link(recipe, toolchain, &raw)?),
    };
    Ok(Built { triple, target, archive: assembled.archive, report: assembled.report, note, shared })
}

fn libraries(
    recipe: &Recipe,
    toolchain: &Toolchain,
    target: Target,
) -> Result<Vec<PathBuf>, Vec<Diagnostic>> {
    let folders = recipe.library_folders(target);
    let (mut found, mut problems) = (vec![], vec![]);
    for name in recipe.merged_libraries() {
        match toolchain.static_library(name, target, &folders) {
            Ok(path) => found.push(path),
            Err(error) => problems.push(Diagnostic::from(error)),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// C and C++: each source becomes an object; the problems of all sources are given together.
fn compile_sources(recipe: &Recipe, toolchain: &Toolchain, target: Target) -> Result<Raw, Vec<Diagnostic>> {
    let manifest = &recipe.manifest;
    let folder = recipe.work.join("objects").join(target.triple());
    std::fs::create_dir_all(&folder).map_err(|error| file_error(&folder, error))?;
    let mut includes = vec![recipe.sdk().join(raya_sdk::INCLUDE_FOLDER)];
    includes.extend(recipe.include_folders(target));
    let defines: Vec<_> =
        manifest.defines.iter().map(|define| (define.name.clone(), define.value.clone())).collect();
    let remapped = [(recipe.sdk(), "sdk".to_owned())];
    let (mut objects, mut paths, mut problems) = (vec![], vec![], vec![]);
    for source in &manifest.sources {
        let source = Path::new(source.as_ref() as &str);
        let name = format!("{}.o", source.to_string_lossy().replace('/', "."));
        let output = folder.join(&name);
        let language = raya_toolchain::Language::of_file(source).unwrap_or(raya_toolchain::Language::C);
        // The manifest's standard is that of its language: a C file in a C++ module is compiled as C of its compiler.
        let is_own = (language == raya_toolchain::Language::Cpp) == (manifest.language == Language::Cxx);
        let flags: Vec<String> =
            manifest.standard.iter().filter(|_| is_own).map(|standard| format!("-std={standard}")).collect();
        work::clear(&output)?;
        let compiled = toolchain.compile(&Compilation {
            language,
            target,
            folder: &recipe.folder,
            source,
            includes: &includes,
            defines: &defines,
            flags: &flags,
            remapped: &remapped,
            output: &output,
        });
        match compiled {
            Ok(()) => {
                objects.push((name, std::fs::read(&output).map_err(|error| file_error(&output, error))?));
                paths.push(output);
            }
            Err(error) => problems.push(error.into()),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let archive = archive::from_objects(objects, target.machine()).map_err(|error| vec![error.into()])?;
    Ok(Raw { archives: vec![archive], objects: paths, shared: None, libraries: vec![] })
}

fn build_package(
    recipe: &Recipe,
    request: &BuildRequest<'_>,
    target: Target,
) -> Result<Raw, Vec<Diagnostic>> {
    let package = recipe.manifest.cargo_package.as_ref();
    let folder =
        package.map_or_else(|| recipe.folder.clone(), |path| recipe.folder.join(path.as_ref() as &str));
    let libraries = request
        .toolchain
        .build_rust(&RustBuild {
            folder: &folder,
            raya_native: &recipe.sdk().join(raya_sdk::RAYA_NATIVE_FOLDER),
            target,
            features: &[],
            offline: request.offline,
            target_folder: &recipe.work.join(work::CARGO_FOLDER),
        })
        .map_err(|error| vec![error.into()])?;
    let archive = std::fs::read(&libraries.archive).map_err(|error| file_error(&libraries.archive, error))?;
    Ok(Raw { archives: vec![archive], objects: vec![], shared: libraries.shared, libraries: vec![] })
}

/// What the objects say of themselves must be what the manifest says.
fn check_note(recipe: &Recipe, archive: &[u8], target: Target) -> Result<ModuleNote, Vec<Diagnostic>> {
    let name = recipe.manifest.name.as_str();
    let sections = archive::sections(archive, NOTE_SECTION, target.machine());
    let Some(note) = sections.first().and_then(|bytes| ModuleNote::parse(bytes)) else {
        let message = format!("expected the note of the module `{name}` in what was compiled, found none");
        return Err(vec![
            Diagnostic::error(NOTE_MISSING, message)
                .with_help(format!("`RAYA_MODULE_INIT({name}) {{ … }}` in C and C++, or `#[module(name = \"{name}\", …)]` in Rust, makes it")),
        ]);
    };
    let mut problems = vec![];
    if sections.len() > 1 {
        let message = format!("expected one `RAYA_MODULE_INIT`, found {}", sections.len());
        problems.push(Diagnostic::error(NAME_DIFFERS, message).with_help("a package holds one module"));
    }
    if note.name() != Some(name) {
        let found = raya_signing::escape_for_terminal(note.name().unwrap_or_default()).into_owned();
        let message = format!("the manifest says that the module is `{name}`, its code says `{found}`");
        problems.push(Diagnostic::error(NAME_DIFFERS, message).with_help("give both the same name"));
    }
    if !abi_compatible(note.abi_version, ABI_VERSION) {
        let shown = |version: u32| {
            let (major, minor, patch) = abi_version_parts(version);
            format!("{major}.{minor}.{patch}")
        };
        let (found, host) = (shown(note.abi_version), shown(ABI_VERSION));
        let message = format!("expected code for ABI {host}, found code for {found}");
        problems.push(Diagnostic::error(ABI_DIFFERS, message).with_help("use the headers of this `raya`"));
    }
    let defined = archive::definitions(archive, target.machine());
    for symbol in [bind_symbol(name), init_symbol(name)] {
        if problems.is_empty() && !defined.contains(&symbol) {
            let message = format!("expected the function `{symbol}`, found none");
            problems.push(
                Diagnostic::error(NOTE_MISSING, message)
                    .with_help("inside `namespace` or `static` it is not seen"),
            );
        }
    }
    if problems.is_empty() { Ok(note) } else { Err(problems) }
}

/// Names the target in the report of a problem that does not name it itself.
fn in_target(triple: Triple) -> impl Fn(ToolchainError) -> Vec<Diagnostic> {
    move |error| vec![Diagnostic::from(error).with_note(format!("target: {triple}"))]
}

pub(crate) fn file_error(path: &Path, error: std::io::Error) -> Vec<Diagnostic> {
    vec![ToolchainError::File { path: path.to_path_buf(), error }.into()]
}
