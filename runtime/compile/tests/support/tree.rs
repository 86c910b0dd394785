//! Evaluates typed trees directly: what compiled programs are compared with. Knows ints, numbers, booleans, variables,
//! calls of known functions, `log`, and all statements that direct control.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use raya_abi::Representation;
use raya_check::typed::*;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Absent,
    Boolean(bool),
    Int(i32),
    /// By its bits, so that NaN equals itself.
    Number(u64),
    String(Rc<str>),
    /// Of the tree: the function and its captured variables.
    Closure(Opaque<(FunctionId, Vec<Cell>)>),
    /// Of the machine: the function and its captures.
    MachineClosure(Opaque<(u16, Vec<Value>)>),
    MachineCell(Cell),
}

/// A variable.
pub type Cell = Opaque<RefCell<Value>>;

/// Something that is equal to itself only.
#[derive(Debug)]
pub struct Opaque<T>(pub Rc<T>);

impl<T> Clone for Opaque<T> {
    fn clone(&self) -> Self {
        Opaque(self.0.clone())
    }
}

impl<T> PartialEq for Opaque<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

pub fn cell(value: Value) -> Cell {
    Opaque(Rc::new(RefCell::new(value)))
}

impl Value {
    pub fn number(value: f64) -> Value {
        Value::Number(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() })
    }

    pub fn to_f64(&self) -> f64 {
        match self {
            Value::Number(bits) => f64::from_bits(*bits),
            Value::Int(value) => f64::from(*value),
            other => panic!("{other:?} is no number"),
        }
    }

    pub fn to_i32(&self) -> i32 {
        if let Value::Int(value) = self { *value } else { panic!("{self:?} is no int") }
    }

    pub fn to_bool(&self) -> bool {
        if let Value::Boolean(value) = self { *value } else { panic!("{self:?} is no boolean") }
    }

    pub fn truthy(&self) -> bool {
        match self {
            Value::Null | Value::Absent => false,
            Value::Boolean(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Number(_) => self.to_f64() != 0.0 && !self.to_f64().is_nan(),
            Value::String(value) => !value.is_empty(),
            Value::Closure(_) | Value::MachineClosure(_) | Value::MachineCell(_) => true,
        }
    }

    pub fn equals(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Int(_) | Value::Number(_), Value::Int(_) | Value::Number(_)) => {
                self.to_f64() == other.to_f64()
            }
            _ => self == other,
        }
    }

    pub fn convert(&self, wanted: Representation) -> Option<Value> {
        match (self, wanted) {
            (_, Representation::Any)
            | (Value::Int(_), Representation::Int)
            | (Value::Number(_), Representation::Number)
            | (Value::Boolean(_), Representation::Boolean)
            | (
                Value::String(_) | Value::Closure(_) | Value::MachineClosure(_) | Value::MachineCell(_),
                Representation::Reference,
            ) => Some(self.clone()),
            (Value::Int(value), Representation::Number) => Some(Value::number(f64::from(*value))),
            _ => None,
        }
    }
}

/// Steps after which evaluation gives up.
pub const STEPS_MAX: u32 = 20_000;

/// Why evaluation stopped.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    Throw(Value),
    /// Too many steps or calls: nothing is learnt.
    GiveUp,
}

enum Way {
    On,
    Break(LabelId),
    Continue(LabelId),
    Return(Value),
}

pub struct Tree<'p> {
    pub program: &'p TypedProgram,
    pub log: Vec<Value>,
    steps: u32,
    depth: u32,
}

#[derive(Default)]
struct Locals {
    own: BTreeMap<u32, Cell>,
    captures: Vec<Cell>,
}

impl Locals {
    /// Brings a fresh variable to life.
    fn insert(&mut self, local: u32, value: Value) {
        self.own.insert(local, cell(value));
    }

    fn find(&self, variable: Variable) -> &Cell {
        match variable {
            Variable::Local(local) => &self.own[&local.0],
            Variable::Capture(index) => &self.captures[index as usize],
            Variable::Global(_) => panic!("not generated"),
        }
    }
}

