//! What a language test cannot show of the standard modules: input, arguments, and what a program writes byte for byte.

use std::io::Write;
use std::process::{Command, Stdio};

use raya_tests::app::App;
use raya_tests::command::{Finished, finish, raya};

/// Runs a program with arguments.
fn run(program: &str, arguments: &[&str]) -> Finished {
    let app = App::new(program);
    finish(&mut command(&app, arguments))
}

fn command(app: &App, arguments: &[&str]) -> Command {
    let entry = app.path("main.raya");
    let mut command = raya(&app.home(), ["run".as_ref(), entry.as_os_str()]);
    command.args(arguments);
    command
}

/// Runs a program that reads `input`; gives the bytes that it wrote.
fn fed(program: &str, input: &[u8]) -> Vec<u8> {
    let app = App::new(program);
    let mut child = command(&app, &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    // A program that does not read all of it closes the pipe.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success());
    output.stdout
}

#[test]
fn lines_are_read_one_by_one_whatever_their_bytes_are() {
    let program = r#"
import { readLine, readAll } from "std:io";
console.log([readLine(), readLine(), readLine(), readLine()]);
console.log(readAll().length, readAll().length, readLine());
"#;
    let long = "x".repeat(100_000);
    let mut input = b"first\r\n\nb\xFFd \xC3\xBC\n".to_vec();
    input.extend_from_slice(b"last\nrest\n");
    input.extend_from_slice(long.as_bytes());
    let output = String::from_utf8(fed(program, &input)).expect("UTF-8");
    assert_eq!(output, "[ 'first', '', 'b\u{FFFD}d ü', 'last' ]\n100005 0 null\n");
}

#[test]
fn bytes_go_through_unchanged() {
    let program = "import { readAllBytes, writeBytes } from \"std:io\";\nwriteBytes(readAllBytes());\n";
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    assert_eq!(fed(program, &bytes), bytes);
    assert_eq!(fed(program, b""), b"");
}

const TESTS: &str = r#"
import { test, describe, assertEquals, skip, todo } from "std:test";
describe("suite", () => {
    test("passes", () => console.log("own output"));
    test("fails", () => assertEquals([1], [2]));
});
skip("skipped");
todo("still to do");
"#;

/// The records of a run as JSON, and what stood between them.
fn records(output: &str) -> (Vec<serde_json::Value>, String) {
    let mut parts = output.split('\u{1E}');
    let mut own = parts.next().unwrap_or_default().to_owned();
    let records = parts.map(|part| {
        let (record, rest) = part.split_once('\n').expect("a record ends its line");
        own.push_str(rest);
        serde_json::from_str(record).unwrap_or_else(|error| panic!("{record}: {error}"))
    });
    (records.collect(), own)
}

#[test]
fn tests_report_records_for_programs() {
    let finished = run(TESTS, &["--test-report=lines"]);
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    let (records, own) = records(&finished.stdout);
    assert_eq!(own, "own output\n");
    let told: Vec<String> = records
        .iter()
        .map(|record| {
            format!("{} {} {}", record["event"], record["name"], record["outcome"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        told,
        [
            "plan null null",
            "start [suite,passes] null",
            "end [suite,passes] passed",
            "start [suite,fails] null",
            "end [suite,fails] failed",
            "end [skipped] skipped",
            "end [still to do] todo",
            "summary null null",
        ]
    );
    assert_eq!(records[0]["tests"], 4);
    let error = &records[4]["error"];
    assert_eq!(error["name"], "AssertionError");
    assert_eq!(error["place"]["line"], 5);
    assert!(error["place"]["file"].as_str().is_some_and(|file| file.ends_with("main.raya")), "{error}");
    assert_eq!(error["difference"], serde_json::json!(["  [", "-   2,", "+   1,", "  ]"]));
    let summary = &records[7];
    let counts = ["passed", "failed", "skipped", "todo"].map(|name| summary[name].as_i64());
    assert_eq!(counts, [Some(1); 4]);
}

#[test]
fn filters_and_lists_choose_tests() {
    let filtered = run(TESTS, &["--test-filter=suite > p", "--test-filter=nothing"]);
    assert_eq!(filtered.code, Some(0), "{}", filtered.stderr);
    assert!(filtered.stdout.contains("passed  suite > passes"), "{}", filtered.stdout);
    assert!(!filtered.stdout.contains("fails"), "{}", filtered.stdout);
    let listed = run(TESTS, &["--test-list"]);
    assert_eq!(listed.code, Some(0));
    assert_eq!(
        listed.stdout,
        "listed  suite > passes\nlisted  suite > fails\nlisted  skipped\nlisted  still to do\n"
    );
}

#[test]
fn a_body_that_fails_runs_no_tests() {
    let program = "import { test } from \"std:test\";\ntest(\"one\", () => console.log(\"ran\"));\nthrow new Error(\"no\");\n";
    let finished = run(program, &["--test-report=lines"]);
    assert_eq!(finished.code, Some(1));
    assert_eq!(finished.stdout, "");
    assert!(finished.stderr.contains("Error: no"), "{}", finished.stderr);
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let app = App::new(
        r#"
import { readFile, readTextFile, stat } from "std:fs";
console.log(stat("large").size);
for (const read of [(path: string): unknown => readFile(path), (path: string): unknown => readTextFile(path)]) {
    try {
        read("large");
        console.log("no error");
    } catch (e) {
        console.log(e.code);
    }
}
"#,
    );
    let large = std::fs::File::create(app.path("large")).expect("the file can be made");
    // Nothing of it is stored: it has a length, and no blocks.
    large.set_len(1 << 40).expect("the file system has sparse files");
    let finished = finish(command(&app, &[]).current_dir(app.folder()));
    assert_eq!(finished.stdout, "1099511627776\nEFBIG\nEFBIG\n", "{}", finished.stderr);
}

#[test]
fn a_file_that_may_not_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let app = App::new(
        "import { readFile } from \"std:fs\";\ntry { readFile(\"closed\"); console.log(\"read\"); } catch (e) { console.log(e.code); }\n",
    );
    app.write("closed", "x");
    std::fs::set_permissions(app.path("closed"), std::fs::Permissions::from_mode(0o000))
        .expect("permissions can be set");
    // Root may read everything: then there is nothing to refuse.
    let expected = if std::fs::read(app.path("closed")).is_ok() { "read\n" } else { "EACCES\n" };
    let finished = finish(command(&app, &[]).current_dir(app.folder()));
    assert_eq!(finished.stdout, expected, "{}", finished.stderr);
}
