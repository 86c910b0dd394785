//! Checking: from syntax trees to a [`typed::TypedProgram`].
//!
//! [`loader`] reads and parses all modules of a program, [`check`] declares, checks and elaborates them, [`dump`] shows
//! what came out. Types are interned ([`types`]), declarations live in tables ([`tables`]), and nothing is looked at
//! before it is needed, so that the prelude costs only what a program uses of it.
#![forbid(unsafe_code)]

pub mod codes;
pub mod dump;
pub mod loader;
pub mod typed;

mod annotations;
mod checker;
mod declare;
mod elaborate;
mod expand;
mod facts;
mod infer;
mod initialized;
mod members;
mod narrow;
mod natives;
mod prelude;
mod program;
mod reasons;
mod relate;
mod runtime_type;
mod shapes;
mod signatures;
mod suggest;
mod tables;
mod types;
mod visit;

pub use loader::{Loaded, NativeDeclaration, Origin, load_program, parse_declaration, parse_stubs};
pub use program::{CheckOutput, check, check_everything};
pub use tables::ModuleKind;

/// Bytes of stack that a recursive walk wants to have left, and how much it takes where they are not.
const STACK_LEFT: usize = 256 << 10;
const STACK_MORE: usize = 4 << 20;

/// The names of the standard modules, without `std:`, sorted.
pub fn standard_modules() -> Vec<&'static str> {
    prelude::STANDARD.iter().map(|(name, _)| *name).collect()
}

/// The names of all built-ins that the prelude and the standard modules declare, sorted: what a machine must provide.
pub fn prelude_natives() -> Vec<String> {
    use raya_syntax::ast::{ClassMemberKind, Export, Function, FunctionBody, StatementKind};
    fn name_of(class: Option<&str>, member: Option<&str>, function: &Function) -> Option<String> {
        let FunctionBody::Native(body) = &function.body else {
            return None;
        };
        let own = function.name.as_ref().map(|name| &*name.text);
        match &body.symbol {
            Some(symbol) => Some(symbol.value.to_string()),
            None => Some(prelude::native_name(class, member.or(own)?)),
        }
    }
    let mut names = std::collections::BTreeSet::new();
    for (_, text) in prelude::FILES.iter().chain(prelude::STANDARD) {
        for statement in &raya_syntax::parse(raya_source::FileId(0), text).module.statements {
            let statement = natives::inner(statement);
            match &statement.kind {
                StatementKind::Function(function) => names.extend(name_of(None, None, function)),
                StatementKind::Export(export) => {
                    if let Export::Default(raya_syntax::ast::ExportDefault::Function(function)) = &**export {
                        names.extend(name_of(None, None, function));
                    }
                }
                StatementKind::Class(class) => {
                    let class_name = class.name.as_ref().map(|name| &*name.text);
                    for member in &class.members {
                        match &member.kind {
                            ClassMemberKind::Method { key, function, .. }
                            | ClassMemberKind::Getter { key, function } => {
                                names.extend(name_of(class_name, key.text().map(|one| &**one), function));
                            }
                            ClassMemberKind::Setter { key, function } => {
                                let key = key.text().map(|one| format!("{one}="));
                                names.extend(name_of(class_name, key.as_deref(), function));
                            }
                            ClassMemberKind::Constructor(function) => {
                                names.extend(name_of(class_name, Some("new"), function));
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }
    names.into_iter().collect()
}
