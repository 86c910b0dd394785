//! Native modules: merging what stubs and descriptors say, and declaring the result.
//!
//! The merge does not depend on the order in which stubs and descriptors were found; its diagnostics come sorted. Types
//! are compared by their canonical text: names of types, parameters by position, `Result<T, E>` unwrapped where one side
//! throws instead.

use std::collections::{BTreeMap, BTreeSet};

use raya_abi::names::NATIVE_SCHEME;
use raya_source::{Code, Diagnostic, Span};
use raya_syntax::ast::{self, Export, StatementKind as S, TypeKind};

use crate::checker::Checker;
use crate::codes;
use crate::loader::{Loaded, NativeDeclaration, Origin};
use crate::tables::*;
use crate::typed;
use crate::types::Text;

/// One native module as the program sees it.
#[derive(Debug)]
pub(crate) struct Merged<'a> {
    pub(crate) module: String,
    /// The declarations that count: the stub's where there is one, else the descriptor's.
    pub(crate) items: Vec<&'a ast::Statement>,
}

/// The blocks that declare one module.
#[derive(Default)]
struct Sources<'a> {
    stubs: Vec<&'a ast::DeclareModule>,
    descriptors: Vec<&'a ast::DeclareModule>,
}

/// Merges the declarations of all modules; what disagrees is reported.
pub(crate) fn merge_all<'a>(
    loaded: &'a Loaded,
    declarations: &'a [NativeDeclaration],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Merged<'a>> {
    let mut modules: BTreeMap<String, Sources<'a>> = BTreeMap::new();
    for declaration in declarations {
        add_declaration(declaration, &mut modules, diagnostics);
    }
    for module in loaded.modules.iter().filter(|one| one.kind == ModuleKind::App) {
        for statement in module.tree.statements.iter().filter(|one| crate::program::declares_native(one)) {
            let S::DeclareModule(block) = &statement.kind else {
                continue;
            };
            if let Some(name) = block.specifier.value.strip_prefix(NATIVE_SCHEME) {
                modules.entry(name.to_owned()).or_default().stubs.push(block);
            } else {
                let message =
                    format!("expected `declare module \"native:NAME\"`, found `{}`", block.specifier.value);
                diagnostics.push(Diagnostic::error(codes::STUB_NAME, message).at(block.specifier.span));
            }
        }
    }
    let mut merged = Vec::new();
    for (module, sources) in modules {
        let mut found = Vec::new();
        let items = merge(&module, &sources, &mut found);
        found.sort_by(|a, b| (&a.message, a.code).cmp(&(&b.message, b.code)));
        diagnostics.append(&mut found);
        merged.push(Merged { module, items });
    }
    merged
}

fn add_declaration<'a>(
    declaration: &'a NativeDeclaration,
    modules: &mut BTreeMap<String, Sources<'a>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let wanted = format!("{NATIVE_SCHEME}{}", declaration.module);
    let mut found = false;
    for statement in &declaration.tree.statements {
        let S::DeclareModule(block) = &statement.kind else {
            continue;
        };
        if *block.specifier.value != *wanted {
            let message = format!("expected a declaration of `{wanted}`, found `{}`", block.specifier.value);
            diagnostics.push(Diagnostic::error(codes::STUB_NAME, message).at(block.specifier.span));
            continue;
        }
        found = true;
        let sources = modules.entry(declaration.module.clone()).or_default();
        match declaration.origin {
            Origin::Stub => sources.stubs.push(block),
            Origin::Descriptor => sources.descriptors.push(block),
        }
    }
    if !found {
        let message = format!("expected `declare module \"{wanted}\" {{ … }}`, found none");
        diagnostics.push(Diagnostic::error(codes::STUB_NAME, message).at(declaration.tree.span.at_start()));
    }
}

/// What one side declares under one name.
struct Item<'a> {
    name: Text,
    span: Span,
    kind: ItemKind<'a>,
}

