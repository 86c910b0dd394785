//! Isolation of one module: every name its archives define gets a prefix of its own.
//!
//! Linkers bind a name to its first definition without a word, so two modules that both define `helper` would share the
//! first one's. After renaming, what a module defines can be reached from that module alone, whatever is linked beside it.

use crate::archive::{Archive, ArchiveWriter, Member};
use crate::object::{Machine, Object, Section, Symbol};
use crate::problem::Problem;
use crate::rewrite::{Naming, rewrite};
use crate::section::NAMES_BYTES_MAX;
use object::elf;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

type NameSet<'data> = HashSet<&'data [u8], foldhash::fast::RandomState>;

/// What is asked of [`rename`].
pub struct Renaming<'request> {
    /// The processor of the target.
    pub machine: Machine,
    /// Put before every name; letters, digits and underscores, so that section names stay identifiers.
    pub prefix: &'request str,
    /// Names that stay as they are, though defined.
    pub keep: &'request (dyn Fn(&[u8]) -> bool + Sync),
    /// What may be in the archives.
    pub policy: Policy,
    /// Whether local symbols keep their names: for maps of sizes, since nothing else asks for them.
    pub keep_local_names: bool,
}

/// What archives may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Code of a module: nothing that would change how other modules run.
    Module {
        /// Whether the target's libc resolves indirect functions (`ifunc`).
        indirect_functions: bool,
    },
    /// Code of the project or of the toolchain, trusted to be what it is.
    Trusted,
}

/// Renamed archives, merged into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// A GNU archive of all members, in order.
    pub archive: Vec<u8>,
    /// What was found on the way.
    pub report: Report,
}

/// What a module's archives define, need and do. Names are raw bytes shown as UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Members of all archives.
    pub members: usize,
    /// Distinct names that got the prefix.
    pub renamed: usize,
    /// Names that were defined and kept.
    pub kept: BTreeSet<String>,
    /// Names needed from elsewhere.
    pub imports: BTreeMap<String, Import>,
    /// Sections that are reached through `__start_` and `__stop_` symbols, under their old names.
    pub bounded_sections: BTreeSet<String>,
    /// Sections whose code runs before or after `main`.
    pub constructor_sections: BTreeSet<String>,
    /// Functions whose address is computed by code that runs before `main`.
    pub indirect_functions: BTreeSet<String>,
    /// Whether an exception or a panic can leave the module's code.
    pub may_unwind: bool,
}

impl Report {
    /// Whether some of its code runs before anyone calls the module.
    pub fn runs_early(&self) -> bool {
        !self.constructor_sections.is_empty() || !self.indirect_functions.is_empty()
    }
}

/// A name needed from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The first member that needs it.
    pub member: String,
    /// Whether every need for it is weak, so that it may stay undefined.
    pub weak: bool,
}

/// Renames what `archives` define and merges them into one archive.
///
/// A pure function of its arguments: the same archives and prefix give the same bytes. All problems are given together.
pub fn rename(archives: &[&[u8]], renaming: &Renaming<'_>) -> Result<Renamed, Vec<Problem>> {
    let members = parse_members(archives, renaming.machine)?;
    check_names(&members, renaming.prefix)?;
    let mut problems = Vec::new();
    if let Policy::Module { indirect_functions } = renaming.policy {
        refuse(&members, indirect_functions, &mut problems);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let names = Names::collect(&members, renaming);
    let mut writer = ArchiveWriter::new();
    for (member, object) in &members {
        match rewrite(object, &names) {
            Ok(rewritten) => writer.add(member.name, rewritten.bytes, rewritten.exports),
            Err(error) => problems.push(Problem::of_rewriting(member.name, error)),
        }
    }
    match problems.is_empty() {
        true => Ok(Renamed { archive: writer.finish(), report: report(&members, &names) }),
        false => Err(problems),
    }
}

type Members<'data> = Vec<(Member<'data>, Object<'data>)>;

fn parse_members<'data>(archives: &[&'data [u8]], machine: Machine) -> Result<Members<'data>, Vec<Problem>> {
    let (mut members, mut problems) = (Vec::new(), Vec::new());
    for (index, bytes) in archives.iter().enumerate() {
        match Archive::parse(bytes) {
            Ok(archive) => members.extend(archive.members),
            Err(error) => problems.push(Problem::Archive { archive: index, error }),
        }
    }
    let mut parsed = Vec::with_capacity(members.len());
    for member in members {
        match Object::parse(member.data, machine) {
            Ok(object) => parsed.push((member, object)),
            Err(error) => problems.push(Problem::Object { member: text(member.name), error }),
        }
    }
    if problems.is_empty() { Ok(parsed) } else { Err(problems) }
}

