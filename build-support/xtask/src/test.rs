//! All checks and tests, as CI runs them.

use crate::shell::{self, Outcome, command};
use crate::{demo, setup};

/// Sets up, builds, then runs every check; the first that fails ends it.
pub(crate) fn run() -> Outcome {
    setup::run()?;
    demo::build()?;
    shell::run(&mut command("cargo", ["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    shell::run(&mut command("cargo", clippy))?;
    let raya = shell::target_folder().join("release/raya");
    let tests = ["test", "--locked", "--workspace", "--no-fail-fast"];
    shell::run(command("cargo", tests).env("RAYA_UNDER_TEST", raya))
}