enum ItemKind<'a> {
    Function(&'a ast::Function),
    Opaque(usize),
    Type(String),
    Trait(&'a ast::Trait),
    Impl(&'a ast::Impl),
    /// Its type, and whether that says the value.
    Constant(String, bool),
    Other,
}

fn merge<'a>(module: &str, sources: &Sources<'a>, out: &mut Vec<Diagnostic>) -> Vec<&'a ast::Statement> {
    let (first, rest) = match sources.stubs.split_first() {
        Some((first, rest)) => (*first, rest),
        None => match sources.descriptors.split_first() {
            Some((first, rest)) => (*first, rest),
            None => return vec![],
        },
    };
    let items = items_of(first, out);
    for other in rest {
        let other = items_of(other, out);
        compare(module, &items, &other, Sides::Stubs, out);
    }
    if !sources.stubs.is_empty() {
        for descriptor in &sources.descriptors {
            let other = items_of(descriptor, out);
            compare(module, &items, &other, Sides::StubAndDescriptor, out);
        }
    }
    first.items.iter().collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Sides {
    Stubs,
    StubAndDescriptor,
}

fn items_of<'a>(block: &'a ast::DeclareModule, out: &mut Vec<Diagnostic>) -> BTreeMap<String, Item<'a>> {
    let mut items: BTreeMap<String, Item<'a>> = BTreeMap::new();
    for statement in &block.items {
        let Some(item) = item_of(inner(statement)) else {
            continue;
        };
        if let ItemKind::Function(function) = item.kind
            && matches!(function.body, ast::FunctionBody::Block(_))
        {
            let message = format!("the native function `{}` has a body: its module provides it", item.name);
            out.push(Diagnostic::error(codes::STUB_ITEM, message).at(item.span));
        }
        if let ItemKind::Other = item.kind {
            let message = "expected a function, type, constant, trait or impl in a native module";
            out.push(Diagnostic::error(codes::STUB_ITEM, message).at(item.span));
            continue;
        }
        let key = match &item.kind {
            ItemKind::Impl(one) => {
                format!("impl {} for {}", type_text(&one.trait_type), type_text(&one.target))
            }
            _ => item.name.to_string(),
        };
        if let Some(before) = items.get(&key) {
            let message = format!("`{}` is declared twice in a native module", item.name);
            out.push(
                Diagnostic::error(codes::DUPLICATE_NAME, message)
                    .at(item.span)
                    .with_related(before.span, "first declared here"),
            );
            continue;
        }
        items.insert(key, item);
    }
    items
}

/// The declaration inside `export` and `declare`.
pub(crate) fn inner(statement: &ast::Statement) -> &ast::Statement {
    match &statement.kind {
        S::Export(export) => match &**export {
            Export::Declaration(one) => inner(one),
            _ => statement,
        },
        S::Declare(one) => inner(one),
        _ => statement,
    }
}

fn item_of(statement: &ast::Statement) -> Option<Item<'_>> {
    let item = |name: &ast::Name, kind| Some(Item { name: name.text.clone(), span: name.span, kind });
    match &statement.kind {
        S::Function(function) => item(function.name.as_ref()?, ItemKind::Function(function)),
        S::TypeAlias(alias) => match &alias.value {
            ast::TypeAliasValue::Native(_) => {
                item(&alias.name, ItemKind::Opaque(alias.type_parameters.len()))
            }
            ast::TypeAliasValue::Type(value) => item(&alias.name, ItemKind::Type(type_text(value))),
        },
        S::Interface(interface) => {
            let members: BTreeSet<String> = interface.members.iter().map(member_text).collect();
            let text = members.into_iter().collect::<Vec<_>>().join("; ");
            item(&interface.name, ItemKind::Type(format!("{{ {text} }}")))
        }
        S::Trait(one) => item(&one.name, ItemKind::Trait(one)),
        S::Impl(one) => Some(Item { name: "impl".into(), span: one.span, kind: ItemKind::Impl(one) }),
        S::Variables(variables) => {
            let one = variables.declarations.first()?;
            let name = one.pattern.as_name()?;
            let text = one.annotation.as_ref().map_or_else(String::new, type_text);
            let literal = one.annotation.as_ref().is_some_and(|of| matches!(of.kind, TypeKind::Literal(_)));
            item(&name, ItemKind::Constant(text, literal))
        }
        S::Import(_) | S::Empty | S::Error => None,
        _ => Some(Item { name: "".into(), span: statement.span, kind: ItemKind::Other }),
    }
}

