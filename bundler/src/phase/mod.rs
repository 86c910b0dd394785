//! The phases of a bundle: each takes what those before it gave, and none runs another. One type points ahead: `parse` lists
//! the modules it met as what `resolve` is asked for.

pub mod admit;
pub mod check;
pub mod emit;
pub mod isolate;
pub mod link;
pub mod parse;
pub mod resolve;
pub mod seal;
pub mod verify;
