//! Which names a piece of the tree assigns: what narrowing must forget before a loop.
//!
//! By name, not by variable: two variables of one name are not told apart, which only makes narrowing forget more.

use std::collections::HashSet;

use raya_syntax::ast::*;

/// Names that are assigned, and names that are read.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) assigned: HashSet<Text>,
    pub(crate) read: HashSet<Text>,
    /// Properties assigned on `this`.
    pub(crate) own_fields: HashSet<Text>,
    /// `this` or `super` is used.
    pub(crate) uses_this: bool,
    /// `super(…)` is called.
    pub(crate) calls_super: bool,
}

impl Names {
    pub(crate) fn of_statement(statement: &Statement) -> Names {
        let mut names = Names::default();
        names.statement(statement);
        names
    }

    pub(crate) fn of_function(function: &Function) -> Names {
        let mut names = Names::default();
        names.function(function);
        names
    }

    pub(crate) fn statements(&mut self, list: &[Statement]) {
        for one in list {
            self.statement(one);
        }
    }

    pub(crate) fn statement(&mut self, statement: &Statement) {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.statement_inside(statement));
    }

    fn statement_inside(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Block(block) => self.statements(&block.statements),
            StatementKind::Expression(one) | StatementKind::Throw(one) => self.expression(one),
            StatementKind::Variables(variables) => self.variables(variables),
            StatementKind::Function(function) => self.function(function),
            StatementKind::Class(class) => self.class(class),
            StatementKind::Export(export) => match &**export {
                Export::Declaration(inner) => self.statement(inner),
                Export::Default(ExportDefault::Expression(one)) => self.expression(one),
                Export::Default(ExportDefault::Function(function)) => self.function(function),
                Export::Default(ExportDefault::Class(class)) => self.class(class),
                Export::List { specifiers, specifier: None, .. } => {
                    for one in specifiers {
                        self.read.insert(one.local.text.clone());
                    }
                }
                _ => {}
            },
            StatementKind::If(branch) => {
                self.expression(&branch.test);
                self.statement(&branch.consequent);
                if let Some(alternate) = &branch.alternate {
                    self.statement(alternate);
                }
            }
            StatementKind::While { test, body } | StatementKind::DoWhile { body, test } => {
                self.expression(test);
                self.statement(body);
            }
            StatementKind::For { initial, test, update, body } => {
                if let Some(head) = initial {
                    self.head(head);
                }
                if let Some(one) = test {
                    self.expression(one);
                }
                if let Some(one) = update {
                    self.expression(one);
                }
                self.statement(body);
            }
            StatementKind::ForOf { head, iterable, body } => {
                self.head(head);
                self.expression(iterable);
                self.statement(body);
            }
            StatementKind::Return(Some(one)) => self.expression(one),
            StatementKind::Labelled { body, .. } => self.statement(body),
            StatementKind::Switch { value, cases } => {
                self.expression(value);
                for case in cases {
                    if let Some(test) = &case.test {
                        self.expression(test);
                    }
                    self.statements(&case.body);
                }
            }
            StatementKind::Try(one) => {
                self.statements(&one.block.statements);
                if let Some(handler) = &one.handler {
                    self.statements(&handler.body.statements);
                }
                if let Some(finalizer) = &one.finalizer {
                    self.statements(&finalizer.statements);
                }
            }
            _ => {}
        }
    }

    fn head(&mut self, head: &ForHead) {
        match head {
            ForHead::Variables(variables) => self.variables(variables),
            ForHead::Expression(one) => self.expression(one),
            ForHead::Pattern(pattern) => self.pattern(pattern, true),
        }
    }

    fn variables(&mut self, variables: &Variables) {
        for one in &variables.declarations {
            self.pattern(&one.pattern, false);
            if let Some(initial) = &one.initial {
                self.expression(initial);
            }
        }
    }

    pub(crate) fn function(&mut self, function: &Function) {
        for parameter in &function.parameters {
            self.pattern(&parameter.pattern, false);
            if let Some(default) = &parameter.default {
                self.expression(default);
            }
        }
        match &function.body {
            FunctionBody::Block(block) => self.statements(&block.statements),
            FunctionBody::Expression(one) => self.expression(one),
            _ => {}
        }
    }

    pub(crate) fn class(&mut self, class: &Class) {
        for decorator in &class.decorators {
            self.expression(&decorator.expression);
        }
        if let Some(base) = &class.extends {
            self.expression(&base.expression);
        }
        for member in &class.members {
            for decorator in &member.decorators {
                self.expression(&decorator.expression);
            }
            match &member.kind {
                ClassMemberKind::Field { initial: Some(one), .. } => self.expression(one),
                ClassMemberKind::Method { function, .. }
                | ClassMemberKind::Getter { function, .. }
                | ClassMemberKind::Setter { function, .. }
                | ClassMemberKind::Constructor(function) => self.function(function),
                ClassMemberKind::StaticBlock(block) => self.statements(&block.statements),
                _ => {}
            }
        }
    }

    fn key(&mut self, key: &PropertyKey) {
        if let PropertyKey::Computed(one) = key {
            self.expression(one);
        }
    }

    fn pattern(&mut self, pattern: &Pattern, assigns: bool) {
        match &pattern.kind {
            PatternKind::Name(name) if assigns => {
                self.assigned.insert(name.clone());
            }
            PatternKind::Array { elements, rest } => {
                for one in elements.iter().flatten() {
                    self.pattern(&one.pattern, assigns);
                    if let Some(default) = &one.default {
                        self.expression(default);
                    }
                }
                if let Some(rest) = rest {
                    self.pattern(rest, assigns);
                }
            }
            PatternKind::Object { properties, rest } => {
                for one in properties {
                    self.key(&one.key);
                    self.pattern(&one.value, assigns);
                    if let Some(default) = &one.default {
                        self.expression(default);
                    }
                }
                if let Some(rest) = rest {
                    self.pattern(rest, assigns);
                }
            }
            PatternKind::Expression(one) => self.target(one),
            _ => {}
        }
    }

    /// An assigned member: the facts about its root are forgotten.
    fn target(&mut self, expression: &Expression) {
        let mut root = expression;
        if let ExpressionKind::Member { object, property, .. }
        | ExpressionKind::PrivateMember { object, property, .. } = &expression.kind
            && matches!(object.kind, ExpressionKind::This)
        {
            self.own_fields.insert(property.text.clone());
        }
        loop {
            root = match &root.kind {
                ExpressionKind::Member { object, .. }
                | ExpressionKind::PrivateMember { object, .. }
                | ExpressionKind::Index { object, .. } => object,
                ExpressionKind::Parenthesized(inner)
                | ExpressionKind::NonNull(inner)
                | ExpressionKind::Chain(inner) => inner,
                ExpressionKind::Name(name) => {
                    self.assigned.insert(name.clone());
                    break;
                }
                ExpressionKind::This => {
                    self.assigned.insert("this".into());
                    break;
                }
                _ => break,
            };
        }
        self.expression(expression);
    }

    /// What a `for … of` without a declaration assigns.
    pub(crate) fn assigns(&mut self, pattern: &Pattern) {
        self.pattern(pattern, true);
    }

    pub(crate) fn expression(&mut self, expression: &Expression) {
        stacker::maybe_grow(crate::STACK_LEFT, crate::STACK_MORE, || self.expression_inside(expression));
    }

    fn call(&mut self, call: &Call) {
        self.calls_super |= matches!(call.callee.kind, ExpressionKind::Super);
        self.expression(&call.callee);
        for argument in &call.arguments {
            self.expression(&argument.value);
        }
    }

    fn expression_inside(&mut self, expression: &Expression) {
        use ExpressionKind as E;
        match &expression.kind {
            E::Name(name) => {
                self.read.insert(name.clone());
            }
            E::This | E::Super => self.uses_this = true,
            E::Template(template) => template.expressions.iter().for_each(|one| self.expression(one)),
            E::TaggedTemplate { tag, template, .. } => {
                self.expression(tag);
                template.expressions.iter().for_each(|one| self.expression(one));
            }
            E::Array(elements) => elements.iter().for_each(|one| self.expression(&one.value)),
            E::Object(members) => members.iter().for_each(|one| self.object_member(one)),
            E::Function(function) => self.function(function),
            E::Arrow(arrow) => self.function(&arrow.function),
            E::Class(class) => self.class(class),
            E::Update { target, .. } => self.target(target),
            E::Unary { operator: UnaryOperator::Delete, operand } => self.target(operand),
            E::Binary { left, right, .. } | E::Logical { left, right, .. } => {
                self.expression(left);
                self.expression(right);
            }
            E::Conditional { test, consequent, alternate } => {
                self.expression(test);
                self.expression(consequent);
                self.expression(alternate);
            }
            E::Assign { target, value, .. } => {
                self.pattern(target, true);
                self.expression(value);
            }
            E::Sequence(list) => list.iter().for_each(|one| self.expression(one)),
            E::Index { object, index, .. } => {
                self.expression(object);
                self.expression(index);
            }
            E::Call(call) | E::New(call) => self.call(call),
            E::Unary { operand: one, .. }
            | E::Member { object: one, .. }
            | E::PrivateMember { object: one, .. }
            | E::Chain(one)
            | E::As { expression: one, .. }
            | E::AsConst(one)
            | E::Satisfies { expression: one, .. }
            | E::NonNull(one)
            | E::Await(one)
            | E::Async(one)
            | E::Parenthesized(one) => self.expression(one),
            _ => {}
        }
    }

    fn object_member(&mut self, member: &ObjectMember) {
        match &member.kind {
            ObjectMemberKind::Property { key, value } => {
                self.key(key);
                self.expression(value);
            }
            ObjectMemberKind::Shorthand { value, .. } | ObjectMemberKind::Spread(value) => {
                self.expression(value)
            }
            ObjectMemberKind::Method { key, function }
            | ObjectMemberKind::Getter { key, function }
            | ObjectMemberKind::Setter { key, function } => {
                self.key(key);
                self.function(function);
            }
        }
    }
}
