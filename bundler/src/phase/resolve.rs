//! Resolve: finds every native module by name and reads each file once. The bytes read here are the ones that later phases
//! verify and link; no path is opened again.

use std::path::{Path, PathBuf};

use raya_abi::names::{LibraryFamily, library_names};
use raya_fallback::{SearchEnvironment, SearchPath};
use raya_manifests::{AppManifest, ModuleName, Triple, Version};
use raya_source::{Diagnostic, Span};

use crate::codes::{LINK_IN_PACKAGE, MODULE_NOT_FOUND, MODULE_VERSION_UNMET};
use crate::host;

/// Largest package or library that is read.
pub const MODULE_BYTES_MAX: usize = 1 << 30;
/// Largest stub that is read.
const STUB_BYTES_MAX: usize = 1 << 20;
/// The folder in the app's folder.
const VENDOR_FOLDER: &str = "vendor";

/// A native module that the program imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: ModuleName,
    /// The first import of it.
    pub span: Span,
}

/// Where modules are looked for.
#[derive(Clone, Debug)]
pub struct Search {
    /// The app's folder.
    pub root: PathBuf,
    /// Folders in order.
    pub folders: Vec<PathBuf>,
    /// What shared libraries are called on the target.
    pub family: LibraryFamily,
}

/// A file and what it held when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// Where it was found, for reports.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What was found for one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The module.
    pub wanted: Wanted,
    /// Its files.
    pub files: Files,
}

/// The two shapes a module comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// A package in one file.
    Package(ReadFile),
    /// A package as a folder: its entries by path inside the package.
    Folder {
        /// The folder, for reports.
        path: PathBuf,
        /// Its files, sorted by path: `rmod.toml`, `sigs/…`, `lib/…`.
        entries: Vec<(String, Vec<u8>)>,
    },
    /// Libraries as a Makefile or cargo leaves them, without a manifest.
    Bare(Bare),
}

impl Files {
    /// The files that were read.
    pub fn paths(&self) -> Vec<PathBuf> {
        match self {
            Files::Package(file) => vec![file.path.clone()],
            Files::Folder { path, entries } => entries.iter().map(|(name, _)| path.join(name)).collect(),
            Files::Bare(Bare { folder: _, archive, shared, stub }) => {
                [archive, shared, stub].into_iter().flatten().map(|file| file.path.clone()).collect()
            }
        }
    }
}

/// Libraries without a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bare {
    /// The folder they lie in.
    pub folder: PathBuf,
    /// `lib{name}.a`.
    pub archive: Option<ReadFile>,
    /// The shared library.
    pub shared: Option<ReadFile>,
    /// `{name}.raya`.
    pub stub: Option<ReadFile>,
}

impl Search {
    /// The folders an app's modules are looked for in: the vendor folder, then those of the fallback.
    pub fn new(
        root: &Path,
        environment: &SearchEnvironment,
        target: Triple,
    ) -> Result<Search, Vec<Diagnostic>> {
        let path = SearchPath::from_environment(environment)
            .map_err(|refused| refused.into_iter().map(Diagnostic::from).collect::<Vec<_>>())?;
        let folders = [root.join(VENDOR_FOLDER)].into_iter().chain(path.folders).collect();
        Ok(Search { root: root.to_path_buf(), folders, family: target.family() })
    }
}

