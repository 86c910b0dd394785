//! From the sealed image to the running program: the `main` of every bundle.
//!
//! The linker joins this archive with what the bundler emitted, [`raya_abi::image::BundleHeader`] under the symbol
//! `raya_bundle`, and with the modules. Nothing is read but the image itself: no file, no environment variable, unless the
//! program asks. `main` is C's, so that Rust's own start-up (signal handlers, stack guard, thread names) is left out; a
//! program ends by returning from it.

mod decoder;
#[cfg(all(not(test), target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod executable_mappings;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod fallback;
mod host;
mod image;

use core::ffi::{c_char, c_int};

use raya_abi::image::{BundleHeader, FLAG_GC_STRESS};
use raya_boundary::{Linked, ModuleProvider, program};
use raya_vm::Config;

use crate::host::ProcessHost;

#[cfg(not(test))]
unsafe extern "C" {
    /// What the bundler emitted.
    #[link_name = "raya_bundle"]
    static BUNDLE: BundleHeader;
}

/// Exit code of an image that this launcher cannot run. The linker's input was mixed up: no program can be at fault.
const EXIT_UNUSABLE: c_int = 70;

/// Starts the bundle.
///
/// # Safety
///
/// Only the system's start-up code calls it, with the program's arguments.
#[cfg(not(test))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argument_count: c_int, arguments: *const *const c_char) -> c_int {
    // SAFETY: the linker resolves the symbol to the emitted header; the system passes `main` its arguments.
    unsafe { launch(&BUNDLE, argument_count, arguments) }
}

/// Runs what `bundle` holds and gives the exit code.
///
/// # Safety
///
/// `bundle` and all it points at are what the bundler emits, for this launcher. `arguments` is what `main` received.
pub unsafe fn launch(
    bundle: &'static BundleHeader,
    argument_count: c_int,
    arguments: *const *const c_char,
) -> c_int {
    // SAFETY: as the caller promises.
    let host = unsafe { ProcessHost::new(argument_count, arguments) };
    // SAFETY: as the caller promises.
    let loaded = match unsafe { image::load(bundle) } {
        Ok(loaded) => loaded,
        Err(error) => {
            host.report(&format!("this image cannot be started: {error}\n"));
            return EXIT_UNUSABLE;
        }
    };
    // SAFETY: the table of modules is the bundle's.
    let linked = unsafe { Linked::new(bundle.modules, bundle.module_count as usize) };
    let mut providers: Vec<Box<dyn ModuleProvider>> = vec![Box::new(linked)];
    // Asked last: nothing on a search path takes the place of a module that is linked in.
    // SAFETY: as the caller promises.
    providers.extend(unsafe { image::fallback(bundle) });
    let config = Config { gc_stress: bundle.flags & FLAG_GC_STRESS != 0, ..Config::default() };
    // SAFETY: linked modules are what their entries say, and are never unloaded.
    unsafe { program::run(loaded.program, loaded.builtins, providers, config, Box::new(host), |_, _| {}) }
}
