//! Classes inside functions that use the function's variables. The class as a value is made where its declaration is
//! reached, and holds a closure for each of its members; instances keep the class they were made by.

use raya_abi::Representation;
use raya_source::Span;
use raya_syntax::ast;
use std::cell::OnceCell;

use super::slots::property;
use crate::checker::{Checker, expression};
use crate::tables::*;
use crate::typed::{self, ExpressionKind, Statement, StatementKind};
use crate::types::*;
use crate::visit::Names;

impl<'a> Checker<'a> {
    /// Finds which of the classes that a block declares use variables of the function around them.
    pub(crate) fn note_captures(&mut self, statements: &'a [ast::Statement]) {
        let mut classes = Vec::new();
        for statement in statements {
            if let ast::StatementKind::Class(class) = &statement.kind
                && let Some(index) = self.class_of_tree(class)
            {
                classes.push(index);
            }
        }
        self.note_captures_of(&classes);
    }

    pub(crate) fn note_captures_of(&mut self, classes: &[ClassIndex]) {
        // A class that uses one that captures has to hold that one: it captures too.
        loop {
            let before = classes.iter().filter(|one| self.classes[one.0 as usize].captures).count();
            for class in classes {
                if !self.classes[class.0 as usize].captures && self.uses_locals(*class) {
                    self.classes[class.0 as usize].captures = true;
                }
            }
            if classes.iter().filter(|one| self.classes[one.0 as usize].captures).count() == before {
                break;
            }
        }
        for class in classes {
            if self.classes[class.0 as usize].captures {
                self.declare_slots(*class);
            }
            if self.classes[class.0 as usize].captures || self.is_replaced_locally(*class) {
                self.declare_class_variable(*class);
            }
        }
    }

    /// A class inside a function that a decorator may replace.
    fn is_replaced_locally(&mut self, class: ClassIndex) -> bool {
        let has = !self.classes[class.0 as usize].ast.decorators.is_empty();
        has && self.may_be_replaced(class)
    }

    fn uses_locals(&mut self, class: ClassIndex) -> bool {
        let (tree, scope) = (self.classes[class.0 as usize].ast, self.classes[class.0 as usize].scope);
        let mut names = Names::default();
        names.class(tree);
        let all: Vec<Text> = names.read.union(&names.assigned).cloned().collect();
        all.iter().any(|name| match self.lookup_value(scope, name) {
            Some(ValueSymbol::Variable(index)) => {
                matches!(self.variables[index.at()].place, Place::Local(..))
            }
            Some(ValueSymbol::Class(other)) => self.classes[other.0 as usize].captures,
            _ => false,
        })
    }

    /// The variable that holds a class whose value is only known when run: the name still means the class.
    fn declare_class_variable(&mut self, class: ClassIndex) {
        let info = &self.classes[class.0 as usize];
        let (name, span) = (info.name.clone(), info.ast.name.as_ref().map_or(info.ast.span, |one| one.span));
        let of = self.types.intern(Kind::ClassValue(class));
        let local = self.new_local(name.clone(), Representation::Reference);
        let place = Place::Local(self.context().number, local);
        let variable = self.new_variable(Variable {
            name,
            span,
            declared: Some(of),
            place,
            constant: true,
            source: None,
            inferring: false,
            literal: None,
            state: VariableState::Ahead,
        });
        self.classes[class.0 as usize].variable = Some(variable);
    }

    /// Gives each function of a class a slot, once.
    fn declare_slots(&mut self, class: ClassIndex) {
        if !self.classes[class.0 as usize].slots.is_empty() {
            return;
        }
        let mut slots = vec![Self::constructor_slot(class), Self::statics_slot(class)];
        for function in self.functions_of(class) {
            let info = &mut self.functions[function.at()];
            info.is_local = true;
            if info.is_constructor {
                info.slot = Some(Slot::Class(slots[0].clone()));
                continue;
            }
            if matches!(info.ast.body, ast::FunctionBody::None) {
                continue;
            }
            let name: Text = format!("%{}:{}", class.0, slots.len()).into();
            info.uses_this = OnceCell::from(true);
            info.slot = Some(Slot::Class(name.clone()));
            slots.push(name);
        }
        self.classes[class.0 as usize].slots = slots;
    }

