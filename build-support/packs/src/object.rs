//! One relocatable ELF object, every reference in it checked before anyone follows it.
//!
//! Linkers trust objects: the one built into `raya` panicked on some mutated ones. What passes [`Object::parse`] has
//! sections in bounds, names that end, relocations that hit their section, and nothing of a kind we do not know.

use object::LittleEndian;
use object::elf;
use std::fmt;

use crate::section::{
    NAME_BYTES_MAX, NAMES_BYTES_MAX, count_name, entries, is_string_table, parse_header, parse_section_table,
    parse_sections, terminated,
};

pub(crate) const LE: LittleEndian = LittleEndian;
pub(crate) type RawHeader = elf::FileHeader64<LittleEndian>;
pub(crate) type RawSection = elf::SectionHeader64<LittleEndian>;
pub(crate) type RawSymbol = elf::Sym64<LittleEndian>;
pub(crate) type RawRelocation = elf::Rela64<LittleEndian>;

const SYMBOL_SIZE: usize = 24;
const RELOCATION_SIZE: usize = 24;

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
    /// A name that is too long, or names that are too long together.
    Names,
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
            ObjectError::Names => write!(
                formatter,
                "its names have more than {NAME_BYTES_MAX} bytes each, or {NAMES_BYTES_MAX} bytes together"
            ),
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
        let mut names_bytes = 0;
        for (index, raw) in self.raw_symbols.iter().enumerate() {
            if raw.st_name.get(LE) as usize >= self.strings.len().max(1) {
                return Err(malformed("symbol name"));
            }
            count_name(&mut names_bytes, self.strings, raw.st_name.get(LE))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An object with sections that all have the same eight bytes, `count` of them.
    fn object_with_shared_bytes(count: u16) -> Vec<u8> {
        let names = b"\0.text\0.shstrtab\0";
        let mut bytes = vec![0; 64];
        bytes.extend_from_slice(names);
        bytes.resize(96, 0);
        let mut headers = vec![0; 64];
        let mut section = |name: u32, kind: u32, flags: u64, offset: u64, size: u64| {
            headers.extend([name, kind].iter().flat_map(|word| word.to_le_bytes()));
            headers.extend([flags, 0, offset, size, 0, 1, 0].iter().flat_map(|word| word.to_le_bytes()));
        };
        section(7, 3, 0, 64, names.len() as u64);
        for _ in 0..count {
            section(1, 1, 6, 88, 8);
        }
        let start = bytes.len() as u64;
        bytes.extend(headers);
        bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        bytes[16..22].copy_from_slice(&[1_u16, 62, 1].map(u16::to_le_bytes).concat());
        bytes[40..48].copy_from_slice(&start.to_le_bytes());
        bytes[52..64].copy_from_slice(&[64_u16, 0, 0, 64, count + 2, 1].map(u16::to_le_bytes).concat());
        bytes
    }

    #[test]
    fn sections_that_share_their_bytes_are_refused() {
        assert!(Object::parse(&object_with_shared_bytes(1), Machine::X86_64).is_ok());
        // Three sections that are half of the file each.
        let mut bytes = object_with_shared_bytes(3);
        for section in 2..5_usize {
            let size = bytes.len() as u64 / 2;
            let start = u64::from_le_bytes(bytes[40..48].try_into().expect("eight bytes")) as usize;
            bytes[start + section * 64 + 24..][..16]
                .copy_from_slice(&[64_u64, size].map(u64::to_le_bytes).concat());
        }
        let error = Object::parse(&bytes, Machine::X86_64).map(|_| ()).expect_err("three halves of a file");
        assert_eq!(error, ObjectError::Malformed { part: "range", section: 0 });
    }
}
