//! Classes: what they promise, constructors and fields, `super`, static members.

use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast::{self, ClassMemberKind};

use crate::checker::{Checker, Pending, Value, expression};
use crate::reasons::ANNOTATED;
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
                self.program.classes.push(ancestor);
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
        self.check_class(class);
        let (ast, scope) = (self.classes[class.0 as usize].ast, self.classes[class.0 as usize].scope);
        for member in &ast.members {
            match &member.kind {
                ClassMemberKind::Field { key, initial, .. } if member.modifiers.is_static => {
                    let name: Text = match key {
                        ast::PropertyKey::Private(name) => format!("#{}", name.text).into(),
                        _ => match key.text() {
                            Some(name) => name.clone(),
                            None => continue,
                        },
                    };
                    self.static_field(class, &name, initial.as_ref(), member.span, out);
                }
                ClassMemberKind::StaticBlock(block) => {
                    let outer = std::mem::replace(&mut self.scope, scope);
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
        let Some(index) = self.static_variable(class, name) else {
            return;
        };
        if self.variables[index.at()].literal.is_some() {
            return;
        }
        let value = match initial {
            Some(initial) => {
                let outer = std::mem::replace(&mut self.scope, scope);
                let before = self.context().class.replace((class, true));
                let value = self.expression(initial, Some(declared));
                let place = self.field_annotation(class, name, true);
                let value = self.coerce_because(value, declared, initial.span, place, ANNOTATED);
                self.context().class = before;
                self.scope = outer;
                value
            }
            None if self.has_null(declared) => self.null(span),
            None => return,
        };
        self.initialize(index, value, span, out);
    }

    pub(crate) fn class_expression(&mut self, class: &'a ast::Class, span: Span) -> Value {
        let found = self.classes.iter().position(|info| std::ptr::eq(info.ast, class));
        let index = match found {
            Some(found) => ClassIndex(found as u32),
            None => {
                let inner = self.child_scope(self.scope);
                let index = self.declare_class(inner, class);
                if let Some(name) = &class.name {
                    let (value, meaning) = (ValueSymbol::Class(index), TypeSymbol::Class(index));
                    self.declare(inner, &name.text, name.span, Some(value), Some(meaning), None);
                }
                index
            }
        };
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
            let made = self.implicit_constructor(class);
            self.program.functions[id.0 as usize] = Some(made);
        }
    }

    /// All classes as the program has them, in the order of their numbers.
    pub(crate) fn finish_classes(&mut self) -> Vec<typed::Class> {
        let mut made: Vec<typed::Class> = Vec::new();
        for at in 0..self.program.classes.len() {
            let class = self.program.classes[at];
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
        for name in self.classes[class.0 as usize].order.clone() {
            let Some(member) = self.classes[class.0 as usize].members.get(&name).cloned() else {
                continue;
            };
            let kind = match member.kind {
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
