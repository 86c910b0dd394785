//! `raya module`: what authors of native modules do.

mod sign;
mod verify;

use super::Outcome;
use crate::arguments::ModuleCommand;

pub(super) fn run(command: ModuleCommand) -> Outcome {
    match command {
        ModuleCommand::Sign { file, key } => sign::run(&file, &key),
        ModuleCommand::Verify { file, keys } => verify::run(&file, &keys),
        _ => unreachable!(),
    }
}
