//! `cargo xtask fuzz`: the fuzzers in `fuzz/`, each for a while, from what earlier runs found and what the tests hold.
//!
//! Like Miri they need a nightly compiler, and cargo-fuzz besides; so it is a command of its own, and says what is missing.

use crate::shell::{self, Outcome, command, root};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A fuzzer, and how it is started.
struct Target {
    name: &'static str,
    /// Whether it takes texts of the language; bytecode otherwise.
    takes_text: bool,
    /// Bytes of an input at most.
    length_max: usize,
}

const TARGETS: &[Target] = &[
    Target { name: "lexer", takes_text: true, length_max: 4096 },
    Target { name: "parser", takes_text: true, length_max: 8192 },
    Target { name: "checker", takes_text: true, length_max: 8192 },
    Target { name: "decoder", takes_text: false, length_max: 16384 },
    Target { name: "verifier", takes_text: false, length_max: 65536 },
];

/// Bytes of each target's inputs that are kept in the repository: five of them are less than a megabyte.
const CORPUS_MAX: u64 = 190 << 10;
/// Seconds that one input may take.
const TIMEOUT: u32 = 20;
/// Megabytes that a fuzzer may take. Machines keep their programs as long as the process lives, so that some are lost to each run.
const MEMORY_MAX: u32 = 4096;
/// Where the time of all runs is written down.
const RECORD: &str = "fuzz/time.txt";

/// What a run printed at its end.
#[derive(Default)]
struct Figures {
    executions: u64,
    coverage: u64,
    seconds: f64,
}

/// Runs the targets that `arguments` name, or all, for `--seconds N` each.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (seconds, targets) = options(arguments)?;
    install()?;
    shell::run(&mut nightly(["fuzz", "build"]))?;
    let mut failures = vec![];
    for target in targets {
        make_seeds(target)?;
        let found = run_target(target, seconds);
        keep(target)?;
        if let Err(problem) = found {
            failures.push(problem);
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn options(arguments: &[String]) -> Result<(u32, Vec<&'static Target>), String> {
    let mut seconds = 60;
    let mut targets = vec![];
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--seconds" {
            let value = rest.next().and_then(|value| value.parse().ok()).filter(|value| *value > 0);
            seconds = value.ok_or("`--seconds` takes a whole number above 0")?;
        } else {
            let target = TARGETS.iter().find(|target| target.name == argument);
            targets.push(target.ok_or_else(|| format!("no fuzzer is called `{argument}`: {}", names()))?);
        }
    }
    if targets.is_empty() {
        targets.extend(TARGETS);
    }
    Ok((seconds, targets))
}

fn names() -> String {
    TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ")
}

fn install() -> Outcome {
    if !shell::succeeds(&mut nightly(["--version"])) {
        let install = ["toolchain", "install", "nightly", "--profile", "minimal"];
        shell::run(&mut command("rustup", install)).map_err(|problem| {
            format!("fuzzing needs a nightly compiler, and there is none to be had: {problem}")
        })?;
    }
    if !shell::succeeds(&mut nightly(["fuzz", "--version"])) {
        shell::run(&mut command("cargo", ["install", "cargo-fuzz", "--locked"]))
            .map_err(|problem| format!("cargo-fuzz is missing and cannot be installed: {problem}"))?;
    }
    Ok(())
}

/// Cargo of the nightly compiler, for the workspace of the fuzzers.
fn nightly<const N: usize>(arguments: [&str; N]) -> Command {
    let mut cargo = command("cargo", ["+nightly"]);
    cargo.args(arguments);
    // Cargo tells those it runs, as this, which cargo and compiler they are of: not the ones that are wanted here.
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        cargo.env_remove(name);
    }
    cargo
}

/// Where a target's inputs are: those of the repository, and those that are made from the tests.
fn corpus(target: &Target) -> PathBuf {
    root().join("fuzz/corpus").join(target.name)
}

fn seeds(target: &Target) -> PathBuf {
    root().join("fuzz/target/seeds").join(if target.takes_text { "text" } else { "bytecode" })
}

