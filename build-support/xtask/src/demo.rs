//! The main job, from a fresh clone: builds the packs and `raya`, bundles `examples/login` and runs it.

use crate::shell::{self, Outcome, command};
use crate::{pack, setup};

/// Sets up, builds everything, bundles and runs the example.
pub(crate) fn run() -> Outcome {
    setup::run()?;
    build()?;
    shell::run(&mut command("bash", ["examples/login/run.sh"]))
}

/// Builds the packs, then `raya` with the packs in it.
pub(crate) fn build() -> Outcome {
    pack::run(&[])?;
    shell::run(&mut command("cargo", ["build", "--release", "--locked", "--package", "raya"]))
}
