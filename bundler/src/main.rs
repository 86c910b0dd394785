//! The `raya` command. What it does stands in `raya_bundler::command`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    raya_bundler::command::main()
}
