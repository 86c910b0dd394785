//! The compilers of this machine, driven as modules are built: each target, each language, from two folders.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use raya_packs::Machine;
use raya_toolchain::{
    Compilation, Environment, Language, RustBuild, SharedLink, Target, Toolchain, ToolchainError, Visibility,
    archive,
};

const C_SOURCE: &str = r#"
#include <stdio.h>
#include <string.h>
static int helper(const char *text) { return (int)strlen(text) + (int)sizeof(__FILE__); }
__attribute__((visibility("default"))) int raya_module_init_demo(const char *text) { printf("%s\n", __FILE__); return helper(text); }
"#;

const CPP_SOURCE: &str = r#"
#include <stdexcept>
#include <string>
namespace { int counter = 0; std::string where() { return __FILE__; } }
extern "C" __attribute__((visibility("default"))) int raya_module_init_demo(int n) {
  try { if (n > ++counter) throw std::runtime_error(where()); } catch (const std::exception &e) { return (int)std::string(e.what()).size(); }
  return 0;
}
"#;

fn compile(
    toolchain: &Toolchain,
    folder: &Path,
    name: &str,
    text: &str,
    target: Target,
) -> Result<Vec<u8>, ToolchainError> {
    fs::create_dir_all(folder.join("src")).unwrap();
    let source = Path::new("src").join(name);
    fs::write(folder.join(&source), text).unwrap();
    let output = folder.join("object.o");
    toolchain.compile(&Compilation {
        language: Language::of_file(&source).unwrap(),
        target,
        folder,
        source: &source,
        includes: &[],
        defines: &[("ANSWER".to_owned(), Some("42".to_owned()))],
        flags: &[],
        remapped: &[],
        output: &output,
    })?;
    Ok(fs::read(output).unwrap())
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn check(name: &str, text: &str, target: Target) {
    let toolchain = Toolchain::from_environment();
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let object = match compile(&toolchain, first.path(), name, text, target) {
        Ok(object) => object,
        Err(ToolchainError::Missing { what, help, .. }) if what.contains("zig") => {
            eprintln!("not tried: {what} is missing ({help})");
            return;
        }
        Err(error) => panic!("{}", raya_source::Diagnostic::from(error).notes.join("\n")),
    };
    let again = compile(&toolchain, second.path(), name, text, target).unwrap();
    assert!(object == again, "the object depends on the folder");
    assert!(!contains(&object, first.path().to_str().unwrap()), "the folder leaked into the object");
    let made = archive::from_objects(vec![("demo.o".to_owned(), object)], target.machine()).unwrap();
    let assembled = archive::assemble(&[&made], target).unwrap();
    assert!(archive::definitions(&assembled.archive, target.machine()).contains("raya_module_init_demo"));
    assert!(
        !assembled.report.imports.keys().any(|name| name.contains("ubsan")),
        "{:?}",
        assembled.report.imports
    );
}

#[test]
fn c_for_glibc() {
    check("demo.c", C_SOURCE, Target::X86_64Gnu);
}

#[test]
fn c_for_musl() {
    check("demo.c", C_SOURCE, Target::X86_64Musl);
}

#[test]
fn cpp_for_glibc() {
    check("demo.cpp", CPP_SOURCE, Target::X86_64Gnu);
}

#[test]
fn cpp_for_musl() {
    check("demo.cpp", CPP_SOURCE, Target::X86_64Musl);
}

#[test]
fn c_for_another_processor() {
    check("demo.c", C_SOURCE, Target::Aarch64Musl);
}

#[test]
fn c_for_musl_sees_no_header_of_glibc() {
    let folder = tempfile::tempdir().unwrap();
    let source = "#include <stdio.h>\n#ifdef __GLIBC__\n#error headers of glibc\n#endif\nint x;\n";
    compile(&Toolchain::from_environment(), folder.path(), "a.c", source, Target::X86_64Musl).unwrap();
}

#[test]
fn a_missing_compiler_is_named_with_the_remedy() {
    let environment = Environment {
        c_compiler: Some("no-such-compiler-anywhere".into()),
        zig: Some("no-such-zig-anywhere".into()),
        ..Environment::read()
    };
    let toolchain = Toolchain::new(environment);
    let folder = tempfile::tempdir().unwrap();
    let error = compile(&toolchain, folder.path(), "a.c", "int x;", Target::X86_64Gnu).unwrap_err();
    let report = raya_source::Diagnostic::from(error);
    assert_eq!(report.code.0, "R4001");
    assert!(report.message.contains("no-such-compiler-anywhere"), "{}", report.message);
    let error = compile(&toolchain, folder.path(), "a.cpp", "int x;", Target::X86_64Musl).unwrap_err();
    assert!(raya_source::Diagnostic::from(error).help[0].message.contains("pip install ziglang"));
    let error = compile(&toolchain, folder.path(), "a.c", "int x;", Target::X86_64Musl).unwrap_err();
    assert_eq!(raya_source::Diagnostic::from(error).code.0, "R4004");
}

#[test]
fn a_source_with_faults_is_reported_with_what_the_compiler_said() {
    let folder = tempfile::tempdir().unwrap();
    let error =
        compile(&Toolchain::from_environment(), folder.path(), "a.c", "int f( { }", Target::X86_64Gnu)
            .unwrap_err();
    let report = raya_source::Diagnostic::from(error);
    assert_eq!(report.code.0, "R4002");
    assert!(
        report.message.contains("src/a.c") && report.notes.iter().any(|note| note.contains("error:")),
        "{report:?}"
    );
}

#[test]
fn objects_for_a_link_time_optimiser_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.o");
    fs::write(folder.path().join("a.c"), "int f(void) { return 1; }").unwrap();
    let done = std::process::Command::new("gcc")
        .args(["-flto", "-c", "-o"])
        .arg(&path)
        .arg(folder.path().join("a.c"))
        .status();
    if !done.is_ok_and(|status| status.success()) {
        eprintln!("not tried: gcc is missing");
        return;
    }
    let made =
        archive::from_objects(vec![("a.o".to_owned(), fs::read(path).unwrap())], Machine::X86_64).unwrap();
    let report = raya_source::Diagnostic::from(archive::assemble(&[&made], Target::X86_64Gnu).unwrap_err());
    assert_eq!(report.code.0, "R4008");
    assert!(report.help.iter().any(|help| help.message.contains("-fno-lto")));
}

