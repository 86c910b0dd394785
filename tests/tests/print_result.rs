//! `raya run --print-result`: the program's value as one line of JSON, and the exit codes of `raya run`.

use raya_tests::command::{Finished, finish, raya};

fn run(source: &str, print_result: bool) -> Finished {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("app.raya");
    std::fs::write(&program, source).expect("the program can be written");
    let flag = print_result.then_some("--print-result".as_ref());
    let arguments = ["run".as_ref()].into_iter().chain(flag).chain([program.as_os_str()]);
    finish(&mut raya(folder.path(), arguments))
}

#[test]
fn values_are_printed_as_json() {
    let table = [
        ("return 42;", "42"),
        ("return 1.5;", "1.5"),
        ("return 1e21;", "1e+21"),
        ("return NaN;", "NaN"),
        ("return 1.0 / 0;", "Infinity"),
        ("return -1.0 / 0;", "-Infinity"),
        ("return \"a\\\"b\\n\";", "\"a\\\"b\\n\""),
        ("return true;", "true"),
        ("return null;", "null"),
        ("return undefined;", "null"),
        ("return [1, \"two\", null, [true]];", "[1,\"two\",null,[true]]"),
        ("return { a: 1, b: { c: [2.5] } };", "{\"a\":1,\"b\":{\"c\":[2.5]}}"),
        ("return () => 1;", "null"),
        ("function f(): void {} return f;", "null"),
        ("class A {} return A;", "null"),
        ("class A { x = 1; #y = 2; m(): void {} } return new A();", "{\"x\":1}"),
        ("return { get a() { return 5; } };", "{\"a\":5}"),
        ("return [NaN, 1.0 / 0];", "[NaN,Infinity]"),
        ("const x = 1;", "null"),
        ("return await later(); async function later(): Promise<int> { return 3; }", "3"),
        ("if (true) { return \"early\"; } console.log(\"never\"); return \"late\";", "\"early\""),
        ("console.log(\"out\");\nreturn 1;", "1"),
    ];
    for (source, expected) in table {
        let finished = run(source, true);
        assert_eq!(finished.code, Some(0), "{source}\n{}", finished.stderr);
        let last = finished.stdout.lines().last().unwrap_or_default();
        assert_eq!(last, format!("=> {expected}"), "{source}");
    }
}

#[test]
fn nothing_is_printed_without_the_flag() {
    let finished = run("return 42;", false);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), ""));
}

#[test]
fn exit_codes() {
    let table = [
        ("console.log(1);", 0),
        ("import { exit } from \"std:process\"; exit(7);", 7),
        ("throw new Error(\"uncaught\");", 1),
        ("const x: int = \"text\"; console.log(x);", 2),
        ("const = ;", 2),
    ];
    for (source, code) in table {
        let finished = run(source, false);
        assert_eq!(finished.code, Some(code), "{source}\n{}", finished.stderr);
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(finish(&mut raya(home.path(), ["run", "--no-such-flag", "app.raya"])).code, Some(64));
}