fn compare(
    module: &str,
    stub: &BTreeMap<String, Item<'_>>,
    other: &BTreeMap<String, Item<'_>>,
    sides: Sides,
    out: &mut Vec<Diagnostic>,
) {
    let (left, right) = match sides {
        Sides::Stubs => ("one stub", "another stub"),
        Sides::StubAndDescriptor => ("the stub", "the module"),
    };
    let mut report = |code: Code, here: Span, there: Option<Span>, message: String| {
        let code = if sides == Sides::Stubs { codes::STUB_CONFLICT } else { code };
        let mut diagnostic = Diagnostic::error(code, message).at(here);
        if let Some(there) = there {
            diagnostic = diagnostic.with_related(there, format!("{right} declares it here"));
        }
        out.push(diagnostic);
    };
    for (key, item) in stub {
        let Some(twin) = other.get(key) else {
            let (code, what) = match item.kind {
                ItemKind::Function(_) => (codes::STUB_FUNCTION_EXTRA, "function"),
                ItemKind::Opaque(_) => (codes::STUB_OPAQUE, "opaque type"),
                ItemKind::Trait(_) => (codes::STUB_TRAIT, "trait"),
                ItemKind::Impl(_) => (codes::STUB_EVIDENCE, "evidence"),
                ItemKind::Constant(_, false) if sides == Sides::StubAndDescriptor => {
                    (codes::STUB_FUNCTION_EXTRA, "constant")
                }
                // Aliases, and constants whose types say their values, are the stub's own affair.
                _ => continue,
            };
            report(
                code,
                item.span,
                None,
                format!("`{module}`: {left} declares the {what} `{key}`, {right} does not"),
            );
            continue;
        };
        compare_items(module, key, item, twin, (left, right), &mut report);
    }
    for (key, item) in other {
        if stub.contains_key(key) {
            continue;
        }
        let (code, what) = match item.kind {
            ItemKind::Function(_) => (codes::STUB_FUNCTION_MISSING, "function"),
            ItemKind::Opaque(_) => (codes::STUB_OPAQUE, "opaque type"),
            ItemKind::Trait(_) => (codes::STUB_TRAIT, "trait"),
            ItemKind::Impl(_) => (codes::STUB_EVIDENCE, "evidence"),
            _ => continue,
        };
        report(
            code,
            item.span,
            None,
            format!("`{module}`: {right} declares the {what} `{key}`, {left} does not"),
        );
    }
}

type Report<'r> = dyn FnMut(Code, Span, Option<Span>, String) + 'r;

fn compare_items(
    module: &str,
    key: &str,
    item: &Item<'_>,
    twin: &Item<'_>,
    sides: (&str, &str),
    report: &mut Report<'_>,
) {
    let (left, right) = sides;
    let there = Some(twin.span);
    match (&item.kind, &twin.kind) {
        (ItemKind::Function(a), ItemKind::Function(b)) => {
            compare_functions(module, key, (a, item.span), (b, twin.span), sides, report)
        }
        (ItemKind::Opaque(a), ItemKind::Opaque(b)) => {
            if a != b {
                let message = format!(
                    "`{module}::{key}`: {left} gives the opaque type {a} type parameters, {right} {b}"
                );
                report(codes::STUB_OPAQUE, item.span, there, message);
            }
        }
        (ItemKind::Trait(a), ItemKind::Trait(b)) => {
            let (a, b) = (methods_text(&a.methods), methods_text(&b.methods));
            if a != b {
                let message =
                    format!("`{module}::{key}`: {left} declares the trait `{{ {a} }}`, {right} `{{ {b} }}`");
                report(codes::STUB_TRAIT, item.span, there, message);
            }
        }
        (ItemKind::Impl(a), ItemKind::Impl(b)) => {
            let (a, b) = (methods_text(&a.methods), methods_text(&b.methods));
            if a != b {
                let message = format!("`{module}`, {key}: {left} declares `{{ {a} }}`, {right} `{{ {b} }}`");
                report(codes::STUB_EVIDENCE, item.span, there, message);
            }
        }
        // A function without parameters gives the constant of its name.
        (ItemKind::Constant(a, _), ItemKind::Function(b)) if b.parameters.is_empty() => {
            let b = annotation(b.return_type.as_ref());
            if !agrees(a, &payload(&b)) {
                let message = format!("`{module}::{key}`: the constant is `{a}` in {left}, `{b}` in {right}");
                report(codes::STUB_RESULT, item.span, there, message);
            }
        }
        (ItemKind::Type(a), ItemKind::Type(b)) | (ItemKind::Constant(a, _), ItemKind::Constant(b, _)) => {
            if a != b {
                let message = format!("`{module}::{key}`: {left} declares `{a}`, {right} `{b}`");
                report(codes::STUB_CONFLICT, item.span, there, message);
            }
        }
        (ItemKind::Opaque(_), _) | (_, ItemKind::Opaque(_)) => {
            let message =
                format!("`{module}::{key}` is an opaque type on one side only: {left} and {right} disagree");
            report(codes::STUB_OPAQUE_KIND, item.span, there, message);
        }
        _ => {
            let message = format!("`{module}::{key}` is something else in {left} than in {right}");
            report(codes::STUB_CONFLICT, item.span, there, message);
        }
    }
}

