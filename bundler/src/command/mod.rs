//! One file for each subcommand, and what they share: how work ends.

mod bundle;
mod check;
mod eval;
mod init;
mod inspect;
mod key;
mod module;
mod run;
mod sdk;
mod test;
mod trust;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use raya_source::{Diagnostic, SourceMap};

use crate::arguments::{Arguments, Command};
use crate::host;
use crate::report::{self, Style};

/// Exit code when the work failed, or a program ended with an uncaught error.
pub const EXIT_FAILURE: u8 = 1;
/// Exit code when a program does not compile.
pub const EXIT_NOT_COMPILED: u8 = 2;
/// Exit code for bad usage.
pub const EXIT_USAGE: u8 = 64;

/// Why a command did not succeed.
#[derive(Debug)]
pub struct Failure {
    /// Everything that is wrong, in the order it is shown.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that the diagnostics point into.
    pub sources: SourceMap,
    /// The exit code.
    pub code: u8,
}

impl Failure {
    /// Problems that concern no source text.
    pub fn plain(diagnostics: Vec<Diagnostic>) -> Failure {
        Failure { diagnostics, sources: SourceMap::new(), code: EXIT_FAILURE }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure::plain(vec![diagnostic])
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Failure {
        Failure::plain(diagnostics)
    }
}

/// How a command ends: with an exit code of its own, or a failure to report.
pub type Outcome = Result<ExitCode, Failure>;

/// Parses the command line, does what it says, reports what went wrong.
pub fn main() -> ExitCode {
    if let Some(code) = raya_builder::probe::run_if_asked() {
        return code;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are printed to standard output and are no error.
            let code = if error.use_stderr() { EXIT_USAGE } else { 0 };
            // Nothing can be said where nothing can be printed.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match run(arguments) {
        Ok(code) => code,
        Err(failure) => {
            let style = Style::for_standard_error();
            host::print_error(&report::render(&failure.diagnostics, &failure.sources, style));
            ExitCode::from(failure.code)
        }
    }
}

fn run(arguments: Arguments) -> Outcome {
    match arguments.command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Bundle(arguments) => bundle::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Key(command) => key::run(command),
        Command::Module(command) => module::run(command),
        Command::Sdk(arguments) => sdk::run(&arguments),
        Command::Trust(command) => trust::run(command),
        Command::Completions { shell } => {
            let mut command = <Arguments as clap::CommandFactory>::command();
            let mut script = vec![];
            clap_complete::generate(shell, &mut command, "raya", &mut script);
            host::print(&String::from_utf8_lossy(&script))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
