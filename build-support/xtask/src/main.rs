//! `cargo xtask COMMAND`: everything a contributor runs that is more than one cargo command.
#![forbid(unsafe_code)]

mod demo;
mod deny;
mod fuzz;
mod miri;
mod pack;
mod setup;
mod shell;
mod test;

use std::process::ExitCode;

const HELP: &str = "cargo xtask COMMAND

  setup            install what building and testing need, and say what is missing
  pack [OPTIONS]   build the runtime packs that `raya` embeds
  demo             set up, build everything, bundle examples/login and run it
  test             set up, build everything, run all checks and tests
  ci               the same as test
  miri             run the tests of the lowest crates under Miri; needs a nightly compiler
  deny             check the dependencies' licences and sources; installs cargo-deny
  fuzz [--seconds N] [TARGET …]
                   run the fuzzers, 60 seconds each; installs cargo-fuzz, needs a nightly compiler
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("setup") => setup::run(),
        Some("pack") => pack::run(&arguments[1..]),
        Some("demo") => demo::run(),
        Some("miri") => miri::run(),
        Some("deny") => deny::run(),
        Some("fuzz") => fuzz::run(&arguments[1..]),
        Some("test" | "ci") => test::run(),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(64);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}
