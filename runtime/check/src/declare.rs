//! Declarations: from the statements of a module or block to names in scopes. Nothing is resolved here that a name
//! declared further down could change.

mod classes;
mod modules;

pub(crate) use classes::well_known;

use raya_source::Span;
use raya_syntax::ast::{self, Export, StatementKind};
use std::cell::OnceCell;

use crate::checker::Checker;
use crate::codes;
use crate::prelude;
use crate::reasons::Local;
use crate::tables::*;
use crate::typed::FunctionId;
use crate::types::{AliasIndex, ClassIndex, InterfaceIndex, ParameterIndex, Text};

impl<'a> Checker<'a> {
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
            if !module_level {
                let local = Local { name: name.text.clone(), stands_alone: simple };
                self.reasons.locals.insert(name.span, local);
            }
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
            let local = Local { name: name.text.clone(), stands_alone: true };
            self.reasons.locals.insert(name.span, local);
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
            resolving: false,
            inner_scope: None,
            slot: None,
            body_id: None,
            uses_this: OnceCell::new(),
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
