//! What `--locked` promises: one static image that nothing reaches from outside, made without any tool of the machine.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use raya_tests::command::{Finished, clean, finish, succeed};
use raya_tests::fixture::{Fixture, packages};
use raya_tests::image::{environment_names, facts};
use raya_tests::locked::LockedApp;
use raya_tests::machine::{can_chroot, can_mount, can_trace, has_programs};
use raya_tests::{GNU, MUSL};

const PROGRAM: &str = r#"
import { add } from "native:adder";
import { shout, threads } from "native:rusty";

console.log("add", add(40, 2));
console.log(shout("hello"), threads(4));
"#;
const PRINTS: &str = "add 42\nHELLO! 6\n";

const THROWING: &str = r#"
import { caught, escapes, escapesAsInt, uncaught, threads, area, stream } from "native:throwing";

console.log(caught("inside"));
for (let turn = 0; turn < 3; turn++) {
    try {
        console.log(escapes(`outside ${turn}`));
    } catch (e) {
        console.log("error", e.message);
    }
}
try {
    console.log(escapesAsInt(7));
} catch (e) {
    console.log("error", e.message);
}
console.log(uncaught(), threads(8), area("square"), area("circle"), stream(2.5));
"#;
const THROWING_PRINTS: &str = "caught inside\nerror outside 0\nerror outside 1\nerror outside 2\nerror C++ exception of type int\n0 804 4 4.5 2.50\n";

/// The app with a C and a Rust module, bundled for musl: made once.
struct Main {
    locked: LockedApp,
    image: PathBuf,
}

fn main_app() -> &'static Main {
    static MAIN: OnceLock<Main> = OnceLock::new();
    MAIN.get_or_init(|| {
        let packages = packages([Fixture::new("adder"), Fixture::new("rusty")]);
        let locked = LockedApp::new(PROGRAM, &packages);
        let image = locked.bundle(&["--target", MUSL]);
        Main { locked, image }
    })
}

/// The same app as a static image for glibc.
fn gnu_app() -> &'static Main {
    static MAIN: OnceLock<Main> = OnceLock::new();
    MAIN.get_or_init(|| {
        let packages = packages([Fixture::new("adder"), Fixture::new("rusty")]);
        let locked = LockedApp::new(PROGRAM, &packages);
        let image = locked.bundle(&["--target", GNU]);
        Main { locked, image }
    })
}

fn throwing_app() -> LockedApp {
    LockedApp::new(THROWING, &[Fixture::new("throwing").package()])
}

/// An executable alone in an empty folder.
fn alone(image: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::copy(image, folder.path().join("app")).expect("the image can be copied");
    folder
}

fn printed(text: &str) -> Finished {
    Finished { code: Some(0), stdout: text.to_owned(), stderr: String::new() }
}

#[test]
fn the_image_is_a_static_pie_that_needs_nothing() {
    let facts = facts(&main_app().image);
    assert!(facts.is_position_independent);
    assert!(!facts.has_interpreter && !facts.has_library_path && !facts.has_writable_code, "{facts:?}");
    assert_eq!(facts.needed, 0);
}

#[test]
fn it_runs_alone_in_an_empty_root() {
    let main = main_app();
    assert_eq!(main.locked.app.execute(), printed(PRINTS));
    if !can_chroot() {
        return;
    }
    let root = alone(&main.image);
    let mut command = clean("chroot", root.path());
    assert_eq!(finish(command.arg(root.path()).arg("/app")), printed(PRINTS));
}

#[test]
fn it_runs_where_the_root_is_read_only_and_the_temporary_folder_is_full_and_noexec() {
    if !can_chroot() || !can_mount() {
        return;
    }
    let root = alone(&main_app().image);
    fs::create_dir(root.path().join("tmp")).expect("a folder can be made");
    let script = "mount --bind \"$1\" \"$1\" && mount -t tmpfs -o noexec,nosuid,nodev,size=4k none \"$1/tmp\" \
                  && dd if=/dev/zero of=\"$1/tmp/full\" bs=4k count=1 status=none \
                  && mount -o remount,ro,bind \"$1\" && exec chroot \"$1\" /app";
    let mut command = clean("unshare", root.path());
    command.args(["--mount", "sh", "-c", script, "sh"]).arg(root.path());
    assert_eq!(finish(&mut command), printed(PRINTS));
}

