//! Random typed trees: they compile to programs that verify, and that do what evaluating the tree does.
#![allow(unreachable_pub, reason = "modules shared by test binaries")]

#[path = "support/machine.rs"]
mod machine;
mod support;
#[path = "support/tree.rs"]
mod tree;
#[path = "support/vm.rs"]
mod vm;

use proptest::prelude::*;
use raya_abi::Representation;
use raya_check::typed::BinaryOperator::*;
use raya_check::typed::*;
use support::*;
use tree::{Stop, Value};

/// Makes a tree from a sequence of choices; runs out of them quietly, so that every sequence is a tree.
struct Maker {
    choices: Vec<u32>,
    next: usize,
    labels: u32,
    /// Labels of loops around, with whether they may be continued.
    targets: Vec<(u32, bool)>,
    /// Calls of the second function are possible.
    calls: bool,
    result: Representation,
    /// Locals that count turns, so that loops end.
    counters: u32,
    /// Variables of the enclosing function that this one captures, with what they hold.
    captures: Vec<(Variable, Representation)>,
    /// Closures made so far, which get ids from here on.
    closures: Vec<Function>,
    first_closure: u32,
    /// Representations of further locals of this function; those of constants are not reassigned.
    further: Vec<(Representation, bool)>,
    nesting: u32,
}

/// Locals of each representation that every function has: 0..3 ints, 3..5 numbers, 5..7 booleans, 7..9 of any value; then
/// a caught value, a scrutinee, and counters.
const LOCALS: [Representation; 11] = [Int, Int, Int, Number, Number, Boolean, Boolean, Any, Any, Any, Int];
const CAUGHT: u32 = 9;
const SCRUTINEE: u32 = 10;
const COUNTERS: u32 = 11;
const COUNTERS_MAX: u32 = 12;
/// Parameters of functions that have any: an int, a number, any value.
const PARAMETERS: u32 = 3;

impl Maker {
    fn choose(&mut self, options: u32) -> u32 {
        let choice = self.choices.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        choice % options
    }

    fn local(&mut self, representation: Representation) -> u32 {
        match representation {
            Int => self.choose(3),
            Number => 3 + self.choose(2),
            Boolean => 5 + self.choose(2),
            _ => 7 + self.choose(2),
        }
    }

    fn leaf(&mut self, representation: Representation) -> Expression {
        if self.choose(3) == 0 {
            return match representation {
                Int => int([0, 1, -1, 7, 40_000, i32::MIN, 3, -30_000][self.choose(8) as usize]),
                Number => number([0.0, -0.0, 1.5, f64::NAN, 1e300, -2.0][self.choose(6) as usize]),
                Boolean => boolean(self.choose(2) == 0),
                _ => null(),
            };
        }
        let captured = self.captures.iter().position(|(_, held)| *held == representation);
        if let (Some(index), 0) = (captured, self.choose(2)) {
            return expression(ExpressionKind::Read(Variable::Capture(index as u32)), representation);
        }
        read(self.local(representation), representation)
    }

    /// Locals that come after those every function has.
    fn further_local(&mut self, representation: Representation, reassigned: bool) -> u32 {
        self.further.push((representation, reassigned));
        LOCALS.len() as u32 + COUNTERS_MAX + PARAMETERS + self.further.len() as u32 - 1
    }

    /// A closure of a new function that captures some of this one's variables.
    fn closure(&mut self, constant: Option<u32>) -> Expression {
        let mut captures = vec![
            (Variable::Local(LocalId(self.local(Int))), Int),
            (Variable::Local(LocalId(self.local(Any))), Any),
        ];
        captures.extend(constant.map(|local| (Variable::Local(LocalId(local)), Number)));
        if let (Some((_, held)), 0) = (self.captures.first().copied(), self.choose(2)) {
            captures.insert(0, (Variable::Capture(0), held));
        }
        let taken = self.choices.len().min(self.next + 25);
        let choices = self.choices.get(self.next..taken).unwrap_or_default().to_vec();
        self.next = taken;
        let mut maker = Maker {
            choices,
            next: 0,
            labels: 0,
            targets: vec![],
            calls: false,
            result: Any,
            counters: 0,
            captures,
            closures: std::mem::take(&mut self.closures),
            first_closure: self.first_closure,
            further: vec![],
            nesting: self.nesting + 1,
        };
        let function = maker.body("<anonymous>", PARAMETERS);
        self.closures = maker.closures;
        self.closures.push(function);
        let id = self.first_closure + self.closures.len() as u32 - 1;
        expression(ExpressionKind::Closure(FunctionId(id)), Reference)
    }

