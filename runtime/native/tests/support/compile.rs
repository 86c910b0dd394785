//! Compiling modules with the compilers of the machine, and opening them.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;

use raya_abi::image::{ModuleNote, NOTE_MAGIC};
use raya_boundary::{Capabilities, LoadError, ModuleHandle, ModuleProvider};

unsafe extern "C" {
    fn dlopen(name: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}

/// The folder of the boundary's crate.
pub(crate) fn crate_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a compiler and shows what it says when it fails.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// Compiles a source of `tests/modules`, or one with an absolute path, to a shared library in `folder`.
pub(crate) fn shared(folder: &Path, source: &str, name: &str, options: &[&str]) -> PathBuf {
    let source = crate_folder().join("tests/modules").join(source);
    let library = folder.join(format!("lib{name}.so"));
    let (compiler, standard) = match source.extension().and_then(|extension| extension.to_str()) {
        Some("cpp") => ("g++", "-std=c++17"),
        _ => ("gcc", "-std=gnu11"),
    };
    let include = crate_folder().join("include");
    let mut command = Command::new(compiler);
    command.args([
        standard,
        "-O2",
        "-fPIC",
        "-shared",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-unused-parameter",
        "-pthread",
    ]);
    command
        .arg("-I")
        .arg(include)
        .arg("-o")
        .arg(&library)
        .arg(source)
        .args(options)
        .args(["-Wl,-z,defs", "-lm"]);
    run(&mut command);
    library
}

/// Provides the modules of some libraries.
pub(crate) struct Opened {
    pub(crate) libraries: Vec<PathBuf>,
    pub(crate) change: fn(&mut ModuleHandle),
}

impl Opened {
    pub(crate) fn new(libraries: &[&Path]) -> Opened {
        Opened { libraries: libraries.iter().map(|path| path.to_path_buf()).collect(), change: |_| {} }
    }
}

impl ModuleProvider for Opened {
    fn find(&mut self, name: &str) -> Result<Option<ModuleHandle>, LoadError> {
        let with_note = |path: &PathBuf| {
            let bytes = std::fs::read(path).unwrap();
            let at = bytes.windows(8).position(|window| window == NOTE_MAGIC)?;
            let note = ModuleNote::parse(&bytes[at..])?;
            (note.name() == Some(name)).then(|| (path.clone(), note.abi_version))
        };
        let Some((path, abi_version)) = self.libraries.iter().find_map(with_note) else { return Ok(None) };
        let path = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: the library is one the test just compiled.
        let library = unsafe { dlopen(path.as_ptr(), 2) };
        // SAFETY: `dlerror` gives a text after a failure.
        assert!(!library.is_null(), "{:?}", unsafe { CStr::from_ptr(dlerror()) });
        let symbol = |symbol: String| {
            let symbol = CString::new(symbol).unwrap();
            // SAFETY: the library is open.
            unsafe { dlsym(library, symbol.as_ptr()) }.cast_const()
        };
        let mut handle = ModuleHandle {
            name: name.to_owned(),
            version: None,
            required_major: None,
            bind: symbol(raya_abi::names::bind_symbol(name)),
            init: symbol(raya_abi::names::init_symbol(name)),
            abi_version,
            may_unwind: true,
            capabilities: Capabilities::All,
        };
        assert!(!handle.bind.is_null() && !handle.init.is_null());
        (self.change)(&mut handle);
        Ok(Some(handle))
    }
}
