//! Rules about the text of source files.

use std::path::{Path, PathBuf};

/// Where `unsafe` may stand: paths from the root of the workspace. A folder means all files in it.
pub const UNSAFE_ALLOWED: &[&str] = &[
    "runtime/abi/src/api.rs",
    "runtime/abi/src/image.rs",
    "runtime/api/src",
    "runtime/launch/src",
    "runtime/macros/src",
    "runtime/native/src",
    // The attribute that exports a built-in under its symbol; no block.
    "runtime/vm/src/builtins/mod.rs",
    "runtime/vm/src/heap",
    "runtime/vm/src/object",
    "runtime/vm/src/run",
    "runtime/vm/src/value.rs",
    "runtime/fallback/src/load.rs",
];

/// The machine, and the one folder of it that asks the system for anything, apart from the time that timers wait for.
const MACHINE: &str = "runtime/vm/src";
const WORLD: &str = "runtime/vm/src/world";
const TIMERS: &str = "runtime/vm/src/run/tasks";
/// The parts of `std` that do so.
const WORLDLY: &[&str] = &["std::env", "std::fs", "std::net", "std::process", "std::time"];

/// Folders whose Rust files are not part of the product: fixtures are other people's code, as they would write it.
pub const OUTSIDE: &[&str] = &["target", ".git", "examples", "tests/fixtures", "fuzz/target"];

/// All Rust files below `root` that are part of the product, as paths from `root`, sorted.
pub fn rust_files(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = vec![];
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let relative = path.strip_prefix(root).unwrap_or(&path);
            if OUTSIDE.iter().any(|outside| relative == Path::new(outside)) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(relative.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What is wrong with one file, as sentences.
pub fn faults(path: &Path, text: &str) -> Vec<String> {
    let mut faults = vec![];
    let shown = path.display();
    if !text.starts_with("//!") && !text.starts_with("#!") {
        faults.push(format!("{shown}: a file opens with `//!` and its duty"));
    }
    let may = UNSAFE_ALLOWED.iter().any(|allowed| path.starts_with(allowed));
    let in_tests =
        path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "benches")));
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let code = without_strings(line.split("//").next().unwrap_or(""));
        let code = code.as_str();
        if has_word(code, "unsafe") && !code.contains("unsafe_code") && !code.contains("unsafe_op_in") {
            if !may && !in_tests {
                faults.push(format!("{shown}:{}: `unsafe` may not stand here", index + 1));
            } else if opens_block(code) && !explained(&lines, index) {
                faults.push(format!("{shown}:{}: `unsafe` without a SAFETY comment", index + 1));
            }
        }
        if path.starts_with(MACHINE) && !path.starts_with(WORLD) {
            let is_timer = |part: &str| part == "std::time" && path.starts_with(TIMERS);
            for part in WORLDLY.iter().filter(|part| code.contains(**part) && !is_timer(part)) {
                faults.push(format!("{shown}:{}: `{part}` stands in {WORLD} alone", index + 1));
            }
        }
        for mark in ["todo!(", "unimplemented!(", "dbg!("] {
            if code.contains(mark) {
                faults.push(format!("{shown}:{}: `{mark}…)` is unfinished work", index + 1));
            }
        }
        if code.trim_start().starts_with("#[ignore") && !line.contains('=') {
            faults.push(format!("{shown}:{}: an ignored test says why: `#[ignore = \"…\"]`", index + 1));
        }
    }
    faults
}

/// The line without what stands between double quotes; good enough for lines that `rustfmt` wrote.
fn without_strings(line: &str) -> String {
    line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

fn has_word(code: &str, word: &str) -> bool {
    let boundary = |character: Option<char>| !character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(word).any(|(at, _)| {
        boundary(code[..at].chars().next_back()) && boundary(code[at + word.len()..].chars().next())
    })
}

/// An unsafe block or impl; declarations of unsafe functions state their contract under `# Safety` instead.
fn opens_block(code: &str) -> bool {
    code.contains("unsafe {") || code.contains("unsafe impl")
}

/// A `SAFETY:` comment on the same line or in the lines just above.
fn explained(lines: &[&str], index: usize) -> bool {
    lines[index.saturating_sub(12)..=index].iter().any(|line| line.contains("SAFETY:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_found() {
        let bad = "fn f() { unsafe { g() } todo!() }\n#[ignore]\n";
        let found = faults(Path::new("signing/src/x.rs"), bad);
        assert_eq!(found.len(), 4, "{found:?}");
        let worldly = "//! Duty.\nfn now() { std::time::SystemTime::now(); }\n";
        assert_eq!(faults(Path::new("runtime/vm/src/convert.rs"), worldly).len(), 1);
        assert_eq!(faults(Path::new("runtime/vm/src/world/clock.rs"), worldly), Vec::<String>::new());
        let allowed = "//! Duty.\n// SAFETY: g has no preconditions.\nfn f() { unsafe { g() } }\n";
        assert_eq!(faults(Path::new("runtime/launch/src/x.rs"), allowed), Vec::<String>::new());
    }
}