/// Runs the first module's body.
pub fn run(program: &TypedProgram) -> (Result<Value, Stop>, Vec<Value>) {
    let mut tree = Tree { program, log: vec![], steps: 0, depth: 0 };
    let result = tree.call(program.module_bodies[0], vec![], vec![]);
    (result, tree.log)
}

impl Tree<'_> {
    fn call(&mut self, id: FunctionId, arguments: Vec<Value>, captures: Vec<Cell>) -> Result<Value, Stop> {
        self.depth += 1;
        if self.depth > 40 {
            return Err(Stop::GiveUp);
        }
        let program = self.program;
        let function = &program.functions[id.0 as usize];
        let own =
            function.parameters.iter().map(|local| local.0).zip(arguments.into_iter().map(cell)).collect();
        let mut locals = Locals { own, captures };
        let way = self.statements(&function.body, &mut locals)?;
        self.depth -= 1;
        Ok(if let Way::Return(value) = way { value } else { Value::Null })
    }

    fn statements(&mut self, statements: &[Statement], locals: &mut Locals) -> Result<Way, Stop> {
        for statement in statements {
            match self.statement(statement, locals)? {
                Way::On => {}
                way => return Ok(way),
            }
        }
        Ok(Way::On)
    }

    fn statement(&mut self, statement: &Statement, locals: &mut Locals) -> Result<Way, Stop> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Err(Stop::GiveUp);
        }
        match &statement.kind {
            StatementKind::Expression(value) => {
                self.value(value, locals)?;
            }
            StatementKind::Let(local, value) => {
                let value = value.as_ref().map_or(Ok(Value::Null), |value| self.value(value, locals))?;
                locals.insert(local.0, value);
            }
            StatementKind::Block { label, body } => {
                return Ok(match (self.statements(body, locals)?, label) {
                    (Way::Break(found), Some(label)) if found == *label => Way::On,
                    (way, _) => way,
                });
            }
            StatementKind::If(condition, then, otherwise) => {
                let branch = if self.value(condition, locals)?.to_bool() { then } else { otherwise };
                return self.statements(branch, locals);
            }
            StatementKind::Loop(turns) => return self.turns(turns, locals),
            StatementKind::Switch(switch) => return self.switch(switch, locals),
            StatementKind::Try { body, catch, finally } => {
                return self.attempt(body, catch.as_ref(), finally.as_ref(), locals);
            }
            StatementKind::Throw(value) => return Err(Stop::Throw(self.value(value, locals)?)),
            StatementKind::Return(value) => {
                let value = value.as_ref().map_or(Ok(Value::Null), |value| self.value(value, locals))?;
                return Ok(Way::Return(value));
            }
            StatementKind::Break(label) => return Ok(Way::Break(*label)),
            StatementKind::Continue(label) => return Ok(Way::Continue(*label)),
            other => panic!("not generated: {other:?}"),
        }
        Ok(Way::On)
    }

    fn turns(&mut self, turns: &Loop, locals: &mut Locals) -> Result<Way, Stop> {
        let mut first = true;
        loop {
            if let (Some(condition), true) = (&turns.condition, !(first && turns.test_last))
                && !self.value(condition, locals)?.to_bool()
            {
                return Ok(Way::On);
            }
            first = false;
            match self.statements(&turns.body, locals)? {
                Way::Break(label) if label == turns.label => return Ok(Way::On),
                Way::Continue(label) if label == turns.label => {}
                Way::On => {}
                way => return Ok(way),
            }
            for local in &turns.fresh_each_turn {
                let value = locals.find(Variable::Local(*local)).0.borrow().clone();
                locals.insert(local.0, value);
            }
            if let Some(update) = &turns.update {
                self.value(update, locals)?;
            }
            self.steps += 1;
            if self.steps > STEPS_MAX {
                return Err(Stop::GiveUp);
            }
        }
    }

    fn switch(&mut self, switch: &Switch, locals: &mut Locals) -> Result<Way, Stop> {
        let value = self.value(&switch.scrutinee.1, locals)?;
        locals.insert(switch.scrutinee.0.0, value);
        let mut start = None;
        for (index, (test, _)) in switch.cases.iter().enumerate() {
            if let Some(test) = test
                && self.value(test, locals)?.to_bool()
            {
                start = Some(index);
                break;
            }
        }
        let start = start.or_else(|| switch.cases.iter().position(|(test, _)| test.is_none()));
        for (_, body) in switch.cases.iter().skip(start.unwrap_or(switch.cases.len())) {
            match self.statements(body, locals)? {
                Way::On => {}
                Way::Break(label) if label == switch.label => return Ok(Way::On),
                way => return Ok(way),
            }
        }
        Ok(Way::On)
    }

    fn attempt(
        &mut self,
        body: &[Statement],
        catch: Option<&(LocalId, Vec<Statement>)>,
        finally: Option<&Vec<Statement>>,
        locals: &mut Locals,
    ) -> Result<Way, Stop> {
        let depth = self.depth;
        let mut outcome = self.statements(body, locals);
        if let (Err(Stop::Throw(thrown)), Some((local, handler))) = (&outcome, catch) {
            self.depth = depth;
            locals.insert(local.0, thrown.clone());
            outcome = self.statements(handler, locals);
        }
        if let (Some(finally), false) = (finally, matches!(outcome, Err(Stop::GiveUp))) {
            self.depth = depth;
            match self.statements(finally, locals)? {
                Way::On => {}
                way => return Ok(way),
            }
        }
        outcome
    }

    fn value(&mut self, expression: &Expression, locals: &mut Locals) -> Result<Value, Stop> {
        Ok(match &expression.kind {
            ExpressionKind::Null => Value::Null,
            ExpressionKind::Boolean(value) => Value::Boolean(*value),
            ExpressionKind::Int(value) => Value::Int(*value),
            ExpressionKind::Number(value) => Value::number(*value),
            ExpressionKind::String(value) => Value::String(value.clone()),
            ExpressionKind::Read(variable) => locals.find(*variable).0.borrow().clone(),
            ExpressionKind::Assign(variable, value) => {
                let value = self.value(value, locals)?;
                locals.find(*variable).0.replace(value.clone());
                value
            }
            ExpressionKind::Closure(id) => {
                let captures = self.program.functions[id.0 as usize].captures.iter();
                let captures = captures.map(|variable| locals.find(*variable).clone()).collect();
                Value::Closure(Opaque(Rc::new((*id, captures))))
            }
            ExpressionKind::CallValue(callee, Arguments::Fixed(arguments)) => {
                let callee = self.value(callee, locals)?;
                let arguments =
                    arguments.iter().map(|e| self.value(e, locals)).collect::<Result<Vec<_>, _>>()?;
                let Value::Closure(closure) = callee else {
                    return Err(type_error());
                };
                return self.call(closure.0.0, arguments, closure.0.1.clone());
            }
            ExpressionKind::Unary(operator, operand) => unary(*operator, &self.value(operand, locals)?),
            ExpressionKind::Binary(operator, left, right) => {
                let (left, right) = (self.value(left, locals)?, self.value(right, locals)?);
                return binary(*operator, &left, &right);
            }
            ExpressionKind::Logical(operator, left, right) => {
                let left = self.value(left, locals)?;
                let done = match operator {
                    LogicalOperator::And => !left.truthy(),
                    LogicalOperator::Or => left.truthy(),
                    LogicalOperator::Coalesce => left != Value::Null,
                };
                if done { left } else { self.value(right, locals)? }
            }
            ExpressionKind::Conditional(condition, then, otherwise) => {
                let branch = if self.value(condition, locals)?.to_bool() { then } else { otherwise };
                self.value(branch, locals)?
            }
            ExpressionKind::Sequence(statements, value) => {
                self.statements(statements, locals)?;
                self.value(value, locals)?
            }
            ExpressionKind::Convert(conversion, operand) => {
                let value = self.value(operand, locals)?;
                match conversion {
                    Conversion::IntToNumber => Value::number(value.to_f64()),
                    Conversion::Forget => value,
                    Conversion::Check => {
                        return value.convert(expression.representation).ok_or_else(type_error);
                    }
                    Conversion::Truthiness => Value::Boolean(value.truthy()),
                    Conversion::Text => panic!("not generated"),
                }
            }
            ExpressionKind::CallFunction(id, arguments) => {
                let arguments =
                    arguments.iter().map(|e| self.value(e, locals)).collect::<Result<Vec<_>, _>>()?;
                return self.call(*id, arguments, vec![]);
            }
            ExpressionKind::CallBuiltin(_, Arguments::Fixed(arguments)) => {
                let arguments =
                    arguments.iter().map(|e| self.value(e, locals)).collect::<Result<Vec<_>, _>>()?;
                return log(&mut self.log, &arguments);
            }
            other => panic!("not generated: {other:?}"),
        })
    }
}

