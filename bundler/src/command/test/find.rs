//! Finds test files, and the project that each belongs to.

use std::path::{Component, Path, PathBuf};

use raya_abi::limits::SOURCE_BYTES_MAX;
use raya_source::{Diagnostic, FileId};
use raya_syntax::ast::StatementKind;

use crate::app::MANIFEST_NAME;
use crate::codes::FILE_MISSING;
use crate::host;

/// What test files end in.
const ENDING: &str = ".test.raya";
/// In folders of this name other files count too, if they import `std:test`.
const FOLDER: &str = "tests";
/// The module that tests are written with.
const TEST_MODULE: &str = "std:test";
/// Folders that hold what others wrote or what was made.
const PASSED_OVER: [&str; 3] = ["node_modules", "target", "vendor"];
/// Folders inside folders that are entered.
const DEPTH_MAX: usize = 64;

/// A test file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TestFile {
    /// The path that is shown.
    pub(super) shown: PathBuf,
    /// The folder of the project that it is part of, if there is one.
    pub(super) root: Option<PathBuf>,
    /// The file, relative to `root`.
    pub(super) entry: PathBuf,
}

/// The test files among `paths`, those of folders in the order of their names. Without paths: of the working folder.
pub(super) fn test_files(paths: &[PathBuf]) -> Result<Vec<TestFile>, Diagnostic> {
    let here = [PathBuf::from(".")];
    let mut found: Vec<TestFile> = vec![];
    for path in if paths.is_empty() { &here[..] } else { paths } {
        if path.is_dir() {
            let mut files = vec![];
            visit(path, 0, &mut files)?;
            found.extend(files.into_iter().map(|file| belonging(&file, path)));
        } else if path.exists() {
            found.push(belonging(path, Path::new("")));
        } else {
            let message =
                format!("expected a file or folder with tests at {}, found nothing", host::shown(path));
            return Err(Diagnostic::error(FILE_MISSING, message));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|file| seen.insert(file.shown.clone()));
    Ok(found)
}

fn visit(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    if depth > DEPTH_MAX {
        return Ok(());
    }
    let is_tests = host::absolute(folder).file_name().is_some_and(|name| name == FOLDER);
    for name in host::list_folder(folder)? {
        let Some(text) = name.to_str().filter(|text| !text.starts_with('.')) else { continue };
        let path = if folder == Path::new(".") { PathBuf::from(text) } else { folder.join(text) };
        // A link to a folder may lead in a circle.
        let is_link = path.is_symlink();
        if path.is_dir() {
            if !is_link && !PASSED_OVER.contains(&text) {
                visit(&path, depth + 1, files)?;
            }
        } else if text.ends_with(ENDING) || is_tests && text.ends_with(".raya") && imports_tests(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether a file imports `std:test`; one that cannot be read does not.
fn imports_tests(path: &Path) -> bool {
    let Ok(text) = host::read_text(path, SOURCE_BYTES_MAX) else { return false };
    text.contains(TEST_MODULE)
        && raya_syntax::parse(FileId(0), &text).module.statements.iter().any(|statement| {
            matches!(&statement.kind, StatementKind::Import(import) if &*import.specifier.value == TEST_MODULE)
        })
}

/// The project is the nearest folder with a manifest, from the file's up to the one that was searched, or up to the
/// working folder where the path leads down from there.
fn belonging(file: &Path, searched: &Path) -> TestFile {
    let leads_down = file.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let limit = if leads_down { Path::new("") } else { searched };
    for folder in file.ancestors().skip(1) {
        let root = if folder == Path::new("") { Path::new(".") } else { folder };
        if root.join(MANIFEST_NAME).is_file()
            && let Ok(entry) = file.strip_prefix(folder)
        {
            return TestFile {
                shown: file.to_path_buf(),
                root: Some(root.to_path_buf()),
                entry: entry.to_path_buf(),
            };
        }
        if folder == limit || limit == Path::new("") && !leads_down {
            break;
        }
    }
    TestFile { shown: file.to_path_buf(), root: None, entry: file.to_path_buf() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, path: &str, text: &str) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn tests_are_found_by_name_and_by_import_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let test = "import { test } from \"std:test\";";
        for (path, text) in [
            ("b.test.raya", ""),
            ("a/z.test.raya", ""),
            ("a/plain.raya", test),
            ("tests/one.raya", test),
            ("tests/helper.raya", "export const a = \"std:test\";"),
            ("tests/deep/two.test.raya", ""),
            (".hidden/x.test.raya", ""),
            ("node_modules/x.test.raya", ""),
            ("vendor/x.test.raya", ""),
        ] {
            write(folder.path(), path, text);
        }
        let found = test_files(&[folder.path().to_path_buf()]).unwrap();
        let names: Vec<String> = found
            .iter()
            .map(|file| file.shown.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["a/z.test.raya", "b.test.raya", "tests/deep/two.test.raya", "tests/one.raya"]);
        assert!(found.iter().all(|file| file.root.is_none()), "{found:?}");
    }

    #[test]
    fn the_nearest_manifest_is_the_projects_and_none_above_the_search_counts() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "raya.toml", "");
        write(folder.path(), "inner/raya.toml", "");
        write(folder.path(), "inner/tests/a.test.raya", "");
        write(folder.path(), "outer/tests/b.test.raya", "");
        let root_of = |searched: &str| test_files(&[folder.path().join(searched)]).unwrap()[0].root.clone();
        assert_eq!(root_of("inner"), Some(folder.path().join("inner")));
        assert_eq!(root_of("outer"), None);
        let all = test_files(&[folder.path().to_path_buf()]).unwrap();
        assert_eq!(all[1].root.as_deref(), Some(folder.path()));
        assert_eq!(all[1].entry, Path::new("outer/tests/b.test.raya"));
    }

    #[test]
    fn a_path_that_leads_nowhere_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(test_files(&[folder.path().join("none")]).unwrap_err().code, FILE_MISSING);
    }
}
