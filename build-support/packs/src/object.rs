//! One relocatable ELF object, every reference in it checked before anyone follows it.
//!
//! Linkers trust objects: the one built into `raya` panicked on some mutated ones. What passes [`Object::parse`] has
//! sections in bounds, names that end, relocations that hit their section, and nothing of a kind we do not know.

use object::LittleEndian;
use object::elf;
use object::pod;
use std::fmt;

pub(crate) const LE: LittleEndian = LittleEndian;
pub(crate) type RawHeader = elf::FileHeader64<LittleEndian>;
pub(crate) type RawSection = elf::SectionHeader64<LittleEndian>;
pub(crate) type RawSymbol = elf::Sym64<LittleEndian>;
pub(crate) type RawRelocation = elf::Rela64<LittleEndian>;

const SECTION_HEADER_SIZE: u16 = 64;
const SYMBOL_SIZE: usize = 24;
const RELOCATION_SIZE: usize = 24;
/// No section needs a larger alignment than a huge page.
const ALIGNMENT_MAX: u64 = 1 << 21;
/// `SHT_X86_64_UNWIND`: unwind tables, by the letter of the psABI.
const SHT_X86_64_UNWIND: u32 = 0x7000_0001;

/// The processors objects may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Machine {
    /// x86-64.
    X86_64,
    /// AArch64.
    Aarch64,
}

impl Machine {
    /// The machine of a target triple.
    pub fn of_triple(triple: &str) -> Option<Machine> {
        match triple.split('-').next()? {
            "x86_64" => Some(Machine::X86_64),
            "aarch64" => Some(Machine::Aarch64),
            _ => None,
        }
    }

    /// The number ELF has for it.
    pub fn elf_number(self) -> u16 {
        match self {
            Machine::X86_64 => elf::EM_X86_64.0,
            Machine::Aarch64 => elf::EM_AARCH64.0,
        }
    }
}

/// Why bytes are not an object that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectError {
    /// Not ELF at all.
    NotElf,
    /// LLVM bitcode.
    Bitcode,
    /// ELF, but not a 64-bit little-endian relocatable object.
    NotRelocatable,
    /// For another processor.
    Machine {
        /// The one wanted.
        expected: Machine,
        /// The number found.
        found: u16,
    },
    /// A header or table contradicts itself or reaches out of bounds.
    Malformed {
        /// Which part.
        part: &'static str,
        /// Index of the section it is about.
        section: usize,
    },
    /// A section of a kind that is not known.
    SectionKind {
        /// Its `sh_type`.
        kind: u32,
    },
}

impl fmt::Display for ObjectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectError::NotElf => write!(formatter, "it is not an ELF object"),
            ObjectError::Bitcode => write!(formatter, "it is LLVM bitcode, not machine code"),
            ObjectError::NotRelocatable => {
                write!(formatter, "it is not a 64-bit little-endian relocatable object")
            }
            ObjectError::Machine { expected, found } => {
                write!(formatter, "expected an object for {expected:?}, found ELF machine {found}")
            }
            ObjectError::Malformed { part, section } => {
                write!(formatter, "section {section} has a malformed {part}")
            }
            ObjectError::SectionKind { kind } => {
                write!(formatter, "it has a section of the unknown kind {kind:#x}")
            }
        }
    }
}

impl std::error::Error for ObjectError {}

/// A section, its header decoded.
#[derive(Clone, Copy, Debug)]
pub struct Section<'data> {
    /// Its name.
    pub name: &'data [u8],
    /// `sh_type`.
    pub kind: u32,
    /// `sh_flags`.
    pub flags: u64,
    /// Its bytes; empty for sections that have none in the file.
    pub data: &'data [u8],
    /// `sh_size`, which differs from `data` for zero-initialised sections.
    pub size: u64,
    /// `sh_link`.
    pub link: u32,
    /// `sh_info`.
    pub info: u32,
    /// `sh_addralign`.
    pub alignment: u64,
    /// `sh_entsize`.
    pub entry_size: u64,
}

