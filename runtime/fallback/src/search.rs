//! The search path: which folders, in which order.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::FallbackError;

/// What the environment says about the search, read once by whoever starts the program.
#[derive(Clone, Debug, Default)]
pub struct SearchEnvironment {
    /// `RAYA_MODULE_PATH`.
    pub module_path: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
    /// Whether `LD_LIBRARY_PATH` is set.
    pub library_path_is_set: bool,
}

impl SearchEnvironment {
    /// The environment of this process.
    pub fn read() -> SearchEnvironment {
        SearchEnvironment {
            module_path: std::env::var_os("RAYA_MODULE_PATH"),
            home: std::env::var_os("HOME"),
            library_path_is_set: std::env::var_os("LD_LIBRARY_PATH").is_some_and(|value| !value.is_empty()),
        }
    }
}

/// Folders that may have modules, in the order they are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchPath {
    /// The folders; all absolute.
    pub folders: Vec<PathBuf>,
    /// Whether `LD_LIBRARY_PATH` is set: it decides where needed libraries come from.
    pub library_path_is_set: bool,
}

/// Where a user keeps modules, below the home folder.
const HOME_FOLDER: &str = ".raya/modules";
/// Where a system's administrator keeps modules.
const SYSTEM_FOLDER: &str = "/usr/lib/raya/modules";

impl SearchPath {
    /// `RAYA_MODULE_PATH`, `~/.raya/modules`, `/usr/lib/raya/modules`. All entries that are refused are given together.
    pub fn from_environment(environment: &SearchEnvironment) -> Result<SearchPath, Vec<FallbackError>> {
        let module_path = environment.module_path.as_deref().filter(|value| !value.is_empty());
        let listed = module_path.into_iter().flat_map(std::env::split_paths);
        let listed = listed.map(|entry| absolute("RAYA_MODULE_PATH", &entry));
        let home = environment.home.as_deref().filter(|home| !home.is_empty());
        let home = home.map(|home| absolute("HOME", Path::new(home)).map(|home| home.join(HOME_FOLDER)));
        let (mut folders, mut refused) = (vec![], vec![]);
        for entry in listed.chain(home) {
            match entry {
                Ok(folder) => folders.push(folder),
                Err(error) => refused.push(error),
            }
        }
        folders.push(PathBuf::from(SYSTEM_FOLDER));
        match refused.is_empty() {
            true => Ok(SearchPath { folders, library_path_is_set: environment.library_path_is_set }),
            false => Err(refused),
        }
    }
}

fn absolute(variable: &'static str, entry: &Path) -> Result<PathBuf, FallbackError> {
    match entry.is_absolute() {
        true => Ok(entry.to_path_buf()),
        false => Err(FallbackError::RelativeEntry { variable, entry: entry.to_string_lossy().into_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(module_path: Option<&str>, home: Option<&str>) -> Result<SearchPath, Vec<FallbackError>> {
        let environment = SearchEnvironment {
            module_path: module_path.map(OsString::from),
            home: home.map(OsString::from),
            library_path_is_set: false,
        };
        SearchPath::from_environment(&environment)
    }

    #[test]
    fn folders_come_in_the_promised_order() {
        let path = path_of(Some("/a:/b"), Some("/home/me")).unwrap();
        let expected = ["/a", "/b", "/home/me/.raya/modules", "/usr/lib/raya/modules"];
        assert_eq!(path.folders, expected.map(PathBuf::from));
        assert_eq!(path_of(Some(""), None).unwrap().folders, [PathBuf::from(SYSTEM_FOLDER)]);
    }

    #[test]
    fn relative_and_empty_entries_are_refused_all_together() {
        let refused = |module_path, home| {
            let errors = path_of(module_path, home).unwrap_err();
            errors.iter().map(|error| error.code().0).collect::<Vec<_>>()
        };
        for bad in ["modules", "./modules", "../x", "/a::/b", "/a:", ":/a", "~/modules"] {
            assert_eq!(refused(Some(bad), None), ["R3021"], "{bad}");
        }
        assert_eq!(refused(Some("a:/b:c"), Some("relative")), ["R3021"; 3]);
    }
}
