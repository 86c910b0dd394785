//! Loads native modules that are not linked in: found, copied, verified, inspected, and only then run.
//!
//! `raya run`, and bundles made for it, use this. The order is the point: nothing of a library runs, and the system's loader
//! does not see it, before its signature was checked and its headers were read; and what is checked is a sealed copy in
//! memory, so that nobody can change it between the check and the load. Renaming the file, overwriting it in place or putting
//! a link in its stead comes too late, whenever it comes.
//!
//! ```text
//! SearchPath ── open ──▶ file ── copy, seal ──▶ SealedLibrary ── verify, inspect ──▶ Inspected ── load ──▶ LoadedModule
//! ```

mod codes;
mod error;
mod inspect;
mod load;
mod open;
mod provider;
mod sealed;
mod search;
mod trust;

use std::path::{Path, PathBuf};

use raya_abi::image::ModuleNote;
use raya_abi::names::is_module_name;
use raya_signing::{Digest, KeyDigest};
use raya_source::Diagnostic;

pub use codes::*;
pub use error::{Defect, FallbackError};
pub use inspect::ALLOWED_LIBRARIES;
pub use load::{LoadedModule, run};
pub use provider::{FallbackProvider, Report};
pub use sealed::{LIBRARY_BYTES_MAX, SealedLibrary};
pub use search::{SearchEnvironment, SearchPath};
pub use trust::Trust;

/// Largest stub or signature read beside a library, in bytes.
const SIDE_FILE_BYTES_MAX: usize = 4 << 20;

/// Where to look, and whom to believe.
#[derive(Clone, Debug)]
pub struct Fallback {
    /// The folders, in order.
    pub search: SearchPath,
    /// What a library must show before it is loaded.
    pub trust: Trust,
    /// Shared libraries that a module may need besides [`ALLOWED_LIBRARIES`], as its manifest names them.
    pub allowed_needed: Vec<String>,
}

/// A module whose library was copied, verified and inspected. None of its code has run.
#[derive(Debug)]
pub struct Inspected {
    /// The module's name.
    pub name: String,
    /// Where the library was found.
    pub path: PathBuf,
    /// SHA-256 of the library.
    pub digest: Digest,
    /// The keys that signed it; empty where an unsigned one is allowed.
    pub signers: Vec<KeyDigest>,
    /// The version that its signature claims.
    pub signed_version: Option<String>,
    /// What the library says of itself.
    pub note: ModuleNote,
    /// The text of its descriptor, if it has one.
    pub descriptor: Option<String>,
    /// The text of its stub, if there is one beside it.
    pub stub: Option<String>,
    /// The shared libraries it needs, in its order.
    pub needed: Vec<String>,
    /// What the user should know: an unsigned library, one that needs others.
    pub warnings: Vec<Diagnostic>,
    library: SealedLibrary,
}

impl Fallback {
    /// Finds a module's library, and gives it once it may be loaded.
    ///
    /// The first file with one of the module's names counts. When that one is refused, later folders are not tried: a refused
    /// library is to be looked at, not passed over.
    pub fn find(&self, module: &str) -> Result<Inspected, FallbackError> {
        if !is_module_name(module) {
            return Err(FallbackError::Name { name: module.to_owned() });
        }
        let found = open::find(&self.search, module)?;
        let library = SealedLibrary::copy_of(&found.file, &found.path)?;
        let signature = open::beside(&found.folder, &found.name_with("minisig"), SIDE_FILE_BYTES_MAX)?;
        let verdict = self.trust.judge(module, &found.path, library.bytes(), signature.as_deref())?;
        let stub = self.stub(module, &found)?;
        let mut inspected = self.inspect(module, found.path, library, stub)?;
        inspected.signers = verdict.signers;
        inspected.signed_version = verdict.version;
        inspected.warnings.splice(0..0, verdict.warning);
        Ok(inspected)
    }

    /// A module whose library the caller has verified by other means: a package.
    pub fn from_package(
        &self,
        module: &str,
        package: &Path,
        library: &[u8],
        stub: Option<String>,
    ) -> Result<Inspected, FallbackError> {
        let sealed = SealedLibrary::from_bytes(library, package)?;
        self.inspect(module, package.to_path_buf(), sealed, stub)
    }

    fn inspect(
        &self,
        module: &str,
        path: PathBuf,
        library: SealedLibrary,
        stub: Option<String>,
    ) -> Result<Inspected, FallbackError> {
        let facts = inspect::inspect(module, &path, library.bytes())?;
        let mut warnings = vec![];
        let allowed =
            |name: &str| inspect::is_allowed(name) || self.allowed_needed.iter().any(|have| have == name);
        for name in facts.needed.iter().filter(|name| !allowed(name)) {
            let problem = FallbackError::Needed { path: path.clone(), library: name.clone() };
            match self.trust.allows_unsigned() {
                true => warnings.push(problem.into_warning()),
                false => return Err(problem),
            }
        }
        if !self.trust.allows_unsigned() && self.search.library_path_is_set {
            load::require_loaded(&path, &facts.needed)?;
        }
        Ok(Inspected {
            name: module.to_owned(),
            path,
            digest: library.digest(),
            signers: vec![],
            signed_version: None,
            note: facts.note,
            descriptor: facts.descriptor,
            stub,
            needed: facts.needed,
            warnings,
            library,
        })
    }

    /// `NAME.raya` beside the library. It needs no signature: it is checked against the signed descriptor where there is one,
    /// and whatever a native function is declared to return is tested when it returns.
    fn stub(&self, module: &str, found: &open::Found) -> Result<Option<String>, FallbackError> {
        let name = format!("{module}.raya");
        let Some(bytes) = open::beside(&found.folder, &name, SIDE_FILE_BYTES_MAX)? else { return Ok(None) };
        let path = found.folder.path.join(&name);
        let text = String::from_utf8(bytes)
            .map_err(|error| FallbackError::StubNotUtf8 { path, offset: error.utf8_error().valid_up_to() })?;
        Ok(Some(text))
    }
}

impl Inspected {
    /// Hands the sealed copy to the system's loader. The library's constructors run here, and stay loaded for good.
    pub fn load(self) -> Result<LoadedModule, FallbackError> {
        load::load(self.library, &self.name, &self.path, self.note.abi_version)
    }

    /// The sealed copy of the library.
    pub fn library(&self) -> &SealedLibrary {
        &self.library
    }
}
