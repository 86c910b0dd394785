//! Loading: from an entry file to all modules of a program, parsed and in evaluation order.
//!
//! Files are read through a function that is passed in; nothing here touches the file system.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use raya_abi::names::{NATIVE_SCHEME, STANDARD_SCHEME, is_module_name};
use raya_source::{Diagnostic, SourceFile, SourceMap, Span};
use raya_syntax::ast::{self, Export, StatementKind};
use raya_syntax::{parse, parse_library};

use crate::tables::ModuleKind;
use crate::{codes, prelude};

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    NotFound,
    /// There is no such file, but one whose name differs little: without folder and ending.
    Misspelt(String),
    /// Anything else, as the system says it.
    Failed(String),
}

/// Where an import specifier leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A module of [`Loaded::modules`].
    Module(usize),
    /// A native module, by name.
    Native(String),
    /// Nowhere; that was reported.
    Missing,
}

/// A parsed module.
#[derive(Debug)]
pub struct LoadedModule {
    /// Path relative to the app, `std:NAME`, or `prelude:NAME`.
    pub path: String,
    /// Where it comes from.
    pub kind: ModuleKind,
    /// Its tree.
    pub tree: ast::Module,
    /// Where each specifier that it names leads.
    pub links: BTreeMap<String, Link>,
}

/// A `native:NAME` import and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeImport {
    /// The module, without `native:`.
    pub module: String,
    /// The specifier.
    pub span: Span,
}

/// All that a check needs to know of a program's sources.
#[derive(Debug, Default)]
pub struct Loaded {
    /// All files, the prelude's included.
    pub sources: SourceMap,
    /// The prelude, then every other module after those that it imports; the entry is the last.
    pub modules: Vec<LoadedModule>,
    /// Native imports of app modules in the order of the modules and of the source.
    pub natives: Vec<NativeImport>,
    /// What is wrong: lexer, parser, unresolved imports, cycles.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads a program. `entry` and what `read` is asked for are paths with `/`, relative to the app's folder.
pub fn load_program(entry: &str, read: &mut dyn FnMut(&str) -> Result<String, ReadError>) -> Loaded {
    let mut loader = Loader { loaded: Loaded::default(), found: HashMap::new(), read };
    loader.load_prelude();
    match (loader.read)(entry) {
        Ok(text) => loader.load_from(entry, text),
        Err(error) => {
            let message = match error {
                ReadError::NotFound => format!("expected a program at `{entry}`, found no such file"),
                ReadError::Misspelt(similar) => {
                    format!("expected a program at `{entry}`, found no such file; there is `{similar}.raya`")
                }
                ReadError::Failed(why) => format!("cannot read `{entry}`: {why}"),
            };
            loader.loaded.diagnostics.push(Diagnostic::error(codes::UNREADABLE_FILE, message));
        }
    }
    loader.loaded
}

/// A module whose imports are being followed.
struct Open {
    path: String,
    kind: ModuleKind,
    tree: ast::Module,
    specifiers: Vec<ast::StringLiteral>,
    next: usize,
    links: BTreeMap<String, Link>,
}

#[derive(Clone, Copy)]
enum State {
    Open,
    Done(usize),
    Failed,
}

struct Loader<'r> {
    loaded: Loaded,
    found: HashMap<String, State>,
    read: &'r mut dyn FnMut(&str) -> Result<String, ReadError>,
}

