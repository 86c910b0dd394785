//! Hands sealed copies to the system's loader. The only file of the fallback with unsafe code.

use std::ffi::{CStr, CString, c_void};
use std::os::fd::{IntoRawFd, RawFd};
use std::path::Path;

use libc::{RTLD_LOCAL, RTLD_NOLOAD, RTLD_NOW, dlerror, dlopen, dlsym};
use raya_abi::names::{bind_symbol, init_symbol};
use raya_boundary::{Capabilities, LoadError, ModuleHandle, Registered};
use raya_bytecode::Verified;
use raya_vm::{BuiltinFunction, Config, Host, Value, Vm};

use crate::{FallbackError, FallbackProvider, SealedLibrary};

/// A module in memory: its constructors have run, its own functions have not. It is never unloaded.
#[derive(Clone, Copy, Debug)]
pub struct LoadedModule {
    /// `raya_module_bind_NAME`: `void (*)(const RayaApi *)`, to be called first.
    pub bind: *const c_void,
    /// `raya_module_init_NAME`: `RayaModule *(*)(void)`, to be called once after `bind`.
    pub init: *const c_void,
    /// ABI version from its note.
    pub abi_version: u32,
}

// SAFETY: the pointers are addresses of code that stays mapped until the process ends; nothing is reached through them
// but by calling.
unsafe impl Send for LoadedModule {}
// SAFETY: as above; the struct has no state of its own.
unsafe impl Sync for LoadedModule {}

impl LoadedModule {
    /// Runs the module's two functions and gives what it registers. For tools, in a process of their own.
    pub fn registered(&self, module: &str) -> Result<Registered, LoadError> {
        let handle = ModuleHandle {
            name: module.to_owned(),
            version: None,
            required_major: None,
            bind: self.bind,
            init: self.init,
            abi_version: self.abi_version,
            may_unwind: true,
            capabilities: Capabilities::Only(vec![]),
        };
        // SAFETY: `load` found both addresses under the names of these functions, in a library whose note carries this ABI
        // version; it is never unloaded.
        unsafe { raya_boundary::registered(&handle) }
    }
}

/// Loads a sealed copy and finds the module's two functions.
pub(crate) fn load(
    library: SealedLibrary,
    module: &str,
    path: &Path,
    abi_version: u32,
) -> Result<LoadedModule, FallbackError> {
    // Never closed: the loader knows libraries by the name they were opened under, so a later module that got the same
    // number would be given this one's handle.
    let descriptor: RawFd = library.into_descriptor().into_raw_fd();
    let name = CString::new(format!("/proc/self/fd/{descriptor}")).unwrap_or_default();
    // SAFETY: `name` is NUL-terminated and outlives the call. What the library's constructors do is the library's own
    // affair: it was verified and inspected by everyone who can make a `SealedLibrary` reach this function.
    let handle = unsafe { dlopen(name.as_ptr(), RTLD_NOW | RTLD_LOCAL) };
    if handle.is_null() {
        return Err(FallbackError::Loader { path: path.to_path_buf(), reason: last_error() });
    }
    let find = |symbol: String| {
        let missing = || FallbackError::Symbol { path: path.to_path_buf(), symbol: symbol.clone() };
        let name = CString::new(symbol.as_str()).map_err(|_| missing())?;
        // SAFETY: `handle` came from `dlopen` and is never closed; `name` is NUL-terminated and outlives the call.
        let address = unsafe { dlsym(handle, name.as_ptr()) };
        if address.is_null() { Err(missing()) } else { Ok(address.cast_const()) }
    };
    Ok(LoadedModule { bind: find(bind_symbol(module))?, init: find(init_symbol(module))?, abi_version })
}

/// Refuses needed libraries that the process does not have yet: the environment would decide which file they are.
pub(crate) fn require_loaded(path: &Path, needed: &[String]) -> Result<(), FallbackError> {
    for library in needed {
        let absent = || FallbackError::LibraryPathSet { path: path.to_path_buf(), library: library.clone() };
        let name = CString::new(library.as_str()).map_err(|_| absent())?;
        // SAFETY: `name` is NUL-terminated and outlives the call; with `RTLD_NOLOAD` nothing is loaded and no code runs.
        let handle = unsafe { dlopen(name.as_ptr(), RTLD_NOW | RTLD_NOLOAD) };
        // The reference that this took keeps a library that is loaded anyway from being unloaded, which is what is wanted.
        if handle.is_null() {
            return Err(absent());
        }
    }
    Ok(())
}

fn last_error() -> String {
    // SAFETY: `dlerror` gives null or a NUL-terminated text that stays until the next call on this thread; it is copied
    // before any other call.
    unsafe {
        let text = dlerror();
        if text.is_null() {
            return "it gave no reason".to_owned();
        }
        CStr::from_ptr(text).to_string_lossy().into_owned()
    }
}

/// Runs a program whose native modules are loaded by `provider`, and gives its exit code; see
/// [`raya_boundary::program::run`].
///
/// # Panics
///
/// When `builtins` has fewer functions than the program's table of built-ins.
pub fn run(
    program: Verified,
    builtins: Vec<BuiltinFunction>,
    provider: FallbackProvider,
    config: Config,
    host: Box<dyn Host>,
    finished: impl FnOnce(&mut Vm, Value),
) -> i32 {
    // SAFETY: the provider's addresses come from `load`: functions that the system's loader found under the names of a
    // module's entries, in libraries that are never unloaded.
    unsafe {
        raya_boundary::program::run(program, builtins, vec![Box::new(provider)], config, host, finished)
    }
}