/// What the built-in `log` does: keeps its arguments and gives the last; throws it, if it is an int divisible by 7.
pub fn log(log: &mut Vec<Value>, arguments: &[Value]) -> Result<Value, Stop> {
    log.extend_from_slice(arguments);
    match arguments.last() {
        Some(Value::Int(value)) if value % 7 == 0 => Err(Stop::Throw(Value::Int(*value))),
        Some(value) => Ok(value.clone()),
        None => Ok(Value::Null),
    }
}

/// What a failed check throws.
pub fn type_error() -> Stop {
    Stop::Throw(Value::String("TypeError".into()))
}

/// What a division by zero throws.
pub fn division_by_zero() -> Stop {
    Stop::Throw(Value::String("division by zero".into()))
}

fn unary(operator: UnaryOperator, value: &Value) -> Value {
    match operator {
        UnaryOperator::NegateInt => Value::Int(value.to_i32().wrapping_neg()),
        UnaryOperator::NegateNumber => Value::number(-value.to_f64()),
        UnaryOperator::Not => Value::Boolean(!value.to_bool()),
        UnaryOperator::BitNot => Value::Int(!value.to_i32()),
        UnaryOperator::TypeOf => panic!("not generated"),
    }
}

fn binary(operator: BinaryOperator, left: &Value, right: &Value) -> Result<Value, Stop> {
    use BinaryOperator::*;
    let int = |operation: fn(i32, i32) -> i32| Value::Int(operation(left.to_i32(), right.to_i32()));
    let number = |operation: fn(f64, f64) -> f64| Value::number(operation(left.to_f64(), right.to_f64()));
    Ok(match operator {
        AddInt => int(i32::wrapping_add),
        SubtractInt => int(i32::wrapping_sub),
        MultiplyInt => int(i32::wrapping_mul),
        DivideInt | RemainderInt if right.to_i32() == 0 => return Err(division_by_zero()),
        DivideInt => int(i32::wrapping_div),
        RemainderInt => int(i32::wrapping_rem),
        BitAnd => int(|left, right| left & right),
        BitOr => int(|left, right| left | right),
        BitXor => int(|left, right| left ^ right),
        ShiftLeft => int(|left, right| left.wrapping_shl(right as u32)),
        ShiftRight => int(|left, right| left.wrapping_shr(right as u32)),
        ShiftRightUnsigned => int(|left, right| (left as u32).wrapping_shr(right as u32) as i32),
        AddNumber => number(|left, right| left + right),
        SubtractNumber => number(|left, right| left - right),
        MultiplyNumber => number(|left, right| left * right),
        DivideNumber => number(|left, right| left / right),
        EqualInt | EqualNumber | Equal => Value::Boolean(left.equals(right)),
        LessInt | LessNumber => Value::Boolean(left.to_f64() < right.to_f64()),
        LessEqualInt | LessEqualNumber => Value::Boolean(left.to_f64() <= right.to_f64()),
        other => panic!("not generated: {other:?}"),
    })
}
