//! Which locals need a cell: those that a closure captures and that change afterwards, or are captured before they exist.
//!
//! A closure that is called where it is written (an arm of `match`, say) is lowered in place of the call and captures
//! nothing: its body is looked at as a part of the enclosing function's.

use std::collections::BTreeMap;

use raya_check::typed::{
    Arguments, Expression, ExpressionKind, Function, FunctionId, LocalId, Statement, StatementKind,
    TypedProgram, Variable,
};

use super::walk::{Visitor, walk_arguments, walk_expression, walk_statement};

/// Nesting up to which closures that are called where they are written are lowered in place.
const IN_PLACE_DEPTH_MAX: usize = 24;

/// What is known of one local.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LocalFacts {
    /// It lives in a cell.
    pub(super) cell: bool,
    /// A closure captures it before its `Let` is complete: the cell is made where its scope begins.
    pub(super) early: bool,
    declared: bool,
    captured: bool,
    /// It is assigned other than by its `Let`.
    pub(super) reassigned: bool,
}

/// Facts about the locals of a function, and of the closures that are lowered in place within it.
pub(super) type FunctionFacts = BTreeMap<FunctionId, Vec<LocalFacts>>;

/// The function of a closure that is called where it is written and can be lowered there. `depth` counts the functions
/// whose bodies are being lowered around it.
pub(super) fn in_place(
    program: &TypedProgram,
    callee: &Expression,
    arguments: &Arguments,
    depth: usize,
) -> Option<FunctionId> {
    let (ExpressionKind::Closure(id), Arguments::Fixed(_)) = (&callee.kind, arguments) else {
        return None;
    };
    let function = program.functions.get(id.0 as usize)?;
    (!function.is_async && !function.rest && depth < IN_PLACE_DEPTH_MAX).then_some(*id)
}

/// Looks at the whole body of a function.
pub(super) fn scan(program: &TypedProgram, id: FunctionId) -> FunctionFacts {
    let mut scan = Scan { program, contexts: vec![], facts: BTreeMap::new() };
    scan.function(id, vec![]);
    for local in scan.facts.values_mut().flatten() {
        local.cell = local.captured && (local.reassigned || local.early);
    }
    scan.facts
}

struct Scan<'p> {
    program: &'p TypedProgram,
    /// The function, and around a closure that is lowered in place everything it stands in.
    contexts: Vec<Context>,
    facts: FunctionFacts,
}

struct Context {
    function: FunctionId,
    /// What each capture is; `None` for a real capture of the outermost function.
    captures: Vec<Option<(FunctionId, LocalId)>>,
}

impl Scan<'_> {
    fn function(&mut self, id: FunctionId, captures: Vec<Option<(FunctionId, LocalId)>>) {
        let Some(function) = self.program.functions.get(id.0 as usize) else {
            return;
        };
        self.facts.entry(id).or_insert_with(|| initial_facts(function));
        self.contexts.push(Context { function: id, captures });
        for parameter in &function.parameters {
            self.declare(*parameter);
        }
        self.statements(&function.body);
        self.contexts.pop();
    }

    /// The local of one of the functions being looked at that a variable is.
    fn resolve(&self, variable: Variable) -> Option<(FunctionId, LocalId)> {
        let context = self.contexts.last()?;
        match variable {
            Variable::Local(local) => Some((context.function, local)),
            Variable::Capture(index) => context.captures.get(index as usize).copied().flatten(),
            Variable::Global(_) => None,
        }
    }

    fn local(&mut self, variable: Variable) -> Option<&mut LocalFacts> {
        let (function, local) = self.resolve(variable)?;
        self.facts.get_mut(&function)?.get_mut(local.0 as usize)
    }

    fn declare(&mut self, local: LocalId) {
        if let Some(facts) = self.local(Variable::Local(local)) {
            facts.declared = true;
        }
    }

    fn capture(&mut self, id: FunctionId) {
        let Some(function) = self.program.functions.get(id.0 as usize) else {
            return;
        };
        for variable in &function.captures {
            if let Some(facts) = self.local(*variable) {
                facts.captured = true;
                facts.early |= !facts.declared;
            }
        }
    }
}

fn initial_facts(function: &Function) -> Vec<LocalFacts> {
    function
        .locals
        .iter()
        .map(|local| LocalFacts { reassigned: local.reassigned, ..LocalFacts::default() })
        .collect()
}

impl Visitor for Scan<'_> {
    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Let(local, value) => {
                if let Some(value) = value {
                    self.expression(value);
                }
                self.declare(*local);
                return;
            }
            StatementKind::ForOf(each) => self.declare(each.binding),
            StatementKind::Switch(switch) => self.declare(switch.scrutinee.0),
            StatementKind::Try { catch: Some((local, _)), .. } => self.declare(*local),
            _ => {}
        }
        walk_statement(self, statement);
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Closure(id) => self.capture(*id),
            ExpressionKind::Assign(variable, _) => {
                if let Some(facts) = self.local(*variable) {
                    facts.reassigned = true;
                }
                walk_expression(self, expression);
            }
            ExpressionKind::CallValue(callee, arguments) => {
                match in_place(self.program, callee, arguments, self.contexts.len()) {
                    Some(id) => {
                        walk_arguments(self, arguments);
                        let function = &self.program.functions[id.0 as usize];
                        let captures =
                            function.captures.iter().map(|variable| self.resolve(*variable)).collect();
                        self.function(id, captures);
                    }
                    None => walk_expression(self, expression),
                }
            }
            _ => walk_expression(self, expression),
        }
    }
}
