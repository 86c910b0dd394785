//! Programs made by hand: an entry that makes values and calls natives, one after the other.

use raya_abi::{Representation, RuntimeType, RuntimeTypeId};
use raya_boundary::{Boundary, ModuleProvider};
use raya_bytecode::program::{Function, Handler, Native};
use raya_bytecode::{Instruction, Operation, Program, Special, verify};
use raya_vm::{Config, Ended, Host, Vm};

/// Registers for values; those of arguments stand above them.
const VALUES: u16 = 64;
const ARGUMENTS: u16 = 16;
/// The counter of loops: below the arguments, above which a call leaves nothing as it was.
const COUNTER: u16 = VALUES - 1;

/// A register that holds a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot(pub(crate) u16);

/// The program being made.
pub(crate) struct Maker {
    program: Program,
    module: String,
    code: Vec<Instruction>,
    handlers: Vec<Handler>,
    next: u16,
}

impl Maker {
    /// A program that calls functions of `module`.
    pub(crate) fn new(module: &str) -> Maker {
        Maker {
            program: Program::default(),
            module: module.to_owned(),
            code: Vec::new(),
            handlers: Vec::new(),
            next: 0,
        }
    }

    fn string(&mut self, text: &str) -> u32 {
        let known = self.program.strings.iter().position(|known| known == text);
        known.unwrap_or_else(|| {
            self.program.strings.push(text.to_owned());
            self.program.strings.len() - 1
        }) as u32
    }

    fn slot(&mut self) -> Slot {
        self.next += 1;
        assert!(self.next < COUNTER - 1);
        Slot(self.next - 1)
    }

    fn emit(&mut self, operation: Operation, n: u8, a: u16, b: u16, c: u16) {
        self.code.push(Instruction::new(operation, n, a, b, c));
    }

    pub(crate) fn int(&mut self, value: i32) -> Slot {
        let slot = self.slot();
        self.code.push(Instruction::wide(Operation::LoadInt, slot.0, value));
        slot
    }

    pub(crate) fn number(&mut self, value: f64) -> Slot {
        let slot = self.slot();
        self.program.numbers.push(value);
        let index = self.program.numbers.len() as u16 - 1;
        self.emit(Operation::LoadNumber, 0, slot.0, index, 0);
        slot
    }

    pub(crate) fn text(&mut self, value: &str) -> Slot {
        let slot = self.slot();
        let index = self.string(value) as u16;
        self.emit(Operation::LoadString, 0, slot.0, index, 0);
        slot
    }

    pub(crate) fn boolean(&mut self, value: bool) -> Slot {
        let slot = self.slot();
        let special = if value { Special::True } else { Special::False };
        self.emit(Operation::LoadBoolean, 0, slot.0, special as u16, 0);
        slot
    }

    pub(crate) fn null(&mut self) -> Slot {
        let slot = self.slot();
        self.emit(Operation::LoadSpecial, 0, slot.0, Special::Null as u16, 0);
        slot
    }

    fn gather(&mut self, slots: &[Slot]) {
        assert!(slots.len() <= ARGUMENTS as usize);
        for (index, slot) in slots.iter().enumerate() {
            self.emit(Operation::Move, 0, VALUES + index as u16, slot.0, 0);
        }
    }

    /// An array stored as `kind`.
    pub(crate) fn array(&mut self, kind: Representation, elements: &[Slot]) -> Slot {
        let slot = self.slot();
        self.gather(elements);
        self.emit(Operation::NewArray, elements.len() as u8, slot.0, kind as u16, VALUES);
        slot
    }

    pub(crate) fn object(&mut self, properties: &[(&str, Slot)]) -> Slot {
        let slot = self.slot();
        let names = properties.iter().map(|(name, _)| self.string(name)).collect();
        self.program.shapes.push(names);
        let shape = self.program.shapes.len() as u16 - 1;
        let values: Vec<Slot> = properties.iter().map(|(_, value)| *value).collect();
        self.gather(&values);
        self.emit(Operation::NewObject, values.len() as u8, slot.0, shape, VALUES);
        slot
    }

    /// A function of one parameter with this code; its registers all hold any value.
    pub(crate) fn function(&mut self, registers: usize, code: Vec<Instruction>) -> Slot {
        let slot = self.slot();
        let name = self.string("callback");
        self.program.functions.push(function(name, 1, registers, code, Vec::new()));
        let index = self.program.functions.len() as u16 - 1;
        self.emit(Operation::NewClosure, 0, slot.0, index, VALUES);
        slot
    }

    /// A type of the program.
    pub(crate) fn kind(&mut self, kind: RuntimeType) -> RuntimeTypeId {
        self.program.types.push(kind);
        RuntimeTypeId(self.program.types.len() as u32 - 1)
    }

    /// Calls a native that is declared to give `result`.
    pub(crate) fn call_as(
        &mut self,
        name: &str,
        arguments: &[Slot],
        result: RuntimeType,
        returns_result: bool,
    ) -> Slot {
        let slot = self.slot();
        let unknown = self.kind(RuntimeType::Unknown);
        let result = self.kind(result);
        let module = self.module.clone();
        let native = Native {
            module: self.string(&module),
            name: self.string(name),
            signature: self.string("(…): …"),
            parameters: vec![unknown; arguments.len()],
            result,
            returns_result,
        };
        self.program.natives.push(native);
        let index = self.program.natives.len() as u16 - 1;
        self.gather(arguments);
        self.emit(Operation::CallNative, arguments.len() as u8, slot.0, index, VALUES);
        slot
    }

