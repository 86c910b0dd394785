//! From a request to an executable: every phase in order. Reads as the table of contents of `phase/`.

use std::path::{Path, PathBuf};

use raya_fallback::SearchEnvironment;
use raya_manifests::{Mode, ModuleName, Triple};
use raya_source::{Diagnostic, SourceMap};

use crate::clock::Clock;
use crate::codes::USAGE;
use crate::command::{EXIT_USAGE, Failure};
use crate::phase::admit::{Admitted, Code, Terms, Wants, admit};
use crate::phase::check::{Checked, check};
use crate::phase::emit::{self, emit};
use crate::phase::isolate::{self, ModuleInput, isolate};
use crate::phase::link::{self, Form, Linker, link};
use crate::phase::parse::{Program, parse};
use crate::phase::resolve::{Search, resolve};
use crate::phase::seal::{self, ImageSigner, Sealed, seal};
use crate::phase::verify::verify;
use crate::request::{App, Trust};
use crate::{bundle_manifest, pack};

/// Everything a bundle is made from.
pub struct Request<'a> {
    /// The app.
    pub app: App,
    /// Under which rules modules are admitted.
    pub trust: Trust,
    /// What the image runs on.
    pub target: Triple,
    /// Modules that are left to the fallback.
    pub dynamic: Vec<ModuleName>,
    /// Who links.
    pub linker: Linker,
    /// Who signs the image.
    pub signer: Option<&'a dyn ImageSigner>,
    /// Whether the image has a symbol table.
    pub keeps_symbols: bool,
    /// Collect garbage at every allocation.
    pub gc_stress: bool,
    /// What the environment says about where modules lie.
    pub environment: SearchEnvironment,
}

/// A bundle in memory, and what the user should hear about it.
#[derive(Debug)]
pub struct Bundle {
    /// The sealed image.
    pub sealed: Sealed,
    /// What is not wrong but should be known.
    pub warnings: Vec<Diagnostic>,
    /// The files that warnings point into.
    pub sources: SourceMap,
    /// The files that it was made from; none of them may be written over.
    pub inputs: Vec<PathBuf>,
}

/// Makes a bundle. Nothing is written: [`Sealed::write`] does that.
pub fn bundle(request: &Request<'_>, clock: &mut Clock) -> Result<Bundle, Failure> {
    let (target, form) = (request.target.as_str(), form(request));
    // What is wrong with the program is told before what is wrong with the pack.
    let pack = pack::embedded(target);
    let linker = pack.as_ref().ok().and_then(|pack| link::begin(&request.linker, target, form, pack));
    let front = front(request, clock)?;
    let Front { program, admitted, checked, mut warnings } = front;
    let mut inputs = program.inputs;
    inputs.extend(request.trust.files.iter().cloned());
    let sources = program.loaded.sources;
    let failed = |diagnostics: Vec<Diagnostic>| Failure { sources: sources.clone(), ..diagnostics.into() };
    warnings.extend(checked.warnings.iter().cloned());

    check_dynamic(request, &admitted)?;
    let pack = pack?;
    let interface = pack::interface(target, &pack)?;
    let isolated = clock
        .phase("isolate", || {
            isolate(&isolate::Request {
                target,
                locked: request.trust.mode == Mode::Locked,
                modules: linked_modules(&admitted),
                interface: &interface,
            })
        })
        .map_err(failed)?;
    let manifest = bundle_manifest::write(request, &admitted, &checked);
    let emitted = clock
        .phase("emit", || {
            emit(&emit::Request {
                target,
                program: &checked.bytes,
                manifest: manifest.as_bytes(),
                modules: &isolated.modules,
                builtins: &checked.builtins,
                flags: flags(request, form),
            })
        })
        .map_err(failed)?;
    let linked = clock
        .phase("link", || {
            link(link::Request {
                target,
                form,
                keeps_symbols: request.keeps_symbols,
                pack: &pack,
                modules: &isolated.modules,
                object: &emitted.object,
                linker: &request.linker,
                begun: linker,
            })
        })
        .map_err(failed)?;
    let sealed = clock
        .phase("seal", || {
            seal(seal::Request { linked, form, intention: &emitted.intention, signer: request.signer })
        })
        .map_err(failed)?;
    Ok(Bundle { sealed, warnings, sources, inputs })
}

/// What the phases up to `check` give; `raya run` goes on from here in its own way.
pub struct Front {
    /// The source files.
    pub program: Program,
    /// The modules.
    pub admitted: Vec<Admitted>,
    /// The compiled program.
    pub checked: Checked,
    /// What should be known.
    pub warnings: Vec<Diagnostic>,
}

