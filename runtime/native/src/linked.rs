//! The modules that are linked into the running image.

use core::ffi::{CStr, c_char};

use raya_abi::image::{MODULE_MAY_UNWIND, ModuleEntry};

use crate::error::LoadError;
use crate::module::{Capabilities, ModuleHandle};
use crate::registry::ModuleProvider;

/// Provides the modules of the image's own table.
pub struct Linked {
    entries: &'static [ModuleEntry],
}

impl Linked {
    /// The modules of a table of `count` entries, sorted by name.
    ///
    /// # Safety
    ///
    /// `entries` points at that many entries of constant data, whose texts are NUL-terminated and whose functions are what
    /// they say.
    pub unsafe fn new(entries: *const ModuleEntry, count: usize) -> Linked {
        if entries.is_null() || count == 0 {
            return Linked { entries: &[] };
        }
        // SAFETY: as the caller promises.
        Linked { entries: unsafe { core::slice::from_raw_parts(entries, count) } }
    }
}

/// # Safety
///
/// `text` is NUL-terminated constant data.
unsafe fn constant(text: *const c_char) -> &'static str {
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or_default()
}

impl ModuleProvider for Linked {
    fn find(&mut self, name: &str) -> Result<Option<ModuleHandle>, LoadError> {
        // SAFETY: `new` demands entries with NUL-terminated texts.
        let found = self.entries.iter().find(|entry| unsafe { constant(entry.name) } == name);
        Ok(found.map(|entry| ModuleHandle {
            name: name.to_owned(),
            // SAFETY: as above.
            version: Some(unsafe { constant(entry.version) })
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
            required_major: None,
            bind: entry.bind,
            init: entry.init,
            abi_version: entry.abi_version,
            may_unwind: entry.flags & MODULE_MAY_UNWIND != 0,
            capabilities: Capabilities::All,
        }))
    }
}
