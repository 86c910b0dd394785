//! `raya check`: everything that is wrong with programs, without running or linking them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use raya_manifests::Triple;
use raya_source::{Diagnostic, Severity, SourceMap};

use super::{EXIT_FAILURE, EXIT_NOT_COMPILED, Failure, Outcome};
use crate::arguments::{CheckArguments, Dump, Format};
use crate::clock::Clock;
use crate::host;
use crate::phase::admit::Wants;
use crate::phase::check::Checked;
use crate::pipeline::{FrontOptions, front_for};
use crate::report::{self, Part, Style};
use crate::request::{App, Trust, TrustArguments};

/// What was found in one program.
struct Found {
    diagnostics: Vec<Diagnostic>,
    sources: SourceMap,
    /// The exit code that it asks for.
    code: u8,
}

pub(super) fn run(arguments: &CheckArguments) -> Outcome {
    let entries: Vec<Option<PathBuf>> = match &arguments.entries[..] {
        [] => vec![None],
        entries => entries.iter().cloned().map(Some).collect(),
    };
    let mut found: Vec<Found> =
        entries.iter().map(|entry| check(entry.as_ref(), arguments)).collect::<Result<_, _>>()?;
    keep_first(&mut found);
    if arguments.deny_warnings {
        found.iter_mut().for_each(deny_warnings);
    }
    show(&found, if arguments.json { Format::Json } else { arguments.format })?;
    // That a check could not be made weighs more than what others found.
    let codes: BTreeSet<u8> = found.iter().map(|one| one.code).collect();
    let code = if codes.contains(&EXIT_FAILURE) { EXIT_FAILURE } else { codes.last().copied().unwrap_or(0) };
    Ok(ExitCode::from(code))
}

fn check(entry: Option<&PathBuf>, arguments: &CheckArguments) -> Result<Found, Failure> {
    let mut app = match App::of(entry.map(PathBuf::as_path)) {
        Ok(app) => app,
        // Without a program there is nothing to report on, and usage is told as ever.
        Err(failure) if failure.code != EXIT_NOT_COMPILED => return Err(failure),
        Err(failure) => return Ok(Found::of(failure)),
    };
    match phases(&mut app) {
        Ok((checked, warnings, sources)) => {
            if let Some(form) = arguments.dump {
                dump(&checked, form)?;
            }
            Ok(Found { diagnostics: warnings, sources, code: 0 })
        }
        Err(failure) => Ok(Found::of(failure)),
    }
}

fn phases(app: &mut App) -> Result<(Checked, Vec<Diagnostic>, SourceMap), Failure> {
    let trust = Trust::establish(app, &TrustArguments::default())?;
    let environment = host::search_environment();
    let (mut clock, options) = (Clock::default(), FrontOptions::default());
    let front = front_for(app, &trust, Triple::X86_64_LINUX_GNU, &environment, &mut clock, options, |_| {
        Wants::Declaration
    })?;
    let mut warnings = front.warnings;
    warnings.extend(front.checked.warnings.iter().cloned());
    Ok((front.checked, warnings, front.program.loaded.sources))
}

fn dump(checked: &Checked, form: Dump) -> Result<(), Diagnostic> {
    match form {
        Dump::Typed => host::print(&checked.dump_typed()),
        Dump::Ir => host::print(&checked.dump_ir()),
        Dump::Bytecode => host::print(&checked.dump_bytecode()),
    }
}

impl Found {
    fn of(failure: Failure) -> Found {
        let Failure { diagnostics, sources, code } = failure;
        Found { diagnostics, sources, code }
    }

    fn part(&self) -> Part<'_> {
        Part { sources: &self.sources, diagnostics: &self.diagnostics }
    }
}

/// Programs share modules; what is wrong with one of those is told once.
fn keep_first(found: &mut [Found]) {
    let mut told = BTreeSet::new();
    for one in found {
        let Found { sources, diagnostics, .. } = one;
        diagnostics.retain(|diagnostic| {
            let place =
                diagnostic.primary.as_ref().map(|label| (sources.path(label.span.file), label.span.start));
            told.insert((place, diagnostic.code, diagnostic.message.clone()))
        });
    }
}

fn deny_warnings(found: &mut Found) {
    for diagnostic in &mut found.diagnostics {
        if diagnostic.severity == Severity::Warning {
            diagnostic.severity = Severity::Error;
            found.code = found.code.max(EXIT_NOT_COMPILED);
        }
    }
}

fn show(found: &[Found], format: Format) -> Result<(), Diagnostic> {
    let parts: Vec<Part<'_>> = found.iter().map(Found::part).collect();
    match format {
        Format::Human => {
            for part in &parts {
                let text = report::render(part.diagnostics, part.sources, Style::for_standard_error());
                host::print_error(&text);
            }
            Ok(())
        }
        Format::Json => host::print(&report::json::render(&parts)),
        Format::Sarif => host::print(&report::sarif::render(&parts)),
    }
}
