//! An app in a folder of its own, with a home of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::command::{Finished, clean, finish, raya, succeed};

/// An app. Its entry file is `main.raya`; the folder goes when this is dropped.
#[derive(Debug)]
pub struct App {
    scratch: TempDir,
}

impl App {
    /// An app with this program.
    ///
    /// # Panics
    /// When no folder can be made.
    pub fn new(program: &str) -> App {
        let app = App { scratch: tempfile::tempdir().expect("a temporary folder") };
        app.write("main.raya", program);
        fs::create_dir_all(app.home()).expect("a home");
        app
    }

    /// The app's folder.
    pub fn folder(&self) -> PathBuf {
        self.scratch.path().join("app")
    }

    /// The home folder that commands of this app see.
    pub fn home(&self) -> PathBuf {
        self.scratch.path().join("home")
    }

    /// A path in the app's folder.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder().join(relative)
    }

    /// Writes a file into the app's folder.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, relative: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap_or(&path)).expect("a folder can be made");
        fs::write(&path, contents).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Writes `raya.toml`: the app's name, then `rest`.
    pub fn manifest(&self, rest: &str) {
        let app = "[app]\nname = \"main\"\nversion = \"1.0.0\"\nentry = \"main.raya\"\n";
        self.write("raya.toml", format!("{app}\n{rest}"));
    }

    /// Copies a file into a folder of the app, under its own name.
    ///
    /// # Panics
    /// When it cannot be copied.
    pub fn copy(&self, folder: &str, file: &Path) -> PathBuf {
        let to = self.path(folder).join(file.file_name().unwrap_or_default());
        fs::create_dir_all(self.path(folder)).expect("a folder can be made");
        fs::copy(file, &to).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        to
    }

    /// Puts packages where every build of the app finds them first.
    pub fn vendor<'p>(&self, packages: impl IntoIterator<Item = &'p PathBuf>) {
        for package in packages {
            self.copy("vendor", package);
        }
    }

    /// `raya` with arguments, in the app's folder.
    pub fn raya<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Command {
        let mut command = raya(&self.home(), arguments);
        command.current_dir(self.folder());
        command
    }

    /// Bundles the app as `app` with more arguments; it must succeed.
    pub fn bundle(&self, arguments: &[&str]) -> PathBuf {
        succeed(self.raya(["bundle", "main.raya", "-o", "app"]).args(arguments));
        self.path("app")
    }

    /// Runs what [`App::bundle`] made.
    pub fn execute(&self) -> Finished {
        finish(clean(self.path("app"), &self.home()).current_dir(self.folder()))
    }
}