    /// A closure, called in place or after it was kept in a variable while what it captured changed.
    fn closure_call(&mut self, depth: u32) -> Expression {
        let call = |callee, arguments| {
            expression(ExpressionKind::CallValue(Box::new(callee), Arguments::Fixed(arguments)), Any)
        };
        if self.choose(2) == 0 {
            let arguments = vec![
                self.expression(Int, depth),
                self.expression(Number, depth),
                self.expression(Any, depth),
            ];
            let arguments =
                arguments.into_iter().map(|e| if e.representation == Any { e } else { forget(e) }).collect();
            let closure = self.closure(None);
            // In place, arguments keep their representations.
            return call(closure, arguments);
        }
        let constant = self.further_local(Number, false);
        let before = declare(constant, self.expression(Number, depth));
        let kept = self.further_local(Reference, false);
        let closure = declare(kept, self.closure(Some(constant)));
        let between = self.simple_statement();
        let arguments = vec![
            forget(self.expression(Int, depth)),
            forget(self.expression(Number, depth)),
            self.expression(Any, depth),
        ];
        let value = call(forget(read(kept, Reference)), arguments);
        expression(ExpressionKind::Sequence(vec![before, closure, between], Box::new(value)), Any)
    }

    fn expression(&mut self, representation: Representation, depth: u32) -> Expression {
        if depth == 0 || self.next >= self.choices.len() {
            return self.leaf(representation);
        }
        let depth = depth - 1;
        match self.choose(10) {
            0 => self.leaf(representation),
            9 if self.nesting < 2 => {
                let called = self.closure_call(depth.min(2));
                match representation {
                    Any => called,
                    Boolean => {
                        expression(ExpressionKind::Convert(Conversion::Truthiness, Box::new(called)), Boolean)
                    }
                    _ => check(called, representation),
                }
            }
            1 => {
                let captured =
                    self.captures.iter().position(|(_, held)| *held == representation && *held != Number);
                if let (Some(index), 0) = (captured, self.choose(2)) {
                    let value = self.expression(representation, depth);
                    let kind = ExpressionKind::Assign(Variable::Capture(index as u32), Box::new(value));
                    return expression(kind, representation);
                }
                let value = self.expression(representation, depth);
                assign(self.local(representation), value)
            }
            2 => {
                let condition = self.expression(Boolean, depth);
                let (then, otherwise) =
                    (self.expression(representation, depth), self.expression(representation, depth));
                let kind =
                    ExpressionKind::Conditional(Box::new(condition), Box::new(then), Box::new(otherwise));
                expression(kind, representation)
            }
            3 => {
                let operators = [LogicalOperator::And, LogicalOperator::Or, LogicalOperator::Coalesce];
                let operator = operators[self.choose(if representation == Any { 3 } else { 2 }) as usize];
                let (left, right) =
                    (self.expression(representation, depth), self.expression(representation, depth));
                expression(ExpressionKind::Logical(operator, Box::new(left), Box::new(right)), representation)
            }
            4 => {
                let statement = self.simple_statement();
                let value = self.expression(representation, depth);
                expression(ExpressionKind::Sequence(vec![statement], Box::new(value)), representation)
            }
            5 => {
                let count = self.choose(4);
                let arguments = (0..count).map(|_| self.any_expression(depth)).collect();
                let logged = builtin("log", arguments);
                if representation == Any { logged } else { check(logged, representation) }
            }
            6 if self.calls => {
                let arguments = vec![
                    self.expression(Int, depth),
                    self.expression(Number, depth),
                    self.expression(Any, depth),
                ];
                let called = call(1, arguments, Int);
                match representation {
                    Int => called,
                    Number => {
                        expression(ExpressionKind::Convert(Conversion::IntToNumber, Box::new(called)), Number)
                    }
                    Boolean => {
                        expression(ExpressionKind::Convert(Conversion::Truthiness, Box::new(called)), Boolean)
                    }
                    _ => forget(called),
                }
            }
            _ => self.operation(representation, depth),
        }
    }

