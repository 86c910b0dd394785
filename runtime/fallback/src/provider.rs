//! The fallback as the native boundary asks for it: a module by name, its code in memory but not run.

use std::collections::BTreeMap;

use raya_abi::names::is_module_name;
use raya_boundary::{Capabilities, LoadError, ModuleHandle, ModuleProvider};
use raya_source::Diagnostic;

use crate::{Fallback, FallbackError, Inspected};

/// What is told of each library before it is loaded: its warnings.
pub type Report = Box<dyn FnMut(&[Diagnostic])>;

/// Finds modules on the search path when a program first calls them. It is asked after the modules that are linked in, so
/// that nothing on the path can take their place.
pub struct FallbackProvider {
    fallback: Fallback,
    /// Major versions that the app declares, by module.
    required: BTreeMap<String, u32>,
    /// What modules are granted.
    capabilities: Capabilities,
    /// Libraries that were found while the program was compiled: what was looked at then is what is loaded now.
    inspected: BTreeMap<String, Inspected>,
    report: Report,
}

impl FallbackProvider {
    /// A provider that reports warnings to `report`.
    pub fn new(fallback: Fallback, capabilities: Capabilities, report: Report) -> FallbackProvider {
        FallbackProvider {
            fallback,
            required: BTreeMap::new(),
            capabilities,
            inspected: BTreeMap::new(),
            report,
        }
    }

    /// Requires a major version of a module, as the app's manifest declares it.
    pub fn require_major(&mut self, module: &str, major: u32) {
        self.required.insert(module.to_owned(), major);
    }

    /// Hands over a library that was found already, for instance to check a program against it.
    pub fn insert(&mut self, inspected: Inspected) {
        self.inspected.insert(inspected.name.clone(), inspected);
    }

    fn load(&mut self, name: &str) -> Result<Option<ModuleHandle>, FallbackError> {
        let inspected = match self.inspected.remove(name) {
            Some(inspected) => inspected,
            None => match self.fallback.find(name) {
                Ok(inspected) => inspected,
                Err(FallbackError::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        if !inspected.warnings.is_empty() {
            (self.report)(&inspected.warnings);
        }
        let loaded = inspected.load()?;
        Ok(Some(ModuleHandle {
            name: name.to_owned(),
            // A library has no manifest; what it says of its version is compared with what the app requires.
            version: None,
            required_major: self.required.get(name).copied(),
            bind: loaded.bind,
            init: loaded.init,
            abi_version: loaded.abi_version,
            // Nothing in a shared library tells for certain that it never throws.
            may_unwind: true,
            capabilities: self.capabilities.clone(),
        }))
    }
}

impl ModuleProvider for FallbackProvider {
    fn find(&mut self, name: &str) -> Result<Option<ModuleHandle>, LoadError> {
        if !is_module_name(name) {
            return Ok(None);
        }
        self.load(name).map_err(|error| LoadError::Refused {
            module: name.to_owned(),
            code: error.code().0,
            message: error.to_string(),
        })
    }
}
