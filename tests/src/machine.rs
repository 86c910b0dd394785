//! What a test needs of the machine beyond a compiler. Where it is missing the test says so and ends; it never passes
//! silently.

use std::path::Path;
use std::process::{Command, Stdio};

/// Whether all programs are installed; prints what is missing.
pub fn has_programs(programs: &[&str]) -> bool {
    let is_installed = |program: &&str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let missing: Vec<&&str> = programs.iter().filter(|program| !is_installed(program)).collect();
    if !missing.is_empty() {
        eprintln!("skipped: needs {missing:?}");
    }
    missing.is_empty()
}

/// Whether this process may change the root folder.
pub fn can_chroot() -> bool {
    works(Command::new("chroot").arg("/").arg("true"), "the right to chroot")
}

/// Whether this process may mount in a namespace of its own.
pub fn can_mount() -> bool {
    let script = "mount -t tmpfs -o size=64k none /mnt";
    works(Command::new("unshare").args(["--mount", "sh", "-c", script]), "the right to mount")
}

/// Whether this process may trace another.
pub fn can_trace() -> bool {
    has_programs(&["strace"])
        && works(Command::new("strace").args(["-o", "/dev/null", "true"]), "the right to trace")
}

/// Whether a path exists; prints what goes without it.
pub fn has_path(path: &str) -> bool {
    let exists = Path::new(path).exists();
    if !exists {
        eprintln!("skipped: needs {path}");
    }
    exists
}

fn works(command: &mut Command, what: &str) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let works = status.is_ok_and(|status| status.success());
    if !works {
        eprintln!("skipped: needs {what}");
    }
    works
}
