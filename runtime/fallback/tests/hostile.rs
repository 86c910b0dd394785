//! Libraries that must not be loaded, and files that change under the loader's hands. Each case asserts the code, and where
//! it matters that no code of the library ran: every fixture's constructor leaves a file behind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use raya_fallback::{Fallback, FallbackError, Inspected, SearchPath, Trust};
use raya_signing::{Claim, Domain, KeySet, SecretKey};
use raya_source::Diagnostic;
use raya_toolchain::{Compilation, Language, SharedLink, Target, Toolchain, Visibility};
use tempfile::TempDir;

const SOURCE: &str = r#"
#include <raya/module.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef MARK
__attribute__((constructor)) static void mark(void) { FILE *file = fopen(MARK, "w"); if (file) fclose(file); }
#endif
static RayaValue *answer(RayaContext *ctx, RayaValue **args, size_t argc) { (void)args; (void)argc; return raya_value_from_i32(ctx, ANSWER); }
int ANSWER_NAME(void) { return ANSWER; }
RAYA_MODULE_DESCRIPTOR(demo, "declare module \"native:demo\" {\n  export function answer(): int;\n}\n")
RAYA_MODULE_INIT(demo) {
    RayaModuleBuilder *builder = raya_module_builder_new("demo", "1.0.0");
    raya_module_add_function(builder, "answer", answer, 0);
    return raya_module_builder_finish(builder);
}
"#;

/// A folder for modules, and a place where constructors leave their mark.
struct Place {
    folder: TempDir,
    marks: TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap(), marks: tempfile::tempdir().unwrap() };
        fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn mark(&self) -> PathBuf {
        self.marks.path().join("ran")
    }

    fn build(&self, name: &str, options: &Options<'_>) -> PathBuf {
        let output = self.path(name);
        build(&self.mark(), &output, options);
        output
    }

    fn fallback(&self, trust: Trust) -> Fallback {
        let search =
            SearchPath { folders: vec![self.folder.path().to_path_buf()], library_path_is_set: false };
        Fallback { search, trust, allowed_needed: vec![] }
    }

    fn find(&self, trust: Trust) -> Result<Inspected, FallbackError> {
        self.fallback(trust).find("demo")
    }

    /// What is said, and that nothing of the library ran.
    fn refusal(&self, trust: Trust) -> Diagnostic {
        let report = Diagnostic::from(self.find(trust).unwrap_err());
        assert!(!self.mark().exists(), "code of a refused library ran");
        report
    }
}

#[derive(Default)]
struct Options<'o> {
    defines: &'o [(&'o str, &'o str)],
    link: &'o [String],
    inputs: &'o [PathBuf],
    source: Option<&'o str>,
}

fn build(mark: &Path, output: &Path, options: &Options<'_>) {
    static TOOLCHAIN: OnceLock<Toolchain> = OnceLock::new();
    let toolchain = TOOLCHAIN.get_or_init(Toolchain::from_environment);
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("demo.c"), options.source.unwrap_or(SOURCE)).unwrap();
    let mut defines = vec![("MARK".to_owned(), Some(format!("\"{}\"", mark.display())))];
    let given = options.defines.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())));
    defines.extend(given);
    for (name, value) in [("ANSWER", "1"), ("ANSWER_NAME", "answer_one")] {
        if !defines.iter().any(|(have, _)| have == name) {
            defines.push((name.to_owned(), Some(value.to_owned())));
        }
    }
    let object = work.path().join("demo.o");
    let compilation = Compilation {
        language: Language::C,
        target: Target::X86_64Gnu,
        folder: work.path(),
        source: Path::new("demo.c"),
        includes: &[Path::new(env!("CARGO_MANIFEST_DIR")).join("../native/include")],
        defines: &defines,
        flags: &[],
        remapped: &[],
        output: &object,
    };
    toolchain.compile(&compilation).unwrap_or_else(|error| panic!("{:#?}", Diagnostic::from(error)));
    let mut inputs = vec![object];
    inputs.extend(options.inputs.iter().cloned());
    let link = SharedLink {
        language: Language::C,
        inputs: &inputs,
        system_libraries: &[],
        visibility: Visibility::AsCompiled,
        flags: options.link,
        output,
    };
    toolchain.link_shared(&link).unwrap_or_else(|error| panic!("{:#?}", Diagnostic::from(error)));
    fs::set_permissions(output, fs::Permissions::from_mode(0o755)).unwrap();
}

