//! What a module's objects say of themselves, read without running anything.

use object::{Object, ObjectSection};
use raya_abi::image::ModuleNote;
use raya_abi::names::{DESCRIPTOR_SECTION, NOTE_SECTION};
use raya_manifests::Triple;
use raya_packs::Archive;
use raya_source::Diagnostic;

use crate::codes::{DESCRIPTOR_UNREADABLE, LINK_TIME_OPTIMIZATION, NOT_A_LIBRARY, NOT_AN_ARCHIVE};

/// Largest descriptor that is read.
const DESCRIPTOR_BYTES_MAX: usize = 1 << 20;

/// How LLVM bitcode begins.
const BITCODE_MAGIC: &[u8] = b"BC\xC0\xDE";

/// The note and the descriptor of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleContents {
    /// Its note.
    pub note: Option<ModuleNote>,
    /// Its descriptor: the text of a `declare module` block.
    pub descriptor: Option<String>,
}

impl ModuleContents {
    /// Reads a static archive: `!<arch>\n` and relocatable members of the target's machine, nothing else.
    pub fn of_archive(bytes: &[u8], target: Triple) -> Result<ModuleContents, Diagnostic> {
        let archive = Archive::parse(bytes).map_err(|error| {
            Diagnostic::error(
                NOT_AN_ARCHIVE,
                format!("expected a static archive, found something else: {error}"),
            )
            .with_note("a linker script or a thin archive may be called `.a` too; neither is accepted")
        })?;
        let mut contents = ModuleContents::default();
        for member in &archive.members {
            let name = String::from_utf8_lossy(member.name);
            if member.data.starts_with(BITCODE_MAGIC) {
                return Err(link_time(&format!("member `{name}`")));
            }
            let file = object::File::parse(member.data).map_err(|error| {
                Diagnostic::error(
                    NOT_AN_ARCHIVE,
                    format!("expected objects as members, found another file in `{name}`: {error}"),
                )
            })?;
            check_machine(&file, object::ObjectKind::Relocatable, target, &format!("member `{name}`"))?;
            // Told here, since such a member has its note in a form that nobody but its compiler reads.
            if let Some(section) = optimiser_section(&file) {
                let told = link_time(&format!("member `{name}`"));
                return Err(told.with_note(format!("its section `{section}` shows it")));
            }
            contents.take(&file)?;
        }
        Ok(contents)
    }

    /// Reads a shared library of the target's machine.
    pub fn of_library(bytes: &[u8], target: Triple) -> Result<ModuleContents, Diagnostic> {
        let file = parse_library(bytes)?;
        check_machine(&file, object::ObjectKind::Dynamic, target, "the library")?;
        let mut contents = ModuleContents::default();
        contents.take(&file)?;
        Ok(contents)
    }

    /// Reads a shared library of any machine.
    pub fn of_any_library(bytes: &[u8]) -> Result<ModuleContents, Diagnostic> {
        let file = parse_library(bytes)?;
        let mut contents = ModuleContents::default();
        contents.take(&file)?;
        Ok(contents)
    }

    fn take(&mut self, file: &object::File<'_>) -> Result<(), Diagnostic> {
        let section = |name| file.section_by_name_bytes(name).and_then(|section| section.data().ok());
        if self.note.is_none() {
            self.note = section(NOTE_SECTION.as_bytes()).and_then(ModuleNote::parse);
        }
        if self.descriptor.is_none() {
            let data = section(DESCRIPTOR_SECTION.as_bytes()).unwrap_or_default();
            if data.len() > DESCRIPTOR_BYTES_MAX {
                let found = data.len();
                return Err(descriptor_unreadable(&format!(
                    "at most {DESCRIPTOR_BYTES_MAX} bytes, found {found}"
                )));
            }
            let text = std::str::from_utf8(data).map_err(|error| {
                let at = error.valid_up_to();
                descriptor_unreadable(&format!("UTF-8, found other bytes at offset {at}"))
            })?;
            // C string literals end in a NUL that is no part of the text.
            let text = text.trim_end_matches('\0');
            self.descriptor = Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
        }
        Ok(())
    }
}

/// Passed over, such a descriptor would leave the module to be described by something else.
fn descriptor_unreadable(expected_and_found: &str) -> Diagnostic {
    let message = format!("expected the descriptor in the module's objects to be {expected_and_found}");
    Diagnostic::error(DESCRIPTOR_UNREADABLE, message).with_help("build the module anew")
}

/// A section that only a link-time optimiser reads.
fn optimiser_section(file: &object::File<'_>) -> Option<String> {
    let mut names = file.sections().filter_map(|section| section.name().ok().map(str::to_owned));
    names.find(|name| name.starts_with(".gnu.lto_") || name.starts_with(".llvm.lto"))
}

/// The refusal of code that was made for a link-time optimiser.
pub(crate) fn link_time(subject: &str) -> Diagnostic {
    Diagnostic::error(LINK_TIME_OPTIMIZATION, format!("{subject} holds code for a link-time optimiser"))
        .with_note("the names in it cannot be changed, so it cannot be isolated")
        .with_help("build the module without `-flto`; in Rust, without `-C linker-plugin-lto`")
}

fn parse_library(bytes: &[u8]) -> Result<object::File<'_>, Diagnostic> {
    object::File::parse(bytes).map_err(|error| {
        Diagnostic::error(NOT_A_LIBRARY, format!("expected a shared library, found something else: {error}"))
    })
}

fn check_machine(
    file: &object::File<'_>,
    kind: object::ObjectKind,
    target: Triple,
    subject: &str,
) -> Result<(), Diagnostic> {
    let processor = target.as_str().split('-').next().unwrap_or_default();
    let expected = match processor {
        "x86_64" => object::Architecture::X86_64,
        "aarch64" => object::Architecture::Aarch64,
        // Nothing is taken for code of a processor that is not known here.
        _ => object::Architecture::Unknown,
    };
    let fits = file.format() == object::BinaryFormat::Elf
        && expected != object::Architecture::Unknown
        && file.architecture() == expected
        && file.kind() == kind;
    if fits {
        return Ok(());
    }
    let message = format!(
        "expected {subject} to be {kind:?} ELF for {processor}, found {:?} {:?} for {:?}",
        file.kind(),
        file.format(),
        file.architecture()
    );
    Err(Diagnostic::error(crate::codes::WRONG_MACHINE, message)
        .with_help(format!("build the module for {target}")))
}