#[test]
fn it_opens_no_file() {
    if !can_trace() {
        return;
    }
    assert_eq!(named_files(&main_app().image), Vec::<String>::new());
}

#[test]
fn the_static_image_for_glibc_opens_no_file() {
    if !can_trace() {
        return;
    }
    // glibc's start asks for the program's own name; it opens nothing.
    let named = named_files(&gnu_app().image);
    assert!(named.iter().all(|call| call.contains("readlink(\"/proc/self/exe\"")), "{named:#?}");
}

/// The calls of an image, after its start, that name a file or open something.
fn named_files(image: &Path) -> Vec<String> {
    let folder = alone(image);
    let log = folder.path().join("log");
    let mut command = clean("strace", folder.path());
    command.args(["-f", "-qq", "-e", "trace=%file,memfd_create,socket,open_by_handle_at", "-o"]).arg(&log);
    assert_eq!(finish(command.arg(folder.path().join("app"))), printed(PRINTS));
    let log = fs::read_to_string(log).expect("strace wrote its log");
    let calls: Vec<&str> =
        log.lines().filter(|line| !line.contains(" +++ ") && !line.contains(" --- ")).collect();
    assert!(calls[0].contains("execve("), "{log}");
    calls[1..].iter().map(|call| (*call).to_owned()).collect()
}