fn compare_functions(
    module: &str,
    key: &str,
    (stub, here): (&ast::Function, Span),
    (other, there): (&ast::Function, Span),
    (left, right): (&str, &str),
    report: &mut Report<'_>,
) {
    let there = Some(there);
    if stub.type_parameters.len() != other.type_parameters.len() {
        let (a, b) = (stub.type_parameters.len(), other.type_parameters.len());
        let message = format!("`{module}::{key}`: {left} declares {a} type parameters, {right} {b}");
        return report(codes::STUB_GENERIC, here, there, message);
    }
    let rename = renaming(other, stub);
    if stub.parameters.len() != other.parameters.len() {
        let (a, b) = (stub.parameters.len(), other.parameters.len());
        let message = format!("`{module}::{key}`: {left} declares {a} parameters, {right} {b}");
        return report(codes::STUB_ARITY, here, there, message);
    }
    for (at, (a, b)) in stub.parameters.iter().zip(&other.parameters).enumerate() {
        let (a_text, b_text) =
            (annotation(a.annotation.as_ref()), rename_text(&annotation(b.annotation.as_ref()), &rename));
        if !agrees(&a_text, &b_text) || a.optional != b.optional || a.rest != b.rest {
            let message = format!(
                "`{module}::{key}`: parameter {} is `{a_text}` in {left}, `{b_text}` in {right}",
                at + 1
            );
            report(codes::STUB_PARAMETER, here, there, message);
        }
    }
    let (a, b) = (
        annotation(stub.return_type.as_ref()),
        rename_text(&annotation(other.return_type.as_ref()), &rename),
    );
    if !agrees(&payload(&a), &payload(&b)) {
        let message = format!("`{module}::{key}`: the result is `{a}` in {left}, `{b}` in {right}");
        report(codes::STUB_RESULT, here, there, message);
    }
}

/// The other side's type parameters under the stub's names.
fn renaming(from: &ast::Function, to: &ast::Function) -> Vec<(String, String)> {
    from.type_parameters
        .iter()
        .zip(&to.type_parameters)
        .map(|(from, to)| (from.name.text.to_string(), to.name.text.to_string()))
        .collect()
}

fn rename_text(text: &str, names: &[(String, String)]) -> String {
    match names.iter().find(|(from, _)| from == text) {
        Some((_, to)) => to.clone(),
        None => text.to_owned(),
    }
}

/// Whether two types agree. A side that says nothing (a module that only uses the builder calls) agrees with everything;
/// `unknown[]` with every array; numbers with ints, which the boundary converts and checks; bytes with arrays of ints.
fn agrees(left: &str, right: &str) -> bool {
    let one_way = |a: &str, b: &str| {
        a.is_empty()
            || a == "unknown"
            || a == "unknown[]" && (b.ends_with("[]") || b == "Uint8Array")
            || a == "int" && b == "number"
            || a == "int[]" && (b == "number[]" || b == "Uint8Array")
            || a == "object" && b.starts_with('{')
            || a == "void" && b == "null"
    };
    left == right || one_way(left, right) || one_way(right, left)
}

