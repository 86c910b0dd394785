//! Modules built as their authors build them: the examples, from two folders, and everything that can be wrong with one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use raya_builder::{BuildFailure, BuildReport, BuildRequest, Probe, ProbedFunction, ProbedModule, build};
use raya_manifests::package::UnverifiedPackage;
use raya_manifests::{ModuleManifest, PayloadKind, Triple};
use raya_signing::KeySet;
use raya_source::FileId;
use raya_toolchain::Toolchain;
use tempfile::TempDir;

const GNU: &str = "x86_64-unknown-linux-gnu";
const MUSL: &str = "x86_64-unknown-linux-musl";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if entry.path().is_dir() {
            if name != "target" {
                copy(&entry.path(), &target);
            }
        } else if name != "Cargo.lock" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn module(path: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("examples").join(path), folder.path());
    folder
}

fn written(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn build_in(folder: &Path, targets: &[&str], probe: Option<&Probe<'_>>) -> Result<BuildReport, BuildFailure> {
    let targets: Vec<String> = targets.iter().map(|target| (*target).to_owned()).collect();
    let toolchain = Toolchain::from_environment();
    build(&BuildRequest {
        folder,
        output: None,
        targets: &targets,
        toolchain: &toolchain,
        offline: true,
        probe,
    })
}

fn built(folder: &Path, targets: &[&str]) -> BuildReport {
    build_in(folder, targets, None).unwrap_or_else(|failure| panic!("{:#?}", failure.diagnostics))
}

fn codes(folder: &Path, targets: &[&str], probe: Option<&Probe<'_>>) -> Vec<&'static str> {
    let failure = build_in(folder, targets, probe).unwrap_err();
    let packages = fs::read_dir(folder)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "rmod"));
    assert_eq!(packages.count(), 0, "a failed build left a package");
    failure.diagnostics.iter().map(|problem| problem.code.0).collect()
}

fn manifest(report: &BuildReport) -> ModuleManifest {
    let archive = fs::read(&report.package).unwrap();
    let package =
        UnverifiedPackage::read(&archive).unwrap().allow_unsigned(&KeySet::new(), FileId(0)).unwrap();
    package.check_payloads().unwrap();
    package.manifest().clone()
}

fn has_zig() -> bool {
    let found = std::process::Command::new("python3").args(["-m", "ziglang", "version"]).output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("not tried: zig is missing");
    }
    found
}

/// Builds a module in two folders: the same package.
fn twice(path: &str, targets: &[&str]) -> (BuildReport, TempDir) {
    let (first, second) = (module(path), module(path));
    let report = built(first.path(), targets);
    let again = built(second.path(), targets);
    assert!(
        fs::read(&report.package).unwrap() == fs::read(&again.package).unwrap(),
        "{path} depends on its folder"
    );
    (report, first)
}

#[test]
fn a_module_in_c() {
    let (report, _folder) = twice("hello/modules/adder", &[]);
    let manifest = manifest(&report);
    assert_eq!((manifest.name.as_str(), manifest.version.to_string().as_str()), ("adder", "1.0.0"));
    assert!(manifest.descriptor.contains("export function add(a: number, b: number): number;"));
    assert!(!manifest.constructors);
    assert_eq!(manifest.abi_version(), raya_abi::version::ABI_VERSION);
    let paths: Vec<String> = manifest.payloads.iter().map(|payload| payload.path()).collect();
    assert_eq!(
        paths,
        [
            "lib/x86_64-unknown-linux-gnu/shared.so.zst",
            "lib/x86_64-unknown-linux-gnu/static.a.zst",
            "lib/x86_64-unknown-linux-musl/static.a.zst"
        ]
    );
    // It goes through the table: nothing of Raya's is left for a linker to find.
    assert!(report.targets.iter().all(|target| target.imports.is_empty()), "{:?}", report.targets);
}

#[test]
fn modules_of_the_login_example() {
    let (report, _folder) = twice("login/modules/users", &[GNU, MUSL]);
    assert!(report.targets[0].imports.contains(&"strcmp".to_owned()));
    if has_zig() {
        let (report, _folder) = twice("login/modules/password", &[GNU, MUSL]);
        let manifest = manifest(&report);
        assert!(manifest.payload(PayloadKind::Stub, None).is_some());
        assert!(report.targets.iter().any(|target| target.triple == Triple::X86_64_LINUX_MUSL));
    }
    let (report, _folder) = twice("login/modules/session", &[GNU, MUSL]);
    let manifest = manifest(&report);
    assert!(manifest.descriptor.contains("type Session = native"), "{}", manifest.descriptor);
}

