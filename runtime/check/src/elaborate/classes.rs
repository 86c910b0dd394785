//! Classes: what they promise, constructors and fields, `super`, static members.

use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self, ClassMemberKind};

use crate::checker::{Checker, Pending, ProgramClass, Value, expression};
use crate::tables::*;
use crate::typed::{self, ClassId, ExpressionKind, FunctionId, Statement, StatementKind};
use crate::types::*;
use crate::visit::Names;

impl<'a> Checker<'a> {
    /// The program's number of a class; its base has a smaller one.
    pub(crate) fn class_id(&mut self, class: ClassIndex) -> ClassId {
        if let Some(id) = self.classes[class.0 as usize].id {
            return id;
        }
        for ancestor in self.ancestry(class) {
            if self.classes[ancestor.0 as usize].id.is_none() {
                let id = ClassId(self.program.classes.len() as u32);
                self.program.classes.push(ProgramClass::Declared(ancestor));
                self.classes[ancestor.0 as usize].id = Some(id);
                self.pending.push_back(Pending::Class(ancestor));
            }
        }
        self.classes[class.0 as usize].id.unwrap_or(ClassId(0))
    }

    /// The function that has a class's constructor parameters: its own or an inherited one.
    pub(crate) fn constructor_of(&mut self, class: ClassIndex) -> Option<FunctionIndex> {
        let chain = self.ancestry(class);
        chain.into_iter().rev().find_map(|one| self.classes[one.0 as usize].constructor)
    }

    /// The function that makes an instance of exactly this class ready.
    pub(crate) fn constructor_id(&mut self, class: ClassIndex) -> FunctionId {
        self.class_id(class);
        if let Some(own) = self.classes[class.0 as usize].constructor {
            return self.function_id(own);
        }
        if let Some(id) = self.program.implicit_constructors.get(&class) {
            return *id;
        }
        let id = self.reserve_function();
        self.program.implicit_constructors.insert(class, id);
        id
    }

    /// Statements of a class declaration: its static members get their values.
    pub(crate) fn class_declaration(&mut self, class: ClassIndex, out: &mut Vec<Statement>) {
        let decorations = self.evaluate_decorators(class, out);
        let variable = self.replaceable_variable(class);
        if self.classes[class.0 as usize].captures {
            self.make_capturing_class(class, out);
        } else if let Some(variable) = variable {
            let span = self.classes[class.0 as usize].ast.span;
            let side = self.static_side(class);
            let made = expression(ExpressionKind::ClassValue(side), Representation::Reference, span);
            self.initialize(variable, made, span, out);
        }
        self.check_class(class);
        let mut initializers = None;
        if let Some(decorations) = &decorations {
            self.decorate_members(class, decorations, out);
            initializers = self.decorate_class(class, decorations, out);
            self.run_static_initializers(class, Self::static_list(decorations), out);
        }
        self.static_members(class, out);
        self.run_static_initializers(class, initializers, out);
    }

    /// Static fields get their values and static blocks run, in order.
    fn static_members(&mut self, class: ClassIndex, out: &mut Vec<Statement>) {
        let (ast, scope) = (self.classes[class.0 as usize].ast, self.classes[class.0 as usize].scope);
        for member in &ast.members {
            match &member.kind {
                ClassMemberKind::Field { key, initial, .. } if member.modifiers.is_static => {
                    let Some(name) = self.member_name(key) else { continue };
                    self.static_field(class, &name, initial.as_ref(), member.span, out);
                }
                ClassMemberKind::StaticBlock(block) => {
                    let inner = self.static_scope(class, scope);
                    let outer = std::mem::replace(&mut self.scope, inner);
                    let before = self.context().class.replace((class, true));
                    let body = self.elaborate_block(&block.statements);
                    self.context().class = before;
                    self.scope = outer;
                    out.push(Statement {
                        kind: StatementKind::Block { label: None, body },
                        span: block.span,
                    });
                }
                _ => {}
            }
        }
    }

    /// A scope in which `this` is the class.
    fn static_scope(&mut self, class: ClassIndex, scope: ScopeId) -> ScopeId {
        let inner = self.child_scope(scope);
        let this = Some(ValueSymbol::Class(class));
        self.declare(inner, &"this".into(), Span::default(), this, None, None);
        inner
    }

    pub(crate) fn static_field(
        &mut self,
        class: ClassIndex,
        name: &str,
        initial: Option<&'a ast::Expression>,
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let scope = self.classes[class.0 as usize].scope;
        let declared = self.field_type(class, name, true);
        let captures = self.classes[class.0 as usize].captures;
        let Some(index) = self.static_variable(class, name) else {
            return;
        };
        if !captures && self.variables[index.at()].literal.is_some() {
            return;
        }
        let value = match initial {
            Some(initial) => {
                let inner = self.static_scope(class, scope);
                let outer = std::mem::replace(&mut self.scope, inner);
                let before = self.context().class.replace((class, true));
                let value = self.expression(initial, Some(declared));
                let place = self.field_annotation(class, name, true);
                let value = self.coerce_annotated(value, declared, initial.span, place);
                let value = self.decorated_initial(class, &name.into(), true, declared, value);
                self.context().class = before;
                self.scope = outer;
                value
            }
            None if self.has_null(declared) => self.null(span),
            None => return,
        };
        if captures {
            let class_value = self.class_value(class, span);
            let holder = super::slots::property(class_value, &Self::statics_slot(class), span);
            let shape = value.representation;
            let kind = ExpressionKind::SetProperty(Box::new(holder), name.into(), Box::new(value));
            let set = expression(kind, shape, span);
            return out.push(Statement { kind: StatementKind::Expression(set), span });
        }
        self.initialize(index, value, span, out);
    }

