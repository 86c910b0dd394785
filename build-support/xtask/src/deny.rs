//! `cargo xtask deny`: what may come into the workspace, checked against `deny.toml`. Advisories need a database from the
//! network and are left to a machine that has one.

use crate::shell::{self, Outcome, command};

/// The version whose configuration `deny.toml` is written in.
const VERSION: &str = "^0.20";

/// Installs cargo-deny where it is missing, then runs its checks that need no network.
pub(crate) fn run() -> Outcome {
    if !shell::succeeds(&mut command("cargo", ["deny", "--version"])) {
        let install = ["install", "cargo-deny", "--locked", "--debug", "--version", VERSION];
        shell::run(&mut command("cargo", install))
            .map_err(|problem| format!("cargo-deny is missing and cannot be installed: {problem}"))?;
    }
    shell::run(&mut command("cargo", ["deny", "check", "bans", "licenses", "sources"]))
}
