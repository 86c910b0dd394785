//! Elaboration: from checked syntax to the typed program.

mod assign;
mod calls;
mod classes;
mod convert;
mod expressions;
mod functions;
mod literals;
mod matches;
mod members;
mod operators;
mod patterns;
mod statements;
mod switches;
