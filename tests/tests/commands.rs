//! The everyday commands as users run them: projects, code on the command line, exit codes.

#[path = "commands/checking.rs"]
mod checking;
#[path = "commands/profiling.rs"]
mod profiling;
#[path = "commands/testing.rs"]
mod testing;

use raya_tests::app::App;
use raya_tests::command::{Finished, clean, finish, succeed};
use raya_tests::report::error_codes;

/// What a command did, in the app's folder.
fn raya(app: &App, arguments: &[&str]) -> Finished {
    finish(&mut app.raya(arguments))
}

fn ran(finished: &Finished) -> (Option<i32>, &str) {
    (finished.code, &finished.stdout)
}

#[test]
fn a_fresh_project_runs_is_tested_and_bundles() {
    let app = App::new("");
    let made = succeed(&mut app.raya(["init", "my app"]));
    for file in ["raya.toml", "src/main.raya", "tests/greeting.test.raya", ".gitignore"] {
        assert!(made.stdout.contains(&format!("made my app/{file}\n")), "{}", made.stdout);
    }
    let inside = |arguments: &[&str]| finish(app.raya(arguments).current_dir(app.path("my app")));
    assert_eq!(ran(&inside(&["check"])), (Some(0), ""));
    assert_eq!(ran(&inside(&["run"])), (Some(0), "Hello, world!\n"));
    let tested = inside(&["test"]);
    assert_eq!(tested.code, Some(0), "{}{}", tested.stdout, tested.stderr);
    assert!(tested.stdout.ends_with("\n1 passed, 0 failed\n"), "{}", tested.stdout);
    let bundled = inside(&["bundle"]);
    assert_eq!((bundled.code, bundled.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        ran(&finish(&mut clean(app.path("my app/my-app"), &app.home()))),
        (Some(0), "Hello, world!\n")
    );
}

#[test]
fn init_overwrites_nothing() {
    let app = App::new("");
    app.write("project/src/main.raya", "mine");
    let refused = raya(&app, &["init", "project"]);
    assert_eq!((refused.code, error_codes(&refused.stderr)), (Some(1), vec!["R2025".to_owned()]));
    assert!(!app.path("project/raya.toml").exists());
    assert_eq!(std::fs::read_to_string(app.path("project/src/main.raya")).unwrap(), "mine");
    succeed(&mut app.raya(["init", "other"]));
    let again = raya(&app, &["init", "other"]);
    assert_eq!((again.code, error_codes(&again.stderr).len()), (Some(1), 5));
    let named = raya(&app, &["init", "third", "--name", "a b"]);
    assert_eq!((named.code, error_codes(&named.stderr)), (Some(64), vec!["R2022".to_owned()]));
}

#[test]
fn code_on_the_command_line_runs() {
    let app = App::new("");
    app.write("lib.raya", "export const seven = 7;");
    for (arguments, code, output) in [
        (&["eval", "console.log(1 + 2)"][..], 0, "3\n"),
        (&["eval", "1 + 2"], 0, ""),
        (&["eval", "--print-result", "1 + 2"], 0, "=> 3\n"),
        (&["eval", "--print-result", "const a = [1, 2]; a.map((n) => n * 2)"], 0, "=> [2,4]\n"),
        (&["eval", "--print-result", "if (true) { return 'x'; }"], 0, "=> \"x\"\n"),
        (&["eval", "--print-result", "console.log('a');"], 0, "a\n=> null\n"),
        (&["eval", "import { seven } from './lib'; console.log(seven);"], 0, "7\n"),
        (&["eval", "import { argv } from 'std:process'; console.log(argv.length);", "a", "-b"], 0, "3\n"),
        (&["eval", "-1; throw new Error('no')"], 1, ""),
        (&["eval", "let a: int = 'x';"], 2, ""),
        (&["eval"], 64, ""),
    ] {
        let finished = raya(&app, arguments);
        assert_eq!(ran(&finished), (Some(code), output), "{arguments:?}\n{}", finished.stderr);
    }
    let wrong = raya(&app, &["eval", "let a: int = 'x';"]);
    assert!(wrong.stderr.contains("<eval>:1:14"), "{}", wrong.stderr);
}

#[test]
fn exit_codes_are_what_the_language_says() {
    let exit = "import { exit } from \"std:process\";\nconsole.log(\"before\");\nexit(CODE);\n";
    for (program, code, output) in [
        ("console.log(1);", 0, "1\n"),
        ("return 7;", 0, ""),
        ("throw new Error(\"no\");", 1, ""),
        ("const a: int[] = [];\nconsole.log(a[3]);", 1, ""),
        ("let a: int = \"x\";", 2, ""),
        ("let = ;", 2, ""),
        ("import { a } from \"./nowhere\";\na;", 2, ""),
        (&exit.replace("CODE", "0"), 0, "before\n"),
        (&exit.replace("CODE", "3"), 3, "before\n"),
        (&exit.replace("CODE", "255"), 255, "before\n"),
        // The operating system keeps eight bits.
        (&exit.replace("CODE", "256"), 0, "before\n"),
        (&exit.replace("CODE", "-1"), 255, "before\n"),
    ] {
        let app = App::new(program);
        let finished = raya(&app, &["run", "main.raya"]);
        assert_eq!(ran(&finished), (Some(code), output), "{program}\n{}", finished.stderr);
    }
}

#[test]
fn an_uncaught_error_is_told_with_its_place_on_standard_error() {
    let app = App::new("function f(): void {\n    throw new RangeError(\"no\");\n}\nf();\n");
    let finished = raya(&app, &["run", "main.raya"]);
    assert_eq!(ran(&finished), (Some(1), ""));
    for part in ["RangeError: no", "main.raya:2:", "main.raya:4:"] {
        assert!(finished.stderr.contains(part), "{}", finished.stderr);
    }
}

#[test]
fn bad_usage_exits_with_64() {
    let app = App::new("");
    for arguments in [
        &["frobnicate"][..],
        &["run", "--frobnicate", "main.raya"],
        &["run"],
        &["check"],
        &["bundle"],
        &["check", "--format", "xml", "main.raya"],
        &["check", "--json", "--format", "sarif", "main.raya"],
        &["test", "--timeout", "0"],
        &["run", "--profile", "out.txt", "main.raya"],
        &["init", "a", "b"],
        &[],
    ] {
        let finished = raya(&app, arguments);
        assert_eq!(finished.code, Some(64), "{arguments:?}\n{}", finished.stderr);
        assert!(!finished.stderr.is_empty());
    }
    assert_eq!(error_codes(&raya(&app, &["run"]).stderr), ["R2024"]);
}

#[test]
fn a_manifest_names_the_entry() {
    let app = App::new("console.log(\"from the manifest\");");
    app.manifest("");
    assert_eq!(ran(&raya(&app, &["run"])), (Some(0), "from the manifest\n"));
    assert_eq!(ran(&raya(&app, &["check"])), (Some(0), ""));
}

#[test]
fn results_are_printed_as_one_line_of_json() {
    for (program, printed) in [
        ("return { a: [1, 2.5], b: \"x\", c: null };", "=> {\"a\":[1,2.5],\"b\":\"x\",\"c\":null}"),
        ("return \"two\\nlines\";", "=> \"two\\nlines\""),
        ("return NaN;", "=> NaN"),
        ("return -1 / 0.0;", "=> -Infinity"),
        ("return [1 / 0.0];", "=> [Infinity]"),
        ("return () => 1;", "=> null"),
        ("class C {}\nreturn C;", "=> null"),
        ("console.log(1);", "1\n=> null"),
        ("return 2147483647 + 1;", "=> -2147483648"),
        ("return 2.0;", "=> 2"),
    ] {
        let app = App::new(program);
        let finished = raya(&app, &["run", "--print-result", "main.raya"]);
        assert_eq!(ran(&finished), (Some(0), &*format!("{printed}\n")), "{program}\n{}", finished.stderr);
    }
}