    pub(crate) fn class_expression(&mut self, class: &'a ast::Class, span: Span) -> Value {
        let inner = self.child_scope(self.scope);
        let index = self.declare_class(inner, class);
        if let Some(name) = &class.name {
            let (value, meaning) = (ValueSymbol::Class(index), TypeSymbol::Class(index));
            self.declare(inner, &name.text, name.span, Some(value), Some(meaning), None);
        }
        self.note_captures_of(&[index]);
        let mut setup = Vec::new();
        self.class_declaration(index, &mut setup);
        let made = self.symbol_value(ValueSymbol::Class(index), span);
        let kind = ExpressionKind::Sequence(setup, Box::new(made.expression));
        Value { expression: expression(kind, Representation::Reference, span), of: made.of }
    }

    /// Elaborates what a class of the program consists of.
    pub(crate) fn elaborate_class(&mut self, class: ClassIndex) {
        let names: Vec<Text> = self.classes[class.0 as usize].order.clone();
        for name in names {
            if let Some(MemberKind::Method(function)) =
                self.classes[class.0 as usize].members.get(&name).map(|one| one.kind.clone())
                && !matches!(self.functions[function.at()].ast.body, ast::FunctionBody::None)
            {
                self.function_id(function);
            }
            if let Some(MemberKind::Accessor { get, set }) =
                self.classes[class.0 as usize].members.get(&name).map(|one| one.kind.clone())
            {
                for one in [get, set].into_iter().flatten() {
                    self.function_id(one);
                }
            }
        }
        let id = self.constructor_id(class);
        if self.classes[class.0 as usize].constructor.is_none() {
            let made = if self.classes[class.0 as usize].captures {
                let span = self.classes[class.0 as usize].ast.span;
                let signature = self.constructor_of(class).map(|function| self.signature_of(function));
                self.constructor_caller(class, signature.as_deref(), span)
            } else {
                self.implicit_constructor(class, false)
            };
            self.program.functions[id.0 as usize] = Some(made);
        }
    }

    /// All classes as the program has them, in the order of their numbers.
    pub(crate) fn finish_classes(&mut self) -> Vec<typed::Class> {
        let mut made: Vec<typed::Class> = Vec::new();
        for at in 0..self.program.classes.len() {
            let class = match self.program.classes[at] {
                ProgramClass::Declared(class) => class,
                ProgramClass::StaticSide(class) => {
                    let side = self.finished_static_side(class, &made);
                    made.push(side);
                    continue;
                }
            };
            let base = self.base_of(class).and_then(|(base, _)| self.classes[base.0 as usize].id);
            let (mut fields, mut members) = match base.and_then(|base| made.get(base.0 as usize)) {
                Some(base) => (base.fields.clone(), base.members.clone()),
                None => (Vec::new(), Vec::new()),
            };
            self.add_own_members(class, &mut fields, &mut members);
            let constructor = self.constructor_id(class);
            let info = &self.classes[class.0 as usize];
            made.push(typed::Class {
                name: info.name.clone(),
                base,
                fields,
                members,
                constructor,
                span: info.ast.span,
            });
        }
        made
    }

    pub(crate) fn add_own_members(
        &mut self,
        class: ClassIndex,
        fields: &mut Vec<typed::Field>,
        members: &mut Vec<typed::Member>,
    ) {
        if self.classes[class.0 as usize].captures {
            let name = Self::class_field(class);
            fields.push(typed::Field { name, representation: Representation::Reference });
        }
        for name in self.classes[class.0 as usize].order.clone() {
            let Some(member) = self.classes[class.0 as usize].members.get(&name).cloned() else {
                continue;
            };
            let kind = match member.kind {
                // What implements it says whether it is kept or computed.
                MemberKind::Field { .. } if member.is_abstract => continue,
                MemberKind::Field { .. } => {
                    let of = self.field_type(class, &name, false);
                    let representation = self.representation(of);
                    match fields.iter_mut().find(|one| one.name == name) {
                        // Declared again: what the base wrote must still fit.
                        Some(before) if before.representation != representation => {
                            before.representation = Representation::Any
                        }
                        Some(_) => {}
                        None => fields.push(typed::Field { name, representation }),
                    }
                    continue;
                }
                MemberKind::Method(function) => {
                    let Some(id) = self.functions[function.at()].id else {
                        continue;
                    };
                    typed::MemberKind::Method(id)
                }
                MemberKind::Accessor { get, set } => {
                    let get = get.and_then(|one| self.functions[one.at()].id);
                    let set = set.and_then(|one| self.functions[one.at()].id);
                    typed::MemberKind::Accessor { get, set }
                }
            };
            match members.iter_mut().find(|one| one.name == name) {
                Some(before) => {
                    before.kind = match (before.kind, kind) {
                        (
                            typed::MemberKind::Accessor { get: a, set: b },
                            typed::MemberKind::Accessor { get, set },
                        ) => typed::MemberKind::Accessor { get: get.or(a), set: set.or(b) },
                        (_, kind) => kind,
                    };
                }
                None => members.push(typed::Member { name, kind }),
            }
        }
    }
}

/// Whether a constructor contains a call of `super`.
pub(crate) fn calls_super(function: &ast::Function) -> bool {
    match &function.body {
        ast::FunctionBody::Block(block) => {
            let mut names = Names::default();
            names.statements(&block.statements);
            names.calls_super
        }
        _ => true,
    }
}
