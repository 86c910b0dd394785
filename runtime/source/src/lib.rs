//! Files, spans and diagnostics as plain data.
//!
//! Every phase, from the lexer to the seal, reports problems as [`Diagnostic`] values. They are data so that phases stay
//! pure, tests can compare them, and exactly one place (`bundler/src/report.rs`) decides how they look.
#![forbid(unsafe_code)]

mod diagnostic;
mod map;
mod similar;

pub use diagnostic::{Code, Diagnostic, Edit, Help, Label, Severity};
pub use map::{FileId, Position, SourceFile, SourceMap, Span};
pub use similar::closest;
