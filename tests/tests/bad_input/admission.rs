//! Files that are not what their names say, and modules that cannot become part of a program.

use std::process::Command;

use raya_manifests::package::{PackLevel, PackageDraft, PayloadSource, UnverifiedPackage};
use raya_manifests::{ModuleManifest, PayloadKind, Triple, Version};
use raya_signing::KeySet;
use raya_source::FileId;
use raya_tests::app::App;
use raya_tests::command::succeed;
use raya_tests::fixture::{Fixture, payload, sdk};
use raya_tests::{GNU, MUSL};

use crate::search::PROGRAM;
use crate::{Case, Outcome::Refuses};

const BUNDLE: &str = "RAYA_MODULE_PATH=$PWD/modules raya bundle main.raya -o app";
const RUN: &str = "RAYA_MODULE_PATH=$PWD/modules raya run main.raya";

pub(crate) const CASES: &[Case] = &[
    Case {
        input: "a linker script named `libadder.a`",
        command: BUNDLE,
        prepare: || with_archive(b"INPUT(/usr/lib/x86_64-linux-gnu/libc.a)\n"),
        outcome: Refuses(&["R1250"], 1),
    },
    Case {
        input: "a thin archive, which names files elsewhere",
        command: BUNDLE,
        prepare: || {
            let app = with_archive(b"");
            compile(&app, "gcc", &["-fPIC"], PLAIN, "ar rcsT modules/libadder.a code.o");
            app
        },
        outcome: Refuses(&["R1250"], 1),
    },
    Case {
        input: "an archive of something that is no object",
        command: BUNDLE,
        prepare: || {
            let app = with_archive(b"");
            app.write("notes.txt", "hello");
            shell(&app, "rm modules/libadder.a && ar rcs modules/libadder.a notes.txt");
            app
        },
        outcome: Refuses(&["R1250"], 1),
    },
    Case {
        input: "an archive for another machine",
        command: BUNDLE,
        prepare: || {
            let mut bytes = archive();
            // The machine is a 16-bit number at offset 18 of an ELF file.
            let elf: Vec<usize> = bytes
                .windows(4)
                .enumerate()
                .filter(|(_, four)| four == b"\x7fELF")
                .map(|(at, _)| at)
                .collect();
            for at in elf {
                bytes[at + 18..at + 20].copy_from_slice(&183u16.to_le_bytes());
            }
            with_archive(&bytes)
        },
        outcome: Refuses(&["R1262"], 1),
    },
    Case {
        input: "an archive of a library that is no Raya module",
        command: BUNDLE,
        prepare: || {
            let app = with_archive(b"");
            compile(&app, "gcc", &["-fPIC"], PLAIN, "ar rcs modules/libadder.a code.o");
            app
        },
        outcome: Refuses(&["R1251"], 1),
    },
    Case {
        input: "a shared library that is no Raya module",
        command: RUN,
        prepare: || {
            let app = with_archive(b"");
            compile(&app, "gcc", &["-fPIC"], PLAIN, "gcc -shared -o modules/libadder.so code.o");
            app
        },
        outcome: Refuses(&["R1251"], 1),
    },
    Case {
        input: "a module whose note names another module",
        command: BUNDLE,
        prepare: || {
            let mut bytes = archive();
            patch_note(&mut bytes, 16, b"other\0");
            with_archive(&bytes)
        },
        outcome: Refuses(&["R1252"], 1),
    },
    Case {
        input: "a module built for another ABI, linked",
        command: BUNDLE,
        prepare: || {
            let mut bytes = archive();
            patch_note(&mut bytes, 12, &0x0009_0000u32.to_le_bytes());
            with_archive(&bytes)
        },
        outcome: Refuses(&["R1253"], 1),
    },
    Case {
        input: "a module built for another ABI, loaded",
        command: RUN,
        prepare: || {
            let app = with_archive(b"");
            let mut bytes = payload(&Fixture::new("adder").package(), &format!("lib/{GNU}/shared.so"));
            patch_note(&mut bytes, 12, &0x0009_0000u32.to_le_bytes());
            app.write("modules/libadder.so", bytes);
            app
        },
        outcome: Refuses(&["R1253"], 1),
    },
    Case {
        input: "a module that calls a function nobody defines",
        command: BUNDLE,
        prepare: || {
            let app = with_archive(b"");
            compile_module(&app, &["-DMISSING"], "gcc");
            app
        },
        outcome: Refuses(&["R1402"], 1),
    },
    Case {
        input: "a module compiled for a link-time optimiser",
        command: BUNDLE,
        prepare: || {
            let app = with_archive(b"");
            compile_module(&app, &["-flto", "-fno-fat-lto-objects"], "gcc");
            app
        },
        outcome: Refuses(&["R1302"], 1),
    },
    Case {
        input: "the same, with machine code beside it",
        command: BUNDLE,
        prepare: || {
            let app = with_archive(b"");
            compile_module(&app, &["-flto", "-ffat-lto-objects"], "gcc");
            app
        },
        outcome: Refuses(&["R1302"], 1),
    },
    Case {
        input: "a C++ module for glibc, linked for musl",
        command: BUNDLE,
        prepare: || {
            let app = with_archive(b"");
            compile_module(&app, &["-DTHROWS"], "g++");
            app
        },
        outcome: Refuses(&["R1305"], 1),
    },
    Case {
        input: "a manifest that says another ABI than the module's objects",
        command: "raya bundle main.raya -o app",
        prepare: || {
            let archive =
                payload(&Fixture::new("adder").only_for(MUSL).package(), &format!("lib/{MUSL}/static.a"));
            repacked(archive, |manifest| manifest.abi = Version::new(9, 0, 0))
        },
        outcome: Refuses(&["R1260"], 1),
    },
    Case {
        input: "a descriptor in a module's objects that is no text",
        command: BUNDLE,
        prepare: || {
            let mut bytes = archive();
            let start = b"declare module";
            let at = bytes.windows(start.len()).position(|window| window == start).expect("a descriptor");
            bytes[at + 3] = 0xFF;
            with_archive(&bytes)
        },
        outcome: Refuses(&["R1264"], 1),
    },
    Case {
        input: "a constructor that the manifest denies",
        command: "raya bundle main.raya -o app",
        prepare: || {
            let app = with_archive(b"");
            compile_module(&app, &["-DEARLY"], "gcc");
            let archive = std::fs::read(app.path("modules/libadder.a")).expect("the archive");
            repacked(archive, |manifest| manifest.constructors = false)
        },
        outcome: Refuses(&["R1317"], 1),
    },
    Case {
        input: "a link in a package's folder",
        command: "raya bundle main.raya -o app",
        prepare: || {
            let app = App::new(PROGRAM);
            app.copy("package", &Fixture::new("adder").only_for(MUSL).package());
            shell(
                &app,
                "mkdir -p vendor/adder && tar -xf package/*.rmod -C vendor/adder && ln -s /etc/passwd vendor/adder/sbom.cdx.json.zst",
            );
            app
        },
        outcome: Refuses(&["R1006"], 1),
    },
    Case {
        input: "a stub that names other functions than the module's code registers",
        command: "raya module build module; code=$?; rm -r module/target; exit $code",
        prepare: || {
            let app = App::new("");
            let code = include_str!("../../fixtures/throwing/module.cpp");
            app.write("module/module.cpp", code);
            app.write("module/throwing.raya", "declare module \"native:throwing\" {\n    export function catches(message: string): string;\n}\n");
            let recipe = include_str!("../../fixtures/throwing/raya-module.toml");
            let for_glibc = "[build]\ntargets = [\"x86_64-unknown-linux-gnu\"]";
            app.write("module/raya-module.toml", recipe.replace("[build]", for_glibc));
            app
        },
        outcome: Refuses(
            &["R4017", "R4017", "R4017", "R4017", "R4017", "R4017", "R4017", "R4017", "R4017"],
            1,
        ),
    },
];

