//! `docs/language-coverage.md` tells the truth: every rule has an id of its own and names tests that exist, and every method of
//! strings and arrays and every standard module has a row.

use std::collections::BTreeSet;
use std::path::PathBuf;

use raya_tests::command::workspace_root;

/// A row of the table.
struct Row {
    id: String,
    tests: Vec<String>,
}

fn rows(page: &str) -> Vec<Row> {
    page.lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|--") && !line.starts_with("| id "))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            assert_eq!(cells.len(), 3, "a row has an id, a rule and tests: {line}");
            let tests = cells[2].split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
            Row { id: cells[0].to_owned(), tests }
        })
        .collect()
}

/// Why a test that a row names does not cover it: a file `PATH`, or a test `PATH: NAME` in one. A row about a method of strings
/// or arrays names programs that call it.
fn missing(id: &str, test: &str) -> Option<String> {
    let (path, name) = test.split_once(": ").map_or((test, None), |(path, name)| (path, Some(name)));
    let Ok(text) = std::fs::read_to_string(workspace_root().join("tests").join(path)) else {
        return Some(format!("{id}: there is no tests/{path}"));
    };
    if let Some(name) = name.filter(|name| !text.contains(&format!("fn {name}()"))) {
        return Some(format!("{id}: there is no test `{name}` in tests/{path}"));
    }
    let (_, method) = id.split_once('-').filter(|(kind, _)| ["string", "array"].contains(kind))?;
    let call = if method == "new" { "new Array".to_owned() } else { format!(".{method}(") };
    (!text.contains(&call)).then(|| format!("{id}: tests/{path} has no `{call}`"))
}

fn page() -> String {
    std::fs::read_to_string(workspace_root().join("docs/language-coverage.md")).expect("the page exists")
}

fn prelude() -> PathBuf {
    workspace_root().join("runtime/check/prelude")
}

/// The methods of a class of the prelude that programs may call: what stands in the class itself and is not `private`.
fn methods(file: &str, class: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(prelude().join(file)).expect("the prelude has the file");
    let beginning = format!("class {class}");
    let members =
        text.lines().skip_while(|line| !line.starts_with(&beginning)).take_while(|line| *line != "}");
    members
        .filter_map(|line| {
            let member = line.strip_prefix("    ")?;
            let member = member.strip_prefix("static ").unwrap_or(member);
            let (name, rest) = member.split_at(member.find(|letter: char| !letter.is_ascii_alphanumeric())?);
            (!name.is_empty() && rest.starts_with(['(', '<'])).then(|| name.to_owned())
        })
        .collect()
}

/// The names of the standard modules, after `std:`.
fn standard_modules() -> BTreeSet<String> {
    let files = std::fs::read_dir(prelude().join("std")).expect("the prelude has the folder");
    let paths = files.map(|file| file.expect("the folder can be read").path());
    paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

#[test]
fn every_method_of_strings_and_arrays_and_every_standard_module_has_a_row() {
    let rows = rows(&page());
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut failures = vec![];
    for (kind, least, names) in [
        ("string", 30, methods("string.raya", "String")),
        ("array", 35, methods("array.raya", "Array")),
        ("std", 10, standard_modules()),
    ] {
        assert!(names.len() > least, "the prelude was not read: {kind} has {names:?}");
        let missing =
            names.iter().map(|name| format!("{kind}-{name}")).filter(|id| !ids.contains(id.as_str()));
        failures.extend(missing.map(|id| format!("{id}: there is no row")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_rule_names_tests_that_exist() {
    let rows = rows(&page());
    assert!(rows.len() > 150, "the table was not read: {} rows", rows.len());
    let mut seen = BTreeSet::new();
    let mut failures = vec![];
    for row in &rows {
        if !seen.insert(&row.id) {
            failures.push(format!("{}: the id stands twice", row.id));
        }
        failures.extend(row.tests.iter().filter_map(|test| missing(&row.id, test)));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
