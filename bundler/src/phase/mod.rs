//! The phases of a bundle: each takes one struct and gives the next, and none knows a later one.

pub mod admit;
pub mod check;
pub mod emit;
pub mod isolate;
pub mod link;
pub mod parse;
pub mod resolve;
pub mod seal;
pub mod verify;
