//! Runs the built-in linker in a child process made from this executable.
//!
//! The linker reads its environment, and it may panic on a hostile object. So it runs with an empty environment in `/`,
//! gets everything it may read through a pipe or from the packs inside the executable, and answers in an anonymous file.
//! It is started before the program is read: starting it and unpacking its pack takes as long as all other phases together.
//!
//! ```text
//! start:    "RAYALINK" size:u32 target:text names:list                          files of the embedded pack to unpack
//! question: arguments:list files:u32 { name:text unpacked:u64 content:bytes }…  text, bytes: size:u64, bytes
//!           unpacked: bytes once decompressed, 0 for what is not compressed, all ones for what was unpacked at the start
//! answer:   kind:u8 bytes                                                       kind: image, refused, warned, crashed, damaged
//! ```

use super::Failure;
use super::job::{Content, Job};
use crate::pack;
use raya_packs::{Pack, PackError, PackedFile};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

/// The hidden first argument that makes the executable a linker.
pub const CHILD_ARGUMENT: &str = "--raya-internal-link";

/// The largest links take a few seconds.
const PROCESSOR_SECONDS_MAX: u64 = 120;
const MAGIC: &[u8; 8] = b"RAYALINK";
/// Longest start: a target and a few names.
const START_BYTES_MAX: u32 = 1 << 16;
const UNPACKED_AT_START: u64 = u64::MAX;
const IMAGE: u8 = 0;
const REFUSED: u8 = 1;
const WARNED: u8 = 2;
const CRASHED: u8 = 3;
const DAMAGED: u8 = 4;

/// A linker that was started and waits for its job. Dropped, it is ended.
#[derive(Debug)]
pub struct Started {
    process: Child,
    answer: File,
    unpacks: Unpacks,
}

/// Files that a linker unpacks by itself until it gets its job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unpacks {
    pub(crate) names: Vec<&'static str>,
    /// The identity of the embedded pack that they are from: a job from another pack brings its files along.
    pub(crate) pack: [u8; 32],
}

impl Drop for Started {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a child made from `executable`, whose `main` must begin with [`run_if_asked`].
pub(crate) fn start(executable: &Path, target: &str, unpacks: Unpacks) -> Result<Started, Failure> {
    let not_started =
        |error: std::io::Error| Failure::NotStarted(format!("{}: {error}", executable.display()));
    let answer = anonymous_file().map_err(not_started)?;
    let process = Command::new(executable)
        .arg(CHILD_ARGUMENT)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::from(answer.try_clone().map_err(not_started)?))
        .stderr(Stdio::null())
        .spawn()
        .map_err(not_started)?;
    let words = start_words(target, &unpacks.names);
    let mut started = Started { process, answer, unpacks };
    started.tell(&words);
    Ok(started)
}

impl Started {
    /// Gives it its job, whose packed files are from `pack`, and waits for the image.
    pub(crate) fn link(mut self, job: &Job<'_>, pack: &Pack) -> Result<Vec<u8>, Failure> {
        let unpacks = std::mem::take(&mut self.unpacks);
        let unpacked = if unpacks.pack == pack.identity() { unpacks.names.as_slice() } else { &[] };
        question(job, unpacked, |part| self.tell(part));
        drop(self.process.stdin.take());
        let crashed = |error: std::io::Error| Failure::Crashed(error.to_string());
        let status = self.process.wait().map_err(crashed)?;
        if !status.success() {
            return Err(Failure::Crashed(status.to_string()));
        }
        let mut answer = Vec::new();
        self.answer.rewind().and_then(|()| self.answer.read_to_end(&mut answer)).map_err(crashed)?;
        parse_answer(answer)
    }

    /// A child that does not listen any more says why with its status.
    fn tell(&mut self, bytes: &[u8]) {
        if let Some(pipe) = &mut self.process.stdin
            && pipe.write_all(bytes).is_err()
        {
            self.process.stdin = None;
        }
    }
}

fn start_words(target: &str, unpacks: &[&str]) -> Vec<u8> {
    let mut words = Vec::new();
    push_bytes(&mut words, target.as_bytes());
    words.extend_from_slice(&(unpacks.len() as u32).to_le_bytes());
    unpacks.iter().for_each(|name| push_bytes(&mut words, name.as_bytes()));
    [MAGIC, (words.len() as u32).to_le_bytes().as_slice(), &words].concat()
}

