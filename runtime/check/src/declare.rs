//! Declarations: from the statements of a module or block to names in scopes. Nothing is resolved here that a name
//! declared further down could change.

use std::collections::{BTreeMap, HashMap};

use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self, Export, ExportDefault, StatementKind};

use crate::checker::{Checker, closest};
use crate::codes;
use crate::loader::{Link, LoadedModule};
use crate::prelude;
use crate::tables::*;
use crate::typed::FunctionId;
use crate::types::{AliasIndex, ClassIndex, InterfaceIndex, ParameterIndex, Text};
use crate::visit::Names;

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

    /// Declares what a statement declares. `module_level`: its variables are the module's.
    pub(crate) fn declare_statement(
        &mut self,
        scope: ScopeId,
        statement: &'a ast::Statement,
        module_level: bool,
    ) {
        match &statement.kind {
            StatementKind::Variables(variables) => {
                for one in &variables.declarations {
                    self.declare_variable_names(scope, &one.pattern, one, variables.kind, module_level);
                }
            }
            StatementKind::Function(function) => {
                self.declare_function_statement(scope, function, module_level)
            }
            StatementKind::Class(class) => {
                let index = self.declare_class(scope, class);
                if let Some(name) = &class.name {
                    let (value, meaning) = (ValueSymbol::Class(index), TypeSymbol::Class(index));
                    self.declare(scope, &name.text, name.span, Some(value), Some(meaning), None);
                }
            }
            StatementKind::Interface(interface) => self.declare_interface(scope, interface),
            StatementKind::TypeAlias(alias) => self.declare_alias(scope, alias, None),
            StatementKind::Export(export) => {
                if let Export::Declaration(inner) = &**export {
                    self.declare_statement(scope, inner, module_level);
                }
            }
            StatementKind::Declare(inner) => self.declare_statement(scope, inner, module_level),
            StatementKind::Trait(one) => self.unsupported(one.span, "`trait` outside `declare module`"),
            StatementKind::Impl(one) => self.unsupported(one.span, "`impl` outside `declare module`"),
            StatementKind::UseImpl(one) => self.unsupported(one.span, "`use impl`"),
            _ => {}
        }
    }

    pub(crate) fn unsupported(&mut self, span: Span, what: &str) {
        self.error(codes::NOT_SUPPORTED, span, format!("{what} is not supported by this version"));
    }

    fn declare_variable_names(
        &mut self,
        scope: ScopeId,
        pattern: &'a ast::Pattern,
        source: &'a ast::Variable,
        kind: ast::VariableKind,
        module_level: bool,
    ) {
        let mut names = Vec::new();
        pattern_names(pattern, &mut names);
        let simple = matches!(pattern.kind, ast::PatternKind::Name(_));
        for name in names {
            let constant = kind == ast::VariableKind::Const;
            let place = if module_level {
                let full = format!("{}.{}", self.modules[self.module.at()].name, name.text);
                Place::Global(self.new_global(full.into(), self.module), self.module)
            } else {
                let local = self.new_local(name.text.clone(), raya_abi::Representation::Any);
                Place::Local(self.context().number, local)
            };
            let index = self.new_variable(Variable {
                name: name.text.clone(),
                span: name.span,
                declared: None,
                place,
                constant,
                source: simple.then_some((source, scope)),
                inferring: false,
                literal: None,
                state: if module_level { VariableState::Waiting } else { VariableState::Ahead },
            });
            self.declare(scope, &name.text, name.span, Some(ValueSymbol::Variable(index)), None, None);
        }
    }

    fn declare_function_statement(
        &mut self,
        scope: ScopeId,
        function: &'a ast::Function,
        module_level: bool,
    ) {
        let Some(name) = &function.name else { return };
        // The implementation of a function whose overloads came before.
        if let Some(entry) = self.scopes[scope.at()].names.get(&name.text).cloned() {
            let earlier = match entry.value {
                Some(ValueSymbol::Function(index)) => Some(index),
                Some(ValueSymbol::Variable(variable)) => match self.variables[variable.at()].state {
                    VariableState::Function(index) => Some(index),
                    _ => None,
                },
                _ => None,
            };
            if let Some(index) = earlier
                && matches!(self.functions[index.at()].ast.body, ast::FunctionBody::None)
            {
                let info = &mut self.functions[index.at()];
                info.overloads.push(info.ast);
                info.ast = function;
                return;
            }
        }
        let index = self.declare_function(scope, function, None);
        let value = if module_level {
            ValueSymbol::Function(index)
        } else {
            self.functions[index.at()].is_local = true;
            let local = self.new_local(name.text.clone(), raya_abi::Representation::Reference);
            let number = self.context().number;
            ValueSymbol::Variable(self.new_variable(Variable {
                name: name.text.clone(),
                span: name.span,
                declared: None,
                place: Place::Local(number, local),
                constant: true,
                source: None,
                inferring: false,
                literal: None,
                state: VariableState::Function(index),
            }))
        };
        self.declare(scope, &name.text, name.span, Some(value), None, None);
    }

    /// Adds a function to the tables. `owner`: its class, and whether it is static.
    pub(crate) fn declare_function(
        &mut self,
        scope: ScopeId,
        function: &'a ast::Function,
        owner: Option<(ClassIndex, bool, &Text)>,
    ) -> FunctionIndex {
        let name: Text = match owner {
            Some((class, _, member)) => format!("{}.{member}", self.classes[class.0 as usize].name).into(),
            None => function.name.as_ref().map_or_else(|| "<anonymous>".into(), |name| name.text.clone()),
        };
        let native = self.native_of(function, owner);
        let is_static = owner.is_some_and(|(_, is_static, _)| is_static);
        let takes_this = is_static && Names::of_function(function).uses_this;
        self.functions.push(FunctionInfo {
            name,
            ast: function,
            overloads: Vec::new(),
            scope,
            module: self.module,
            owner: owner.map(|(class, is_static, _)| (class, is_static)),
            is_constructor: false,
            is_local: false,
            native,
            result: ResultState::Unknown,
            recursive: false,
            signature: None,
            inner_scope: None,
            slot: None,
            body_id: None,
            takes_this,
            id: None::<FunctionId>,
            elaborated: false,
        });
        FunctionIndex(self.functions.len() as u32 - 1)
    }

    fn native_of(
        &mut self,
        function: &ast::Function,
        owner: Option<(ClassIndex, bool, &Text)>,
    ) -> Option<Text> {
        let ast::FunctionBody::Native(body) = &function.body else {
            return None;
        };
        let kind = self.modules[self.module.at()].kind;
        if !matches!(kind, ModuleKind::Prelude | ModuleKind::Standard) {
            self.error(
                codes::STUB_ITEM,
                body.span,
                "a native function stands only in `declare module \"native:NAME\" { … }`",
            );
            return None;
        }
        if let Some(symbol) = &body.symbol {
            return Some(symbol.value.clone());
        }
        let class = owner.map(|(class, _, _)| self.classes[class.0 as usize].name.clone());
        let member = owner
            .map(|(_, _, member)| member.clone())
            .or(function.name.as_ref().map(|name| name.text.clone()))?;
        Some(prelude::native_name(class.as_deref(), &member).into())
    }

    pub(crate) fn declare_type_parameters(
        &mut self,
        scope: ScopeId,
        list: &'a [ast::TypeParameter],
    ) -> Vec<ParameterIndex> {
        let mut indices = Vec::new();
        for one in list {
            let index = self.new_parameter(one.name.text.clone(), Some(one), scope);
            self.declare(
                scope,
                &one.name.text,
                one.name.span,
                None,
                Some(TypeSymbol::Parameter(index)),
                None,
            );
            indices.push(index);
        }
        indices
    }

    pub(crate) fn new_parameter(
        &mut self,
        name: Text,
        ast: Option<&'a ast::TypeParameter>,
        scope: ScopeId,
    ) -> ParameterIndex {
        self.parameters.push(ParameterInfo {
            ast,
            scope,
            constraint: None,
            resolved: false,
            in_progress: false,
        });
        self.types.parameter_names.push(name);
        ParameterIndex(self.parameters.len() as u32 - 1)
    }

    pub(crate) fn declare_alias(&mut self, scope: ScopeId, alias: &'a ast::TypeAlias, module: Option<&Text>) {
        let inner = self.child_scope(scope);
        let parameters = self.declare_type_parameters(inner, &alias.type_parameters);
        let value = match (&alias.value, module) {
            (ast::TypeAliasValue::Type(value), _) => AliasValue::Type(value),
            (ast::TypeAliasValue::Native(_), Some(module)) => AliasValue::Opaque(module.clone()),
            (ast::TypeAliasValue::Native(span), None) => {
                self.error(
                    codes::STUB_ITEM,
                    *span,
                    "an opaque type stands only in `declare module \"native:NAME\" { … }`",
                );
                return;
            }
        };
        let index = AliasIndex(self.aliases.len() as u32);
        self.aliases.push(AliasInfo {
            name: alias.name.text.clone(),
            value,
            scope: inner,
            parameters,
            known: None,
            in_progress: false,
            span: alias.name.span,
        });
        self.types.alias_names.push(alias.name.text.clone());
        self.declare(scope, &alias.name.text, alias.name.span, None, Some(TypeSymbol::Alias(index)), None);
    }

    pub(crate) fn declare_interface(&mut self, scope: ScopeId, interface: &'a ast::Interface) {
        // Declarations of one name in one scope are one interface.
        if let Some(Some(TypeSymbol::Interface(index))) =
            self.scopes[scope.at()].names.get(&interface.name.text).map(|entry| entry.meaning)
        {
            self.interfaces[index.0 as usize].declarations.push(interface);
            return;
        }
        let inner = self.child_scope(scope);
        let parameters = self.declare_type_parameters(inner, &interface.type_parameters);
        let index = InterfaceIndex(self.interfaces.len() as u32);
        let declarations = vec![interface];
        self.interfaces.push(InterfaceInfo {
            declarations,
            scope: inner,
            parameters,
            record: None,
            in_progress: false,
        });
        self.types.interface_names.push(interface.name.text.clone());
        self.declare(
            scope,
            &interface.name.text,
            interface.name.span,
            None,
            Some(TypeSymbol::Interface(index)),
            None,
        );
    }

    /// The class that was declared by this piece of the tree.
    pub(crate) fn class_of_tree(&self, class: &'a ast::Class) -> Option<ClassIndex> {
        self.class_trees.get(&std::ptr::from_ref(class).addr()).copied()
    }

    pub(crate) fn declare_class(&mut self, scope: ScopeId, class: &'a ast::Class) -> ClassIndex {
        if let Some(known) = self.class_of_tree(class) {
            // Its block is looked at again: what surrounds the class is new, the class is not.
            let inner = self.classes[known.0 as usize].scope;
            self.scopes[inner.at()].parent = Some(scope);
            return known;
        }
        let inner = self.child_scope(scope);
        let parameters = self.declare_type_parameters(inner, &class.type_parameters);
        let this_parameter = self.new_parameter("this".into(), None, inner);
        let index = ClassIndex(self.classes.len() as u32);
        let name = match &class.name {
            Some(name) => name.text.clone(),
            None => self.given_name(class),
        };
        let prelude_class = self.modules[self.module.at()].kind == ModuleKind::Prelude;
        let builtin = prelude_class && !prelude::is_program_class(&name);
        self.types.class_names.push(name.clone());
        self.classes.push(ClassInfo {
            name,
            ast: class,
            module: self.module,
            scope: inner,
            parameters,
            this_parameter,
            builtin,
            base: BaseState::Unresolved,
            members: BTreeMap::new(),
            order: Vec::new(),
            statics: BTreeMap::new(),
            constructor: None,
            constructor_access: ast::Accessibility::Public,
            id: None,
            static_id: None,
            variable: None,
            captures: false,
            slots: Vec::new(),
            replaceable: None,
            transforms: BTreeMap::new(),
            initializers: None,
            checked: false,
        });
        self.class_trees.insert(std::ptr::from_ref(class).addr(), index);
        for member in &class.members {
            self.declare_member(index, member);
        }
        self.declare_decorated(index);
        index
    }

    fn declare_member(&mut self, class: ClassIndex, member: &'a ast::ClassMember) {
        use ast::ClassMemberKind as K;
        let scope = self.classes[class.0 as usize].scope;
        let is_static = member.modifiers.is_static;
        match &member.kind {
            K::Field { key, optional, definite, annotation, initial } => {
                let Some(name) = self.member_name(key) else { return };
                let kind = MemberKind::Field {
                    annotation: annotation.as_ref(),
                    initial: initial.as_ref(),
                    by_parameter: false,
                    definite: *definite || member.modifiers.is_declare,
                    known: None,
                    inferring: false,
                    variable: None,
                };
                self.add_member(class, name, kind, key, member, *optional, is_static);
            }
            K::Method { key, function, optional } => {
                let Some(name) = self.member_name(key) else { return };
                let table = self.table(class, is_static);
                if let Some(Member { kind: MemberKind::Method(earlier), .. }) = table.get(&name).cloned()
                    && matches!(self.functions[earlier.at()].ast.body, ast::FunctionBody::None)
                    && !member.modifiers.is_abstract
                {
                    let info = &mut self.functions[earlier.at()];
                    info.overloads.push(info.ast);
                    info.ast = function;
                    info.takes_this = is_static && Names::of_function(function).uses_this;
                    return;
                }
                let index = self.declare_function(scope, function, Some((class, is_static, &name)));
                self.add_member(class, name, MemberKind::Method(index), key, member, *optional, is_static);
            }
            K::Getter { key, function } => {
                let Some(name) = self.member_name(key) else { return };
                let get = self.declare_function(scope, function, Some((class, is_static, &name)));
                if let Some(Member { kind: MemberKind::Accessor { get: slot @ None, .. }, .. }) =
                    self.table(class, is_static).get_mut(&name)
                {
                    *slot = Some(get);
                    return;
                }
                self.add_member(
                    class,
                    name,
                    MemberKind::Accessor { get: Some(get), set: None },
                    key,
                    member,
                    false,
                    is_static,
                );
            }
            K::Setter { key, function } => {
                let Some(name) = self.member_name(key) else { return };
                let setter_name: Text = format!("{name}=").into();
                let set = self.declare_function(scope, function, Some((class, is_static, &setter_name)));
                if let Some(Member { kind: MemberKind::Accessor { set: slot @ None, .. }, .. }) =
                    self.table(class, is_static).get_mut(&name)
                {
                    *slot = Some(set);
                    return;
                }
                self.add_member(
                    class,
                    name,
                    MemberKind::Accessor { get: None, set: Some(set) },
                    key,
                    member,
                    false,
                    is_static,
                );
            }
            K::Constructor(function) => self.declare_constructor(class, function, member),
            K::StaticBlock(_) | K::Index(_) => {}
        }
    }

    fn declare_constructor(
        &mut self,
        class: ClassIndex,
        function: &'a ast::Function,
        member: &'a ast::ClassMember,
    ) {
        let scope = self.classes[class.0 as usize].scope;
        if let Some(earlier) = self.classes[class.0 as usize].constructor {
            let info = &mut self.functions[earlier.at()];
            if matches!(info.ast.body, ast::FunctionBody::None) {
                info.overloads.push(info.ast);
                info.ast = function;
            } else {
                let before = info.ast.span;
                self.report(
                    Diagnostic::error(codes::BAD_MEMBER, "a class has one constructor, found another")
                        .at(member.span)
                        .with_related(before, "the first is here"),
                );
                return;
            }
        } else {
            let index = self.declare_function(scope, function, Some((class, false, &"new".into())));
            self.functions[index.at()].is_constructor = true;
            self.classes[class.0 as usize].constructor = Some(index);
            self.classes[class.0 as usize].constructor_access = member.modifiers.accessibility;
        }
        for parameter in &function.parameters {
            let Some(modifiers) = parameter.property else {
                continue;
            };
            let Some(name) = parameter.pattern.as_name() else {
                continue;
            };
            let member = Member {
                kind: MemberKind::Field {
                    annotation: parameter.annotation.as_ref(),
                    initial: parameter.default.as_ref(),
                    by_parameter: true,
                    definite: true,
                    known: None,
                    inferring: false,
                    variable: None,
                },
                accessibility: modifiers.accessibility,
                readonly: modifiers.is_readonly,
                is_abstract: false,
                is_override: modifiers.is_override,
                optional: parameter.optional,
                span: name.span,
            };
            self.insert_member(class, name.text, member, false);
        }
    }

    fn table(&mut self, class: ClassIndex, is_static: bool) -> &mut BTreeMap<Text, Member<'a>> {
        let info = &mut self.classes[class.0 as usize];
        if is_static { &mut info.statics } else { &mut info.members }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call site per kind of member; a struct would repeat `Member`"
    )]
    fn add_member(
        &mut self,
        class: ClassIndex,
        name: Text,
        kind: MemberKind<'a>,
        key: &ast::PropertyKey,
        member: &ast::ClassMember,
        optional: bool,
        is_static: bool,
    ) {
        let modifiers = member.modifiers;
        let private = matches!(key, ast::PropertyKey::Private(_));
        let accessibility = if private { ast::Accessibility::Private } else { modifiers.accessibility };
        let member = Member {
            kind,
            accessibility,
            readonly: modifiers.is_readonly,
            is_abstract: modifiers.is_abstract,
            is_override: modifiers.is_override,
            optional,
            span: key.span(),
        };
        self.insert_member(class, name, member, is_static);
    }

    fn insert_member(&mut self, class: ClassIndex, name: Text, member: Member<'a>, is_static: bool) {
        let span = member.span;
        if let Some(before) = self.table(class, is_static).get(&name).map(|one| one.span) {
            let message = format!("`{name}` is declared twice in this class");
            self.report(
                Diagnostic::error(codes::BAD_MEMBER, message)
                    .at(span)
                    .with_related(before, "first declared here"),
            );
            return;
        }
        self.table(class, is_static).insert(name.clone(), member);
        if !is_static {
            self.classes[class.0 as usize].order.push(name);
        }
    }

    /// The name a member is kept under: `#x` for private names, `@@iterator` for `[Symbol.iterator]`.
    pub(crate) fn member_name(&mut self, key: &ast::PropertyKey) -> Option<Text> {
        match key {
            ast::PropertyKey::Private(name) => Some(format!("#{}", name.text).into()),
            ast::PropertyKey::Computed(expression) => {
                let scope = self.modules[self.module.at()].scope;
                let scope = if self.contexts.is_empty() { scope } else { self.scope };
                let name = self.constant_text(expression, scope);
                if name.is_none() {
                    self.report(
                        Diagnostic::error(codes::BAD_MEMBER, "the name of a class member must be known")
                            .at(expression.span)
                            .with_help("expected a text, a constant that holds one, or `[Symbol.iterator]`"),
                    );
                }
                name
            }
            _ => key.text().cloned(),
        }
    }
}

