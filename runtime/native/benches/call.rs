//! What one native call costs, in nanoseconds of processor time net of the loop around it: `cargo bench -p raya-boundary`.
//!
//! Each row runs five calls against one in the same loop and divides the difference by four: a processor hides a single
//! cheap call behind the loop's own latency.
//!
//! `quiet`, `scaled` and `bytes_of` have typed entries. `nothing`, `add` and `length` stand beside C doing the same behind a
//! pointer call, measured in the same run.
//!
//! `… --bench call -- --one ROW CALLS` runs one loop of one row and nothing else, for tools that count instructions: the
//! difference between 5 calls and 1, over 4 and the number of turns, is what a call takes.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run says why and ends")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::ffi::{c_int, c_long};

use raya_abi::Representation;
use raya_bytecode::{Instruction, Operation, Program};
use support::compile::{Opened, shared};
use support::program::{Maker, Slot, machine};

const TURNS: i32 = 200_000;

type Row = (&'static str, fn(&mut Maker) -> Vec<Slot>);

const ROWS: [Row; 12] = [
    ("quiet", |_| vec![]),
    ("scaled", |maker| vec![maker.number(1.0), maker.int(2)]),
    ("bytes_of", |maker| vec![maker.text("0123456789abcdef")]),
    ("nothing", |_| vec![]),
    ("identity", |maker| vec![maker.int(1)]),
    ("add", |maker| vec![maker.number(1.0), maker.number(2.0)]),
    ("length", |maker| vec![maker.text("0123456789abcdef")]),
    ("twice", |maker| vec![maker.text("01234567")]),
    ("distance", |maker| {
        let (x, y) = (maker.number(3.0), maker.number(4.0));
        vec![maker.object(&[("x", x), ("y", y)])]
    }),
    ("sum_view", |maker| {
        let elements: Vec<Slot> = (0..10).map(|_| maker.number(0.5)).collect();
        vec![maker.array(Representation::Number, &elements)]
    }),
    ("call_twice", |maker| {
        let function = maker.function(1, vec![Instruction::new(Operation::Return, 0, 0, 0, 0)]);
        vec![function, maker.int(1)]
    }),
    ("squares", |maker| vec![maker.int(4)]),
];

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let library = shared(folder.path(), "probe.c", "probe", &[]);
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--one") {
        let calls = arguments[at + 2].parse().expect("a number of calls");
        let row = ROWS.iter().find(|(name, _)| *name == arguments[at + 1]).expect("the name of a row");
        time(&library, row.0, row.1, calls, true);
        return;
    }
    let baseline = folder.path().join("baseline");
    let source = support::compile::crate_folder().join("benches/baseline.c");
    support::compile::run(
        std::process::Command::new("gcc")
            .args(["-O2", "-fno-builtin-strlen", "-o"])
            .arg(&baseline)
            .arg(source),
    );
    let output = std::process::Command::new(&baseline).output().unwrap();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let (name, time) = line.split_once(' ').unwrap_or((line, "0"));
        println!("{name:12} {:9} {:8.2} ns", "in C", time.parse::<f64>().unwrap_or_default());
    }
    for (name, arguments) in ROWS {
        for may_unwind in [false, true] {
            let mut samples: Vec<f64> = (0..7)
                .map(|_| {
                    let of = |calls| time(&library, name, arguments, calls, may_unwind);
                    (of(5) - of(1)) / 4.0
                })
                .collect();
            samples.sort_by(f64::total_cmp);
            println!("{name:12} {:9} {:8.2} ns", if may_unwind { "guarded" } else { "plain" }, samples[3]);
        }
    }
}

#[repr(C)]
struct Time {
    seconds: c_long,
    nanoseconds: c_long,
}

unsafe extern "C" {
    fn clock_gettime(clock: c_int, time: *mut Time) -> c_int;
}

/// Processor time of this process: what other processes do on the machine does not count.
fn processor_nanoseconds() -> f64 {
    const PROCESS_CPUTIME: c_int = 2;
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    // SAFETY: the place is one for a time.
    unsafe { clock_gettime(PROCESS_CPUTIME, &mut time) };
    time.seconds as f64 * 1e9 + time.nanoseconds as f64
}

/// Nanoseconds of one turn of a loop with so many calls.
fn time(
    library: &std::path::Path,
    name: &str,
    arguments: fn(&mut Maker) -> Vec<Slot>,
    calls: usize,
    may_unwind: bool,
) -> f64 {
    let change: fn(&mut raya_boundary::ModuleHandle) =
        if may_unwind { |handle| handle.may_unwind = true } else { |handle| handle.may_unwind = false };
    let provider = Opened { libraries: vec![library.to_path_buf()], change };
    let mut vm = machine(looped(name, arguments, calls), vec![Box::new(provider)], false);
    let start = processor_nanoseconds();
    vm.run().expect("the benchmark's program runs");
    (processor_nanoseconds() - start) / f64::from(TURNS)
}

fn looped(name: &str, arguments: fn(&mut Maker) -> Vec<Slot>, calls: usize) -> Program {
    let mut maker = Maker::new("probe");
    let arguments = arguments(&mut maker);
    maker.repeated(TURNS, |maker| {
        for _ in 0..calls {
            maker.call_again(name, &arguments);
        }
    });
    let result = maker.null();
    maker.finish(result)
}
