//! Runs the built-in linker in a child process made from this executable.
//!
//! The linker reads its environment, and it may panic on a hostile object. So it runs with an empty environment in `/`,
//! gets everything it may read in one anonymous file, and answers through a pipe.
//!
//! ```text
//! question: "RAYALINK" arguments:list files:u32 { name:text unpacked:u64 content:bytes }…   text, bytes: size:u64, bytes
//!           unpacked: bytes once decompressed, or 0 for what is not compressed
//! answer:   kind:u8 bytes                                                        kind: image, refused, warned, crashed
//! ```

use super::Failure;
use super::job::{Content, Job};
use raya_packs::PackedFile;
use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// The hidden first argument that makes the executable a linker.
pub const CHILD_ARGUMENT: &str = "--raya-internal-link";

/// The largest links take a few seconds.
const PROCESSOR_SECONDS_MAX: u64 = 120;
const MAGIC: &[u8; 8] = b"RAYALINK";
const IMAGE: u8 = 0;
const REFUSED: u8 = 1;
const WARNED: u8 = 2;
const CRASHED: u8 = 3;

/// Links in a child made from `executable`, whose `main` must begin with [`run_if_asked`].
pub(crate) fn run(executable: &Path, job: &Job<'_>) -> Result<Vec<u8>, Failure> {
    let not_started =
        |error: std::io::Error| Failure::NotStarted(format!("{}: {error}", executable.display()));
    let question = question_file(job).map_err(not_started)?;
    let mut child = Command::new(executable)
        .arg(CHILD_ARGUMENT)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(question))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(not_started)?;
    let mut answer = Vec::new();
    let read = child.stdout.take().map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut answer));
    let status = child.wait().map_err(|error| Failure::Crashed(error.to_string()))?;
    match read {
        Ok(_) if status.success() => parse_answer(answer),
        Ok(_) => Err(Failure::Crashed(status.to_string())),
        Err(error) => Err(Failure::Crashed(error.to_string())),
    }
}

/// Becomes the linker when the hidden argument asks for it; `main` calls this before anything else.
pub fn run_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().as_deref() != Some(OsStr::new(CHILD_ARGUMENT)) {
        return None;
    }
    limit_time();
    // The answer carries the message of a panic; a hook would write it to nowhere.
    std::panic::set_hook(Box::new(|_| {}));
    let answer = serve().unwrap_or_else(|error| answer_bytes(&Err(Failure::Crashed(error.to_string()))));
    let written = std::io::stdout().lock().write_all(&answer);
    Some(if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A damaged object can send the linker searching without end.
#[cfg(unix)]
fn limit_time() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Cpu);
    let current = limit.current.map_or(PROCESSOR_SECONDS_MAX, |current| current.min(PROCESSOR_SECONDS_MAX));
    // A link without a limit is still a link.
    let _ = setrlimit(Resource::Cpu, rustix::process::Rlimit { current: Some(current), ..limit });
}

#[cfg(not(unix))]
fn limit_time() {}

fn serve() -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut question = File::from(std::os::fd::AsFd::as_fd(&std::io::stdin()).try_clone_to_owned()?);
    question.read_to_end(&mut bytes)?;
    // The process ends with its answer; until then the linker reads from here.
    let bytes: &'static [u8] = bytes.leak();
    let job = parse_question(bytes).ok_or_else(|| std::io::Error::other("its question was cut short"))?;
    Ok(answer_bytes(&job.unpack().and_then(|files| raya_linker::run(&job.arguments, files))))
}

fn question_file(job: &Job<'_>) -> std::io::Result<File> {
    let mut file = anonymous_file()?;
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(&(job.arguments.len() as u32).to_le_bytes());
    job.arguments.iter().for_each(|argument| push_bytes(&mut head, argument.as_bytes()));
    head.extend_from_slice(&(job.files.len() as u32).to_le_bytes());
    for (name, content) in &job.files {
        push_bytes(&mut head, name.as_bytes());
        let (unpacked, content) = match content {
            Content::Plain(bytes) => (0, *bytes),
            Content::Packed(PackedFile { size: 0, .. }) => (0, &[][..]),
            Content::Packed(packed) => (packed.size as u64, packed.frame),
        };
        head.extend_from_slice(&unpacked.to_le_bytes());
        head.extend_from_slice(&(content.len() as u64).to_le_bytes());
        file.write_all(&head)?;
        file.write_all(content)?;
        head.clear();
    }
    file.write_all(&head)?;
    file.rewind()?;
    Ok(file)
}