/// Says `job`, without the contents of the files that are unpacked at the start.
fn question(job: &Job<'_>, unpacks: &[&str], mut tell: impl FnMut(&[u8])) {
    let mut head = Vec::new();
    head.extend_from_slice(&(job.arguments.len() as u32).to_le_bytes());
    job.arguments.iter().for_each(|argument| push_bytes(&mut head, argument.as_bytes()));
    head.extend_from_slice(&(job.files.len() as u32).to_le_bytes());
    for (name, content) in &job.files {
        push_bytes(&mut head, name.as_bytes());
        let (unpacked, content) = match content {
            Content::Packed(_) if unpacks.contains(&name.as_str()) => (UNPACKED_AT_START, &[][..]),
            Content::Packed(PackedFile { size: 0, .. }) => (0, &[][..]),
            Content::Packed(packed) => (packed.size as u64, packed.frame),
            Content::Plain(bytes) => (0, *bytes),
        };
        head.extend_from_slice(&unpacked.to_le_bytes());
        head.extend_from_slice(&(content.len() as u64).to_le_bytes());
        tell(&head);
        tell(content);
        head.clear();
    }
    tell(&head);
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
    let answer = serve(&mut std::io::stdin().lock())
        .unwrap_or_else(|error| answer_bytes(&Err(Failure::Crashed(error.to_string()))));
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

/// Files that are there until the process ends.
type Unpacked = BTreeMap<String, &'static [u8]>;

fn serve(input: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let cut = || std::io::Error::other("its question was cut short");
    let mut head = [0; 12];
    input.read_exact(&mut head)?;
    let (magic, size) = head.split_at(8);
    let size = u32::from_le_bytes(size.try_into().map_err(|_| cut())?);
    if magic != MAGIC || size > START_BYTES_MAX {
        return Err(cut());
    }
    let mut start = vec![0; size as usize];
    input.read_exact(&mut start)?;
    let (target, names) = parse_start(&start).ok_or_else(cut)?;
    let (rest, unpacked) = std::thread::scope(|scope| {
        let unpacking = scope.spawn(|| unpack_embedded(&target, &names));
        let mut rest = Vec::new();
        let read = input.read_to_end(&mut rest);
        (read.map(|_| rest), unpacking.join())
    });
    let unpacked = match unpacked {
        Ok(Ok(unpacked)) => unpacked,
        Ok(Err(failure)) => return Ok(answer_bytes(&Err(failure))),
        Err(_) => return Err(std::io::Error::other("it panicked while unpacking")),
    };
    // The process ends with its answer; until then the linker reads from here.
    let job = parse_question(rest?.leak(), &unpacked).ok_or_else(cut)?;
    Ok(answer_bytes(&job.unpack().and_then(|files| raya_linker::run(&job.arguments, files))))
}

fn parse_start(bytes: &[u8]) -> Option<(String, Vec<String>)> {
    let mut reader = Reader(bytes);
    let target = reader.text()?;
    let names = (0..reader.count()?).map(|_| reader.text()).collect::<Option<Vec<_>>>()?;
    reader.0.is_empty().then_some((target, names))
}

/// What the pack does not have, the job does not name.
fn unpack_embedded(target: &str, names: &[String]) -> Result<Unpacked, Failure> {
    if names.is_empty() {
        return Ok(Unpacked::new());
    }
    let pack = pack::embedded(target).map_err(|problem| Failure::Crashed(problem.message))?;
    let mut job = Job::default();
    for name in names.iter().filter(|name| pack.contains(name)) {
        let damaged = |_: PackError| Failure::Damaged(name.clone());
        let packed = pack.packed(name).map_err(damaged)?;
        job.add(name, Content::Packed(packed));
    }
    let leak = |(name, bytes): (String, Cow<'_, [u8]>)| (name, &*bytes.into_owned().leak());
    Ok(job.unpack()?.into_iter().map(leak).collect())
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

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn bytes(&mut self) -> Option<&'bytes [u8]> {
        let size = self.number()?;
        self.take(usize::try_from(size).ok()?)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

fn parse_question(bytes: &'static [u8], unpacked: &Unpacked) -> Option<Job<'static>> {
    let mut reader = Reader(bytes);
    let mut job = Job::default();
    for _ in 0..reader.count()? {
        job.arguments.push(reader.text()?);
    }
    for _ in 0..reader.count()? {
        let (name, size, bytes) = (reader.text()?, reader.number()?, reader.bytes()?);
        let content = match size {
            0 => Content::Plain(bytes),
            UNPACKED_AT_START => Content::Plain(unpacked.get(&name)?),
            size => Content::Packed(PackedFile { frame: bytes, size: usize::try_from(size).ok()? }),
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
        Err(Failure::Damaged(name)) => (DAMAGED, Cow::Borrowed(name.as_bytes())),
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
        DAMAGED => Err(Failure::Damaged(words())),
        _ => Err(Failure::Crashed(words())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_survive_the_pipe_and_no_cut_is_taken_for_one() {
        let packed = |frame| Content::Packed(PackedFile { frame, size: 9 });
        let files = [
            ("a.o", Content::Plain(&b"123"[..])),
            ("b.a", Content::Plain(b"")),
            ("c.a", packed(b"45")),
            ("early.a", packed(b"6")),
        ];
        let files = files.map(|(name, content)| (name.to_owned(), content)).into();
        let mut job = Job { arguments: vec!["-pie".into(), "a.o".into()], files };
        let mut bytes = Vec::new();
        question(&job, &["early.a"], |part| bytes.extend_from_slice(part));
        let unpacked = Unpacked::from([("early.a".to_owned(), &b"unpacked"[..])]);
        let parsed = |length| parse_question(bytes[..length].to_vec().leak(), &unpacked);
        for length in 0..bytes.len() {
            assert_eq!(parsed(length), None);
        }
        job.files[3].1 = Content::Plain(b"unpacked");
        assert_eq!(parsed(bytes.len()), Some(job));
        assert_eq!(
            parse_question(bytes.clone().leak(), &Unpacked::new()),
            None,
            "a file that was not unpacked"
        );
    }

    #[test]
    fn a_start_says_what_to_unpack() {
        let words = start_words("a-target", &["launch.a", "libc.a"]);
        let (head, rest) = words.split_at(12);
        assert_eq!(head[..8], *MAGIC);
        assert_eq!(parse_start(rest), Some(("a-target".into(), vec!["launch.a".into(), "libc.a".into()])));
        for length in 0..rest.len() {
            assert_eq!(parse_start(&rest[..length]), None);
        }
        for length in 0..words.len() {
            assert!(serve(&mut &words[..length]).is_err());
        }
    }

    #[test]
    fn answers_survive_the_pipe_and_no_cut_is_taken_for_one() {
        let answers = [
            Ok(b"image".to_vec()),
            Err(Failure::Refused("no".into())),
            Err(Failure::Warned(vec!["a".into(), "b".into()])),
            Err(Failure::Crashed("boom".into())),
            Err(Failure::Damaged("libc.a".into())),
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
