//! Every program of `tests/language` on every engine and in both link modes: what it prints is what it says.

use std::path::{Path, PathBuf};

use raya_tests::command::{Engine, workspace_root};
use raya_tests::expectation::Expectation;

fn programs(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "raya"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{} holds no programs", folder.display());
    found
}

fn run_all(engine: Engine) {
    let programs = programs(&workspace_root().join("tests/language"));
    let mut failures = vec![];
    for program in &programs {
        let source = std::fs::read_to_string(program).expect("the program can be read");
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let finished = engine.execute(program, scratch.path(), None);
        if let Some(difference) = Expectation::of(&source).difference(&finished) {
            failures.push(format!("{}: {difference}", program.file_name().unwrap_or_default().display()));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} on {engine:?}:\n{}",
        failures.len(),
        programs.len(),
        failures.join("\n")
    );
}

#[test]
fn programs_do_what_they_say_under_run() {
    run_all(Engine::Run);
}

#[test]
fn programs_do_what_they_say_when_every_allocation_collects() {
    run_all(Engine::RunGcStress);
}

#[test]
fn programs_do_what_they_say_as_bundles() {
    run_all(Engine::Bundle);
}

#[test]
fn programs_do_what_they_say_as_bundles_when_every_allocation_collects() {
    run_all(Engine::BundleGcStress);
}
