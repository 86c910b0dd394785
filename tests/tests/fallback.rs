//! Modules that are loaded when a program runs: where they are looked for, and what never happens.

use std::fs;
use std::path::{Path, PathBuf};

use raya_tests::GNU;
use raya_tests::app::App;
use raya_tests::command::{Finished, clean, finish, succeed};
use raya_tests::fixture::Fixture;
use raya_tests::image::facts;
use raya_tests::locked::LockedApp;
use raya_tests::machine::can_trace;
use raya_tests::report::{error_codes, warning_codes};

const PROGRAM: &str =
    "import { add, describe } from \"native:adder\";\nconsole.log(describe(), add(1, 2));\n";

/// The shared library of an `adder` that calls itself `name`.
fn library(name: &str) -> Vec<u8> {
    let fixture = Fixture::new("adder").replacing("plain adder", name).only_for(GNU);
    raya_tests::fixture::payload(&fixture.package(), &format!("lib/{GNU}/shared.so"))
}

/// An app with libraries in folders, each of which calls itself by its folder's name.
fn app_with(folders: &[&str]) -> App {
    let app = App::new(PROGRAM);
    for folder in folders {
        app.write(&format!("{folder}/libadder.so"), library(folder));
    }
    app
}

fn run(app: &App, path: &str) -> Finished {
    finish(app.raya(["run", "main.raya"]).env("RAYA_MODULE_PATH", path))
}

fn joined(app: &App, folders: &[&str]) -> String {
    folders.iter().map(|folder| app.path(folder).to_string_lossy().into_owned()).collect::<Vec<_>>().join(":")
}

#[test]
fn the_first_folder_of_the_path_wins_then_the_home_folder() {
    let app = app_with(&["first", "second"]);
    let home = app.home().join(".raya/modules");
    fs::create_dir_all(&home).expect("the home folder's modules");
    fs::write(home.join("libadder.so"), library("home")).expect("a library");
    for (folders, expected) in [
        (&["first", "second"][..], "first 3\n"),
        (&["second", "first"], "second 3\n"),
        (&["none", "second"], "second 3\n"),
        (&["none"], "home 3\n"),
    ] {
        let finished = run(&app, &joined(&app, folders));
        assert_eq!(finished.stdout, expected, "{folders:?}: {}", finished.stderr);
        assert_eq!(warning_codes(&finished.stderr), ["R1191"], "nobody signed it: {}", finished.stderr);
    }
    let finished = finish(&mut app.raya(["run", "main.raya"]));
    assert_eq!(finished.stdout, "home 3\n", "without a path: {}", finished.stderr);
}

#[test]
fn the_name_that_cargo_gives_is_found_too() {
    let app = App::new(PROGRAM);
    app.write("modules/libraya_adder.so", library("from cargo"));
    assert_eq!(run(&app, &joined(&app, &["modules"])).stdout, "from cargo 3\n");
    app.write("modules/libadder.so", library("from make"));
    assert_eq!(run(&app, &joined(&app, &["modules"])).stdout, "from make 3\n", "the plain name comes first");
}

#[test]
fn relative_folders_are_refused_all_together() {
    let app = app_with(&["first"]);
    let finished = run(&app, &format!("first:{}:../second", joined(&app, &["first"])));
    assert_eq!(error_codes(&finished.stderr), ["R3021", "R3021"], "{}", finished.stderr);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_module_that_is_nowhere_is_reported_with_every_folder_searched() {
    let app = App::new(PROGRAM);
    let finished = run(&app, "/nonexistent/one:/nonexistent/two");
    assert_eq!(error_codes(&finished.stderr), ["R1001"]);
    for part in [
        "/nonexistent/one",
        "/nonexistent/two",
        ".raya/modules",
        "/usr/lib/raya/modules",
        "libadder.so",
        "main.raya:1",
    ] {
        assert!(finished.stderr.contains(part), "{part} is missing in:\n{}", finished.stderr);
    }
}

/// A library that poses as `adder`; its constructor writes `marker`.
fn poison(marker: &Path) -> PathBuf {
    let fixture = Fixture::new("poison").replacing("/nonexistent/marker", &marker.to_string_lossy());
    fixture.package();
    fixture.folder().join("target/raya/libadder.so")
}

#[test]
fn a_library_on_the_path_never_replaces_a_module_that_is_linked_in() {
    let app = App::new(PROGRAM);
    let marker = app.path("marker");
    app.vendor([&Fixture::new("adder").package()]);
    app.copy("planted", &poison(&marker));
    for arguments in [&["--target", raya_tests::MUSL][..], &["--target", GNU]] {
        app.bundle(arguments);
        let mut command = clean(app.path("app"), &app.home());
        let planted = app.path("planted");
        command.current_dir(&planted).env("RAYA_MODULE_PATH", &planted).env("LD_LIBRARY_PATH", &planted);
        let finished = finish(&mut command);
        assert_eq!(finished.stdout, "plain adder 3\n", "{arguments:?}: {}", finished.stderr);
        assert!(!marker.exists(), "{arguments:?}: the library was loaded");
    }
}

#[test]
fn a_module_beside_the_app_comes_before_the_path() {
    let app = App::new(PROGRAM);
    let marker = app.path("marker");
    app.vendor([&Fixture::new("adder").package()]);
    let planted = app.copy("planted", &poison(&marker));
    let finished = run(&app, &planted.parent().unwrap_or(&planted).to_string_lossy());
    assert_eq!(finished.stdout, "plain adder 3\n", "{}", finished.stderr);
    assert!(!marker.exists(), "the library was loaded");
}

#[test]
fn a_locked_bundle_does_not_look() {
    let locked = LockedApp::new(PROGRAM, [&Fixture::new("adder").package()]);
    let app = &locked.app;
    let marker = app.path("marker");
    let planted = app.copy("planted", &poison(&marker));
    let folder = planted.parent().unwrap_or(&planted).to_owned();
    for target in [raya_tests::MUSL, GNU] {
        locked.bundle(&["--target", target]);
        if !can_trace() {
            return;
        }
        let log = app.path("log");
        let mut command = clean("strace", &app.home());
        command.args(["-f", "-qq", "-e", "trace=%file", "-o"]).arg(&log).arg(app.path("app"));
        let finished = finish(command.current_dir(&folder).env("RAYA_MODULE_PATH", &folder));
        assert_eq!(finished.stdout, "plain adder 3\n", "{target}: {}", finished.stderr);
        let log = fs::read_to_string(log).expect("strace wrote its log");
        assert!(!log.contains("libadder") && !log.contains(".raya"), "{target}:\n{log}");
        assert!(!marker.exists(), "{target}");
    }
}

#[test]
fn a_bundle_that_leaves_a_module_to_the_fallback_loads_it() {
    let app = app_with(&["modules", "other"]);
    let path = joined(&app, &["modules"]);
    let mut command = app.raya(["bundle", "main.raya", "-o", "app", "--target", GNU, "--dynamic", "adder"]);
    succeed(command.env("RAYA_MODULE_PATH", &path));
    let facts = facts(&app.path("app"));
    assert!(facts.is_position_independent && facts.has_interpreter, "{facts:?}");
    let run = |path: &str| finish(clean(app.path("app"), &app.home()).env("RAYA_MODULE_PATH", path));
    let finished = run(&path);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "modules 3\n"), "{}", finished.stderr);
    assert_eq!(run(&joined(&app, &["other", "modules"])).stdout, "other 3\n");
    let finished = run("/nonexistent");
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert!(
        finished.stderr.contains("R3022") && finished.stderr.contains("/nonexistent"),
        "{}",
        finished.stderr
    );
    let finished = run("relative");
    assert!(finished.stderr.contains("R3021"), "{}", finished.stderr);
}