/// `T` of `Result<T, E>`.
fn payload(text: &str) -> String {
    let Some(inside) = text.strip_prefix("Result<").and_then(|rest| rest.strip_suffix('>')) else {
        return text.to_owned();
    };
    let mut depth = 0;
    for (at, character) in inside.char_indices() {
        match character {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' | ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => return inside[..at].to_owned(),
            _ => {}
        }
    }
    inside.to_owned()
}

fn methods_text(methods: &[ast::Function]) -> String {
    let texts: BTreeSet<String> = methods
        .iter()
        .map(|one| {
            let name = one.name.as_ref().map_or("", |name| &name.text);
            format!("{name}{}", signature_text(&one.parameters, one.return_type.as_ref()))
        })
        .collect();
    texts.into_iter().collect::<Vec<_>>().join("; ")
}

fn signature_text(parameters: &[ast::Parameter], result: Option<&ast::Type>) -> String {
    let parameters: Vec<String> = parameters.iter().map(|one| annotation(one.annotation.as_ref())).collect();
    format!("({}): {}", parameters.join(", "), annotation(result))
}

fn annotation(written: Option<&ast::Type>) -> String {
    written.map_or_else(String::new, type_text)
}

fn member_text(member: &ast::TypeMember) -> String {
    match &member.kind {
        ast::TypeMemberKind::Property { key, optional, value, .. } => {
            let mark = if *optional { "?" } else { "" };
            format!("{}{mark}: {}", key.text().map_or("", |one| one), annotation(value.as_ref()))
        }
        ast::TypeMemberKind::Method { key, signature, .. } => {
            format!(
                "{}{}",
                key.text().map_or("", |one| one),
                signature_text(&signature.parameters, signature.return_type.as_ref())
            )
        }
        ast::TypeMemberKind::Index { key_type, value, .. } => {
            format!("[{}]: {}", type_text(key_type), type_text(value))
        }
        _ => "…".to_owned(),
    }
}

/// The canonical text of a written type: aliases of words resolved, unions sorted.
fn type_text(written: &ast::Type) -> String {
    stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || type_text_inside(written))
}

fn type_text_inside(written: &ast::Type) -> String {
    let list = |types: &[ast::Type]| types.iter().map(type_text).collect::<Vec<_>>();
    match &written.kind {
        TypeKind::Keyword(keyword) => format!("{keyword:?}").to_lowercase(),
        TypeKind::Reference { path, arguments } => {
            let name = path.segments.iter().map(|one| &*one.text).collect::<Vec<_>>().join(".");
            let mut arguments = list(arguments);
            match (&*name, arguments.len()) {
                ("Array", 1) => format!("{}[]", arguments[0]),
                ("Result", 1) => {
                    arguments.push("Error".to_owned());
                    format!("Result<{}>", arguments.join(","))
                }
                ("Promise", _) => format!("Task<{}>", arguments.join(",")),
                (_, 0) => name,
                _ => format!("{name}<{}>", arguments.join(",")),
            }
        }
        TypeKind::Array(element) => format!("{}[]", type_text(element)),
        TypeKind::Tuple(elements) => {
            let elements: Vec<String> = elements.iter().map(|one| type_text(&one.element)).collect();
            format!("[{}]", elements.join(","))
        }
        TypeKind::Object(members) => {
            let members: BTreeSet<String> = members.iter().map(member_text).collect();
            format!("{{ {} }}", members.into_iter().collect::<Vec<_>>().join("; "))
        }
        TypeKind::Function(function) => signature_text(&function.parameters, function.return_type.as_ref()),
        TypeKind::Union(members) => {
            list(members).into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("|")
        }
        TypeKind::Intersection(members) => {
            list(members).into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("&")
        }
        TypeKind::Literal(literal) => format!("{literal:?}"),
        TypeKind::Readonly(inner) | TypeKind::Parenthesized(inner) => type_text(inner),
        TypeKind::KeyOf(inner) => format!("keyof {}", type_text(inner)),
        _ => "…".to_owned(),
    }
}