impl Section<'_> {
    /// Whether it is part of the running program.
    pub fn is_allocated(&self) -> bool {
        self.flags & elf::SHF_ALLOC.0 != 0
    }
}

/// Where a symbol lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Defined elsewhere.
    Undefined,
    /// An absolute value.
    Absolute,
    /// A tentative definition.
    Common,
    /// In the section of this index.
    Section(usize),
}

/// A symbol, its entry decoded.
#[derive(Clone, Copy, Debug)]
pub struct Symbol<'data> {
    /// Its name; may be empty.
    pub name: &'data [u8],
    /// Where it is.
    pub place: Place,
    /// `st_info >> 4`.
    pub binding: u8,
    /// `st_info & 15`.
    pub kind: u8,
}

impl Symbol<'_> {
    /// Whether other objects can see it, or would have to define it.
    pub fn is_global(&self) -> bool {
        self.binding != elf::STB_LOCAL.0
    }

    /// Whether it is defined for other objects.
    pub fn is_exported(&self) -> bool {
        self.is_global() && self.place != Place::Undefined
    }

    /// Whether it may be replaced by, or stay without, a definition.
    pub fn is_weak(&self) -> bool {
        self.binding == elf::STB_WEAK.0
    }
}

/// A checked object.
#[derive(Clone, Debug)]
pub struct Object<'data> {
    pub(crate) header: RawHeader,
    pub(crate) raw_sections: &'data [RawSection],
    /// All sections, the null section included.
    pub sections: Vec<Section<'data>>,
    pub(crate) names_index: usize,
    pub(crate) symbols_index: Option<usize>,
    pub(crate) raw_symbols: &'data [RawSymbol],
    extended_indexes: &'data [object::U32<LittleEndian>],
    strings: &'data [u8],
}

impl<'data> Object<'data> {
    /// Checks an object for `machine`.
    pub fn parse(data: &'data [u8], machine: Machine) -> Result<Self, ObjectError> {
        let header = parse_header(data, machine)?;
        let raw_sections = parse_section_table(data, &header)?;
        let (sections, names_index) = parse_sections(data, &header, raw_sections)?;
        let mut object = Object {
            header,
            raw_sections,
            sections,
            names_index,
            symbols_index: None,
            raw_symbols: &[],
            extended_indexes: &[],
            strings: &[],
        };
        object.find_symbols()?;
        object.check_symbols()?;
        object.check_references()?;
        Ok(object)
    }

    /// Number of entries in the symbol table, the null entry included.
    pub fn symbol_count(&self) -> usize {
        self.raw_symbols.len()
    }