#[test]
fn a_shared_library_shows_only_what_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let toolchain = Toolchain::from_environment();
    compile(&toolchain, folder.path(), "demo.cpp", CPP_SOURCE, Target::X86_64Gnu).unwrap();
    let output = folder.path().join("libdemo.so");
    let link = SharedLink {
        language: Language::Cpp,
        inputs: &[folder.path().join("object.o")],
        system_libraries: &[],
        visibility: Visibility::Only(&["raya_module_init_demo".to_owned()]),
        flags: &[],
        output: &output,
    };
    toolchain.link_shared(&link).unwrap();
    let first = fs::read(&output).unwrap();
    toolchain.link_shared(&link).unwrap();
    assert!(first == fs::read(&output).unwrap());
    let shown =
        std::process::Command::new("nm").arg("-D").arg("--defined-only").arg(&output).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(shown.lines().count(), 1, "{shown}");
}

#[test]
fn static_libraries_of_glibc_are_not_taken_for_musl() {
    let toolchain = Toolchain::from_environment();
    assert!(toolchain.static_library("pthread", Target::X86_64Gnu, &[]).is_ok());
    let error = toolchain
        .static_library("no_such_library", Target::X86_64Musl, &[PathBuf::from("vendor")])
        .unwrap_err();
    let report = raya_source::Diagnostic::from(error);
    assert_eq!(report.code.0, "R4005");
    assert!(report.notes[0].contains("vendor/libno_such_library.a"));
    assert!(report.help[0].message.contains("glibc"));
}

fn write_rust_package(folder: &Path) {
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    // As the specification of native modules spells it: only a shared library is asked for, and the crate by its version.
    write(
        "Cargo.toml",
        "[package]\nname = \"raya-demo\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nraya-native = \"0.1\"\n\n[workspace]\n",
    );
    write(
        "src/lib.rs",
        "#[unsafe(no_mangle)]\npub extern \"C\" fn raya_module_init_demo() -> usize { raya_native::answer() + file!().len() }\n",
    );
    write(
        "target/raya/sdk/raya-native/Cargo.toml",
        "[package]\nname = \"raya-native\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    write(
        "target/raya/sdk/raya-native/src/lib.rs",
        "pub fn answer() -> usize { std::env::args().count() }\n",
    );
}

fn build_rust(folder: &Path, target: Target) -> Result<raya_toolchain::RustLibraries, ToolchainError> {
    Toolchain::from_environment().build_rust(&RustBuild {
        folder,
        raya_native: &folder.join("target/raya/sdk/raya-native"),
        target,
        features: &[],
        offline: true,
        target_folder: &folder.join("target/raya/cargo"),
    })
}

#[test]
fn rust_for_both() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for target in [Target::X86_64Gnu, Target::X86_64Musl] {
        let mut made = vec![];
        for folder in [first.path(), second.path()] {
            write_rust_package(folder);
            let libraries = match build_rust(folder, target) {
                Ok(libraries) => libraries,
                Err(ToolchainError::NotInstalled { help, .. }) => {
                    eprintln!("not tried: {help}");
                    return;
                }
                Err(error) => panic!("{}", raya_source::Diagnostic::from(error).notes.join("\n")),
            };
            assert_eq!(libraries.shared.is_some(), !target.is_musl());
            let bytes = fs::read(&libraries.archive).unwrap();
            let assembled = archive::assemble(&[&bytes], target)
                .unwrap_or_else(|error| panic!("{:#?}", raya_source::Diagnostic::from(error)));
            eprintln!("{}: {} bytes, assembled {}", target.triple(), bytes.len(), assembled.archive.len());
            assert!(
                !contains(&assembled.archive, folder.to_str().unwrap()),
                "the folder leaked into the archive"
            );
            assert!(
                archive::definitions(&assembled.archive, target.machine()).contains("raya_module_init_demo")
            );
            made.push((assembled.archive, libraries.shared.map(|path| fs::read(path).unwrap())));
        }
        assert!(made[0].0 == made[1].0, "the archive depends on the folder");
        assert!(made[0].1 == made[1].1, "the shared library depends on the folder");
    }
}
