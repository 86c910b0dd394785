//! Transcripts: commands that are run in a scratch folder, and what they print.
//!
//! A line `$ COMMAND` is run by `sh`; `> …` continues it. The lines up to the next command are what it prints on both
//! streams. `…` stands for any text within a line; a line that is `…` alone stands for any lines. A command must succeed,
//! unless it prints its exit code itself (`; echo "exit code $?"`).

use std::path::Path;

use raya_tests::command::{clean, finish, raya_path};

/// What stands for what differs from run to run.
const ANY: char = '…';

/// A folder in which a page's commands run, one after the other.
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
}

/// A command and what it is to print.
struct Step {
    command: String,
    output: Vec<String>,
}

impl Scratch {
    /// An empty folder.
    pub(crate) fn new() -> Scratch {
        Scratch { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, and the folders it lies in.
    pub(crate) fn write(&self, name: &str, text: &str) {
        assert!(!name.starts_with('/') && !name.contains(".."), "{name} lies outside of the scratch folder");
        let path = self.path().join(name);
        let folder = path.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(folder).expect("the folder can be made");
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Runs a transcript; says how what happened differs from what it shows.
    pub(crate) fn differences(&self, transcript: &str, place: &str) -> Option<String> {
        for step in steps(transcript, place) {
            let mut command = clean("sh", self.path());
            let mut path = raya_path().parent().expect("raya lies in a folder").as_os_str().to_owned();
            if let Some(inherited) = std::env::var_os("PATH") {
                path.push(":");
                path.push(inherited);
            }
            command.env("PATH", path).current_dir(self.path());
            keep_toolchain(&mut command);
            let finished = finish(command.args(["-c", &format!("exec 2>&1\n{}", step.command)]));
            let found: Vec<&str> = finished.stdout.trim_end().lines().map(str::trim_end).collect();
            if finished.code != Some(0) || !matches(&step.output, &found) {
                return Some(format!(
                    "{place}: $ {}\nexit code {:?}\n--- shown\n{}\n--- found\n{}",
                    step.command,
                    finished.code,
                    step.output.join("\n"),
                    found.join("\n")
                ));
            }
        }
        None
    }
}

/// Building modules needs what the machine's cargo needs to find its toolchain.
fn keep_toolchain(command: &mut std::process::Command) {
    let home = std::env::var_os("HOME").map(std::path::PathBuf::from).unwrap_or_default();
    for (variable, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let folder = home.join(folder);
        let usual = folder.is_dir().then(|| folder.into_os_string());
        if let Some(value) = std::env::var_os(variable).or(usual) {
            command.env(variable, value);
        }
    }
}

fn steps(transcript: &str, place: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = vec![];
    let mut continues = false;
    for line in transcript.lines() {
        let step = steps.last_mut();
        match (line.strip_prefix("$ "), step) {
            (Some(command), _) => {
                continues = command.ends_with('\\');
                steps.push(Step { command: command.to_owned(), output: vec![] });
            }
            (None, Some(step)) if continues => {
                let rest =
                    line.strip_prefix("> ").unwrap_or_else(|| panic!("{place}: expected `> ` after `\\`"));
                continues = rest.ends_with('\\');
                step.command.push('\n');
                step.command.push_str(rest);
            }
            (None, Some(step)) => step.output.push(line.trim_end().to_owned()),
            (None, None) => panic!("{place}: expected a command (`$ …`) first, found {line:?}"),
        }
    }
    steps.iter_mut().for_each(|step| {
        while step.output.last().is_some_and(String::is_empty) {
            step.output.pop();
        }
    });
    steps
}

fn matches(shown: &[String], found: &[&str]) -> bool {
    match (shown.split_first(), found.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((first, rest)), _) if is_any(first) => {
            (0..=found.len()).any(|skipped| matches(rest, &found[skipped..]))
        }
        (Some(_), None) => false,
        (Some((shown, more_shown)), Some((found, more_found))) => {
            line_matches(shown, found) && matches(more_shown, more_found)
        }
    }
}

fn is_any(line: &str) -> bool {
    line.trim() == ANY.to_string()
}

fn line_matches(shown: &str, found: &str) -> bool {
    let Some((start, rest)) = shown.split_once(ANY) else { return shown == found };
    let Some(found) = found.strip_prefix(start) else { return false };
    let ends = found.char_indices().map(|(at, _)| at).chain([found.len()]);
    ends.into_iter().any(|at| line_matches(rest, &found[at..]))
}

#[test]
fn wildcards_stand_for_text_and_for_lines() {
    assert!(line_matches("id …: 3", "id 7f: 3"));
    assert!(!line_matches("id …: 3", "id 7f: 4"));
    let shown = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert!(matches(&shown(&["a", "…", "c"]), &["a", "b", "b", "c"]));
    assert!(matches(&shown(&["a", "…"]), &["a"]));
    assert!(!matches(&shown(&["a", "…", "c"]), &["a", "b"]));
    assert!(!matches(&shown(&["a"]), &["a", "b"]));
}

#[test]
fn a_transcript_that_lies_is_found() {
    let scratch = Scratch::new();
    assert_eq!(
        scratch.differences(
            "$ echo one; echo two >&2\none\ntwo\n$ false; echo \"exit code $?\"\nexit code 1\n",
            "here"
        ),
        None
    );
    assert!(scratch.differences("$ echo one\ntwo\n", "here").is_some());
    assert!(scratch.differences("$ false\n", "here").is_some());
    assert_eq!(scratch.differences("$ echo a \\\n>   b\na b\n", "here"), None);
}
