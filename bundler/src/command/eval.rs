//! `raya eval`: runs code that stands on the command line.

use super::Outcome;
use super::run::{Execution, execute};
use crate::arguments::EvalArguments;
use crate::request::App;

pub(super) fn run(arguments: &EvalArguments) -> Outcome {
    let app = App::of_text(&arguments.code)?;
    let mut visible = vec![app.entry.clone()];
    visible.extend(arguments.arguments.iter().cloned());
    execute(
        app,
        Execution {
            arguments: visible,
            print_result: arguments.print_result,
            last_is_value: arguments.print_result,
            ..Execution::default()
        },
    )
}