/// Names share bytes in an object, and members in an archive: a small file may have names without end.
fn check_names(members: &Members<'_>, prefix: &str) -> Result<(), Vec<Problem>> {
    let mut total = 0_usize;
    for (member, object) in members {
        let symbols = object.symbols().map(|(_, symbol)| symbol.name.len() + prefix.len());
        let sections = object.sections.iter().map(|section| section.name.len() + prefix.len());
        total += member.name.len() + symbols.chain(sections).sum::<usize>();
        if total > NAMES_BYTES_MAX {
            return Err(vec![Problem::Names { member: text(member.name), limit: NAMES_BYTES_MAX }]);
        }
    }
    Ok(())
}

fn refuse(members: &Members<'_>, indirect_functions: bool, problems: &mut Vec<Problem>) {
    let mut defines_rust_personality = false;
    let mut raises = false;
    for (member, object) in members {
        // An optimiser leaves many sections; the first tells enough.
        problems.extend(object.sections.iter().find_map(|section| refuse_link_time(member, section)));
        object.sections.iter().for_each(|section| problems.extend(refuse_section(member, section)));
        let indirect = object.symbols().find(|(_, symbol)| symbol.kind == elf::STT_GNU_IFUNC.0);
        if let Some((_, symbol)) = indirect.filter(|_| !indirect_functions) {
            let (member, symbol) = (text(member.name), text(symbol.name));
            problems.push(Problem::IndirectFunction { member, symbol });
        }
        for (_, symbol) in object.symbols().filter(|(_, symbol)| symbol.is_global()) {
            defines_rust_personality |= symbol.is_exported() && symbol.name == b"rust_eh_personality";
            raises |= symbol.name == b"_Unwind_RaiseException";
            problems.extend(refuse_symbol(member, &symbol));
        }
    }
    // `panic_unwind` raises; `panic_abort` never does. Both define the personality.
    if defines_rust_personality && !raises {
        problems.push(Problem::PanicAbort);
    }
}

fn refuse_link_time(member: &Member<'_>, section: &Section<'_>) -> Option<Problem> {
    let is_for_optimiser = section.name.starts_with(b".gnu.lto_") || section.name.starts_with(b".llvm.lto");
    is_for_optimiser
        .then(|| Problem::LinkTimeOptimization { member: text(member.name), section: text(section.name) })
}

fn refuse_section(member: &Member<'_>, section: &Section<'_>) -> Option<Problem> {
    let name = section.name;
    let member = || text(member.name);
    if name == b".note.GNU-stack" && section.flags & elf::SHF_EXECINSTR.0 != 0 {
        return Some(Problem::ExecutableStack { member: member() });
    }
    let runs_first = name.starts_with(b".preinit_array") || section.kind == elf::SHT_PREINIT_ARRAY.0;
    (runs_first && section.is_allocated()).then(|| Problem::RunsBeforeGuards { member: member() })
}

fn refuse_symbol(member: &Member<'_>, symbol: &Symbol<'_>) -> Option<Problem> {
    let name = symbol.name;
    if name.contains(&b'@') {
        return Some(Problem::VersionedSymbol { member: text(member.name), symbol: text(name) });
    }
    if !symbol.is_exported() {
        return None;
    }
    let operators: [&[u8]; 4] = [b"_Znw", b"_Zna", b"_Zdl", b"_Zda"];
    if operators.iter().any(|operator| name.starts_with(operator)) {
        return Some(Problem::OwnOperatorNew { member: text(member.name), symbol: text(name) });
    }
    let system: [&[u8]; 7] = [
        b"malloc",
        b"free",
        b"calloc",
        b"realloc",
        b"__libc_start_main",
        b"_Unwind_RaiseException",
        b"__cxa_throw",
    ];
    system
        .contains(&name)
        .then(|| Problem::OwnSystemLibrary { member: text(member.name), symbol: text(name) })
}