impl Loader<'_> {
    fn load_prelude(&mut self) {
        for (name, text) in prelude::FILES {
            let path = format!("prelude:{name}");
            let tree = self.parse(&path, Cow::Borrowed(*text));
            let links = BTreeMap::new();
            self.loaded.modules.push(LoadedModule { path, kind: ModuleKind::Prelude, tree, links });
        }
    }

    /// Parses a file: what is borrowed is the library's.
    fn parse(&mut self, path: &str, text: Cow<'static, str>) -> ast::Module {
        let parsed = match text {
            Cow::Borrowed(text) => parse_library(self.loaded.sources.add(SourceFile::new(path, text)), text),
            Cow::Owned(text) => {
                let file = self.loaded.sources.add(SourceFile::new(path, text));
                parse(file, self.loaded.sources.file(file).text())
            }
        };
        self.loaded.diagnostics.extend(parsed.diagnostics);
        parsed.module
    }

    /// Depth first with a stack of its own: import chains may be long.
    fn load_from(&mut self, entry: &str, text: String) {
        let first = self.open(normalize(entry), ModuleKind::App, Cow::Owned(text));
        let mut stack = vec![first];
        while let Some(top) = stack.last_mut() {
            let Some(specifier) = top.specifiers.get(top.next).cloned() else {
                if let Some(done) = stack.pop() {
                    self.close(done);
                }
                continue;
            };
            top.next += 1;
            let key = specifier.value.to_string();
            if top.links.contains_key(&key) && !key.starts_with(NATIVE_SCHEME) {
                continue;
            }
            let importer = (top.path.clone(), top.kind);
            let (link, opened) = self.follow(&importer.0, &specifier, &stack);
            if let Some(top) = stack.last_mut() {
                top.links.insert(key, link);
            }
            stack.extend(opened);
        }
    }

    fn open(&mut self, path: String, kind: ModuleKind, text: Cow<'static, str>) -> Open {
        let tree = self.parse(&path, text);
        self.found.insert(path.clone(), State::Open);
        let specifiers = specifiers(&tree);
        Open { path, kind, tree, specifiers, next: 0, links: BTreeMap::new() }
    }

    fn close(&mut self, mut done: Open) {
        let index = self.loaded.modules.len();
        self.found.insert(done.path.clone(), State::Done(index));
        // Links were made when the target was opened; its index is known only now that it is done.
        for specifier in &done.specifiers {
            if let Some(path) = target_path(&done.path, &specifier.value)
                && let Some(State::Done(target)) = self.found.get(&path)
            {
                done.links.insert(specifier.value.to_string(), Link::Module(*target));
            }
        }
        self.loaded.modules.push(LoadedModule {
            path: done.path,
            kind: done.kind,
            tree: done.tree,
            links: done.links,
        });
    }

    fn follow(
        &mut self,
        importer: &str,
        specifier: &ast::StringLiteral,
        stack: &[Open],
    ) -> (Link, Option<Open>) {
        let text = &*specifier.value;
        if let Some(name) = text.strip_prefix(NATIVE_SCHEME) {
            return (self.native(name, specifier.span), None);
        }
        let Some(path) = target_path(importer, text) else {
            let message = format!(
                "expected an import of `./FILE`, `../FILE`, `std:NAME` or `native:NAME`, found `{text}`"
            );
            let mut diagnostic = Diagnostic::error(codes::BAD_SPECIFIER, message).at(specifier.span);
            if prelude::standard(text).is_some() {
                let help = format!("the standard module is `std:{text}`");
                diagnostic = diagnostic.with_edit(help, specifier.span, format!("\"std:{text}\""));
            }
            return self.missing(diagnostic);
        };
        match self.found.get(&path) {
            Some(State::Done(index)) => (Link::Module(*index), None),
            Some(State::Failed) => (Link::Missing, None),
            Some(State::Open) => self.missing(cycle(&path, specifier.span, stack)),
            None if path.starts_with(STANDARD_SCHEME) => self.standard(path, specifier.span),
            None => self.relative(path, text, specifier.span),
        }
    }

    fn missing(&mut self, diagnostic: Diagnostic) -> (Link, Option<Open>) {
        self.loaded.diagnostics.push(diagnostic);
        (Link::Missing, None)
    }

    fn native(&mut self, name: &str, span: Span) -> Link {
        if !is_module_name(name) {
            let message = format!("expected a module name of `a`-`z`, `0`-`9` and `_`, found `{name}`");
            self.loaded.diagnostics.push(Diagnostic::error(codes::BAD_SPECIFIER, message).at(span));
            return Link::Missing;
        }
        self.loaded.natives.push(NativeImport { module: name.to_owned(), span });
        Link::Native(name.to_owned())
    }

    fn standard(&mut self, path: String, span: Span) -> (Link, Option<Open>) {
        let name = &path[STANDARD_SCHEME.len()..];
        match prelude::standard(name) {
            Some(text) => {
                let opened = self.open(path.clone(), ModuleKind::Standard, Cow::Borrowed(text));
                (Link::Missing, Some(opened))
            }
            None => {
                let known: Vec<String> =
                    prelude::STANDARD.iter().map(|(name, _)| format!("std:{name}")).collect();
                let message = format!("expected a standard module, found `{path}`");
                let diagnostic = Diagnostic::error(codes::UNKNOWN_STANDARD_MODULE, message).at(span);
                let diagnostic = match raya_source::closest(&path, known.iter().map(String::as_str)) {
                    Some(similar) => diagnostic.with_edit(
                        format!("did you mean `{similar}`?"),
                        span,
                        format!("\"{similar}\""),
                    ),
                    None => diagnostic.with_help(format!("there are {}", known.join(", "))),
                };
                self.found.insert(path, State::Failed);
                self.missing(diagnostic)
            }
        }
    }

    fn relative(&mut self, path: String, specifier: &str, span: Span) -> (Link, Option<Open>) {
        match (self.read)(&path) {
            Ok(text) => {
                let opened = self.open(path, ModuleKind::App, Cow::Owned(text));
                (Link::Missing, Some(opened))
            }
            Err(error) => {
                let diagnostic = match error {
                    ReadError::NotFound => {
                        let message = format!("cannot find the module `{specifier}`");
                        let diagnostic = Diagnostic::error(codes::UNRESOLVED_IMPORT, message)
                            .at(span)
                            .with_note(format!("looked for `{path}`"));
                        let endings = [".js", ".ts", ".mjs", ".mts"];
                        match endings.iter().find_map(|ending| specifier.strip_suffix(ending)) {
                            Some(name) => diagnostic.with_edit(
                                "a file of this language is imported without its ending",
                                span,
                                format!("\"{name}\""),
                            ),
                            None => diagnostic,
                        }
                    }
                    ReadError::Misspelt(similar) => {
                        let folder = specifier.rfind('/').map_or("", |at| &specifier[..=at]);
                        let message = format!("cannot find the module `{specifier}`");
                        Diagnostic::error(codes::UNRESOLVED_IMPORT, message)
                            .at(span)
                            .with_note(format!("looked for `{path}`"))
                            .with_edit(
                                format!("did you mean `{folder}{similar}`?"),
                                span,
                                format!("\"{folder}{similar}\""),
                            )
                    }
                    ReadError::Failed(why) => {
                        Diagnostic::error(codes::UNREADABLE_FILE, format!("cannot read `{path}`: {why}"))
                            .at(span)
                    }
                };
                self.found.insert(path, State::Failed);
                self.missing(diagnostic)
            }
        }
    }
}

