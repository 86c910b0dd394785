//! What an executable says of itself to the loader.

use std::path::Path;

use object::LittleEndian as LE;
use object::elf::{self, FileHeader64};
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _};

/// What the loader reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whether it may be placed anywhere.
    pub is_position_independent: bool,
    /// Whether it asks for a dynamic loader.
    pub has_interpreter: bool,
    /// Number of shared libraries it asks for.
    pub needed: usize,
    /// Whether it has folders to search for libraries.
    pub has_library_path: bool,
    /// Whether some memory is both writable and executable.
    pub has_writable_code: bool,
}

/// Reads an executable.
///
/// # Panics
/// When it is no 64-bit ELF file.
pub fn facts(path: &Path) -> Facts {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let header = FileHeader64::<LE>::parse(&*bytes).expect("the image is ELF");
    let segments = header.program_headers(LE, &*bytes).expect("the image has segments");
    let both = elf::PF_W.0 | elf::PF_X.0;
    let mut facts = Facts {
        is_position_independent: header.e_type(LE) == elf::ET_DYN,
        has_interpreter: segments.iter().any(|segment| segment.p_type(LE) == elf::PT_INTERP),
        needed: 0,
        has_library_path: false,
        has_writable_code: segments
            .iter()
            .any(|segment| segment.p_type(LE) == elf::PT_LOAD && segment.p_flags(LE).0 & both == both),
    };
    for segment in segments {
        for entry in segment.dynamic(LE, &*bytes).expect("the dynamic table can be read").unwrap_or_default()
        {
            match entry.d_tag(LE) {
                elf::DT_NEEDED => facts.needed += 1,
                elf::DT_RPATH | elf::DT_RUNPATH => facts.has_library_path = true,
                _ => {}
            }
        }
    }
    facts
}

/// Names of environment variables that stand in an executable: `RAYA_` and capital letters.
pub fn environment_names(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut names = vec![];
    let mut rest = &*bytes;
    while let Some(at) = rest.windows(5).position(|window| window == b"RAYA_") {
        let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        let length = rest[at..].iter().take_while(|byte| is_part(byte)).count();
        names.push(String::from_utf8_lossy(&rest[at..at + length]).into_owned());
        rest = &rest[at + length..];
    }
    names.sort();
    names.dedup();
    names
}