    /// Calls a native that may give anything.
    pub(crate) fn call(&mut self, name: &str, arguments: &[Slot]) -> Slot {
        self.call_as(name, arguments, RuntimeType::Unknown, false)
    }

    /// Calls a native, whose declaration is shared by all calls of it made this way.
    pub(crate) fn call_again(&mut self, name: &str, arguments: &[Slot]) {
        let known =
            self.program.natives.iter().position(|native| self.program.strings[native.name as usize] == name);
        match known {
            Some(index) => {
                let result = COUNTER - 1;
                self.gather(arguments);
                self.emit(Operation::CallNative, arguments.len() as u8, result, index as u16, VALUES);
            }
            None => {
                self.call(name, arguments);
            }
        }
    }

    /// Runs `body` so many times.
    pub(crate) fn repeated(&mut self, turns: i32, body: impl FnOnce(&mut Maker)) {
        let counter = Slot(COUNTER);
        self.code.push(Instruction::wide(Operation::LoadInt, counter.0, turns));
        let start = self.code.len() as i32;
        body(self);
        self.emit(Operation::AddIntImmediate, 0, counter.0, counter.0, -1i16 as u16);
        let back = start - (self.code.len() as i32 + 1);
        self.emit(Operation::JumpGreaterIntImmediate, 0, counter.0, 0, back as i16 as u16);
    }

    /// What `body` throws, or null if it does not: a `try` around it.
    pub(crate) fn caught(&mut self, body: impl FnOnce(&mut Maker)) -> Slot {
        let error = self.null();
        let start = self.code.len() as u32;
        body(self);
        let end = self.code.len() as u32;
        self.handlers.push(Handler { start, end, target: end, register: error.0 });
        error
    }

    /// Property `name` of a value.
    pub(crate) fn property(&mut self, of: Slot, name: &str) -> Slot {
        let slot = self.slot();
        let name = self.string(name);
        self.sites().push(name);
        let site = self.sites().len() as u16 - 1;
        self.emit(Operation::GetProperty, 0, slot.0, of.0, site);
        slot
    }

    fn sites(&mut self) -> &mut Vec<u32> {
        // The entry's sites wait among the program's globals' names, which these programs do not have.
        &mut self.program.globals
    }

    /// The program, which gives `result`.
    pub(crate) fn finish(mut self, result: Slot) -> Program {
        self.emit(Operation::Return, 0, result.0, 0, 0);
        let name = self.string("<module>");
        let mut entry = function(name, 0, (VALUES + ARGUMENTS) as usize, self.code, self.handlers);
        entry.registers[COUNTER as usize] = Representation::Int;
        entry.sites = std::mem::take(&mut self.program.globals);
        self.program.entry = self.program.functions.len() as u32;
        self.program.functions.push(entry);
        self.program
    }
}

fn function(
    name: u32,
    parameters: u8,
    registers: usize,
    code: Vec<Instruction>,
    handlers: Vec<Handler>,
) -> Function {
    Function {
        name,
        parameters,
        rest: false,
        is_async: false,
        registers: vec![Representation::Any; registers],
        result: Representation::Any,
        captures: 0,
        direct_entry: 0,
        code,
        handlers,
        sites: Vec::new(),
        positions: Vec::new(),
    }
}

/// A host that nobody reads from.
pub(crate) struct Quiet;

impl Host for Quiet {
    fn write_output(&mut self, _: &[u8]) {}
    fn write_error(&mut self, _: &[u8]) {}
    fn flush(&mut self) {}
    fn read_input(&mut self, _: &mut [u8]) -> usize {
        0
    }
    fn arguments(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// A machine for the program.
pub(crate) fn machine(program: Program, providers: Vec<Box<dyn ModuleProvider>>, stress: bool) -> Vm {
    let program = verify(program).expect("the test's program is valid");
    // SAFETY: the handles are of libraries that stay open.
    let boundary = unsafe { Boundary::new(providers) };
    let natives = boundary.entries(&program);
    Vm::new(program, Vec::new(), natives, Config { gc_stress: stress, ..Config::default() }, Box::new(Quiet))
}

/// Runs the program: the value as Node prints it, or the uncaught error's message.
pub(crate) fn run(
    program: &Program,
    provider: impl Fn() -> Box<dyn ModuleProvider>,
) -> Result<String, String> {
    let outcome = |stress| {
        let mut vm = machine(program.clone(), vec![provider()], stress);
        match vm.run() {
            Ok(value) => Ok(raya_vm::format::inspect(&mut vm, value)),
            Err(Ended::Uncaught(error)) => Err(error.message),
            Err(other) => Err(format!("{other:?}")),
        }
    };
    let plain = outcome(false);
    assert_eq!(plain, outcome(true), "the same while collecting all the time");
    plain
}