/// A package of the module `adder` with a static archive for musl, its manifest changed.
fn repacked(archive: Vec<u8>, change: fn(&mut ModuleManifest)) -> App {
    let original =
        std::fs::read(Fixture::new("adder").only_for(MUSL).package()).expect("the package can be read");
    let package = UnverifiedPackage::read(&original).expect("a package");
    let package = package.allow_unsigned(&KeySet::new(), FileId(0)).expect("a package without signatures");
    let mut manifest = package.manifest().clone();
    change(&mut manifest);
    let payload = PayloadSource { kind: PayloadKind::Static, triple: Triple::new(MUSL), bytes: archive };
    let draft = PackageDraft::new(manifest, vec![payload], PackLevel::Fast).expect("a package");
    let app = App::new(PROGRAM);
    app.write("vendor/adder-1.0.0.rmod", draft.to_archive().expect("a package"));
    app
}

/// C that is no module.
const PLAIN: &str = "int plain(int value) { return value + 1; }\n";

/// A module whose code a definition of a macro breaks.
const MODULE: &str = r#"
#include <raya/module.h>
#ifdef THROWS
#include <string>
#endif
RAYA_MODULE_DESCRIPTOR(adder,
    "declare module \"native:adder\" {\n"
    "    export function add(left: int, right: int): int;\n"
    "    export function describe(): string;\n"
    "}\n")
