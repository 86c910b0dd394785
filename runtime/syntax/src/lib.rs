//! Text to syntax tree: the lexer, the parser and the tree they build.
#![forbid(unsafe_code)]

pub mod ast;
pub mod limits;
