//! Reads a library's headers: what it is, what it would bring along, what it says of itself. Nothing of it runs.

use std::path::Path;

use goblin::elf::{Elf, dynamic, header, program_header};
use raya_abi::image::ModuleNote;
use raya_abi::names::{DESCRIPTOR_SECTION, NOTE_SECTION};
use raya_abi::version::{ABI_VERSION, abi_compatible};

use crate::{Defect, FallbackError};

/// Shared libraries that every module may need: the C library's parts, the loader, and the compilers' run-time libraries.
pub const ALLOWED_LIBRARIES: &[&str] = &[
    "ld-linux-aarch64.so.1",
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libstdc++.so.6",
];

/// Longest descriptor, in bytes.
const DESCRIPTOR_BYTES_MAX: usize = 4 << 20;

/// What a library's headers say.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) note: ModuleNote,
    pub(crate) descriptor: Option<String>,
    pub(crate) needed: Vec<String>,
}

/// Whether every module may need this library.
pub(crate) fn is_allowed(library: &str) -> bool {
    ALLOWED_LIBRARIES.contains(&library)
}

/// Reads a library that is to be the module `module`. `path` is for reports.
pub(crate) fn inspect(module: &str, path: &Path, bytes: &[u8]) -> Result<Facts, FallbackError> {
    let elf = parse(path, bytes)?;
    check_kind(path, &elf)?;
    let defective = |defect| FallbackError::Defect { path: path.to_path_buf(), defect };
    check_segments(&elf).map_err(defective)?;
    check_dynamic(&elf).map_err(defective)?;
    let note = note(module, path, bytes, &elf)?;
    let needed: Vec<String> = elf.libraries.iter().map(|name| (*name).to_owned()).collect();
    Ok(Facts { note, descriptor: descriptor(path, bytes, &elf)?, needed })
}

fn parse<'b>(path: &Path, bytes: &'b [u8]) -> Result<Elf<'b>, FallbackError> {
    let not_a_library = |found: String| FallbackError::NotALibrary {
        path: path.to_path_buf(),
        expected: "a shared library in ELF format",
        found,
    };
    if !bytes.starts_with(b"\x7fELF") {
        let text = bytes.iter().take(32).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
        let found = match (bytes.is_empty(), text) {
            (true, _) => "an empty file",
            (false, true) => "a text file",
            (false, false) => "a file of another kind",
        };
        return Err(not_a_library(found.to_owned()));
    }
    // The parser is fuzzed by its makers, yet it reads what strangers wrote: a panic of it is one more malformed file.
    match std::panic::catch_unwind(|| Elf::parse(bytes)) {
        Ok(Ok(elf)) => Ok(elf),
        Ok(Err(error)) => Err(not_a_library(format!("a malformed one ({error})"))),
        Err(_) => Err(not_a_library("a malformed one".to_owned())),
    }
}

/// What this program's processor is called in an ELF header, and for readers.
#[cfg(target_arch = "x86_64")]
const MACHINE: (u16, &str) = (header::EM_X86_64, "a 64-bit library for x86-64");
#[cfg(target_arch = "aarch64")]
const MACHINE: (u16, &str) = (header::EM_AARCH64, "a 64-bit library for AArch64");

fn check_kind(path: &Path, elf: &Elf<'_>) -> Result<(), FallbackError> {
    let (machine, expected) = MACHINE;
    let not_a_library =
        |expected, found: String| FallbackError::NotALibrary { path: path.to_path_buf(), expected, found };
    if !elf.is_64 || !elf.little_endian || elf.header.e_machine != machine {
        let width = if elf.is_64 { "64-bit" } else { "32-bit" };
        let found = format!("a {width} file for {}", header::machine_to_str(elf.header.e_machine));
        return Err(not_a_library(expected, found));
    }
    if elf.header.e_type != header::ET_DYN {
        return Err(not_a_library(
            "a shared library",
            format!("an ELF file of type {}", header::et_to_str(elf.header.e_type)),
        ));
    }
    match elf.dynamic {
        Some(_) => Ok(()),
        None => {
            Err(not_a_library("a shared library", "a file without dynamic linking information".to_owned()))
        }
    }
}

fn check_segments(elf: &Elf<'_>) -> Result<(), Defect> {
    for segment in &elf.program_headers {
        let (writable, executable) = (segment.is_write(), segment.is_executable());
        match segment.p_type {
            program_header::PT_INTERP => return Err(Defect::Program),
            program_header::PT_GNU_STACK if executable => return Err(Defect::ExecutableStack),
            program_header::PT_LOAD if writable && executable => return Err(Defect::WritableCode),
            _ => {}
        }
    }
    // Without the header the loader assumes that the stack must be executable.
    let states_stack =
        elf.program_headers.iter().any(|segment| segment.p_type == program_header::PT_GNU_STACK);
    if states_stack { Ok(()) } else { Err(Defect::ExecutableStack) }
}