/// Variables that change how other programs start, and all that the image itself could know.
fn hostile_variables(image: &Path, poison: &Path) -> Vec<(String, OsString)> {
    let folder = poison.parent().unwrap_or(poison).as_os_str();
    let fixed: [(&str, &str); 22] = [
        ("LD_BIND_NOW", "1"),
        ("LD_DEBUG", "all"),
        ("LD_ORIGIN_PATH", "/nonexistent"),
        ("LD_SHOW_AUXV", "1"),
        ("LD_TRACE_LOADED_OBJECTS", "1"),
        ("LD_USE_LOAD_BIAS", "0"),
        ("LD_WARN", "1"),
        ("GCONV_PATH", "/nonexistent"),
        ("GLIBC_TUNABLES", "glibc.malloc.check=3"),
        ("HOME", "/nonexistent"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("LOCPATH", "/nonexistent"),
        ("MALLOC_CHECK_", "3"),
        ("MALLOC_PERTURB_", "165"),
        ("PATH", ""),
        ("RUST_BACKTRACE", "full"),
        ("RUST_MIN_STACK", "1"),
        ("TMPDIR", "/nonexistent"),
        ("TZ", ":/nonexistent"),
        ("UBSAN_OPTIONS", "verbosity=1"),
        ("WILD_VALIDATE_OUTPUT", "1"),
    ];
    let mut variables: Vec<(String, OsString)> =
        fixed.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
    for name in ["LD_PRELOAD", "LD_AUDIT", "LD_PROFILE"] {
        variables.push((name.to_owned(), poison.as_os_str().to_owned()));
    }
    variables.push(("LD_LIBRARY_PATH".to_owned(), folder.to_owned()));
    let known = [
        "RAYA_MODULE_PATH",
        "RAYA_HOME",
        "RAYA_GC_STRESS",
        "RAYA_TRUST",
        "RAYA_POLICY",
        "RAYA_DEBUG",
        "RAYA_LOG",
    ];
    let own = known.into_iter().map(str::to_owned).chain(environment_names(image));
    variables.extend(own.map(|name| (name, folder.to_owned())));
    variables
}

#[test]
fn no_variable_and_no_working_folder_changes_what_it_does() {
    unchanged_by_the_surroundings(main_app());
}

#[test]
fn no_variable_and_no_working_folder_changes_what_the_static_image_for_glibc_does() {
    unchanged_by_the_surroundings(gnu_app());
}

fn unchanged_by_the_surroundings(main: &Main) {
    let marker = main.locked.app.path("marker");
    let poison = Fixture::new("poison").replacing("/nonexistent/marker", &marker.to_string_lossy());
    poison.package();
    let library = poison.folder().join("target/raya/libadder.so");
    assert!(library.is_file(), "{} is missing", library.display());
    let variables = hostile_variables(&main.image, &library);
    for (name, value) in &variables {
        let mut command = Command::new(&main.image);
        assert_eq!(
            finish(command.env_clear().env(name, value)),
            printed(PRINTS),
            "{name}={}",
            value.display()
        );
    }
    let mut all = Command::new(&main.image);
    assert_eq!(finish(all.env_clear().envs(variables)), printed(PRINTS), "all together");
    let home = main.locked.app.home();
    for folder in [
        Path::new("/"),
        Path::new("/proc/self"),
        &main.locked.app.folder(),
        library.parent().unwrap_or(&home),
    ] {
        assert_eq!(
            finish(clean(&main.image, &home).current_dir(folder)),
            printed(PRINTS),
            "{}",
            folder.display()
        );
    }
    assert!(!marker.exists(), "the constructor of a library that was planted has run");
}

#[test]
fn a_stripped_copy_runs_and_is_called_corrupt() {
    let main = main_app();
    let folder = alone(&main.image);
    let (app, signature) = (folder.path().join("app"), folder.path().join("app.minisig"));
    fs::copy(main.image.with_extension("minisig"), &signature).expect("the bundle was signed");
    let verify = |app: &Path, key: &Path| {
        let mut command = main.locked.app.raya(["verify"]);
        finish(command.arg(app).arg("--key").arg(key).arg("--signature").arg(&signature))
    };
    let (release, other) = (&main.locked.release.public, &main.locked.publisher.public);
    assert_eq!(verify(&app, release).code, Some(0), "as it was made: {}", verify(&app, release).stderr);
    assert_eq!(
        verify(&app, other).code,
        Some(2),
        "signed, but not by this key: {}",
        verify(&app, other).stderr
    );
    assert_eq!(verify(&folder.path().join("none"), release).code, Some(4));
    if !has_programs(&["strip"]) {
        return;
    }
    let stripped = folder.path().join("stripped");
    succeed(clean("strip", folder.path()).arg("-o").arg(&stripped).arg(&app));
    assert_ne!(fs::read(&stripped).ok(), fs::read(&app).ok(), "strip removes something");
    assert_eq!(finish(&mut clean(&stripped, folder.path())), printed(PRINTS));
    assert_eq!(verify(&stripped, release).code, Some(1), "{}", verify(&stripped, release).stderr);
}

#[test]
fn minisign_checks_the_image_too() {
    if !has_programs(&["minisign"]) {
        return;
    }
    let main = main_app();
    let mut command = clean("minisign", &main.locked.app.home());
    command.arg("-V").arg("-p").arg(&main.locked.release.public).arg("-m").arg(&main.image);
    succeed(&mut command);
}

#[test]
fn one_changed_byte_anywhere_is_corrupt() {
    let main = main_app();
    let original = fs::read(&main.image).expect("the image can be read");
    let folder = alone(&main.image);
    let app = folder.path().join("app");
    for step in 0..16 {
        let mut bytes = original.clone();
        let at = (bytes.len() - 1) * step / 15;
        bytes[at] ^= 0x20;
        fs::write(&app, bytes).expect("the image can be written");
        let mut command = main.locked.app.raya(["verify"]);
        command.arg(&app).arg("--key").arg(&main.locked.release.public);
        command.arg("--signature").arg(main.image.with_extension("minisig"));
        let finished = finish(&mut command);
        assert_eq!(finished.code, Some(1), "byte {at}: {}", finished.stderr);
    }
}

/// Copies an app to another place; keys and packages stay the same bytes.
fn copied(from: &Path, to: &Path) {
    let mut command = Command::new("cp");
    succeed(command.arg("-R").arg(from).arg(to));
}

#[test]
fn two_folders_give_the_same_bytes() {
    let main = main_app();
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let deep = elsewhere.path().join("a/b b/ü");
    fs::create_dir_all(&deep).expect("folders can be made");
    copied(&main.locked.app.folder(), &deep.join("other name"));
    let mut command =
        main.locked.app.raya(["bundle", "--locked", "main.raya", "-o", "second", "--target", MUSL]);
    command
        .current_dir(deep.join("other name"))
        .env("TZ", "Asia/Tokyo")
        .env("USER", "somebody")
        .env("HOME", &deep);
    succeed(command.arg("--sign").arg(&main.locked.release.secret));
    let second = deep.join("other name/second");
    assert_eq!(fs::read(&main.image).ok(), fs::read(&second).ok(), "the same app from two folders");
    // Also from outside of the app's folder, and from a path that is absolute.
    let mut command = main.locked.app.raya(["bundle", "--locked", "--target", MUSL, "-o"]);
    command.current_dir("/").arg(deep.join("third")).arg(deep.join("other name/main.raya"));
    succeed(&mut command);
    assert_eq!(
        fs::read(&main.image).ok(),
        fs::read(deep.join("third")).ok(),
        "the same app from the root folder"
    );
}

#[test]
fn no_compiler_and_no_linker_of_the_machine_is_used() {
    let main = main_app();
    let output = main.locked.app.path("without-path");
    let mut command = main.locked.app.raya(["bundle", "--locked", "main.raya", "--target", MUSL, "-o"]);
    succeed(command.arg(&output).env("PATH", ""));
    assert_eq!(fs::read(&main.image).ok(), fs::read(&output).ok());
    let throwing = throwing_app();
    let mut command = throwing.app.raya(["bundle", "--locked", "main.raya", "-o", "app", "--target", GNU]);
    succeed(command.env("PATH", ""));
    assert_eq!(throwing.app.execute(), printed(THROWING_PRINTS));
}

#[test]
fn a_module_in_cxx_throws_catches_and_starts_threads_in_the_image_for_musl() {
    let throwing = throwing_app();
    let image = throwing.bundle(&["--target", MUSL]);
    assert_eq!(throwing.app.execute(), printed(THROWING_PRINTS));
    assert_eq!(facts(&image).needed, 0);
    assert!(!facts(&image).has_interpreter);
    throwing.bundle(&["--target", MUSL, "--gc-stress"]);
    assert_eq!(throwing.app.execute(), printed(THROWING_PRINTS), "collecting at every allocation");
}

#[test]
fn a_module_in_cxx_throws_catches_and_starts_threads_in_the_static_image_for_glibc() {
    let throwing = throwing_app();
    let image = throwing.bundle(&["--target", GNU]);
    assert_eq!(throwing.app.execute(), printed(THROWING_PRINTS));
    assert_eq!(facts(&image).needed, 0);
    assert!(!facts(&image).has_interpreter);
}

const OPENER: &str = r#"
import { load, map, protect } from "native:opener";

console.log(load("LIBRARY"), map(), protect());
"#;

fn opener_app() -> (LockedApp, PathBuf) {
    let [opener, _] = packages([Fixture::new("opener"), Fixture::new("adder")]);
    let library = Fixture::new("adder").folder().join("target/raya/libadder.so");
    assert!(library.is_file(), "{} is missing", library.display());
    let program = OPENER.replace("LIBRARY", &library.to_string_lossy());
    (LockedApp::new(&program, &[opener]), library)
}

#[test]
fn a_module_inside_a_static_image_for_glibc_brings_in_no_code() {
    let (opener, _) = opener_app();
    let image = opener.bundle(&["--target", GNU]);
    assert!(!facts(&image).has_interpreter);
    assert_eq!(opener.app.execute(), printed("refused refused refused\n"));
    // Unlocked nothing forbids it: what the test above sees is the lock and not an accident.
    opener.app.bundle(&["--target", GNU]);
    let unlocked = opener.app.execute();
    assert_eq!(unlocked.code, Some(0), "{}", unlocked.stderr);
    assert!(unlocked.stdout.ends_with("mapped executable\n"), "{}", unlocked.stdout);
}

#[test]
fn a_module_inside_an_image_for_musl_loads_nothing() {
    let (opener, _) = opener_app();
    opener.bundle(&["--target", MUSL]);
    let finished = opener.app.execute();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(finished.stdout.starts_with("refused "), "{}", finished.stdout);
}