impl<'a> Checker<'a> {
    /// The text of an expression that is a constant: a literal, a `const` that holds one, a property of one that is `as
    /// const`, or such texts put together.
    fn constant_text(&mut self, expression: &ast::Expression, scope: ScopeId) -> Option<Text> {
        use ast::ExpressionKind as E;
        if let Some(known) = well_known(expression) {
            return Some(known);
        }
        match &expression.without_parentheses().kind {
            E::Integer(value) => Some(value.to_string().into()),
            E::Template(template) if template.expressions.is_empty() => {
                template.strings.first().map(|one| one.value.clone())
            }
            E::Name(_) => {
                let initial = self.constant_value(expression, scope)?;
                literal_text(initial)
            }
            E::Member { object, property, .. } => {
                let E::AsConst(inner) = &self.constant_value(object, scope)?.kind else { return None };
                let E::Object(members) = &inner.without_parentheses().kind else { return None };
                members.iter().find_map(|one| match &one.kind {
                    ast::ObjectMemberKind::Property { key, value } if key.text() == Some(&property.text) => {
                        literal_text(value)
                    }
                    _ => None,
                })
            }
            E::Binary { operator: ast::BinaryOperator::Add, left, right, .. } => {
                let (left, right) = (self.constant_text(left, scope)?, self.constant_text(right, scope)?);
                Some(format!("{left}{right}").into())
            }
            _ => None,
        }
    }

