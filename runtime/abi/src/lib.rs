//! What both sides of a boundary must agree on, each written once: names, versions, layouts, limits, representations.
//!
//! Compiler and VM share [`Representation`] and [`RuntimeType`]; bundler and launcher share [`image`]; the host and native
//! modules share [`version`], [`names`] and the function table of [`api`]; checker and VM share [`patterns`]. Nothing here does more
//! than hold values to what was agreed.

pub mod api;
pub mod image;
pub mod limits;
pub mod names;
pub mod patterns;
pub mod types;
pub mod version;

pub use types::{LiteralType, Representation, RuntimeType, RuntimeTypeId};
