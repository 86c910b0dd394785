//! Names that several sides spell: module names, symbols, sections, file names.

/// The scheme of native imports: `import … from "native:crypto"`.
pub const NATIVE_SCHEME: &str = "native:";
/// The scheme of the standard modules: `import … from "std:io"`.
pub const STANDARD_SCHEME: &str = "std:";

/// The function that makes a module's descriptor: `RayaModule *raya_module_init_NAME(void)`.
pub fn init_symbol(module: &str) -> String {
    format!("raya_module_init_{module}")
}

/// The function that receives the host's function table before anything else of the module runs:
/// `void raya_module_bind_NAME(const RayaApi *)`.
pub fn bind_symbol(module: &str) -> String {
    format!("raya_module_bind_{module}")
}

/// The section of a module's objects that holds its [`crate::image::ModuleNote`].
pub const NOTE_SECTION: &str = ".raya.note";
/// The section of a module's objects that holds its descriptor: the text of a `declare module` block, UTF-8.
pub const DESCRIPTOR_SECTION: &str = ".raya.descriptor";

/// What stands before the name of a property of an object literal in the name under which its getter is kept. No program
/// can write such a name.
pub const GETTER_PREFIX: &str = "\u{1}get ";
/// The same for setters.
pub const SETTER_PREFIX: &str = "\u{1}set ";
/// A class whose name starts so is the static side of a class: its one instance is that class as a value. No class of a
/// program can be called so.
pub const CLASS_VALUE_PREFIX: &str = "class ";

/// The symbol of the emitted [`crate::image::BundleHeader`], which the launcher reads.
pub const BUNDLE_SYMBOL: &str = "raya_bundle";
/// The launcher's function that decompresses a program: see [`crate::image::DecodeProgram`].
pub const DECODER_SYMBOL: &str = "raya_decode_program";
/// The launcher's function that makes the provider of modules loaded at run time: see [`crate::image::MakeFallback`].
pub const FALLBACK_SYMBOL: &str = "raya_make_fallback";
/// Prefix of the symbols of built-in functions in the launcher: `String.indexOf` is `raya_builtin_String_indexOf`.
pub const BUILTIN_PREFIX: &str = "raya_builtin_";

/// The symbol of a built-in function, from its name in the prelude.
pub fn builtin_symbol(name: &str) -> String {
    let mut symbol = String::from(BUILTIN_PREFIX);
    symbol.extend(
        name.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }),
    );
    symbol
}

/// Longest module name.
pub const MODULE_NAME_LENGTH_MAX: usize = 63;

/// Whether `name` may name a module: `[a-z][a-z0-9_]*`, so that the init symbol is injective.
pub fn is_module_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    matches!(bytes.first(), Some(b'a'..=b'z'))
        && bytes.len() <= MODULE_NAME_LENGTH_MAX
        && bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The operating systems whose library names differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LibraryFamily {
    /// `lib{name}.so`
    Linux,
    /// `lib{name}.dylib`
    Apple,
    /// `{name}.dll`
    Windows,
}

/// The file names a shared module may have, in the order they are tried. The `raya_` forms are what cargo makes of a
/// package called `raya-{name}`.
pub fn library_names(module: &str, family: LibraryFamily) -> Vec<String> {
    match family {
        LibraryFamily::Linux => vec![format!("lib{module}.so"), format!("libraya_{module}.so")],
        LibraryFamily::Apple => vec![format!("lib{module}.dylib"), format!("libraya_{module}.dylib")],
        LibraryFamily::Windows => vec![
            format!("{module}.dll"),
            format!("lib{module}.dll"),
            format!("raya_{module}.dll"),
            format!("libraya_{module}.dll"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_names_are_lower_case_identifiers() {
        for good in ["a", "fs", "sqlite3", "a_b"] {
            assert!(is_module_name(good), "{good}");
        }
        for bad in ["", "Fs", "3d", "_a", "a-b", "a.b", "../x", "é", &"a".repeat(64)] {
            assert!(!is_module_name(bad), "{bad}");
        }
    }
}
