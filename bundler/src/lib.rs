//! The `raya` command: arguments become a request, the request goes through the phases, reports are drawn in one place.
#![forbid(unsafe_code)]
#![warn(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "they panic where nothing can be printed: host.rs prints"
)]

mod app;
pub mod arguments;
mod bundle_manifest;
pub mod clock;
pub mod codes;
pub mod command;
mod console;
pub mod host;
pub mod image_file;
pub mod pack;
pub mod phase;
pub mod pipeline;
mod profile;
mod progress;
pub mod report;
pub mod request;
pub mod signing_report;
