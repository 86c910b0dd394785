//! Parse: syntax trees of all source files, and every native module they import.

use std::path::{Path, PathBuf};

use raya_check::loader::{Loaded, ReadError, load_program};
use raya_manifests::ModuleName;
use raya_source::Diagnostic;

use super::resolve::Wanted;
use crate::codes::{FILE_MISSING, MODULE_NAME_INVALID};
use crate::command::{EXIT_NOT_COMPILED, Failure};
use crate::host;
use crate::request::{App, MANIFEST_NAME};

/// A program's source files, parsed.
#[derive(Debug)]
pub struct Program {
    /// Files and trees.
    pub loaded: Loaded,
    /// Native modules in the order of their first imports, each once.
    pub wanted: Vec<Wanted>,
    /// The files that the program is made from: sources and the app's manifest; `resolve` adds those of modules.
    pub inputs: Vec<PathBuf>,
}

impl Program {
    /// A failure whose diagnostics point into this program's files.
    pub fn failure(&self, diagnostics: Vec<Diagnostic>) -> Failure {
        Failure { sources: self.loaded.sources.clone(), ..diagnostics.into() }
    }
}

/// Parses the app's entry file and everything it imports.
pub fn parse(app: &App) -> Result<Program, Failure> {
    let loaded = load_program(&app.entry, &mut |path| read_source(&app.root, path));
    let (wanted, problems) = wanted_modules(&loaded);
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).cloned();
    let diagnostics: Vec<Diagnostic> = errors.chain(problems).collect();
    if diagnostics.is_empty() {
        let inputs = inputs(app, &loaded);
        return Ok(Program { loaded, wanted, inputs });
    }
    Err(Failure { diagnostics, sources: loaded.sources, code: EXIT_NOT_COMPILED })
}

fn inputs(app: &App, loaded: &Loaded) -> Vec<PathBuf> {
    // `std:` and `prelude:` name what comes with `raya`.
    let is_file = |path: &&str| !path.contains(':');
    let sources = loaded.modules.iter().map(|module| module.path.as_str()).filter(is_file);
    sources.chain(app.manifest.iter().map(|_| MANIFEST_NAME)).map(|path| app.root.join(path)).collect()
}

fn read_source(root: &Path, path: &str) -> Result<String, ReadError> {
    host::read_text(&root.join(path), raya_abi::limits::SOURCE_BYTES_MAX).map_err(|problem| {
        if problem.code == FILE_MISSING { ReadError::NotFound } else { ReadError::Failed(problem.message) }
    })
}

fn wanted_modules(loaded: &Loaded) -> (Vec<Wanted>, Vec<Diagnostic>) {
    let mut wanted: Vec<Wanted> = vec![];
    let mut problems = vec![];
    for import in &loaded.natives {
        match ModuleName::new(&import.module) {
            Some(name) if wanted.iter().any(|known| known.name == name) => {}
            Some(name) => wanted.push(Wanted { name, span: import.span }),
            None => {
                let message =
                    format!("expected a module name (`[a-z][a-z0-9_]*`), found `{}`", import.module);
                problems.push(Diagnostic::error(MODULE_NAME_INVALID, message).at(import.span));
            }
        }
    }
    (wanted, problems)
}
