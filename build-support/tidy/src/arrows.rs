//! The arrows between crates, as `ARCHITECTURE.md` draws them.

/// For each workspace crate the workspace crates its `[dependencies]` may name. Anything may also use `raya-source` and
/// `raya-abi`, except those two themselves and `raya-signing`, which knows bytes only.
pub const ARROWS: &[(&str, &[&str])] = &[
    ("raya-source", &[]),
    ("raya-abi", &[]),
    ("raya-signing", &[]),
    ("raya-syntax", &[]),
    ("raya-check", &["raya-syntax"]),
    ("raya-ir", &["raya-check"]),
    ("raya-bytecode", &[]),
    ("raya-compile", &["raya-ir", "raya-bytecode"]),
    ("raya-vm", &["raya-bytecode"]),
    ("raya-boundary", &["raya-vm", "raya-bytecode"]),
    ("raya-launch", &["raya-boundary", "raya-fallback", "raya-signing", "raya-vm", "raya-bytecode"]),
    ("raya-native-macros", &[]),
    ("raya-native", &["raya-native-macros"]),
    ("raya-manifests", &["raya-signing"]),
    (
        "raya",
        &[
            "raya-boundary",
            "raya-builder",
            "raya-bytecode",
            "raya-check",
            "raya-compile",
            "raya-fallback",
            "raya-ir",
            "raya-linker",
            "raya-manifests",
            "raya-packs",
            "raya-sdk",
            "raya-signing",
            "raya-syntax",
            "raya-toolchain",
            "raya-vm",
        ],
    ),
    ("raya-linker", &[]),
    ("raya-packs", &[]),
    ("raya-toolchain", &["raya-packs"]),
    ("raya-sdk", &[]),
    (
        "raya-builder",
        &[
            "raya-check",
            "raya-fallback",
            "raya-manifests",
            "raya-packs",
            "raya-sdk",
            "raya-signing",
            "raya-syntax",
            "raya-toolchain",
        ],
    ),
    ("raya-fallback", &["raya-boundary", "raya-bytecode", "raya-signing", "raya-vm"]),
    ("raya-tests", &[]),
    ("raya-tidy", &[]),
    ("xtask", &["raya-bytecode", "raya-packs"]),
];

/// Crates that anything may use.
pub const SHARED: &[&str] = &["raya-source", "raya-abi"];
/// Crates that use no workspace crate at all.
pub const ALONE: &[&str] = &["raya-source", "raya-abi", "raya-signing", "raya-native-macros"];

/// Whether `from` may depend on `to`.
pub fn allowed(from: &str, to: &str) -> bool {
    if SHARED.contains(&to) && !ALONE.contains(&from) {
        return true;
    }
    ARROWS.iter().any(|(name, targets)| *name == from && targets.contains(&to))
}
