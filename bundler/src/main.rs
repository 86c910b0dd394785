//! The `raya` command. What it does stands in `raya_bundler::command`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

/// The linker allocates tables of megabytes on two threads and ends: half of that time went to the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The linker runs in a child made from this program.
    if let Some(code) = raya_bundler::phase::link::child::run_if_asked() {
        return code;
    }
    raya_bundler::command::main()
}
