//! Reads what is to be built: the builder's manifest, the targets, the folders.

use std::path::{Component, Path, PathBuf};

use raya_manifests::{BuilderManifest, Language, Triple};
use raya_source::{Diagnostic, FileId, SourceFile, SourceMap};
use raya_toolchain::{Target, ToolchainError};

use crate::codes::{RECIPE_UNREADABLE, SOURCE_REFUSED};
use crate::work;
use crate::{BuildRequest, MANIFEST_NAME};

/// Largest manifest or stub, in bytes.
const TEXT_BYTES_MAX: u64 = 1 << 20;

/// What is to be built.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) manifest: BuilderManifest,
    /// The module's folder, absolute.
    pub(crate) folder: PathBuf,
    /// Where everything that is made on the way lies: `FOLDER/target/raya`.
    pub(crate) work: PathBuf,
    /// The stub's text and where it is shown.
    pub(crate) stub: Option<Stub>,
    /// Sorted, without doubles.
    pub(crate) targets: Vec<(Triple, Target)>,
}

/// A stub as it was read.
#[derive(Debug)]
pub(crate) struct Stub {
    pub(crate) file: FileId,
    pub(crate) text: String,
}

/// Static libraries that every runtime pack has; all others are merged into the archive.
const SYSTEM_LIBRARIES: &[&str] = &["c", "dl", "gcc_s", "m", "pthread", "rt", "stdc++", "util"];

impl Recipe {
    /// Libraries that come with the target, in link order.
    pub(crate) fn system_libraries(&self) -> Vec<String> {
        let is_system = |name: &&String| SYSTEM_LIBRARIES.contains(&name.as_str());
        self.manifest.libraries.iter().filter(is_system).cloned().collect()
    }

    /// Libraries that become part of the module, in link order.
    pub(crate) fn merged_libraries(&self) -> impl Iterator<Item = &str> {
        let is_merged = |name: &&str| !SYSTEM_LIBRARIES.contains(name);
        self.manifest.libraries.iter().map(String::as_str).filter(is_merged)
    }

    /// Where headers are looked for, from the manifest's folder: those of the target first, where there are some.
    pub(crate) fn include_folders(&self, target: Target) -> Vec<PathBuf> {
        let folders = self.manifest.include_dirs.iter().map(|path| PathBuf::from(path.as_ref() as &str));
        let with_own = folders.flat_map(|folder| [folder.join(target.triple()), folder]);
        with_own.filter(|folder| self.folder.join(folder).is_dir()).collect()
    }

    /// Where static libraries of a target are looked for first.
    pub(crate) fn library_folders(&self, target: Target) -> Vec<PathBuf> {
        let folder = |path: &raya_manifests::RelativePath| {
            self.folder.join(path.as_ref() as &str).join(target.triple())
        };
        self.manifest.library_dirs.iter().map(folder).collect()
    }

    /// Where the package goes when nothing else is asked for: beside the manifest.
    pub(crate) fn package(&self, asked: Option<&Path>) -> PathBuf {
        let name = format!("{}-{}.rmod", self.manifest.name, self.manifest.version);
        asked.map_or_else(|| self.folder.join(name), Path::to_path_buf)
    }

    /// The files that the package is made from and that are named in the manifest.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = PathBuf> {
        let sources = self.manifest.sources.iter().map(|source| self.folder.join(source.as_ref() as &str));
        let stub = self.manifest.stub.iter().map(|stub| self.folder.join(stub.as_ref() as &str));
        sources.chain(stub).chain([self.folder.join(MANIFEST_NAME)])
    }

    /// The SDK of this build. It lies below the module's folder: cargo hashes the path of what lies elsewhere.
    pub(crate) fn sdk(&self) -> PathBuf {
        self.work.join("sdk")
    }
}

/// Reads the recipe. Documents are added to `sources`, for reports.
pub(crate) fn read(request: &BuildRequest<'_>, sources: &mut SourceMap) -> Result<Recipe, Vec<Diagnostic>> {
    let folder = std::fs::canonicalize(request.folder)
        .ok()
        .filter(|folder| folder.join(MANIFEST_NAME).exists())
        .ok_or_else(|| vec![no_manifest(request.folder)])?;
    let text = read_text(&folder.join(MANIFEST_NAME))?;
    let file = sources.add(SourceFile::new(MANIFEST_NAME, text.as_str()));
    let manifest = BuilderManifest::parse(file, text.as_bytes())?;
    let stub = match &manifest.stub {
        Some(path) => {
            let text = read_text(&folder.join(path.as_ref() as &str))?;
            let file = sources.add(SourceFile::new(path.to_string(), text.as_str()));
            Some(Stub { file, text })
        }
        None => None,
    };
    let targets = targets(&manifest, request.targets)?;
    check_paths(&manifest)?;
    check_sources(&manifest, &folder)?;
    check_folders(&manifest, &folder)?;
    let work = work::open(&folder)?;
    Ok(Recipe { manifest, folder, work, stub, targets })
}

