//! Every program of `tests/corpus`: it is clean, it prints what its `expected.txt` says on every engine and as a locked
//! bundle, and its own tests pass. The language tests look at one rule each; these are what rules are used for together.

use std::fs;
use std::path::{Path, PathBuf};

use raya_tests::command::{Engine, Finished, finish, raya, workspace_root};
use raya_tests::locked::LockedApp;

/// A folder with a program.
struct Program {
    name: String,
    folder: PathBuf,
    expected: String,
}

impl Program {
    fn entry(&self) -> PathBuf {
        self.folder.join("main.raya")
    }

    /// How what happened differs from what was expected, if it does.
    fn difference(&self, finished: &Finished) -> Option<String> {
        if finished.code != Some(0) {
            return Some(format!("{}: exit code {:?}\n{}", self.name, finished.code, finished.stderr));
        }
        let (expected, found) = (self.expected.as_str(), finished.stdout.as_str());
        if expected == found {
            return None;
        }
        let at =
            expected.lines().zip(found.lines()).take_while(|(expected, found)| expected == found).count();
        let (expected, found) = (expected.lines().nth(at), found.lines().nth(at));
        Some(format!("{}: line {}: expected {expected:?}, found {found:?}", self.name, at + 1))
    }
}

fn programs() -> Vec<Program> {
    let mut found: Vec<Program> = files(&workspace_root().join("tests/corpus"))
        .into_iter()
        .filter(|path| path.is_dir())
        .map(|folder| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let expected = fs::read_to_string(folder.join("expected.txt"))
                .unwrap_or_else(|error| panic!("{name}/expected.txt: {error}"));
            Program { name, folder, expected }
        })
        .collect();
    found.sort_by(|left, right| left.name.cmp(&right.name));
    assert!(!found.is_empty(), "tests/corpus holds no programs");
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("the folder can be read").path()).collect()
}

/// Looks at each program; fails with all that is wrong.
#[track_caller]
fn for_each(look: impl Fn(&Program, &Path) -> Option<String>) {
    let failures: Vec<String> = programs()
        .iter()
        .filter_map(|program| {
            let scratch = tempfile::tempdir().expect("a temporary folder");
            look(program, scratch.path())
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn programs_and_their_tests_are_clean() {
    for_each(|program, home| {
        let mut command = raya(home, ["check", "--deny-warnings"]);
        command.args(
            files(&program.folder)
                .iter()
                .filter(|path| path.extension().is_some_and(|extension| extension == "raya")),
        );
        let finished = finish(&mut command);
        (finished.code != Some(0) || !finished.stderr.is_empty())
            .then(|| format!("{}:\n{}", program.name, finished.stderr))
    });
}

#[test]
fn programs_print_what_is_expected_under_run() {
    for_each(|program, home| program.difference(&Engine::Run.execute(&program.entry(), home, None)));
}

#[test]
fn programs_print_what_is_expected_when_every_allocation_collects() {
    for_each(|program, home| program.difference(&Engine::RunGcStress.execute(&program.entry(), home, None)));
}

#[test]
fn programs_print_what_is_expected_as_bundles_when_every_allocation_collects() {
    for_each(|program, home| {
        program.difference(&Engine::BundleGcStress.execute(&program.entry(), home, None))
    });
}

#[test]
fn programs_print_what_is_expected_as_locked_bundles() {
    for_each(|program, _| {
        let source = fs::read_to_string(program.entry()).expect("the program can be read");
        let locked = LockedApp::new(&source, []);
        for file in files(&program.folder) {
            locked.app.copy("", &file);
        }
        locked.bundle(&[]);
        // The sources are not there when it runs.
        let alone = tempfile::tempdir().expect("a temporary folder");
        let image = alone.path().join("app");
        fs::copy(locked.app.path("app"), &image).expect("the image can be copied");
        program
            .difference(&finish(raya_tests::command::clean(&image, alone.path()).current_dir(alone.path())))
    });
}

#[test]
fn their_own_tests_pass() {
    for_each(|program, home| {
        let mut command = raya(home, ["test"]);
        let finished = finish(command.arg(&program.folder));
        let last = finished.stdout.lines().last().unwrap_or_default();
        let has_passed =
            finished.code == Some(0) && last.ends_with(" passed, 0 failed") && !last.starts_with("0 ");
        (!has_passed).then(|| format!("{}:\n{}{}", program.name, finished.stdout, finished.stderr))
    });
}
