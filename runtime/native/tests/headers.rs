//! The headers: layouts, warnings, and the sources of the native bindings specification, which compile as they are.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::compile::{Opened, crate_folder, run as compile};
use support::program::{Maker, Slot, run};

const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

fn specification(path: &str) -> PathBuf {
    crate_folder().join("../../tests/fixtures/seed").join(path)
}

/// The compilers of a language that the machine has; the first is a must.
fn compilers(names: [&'static str; 2]) -> Vec<&'static str> {
    let has = |name: &&str| {
        Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    let [first, second] = names;
    [first].into_iter().chain([second].into_iter().filter(|name| has(name))).collect()
}

fn object(compiler: &str, standard: &str, source: &Path, options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    compile(
        Command::new(compiler)
            .args([standard, "-O2", "-fPIC", "-c", "-I"])
            .arg(crate_folder().join("include"))
            .args(options)
            .arg("-o")
            .arg(folder.path().join("module.o"))
            .arg(source),
    );
}

#[test]
fn layouts_are_the_same_in_c() {
    for compiler in compilers(["gcc", "clang"]) {
        object(compiler, "-std=c11", &crate_folder().join("tests/modules/layout.c"), &STRICT);
    }
}

#[test]
fn the_headers_give_no_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("module.c");
    std::fs::write(&source, "#include <raya/module.h>\nRAYA_MODULE_INIT(m) { return raya_module_builder_finish(raya_module_builder_new(\"m\", \"1.0.0\")); }\n").unwrap();
    for compiler in compilers(["gcc", "clang"]) {
        for standard in ["-std=c11", "-std=c17", "-std=gnu11"] {
            object(
                compiler,
                standard,
                &source,
                &[&STRICT[..], &["-Wconversion", "-Wshadow", "-Wstrict-prototypes"]].concat(),
            );
        }
    }
    for compiler in compilers(["g++", "clang++"]) {
        for standard in ["-std=c++17", "-std=c++20"] {
            let thrower = crate_folder().join("tests/modules/thrower.cpp");
            object(compiler, standard, &thrower, &[&STRICT[..], &["-Wconversion", "-Wshadow"]].concat());
        }
        let plain = folder.path().join("module.cpp");
        std::fs::copy(&source, &plain).unwrap();
        object(compiler, "-std=c++11", &plain, &STRICT);
        object(compiler, "-std=c++17", &plain, &[&STRICT[..], &["-fno-exceptions", "-fno-rtti"]].concat());
    }
}

#[test]
fn one_slot_serves_all_files_of_a_module_and_nothing_is_undefined() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let first = write(
        "first.c",
        "#include <raya/module.h>\nRayaValue *other(RayaContext *, RayaValue **, size_t);\nRAYA_MODULE_INIT(pair) {\n\
         RayaModuleBuilder *builder = raya_module_builder_new(\"pair\", \"1.0.0\");\n\
         raya_module_add_function(builder, \"other\", other, 0);\nreturn raya_module_builder_finish(builder);\n}\n",
    );
    let second = write(
        "second.c",
        "#include <raya/module.h>\nRayaValue *other(RayaContext *ctx, RayaValue **args, size_t argc) {\n\
         (void)args, (void)argc;\nreturn raya_value_from_i32(ctx, 11);\n}\n",
    );
    let library = folder.path().join("libpair.so");
    compile(
        Command::new("gcc")
            .args(["-O2", "-fPIC", "-shared", "-Wl,-z,defs", "-I"])
            .arg(crate_folder().join("include"))
            .arg("-o")
            .arg(&library)
            .args([first, second]),
    );
    let mut maker = Maker::new("pair");
    let result = maker.call("other", &[]);
    let outcome = run(&maker.finish(result), || Box::new(Opened::new(&[&library])));
    assert_eq!(outcome, Ok("11".to_owned()));
    let symbols = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output().unwrap();
    assert!(!String::from_utf8_lossy(&symbols.stdout).contains("raya_module_api_slot"), "the slot is hidden");
}

#[test]
fn the_specification_s_c_module_compiles_and_runs() {
    let prelude = specification("crypto-c/prelude.h");
    for compiler in compilers(["gcc", "clang"]) {
        object(
            compiler,
            "-std=c11",
            &specification("crypto-c/crypto.c"),
            &["-Wall", "-include", prelude.to_str().unwrap()],
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libcrypto.so");
    compile(
        Command::new("gcc")
            .args(["-fPIC", "-O2", "-shared", "-I"])
            .arg(crate_folder().join("include"))
            .arg("-include")
            .arg(prelude)
            .arg("-o")
            .arg(&library)
            .arg(specification("crypto-c/crypto.c")),
    );
    let mut maker = Maker::new("crypto");
    let arguments = [maker.text("fnv"), maker.text("hello world")];
    let result = maker.call("hash", &arguments);
    let outcome = run(&maker.finish(result), || Box::new(Opened::new(&[&library])));
    assert_eq!(outcome, Ok("'fnv:d58b3fa7'".to_owned()));
}

/// OpenSSL's headers come with the tests' machine or not; the module is compiled and run where they do.
#[test]
fn the_specification_s_cpp_module_compiles_and_runs() {
    if !Path::new("/usr/include/openssl/sha.h").exists() {
        eprintln!("skipped: this machine has no headers of OpenSSL");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libspecified.so");
    compile(
        Command::new("g++")
            .args(["-std=c++17", "-fPIC", "-shared", "-Wno-deprecated-declarations", "-Werror", "-I"])
            .arg(crate_folder().join("include"))
            .arg("-o")
            .arg(&library)
            .arg(specification("crypto/crypto.cpp"))
            .arg("-lcrypto"),
    );
    let call = |name: &str, make: fn(&mut Maker) -> Vec<Slot>| {
        let mut maker = Maker::new("crypto");
        let arguments = make(&mut maker);
        let result = maker.call(name, &arguments);
        run(&maker.finish(result), || Box::new(Opened::new(&[&library])))
    };
    assert_eq!(
        call("hash", |maker| vec![maker.text("sha256"), maker.text("hello world")]),
        Ok("'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9'".to_owned())
    );
    assert_eq!(
        call("hash", |maker| vec![maker.text("md5"), maker.text("data")]),
        Err("Error: Unsupported algorithm: md5".to_owned())
    );
    assert_eq!(
        call("hash", |maker| vec![maker.int(1), maker.text("data")]),
        Err("Error: Arguments must be strings".to_owned())
    );
    assert_eq!(
        call("constantTimeEqual", |maker| vec![maker.text("secret"), maker.text("secret")]),
        Ok("true".to_owned())
    );
    let mut maker = Maker::new("crypto");
    let length = maker.int(5000);
    let bytes =
        maker.call_as("randomBytes", &[length], raya_abi::RuntimeType::Builtin("Uint8Array".into()), false);
    let length = maker.property(bytes, "length");
    let outcome = run(&maker.finish(length), || Box::new(Opened::new(&[&library])));
    assert_eq!(outcome, Ok("5000".to_owned()));
}

#[test]
fn the_specification_s_patterns_compile() {
    let folder = tempfile::tempdir().unwrap();
    for pattern in ["converter", "raii"] {
        let source = folder.path().join(format!("{pattern}.cpp"));
        let text = std::fs::read_to_string(specification(&format!("patterns/{pattern}.cpp"))).unwrap();
        std::fs::write(&source, format!("#include <raya/module.h>\n#include <string>\n{text}")).unwrap();
        for compiler in compilers(["g++", "clang++"]) {
            object(compiler, "-std=c++17", &source, &["-Wall"]);
        }
    }
}
