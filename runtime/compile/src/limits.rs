//! What bytecode cannot express, collected as diagnostics.

use raya_bytecode::Program;
use raya_source::{Code, Diagnostic, Span};

use crate::pools::Pools;

/// Too many arguments, parameters or captures.
pub(crate) const ARGUMENTS: Code = Code("R0490");
/// Too many registers.
pub(crate) const REGISTERS: Code = Code("R0492");
/// Too many entries of a table.
pub(crate) const TABLE: Code = Code("R0493");

/// Entries of a table that instructions refer to by 16 bits.
const TABLE_MAX: usize = 1 << 16;

/// The limits exceeded so far.
#[derive(Default)]
pub(crate) struct Limits {
    diagnostics: Vec<Diagnostic>,
}

impl Limits {
    pub(crate) fn exceeded(&mut self, code: Code, span: Span, message: String, help: &str) {
        self.diagnostics.push(Diagnostic::error(code, message).at(span).with_help(help));
    }

    /// Checks a count that must fit into 8 bits.
    pub(crate) fn count(&mut self, what: &str, count: usize, span: Span) -> u8 {
        u8::try_from(count).unwrap_or_else(|_| {
            self.exceeded(
                ARGUMENTS,
                span,
                format!("expected at most {} {what}, found {count}", u8::MAX),
                "pass them as one array or object",
            );
            0
        })
    }

    /// Checks an index that must fit into 16 bits.
    pub(crate) fn index(&mut self, what: &str, index: usize, span: Span) -> u16 {
        u16::try_from(index).unwrap_or_else(|_| {
            // One report per table is enough: see `tables`, which sees the whole.
            if !self.diagnostics.iter().any(|known| known.code == TABLE) {
                self.exceeded(
                    TABLE,
                    span,
                    format!("the program needs more than {TABLE_MAX} {what}"),
                    "split the program",
                );
            }
            0
        })
    }

    /// Checks tables whose indices are not made instruction by instruction.
    pub(crate) fn tables(&mut self, program: &Program, pools: &Pools) {
        let found = [("functions", program.functions.len()), ("source files", pools.file_count())];
        for (what, count) in found {
            if count > TABLE_MAX {
                self.diagnostics.push(Diagnostic::error(
                    TABLE,
                    format!("expected at most {TABLE_MAX} {what}, found {count}"),
                ));
            }
        }
    }

    /// The program, if no limit was exceeded.
    pub(crate) fn finish(self, program: Program) -> Result<Program, Vec<Diagnostic>> {
        if self.diagnostics.is_empty() { Ok(program) } else { Err(self.diagnostics) }
    }
}
