//! Every program of `tests/ui` is wrong in its own way; `raya check` must say so in the words of the snapshot beside it.

use raya_tests::command::{finish, raya, workspace_root};
use raya_tests::snapshot;

#[test]
fn reports_read_as_their_snapshots() {
    let folder = workspace_root().join("tests/ui");
    let mut programs: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder exists")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "raya"))
        .collect();
    programs.sort();
    assert!(!programs.is_empty());
    let mut failures = vec![];
    for program in &programs {
        let home = tempfile::tempdir().expect("a temporary folder");
        let name = program.file_name().expect("a file has a name");
        let finished = finish(raya(home.path(), ["check".as_ref(), name]).current_dir(&folder));
        let source = std::fs::read_to_string(program).expect("the program can be read");
        // Reports name the home folder, which is another each time.
        let report = finished.stderr.replace(&*home.path().to_string_lossy(), "HOME");
        let report = format!("{source}\n----- exit {:?}\n{report}", finished.code);
        failures.extend(snapshot::compare(&program.with_extension("snapshot"), &report));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
