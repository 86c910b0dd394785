//! `raya check`: everything that is wrong with a program, without running or linking it.

use std::process::ExitCode;

use raya_manifests::Triple;

use super::Outcome;
use crate::arguments::{CheckArguments, Dump};
use crate::clock::Clock;
use crate::host;
use crate::phase::admit::Wants;
use crate::pipeline::front_for;
use crate::report::{self, Style};
use crate::request::{App, Trust, TrustArguments};

pub(super) fn run(arguments: &CheckArguments) -> Outcome {
    let mut app = App::find(&arguments.entry)?;
    let trust = Trust::establish(&mut app, &TrustArguments::default())?;
    let environment = host::search_environment();
    let front =
        front_for(&app, &trust, Triple::X86_64_LINUX_GNU, &environment, &mut Clock::default(), |_| {
            Wants::Declaration
        })?;
    match arguments.dump {
        None => {}
        Some(Dump::Typed) => host::print(&front.checked.dump_typed())?,
        Some(Dump::Ir) => host::print(&front.checked.dump_ir())?,
        Some(Dump::Bytecode) => host::print(&front.checked.dump_bytecode())?,
    }
    let warnings: Vec<_> = front.warnings.iter().chain(&front.checked.warnings).cloned().collect();
    host::print_error(&report::render(&warnings, &front.program.loaded.sources, Style::for_standard_error()));
    Ok(ExitCode::SUCCESS)
}
