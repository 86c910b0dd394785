//! What a class promises: overrides, abstract members, interfaces, fields with values.

use std::collections::HashSet;

use crate::checker::Checker;
use crate::codes;
use crate::initialized::always_assigned;
use crate::tables::*;
use crate::types::*;
use crate::visit::Names;
use raya_source::{Diagnostic, Span};
use raya_syntax::ast::{self};

impl<'a> Checker<'a> {
    /// Checks a class against its base and interfaces, once, and queues its bodies.
    pub(crate) fn check_class(&mut self, class: ClassIndex) {
        if std::mem::replace(&mut self.classes[class.0 as usize].checked, true) {
            return;
        }
        let info = &self.classes[class.0 as usize];
        let (ast, scope, builtin) = (info.ast, info.scope, info.builtin);
        let module = info.module;
        if builtin || self.is_prelude(module) {
            return;
        }
        let names: Vec<Text> = info.members.keys().cloned().collect();
        let statics: Vec<Text> = info.statics.keys().cloned().collect();
        self.base_of(class);
        for name in &names {
            self.check_override(class, name);
            self.queue_member(class, name, false);
        }
        for name in &statics {
            self.queue_member(class, name, true);
        }
        if let Some(constructor) = self.classes[class.0 as usize].constructor {
            self.function_id(constructor);
        }
        if !ast.is_abstract {
            self.check_abstract(class);
        }
        for written in &ast.implements {
            let wanted = self.resolve_type(written, scope);
            self.check_implements(class, wanted, written.span);
        }
        self.check_initialized(class);
        self.class_id(class);
    }

    pub(crate) fn queue_member(&mut self, class: ClassIndex, name: &str, is_static: bool) {
        let info = &self.classes[class.0 as usize];
        let table = if is_static { &info.statics } else { &info.members };
        let Some(member) = table.get(name).cloned() else {
            return;
        };
        let class_is_abstract = info.ast.is_abstract;
        match member.kind {
            MemberKind::Field { .. } => {
                self.field_type(class, name, is_static);
            }
            MemberKind::Method(function) => {
                let bodiless = matches!(self.functions[function.at()].ast.body, ast::FunctionBody::None);
                if member.is_abstract && !class_is_abstract {
                    let message = format!("`{name}` is abstract, but its class is not");
                    self.report(
                        Diagnostic::error(codes::BAD_MEMBER, message)
                            .at(member.span)
                            .with_help("write `abstract` before `class`"),
                    );
                } else if bodiless && !member.is_abstract {
                    self.error(codes::BAD_MEMBER, member.span, format!("the method `{name}` needs a body"));
                }
                if bodiless {
                    self.signature_of(function);
                } else {
                    self.function_id(function);
                }
            }
            MemberKind::Accessor { get, set } => {
                for one in [get, set].into_iter().flatten() {
                    self.function_id(one);
                }
            }
        }
    }

    pub(crate) fn check_override(&mut self, class: ClassIndex, name: &str) {
        let Some(own) = self.classes[class.0 as usize].members.get(name).cloned() else {
            return;
        };
        let base = self.base_of(class);
        let inherited = base.and_then(|(base, arguments)| {
            let of = self.class_type(base, arguments);
            self.member(of, name)
        });
        let class_name = self.classes[class.0 as usize].name.clone();
        let Some(inherited) = inherited.filter(|_| !name.starts_with('#')) else {
            if own.is_override {
                let message = format!("`{name}` overrides nothing: no base class of `{class_name}` has it");
                self.error(codes::BAD_OVERRIDE, own.span, message);
            }
            return;
        };
        let instance = self.own_instance(class);
        let Some(mine) = self.member(instance, name) else {
            return;
        };
        let fits = match (self.types.kind(mine.of).clone(), self.types.kind(inherited.of).clone()) {
            (Kind::Function(left), Kind::Function(right)) => self.signature_fits(&left, &right, true, 0),
            _ => self.assignable(mine.of, inherited.of),
        };
        let private = inherited.owner.is_some_and(|(_, seen)| seen == ast::Accessibility::Private);
        if private || !fits || mine.method != inherited.method {
            let message = if private {
                format!("`{name}` is private in the base class: it cannot be declared again")
            } else {
                format!(
                    "`{name}` does not fit the base class: expected `{}`, found `{}`",
                    self.show(inherited.of),
                    self.show(mine.of)
                )
            };
            let mut diagnostic = Diagnostic::error(codes::BAD_OVERRIDE, message).at(own.span);
            if let Some(at) = inherited.span {
                diagnostic = diagnostic.with_related(at, "the base class declares it here");
            }
            self.report(diagnostic);
            return;
        }
        self.check_accessor_over_field(class, name, &own);
    }

