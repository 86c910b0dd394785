//! Declarations of classes: their members in tables by name, of which nothing is resolved yet.

use crate::checker::Checker;
use crate::codes;
use crate::prelude;
use crate::tables::*;
use crate::types::{ClassIndex, Text};
use raya_source::Diagnostic;
use raya_syntax::ast::{self};
use std::cell::OnceCell;
use std::collections::BTreeMap;

impl<'a> Checker<'a> {
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
                    info.uses_this = OnceCell::new();
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
        let by_parameter =
            |member: &Member<'_>| matches!(member.kind, MemberKind::Field { by_parameter: true, .. });
        let is_first = by_parameter(&member);
        self.table(class, is_static).insert(name.clone(), member);
        if !is_static {
            let info = &mut self.classes[class.0 as usize];
            // What parameters declare has its value before the other fields get theirs, and stands before them.
            let before =
                info.order.iter().take_while(|one| info.members.get(*one).is_some_and(by_parameter)).count();
            let at = if is_first { before } else { info.order.len() };
            info.order.insert(at, name);
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
