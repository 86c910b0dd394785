//! Which module variables can live in registers, and which are known to be initialised before anything reads them.
//!
//! Module bodies run one after the other, so one walk over their statements suffices: whatever a statement names (functions,
//! and the members of classes it makes instances of) may run from then on, and a variable that such code reads before its
//! initialiser was passed may be read too early. All others need no test at run time, and those that hold a literal or a
//! plain function need not be read at all.

use std::collections::BTreeSet;

use raya_check::typed::{
    ClassId, Expression, ExpressionKind, FunctionId, GlobalId, MemberKind, Statement, StatementKind,
    TypedProgram, Variable,
};

use super::fold::literal;
use super::walk::{Visitor, walk_expression, walk_statement};
use crate::instruction::Constant;

/// What is known of one module variable.
#[derive(Clone, Debug, Default)]
pub(super) struct GlobalFacts {
    /// Functions that use it: none, this one, or several.
    user: Users,
    /// It may be read before it is initialised.
    pub(super) early: bool,
    /// It is assigned other than by its initialiser.
    pub(super) assigned: bool,
    initialisers: u32,
    /// What it holds, if that is known and never changes.
    pub(super) value: Option<GlobalValue>,
}

#[derive(Clone, Debug, Default)]
enum Users {
    #[default]
    None,
    One(FunctionId),
    Several,
}

/// What a module variable is known to hold.
#[derive(Clone, Debug)]
pub(super) enum GlobalValue {
    Constant(Constant),
    /// A closure without captures.
    Function(FunctionId),
}

impl GlobalFacts {
    /// Whether nothing but this module's body uses it, after its initialiser.
    pub(super) fn is_private_to(&self, body: FunctionId) -> bool {
        matches!(self.user, Users::One(user) if user == body) && !self.early && self.initialisers == 1
    }

    /// Whether every read happens after its only write.
    pub(super) fn is_constant(&self) -> bool {
        !self.early && !self.assigned && self.initialisers == 1
    }
}

/// Looks at the whole program.
pub(super) fn scan(program: &TypedProgram) -> Vec<GlobalFacts> {
    let mut facts = vec![GlobalFacts::default(); program.globals.len()];
    for (index, function) in program.functions.iter().enumerate() {
        Uses { facts: &mut facts, function: FunctionId(index as u32) }.statements(&function.body);
    }
    let mut order = Order {
        program,
        facts,
        initialised: vec![false; program.globals.len()],
        may_have_returned: false,
        in_body: false,
        functions: BTreeSet::new(),
        classes: BTreeSet::new(),
        pending: vec![],
    };
    for body in &program.module_bodies {
        order.module(*body);
    }
    let mut facts = order.facts;
    for global in &mut facts {
        if !global.is_constant() {
            global.value = None;
        }
    }
    facts
}

/// Counts who uses each variable.
struct Uses<'f> {
    facts: &'f mut [GlobalFacts],
    function: FunctionId,
}

impl Uses<'_> {
    fn note(&mut self, global: GlobalId) -> Option<&mut GlobalFacts> {
        let facts = self.facts.get_mut(global.0 as usize)?;
        facts.user = match facts.user {
            Users::None => Users::One(self.function),
            Users::One(user) if user == self.function => Users::One(user),
            _ => Users::Several,
        };
        Some(facts)
    }
}

impl Visitor for Uses<'_> {
    fn statement(&mut self, statement: &Statement) {
        if let StatementKind::InitializeGlobal(global, _) = &statement.kind
            && let Some(facts) = self.note(*global)
        {
            facts.initialisers += 1;
        }
        walk_statement(self, statement);
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Read(Variable::Global(global)) => {
                self.note(*global);
            }
            ExpressionKind::Assign(Variable::Global(global), _) => {
                if let Some(facts) = self.note(*global) {
                    facts.assigned = true;
                }
            }
            ExpressionKind::Closure(_) => {}
            _ => {}
        }
        walk_expression(self, expression);
    }
}

/// Follows what may run, in the order in which it becomes possible.
struct Order<'p> {
    program: &'p TypedProgram,
    facts: Vec<GlobalFacts>,
    initialised: Vec<bool>,
    /// The module being looked at may have ended before the statement at hand.
    may_have_returned: bool,
    in_body: bool,
    functions: BTreeSet<FunctionId>,
    classes: BTreeSet<ClassId>,
    /// Functions that may run and were not looked at yet.
    pending: Vec<FunctionId>,
}

impl Order<'_> {
    fn module(&mut self, body: FunctionId) {
        let Some(function) = self.program.functions.get(body.0 as usize) else {
            return;
        };
        self.may_have_returned = false;
        for statement in &function.body {
            self.top_level(statement);
        }
    }

    /// A statement that certainly runs, unless the module returned before.
    fn top_level(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Block { label: None, body } => {
                for statement in body {
                    self.top_level(statement);
                }
            }
            StatementKind::InitializeGlobal(global, value) => {
                self.look_at(statement);
                self.initialise(*global, value);
            }
            _ => self.look_at(statement),
        }
    }

    fn look_at(&mut self, statement: &Statement) {
        self.in_body = true;
        match &statement.kind {
            StatementKind::InitializeGlobal(_, value) => self.expression(value),
            _ => self.statement(statement),
        }
        self.in_body = false;
        while let Some(id) = self.pending.pop() {
            if let Some(function) = self.program.functions.get(id.0 as usize) {
                self.statements(&function.body);
            }
        }
    }

    fn initialise(&mut self, global: GlobalId, value: &Expression) {
        let Some(facts) = self.facts.get_mut(global.0 as usize) else {
            return;
        };
        // A module that ended early leaves what follows uninitialised for those that import it.
        facts.early |= self.may_have_returned && !matches!(facts.user, Users::One(_));
        self.initialised[global.0 as usize] = true;
        facts.value = match &value.kind {
            ExpressionKind::Closure(id)
                if self.program.functions.get(id.0 as usize).is_some_and(|f| f.captures.is_empty()) =>
            {
                Some(GlobalValue::Function(*id))
            }
            _ => literal(value).map(GlobalValue::Constant),
        };
    }

    fn may_run(&mut self, id: FunctionId) {
        if self.functions.insert(id) {
            self.pending.push(id);
        }
    }

    fn may_make(&mut self, id: ClassId) {
        if !self.classes.insert(id) {
            return;
        }
        let Some(class) = self.program.classes.get(id.0 as usize) else {
            return;
        };
        self.may_run(class.constructor);
        for member in &class.members {
            match member.kind {
                MemberKind::Method(function) => self.may_run(function),
                MemberKind::Accessor { get, set } => {
                    get.into_iter().chain(set).for_each(|function| self.may_run(function))
                }
            }
        }
    }
}

impl Visitor for Order<'_> {
    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            // An initialiser that may not run, or may run twice.
            StatementKind::InitializeGlobal(global, _) => {
                if let Some(facts) = self.facts.get_mut(global.0 as usize) {
                    facts.early = true;
                }
            }
            StatementKind::Return(_) if self.in_body => self.may_have_returned = true,
            _ => {}
        }
        walk_statement(self, statement);
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Read(Variable::Global(global)) => {
                let index = global.0 as usize;
                if self.initialised.get(index) == Some(&false) {
                    self.facts[index].early = true;
                }
            }
            ExpressionKind::Closure(id) | ExpressionKind::CallFunction(id, _) => self.may_run(*id),
            ExpressionKind::New(class, _) | ExpressionKind::ClassValue(class) => self.may_make(*class),
            _ => {}
        }
        walk_expression(self, expression);
    }
}
