//! Isolation, emission, link and seal together: modules with colliding names become images that run.
//!
//! Fixtures are compiled here by the machine's C compiler; a test whose tools are missing says so and passes.

#![allow(clippy::unwrap_used, reason = "a helper of a test that fails should fail the test")]

mod support;

use raya_bundler::phase::admit::AdmittedArchive;
use raya_bundler::phase::emit;
use raya_bundler::phase::emit::{Emitted, MANIFEST_SECTION, PROGRAM_SECTION};
use raya_bundler::phase::isolate::{self, Isolated, ModuleInput};
use raya_bundler::phase::link::{self, Form, Linked, Linker};
use raya_bundler::phase::seal::{self, ImageSigner};
use raya_source::Diagnostic;
use support::{Fixtures, GNU, MUSL};

fn isolated(target: &str, modules: &[(&str, &[u8])]) -> Result<Isolated, Vec<Diagnostic>> {
    isolated_as(target, modules, false, None)
}

/// In a locked image or not, with what the manifests say of constructors.
fn isolated_as(
    target: &str,
    modules: &[(&str, &[u8])],
    locked: bool,
    constructors: Option<bool>,
) -> Result<Isolated, Vec<Diagnostic>> {
    let admitted: Vec<(&str, AdmittedArchive)> = modules
        .iter()
        .map(|(name, archive)| (*name, AdmittedArchive::unverified(archive.to_vec())))
        .collect();
    let modules = admitted.iter().map(|(name, archive)| ModuleInput {
        name,
        version: "1.2.3",
        abi_version: 0x1_0000,
        archives: vec![archive],
        constructors,
        may_unwind: None,
    });
    let interface = raya_packs::SystemNames::from_lines(b"raya_test_offered\n");
    isolate::isolate(&isolate::Request { target, locked, modules: modules.collect(), interface: &interface })
}

fn emitted(target: &str, isolated: &Isolated, builtins: &[String]) -> Emitted {
    let request = emit::Request {
        target,
        program: b"program bytes",
        manifest: b"manifest bytes",
        modules: &isolated.modules,
        builtins,
        flags: 0,
    };
    emit::emit(&request).unwrap()
}

struct Bundle<'fixtures> {
    fixtures: &'fixtures Fixtures,
    target: &'static str,
    form: Form,
    linker: Linker,
    builtins: Vec<String>,
}

impl<'fixtures> Bundle<'fixtures> {
    fn new(fixtures: &'fixtures Fixtures, target: &'static str) -> Self {
        Bundle { fixtures, target, form: Form::StaticPie, linker: Linker::InProcess, builtins: vec![] }
    }

    fn link(&self, isolated: &Isolated) -> Result<(Linked, Emitted), Vec<Diagnostic>> {
        let emitted = emitted(self.target, isolated, &self.builtins);
        let request = link::Request {
            target: self.target,
            form: self.form,
            keeps_symbols: false,
            pack: self.fixtures.pack(self.target),
            modules: &isolated.modules,
            object: &emitted.object,
            linker: &self.linker,
            begun: None,
        };
        Ok((link::link(request)?, emitted))
    }

    fn image(&self, modules: &[(&str, &[u8])]) -> Result<Vec<u8>, Vec<Diagnostic>> {
        let (linked, emitted) = self.link(&isolated(self.target, modules)?)?;
        let request = seal::Request { linked, form: self.form, intention: &emitted.intention, signer: None };
        Ok(seal::seal(request)?.image().to_vec())
    }

    /// Bundles, runs, and gives the exit code: the sum of what the modules' init functions return.
    fn run(&self, modules: &[(&str, &[u8])]) -> i32 {
        let image = self.image(modules).unwrap_or_else(|problems| panic!("{problems:#?}"));
        self.fixtures.run(&image)
    }
}

#[test]
fn colliding_c_modules_each_reach_their_own_names() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let (one, two) = (fixtures.colliding("one", 3), fixtures.colliding("two", 5));
    assert_eq!(Bundle::new(&fixtures, MUSL).run(&[("one", &one), ("two", &two)]), 8);
}

#[test]
fn colliding_rust_modules_each_have_their_own_standard_library() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let (one, two) = (fixtures.rust("first", 2), fixtures.rust("second", 4));
    let c = fixtures.colliding("one", 3);
    assert_eq!(Bundle::new(&fixtures, MUSL).run(&[("first", &one), ("second", &two), ("one", &c)]), 9);
}