fn developer() -> Trust {
    Trust::Developer { keys: KeySet::new() }
}

fn signed_by(key: &SecretKey) -> Trust {
    Trust::Signed { keys: KeySet::from_iter([key.public().clone()]) }
}

fn sign(key: &SecretKey, library: &Path, module: &str) {
    let bytes = fs::read(library).unwrap();
    let claim = Claim::new(Domain::Library, module, "1.0.0", 0).unwrap();
    let mut name = library.as_os_str().to_owned();
    name.push(".minisig");
    fs::write(name, key.sign(&bytes, &claim).unwrap().to_text()).unwrap();
}

fn options(link: &[&str]) -> Vec<String> {
    link.iter().map(|flag| (*flag).to_owned()).collect()
}

#[test]
fn a_signed_library_is_found_inspected_and_loaded() {
    let place = Place::new();
    let library = place.build("libdemo.so", &Options::default());
    fs::write(place.path("demo.raya"), "declare module \"native:demo\" { export function answer(): int; }")
        .unwrap();
    let key = SecretKey::generate().unwrap();
    sign(&key, &library, "demo");
    let inspected = place.find(signed_by(&key)).unwrap();
    assert!(!place.mark().exists(), "inspecting ran code");
    assert_eq!(inspected.signers, [key.public().digest()]);
    assert_eq!(inspected.signed_version.as_deref(), Some("1.0.0"));
    assert_eq!(inspected.note.name(), Some("demo"));
    assert!(inspected.descriptor.as_deref().unwrap().contains("export function answer(): int;"));
    assert!(inspected.stub.as_deref().unwrap().starts_with("declare module"));
    assert!(inspected.warnings.is_empty(), "{:?}", inspected.warnings);
    let loaded = inspected.load().unwrap();
    assert!(place.mark().exists(), "a loaded library's constructors run");
    assert!(!loaded.bind.is_null() && !loaded.init.is_null());
}

#[test]
fn an_unsigned_library_is_a_warning_while_developing_and_an_error_else() {
    let place = Place::new();
    place.build("libdemo.so", &Options::default());
    let key = SecretKey::generate().unwrap();
    assert_eq!(place.refusal(signed_by(&key)).code.0, "R3030");
    let inspected = place.find(developer()).unwrap();
    assert_eq!(inspected.warnings.len(), 1);
    assert_eq!((inspected.warnings[0].code.0, inspected.warnings[0].is_error()), ("R3030", false));
}

#[test]
fn signatures_that_are_not_good_are_refused() {
    let (trusted, other) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
    let place = Place::new();
    let library = place.build("libdemo.so", &Options::default());

    sign(&other, &library, "demo");
    let report = place.refusal(signed_by(&trusted));
    assert!(report.code.0 == "R3031" && report.notes[0].starts_with("R1115"), "{report:?}");
    // A stranger's signature tells a developer nothing, but is no harm either.
    assert_eq!(place.find(developer()).unwrap().warnings[0].code.0, "R3031");

    sign(&trusted, &library, "another");
    let report = place.refusal(signed_by(&trusted));
    assert!(report.code.0 == "R3031" && report.notes[0].starts_with("R1120"), "{report:?}");

    sign(&trusted, &library, "demo");
    let mut bytes = fs::read(&library).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&library, &bytes).unwrap();
    for trust in
        [signed_by(&trusted), Trust::Developer { keys: KeySet::from_iter([trusted.public().clone()]) }]
    {
        let report = place.refusal(trust);
        assert!(report.code.0 == "R3031" && report.notes[0].starts_with("R1112"), "{report:?}");
    }
    fs::write(place.path("libdemo.so.minisig"), "").unwrap();
    assert_eq!(place.refusal(signed_by(&trusted)).code.0, "R3031");
    assert_eq!(place.refusal(developer()).code.0, "R3031");
}