fn front(request: &Request<'_>, clock: &mut Clock) -> Result<Front, Failure> {
    let dynamic = |name: &ModuleName| request.dynamic.contains(name);
    let options = FrontOptions::default();
    front_for(&request.app, &request.trust, request.target, &request.environment, clock, options, |name| {
        if dynamic(name) { Wants::Declaration } else { Wants::Static }
    })
}

/// What is left to the fallback must be a module of the program: a name that is mistyped would be linked in.
fn check_dynamic(request: &Request<'_>, admitted: &[Admitted]) -> Result<(), Failure> {
    let is_unknown = |name: &&ModuleName| !admitted.iter().any(|module| module.name == **name);
    let known: Vec<String> = admitted.iter().map(|module| format!("`{}`", module.name)).collect();
    let known = if known.is_empty() {
        "it imports none".to_owned()
    } else {
        format!("it imports {}", known.join(", "))
    };
    let problems: Vec<Diagnostic> = request
        .dynamic
        .iter()
        .filter(is_unknown)
        .map(|name| {
            let message =
                format!("expected a native module of the program to leave to the fallback, found `{name}`");
            Diagnostic::error(USAGE, message).with_note(known.clone()).with_help(
                "`--dynamic`, and `dynamic` in raya.toml under [bundle], take names as in `native:NAME`",
            )
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure { code: EXIT_USAGE, ..problems.into() }) }
}

/// What differs between the commands that share the first phases.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrontOptions {
    /// A last statement that is an expression gives the program its value, as a `return` would.
    pub last_is_value: bool,
}

/// The phases that bundling and running share.
pub fn front_for(
    app: &App,
    trust: &Trust,
    target: Triple,
    environment: &SearchEnvironment,
    clock: &mut Clock,
    options: FrontOptions,
    wants: impl Fn(&ModuleName) -> Wants,
) -> Result<Front, Failure> {
    let mut warnings = vec![];
    let mut program = clock.phase("parse", || parse(app))?;
    if options.last_is_value {
        program.return_last_expression();
    }
    let search = Search::new(&app.root, environment, target)?;
    let found = clock
        .phase("resolve", || resolve(&program.wanted, app.manifest.as_ref(), &search))
        .map_err(|diagnostics| program.failure(diagnostics))?;
    program.inputs.extend(found.iter().flat_map(|module| module.files.paths()));
    let verified =
        clock.phase("verify", || verify(&found, trust, &mut program.loaded.sources, &mut warnings));
    let verified = verified.map_err(|diagnostics| program.failure(diagnostics))?;
    let terms = Terms { app, trust, target };
    let admitted = clock
        .phase("admit", || admit(&verified, terms, wants, &mut warnings))
        .map_err(|diagnostics| program.failure(diagnostics))?;
    let checked = clock.phase("check", || check(&mut program, &admitted))?;
    Ok(Front { program, admitted, checked, warnings })
}

/// The modules that are linked in.
fn linked_modules(admitted: &[Admitted]) -> Vec<ModuleInput<'_>> {
    let linked = admitted.iter().filter_map(|module| match &module.code {
        Code::Archive(archive) => Some((module, archive)),
        Code::Library(_) | Code::Later => None,
    });
    linked
        .map(|(module, archive)| ModuleInput {
            name: module.name.as_str(),
            version: &module.version_text,
            abi_version: module.abi_version,
            archives: vec![archive],
            constructors: module.constructors,
            may_unwind: None,
        })
        .collect()
}

/// A static image, unless modules are left to the fallback.
fn form(request: &Request<'_>) -> Form {
    if request.dynamic.is_empty() { Form::StaticPie } else { Form::DynamicPie }
}

fn flags(request: &Request<'_>, form: Form) -> u32 {
    use raya_abi::image::{FLAG_FALLBACK, FLAG_FORBID_EXECUTABLE_MAPPINGS, FLAG_GC_STRESS};
    let mut flags = 0;
    if form == Form::DynamicPie {
        flags |= FLAG_FALLBACK;
    }
    // A static glibc still contains a working dlopen; musl's static images cannot load at all.
    if form == Form::StaticPie && !request.target.is_musl() && request.trust.mode == Mode::Locked {
        flags |= FLAG_FORBID_EXECUTABLE_MAPPINGS;
    }
    if request.gc_stress {
        flags |= FLAG_GC_STRESS;
    }
    flags
}

/// Where the executable goes when nothing else is said: beside the working folder's other files, under the app's name.
pub fn default_output(entry: &Path) -> PathBuf {
    PathBuf::from(entry.file_stem().unwrap_or(entry.as_os_str()))
}
