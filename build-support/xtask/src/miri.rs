//! `cargo xtask miri`: the tests that Miri can run, for every crate that has `unsafe` and is not foreign code all through.
//!
//! Miri needs a nightly compiler, which nothing else here does; so it is a command of its own, and says what is missing.

use crate::shell::{self, Outcome, command};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A crate, and the tests of its library that Miri runs.
struct Subject {
    package: &'static str,
    /// Names that tests must contain one of; all tests where there is none.
    filters: &'static [&'static str],
    /// What is left out, and why.
    left_out: &'static str,
}

const SUBJECTS: &[Subject] = &[
    Subject { package: "raya-abi", filters: &[], left_out: "nothing" },
    Subject {
        package: "raya-vm",
        filters: &["value::", "heap::", "handles::", "object::", "text::"],
        left_out: "built-ins, which have no `unsafe`, and whole programs, which take hours",
    },
    Subject {
        package: "raya-boundary",
        filters: &[],
        left_out: "calls into foreign code and the guard's assembly: tests that are not the library's own",
    },
    Subject { package: "raya-native", filters: &[], left_out: "tests with a host" },
];

/// Runs all of them and prints how many tests each crate had.
pub(crate) fn run() -> Outcome {
    install()?;
    let mut total = 0;
    for subject in SUBJECTS {
        let count = run_subject(subject)?;
        if count == 0 {
            return Err(format!("no test of {} ran: its filters name none", subject.package));
        }
        eprintln!("xtask: {}: {count} tests under Miri; left out: {}", subject.package, subject.left_out);
        total += count;
    }
    println!("{total} passed, 0 failed");
    Ok(())
}

fn install() -> Outcome {
    if shell::succeeds(&mut command("cargo", ["+nightly", "miri", "--version"])) {
        return Ok(());
    }
    let install = ["toolchain", "install", "nightly", "--profile", "minimal", "-c", "miri", "-c", "rust-src"];
    shell::run(&mut command("rustup", install))
        .map_err(|problem| format!("Miri needs a nightly compiler, and there is none to be had: {problem}"))
}

/// The number of tests that passed.
fn run_subject(subject: &Subject) -> Result<usize, String> {
    let mut cargo =
        command("cargo", ["+nightly", "miri", "test", "--locked", "--lib", "-p", subject.package, "--"]);
    cargo.args(subject.filters);
    // Cargo tells those it runs, as this, which cargo and compiler they are of: not the ones that are wanted here.
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        cargo.env_remove(name);
    }
    // The values' tags hold pointers as integers; the clock seeds generators.
    cargo.env("MIRIFLAGS", "-Zmiri-permissive-provenance -Zmiri-disable-isolation");
    let output = captured(&mut cargo)?;
    let passed = output.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    let counts = passed.filter_map(|rest| rest.split(' ').next()?.parse::<usize>().ok());
    Ok(counts.sum())
}

fn captured(cargo: &mut Command) -> Result<String, String> {
    let shown = shell::show(cargo);
    eprintln!("xtask: {shown}");
    let start = Instant::now();
    let output = cargo.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    eprintln!("xtask: {:.1} s", start.elapsed().as_secs_f64());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!("{text}\n`{shown}` failed: {}", output.status))
    }
}
