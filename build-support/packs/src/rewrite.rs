//! Writes an object anew: symbols and sections under other names, and what a finished program never needs left out.
//!
//! Indexes of sections and symbols stay what they were, so that nothing that refers to them has to change: a section that is
//! left out becomes a null header, its own symbols become absolute. String tables are built from the names still in use.

use crate::object::{LE, Object, Place, RawSection, RawSymbol, Section, Symbol};
use object::elf;
use object::pod::{bytes_of, bytes_of_slice};
use object::{U16, U32, U64};
use std::borrow::Cow;
use std::collections::HashMap;

/// The name of every local symbol that had one.
const LOCAL_NAME: &[u8] = b"l";

/// Largest string table: what 32 bits can number, and much more than the names that are accepted.
const TABLE_BYTES_MAX: usize = 1 << 30;

/// How names change.
pub(crate) trait Naming {
    /// The new name of a symbol that is not local, and whether to hide it from other images.
    fn symbol<'name>(&self, symbol: &Symbol<'name>) -> (Cow<'name, [u8]>, bool);
    /// Whether local symbols keep their names.
    fn keeps_local(&self) -> bool;
    /// The new name of a group's signature, which decides which groups are one.
    fn signature<'name>(&self, symbol: &Symbol<'name>) -> Cow<'name, [u8]>;
    /// The new name of a section.
    fn section<'name>(&self, section: &Section<'name>) -> Cow<'name, [u8]>;
}

/// An object written anew.
pub(crate) struct Rewritten {
    pub(crate) bytes: Vec<u8>,
    /// What it defines for other objects, under the new names.
    pub(crate) exports: Vec<Vec<u8>>,
}

/// Why an object cannot be written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RewriteError<'data> {
    /// A kept section needs the one of this name, which is left out.
    LeftOut(&'data [u8]),
    /// The new names have more bytes than a string table can number.
    Names,
}

/// Writes `object` under the names of `naming`.
pub(crate) fn rewrite<'data>(
    object: &Object<'data>,
    naming: &dyn Naming,
) -> Result<Rewritten, RewriteError<'data>> {
    let kept = kept_sections(object);
    check_kept_references(object, &kept).map_err(RewriteError::LeftOut)?;
    let mut strings = Strings::new(object);
    let (symbols, exports) = rewrite_symbols(object, &kept, naming, &mut strings);
    let section_names = section_names(object, &kept, naming, &mut strings);
    if strings.is_overfull {
        return Err(RewriteError::Names);
    }

    let mut out = Vec::with_capacity(object.sections.iter().map(|section| section.data.len() + 80).sum());
    out.resize(64, 0);
    let mut headers: Vec<RawSection> = Vec::with_capacity(object.sections.len());
    for (index, section) in object.sections.iter().enumerate() {
        if !kept[index] {
            headers.push(if index == 0 { object.raw_sections[0] } else { null_section() });
            continue;
        }
        let content = content(object, index, section, &kept, &symbols, &strings);
        let in_file = section.kind != elf::SHT_NOBITS.0;
        let alignment = section.alignment.clamp(1, 16).max(if section.is_allocated() { 1 } else { 8 });
        out.resize(out.len().next_multiple_of(alignment as usize), 0);
        let mut header = object.raw_sections[index];
        header.sh_name = U32::new(LE, section_names[index]);
        header.sh_offset = U64::new(LE, out.len() as u64);
        if in_file {
            header.sh_size = U64::new(LE, content.len() as u64);
        }
        out.extend_from_slice(&content);
        headers.push(header);
    }
    out.resize(out.len().next_multiple_of(8), 0);
    let mut header = object.header;
    header.e_shoff = U64::new(LE, out.len() as u64);
    out[..64].copy_from_slice(bytes_of(&header));
    out.extend_from_slice(bytes_of_slice(&headers));
    Ok(Rewritten { bytes: out, exports })
}

