//! The one place where the host's table of functions is kept: a module holds one copy of this crate, hence one slot.

use core::sync::atomic::{AtomicPtr, Ordering};

use raya_abi::api::RayaApi;

static SLOT: AtomicPtr<RayaApi> = AtomicPtr::new(core::ptr::null_mut());

/// Keeps the table.
///
/// # Safety
///
/// `api` points at a table of at least this crate's version that lives as long as the program.
pub(crate) unsafe fn fill(api: *const RayaApi) {
    SLOT.store(api.cast_mut(), Ordering::Relaxed);
}

/// The host's functions.
///
/// # Panics
///
/// When no host has bound the module: a function that needs one was called in the module's own unit tests, say.
#[inline(always)]
pub(crate) fn api() -> &'static RayaApi {
    // SAFETY: what `fill` stored lives as long as the program. Relaxed suffices: the host binds a module on the thread that
    // runs its functions, and hands work to other threads with a barrier.
    match unsafe { SLOT.load(Ordering::Relaxed).as_ref() } {
        Some(api) => api,
        None => unbound(),
    }
}

#[cold]
fn unbound() -> ! {
    panic!("this needs a running Raya program: no host has bound the module")
}
