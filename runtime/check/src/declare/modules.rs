//! Imports and exports: from those of a module to names in its scope, and names that others may import.

use crate::checker::{Checker, closest};
use crate::codes;
use crate::declare::declared_names;
use crate::loader::{Link, LoadedModule};
use crate::tables::*;
use crate::types::Text;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, Export, ExportDefault, StatementKind};
use std::collections::HashMap;

impl<'a> Checker<'a> {
    /// Declares a module's imports, declarations and exports. Modules it imports were declared before.
    pub(crate) fn declare_module(
        &mut self,
        index: ModuleIndex,
        module: &'a LoadedModule,
        links: &HashMap<usize, ModuleIndex>,
    ) {
        self.module = index;
        let scope = self.modules[index.at()].scope;
        for statement in &module.tree.statements {
            match &statement.kind {
                StatementKind::Import(import) => self.declare_import(index, import, module, links),
                _ => self.declare_statement(scope, statement, true),
            }
        }
        for statement in &module.tree.statements {
            if let StatementKind::Export(export) = &statement.kind {
                self.declare_export(index, export, statement.span, module, links);
            }
        }
    }

    fn linked(
        &self,
        specifier: &ast::StringLiteral,
        module: &LoadedModule,
        links: &HashMap<usize, ModuleIndex>,
    ) -> Option<ModuleIndex> {
        match module.links.get(&*specifier.value)? {
            Link::Module(index) => links.get(index).copied(),
            Link::Native(name) => self.native_modules.get(name.as_str()).copied(),
            Link::Missing => None,
        }
    }

    fn declare_import(
        &mut self,
        index: ModuleIndex,
        import: &'a ast::Import,
        module: &LoadedModule,
        links: &HashMap<usize, ModuleIndex>,
    ) {
        let scope = self.modules[index.at()].scope;
        let target = self.linked(&import.specifier, module, links);
        if target.is_none()
            && let Some(Link::Native(name)) = module.links.get(&*import.specifier.value)
        {
            let message =
                format!("nothing declares the native module `{name}`: it has no stub and no descriptor");
            self.report(
                Diagnostic::error(codes::UNDECLARED_NATIVE_MODULE, message)
                    .at(import.specifier.span)
                    .with_help(format!("declare it: `declare module \"native:{name}\" {{ … }}`, or put `{name}.raya` beside the library")),
            );
        }
        if let Some(name) = &import.namespace {
            let symbols =
                target.map(|target| (ValueSymbol::Namespace(target), TypeSymbol::Namespace(target)));
            self.bind_import(index, scope, name, symbols.map(|one| one.0), symbols.map(|one| one.1));
        }
        if let Some(name) = &import.default {
            self.import_one(index, target, "default", name.span, name, &import.specifier.value);
        }
        for one in &import.named {
            self.import_one(
                index,
                target,
                &one.imported.text,
                one.imported.span,
                &one.local,
                &import.specifier.value,
            );
        }
    }

    fn import_one(
        &mut self,
        index: ModuleIndex,
        target: Option<ModuleIndex>,
        imported: &str,
        span: Span,
        local: &ast::Name,
        specifier: &str,
    ) {
        let scope = self.modules[index.at()].scope;
        let Some(target) = target else {
            return self.bind_import(index, scope, local, None, None);
        };
        match self.modules[target.at()].exports.get(imported).cloned() {
            Some(entry) => self.bind_import(index, scope, local, entry.value, entry.meaning),
            // `import fs from "std:fs"` is `import * as fs from "std:fs"`: a program carries what it uses of it.
            None if imported == "default" && self.modules[target.at()].kind == ModuleKind::Standard => {
                let (value, meaning) = (ValueSymbol::Namespace(target), TypeSymbol::Namespace(target));
                self.bind_import(index, scope, local, Some(value), Some(meaning));
            }
            None => {
                self.not_exported(target, imported, span, specifier);
                self.bind_import(index, scope, local, None, None);
            }
        }
    }

    fn not_exported(&mut self, target: ModuleIndex, name: &str, span: Span, specifier: &str) {
        if self.modules[target.at()].incomplete {
            return;
        }
        let message = format!("the module `{specifier}` does not export `{name}`");
        let mut diagnostic = Diagnostic::error(codes::NOT_EXPORTED, message).at(span);
        let module = &self.modules[target.at()];
        if let Some(entry) =
            self.scopes[module.scope.at()].names.get(name).filter(|entry| entry.import.is_none())
        {
            diagnostic = diagnostic.with_related(entry.span, "declared here without `export`");
        } else if name == "default" {
            let names: Vec<&str> = module.exports.keys().take(12).map(|one| &**one).collect();
            diagnostic = diagnostic.with_help(format!(
                "import by name: `import {{ {} }} from \"{specifier}\";`",
                names.join(", ")
            ));
        } else if let Some(similar) = closest(name, module.exports.keys().map(|one| &**one)) {
            diagnostic = diagnostic.with_edit(format!("did you mean `{similar}`?"), span, similar);
        } else if !module.exports.is_empty() {
            let names: Vec<&str> = module.exports.keys().take(12).map(|one| &**one).collect();
            diagnostic = diagnostic.with_note(format!("it exports {}", names.join(", ")));
        }
        self.report(diagnostic);
    }

    /// A name that could not be found is bound without a meaning, so that its uses stay silent.
    fn bind_import(
        &mut self,
        index: ModuleIndex,
        scope: ScopeId,
        name: &ast::Name,
        value: Option<ValueSymbol>,
        meaning: Option<TypeSymbol>,
    ) {
        let imports = &mut self.modules[index.at()].imports;
        imports.push(ImportState {
            name: name.text.clone(),
            span: name.span,
            used: value.is_none() && meaning.is_none(),
        });
        let import = imports.len() - 1;
        let value = if value.is_none() && meaning.is_none() {
            Some(self.broken_variable(&name.text, name.span))
        } else {
            value
        };
        self.declare(scope, &name.text, name.span, value, meaning, Some(import));
    }

