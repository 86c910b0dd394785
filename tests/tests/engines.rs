//! Programs with native modules on every engine: what `raya run` loads and what `raya bundle` links behave the same.

use std::path::PathBuf;
use std::sync::OnceLock;

use raya_tests::app::App;
use raya_tests::command::{Engine, Finished, finish};
use raya_tests::fixture::{Fixture, packages};
use raya_tests::report::error_codes;

fn modules() -> &'static [PathBuf] {
    static MODULES: OnceLock<Vec<PathBuf>> = OnceLock::new();
    MODULES.get_or_init(|| {
        let names = ["adder", "rusty", "throwing", "boundary", "waiting"];
        packages(names.map(Fixture::new)).to_vec()
    })
}

/// Runs a program on all engines; gives what they all did.
fn on_all_engines(program: &str) -> Finished {
    let app = App::new(program);
    app.vendor(modules());
    let outcomes = Engine::ALL.map(|engine| engine.execute(&app.path("main.raya"), &app.home(), None));
    for (engine, outcome) in Engine::ALL.iter().zip(&outcomes) {
        let same = (&outcome.code, &outcome.stdout) == (&outcomes[0].code, &outcomes[0].stdout);
        assert!(same, "{:?} gives {:?},\n{engine:?} gives {outcome:?}", Engine::ALL[0], outcomes[0]);
    }
    outcomes[0].clone()
}

#[track_caller]
fn prints(program: &str, expected: &str) {
    let finished = on_all_engines(program);
    assert_eq!(finished.stdout, expected, "{}", finished.stderr);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
}

/// What a `catch` around each call sees: the error's name, and its message.
fn caught(calls: &[&str], imports: &str) -> Vec<String> {
    let mut program = format!("{imports}\n");
    for call in calls {
        program.push_str(&format!(
            "try {{\n    console.log(\"no error:\", {call});\n}} catch (e) {{\n    console.log(e.name + \":\", e.message);\n}}\n"
        ));
    }
    let finished = on_all_engines(&program);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let lines: Vec<String> = finished.stdout.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), calls.len(), "{}", finished.stdout);
    lines
}

#[test]
fn values_cross_the_boundary_in_both_directions() {
    prints(
        r#"
import { add } from "native:adder";
import { shout, total } from "native:rusty";
import { echo, odd, calls } from "native:boundary";

console.log(add(2147483647, 1), add(-1, 1));
console.log(shout("grüße"), total([0.5, 1.5, 40]), total([]));
console.log(echo(""), echo("a\u0000b").length, echo("💡 idea"));
console.log(isNaN(odd()), [odd()].length);
let seen = 0;
console.log(calls((value) => { seen = value; return value * 2 + 2; }), seen);
"#,
        "-2147483648 0\nGRÜSSE! 42 0\n 3 💡 idea\ntrue 1\n42 20\n",
    );
}

#[test]
fn a_result_of_a_native_function_is_a_value() {
    prints(
        r#"
import { attempts } from "native:rusty";

const result = attempts("refused");
console.log(match(result, { ok: (text) => text, error: (e) => `an error: ${e.message}` }));
"#,
        "an error: refused\n",
    );
}

#[test]
fn a_native_function_is_a_value_like_any_other() {
    prints(
        r#"
import { add } from "native:adder";
import * as rusty from "native:rusty";

const numbers = [1, 2, 3, 4];
console.log(numbers.reduce((sum, number) => add(sum, number), 0));
console.log(["a", "b"].map((text) => rusty.shout(text)).join(" "));
let total = 0;
for (let turn = 0; turn < 1000; turn++) total = add(total, turn);
console.log(total);
"#,
        "10\nA! B!\n499500\n",
    );
}

#[test]
fn errors_of_native_functions_are_caught_like_any_other() {
    let imports = "import { panics, fails } from \"native:rusty\";\n\
                   import { escapes, escapesAsInt } from \"native:throwing\";\n\
                   import { calls } from \"native:boundary\";";
    let thrower = "calls((value) => { throw new RangeError(`thrown ${value}`); })";
    let lines = caught(
        &["panics(\"a panic\")", "fails(\"an error\")", "escapes(\"a throw\")", "escapesAsInt(3)", thrower],
        imports,
    );
    let parts = [
        "a panic",
        "Error: an error",
        "Error: a throw",
        "C++ exception of type int",
        "RangeError: thrown 20",
    ];
    for (line, part) in lines.iter().zip(parts) {
        assert!(line.contains(part) && !line.starts_with("no error"), "{part:?} is missing in {line:?}");
    }
}