#[test]
fn colliding_cxx_modules_throw_and_catch_their_own_types() {
    let Some(fixtures) = Fixtures::for_musl_cxx() else {
        return;
    };
    let (one, two) = (fixtures.cxx("alpha", 2), fixtures.cxx("beta", 7));
    let isolated = isolated(MUSL, &[("alpha", &one), ("beta", &two)]).unwrap();
    assert!(isolated.modules.iter().all(|module| module.may_unwind));
    assert_eq!(Bundle::new(&fixtures, MUSL).run(&[("alpha", &one), ("beta", &two)]), 9);
}

#[test]
fn glibc_images_run_in_both_forms() {
    let Some(fixtures) = Fixtures::for_gnu() else {
        return;
    };
    let (one, two) = (fixtures.colliding_gnu("one", 3), fixtures.colliding_gnu("two", 5));
    let cxx = fixtures.cxx_gnu("alpha", 2);
    for form in [Form::StaticPie, Form::DynamicPie] {
        let bundle = Bundle { form, ..Bundle::new(&fixtures, GNU) };
        assert_eq!(bundle.run(&[("one", &one), ("two", &two), ("alpha", &cxx)]), 10, "{form:?}");
    }
}

#[test]
fn other_linkers_take_the_same_line() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let (one, two) = (fixtures.colliding("one", 3), fixtures.colliding("two", 5));
    for (program, is_driver) in [("cc", true), ("ld", false)] {
        let linker = Linker::External { program: program.into(), is_driver };
        let bundle = Bundle { linker, ..Bundle::new(&fixtures, MUSL) };
        assert_eq!(bundle.run(&[("one", &one), ("two", &two)]), 8, "{program}");
    }
}

#[test]
fn the_linker_runs_in_a_child_of_the_command() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let one = fixtures.colliding("one", 3);
    let direct = Bundle::new(&fixtures, MUSL);
    let linker = Linker::BuiltIn { executable: env!("CARGO_BIN_EXE_raya").into() };
    let child = Bundle { linker, ..Bundle::new(&fixtures, MUSL) };
    assert_eq!(child.image(&[("one", &one)]).unwrap(), direct.image(&[("one", &one)]).unwrap());

    let linker = Linker::BuiltIn { executable: "/nonexistent".into() };
    let missing = Bundle { linker, ..Bundle::new(&fixtures, MUSL) };
    assert_eq!(missing.image(&[("one", &one)]).unwrap_err()[0].code, link::LINKER_NOT_STARTED);
    let linker = Linker::BuiltIn { executable: "/bin/false".into() };
    let mute = Bundle { linker, ..Bundle::new(&fixtures, MUSL) };
    assert_eq!(mute.image(&[("one", &one)]).unwrap_err()[0].code, link::LINKER_CRASHED);
}

#[test]
fn builtins_reach_the_image_through_the_table_only() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let one = fixtures.colliding("one", 3);
    let bundle = Bundle { builtins: vec!["Math.abs".into()], ..Bundle::new(&fixtures, MUSL) };
    assert_eq!(bundle.run(&[("one", &one)]), 4);
    let bundle = Bundle { builtins: vec!["Math.nothing".into()], ..Bundle::new(&fixtures, MUSL) };
    assert_eq!(bundle.image(&[("one", &one)]).unwrap_err()[0].code, link::LINK_FAILED);
}

#[test]
fn same_inputs_give_same_bytes_for_any_number_of_threads() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let (one, two) = (fixtures.colliding("one", 3), fixtures.rust("first", 2));
    let bundle = Bundle::new(&fixtures, MUSL);
    let first = bundle.image(&[("one", &one), ("first", &two)]).unwrap();
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let again = pool.install(|| bundle.image(&[("first", &two), ("one", &one)]).unwrap());
        assert!(again == first, "{threads} threads");
    }
}

