//! Why a module was not loaded: typed, with evidence and remedy.

use std::fmt;
use std::path::PathBuf;

use raya_abi::version::{ABI_VERSION, abi_version_parts};
use raya_signing::{SigningError, escape_for_terminal};
use raya_source::{Code, Diagnostic, Severity};

use crate::codes;

/// What makes a library unfit, whoever signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// `DT_RPATH` or `DT_RUNPATH`: needed libraries would come from folders it chooses.
    SearchPath(String),
    /// `DT_AUDIT`, `DT_DEPAUDIT`, `DT_FILTER` or `DT_AUXILIARY`: the loader would bring other code along.
    Brings(&'static str),
    /// A needed library that is a path.
    NeededPath(String),
    /// It wants the stack to be executable.
    ExecutableStack,
    /// Memory that is writable and executable, or code that the loader must change.
    WritableCode,
    /// A program, not a library.
    Program,
}

/// Why a module was not loaded.
#[derive(Debug)]
pub enum FallbackError {
    /// A name that cannot be a module's.
    Name {
        /// The name.
        name: String,
    },
    /// An entry of the search path is relative or empty.
    RelativeEntry {
        /// Where it was given: `RAYA_MODULE_PATH` or `HOME`.
        variable: &'static str,
        /// The entry.
        entry: String,
    },
    /// The module is in none of the folders.
    NotFound {
        /// The module.
        module: String,
        /// The files looked for, in order.
        looked: Vec<PathBuf>,
    },
    /// A link leads out of the folder.
    LeavesFolder {
        /// The link.
        path: PathBuf,
    },
    /// Not a regular file.
    NotAFile {
        /// What was found there.
        path: PathBuf,
        /// Its kind, with an article.
        found: &'static str,
    },
    /// Others may write to it.
    WritableByOthers {
        /// The file or folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It belongs to another user.
    OwnedByAnother {
        /// The file or folder.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
    },
    /// It cannot be opened or read.
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is larger than its kind may be.
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },
    /// No sealed memory can be had.
    NoSealedMemory {
        /// Why.
        error: std::io::Error,
    },
    /// A signature is required and there is none.
    Unsigned {
        /// The library.
        path: PathBuf,
    },
    /// The signature is not good.
    Signature {
        /// The library.
        path: PathBuf,
        /// All reasons.
        errors: Vec<SigningError>,
    },
    /// Not a shared library for this machine.
    NotALibrary {
        /// The file.
        path: PathBuf,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// It is unfit, whoever signed it.
    Defect {
        /// The library.
        path: PathBuf,
        /// Why.
        defect: Defect,
    },
    /// It needs a library that is not on the list.
    Needed {
        /// The library.
        path: PathBuf,
        /// What it needs.
        library: String,
    },
    /// The environment decides where a needed library comes from.
    LibraryPathSet {
        /// The library.
        path: PathBuf,
        /// What it needs.
        library: String,
    },
    /// It is no Raya module.
    NoNote {
        /// The library.
        path: PathBuf,
        /// The module looked for.
        module: String,
    },
    /// It is another module.
    OtherModule {
        /// The library.
        path: PathBuf,
        /// The module looked for.
        expected: String,
        /// The module it says it is.
        found: String,
    },
    /// It was built for another ABI.
    Abi {
        /// The library.
        path: PathBuf,
        /// The version it was built for, packed.
        found: u32,
    },
    /// The system's loader refused it.
    Loader {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// It lacks a function.
    Symbol {
        /// The library.
        path: PathBuf,
        /// The function's name.
        symbol: String,
    },
    /// Its stub or descriptor is not UTF-8.
    StubNotUtf8 {
        /// The file.
        path: PathBuf,
        /// Offset of the first other byte.
        offset: usize,
    },
}

impl FallbackError {
    /// The same finding where it does not stop the work.
    pub(crate) fn into_warning(self) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::from(self) }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            FallbackError::Name { .. } => codes::NAME_MALFORMED,
            FallbackError::RelativeEntry { .. } => codes::SEARCH_ENTRY_RELATIVE,
            FallbackError::NotFound { .. } => codes::MODULE_NOT_FOUND,
            FallbackError::LeavesFolder { .. } => codes::LINK_LEAVES_FOLDER,
            FallbackError::NotAFile { .. } => codes::NOT_A_FILE,
            FallbackError::WritableByOthers { .. } => codes::WRITABLE_BY_OTHERS,
            FallbackError::OwnedByAnother { .. } => codes::OWNED_BY_ANOTHER,
            FallbackError::Unreadable { .. } => codes::LIBRARY_UNREADABLE,
            FallbackError::TooLarge { .. } => codes::LIBRARY_TOO_LARGE,
            FallbackError::NoSealedMemory { .. } => codes::NO_SEALED_MEMORY,
            FallbackError::Unsigned { .. } => codes::LIBRARY_UNSIGNED,
            FallbackError::Signature { .. } => codes::LIBRARY_SIGNATURE,
            FallbackError::NotALibrary { .. } => codes::NOT_A_LIBRARY,
            FallbackError::Defect { .. } => codes::LIBRARY_DEFECT,
            FallbackError::Needed { .. } => codes::LIBRARY_NEEDS,
            FallbackError::LibraryPathSet { .. } => codes::LIBRARY_PATH_SET,
            FallbackError::NoNote { .. } => codes::NO_NOTE,
            FallbackError::OtherModule { .. } => codes::NAME_DIFFERS,
            FallbackError::Abi { .. } => codes::ABI_DIFFERS,
            FallbackError::Loader { .. } => codes::LOADER_REFUSED,
            FallbackError::Symbol { .. } => codes::SYMBOL_MISSING,
            FallbackError::StubNotUtf8 { .. } => codes::TEXT_MALFORMED,
        }
    }

    fn help(&self) -> Option<String> {
        let text = match self {
            FallbackError::RelativeEntry { .. } => {
                "use absolute paths: a relative one would load other code in another working folder"
            }
            FallbackError::NotFound { .. } => {
                "add the folder that has the module's library to `RAYA_MODULE_PATH`, or copy the library to `~/.raya/modules`"
            }
            FallbackError::LeavesFolder { .. } => "copy the library into the folder",
            FallbackError::NotAFile { .. } => "put a shared library there",
            FallbackError::WritableByOthers { .. } => {
                "take the permission away (`chmod o-w`), or keep modules in a folder of your own"
            }
            FallbackError::OwnedByAnother { .. } => {
                "copy the library to a folder of your own, or have root install it"
            }
            FallbackError::Unsigned { .. } => "`raya module sign` writes the signature beside the library",
            FallbackError::Signature { .. } => {
                "get the library again from its publisher; do not use this one"
            }
            FallbackError::Defect { .. } => "rebuild the library, for instance with `raya module build`",
            FallbackError::Needed { .. } => {
                "link that library in statically, or name it under `needed` in the module's manifest"
            }
            FallbackError::LibraryPathSet { .. } => "run the program without `LD_LIBRARY_PATH`",
            FallbackError::NoNote { .. } => {
                "a module is built with `raya/module.h` or `raya-native`; if another library has this name, put the module's \
                 folder first in `RAYA_MODULE_PATH`"
            }
            FallbackError::OtherModule { .. } => "rename the file after its module, or import that module",
            FallbackError::Abi { .. } => {
                "rebuild the module with the headers of this `raya`, or use a newer `raya`"
            }
            FallbackError::Symbol { .. } => {
                "`RAYA_MODULE_INIT`, or `#[module]`, makes both of a module's functions"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl fmt::Display for FallbackError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |path: &PathBuf| format!("`{}`", escape_for_terminal(&path.to_string_lossy()));
        let escaped = |text: &str| escape_for_terminal(text).into_owned();
        match self {
            FallbackError::Name { name } => {
                write!(formatter, "expected a module's name, found `{}`", escaped(name))
            }
            FallbackError::RelativeEntry { variable, entry } if entry.is_empty() => {
                write!(formatter, "`{variable}`: expected absolute paths, found an empty entry")
            }
            FallbackError::RelativeEntry { variable, entry } => {
                write!(formatter, "`{variable}`: expected absolute paths, found `{}`", escaped(entry))
            }
            FallbackError::NotFound { module, looked } => {
                write!(formatter, "the module `{module}` was found in none of {} places", looked.len())
            }
            FallbackError::LeavesFolder { path } => {
                write!(formatter, "{} is a link that leads out of its folder", shown(path))
            }
            FallbackError::NotAFile { path, found } => {
                write!(formatter, "expected a file, found {found} at {}", shown(path))
            }
            FallbackError::WritableByOthers { path, mode } => {
                write!(formatter, "{} can be changed by every user (mode {:04o})", shown(path), mode & 0o7777)
            }
            FallbackError::OwnedByAnother { path, owner } => {
                write!(formatter, "{} belongs to user {owner}: neither to you nor to root", shown(path))
            }
            FallbackError::Unreadable { path, error } => {
                write!(formatter, "{} cannot be read: {error}", shown(path))
            }
            FallbackError::TooLarge { path, limit } => {
                write!(formatter, "{} has more than {limit} bytes, the limit for its kind", shown(path))
            }
            FallbackError::NoSealedMemory { error } => {
                write!(formatter, "the system gives no sealed memory to keep a checked library in: {error}")
            }
            FallbackError::Unsigned { path } => {
                write!(formatter, "{}: expected a signature beside the library, found none", shown(path))
            }
            FallbackError::Signature { path, errors } => {
                let first = errors.first().map(|error| (error.expected(), error.found()));
                let (expected, found) = first.unwrap_or_default();
                write!(formatter, "{}: expected {expected}, found {found}", shown(path))
            }
            FallbackError::NotALibrary { path, expected, found } => {
                write!(formatter, "{}: expected {expected}, found {found}", shown(path))
            }
            FallbackError::Defect { path, defect } => write!(formatter, "{} {defect}", shown(path)),
            FallbackError::Needed { path, library } => write!(
                formatter,
                "{} needs the shared library `{}`, which is not among those a module may need",
                shown(path),
                escaped(library)
            ),
            FallbackError::LibraryPathSet { path, library } => write!(
                formatter,
                "{} needs `{}`, and `LD_LIBRARY_PATH` decides where that comes from",
                shown(path),
                escaped(library)
            ),
            FallbackError::NoNote { path, module } => write!(
                formatter,
                "{} has the file name of the module `{module}`, but is not a Raya module",
                shown(path)
            ),
            FallbackError::OtherModule { path, expected, found } => {
                write!(
                    formatter,
                    "{}: expected the module `{expected}`, found `{}`",
                    shown(path),
                    escaped(found)
                )
            }
            FallbackError::Abi { path, found } => {
                let (host, module) = (abi_version_parts(ABI_VERSION), abi_version_parts(*found));
                write!(
                    formatter,
                    "{}: expected a module for ABI {}.x up to {}.{}, found one for {}.{}.{}",
                    shown(path),
                    host.0,
                    host.0,
                    host.1,
                    module.0,
                    module.1,
                    module.2
                )
            }
            FallbackError::Loader { path, reason } => {
                write!(formatter, "{} was refused by the system's loader: {}", shown(path), escaped(reason))
            }
            FallbackError::Symbol { path, symbol } => {
                write!(formatter, "{} has no function `{symbol}`", shown(path))
            }
            FallbackError::StubNotUtf8 { path, offset } => {
                write!(formatter, "expected UTF-8, found other bytes at offset {offset} of {}", shown(path))
            }
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Defect::SearchPath(path) => {
                write!(
                    formatter,
                    "brings a search path of its own for what it needs: `{}`",
                    escape_for_terminal(path)
                )
            }
            Defect::Brings(entry) => {
                write!(formatter, "makes the loader bring other libraries along ({entry})")
            }
            Defect::NeededPath(path) => {
                write!(formatter, "needs a library by its path: `{}`", escape_for_terminal(path))
            }
            Defect::ExecutableStack => write!(formatter, "wants an executable stack"),
            Defect::WritableCode => write!(formatter, "has code that can be written to"),
            Defect::Program => write!(formatter, "is a program, not a library"),
        }
    }
}

impl std::error::Error for FallbackError {}

impl From<FallbackError> for Diagnostic {
    fn from(error: FallbackError) -> Diagnostic {
        let mut report = Diagnostic::error(error.code(), error.to_string());
        match &error {
            FallbackError::NotFound { looked, .. } => {
                for path in looked {
                    report = report
                        .with_note(format!("looked for `{}`", escape_for_terminal(&path.to_string_lossy())));
                }
            }
            FallbackError::Signature { errors, .. } => {
                for problem in errors {
                    let (code, expected, found) = (problem.code(), problem.expected(), problem.found());
                    report = report.with_note(format!("{code}: expected {expected}, found {found}"));
                }
            }
            _ => {}
        }
        match error.help() {
            Some(help) => report.with_help(help),
            None => report,
        }
    }
}
