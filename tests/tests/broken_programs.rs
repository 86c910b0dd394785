//! Programs that are broken at random: whatever is done to the tokens of a program, the compiler ends without a panic, says the
//! same each time, and what it accepts is bytecode that the verifier accepts.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::time::Duration;

use proptest::prelude::*;
use raya_check::loader::{Loaded, ReadError, load_program};
use raya_source::{Diagnostic, Span};
use raya_tests::command::workspace_root;

/// Cases of each property. More were run when this was written; these keep the test short.
const CASES: u32 = 160;
/// Errors of one file that are reported at most.
const ERRORS_PER_FILE_MAX: usize = 50;
/// Far beyond what any of these programs takes: what is not done by then hangs.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// The programs that are broken: those of the language tests, and those that are wrong already.
fn programs() -> &'static [String] {
    static PROGRAMS: OnceLock<Vec<String>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let mut programs = BTreeMap::new();
        for folder in ["tests/language", "tests/ui"] {
            for entry in std::fs::read_dir(workspace_root().join(folder)).expect("the folder exists") {
                let path = entry.expect("the folder can be read").path();
                if path.extension().is_some_and(|extension| extension == "raya") {
                    let text = std::fs::read_to_string(&path).expect("the program can be read");
                    programs.insert(path, text);
                }
            }
        }
        assert!(programs.len() > 20);
        programs.into_values().collect()
    })
}

/// A text in pieces that are about its tokens: words, numbers, texts, marks, and what stands between.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = vec![];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' | '`' => rest[1..].find([first, '\n']).map_or(rest.len(), |at| at + 2),
            _ if first.is_alphanumeric() || first == '_' => {
                rest.find(|one: char| !one.is_alphanumeric() && one != '_').unwrap_or(rest.len())
            }
            _ if first.is_whitespace() => rest.find(|one: char| !one.is_whitespace()).unwrap_or(rest.len()),
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        pieces.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    pieces
}

/// One thing that is done to the pieces of a program. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Change {
    Delete(usize, usize),
    Duplicate(usize, usize),
    Swap(usize, usize),
    Replace(usize, usize),
    Insert(usize, &'static str),
    CutOff(usize),
    DeleteLine(usize),
    MoveLine(usize, usize),
}

/// Pieces that change much.
const MARKS: [&str; 30] = [
    "(", ")", "{", "}", "[", "]", "<", ">", ";", ",", ".", "?.", "...", "=>", "=", ":", "?", "|", "&", "!",
    "`", "${", "\"", " as ", " await ", " async ", " new ", " class ", " null ", " this ",
];

fn change() -> impl Strategy<Value = Change> {
    let at = any::<usize>;
    prop_oneof![
        4 => (at(), 1usize..4).prop_map(|(at, count)| Change::Delete(at, count)),
        3 => (at(), 1usize..12).prop_map(|(at, count)| Change::Duplicate(at, count)),
        3 => (at(), at()).prop_map(|(left, right)| Change::Swap(left, right)),
        4 => (at(), at()).prop_map(|(at, from)| Change::Replace(at, from)),
        3 => (at(), prop::sample::select(&MARKS[..])).prop_map(|(at, mark)| Change::Insert(at, mark)),
        1 => at().prop_map(Change::CutOff),
        2 => at().prop_map(Change::DeleteLine),
        2 => (at(), at()).prop_map(|(from, to)| Change::MoveLine(from, to)),
    ]
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut text = text.to_owned();
    for change in changes {
        text = match change {
            Change::DeleteLine(_) | Change::MoveLine(..) => changed_lines(&text, change),
            _ => changed_pieces(&text, change),
        };
    }
    text
}

fn changed_pieces(text: &str, change: &Change) -> String {
    let mut pieces = pieces(text);
    if pieces.is_empty() {
        return String::new();
    }
    let count = pieces.len();
    match *change {
        Change::Delete(at, length) => drop(pieces.drain(at % count..(at % count + length).min(count))),
        Change::Duplicate(at, length) => {
            let copied = pieces[at % count..(at % count + length).min(count)].to_vec();
            pieces.splice(at % count..at % count, copied);
        }
        Change::Swap(left, right) => pieces.swap(left % count, right % count),
        Change::Replace(at, from) => pieces[at % count] = pieces[from % count].clone(),
        Change::Insert(at, mark) => pieces.insert(at % count, mark.to_owned()),
        Change::CutOff(at) => pieces.truncate(at % count),
        Change::DeleteLine(_) | Change::MoveLine(..) => {}
    }
    pieces.concat()
}

