//! Reading the bundle's header.

use core::ffi::c_void;
use core::fmt;

use std::borrow::Cow;

use raya_abi::image::{
    BUNDLE_MAGIC, BUNDLE_VERSION, BundleHeader, DecodeProgram, FLAG_FALLBACK, MakeFallback, PROGRAM_RAW,
    PROGRAM_ZSTD,
};
use raya_boundary::ModuleProvider;
use raya_bytecode::{DecodeError, Verified, VerifyError, decode, verify};
use raya_vm::BuiltinFunction;

/// What a bundle runs.
pub(crate) struct Loaded {
    pub(crate) program: Verified,
    pub(crate) builtins: Vec<BuiltinFunction>,
}

/// Why an image cannot be started.
#[derive(Debug, PartialEq)]
pub(crate) enum ImageError {
    /// The header does not begin with its magic bytes.
    NoBundle,
    /// Emitted for another launcher.
    Version(u32),
    /// The program is stored in a way this launcher does not read.
    Encoding(u32),
    /// The program does not decompress to the length the header says.
    Compressed,
    /// The program's bytes are no program.
    Decode(DecodeError),
    /// The program breaks a rule of the verifier.
    Verify(VerifyError),
    /// The program names more built-ins than were linked: wanted, linked.
    Builtins(usize, usize),
}

impl fmt::Display for ImageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageError::NoBundle => write!(formatter, "expected a bundle's header"),
            ImageError::Version(found) => {
                write!(formatter, "expected bundle version {BUNDLE_VERSION}, found {found}")
            }
            ImageError::Encoding(found) => {
                write!(formatter, "expected program encoding {PROGRAM_RAW} or {PROGRAM_ZSTD}, found {found}")
            }
            ImageError::Compressed => {
                write!(formatter, "expected a compressed program of the length its header says")
            }
            ImageError::Decode(error) => write!(formatter, "{error}"),
            ImageError::Verify(error) => write!(formatter, "{error}"),
            ImageError::Builtins(wanted, linked) => {
                write!(formatter, "expected {wanted} built-in functions, found {linked}")
            }
        }
    }
}

/// Reads the header: the program is decoded and verified, the built-ins are taken from the emitted table.
///
/// # Safety
///
/// `bundle` and what it points at are constant data, and its built-ins are addresses of [`BuiltinFunction`]s, if its magic
/// bytes and version are the ones of this launcher.
pub(crate) unsafe fn load(bundle: &'static BundleHeader) -> Result<Loaded, ImageError> {
    if bundle.magic != BUNDLE_MAGIC {
        return Err(ImageError::NoBundle);
    }
    if bundle.version != BUNDLE_VERSION {
        return Err(ImageError::Version(bundle.version));
    }
    // SAFETY: as the caller promises.
    let bytes = unsafe { program_bytes(bundle) }?;
    let program = verify(decode(&bytes).map_err(ImageError::Decode)?).map_err(ImageError::Verify)?;
    // SAFETY: as the caller promises.
    let addresses = unsafe { slice(bundle.builtins, bundle.builtin_count as usize) };
    if addresses.len() < program.builtins.len() {
        return Err(ImageError::Builtins(program.builtins.len(), addresses.len()));
    }
    // SAFETY: as the caller promises.
    let builtins = addresses.iter().map(|address| unsafe { builtin(*address) }).collect();
    Ok(Loaded { program, builtins })
}