    fn broken_variable(&mut self, name: &Text, span: Span) -> ValueSymbol {
        let error = self.types.basic.error;
        let global = self.new_global(name.clone(), self.module);
        let mut variable = self.global_variable(name.clone(), span, global, true);
        variable.declared = Some(error);
        ValueSymbol::Variable(self.new_variable(variable))
    }

    fn global_variable(
        &self,
        name: Text,
        span: Span,
        global: crate::typed::GlobalId,
        constant: bool,
    ) -> Variable<'a> {
        Variable {
            name,
            span,
            declared: None,
            place: Place::Global(global, self.module),
            constant,
            source: None,
            inferring: false,
            literal: None,
            state: VariableState::Live,
        }
    }

    fn declare_export(
        &mut self,
        index: ModuleIndex,
        export: &'a Export,
        span: Span,
        module: &LoadedModule,
        links: &HashMap<usize, ModuleIndex>,
    ) {
        let scope = self.modules[index.at()].scope;
        match export {
            Export::Declaration(inner) => {
                let mut names = Vec::new();
                declared_names(inner, &mut names);
                for name in names {
                    self.export_local(index, scope, &name, &name.text);
                }
            }
            Export::List { specifiers, specifier: None, .. } => {
                for one in specifiers {
                    self.export_local(index, scope, &one.local, &one.exported.text);
                }
            }
            Export::List { specifiers, specifier: Some(specifier), .. } => {
                let Some(target) = self.linked(specifier, module, links) else {
                    self.modules[index.at()].incomplete = true;
                    return;
                };
                for one in specifiers {
                    match self.modules[target.at()].exports.get(&one.local.text).cloned() {
                        Some(entry) => self.export_entry(index, &one.exported, entry),
                        None => self.not_exported(target, &one.local.text, one.local.span, &specifier.value),
                    }
                }
            }
            Export::All { namespace, specifier, .. } => {
                let Some(target) = self.linked(specifier, module, links) else {
                    self.modules[index.at()].incomplete = true;
                    return;
                };
                if let Some(name) = namespace {
                    let (value, meaning) = (ValueSymbol::Namespace(target), TypeSymbol::Namespace(target));
                    let entry =
                        Entry { value: Some(value), meaning: Some(meaning), span: name.span, import: None };
                    return self.export_entry(index, name, entry);
                }
                for (name, entry) in self.modules[target.at()].exports.clone() {
                    if &*name != "default" {
                        let exports = &mut self.modules[index.at()].exports;
                        exports.entry(name).or_insert(Entry { import: None, ..entry });
                    }
                }
            }
            Export::Default(default) => self.export_default(index, scope, default, span),
        }
    }

    fn export_local(&mut self, index: ModuleIndex, scope: ScopeId, local: &ast::Name, exported: &Text) {
        if let Some(entry) = self.scopes[scope.at()].names.get(&local.text).cloned() {
            if let Some(import) = entry.import {
                self.modules[index.at()].imports[import].used = true;
            }
            let name = ast::Name { text: exported.clone(), span: local.span };
            self.export_entry(index, &name, entry);
        } else if !local.is_missing() {
            let message = format!("cannot export `{}`: it is not declared in this module", local.text);
            self.error(codes::UNKNOWN_NAME, local.span, message);
        }
    }

    fn export_entry(&mut self, index: ModuleIndex, name: &ast::Name, entry: Entry) {
        let entry = Entry { import: None, ..entry };
        let exports = &mut self.modules[index.at()].exports;
        if let Some(before) = exports.insert(name.text.clone(), entry.clone())
            && (before.value != entry.value || before.meaning != entry.meaning)
        {
            let message = format!("`{}` is exported twice", name.text);
            self.report(
                Diagnostic::error(codes::DUPLICATE_NAME, message)
                    .at(name.span)
                    .with_related(before.span, "first exported here"),
            );
        }
    }

    fn export_default(&mut self, index: ModuleIndex, scope: ScopeId, default: &'a ExportDefault, span: Span) {
        let name: Text = "default".into();
        let (value, meaning) = match default {
            ExportDefault::Function(function) => {
                let index = self.declare_function(scope, function, None);
                if let Some(own) = &function.name {
                    self.declare(scope, &own.text, own.span, Some(ValueSymbol::Function(index)), None, None);
                }
                (Some(ValueSymbol::Function(index)), None)
            }
            ExportDefault::Class(class) => {
                let index = self.declare_class(scope, class);
                if let Some(own) = &class.name {
                    let (value, meaning) = (ValueSymbol::Class(index), TypeSymbol::Class(index));
                    self.declare(scope, &own.text, own.span, Some(value), Some(meaning), None);
                }
                (Some(ValueSymbol::Class(index)), Some(TypeSymbol::Class(index)))
            }
            ExportDefault::Interface(interface) => {
                self.declare_interface(scope, interface);
                let meaning =
                    self.scopes[scope.at()].names.get(&interface.name.text).and_then(|entry| entry.meaning);
                (None, meaning)
            }
            ExportDefault::Expression(_) => {
                let global =
                    self.new_global(format!("{}.default", self.modules[index.at()].name).into(), index);
                let variable = self.global_variable(name.clone(), span, global, true);
                let variable = self.new_variable(variable);
                self.modules[index.at()].default_variable = Some(variable);
                (Some(ValueSymbol::Variable(variable)), None)
            }
        };
        self.export_entry(
            index,
            &ast::Name { text: name, span },
            Entry { value, meaning, span, import: None },
        );
    }
}
