//! Archives of the toolchain as packs keep them: their names as they are, without what no program needs.

use crate::archive::{Archive, ArchiveWriter};
use crate::object::{Machine, Object, Section, Symbol};
use crate::problem::Problem;
use crate::rewrite::{Naming, rewrite};
use std::borrow::Cow;

/// Writes an archive anew without debug information, bitcode and local names. Members that are no objects are left out where
/// `keep_member` says so; the order stays.
pub fn compact(
    archive: &[u8],
    machine: Machine,
    keep_member: &dyn Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, Problem> {
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let archive = Archive::parse(archive).map_err(|error| Problem::Archive { archive: 0, error })?;
    let mut writer = ArchiveWriter::new();
    for member in archive.members.into_iter().filter(|member| keep_member(member.name)) {
        let object = Object::parse(member.data, machine);
        let object = object.map_err(|error| Problem::Object { member: text(member.name), error })?;
        let rewritten = rewrite(&object, &Unchanged);
        let rewritten = rewritten.map_err(|error| Problem::of_rewriting(member.name, error))?;
        writer.add(member.name, rewritten.bytes, rewritten.exports);
    }
    Ok(writer.finish())
}

/// The names an archive defines for others, in the order of its members.
pub fn exports(archive: &[u8], machine: Machine) -> Result<Vec<Vec<u8>>, Problem> {
    let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let archive = Archive::parse(archive).map_err(|error| Problem::Archive { archive: 0, error })?;
    let mut names = Vec::new();
    for member in archive.members {
        let object = Object::parse(member.data, machine);
        let object = object.map_err(|error| Problem::Object { member: text(member.name), error })?;
        names.extend(
            object
                .symbols()
                .filter(|(_, symbol)| symbol.is_exported())
                .map(|(_, symbol)| symbol.name.to_vec()),
        );
    }
    Ok(names)
}

struct Unchanged;

impl Naming for Unchanged {
    fn symbol<'name>(&self, symbol: &Symbol<'name>) -> (Cow<'name, [u8]>, bool) {
        (Cow::Borrowed(symbol.name), false)
    }

    fn keeps_local(&self) -> bool {
        false
    }

    fn signature<'name>(&self, symbol: &Symbol<'name>) -> Cow<'name, [u8]> {
        Cow::Borrowed(symbol.name)
    }

    fn section<'name>(&self, section: &Section<'name>) -> Cow<'name, [u8]> {
        Cow::Borrowed(section.name)
    }
}