/// `DT_AUXILIARY` and `DT_FILTER`: libraries that are loaded to answer in this one's name.
const DT_AUXILIARY: u64 = 0x7fff_fffd;
const DT_FILTER: u64 = 0x7fff_ffff;
/// `DT_AUDIT` and `DT_DEPAUDIT`: libraries that are loaded to watch the loader.
const DT_DEPAUDIT: u64 = 0x6fff_fefb;
const DT_AUDIT: u64 = 0x6fff_fefc;

fn check_dynamic(elf: &Elf<'_>) -> Result<(), Defect> {
    let Some(dynamic) = &elf.dynamic else { return Err(Defect::Program) };
    for entry in &dynamic.dyns {
        match entry.d_tag {
            dynamic::DT_RPATH | dynamic::DT_RUNPATH => {
                let text = usize::try_from(entry.d_val).ok().and_then(|at| elf.dynstrtab.get_at(at));
                return Err(Defect::SearchPath(text.unwrap_or_default().to_owned()));
            }
            DT_AUXILIARY => return Err(Defect::Brings("DT_AUXILIARY")),
            DT_FILTER => return Err(Defect::Brings("DT_FILTER")),
            DT_AUDIT => return Err(Defect::Brings("DT_AUDIT")),
            DT_DEPAUDIT => return Err(Defect::Brings("DT_DEPAUDIT")),
            dynamic::DT_TEXTREL => return Err(Defect::WritableCode),
            _ => {}
        }
    }
    if dynamic.info.flags & dynamic::DF_TEXTREL != 0 {
        return Err(Defect::WritableCode);
    }
    if dynamic.info.flags_1 & dynamic::DF_1_PIE != 0 {
        return Err(Defect::Program);
    }
    // Entries that the parser could not name must not slip through as if they were none.
    let needed = dynamic.dyns.iter().filter(|entry| entry.d_tag == dynamic::DT_NEEDED).count();
    if needed != elf.libraries.len() {
        return Err(Defect::NeededPath(String::new()));
    }
    match elf.libraries.iter().find(|name| name.is_empty() || name.contains('/') || name.contains('$')) {
        Some(path) => Err(Defect::NeededPath((*path).to_owned())),
        None => Ok(()),
    }
}

fn note(module: &str, path: &Path, bytes: &[u8], elf: &Elf<'_>) -> Result<ModuleNote, FallbackError> {
    let note = section(bytes, elf, NOTE_SECTION).and_then(ModuleNote::parse);
    let Some(note) = note else {
        return Err(FallbackError::NoNote { path: path.to_path_buf(), module: module.to_owned() });
    };
    if note.name() != Some(module) {
        let found = note.name().unwrap_or("another name").to_owned();
        return Err(FallbackError::OtherModule {
            path: path.to_path_buf(),
            expected: module.to_owned(),
            found,
        });
    }
    match abi_compatible(note.abi_version, ABI_VERSION) {
        true => Ok(note),
        false => Err(FallbackError::Abi { path: path.to_path_buf(), found: note.abi_version }),
    }
}

fn descriptor(path: &Path, bytes: &[u8], elf: &Elf<'_>) -> Result<Option<String>, FallbackError> {
    let Some(text) = section(bytes, elf, DESCRIPTOR_SECTION) else { return Ok(None) };
    if text.len() > DESCRIPTOR_BYTES_MAX {
        return Err(FallbackError::TooLarge { path: path.to_path_buf(), limit: DESCRIPTOR_BYTES_MAX });
    }
    // C's literals end with NUL, and a linker may pad between the parts of several objects.
    let parts = text.split(|byte| *byte == 0).filter(|part| !part.is_empty());
    let text = parts.collect::<Vec<_>>().join(&b'\n');
    let text = String::from_utf8(text).map_err(|error| FallbackError::StubNotUtf8 {
        path: path.to_path_buf(),
        offset: error.utf8_error().valid_up_to(),
    })?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

fn section<'b>(bytes: &'b [u8], elf: &Elf<'_>, name: &str) -> Option<&'b [u8]> {
    let found =
        elf.section_headers.iter().find(|section| elf.shdr_strtab.get_at(section.sh_name) == Some(name))?;
    bytes.get(found.file_range()?)
}