#[test]
fn a_module_captures_nothing_of_the_launcher_or_of_its_neighbours() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let neighbour = fixtures.colliding("one", 3);
    // `helper` exists in the launcher and in the neighbour, and neither is reachable.
    let bundle = Bundle::new(&fixtures, MUSL);
    let asks = |name: &str| {
        let source = format!("long {name}(void); long raya_module_init_asks(void) {{ return {name}(); }}");
        fixtures.c_source("asks", &source)
    };
    let problems = bundle.image(&[("one", &neighbour), ("asks", &asks("helper"))]).unwrap_err();
    assert_eq!(problems[0].code, link::UNDEFINED_SYMBOL, "{problems:#?}");
    assert!(problems[0].message.contains("module `asks` needs `helper`"));
    assert!(problems[0].notes[0].contains("asks.o"));

    for name in ["raya_m3one_helper", "raya_module_init_one", "raya_bundle", "raya_builtin_Math_abs", "main"]
    {
        let problems = bundle.image(&[("one", &neighbour), ("asks", &asks(name))]).unwrap_err();
        assert_eq!(problems[0].code, isolate::RESERVED_NAME, "{name}");
    }
    assert_eq!(bundle.run(&[("one", &neighbour), ("asks", &asks("raya_test_offered"))]), 10);
}

#[test]
fn a_module_reads_no_section_of_a_neighbour() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let vault = "__attribute__((section(\"vault\"), used)) static char secret[16] = \"of my neighbour!\";\n";
    let bounds = "extern char __start_vault[], __stop_vault[];\n";
    let own =
        format!("{vault}{bounds}long raya_module_init_a(void) {{ return __stop_vault - __start_vault; }}");
    let neighbour = fixtures.c_source("a", &own);
    let reads = |symbol: &str| {
        let weak = format!("extern char bound[] __asm__(\"{symbol}\") __attribute__((weak));\n");
        fixtures.c_source("b", &format!("{weak}long raya_module_init_b(void) {{ return (long)bound; }}"))
    };
    let bundle = Bundle::new(&fixtures, MUSL);
    for symbol in [
        "__start_raya_m1a_vault",
        "__stop_raya_m1a_vault",
        "__start_vault",
        "__start___libc_atexit",
        ".startof.raya_m1a_vault",
        ".sizeof.raya_m1a_vault",
    ] {
        let problems = bundle.image(&[("a", &neighbour), ("b", &reads(symbol))]).unwrap_err();
        assert_eq!(problems[0].code, isolate::RESERVED_NAME, "{symbol}");
        assert!(problems[0].message.contains(symbol), "{problems:#?}");
    }
    assert_eq!(bundle.run(&[("a", &neighbour)]), 16, "a module's own sections are its own");
}

#[test]
fn code_that_runs_before_the_first_call_must_be_declared() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let init = "long raya_module_init_m(void) { return 0; }\nstatic void early(void) {}\nstatic volatile int seen;\n";
    let source = |text: &str| fixtures.c_source("m", &format!("{init}{text}"));
    let table = |section: &str| {
        source(&format!("__attribute__((section(\"{section}\"), used)) static void *p = (void *)early;"))
    };
    let early = [
        (MUSL, source("__attribute__((constructor)) static void first(void) { seen = 1; }")),
        (MUSL, source("__attribute__((destructor)) static void last(void) { seen = 2; }")),
        (MUSL, table(".init_array.00001")),
        (MUSL, table(".ctors")),
        (MUSL, table(".ctors.65535")),
        (MUSL, source("__asm__(\".section .init,\\\"ax\\\",@progbits\\n nop\\n .text\");")),
        (GNU, fixtures.colliding_gnu("m", 3)),
    ];
    for (target, archive) in &early {
        let modules: [(&str, &[u8]); 1] = [("m", archive)];
        let problems = isolated_as(target, &modules, false, Some(false)).map(|_| ()).unwrap_err();
        assert_eq!(problems[0].code, isolate::UNDECLARED_CONSTRUCTORS, "{problems:#?}");
        let declared = isolated_as(target, &modules, false, Some(true)).unwrap();
        assert!(declared.modules[0].report.runs_early());
        isolated_as(target, &modules, false, None).unwrap();
    }
    let quiet = source("");
    assert!(isolated_as(MUSL, &[("m", &quiet)], true, Some(false)).is_ok());
    // Declared or not: what resolves them runs before a locked image for glibc has closed itself.
    let indirect = fixtures.colliding_gnu("m", 3);
    let problems = isolated_as(GNU, &[("m", &indirect)], true, Some(true)).map(|_| ()).unwrap_err();
    assert_eq!(problems[0].code, isolate::INDIRECT_FUNCTION, "{problems:#?}");
}