/// The program, decompressed where it is compressed.
///
/// # Safety
///
/// As for [`load`].
unsafe fn program_bytes(bundle: &'static BundleHeader) -> Result<Cow<'static, [u8]>, ImageError> {
    // SAFETY: as the caller promises.
    let stored = unsafe { slice(bundle.program, bundle.program_size as usize) };
    match bundle.program_encoding {
        PROGRAM_RAW => Ok(Cow::Borrowed(stored)),
        PROGRAM_ZSTD => {
            let mut bytes = vec![0; bundle.program_length as usize];
            // SAFETY: the decoder stands behind the built-ins of a compressed program; it is called with a buffer of the
            // length that is said. It is named by the emitted table only, so that other images are linked without it.
            let decoded = unsafe {
                let address = *bundle.builtins.add(bundle.builtin_count as usize);
                let decoder = core::mem::transmute::<*const c_void, DecodeProgram>(address);
                decoder(stored.as_ptr(), stored.len(), bytes.as_mut_ptr(), bytes.len())
            };
            if decoded { Ok(Cow::Owned(bytes)) } else { Err(ImageError::Compressed) }
        }
        other => Err(ImageError::Encoding(other)),
    }
}

/// The provider of modules that are loaded when the program runs, if the bundle has one.
///
/// # Safety
///
/// As for [`load`].
pub(crate) unsafe fn fallback(bundle: &'static BundleHeader) -> Option<Box<dyn ModuleProvider>> {
    if bundle.flags & FLAG_FALLBACK == 0 {
        return None;
    }
    let place = bundle.builtin_count as usize + usize::from(bundle.program_encoding != PROGRAM_RAW);
    // SAFETY: with the flag, the address of the launcher's own function stands behind the built-ins and the decoder; it
    // gives a box that is owned here. It is named by the emitted table only, so that other images are linked without it.
    unsafe {
        let address = *bundle.builtins.add(place);
        let make = core::mem::transmute::<*const c_void, MakeFallback>(address);
        Some(*Box::from_raw(make().cast::<Box<dyn ModuleProvider>>()))
    }
}

/// # Safety
///
/// `first` points at `count` elements of constant data, or is null while `count` is 0.
unsafe fn slice<T>(first: *const T, count: usize) -> &'static [T] {
    if first.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { core::slice::from_raw_parts(first, count) }
}

/// # Safety
///
/// `address` is that of a [`BuiltinFunction`].
unsafe fn builtin(address: *const c_void) -> BuiltinFunction {
    // SAFETY: as the caller promises; function pointers are as wide as data pointers on every target there is.
    unsafe { core::mem::transmute::<*const c_void, BuiltinFunction>(address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &'static [u8]) -> &'static BundleHeader {
        Box::leak(Box::new(BundleHeader {
            magic: BUNDLE_MAGIC,
            version: BUNDLE_VERSION,
            flags: 0,
            program_encoding: PROGRAM_RAW,
            module_count: 0,
            builtin_count: 0,
            reserved: 0,
            program: bytes.as_ptr(),
            program_size: bytes.len() as u64,
            program_length: bytes.len() as u64,
            modules: core::ptr::null(),
            builtins: core::ptr::null(),
        }))
    }

    fn problem(header: &'static BundleHeader) -> Option<ImageError> {
        // SAFETY: these headers point at constant data, and name no built-ins.
        unsafe { load(header) }.err()
    }

    #[test]
    fn a_header_of_another_launcher_is_refused() {
        let good = header(b"");
        let with = |change: fn(&mut BundleHeader)| {
            let mut changed = header_copy(good);
            change(&mut changed);
            problem(Box::leak(Box::new(changed)))
        };
        assert_eq!(with(|header| header.magic = *b"RAYABNDX"), Some(ImageError::NoBundle));
        assert_eq!(with(|header| header.version = 99), Some(ImageError::Version(99)));
        assert_eq!(with(|header| header.program_encoding = 7), Some(ImageError::Encoding(7)));
    }

    #[test]
    fn a_compressed_program_that_does_not_decompress_is_refused() {
        let mut changed = header_copy(header(b"no frame"));
        changed.program_encoding = PROGRAM_ZSTD;
        changed.builtins = Box::leak(Box::new(crate::decoder::raya_decode_program as *const c_void));
        assert_eq!(problem(Box::leak(Box::new(changed))), Some(ImageError::Compressed));
    }

    #[test]
    fn bytes_that_are_no_program_are_refused() {
        assert!(matches!(problem(header(b"")), Some(ImageError::Decode(_))));
        assert!(matches!(problem(header(b"no bytecode at all")), Some(ImageError::Decode(_))));
    }

    fn header_copy(header: &BundleHeader) -> BundleHeader {
        BundleHeader {
            magic: header.magic,
            version: header.version,
            flags: header.flags,
            program_encoding: header.program_encoding,
            module_count: header.module_count,
            builtin_count: header.builtin_count,
            reserved: header.reserved,
            program: header.program,
            program_size: header.program_size,
            program_length: header.program_length,
            modules: header.modules,
            builtins: header.builtins,
        }
    }
}
