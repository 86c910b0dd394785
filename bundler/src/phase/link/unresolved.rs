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
            problems.push(match hint(symbol, |name| providers.defines(name)) {
                Some(Hint::Glibc) => problem
                    .with_note("glibc defines that name, the libc of this target does not: the module was compiled for glibc")
                    .with_help("compile it for the target: `raya module build`, `cargo build --target x86_64-unknown-linux-musl`, or `zig cc -target x86_64-linux-musl`")
                    .with_help("or bundle for glibc: `--target x86_64-unknown-linux-gnu`"),
                Some(Hint::Static) => {
                    problem.with_help("a static program loads nothing when it runs; link what would be loaded")
                }
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

/// What a name that nothing defines says about its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    /// It was compiled for glibc, not for the target.
    Glibc,
    /// It wants to load code.
    Static,
}

/// Names that glibc's headers put into objects and that are no other's.
const GLIBC_ONLY: &[&str] = &["__fxstat", "__lxstat", "__res_init", "__xstat", "gnu_get_libc_version"];

fn hint(symbol: &str, is_defined: impl Fn(&str) -> bool) -> Option<Hint> {
    // `fstat64` beside `fstat`: another libc has one of them only.
    let is_large = |name: &str| {
        name.strip_suffix("64").is_some_and(|plain| is_defined(plain) || GLIBC_ONLY.contains(&plain))
    };
    let is_checked = symbol.starts_with("__") && symbol.ends_with("_chk");
    if is_checked || symbol.starts_with("__isoc") || GLIBC_ONLY.contains(&symbol) || is_large(symbol) {
        return Some(Hint::Glibc);
    }
    (symbol == "dlopen").then_some(Hint::Static)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_only_glibc_has_are_known() {
        let defined = |name: &str| ["fstat", "open", "lseek"].contains(&name);
        for name in [
            "fstat64",
            "open64",
            "lseek64",
            "__isoc99_sscanf",
            "__isoc23_strtol",
            "__printf_chk",
            "__fxstat64",
        ] {
            assert_eq!(hint(name, defined), Some(Hint::Glibc), "{name}");
        }
        for name in ["frobnicate64", "crc64", "frobnicate", "64"] {
            assert_eq!(hint(name, defined), None, "{name}");
        }
        assert_eq!(hint("dlopen", defined), Some(Hint::Static));
    }

    #[test]
    fn only_whole_names_count_as_mentioned() {
        assert!(mentions("undefined symbol: `foo`", "foo"));
        assert!(mentions("undefined symbol: foo", "foo"));
        assert!(!mentions("undefined symbol: foobar", "foo"));
        assert!(!mentions("undefined symbol: x_foo", "foo"));
    }
}
