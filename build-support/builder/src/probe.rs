//! Asks a module that describes itself only in code for its functions, in a child process that can do next to nothing.
//!
//! The child is made from this executable. It gets the library on its standard input, gives up what it does not need (time,
//! memory, every system call but those of loading a library), loads it, and answers on its standard output. A module that
//! starts threads, opens sockets or writes files while it is being initialised is killed for it, and says so in a report.
//!
//! ```text
//! question: arguments: CHILD_ARGUMENT module; standard input: the library
//! answer:   "RAYAPROB" { 0 arity:u32 name:text }… 2 version:text     what it registers
//!           "RAYAPROB" 1 message:text                               it could not be asked
//!           "RAYAPROB" 3 message:text                               what it registers is not valid
//!           text: size:u32 then the bytes
//! ```

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use raya_fallback::{Fallback, Inspected, LoadedModule, SearchPath, Trust};
use raya_signing::KeySet;
use raya_source::Diagnostic;
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

use crate::codes::{MODULE_INVALID, PROBE_FAILED};
use crate::{ProbedFunction, ProbedModule};

/// The hidden first argument that makes the executable a probe.
pub const CHILD_ARGUMENT: &str = "--raya-internal-probe";

const MAGIC: &[u8; 8] = b"RAYAPROB";
const FUNCTION: u8 = 0;
const FAULT: u8 = 1;
const VERSION: u8 = 2;
const INVALID: u8 = 3;
/// What initialising a module may use.
const PROCESSOR_SECONDS_MAX: u64 = 10;
const MEMORY_BYTES_MAX: u64 = 4 << 30;
const OPEN_FILES_MAX: u64 = 64;
/// Longest answer; 65,535 functions with names of 4,096 bytes would be more.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// What the child says.
#[derive(Debug)]
enum Answer {
    Module(ProbedModule),
    /// It could not be asked.
    Fault(String),
    /// What it registers is not valid.
    Invalid(String),
}

/// Asks a library for its version and functions, in a child made from `executable`, whose `main` must begin with [`run_if_asked`].
pub fn ask(executable: &Path, library: &Inspected) -> Result<ProbedModule, Diagnostic> {
    let failed = |reason: String| {
        Diagnostic::error(
            PROBE_FAILED,
            format!("the module `{}` could not be asked for its functions: {reason}", library.name),
        )
        .with_help("state them as data instead: `RAYA_MODULE_DESCRIPTOR` in C and C++")
    };
    let not_started = |error: std::io::Error| failed(format!("no process could be started: {error}"));
    let mut input = tempfile::tempfile().map_err(not_started)?;
    input.write_all(library.library().bytes()).and_then(|()| input.rewind()).map_err(not_started)?;
    let mut child = Command::new(executable)
        .args([CHILD_ARGUMENT, &library.name])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(input))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(not_started)?;
    let mut answer = vec![];
    if let Some(pipe) = child.stdout.take() {
        pipe.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).map_err(|error| failed(error.to_string()))?;
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        return Err(failed(reason_of(status)));
    }
    match parse_answer(&answer) {
        Some(Answer::Module(module)) => Ok(module),
        Some(Answer::Fault(message)) => Err(failed(message)),
        Some(Answer::Invalid(message)) => Err(Diagnostic::error(MODULE_INVALID, message)
            .with_note("this is what the code registers when it is initialised")),
        None => Err(failed("its answer was cut short".to_owned())),
    }
}

fn reason_of(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(signal) if signal == libc_signals::SIGSYS => {
            "its initialisation did something besides describing itself (a system call that is forbidden there)".to_owned()
        }
        Some(signal) if signal == libc_signals::SIGXCPU || signal == libc_signals::SIGKILL => {
            format!("its initialisation took more than {PROCESSOR_SECONDS_MAX} seconds")
        }
        _ => format!("its initialisation crashed ({status})"),
    }
}

/// Signal numbers of Linux.
mod libc_signals {
    pub(super) const SIGKILL: i32 = 9;
    pub(super) const SIGXCPU: i32 = 24;
    pub(super) const SIGSYS: i32 = 31;
}

