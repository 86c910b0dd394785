//! Snapshots: files that hold what a command printed. `RAYA_BLESS=1` writes them anew.

use std::path::Path;

/// Compares `found` with the file `path`, or writes the file when blessing. Gives the difference, if any.
pub fn compare(path: &Path, found: &str) -> Option<String> {
    if std::env::var_os("RAYA_BLESS").is_some() {
        std::fs::write(path, found).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return None;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    (expected != found).then(|| {
        format!(
            "{} differs (RAYA_BLESS=1 accepts what was found)\n--- expected\n{expected}--- found\n{found}",
            path.display()
        )
    })
}
