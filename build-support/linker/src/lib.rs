//! The built-in linker: links files that exist in memory only.
//!
//! A crate of its own, because `libwild` is generic over where its files are: the whole linker is compiled in whatever crate
//! calls it, which takes minutes, and should happen once.
#![forbid(unsafe_code)]

mod memory;

use std::borrow::Cow;

pub use memory::run;

/// Every file there is for a link, by the name the argument line uses. Large ones are never copied.
pub type Files = Vec<(String, Cow<'static, [u8]>)>;

/// Why a link gave no image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The linker refused; its words.
    Refused(String),
    /// It warned; its words.
    Warned(Vec<String>),
    /// It panicked or was killed; what is known.
    Crashed(String),
    /// It was not started; why.
    NotStarted(String),
    /// A file it was to get from a runtime pack cannot be unpacked; its name.
    Damaged(String),
}
