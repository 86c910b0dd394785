//! What a module imports: all that the phase which finds files needs to know of a tree.

use raya_source::Span;

use crate::ast::{Export, Module, Statement, StatementKind, StringLiteral};

/// The modules that `module` imports or re-exports from, in source order, repetitions included: the specifier as
/// written, such as `./x` or `native:fs`, and the place of its string literal. Imports inside a `declare module` are among them.
pub fn imports(module: &Module) -> impl Iterator<Item = (&str, Span)> {
    let literals = module.statements.iter().flat_map(inside).filter_map(specifier);
    // An empty span stands where the string was missing, which was reported.
    literals
        .filter(|literal| literal.span.start < literal.span.end)
        .map(|literal| (&*literal.value, literal.span))
}

fn inside(statement: &Statement) -> &[Statement] {
    match &statement.kind {
        StatementKind::DeclareModule(declared) => &declared.items,
        _ => std::slice::from_ref(statement),
    }
}

fn specifier(statement: &Statement) -> Option<&StringLiteral> {
    match &statement.kind {
        StatementKind::Import(import) => Some(&import.specifier),
        StatementKind::Export(export) => match &**export {
            Export::List { specifier, .. } => specifier.as_ref(),
            Export::All { specifier, .. } => Some(specifier),
            Export::Declaration(_) | Export::Default(_) => None,
        },
        _ => None,
    }
}
