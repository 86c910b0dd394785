//! Native modules built from `tests/fixtures` with `raya module build`: each once, shared by all tests and test programs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::{Finished, finish, raya_path, succeed, workspace_root};

/// Variables that cargo sets for tests and that would change what is built.
const CARGO_PREFIXES: [&str; 3] = ["CARGO_", "RAYA_", "RUST"];
/// Variables of the above that say where things are.
const KEPT: [&str; 4] = ["CARGO_HOME", "RAYA_ZIG", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];

/// A module's sources, and how they are changed before they are built.
#[derive(Clone, Debug)]
pub struct Fixture {
    folders: Vec<PathBuf>,
    replacements: Vec<(String, String)>,
    targets: Vec<&'static str>,
}

impl Fixture {
    /// The module in `tests/fixtures/NAME`.
    pub fn new(name: &str) -> Fixture {
        Fixture { folders: vec![fixtures().join(name)], replacements: vec![], targets: vec![] }
    }

    /// Lays the files of `tests/fixtures/NAME` over those it has.
    pub fn overlaid(mut self, name: &str) -> Fixture {
        self.folders.push(fixtures().join(name));
        self
    }

    /// Replaces a text wherever it stands in a file.
    pub fn replacing(mut self, from: &str, to: &str) -> Fixture {
        self.replacements.push((from.to_owned(), to.to_owned()));
        self
    }

    /// Builds for this target only; may be given several times.
    pub fn only_for(mut self, target: &'static str) -> Fixture {
        self.targets.push(target);
        self
    }

    /// The folder with the sources and with what lies there after building.
    pub fn folder(&self) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        (&self.folders, &self.replacements, &self.targets).hash(&mut hasher);
        let name = self.folders[0].file_name().unwrap_or_default().to_string_lossy().into_owned();
        build_folder().join(format!("{name}-{:016x}", hasher.finish()))
    }

    /// The package, built when sources or `raya` changed.
    ///
    /// # Panics
    /// When it cannot be built, with what the command printed.
    pub fn package(&self) -> PathBuf {
        let finished = self.try_build();
        assert_eq!(
            finished.code,
            Some(0),
            "building {:?}:\n{}{}",
            self.folders,
            finished.stdout,
            finished.stderr
        );
        let found =
            list(&self.folder()).into_iter().filter(|path| has_ending(path, "rmod")).collect::<Vec<_>>();
        assert_eq!(found.len(), 1, "one package is built: {found:?}");
        found.into_iter().next().unwrap_or_default()
    }

    /// Builds it, and gives what `raya module build` said.
    ///
    /// # Panics
    /// When the sources cannot be copied.
    pub fn try_build(&self) -> Finished {
        let folder = self.folder();
        fs::create_dir_all(&folder).expect("the folder for fixtures can be made");
        let lock = File::create(folder.with_extension("lock")).expect("a lock file");
        lock.lock().expect("the lock can be had");
        let sources = self.sources();
        let stamp = stamp(&sources);
        let stamp_path = folder.join("built.stamp");
        if fs::read_to_string(&stamp_path).is_ok_and(|found| found == stamp) {
            return Finished { code: Some(0), stdout: String::new(), stderr: String::new() };
        }
        for old in
            list(&folder).into_iter().filter(|path| has_ending(path, "rmod") || has_ending(path, "stamp"))
        {
            fs::remove_file(old).expect("an old package can be removed");
        }
        for (path, bytes) in &sources {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&folder)).expect("a folder can be made");
            // What did not change keeps its time, so that cargo does not build it anew.
            if fs::read(&path).ok().as_ref() != Some(bytes) {
                fs::write(&path, bytes).expect("a source can be written");
            }
        }
        let mut command = builder_command();
        command.args(["module", "build"]).arg(&folder);
        for target in &self.targets {
            command.args(["--target", target]);
        }
        let finished = finish(&mut command);
        if finished.code == Some(0) {
            fs::write(stamp_path, stamp).expect("the stamp can be written");
        }
        finished
    }

    fn sources(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut sources = BTreeMap::new();
        for folder in &self.folders {
            collect(folder, folder, &mut sources);
        }
        for (from, to) in &self.replacements {
            let mut is_found = false;
            for bytes in sources.values_mut() {
                let text = String::from_utf8(std::mem::take(bytes)).expect("fixtures are text");
                is_found |= text.contains(from);
                *bytes = text.replace(from, to).into_bytes();
            }
            assert!(is_found, "{from:?} stands in no file of {:?}", self.folders);
        }
        sources
    }
}

/// Builds several at once; what can go on at the same time does.
pub fn packages<const N: usize>(fixtures: [Fixture; N]) -> [PathBuf; N] {
    std::thread::scope(|scope| {
        let started = fixtures.each_ref().map(|fixture| scope.spawn(move || fixture.package()));
        started.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// `raya` with the environment of the user: compilers need their folders.
pub fn builder_command() -> Command {
    let mut command = Command::new(raya_path());
    command.stdin(Stdio::null()).env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if CARGO_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) && !KEPT.contains(&&*text) {
            command.env_remove(&name);
        }
    }
    command
}

/// One payload of a package, decompressed: `payload(p, "lib/x86_64-unknown-linux-musl/static.a")`.
///
/// # Panics
/// When the package has no such payload.
pub fn payload(package: &Path, path: &str) -> Vec<u8> {
    let mut command = Command::new("tar");
    command.arg("-xOf").arg(package).arg(format!("{path}.zst"));
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    zstd::decode_all(&*output.stdout).expect("a payload is a zstd file")
}

/// A folder with the SDK's headers and crate.
pub fn sdk() -> PathBuf {
    let folder = build_folder().join("sdk");
    fs::create_dir_all(build_folder()).expect("the folder for fixtures can be made");
    let lock = File::create(build_folder().join("sdk.lock")).expect("a lock file");
    lock.lock().expect("the lock can be had");
    succeed(builder_command().args(["sdk", "install"]).arg(&folder));
    folder
}

fn fixtures() -> PathBuf {
    workspace_root().join("tests/fixtures")
}

/// Below the target folder that the running test lies in.
fn build_folder() -> PathBuf {
    let test = std::env::current_exe().expect("the running test has a path");
    let target = test.ancestors().nth(3).expect("tests run from target/PROFILE/deps");
    target.join("tmp/modules")
}

/// Changes when the sources or the `raya` that builds them change.
fn stamp(sources: &BTreeMap<PathBuf, Vec<u8>>) -> String {
    let mut hasher = DefaultHasher::new();
    sources.hash(&mut hasher);
    let mut raya = vec![];
    let mut file = File::open(raya_path()).expect("raya can be read");
    file.read_to_end(&mut raya).expect("raya can be read");
    raya.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn collect(root: &Path, folder: &Path, sources: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for path in list(folder) {
        if path.is_dir() {
            if !path.ends_with("target") {
                collect(root, &path, sources);
            }
        } else if let Ok(relative) = path.strip_prefix(root) {
            sources.insert(relative.to_owned(), fs::read(&path).expect("a fixture can be read"));
        }
    }
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    paths.sort();
    paths
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}
