//! What reports and warnings need to know of declarations: why a type is expected somewhere, and which names are never used.

use std::collections::{BTreeMap, HashMap, HashSet};

use raya_source::{Diagnostic, FileId, Span};
use raya_syntax::ast;

use crate::checker::{Checker, Value};
use crate::codes;
use crate::elaborate::assign::PlaceRef;
use crate::elaborate::calls::Callee;
use crate::tables::{FunctionIndex, MemberKind, NativeSource};
use crate::typed::Expression;
use crate::types::{ClassIndex, Kind, Text, TypeId};

/// Words for the annotation of a variable, field or result.
const ANNOTATED: &str = "expected because of this";
/// Words for a declared parameter.
const PARAMETER: &str = "the parameter is declared here";
/// Words for a declared variable.
const VARIABLE: &str = "the variable is declared here";
/// Words for a declared field.
const FIELD: &str = "the field is declared here";

/// A name that is declared in a function or block.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) name: Text,
    /// It stands by itself, not inside a pattern, where another name would mean another property.
    pub(crate) stands_alone: bool,
}

/// What is remembered while a program is elaborated.
#[derive(Debug, Default)]
pub(crate) struct Reasons {
    /// Why the type that is checked next is expected.
    because: Option<(Span, &'static str)>,
    /// Names of variables and fields whose types are those of their first values.
    pub(crate) inferred: HashSet<Span>,
    /// Where the parameters of the call that is made are declared.
    parameters: Vec<Span>,
    /// Where functions declare their results, by the number of their contexts.
    results: HashMap<u32, Span>,
    /// Files that the user wrote.
    pub(crate) own_files: HashSet<FileId>,
    /// Names declared in functions and blocks, by their place.
    pub(crate) locals: BTreeMap<Span, Local>,
    /// Places of declarations whose names were looked up.
    pub(crate) used: HashSet<Span>,
}

impl<'a> Checker<'a> {
    /// [`Checker::coerce_at`], with the declaration that asks for the type.
    pub(crate) fn coerce_because(
        &mut self,
        value: Value,
        to: TypeId,
        span: Span,
        because: Option<(Span, &'static str)>,
        purpose: Option<&str>,
    ) -> Expression {
        self.reasons.because = because;
        let made = self.coerce_at(value, to, span, purpose);
        self.reasons.because = None;
        made
    }

    /// The same where an annotation asks for the type.
    pub(crate) fn coerce_annotated(
        &mut self,
        value: Value,
        to: TypeId,
        span: Span,
        place: Option<Span>,
    ) -> Expression {
        self.coerce_because(value, to, span, place.map(|place| (place, ANNOTATED)), None)
    }

    /// An argument converted to the type that the parameter `index` wants.
    pub(crate) fn argument(&mut self, index: usize, value: Value, wanted: TypeId) -> Expression {
        let span = value.expression.span;
        let because = self.reasons.parameters.get(index).map(|place| (*place, PARAMETER));
        self.coerce_because(value, wanted, span, because, None)
    }

    /// Makes a call, its arguments explained by where the callee declares its parameters.
    pub(crate) fn with_parameters<T>(&mut self, places: Vec<Span>, make: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.reasons.parameters, places);
        let made = make(self);
        self.reasons.parameters = before;
        made
    }

    /// Where a callee declares its parameters.
    pub(crate) fn parameter_places(&mut self, callee: &Callee) -> Vec<Span> {
        let of = |function: &ast::Function| function.parameters.iter().map(|one| one.span).collect();
        let declared = |checker: &Self, index: FunctionIndex| {
            let info = &checker.functions[index.at()];
            if info.overloads.is_empty() { of(info.ast) } else { vec![] }
        };
        match callee {
            Callee::Function(index, _) | Callee::SuperMethod(index, _) => declared(self, *index),
            Callee::Native(index) => match self.natives[index.at()].source {
                NativeSource::Function(function) => of(function),
                NativeSource::Constant(_) => vec![],
            },
            Callee::New(class) | Callee::SuperConstructor(class, _) => {
                self.constructor_of(*class).map(|index| declared(self, index)).unwrap_or_default()
            }
            Callee::Method(..) | Callee::Value(_) | Callee::Builtin(_) => vec![],
        }
    }

    /// Remembers where a function declares its result.
    pub(crate) fn note_result(&mut self, context: u32, written: Option<&ast::Type>) {
        if let Some(written) = written {
            self.reasons.results.insert(context, written.span);
        }
    }

    /// Where the function that is being elaborated declares its result.
    pub(crate) fn result_place(&mut self) -> Option<Span> {
        let number = self.context().number;
        self.reasons.results.get(&number).copied()
    }

    /// The name whose first value alone says which type is expected of the value that is checked next.
    pub(crate) fn inferred_from_value(&self) -> Option<Span> {
        let (place, _) = self.reasons.because?;
        self.reasons.inferred.contains(&place).then_some(place)
    }

