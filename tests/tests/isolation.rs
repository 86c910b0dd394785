//! Modules that define the same symbols live side by side in one image, each bound to its own.

use std::path::PathBuf;

use raya_tests::app::App;
use raya_tests::command::{Finished, finish};
use raya_tests::fixture::{Fixture, packages};
use raya_tests::{GNU, MUSL};

/// How a bundle of two twins is made and run.
const WAYS: [&[&str]; 4] = [
    &["--target", MUSL],
    &["--target", MUSL, "--gc-stress"],
    &["--target", GNU],
    &["--target", GNU, "--linker=cc"],
];

/// The same sources as two modules, `left` and `right`, of which the second has another answer.
fn twins(name: &str, define: &str) -> [PathBuf; 2] {
    let twin = |module: &str, answer: &str| {
        Fixture::new(name)
            .replacing("twin\"", &format!("{module}\""))
            .replacing(&format!("{define}1"), &format!("{define}{answer}"))
    };
    let left = twin("left", "1");
    let right = twin("right", "5");
    let named = |fixture: Fixture, module: &str| match name {
        "twin_rust" => fixture,
        _ => fixture
            .replacing("(twin", &format!("({module}"))
            .replacing("native:twin", &format!("native:{module}")),
    };
    packages([named(left, "left"), named(right, "right")])
}

fn check(program: &str, packages: &[PathBuf], expected: &str) {
    for way in WAYS {
        let app = App::new(program);
        app.vendor(packages);
        app.bundle(way);
        let finished = app.execute();
        assert_eq!(finished.stdout, expected, "{way:?}\n{}", finished.stderr);
        assert_eq!(finished.code, Some(0), "{way:?}\n{}", finished.stderr);
    }
}

#[test]
fn two_modules_in_c_that_define_the_same_symbols() {
    let program = r#"
import { state as left } from "native:left";
import { state as right } from "native:right";

console.log(left());
console.log(right());
console.log(left());
console.log(right());
"#;
    let expected = "2 100 0 1 7 2\n10 500 0 5 35 2\n3 100 1 2 7 2\n11 500 1 6 35 2\n";
    check(program, &twins("twin_c", "ANSWER "), expected);
}

#[test]
fn two_modules_in_cxx_with_the_same_inline_functions_templates_and_vtables() {
    let program = r#"
import { state as left, throws as leftThrows, catches as leftCatches } from "native:left";
import { state as right, throws as rightThrows, catches as rightCatches } from "native:right";

console.log(left());
console.log(right());
console.log(left());
console.log(right());
console.log(leftCatches("here"), rightCatches("there"));
for (const throws of [leftThrows, rightThrows, leftThrows]) {
    try {
        console.log(throws("thrown"));
    } catch (e) {
        console.log(e.message);
    }
}
"#;
    let expected = "1 10 4 dog of animal 1 is not 4\n5 50 16 dog of animal 5 is not 12\n\
                    2 11 6 dog of animal 1 is not 6\n6 51 18 dog of animal 5 is not 14\n\
                    caught here 1 caught there 5\nthrown 1\nthrown 5\nthrown 1\n";
    check(program, &twins("twin_cpp", "ANSWER "), expected);
}

#[test]
fn two_modules_in_rust() {
    let program = r#"
import { state as left, panics as leftPanics, catches as leftCatches } from "native:left";
import { state as right, panics as rightPanics, catches as rightCatches } from "native:right";

console.log(left());
console.log(right());
console.log(left());
console.log(right());
console.log(leftCatches("a"), rightCatches("b"));
for (const panics of [leftPanics, rightPanics, leftPanics]) {
    try {
        console.log(panics("panicked"));
    } catch (e) {
        console.log(e.message);
    }
}
"#;
    let packages = twins("twin_rust", "ANSWER: i32 = ");
    for way in WAYS {
        let app = App::new(program);
        app.vendor(&packages);
        app.bundle(way);
        let finished = app.execute();
        assert_eq!(finished.code, Some(0), "{way:?}\n{}", finished.stderr);
        let lines: Vec<&str> = finished.stdout.lines().collect();
        assert_eq!(
            lines[..5],
            ["1 10 100", "5 50 500", "2 10 101", "6 50 501", "caught 1 caught 5"],
            "{way:?}"
        );
        for (line, answer) in lines[5..].iter().zip([1, 5, 1]) {
            assert!(line.contains(&format!("panicked {answer}")), "{way:?}: {line}");
        }
        assert_eq!(lines.len(), 8, "{way:?}: {}", finished.stdout);
    }
}

