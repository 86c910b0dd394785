//! The app that a command works on: where it lies, what its manifest says, and which file runs.

use std::path::{Component, Path, PathBuf};

use raya_manifests::{AppManifest, Version, document_file};
use raya_source::{Diagnostic, SourceMap};

use crate::codes::{ENTRY_INVALID, ENTRY_MISSING};
use crate::command::{EXIT_NOT_COMPILED, EXIT_USAGE, Failure};
use crate::host;

/// Largest manifest or policy.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 1 << 20;
/// The app's manifest.
pub(crate) const MANIFEST_NAME: &str = "raya.toml";
/// The name that code from the command line is shown under; no file can be imported by it.
const TEXT_NAME: &str = "<eval>";

/// The app: its entry file, its folder, and what its manifest says.
#[derive(Debug)]
pub struct App {
    /// The folder that source files are named relative to, and whose `raya.toml` was read.
    pub root: PathBuf,
    /// The entry file, relative to `root`, with `/` between folders.
    pub entry: String,
    /// The entry's text, where it is no file.
    pub text: Option<String>,
    /// `raya.toml`, when there is one.
    pub manifest: Option<AppManifest>,
    /// Documents that diagnostics may point into; source files are added by `parse`.
    pub sources: SourceMap,
}

impl App {
    /// The app of an entry file, or, without one, that of the working folder.
    pub fn of(entry: Option<&Path>) -> Result<App, Failure> {
        entry.map_or_else(App::of_working_folder, App::find)
    }

    /// Finds an app by its entry file. Its manifest lies beside the entry, or in the folder above when the entry is in
    /// `src`; no other place is looked at, so that a file planted elsewhere says nothing.
    pub fn find(entry: &Path) -> Result<App, Failure> {
        let folder = match entry.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        // The folder's name is looked for in the whole path: in `src` itself it is called `.`.
        let is_src = host::absolute(&folder).file_name().is_some_and(|name| name == "src");
        let above = is_src.then(|| folder.join(".."));
        let root = std::iter::once(folder.clone())
            .chain(above)
            .find(|candidate| candidate.join(MANIFEST_NAME).is_file())
            .unwrap_or_else(|| folder.clone());
        let name = entry.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
            let message = format!("expected a file ending in `.raya`, found {}", host::shown(entry));
            Diagnostic::error(ENTRY_INVALID, message)
        })?;
        let entry = if root == folder { name.to_owned() } else { format!("src/{name}") };
        App::open(root, entry, None)
    }

    /// The app whose manifest lies in the working folder, with the entry that it names.
    fn of_working_folder() -> Result<App, Failure> {
        let mut app = App::open(PathBuf::from("."), String::new(), None)?;
        let Some(manifest) = &app.manifest else {
            let message =
                "expected an entry file, or a `raya.toml` in this folder that names one; found neither";
            let problem = Diagnostic::error(ENTRY_MISSING, message)
                .with_help("name the file: `raya COMMAND APP.raya`, or make a project here: `raya init`");
            return Err(Failure { code: EXIT_USAGE, ..problem.into() });
        };
        app.entry = manifest.entry.as_str().to_owned();
        Ok(app)
    }

    /// A file of the project in `root`, run by itself with the project's manifest: a test.
    pub fn part_of(root: &Path, file: &Path) -> Result<App, Failure> {
        let parts: Option<Vec<&str>> = file
            .components()
            .filter(|part| !matches!(part, Component::CurDir))
            .map(|part| part.as_os_str().to_str())
            .collect();
        let Some(entry) = parts.map(|parts| parts.join("/")) else {
            let message = format!("expected a path in UTF-8, found {}", host::shown(file));
            return Err(Diagnostic::error(ENTRY_INVALID, message).into());
        };
        App::open(root.to_path_buf(), entry, None)
    }

    /// Code from the command line, with the working folder's manifest.
    pub fn of_text(text: &str) -> Result<App, Failure> {
        App::open(PathBuf::from("."), TEXT_NAME.to_owned(), Some(text.to_owned()))
    }

    fn open(root: PathBuf, entry: String, text: Option<String>) -> Result<App, Failure> {
        let mut sources = SourceMap::new();
        sources.set_folder(&root);
        let manifest = read_manifest(&root.join(MANIFEST_NAME), &mut sources)?;
        Ok(App { root, entry, text, manifest, sources })
    }

    /// The entry file as the working folder sees it.
    pub fn entry_path(&self) -> PathBuf {
        let root = if self.root == Path::new(".") { Path::new("") } else { &self.root };
        root.join(&self.entry)
    }

    /// The app's name: its manifest's, or the entry's without ending.
    pub fn name(&self) -> String {
        match &self.manifest {
            Some(manifest) => manifest.name.as_str().to_owned(),
            None => {
                let file = self.entry.rsplit('/').next().unwrap_or(&self.entry);
                file.strip_suffix(".raya").unwrap_or(file).to_owned()
            }
        }
    }

    /// The app's version: its manifest's, or 0.0.0.
    pub fn version(&self) -> Version {
        self.manifest.as_ref().map_or(Version::new(0, 0, 0), |manifest| manifest.version.clone())
    }
}

fn read_manifest(path: &Path, sources: &mut SourceMap) -> Result<Option<AppManifest>, Failure> {
    let Some(bytes) = host::read_file_if_present(path, DOCUMENT_BYTES_MAX)? else { return Ok(None) };
    let file = sources.add(document_file(MANIFEST_NAME, &bytes));
    AppManifest::parse(file, &bytes).map(Some).map_err(|diagnostics| Failure {
        diagnostics,
        sources: sources.clone(),
        code: EXIT_NOT_COMPILED,
    })
}
