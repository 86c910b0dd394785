//! The environment and the process.

use std::io;

/// The number of this process.
pub(crate) fn process_id() -> u32 {
    std::process::id()
}

/// The system's name as Node spells it.
pub(crate) fn platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    }
}

/// The processor's name as Node spells it.
pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        other => other,
    }
}

/// The folder that relative paths start from.
pub(crate) fn current_folder() -> io::Result<String> {
    Ok(std::env::current_dir()?.to_string_lossy().into_owned())
}

/// Changes it.
pub(crate) fn change_folder(path: &str) -> io::Result<()> {
    std::env::set_current_dir(path)
}

/// An environment variable. Bytes that are no UTF-8 become U+FFFD.
pub(crate) fn variable(name: &str) -> Option<String> {
    // What no variable can be called is not there, instead of an error.
    if name.is_empty() || name.contains(['=', '\0']) {
        return None;
    }
    Some(std::env::var_os(name)?.to_string_lossy().into_owned())
}

/// All environment variables, sorted by name.
pub(crate) fn variables() -> Vec<(String, String)> {
    let text = |part: std::ffi::OsString| part.to_string_lossy().into_owned();
    let mut all: Vec<(String, String)> =
        std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
    all.sort();
    all
}
