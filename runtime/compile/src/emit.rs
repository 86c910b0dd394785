//! Writes the code of a function: entry, blocks in order, jumps of the right size, handlers, positions.

use raya_abi::Representation;
use raya_bytecode::program::{Function, Handler, PositionEntry};
use raya_bytecode::{Instruction, Operation, Special};
use raya_ir::{self as ir, BlockId, Register};
use raya_source::Span;

use crate::allocate::Places;
use crate::low::{End, Field, LowFunction, Test};
use crate::pools::Pools;

/// What stands at one place of the code before addresses are known.
enum Item {
    Plain(Instruction),
    /// A jump with a 32-bit distance: `Jump`, or one that tests a single register.
    Wide(Operation, u16, BlockId),
    /// A comparison with a 16-bit distance; becomes its inverse over a wide jump where that does not reach.
    Compare(Instruction, BlockId),
}

/// Writes a function.
pub(crate) fn emit(
    low: &LowFunction,
    places: &Places,
    function: &ir::Function,
    pools: &mut Pools,
) -> Function {
    let mut emitter = Emitter {
        places,
        items: vec![],
        starts: vec![],
        ends: vec![],
        positions: vec![],
        windows: places.windows.iter(),
    };
    let mut registers = places.declared.clone();
    emitter.checked_entry(function, &mut registers);
    let direct = emitter.items.len();
    for (index, block) in low.blocks.iter().enumerate() {
        emitter.starts.push(emitter.items.len());
        for instruction in &block.code {
            emitter.instruction(instruction);
        }
        emitter.end(&block.end, BlockId(index as u32 + 1), block.span, low.blocks.len());
        emitter.ends.push(emitter.items.len());
    }
    let addresses = emitter.addresses();
    let handlers = emitter.handlers(low, &addresses);
    let positions = emitter.resolve_positions(&addresses, function.span, pools);
    Function {
        name: pools.string(&function.name),
        parameters: function.parameters as u8,
        rest: function.rest,
        is_async: function.is_async,
        registers,
        result: function.result,
        captures: function.captures as u16,
        direct_entry: addresses[direct],
        code: emitter.code(&addresses),
        handlers,
        sites: low.sites.clone(),
        positions,
    }
}

struct Emitter<'p> {
    places: &'p Places,
    items: Vec<Item>,
    /// First item of each block.
    starts: Vec<usize>,
    /// Item after each block.
    ends: Vec<usize>,
    /// Items that can throw, with where they come from.
    positions: Vec<(usize, Span)>,
    windows: std::slice::Iter<'p, u16>,
}