#[test]
fn the_specifications_rust_module() {
    let (report, folder) = twice("files/modules/fs", &[GNU, MUSL]);
    let manifest = manifest(&report);
    assert!(manifest.descriptor.contains("readFile"), "{}", manifest.descriptor);
    let bytes = fs::read(&report.package).unwrap();
    assert!(bytes.len() < 16 << 20, "{} bytes", bytes.len());
    for target in &report.targets {
        eprintln!("{}: archive {}, shared {:?}", target.triple, target.archive_bytes, target.shared_bytes);
    }
    drop(folder);
}

#[test]
fn the_specifications_cpp_module_with_openssl() {
    if !Path::new("/usr/include/openssl/sha.h").is_file() {
        eprintln!("not tried: OpenSSL's headers are missing");
        return;
    }
    let folder = module("crypto/modules/crypto");
    let report = built(folder.path(), &[]);
    let manifest = manifest(&report);
    assert!(manifest.constructors, "OpenSSL has constructors");
    assert!(manifest.descriptor.contains("constantTimeEqual"), "the stub is the interface");
    assert_eq!(report.warnings.len(), 1, "nobody asked the module");
    // OpenSSL is part of it: the shared library needs none.
    let source = fs::read_to_string(root().join("tests/fixtures/seed/crypto/crypto.cpp")).unwrap();
    assert_eq!(
        source,
        fs::read_to_string(folder.path().join("crypto.cpp")).unwrap(),
        "the source is unchanged"
    );
    // Without one for musl, the one for glibc is not taken.
    let for_musl = folder.path().join("libraries").join(MUSL);
    if for_musl.exists() {
        fs::remove_dir_all(for_musl).unwrap();
    }
    assert!(codes_of(build_in(folder.path(), &[MUSL], None)).contains(&"R4005"));
}

fn codes_of(result: Result<BuildReport, BuildFailure>) -> Vec<&'static str> {
    result.unwrap_err().diagnostics.iter().map(|problem| problem.code.0).collect()
}

const MANIFEST: &str =
    "[module]\nname = \"demo\"\nversion = \"1.0.0\"\nlanguage = \"c\"\n\n[build]\nsources = [\"demo.c\"]\n";
const STUBBED: &str = "[module]\nname = \"demo\"\nversion = \"1.0.0\"\nlanguage = \"c\"\nstub = \"demo.raya\"\n\n[build]\nsources = [\"demo.c\"]\n";
const SOURCE: &str = "#include <raya/module.h>\n\
    static RayaValue *f(RayaContext *ctx, RayaValue **args, size_t argc) { (void)args; (void)argc; return raya_value_null(ctx); }\n\
    RAYA_MODULE_INIT(demo) {\n\
    RayaModuleBuilder *builder = raya_module_builder_new(\"demo\", \"1.0.0\");\n\
    raya_module_add_function(builder, \"f\", f, 1);\n\
    return raya_module_builder_finish(builder);\n}\n";
const DESCRIPTOR: &str = "RAYA_MODULE_DESCRIPTOR(demo, \"declare module \\\"native:demo\\\" { export function f(x: int): null; }\")\n";
const STUB: &str = "declare module \"native:demo\" {\n  export function f(x: int): null;\n}\n";

