//! Phase `emit`: the object that ties a bundle together, written directly, without an assembler.
//!
//! It holds the header that the launcher looks for, the table of modules, the table of built-ins that the program uses (so
//! that the linker keeps those and no others), the program, and the bundle's manifest.

use crate::phase::isolate::IsolatedModule;
use object::write::{Object, Relocation, SectionId, Symbol, SymbolId, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, RelocationEncoding, RelocationFlags, RelocationKind,
    SectionFlags, SectionKind, SymbolFlags, SymbolKind, SymbolScope, elf,
};
use raya_abi::image::{
    BUNDLE_MAGIC, BUNDLE_VERSION, BundleHeader, FLAG_FALLBACK, MODULE_MAY_UNWIND, ModuleEntry, PROGRAM_RAW,
    PROGRAM_ZSTD,
};
use raya_abi::names;
use raya_source::{Code, Diagnostic};
use std::collections::BTreeMap;
use std::mem::offset_of;

/// Objects for the target cannot be written.
pub const UNSUPPORTED_TARGET: Code = Code("R1410");
/// The object could not be written.
pub const NOT_EMITTED: Code = Code("R1411");

/// The section of the program in an ELF image.
pub const PROGRAM_SECTION: &str = ".raya.program";
/// The section of the bundle's manifest in an ELF image.
pub const MANIFEST_SECTION: &str = ".raya.manifest";

/// The program starts at a multiple of this, and linkers may fill its section up to one.
pub const PROGRAM_ALIGNMENT: u64 = 16;

/// Smaller programs are stored as they are: an image that starts by decompressing starts late.
const COMPRESSED_FROM_BYTES: usize = 512 << 10;
const COMPRESSION_LEVEL: i32 = 19;

/// What goes into the object.
pub struct Request<'input> {
    /// The target triple.
    pub target: &'input str,
    /// The bytecode program.
    pub program: &'input [u8],
    /// The bundle's manifest.
    pub manifest: &'input [u8],
    /// The modules that are linked in, sorted by name.
    pub modules: &'input [IsolatedModule],
    /// The built-ins of the program by their names in the prelude, in the order of its table.
    pub builtins: &'input [String],
    /// `FLAG_*` of the header.
    pub flags: u32,
}

/// The object, and what an image linked from it must hold.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// The object's bytes.
    pub object: Vec<u8>,
    /// What `seal` compares the image with.
    pub intention: Intention,
}

/// What an image must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intention {
    /// The header up to its pointers: the bytes of [`BundleHeader`] before `program`.
    pub header: Vec<u8>,
    /// `program_size` and `program_length`.
    pub program_sizes: [u64; 2],
    /// Bytes of the program as stored.
    pub program: Vec<u8>,
    /// Bytes of the manifest.
    pub manifest: Vec<u8>,
}

/// Writes the object.
pub fn emit(request: &Request<'_>) -> Result<Emitted, Vec<Diagnostic>> {
    let (format, architecture) =
        format_of(request.target).ok_or_else(|| vec![unsupported(request.target)])?;
    let failed = |error: &dyn std::fmt::Display| {
        vec![Diagnostic::error(NOT_EMITTED, format!("no object was written: {error}"))]
    };
    let (encoding, program) = encode_program(request.program).map_err(|error| failed(&error))?;
    let intention = Intention {
        header: header_start(request, encoding),
        program_sizes: [program.len() as u64, request.program.len() as u64],
        program,
        manifest: request.manifest.to_vec(),
    };
    let object =
        Writer::new(format, architecture).write(request, &intention).map_err(|error| failed(&error))?;
    Ok(Emitted { object, intention })
}

fn format_of(target: &str) -> Option<(BinaryFormat, Architecture)> {
    let architecture = match target.split('-').next()? {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        _ => return None,
    };
    let format = match target {
        linux if linux.contains("-linux-") => BinaryFormat::Elf,
        windows if windows.contains("-windows-") => BinaryFormat::Coff,
        apple if apple.contains("-apple-") => BinaryFormat::MachO,
        _ => return None,
    };
    Some((format, architecture))
}

