//! Parse: syntax trees of all source files, and every native module they import.

use std::path::{Path, PathBuf};

use raya_check::codes::UNDECLARED_NATIVE_MODULE;
use raya_check::loader::{Loaded, ReadError, load_program};
use raya_check::{NativeDeclaration, parse_stubs};
use raya_manifests::ModuleName;
use raya_source::{Code, Diagnostic, closest};
use raya_syntax::ast::StatementKind;

use super::resolve::Wanted;
use crate::app::MANIFEST_NAME;
use crate::codes::{FILE_MISSING, MODULE_NAME_INVALID};
use crate::command::{EXIT_NOT_COMPILED, Failure};
use crate::host;
use crate::request::App;

// The first of the parser's codes for constructs that the language does without: those are read like any other.
const FIRST_REFUSED_CONSTRUCT: &str = "R0150";

/// A program's source files, parsed.
#[derive(Debug)]
pub struct Program {
    /// Files and trees.
    pub loaded: Loaded,
    /// Native modules in the order of their first imports, each once.
    pub wanted: Vec<Wanted>,
    /// What the app's folders of stubs say of native modules, imported or not.
    pub stubs: Vec<NativeDeclaration>,
    /// The files that the program is made from: sources, stubs and the app's manifest; `resolve` adds those of modules.
    pub inputs: Vec<PathBuf>,
}

impl Program {
    /// A failure whose diagnostics point into this program's files.
    pub fn failure(&self, diagnostics: Vec<Diagnostic>) -> Failure {
        Failure { sources: self.loaded.sources.clone(), ..diagnostics.into() }
    }
}

impl Program {
    /// Makes a last statement that is an expression the program's value.
    pub fn return_last_expression(&mut self) {
        let entry = self.loaded.modules.last_mut();
        let Some(last) = entry.and_then(|module| module.tree.statements.last_mut()) else { return };
        if let StatementKind::Expression(value) = &last.kind {
            last.kind = StatementKind::Return(Some(value.clone()));
        }
    }
}

/// Parses the app's entry file and everything it imports.
pub fn parse(app: &App) -> Result<Program, Failure> {
    let mut loaded = load_program(&app.entry, &mut |path| match &app.text {
        Some(text) if path == app.entry => Ok(text.clone()),
        _ => read_source(&app.root, path),
    });
    loaded.sources.set_folder(&app.root);
    let (wanted, mut problems) = wanted_modules(&loaded);
    let (stub_files, stubs) = read_stubs(app, &mut loaded, &mut problems);
    if problems.is_empty() && !loaded.diagnostics.iter().any(Diagnostic::is_error) {
        let mut inputs = inputs(app, &loaded);
        inputs.extend(stub_files);
        return Ok(Program { loaded, wanted, stubs, inputs });
    }
    let mut diagnostics = everything_wrong(&loaded);
    diagnostics.extend(problems);
    Err(Failure { diagnostics, sources: loaded.sources, code: EXIT_NOT_COMPILED })
}

fn inputs(app: &App, loaded: &Loaded) -> Vec<PathBuf> {
    // `std:` and `prelude:` name what comes with `raya`.
    let is_file = |path: &&str| !path.contains(':');
    let sources = loaded.modules.iter().map(|module| module.path.as_str()).filter(is_file);
    sources.chain(app.manifest.iter().map(|_| MANIFEST_NAME)).map(|path| app.root.join(path)).collect()
}

/// Reads the files in the folders of stubs that the app's manifest names.
fn read_stubs(
    app: &App,
    loaded: &mut Loaded,
    problems: &mut Vec<Diagnostic>,
) -> (Vec<PathBuf>, Vec<NativeDeclaration>) {
    let (mut files, mut stubs) = (vec![], vec![]);
    for folder in app.manifest.iter().flat_map(|manifest| &manifest.stubs) {
        let names = host::list_folder(&app.root.join(folder.as_str())).unwrap_or_else(|problem| {
            problems.push(problem);
            vec![]
        });
        let texts = names.iter().filter_map(|name| name.to_str());
        let names: Vec<&str> = texts.filter(|name| name.ends_with(".raya")).collect();
        if names.is_empty() {
            let message = format!(
                "expected files that end in `.raya` in the folder of stubs `{}`, found none",
                folder.as_str()
            );
            let help = format!("write one, or take the folder out of `[stubs]` in {MANIFEST_NAME}");
            problems.push(Diagnostic::error(FILE_MISSING, message).with_help(help));
        }
        for name in names {
            let file = format!("{}/{name}", folder.as_str());
            let path = app.root.join(&file);
            match host::read_text(&path, raya_abi::limits::SOURCE_BYTES_MAX) {
                Ok(text) => stubs.extend(parse_stubs(loaded, &file, text)),
                Err(problem) => problems.push(problem),
            }
            files.push(path);
        }
    }
    (files, stubs)
}

/// What is wrong with a program that will not be compiled. Where its trees can be relied on, the checker's errors are added,
/// so that one run shows all of them.
fn everything_wrong(loaded: &Loaded) -> Vec<Diagnostic> {
    if loaded.diagnostics.iter().any(|one| is_plain_syntax(one.code)) {
        let errors = loaded.diagnostics.iter().filter(|one| one.is_error());
        let mut errors: Vec<Diagnostic> = errors.cloned().collect();
        // The parser's and those of imports come in the order of the source.
        errors.sort_by_key(|one| one.primary.as_ref().map(|label| (label.span.file, label.span.start)));
        return errors;
    }
    let checked = raya_check::check(loaded, &[]).diagnostics;
    // Native modules are looked for only once the program can be read.
    checked.into_iter().filter(|one| one.code != UNDECLARED_NATIVE_MODULE).collect()
}

/// Whether the parser met what it could not read, rather than a construct it knows and refuses.
fn is_plain_syntax(code: Code) -> bool {
    code.0.starts_with("R01") && code.0 < FIRST_REFUSED_CONSTRUCT
}

fn read_source(root: &Path, path: &str) -> Result<String, ReadError> {
    host::read_text(&root.join(path), raya_abi::limits::SOURCE_BYTES_MAX).map_err(
        |problem| match similar_file(&root.join(path)) {
            _ if problem.code != FILE_MISSING => ReadError::Failed(problem.message),
            Some(similar) => ReadError::Misspelt(similar),
            None => ReadError::NotFound,
        },
    )
}

/// The name, without ending, of a source file in the same folder that is called almost like the one that is missing.
fn similar_file(path: &Path) -> Option<String> {
    let wanted = path.file_stem()?.to_str()?;
    let names = host::list_folder(path.parent()?).ok()?;
    let stems = names.iter().filter_map(|name| name.to_str()?.strip_suffix(".raya"));
    closest(wanted, stems).map(str::to_owned)
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
