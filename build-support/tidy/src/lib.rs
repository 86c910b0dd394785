//! Architecture that is tested, not remembered: which crate may use which, where `unsafe` may stand, what every file
//! opens with. The tests of this crate read the workspace's own sources.
#![forbid(unsafe_code)]

pub mod arrows;
pub mod sources;