/// Finds all wanted modules. Every one that cannot be found is reported.
pub fn resolve(
    wanted: &[Wanted],
    manifest: Option<&AppManifest>,
    search: &Search,
) -> Result<Vec<Found>, Vec<Diagnostic>> {
    let mut found = vec![];
    let mut problems = vec![];
    for wanted in wanted {
        match find(wanted, manifest, search) {
            Ok(files) => found.push(Found { wanted: wanted.clone(), files }),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn find(wanted: &Wanted, manifest: Option<&AppManifest>, search: &Search) -> Result<Files, Diagnostic> {
    let request = manifest.and_then(|manifest| manifest.module(&wanted.name));
    if let Some(path) = request.and_then(|request| request.path.as_ref()) {
        return explicit(wanted, &search.root.join(path.as_str()), search);
    }
    let accepts = |version: &Version| request.is_none_or(|request| request.versions.matches(version));
    let mut unmet = vec![];
    for folder in &search.folders {
        let names: Vec<String> =
            host::list_folder(folder)?.into_iter().filter_map(|name| name.into_string().ok()).collect();
        let versions = package_versions(&names, wanted.name.as_str());
        if let Some((_, name)) = versions.iter().rev().find(|(version, _)| accepts(version)) {
            return Ok(Files::Package(read(folder.join(name))?));
        }
        unmet.extend(versions.into_iter().map(|(_, name)| folder.join(name)));
        if let Some(files) = in_folder(wanted, folder, &names, search.family)? {
            return Ok(files);
        }
    }
    Err(not_found(wanted, &unmet, request.map(|request| request.versions.to_string()), search))
}

/// The packages of a module among a folder's names, `NAME-VERSION.rmod`, by rising version.
fn package_versions(names: &[String], module: &str) -> Vec<(Version, String)> {
    let mut versions: Vec<(Version, String)> = names
        .iter()
        .filter_map(|name| {
            let version = name.strip_prefix(module)?.strip_prefix('-')?.strip_suffix(".rmod")?;
            Some((Version::parse(version).ok()?, name.clone()))
        })
        .collect();
    versions.sort();
    versions
}

/// A package folder or bare libraries in `folder`, whose entries are `names`.
fn in_folder(
    wanted: &Wanted,
    folder: &Path,
    names: &[String],
    family: LibraryFamily,
) -> Result<Option<Files>, Diagnostic> {
    let module = wanted.name.as_str();
    if names.iter().any(|name| name == module) && folder.join(module).join("rmod.toml").is_file() {
        return read_package_folder(&folder.join(module)).map(Some);
    }
    let has = |name: &String| names.contains(name);
    let archive = [format!("lib{module}.a"), format!("libraya_{module}.a")].into_iter().find(has);
    let shared = library_names(module, family).into_iter().find(has);
    if archive.is_none() && shared.is_none() {
        return Ok(None);
    }
    let read_named = |name: Option<String>| name.map(|name| read(folder.join(name))).transpose();
    let stub = format!("{module}.raya");
    Ok(Some(Files::Bare(Bare {
        folder: folder.to_path_buf(),
        archive: read_named(archive)?,
        shared: read_named(shared)?,
        stub: read_stub(&folder.join(stub))?,
    })))
}

/// What the app's manifest points at: a package, a package folder, or a folder with libraries.
fn explicit(wanted: &Wanted, path: &Path, search: &Search) -> Result<Files, Diagnostic> {
    if path.is_file() {
        return Ok(Files::Package(read(path.to_path_buf())?));
    }
    if path.join("rmod.toml").is_file() {
        return read_package_folder(path);
    }
    let names: Vec<String> =
        host::list_folder(path)?.into_iter().filter_map(|name| name.into_string().ok()).collect();
    let versions = package_versions(&names, wanted.name.as_str());
    if let Some((_, name)) = versions.last() {
        return Ok(Files::Package(read(path.join(name))?));
    }
    in_folder(wanted, path, &names, search.family)?.ok_or_else(|| {
        let message = format!("expected module `{}` at {}, found none there", wanted.name, host::shown(path));
        Diagnostic::error(MODULE_NOT_FOUND, message)
            .labelled(wanted.span, "imported here")
            .with_help("`path` in raya.toml names a package, a package's folder, or a folder that holds either or libraries")
    })
}

fn read(path: PathBuf) -> Result<ReadFile, Diagnostic> {
    let bytes = host::read_file(&path, MODULE_BYTES_MAX)?;
    Ok(ReadFile { path, bytes })
}

fn read_stub(path: &Path) -> Result<Option<ReadFile>, Diagnostic> {
    let bytes = host::read_file_if_present(path, STUB_BYTES_MAX)?;
    Ok(bytes.map(|bytes| ReadFile { path: path.to_path_buf(), bytes }))
}

/// Reads all files of a package folder; links are refused, and so is anything but files and folders.
fn read_package_folder(path: &Path) -> Result<Files, Diagnostic> {
    let mut entries = vec![];
    for entry in walkdir::WalkDir::new(path).follow_links(false).max_depth(4).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            Diagnostic::error(
                crate::codes::FILE_UNREADABLE,
                format!("{} cannot be read: {error}", host::shown(path)),
            )
        })?;
        if entry.file_type().is_dir() {
            continue;
        }
        if entry.path_is_symlink() {
            let message = format!(
                "expected files and folders in a package, found the link {}",
                host::shown(entry.path())
            );
            return Err(Diagnostic::error(LINK_IN_PACKAGE, message)
                .with_note("what is read must be part of the package, not of wherever a link leads")
                .with_help("put the file itself there"));
        }
        let relative = entry.path().strip_prefix(path).unwrap_or(entry.path());
        let name = relative.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        entries.push((name, host::read_file(entry.path(), MODULE_BYTES_MAX)?));
    }
    Ok(Files::Folder { path: path.to_path_buf(), entries })
}

fn not_found(wanted: &Wanted, unmet: &[PathBuf], versions: Option<String>, search: &Search) -> Diagnostic {
    let name = &wanted.name;
    if let (Some(versions), false) = (versions, unmet.is_empty()) {
        let message = format!("expected a version of module `{name}` that is {versions}, found only others");
        return unmet
            .iter()
            .fold(Diagnostic::error(MODULE_VERSION_UNMET, message), |report, path| {
                report.with_note(format!("found {}", host::shown(path)))
            })
            .labelled(wanted.span, "imported here")
            .with_help(format!(
                "install a version that fits, or change `{name}` under [modules] in raya.toml"
            ));
    }
    let message = format!("expected the native module `{name}`, found it in none of the folders searched");
    let report = Diagnostic::error(MODULE_NOT_FOUND, message).labelled(wanted.span, "imported here");
    let files = library_names(name.as_str(), search.family).join("`, `");
    let report = report
        .with_note(format!("looked for `{name}-VERSION.rmod`, `{name}/rmod.toml`, `lib{name}.a`, `{files}`"));
    let report = search
        .folders
        .iter()
        .fold(report, |report, folder| report.with_note(format!("in {}", host::shown(folder))));
    near_misses(name, search)
        .iter()
        .fold(report, |report, path| {
            report.with_help(format!(
                "{} has another name than a package of the module: call it `{name}-VERSION.rmod`, as `raya module build` does by \
                 itself",
                host::shown(path)
            ))
        })
        .with_help(format!("put the module's package into one of them, or name it: [modules] {name} = {{ version = \"…\", path = \"…\" }}"))
}