    /// All functions of a class, in an order that is always the same.
    pub(crate) fn functions_of(&self, class: ClassIndex) -> Vec<FunctionIndex> {
        let info = &self.classes[class.0 as usize];
        let mut found: Vec<FunctionIndex> = info.constructor.into_iter().collect();
        for member in info.members.values().chain(info.statics.values()) {
            match member.kind {
                MemberKind::Method(function) => found.push(function),
                MemberKind::Accessor { get, set } => found.extend(get.into_iter().chain(set)),
                MemberKind::Field { .. } => {}
            }
        }
        found
    }

    /// Makes the class as a value and fills its slots.
    pub(crate) fn make_capturing_class(&mut self, class: ClassIndex, out: &mut Vec<Statement>) {
        let Some(variable) = self.classes[class.0 as usize].variable else { return };
        let span = self.classes[class.0 as usize].ast.span;
        let side = self.static_side(class);
        let made = expression(ExpressionKind::New(side, vec![]), Representation::Reference, span);
        self.initialize(variable, made, span, out);
        if let Some((base, _)) = self.base_of(class)
            && self.classes[base.0 as usize].captures
        {
            for ancestor in self.ancestry(base) {
                for slot in self.classes[ancestor.0 as usize].slots.clone() {
                    let held = self.class_value(base, span);
                    let value = property(held, &slot, span);
                    self.fill_slot(class, &slot, value, span, out);
                }
            }
        }
        let statics = expression(ExpressionKind::Object(vec![]), Representation::Reference, span);
        self.fill_slot(class, &Self::statics_slot(class), statics, span, out);
        let functions = self.functions_of(class);
        self.settle_members(class, &functions);
        for function in functions {
            let Some(Slot::Class(slot)) = self.functions[function.at()].slot.clone() else { continue };
            let id = self.elaborate_in_place(function);
            let closure = expression(ExpressionKind::Closure(id), Representation::Reference, span);
            self.fill_slot(class, &slot, closure, span, out);
        }
        if self.classes[class.0 as usize].constructor.is_none() {
            let made = self.implicit_constructor(class, true);
            let id = match self.program.implicit_bodies.get(&class) {
                Some(id) => *id,
                None => self.reserve_function(),
            };
            self.program.implicit_bodies.insert(class, id);
            self.program.functions[id.0 as usize] = Some(made);
            let closure = expression(ExpressionKind::Closure(id), Representation::Reference, span);
            self.fill_slot(class, &Self::constructor_slot(class), closure, span, out);
        }
    }

    /// Types that are inferred are found here, where the variables are at hand.
    fn settle_members(&mut self, class: ClassIndex, functions: &[FunctionIndex]) {
        for function in functions {
            self.signature_of(*function);
        }
        for name in self.classes[class.0 as usize].order.clone() {
            self.field_type(class, &name, false);
        }
        for name in self.classes[class.0 as usize].statics.keys().cloned().collect::<Vec<_>>() {
            self.field_type(class, &name, true);
        }
    }

    /// Elaborates a member as a closure of the function around its class.
    fn elaborate_in_place(&mut self, function: FunctionIndex) -> typed::FunctionId {
        let signature = self.signature_of(function);
        let mut setup = self.setup_of(function, signature, true);
        setup.is_closure = true;
        let scope = self.scope;
        let (made, _) = self.elaborate_body(setup);
        self.scope = scope;
        let id = self.body_id(function);
        self.program.functions[id.0 as usize] = Some(made);
        id
    }

    pub(crate) fn fill_slot(
        &mut self,
        class: ClassIndex,
        slot: &Text,
        value: typed::Expression,
        span: Span,
        out: &mut Vec<Statement>,
    ) {
        let holder = self.class_value(class, span);
        let kind = ExpressionKind::SetProperty(Box::new(holder), slot.clone(), Box::new(value));
        let set = expression(kind, Representation::Reference, span);
        out.push(Statement { kind: StatementKind::Expression(set), span });
    }
}