impl Emitter<'_> {
    fn plain(&mut self, operation: Operation, n: u8, a: u16, b: u16, c: u16) {
        self.items.push(Item::Plain(Instruction::new(operation, n, a, b, c)));
    }

    /// Where calls through values enter: arguments are checked; absent ones become null where nothing can tell.
    fn checked_entry(&mut self, function: &ir::Function, registers: &mut Vec<Representation>) {
        let mut scratch = None;
        for parameter in 0..function.parameters {
            let place = parameter as u16;
            let check = match function.registers[parameter as usize] {
                Representation::Int => Operation::CheckInt,
                Representation::Number => Operation::CheckNumber,
                Representation::Boolean => Operation::CheckBoolean,
                Representation::Reference => Operation::CheckReference,
                Representation::Any => {
                    if !function.tests_absent.contains(&Register(parameter)) {
                        let scratch = *scratch.get_or_insert_with(|| boolean_scratch(function, registers));
                        self.plain(Operation::IsAbsent, 0, scratch, place, 0);
                        self.items.push(Item::Plain(Instruction::wide(Operation::JumpIfFalse, scratch, 1)));
                        self.plain(Operation::LoadSpecial, 0, place, Special::Null as u16, 0);
                    }
                    continue;
                }
            };
            self.positions.push((self.items.len(), function.span));
            self.plain(check, 0, place, place, 0);
        }
    }

    fn place(&self, register: Register) -> u16 {
        // Every register that occurs was given a place.
        self.places.of[register.index()].unwrap_or_default()
    }

    fn instruction(&mut self, low: &crate::low::Low) {
        let mut window = 0;
        if low.fields.contains(&Field::Window) {
            window = self.windows.next().copied().unwrap_or_default();
        }
        let [a, b, c] = low.fields.map(|field| match field {
            Field::Raw(value) => value,
            Field::Register(register) => self.place(register),
            Field::Window => window,
        });
        // A copy that turned out to be one place.
        if low.operation == Operation::Move && a == b {
            return;
        }
        if !is_silent(low.operation) {
            self.positions.push((self.items.len(), low.span));
        }
        let count = low.window.len() - low.lead().min(low.window.len());
        let n = low.addend.map_or(count as u16, |addend| self.place(addend));
        self.plain(low.operation, n as u8, a, b, c);
    }

    fn end(&mut self, end: &End, next: BlockId, span: Span, blocks: usize) {
        match end {
            End::Jump(target) if *target == next && next.index() < blocks => {}
            End::Jump(target) => self.items.push(Item::Wide(Operation::Jump, 0, *target)),
            End::Branch { test, then, otherwise } => {
                if *then == next {
                    self.leave_or_go_on(test, *otherwise, next);
                } else if *otherwise == next && !self.reaches_back(*then) {
                    self.leave_or_go_on(&inverse(*test), *then, next);
                } else {
                    self.test(test, *then);
                    if *otherwise != next {
                        self.items.push(Item::Wide(Operation::Jump, 0, *otherwise));
                    }
                }
            }
            End::Return(register) => {
                let place = self.place(*register);
                self.plain(Operation::Return, 0, place, 0, 0);
            }
            End::ReturnNull => self.plain(Operation::ReturnNull, 0, 0, 0, 0),
            End::Throw(register) => {
                self.positions.push((self.items.len(), span));
                let place = self.place(*register);
                self.plain(Operation::Throw, 0, place, 0, 0);
            }
        }
    }

    /// A test that goes on with the next block if it holds, and leads to `exit` if not.
    fn leave_or_go_on(&mut self, test: &Test, exit: BlockId, next: BlockId) {
        let [a, b] = self.operands(test);
        match self.step(test.operation, a) {
            // Mostly it goes on: one instruction then, where the inverse would be two.
            Some((operation, step)) => {
                self.items.push(Item::Compare(Instruction::new(operation, step, a, b, 0), next));
                self.items.push(Item::Wide(Operation::Jump, 0, exit));
            }
            None => self.test(&inverse(*test), exit),
        }
    }

    fn operands(&self, test: &Test) -> [u16; 2] {
        test.fields.map(|field| match field {
            Field::Raw(value) => value,
            Field::Register(register) => self.place(register),
            Field::Window => 0,
        })
    }

    fn test(&mut self, test: &Test, target: BlockId) {
        let [a, b] = self.operands(test);
        let step = if self.reaches_back(target) { self.step(test.operation, a) } else { None };
        use Operation::{JumpIfFalse, JumpIfNotNull, JumpIfNull, JumpIfTrue};
        let item = match test.operation {
            JumpIfTrue | JumpIfFalse | JumpIfNull | JumpIfNotNull => Item::Wide(test.operation, a, target),
            operation => match step {
                Some((operation, step)) => Item::Compare(Instruction::new(operation, step, a, b, 0), target),
                None => Item::Compare(Instruction::new(operation, 0, a, b, 0), target),
            },
        };
        self.items.push(item);
    }

    /// Whether a block stands before this place, and certainly near enough for the distance of a comparison.
    fn reaches_back(&self, target: BlockId) -> bool {
        const REACHED: usize = 10_000;
        self.starts.get(target.index()).is_some_and(|start| self.items.len() - start <= REACHED)
    }

    /// Takes back the step of a counter that is compared now, if both fit into one instruction. Its jump must certainly
    /// reach, since such an instruction has no inverse.
    fn step(&mut self, operation: Operation, counter: u16) -> Option<(Operation, u8)> {
        let joined = match operation {
            Operation::JumpLessInt => Operation::StepJumpLessInt,
            Operation::JumpLessIntImmediate => Operation::StepJumpLessIntImmediate,
            _ => return None,
        };
        let Some(Item::Plain(Instruction { operation: Operation::AddIntImmediate, a, b, c, .. })) =
            self.items.last()
        else {
            return None;
        };
        let step = i8::try_from(*c as i16).ok()?;
        // The step must belong to this block: others may jump to the comparison.
        let own = self.starts.last().is_some_and(|start| *start < self.items.len());
        if !own || (*a, *b) != (counter, counter) {
            return None;
        }
        self.items.pop();
        Some((joined, step as u8))
    }

    /// The address of each item, and of the end.
    fn addresses(&self) -> Vec<u32> {
        let mut long = vec![false; self.items.len()];
        loop {
            let mut addresses = Vec::with_capacity(self.items.len() + 1);
            let mut address = 0;
            for long in &long {
                addresses.push(address);
                address += 1 + u32::from(*long);
            }
            addresses.push(address);
            let mut grown = false;
            for (index, item) in self.items.iter().enumerate() {
                if let Item::Compare(_, target) = item
                    && !long[index]
                    && i16::try_from(self.distance(&addresses, index, *target)).is_err()
                {
                    long[index] = true;
                    grown = true;
                }
            }
            if !grown {
                return addresses;
            }
        }
    }

    /// From the instruction after an item to the start of a block.
    fn distance(&self, addresses: &[u32], item: usize, target: BlockId) -> i64 {
        i64::from(addresses[self.starts[target.index()]]) - i64::from(addresses[item + 1])
    }

    fn code(&self, addresses: &[u32]) -> Vec<Instruction> {
        let mut code = vec![];
        for (index, item) in self.items.iter().enumerate() {
            let is_long = addresses[index + 1] - addresses[index] == 2;
            match item {
                Item::Plain(instruction) => code.push(*instruction),
                Item::Wide(operation, a, target) => {
                    code.push(Instruction::wide(
                        *operation,
                        *a,
                        self.distance(addresses, index, *target) as i32,
                    ));
                }
                Item::Compare(instruction, target) if is_long => {
                    let Test { operation, fields } = inverse(Test {
                        operation: instruction.operation,
                        fields: [Field::Raw(instruction.a), Field::Raw(instruction.b)],
                    });
                    let [a, b] = fields.map(|field| if let Field::Raw(value) = field { value } else { 0 });
                    code.push(Instruction::new(operation, 0, a, b, 1));
                    code.push(Instruction::wide(
                        Operation::Jump,
                        0,
                        self.distance(addresses, index, *target) as i32,
                    ));
                }
                Item::Compare(instruction, target) => {
                    code.push(Instruction {
                        c: self.distance(addresses, index, *target) as u16,
                        ..*instruction
                    });
                }
            }
        }
        code
    }

    /// Ranges of neighbouring blocks with the same handler. A block has one, the innermost, so that ranges never overlap.
    fn handlers(&self, low: &LowFunction, addresses: &[u32]) -> Vec<Handler> {
        let mut handlers: Vec<Handler> = vec![];
        for (index, block) in low.blocks.iter().enumerate() {
            let Some(handler) = block.handler else {
                continue;
            };
            let (start, end) = (addresses[self.starts[index]], addresses[self.ends[index]]);
            let target = addresses[self.starts[handler.target.index()]];
            let register = self.place(handler.register);
            match handlers.last_mut() {
                _ if start == end => {}
                Some(last) if last.end == start && (last.target, last.register) == (target, register) => {
                    last.end = end
                }
                _ => handlers.push(Handler { start, end, target, register }),
            }
        }
        handlers
    }

    fn resolve_positions(&self, addresses: &[u32], declared: Span, pools: &mut Pools) -> Vec<PositionEntry> {
        let mut positions: Vec<PositionEntry> = pools.position(0, declared).into_iter().collect();
        let mut before = declared;
        for (item, span) in &self.positions {
            if *span == before {
                continue;
            }
            before = *span;
            let Some(position) = pools.position(addresses[*item], *span) else {
                continue;
            };
            match positions.last_mut() {
                Some(last) if last.instruction == position.instruction => *last = position,
                Some(last)
                    if (last.file, last.line, last.column)
                        == (position.file, position.line, position.column) => {}
                _ => positions.push(position),
            }
        }
        positions
    }
}