/// Packages in the folders that are called almost as the module's would be: `NAME.rmod`, `NAME_1.0.0.rmod`, `Name-1.0.rmod`.
fn near_misses(name: &ModuleName, search: &Search) -> Vec<PathBuf> {
    let letters = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
    let wanted = letters(name.as_str());
    let is_near = |file: &str| {
        let rest = file.strip_suffix(".rmod").map(letters);
        let rest = rest.as_deref().and_then(|stem| stem.strip_prefix(wanted.as_str()));
        rest.is_some_and(|rest| !rest.starts_with(|first: char| first.is_ascii_lowercase()))
    };
    let files = |folder: &PathBuf| -> Vec<PathBuf> {
        let names = host::list_folder(folder).unwrap_or_default();
        let near = names.iter().filter_map(|file| file.to_str()).filter(|file| is_near(file));
        near.map(|file| folder.join(file)).collect()
    };
    search.folders.iter().flat_map(files).collect()
}

#[cfg(test)]
mod tests {
    use raya_source::FileId;

    use super::*;

    fn wanted(name: &str) -> Wanted {
        Wanted { name: ModuleName::new(name).unwrap(), span: Span::new(FileId(0), 0, 0) }
    }

    fn search(root: &Path, path: &str) -> Result<Search, Vec<Diagnostic>> {
        let environment = SearchEnvironment { module_path: Some(path.into()), ..Default::default() };
        Search::new(root, &environment, Triple::X86_64_LINUX_GNU)
    }

    #[test]
    fn folders_are_searched_in_order_and_the_highest_version_wins() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        for path in [&first, &second] {
            std::fs::create_dir(path).unwrap();
        }
        std::fs::write(second.join("fs-1.2.0.rmod"), "b").unwrap();
        std::fs::write(second.join("fs-1.10.0.rmod"), "c").unwrap();
        std::fs::write(second.join("libfs.so"), "d").unwrap();
        let search = search(folder.path(), &format!("{}:{}", first.display(), second.display())).unwrap();
        let found = |search: &Search| resolve(&[wanted("fs")], None, search).unwrap().remove(0).files;
        assert!(matches!(found(&search), Files::Package(file) if file.bytes == b"c"));
        std::fs::write(first.join("libraya_fs.so"), "e").unwrap();
        assert!(matches!(found(&search), Files::Bare(bare) if bare.shared.as_ref().unwrap().bytes == b"e"));
    }

    #[test]
    fn a_package_folder_with_links_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("fs");
        std::fs::create_dir_all(package.join("sigs")).unwrap();
        std::fs::write(package.join("rmod.toml"), "").unwrap();
        assert!(
            matches!(read_package_folder(&package).unwrap(), Files::Folder { entries, .. } if entries.len() == 1)
        );
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        for (link, leads_to) in [("sbom", "../secret"), ("sigs/k.minisig", "../../secret"), ("lib", "..")] {
            std::os::unix::fs::symlink(leads_to, package.join(link)).unwrap();
            assert_eq!(read_package_folder(&package).unwrap_err().code, LINK_IN_PACKAGE, "{link}");
            std::fs::remove_file(package.join(link)).unwrap();
        }
    }

    #[test]
    fn all_missing_modules_are_reported_with_where_they_were_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let search = search(folder.path(), "/nonexistent").unwrap();
        let problems = resolve(&[wanted("one"), wanted("two")], None, &search).unwrap_err();
        assert_eq!(problems.len(), 2);
        assert!(problems[0].notes.iter().any(|note| note.contains("/nonexistent")), "{:?}", problems[0]);
    }

    #[test]
    fn a_package_with_almost_the_right_name_is_pointed_at() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one.rmod", "One_1.0.0.rmod", "one-1.rmod", "onerous-1.0.0.rmod", "one.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let search = search(folder.path(), &folder.path().to_string_lossy()).unwrap();
        let problems = resolve(&[wanted("one")], None, &search).unwrap_err();
        let help: Vec<&str> = problems[0].help.iter().map(|help| help.message.as_str()).collect();
        for (name, is_near) in [
            ("one.rmod", true),
            ("One_1.0.0.rmod", true),
            ("one-1.rmod", true),
            ("onerous", false),
            ("one.txt", false),
        ] {
            assert_eq!(
                help.iter().any(|help| help.contains(&format!("/{name}"))),
                is_near,
                "{name}: {help:?}"
            );
        }
    }
}