/// Sections with their indexes: those of the program, and the tables that describe them.
fn kept_sections(object: &Object<'_>) -> Vec<bool> {
    let mut kept: Vec<bool> = object.sections.iter().map(is_program).collect();
    let strings = object.symbols_index.map(|index| object.sections[index].link as usize);
    for (index, section) in object.sections.iter().enumerate() {
        kept[index] |= Some(index) == object.symbols_index
            || Some(index) == strings
            || index == object.names_index
            || section.kind == elf::SHT_SYMTAB_SHNDX.0;
    }
    for (index, section) in object.sections.iter().enumerate() {
        if section.kind == elf::SHT_RELA.0 {
            kept[index] = kept[section.info as usize];
        }
    }
    for (index, section) in object.sections.iter().enumerate() {
        if section.kind == elf::SHT_GROUP.0 {
            kept[index] = group_members(section).any(|member| kept[member]);
        }
    }
    kept
}

fn is_program(section: &Section<'_>) -> bool {
    let excluded = section.flags & elf::SHF_EXCLUDE.0 != 0;
    let is_note = section.name == b".note.GNU-stack";
    // Bitcode and its command line can be marked as part of the program; they never are.
    let is_bitcode = matches!(section.name, b".llvmbc" | b".llvmcmd");
    (section.is_allocated() && !excluded && !is_bitcode) || is_note
}

fn group_members(section: &Section<'_>) -> impl Iterator<Item = usize> {
    let words = section.data.as_chunks::<4>().0;
    words.iter().skip(1).map(|word| u32::from_le_bytes(*word) as usize)
}

fn check_kept_references<'data>(object: &Object<'data>, kept: &[bool]) -> Result<(), &'data [u8]> {
    let left_out = |symbol: usize| match object.symbol(symbol).place {
        Place::Section(section) if !kept[section] => Some(object.sections[section].name),
        _ => None,
    };
    let missing: Vec<Option<&[u8]>> = (0..object.symbol_count()).map(left_out).collect();
    let exported = (1..object.symbol_count()).filter(|index| object.symbol(*index).is_exported());
    if let Some(name) = exported.into_iter().find_map(|index| missing[index]) {
        return Err(name);
    }
    if missing.iter().all(Option::is_none) {
        return Ok(());
    }
    for (index, section) in object.sections.iter().enumerate() {
        if kept[index] && section.kind == elf::SHT_RELA.0 {
            let symbols =
                object.relocations(section).iter().map(|entry| (entry.r_info.get(LE) >> 32) as usize);
            if let Some(name) = symbols.into_iter().find_map(|symbol| missing[symbol]) {
                return Err(name);
            }
        }
    }
    Ok(())
}

/// The string tables: one for symbols and one for sections, or one for both where the object shares it.
struct Strings {
    tables: Vec<(usize, Vec<u8>)>,
    local_name: Option<u32>,
    sections: HashMap<Vec<u8>, u32, foldhash::fast::RandomState>,
    /// Some name found no room: an offset cut to 32 bits would point at another name.
    is_overfull: bool,
}

impl Strings {
    fn new(object: &Object<'_>) -> Self {
        let symbols = object.symbols_index.map(|index| object.sections[index].link as usize);
        let indexes = [Some(object.names_index), symbols.filter(|index| *index != object.names_index)];
        Strings {
            tables: indexes.into_iter().flatten().map(|index| (index, vec![0])).collect(),
            local_name: None,
            sections: HashMap::default(),
            is_overfull: false,
        }
    }

    fn add_symbol(&mut self, name: &[u8]) -> u32 {
        if name == LOCAL_NAME
            && let Some(offset) = self.local_name
        {
            return offset;
        }
        let offset = self.add(self.tables.len() - 1, name);
        if name == LOCAL_NAME {
            self.local_name = Some(offset);
        }
        offset
    }

    fn add_section(&mut self, name: &[u8]) -> u32 {
        if let Some(offset) = self.sections.get(name) {
            return *offset;
        }
        let offset = self.add(0, name);
        self.sections.insert(name.to_vec(), offset);
        offset
    }

    fn add(&mut self, table: usize, name: &[u8]) -> u32 {
        let table = &mut self.tables[table].1;
        if name.is_empty() {
            return 0;
        }
        if table.len() + name.len() >= TABLE_BYTES_MAX {
            self.is_overfull = true;
            return 0;
        }
        let offset = table.len() as u32;
        table.extend_from_slice(name);
        table.push(0);
        offset
    }