#[test]
fn what_breaks_the_rules_of_the_boundary_is_an_error_that_says_so() {
    let imports = "import { wantsString, wantsInt, wantsArray, givesBadText, givesInt, givesNull, givesStale, givesForeign, \
                   readsOutside, writesArgument } from \"native:boundary\";";
    let calls = [
        ("wantsString(1)", "TypeError", &["wantsString", "string", "int"][..]),
        ("wantsInt(1.5)", "Error", &["wantsInt"]),
        ("wantsArray(\"x\")", "TypeError", &["wantsArray", "array", "string"]),
        ("givesBadText()", "Error", &["UTF-8", "2"]),
        ("givesInt()", "TypeError", &["givesInt", "string", "int"]),
        ("givesNull()", "TypeError", &["givesNull", "string", "null"]),
        ("givesStale() + givesStale()", "Error", &["givesStale"]),
        ("givesForeign()", "Error", &["givesForeign"]),
        ("readsOutside([1, 2])", "RangeError", &["readsOutside"]),
        ("writesArgument([1, 2])", "TypeError", &["writesArgument"]),
    ];
    let lines = caught(&calls.map(|(call, _, _)| call), imports);
    let mut wrong = vec![];
    for (line, (call, name, parts)) in lines.iter().zip(calls) {
        let (found, message) = line.split_once(':').unwrap_or((line, ""));
        if !found.ends_with(name) || found == "no error" || parts.iter().any(|part| !message.contains(part)) {
            wrong.push(format!("{call}: expected {name} with {parts:?}, found {line:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_uncaught_error_of_a_native_function_ends_the_program_with_its_message() {
    let finished = on_all_engines(
        "import { fails } from \"native:rusty\";\nconsole.log(\"before\");\nfails(\"the end\");\n",
    );
    assert_eq!(finished.code, Some(1));
    assert_eq!(finished.stdout, "before\n");
    assert!(
        finished.stderr.contains("the end") && finished.stderr.contains("main.raya:3"),
        "{}",
        finished.stderr
    );
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    if !raya_tests::machine::has_path("/dev/full") {
        return;
    }
    let app = App::new("console.log(\"lost\");\n");
    for line in
        ["\"$RAYA\" run main.raya > /dev/full", "\"$RAYA\" bundle main.raya -o app && ./app > /dev/full"]
    {
        let mut shell = raya_tests::command::clean("sh", &app.home());
        shell.args(["-c", line]).current_dir(app.folder()).env("RAYA", raya_tests::command::raya_path());
        let output = shell.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("standard output could not be written"), "{line}: {told}");
    }
}
/// What tasks of native modules do, in the order in which it happens.
const NATIVE_TASKS: &str = r#"
import { pause, fails, attempts, later, untilCancelled, calls, wrongType, nothing, noTask, counts } from "native:waiting";

// Blocking work runs side by side, beside the program's own tasks.
const log: string[] = [];
async function own(): Task<void> {
    for (let i = 0; i < 3; i++) {
        log.push(`own ${i}`);
        await sleep(1);
    }
}
const mine = own();
const both = [pause(60), pause(60)];
console.log(both[0], both[1].isDone());
console.log(await both, await mine, log.join(", "));
console.log(await later("from a thread"), await nothing());

for (const failing of [() => fails("too far"), () => later("\u{ff}".repeat(2)).then((text) => text + wrongName())]) {
    try {
        console.log(await failing());
    } catch (e) {
        console.log(e.name, e.code, e.message);
    }
}
function wrongName(): string {
    throw new TypeError("thrown in a callback");
}
console.log(match(await attempts("a value"), { ok: (text) => text, error: (e) => `an error: ${e.message}` }));
console.log(await calls((value) => value * 21));
async function inner(): Task<int> {
    return (await calls((value) => value + 1)) * 2;
}
console.log(await inner());
for (const wrong of [() => wrongType(), () => calls((value) => { throw new RangeError(`thrown ${value}`); })]) {
    try {
        console.log(await wrong());
    } catch (e) {
        console.log(e.name, e.message);
    }
}
try {
    console.log(noTask());
} catch (e) {
    console.log(e.name, e.message);
}

// A cancelled task ends at once; its work is told, and its data is freed when the work is over.
const endless = untilCancelled();
async function waits(): Task<int> {
    return await untilCancelled();
}
const waiting = waits();
endless.cancel();
waiting.cancel();
console.log(await endless.catch((e) => -1), await waiting.catch((e) => -2), endless.isCancelled());
while (!counts().startsWith("freed 14")) await sleep(1);
console.log(counts());
// Native code that calls back needs the result at once.
console.log(await calls((value) => { const channel = new Channel<int>(); return channel.receive() ?? 0; }).catch((e) => e.code == "R3102" ? 1 : 0));
"#;

#[test]
fn native_functions_give_tasks_that_end_when_their_work_does() {
    prints(
        NATIVE_TASKS,
        "Task { <pending> } false\n\
         [ 60, 60 ] null own 0, own 1, own 2\n\
         from a thread null\n\
         RangeError E_LATER too far\n\
         TypeError null thrown in a callback\n\
         an error: a value\n\
         42\n\
         6\n\
         TypeError native:waiting.wrongType returned string, it is declared to return int\n\
         RangeError thrown 2\n\
         TypeError native:waiting.noTask returned Task, it is declared to return int\n\
         -1 -2 true\n\
         freed 14 cancelled 2 refused 2\n\
         1\n",
    );
}

#[test]
fn tasks_of_rust_and_cpp_modules() {
    prints(
        r#"
import { slowly, readLater, panicsLater, patient, byHand } from "native:rusty";
import { throwsLater } from "native:throwing";

console.log(await [slowly("ab", 2), slowly("c", 3)]);
console.log(await byHand(5));
const failing: (() => Task<unknown>)[] = [
    () => readLater("/nowhere/at all"),
    () => panicsLater("a panic"),
    () => byHand(0),
    () => throwsLater("a throw"),
];
for (const one of failing) {
    try {
        console.log(await one());
    } catch (e) {
        console.log(e.message.replace(/ \(.*/, ""));
    }
}
const task = patient();
task.cancel();
console.log(await task.catch((e) => -1));
"#
        .replace(r#".replace(/ \(.*/, "")"#, r#".split(" (")[0]"#)
        .as_str(),
        "[ 'abab', 'ccc' ]\n5\nNo such file or directory\na panic\n\
         the native function ended its task without a result\na throw\n-1\n",
    );
}

/// What the module `adder` says of itself.
const ADDER: &str = "declare module \"native:adder\" {\n    export function add(left: int, right: int): int;\n    \
                     export function describe(): string;\n}\n";

/// A stub may stand in the program itself, in a folder that `raya.toml` names, or nowhere, as the module brings its own: types are
/// the same in all of them.
#[test]
fn stubs_stand_in_the_program_or_in_a_folder_or_come_with_the_module() {
    for (here, folder) in [(ADDER, ""), ("", ADDER), (ADDER, ADDER), ("", "")] {
        let app =
            App::new(&format!("{here}import {{ add }} from \"native:adder\";\nconsole.log(add(2, 3));\n"));
        app.vendor(&modules()[..1]);
        if !folder.is_empty() {
            app.write("interfaces/adder.raya", folder);
            app.manifest("[stubs]\nfolders = [\"interfaces\"]\n");
        }
        for engine in Engine::ALL {
            let found = engine.execute(&app.path("main.raya"), &app.home(), None);
            assert_eq!((found.code, found.stdout.as_str()), (Some(0), "5\n"), "{engine:?}: {}", found.stderr);
        }
    }
}

#[test]
fn a_folder_of_stubs_that_disagrees_with_the_program_is_an_error() {
    let app = App::new(&format!("{ADDER}import {{ add }} from \"native:adder\";\nconsole.log(add(2, 3));\n"));
    app.vendor(&modules()[..1]);
    app.write("interfaces/adder.raya", ADDER.replace("right: int", "right: string"));
    app.manifest("[stubs]\nfolders = [\"interfaces\"]\n");
    for command in [vec!["run", "main.raya"], vec!["bundle", "main.raya", "-o", "app"]] {
        let found = finish(&mut app.raya(command));
        assert_eq!(found.code, Some(2), "{}", found.stderr);
        assert!(error_codes(&found.stderr).contains(&"R0513".to_owned()), "{}", found.stderr);
    }
    assert!(!app.path("app").exists(), "nothing is left behind");
}
