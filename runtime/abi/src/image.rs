//! The layout of what the bundler emits and the launcher reads, and of the note in a module's objects.
//!
//! `emit` writes these structs with relocations into `.data.rel.ro`; the launcher reads them through the symbol
//! [`crate::names::BUNDLE_SYMBOL`]. Both are built from the same source, and [`BUNDLE_VERSION`] guards against mixing.
//! All integers are little-endian; pointers are 64 bits.

use core::ffi::c_char;
use core::ffi::c_void;

/// First bytes of a [`BundleHeader`].
pub const BUNDLE_MAGIC: [u8; 8] = *b"RAYABNDL";
/// Version of the structs of this file.
pub const BUNDLE_VERSION: u32 = 1;

/// The program is stored as it is.
pub const PROGRAM_RAW: u32 = 0;
/// The program is one zstd frame of `program_length` bytes after decompression.
pub const PROGRAM_ZSTD: u32 = 1;

/// The bundle may load modules when it runs ([`BundleHeader::flags`]).
pub const FLAG_FALLBACK: u32 = 1;
/// Linked for glibc without a fallback: new executable mappings are forbidden before module code runs.
pub const FLAG_FORBID_EXECUTABLE_MAPPINGS: u32 = 2;
/// Collect garbage at every allocation: a test of the runtime.
pub const FLAG_GC_STRESS: u32 = 4;

/// The root of everything a bundle carries.
#[repr(C)]
pub struct BundleHeader {
    /// [`BUNDLE_MAGIC`].
    pub magic: [u8; 8],
    /// [`BUNDLE_VERSION`].
    pub version: u32,
    /// `FLAG_*`.
    pub flags: u32,
    /// [`PROGRAM_RAW`] or [`PROGRAM_ZSTD`].
    pub program_encoding: u32,
    /// Number of [`ModuleEntry`] at `modules`.
    pub module_count: u32,
    /// Number of pointers at `builtins`.
    pub builtin_count: u32,
    /// Zero.
    pub reserved: u32,
    /// The bytecode program.
    pub program: *const u8,
    /// Bytes at `program`.
    pub program_size: u64,
    /// Bytes of the program once decoded.
    pub program_length: u64,
    /// The modules that are linked in, sorted by name.
    pub modules: *const ModuleEntry,
    /// Addresses of the built-in functions, in the order of the program's table of built-ins. Behind them stand the
    /// address of a [`DecodeProgram`], if the program is not [`PROGRAM_RAW`], and then that of a [`MakeFallback`], if
    /// `flags` has [`FLAG_FALLBACK`].
    pub builtins: *const *const c_void,
}

/// Decompresses the `size` bytes at `program` to exactly `length` bytes at `into`; whether that went well.
pub type DecodeProgram =
    unsafe extern "C" fn(program: *const u8, size: usize, into: *mut u8, length: usize) -> bool;

/// Makes the provider that finds modules when the program runs: an owned pointer whose type is the launcher's own affair.
pub type MakeFallback = unsafe extern "C" fn() -> *mut c_void;

// SAFETY: the emitted header and all it points at are constant data of the image.
unsafe impl Sync for BundleHeader {}

/// One module that is linked in.
#[repr(C)]
pub struct ModuleEntry {
    /// NUL-terminated name.
    pub name: *const c_char,
    /// NUL-terminated version its manifest declares.
    pub version: *const c_char,
    /// `raya_module_bind_NAME` of the module, after isolation.
    pub bind: *const c_void,
    /// `raya_module_init_NAME` of the module, after isolation.
    pub init: *const c_void,
    /// ABI version from its note.
    pub abi_version: u32,
    /// `MODULE_*`.
    pub flags: u32,
}

/// The module's code may throw or panic across the boundary, so calls to it need the guard.
pub const MODULE_MAY_UNWIND: u32 = 1;

/// First bytes of a [`ModuleNote`].
pub const NOTE_MAGIC: [u8; 8] = *b"RAYANOTE";

/// What a module says of itself before any of its code runs; in section [`crate::names::NOTE_SECTION`]. It holds no
/// pointers, so that it reads the same in an object, an archive member and a shared library.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleNote {
    /// [`NOTE_MAGIC`].
    pub magic: [u8; 8],
    /// Bytes of this struct as the module knows it.
    pub size: u32,
    /// ABI version of the header or crate it was built with, packed as in [`crate::version`].
    pub abi_version: u32,
    /// NUL-padded module name.
    pub name: [u8; 64],
}

/// Bytes of a note.
pub const NOTE_SIZE: usize = size_of::<ModuleNote>();

impl ModuleNote {
    /// The note of module `name`, which must be a module name.
    pub const fn new(name: &str, abi_version: u32) -> Self {
        let mut padded = [0; 64];
        let bytes = name.as_bytes();
        assert!(bytes.len() < padded.len(), "a module name has at most 63 bytes");
        let mut at = 0;
        while at < bytes.len() {
            padded[at] = bytes[at];
            at += 1;
        }
        ModuleNote { magic: NOTE_MAGIC, size: NOTE_SIZE as u32, abi_version, name: padded }
    }

    /// Reads a note from the bytes of its section; what follows it is ignored, so that it may grow.
    pub fn parse(bytes: &[u8]) -> Option<ModuleNote> {
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let note = ModuleNote {
            magic: bytes.get(..8)?.try_into().ok()?,
            size: word(8)?,
            abi_version: word(12)?,
            name: bytes.get(16..80)?.try_into().ok()?,
        };
        (note.magic == NOTE_MAGIC && note.size as usize >= NOTE_SIZE && note.name[63] == 0).then_some(note)
    }

    /// The module's name, when it is UTF-8.
    pub fn name(&self) -> Option<&str> {
        let end = self.name.iter().position(|byte| *byte == 0)?;
        core::str::from_utf8(&self.name[..end]).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_the_ones_images_were_linked_with() {
        assert_eq!(size_of::<BundleHeader>(), 72);
        assert_eq!(core::mem::offset_of!(BundleHeader, program), 32);
        assert_eq!(core::mem::offset_of!(BundleHeader, modules), 56);
        assert_eq!(core::mem::offset_of!(BundleHeader, builtins), 64);
        assert_eq!(size_of::<ModuleEntry>(), 40);
        assert_eq!(core::mem::offset_of!(ModuleEntry, bind), 16);
        assert_eq!(core::mem::offset_of!(ModuleEntry, init), 24);
        assert_eq!(NOTE_SIZE, 80);
    }

    #[test]
    fn a_note_survives_the_round_trip_through_bytes() {
        let note = ModuleNote::new("crypto", crate::version::ABI_VERSION);
        let mut bytes = vec![];
        bytes.extend_from_slice(&note.magic);
        bytes.extend_from_slice(&note.size.to_le_bytes());
        bytes.extend_from_slice(&note.abi_version.to_le_bytes());
        bytes.extend_from_slice(&note.name);
        assert_eq!(ModuleNote::parse(&bytes), Some(note));
        assert_eq!(note.name(), Some("crypto"));
        for length in 0..bytes.len() {
            assert_eq!(ModuleNote::parse(&bytes[..length]), None);
        }
    }
}