    /// What a `const` of this name is given.
    fn constant_value(&mut self, name: &ast::Expression, scope: ScopeId) -> Option<&'a ast::Expression> {
        let ast::ExpressionKind::Name(name) = &name.kind else { return None };
        let ValueSymbol::Variable(index) = self.lookup_value(scope, name)? else { return None };
        let variable = &self.variables[index.at()];
        if !variable.constant {
            return None;
        }
        variable.source?.0.initial.as_ref()
    }
}

fn literal_text(value: &ast::Expression) -> Option<Text> {
    match &value.without_parentheses().kind {
        ast::ExpressionKind::String(text) => Some(text.clone()),
        ast::ExpressionKind::Integer(value) => Some(value.to_string().into()),
        ast::ExpressionKind::AsConst(inner) => literal_text(inner),
        ast::ExpressionKind::Template(template) if template.expressions.is_empty() => {
            template.strings.first().map(|one| one.value.clone())
        }
        _ => None,
    }
}

/// `Symbol.iterator` and `Symbol.asyncIterator` as computed keys, and literal texts.
pub(crate) fn well_known(expression: &ast::Expression) -> Option<Text> {
    match &expression.without_parentheses().kind {
        ast::ExpressionKind::Member { object, property, .. } => match &object.kind {
            ast::ExpressionKind::Name(name) if &**name == "Symbol" => {
                Some(format!("@@{}", property.text).into())
            }
            _ => None,
        },
        ast::ExpressionKind::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// The names a pattern binds, in order.
pub(crate) fn pattern_names(pattern: &ast::Pattern, out: &mut Vec<ast::Name>) {
    match &pattern.kind {
        ast::PatternKind::Name(text) => out.push(ast::Name { text: text.clone(), span: pattern.span }),
        ast::PatternKind::Array { elements, rest } => {
            for one in elements.iter().flatten() {
                pattern_names(&one.pattern, out);
            }
            if let Some(rest) = rest {
                pattern_names(rest, out);
            }
        }
        ast::PatternKind::Object { properties, rest } => {
            for one in properties {
                pattern_names(&one.value, out);
            }
            if let Some(rest) = rest {
                pattern_names(rest, out);
            }
        }
        _ => {}
    }
}

/// The names a declaration declares.
pub(crate) fn declared_names(statement: &ast::Statement, out: &mut Vec<ast::Name>) {
    match &statement.kind {
        StatementKind::Variables(variables) => {
            for one in &variables.declarations {
                pattern_names(&one.pattern, out);
            }
        }
        StatementKind::Function(function) => {
            // Overloads declare one name.
            out.extend(function.name.clone().filter(|_| !matches!(function.body, ast::FunctionBody::None)));
        }
        StatementKind::Class(class) => out.extend(class.name.clone()),
        StatementKind::Interface(interface) => out.push(interface.name.clone()),
        StatementKind::TypeAlias(alias) => out.push(alias.name.clone()),
        StatementKind::Trait(one) => out.push(one.name.clone()),
        StatementKind::Declare(inner) => declared_names(inner, out),
        _ => {}
    }
}