    /// The symbol of an index below [`Object::symbol_count`].
    pub fn symbol(&self, index: usize) -> Symbol<'data> {
        let raw = &self.raw_symbols[index];
        let name = terminated(self.strings, raw.st_name.get(LE) as usize).unwrap_or_default();
        Symbol { name, place: self.place(index), binding: raw.st_bind().0, kind: raw.st_type().0 }
    }

    /// All symbols but the null entry.
    pub fn symbols(&self) -> impl Iterator<Item = (usize, Symbol<'data>)> {
        (1..self.symbol_count()).map(|index| (index, self.symbol(index)))
    }

    /// The entries of a relocation section.
    pub(crate) fn relocations(&self, section: &Section<'data>) -> &'data [RawRelocation] {
        entries(section.data, RELOCATION_SIZE).unwrap_or_default()
    }

    fn place(&self, index: usize) -> Place {
        match self.raw_symbols[index].st_shndx.get(LE).0 {
            0 => Place::Undefined,
            section if section == elf::SHN_ABS.0 => Place::Absolute,
            section if section == elf::SHN_COMMON.0 => Place::Common,
            section if section == elf::SHN_XINDEX.0 => self
                .extended_indexes
                .get(index)
                .map_or(Place::Undefined, |place| Place::Section(place.get(LE) as usize)),
            section => Place::Section(usize::from(section)),
        }
    }

    fn find_symbols(&mut self) -> Result<(), ObjectError> {
        for (index, section) in self.sections.iter().enumerate() {
            match section.kind {
                kind if kind == elf::SHT_SYMTAB.0 => {
                    let malformed = |part| ObjectError::Malformed { part, section: index };
                    if self.symbols_index.replace(index).is_some() {
                        return Err(malformed("second symbol table"));
                    }
                    self.raw_symbols = entries(section.data, SYMBOL_SIZE).ok_or(malformed("size"))?;
                    if section.entry_size != SYMBOL_SIZE as u64
                        || section.info as usize > self.raw_symbols.len()
                    {
                        return Err(malformed("symbol table"));
                    }
                    let strings = self.sections.get(section.link as usize);
                    let strings = strings
                        .filter(|strings| is_string_table(strings))
                        .ok_or(malformed("string table"))?;
                    self.strings = strings.data;
                }
                kind if kind == elf::SHT_SYMTAB_SHNDX.0 => {
                    let indexes = entries(section.data, 4);
                    self.extended_indexes =
                        indexes.ok_or(ObjectError::Malformed { part: "size", section: index })?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_symbols(&self) -> Result<(), ObjectError> {
        let Some(table) = self.symbols_index else {
            return Ok(());
        };
        let malformed = |part| ObjectError::Malformed { part, section: table };
        let first_global = self.sections[table].info as usize;
        for (index, raw) in self.raw_symbols.iter().enumerate() {
            if raw.st_name.get(LE) as usize >= self.strings.len().max(1) {
                return Err(malformed("symbol name"));
            }
            let number = raw.st_shndx.get(LE).0;
            let reserved = [elf::SHN_ABS.0, elf::SHN_COMMON.0, elf::SHN_XINDEX.0];
            if number >= elf::SHN_LORESERVE && !reserved.contains(&number) {
                return Err(malformed("symbol section"));
            }
            if (raw.st_bind() == elf::STB_LOCAL) != (index < first_global) {
                return Err(malformed("order of symbols"));
            }
            if let Place::Section(section) = self.place(index) {
                let section = self.sections.get(section).ok_or(malformed("symbol section"))?;
                if raw.st_value.get(LE) > section.size {
                    return Err(malformed("symbol value"));
                }
            }
        }
        Ok(())
    }

    fn check_references(&self) -> Result<(), ObjectError> {
        for (index, section) in self.sections.iter().enumerate() {
            let malformed = |part| ObjectError::Malformed { part, section: index };
            match section.kind {
                kind if kind == elf::SHT_RELA.0 => {
                    self.check_relocations(section).ok_or(malformed("relocation"))?
                }
                kind if kind == elf::SHT_GROUP.0 => self.check_group(section).ok_or(malformed("group"))?,
                kind if kind == elf::SHT_SYMTAB_SHNDX.0 => {
                    let complete = Some(section.link as usize) == self.symbols_index
                        && self.extended_indexes.len() == self.raw_symbols.len();
                    complete.then_some(()).ok_or(malformed("section indexes"))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_relocations(&self, section: &Section<'data>) -> Option<()> {
        let target = self.sections.get(section.info as usize).filter(|_| section.info != 0)?;
        let relocations: &[RawRelocation] = entries(section.data, RELOCATION_SIZE)?;
        let bound =
            self.symbols_index == Some(section.link as usize) && section.entry_size == RELOCATION_SIZE as u64;
        let fits = |relocation: &RawRelocation| {
            ((relocation.r_info.get(LE) >> 32) as usize) < self.raw_symbols.len()
                && relocation.r_offset.get(LE) < target.data.len() as u64
        };
        let strings = |relocation: &RawRelocation| self.is_in_strings(relocation);
        (bound && relocations.iter().all(fits) && relocations.iter().all(strings)).then_some(())
    }

    /// A reference to a section of merged strings says by its addend which string it means; outside of the section there is
    /// none, and a linker may search for it for hours.
    fn is_in_strings(&self, relocation: &RawRelocation) -> bool {
        let index = (relocation.r_info.get(LE) >> 32) as usize;
        let raw = &self.raw_symbols[index];
        let Place::Section(section) = self.place(index) else {
            return true;
        };
        let merged = elf::SHF_MERGE.0 | elf::SHF_STRINGS.0;
        let section = &self.sections[section];
        if raw.st_name.get(LE) != 0 || section.flags & merged != merged {
            return true;
        }
        let offset = i128::from(raw.st_value.get(LE)) + i128::from(relocation.r_addend.get(LE));
        (0..=i128::from(section.size)).contains(&offset)
    }

    fn check_group(&self, section: &Section<'data>) -> Option<()> {
        let words: &[object::U32<LittleEndian>] = entries(section.data, 4)?;
        let (_flags, members) = words.split_first()?;
        let bound = self.symbols_index == Some(section.link as usize)
            && section.info != 0
            && (section.info as usize) < self.raw_symbols.len();
        let fits = |member: &object::U32<LittleEndian>| {
            let member = member.get(LE) as usize;
            member != 0 && member < self.sections.len()
        };
        (bound && members.iter().all(fits)).then_some(())
    }
}

/// The entries of a table, when its size is a whole number of them.
pub(crate) fn entries<T: pod::Pod>(data: &[u8], size: usize) -> Option<&[T]> {
    debug_assert_eq!(size_of::<T>(), size);
    if !data.len().is_multiple_of(size) {
        return None;
    }
    pod::slice_from_bytes(data, data.len() / size).ok().map(|(entries, _)| entries)
}

fn terminated(strings: &[u8], start: usize) -> Option<&[u8]> {
    let rest = strings.get(start..)?;
    Some(&rest[..memchr::memchr(0, rest)?])
}

fn is_string_table(section: &Section<'_>) -> bool {
    section.kind == elf::SHT_STRTAB.0 && section.data.last().is_none_or(|last| *last == 0)
}

fn parse_header(data: &[u8], machine: Machine) -> Result<RawHeader, ObjectError> {
    if data.starts_with(b"BC\xC0\xDE") || data.starts_with(&[0xDE, 0xC0, 0x17, 0x0B]) {
        return Err(ObjectError::Bitcode);
    }
    if !data.starts_with(&elf::ELFMAG) {
        return Err(ObjectError::NotElf);
    }
    let (header, _) = pod::from_bytes::<RawHeader>(data).map_err(|()| ObjectError::NotRelocatable)?;
    let relocatable = header.e_ident.class == elf::ELFCLASS64
        && header.e_ident.data == elf::ELFDATA2LSB
        && header.e_ident.version == elf::EV_CURRENT
        && header.e_type.get(LE) == elf::ET_REL
        && header.e_phnum.get(LE) == 0
        && header.e_shentsize.get(LE) == SECTION_HEADER_SIZE;
    if !relocatable {
        return Err(ObjectError::NotRelocatable);
    }
    let found = header.e_machine.get(LE).0;
    match found == machine.elf_number() {
        true => Ok(*header),
        false => Err(ObjectError::Machine { expected: machine, found }),
    }
}

fn parse_section_table<'data>(
    data: &'data [u8],
    header: &RawHeader,
) -> Result<&'data [RawSection], ObjectError> {
    let malformed = ObjectError::Malformed { part: "section table", section: 0 };
    let start = usize::try_from(header.e_shoff.get(LE)).map_err(|_| malformed.clone())?;
    let table = data.get(start..).filter(|_| start != 0).ok_or(malformed.clone())?;
    let (first, _) = pod::from_bytes::<RawSection>(table).map_err(|()| malformed.clone())?;
    let count = match header.e_shnum.get(LE) {
        0 => usize::try_from(first.sh_size.get(LE)).map_err(|_| malformed.clone())?,
        count => usize::from(count),
    };
    let (sections, _) = pod::slice_from_bytes::<RawSection>(table, count).map_err(|()| malformed.clone())?;
    match sections.first() {
        Some(first) if first.sh_type.get(LE) == elf::SHT_NULL => Ok(sections),
        _ => Err(malformed),
    }
}

fn parse_sections<'data>(
    data: &'data [u8],
    header: &RawHeader,
    raw_sections: &'data [RawSection],
) -> Result<(Vec<Section<'data>>, usize), ObjectError> {
    let names_index = match header.e_shstrndx.get(LE) {
        elf::SHN_XINDEX => raw_sections[0].sh_link.get(LE) as usize,
        index => usize::from(index.0),
    };
    let names_malformed = ObjectError::Malformed { part: "name table", section: names_index };
    let names = raw_sections.get(names_index).filter(|_| names_index != 0).ok_or(names_malformed.clone())?;
    let names = parse_section(data, names, &[], names_index)?;
    if !is_string_table(&names) || names.data.is_empty() {
        return Err(names_malformed);
    }
    let sections = raw_sections
        .iter()
        .enumerate()
        .map(|(index, raw)| parse_section(data, raw, names.data, index))
        .collect::<Result<_, _>>()?;
    Ok((sections, names_index))
}

fn parse_section<'data>(
    data: &'data [u8],
    raw: &RawSection,
    names: &'data [u8],
    index: usize,
) -> Result<Section<'data>, ObjectError> {
    let malformed = |part| ObjectError::Malformed { part, section: index };
    let kind = raw.sh_type.get(LE).0;
    let (size, offset) = (raw.sh_size.get(LE), raw.sh_offset.get(LE));
    let bytes = if kind == elf::SHT_NULL.0 || kind == elf::SHT_NOBITS.0 {
        &data[..0]
    } else {
        let range = usize::try_from(offset)
            .ok()
            .zip(offset.checked_add(size).and_then(|end| usize::try_from(end).ok()));
        range.and_then(|(start, end)| data.get(start..end)).ok_or(malformed("range"))?
    };
    let name = match names {
        [] => &[],
        names => terminated(names, raw.sh_name.get(LE) as usize).ok_or(malformed("name"))?,
    };
    let section = Section {
        name,
        kind,
        flags: raw.sh_flags.get(LE).0,
        data: bytes,
        size,
        link: raw.sh_link.get(LE),
        info: raw.sh_info.get(LE),
        alignment: raw.sh_addralign.get(LE),
        entry_size: raw.sh_entsize.get(LE),
    };
    check_section(&section, index)?;
    Ok(section)
}

fn check_section(section: &Section<'_>, index: usize) -> Result<(), ObjectError> {
    let malformed = |part| ObjectError::Malformed { part, section: index };
    let alignment = section.alignment.max(1);
    if !alignment.is_power_of_two() || alignment > ALIGNMENT_MAX {
        return Err(malformed("alignment"));
    }
    if !section.is_allocated() {
        let unreadable = [elf::SHT_REL.0, elf::SHT_CREL.0, elf::SHT_RELR.0];
        return match unreadable.contains(&section.kind) {
            true => Err(ObjectError::SectionKind { kind: section.kind }),
            false => Ok(()),
        };
    }
    if section.flags & elf::SHF_COMPRESSED.0 != 0 {
        return Err(malformed("compression"));
    }
    let is_strings = section.flags & elf::SHF_STRINGS.0 != 0;
    let is_merged = section.flags & elf::SHF_MERGE.0 != 0;
    // Compilers give some merged sections no entry size; linkers then leave them alone.
    if is_merged
        && is_strings
        && section.entry_size <= 1
        && section.data.last().is_some_and(|last| *last != 0)
    {
        return Err(malformed("string"));
    }
    if is_merged && section.entry_size != 0 && !section.size.is_multiple_of(section.entry_size) {
        return Err(malformed("entry size"));
    }
    let known = [
        elf::SHT_PROGBITS.0,
        elf::SHT_NOBITS.0,
        elf::SHT_NOTE.0,
        elf::SHT_INIT_ARRAY.0,
        elf::SHT_FINI_ARRAY.0,
        elf::SHT_PREINIT_ARRAY.0,
        SHT_X86_64_UNWIND,
    ];
    match known.contains(&section.kind) {
        true => Ok(()),
        false => Err(ObjectError::SectionKind { kind: section.kind }),
    }
}
