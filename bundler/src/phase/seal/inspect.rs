//! What an image must be and hold, read from its bytes alone.

use crate::phase::emit::{Intention, MANIFEST_SECTION, PROGRAM_ALIGNMENT, PROGRAM_SECTION};
use crate::phase::link::Form;
use object::LittleEndian as LE;
use object::elf::{self, FileHeader64, ProgramHeader64, SectionHeader64};
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _, SectionHeader as _, SectionTable};
use raya_abi::image::BundleHeader;
use std::mem::offset_of;

const STACK_SIZE_BYTES: u64 = 8 << 20;

/// Every way in which `image` differs from what was intended, as sentences.
pub(crate) fn faults(image: &[u8], form: Form, intention: &Intention) -> Vec<String> {
    match Image::parse(image) {
        Err(error) => vec![format!("the linked image cannot be read again: {error}")],
        Ok(read) => {
            let mut faults = Vec::new();
            read.check_kind(&mut faults);
            read.check_segments(form, &mut faults);
            read.check_dynamic(form, &mut faults);
            read.check_contents(intention, &mut faults);
            faults
        }
    }
}

struct Image<'data> {
    bytes: &'data [u8],
    header: &'data FileHeader64<LE>,
    segments: &'data [ProgramHeader64<LE>],
    sections: SectionTable<'data, FileHeader64<LE>>,
}

impl<'data> Image<'data> {
    fn parse(bytes: &'data [u8]) -> object::read::Result<Self> {
        let header = FileHeader64::<LE>::parse(bytes)?;
        let endian = header.endian()?;
        Ok(Image {
            bytes,
            header,
            segments: header.program_headers(endian, bytes)?,
            sections: header.sections(endian, bytes)?,
        })
    }

