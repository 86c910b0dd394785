//! The `raya` command. What it does stands in `raya_bundler::command`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

/// The linker allocates tables of megabytes on two threads and ends: a bundle of `hello` has 760 page faults with this
/// allocator, 5,500 with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The linker runs in a child made from this program.
    if let Some(code) = raya_bundler::phase::link::child::run_if_asked() {
        return code;
    }
    raya_bundler::command::main()
}