#[test]
fn a_panic_in_rust_and_an_exception_in_cxx_beside_each_other_become_errors() {
    let program = r#"
import { panics, fails } from "native:rusty";
import { escapes, uncaught } from "native:throwing";

function attempt(name: string, call: () => string): void {
    try {
        console.log(name, call());
    } catch (e) {
        console.log(name, e instanceof Error, e.message.includes(name));
    }
}

for (let turn = 0; turn < 200; turn++) {
    try {
        panics("again");
    } catch (e) {}
    try {
        escapes("again");
    } catch (e) {}
}
attempt("rust", () => panics("rust"));
attempt("cxx", () => escapes("cxx"));
attempt("result", () => fails("result"));
console.log(uncaught());
"#;
    let packages = packages([Fixture::new("rusty"), Fixture::new("throwing")]);
    for way in WAYS {
        let app = App::new(program);
        app.vendor(&packages);
        app.bundle(way);
        let finished = app.execute();
        assert_eq!(
            finished.stdout, "rust true true\ncxx true true\nresult true true\n0\n",
            "{way:?}\n{}",
            finished.stderr
        );
        assert_eq!(finished.code, Some(0), "{way:?}");
    }
}

/// SQLite's versions in two releases of the crate that compiles it in.
const SQLITE: [(&str, &str, &str); 2] = [("older", "=0.31.0", "3.45.0"), ("newer", "=0.37.0", "3.50.2")];

#[test]
fn two_versions_of_sqlite() {
    let program = r#"
import { version as olderVersion, query as olderQuery } from "native:older";
import { version as newerVersion, query as newerQuery } from "native:newer";

console.log(olderVersion(), newerVersion());
const statements = "create table t(a integer); insert into t values (1), (2), (39);";
const query = "select printf('%d rows, sum %d', count(*), sum(a)) from t";
console.log(olderQuery(statements, query));
console.log(newerQuery(statements, query));
for (const query of [olderQuery, newerQuery]) {
    try {
        console.log(query("create table t(", "select 1"));
    } catch (e) {
        console.log(e.message.includes("incomplete input"));
    }
}
"#;
    let packages = packages(SQLITE.map(|(name, release, _)| {
        Fixture::new("sqlite")
            .replacing("name = \"database\"", &format!("name = \"{name}\""))
            .replacing("raya-database", &format!("raya-{name}"))
            .replacing("=0.31.0", release)
    }));
    let versions = SQLITE.map(|(_, _, version)| version).join(" ");
    for way in [&["--target", MUSL][..], &["--target", MUSL, "--gc-stress"]] {
        let app = App::new(program);
        app.vendor(&packages);
        app.bundle(way);
        let finished = app.execute();
        let rows = "3 rows, sum 42";
        assert_eq!(
            finished.stdout,
            format!("{versions}\n{rows}\n{rows}\ntrue\ntrue\n"),
            "{way:?}\n{}",
            finished.stderr
        );
    }
}

#[test]
fn the_same_bundle_made_twice_is_the_same() {
    let app = App::new(
        "import { state } from \"native:left\";\nimport { state as other } from \"native:right\";\nconsole.log(state(), other());\n",
    );
    app.vendor(&twins("twin_cpp", "ANSWER "));
    let first = std::fs::read(app.bundle(&[])).expect("a bundle");
    let second = std::fs::read(app.bundle(&[])).expect("a bundle");
    assert!(first == second, "two bundles differ");
    let Finished { code, .. } = finish(&mut app.raya(["inspect", "app"]));
    assert_eq!(code, Some(0));
}
