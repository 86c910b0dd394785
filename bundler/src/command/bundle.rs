//! `raya bundle`: from the command line to a request, through the pipeline, to a file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use raya_manifests::{ModuleName, Triple};
use raya_signing::{Claim, Domain, SecretKey};
use raya_source::Diagnostic;

use super::{EXIT_USAGE, Failure, Outcome};
use crate::arguments::BundleArguments;
use crate::clock::Clock;
use crate::codes::{DYNAMIC_IMPOSSIBLE, LINKER_IN_LOCKED_MODE};
use crate::host;
use crate::phase::link::Linker;
use crate::phase::seal::{ImageSigner, signature_path};
use crate::pipeline::{self, Bundle, Request};
use crate::progress::Progress;
use crate::report::{self, Style};
use crate::request::{self, App, Trust, TrustArguments};
use crate::signing_report;

pub(super) fn run(arguments: &BundleArguments) -> Outcome {
    let output = arguments.output.clone().unwrap_or_else(|| pipeline::default_output(&arguments.entry));
    check_output(&output, arguments, [])?;
    let mut app = App::find(&arguments.entry)?;
    let trust = Trust::establish(
        &mut app,
        &TrustArguments {
            locked: arguments.locked,
            policy: arguments.policy.as_deref(),
            roots: &arguments.roots,
        },
    )?;
    let target = target(arguments, &app)?;
    let dynamic = dynamic(arguments, &app, &trust, target)?;
    let locked = trust.mode == raya_manifests::Mode::Locked;
    let signer = arguments.sign.as_deref().map(|path| Signer::new(path, &app)).transpose()?;
    let request = Request {
        trust,
        target,
        dynamic,
        linker: linker(arguments, locked)?,
        signer: signer.as_ref().map(|signer| signer as &dyn ImageSigner),
        keeps_symbols: arguments.keep_symbols,
        gc_stress: arguments.gc_stress,
        environment: host::search_environment(),
        app,
    };
    let mut clock = Clock::default();
    let progress = Progress::start("bundling");
    let Bundle { sealed, warnings, sources, inputs } = pipeline::bundle(&request, &mut clock)?;
    check_output(&output, arguments, inputs)?;
    clock.phase("write", || sealed.write(&output))?;
    drop(progress);
    host::print_error(&report::render(&warnings, &sources, Style::for_standard_error()));
    if arguments.time {
        host::print_error(&clock.report());
    }
    Ok(ExitCode::SUCCESS)
}

/// Image and signature may replace files, but none that the bundle is made from.
fn check_output(
    output: &Path,
    arguments: &BundleArguments,
    inputs: impl IntoIterator<Item = PathBuf>,
) -> Result<(), Failure> {
    let named = [Some(&arguments.entry), arguments.policy.as_ref(), arguments.sign.as_ref()];
    let inputs: Vec<PathBuf> = named.into_iter().flatten().cloned().chain(inputs).collect();
    host::check_output(output, &inputs)?;
    // An old signature is removed even where no new one is made.
    Ok(host::check_output(&signature_path(output), &inputs)?)
}

/// The command line decides, then the app's manifest.
fn target(arguments: &BundleArguments, app: &App) -> Result<Triple, Failure> {
    match (&arguments.target, app.manifest.as_ref().and_then(|manifest| manifest.bundle.target)) {
        (Some(text), _) => request::target(text),
        (None, Some(target)) => Ok(target),
        (None, None) => Ok(Triple::X86_64_LINUX_MUSL),
    }
}

fn dynamic(
    arguments: &BundleArguments,
    app: &App,
    trust: &Trust,
    target: Triple,
) -> Result<Vec<ModuleName>, Failure> {
    let mut names = app.manifest.as_ref().map(|manifest| manifest.bundle.dynamic.clone()).unwrap_or_default();
    for name in &arguments.dynamic {
        names.push(request::module_name(name)?);
    }
    names.sort();
    names.dedup();
    let Some(name) = names.first() else { return Ok(names) };
    let reason = if trust.mode == raya_manifests::Mode::Locked {
        "a locked bundle loads nothing"
    } else if target.is_musl() {
        "a static image for musl cannot load anything"
    } else {
        return Ok(names);
    };
    let message = format!("module `{name}` cannot be left to the fallback: {reason}");
    let report = Diagnostic::error(DYNAMIC_IMPOSSIBLE, message)
        .with_help("link it in, or bundle unlocked with --target x86_64-unknown-linux-gnu");
    Err(Failure { code: EXIT_USAGE, ..report.into() })
}

fn linker(arguments: &BundleArguments, locked: bool) -> Result<Linker, Failure> {
    if let (Some(program), true) = (&arguments.linker, locked) {
        let program = host::shown(std::path::Path::new(program));
        let message =
            format!("expected the linker inside `raya` for a locked bundle, found --linker {program}");
        let report = Diagnostic::error(LINKER_IN_LOCKED_MODE, message)
            .with_note(
                "a linker of the machine obeys the environment and files beside it, and decides what runs",
            )
            .with_help("leave --linker out, or bundle unlocked");
        return Err(Failure { code: EXIT_USAGE, ..report.into() });
    }
    Ok(match &arguments.linker {
        None => Linker::BuiltIn { executable: crate::host::own_executable()? },
        Some(program) => {
            let name =
                std::path::Path::new(program).file_name().unwrap_or_default().to_string_lossy().into_owned();
            // `cc`, `gcc-12`, `clang++`: compiler drivers take linker options behind `-Wl,`.
            let is_driver =
                name.contains("cc") || name.contains("clang") || name.contains("g++") || name.contains("c++");
            Linker::External { program: program.into(), is_driver }
        }
    })
}

/// Signs images with a secret key.
struct Signer {
    key: SecretKey,
    claim: Claim,
}

impl Signer {
    fn new(path: &std::path::Path, app: &App) -> Result<Signer, Failure> {
        let key = signing_report::read_secret_key(path)?;
        let claim = Claim::new(Domain::Image, &app.name(), &app.version().to_string(), 0)
            .map_err(|error| signing_report::diagnostic(&error, "the app's name"))?;
        Ok(Signer { key, claim })
    }
}

impl ImageSigner for Signer {
    fn sign(&self, image: &[u8]) -> Result<Vec<u8>, Diagnostic> {
        let signature = self
            .key
            .sign(image, &self.claim)
            .map_err(|error| signing_report::diagnostic(&error, "the image"))?;
        Ok(signature.to_text().into_bytes())
    }
}