/// Between the check and the load, the file is renamed away, overwritten in place, or replaced by a link to another library.
#[test]
fn what_happens_to_the_file_after_the_check_does_not_matter() {
    let evil_place = Place::new();
    let evil =
        evil_place.build("libdemo.so", &Options { defines: &[("ANSWER", "666")], ..Options::default() });
    let evil_bytes = fs::read(&evil).unwrap();
    type Change<'c> = (&'c str, Box<dyn Fn(&Path) + 'c>);
    let changes: [Change<'_>; 4] = [
        ("renamed", Box::new(|path| fs::rename(path, path.with_extension("gone")).unwrap())),
        ("overwritten", Box::new(|path| fs::write(path, &evil_bytes).unwrap())),
        ("emptied", Box::new(|path| fs::write(path, "").unwrap())),
        (
            "replaced by a link",
            Box::new(|path| {
                fs::remove_file(path).unwrap();
                symlink(&evil, path).unwrap();
            }),
        ),
    ];
    for (name, change) in changes {
        let place = Place::new();
        let library = place.build("libdemo.so", &Options::default());
        let key = SecretKey::generate().unwrap();
        sign(&key, &library, "demo");
        let inspected = place.find(signed_by(&key)).unwrap();
        let digest = inspected.digest;
        change(&library);
        assert_eq!(raya_signing::Digest::of(inspected.library().bytes()), digest);
        inspected.load().unwrap();
        assert!(place.mark().exists(), "{name}: the checked library was not the one loaded");
        assert!(!evil_place.mark().exists(), "{name}: the other library was loaded");
    }
}

/// A closed descriptor's number would be given to the next library, and the loader would answer with the first.
#[test]
fn two_modules_are_two_modules() {
    let place = Place::new();
    place.build("libdemo.so", &Options::default());
    let other = SOURCE.replace("demo", "other");
    place.build("libother.so", &Options { source: Some(&other), ..Options::default() });
    let fallback = place.fallback(developer());
    let first = fallback.find("demo").unwrap().load().unwrap();
    let second = fallback.find("other").unwrap().load().unwrap();
    assert_ne!(first.init, second.init);
}

#[test]
fn links_may_not_leave_the_folder() {
    let (place, elsewhere) = (Place::new(), Place::new());
    let library = elsewhere.build("libdemo.so", &Options::default());
    symlink(&library, place.path("libdemo.so")).unwrap();
    assert_eq!(place.refusal(developer()).code.0, "R3023");
    fs::remove_file(place.path("libdemo.so")).unwrap();
    let name = elsewhere.folder.path().file_name().unwrap().to_owned();
    symlink(Path::new("..").join(name).join("libdemo.so"), place.path("libdemo.so")).unwrap();
    assert_eq!(place.refusal(developer()).code.0, "R3023");
    // Inside the folder they are how versions are usually installed.
    let inside = Place::new();
    inside.build("libdemo.so.1", &Options::default());
    symlink("libdemo.so.1", inside.path("libdemo.so")).unwrap();
    inside.find(developer()).unwrap();
}

#[test]
fn pipes_devices_and_folders_are_no_libraries() {
    let place = Place::new();
    fs::create_dir(place.path("libdemo.so")).unwrap();
    let report = place.refusal(developer());
    assert!(report.code.0 == "R3024" && report.message.contains("a folder"), "{report:?}");

    let place = Place::new();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        place.path("libdemo.so"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o644),
        0,
    )
    .unwrap();
    // Opening a FIFO for reading would wait for a writer for ever.
    let report = place.refusal(developer());
    assert!(report.code.0 == "R3024" && report.message.contains("a pipe"), "{report:?}");

    let place = Place::new();
    symlink("/dev/zero", place.path("libdemo.so")).unwrap();
    assert_eq!(place.refusal(developer()).code.0, "R3023");
}

#[test]
fn what_others_may_write_to_is_refused() {
    let place = Place::new();
    let library = place.build("libdemo.so", &Options::default());
    fs::set_permissions(&library, fs::Permissions::from_mode(0o757)).unwrap();
    assert_eq!(place.refusal(developer()).code.0, "R3025");

    let place = Place::new();
    place.build("libdemo.so", &Options::default());
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let report = place.refusal(developer());
    assert!(report.code.0 == "R3025" && report.message.contains("0777"), "{report:?}");
    // With the sticky bit others cannot rename what is yours.
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    place.find(developer()).unwrap();

    let place = Place::new();
    let inner = place.path("inner");
    fs::create_dir(&inner).unwrap();
    build(&place.mark(), &inner.join("libdemo.so"), &Options::default());
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let search = SearchPath { folders: vec![inner], library_path_is_set: false };
    let fallback = Fallback { search, trust: developer(), allowed_needed: vec![] };
    assert_eq!(fallback.find("demo").unwrap_err().code().0, "R3025", "a parent that others may write to");
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    let place = Place::new();
    let library = place.build("libdemo.so", &Options::default());
    if std::os::unix::fs::chown(&library, Some(12_345), None).is_err() {
        eprintln!("not tried: giving a file away needs root");
        return;
    }
    assert_eq!(place.refusal(developer()).code.0, "R3026");
}