/// A boolean register above the parameters: at the entry all of them are free.
fn boolean_scratch(function: &ir::Function, registers: &mut Vec<Representation>) -> u16 {
    let above = function.parameters as usize;
    let known = registers.iter().skip(above).position(|declared| *declared == Representation::Boolean);
    let place = known.map_or(registers.len(), |index| index + above);
    if place == registers.len() {
        registers.push(Representation::Boolean);
    }
    place as u16
}

/// The test that holds exactly when this one does not.
fn inverse(test: Test) -> Test {
    use Operation::*;
    let [a, b] = test.fields;
    let (operation, fields) = match test.operation {
        JumpIfTrue => (JumpIfFalse, [a, b]),
        JumpIfFalse => (JumpIfTrue, [a, b]),
        JumpIfNull => (JumpIfNotNull, [a, b]),
        JumpIfNotNull => (JumpIfNull, [a, b]),
        JumpEqualInt => (JumpNotEqualInt, [a, b]),
        JumpNotEqualInt => (JumpEqualInt, [a, b]),
        JumpLessInt => (JumpLessEqualInt, [b, a]),
        JumpLessEqualInt => (JumpLessInt, [b, a]),
        JumpEqualIntImmediate => (JumpNotEqualIntImmediate, [a, b]),
        JumpNotEqualIntImmediate => (JumpEqualIntImmediate, [a, b]),
        JumpLessIntImmediate => (JumpGreaterEqualIntImmediate, [a, b]),
        JumpGreaterEqualIntImmediate => (JumpLessIntImmediate, [a, b]),
        JumpLessEqualIntImmediate => (JumpGreaterIntImmediate, [a, b]),
        JumpGreaterIntImmediate => (JumpLessEqualIntImmediate, [a, b]),
        JumpEqualNumber => (JumpNotEqualNumber, [a, b]),
        JumpNotEqualNumber => (JumpEqualNumber, [a, b]),
        JumpLessNumber => (JumpNotLessNumber, [a, b]),
        JumpNotLessNumber => (JumpLessNumber, [a, b]),
        JumpLessEqualNumber => (JumpNotLessEqualNumber, [a, b]),
        JumpNotLessEqualNumber => (JumpLessEqualNumber, [a, b]),
        JumpEqual => (JumpNotEqual, [a, b]),
        JumpNotEqual => (JumpEqual, [a, b]),
        other => (other, [a, b]),
    };
    Test { operation, fields }
}

