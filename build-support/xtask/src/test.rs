//! All checks and tests, as CI runs them.

use crate::shell::{self, Outcome, command};
use crate::{pack, setup};

/// Sets up, builds the packs, then runs every check; the first that fails ends it. End-to-end tests run the `raya` that cargo
/// builds for them, with the packs in it.
pub(crate) fn run() -> Outcome {
    setup::run()?;
    pack::run(&[])?;
    shell::run(&mut command("cargo", ["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    shell::run(&mut command("cargo", clippy))?;
    shell::run(&mut command("cargo", ["test", "--locked", "--workspace", "--no-fail-fast"]))
}