#ifdef EARLY
static volatile int seen;
__attribute__((constructor)) static void early(void) { seen = 1; }
#endif
#ifdef __cplusplus
extern "C"
#endif
int nobody_defines_this(void);
static RayaValue *add(RayaContext *ctx, RayaValue **args, size_t argc)
{
    (void)argc;
#ifdef MISSING
    return raya_value_from_i32(ctx, nobody_defines_this());
#elif defined THROWS
    std::string text(raya_value_to_string(args[0]));
    if (text.empty()) throw std::string("empty");
    return raya_value_from_i32(ctx, (int)(text + text).size());
#else
    return raya_value_from_i32(ctx, raya_value_to_i32(args[0]));
#endif
}
RAYA_MODULE_INIT(adder)
{
    RayaModuleBuilder *builder = raya_module_builder_new("adder", "1.0.0");
    raya_module_add_function(builder, "add", add, 2);
    raya_module_add_function(builder, "describe", add, 0);
    return raya_module_builder_finish(builder);
}
"#;

fn archive() -> Vec<u8> {
    payload(&Fixture::new("adder").package(), &format!("lib/{MUSL}/static.a"))
}

fn with_archive(bytes: &[u8]) -> App {
    let app = App::new(PROGRAM);
    app.write("modules/libadder.a", bytes);
    app
}

/// Changes bytes of every module note; `at` counts from the note's start.
fn patch_note(bytes: &mut [u8], at: usize, value: &[u8]) {
    let notes: Vec<usize> =
        bytes.windows(8).enumerate().filter(|(_, window)| window == b"RAYANOTE").map(|(at, _)| at).collect();
    assert!(!notes.is_empty(), "the module has a note");
    for note in notes {
        bytes[note + at..note + at + value.len()].copy_from_slice(value);
    }
}

/// Compiles a text to `code.o`, removes the archive, and runs what makes the module's file.
fn compile(app: &App, compiler: &str, flags: &[&str], text: &str, then: &str) {
    let source = if compiler == "g++" { "code.cpp" } else { "code.c" };
    app.write(source, text);
    let mut command = Command::new(compiler);
    command.current_dir(app.folder()).args(["-O1", "-c", "-o", "code.o"]).args(flags).arg(source);
    succeed(&mut command);
    shell(app, &format!("rm -f modules/libadder.a && {then}"));
}

fn compile_module(app: &App, flags: &[&str], compiler: &str) {
    let include = format!("-I{}", sdk().join("include").display());
    let flags: Vec<&str> = [&["-fPIC", &include], flags].concat();
    compile(app, compiler, &flags, MODULE, "ar rcs modules/libadder.a code.o");
}

fn shell(app: &App, line: &str) {
    succeed(Command::new("sh").args(["-c", line]).current_dir(app.folder()));
}
