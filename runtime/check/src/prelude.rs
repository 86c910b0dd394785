//! The prelude and the standard modules: Raya source embedded in the checker.

/// Files whose names are visible everywhere, in the order they are declared.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("error", include_str!("../prelude/error.raya")),
    ("string", include_str!("../prelude/string.raya")),
    ("number", include_str!("../prelude/number.raya")),
    ("array", include_str!("../prelude/array.raya")),
    ("collections", include_str!("../prelude/collections.raya")),
    ("regexp", include_str!("../prelude/regexp.raya")),
    ("task", include_str!("../prelude/task.raya")),
    ("date", include_str!("../prelude/date.raya")),
    ("decorator", include_str!("../prelude/decorator.raya")),
];

/// The standard modules by their name after `std:`.
pub(crate) const STANDARD: &[(&str, &str)] = &[
    ("args", include_str!("../prelude/std/args.raya")),
    ("crypto", include_str!("../prelude/std/crypto.raya")),
    ("encoding", include_str!("../prelude/std/encoding.raya")),
    ("env", include_str!("../prelude/std/env.raya")),
    ("fs", include_str!("../prelude/std/fs.raya")),
    ("io", include_str!("../prelude/std/io.raya")),
    ("json", include_str!("../prelude/std/json.raya")),
    ("logger", include_str!("../prelude/std/logger.raya")),
    ("math", include_str!("../prelude/std/math.raya")),
    ("path", include_str!("../prelude/std/path.raya")),
    ("process", include_str!("../prelude/std/process.raya")),
    ("test", include_str!("../prelude/std/test.raya")),
    ("time", include_str!("../prelude/std/time.raya")),
    ("url", include_str!("../prelude/std/url.raya")),
];

/// Classes of the prelude that are classes of the program, so that others may extend them.
pub(crate) fn is_program_class(name: &str) -> bool {
    name.ends_with("Error")
}

/// The text of a standard module.
pub(crate) fn standard(name: &str) -> Option<&'static str> {
    STANDARD.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The name a built-in method, accessor or function has in the typed program.
pub(crate) fn native_name(class: Option<&str>, member: &str) -> String {
    match class {
        Some(class) => format!("{class}.{member}"),
        None => member.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use raya_source::FileId;
    use raya_syntax::{parse, parse_library};

    use super::*;

    /// A tree without the numbers of its nodes: those of bodies that were parsed later begin anew.
    fn shown(module: &raya_syntax::ast::Module) -> String {
        let text = format!("{:?}", module.statements);
        let mut parts = text.split("NodeId(");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |shown, part| shown + part.trim_start_matches(|one: char| one.is_ascii_digit()))
    }

    #[test]
    fn bodies_that_are_parsed_later_are_the_same() {
        let mut later = 0;
        for (name, text) in FILES.iter().chain(STANDARD) {
            let (now, lazy) = (parse(FileId(0), text), parse_library(FileId(0), text));
            assert!(now.diagnostics.is_empty() && lazy.diagnostics.is_empty(), "{name}");
            later += usize::from(lazy.module.node_count < now.module.node_count);
            assert_eq!(shown(&now.module), shown(&lazy.module), "{name}");
        }
        assert!(later > FILES.len(), "nearly every file has bodies that are left for later");
    }
}
