//! Objects become a shared library, for the fallback.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::process::Run;
use crate::{Language, Target, Toolchain, ToolchainError};

/// Which symbols a shared library shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility<'v> {
    /// What the objects say: for fixtures.
    AsCompiled,
    /// These alone, so that two modules in one process cannot meet.
    Only(&'v [String]),
}

/// What to link.
#[derive(Clone, Debug)]
pub struct SharedLink<'l> {
    /// Decides which driver links, and so whether the C++ library is linked.
    pub language: Language,
    /// Objects and static libraries, in this order.
    pub inputs: &'l [PathBuf],
    /// Libraries of the system that are linked dynamically: `pthread`. The mathematical one always is.
    pub system_libraries: &'l [String],
    /// Which symbols it shows.
    pub visibility: Visibility<'l>,
    /// Further flags for the driver: for fixtures.
    pub flags: &'l [String],
    /// Where the library goes; a version script is written beside it.
    pub output: &'l Path,
}

impl Toolchain {
    /// Links a shared library for glibc. There are none for musl: images for it are static.
    pub fn link_shared(&self, link: &SharedLink<'_>) -> Result<(), ToolchainError> {
        let driver = self.driver(link.language, Target::X86_64Gnu)?;
        let mut arguments = driver.flags.clone();
        // `-z defs`: what stays undefined would fail when loaded, on another machine.
        let fixed =
            ["-shared", "-fPIC", "-s", "-Wl,--build-id=none", "-Wl,-z,relro,-z,now,-z,noexecstack,-z,defs"];
        arguments.extend(fixed.map(OsString::from));
        if let Visibility::Only(symbols) = link.visibility {
            let script = link.output.with_extension("version");
            let text = format!("{{ global: {}; local: *; }};\n", symbols.join("; "));
            std::fs::write(&script, text)
                .map_err(|error| ToolchainError::File { path: script.clone(), error })?;
            let mut flag = OsString::from("-Wl,--version-script=");
            flag.push(&script);
            arguments.push(flag);
        }
        arguments.extend(link.inputs.iter().map(OsString::from));
        arguments.extend(link.flags.iter().map(OsString::from));
        arguments.push("-Wl,--as-needed".into());
        arguments.extend(link.system_libraries.iter().map(|name| OsString::from(format!("-l{name}"))));
        // The C++ driver links it by itself, as cargo and every static link of `raya` do.
        arguments.push("-lm".into());
        arguments.extend(["-o".into(), link.output.into()]);
        let folder = link.output.parent().unwrap_or(Path::new("."));
        let doing = format!("linking `{}`", link.output.display());
        let (environment, program) = (&self.environment, &driver.program);
        Run { environment, program, arguments, folder, variables: vec![], doing }.output()?;
        Ok(())
    }
}
