//! Files of the toolchain on their way into a pack.

use raya_packs::{Machine, PackBuilder, SystemNames, compact, exports};
use std::path::Path;

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// Collects libraries, and the names they define.
pub(crate) struct Libraries<'builder> {
    machine: Machine,
    builder: &'builder mut PackBuilder,
    names: Vec<Vec<u8>>,
}

impl<'builder> Libraries<'builder> {
    /// None yet.
    pub(crate) fn new(machine: Machine, builder: &'builder mut PackBuilder) -> Self {
        Libraries { machine, builder, names: vec![] }
    }

    /// Adds an archive without what no program needs.
    pub(crate) fn archive(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let is_object = |member: &[u8]| !member.ends_with(b".rmeta");
        let failed = |problem| format!("{name}: {problem:?}");
        let bytes = compact(bytes, self.machine, &is_object).map_err(failed)?;
        self.names.extend(exports(&bytes, self.machine).map_err(failed)?);
        self.builder.file(name, bytes);
        Ok(())
    }

    /// Adds a file as it is.
    pub(crate) fn file(&mut self, name: &str, path: &Path) -> Result<(), String> {
        self.builder.file(name, read(path)?);
        Ok(())
    }

    /// Writes the names of all archives so far under `file`, and forgets them.
    pub(crate) fn names(&mut self, file: &str) {
        let names = SystemNames::from_names(std::mem::take(&mut self.names));
        self.builder.file(file, names.to_lines());
    }
}