fn changed_lines(text: &str, change: &Change) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return String::new();
    }
    let count = lines.len();
    match *change {
        Change::DeleteLine(at) => drop(lines.remove(at % count)),
        Change::MoveLine(from, to) => {
            let line = lines.remove(from % count);
            lines.insert(to % count, line);
        }
        _ => {}
    }
    lines.join("\n")
}

/// What a compile says: every report as text, and the bytes of the program where there are any.
type Outcome = (Vec<String>, Option<Vec<u8>>);

fn compile(text: &str) -> Outcome {
    let loaded = load_program("main.raya", &mut |path| match path {
        "main.raya" => Ok(text.to_owned()),
        "support/exports.raya" => Ok("export const present = 1;\n".to_owned()),
        _ => Err(ReadError::NotFound),
    });
    let output = raya_check::check(&loaded, &[]);
    check_reports(&output.diagnostics, &loaded);
    let said: Vec<String> = output.diagnostics.iter().map(|one| format!("{one:?}")).collect();
    if output.has_errors() {
        return (said, None);
    }
    let Ok(ir) = raya_ir::build(&output.program) else { return (said, None) };
    let Ok(bytecode) = raya_compile::compile(&ir, &loaded.sources) else { return (said, None) };
    let bytes = raya_bytecode::encode(&bytecode);
    if let Err(error) = raya_bytecode::verify(bytecode) {
        panic!("the verifier refuses what was compiled: {error}\n{text}");
    }
    (said, Some(bytes))
}

/// Reports are in source order, few enough, and point into the source.
fn check_reports(diagnostics: &[Diagnostic], loaded: &Loaded) {
    let places: Vec<Span> =
        diagnostics.iter().filter_map(|one| one.primary.as_ref().map(|label| label.span)).collect();
    assert!(places.is_sorted(), "reports are in source order: {diagnostics:?}");
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty() && !diagnostic.message.ends_with('.'), "{diagnostic:?}");
        let labels = diagnostic.primary.iter().chain(&diagnostic.related).map(|label| label.span);
        let edits = diagnostic.help.iter().filter_map(|help| help.edit.as_ref().map(|edit| edit.span));
        for span in labels.chain(edits) {
            let text = loaded.sources.file(span.file).text();
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
        }
        *counts.entry(diagnostic.primary.as_ref().map(|label| label.span.file)).or_default() += 1;
    }
    assert!(counts.values().all(|count| *count <= ERRORS_PER_FILE_MAX));
}

/// Compiles on a thread with the stack that threads usually have, and gives up on what hangs.
fn survives(text: &str) -> Outcome {
    let (sender, receiver) = channel();
    let owned = text.to_owned();
    let worker = std::thread::spawn(move || {
        let outcome = compile(&owned);
        // Nobody listens any more when this took too long.
        let _ = sender.send(outcome);
    });
    match receiver.recv_timeout(HANGS_AFTER) {
        Ok(outcome) => outcome,
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("the compiler hangs on\n{text}"),
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => match worker.join() {
            Ok(()) => panic!("the compiler gave nothing for\n{text}"),
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_change_is_survived(program in any::<prop::sample::Index>(), change in change()) {
        survives(&changed(program.get::<String>(programs()), &[change]));
    }

    #[test]
    fn many_changes_are_survived(
        program in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 2..12),
    ) {
        survives(&changed(program.get::<String>(programs()), &changes));
    }

    #[test]
    fn two_programs_mixed_are_survived(
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 0..4),
    ) {
        let (first, second) = (first.get(programs()), second.get(programs()));
        let mut mixed = pieces(first);
        let at = at.index(mixed.len() + 1);
        mixed.splice(at..at, pieces(second));
        survives(&changed(&mixed.concat(), &changes));
    }

    #[test]
    fn the_same_is_said_each_time(
        program in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 0..6),
    ) {
        let text = changed(program.get::<String>(programs()), &changes);
        prop_assert_eq!(survives(&text), survives(&text));
    }
}

#[test]
fn the_programs_themselves_compile_or_say_why_not() {
    let outcomes: Vec<Outcome> = programs().iter().map(|text| survives(text)).collect();
    let compiled = outcomes.iter().filter(|(_, bytes)| bytes.is_some()).count();
    assert!(compiled >= 10, "only {compiled} compile");
    for ((said, bytes), text) in outcomes.iter().zip(programs()) {
        assert!(bytes.is_some() || !said.is_empty(), "nothing is said of\n{text}");
    }
}

#[test]
fn pieces_put_together_are_the_text() {
    for text in programs() {
        assert_eq!(pieces(text).concat(), *text);
    }
}