#[test]
fn libraries_that_bring_others_along_are_refused() {
    for (flags, code) in [
        (&["-Wl,-rpath,/tmp/evil", "-Wl,--disable-new-dtags"][..], "R3033"),
        (&["-Wl,-rpath,$ORIGIN", "-Wl,--enable-new-dtags"], "R3033"),
        (&["-Wl,--auxiliary=libevil.so"], "R3033"),
        (&["-Wl,--filter=libevil.so"], "R3033"),
        (&["-Wl,--audit=libevil.so"], "R3033"),
        (&["-Wl,--depaudit=libevil.so"], "R3033"),
        (&["-Wl,-z,execstack"], "R3033"),
    ] {
        let place = Place::new();
        let library = place.build("libdemo.so", &Options { link: &options(flags), ..Options::default() });
        let key = SecretKey::generate().unwrap();
        sign(&key, &library, "demo");
        // Whoever signed it: a signature says who made it, not that it is fit.
        assert_eq!(place.refusal(signed_by(&key)).code.0, code, "{flags:?}");
        assert_eq!(place.refusal(developer()).code.0, code, "{flags:?}");
    }
}

#[test]
fn needed_libraries_are_those_on_the_list() {
    let place = Place::new();
    let helper = place.path("libhelper.so");
    let source = "__attribute__((visibility(\"default\"))) int helper(void) { return 1; }\n";
    build(
        &place.mark(),
        &helper,
        &Options {
            source: Some(source),
            link: &options(&["-Wl,-soname,libhelper.so"]),
            ..Options::default()
        },
    );
    let uses = format!("{SOURCE}\nint helper(void);\nint use(void) {{ return helper(); }}\n");
    let library = place.build(
        "libdemo.so",
        &Options { source: Some(&uses), inputs: std::slice::from_ref(&helper), ..Options::default() },
    );
    let key = SecretKey::generate().unwrap();
    sign(&key, &library, "demo");
    let report = place.refusal(signed_by(&key));
    assert!(report.code.0 == "R3034" && report.message.contains("libhelper.so"), "{report:?}");
    let warnings = place.find(developer()).unwrap().warnings;
    assert!(warnings.iter().any(|warning| warning.code.0 == "R3034" && !warning.is_error()), "{warnings:?}");

    let mut fallback = place.fallback(signed_by(&key));
    fallback.allowed_needed = vec!["libhelper.so".to_owned()];
    assert_eq!(fallback.find("demo").unwrap().needed, ["libhelper.so", "libc.so.6"]);
    fallback.search.library_path_is_set = true;
    let error = fallback.find("demo").unwrap_err();
    assert_eq!(error.code().0, "R3035", "LD_LIBRARY_PATH may not choose what is loaded");
}

#[test]
fn files_that_are_no_modules_say_what_they_are() {
    let cases: [(&str, &[u8], &str); 4] = [
        ("empty", b"", "an empty file"),
        ("linker script", b"INPUT(-levil)\n", "a text file"),
        ("archive", b"!<arch>\n\x00\x01", "a file of another kind"),
        ("header alone", b"\x7fELF\x02\x01\x01", "a malformed one"),
    ];
    for (name, bytes, found) in cases {
        let place = Place::new();
        fs::write(place.path("libdemo.so"), bytes).unwrap();
        let report = place.refusal(developer());
        assert!(report.code.0 == "R3032" && report.message.contains(found), "{name}: {report:?}");
    }
}