/// Whether it never throws, so that no stack trace names it.
fn is_silent(operation: Operation) -> bool {
    use Operation::*;
    let values = matches!(
        operation,
        Move | LoadInt
            | LoadNumber
            | LoadString
            | LoadBoolean
            | LoadSpecial
            | SetGlobal
            | IntToNumber
            | Truthy
            | IsAbsent
            | Not
            | GetCapture
            | GetCell
            | SetCell
            | GetCapturedCell
            | SetCapturedCell
    );
    let ints = matches!(
        operation,
        AddInt
            | AddIntImmediate
            | SubtractInt
            | MultiplyInt
            | NegateInt
            | BitAnd
            | BitOr
            | BitXor
            | BitNot
            | ShiftLeft
            | ShiftRight
            | ShiftRightUnsigned
    );
    let numbers = matches!(
        operation,
        AddNumber
            | SubtractNumber
            | MultiplyNumber
            | DivideNumber
            | RemainderNumber
            | PowerNumber
            | MultiplyAddNumber
            | MultiplySubtractNumber
            | NegateNumber
            | SquareRoot
            | AbsoluteNumber
            | FloorNumber
    );
    let comparisons = matches!(
        operation,
        EqualInt
            | LessInt
            | LessEqualInt
            | EqualNumber
            | LessNumber
            | LessEqualNumber
            | OrderInt
            | OrderNumber
            | Equal
    );
    values || ints || numbers || comparisons
}
