//! Writes an image and its signature so that a reader sees the old files or the new ones.

use std::fs::File;
use std::io::Result;
use std::path::{Path, PathBuf};

use raya_builder::output::prepare;
use tempfile::NamedTempFile;

/// The mode of an image: anyone may run it, its owner may change it.
const IMAGE_MODE: u32 = 0o755;
const SIGNATURE_MODE: u32 = 0o644;

/// Writes both files beside their places and renames them once both are on disk.
pub(crate) fn write(output: &Path, image: &[u8], signature: Option<&[u8]>) -> Result<()> {
    let folder = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // A temporary file removes itself when a step before its rename fails.
    let image = prepare(folder, image, IMAGE_MODE)?;
    let signature = signature.map(|bytes| prepare(folder, bytes, SIGNATURE_MODE)).transpose()?;
    let signature_path = signature_path(output);
    // A signature that belongs to another image would make a good one look forged: the old one goes first, and comes back
    // should the image not get to its place.
    let old_signature = set_aside(folder, &signature_path)?;
    if let Err(error) = image.persist(output) {
        if let Some(old) = old_signature {
            old.persist(&signature_path).map_err(|error| error.error)?;
        }
        return Err(error.error);
    }
    if let Some(signature) = signature {
        signature.persist(&signature_path).map_err(|error| error.error)?;
    }
    File::open(folder)?.sync_all()
}

/// Renames the file at `path`, if there is one, to a name that removes itself when it is dropped.
fn set_aside(folder: &Path, path: &Path) -> Result<Option<NamedTempFile>> {
    if !path.try_exists()? {
        return Ok(None);
    }
    let aside = tempfile::Builder::new().prefix(".raya-").tempfile_in(folder)?;
    std::fs::rename(path, aside.path())?;
    Ok(Some(aside))
}

/// Where the signature of an image lies.
pub fn signature_path(output: &Path) -> PathBuf {
    let mut path = output.as_os_str().to_owned();
    path.push(".minisig");
    PathBuf::from(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_image_and_its_signature_appear_together() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("app");
        write(&output, b"image", Some(b"signature")).unwrap();
        assert_eq!(names(folder.path()), ["app", "app.minisig"]);
        assert_eq!(std::fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o755);
        write(&output, b"other", None).unwrap();
        assert_eq!(names(folder.path()), ["app"]);
        assert_eq!(std::fs::read(&output).unwrap(), b"other");
    }

    #[test]
    fn a_failed_rename_leaves_the_old_things_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("app")).unwrap();
        std::fs::write(folder.path().join("app.minisig"), b"old").unwrap();
        assert!(write(&folder.path().join("app"), b"image", Some(b"signature")).is_err());
        assert_eq!(names(folder.path()), ["app", "app.minisig"]);
        assert_eq!(std::fs::read(folder.path().join("app.minisig")).unwrap(), b"old");
        std::fs::remove_file(folder.path().join("app.minisig")).unwrap();
        assert!(write(&folder.path().join("missing").join("app"), b"image", None).is_err());
        assert_eq!(names(folder.path()), ["app"]);
    }
}