#[test]
fn other_machines_programs_and_strangers_are_refused() {
    let place = Place::new();
    let library = place.build("libdemo.so", &Options::default());
    let good = fs::read(&library).unwrap();
    let mut other_machine = good.clone();
    other_machine[18..20].copy_from_slice(&183_u16.to_le_bytes());
    fs::write(&library, other_machine).unwrap();
    let report = place.refusal(developer());
    assert!(report.code.0 == "R3032" && report.message.contains("AARCH64"), "{report:?}");

    // OpenSSL's own libcrypto.so is found under the name of a module called `crypto`.
    let stranger = Place::new();
    stranger.build(
        "libdemo.so",
        &Options { source: Some("int SHA256_Init(void) { return 1; }\n"), ..Options::default() },
    );
    let report = stranger.refusal(developer());
    assert!(report.code.0 == "R3036" && report.message.contains("not a Raya module"), "{report:?}");

    let renamed = Place::new();
    fs::write(renamed.path("libother.so"), &good).unwrap();
    let error = renamed.fallback(developer()).find("other").unwrap_err();
    assert_eq!(error.code().0, "R3037");

    let program = Place::new();
    fs::copy("/proc/self/exe", program.path("libdemo.so")).unwrap();
    let report = program.refusal(developer());
    assert!(["R3032", "R3033"].contains(&report.code.0), "{report:?}");
}

#[test]
fn another_abi_is_refused_before_anything_runs() {
    let place = Place::new();
    let library = place.build("libdemo.so", &Options::default());
    let mut bytes = fs::read(&library).unwrap();
    let at = bytes.windows(8).position(|window| window == b"RAYANOTE").unwrap();
    bytes[at + 12..at + 16].copy_from_slice(&(2_u32 << 16).to_le_bytes());
    fs::write(&library, bytes).unwrap();
    let report = place.refusal(developer());
    assert!(report.code.0 == "R3038" && report.message.contains("2.0.0"), "{report:?}");
}

#[test]
fn a_library_without_its_functions_is_refused() {
    let place = Place::new();
    let script = place.path("hide.map");
    fs::write(&script, "{ global: raya_module_init_demo; local: *; };").unwrap();
    let link = options(&[&format!("-Wl,--version-script={}", script.display())]);
    place.build("libdemo.so", &Options { link: &link, ..Options::default() });
    let error = place.find(developer()).unwrap().load().unwrap_err();
    assert!(
        matches!(&error, FallbackError::Symbol { symbol, .. } if symbol == "raya_module_bind_demo"),
        "{error}"
    );
}

#[test]
fn every_prefix_of_a_library_is_refused_without_a_panic() {
    let place = Place::new();
    let library = place.build("libdemo.so", &Options::default());
    let bytes = fs::read(&library).unwrap();
    let fallback = place.fallback(developer());
    for length in (0..bytes.len()).step_by(7) {
        let found = fallback.from_package("demo", &library, &bytes[..length], None);
        assert!(found.is_err(), "{length} bytes of {}", bytes.len());
    }
}

#[test]
fn flipped_bytes_never_panic() {
    let place = Place::new();
    let library = place.build("libdemo.so", &Options::default());
    let bytes = fs::read(&library).unwrap();
    let fallback = place.fallback(developer());
    for at in 0..bytes.len().min(2048) {
        for bit in [0x01, 0x80] {
            let mut flipped = bytes.clone();
            flipped[at] ^= bit;
            let _ = fallback.from_package("demo", &library, &flipped, None);
        }
    }
}

#[test]
fn the_first_folder_with_the_name_decides() {
    let (first, second) = (Place::new(), Place::new());
    second.build("libdemo.so", &Options::default());
    fs::write(first.path("libdemo.so"), "not a library").unwrap();
    let folders = vec![first.folder.path().to_path_buf(), second.folder.path().to_path_buf()];
    let search = SearchPath { folders: folders.clone(), library_path_is_set: false };
    let fallback = Fallback { search, trust: developer(), allowed_needed: vec![] };
    assert_eq!(fallback.find("demo").unwrap_err().code().0, "R3032", "a refused library is not passed over");
    fs::remove_file(first.path("libdemo.so")).unwrap();
    assert!(fallback.find("demo").unwrap().path.starts_with(&folders[1]));
    second.build("libraya_demo.so", &Options::default());
    fs::remove_file(second.path("libdemo.so")).unwrap();
    assert!(fallback.find("demo").unwrap().path.ends_with("libraya_demo.so"), "the form that cargo makes");
}

#[test]
fn a_module_that_is_nowhere_lists_where_it_was_looked_for() {
    let place = Place::new();
    let report = place.refusal(developer());
    assert_eq!(report.code.0, "R3022");
    assert_eq!(report.notes.len(), 2, "{report:?}");
    for bad in ["../demo", "", "demo/../x", "Demo"] {
        assert_eq!(place.fallback(developer()).find(bad).unwrap_err().code().0, "R3042", "{bad}");
    }
}
