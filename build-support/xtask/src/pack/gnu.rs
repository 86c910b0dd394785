//! The pack for glibc, from what the machine's C compiler links with.
//!
//! Some of glibc's libraries are linker scripts: the files they name are taken instead.

use super::libraries::{Libraries, read};
use crate::shell::command;
use raya_packs::{Machine, PackBuilder};
use std::path::{Path, PathBuf};

pub(crate) fn collect(machine: Machine, builder: &mut PackBuilder) -> Result<(), String> {
    builder.metadata("glibc", glibc_version(&read(&file("libc.so.6")?)?)?);
    builder.metadata("license", "glibc is under the LGPL: a static image has to be re-linkable, see docs");
    let mut libraries = Libraries::new(machine, builder);
    for name in ["Scrt1.o", "rcrt1.o", "crti.o", "crtbeginS.o", "crtendS.o", "crtn.o"] {
        libraries.file(name, &file(name)?)?;
    }
    for name in ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"] {
        libraries.file(name, &file(name)?)?;
    }
    for name in ["libc.a", "libc_nonshared.a", "libgcc.a", "libgcc_eh.a"] {
        libraries.archive(name, &read(&file(name)?)?)?;
    }
    for (name, path) in expand("libm.a", &file("libm.a")?)? {
        libraries.archive(name, &read(&path)?)?;
    }
    libraries.names("names/system");
    libraries.archive("libstdc++.a", &read(&file("libstdc++.a")?)?)?;
    libraries.names("names/cxx");
    Ok(())
}

/// The file that the compiler would link under this name.
fn file(name: &str) -> Result<PathBuf, String> {
    let output = command("cc", [format!("-print-file-name={name}")]).output();
    let output = output.map_err(|error| format!("the C compiler cannot be started: {error}"))?;
    let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    // A name without a folder is the compiler's way to say that it has no such file.
    match path.is_absolute() && path.exists() {
        true => Ok(path),
        false => Err(format!("the C compiler has no `{name}`")),
    }
}

/// The archives behind `libm.a`: itself, or those that the linker script of that name groups.
fn expand(name: &'static str, path: &Path) -> Result<Vec<(&'static str, PathBuf)>, String> {
    let bytes = read(path)?;
    if bytes.starts_with(b"!<arch>\n") {
        return Ok(vec![(name, path.to_path_buf())]);
    }
    let script = String::from_utf8_lossy(&bytes);
    let named =
        |part: &str| script.split_whitespace().find(|word| word.ends_with(".a") && word.contains(part));
    let main = named("libm-").or_else(|| named("libm.")).ok_or("the script `libm.a` names no archive")?;
    let vector = named("libmvec").map(|path| ("libmvec.a", PathBuf::from(path)));
    Ok([Some((name, PathBuf::from(main))), vector].into_iter().flatten().collect())
}

/// The newest version that the library defines: what an image may need when it runs.
fn glibc_version(library: &[u8]) -> Result<String, String> {
    const MARK: &[u8] = b"GLIBC_2.";
    let mut newest = None;
    for at in memchr::memmem::find_iter(library, MARK) {
        let rest = &library[at + MARK.len()..];
        let digits: String =
            rest.iter().take_while(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect();
        newest = newest.max(digits.parse::<u32>().ok());
    }
    newest.map(|minor| format!("2.{minor}")).ok_or_else(|| "libc.so.6 has no versions".into())
}
