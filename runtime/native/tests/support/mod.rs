//! What the tests of the boundary share: compiling modules, opening them, and programs that call them.

#![allow(dead_code, reason = "every test binary uses its own part of this")]

pub(crate) mod compile;
pub(crate) mod program;
