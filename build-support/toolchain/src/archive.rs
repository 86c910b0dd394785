//! Objects and static libraries become one archive: sorted, dateless, without debug information, checked for what a bundle
//! cannot hold.

use std::collections::BTreeSet;

use raya_packs::{Archive, ArchiveWriter, Machine, Object, Policy, Problem, Renaming, Report, rename};
use raya_source::Diagnostic;

use crate::{Target, ToolchainError};

/// A module's archive and what its objects show.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// A GNU archive.
    pub archive: Vec<u8>,
    /// What it defines, needs and does.
    pub report: Report,
}

/// Puts objects into an archive in the order given. Names are what linkers show in errors.
pub fn from_objects(objects: Vec<(String, Vec<u8>)>, machine: Machine) -> Result<Vec<u8>, ToolchainError> {
    let mut writer = ArchiveWriter::new();
    let mut problems = vec![];
    for (name, bytes) in objects {
        match Object::parse(&bytes, machine) {
            Ok(object) => {
                let exported = object.symbols().filter(|(_, symbol)| symbol.is_exported());
                let symbols = exported.map(|(_, symbol)| symbol.name.to_vec()).collect();
                writer.add(name.as_bytes(), bytes, symbols);
            }
            Err(error) => problems.push(Problem::Object { member: name, error }),
        }
    }
    if problems.is_empty() { Ok(writer.finish()) } else { Err(ToolchainError::Objects { problems }) }
}

/// Merges archives into one that `raya bundle` will accept, or says everything that it would refuse.
///
/// Symbols keep their names here: they are isolated when an app is bundled, under a prefix that the bundler chooses.
pub fn assemble(archives: &[&[u8]], target: Target) -> Result<Assembled, ToolchainError> {
    // glibc resolves indirect functions, musl does not.
    let policy = Policy::Module { indirect_functions: !target.is_musl() };
    let renaming =
        Renaming { machine: target.machine(), prefix: "", keep: &|_| true, policy, keep_local_names: false };
    match rename(archives, &renaming) {
        Ok(renamed) => Ok(Assembled { archive: renamed.archive, report: renamed.report }),
        Err(problems) => Err(ToolchainError::Objects { problems }),
    }
}

/// The contents of all sections called `section` in an archive's members, in order.
pub fn sections<'a>(archive: &'a [u8], section: &str, machine: Machine) -> Vec<&'a [u8]> {
    let Ok(archive) = Archive::parse(archive) else { return vec![] };
    let mut found = vec![];
    for member in &archive.members {
        let Ok(object) = Object::parse(member.data, machine) else { continue };
        found.extend(
            object.sections.iter().filter(|have| have.name == section.as_bytes()).map(|have| have.data),
        );
    }
    found
}

/// Names that the archive's members define for each other.
pub fn definitions(archive: &[u8], machine: Machine) -> BTreeSet<String> {
    let Ok(archive) = Archive::parse(archive) else { return BTreeSet::new() };
    let mut names = BTreeSet::new();
    for member in &archive.members {
        let Ok(object) = Object::parse(member.data, machine) else { continue };
        let exported = object.symbols().filter(|(_, symbol)| symbol.is_exported());
        names.extend(exported.map(|(_, symbol)| String::from_utf8_lossy(symbol.name).into_owned()));
    }
    names
}

/// Adds one problem of a module's objects to a report, with what its author can do.
pub(crate) fn explain(report: Diagnostic, problem: &Problem) -> Diagnostic {
    match problem {
        Problem::Archive { archive, error } => report.with_note(format!("archive {archive}: {error}")),
        Problem::Object { member, error } => report.with_note(format!("`{member}`: {error}")),
        Problem::LinkTimeOptimization { member, section } => report
            .with_note(format!("`{member}` holds code for a link-time optimiser (section `{section}`)"))
            .with_help("compile it with `-fno-lto`"),
        Problem::OwnOperatorNew { member, symbol } => report
            .with_note(format!(
                "`{member}` defines `{symbol}`: memory would be freed by another allocator than gave it"
            ))
            .with_help("use an allocator class of your own instead of replacing the global operators"),
        Problem::OwnSystemLibrary { member, symbol } => report
            .with_note(format!("`{member}` defines `{symbol}`, a part of the system's libraries"))
            .with_help("leave libc and the unwinder to the runtime pack: do not link them into the archive"),
        Problem::PanicAbort => report
            .with_note("the Rust code is built with `panic = \"abort\"`: a panic would end the program")
            .with_help("remove `panic = \"abort\"` from the profile"),
        Problem::ExecutableStack { member } => report
            .with_note(format!("`{member}` wants an executable stack"))
            .with_help("avoid nested functions; give assembly files a `.note.GNU-stack` section"),
        Problem::RunsBeforeGuards { member } => report.with_note(format!(
            "`{member}` has code in `.preinit_array`, which runs before the program's guards"
        )),
        Problem::IndirectFunction { member, symbol } => report
            .with_note(format!(
                "`{member}` has the indirect function `{symbol}`, which musl does not resolve"
            ))
            .with_help("choose between its versions in code: leave out `ifunc` and `target_clones`"),
        Problem::VersionedSymbol { member, symbol } => report.with_note(format!(
            "`{member}` has the versioned symbol `{symbol}`, which isolation cannot keep"
        )),
        Problem::Names { member, limit } => {
            report.with_note(format!("`{member}`: the names of all objects have more than {limit} bytes"))
        }
        Problem::LeftOut { member, section } => report.with_note(format!(
            "`{member}` refers to the section `{section}`, which is never part of a program"
        )),
    }
}