#[cfg(target_os = "linux")]
fn anonymous_file() -> std::io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(File::from(memfd_create("raya-link", MemfdFlags::CLOEXEC)?))
}

#[cfg(not(target_os = "linux"))]
fn anonymous_file() -> std::io::Result<File> {
    tempfile::tempfile()
}

fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

struct Reader<'bytes>(&'bytes [u8]);

impl<'bytes> Reader<'bytes> {
    fn take(&mut self, size: usize) -> Option<&'bytes [u8]> {
        let (taken, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(taken)
    }

    fn count(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.take(8)?.try_into().ok()?)).ok()
    }

    fn bytes(&mut self) -> Option<&'bytes [u8]> {
        let size = self.size()?;
        self.take(size)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

fn parse_question(bytes: &[u8]) -> Option<Job<'_>> {
    let mut reader = Reader(bytes.strip_prefix(MAGIC)?);
    let mut job = Job::default();
    for _ in 0..reader.count()? {
        job.arguments.push(reader.text()?);
    }
    for _ in 0..reader.count()? {
        let (name, unpacked, bytes) = (reader.text()?, reader.size()?, reader.bytes()?);
        let content = match unpacked {
            0 => Content::Plain(bytes),
            size => Content::Packed(PackedFile { frame: bytes, size }),
        };
        job.files.push((name, content));
    }
    reader.0.is_empty().then_some(job)
}

fn answer_bytes(result: &Result<Vec<u8>, Failure>) -> Vec<u8> {
    let (kind, bytes) = match result {
        Ok(image) => (IMAGE, Cow::Borrowed(image.as_slice())),
        Err(Failure::Refused(words)) => (REFUSED, Cow::Borrowed(words.as_bytes())),
        Err(Failure::Warned(warnings)) => (WARNED, Cow::Owned(warnings.join("\n").into_bytes())),
        Err(Failure::Crashed(words) | Failure::NotStarted(words)) => {
            (CRASHED, Cow::Borrowed(words.as_bytes()))
        }
    };
    let mut answer = Vec::with_capacity(bytes.len() + 9);
    answer.push(kind);
    push_bytes(&mut answer, &bytes);
    answer
}

fn parse_answer(answer: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let mut reader = Reader(&answer);
    let parsed =
        reader.take(1).and_then(|kind| Some((kind[0], reader.bytes()?))).filter(|_| reader.0.is_empty());
    let Some((kind, bytes)) = parsed else {
        return Err(Failure::Crashed("it ended in the middle of its answer".into()));
    };
    let words = || String::from_utf8_lossy(bytes).into_owned();
    match kind {
        IMAGE => Ok(bytes.to_vec()),
        REFUSED => Err(Failure::Refused(words())),
        WARNED => Err(Failure::Warned(words().lines().map(str::to_owned).collect())),
        _ => Err(Failure::Crashed(words())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_survive_the_file_and_no_cut_is_taken_for_one() {
        let packed = Content::Packed(PackedFile { frame: b"45", size: 9 });
        let files = [("a.o", Content::Plain(b"123")), ("b.a", Content::Plain(b"")), ("c.a", packed)];
        let files = files.map(|(name, content)| (name.to_owned(), content)).into();
        let job = Job { arguments: vec!["-pie".into(), "a.o".into()], files };
        let mut bytes = Vec::new();
        question_file(&job).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(parse_question(&bytes).as_ref(), Some(&job));
        for length in 0..bytes.len() {
            assert_eq!(parse_question(&bytes[..length]), None);
        }
    }

    #[test]
    fn answers_survive_the_pipe_and_no_cut_is_taken_for_one() {
        let answers = [
            Ok(b"image".to_vec()),
            Err(Failure::Refused("no".into())),
            Err(Failure::Warned(vec!["a".into(), "b".into()])),
            Err(Failure::Crashed("boom".into())),
        ];
        for answer in answers {
            let bytes = answer_bytes(&answer);
            assert_eq!(parse_answer(bytes.clone()), answer);
            for length in 0..bytes.len() {
                assert!(matches!(parse_answer(bytes[..length].to_vec()), Err(Failure::Crashed(_))));
            }
        }
    }
}
