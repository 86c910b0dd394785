//! `raya module build`: from `raya-module.toml` and sources to a package.

use std::path::Path;
use std::process::ExitCode;

use raya_builder::{BuildReport, BuildRequest, probe};
use raya_fallback::Inspected;
use raya_source::{Diagnostic, SourceMap};
use raya_toolchain::Toolchain;

use crate::codes::FILE_UNREADABLE;
use crate::command::{EXIT_FAILURE, Failure, Outcome};
use crate::report::{self, Style};

pub(super) fn run(folder: &Path, output: Option<&Path>, targets: &[String]) -> Outcome {
    let report = build(folder, output, targets)?;
    if !report.warnings.is_empty() {
        eprint!("{}", report::render(&report.warnings, &SourceMap::new(), Style::for_standard_error()));
    }
    for target in &report.targets {
        let shared = target.shared_bytes.map_or_else(String::new, |bytes| format!(", shared {bytes} bytes"));
        println!("built     {}: static {} bytes{shared}", target.triple, target.archive_bytes);
    }
    println!("package   {}", report.package.display());
    println!("manifest  {}", report.digest);
    Ok(ExitCode::SUCCESS)
}

/// Builds the module in `folder` for `targets`, or for those of its manifest, and writes its package.
pub(super) fn build(
    folder: &Path,
    output: Option<&Path>,
    targets: &[String],
) -> Result<BuildReport, Failure> {
    let executable = std::env::current_exe().map_err(|error| {
        Diagnostic::error(FILE_UNREADABLE, format!("the path of this program cannot be found: {error}"))
    })?;
    let ask = |library: &Inspected| probe::ask(&executable, library);
    let toolchain = Toolchain::from_environment();
    let request =
        BuildRequest { folder, output, targets, toolchain: &toolchain, offline: false, probe: Some(&ask) };
    raya_builder::build(&request).map_err(|failure| Failure {
        diagnostics: failure.diagnostics,
        sources: failure.sources,
        code: EXIT_FAILURE,
    })
}
