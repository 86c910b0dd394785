//! The built-in linker: links files that exist in memory only.
//!
//! A crate of its own, because `libwild` is generic over where its files are: the whole linker is compiled in whatever crate
//! calls it, which takes minutes, and should happen once.
#![forbid(unsafe_code)]

mod memory;

use std::borrow::Cow;

pub use memory::run;

/// A link, reduced to an argument line and the only files there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job<'input> {
    /// The line, without a program name and without `-o`.
    pub arguments: Vec<String>,
    /// Every file, by the name the line uses.
    pub files: Vec<(String, Cow<'input, [u8]>)>,
}

/// Why a [`Job`] gave no image.
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
}

impl<'input> Job<'input> {
    /// Adds a file, and its name to the line.
    pub fn add(&mut self, name: &str, bytes: Cow<'input, [u8]>) {
        self.arguments.push(name.into());
        self.files.push((name.into(), bytes));
    }
}
