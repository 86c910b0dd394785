//! A small assembler for programs, and a host that keeps what is printed.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared by several test binaries, each of which uses a part"
)]

use std::cell::RefCell;
use std::rc::Rc;

use raya_abi::{Representation, RuntimeType, RuntimeTypeId};
use raya_bytecode::program::{Class, Function, Handler, Member, PositionEntry};
use raya_bytecode::{Instruction, Operation, Program, verify};
use raya_vm::{BuiltinFunction, Config, Ended, Host, NativeEntry, Value, Vm};

pub use raya_abi::Representation::{Any, Boolean, Int, Number, Reference};
pub use raya_bytecode::Operation as Op;

/// An instruction.
pub fn op(operation: Operation, n: u8, a: u16, b: u16, c: u16) -> Instruction {
    Instruction::new(operation, n, a, b, c)
}

/// An instruction with a wide immediate.
pub fn wide(operation: Operation, a: u16, immediate: i32) -> Instruction {
    Instruction::wide(operation, a, immediate)
}

/// Collects a program.
#[derive(Default)]
pub struct Assembler {
    pub program: Program,
    pub builtins: Vec<BuiltinFunction>,
    pub natives: Vec<NativeEntry>,
}

impl Assembler {
    pub fn new() -> Assembler {
        let mut assembler = Assembler::default();
        assembler.string("test.raya");
        assembler.program.files.push(0);
        assembler
    }

    pub fn string(&mut self, text: &str) -> u16 {
        let strings = &mut self.program.strings;
        let known = strings.iter().position(|known| known == text);
        known.unwrap_or_else(|| {
            strings.push(text.to_owned());
            strings.len() - 1
        }) as u16
    }

    pub fn number(&mut self, number: f64) -> u16 {
        self.program.numbers.push(number);
        self.program.numbers.len() as u16 - 1
    }

    pub fn shape(&mut self, names: &[&str]) -> u16 {
        let names = names.iter().map(|name| u32::from(self.string(name))).collect();
        self.program.shapes.push(names);
        self.program.shapes.len() as u16 - 1
    }

    pub fn runtime_type(&mut self, runtime_type: RuntimeType) -> RuntimeTypeId {
        self.program.types.push(runtime_type);
        RuntimeTypeId(self.program.types.len() as u32 - 1)
    }

    pub fn builtin(&mut self, name: &str) -> u16 {
        let string = self.string(name);
        self.program.builtins.push(u32::from(string));
        self.builtins.push(raya_vm::builtins::find(name).unwrap_or_else(|| panic!("no built-in {name}")));
        self.program.builtins.len() as u16 - 1
    }

    pub fn global(&mut self, name: &str) -> u16 {
        let string = self.string(name);
        self.program.globals.push(u32::from(string));
        self.program.globals.len() as u16 - 1
    }

    pub fn class(
        &mut self,
        name: &str,
        base: Option<u32>,
        fields: &[(&str, Representation)],
        members: &[(&str, Member)],
    ) -> u16 {
        let mut members: Vec<(&str, Member)> = members.to_vec();
        members.sort_by_key(|(name, _)| *name);
        let class = Class {
            name: u32::from(self.string(name)),
            base,
            fields: fields
                .iter()
                .map(|(name, representation)| (u32::from(self.string(name)), *representation))
                .collect(),
            members: members.iter().map(|(name, member)| (u32::from(self.string(name)), *member)).collect(),
        };
        self.program.classes.push(class);
        self.program.classes.len() as u16 - 1
    }

    /// Adds a function; the first one is the entry.
    pub fn function(
        &mut self,
        name: &str,
        parameters: u8,
        registers: &[Representation],
        code: &[Instruction],
    ) -> &mut Function {
        let name = u32::from(self.string(name));
        self.program.functions.push(Function {
            name,
            parameters,
            rest: false,
            is_async: false,
            registers: registers.to_vec(),
            result: Any,
            captures: 0,
            direct_entry: 0,
            code: code.to_vec(),
            handlers: vec![],
            sites: vec![],
            positions: (0..code.len() as u32)
                .map(|instruction| PositionEntry { instruction, file: 0, column: 1, line: instruction + 1 })
                .collect(),
        });
        self.program.functions.last_mut().expect("just added")
    }

    /// The sites of the function added last.
    pub fn sites(&mut self, names: &[&str]) {
        let sites = names.iter().map(|name| u32::from(self.string(name))).collect();
        self.program.functions.last_mut().expect("a function").sites = sites;
    }

    pub fn handler(&mut self, start: u32, end: u32, target: u32, register: u16) {
        self.program.functions.last_mut().expect("a function").handlers.push(Handler {
            start,
            end,
            target,
            register,
        });
    }

    /// Verifies and makes a machine.
    pub fn machine(&self, gc_stress: bool) -> (Vm, Rc<RefCell<String>>) {
        let output = Rc::new(RefCell::new(String::new()));
        let program = verify(self.program.clone())
            .unwrap_or_else(|error| panic!("{error}\n{}", raya_bytecode::dump(&self.program)));
        let config = Config { gc_stress, ..Config::default() };
        let host = Box::new(Capture { output: output.clone() });
        (Vm::new(program, self.builtins.clone(), self.natives.clone(), config, host), output)
    }

    /// Runs the program twice, with and without stress; both give the same text of the value, or of the error.
    pub fn run(&self) -> String {
        let relaxed = self.run_once(false);
        let stressed = self.run_once(true);
        assert_eq!(relaxed, stressed, "stress changes nothing");
        relaxed
    }

    fn run_once(&self, gc_stress: bool) -> String {
        let (mut machine, output) = self.machine(gc_stress);
        let result = match machine.run() {
            Ok(value) => raya_vm::format::inspect(&mut machine, value),
            Err(Ended::Uncaught(uncaught)) => format!("uncaught {}\n{}", uncaught.message, uncaught.stack),
            Err(other) => format!("{other:?}"),
        };
        let output = output.borrow();
        format!("{output}{result}")
    }
}

struct Capture {
    output: Rc<RefCell<String>>,
}

impl Host for Capture {
    fn write_output(&mut self, bytes: &[u8]) {
        self.output.borrow_mut().push_str(&String::from_utf8_lossy(bytes));
    }

    fn write_error(&mut self, bytes: &[u8]) {
        self.output.borrow_mut().push_str(&format!("stderr: {}", String::from_utf8_lossy(bytes)));
    }

    fn flush(&mut self) {}

    fn read_input(&mut self, _: &mut [u8]) -> usize {
        0
    }

    fn arguments(&mut self) -> Vec<String> {
        vec!["one".into(), "two".into()]
    }
}

/// The value of an int, for comparisons.
pub fn int(value: i32) -> Value {
    Value::int(value)
}