    /// Whether the type that is checked next is that of a parameter of a function of the library.
    pub(crate) fn is_library_parameter(&self) -> bool {
        self.reasons.because.is_some_and(|(place, _)| !self.reasons.own_files.contains(&place.file))
    }

    /// Where what is assigned is declared, if it is a variable or a field.
    pub(crate) fn place_declaration(
        &self,
        place: &PlaceRef,
        target: &ast::Pattern,
    ) -> Option<(Span, &'static str)> {
        match place {
            PlaceRef::Property { member, .. } => member.span.map(|span| (span, FIELD)),
            _ => self.declaration_of(target).map(|span| (span, VARIABLE)),
        }
    }

    /// Where the variable that is assigned is declared, if it is one.
    fn declaration_of(&self, target: &ast::Pattern) -> Option<Span> {
        let name = target.as_name()?;
        let mut at = Some(self.scope);
        while let Some(id) = at {
            let scope = &self.scopes[id.at()];
            if let Some(entry) = scope.names.get(&name.text) {
                return Some(entry.span);
            }
            at = scope.parent;
        }
        None
    }

    /// Where the type of a field is written.
    pub(crate) fn field_annotation(&self, class: ClassIndex, name: &str, is_static: bool) -> Option<Span> {
        let info = &self.classes[class.0 as usize];
        let members = if is_static { &info.statics } else { &info.members };
        match &members.get(name)?.kind {
            MemberKind::Field { annotation, .. } => annotation.map(|written| written.span),
            _ => None,
        }
    }

    /// The report with the declaration that asks for the type, where it is the user's and says more than the place itself.
    pub(crate) fn explained(&mut self, diagnostic: Diagnostic) -> Diagnostic {
        let Some((place, words)) = self.reasons.because.take() else { return diagnostic };
        let is_elsewhere = diagnostic.primary.as_ref().is_none_or(|label| label.span != place);
        if is_elsewhere && self.reasons.own_files.contains(&place.file) {
            diagnostic.with_related(place, words)
        } else {
            diagnostic
        }
    }

    /// Two types that are called the same: where each is declared.
    pub(crate) fn told_apart(&self, diagnostic: Diagnostic, found: TypeId, expected: TypeId) -> Diagnostic {
        let note = match (self.types.kind(found), self.types.kind(expected)) {
            (Kind::Opaque(found, ..), Kind::Opaque(expected, ..)) => {
                format!(
                    "these are two types of the same name: expected that of `{expected}`, found that of `{found}`"
                )
            }
            _ => "these are two types of the same name".to_owned(),
        };
        let mut diagnostic = diagnostic.with_note(note);
        for (of, words) in [(expected, "this one is expected"), (found, "this one is found")] {
            if let Some(place) = self.declared_at(of) {
                diagnostic = diagnostic.with_related(place, words);
            }
        }
        diagnostic
    }

    fn declared_at(&self, of: TypeId) -> Option<Span> {
        match self.types.kind(of) {
            Kind::Class(index, _) => self.classes[index.0 as usize].ast.name.as_ref().map(|name| name.span),
            Kind::Alias(index, _) => Some(self.aliases[index.0 as usize].span),
            Kind::Interface(index, _) => {
                self.interfaces[index.0 as usize].declarations.first().map(|one| one.name.span)
            }
            Kind::Parameter(index) => self.parameters[index.0 as usize].ast.map(|one| one.name.span),
            _ => None,
        }
    }

    /// Warns of names declared in functions and blocks that nothing uses. Where a file has errors, what they hide might use
    /// them; names that begin with `_` say that they are not used.
    pub(crate) fn warn_unused_locals(&mut self) {
        let wrong: HashSet<FileId> = self
            .diagnostics
            .iter()
            .filter(|one| one.is_error())
            .filter_map(|one| one.primary.as_ref().map(|label| label.span.file))
            .collect();
        let Reasons { own_files, locals, used, .. } = &self.reasons;
        let unused: Vec<Diagnostic> = locals
            .iter()
            .filter(|(span, local)| {
                !used.contains(*span)
                    && !local.name.starts_with('_')
                    && own_files.contains(&span.file)
                    && !wrong.contains(&span.file)
            })
            .map(|(span, Local { name, stands_alone })| {
                let message = format!("`{name}` is declared but never used");
                let diagnostic = Diagnostic::warning(codes::UNUSED_LOCAL, message).at(*span);
                let help = "if that is meant, let its name begin with `_`";
                if *stands_alone {
                    diagnostic.with_edit(help, span.at_start(), "_")
                } else {
                    diagnostic
                        .with_help("leave it out of the pattern, or let the variable's name begin with `_`")
                }
            })
            .collect();
        self.diagnostics.extend(unused);
    }
}
