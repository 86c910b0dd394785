//! What several targets do: compile a text, and hold reports and spans to their rules.

use raya_bytecode::Program;
use raya_check::loader::{Loaded, ReadError, load_program};
use raya_source::Diagnostic;

/// The name that a fuzzed text has as a file.
pub const FILE: &str = "main.raya";

/// Checks `text` as a program of one file and compiles it, if nothing is wrong with it.
pub fn compile(text: &str) -> Option<Program> {
    let loaded = load_program(FILE, &mut |path| match path {
        FILE => Ok(text.to_owned()),
        _ => Err(ReadError::NotFound),
    });
    let output = raya_check::check(&loaded, &[]);
    check_reports(&loaded.diagnostics, &loaded);
    check_reports(&output.diagnostics, &loaded);
    if output.has_errors() || loaded.diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let built = raya_ir::build(&output.program);
    let compiled = built.and_then(|built| raya_compile::compile(&built, &loaded.sources));
    match compiled {
        Ok(program) => Some(program),
        Err(diagnostics) => {
            check_reports(&diagnostics, &loaded);
            None
        }
    }
}

/// Reports say something, and all they point at lies in the sources.
fn check_reports(diagnostics: &[Diagnostic], loaded: &Loaded) {
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty(), "{diagnostic:?}");
        let labels = diagnostic.primary.iter().chain(&diagnostic.related).map(|label| label.span);
        let edits = diagnostic.help.iter().filter_map(|help| help.edit.as_ref().map(|edit| edit.span));
        for span in labels.chain(edits) {
            let text = loaded.sources.file(span.file).text();
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
        }
    }
}