fn encode_program(program: &[u8]) -> std::io::Result<(u32, Vec<u8>)> {
    if program.len() >= COMPRESSED_FROM_BYTES {
        let compressed = zstd::bulk::compress(program, COMPRESSION_LEVEL)?;
        if compressed.len() < program.len() / 2 {
            return Ok((PROGRAM_ZSTD, compressed));
        }
    }
    Ok((PROGRAM_RAW, program.to_vec()))
}

fn header_start(request: &Request<'_>, encoding: u32) -> Vec<u8> {
    let mut header = vec![0; offset_of!(BundleHeader, program)];
    let mut put =
        |offset: usize, value: u32| header[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    put(offset_of!(BundleHeader, version), BUNDLE_VERSION);
    put(offset_of!(BundleHeader, flags), request.flags);
    put(offset_of!(BundleHeader, program_encoding), encoding);
    put(offset_of!(BundleHeader, module_count), request.modules.len() as u32);
    put(offset_of!(BundleHeader, builtin_count), request.builtins.len() as u32);
    header[..BUNDLE_MAGIC.len()].copy_from_slice(&BUNDLE_MAGIC);
    header
}

/// An object being written.
struct Writer {
    object: Object<'static>,
    /// Constant data with addresses in it.
    tables: SectionId,
    /// Constant data without.
    texts: SectionId,
    texts_symbol: SymbolId,
    /// Symbols that other objects define.
    asked_for: BTreeMap<String, SymbolId>,
}

impl Writer {
    fn new(format: BinaryFormat, architecture: Architecture) -> Self {
        let mut object = Object::new(format, architecture, Endianness::Little);
        let texts = object.section_id(object::write::StandardSection::ReadOnlyData);
        let tables = object.section_id(object::write::StandardSection::ReadOnlyDataWithRel);
        let texts_symbol = object.section_symbol(texts);
        Writer { object, tables, texts, texts_symbol, asked_for: BTreeMap::new() }
    }

    fn write(mut self, request: &Request<'_>, intention: &Intention) -> object::write::Result<Vec<u8>> {
        let program =
            self.payload_section(PROGRAM_SECTION, "__raya_program", &intention.program, PROGRAM_ALIGNMENT);
        // Unaligned, so that no linker pads it: whoever reads the section reads the manifest and nothing else.
        let manifest = self.payload_section(MANIFEST_SECTION, "__raya_manifest", &intention.manifest, 1);
        let modules = self.module_table(request.modules)?;
        let [stored, length] = intention.program_sizes;
        let builtins =
            self.builtin_table(request.builtins, stored != length, request.flags & FLAG_FALLBACK != 0)?;

        let mut bytes = vec![0; size_of::<BundleHeader>()];
        bytes[..intention.header.len()].copy_from_slice(&intention.header);
        let [size, length] = intention.program_sizes;
        put_u64(&mut bytes, offset_of!(BundleHeader, program_size), size);
        put_u64(&mut bytes, offset_of!(BundleHeader, program_length), length);
        let header = self.object.append_section_data(self.tables, &bytes, align_of::<BundleHeader>() as u64);
        self.object.add_symbol(Symbol {
            name: names::BUNDLE_SYMBOL.into(),
            value: header,
            size: bytes.len() as u64,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(self.tables),
            flags: SymbolFlags::None,
        });
        let tables = self.object.section_symbol(self.tables);
        self.address(header + offset_of!(BundleHeader, program) as u64, program, 0)?;
        self.address(header + offset_of!(BundleHeader, modules) as u64, tables, modules)?;
        self.address(header + offset_of!(BundleHeader, builtins) as u64, tables, builtins)?;
        // Nothing reads this pointer: it keeps the manifest where a linker does not know the flag that says so.
        let keeper = self.object.append_section_data(self.tables, &[0; 8], 8);
        self.address(keeper, manifest, 0)?;
        if self.object.format() == BinaryFormat::Elf {
            // Without it, linkers assume that the object wants an executable stack.
            self.object.add_section(vec![], b".note.GNU-stack".to_vec(), SectionKind::Other);
        }
        self.object.write()
    }

    /// A section of its own that stays in the image though nothing may refer to it.
    fn payload_section(
        &mut self,
        elf_name: &str,
        short_name: &str,
        bytes: &[u8],
        alignment: u64,
    ) -> SymbolId {
        let is_elf = self.object.format() == BinaryFormat::Elf;
        let (segment, name) = match self.object.format() {
            BinaryFormat::MachO => ("__DATA", short_name),
            _ => ("", elf_name),
        };
        let section = self.object.add_section(segment.into(), name.into(), SectionKind::ReadOnlyData);
        if is_elf {
            let sh_flags = elf::SectionFlags(elf::SHF_ALLOC.0 | elf::SHF_GNU_RETAIN.0);
            self.object.section_mut(section).flags =
                SectionFlags::Elf { sh_type: elf::SHT_PROGBITS, sh_flags };
        }
        self.object.append_section_data(section, bytes, alignment);
        self.object.section_symbol(section)
    }

    fn module_table(&mut self, modules: &[IsolatedModule]) -> object::write::Result<u64> {
        let size = size_of::<ModuleEntry>();
        let mut bytes = vec![0; size * modules.len()];
        for (module, entry) in modules.iter().zip(bytes.chunks_exact_mut(size)) {
            let flags = if module.may_unwind { MODULE_MAY_UNWIND } else { 0 };
            put_u32(entry, offset_of!(ModuleEntry, abi_version), module.abi_version);
            put_u32(entry, offset_of!(ModuleEntry, flags), flags);
        }
        let table = self.object.append_section_data(self.tables, &bytes, align_of::<ModuleEntry>() as u64);
        for (index, module) in modules.iter().enumerate() {
            let entry = table + (index * size) as u64;
            let (name, version) = (self.text(&module.name), self.text(&module.version));
            self.address(entry + offset_of!(ModuleEntry, name) as u64, self.texts_symbol, name)?;
            self.address(entry + offset_of!(ModuleEntry, version) as u64, self.texts_symbol, version)?;
            let init = self.undefined(&names::init_symbol(&module.name), SymbolKind::Text);
            self.address(entry + offset_of!(ModuleEntry, init) as u64, init, 0)?;
            if module.has_bind() {
                let bind = self.undefined(&names::bind_symbol(&module.name), SymbolKind::Text);
                self.address(entry + offset_of!(ModuleEntry, bind) as u64, bind, 0)?;
            }
        }
        Ok(table)
    }

    /// The addresses of the built-ins, and behind them those of the decoder, where the program is compressed, and of the
    /// fallback, where modules are loaded: named here, they are linked into those images only.
    fn builtin_table(
        &mut self,
        builtins: &[String],
        compressed: bool,
        fallback: bool,
    ) -> object::write::Result<u64> {
        let mut symbols: Vec<String> =
            builtins.iter().map(|builtin| names::builtin_symbol(builtin)).collect();
        symbols.extend(compressed.then(|| names::DECODER_SYMBOL.to_owned()));
        symbols.extend(fallback.then(|| names::FALLBACK_SYMBOL.to_owned()));
        let table = self.object.append_section_data(self.tables, &vec![0; 8 * symbols.len()], 8);
        for (index, name) in symbols.iter().enumerate() {
            let symbol = self.undefined(name, SymbolKind::Unknown);
            self.address(table + 8 * index as u64, symbol, 0)?;
        }
        Ok(table)
    }

    /// Appends a NUL-terminated text and gives its offset.
    fn text(&mut self, text: &str) -> u64 {
        let bytes: Vec<u8> = text.bytes().filter(|byte| *byte != 0).chain([0]).collect();
        self.object.append_section_data(self.texts, &bytes, 1)
    }

    /// The symbol of a name that other objects define; one symbol for equal names.
    fn undefined(&mut self, name: &str, kind: SymbolKind) -> SymbolId {
        if let Some(symbol) = self.asked_for.get(name) {
            return *symbol;
        }
        let symbol = self.object.add_symbol(Symbol {
            name: name.into(),
            value: 0,
            size: 0,
            kind,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        self.asked_for.insert(name.into(), symbol);
        symbol
    }

    /// Has the linker write the address of `symbol` plus `addend` at `offset` of the tables.
    fn address(&mut self, offset: u64, symbol: SymbolId, addend: u64) -> object::write::Result<()> {
        let flags = RelocationFlags::Generic {
            kind: RelocationKind::Absolute,
            encoding: RelocationEncoding::Generic,
            size: 64,
        };
        self.object.add_relocation(self.tables, Relocation { offset, symbol, addend: addend as i64, flags })
    }
}

fn put_u32(bytes: &mut [u8], offset: usize, value: u32) {
    bytes[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
}

fn put_u64(bytes: &mut [u8], offset: usize, value: u64) {
    bytes[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
}

fn unsupported(target: &str) -> Diagnostic {
    Diagnostic::error(
        UNSUPPORTED_TARGET,
        format!("expected a target whose objects can be written, found `{target}`"),
    )
    .with_note("supported are x86_64 and aarch64 on Linux, Windows and macOS")
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::read::{Object as _, ObjectSection as _, ObjectSymbol as _};

    fn request<'input>(target: &'input str, builtins: &'input [String]) -> Request<'input> {
        Request { target, program: b"program", manifest: b"manifest", modules: &[], builtins, flags: 0 }
    }

    #[test]
    fn an_object_holds_header_program_manifest_and_asks_for_builtins() {
        let builtins = ["String.indexOf".to_owned(), "Math.abs".to_owned(), "String.indexOf".to_owned()];
        for target in ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"] {
            let emitted = emit(&request(target, &builtins)).unwrap();
            let file = object::File::parse(emitted.object.as_slice()).unwrap();
            assert_eq!(file.section_by_name(PROGRAM_SECTION).unwrap().data().unwrap(), b"program");
            assert_eq!(file.section_by_name(MANIFEST_SECTION).unwrap().data().unwrap(), b"manifest");
            let header = file.symbol_by_name(names::BUNDLE_SYMBOL).unwrap();
            let tables = file.section_by_index(header.section_index().unwrap()).unwrap();
            let data = &tables.data().unwrap()[header.address() as usize..];
            assert_eq!(&data[..8], b"RAYABNDL");
            assert_eq!(data[offset_of!(BundleHeader, builtin_count)], 3);
            let asked: Vec<_> =
                file.symbols().filter(|s| s.is_undefined()).map(|s| s.name().unwrap().to_owned()).collect();
            assert_eq!(asked.iter().filter(|name| name.starts_with("raya_builtin_")).count(), 2);
            // Three pointers of the header, three built-ins, the manifest's.
            assert_eq!(tables.relocations().count(), 7);
        }
    }

    #[test]
    fn objects_of_other_systems_parse() {
        for target in ["x86_64-pc-windows-gnu", "aarch64-apple-darwin"] {
            let emitted = emit(&request(target, &["Math.abs".to_owned()])).unwrap();
            object::File::parse(emitted.object.as_slice()).unwrap();
        }
        assert_eq!(
            emit(&request("riscv64gc-unknown-none-elf", &[])).unwrap_err()[0].code,
            UNSUPPORTED_TARGET
        );
    }

    #[test]
    fn large_programs_are_compressed_where_it_pays() {
        let large = vec![7; COMPRESSED_FROM_BYTES];
        let (encoding, stored) = encode_program(&large).unwrap();
        assert_eq!(encoding, PROGRAM_ZSTD);
        assert_eq!(zstd::bulk::decompress(&stored, large.len()).unwrap(), large);
        assert_eq!(encode_program(&large[1..]).unwrap().0, PROGRAM_RAW);
    }
}
