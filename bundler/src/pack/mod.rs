//! Runtime packs: everything a link needs besides the program and its modules, for one target.
//!
//! Packs are made by `cargo xtask pack` and are part of `raya` when they were there when it was built. A development pack
//! is read from a folder instead.

use raya_packs::{Pack, SystemNames};
use raya_source::{Code, Diagnostic};
use std::path::Path;

use crate::phase::link::damaged_pack;

/// There is no runtime pack for the target.
pub const NO_PACK: Code = Code("R1400");

/// The runtime pack was built from other sources.
pub const STALE_PACK: Code = Code("R1409");

/// The launcher, isolated.
pub const LAUNCH_ARCHIVE: &str = "launch.a";
/// Names that libc, libm, the unwinder and the compiler's run-time library define.
pub const SYSTEM_NAMES: &str = "names/system";
/// Names that the C++ library defines.
pub const CXX_NAMES: &str = "names/cxx";
/// Names of the launcher that modules may use directly.
pub const INTERFACE_NAMES: &str = "names/interface";

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// The targets whose packs are part of this program, sorted.
pub fn embedded_targets() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(target, _)| *target)
}

/// The pack for `target` that is part of this program.
pub fn embedded(target: &str) -> Result<Pack, Diagnostic> {
    match EMBEDDED.iter().find(|(embedded, _)| *embedded == target) {
        Some((_, bytes)) => {
            let pack = Pack::open(*bytes).map_err(|error| damaged_pack(target, &error))?;
            check_made_for_this(target, pack.metadata("runs"), &raya_bytecode::fingerprint())?;
            let abi = format!("native ABI {}", pack.metadata("abi").unwrap_or("unknown"));
            check_made_for_this(
                target,
                Some(&abi),
                &format!("native ABI {}", raya_abi::version::ABI_VERSION),
            )?;
            Ok(pack)
        }
        None => Err(missing(target)),
    }
}

/// A pack that was read from `path`: a development pack, or one kept apart from `raya`.
pub fn from_bytes(target: &str, path: &Path, bytes: Vec<u8>) -> Result<Pack, Diagnostic> {
    let pack = Pack::open(bytes).map_err(|error| damaged_pack(target, &error))?;
    match pack.metadata("triple") {
        Some(found) if found == target => Ok(pack),
        found => {
            let found = found.unwrap_or("no target at all");
            let message = format!("expected a runtime pack for {target}, found one for {found}");
            Err(Diagnostic::error(NO_PACK, message).with_note(format!("read from `{}`", path.display())))
        }
    }
}

/// Names of the runtime that modules may use directly.
pub fn interface(target: &str, pack: &Pack) -> Result<SystemNames, Diagnostic> {
    let lines = pack.file(INTERFACE_NAMES).map_err(|error| damaged_pack(target, &error))?;
    Ok(SystemNames::from_lines(&lines))
}

/// What this `raya` writes, and the modules it admits, must be what the pack's launcher runs.
fn check_made_for_this(target: &str, found: Option<&str>, expected: &str) -> Result<(), Diagnostic> {
    if found == Some(expected) {
        return Ok(());
    }
    let found = found.unwrap_or("nothing that says");
    let message = format!("the runtime pack for {target} was built from other sources than this `raya`");
    Err(Diagnostic::error(STALE_PACK, message)
        .with_note(format!("expected a launcher for {expected}, found {found}"))
        .with_help(format!("run `cargo xtask pack --target {target}`, then build `raya` again")))
}

fn missing(target: &str) -> Diagnostic {
    let problem =
        Diagnostic::error(NO_PACK, format!("this `raya` was built without the runtime pack for {target}"));
    let present: Vec<&str> = embedded_targets().collect();
    let problem = match present.is_empty() {
        true => problem.with_note("it was built without any runtime pack"),
        false => problem.with_note(format!("it has those for {}", present.join(", "))),
    };
    problem.with_help(format!("run `cargo xtask pack --target {target}`, then build `raya` again"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use raya_packs::PackBuilder;

    #[test]
    fn a_missing_pack_names_the_command_that_makes_it() {
        let problem = embedded("mips-unknown-none").unwrap_err();
        assert_eq!(problem.code, NO_PACK);
        assert!(problem.help[0].message.contains("cargo xtask pack --target mips-unknown-none"));
    }

    #[test]
    fn a_pack_from_other_sources_is_refused() {
        let own = raya_bytecode::fingerprint();
        assert!(check_made_for_this("a", Some(&own), &own).is_ok());
        for stale in [None, Some("bytecode 0, image 0, operations 0")] {
            assert_eq!(check_made_for_this("a", stale, &own).unwrap_err().code, STALE_PACK);
        }
    }

    #[test]
    fn a_pack_for_another_target_is_refused() {
        let mut builder = PackBuilder::new();
        builder.metadata("triple", "a");
        let bytes = builder.finish(1).unwrap();
        assert!(from_bytes("a", Path::new("a.pack"), bytes.clone()).is_ok());
        assert_eq!(from_bytes("b", Path::new("a.pack"), bytes).unwrap_err().code, NO_PACK);
    }
}