    fn get(&self, section: usize) -> Option<&[u8]> {
        self.tables.iter().find(|(index, _)| *index == section).map(|(_, bytes)| bytes.as_slice())
    }
}

fn rewrite_symbols(
    object: &Object<'_>,
    kept: &[bool],
    naming: &dyn Naming,
    strings: &mut Strings,
) -> (Vec<RawSymbol>, Vec<Vec<u8>>) {
    let mut is_signature = vec![false; object.symbol_count()];
    for section in object.sections.iter().filter(|section| section.kind == elf::SHT_GROUP.0) {
        is_signature[section.info as usize] = true;
    }
    let (mut exports, keeps_local) = (Vec::new(), naming.keeps_local());
    let rewritten = object.raw_symbols.iter().enumerate().map(|(index, raw)| {
        let (symbol, mut raw) = (object.symbol(index), *raw);
        if matches!(symbol.place, Place::Section(section) if !kept[section]) {
            raw.st_shndx = U16::new(LE, elf::SHN_ABS);
            raw.st_value = U64::new(LE, 0);
            raw.set_st_info(elf::STB_LOCAL, elf::STT_NOTYPE);
        }
        let (name, hidden) = if is_signature[index] && (!symbol.is_exported()) {
            (naming.signature(&symbol), false)
        } else if symbol.is_global() {
            naming.symbol(&symbol)
        } else {
            (Cow::Borrowed(if keeps_local { symbol.name } else { local_name(&symbol) }), false)
        };
        if symbol.is_exported() {
            exports.push(name.to_vec());
        }
        if hidden && raw.st_visibility() == elf::STV_DEFAULT {
            raw.st_other = elf::SymbolOther(raw.st_other.0 & !3 | elf::STV_HIDDEN.0);
        }
        raw.st_name = U32::new(LE, strings.add_symbol(&name));
        raw
    });
    (rewritten.collect(), exports)
}

/// Nothing asks for a local symbol by name, except the marks between code and data on some processors. But whether it has
/// one matters: linkers take a symbol without a name for its whole section, and look into merged strings by the addend.
fn local_name<'name>(symbol: &Symbol<'name>) -> &'name [u8] {
    match symbol.name {
        [] => b"",
        mark if mark.starts_with(b"$") => mark,
        _ => LOCAL_NAME,
    }
}

fn section_names(object: &Object<'_>, kept: &[bool], naming: &dyn Naming, strings: &mut Strings) -> Vec<u32> {
    let sections = object.sections.iter().zip(kept);
    sections
        .map(|(section, kept)| if *kept { strings.add_section(&naming.section(section)) } else { 0 })
        .collect()
}

fn content<'content>(
    object: &Object<'content>,
    index: usize,
    section: &Section<'content>,
    kept: &[bool],
    symbols: &'content [RawSymbol],
    strings: &'content Strings,
) -> Cow<'content, [u8]> {
    if Some(index) == object.symbols_index {
        return Cow::Borrowed(bytes_of_slice(symbols));
    }
    if section.kind == elf::SHT_GROUP.0 {
        let members = group_members(section).filter(|member| kept[*member]).map(|member| member as u32);
        let flags = section.data[..4].iter().copied();
        return Cow::Owned(flags.chain(members.flat_map(u32::to_le_bytes)).collect());
    }
    Cow::Borrowed(strings.get(index).unwrap_or(section.data))
}

fn null_section() -> RawSection {
    RawSection {
        sh_name: U32::new(LE, 0),
        sh_type: U32::new(LE, elf::SHT_NULL),
        sh_flags: U64::new(LE, elf::SectionFlags(0)),
        sh_addr: U64::new(LE, 0),
        sh_offset: U64::new(LE, 0),
        sh_size: U64::new(LE, 0),
        sh_link: U32::new(LE, 0),
        sh_info: U32::new(LE, 0),
        sh_addralign: U64::new(LE, 0),
        sh_entsize: U64::new(LE, 0),
    }
}
