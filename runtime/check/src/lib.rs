//! Checking: from syntax trees to a [`typed::TypedProgram`].
#![forbid(unsafe_code)]

pub mod typed;
