//! Modules in Rust, built by cargo against this SDK, the specification's own among them, and called.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use raya_abi::{Representation, RuntimeType};
use raya_bytecode::{Instruction, Operation};
use support::compile::{Opened, crate_folder, run as compile};
use support::program::{Maker, Slot, run};

struct Libraries {
    folder: tempfile::TempDir,
}

impl Libraries {
    fn library(&self, name: &str) -> PathBuf {
        self.folder.path().join("target/debug").join(name)
    }
}

fn libraries() -> &'static Libraries {
    static LIBRARIES: OnceLock<Libraries> = OnceLock::new();
    LIBRARIES.get_or_init(|| {
        // Outside of the workspace, as a user's modules are.
        let libraries = Libraries { folder: tempfile::tempdir().unwrap() };
        let fixtures = crate_folder().join("../../tests/fixtures/seed");
        let fs = libraries.folder.path().join("fs");
        copy(&fixtures.join("fs"), &fs);
        build(&libraries, &fs);
        let crypto = libraries.folder.path().join("crypto-rust");
        copy(&fixtures.join("crypto-rust"), &crypto);
        build(&libraries, &crypto);
        let sdk = libraries.folder.path().join("sdk");
        copy(&fixtures.join("fs"), &sdk);
        let manifest =
            std::fs::read_to_string(sdk.join("Cargo.toml")).unwrap().replace("raya-fs", "raya-sdk");
        std::fs::write(sdk.join("Cargo.toml"), manifest).unwrap();
        std::fs::copy(crate_folder().join("tests/modules/sdk.rs"), sdk.join("src/lib.rs")).unwrap();
        build(&libraries, &sdk);
        libraries
    })
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("src")).unwrap();
    for file in ["Cargo.toml", "src/lib.rs", "src/crypto.rs"] {
        if from.join(file).exists() {
            std::fs::copy(from.join(file), to.join(file)).unwrap();
        }
    }
}

/// Builds a module as a shared library and as a static one.
fn build(libraries: &Libraries, folder: &Path) {
    let sdk = crate_folder().join("../api");
    let patch = format!("patch.crates-io.raya-native.path={:?}", sdk.to_str().unwrap());
    compile(
        Command::new(env!("CARGO"))
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", libraries.folder.path().join("target"))
            .env_remove("RUSTFLAGS")
            .args(["rustc", "--quiet", "--offline", "--config", &patch])
            .args(["--crate-type", "cdylib", "--crate-type", "staticlib"]),
    );
}

fn call_in(module: &str, library: &str, make: impl FnOnce(&mut Maker) -> Slot) -> Result<String, String> {
    let library = libraries().library(library);
    let mut maker = Maker::new(module);
    let result = make(&mut maker);
    run(&maker.finish(result), || Box::new(Opened::new(&[&library])))
}

fn sdk(make: impl FnOnce(&mut Maker) -> Slot) -> Result<String, String> {
    call_in("sdk", "libraya_sdk.so", make)
}

fn call(name: &str, make: impl FnOnce(&mut Maker) -> Vec<Slot>) -> Result<String, String> {
    sdk(|maker| {
        let arguments = make(maker);
        maker.call(name, &arguments)
    })
}