/// Becomes the probe when the hidden argument asks for it; `main` calls this before anything else.
pub fn run_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().as_deref() != Some(OsStr::new(CHILD_ARGUMENT)) {
        return None;
    }
    let module = arguments.next().and_then(|name| name.into_string().ok()).unwrap_or_default();
    std::panic::set_hook(Box::new(|_| {}));
    let mut answer = MAGIC.to_vec();
    match serve(&module) {
        Answer::Module(ProbedModule { version, functions }) => {
            for ProbedFunction { name, arity } in &functions {
                answer.push(FUNCTION);
                answer.extend_from_slice(&u32::try_from(*arity).unwrap_or(u32::MAX).to_le_bytes());
                push_text(&mut answer, name);
            }
            answer.push(VERSION);
            push_text(&mut answer, &version);
        }
        Answer::Fault(message) => {
            answer.push(FAULT);
            push_text(&mut answer, &message);
        }
        Answer::Invalid(message) => {
            answer.push(INVALID);
            push_text(&mut answer, &message);
        }
    }
    let written = std::io::stdout().lock().write_all(&answer);
    Some(if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn serve(module: &str) -> Answer {
    let loaded = match load(module) {
        Ok(loaded) => loaded,
        Err(message) => return Answer::Fault(message),
    };
    match loaded.registered(module) {
        Ok(registered) => Answer::Module(ProbedModule {
            version: registered.version,
            functions: registered
                .functions
                .into_iter()
                .map(|(name, arity)| ProbedFunction { name, arity })
                .collect(),
        }),
        Err(error) => Answer::Invalid(error.to_string()),
    }
}

/// Reads the library from standard input and loads it once nothing else can be done any more.
fn load(module: &str) -> Result<LoadedModule, String> {
    let mut bytes = vec![];
    let input = std::os::fd::AsFd::as_fd(&std::io::stdin())
        .try_clone_to_owned()
        .map_err(|error| error.to_string())?;
    File::from(input).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let fallback = Fallback {
        search: SearchPath::default(),
        // Whatever it needs was compared with its manifest by the parent.
        trust: Trust::Developer { keys: KeySet::new() },
        allowed_needed: vec![],
    };
    let library = fallback
        .from_package(module, Path::new("the library"), &bytes, None)
        .map_err(|error| error.to_string())?;
    give_up_rights().map_err(|error| format!("the sandbox could not be set up: {error}"))?;
    library.load().map_err(|error| error.to_string())
}

fn give_up_rights() -> Result<(), String> {
    // A session of its own has no terminal: whoever typed the command cannot be typed for.
    rustix::process::setsid().map_err(|error| error.to_string())?;
    // What ends the command from the terminal does not reach a session of its own.
    let death = Some(rustix::process::Signal::KILL);
    rustix::process::set_parent_process_death_signal(death).map_err(|error| error.to_string())?;
    let limits = [
        (Resource::Cpu, PROCESSOR_SECONDS_MAX),
        (Resource::As, MEMORY_BYTES_MAX),
        (Resource::Nofile, OPEN_FILES_MAX),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ];
    for (resource, limit) in limits {
        let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
        setrlimit(resource, limit).map_err(|error| error.to_string())?;
    }
    let filter = filter().map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&filter).map_err(|error| error.to_string())
}

/// Flags of `open` that ask for more than reading: `O_WRONLY`, `O_RDWR`, `O_CREAT`, `O_TRUNC`.
const OPEN_FOR_CHANGE: u64 = 0o1 | 0o2 | 0o100 | 0o1000;

/// Asks whether a file is a terminal, which C's standard output does; every other request is refused.
const TCGETS: u64 = 0x5401;
/// The kinds of mapping; a private one changes no file.
const MAP_KIND: u64 = 0x0f;
const MAP_PRIVATE: u64 = 2;
/// `F_DUPFD`, `F_GETFD`, `F_SETFD`, `F_GETFL`, `F_DUPFD_CLOEXEC`: none of them reaches another process.
const FCNTL_ALLOWED: [u64; 5] = [0, 1, 2, 3, 1030];
/// The file of the answer.
const ANSWER: u64 = 1;
/// The last of input, answer and errors, which stay what they are.
const STANDARD_FILE_LAST: u64 = 2;

/// An argument of a call, by its number, and what it must be.
type Condition = (u8, SeccompCmpOp, u64);

