//! Text to syntax tree: the lexer, the parser and the tree they build.
//!
//! [`parse`] takes any text and gives a tree with everything that is wrong with it. It knows nothing of types, of other
//! files or of the machine; names are resolved and types are checked by the phases after it.
#![forbid(unsafe_code)]

pub mod ast;
pub mod codes;
pub mod limits;

mod imports;
mod lexer;
mod literal;
mod parser;
mod token;
mod tokens;

pub use imports::imports;
pub use parser::{Parsed, parse, parse_library};
pub use tokens::{Tokens, tokens};