/// The names of one module, and what they become.
struct Names<'data, 'request> {
    prefix: &'request str,
    keeps_local: bool,
    /// Defined, and not kept.
    defined: NameSet<'data>,
    kept: NameSet<'data>,
    /// Sections whose names are identifiers: linkers make `__start_` and `__stop_` symbols for them.
    identifiers: NameSet<'data>,
}

impl<'data, 'request> Names<'data, 'request> {
    fn collect(members: &Members<'data>, renaming: &Renaming<'request>) -> Self {
        let mut names = Names {
            prefix: renaming.prefix,
            keeps_local: renaming.keep_local_names,
            defined: NameSet::default(),
            kept: NameSet::default(),
            identifiers: NameSet::default(),
        };
        for (_, object) in members {
            for (_, symbol) in object.symbols().filter(|(_, symbol)| symbol.is_exported()) {
                let kept = (renaming.keep)(symbol.name);
                if kept {
                    names.kept.insert(symbol.name)
                } else {
                    names.defined.insert(symbol.name)
                };
            }
            let allocated = object.sections.iter().filter(|section| section.is_allocated());
            names
                .identifiers
                .extend(allocated.map(|section| section.name).filter(|name| is_identifier(name)));
        }
        names
    }

    fn prefixed(&self, before: &[u8], name: &[u8]) -> Vec<u8> {
        [before, self.prefix.as_bytes(), name].concat()
    }

    /// The section a `__start_` or `__stop_` symbol bounds, and which of both it is.
    fn bounded<'name>(&self, name: &'name [u8]) -> Option<(&'static [u8], &'name [u8])> {
        let bounds: [&'static [u8]; 2] = [b"__start_", b"__stop_"];
        bounds
            .into_iter()
            .find_map(|bound| Some((bound, name.strip_prefix(bound)?)))
            .filter(|(_, section)| self.identifiers.contains(section))
    }
}

impl Naming for Names<'_, '_> {
    fn symbol<'name>(&self, symbol: &Symbol<'name>) -> (Cow<'name, [u8]>, bool) {
        if let Some((bound, section)) = self.bounded(symbol.name) {
            return (Cow::Owned(self.prefixed(bound, section)), true);
        }
        match self.defined.contains(symbol.name) {
            true => (Cow::Owned(self.prefixed(b"", symbol.name)), true),
            false => (Cow::Borrowed(symbol.name), self.kept.contains(symbol.name)),
        }
    }

    fn keeps_local(&self) -> bool {
        self.keeps_local
    }

    fn signature<'name>(&self, symbol: &Symbol<'name>) -> Cow<'name, [u8]> {
        match symbol.name {
            [] => Cow::Borrowed(symbol.name),
            name => Cow::Owned(self.prefixed(b"", name)),
        }
    }

    fn section<'name>(&self, section: &Section<'name>) -> Cow<'name, [u8]> {
        if section.is_allocated() && self.identifiers.contains(section.name) {
            return Cow::Owned(self.prefixed(b"", section.name));
        }
        match kind_of_own_section(section.name) {
            Some(kind) if !self.keeps_local => Cow::Owned([kind, b"l"].concat()),
            _ => Cow::Borrowed(section.name),
        }
    }
}

/// The kind of a section that a compiler made for one function or constant alone, whose mangled name follows. Linkers look
/// at the kind only, and such names are an eighth of an archive of Rust.
fn kind_of_own_section(name: &[u8]) -> Option<&'static [u8]> {
    const KINDS: [&[u8]; 5] = [b".text.", b".rodata.", b".data.rel.ro.", b".data.", b".bss."];
    const MANGLED: [&[u8]; 3] = [b"_R", b"_ZN", b".L"];
    KINDS.into_iter().find(|kind| {
        let own = name.strip_prefix(*kind);
        own.is_some_and(|own| MANGLED.iter().any(|mangling| own.starts_with(mangling)))
    })
}