    fn operation(&mut self, representation: Representation, depth: u32) -> Expression {
        match representation {
            Int => {
                let operators = [
                    AddInt,
                    SubtractInt,
                    MultiplyInt,
                    DivideInt,
                    RemainderInt,
                    BitAnd,
                    BitOr,
                    BitXor,
                    ShiftLeft,
                    ShiftRight,
                    ShiftRightUnsigned,
                    AddInt,
                ];
                let operator = operators[self.choose(12) as usize];
                binary(operator, self.expression(Int, depth), self.expression(Int, depth))
            }
            Number => {
                let operator =
                    [AddNumber, SubtractNumber, MultiplyNumber, DivideNumber][self.choose(4) as usize];
                binary(operator, self.expression(Number, depth), self.expression(Number, depth))
            }
            Boolean => match self.choose(5) {
                0 => {
                    let operand = self.expression(Boolean, depth);
                    expression(ExpressionKind::Unary(UnaryOperator::Not, Box::new(operand)), Boolean)
                }
                1 => {
                    let operator = [EqualInt, LessInt, LessEqualInt][self.choose(3) as usize];
                    binary(operator, self.expression(Int, depth), self.expression(Int, depth))
                }
                2 => {
                    let operator = [EqualNumber, LessNumber, LessEqualNumber][self.choose(3) as usize];
                    binary(operator, self.expression(Number, depth), self.expression(Number, depth))
                }
                3 => binary(Equal, self.expression(Any, depth), self.expression(Any, depth)),
                _ => {
                    let operand = self.any_expression(depth);
                    expression(ExpressionKind::Convert(Conversion::Truthiness, Box::new(operand)), Boolean)
                }
            },
            _ => {
                let operand = self.any_expression(depth);
                if operand.representation == Any { operand } else { forget(operand) }
            }
        }
    }

    fn any_expression(&mut self, depth: u32) -> Expression {
        let representation = [Int, Number, Boolean, Any][self.choose(4) as usize];
        self.expression(representation, depth)
    }

    fn statements(&mut self, depth: u32) -> Vec<Statement> {
        let count = 1 + self.choose(3);
        (0..count).map(|_| self.statement(depth)).collect()
    }

    fn statement(&mut self, depth: u32) -> Statement {
        if depth == 0 || self.next >= self.choices.len() {
            return self.simple_statement();
        }
        let depth = depth - 1;
        match self.choose(8) {
            0 => {
                let condition = self.expression(Boolean, 2);
                let (then, otherwise) = (self.statements(depth), self.statements(depth));
                statement(StatementKind::If(condition, then, otherwise))
            }
            1 if self.counters < COUNTERS_MAX => self.counted_loop(depth),
            2 => self.attempt(depth),
            3 => {
                let label = self.label();
                self.targets.push((label, false));
                let cases = (0..3).map(|index| {
                    let scrutinee = read(SCRUTINEE, Int);
                    let test = (index != 1).then(|| binary(EqualInt, scrutinee, self.expression(Int, 1)));
                    (test, self.statements(depth))
                });
                let cases = cases.collect();
                self.targets.pop();
                let scrutinee = (LocalId(SCRUTINEE), self.expression(Int, 1));
                statement(StatementKind::Switch(Switch { label: LabelId(label), scrutinee, cases }))
            }
            4 => {
                let label = self.label();
                self.targets.push((label, false));
                let body = self.statements(depth);
                self.targets.pop();
                statement(StatementKind::Block { label: Some(LabelId(label)), body })
            }
            5 => match self.targets.len() as u32 {
                0 => self.simple_statement(),
                count => {
                    let chosen = self.choose(count) as usize;
                    let (label, continues) = self.targets[chosen];
                    let label = LabelId(label);
                    let kind = if continues && self.choose(2) == 0 {
                        StatementKind::Continue(label)
                    } else {
                        StatementKind::Break(label)
                    };
                    statement(kind)
                }
            },
            6 => match self.choose(3) {
                0 => returns(self.expression(self.result, 2)),
                1 => statement(StatementKind::Throw(self.expression(Any, 1))),
                _ => self.simple_statement(),
            },
            _ => self.simple_statement(),
        }
    }

    fn label(&mut self) -> u32 {
        self.labels += 1;
        self.labels
    }

    fn counted_loop(&mut self, depth: u32) -> Statement {
        let label = self.label();
        let counter = COUNTERS + self.counters;
        self.counters += 1;
        self.targets.push((label, true));
        let body = self.statements(depth);
        self.targets.pop();
        let turns = Loop {
            label: LabelId(label),
            condition: Some(binary(LessInt, read(counter, Int), int(3))),
            test_last: self.choose(2) == 0,
            update: Some(assign(counter, binary(AddInt, read(counter, Int), int(1)))),
            fresh_each_turn: vec![],
            body,
        };
        let body = vec![declare(counter, int(0)), statement(StatementKind::Loop(turns))];
        statement(StatementKind::Block { label: None, body })
    }