#[test]
fn stub_and_code_must_name_the_same_functions() {
    let stubbed = written(&[("raya-module.toml", STUBBED), ("demo.c", SOURCE), ("demo.raya", STUB)]);
    let source = format!("{SOURCE}{DESCRIPTOR}");
    let described = written(&[("raya-module.toml", MANIFEST), ("demo.c", &source)]);
    for folder in [stubbed, described] {
        for (functions, expected) in [
            (probed("1.0.0", &[("f", 2)]), vec!["R4017"]),
            (probed("1.0.0", &[("g", 1)]), vec!["R4017", "R4017"]),
            (probed("1.0.0", &[("f", 1), ("g", 1)]), vec!["R4017"]),
            (probed("2.0.0", &[("f", 1)]), vec!["R4022"]),
            (probed("2.0.0", &[]), vec!["R4017", "R4022"]),
        ] {
            let probe = move |_: &raya_fallback::Inspected| Ok(functions.clone());
            assert_eq!(codes(folder.path(), &[GNU], Some(&probe)), expected);
        }
        for (version, expected) in [("1.0.0", vec![]), ("1.0.1", vec!["R4022"])] {
            let agrees = probed(version, &[("f", 1)]);
            let probe = move |_: &raya_fallback::Inspected| Ok(agrees.clone());
            let warnings = build_in(folder.path(), &[GNU], Some(&probe)).unwrap().warnings;
            assert_eq!(warnings.iter().map(|warning| warning.code.0).collect::<Vec<_>>(), expected);
        }
    }
}

fn probed(version: &str, functions: &[(&str, usize)]) -> ProbedModule {
    let functions =
        functions.iter().map(|(name, arity)| ProbedFunction { name: (*name).to_owned(), arity: *arity });
    ProbedModule { version: version.to_owned(), functions: functions.collect() }
}

/// A module that could not be asked is an error where nothing else describes it; one that no host would take always is.
#[test]
fn a_probe_that_fails() {
    let source = format!("{SOURCE}{DESCRIPTOR}");
    let described = written(&[("raya-module.toml", MANIFEST), ("demo.c", &source)]);
    let plain = written(&[("raya-module.toml", MANIFEST), ("demo.c", SOURCE)]);
    let failing = |code| move |_: &raya_fallback::Inspected| Err(raya_source::Diagnostic::error(code, "…"));
    let (unasked, invalid) = (failing(raya_builder::PROBE_FAILED), failing(raya_builder::MODULE_INVALID));
    let warnings = build_in(described.path(), &[GNU], Some(&unasked)).unwrap().warnings;
    assert_eq!(
        warnings.iter().map(|warning| (warning.code.0, warning.is_error())).collect::<Vec<_>>(),
        [("R4020", false)]
    );
    fs::remove_file(described.path().join("demo-1.0.0.rmod")).unwrap();
    assert_eq!(codes(described.path(), &[GNU], Some(&invalid)), ["R4021"]);
    assert_eq!(codes(plain.path(), &[GNU], Some(&unasked)), ["R4020"]);
}

#[test]
fn headers_of_the_target_come_before_those_of_all() {
    let module = written(&[
        ("raya-module.toml", &format!("{STUBBED}include-dirs = [\"headers\"]\n")),
        (
            "demo.c",
            &format!(
                "#include <whose.h>\n#if WHOSE != 1\n#error the headers of all targets\n#endif\n{SOURCE}"
            ),
        ),
        ("demo.raya", STUB),
        ("headers/whose.h", "#define WHOSE 0\n"),
        (&format!("headers/{GNU}/whose.h"), "#define WHOSE 1\n"),
    ]);
    built(module.path(), &[GNU]);
}

