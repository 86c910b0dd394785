//! Phase `link`: objects and archives become an image, in memory, without any tool of the user's machine.
//!
//! What is linked and in which order is in `recipe`, which writes a `job`; the crate `raya-linker` is the built-in linker, `child`
//! runs it in a process of its own, `external` runs another linker; `unresolved` explains names that nobody defines.

pub mod child;
mod external;
mod job;
mod recipe;
mod unresolved;

use crate::phase::isolate::IsolatedModule;
use job::Job;
use raya_packs::{Pack, PackError, SystemNames};
use raya_source::{Code, Diagnostic};
use std::borrow::Cow;
use std::path::PathBuf;

pub use raya_linker::Failure;
pub use recipe::Form;

/// A runtime pack is damaged or incomplete.
pub const DAMAGED_PACK: Code = Code("R1401");
/// A name that nothing in the program defines.
pub const UNDEFINED_SYMBOL: Code = Code("R1402");
/// The linker refused.
pub const LINK_FAILED: Code = Code("R1403");
/// The linker warned, and a warning may hide a wrong image.
pub const LINK_WARNED: Code = Code("R1404");
/// The linker ended without an answer.
pub const LINKER_CRASHED: Code = Code("R1405");
/// The target has no such form of program.
pub const UNSUPPORTED_FORM: Code = Code("R1406");
/// A linker could not be started.
pub const LINKER_NOT_STARTED: Code = Code("R1407");

/// What is to be linked.
pub struct Request<'input> {
    /// The target triple.
    pub target: &'input str,
    /// The kind of image.
    pub form: Form,
    /// Whether the image has a symbol table.
    pub keeps_symbols: bool,
    /// The target's runtime pack.
    pub pack: &'input Pack,
    /// The isolated modules, sorted by name.
    pub modules: &'input [IsolatedModule],
    /// The emitted object.
    pub object: &'input [u8],
    /// Who links.
    pub linker: &'input Linker,
    /// The linker that [`begin`] started, if it was.
    pub begun: Option<child::Started>,
}

/// Who links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linker {
    /// The linker built into `raya`, in a child process made from this executable: the linker may crash, and it would
    /// read the environment.
    BuiltIn {
        /// The executable that [`child::run_if_asked`] is called in.
        executable: PathBuf,
    },
    /// The linker built into `raya`, in this process. For tests.
    InProcess,
    /// A compiler driver or linker of the user's machine.
    External {
        /// Its path, or a name to look up.
        program: PathBuf,
        /// Whether it is a compiler driver (`cc`), which wants linker options behind `-Wl,`.
        is_driver: bool,
    },
}

/// A linked image that nobody has compared with the intention yet.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The bytes of the image.
    pub image: Vec<u8>,
}

/// Starts the built-in linker ahead of its job; it unpacks `pack`, the embedded one for `target`, meanwhile. Another linker, and
/// one that cannot be started, begins when [`link`] asks for it.
pub fn begin(linker: &Linker, target: &str, form: Form, pack: &Pack) -> Option<child::Started> {
    let Linker::BuiltIn { executable } = linker else { return None };
    let unpacks = child::Unpacks { names: recipe::always_linked(target, form), pack: pack.identity() };
    child::start(executable, target, unpacks).ok()
}

/// Links. All names that nobody defines are given together.
pub fn link(request: Request<'_>) -> Result<Linked, Vec<Diagnostic>> {
    let damaged = |error: PackError| vec![damaged_pack(request.target, &error)];
    let providers = Providers::load(request.pack).map_err(damaged)?;
    let needs_cxx = needs_cxx(request.modules, &providers);
    let job = recipe::job(&request, needs_cxx)?;
    let result = match request.linker {
        Linker::BuiltIn { executable } => {
            let start = || child::start(executable, request.target, child::Unpacks::default());
            let begun = request.begun.map_or_else(start, Ok);
            begun.and_then(|linker| linker.link(&job, request.pack))
        }
        Linker::InProcess => in_process(&job),
        Linker::External { program, is_driver } => external::run(program, *is_driver, &job),
    };
    match result {
        Ok(image) => Ok(Linked { image }),
        Err(Failure::Refused(words)) => {
            let undefined = unresolved::explain(request.modules, &providers, &words);
            Err(if undefined.is_empty() { vec![refused(&words)] } else { undefined })
        }
        Err(failure) => Err(vec![report(request.target, failure)]),
    }
}

fn in_process(job: &Job<'_>) -> Result<Vec<u8>, Failure> {
    let owned = job.unpack()?.into_iter().map(|(name, bytes)| (name, Cow::Owned(bytes.into_owned())));
    raya_linker::run(&job.arguments, owned.collect())
}

/// What the libraries of a pack define.
pub(crate) struct Providers {
    pub(crate) system: SystemNames,
    pub(crate) cxx: SystemNames,
    pub(crate) interface: SystemNames,
}

impl Providers {
    fn load(pack: &Pack) -> Result<Self, PackError> {
        let names = |file| pack.file(file).map(|lines| SystemNames::from_lines(&lines));
        Ok(Providers {
            system: names(crate::pack::SYSTEM_NAMES)?,
            cxx: names(crate::pack::CXX_NAMES)?,
            interface: names(crate::pack::INTERFACE_NAMES)?,
        })
    }
}

/// The C++ library is large: it is read only when a module asks for something that nothing else has.
fn needs_cxx(modules: &[IsolatedModule], providers: &Providers) -> bool {
    let mut imports = modules.iter().flat_map(|module| module.report.imports.keys());
    imports.any(|name| !providers.system.contains(name.as_bytes()) && providers.cxx.contains(name.as_bytes()))
}

/// The report of a pack that cannot be read.
pub(crate) fn damaged_pack(target: &str, error: &PackError) -> Diagnostic {
    Diagnostic::error(DAMAGED_PACK, format!("the runtime pack for {target} cannot be used: {error}"))
        .with_help("build it again with `cargo xtask pack`, then build `raya` again")
}

fn refused(words: &str) -> Diagnostic {
    Diagnostic::error(LINK_FAILED, "the program could not be linked").with_note(words.to_owned())
}

fn report(target: &str, failure: Failure) -> Diagnostic {
    match failure {
        Failure::Refused(words) => refused(&words),
        Failure::Damaged(name) => damaged_pack(target, &PackError::Damaged { name }),
        Failure::Warned(warnings) => {
            let message = "the linker warned, so its image is not used";
            warnings
                .iter()
                .fold(Diagnostic::error(LINK_WARNED, message), |told, note| told.with_note(note.clone()))
        }
        Failure::Crashed(words) => Diagnostic::error(LINKER_CRASHED, "the linker crashed")
            .with_note(words.clone())
            .with_help("a module's archive may be damaged; `--linker=cc` uses the system's linker instead"),
        Failure::NotStarted(words) => {
            Diagnostic::error(LINKER_NOT_STARTED, "the linker could not be started").with_note(words.clone())
        }
    }
}