fn is_identifier(name: &[u8]) -> bool {
    let starts = name.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_');
    starts && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn report(members: &Members<'_>, names: &Names<'_, '_>) -> Report {
    let mut report = Report {
        members: members.len(),
        renamed: names.defined.len(),
        kept: names.kept.iter().map(|name| text(name)).collect(),
        bounded_sections: names.identifiers.iter().map(|name| text(name)).collect(),
        ..Report::default()
    };
    let mut imports: BTreeMap<&[u8], (&[u8], bool)> = BTreeMap::new();
    let mut has_unwind_tables = false;
    for (member, object) in members {
        for (_, symbol) in object.symbols().filter(|(_, symbol)| symbol.is_global() && !symbol.is_exported())
        {
            let own = names.defined.contains(symbol.name) || names.kept.contains(symbol.name);
            if own || is_linker_made(symbol.name) || names.bounded(symbol.name).is_some() {
                continue;
            }
            let import = imports.entry(symbol.name).or_insert((member.name, true));
            import.1 &= symbol.is_weak();
        }
        let indirect = object.symbols().filter(|(_, symbol)| symbol.kind == elf::STT_GNU_IFUNC.0);
        report.indirect_functions.extend(indirect.map(|(_, symbol)| text(symbol.name)));
        for section in object.sections.iter().filter(|section| section.is_allocated()) {
            has_unwind_tables |= section.name == b".eh_frame";
            if runs_around_main(section) {
                report.constructor_sections.insert(text(section.name));
            }
        }
    }
    report.may_unwind = has_unwind_tables && imports.keys().any(|name| can_raise(name));
    let named =
        |(name, (member, weak)): (&[u8], (&[u8], bool))| (text(name), Import { member: text(member), weak });
    report.imports = imports.into_iter().map(named).collect();
    report
}

fn runs_around_main(section: &Section<'_>) -> bool {
    let kinds = [elf::SHT_INIT_ARRAY.0, elf::SHT_FINI_ARRAY.0, elf::SHT_PREINIT_ARRAY.0];
    let names: [&[u8]; 6] = [b".init_array", b".fini_array", b".ctors", b".dtors", b".init", b".fini"];
    let named = |name: &&[u8]| {
        section.name.strip_prefix(*name).is_some_and(|rest| rest.is_empty() || rest[0] == b'.')
    };
    section.size > 0 && (kinds.contains(&section.kind) || names.iter().any(named))
}

/// Names that no object defines: the linker does.
pub fn is_linker_made(name: &[u8]) -> bool {
    let made: [&[u8]; 14] = [
        b"_GLOBAL_OFFSET_TABLE_",
        b"_DYNAMIC",
        b"__ehdr_start",
        b"__executable_start",
        b"__dso_handle",
        b"__eh_frame_start",
        b"__eh_frame_hdr_start",
        b"__GNU_EH_FRAME_HDR",
        b"_end",
        b"_etext",
        b"_edata",
        b"__bss_start",
        b"__tls_get_addr",
        b"",
    ];
    made.contains(&name)
}

/// Whether a reference to `name` means that something can be thrown: the C++ library throws by itself.
fn can_raise(name: &[u8]) -> bool {
    let raising: [&[u8]; 8] = [
        b"_Unwind_RaiseException",
        b"_Unwind_ForcedUnwind",
        b"_Unwind_Resume",
        b"__cxa_throw",
        b"__cxa_rethrow",
        b"_ZNSt",
        b"_ZNKSt",
        b"_ZSt",
    ];
    raising.iter().any(|prefix| name.starts_with(prefix))
}

pub(crate) fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_to_a_linker_are_not_shortened() {
        for (name, kind) in [
            (".text._ZN4core3fmt5write17hE", ".text."),
            (".text._RNvCs1_4raya4main", ".text."),
            (".rodata..Lanon.1.2", ".rodata."),
            (".data.rel.ro._RNvCs1", ".data.rel.ro."),
        ] {
            assert_eq!(kind_of_own_section(name.as_bytes()), Some(kind.as_bytes()), "{name}");
        }
        for name in [
            ".text",
            ".text.startup",
            ".text.helper",
            ".rodata.cst16",
            ".rodata.str1.1",
            ".init_array.7",
            "_ZN",
        ] {
            assert_eq!(kind_of_own_section(name.as_bytes()), None, "{name}");
        }
    }
}
