//! Modules that are loaded when a bundle runs. Only the emitted table of a bundle that leaves modules to the fallback names
//! this, so that the linker leaves it, and the loader, out of all others.

use core::ffi::c_void;

use raya_boundary::{Capabilities, LoadError, ModuleHandle, ModuleProvider};
use raya_fallback::{Fallback, FallbackError, FallbackProvider, SearchEnvironment, SearchPath, Trust};
use raya_signing::KeySet;
use raya_source::Diagnostic;

/// See [`raya_abi::image::MakeFallback`]: gives an owned `Box<dyn ModuleProvider>`.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn raya_make_fallback() -> *mut c_void {
    Box::into_raw(Box::new(provider())).cast()
}

fn provider() -> Box<dyn ModuleProvider> {
    match SearchPath::from_environment(&SearchEnvironment::read()) {
        Ok(search) => {
            // A bundle that loads is made in dev mode: what nobody signed is loaded with a warning.
            let trust = Trust::Developer { keys: KeySet::new() };
            let fallback = Fallback { search, trust, allowed_needed: vec![] };
            let provider = FallbackProvider::new(fallback.clone(), Capabilities::All, Box::new(warn));
            Box::new(Searching { provider, fallback })
        }
        Err(errors) => Box::new(Refusing(errors)),
    }
}

fn warn(warnings: &[Diagnostic]) {
    for warning in warnings {
        eprintln!("warning[{}]: {}", warning.code, warning.message);
    }
}

/// Searches; where nothing is found it says where it looked, since nobody is asked after it.
struct Searching {
    provider: FallbackProvider,
    fallback: Fallback,
}

impl ModuleProvider for Searching {
    fn find(&mut self, name: &str) -> Result<Option<ModuleHandle>, LoadError> {
        if let Some(module) = self.provider.find(name)? {
            return Ok(Some(module));
        }
        self.fallback.find(name).map(|_| None).map_err(|error| refused(name, &error))
    }
}

/// A search path that is no search path refuses every module, with the reason.
struct Refusing(Vec<FallbackError>);

impl ModuleProvider for Refusing {
    fn find(&mut self, name: &str) -> Result<Option<ModuleHandle>, LoadError> {
        // Every module is refused for the whole path's sake: the first fault stands for it.
        match self.0.first() {
            Some(error) => Err(refused(name, error)),
            None => Ok(None),
        }
    }
}

fn refused(name: &str, error: &FallbackError) -> LoadError {
    let mut message = error.to_string();
    if let FallbackError::NotFound { looked, .. } = error {
        for path in looked {
            message.push_str(&format!(
                "\n  looked for {}",
                raya_signing::escape_for_terminal(&path.to_string_lossy())
            ));
        }
    }
    LoadError::Refused { module: name.to_owned(), code: error.code().0, message }
}
