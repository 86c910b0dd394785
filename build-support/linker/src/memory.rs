//! Runs the built-in linker on files that exist in memory only.

use crate::{Failure, Files};
use libwild::error::Result as WildResult;
use libwild::{Args, FileSystem, FileType, InputFileData, Linker, OutputFileData, OutputOptions};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The name of the image among the files.
const OUTPUT: &str = "image";

/// Links in this process what `arguments` say, a line without a program name and without `-o`. The caller's environment
/// reaches the linker: outside of tests this runs in a child without one.
pub fn run(arguments: &[String], files: Files) -> Result<Vec<u8>, Failure> {
    let files = files.into_iter().map(|(name, bytes)| (PathBuf::from(name), Arc::new(bytes))).collect();
    let system = MemoryFileSystem { files: Arc::new(files), output: Arc::default() };
    let warnings = Arc::new(Mutex::new(Vec::new()));
    let linked = std::panic::catch_unwind(AssertUnwindSafe(|| {
        run_linker(arguments, system.clone(), warnings.clone())
    }));
    match linked {
        Err(panic) => return Err(Failure::Crashed(panic_message(panic.as_ref()))),
        Ok(Err(error)) => return Err(Failure::Refused(format!("{error:?}"))),
        Ok(Ok(())) => {}
    }
    let warnings = std::mem::take(&mut *warnings.lock().unwrap_or_else(PoisonError::into_inner));
    if !warnings.is_empty() {
        return Err(Failure::Warned(warnings));
    }
    let output = system.output.lock().unwrap_or_else(PoisonError::into_inner).take();
    output.ok_or_else(|| Failure::Crashed("it reported success and wrote nothing".into()))
}

fn run_linker(line: &[String], system: MemoryFileSystem, warnings: Arc<Mutex<Vec<String>>>) -> WildResult {
    let fixed = ["wild", "-o", OUTPUT];
    let line = || fixed.into_iter().chain(line.iter().map(String::as_str));
    let mut arguments = Args::new(line)?;
    arguments.on_warning(Box::new(move |warning| {
        warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning.to_string());
    }));
    arguments.parse(line)?;
    Linker::with_file_system(system).run(&arguments)?;
    Ok(())
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".into())
}

/// Files by name; there is no other file, whatever an object or script asks for.
#[derive(Clone)]
struct MemoryFileSystem {
    files: Arc<BTreeMap<PathBuf, Arc<Cow<'static, [u8]>>>>,
    output: Arc<Mutex<Option<Vec<u8>>>>,
}

impl MemoryFileSystem {
    fn get(&self, path: &Path) -> WildResult<Arc<Cow<'static, [u8]>>> {
        let file = self.files.get(path).cloned();
        file.ok_or_else(|| libwild::error!("`{}` is not part of the bundle", path.display()))
    }
}

#[derive(Debug)]
struct Input(Arc<Cow<'static, [u8]>>);

impl InputFileData for Input {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

struct Output {
    bytes: Vec<u8>,
    place: Arc<Mutex<Option<Vec<u8>>>>,
}

impl OutputFileData for Output {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn finish(self) -> WildResult {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.bytes);
        Ok(())
    }
}

impl FileSystem for MemoryFileSystem {
    type Input = Input;
    type Output = Output;

    fn open_input(&self, path: &Path, _prepopulate_maps: bool) -> WildResult<(Input, Option<Arc<File>>)> {
        Ok((Input(self.get(path)?), None))
    }

    fn file_type(&self, path: &Path) -> WildResult<FileType> {
        self.get(path).map(|_| FileType::File)
    }

    fn canonicalize(&self, path: &Path) -> WildResult<PathBuf> {
        self.get(path).map(|_| path.to_path_buf())
    }

    fn remove_file(&self, _path: &Path) -> WildResult<()> {
        Ok(())
    }

    fn rename_file(&self, _path: &Path, _new_path: &Path) -> WildResult<()> {
        Ok(())
    }

    fn create_output(&self, _path: Arc<Path>, options: OutputOptions) -> WildResult<Output> {
        Ok(Output { bytes: vec![0; options.size as usize], place: self.output.clone() })
    }

    fn write_auxiliary(&self, path: &Path, _bytes: &[u8]) -> WildResult {
        Err(libwild::error!("the linker wants to write `{}`", path.display()))
    }
}