/// System calls of x86-64 that loading a library and filling a table need, whatever their arguments.
const ALLOWED: &[i64] = &[
    0,   // read
    4,   // stat
    5,   // fstat
    8,   // lseek
    10,  // mprotect
    11,  // munmap
    12,  // brk
    13,  // rt_sigaction
    14,  // rt_sigprocmask
    15,  // rt_sigreturn
    17,  // pread64
    21,  // access
    24,  // sched_yield
    25,  // mremap
    28,  // madvise
    32,  // dup
    39,  // getpid
    60,  // exit
    63,  // uname
    79,  // getcwd
    89,  // readlink
    99,  // sysinfo
    102, // getuid
    104, // getgid
    107, // geteuid
    108, // getegid
    131, // sigaltstack
    158, // arch_prctl
    186, // gettid
    202, // futex
    204, // sched_getaffinity
    218, // set_tid_address
    228, // clock_gettime
    231, // exit_group
    262, // newfstatat
    267, // readlinkat
    269, // faccessat
    273, // set_robust_list
    318, // getrandom
    332, // statx
    334, // rseq
    439, // faccessat2
];
const WRITE: i64 = 1;
const CLOSE: i64 = 3;
const MMAP: i64 = 9;
const IOCTL: i64 = 16;
const WRITEV: i64 = 20;
const FCNTL: i64 = 72;
const OPENAT: i64 = 257;
/// `abort` sends its signal with it; to other processes it may send none.
const TGKILL: i64 = 234;

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|number| (*number, vec![])).collect();
    let own = u64::from(std::process::id());
    // What this process got from whoever started it may be open for writing: only the answer is written to, and no other
    // file can take its place, as it cannot be closed.
    let to_answer = [ANSWER, STANDARD_FILE_LAST].map(|file| (0, SeccompCmpOp::Eq, file));
    let limited: [(i64, &[Condition]); 8] = [
        (WRITE, &to_answer),
        (WRITEV, &to_answer),
        (CLOSE, &[(0, SeccompCmpOp::Gt, STANDARD_FILE_LAST)]),
        (MMAP, &[(3, SeccompCmpOp::MaskedEq(MAP_KIND), MAP_PRIVATE)]),
        (IOCTL, &[(1, SeccompCmpOp::Eq, TCGETS)]),
        (FCNTL, &FCNTL_ALLOWED.map(|command| (1, SeccompCmpOp::Eq, command))),
        (OPENAT, &[(2, SeccompCmpOp::MaskedEq(OPEN_FOR_CHANGE), 0)]),
        (TGKILL, &[(0, SeccompCmpOp::Eq, own)]),
    ];
    for (call, alternatives) in limited {
        let rule = |(argument, comparison, value): &(u8, SeccompCmpOp, u64)| {
            let condition =
                SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, comparison.clone(), *value)?;
            SeccompRule::new(vec![condition])
        };
        rules.insert(call, alternatives.iter().map(rule).collect::<Result<_, _>>()?);
    }
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, arch)?.try_into()
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// `None` when it is cut short.
fn parse_answer(bytes: &[u8]) -> Option<Answer> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let mut functions = vec![];
    while let Some((kind, after)) = rest.split_first() {
        rest = after;
        match *kind {
            FUNCTION => {
                let arity = number(&mut rest)? as usize;
                functions.push(ProbedFunction { name: text(&mut rest)?, arity });
            }
            VERSION => return Some(Answer::Module(ProbedModule { version: text(&mut rest)?, functions })),
            FAULT => return Some(Answer::Fault(shown(&text(&mut rest)?))),
            INVALID => return Some(Answer::Invalid(shown(&text(&mut rest)?))),
            _ => return None,
        }
    }
    None
}

fn shown(text: &str) -> String {
    raya_signing::escape_for_terminal(text).into_owned()
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (head, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_le_bytes(*head))
}

fn text(rest: &mut &[u8]) -> Option<String> {
    let length = number(rest)? as usize;
    let (head, after) = rest.split_at_checked(length)?;
    *rest = after;
    String::from_utf8(head.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_back_and_cut_ones_refused() {
        let mut answer = MAGIC.to_vec();
        for (name, arity) in [("hash", 2_u32), ("line\nend", 0)] {
            answer.push(FUNCTION);
            answer.extend_from_slice(&arity.to_le_bytes());
            push_text(&mut answer, name);
        }
        answer.push(VERSION);
        push_text(&mut answer, "1.0.0");
        let Some(Answer::Module(module)) = parse_answer(&answer) else { panic!("a module was written") };
        assert_eq!(module.functions[0], ProbedFunction { name: "hash".to_owned(), arity: 2 });
        assert_eq!((module.functions.len(), module.version.as_str()), (2, "1.0.0"));
        for length in 0..answer.len() {
            assert!(parse_answer(&answer[..length]).is_none(), "{length}");
        }
    }
}
