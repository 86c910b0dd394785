//! Tasks, timed: `cargo bench -p raya-compile --bench tasks`. Prints what a million sleeping tasks take, how many messages pass
//! through a channel, what an await costs, and how late a timer is beside a loop that never waits.

use std::time::Instant;

use raya_vm::{Config, Host, Vm};

/// A million tasks that sleep at the same time.
const SLEEPING: &str = "
async function nap(): Task<int> { await sleep(2000); return 1; }
const all: Task<int>[] = [];
for (let i = 0; i < 1000000; i++) all.push(nap());
let sum = 0;
for (const one of await all) sum += one;
if (sum != 1000000) throw new Error(`${sum}`);
";

/// Messages from one task to another.
fn messages(capacity: u32) -> String {
    format!(
        "
const channel = new Channel<int>({capacity});
async function produce(): Task<void> {{
    for (let i = 0; i < 3000000; i++) channel.send(i);
    channel.close();
}}
const producing = produce();
let count = 0;
while (channel.receive() != null) count++;
await producing;
if (count != 3000000) throw new Error(`${{count}}`);
"
    )
}

/// Calls of an async function that does not wait, and of one that does.
fn awaits(pause: &str) -> String {
    format!(
        "
async function one(): Task<int> {{ {pause} return 1; }}
async function run(): Task<int> {{
    let sum = 0;
    for (let i = 0; i < 1000000; i++) sum += await one();
    return sum;
}}
if (await run() != 1000000) throw new Error(\"lost\");
"
    )
}

/// Timers of 10 ms beside a loop.
const BESIDE_A_LOOP: &str = "
let stop = false;
async function spin(): Task<number> { let turns = 0.0; while (!stop) turns++; return turns; }
const spinning = spin();
for (let i = 0; i < 50; i++) await sleep(10);
stop = true;
if (await spinning < 1000) throw new Error(\"the loop did not run\");
";

fn main() {
    let before = resident();
    let seconds = run(SLEEPING);
    let bytes = (peak() - before) as f64 * 1024.0;
    println!(
        "a million sleeping tasks        {:8.0} ms beside their 2 s, {:.0} bytes each",
        (seconds - 2.0) * 1e3,
        bytes / 1e6
    );
    for (name, capacity) in [("without capacity", 0), ("with capacity 100", 100)] {
        println!("channel messages {name:<18} {:8.2} million a second", 3.0 / run(&messages(capacity)));
    }
    println!("await of a call that returns    {:8.0} ns", run(&awaits("")) * 1e3);
    println!("await of a call that waits      {:8.0} ns", run(&awaits("await sleep(0);")) * 1e3);
    println!("timer beside a busy loop        {:8.1} ms late", (run(BESIDE_A_LOOP) - 0.5) / 50.0 * 1e3);
}

/// Seconds that a program runs.
fn run(source: &str) -> f64 {
    let loaded = raya_check::load_program("main.raya", &mut |_| Ok(source.to_owned()));
    let output = raya_check::check(&loaded, &[]);
    let errors: Vec<_> = output.diagnostics.iter().filter(|one| one.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let program = raya_ir::build(&output.program).expect("lowers");
    let program = raya_compile::compile(&program, &loaded.sources).expect("compiles");
    let program = raya_bytecode::verify(program).expect("verifies");
    let names = program.builtins.iter().map(|name| &program.strings[*name as usize]);
    let builtins = names.map(|name| raya_vm::builtins::find(name).expect("a known built-in")).collect();
    let mut machine = Vm::new(program, builtins, vec![], Config::default(), Box::new(Silent));
    let start = Instant::now();
    machine.run().expect("no error");
    start.elapsed().as_secs_f64()
}

/// Kilobytes of this process in memory, now and at most; 0 where the system does not say.
fn resident() -> u64 {
    status("VmRSS:")
}

fn peak() -> u64 {
    status("VmHWM:")
}

fn status(field: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap_or("0");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// A host without a world.
struct Silent;

impl Host for Silent {
    fn write_output(&mut self, _: &[u8]) {}
    fn write_error(&mut self, _: &[u8]) {}
    fn flush(&mut self) {}
    fn read_input(&mut self, _: &mut [u8]) -> usize {
        0
    }
    fn arguments(&mut self) -> Vec<String> {
        vec![]
    }
}
