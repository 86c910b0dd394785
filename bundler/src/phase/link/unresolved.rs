//! Explains a failed link: which modules ask for names that nobody defines.
//!
//! Whether a name is really needed only the linker knows, since unreachable code is left out; who asked for it only
//! isolation knows. So the linker decides, and what it complains of is looked up here.

use super::{Providers, UNDEFINED_SYMBOL};
use crate::phase::isolate::IsolatedModule;
use raya_source::Diagnostic;

/// One report for each module and name that nothing defines and the linker's `words` speak of.
pub(crate) fn explain(modules: &[IsolatedModule], providers: &Providers, words: &str) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for module in modules {
        for (symbol, import) in &module.report.imports {
            if import.weak || providers.defines(symbol) || !mentions(words, symbol) {
                continue;
            }
            let message =
                format!("module `{}` needs `{symbol}`, which nothing in the program defines", module.name);
            let problem = Diagnostic::error(UNDEFINED_SYMBOL, message);
            let problem = problem.with_note(format!("asked for by its member `{}`", import.member));
            problems.push(match hint(symbol) {
                Some(hint) => problem.with_help(hint),
                None => problem.with_help("add the library that defines it to the module's archives"),
            });
        }
    }
    problems
}

impl Providers {
    fn defines(&self, symbol: &str) -> bool {
        [&self.system, &self.cxx, &self.interface].iter().any(|names| names.contains(symbol.as_bytes()))
    }
}

/// Whether `words` contain `symbol` as a whole name.
fn mentions(words: &str, symbol: &str) -> bool {
    let part_of_name =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '$');
    words.match_indices(symbol).any(|(at, _)| {
        let before = words[..at].chars().next_back();
        let after = words[at + symbol.len()..].chars().next();
        !before.is_some_and(part_of_name) && !after.is_some_and(|next| next != '.' && part_of_name(next))
    })
}

fn hint(symbol: &str) -> Option<&'static str> {
    let glibc_only = symbol.ends_with("_chk") && symbol.starts_with("__") || symbol.starts_with("__isoc");
    if glibc_only {
        return Some("it was compiled with the headers of glibc; compile it for the target's libc");
    }
    (symbol == "dlopen").then_some("a static program loads nothing when it runs; link what would be loaded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_count_as_mentioned() {
        assert!(mentions("undefined symbol: `foo`", "foo"));
        assert!(mentions("undefined symbol: foo", "foo"));
        assert!(!mentions("undefined symbol: foobar", "foo"));
        assert!(!mentions("undefined symbol: x_foo", "foo"));
    }
}
