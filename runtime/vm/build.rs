//! Decides whether the run loop may be threaded: its handlers end in calls that the compiler must turn into jumps, which it
//! does for these processors when it optimises. Elsewhere the plain loop runs everything.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(threaded)");
    let is =
        |name: &str, wanted: &[&str]| std::env::var(name).is_ok_and(|found| wanted.contains(&found.as_str()));
    let optimised = is("OPT_LEVEL", &["2", "3"]);
    let processor = is("CARGO_CFG_TARGET_ARCH", &["x86_64", "aarch64"]);
    let registers = is("CARGO_CFG_TARGET_FAMILY", &["unix"]);
    if optimised && processor && registers && std::env::var("CARGO_CFG_MIRI").is_err() {
        println!("cargo::rustc-cfg=threaded");
    }
}