fn ok(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn error(text: &str) -> Result<String, String> {
    Err(text.to_owned())
}

#[test]
fn the_specification_s_modules_run() {
    let path = libraries().folder.path().join("written.txt");
    let path = path.to_str().unwrap();
    let round = call_in("fs", "libraya_fs.so", |maker| {
        let (file, content) = (maker.text(path), maker.text("grüße"));
        maker.call("writeFile", &[file, content]);
        maker.call_as("readFile", &[file], RuntimeType::String, false)
    });
    assert_eq!(round, ok("'grüße'"));
    let failed = call_in("fs", "libraya_fs.so", |maker| {
        let file = maker.text("/nowhere/at all");
        let result = maker.call_as("readFile", &[file], RuntimeType::String, true);
        let error = maker.property(result, "error");
        maker.property(error, "message")
    });
    assert!(failed.is_ok_and(|message| message.contains("Failed to read file: No such file")));
    let exists = call_in("fs", "libraya_fs.so", |maker| {
        let file = maker.text("/");
        maker.call_as("exists", &[file], RuntimeType::Boolean, false)
    });
    assert_eq!(exists, ok("true"));

    let hash = call_in("crypto", "libraya_crypto.so", |maker| {
        let arguments = [maker.text("fnv"), maker.text("hello world")];
        maker.call("hash", &arguments)
    });
    assert_eq!(hash, ok("'d58b3fa7'"));
    let random = call_in("crypto", "libraya_crypto.so", |maker| {
        let length = maker.number(32.0);
        let bytes = maker.call_as("randomBytes", &[length], RuntimeType::Builtin("Uint8Array".into()), false);
        maker.property(bytes, "length")
    });
    assert_eq!(random, ok("32"));
}

#[test]
fn plain_functions_have_typed_entries_that_stop_panics() {
    assert_eq!(call("quotient", |maker| vec![maker.int(7), maker.int(2)]), ok("3"));
    assert_eq!(call("quotient", |maker| vec![maker.number(8.0), maker.int(2)]), ok("4"));
    let panicked = call("quotient", |maker| vec![maker.int(7), maker.int(0)]).unwrap_err();
    assert!(panicked.starts_with("NativePanic: attempt to divide by zero (lib.rs:"), "{panicked}");
    let arguments = |maker: &mut Maker| vec![maker.text("grün"), maker.boolean(true), maker.number(0.5)];
    assert_eq!(call("measure", arguments), ok("4"));
    assert_eq!(call("nothing", |_| vec![]), ok("null"));
}

#[test]
fn modules_have_no_undefined_symbols_of_raya_s_and_carry_their_descriptor() {
    let library = libraries().library("libraya_fs.so");
    let symbols = Command::new("nm").args(["-D", "--undefined-only"]).arg(&library).output().unwrap();
    assert!(!String::from_utf8_lossy(&symbols.stdout).contains("raya"));
    for file in ["libraya_fs.so", "libraya_fs.a"] {
        let bytes = std::fs::read(libraries().library(file)).unwrap();
        let text = b"declare module \"native:fs\" {\n  export function readFile(path: string): Result<string, Error>;\n";
        assert!(bytes.windows(text.len()).any(|window| window == text), "{file}");
    }
}

#[test]
fn errors_of_the_standard_library_are_thrown() {
    assert_eq!(call("fails", |maker| vec![maker.text("17")]), ok("17"));
    assert_eq!(call("fails", |maker| vec![maker.text("x")]), error("Error: invalid digit found in string"));
    let code = sdk(|maker| {
        let error = maker.caught(|maker| {
            maker.call("missingFile", &[]);
        });
        maker.property(error, "code")
    });
    assert_eq!(code, ok("'ENOENT'"));
}

#[test]
fn a_panic_is_an_error_with_message_and_place() {
    assert_eq!(call("panics", |maker| vec![maker.int(1)]), ok("2"));
    let panicked = call("panics", |maker| vec![maker.int(7)]).unwrap_err();
    assert!(panicked.contains("index out of bounds: the len is 3 but the index is 7 (lib.rs:"), "{panicked}");
}

#[test]
fn arguments_are_converted_or_refused() {
    assert_eq!(
        call("sum", |maker| {
            let numbers = [maker.int(1), maker.number(0.5)];
            vec![maker.array(Representation::Any, &numbers)]
        }),
        ok("1.5")
    );
    assert_eq!(
        call("sum", |maker| vec![maker.text("x")]),
        error("TypeError: expected an array, found string")
    );
    assert_eq!(
        call("fails", |maker| vec![maker.int(1)]),
        error("TypeError: fails: argument 1 must be a string, found int")
    );
    assert_eq!(call("small", |maker| vec![maker.int(255)]), ok("255"));
    assert_eq!(
        call("small", |maker| vec![maker.int(256)]),
        error("RangeError: expected an integer in the range of u8, found 256")
    );
    assert_eq!(
        call("big", |_| vec![]),
        error("RangeError: 18446744073709551615 is beyond 2^53 and no exact number")
    );
    assert_eq!(call("optional", |maker| vec![maker.null()]), ok("null"));
    assert_eq!(call("optional", |maker| vec![maker.text("raya")]), ok("'hello raya'"));
}

/// Gives its parameter back; fails for what is no int.
fn checking(maker: &mut Maker) -> Slot {
    maker.function(
        2,
        vec![
            Instruction::new(Operation::CheckInt, 0, 1, 0, 0),
            Instruction::new(Operation::Return, 0, 1, 0, 0),
        ],
    )
}

#[test]
fn functions_are_called_back_unless_bytes_are_borrowed() {
    assert_eq!(call("apply", |maker| vec![checking(maker), maker.int(5)]), ok("5"));
    let thrown = call("apply", |maker| vec![checking(maker), maker.text("x")]).unwrap_err();
    assert!(thrown.starts_with("TypeError: "), "{thrown}");
    let recovered = call("recover", |maker| vec![checking(maker)]).unwrap();
    assert!(recovered.starts_with("'recovered from: "), "{recovered}");
    let refused = sdk(|maker| {
        let length = maker.int(3);
        let bytes = maker.call("zeros", &[length]);
        let bytes = maker.call("reversed", &[bytes]);
        let function = checking(maker);
        maker.call("applyBorrowing", &[bytes, function])
    });
    assert_eq!(
        refused,
        error("TypeError: a function that takes &[u8] cannot call back into Raya: take Vec<u8> instead")
    );
}

#[test]
fn objects_are_read_and_made() {
    let described = call("describe", |maker| {
        let (x, y) = (maker.int(1), maker.text("b"));
        vec![maker.object(&[("x", x), ("y", y)])]
    });
    assert_eq!(described, ok("[ { key: 'x', value: 1 }, { key: 'y', value: 'b' } ]"));
}

#[test]
fn own_types_travel_unseen() {
    let counted = sdk(|maker| {
        let start = maker.int(40);
        let counter =
            maker.call_as("counter", &[start], RuntimeType::Opaque("sdk".into(), "Counter".into()), false);
        maker.call("next", &[counter]);
        maker.call("next", &[counter])
    });
    assert_eq!(counted, ok("42"));
    assert_eq!(
        call("next", |maker| vec![maker.object(&[])]),
        error("TypeError: next: argument 1 must be a Counter, found object")
    );
}
