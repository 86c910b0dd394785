//! Any program that the verifier accepts runs without a crash, until it ends or a limit stops it. Valid programs are changed field by
//! field, so that much of what is tried comes close to being accepted.
#![no_main]

use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use raya_abi::Representation;
use raya_bytecode::{Instruction, Operation, Program, Verified};
use raya_vm::{Arguments, BuiltinFunction, Config, Host, Interrupter, Thrown, Value, Vm};

/// How long a program runs before it is stopped.
const RUNS_FOR: Duration = Duration::from_millis(100);
/// Bytes that a program may keep.
const HEAP_MAX: usize = 64 << 20;
/// What begins the names of built-ins that look at or change the world, or wait for it.
const WORLDLY: [&str; 5] = ["fs.", "env.", "process.", "io.", "sleep"];

/// A world in which nothing can be seen or changed.
struct Nowhere;

impl Host for Nowhere {
    fn write_output(&mut self, _bytes: &[u8]) {}
    fn write_error(&mut self, _bytes: &[u8]) {}
    fn flush(&mut self) {}
    fn read_input(&mut self, _buffer: &mut [u8]) -> usize {
        0
    }
    fn arguments(&mut self) -> Vec<String> {
        vec![]
    }
    fn interrupted(&mut self) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(program) = raya_bytecode::decode(bytes) else { return Corpus::Reject };
    let Ok(verified) = raya_bytecode::verify(program) else { return Corpus::Keep };
    // Natives come with modules, and nobody has any here.
    if verified.natives.is_empty() {
        run(verified, bytes.len() % 2 == 1);
    }
    Corpus::Keep
});

fn absent(vm: &mut Vm, _arguments: Arguments<'_>) -> Result<Value, Thrown> {
    Err(vm.error(raya_vm::ErrorKind::Type, "there is no world here"))
}

fn run(program: Verified, gc_stress: bool) {
    let names = program.builtins.iter().map(|name| program.strings[*name as usize].as_str());
    let found = names.map(|name| match WORLDLY.iter().any(|worldly| name.starts_with(worldly)) {
        true => absent,
        false => raya_vm::builtins::find(name).unwrap_or(absent),
    });
    let builtins: Vec<BuiltinFunction> = found.collect();
    let config = Config { gc_stress, heap_limit: HEAP_MAX };
    let mut vm = Vm::new(program, builtins, vec![], config, Box::new(Nowhere));
    let interrupter = vm.interrupter();
    let (ended, end) = channel::<()>();
    let watch = std::thread::spawn(move || stop(&interrupter, &end));
    let _ = vm.run();
    drop(ended);
    let _ = watch.join();
}

/// Stops a program that runs for long, and again if it goes on.
fn stop(interrupter: &Interrupter, end: &std::sync::mpsc::Receiver<()>) {
    while end.recv_timeout(RUNS_FOR) == Err(RecvTimeoutError::Timeout) {
        interrupter.interrupt();
    }
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random(u64::from(seed) | 1 << 40);
    let bytes = data.get(..size).and_then(|bytes| raya_bytecode::decode(bytes).ok());
    if let Some(mut program) = bytes.filter(|_| random.below(16) != 0) {
        for _ in 0..=random.below(3) {
            change(&mut program, &mut random);
        }
        let changed = raya_bytecode::encode(&program);
        if changed.len() <= max_size {
            data[..changed.len()].copy_from_slice(&changed);
            return changed.len();
        }
    }
    fuzzer_mutate(data, size, max_size)
});

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `count`, which is not 0.
    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    /// One of `items`, unless there is none.
    fn one<'a, T>(&mut self, items: &'a mut [T]) -> Option<&'a mut T> {
        let count = items.len();
        if count == 0 { None } else { items.get_mut(self.below(count)) }
    }
}

