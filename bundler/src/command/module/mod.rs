//! `raya module`: what authors of native modules do.

mod build;
mod sign;
mod verify;

use super::Outcome;
use crate::arguments::ModuleCommand;

pub(super) fn run(command: ModuleCommand) -> Outcome {
    match command {
        ModuleCommand::Build { folder, output, targets } => build::run(&folder, output.as_deref(), &targets),
        ModuleCommand::Sign { file, key } => sign::run(&file, &key),
        ModuleCommand::Verify { file, keys } => verify::run(&file, &keys),
    }
}