#[test]
fn a_package_replaces_no_source() {
    let folder = written(&[("raya-module.toml", STUBBED), ("demo.c", SOURCE), ("demo.raya", STUB)]);
    for (name, expected) in
        [("demo.c", "R2007"), ("demo.raya", "R2007"), ("raya-module.toml", "R2007"), ("no/x.rmod", "R2008")]
    {
        let output = folder.path().join(name);
        let toolchain = Toolchain::from_environment();
        let targets = [GNU.to_owned()];
        let request = BuildRequest {
            folder: folder.path(),
            output: Some(&output),
            targets: &targets,
            toolchain: &toolchain,
            offline: true,
            probe: None,
        };
        assert_eq!(codes_of(build(&request)), [expected], "{name}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("demo.c")).unwrap(), SOURCE);
}

#[test]
fn a_module_without_types_gets_a_stub_to_start_from() {
    let folder = written(&[("raya-module.toml", MANIFEST), ("demo.c", SOURCE)]);
    let probe = |_: &raya_fallback::Inspected| Ok(probed("1.0.0", &[("f", 2)]));
    let failure = build_in(folder.path(), &[GNU], Some(&probe)).unwrap_err();
    assert_eq!(failure.diagnostics[0].code.0, "R4016");
    assert!(
        failure.diagnostics[0].notes[0]
            .contains("export function f(argument1: TYPE, argument2: TYPE): TYPE;")
    );
}

/// A name, files, targets, and the code that is expected.
type Case<'c> = (&'c str, Vec<(&'c str, String)>, &'c [&'c str], &'c str);

#[test]
fn what_is_wrong_with_a_module_has_a_code() {
    let source = |text: &str| SOURCE.replace("(demo)", text);
    let bad_stub = "declare module \"native:other\" {\n  export function f(x: int): null;\n}\n";
    let cases: Vec<Case<'_>> = vec![
        ("no manifest", vec![], &[GNU], "R4010"),
        ("no source", vec![("raya-module.toml", MANIFEST.to_owned())], &[GNU], "R4010"),
        (
            "a source that does not compile",
            vec![("raya-module.toml", MANIFEST.to_owned()), ("demo.c", "int f( {".to_owned())],
            &[GNU],
            "R4002",
        ),
        (
            "no init",
            vec![("raya-module.toml", MANIFEST.to_owned()), ("demo.c", "int x;\n".to_owned())],
            &[GNU],
            "R4012",
        ),
        (
            "another name",
            vec![("raya-module.toml", MANIFEST.to_owned()), ("demo.c", source("(other)"))],
            &[GNU],
            "R4013",
        ),
        (
            "another target",
            vec![("raya-module.toml", MANIFEST.to_owned()), ("demo.c", SOURCE.to_owned())],
            &["x86_64-pc-windows-gnu"],
            "R4003",
        ),
        (
            "a stub of another module",
            vec![
                ("raya-module.toml", STUBBED.to_owned()),
                ("demo.c", SOURCE.to_owned()),
                ("demo.raya", bad_stub.to_owned()),
            ],
            &[GNU],
            "R4018",
        ),
        (
            "a stub without a block",
            vec![
                ("raya-module.toml", STUBBED.to_owned()),
                ("demo.c", SOURCE.to_owned()),
                ("demo.raya", "export function f(x: int): null = native;\n".to_owned()),
            ],
            &[GNU],
            "R4018",
        ),
        (
            "a type that does not exist",
            vec![
                ("raya-module.toml", STUBBED.to_owned()),
                ("demo.c", SOURCE.to_owned()),
                ("demo.raya", STUB.replace("int", "numbr")),
            ],
            &[GNU],
            "R0211",
        ),
        (
            "the same in a descriptor",
            vec![
                ("raya-module.toml", MANIFEST.to_owned()),
                ("demo.c", format!("{SOURCE}{}", DESCRIPTOR.replace("int", "numbr"))),
            ],
            &[GNU],
            "R0211",
        ),
        (
            "a stub that disagrees with the descriptor",
            vec![
                ("raya-module.toml", STUBBED.to_owned()),
                ("demo.c", format!("{SOURCE}{DESCRIPTOR}")),
                ("demo.raya", STUB.replace("int", "string")),
            ],
            &[GNU],
            "R0505",
        ),
        (
            "a folder of libraries that is not there",
            vec![
                ("raya-module.toml", format!("{MANIFEST}library-dirs = [\"nowhere\"]\n")),
                ("demo.c", SOURCE.to_owned()),
            ],
            &[GNU],
            "R4010",
        ),
        (
            "no stub where one is named",
            vec![("raya-module.toml", STUBBED.to_owned()), ("demo.c", SOURCE.to_owned())],
            &[GNU],
            "R4010",
        ),
        (
            "a source outside",
            vec![("raya-module.toml", MANIFEST.replace("demo.c", "../demo.c"))],
            &[GNU],
            "R4011",
        ),
        (
            "a source that a compiler would take for a file of options",
            vec![
                ("raya-module.toml", MANIFEST.replace("demo.c", "@args.c")),
                ("@args.c", "-wrapper ./run.sh demo.c".to_owned()),
                ("demo.c", SOURCE.to_owned()),
            ],
            &[GNU],
            "R4031",
        ),
        (
            "folders of headers that a compiler would take for options",
            vec![
                ("raya-module.toml", format!("{MANIFEST}include-dirs = [\"sub/-wrapper\"]\n")),
                ("demo.c", SOURCE.to_owned()),
            ],
            &[GNU],
            "R4031",
        ),
        (
            "a header as a source",
            vec![("raya-module.toml", MANIFEST.replace("demo.c", "demo.h"))],
            &[GNU],
            "R4011",
        ),
        (
            "a library that is not there",
            vec![
                ("raya-module.toml", format!("{MANIFEST}libraries = [\"no_such_library\"]\n")),
                ("demo.c", SOURCE.to_owned()),
            ],
            &[GNU],
            "R4005",
        ),
        (
            "its own malloc",
            vec![
                ("raya-module.toml", STUBBED.to_owned()),
                ("demo.c", format!("{SOURCE}\nvoid *malloc(size_t size) {{ (void)size; return 0; }}\n")),
                ("demo.raya", STUB.to_owned()),
            ],
            &[GNU],
            "R4008",
        ),
    ];
    for (name, files, targets, expected) in cases {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let folder = written(&files);
        assert_eq!(codes(folder.path(), targets, None), [expected], "{name}");
    }
}

#[test]
fn nothing_is_written_through_a_link_that_lay_there() {
    let elsewhere = tempfile::tempdir().unwrap();
    let victim = elsewhere.path().join("victim");
    fs::write(&victim, "what was there before").unwrap();
    let objects = format!("target/raya/objects/{GNU}");
    for (link, leads_to) in [
        (format!("{objects}/demo.c.o"), victim.as_path()),
        ("target/raya/libdemo.so".to_owned(), victim.as_path()),
        ("target/raya/sdk".to_owned(), elsewhere.path()),
        ("target/raya".to_owned(), elsewhere.path()),
        ("target".to_owned(), elsewhere.path()),
    ] {
        let folder = written(&[("raya-module.toml", STUBBED), ("demo.c", SOURCE), ("demo.raya", STUB)]);
        let link = folder.path().join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(leads_to, &link).unwrap();
        assert_eq!(codes(folder.path(), &[GNU], None), ["R4032"], "{}", link.display());
        assert_eq!(fs::read(&victim).unwrap(), b"what was there before");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "{}", link.display());
    }
    // One file with two names is not written to either: it is removed first.
    let folder = written(&[("raya-module.toml", STUBBED), ("demo.c", SOURCE), ("demo.raya", STUB)]);
    fs::create_dir_all(folder.path().join(&objects)).unwrap();
    let same_file = elsewhere.path().join("same");
    fs::write(folder.path().join(&objects).join("demo.c.o"), "what was there before").unwrap();
    fs::hard_link(folder.path().join(&objects).join("demo.c.o"), &same_file).unwrap();
    built(folder.path(), &[GNU]);
    assert_eq!(fs::read(&same_file).unwrap(), b"what was there before");
}

#[test]
fn a_broken_manifest_points_at_the_place() {
    let folder = written(&[(
        "raya-module.toml",
        "[module]\nname = \"Demo\"\nversion = \"1\"\nlanguage = \"basic\"\n",
    )]);
    let failure = build_in(folder.path(), &[GNU], None).unwrap_err();
    assert_eq!(failure.diagnostics.len(), 3, "{:?}", failure.diagnostics);
    assert!(failure.diagnostics.iter().all(|problem| problem.primary.is_some()));
}

/// The examples claim to spell the specification's sources as it does.
#[test]
fn the_examples_are_the_specifications_letter_by_letter() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    for (example, specified) in [
        ("examples/files/files.raya", "tests/fixtures/seed/fs/usage.raya"),
        ("examples/files/modules/fs/src/lib.rs", "tests/fixtures/seed/fs/src/lib.rs"),
        ("examples/files/modules/fs/Cargo.toml", "tests/fixtures/seed/fs/Cargo.toml"),
        ("examples/crypto/modules/crypto/crypto.cpp", "tests/fixtures/seed/crypto/crypto.cpp"),
        ("examples/crypto/modules/crypto/crypto.raya", "tests/fixtures/seed/crypto/crypto.raya"),
    ] {
        assert_eq!(read(example), read(specified), "{example}");
    }
    let usage = read("tests/fixtures/seed/crypto/usage.raya");
    let program = read("examples/crypto/crypto.raya");
    assert!(program.starts_with(&usage) && program.contains("function getUserInput(): string"));
}