#[test]
fn modules_that_are_linked_in_and_modules_that_are_loaded_work_in_one_bundle() {
    let app = App::new(
        "import { describe } from \"native:adder\";\nimport { shout } from \"native:rusty\";\nconsole.log(describe(), shout(\"hi\"));\n",
    );
    app.vendor([&Fixture::new("rusty").package()]);
    app.write("modules/libadder.so", library("loaded"));
    let path = app.path("modules");
    let mut command = app.raya(["bundle", "main.raya", "-o", "app", "--target", GNU, "--dynamic", "adder"]);
    succeed(command.env("RAYA_MODULE_PATH", &path));
    let finished = finish(clean(app.path("app"), &app.home()).env("RAYA_MODULE_PATH", &path));
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "loaded HI!\n"), "{}", finished.stderr);
}

#[test]
fn a_library_that_changes_between_bundling_and_running_is_judged_when_it_is_loaded() {
    let app = app_with(&["modules"]);
    let path = joined(&app, &["modules"]);
    let mut command = app.raya(["bundle", "main.raya", "-o", "app", "--target", GNU, "--dynamic", "adder"]);
    succeed(command.env("RAYA_MODULE_PATH", &path));
    let mut bytes = library("modules");
    let at = bytes.windows(8).position(|window| window == b"RAYANOTE").expect("the library has a note");
    bytes[at + 14] = 9;
    app.write("modules/libadder.so", bytes);
    let finished = finish(clean(app.path("app"), &app.home()).env("RAYA_MODULE_PATH", &path));
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.contains("R3038"), "{}", finished.stderr);
}

/// OpenSSL's own library, where distributions put it.
const LIBCRYPTO: [&str; 2] = ["/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "/usr/lib64/libcrypto.so.3"];

#[test]
fn openssls_own_library_under_the_name_is_no_module_and_the_error_says_so() {
    let Some(library) = LIBCRYPTO.iter().find(|path| Path::new(path).exists()) else {
        eprintln!("skipped: needs OpenSSL's libcrypto.so.3");
        return;
    };
    let app = App::new("import { hash } from \"native:crypto\";\nconsole.log(hash(\"sha256\", \"\"));\n");
    app.write("modules/libcrypto.so", fs::read(library).expect("the library can be read"));
    app.write("modules/crypto.raya", "declare module \"native:crypto\" {\n    export function hash(algorithm: string, data: string): string;\n}\n");
    let finished = run(&app, &joined(&app, &["modules"]));
    assert_eq!(error_codes(&finished.stderr), ["R1251"], "{}", finished.stderr);
    assert!(finished.stderr.contains("no Raya module"), "{}", finished.stderr);
}

#[test]
fn what_others_can_write_is_not_loaded() {
    use std::os::unix::fs::PermissionsExt;
    let app = app_with(&["modules"]);
    let library = app.path("modules/libadder.so");
    fs::set_permissions(&library, fs::Permissions::from_mode(0o666)).expect("permissions can be set");
    let finished = run(&app, &joined(&app, &["modules"]));
    assert_eq!(error_codes(&finished.stderr), ["R3025"], "{}", finished.stderr);
    assert_eq!(finished.stdout, "");
}