/// Changes one thing of a program, in a way that keeps its bytes readable.
fn change(program: &mut Program, random: &mut Random) {
    let names = program.strings.len().max(1);
    match random.below(12) {
        0 => {
            let name = random.below(names) as u32;
            if let Some(builtin) = random.one(&mut program.builtins) {
                *builtin = name;
            }
        }
        1 => {
            let all = raya_vm::builtins::names();
            let name = all[random.below(all.len())].to_owned();
            if let Some(string) = random.one(&mut program.strings) {
                *string = name;
            }
        }
        2 => change_classes(program, random),
        3 => {
            let from = program.types.clone();
            let taken = if from.is_empty() { None } else { from.get(random.below(from.len())) };
            if let (Some(taken), Some(given)) = (taken, random.one(&mut program.types)) {
                *given = taken.clone();
            }
        }
        _ => change_function(program, random),
    }
}

fn change_classes(program: &mut Program, random: &mut Random) {
    let (name, kind, base) =
        (random.below(program.strings.len().max(1)) as u32, representation(random), random.next());
    let Some(class) = random.one(&mut program.classes) else { return };
    match base % 4 {
        0 => class.base = (base & 16 == 0).then_some((base >> 8) as u32 % 16),
        1 => class.fields.push((name, kind)),
        _ => {
            if let Some(field) = random.one(&mut class.fields) {
                field.1 = kind;
            }
        }
    }
}

fn change_function(program: &mut Program, random: &mut Random) {
    let Some(function) = random.one(&mut program.functions) else { return };
    let (length, registers) = (function.code.len().max(1), function.registers.len().max(1));
    match random.below(16) {
        0 => {
            let kind = representation(random);
            if let Some(register) = random.one(&mut function.registers) {
                *register = kind;
            }
        }
        1 => function.registers.push(representation(random)),
        2 => {
            let (start, end, target) = (random.below(length), random.below(length + 1), random.below(length));
            let handler = raya_bytecode::program::Handler {
                start: start.min(end) as u32,
                end: start.max(end) as u32,
                target: target as u32,
                register: random.below(registers) as u16,
            };
            match random.one(&mut function.handlers) {
                Some(known) => *known = handler,
                None => function.handlers.push(handler),
            }
        }
        3 => function.direct_entry = random.below(length) as u32,
        4 => function.parameters = random.below(256) as u8,
        5 => function.result = representation(random),
        6 => (function.is_async, function.rest) = (random.below(2) == 0, random.below(4) == 0),
        7 => drop(function.code.pop()),
        8 | 9 => {
            let (from, to) = (random.below(length), random.below(length));
            if let Some(taken) = function.code.get(from).copied()
                && let Some(given) = function.code.get_mut(to)
            {
                *given = taken;
            }
        }
        _ => {
            if let Some(instruction) = random.one(&mut function.code) {
                change_instruction(instruction, registers, random);
            }
        }
    }
}

fn change_instruction(instruction: &mut Instruction, registers: usize, random: &mut Random) {
    let small = match random.below(4) {
        0 => random.below(registers) as u16,
        1 => random.below(8) as u16,
        2 => (random.below(64) as u16).wrapping_sub(32),
        _ => random.next() as u16,
    };
    match random.below(6) {
        0 => {
            // One with the same operands mostly verifies, and does something else.
            let same: Vec<Operation> = Operation::ALL
                .iter()
                .copied()
                .filter(|other| other.operands() == instruction.operation.operands())
                .collect();
            instruction.operation = same[random.below(same.len())];
        }
        1 => instruction.operation = Operation::ALL[random.below(Operation::ALL.len())],
        2 => instruction.n = small as u8,
        3 => instruction.a = small,
        4 => instruction.b = small,
        _ => instruction.c = small,
    }
}

fn representation(random: &mut Random) -> Representation {
    let all = [
        Representation::Int,
        Representation::Number,
        Representation::Boolean,
        Representation::Reference,
        Representation::Any,
    ];
    all[random.below(all.len())]
}
