//! What the tests of the boundary share: compiling modules, opening them, and programs that call them.

pub mod compile;
pub mod program;
