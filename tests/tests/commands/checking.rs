//! `raya check` for other programs: JSON, SARIF, several programs, warnings as errors.

use raya_tests::app::App;
use raya_tests::command::Finished;
use raya_tests::report::{error_codes, warning_codes};
use serde_json::Value;

use super::raya;

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}\n{}", finished.stdout))
}

const WRONG: &str =
    "import { used, unused } from \"./lib\";\nconst grüße: string = used;\nconsole.log(grüsse);\n";

fn wrong_app() -> App {
    let app = App::new(WRONG);
    app.write("lib.raya", "export const used = 1;\nexport const unused = 2;\n");
    app
}

#[test]
fn json_has_the_schema_that_is_documented() {
    let finished = raya(&wrong_app(), &["check", "--json", "main.raya"]);
    assert_eq!((finished.code, &*finished.stderr), (Some(2), ""));
    let document = json(&finished);
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["schema", "tool", "errors", "warnings", "diagnostics"]);
    assert_eq!(
        (&document["schema"], &document["errors"], &document["warnings"]),
        (&Value::from(1), &Value::from(2), &Value::from(1))
    );
    let all = document["diagnostics"].as_array().unwrap();
    let codes: Vec<&str> = all.iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["R0215", "R0301", "R0210"]);
    for one in all {
        let keys: Vec<&String> = one.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["code", "severity", "message", "location", "related", "notes", "help", "fixes"]);
    }
    // Columns count characters, offsets bytes.
    let place = &all[2]["location"];
    assert_eq!((&place["file"], &place["start"]["line"]), (&Value::from("main.raya"), &Value::from(3)));
    assert_eq!((&place["start"]["column"], &place["end"]["column"]), (&Value::from(13), &Value::from(19)));
    let offset = WRONG.find("grüsse").unwrap();
    assert_eq!(place["start"]["offset"], Value::from(offset));
}

#[test]
fn fixes_make_the_program_right() {
    let app = App::new("const message = \"hi\";\nvar other = message;\nconsole.log(mesage, other);\n");
    let document = json(&raya(&app, &["check", "--json", "main.raya"]));
    let mut text = std::fs::read_to_string(app.path("main.raya")).unwrap();
    let mut edits: Vec<(usize, usize, String)> = document["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| one["fixes"].as_array().unwrap())
        .flat_map(|fix| fix["edits"].as_array().unwrap())
        .map(|edit| {
            let offset = |key: &str| edit[key]["offset"].as_u64().unwrap() as usize;
            (offset("start"), offset("end"), edit["replacement"].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(edits.len(), 2, "{document:#}");
    edits.sort();
    for (start, end, replacement) in edits.into_iter().rev() {
        text.replace_range(start..end, &replacement);
    }
    app.write("main.raya", text);
    assert_eq!(raya(&app, &["check", "main.raya"]).code, Some(0));
}

#[test]
fn sarif_has_what_its_standard_asks_for() {
    let finished = raya(&wrong_app(), &["check", "--format", "sarif", "main.raya"]);
    assert_eq!((finished.code, &*finished.stderr), (Some(2), ""));
    let document = json(&finished);
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "main.raya");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    let fix = &results[2]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(fix["insertedContent"]["text"], "grüße");
}

#[test]
fn several_programs_are_checked_and_what_they_share_is_told_once() {
    let app = App::new("import { a } from \"./lib\";\nconsole.log(a);\n");
    app.write("other.raya", "import { a } from \"./lib\";\nconsole.log(a, b);\n");
    app.write("lib.raya", "export const a: int = \"x\";\n");
    let both = raya(&app, &["check", "main.raya", "other.raya"]);
    assert_eq!(
        (both.code, error_codes(&both.stderr)),
        (Some(2), vec!["R0301".to_owned(), "R0210".to_owned()])
    );
    app.write("lib.raya", "export const a: int = 1;\n");
    let other = raya(&app, &["check", "main.raya", "other.raya"]);
    assert_eq!((other.code, error_codes(&other.stderr)), (Some(2), vec!["R0210".to_owned()]));
    let missing = raya(&app, &["check", "main.raya", "nowhere.raya"]);
    assert_eq!((missing.code, error_codes(&missing.stderr)), (Some(2), vec!["R0217".to_owned()]));
}

#[test]
fn warnings_are_errors_where_that_is_wanted() {
    let app = App::new("import { a } from \"./lib\";\n");
    app.write("lib.raya", "export const a = 1;\n");
    let allowed = raya(&app, &["check", "main.raya"]);
    assert_eq!((allowed.code, warning_codes(&allowed.stderr)), (Some(0), vec!["R0215".to_owned()]));
    let denied = raya(&app, &["check", "--deny-warnings", "main.raya"]);
    assert_eq!((denied.code, error_codes(&denied.stderr)), (Some(2), vec!["R0215".to_owned()]));
    app.write("main.raya", "console.log(1);\n");
    assert_eq!(raya(&app, &["check", "--deny-warnings", "main.raya"]).code, Some(0));
}

#[test]
fn paths_are_seen_from_the_working_folder() {
    let app = App::new("");
    app.write("src/main.raya", "import { a } from \"../lib/a\";\nconsole.log(a, b);\n");
    app.write("lib/a.raya", "export const a: int = \"x\";\n");
    let document = json(&raya(&app, &["check", "--json", "src/main.raya"]));
    let files: Vec<&Value> =
        document["diagnostics"].as_array().unwrap().iter().map(|one| &one["location"]["file"]).collect();
    assert_eq!(files, ["src/main.raya", "lib/a.raya"]);
}

#[test]
fn refused_constructs_and_missing_modules_do_not_hide_other_errors() {
    let app = App::new(
        "var a = 1;\nconst b: int = \"x\";\nimport { c } from \"./nowhere\";\nconsole.log(a, b, c, d);\n",
    );
    let finished = raya(&app, &["check", "main.raya"]);
    assert_eq!(error_codes(&finished.stderr), ["R0150", "R0301", "R0201", "R0210"]);
}