    fn attempt(&mut self, depth: u32) -> Statement {
        let body = self.statements(depth);
        let catch = (self.choose(3) != 0).then(|| (LocalId(CAUGHT), self.statements(depth)));
        let finally = (catch.is_none() || self.choose(2) == 0).then(|| self.statements(depth));
        statement(StatementKind::Try { body, catch, finally })
    }

    fn simple_statement(&mut self) -> Statement {
        let depth = if self.next >= self.choices.len() { 0 } else { 3 };
        evaluate(match self.choose(3) {
            0 => builtin("log", vec![self.any_expression(depth)]),
            _ => {
                let representation = [Int, Number, Boolean, Any][self.choose(4) as usize];
                let value = self.expression(representation, depth);
                assign(self.local(representation), value)
            }
        })
    }

    fn body(&mut self, name: &str, parameters: u32) -> Function {
        let initial = |local: u32| match LOCALS[local as usize] {
            Int => int(local as i32),
            Number => number(f64::from(local)),
            Boolean => boolean(local == 5),
            _ => null(),
        };
        let first = if parameters == 0 { 0 } else { LOCALS.len() as u32 + COUNTERS_MAX };
        let mut locals = LOCALS.to_vec();
        locals.extend(vec![Int; COUNTERS_MAX as usize]);
        locals.extend([Int, Number, Any]);
        let mut body =
            (0..LOCALS.len() as u32).map(|local| declare(local, initial(local))).collect::<Vec<_>>();
        if parameters > 0 {
            body.push(evaluate(assign(0, read(first, Int))));
            body.push(evaluate(assign(3, read(first + 1, Number))));
            body.push(evaluate(assign(7, read(first + 2, Any))));
        }
        for _ in 0..4 {
            body.push(self.statement(4));
        }
        let result = self.expression(self.result, 3);
        body.push(returns(result));
        locals.extend(self.further.iter().map(|(representation, _)| *representation));
        let mut function = function(name, 0, &locals, self.result, body);
        function.parameters = (first..first + parameters).map(LocalId).collect();
        for (local, (_, reassigned)) in function
            .locals
            .iter_mut()
            .skip((LOCALS.len() as u32 + COUNTERS_MAX + PARAMETERS) as usize)
            .zip(&self.further)
        {
            local.reassigned = *reassigned;
        }
        function.captures = self.captures.iter().map(|(variable, _)| *variable).collect();
        function
    }
}

fn maker(choices: &[u32], calls: bool, result: Representation, closures: Vec<Function>) -> Maker {
    Maker {
        choices: choices.to_vec(),
        next: 0,
        labels: 0,
        targets: vec![],
        calls,
        result,
        counters: 0,
        captures: vec![],
        closures,
        first_closure: 2,
        further: vec![],
        nesting: 0,
    }
}

fn make(choices: Vec<u32>) -> TypedProgram {
    let (first, second) = choices.split_at(choices.len() / 2);
    let mut callee = maker(first, false, Int, vec![]);
    let callee_function = callee.body("callee", PARAMETERS);
    let mut main = maker(second, true, Any, callee.closures);
    let main_function = main.body("<module>", 0);
    let mut functions = vec![main_function, callee_function];
    functions.append(&mut main.closures);
    program(functions)
}

/// A value as the real machine shows it to the test.
fn plain(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) | Value::Closure(_) | Value::MachineClosure(_) | Value::MachineCell(_) => None,
        other => Some(other.clone()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn compiled_trees_verify_and_do_what_the_tree_does(choices in proptest::collection::vec(any::<u32>(), 20..400)) {
        let typed = make(choices);
        let compiled = compile(&typed);
        let (expected, expected_log) = tree::run(&typed);
        let (found, found_log) = machine::run(&compiled);
        if expected != Err(Stop::GiveUp) && found != Err(Stop::GiveUp) {
            let (real, real_log) = vm::run(&compiled, false);
            let wanted_log = expected_log.iter().map(plain).collect::<Vec<_>>();
            prop_assert_eq!((expected.as_ref().ok().map(plain), wanted_log), (real, real_log), "\n{}", raya_compile::dump::program(&compiled));
            prop_assert_eq!((expected, expected_log), (found, found_log), "\n{:#?}\n{}", typed, raya_compile::dump::program(&compiled));
        }
    }
}
