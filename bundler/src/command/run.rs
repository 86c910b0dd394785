//! `raya run`: the phases up to `check`, then the program in this process, its modules loaded from sealed copies.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use raya_fallback::{Fallback, FallbackError, FallbackProvider, Inspected, SearchPath, Trust as Belief};
use raya_manifests::Triple;
use raya_source::Diagnostic;
use raya_vm::{BuiltinFunction, Config, Value, Vm};

use super::{Failure, Outcome};
use crate::arguments::RunArguments;
use crate::clock::Clock;
use crate::codes::{BUILTIN_UNKNOWN, FILE_CHANGED};
use crate::console::Console;
use crate::host;
use crate::phase::admit::{Admitted, AdmittedLibrary, Code, Origin, Wants};
use crate::pipeline::{Front, FrontOptions, front_for};
use crate::profile::{Output, Profile};
use crate::report::{self, Style};
use crate::request::{App, Trust, TrustArguments};

/// What `raya run` runs on: this machine, whose libc can load libraries.
const TARGET: Triple = Triple::X86_64_LINUX_GNU;

/// How a program is run.
#[derive(Debug, Default)]
pub(super) struct Execution {
    /// What the program sees as its arguments, its own name first.
    pub(super) arguments: Vec<String>,
    /// Print its value.
    pub(super) print_result: bool,
    /// Its last expression is its value.
    pub(super) last_is_value: bool,
    /// Collect garbage at every allocation.
    pub(super) gc_stress: bool,
    /// Where to write what it spent its time on.
    pub(super) profile: Option<Output>,
}

pub(super) fn run(arguments: &RunArguments) -> Outcome {
    let profile = arguments.profile.as_deref().map(Output::new).transpose()?;
    let app = match &arguments.part_of {
        Some(root) => App::part_of(root, arguments.entry().unwrap_or(Path::new("")))?,
        None => App::of(arguments.entry())?,
    };
    let shown = arguments.entry().map_or_else(|| app.entry_path(), Path::to_path_buf);
    let mut visible = vec![shown.to_string_lossy().into_owned()];
    visible.extend(arguments.own());
    execute(
        app,
        Execution {
            arguments: visible,
            print_result: arguments.print_result,
            last_is_value: false,
            gc_stress: arguments.gc_stress,
            profile,
        },
    )
}

/// Checks an app and runs it in this process.
pub(super) fn execute(mut app: App, execution: Execution) -> Outcome {
    let trust = Trust::establish(&mut app, &TrustArguments::default())?;
    let environment = host::search_environment();
    let mut clock = Clock::default();
    let options = FrontOptions { last_is_value: execution.last_is_value };
    let front = front_for(&app, &trust, TARGET, &environment, &mut clock, options, |_| Wants::Shared)?;
    let Front { program, admitted, checked, mut warnings } = front;
    warnings.extend(checked.warnings.iter().cloned());
    let sources = program.loaded.sources;
    // The process ends with the program: giving the trees back piece by piece would make its end later.
    let _trees = ManuallyDrop::new(program.loaded.modules);
    let failed = |diagnostics: Vec<Diagnostic>| Failure { sources: sources.clone(), ..diagnostics.into() };

    let builtins = builtins(&checked.builtins).map_err(failed)?;
    let provider = provider(&admitted, &app, &trust, &mut warnings).map_err(failed)?;
    host::print_error(&report::render(&warnings, &sources, Style::for_standard_error()));
    let config = Config { gc_stress: execution.gc_stress, ..Config::default() };
    let profile = execution.profile.map(|output| (output, Profile::default()));
    let console = Console::new(execution.arguments, profile.as_ref().map(|(_, profile)| profile.clone()));
    let code =
        raya_fallback::run(checked.program, builtins, provider, config, Box::new(console), |vm, value| {
            if execution.print_result {
                print_value(vm, value);
            }
        });
    if let Some((output, profile)) = profile {
        output.write(&profile)?;
    }
    // The operating system keeps the low eight bits, as for every program.
    Ok(ExitCode::from((code & 0xFF) as u8))
}

fn print_value(vm: &mut Vm, value: Value) {
    // Values that JSON cannot express, such as cycles, are shown as null.
    let text = vm.value_to_json(value).unwrap_or_else(|_| "null".to_owned());
    vm.print(&format!("=> {text}\n"));
}

/// The machine's functions for the built-ins that the program uses, in the order of its table.
fn builtins(names: &[String]) -> Result<Vec<BuiltinFunction>, Vec<Diagnostic>> {
    let mut problems = vec![];
    let mut functions = vec![];
    for name in names {
        match raya_vm::builtins::find(name) {
            Some(function) => functions.push(function),
            None => {
                let message = format!("the built-in `{name}` is not supported by this machine yet");
                problems.push(Diagnostic::error(BUILTIN_UNKNOWN, message));
            }
        }
    }
    if problems.is_empty() { Ok(functions) } else { Err(problems) }
}

/// A provider that holds all modules of the program, copied into sealed memory and inspected; none has run.
fn provider(
    admitted: &[Admitted],
    app: &App,
    trust: &Trust,
    warnings: &mut Vec<Diagnostic>,
) -> Result<FallbackProvider, Vec<Diagnostic>> {
    let keys = trust.policy.as_ref().map(|policy| policy.keys()).unwrap_or_default();
    let fallback = |folders: Vec<PathBuf>| Fallback {
        search: SearchPath { folders, library_path_is_set: false },
        trust: Belief::Developer { keys: keys.clone() },
        allowed_needed: vec![],
    };
    let mut problems = vec![];
    let mut provider =
        FallbackProvider::new(fallback(vec![]), raya_boundary::Capabilities::All, Box::new(|_| {}));
    for module in admitted {
        if let Some(request) = app.manifest.as_ref().and_then(|manifest| manifest.module(&module.name))
            && let Some(comparator) = request.versions.comparators.first()
        {
            provider.require_major(module.name.as_str(), comparator.major as u32);
        }
        let Code::Library(library) = &module.code else { continue };
        let inspected = match &module.origin {
            Origin::Package(path) => {
                let stub = module.stub.as_ref().map(|(_, text)| text.clone());
                fallback(vec![]).from_package(module.name.as_str(), path, library.bytes(), stub)
            }
            Origin::Folder(folder) => fallback(vec![host::absolute(folder)]).find(module.name.as_str()),
        };
        match inspected
            .map_err(|error: FallbackError| Diagnostic::from(error))
            .and_then(|found| unchanged(found, library))
        {
            Ok(mut inspected) => {
                // That an unsigned module was let through is said once, by `verify`.
                inspected.warnings.retain(|warning| warning.code != raya_fallback::LIBRARY_UNSIGNED);
                warnings.append(&mut inspected.warnings);
                provider.insert(inspected);
            }
            Err(problem) => problems.push(problem.labelled(module.span, "imported here")),
        }
    }
    if problems.is_empty() { Ok(provider) } else { Err(problems) }
}

/// The library that will be loaded must be the one that the program was checked against.
fn unchanged(inspected: Inspected, library: &AdmittedLibrary) -> Result<Inspected, Diagnostic> {
    if inspected.digest == library.digest() {
        return Ok(inspected);
    }
    let message = format!(
        "expected {} as it was a moment ago ({}), found it changed ({})",
        host::shown(&inspected.path),
        library.digest(),
        inspected.digest
    );
    Err(Diagnostic::error(FILE_CHANGED, message).with_help("run it again when nobody is writing the file"))
}