    /// An accessor cannot take the place of a field that is kept: those who know the base class read the field.
    fn check_accessor_over_field(&mut self, class: ClassIndex, name: &str, own: &Member<'a>) {
        if !matches!(own.kind, MemberKind::Accessor { .. }) {
            return;
        }
        let kept =
            self.ancestry(class).into_iter().filter(|ancestor| *ancestor != class).find_map(|ancestor| {
                let member = self.classes[ancestor.0 as usize].members.get(name)?;
                (matches!(member.kind, MemberKind::Field { .. }) && !member.is_abstract)
                    .then_some(member.span)
            });
        let Some(at) = kept else { return };
        let message = format!("`{name}` is a field in the base class: an accessor cannot override it");
        self.report(
            Diagnostic::error(codes::BAD_OVERRIDE, message)
                .at(own.span)
                .with_related(at, "the base class declares it here")
                .with_help("make it an accessor in the base class too, or declare it `abstract` there"),
        );
    }

    pub(crate) fn check_abstract(&mut self, class: ClassIndex) {
        let instance = self.own_instance(class);
        let mut missing = Vec::new();
        for ancestor in self.ancestry(class) {
            let names: Vec<Text> = self.classes[ancestor.0 as usize]
                .members
                .iter()
                .filter(|(_, member)| member.is_abstract)
                .map(|(name, _)| name.clone())
                .collect();
            for name in names {
                if ancestor != class && self.member(instance, &name).is_some_and(|member| member.is_abstract)
                {
                    missing.push(format!("`{name}`"));
                }
            }
        }
        if !missing.is_empty() {
            let info = &self.classes[class.0 as usize];
            let span = info.ast.name.as_ref().map_or(info.ast.span, |name| name.span);
            let message = format!(
                "the class `{}` lacks {}, which its base class declares abstract",
                info.name,
                missing.join(", ")
            );
            self.error(codes::NOT_IMPLEMENTED, span, message);
        }
    }

    pub(crate) fn check_implements(&mut self, class: ClassIndex, wanted: TypeId, span: Span) {
        let instance = self.own_instance(class);
        if self.assignable(instance, wanted) {
            return;
        }
        let name = self.classes[class.0 as usize].name.clone();
        let mut lacking = Vec::new();
        if let Some(record) = self.record_of(wanted) {
            for property in &record.properties {
                let target =
                    if property.optional { self.types.nullable(property.value) } else { property.value };
                match self.member(instance, &property.name) {
                    None if !property.optional => {
                        lacking.push(format!("`{}: {}` is missing", property.name, self.show(property.value)))
                    }
                    Some(member) if !self.assignable(member.of, target) => {
                        let (expected, found) = (self.show(property.value), self.show(member.of));
                        lacking.push(format!("`{}` is `{found}`, expected `{expected}`", property.name));
                    }
                    _ => {}
                }
            }
        }
        let message = format!("the class `{name}` does not implement `{}`", self.show(wanted));
        let mut diagnostic = Diagnostic::error(codes::NOT_IMPLEMENTED, message).at(span);
        for one in lacking.into_iter().take(6) {
            diagnostic = diagnostic.with_note(one);
        }
        self.report(diagnostic);
    }

    /// Fields that nothing gives a value.
    pub(crate) fn check_initialized(&mut self, class: ClassIndex) {
        let constructor = self.classes[class.0 as usize].constructor.map(|one| self.functions[one.at()].ast);
        let assigned = constructor.map(|one| Names::of_function(one).own_fields).unwrap_or_default();
        let always = constructor.map_or_else(|| Some(HashSet::new()), always_assigned);
        let order = self.classes[class.0 as usize].order.clone();
        for name in order {
            let Some(member) = self.classes[class.0 as usize].members.get(&name).cloned() else {
                continue;
            };
            let MemberKind::Field { initial: None, definite: false, by_parameter: false, .. } = member.kind
            else {
                continue;
            };
            let of = self.field_type(class, &name, false);
            let plain = name.strip_prefix('#').unwrap_or(&name);
            if member.is_abstract
                || self.has_null(of)
                || self.is_error(of)
                || of == self.types.basic.unknown
                || always.as_ref().is_none_or(|always| always.contains(plain))
            {
                continue;
            }
            let message = match assigned.contains(plain) {
                true => format!("the field `{name}` has no value on some paths through the constructor"),
                false => {
                    format!(
                        "the field `{name}` has no value: it is not given one here nor in the constructor"
                    )
                }
            };
            self.report(Diagnostic::error(codes::UNINITIALIZED_FIELD, message).at(member.span).with_help(
                "give it an initial value, assign it in the constructor, or let its type have `null`",
            ));
        }
    }
}
