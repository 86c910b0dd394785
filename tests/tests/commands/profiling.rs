//! `raya run --profile`: which functions a profile names, in both forms.

use raya_tests::app::App;

use super::{ran, raya};

/// Runs long enough to be seen, in a loop and in a recursion without one.
const PROGRAM: &str = "function loops(): int {\n    let sum = 0;\n    for (let turn = 0; turn < 20000000; turn++) sum += turn % 7;\n    \
    return sum;\n}\nfunction recurs(n: int): int {\n    return n < 2 ? n : recurs(n - 1) + recurs(n - 2);\n}\n\
    loops();\nrecurs(27);\nconsole.log(\"done\");\n";

#[test]
fn a_folded_profile_names_the_functions_that_took_time() {
    let app = App::new(PROGRAM);
    let finished = raya(&app, &["run", "--profile", "out.folded", "main.raya"]);
    assert_eq!(ran(&finished), (Some(0), "done\n"), "{}", finished.stderr);
    let folded = std::fs::read_to_string(app.path("out.folded")).unwrap();
    for line in folded.lines() {
        let (stack, time) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        assert!(time.parse::<u64>().is_ok_and(|time| time > 0), "{line}");
        assert!(stack.starts_with("<program> (main.raya:"), "{line}");
    }
    for name in ["loops (main.raya:", "recurs (main.raya:"] {
        assert!(folded.contains(name), "{name} is missing in\n{folded}");
    }
}

#[test]
fn a_flame_graph_is_drawn_also_of_a_program_that_fails() {
    let app = App::new(&PROGRAM.replace("console.log(\"done\");", "throw new Error(\"no\");"));
    let finished = raya(&app, &["run", "--profile", "out.svg", "main.raya"]);
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    let drawing = std::fs::read_to_string(app.path("out.svg")).unwrap();
    assert!(drawing.contains("<svg") && drawing.contains("loops (main.raya:"), "{drawing}");
}
