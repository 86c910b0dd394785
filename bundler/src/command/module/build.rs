//! `raya module build`: from `raya-module.toml` and sources to a package.

use std::path::Path;
use std::process::ExitCode;

use raya_builder::{BuildReport, BuildRequest, TargetReport, probe};
use raya_fallback::Inspected;
use raya_source::{Diagnostic, SourceMap};
use raya_toolchain::Toolchain;

use crate::codes::FILE_UNREADABLE;
use crate::command::{EXIT_FAILURE, Failure, Outcome};
use crate::host;
use crate::report::{self, Style};

pub(super) fn run(folder: &Path, output: Option<&Path>, targets: &[String]) -> Outcome {
    let report = build(folder, output, targets)?;
    if !report.warnings.is_empty() {
        host::print_error(&report::render(&report.warnings, &SourceMap::new(), Style::for_standard_error()));
    }
    let mut lines: Vec<String> = report.targets.iter().map(built).collect();
    lines.push(format!("package   {}", crate::host::plain(&report.package)));
    lines.push(format!("manifest  {}", report.digest));
    host::print(&(lines.join("\n") + "\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn built(target: &TargetReport) -> String {
    let shared = target.shared_bytes.map_or_else(String::new, |bytes| format!(", shared {bytes} bytes"));
    format!("built     {}: static {} bytes{shared}", target.triple, target.archive_bytes)
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