fn cycle(path: &str, span: Span, stack: &[Open]) -> Diagnostic {
    let start = stack.iter().position(|open| open.path == path).unwrap_or(0);
    let mut names: Vec<&str> = stack[start..].iter().map(|open| &*open.path).collect();
    names.push(path);
    let message = format!("modules import each other in a circle: {}", names.join(" → "));
    Diagnostic::error(codes::IMPORT_CYCLE, message)
        .at(span)
        .with_help("move what both need into a module of its own")
}

/// The path a specifier leads to, for all but native ones.
fn target_path(importer: &str, specifier: &str) -> Option<String> {
    if specifier.starts_with(STANDARD_SCHEME) {
        return Some(specifier.to_owned());
    }
    if !specifier.starts_with("./") && !specifier.starts_with("../") {
        return None;
    }
    let folder = importer.rfind('/').map_or("", |at| &importer[..at]);
    let joined = if folder.is_empty() { specifier.to_owned() } else { format!("{folder}/{specifier}") };
    let mut path = normalize(&joined);
    if !path.ends_with(".raya") {
        path.push_str(".raya");
    }
    Some(path)
}

/// `a/./b/../c` as `a/c`; leading `..` and `/` stay.
fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// The specifiers a module names, in source order.
fn specifiers(tree: &ast::Module) -> Vec<ast::StringLiteral> {
    let mut found = Vec::new();
    for statement in &tree.statements {
        match &statement.kind {
            StatementKind::Import(import) => found.push(import.specifier.clone()),
            StatementKind::Export(export) => match &**export {
                Export::List { specifier: Some(specifier), .. } | Export::All { specifier, .. } => {
                    found.push(specifier.clone());
                }
                _ => {}
            },
            _ => {}
        }
    }
    found
}