fn make_seeds(target: &Target) -> Outcome {
    let texts = root().join("fuzz/target/seeds/text");
    make_folder(&texts)?;
    make_folder(&corpus(target))?;
    for folder in ["tests/language", "tests/ui"] {
        for path in files(&root().join(folder))? {
            if path.extension().is_some_and(|extension| extension == "raya") {
                // Both folders have programs of one name.
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let to = texts.join(format!("{}-{name}", folder.rsplit('/').next().unwrap_or_default()));
                fs::copy(&path, &to).map_err(|error| cannot("write", &to, &error))?;
            }
        }
    }
    if target.takes_text {
        return Ok(());
    }
    let bytecode = seeds(target);
    make_folder(&bytecode)?;
    let mut make = Command::new(binary("seeds")?);
    shell::run(make.arg(texts).arg(bytecode))
}

/// The program that cargo-fuzz built.
fn binary(name: &str) -> Result<PathBuf, String> {
    let built =
        files(&root().join("fuzz/target"))?.into_iter().map(|folder| folder.join("release").join(name));
    let found = built.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| format!("cargo-fuzz built no `{name}` in fuzz/target"))
}

/// Runs a target and writes down what it took, also where it found something.
fn run_target(target: &Target, seconds: u32) -> Outcome {
    let start = Instant::now();
    let artifacts = root().join("fuzz/artifacts").join(target.name);
    make_folder(&artifacts)?;
    let mut fuzzer = Command::new(binary(target.name)?);
    fuzzer.current_dir(root()).args([corpus(target), seeds(target)]);
    fuzzer.arg(format!("-max_total_time={seconds}"));
    fuzzer.arg(format!("-max_len={}", target.length_max));
    fuzzer.arg(format!("-timeout={TIMEOUT}"));
    fuzzer.arg(format!("-rss_limit_mb={MEMORY_MAX}"));
    let mut prefix = OsString::from("-artifact_prefix=");
    prefix.push(artifacts.join(""));
    fuzzer.arg(prefix).args(["-detect_leaks=0", "-print_final_stats=1"]);
    if target.takes_text {
        fuzzer.arg("-dict=fuzz/raya.dict");
    }
    let before = children_seconds();
    let (said, succeeded) = captured(&mut fuzzer)?;
    let mut figures = figures(&said);
    // Where the system does not say what processes took, they are taken to have had a processor all the time.
    figures.seconds = match (before, children_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed().as_secs_f64(),
    };
    record(target, &figures)?;
    println!(
        "{}: {} executions, {} edges covered, {:.0} s of processor time",
        target.name, figures.executions, figures.coverage, figures.seconds
    );
    if succeeded {
        return Ok(());
    }
    let lines: Vec<&str> = said.lines().collect();
    let end = lines[lines.len().saturating_sub(60)..].join("\n");
    Err(format!("{end}\n{} found something: see {}", target.name, artifacts.display()))
}

/// What a fuzzer printed, and whether it found nothing.
fn captured(fuzzer: &mut Command) -> Result<(String, bool), String> {
    let shown = shell::show(fuzzer);
    eprintln!("xtask: {shown}");
    // What a machine keeps as long as the process lives would be reported as lost at its end.
    fuzzer.env("ASAN_OPTIONS", "detect_leaks=0");
    let output = fuzzer.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    Ok((String::from_utf8_lossy(&output.stderr).into_owned(), output.status.success()))
}

/// The processor time of all processes that were waited for, in seconds.
fn children_seconds() -> Option<f64> {
    // Ticks of a hundredth of a second are what Linux shows, whatever its clock does.
    const TICKS: f64 = 100.0;
    let status = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = status.rsplit_once(") ")?.1.split(' ').collect();
    let field = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((field(13)? + field(14)?) / TICKS)
}

