//! `raya test`: what it finds, what it reports, how it ends.

use raya_tests::app::App;
use raya_tests::report::error_codes;

use super::raya;

const PASSES: &str =
    "import { expect, test } from \"std:test\";\ntest(\"adds\", () => { expect(1 + 1).toBe(2); });\n";
const FAILS: &str = "import { describe, expect, test } from \"std:test\";\n\
    console.log(\"the body prints\");\n\
    describe(\"sums\", () => {\n    test(\"are right\", () => { expect(1 + 1).toBe(2); });\n    \
    test(\"are wrong\", () => { expect(1 + 1).toBe(3); });\n});\n";

#[test]
fn tests_are_found_run_and_counted() {
    let app = App::new("console.log(\"no test\");");
    app.write("a.test.raya", PASSES);
    app.write("tests/b.raya", FAILS);
    app.write("tests/helper.raya", "export const a = 1;");
    let finished = raya(&app, &["test"]);
    assert_eq!(finished.code, Some(1), "{}{}", finished.stdout, finished.stderr);
    assert!(finished.stdout.ends_with("\n2 passed, 1 failed\n"), "{}", finished.stdout);
    for part in [
        "a.test.raya\n  ok      adds\n",
        "tests/b.raya\n  ok      sums > are right\n  FAILED  sums > are wrong\n",
        "  it printed:\n  | the body prints\n",
    ] {
        assert!(finished.stdout.contains(part), "{part:?} is missing in\n{}", finished.stdout);
    }
    let alone = raya(&app, &["test", "a.test.raya"]);
    assert_eq!(
        (alone.code, &*alone.stdout),
        (Some(0), "a.test.raya\n  ok      adds\n\n1 passed, 0 failed\n")
    );
    let filtered = raya(&app, &["test", "--filter", "right"]);
    assert_eq!(filtered.code, Some(0), "{}", filtered.stdout);
    assert!(filtered.stdout.ends_with("\n1 passed, 0 failed\n"), "{}", filtered.stdout);
}

#[test]
fn a_file_that_does_not_run_to_its_end_fails() {
    let exits = "import { test } from \"std:test\";\nimport { exit } from \"std:process\";\n\
        test(\"leaves\", () => { exit(0); });\ntest(\"is never run\", () => {});\n";
    for (program, told) in [
        ("let a: int = \"x\";", "does not compile"),
        ("throw new Error(\"no\");", "ended with exit code 1 before a test was run"),
        ("console.log(1);", "has no tests"),
        (exits, "ended with exit code 0 before all tests had run"),
    ] {
        let app = App::new("");
        app.write("a.test.raya", program);
        let finished = raya(&app, &["test"]);
        assert_eq!(finished.code, Some(1), "{}", finished.stdout);
        assert!(finished.stdout.contains(&format!("  FAILED  this file: {told}")), "{}", finished.stdout);
        assert!(finished.stdout.ends_with("\n0 passed, 1 failed\n"), "{}", finished.stdout);
    }
}

#[test]
fn a_file_that_hangs_is_stopped() {
    let app = App::new("");
    app.write(
        "a.test.raya",
        "import { test } from \"std:test\";\ntest(\"hangs\", () => { while (true) {} });\n",
    );
    let finished = raya(&app, &["test", "--timeout", "2"]);
    assert_eq!(finished.code, Some(1));
    assert!(finished.stdout.contains("stopped after 2 seconds"), "{}", finished.stdout);
}

#[test]
fn tests_see_the_project_they_lie_in() {
    let app = App::new("export const name = \"main\";");
    app.manifest("");
    app.write(
        "tests/deep/a.test.raya",
        "import { expect, test } from \"std:test\";\nimport { name } from \"../../main\";\n\
         test(\"imports\", () => { expect(name).toBe(\"main\"); });\n",
    );
    let finished = raya(&app, &["test", "tests"]);
    assert_eq!(finished.code, Some(0), "{}{}", finished.stdout, finished.stderr);
    app.manifest("[nonsense]\n");
    let finished = raya(&app, &["test", "tests"]);
    assert_eq!(finished.code, Some(1));
    assert!(finished.stdout.contains("R2057"), "the project's manifest is read: {}", finished.stdout);
}

#[test]
fn no_tests_and_no_such_path_are_errors() {
    let app = App::new("");
    let none = raya(&app, &["test"]);
    assert_eq!((none.code, error_codes(&none.stderr)), (Some(1), vec!["R2026".to_owned()]));
    let nowhere = raya(&app, &["test", "nowhere"]);
    assert_eq!((nowhere.code, error_codes(&nowhere.stderr)), (Some(1), vec!["R2001".to_owned()]));
}