fn targets(manifest: &BuilderManifest, asked: &[String]) -> Result<Vec<(Triple, Target)>, Vec<Diagnostic>> {
    let named: Vec<String> = match (asked, manifest.targets.as_slice()) {
        // A module without a list is for `raya run` on this machine and for locked bundles.
        ([], []) => [Target::X86_64Gnu, Target::X86_64Musl].map(|target| target.triple().to_owned()).to_vec(),
        ([], listed) => listed.iter().map(|triple| triple.as_str().to_owned()).collect(),
        (asked, _) => asked.to_vec(),
    };
    let (mut targets, mut problems) = (vec![], vec![]);
    for name in named {
        match (Triple::new(&name), Target::of_triple(&name)) {
            (Some(triple), Ok(target)) => targets.push((triple, target)),
            (_, Err(error)) => problems.push(Diagnostic::from(error)),
            (None, Ok(target)) => {
                problems.push(
                    raya_toolchain::ToolchainError::Target { triple: target.triple().to_owned() }.into(),
                );
            }
        }
    }
    targets.sort();
    targets.dedup();
    if problems.is_empty() { Ok(targets) } else { Err(problems) }
}

/// Nothing that is handed to a compiler may look like an option: a module's author must not choose what else runs here.
fn check_paths(manifest: &BuilderManifest) -> Result<(), Vec<Diagnostic>> {
    let BuilderManifest { sources, include_dirs, library_dirs, stub, cargo_package, .. } = manifest;
    let paths = sources.iter().chain(include_dirs).chain(library_dirs).chain(stub).chain(cargo_package);
    let problems: Vec<Diagnostic> = paths
        .map(|path| PathBuf::from(path.as_ref() as &str))
        .filter(|path| raya_toolchain::is_misleading_path(path))
        .map(|path| ToolchainError::Path { path }.into())
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Sources stay in the module's folder, so that what is built does not depend on what lies around it.
fn check_sources(manifest: &BuilderManifest, folder: &Path) -> Result<(), Vec<Diagnostic>> {
    let mut problems = vec![];
    for source in &manifest.sources {
        let path = Path::new(source.as_ref() as &str);
        let language = raya_toolchain::Language::of_file(path);
        let expected = match manifest.language {
            Language::C => language == Some(raya_toolchain::Language::C),
            _ => language.is_some(),
        };
        if path.components().any(|part| matches!(part, Component::ParentDir)) {
            let message = format!("expected a source in the module's folder, found `{source}`");
            problems.push(Diagnostic::error(SOURCE_REFUSED, message).with_help("move it below the folder"));
        } else if !expected {
            let message = format!("expected a source of language `{}`, found `{source}`", manifest.language);
            problems.push(
                Diagnostic::error(SOURCE_REFUSED, message).with_help(
                    "sources end in `.c` or, for C++, `.cpp`, `.cc`, `.cxx`; headers are not listed",
                ),
            );
        } else if !folder.join(path).is_file() {
            let message =
                format!("expected the source `{source}` in the module's folder, found no such file");
            problems.push(
                Diagnostic::error(RECIPE_UNREADABLE, message)
                    .with_help("`sources` in raya-module.toml names it"),
            );
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// A folder that is not there would be passed over in silence.
fn check_folders(manifest: &BuilderManifest, folder: &Path) -> Result<(), Vec<Diagnostic>> {
    let named = [("include-dirs", &manifest.include_dirs), ("library-dirs", &manifest.library_dirs)];
    let mut problems = vec![];
    for (key, paths) in named {
        for path in paths.iter().filter(|path| !folder.join(path.as_str()).is_dir()) {
            let message = format!("`{key}`: expected a folder, found none at `{path}`");
            let problem = Diagnostic::error(RECIPE_UNREADABLE, message);
            problems
                .push(problem.with_help("it is looked for in the module's folder, beside raya-module.toml"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn read_text(path: &Path) -> Result<String, Vec<Diagnostic>> {
    let metadata = std::fs::metadata(path).map_err(|error| vec![unreadable(path, &error.to_string())])?;
    if !metadata.is_file() {
        return Err(vec![unreadable(path, "it is not a file")]);
    }
    if metadata.len() > TEXT_BYTES_MAX {
        return Err(vec![unreadable(path, "it has more than 1048576 bytes")]);
    }
    std::fs::read_to_string(path).map_err(|error| vec![unreadable(path, &error.to_string())])
}

fn no_manifest(folder: &Path) -> Diagnostic {
    let shown = raya_signing::escape_for_terminal(&folder.to_string_lossy()).into_owned();
    let message = format!("expected `{MANIFEST_NAME}` in the folder `{shown}`, found none");
    Diagnostic::error(RECIPE_UNREADABLE, message)
        .with_help("name the module's folder: `raya module build FOLDER`; docs/guide-modules.md shows what the file says")
}

fn unreadable(path: &Path, reason: &str) -> Diagnostic {
    let shown = raya_signing::escape_for_terminal(&path.to_string_lossy()).into_owned();
    Diagnostic::error(RECIPE_UNREADABLE, format!("`{shown}` cannot be read: {reason}"))
}