/// Reads the last line that has a coverage, and the count of executions behind it.
fn figures(said: &str) -> Figures {
    let mut figures = Figures::default();
    for line in said.lines() {
        if let Some((_, rest)) = line.split_once(" cov: ") {
            figures.coverage = number(rest).unwrap_or(figures.coverage);
            let count = line.strip_prefix('#').and_then(number);
            figures.executions = figures.executions.max(count.unwrap_or(0));
        }
        if let Some(rest) = line.strip_prefix("stat::number_of_executed_units:") {
            figures.executions = number(rest.trim_start()).unwrap_or(figures.executions);
        }
    }
    figures
}

fn number(text: &str) -> Option<u64> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// Adds a run to the record of all runs.
fn record(target: &Target, figures: &Figures) -> Outcome {
    let path = root().join(RECORD);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let mut rows: BTreeMap<&str, (f64, u64)> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let [name, seconds, executions] = line.split_whitespace().collect::<Vec<_>>()[..] {
            let row = seconds.parse().ok().zip(executions.parse().ok());
            rows.insert(name, row.ok_or_else(|| format!("{RECORD} has a line that is no row: {line}"))?);
        }
    }
    let row = rows.entry(target.name).or_default();
    row.0 += figures.seconds;
    row.1 += figures.executions;
    let mut text =
        "# Written by `cargo xtask fuzz`: target, seconds of processor time in all, executions in all.\n"
            .to_owned();
    for (name, (seconds, executions)) in rows {
        text.push_str(&format!("{name} {seconds:.0} {executions}\n"));
    }
    fs::write(&path, text).map_err(|error| cannot("write", &path, &error))
}

/// Leaves in the corpus the smallest inputs that together reach what all of them reach, as far as they are few bytes.
fn keep(target: &Target) -> Outcome {
    let corpus = corpus(target);
    let merged = root().join("fuzz/target/merged").join(target.name);
    if merged.exists() {
        fs::remove_dir_all(&merged).map_err(|error| cannot("remove", &merged, &error))?;
    }
    make_folder(&merged)?;
    let mut merge = Command::new(binary(target.name)?);
    merge.current_dir(root()).args(["-merge=1", "-detect_leaks=0"]);
    merge.arg(format!("-max_len={}", target.length_max)).arg(format!("-timeout={TIMEOUT}"));
    merge.arg(format!("-artifact_prefix={}/", merged.display()));
    merge.arg(format!("-rss_limit_mb={MEMORY_MAX}")).arg(&merged).arg(&corpus);
    let (said, succeeded) = captured(&mut merge)?;
    if !succeeded {
        return Err(format!("{said}\nthe corpus of {} cannot be minimised", target.name));
    }
    let mut kept = vec![];
    for path in files(&merged)? {
        let length = fs::metadata(&path).map_err(|error| cannot("read", &path, &error))?.len();
        kept.push((length, path));
    }
    kept.sort();
    for path in files(&corpus)? {
        fs::remove_file(&path).map_err(|error| cannot("remove", &path, &error))?;
    }
    let mut total = 0;
    for (length, path) in kept {
        total += length;
        if total > CORPUS_MAX {
            break;
        }
        let to = corpus.join(path.file_name().unwrap_or_default());
        fs::copy(&path, &to).map_err(|error| cannot("write", &to, &error))?;
    }
    Ok(())
}

/// What lies in a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(|error| cannot("read", folder, &error))?;
    paths.sort();
    Ok(paths)
}

fn make_folder(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_end() {
        let said = "#2\tINITED cov: 10 ft: 11\n#900\tNEW    cov: 250 ft: 300 corp: 5/9b\n#1024\tpulse  cov: 251 ft: 300\n";
        let found = figures(said);
        assert_eq!((found.executions, found.coverage), (1024, 251));
        assert_eq!(figures(&format!("{said}stat::number_of_executed_units: 2048\n")).executions, 2048);
    }

    #[test]
    fn options_name_targets_and_seconds() {
        let given = |text: &str| options(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert!(given("").is_ok_and(|(seconds, targets)| seconds == 60 && targets.len() == TARGETS.len()));
        assert!(
            given("--seconds 5 parser").is_ok_and(|(seconds, targets)| seconds == 5 && targets.len() == 1)
        );
        assert!(given("--seconds 0").is_err() && given("--seconds").is_err() && given("lexers").is_err());
    }
}