#[test]
fn names_without_end_are_refused() {
    let object = |name_bytes: usize, symbols: usize| support::object_with_shared_name(name_bytes, symbols);
    let code = |members: &[(&str, Vec<u8>)]| {
        let problems = isolated(MUSL, &[("m", &support::archive(members))]).map(|_| ()).unwrap_err();
        problems[0].code
    };
    // 512 symbols that share one name of 8 MiB: renamed, they would need more than 32 bits can number.
    assert_eq!(code(&[("s.o", object(8 << 20, 512))]), isolate::NAMES_TOO_LONG);
    assert_eq!(code(&[("s.o", object((64 << 10) + 1, 1))]), isolate::NAMES_TOO_LONG);
    // Many names of a length that is accepted, in one object and in several.
    assert_eq!(code(&[("s.o", object(64 << 10, 5000))]), isolate::NAMES_TOO_LONG);
    let one = object(64 << 10, 1500);
    assert_eq!(code(&[("a.o", one.clone()), ("b.o", one.clone()), ("c.o", one)]), isolate::NAMES_TOO_LONG);
    // What is accepted fails for another reason alone.
    assert_eq!(code(&[("s.o", object(64 << 10, 10))]), isolate::NO_INIT);
}

#[test]
fn members_that_share_one_long_name_are_refused() {
    let name = "n".repeat(4 << 20);
    let member = support::object_with_shared_name(1, 1);
    let archive = support::archive(&[(&name, member.clone()), (&name, member)]);
    let problems = isolated(MUSL, &[("m", &archive)]).map(|_| ()).unwrap_err();
    assert_eq!(problems[0].code, isolate::MALFORMED_ARCHIVE);
}

#[test]
fn a_planted_program_of_the_compiler_is_not_used_by_another_linker() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let one = fixtures.colliding("one", 3);
    let linker = Linker::External { program: "cc".into(), is_driver: true };
    let bundle = Bundle { linker, ..Bundle::new(&fixtures, MUSL) };
    let planted = tempfile::tempdir().unwrap();
    let ld = planted.path().join("ld");
    let mark = planted.path().join("mark");
    std::fs::write(&ld, format!("#!/bin/sh\ntouch '{}'\nexit 1\n", mark.display())).unwrap();
    std::fs::set_permissions(&ld, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    // Variables belong to a process: this test runs itself again with them.
    if std::env::var_os("COMPILER_PATH").is_none() {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "a_planted_program_of_the_compiler_is_not_used_by_another_linker"]);
        let status = again.env("COMPILER_PATH", planted.path()).status();
        assert!(status.unwrap().success() && !mark.exists());
        return;
    }
    assert_eq!(bundle.run(&[("one", &one)]), 3);
}

#[test]
fn what_cannot_be_isolated_is_refused_with_its_reason() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let init = "long raya_module_init_m(void) { return 0; }\n";
    let source = |text: &str| fixtures.c_source("m", &format!("{init}{text}"));
    let expect = |archive: &[u8], code| {
        let problems = isolated(MUSL, &[("m", archive)]).map(|_| ()).unwrap_err();
        assert!(problems.iter().any(|problem| problem.code == code), "expected {code}, found {problems:#?}");
    };
    expect(&source("void *_Znwm(unsigned long s) { return 0; }"), isolate::OWN_OPERATOR_NEW);
    expect(&source("void *malloc(unsigned long s) { return 0; }"), isolate::OWN_SYSTEM_LIBRARY);
    expect(
        &source(
            "void _ZNSt7__cxx1112basic_stringIcE4initEv(void); void f(void) { _ZNSt7__cxx1112basic_stringIcE4initEv(); }",
        ),
        isolate::FOREIGN_CXX_LIBRARY,
    );
    expect(
        &source("void __ubsan_handle_add_overflow(void); void f(void) { __ubsan_handle_add_overflow(); }"),
        isolate::SANITIZER,
    );
    expect(
        &source(
            "static void f(void) {} __attribute__((section(\".preinit_array\"), used)) static void *p = (void *)f;",
        ),
        isolate::RUNS_BEFORE_GUARDS,
    );
    expect(
        &source("int f(int x) { int g(int y) { return x + y; } extern int h(int (*)(int)); return h(g); }"),
        isolate::EXECUTABLE_STACK,
    );
    expect(&source("__asm__(\".symver f, f@V1\"); void f(void) {}"), isolate::VERSIONED_SYMBOL);
    expect(&fixtures.c_source("m", "long other(void) { return 0; }"), isolate::NO_INIT);
    expect(&fixtures.c_with("m", init, &["-flto", "-fno-fat-lto-objects"]), isolate::LINK_TIME_OPTIMIZATION);
    expect(&fixtures.colliding_gnu("m", 3), isolate::INDIRECT_FUNCTION);
    expect(&fixtures.rust_abort("m"), isolate::PANIC_ABORT);
    expect(b"INPUT(/etc/passwd)", isolate::WRONG_OBJECT);
    expect(b"!<thin>\n", isolate::MALFORMED_ARCHIVE);
    let problems = isolated("aarch64-unknown-linux-musl", &[("m", &source(""))]).unwrap_err();
    assert_eq!(problems[0].code, isolate::WRONG_OBJECT);
}

