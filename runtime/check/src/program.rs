//! The whole check: declare all modules, elaborate their bodies, then every function that is reached.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use raya_abi::Representation;
use raya_abi::limits::ERRORS_PER_FILE_MAX;
use raya_source::{Diagnostic, FileId, Span};
use raya_syntax::ast::StatementKind as S;

use crate::checker::{Checker, Pending};
use crate::codes;
use crate::loader::{Loaded, LoadedModule, NativeDeclaration};
use crate::natives::{Merged, merge_all};
use crate::tables::*;
use crate::typed::{self, TypedProgram};
use crate::types::Text;

// The parser does without `raya-abi`, so these two limits stand in it once more.
const _: () = assert!(raya_syntax::limits::MAX_DIAGNOSTICS == ERRORS_PER_FILE_MAX);
const _: () = assert!(raya_syntax::limits::MAX_FILE_BYTES == raya_abi::limits::SOURCE_BYTES_MAX);

/// What a check gives.
#[derive(Debug, Default)]
pub struct CheckOutput {
    /// The program; only to be used where no diagnostic is an error.
    pub program: TypedProgram,
    /// Everything found wrong, those of loading included: by file in the order of loading, then by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl CheckOutput {
    /// Whether anything stops the work.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Checks a loaded program against the declarations of the native modules that it imports.
///
/// Pure: the same input gives the same output. Modules that could not be parsed are still checked as far as they go.
pub fn check(loaded: &Loaded, declarations: &[NativeDeclaration]) -> CheckOutput {
    check_modules(loaded, declarations, false)
}

/// Like [`check`], but also looks at the bodies of the prelude and the standard modules that nothing reaches: for the
/// prelude's own tests.
pub fn check_everything(loaded: &Loaded, declarations: &[NativeDeclaration]) -> CheckOutput {
    check_modules(loaded, declarations, true)
}

fn check_modules(loaded: &Loaded, declarations: &[NativeDeclaration], everything: bool) -> CheckOutput {
    let mut checker = Checker::new();
    let merged = merge_all(loaded, declarations, &mut checker.diagnostics);
    let program = checker.run(loaded, &merged, everything);
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.append(&mut checker.diagnostics);
    CheckOutput { program, diagnostics: in_order(diagnostics) }
}

/// Diagnostics by place, each once, at most [`ERRORS_PER_FILE_MAX`] of each file.
fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let place = |one: &Diagnostic| one.primary.as_ref().map(|label| label.span);
    diagnostics.sort_by(|a, b| (place(a), a.code, &a.message).cmp(&(place(b), b.code, &b.message)));
    diagnostics.dedup_by(|a, b| a.code == b.code && a.message == b.message && place(a) == place(b));
    // What the parser has said of a place needs no second word.
    let parsed: BTreeSet<Span> =
        diagnostics.iter().filter(|one| one.code.0.starts_with("R01")).filter_map(place).collect();
    diagnostics
        .retain(|one| one.code.0.starts_with("R01") || place(one).is_none_or(|span| !parsed.contains(&span)));
    let mut counts: BTreeMap<Option<FileId>, usize> = BTreeMap::new();
    diagnostics.retain(|one| {
        let count = counts.entry(place(one).map(|span| span.file)).or_default();
        *count += 1;
        *count <= ERRORS_PER_FILE_MAX
    });
    diagnostics
}

