//! Watching: the calls that are active, for a profile. Calls that are watched take the slow path and return through it, so that
//! programs that are not profiled pay nothing.

use super::frames::{RETURN_USUAL, RETURN_WATCHED};
use crate::value::Value;
use crate::vm::Vm;

/// Calls that a sample shows from outside in, before those in the middle are left out.
const OUTER_CALLS_MAX: usize = 96;
/// Calls that it shows from inside out.
const INNER_CALLS_MAX: usize = 32;
/// Stands for the calls that are left out.
const LEFT_OUT: &str = "…";

impl Vm {
    /// The marker of a call that nothing is special about.
    pub(crate) fn usual_marker(&self) -> Value {
        if self.frames.is_watched() { RETURN_WATCHED } else { RETURN_USUAL }
    }

    /// Offers a sample before the call that has just returned is forgotten.
    pub(crate) fn look_at_returned(&mut self) {
        if self.frames.interrupt().is_raised() {
            self.frames.restore_popped();
            self.offer_sample();
            self.frames.pop();
        }
    }

    /// Gives the host the active calls, if it wants them; whether it did.
    pub(crate) fn offer_sample(&mut self) -> bool {
        if !self.host().wants_sample() {
            return false;
        }
        let calls = self.active_calls();
        self.host().sample(&calls);
        true
    }

    /// The active calls as `name (file:line)`, the innermost first.
    fn active_calls(&self) -> Vec<String> {
        let depth = self.frames.depth();
        let is_shown = |above: usize| above < INNER_CALLS_MAX || above + OUTER_CALLS_MAX >= depth;
        let mut calls = Vec::new();
        for above in 0..depth {
            match self.frame_position(above) {
                Some([function, _]) if is_shown(above) => calls.push(self.place_of(function)),
                Some(_) if above == INNER_CALLS_MAX => calls.push(LEFT_OUT.to_owned()),
                _ => {}
            }
        }
        calls
    }

    /// A function and where it begins.
    fn place_of(&self, function: u32) -> String {
        let program = self.program();
        let text = |index: u32| program.strings[index as usize].as_str();
        let known = &program.functions[function as usize];
        match known.positions.first() {
            Some(position) => {
                let file = text(program.files[position.file as usize]);
                format!("{} ({file}:{})", text(known.name), position.line)
            }
            None => text(known.name).to_owned(),
        }
    }
}
