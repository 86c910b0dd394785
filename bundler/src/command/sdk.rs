//! `raya sdk`: headers, CMake package and the crate `raya-native` for module authors.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use raya_source::Diagnostic;

use crate::arguments::{SdkArguments, SdkCommand};
use crate::codes::{FILE_MISSING, FILE_UNWRITABLE};
use crate::command::Outcome;
use crate::host;

/// Where `raya sdk --cflags` looks when no folder is given.
const DEFAULT_FOLDER: &str = "/usr";

pub(super) fn run(arguments: &SdkArguments) -> Outcome {
    match (&arguments.command, &arguments.cflags) {
        (Some(SdkCommand::Install { folder }), _) => install(folder),
        (None, folder) => print_cflags(folder.as_ref().and_then(Option::as_deref)),
    }
}

fn install(folder: &Path) -> Outcome {
    let written = raya_sdk::install(folder).map_err(|error| {
        Diagnostic::error(
            FILE_UNWRITABLE,
            format!("the SDK cannot be written to {}: {error}", host::shown(folder)),
        )
    })?;
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    host::print(&format!(
        "installed {} files in {folder}\n\
         C, C++    {}\n\
         CMake     find_package(Raya), with -DCMAKE_PREFIX_PATH={folder}\n\
         Rust      cargo build --release --config {}\n",
        written.len(),
        raya_sdk::cflags(&folder),
        folder.join(raya_sdk::CARGO_CONFIG).display(),
        folder = folder.display(),
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn print_cflags(folder: Option<&Path>) -> Outcome {
    let folder = folder.map_or_else(|| PathBuf::from(DEFAULT_FOLDER), Path::to_path_buf);
    let header = folder.join(raya_sdk::INCLUDE_FOLDER).join("raya/module.h");
    if !header.is_file() {
        let message = format!("expected an installed SDK, found no {}", host::shown(&header));
        let problem = Diagnostic::error(FILE_MISSING, message)
            .with_help("`raya sdk install DIR` installs it; `raya sdk --cflags DIR` prints its flags");
        return Err(problem.into());
    }
    host::print(&format!("{}\n", raya_sdk::cflags(&folder)))?;
    Ok(ExitCode::SUCCESS)
}
