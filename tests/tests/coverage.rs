//! `docs/language-coverage.md` tells the truth: every rule has an id of its own and names tests that exist.

use std::collections::BTreeSet;

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
