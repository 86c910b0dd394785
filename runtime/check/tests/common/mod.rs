//! Programs for tests: several files in memory, checked together.
#![allow(dead_code, reason = "each test file uses a part")]

use std::collections::BTreeMap;

use raya_check::loader::ReadError;
use raya_check::{CheckOutput, Loaded, NativeDeclaration, Origin, check, load_program, parse_declaration};

/// A program of these files; the first is the entry.
pub(crate) fn load(files: &[(&str, &str)]) -> Loaded {
    let texts: BTreeMap<&str, &str> = files.iter().copied().collect();
    load_program(files[0].0, &mut |path| {
        texts.get(path).map(|text| text.to_string()).ok_or(ReadError::NotFound)
    })
}

/// Checks one file.
pub(crate) fn check_one(text: &str) -> (Loaded, CheckOutput) {
    let loaded = load(&[("main.raya", text)]);
    let output = check(&loaded, &[]);
    (loaded, output)
}

/// Checks one file against stubs and descriptors of native modules.
pub(crate) fn check_native(text: &str, declarations: &[(&str, Origin, &str)]) -> CheckOutput {
    let mut loaded = load(&[("main.raya", text)]);
    let parsed: Vec<NativeDeclaration> = declarations
        .iter()
        .enumerate()
        .map(|(at, (module, origin, text))| {
            parse_declaration(&mut loaded, &format!("{module}{at}.raya"), module, *origin, text.to_string())
        })
        .collect();
    check(&loaded, &parsed)
}

/// The diagnostics as `code line: message`.
pub(crate) fn shown(loaded: &Loaded, output: &CheckOutput) -> Vec<String> {
    output
        .diagnostics
        .iter()
        .map(|one| {
            let line = one
                .primary
                .as_ref()
                .map_or(0, |label| loaded.sources.file(label.span.file).position(label.span.start).line);
            format!("{} {line}: {}", one.code, one.message)
        })
        .collect()
}
