//! The header and the sections of an object: in bounds, of known kinds, with names that end.

use object::elf;
use object::pod;

use crate::object::{LE, Machine, ObjectError, RawHeader, RawSection, Section};

const SECTION_HEADER_SIZE: u16 = 64;
/// No section needs a larger alignment than a huge page.
const ALIGNMENT_MAX: u64 = 1 << 21;
/// `SHT_X86_64_UNWIND`: unwind tables, by the letter of the psABI.
const SHT_X86_64_UNWIND: u32 = 0x7000_0001;
/// Longest name of a symbol, a section or a member, in bytes. Names of templates reach some thousands.
pub(crate) const NAME_BYTES_MAX: usize = 64 << 10;
/// Most bytes of names, of one object and of one module: names share their bytes in the file, and do not once they are changed.
pub(crate) const NAMES_BYTES_MAX: usize = 256 << 20;

/// The entries of a table, when its size is a whole number of them.
pub(crate) fn entries<T: pod::Pod>(data: &[u8], size: usize) -> Option<&[T]> {
    debug_assert_eq!(size_of::<T>(), size);
    if !data.len().is_multiple_of(size) {
        return None;
    }
    pod::slice_from_bytes(data, data.len() / size).ok().map(|(entries, _)| entries)
}

/// Adds the length of a name to `total`, without looking further than the limits.
pub(crate) fn count_name(total: &mut usize, strings: &[u8], start: u32) -> Result<(), ObjectError> {
    let rest = strings.get(start as usize..).unwrap_or_default();
    let rest = &rest[..rest.len().min(NAME_BYTES_MAX + 1)];
    let length = memchr::memchr(0, rest).unwrap_or(rest.len());
    *total += length;
    if length > NAME_BYTES_MAX || *total > NAMES_BYTES_MAX { Err(ObjectError::Names) } else { Ok(()) }
}

pub(crate) fn terminated(strings: &[u8], start: usize) -> Option<&[u8]> {
    let rest = strings.get(start..)?;
    Some(&rest[..memchr::memchr(0, rest)?])
}

pub(crate) fn is_string_table(section: &Section<'_>) -> bool {
    section.kind == elf::SHT_STRTAB.0 && section.data.last().is_none_or(|last| *last == 0)
}

pub(crate) fn parse_header(data: &[u8], machine: Machine) -> Result<RawHeader, ObjectError> {
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

pub(crate) fn parse_section_table<'data>(
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

pub(crate) fn parse_sections<'data>(
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
    let mut names_bytes = 0;
    for raw in raw_sections {
        count_name(&mut names_bytes, names.data, raw.sh_name.get(LE))?;
    }
    check_shared_bytes(data, raw_sections)?;
    let sections = raw_sections
        .iter()
        .enumerate()
        .map(|(index, raw)| parse_section(data, raw, names.data, index))
        .collect::<Result<_, _>>()?;
    Ok((sections, names_index))
}

/// Sections have bytes of their own. Where many are one, copies of them would be many times as large as the file.
fn check_shared_bytes(data: &[u8], raw_sections: &[RawSection]) -> Result<(), ObjectError> {
    let is_in_file = |raw: &&RawSection| ![elf::SHT_NULL, elf::SHT_NOBITS].contains(&raw.sh_type.get(LE));
    let sizes = raw_sections.iter().filter(is_in_file).map(|raw| u128::from(raw.sh_size.get(LE)));
    match sizes.sum::<u128>() <= data.len() as u128 {
        true => Ok(()),
        false => Err(ObjectError::Malformed { part: "range", section: 0 }),
    }
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