impl<'a> Checker<'a> {
    fn run(&mut self, loaded: &'a Loaded, merged: &'a [Merged<'a>], everything: bool) -> TypedProgram {
        let own = loaded.modules.iter().filter(|module| module.kind == ModuleKind::App);
        self.reasons.own_files = own.map(|module| module.tree.span.file).collect();
        let links = self.declare_all(loaded, merged);
        for (index, module) in loaded.modules.iter().enumerate() {
            let Some(own) = links.get(&index) else { continue };
            if module.kind == ModuleKind::App {
                self.note_assigned(*own, &module.tree);
            }
            self.elaborate_module(*own, module);
        }
        self.elaborate_reached(loaded, &links, everything);
        if self.types.too_deep {
            let message = "the program's types are larger than is followed: expected at most 64 levels where they are written, 256 where \
                           type arguments grow, and unions and comparisons of fewer than a million parts";
            self.report(Diagnostic::error(codes::TYPE_DEPTH, message));
        }
        self.warn_unused(loaded, &links);
        self.warn_unused_locals();
        self.finish()
    }

    fn new_module(&mut self, name: Text, kind: ModuleKind, scope: ScopeId) -> ModuleIndex {
        self.modules.push(ModuleState {
            name,
            kind,
            scope,
            exports: BTreeMap::new(),
            imports: Vec::new(),
            incomplete: false,
            default_variable: None,
        });
        ModuleIndex(self.modules.len() as u32 - 1)
    }

    fn declare_all(&mut self, loaded: &'a Loaded, merged: &'a [Merged<'a>]) -> HashMap<usize, ModuleIndex> {
        let mut links = HashMap::new();
        let natives = loaded.modules.iter().position(|one| one.kind != ModuleKind::Prelude);
        for (index, module) in loaded.modules.iter().enumerate() {
            if Some(index) == natives {
                self.declare_natives(merged);
            }
            let scope =
                if module.kind == ModuleKind::Prelude { self.root } else { self.child_scope(self.root) };
            let name = module_name(&module.path);
            let own = self.new_module(name, module.kind, scope);
            self.program.body_of.insert(own, index as u32);
            links.insert(index, own);
            self.declare_module(own, module, &links);
        }
        links
    }

    fn declare_natives(&mut self, merged: &'a [Merged<'a>]) {
        for one in merged {
            let name: Text = one.module.as_str().into();
            let scope = self.child_scope(self.root);
            let own = self.new_module(name.clone(), ModuleKind::Native, scope);
            self.native_modules.insert(name, own);
            self.module = own;
            self.declare_native_module(own, one);
        }
    }

    /// A module's body: its statements, top to bottom.
    fn elaborate_module(&mut self, own: ModuleIndex, module: &'a LoadedModule) {
        self.module = own;
        self.scope = self.modules[own.at()].scope;
        let mut context = self.new_context(own);
        context.is_module_body = true;
        context.is_async = false;
        self.contexts = vec![context];
        let body = self.elaborate_declared(&module.tree.statements);
        let locals = self.contexts.pop().map(|context| context.locals).unwrap_or_default();
        let id = self.reserve_function();
        self.program.functions[id.0 as usize] = Some(typed::Function {
            name: "<module>".into(),
            parameters: vec![],
            rest: false,
            locals,
            captures: vec![],
            body,
            result: Representation::Any,
            is_async: false,
            span: module.tree.span,
        });
        self.program.module_bodies.push(id);
    }

    /// Bodies of functions: all of the app, and of the rest what is reached.
    fn elaborate_reached(
        &mut self,
        loaded: &'a Loaded,
        links: &HashMap<usize, ModuleIndex>,
        everything: bool,
    ) {
        self.keep_errors();
        let app: BTreeSet<ModuleIndex> = loaded
            .modules
            .iter()
            .enumerate()
            .filter(|(_, module)| everything || module.kind == ModuleKind::App)
            .filter_map(|(index, _)| links.get(&index).copied())
            .collect();
        let mut next = 0;
        loop {
            self.elaborate_pending();
            let Some(info) = self.functions.get(next) else {
                break;
            };
            let checked = app.contains(&info.module)
                && !info.is_local
                && !info.elaborated
                && (info.owner.is_none() || everything && info.native.is_none() && !info.is_constructor);
            if checked {
                let index = FunctionIndex(next as u32);
                if matches!(self.functions[next].ast.body, raya_syntax::ast::FunctionBody::None) {
                    let (span, name) = (self.functions[next].ast.span, self.functions[next].name.clone());
                    self.error(codes::BAD_MEMBER, span, format!("the function `{name}` needs a body"));
                } else {
                    self.elaborate_function(index);
                }
            }
            next += 1;
        }
        self.check_declared_types();
    }

    fn elaborate_pending(&mut self) {
        while let Some(pending) = self.pending.pop_front() {
            match pending {
                Pending::Function(index) => self.elaborate_function(index),
                Pending::Class(class) => self.elaborate_class(class),
                Pending::StaticSide(class) => self.elaborate_static_side(class),
            }
        }
    }

    /// Aliases and interfaces that nothing uses are looked at too.
    fn check_declared_types(&mut self) {
        for at in 0..self.aliases.len() {
            self.alias_value(crate::types::AliasIndex(at as u32));
        }
        for at in 0..self.interfaces.len() {
            let parameters = self.interfaces[at].parameters.clone();
            let arguments: Vec<_> =
                parameters.iter().map(|one| self.types.intern(crate::types::Kind::Parameter(*one))).collect();
            let index = crate::types::InterfaceIndex(at as u32);
            let of = self.types.intern(crate::types::Kind::Interface(index, arguments.into()));
            self.record_of(of);
        }
    }

    /// The machine makes errors of its own: their classes are always there.
    fn keep_errors(&mut self) {
        for name in ["Error", "TypeError", "RangeError", "SyntaxError", "NativeError"] {
            if let Some(class) = self.builtin_class(name) {
                self.class_id(class);
            }
        }
    }

    fn warn_unused(&mut self, loaded: &Loaded, links: &HashMap<usize, ModuleIndex>) {
        for (index, module) in loaded.modules.iter().enumerate() {
            let Some(own) = links.get(&index).filter(|_| module.kind == ModuleKind::App) else {
                continue;
            };
            let unused: Vec<(Text, Span)> = self.modules[own.at()]
                .imports
                .iter()
                .filter(|one| !one.used)
                .map(|one| (one.name.clone(), one.span))
                .collect();
            for (name, span) in unused {
                let message = format!("`{name}` is imported but never used");
                self.report(Diagnostic::warning(codes::UNUSED_IMPORT, message).at(span));
            }
        }
    }

    fn finish(&mut self) -> TypedProgram {
        // Classes and functions may be reached only while classes are put together.
        let classes = loop {
            self.elaborate_pending();
            let classes = self.finish_classes();
            if self.pending.is_empty() && classes.len() == self.program.classes.len() {
                break classes;
            }
        };
        let first = std::mem::take(&mut self.program.first_statements);
        if let Some(Some(body)) = self
            .program
            .module_bodies
            .first()
            .and_then(|first| self.program.functions.get_mut(first.0 as usize))
        {
            body.body.splice(0..0, first);
        }
        let parts = std::mem::take(&mut self.program);
        let functions = parts.functions.into_iter().map(|one| one.unwrap_or_else(unreached)).collect();
        TypedProgram {
            functions,
            classes,
            globals: parts.globals,
            natives: parts.natives,
            types: parts.types,
            module_bodies: parts.module_bodies,
        }
    }
}

/// Stands for a function that was named but whose elaboration was thrown away.
fn unreached() -> typed::Function {
    typed::Function {
        name: "<unreached>".into(),
        parameters: vec![],
        rest: false,
        locals: vec![],
        captures: vec![],
        body: vec![],
        result: Representation::Any,
        is_async: false,
        span: Span::default(),
    }
}

/// `lib/util.raya` as `util`, for the names of globals.
fn module_name(path: &str) -> Text {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.strip_suffix(".raya").unwrap_or(file).into()
}

/// Whether a statement declares a native module: such blocks of the app count as stubs.
pub(crate) fn declares_native(statement: &raya_syntax::ast::Statement) -> bool {
    matches!(statement.kind, S::DeclareModule(_))
}