    fn segment(&self, kind: elf::ProgramType) -> Option<&'data ProgramHeader64<LE>> {
        self.segments.iter().find(|segment| segment.p_type(LE) == kind)
    }

    fn section(&self, name: &str) -> Option<&'data SectionHeader64<LE>> {
        self.sections.section_by_name(LE, name.as_bytes()).map(|(_, section)| section)
    }

    fn check_kind(&self, faults: &mut Vec<String>) {
        if self.header.e_type(LE) != elf::ET_DYN {
            faults.push(format!(
                "expected a position-independent image, found ELF type {}",
                self.header.e_type(LE).0
            ));
        }
        let entry = self.header.e_entry(LE);
        let code = self.segments.iter().filter(|segment| segment.p_flags(LE).0 & elf::PF_X.0 != 0);
        let mut ranges =
            code.map(|segment| segment.p_vaddr(LE)..segment.p_vaddr(LE).saturating_add(segment.p_memsz(LE)));
        if !ranges.any(|range| range.contains(&entry)) {
            faults.push("expected an entry point in code, found none".into());
        }
    }

    fn check_segments(&self, form: Form, faults: &mut Vec<String>) {
        let interpreter = self.segment(elf::PT_INTERP).is_some();
        if interpreter != (form == Form::DynamicPie) {
            let found =
                if interpreter { "one that asks for an interpreter" } else { "one without an interpreter" };
            faults.push(format!("expected an image of the form {form:?}, found {found}"));
        }
        if self.segment(elf::PT_GNU_RELRO).is_none() {
            faults.push("expected tables that become read-only after start (RELRO), found none".into());
        }
        match self.segment(elf::PT_GNU_STACK) {
            None => faults.push("expected a mark that the stack is not executable, found none".into()),
            Some(stack) if stack.p_flags(LE).0 & elf::PF_X.0 != 0 => {
                faults.push("the image's stack is executable".into())
            }
            Some(stack) if form == Form::StaticPie && stack.p_memsz(LE) != STACK_SIZE_BYTES => {
                let found = stack.p_memsz(LE);
                faults
                    .push(format!("expected stacks of {STACK_SIZE_BYTES} bytes for threads, found {found}"));
            }
            Some(_) => {}
        }
        let both = elf::PF_W.0 | elf::PF_X.0;
        if self
            .segments
            .iter()
            .any(|segment| segment.p_type(LE) == elf::PT_LOAD && segment.p_flags(LE).0 & both == both)
        {
            faults.push("the image has memory that is both writable and executable".into());
        }
    }

    fn check_dynamic(&self, form: Form, faults: &mut Vec<String>) {
        let mut is_bound_early = false;
        for segment in self.segments {
            let Ok(Some(entries)) = segment.dynamic(LE, self.bytes) else {
                continue;
            };
            for entry in entries {
                let (tag, value) = (entry.d_tag(LE), entry.d_val(LE));
                match tag {
                    elf::DT_NEEDED if form == Form::StaticPie => {
                        faults.push("the image asks for a shared library".into())
                    }
                    elf::DT_RPATH | elf::DT_RUNPATH => {
                        faults.push("the image names folders to search for libraries".into())
                    }
                    elf::DT_TEXTREL => faults.push("the image changes its own code when it starts".into()),
                    elf::DT_FLAGS => is_bound_early |= value & elf::DF_BIND_NOW.0 != 0,
                    elf::DT_FLAGS_1 => is_bound_early |= value & elf::DF_1_NOW.0 != 0,
                    elf::DT_BIND_NOW => is_bound_early = true,
                    _ => {}
                }
            }
        }
        if !is_bound_early {
            faults
                .push("expected an image that is bound when it starts, found one that is bound late".into());
        }
    }

    fn check_contents(&self, intention: &Intention, faults: &mut Vec<String>) {
        let Intention { header, program_sizes, program, manifest } = intention;
        for (name, expected) in [(PROGRAM_SECTION, program), (MANIFEST_SECTION, manifest)] {
            let data = self.section(name).and_then(|section| section.data(LE, self.bytes).ok());
            match data {
                None if expected.is_empty() => {}
                None => faults.push(format!("expected the section `{name}`, found none")),
                Some(found) if !is_padded(found, expected) => {
                    faults.push(format!("the section `{name}` does not hold the bytes that were put in"));
                }
                Some(_) => {}
            }
        }
        let mut expected = header.clone();
        expected.extend_from_slice(&[0; 8]);
        debug_assert_eq!(expected.len(), offset_of!(BundleHeader, program_size));
        let sizes: Vec<u8> = program_sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
        let tables = self.sections.iter().filter(|section| section.sh_flags(LE).0 & elf::SHF_ALLOC.0 != 0);
        let found = tables
            .filter_map(|section| section.data(LE, self.bytes).ok())
            .any(|data| holds_header(data, header, &sizes));
        if !found {
            faults.push("expected the bundle's header, found none that says what was intended".into());
        }
    }
}

/// Whether `found` is `expected`, filled up with zeros by the linker at most to the next alignment.
fn is_padded(found: &[u8], expected: &[u8]) -> bool {
    let padding = found.strip_prefix(expected);
    padding.is_some_and(|padding| {
        padding.len() < PROGRAM_ALIGNMENT as usize && padding.iter().all(|byte| *byte == 0)
    })
}

/// Whether `data` holds a bundle header that starts with `start` and, after the pointer to the program, has `sizes`.
fn holds_header(data: &[u8], start: &[u8], sizes: &[u8]) -> bool {
    let sizes_at = offset_of!(BundleHeader, program_size);
    let last = data.len().saturating_sub(size_of::<BundleHeader>());
    let candidates = (0..=last).step_by(align_of::<BundleHeader>());
    data.len() >= size_of::<BundleHeader>()
        && candidates.into_iter().any(|at| {
            let header = &data[at..at + size_of::<BundleHeader>()];
            header.starts_with(start) && &header[sizes_at..sizes_at + sizes.len()] == sizes
        })
}
