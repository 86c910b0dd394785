//! Names: snake_case to camelCase, and what may name a module.

/// The name a Rust name has in Raya.
pub(crate) fn camel_case(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name).trim_start_matches('_');
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        if character == '_' {
            upper = !camel.is_empty();
        } else if upper {
            camel.extend(character.to_uppercase());
            upper = false;
        } else {
            camel.push(character);
        }
    }
    camel
}

/// Words that cannot name a parameter in Raya.
const RESERVED: &[&str] = &[
    "any",
    "arguments",
    "as",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "namespace",
    "native",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "type",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// The name a parameter has in the descriptor.
pub(crate) fn parameter_name(name: &str, position: usize) -> String {
    let camel = camel_case(name);
    if camel.is_empty() {
        format!("argument{}", position + 1)
    } else if RESERVED.contains(&camel.as_str()) {
        format!("{camel}_")
    } else {
        camel
    }
}

/// Whether `name` may name a module. The rule of `raya_abi::names`, which a procedural macro does not link.
pub(crate) fn is_module_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    matches!(bytes.first(), Some(b'a'..=b'z'))
        && bytes.len() <= 63
        && bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// Whether `version` is `major.minor.patch`, with an optional suffix after `-` or `+`.
pub(crate) fn is_version(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok() && !part.starts_with('+'))
}

/// Whether `name` is an identifier of Raya.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_' || first == '$')
        && characters.all(|next| next.is_ascii_alphanumeric() || next == '_' || next == '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_names_become_raya_names() {
        assert_eq!(camel_case("read_file"), "readFile");
        assert_eq!(camel_case("hash"), "hash");
        assert_eq!(camel_case("r#match"), "match");
        assert_eq!(camel_case("_unused_value"), "unusedValue");
        assert_eq!(camel_case("sha_256_of"), "sha256Of");
        assert_eq!(parameter_name("r#type", 0), "type_");
        assert_eq!(parameter_name("_", 1), "argument2");
    }

    #[test]
    fn versions_have_three_numbers() {
        for good in ["1.0.0", "0.12.3-beta.1", "2.0.0+build"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["1", "1.0", "a.b.c", "1.0.0.0", "1..0", ""] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