impl<'a> Checker<'a> {
    /// Declares what a native module exports.
    pub(crate) fn declare_native_module(&mut self, own: ModuleIndex, merged: &Merged<'a>) {
        let scope = self.modules[own.at()].scope;
        let module: Text = merged.module.as_str().into();
        for statement in &merged.items {
            let statement = inner(statement);
            let mut names = Vec::new();
            match &statement.kind {
                S::Function(function) => {
                    let Some(name) = &function.name else { continue };
                    let index = self.new_native(&module, name, NativeSource::Function(function), scope);
                    self.declare(scope, &name.text, name.span, Some(ValueSymbol::Native(index)), None, None);
                    names.push(name.clone());
                }
                S::TypeAlias(alias) => {
                    self.declare_alias(scope, alias, Some(&module));
                    names.push(alias.name.clone());
                }
                S::Interface(interface) => {
                    self.declare_interface(scope, interface);
                    names.push(interface.name.clone());
                }
                S::Variables(variables) => {
                    for one in &variables.declarations {
                        names.extend(self.declare_native_constant(own, &module, one, scope));
                    }
                }
                S::Trait(one) => self.unsupported(one.span, "a trait of a native module"),
                S::Impl(one) => self.unsupported(one.span, "evidence of a native module"),
                _ => {}
            }
            for name in names {
                if let Some(entry) = self.scopes[scope.at()].names.get(&name.text).cloned() {
                    self.modules[own.at()].exports.insert(name.text.clone(), entry);
                }
            }
        }
    }

    fn new_native(
        &mut self,
        module: &Text,
        name: &ast::Name,
        source: NativeSource<'a>,
        scope: ScopeId,
    ) -> NativeIndex {
        let index = NativeIndex(self.natives.len() as u32);
        self.natives.push(NativeInfo {
            module: module.clone(),
            name: name.text.clone(),
            span: name.span,
            source,
            scope,
            signature: None,
            id: None,
        });
        index
    }

    /// A constant: the value that its type says, or what the module's function of its name gives when the program starts.
    fn declare_native_constant(
        &mut self,
        own: ModuleIndex,
        module: &Text,
        one: &'a ast::Variable,
        scope: ScopeId,
    ) -> Option<ast::Name> {
        let name = one.pattern.as_name()?;
        let Some(written) = &one.annotation else {
            let message = format!("the constant `{}` needs a type", name.text);
            self.error(codes::NEEDS_ANNOTATION, name.span, message);
            return None;
        };
        let literal = match &written.kind {
            TypeKind::Literal(literal) => Some(match literal {
                ast::LiteralType::String(text) => Literal::String(text.clone()),
                ast::LiteralType::Integer(value) => Literal::Int(*value),
                ast::LiteralType::Number(value) => Literal::Number(*value),
                ast::LiteralType::Boolean(value) => Literal::Boolean(*value),
            }),
            _ => None,
        };
        let global = self.new_global(format!("{module}.{}", name.text).into(), own);
        let native = match literal {
            Some(_) => None,
            None => Some(self.new_native(module, &name, NativeSource::Constant(written), scope)),
        };
        let variable = self.new_variable(Variable {
            name: name.text.clone(),
            span: name.span,
            declared: None,
            place: Place::Global(global, own),
            constant: true,
            source: Some((one, scope)),
            inferring: false,
            literal,
            state: VariableState::Live,
        });
        if let Some(native) = native {
            self.native_constants.insert(variable, native);
        }
        let symbol = Some(ValueSymbol::Variable(variable));
        self.declare(scope, &name.text, name.span, symbol, None, None);
        Some(name)
    }

    /// A constant of a native module is used: it gets its value before the first module runs.
    pub(crate) fn use_native_constant(&mut self, variable: VariableIndex) {
        let Some(native) = self.native_constants.remove(&variable) else { return };
        let Place::Global(global, _) = self.variables[variable.at()].place else { return };
        let span = self.natives[native.at()].span;
        let of = self.variable_type(variable, span);
        let representation = self.representation(of);
        let id = self.native_id(native);
        let given = self.program.natives[id.0 as usize].representation;
        let call = crate::checker::expression(typed::ExpressionKind::CallNative(id, vec![]), given, span);
        let value = self.reshape(call, representation);
        let kind = typed::StatementKind::InitializeGlobal(global, value);
        self.program.first_statements.push(typed::Statement { kind, span });
    }
}
