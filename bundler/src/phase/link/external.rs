//! Runs a linker of the user's machine on the same line, in a private folder. Never for a locked bundle.

use super::Failure;
use super::job::Job;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes the files into a private folder, links there, reads the image back.
pub(crate) fn run(program: &Path, is_driver: bool, job: &Job<'_>) -> Result<Vec<u8>, Failure> {
    let not_started = |error: std::io::Error| Failure::NotStarted(format!("{}: {error}", program.display()));
    let folder = tempfile::Builder::new().prefix("raya-link-").tempdir().map_err(not_started)?;
    for (name, content) in job.unpack()? {
        std::fs::write(folder.path().join(name), &content).map_err(not_started)?;
    }
    let mut command = Command::new(program);
    match is_driver {
        true => command.args(["-nostdlib", "-nostartfiles"]).args(driver_arguments(&job.arguments)),
        false => command.args(&job.arguments),
    };
    let output = command
        .env_clear()
        .envs(crate::host::linker_environment())
        .args(["-o", "image"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .map_err(not_started)?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    match output.status.code() {
        Some(0) => {}
        Some(_) => return Err(Failure::Refused(words)),
        None => return Err(Failure::Crashed(format!("{}: {words}", output.status))),
    }
    if !words.is_empty() {
        return Err(Failure::Warned(words.lines().map(str::to_owned).collect()));
    }
    std::fs::read(folder.path().join("image")).map_err(|error| Failure::Crashed(error.to_string()))
}

/// The line as a compiler driver wants it: it has `-static-pie` and `-pie` of its own, and passes the rest on.
fn driver_arguments(arguments: &[String]) -> Vec<String> {
    let is_static = arguments.iter().any(|argument| argument == "-static");
    let mut out = vec![if is_static { "-static-pie" } else { "-pie" }.to_owned()];
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "-static" | "-pie" => {}
            "-m" => {
                rest.next();
            }
            "-z" | "--dynamic-linker" => {
                let value = rest.next().map(String::as_str).unwrap_or_default();
                out.push(format!("-Wl,{argument},{value}"));
            }
            option if option.starts_with('-') => out.push(format!("-Wl,{option}")),
            file => out.push(file.to_owned()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_gets_the_same_line_in_its_own_words() {
        let line =
            ["-m", "elf_x86_64", "-pie", "-static", "-z", "now", "--gc-sections", "a.o"].map(String::from);
        assert_eq!(driver_arguments(&line), ["-static-pie", "-Wl,-z,now", "-Wl,--gc-sections", "a.o"]);
    }
}
