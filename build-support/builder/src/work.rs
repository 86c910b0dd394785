//! The folder for everything that is made on the way, `FOLDER/target/raya`. Nothing is written through a link that lay there before.
//!
//! A module's sources come from others, and so does whatever lies beside them: a link planted where an object goes would make
//! the compiler overwrite a file elsewhere.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use raya_source::Diagnostic;

use crate::codes::LINK_IN_WORK_FOLDER;
use crate::compile::file_error;

/// Where cargo keeps what it builds.
pub(crate) const CARGO_FOLDER: &str = "cargo";

/// Makes the folder below `folder`, or checks the one that is there.
pub(crate) fn open(folder: &Path) -> Result<PathBuf, Vec<Diagnostic>> {
    let target = folder.join("target");
    let work = target.join("raya");
    for path in [&target, &work] {
        match std::fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) if metadata.is_symlink() => return Err(vec![refusal(path)]),
            Ok(_) => return Err(file_error(path, ErrorKind::NotADirectory.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::fs::create_dir(path).map_err(|error| file_error(path, error))?;
            }
            Err(error) => return Err(file_error(path, error)),
        }
    }
    let links = links_below(&work)?;
    if links.is_empty() { Ok(work) } else { Err(links.iter().map(|path| refusal(path)).collect()) }
}

/// Removes what lies where a compiler is to write: compilers open what is there, and it may be one file with another name.
pub(crate) fn clear(path: &Path) -> Result<(), Vec<Diagnostic>> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file_error(path, error)),
        _ => Ok(()),
    }
}

/// All links in a folder and its folders, sorted. What cargo keeps is left out: build scripts make links there, and run as the
/// user anyway.
fn links_below(folder: &Path) -> Result<Vec<PathBuf>, Vec<Diagnostic>> {
    let (mut links, mut pending) = (vec![], vec![folder.to_path_buf()]);
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| file_error(&folder, error))? {
            let entry = entry.map_err(|error| file_error(&folder, error))?;
            let kind = entry.file_type().map_err(|error| file_error(&entry.path(), error))?;
            if kind.is_symlink() {
                links.push(entry.path());
            } else if kind.is_dir() && entry.file_name() != CARGO_FOLDER {
                pending.push(entry.path());
            }
        }
    }
    links.sort();
    Ok(links)
}

fn refusal(path: &Path) -> Diagnostic {
    let shown = raya_signing::escape_for_terminal(&path.to_string_lossy()).into_owned();
    Diagnostic::error(
        LINK_IN_WORK_FOLDER,
        format!("expected a folder that `raya` made, found the link `{shown}`"),
    )
    .with_note("what is built would be written to wherever it leads")
    .with_help("remove it; what is missing is made anew")
}