#[test]
fn every_flipped_byte_of_an_archive_gives_an_error_or_an_archive() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let archive = fixtures.colliding("one", 3);
    for at in 0..archive.len() {
        let mut hostile = archive.clone();
        hostile[at] ^= 1 << (at % 8);
        if let Ok(renamed) = isolate::isolate_archives(MUSL, false, "one", &[&hostile]) {
            // What comes out is accepted by the same strict reader.
            let read = raya_packs::Archive::parse(&renamed.archive).unwrap();
            for member in read.members {
                raya_packs::Object::parse(member.data, raya_packs::Machine::X86_64).unwrap();
            }
        }
    }
}

#[test]
fn a_hostile_archive_never_brings_the_command_down() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let archive = fixtures.colliding("one", 3);
    let bundle = Bundle::new(&fixtures, MUSL);
    for at in (0..archive.len()).step_by(97) {
        let mut hostile = archive.clone();
        hostile[at] ^= 0xFF;
        let _ = bundle.image(&[("one", &hostile)]);
    }
}

#[test]
fn a_changed_image_is_not_sealed() {
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let one = fixtures.colliding("one", 3);
    let bundle = Bundle::new(&fixtures, MUSL);
    let (linked, emitted) = bundle.link(&isolated(MUSL, &[("one", &one)]).unwrap()).unwrap();
    let sealed = |image: Vec<u8>, form| {
        let linked = Linked { image };
        seal::seal(seal::Request { linked, form, intention: &emitted.intention, signer: None })
    };
    sealed(linked.image.clone(), Form::StaticPie).unwrap();
    let problems = sealed(linked.image.clone(), Form::DynamicPie).unwrap_err();
    assert_eq!(problems[0].code, seal::NOT_AS_INTENDED);
    for text in [&b"program bytes"[..], b"manifest bytes", b"RAYABNDL"] {
        let at = linked.image.windows(text.len()).position(|window| window == text).unwrap();
        let mut changed = linked.image.clone();
        changed[at] ^= 1;
        assert!(sealed(changed, Form::StaticPie).is_err());
    }
    for length in [0, 10, 64, linked.image.len() / 2] {
        assert!(sealed(linked.image[..length].to_vec(), Form::StaticPie).is_err());
    }
}

#[test]
fn a_signer_sees_the_bytes_that_are_written() {
    struct Signer;
    impl ImageSigner for Signer {
        fn sign(&self, image: &[u8]) -> Result<Vec<u8>, Diagnostic> {
            Ok(image.len().to_string().into_bytes())
        }
    }
    let Some(fixtures) = Fixtures::for_musl() else {
        return;
    };
    let one = fixtures.colliding("one", 3);
    let bundle = Bundle::new(&fixtures, MUSL);
    let (linked, emitted) = bundle.link(&isolated(MUSL, &[("one", &one)]).unwrap()).unwrap();
    let request =
        seal::Request { linked, form: Form::StaticPie, intention: &emitted.intention, signer: Some(&Signer) };
    let sealed = seal::seal(request).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("app");
    sealed.write(&output).unwrap();
    let written = std::fs::read(&output).unwrap();
    assert_eq!(written, sealed.image());
    assert_eq!(
        std::fs::read(folder.path().join("app.minisig")).unwrap(),
        written.len().to_string().into_bytes()
    );
    let file = object::File::parse(written.as_slice()).unwrap();
    use object::read::{Object as _, ObjectSection as _};
    assert_eq!(file.section_by_name(PROGRAM_SECTION).unwrap().data().unwrap()[..13], b"program bytes"[..]);
    assert_eq!(file.section_by_name(MANIFEST_SECTION).unwrap().data().unwrap(), b"manifest bytes");
}