/// Who says what a native module offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A `.raya` file beside the library, in its package, or in a folder of stubs.
    Stub,
    /// The module's own descriptor.
    Descriptor,
}

/// A parsed declaration of a native module.
#[derive(Debug)]
pub struct NativeDeclaration {
    /// The module it was found for, without `native:`.
    pub module: String,
    /// Who says so.
    pub origin: Origin,
    /// The file's tree; it holds a `declare module` block.
    pub tree: ast::Module,
}

/// Parses the text of a stub or descriptor into a declaration; what is wrong with it is added to `loaded.diagnostics`.
pub fn parse_declaration(
    loaded: &mut Loaded,
    file: &str,
    module: &str,
    origin: Origin,
    text: String,
) -> NativeDeclaration {
    let id = loaded.sources.add(SourceFile::new(file, text));
    let parsed = parse(id, loaded.sources.file(id).text());
    loaded.diagnostics.extend(parsed.diagnostics);
    NativeDeclaration { module: module.to_owned(), origin, tree: parsed.module }
}

/// Parses a file of a folder of stubs, which may declare several native modules; what is wrong with it is added to
/// `loaded.diagnostics`.
pub fn parse_stubs(loaded: &mut Loaded, file: &str, text: String) -> Vec<NativeDeclaration> {
    let id = loaded.sources.add(SourceFile::new(file, text));
    let parsed = parse(id, loaded.sources.file(id).text());
    loaded.diagnostics.extend(parsed.diagnostics);
    let (span, node_count) = (parsed.module.span, parsed.module.node_count);
    let mut declarations = vec![];
    for statement in parsed.module.statements {
        let module = match &statement.kind {
            StatementKind::DeclareModule(block) => block.specifier.value.strip_prefix(NATIVE_SCHEME),
            _ => None,
        };
        match module.map(str::to_owned) {
            Some(module) => {
                let tree =
                    ast::Module { file: id, span, statements: vec![statement], comments: vec![], node_count };
                declarations.push(NativeDeclaration { module, origin: Origin::Stub, tree });
            }
            None => {
                let message = format!(
                    "expected `declare module \"{NATIVE_SCHEME}NAME\" {{ … }}` only in a folder of stubs"
                );
                loaded.diagnostics.push(Diagnostic::error(codes::STUB_NAME, message).at(statement.span));
            }
        }
    }
    declarations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &[(&str, &str)]) -> Loaded {
        let files: HashMap<String, String> =
            files.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        load_program("main.raya", &mut |path| files.get(path).cloned().ok_or(ReadError::NotFound))
    }

    #[test]
    fn modules_come_after_what_they_import() {
        let loaded = load(&[
            ("main.raya", "import { a } from \"./lib/a\"; import { h } from \"native:crypto\";"),
            ("lib/a.raya", "import { b } from \"../b\"; export const a = b;"),
            ("b.raya", "export const b = 1;"),
        ]);
        let app: Vec<&str> =
            loaded.modules.iter().filter(|one| one.kind == ModuleKind::App).map(|one| &*one.path).collect();
        assert_eq!(app, ["b.raya", "lib/a.raya", "main.raya"]);
        assert_eq!(loaded.natives[0].module, "crypto");
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        assert!(matches!(loaded.modules.last().unwrap().links["./lib/a"], Link::Module(_)));
    }

    #[test]
    fn cycles_are_shown_and_missing_files_named() {
        let loaded = load(&[
            ("main.raya", "import { a } from \"./a\"; import { x } from \"./none\";"),
            ("a.raya", "import { b } from \"./b\"; export const a = 1;"),
            ("b.raya", "import { a } from \"./a\"; export const b = 1;"),
        ]);
        let codes: Vec<_> = loaded.diagnostics.iter().map(|one| one.code).collect();
        assert_eq!(codes, [codes::IMPORT_CYCLE, codes::UNRESOLVED_IMPORT]);
        assert!(loaded.diagnostics[0].message.contains("a.raya → b.raya → a.raya"));
    }

    #[test]
    fn paths_are_normalized() {
        assert_eq!(normalize("a/./b/../c.raya"), "a/c.raya");
        assert_eq!(normalize("../x"), "../x");
        assert_eq!(target_path("src/main.raya", "../lib/x"), Some("lib/x.raya".into()));
    }
}
