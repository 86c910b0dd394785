//! Modules that cannot be used, each with its reason; and a panic that no SDK caught.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod support;

use std::process::Command;

use raya_boundary::{LoadError, ModuleHandle, ModuleProvider};
use support::compile::{Opened, crate_folder, run as compile, shared};
use support::program::{Maker, run};

/// What calling `function` of `broken.c` in its variant `case` gives.
fn broken(
    case: u32,
    function: &str,
    arguments: usize,
    change: fn(&mut ModuleHandle),
) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let library =
        shared(folder.path(), "broken.c", "broken", &[&format!("-DCASE={case}"), "-Wno-unused-function"]);
    let mut maker = Maker::new("broken");
    let arguments: Vec<_> = (0..arguments).map(|_| maker.null()).collect();
    let result = maker.call(function, &arguments);
    run(&maker.finish(result), || Box::new(Opened { libraries: vec![library.clone()], change }))
}

fn refused(case: u32) -> String {
    broken(case, "nothing", 0, |_| {}).unwrap_err()
}

#[test]
fn every_fault_of_a_registration_is_listed() {
    assert_eq!(
        refused(1),
        "NativeError: native module 'broken' is not valid: its init function gave no module"
    );
    assert_eq!(refused(2), "NativeError: native module 'broken' is not valid: it calls itself 'other'");
    assert_eq!(
        refused(3),
        "NativeError: native module 'broken' is not valid: its version is 'one', which is no version like 1.0.0"
    );
    assert_eq!(
        refused(4),
        "NativeError: native module 'broken' is not valid: its name or version is missing or no UTF-8"
    );
    assert_eq!(
        refused(5),
        "NativeError: native module 'broken' is not valid: function 'nothing' is registered twice; function 'codeless' has \
         no code; function 'wide' has 256 parameters, 255 are allowed"
    );
    assert_eq!(
        refused(6),
        "NativeError: native module 'broken' is not valid: function 1 has no name, or one that is no UTF-8; function 1 has \
         no name, or one that is no UTF-8"
    );
    assert_eq!(
        refused(7),
        "NativeError: native module 'broken' is not valid: something was finished that is no builder, or was finished before"
    );
}

#[test]
fn a_module_made_by_hand_works() {
    assert_eq!(broken(8, "nothing", 0, |_| {}), Ok("null".to_owned()));
}

#[test]
fn the_abi_is_compared_before_any_code_runs() {
    let other = |handle: &mut ModuleHandle| {
        handle.abi_version = 2 << 16;
        // Calling either would crash.
        handle.bind = std::ptr::null();
        handle.init = std::ptr::null();
    };
    assert_eq!(
        broken(8, "nothing", 0, other).unwrap_err(),
        "NativeError: native module 'broken' was built for ABI 2.0.0, this host offers 1.1.0: build the module with the \
         headers of this version"
    );
    let newer = |handle: &mut ModuleHandle| handle.abi_version = 1 << 16 | 2 << 8;
    assert!(broken(8, "nothing", 0, newer).unwrap_err().contains("ABI 1.2.0"));
}

#[test]
fn versions_agree_in_their_major() {
    assert_eq!(broken(8, "nothing", 0, |handle| handle.required_major = Some(1)), Ok("null".to_owned()));
    assert_eq!(
        broken(8, "nothing", 0, |handle| handle.version = Some("1.9.0".into())),
        Ok("null".to_owned())
    );
    assert_eq!(
        broken(8, "nothing", 0, |handle| handle.required_major = Some(2)).unwrap_err(),
        "NativeError: native module 'broken' has version 1.0.0, version 2.x.x was declared"
    );
    assert_eq!(
        broken(8, "nothing", 0, |handle| handle.version = Some("2.1.0".into())).unwrap_err(),
        "NativeError: native module 'broken' has version 1.0.0, version 2.1.0 was declared"
    );
}

#[test]
fn functions_are_found_by_name_and_arity() {
    assert_eq!(
        broken(8, "missing", 0, |_| {}).unwrap_err(),
        "NativeError: native module 'broken' has no function 'missing'"
    );
    assert_eq!(
        broken(8, "nothing", 2, |_| {}).unwrap_err(),
        "NativeError: native function 'broken.nothing' is declared with 2 parameters, the module registered it with 0"
    );
}

#[test]
fn a_module_nobody_has_is_named() {
    let mut maker = Maker::new("absent");
    let result = maker.call("anything", &[]);
    let outcome = run(&maker.finish(result), || Box::new(Opened::new(&[])));
    assert_eq!(outcome, Err("NativeError: native module 'absent' was not found".to_owned()));
}

#[test]
fn a_provider_s_refusal_is_shown() {
    struct Refusing;
    impl ModuleProvider for Refusing {
        fn find(&mut self, name: &str) -> Result<Option<ModuleHandle>, LoadError> {
            Err(LoadError::Refused {
                module: name.to_owned(),
                code: "R1190",
                message: "it is not signed".to_owned(),
            })
        }
    }
    let mut maker = Maker::new("absent");
    let error = maker.caught(|maker| {
        maker.call("anything", &[]);
    });
    let result = maker.property(error, "code");
    assert!(run(&maker.finish(result), || Box::new(Refusing)).is_ok_and(|code| code.contains("R1190")));
}

#[test]
fn a_panic_of_another_standard_library_stops_at_the_guard() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libpanics.so");
    let source = crate_folder().join("tests/modules/panics.rs");
    compile(
        Command::new("rustc")
            .args(["--edition", "2024", "--crate-type", "cdylib", "-O", "-A", "warnings", "-o"])
            .arg(&library)
            .arg(source),
    );
    let mut maker = Maker::new("panics");
    let result = maker.call("panics", &[]);
    let outcome = run(&maker.finish(result), || Box::new(Opened::new(&[&library])));
    assert_eq!(outcome, Err("NativeError: a panic in native code".to_owned()));
}
