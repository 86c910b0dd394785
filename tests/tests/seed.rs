//! The specification's two modules, unchanged, and its two usage programs, word for word: loaded and linked, the same output.

use std::fs::{self, File};
use std::path::PathBuf;

use raya_tests::app::App;
use raya_tests::command::{Finished, finish, workspace_root};
use raya_tests::fixture::Fixture;
use raya_tests::{GNU, MUSL};

const INPUT: &str = "/tmp/input.txt";
const OUTPUT: &str = "/tmp/output.txt";

fn usage(module: &str) -> String {
    let path = workspace_root().join("tests/fixtures/seed").join(module).join("usage.raya");
    fs::read_to_string(path).expect("the usage program can be read")
}

fn run(app: &App) -> Finished {
    finish(&mut app.raya(["run", "main.raya"]))
}

/// The files that the usage program names, for one test alone; what was there comes back.
struct TemporaryFiles {
    _lock: File,
    saved: [Option<Vec<u8>>; 2],
}

impl TemporaryFiles {
    fn take() -> TemporaryFiles {
        let lock = File::create(std::env::temp_dir().join("raya-tests-seed.lock")).expect("a lock file");
        lock.lock().expect("the lock can be had");
        let files = TemporaryFiles { _lock: lock, saved: [INPUT, OUTPUT].map(|path| fs::read(path).ok()) };
        files.set(None);
        files
    }

    fn set(&self, input: Option<&str>) {
        let _ = fs::remove_file(INPUT);
        let _ = fs::remove_file(OUTPUT);
        if let Some(text) = input {
            fs::write(INPUT, text).expect("the input can be written");
        }
    }
}

impl Drop for TemporaryFiles {
    fn drop(&mut self) {
        for (path, saved) in [INPUT, OUTPUT].iter().zip(&self.saved) {
            let _ = match saved {
                Some(bytes) => fs::write(path, bytes),
                None => fs::remove_file(path),
            };
        }
    }
}

#[test]
fn the_module_fs_in_rust() {
    let package = Fixture::new("seed/fs").overlaid("seed_recipes/fs").package();
    let app = App::new(&usage("fs"));
    app.vendor([&package]);
    let files = TemporaryFiles::take();
    type Way<'a> = (&'a str, Box<dyn Fn() -> Finished + 'a>);
    let bundled = |target: &'static str| {
        let app = &app;
        Box::new(move || {
            app.bundle(&["--target", target]);
            app.execute()
        })
    };
    let ways: [Way<'_>; 3] =
        [("run", Box::new(|| run(&app))), ("musl", bundled(MUSL)), ("gnu", bundled(GNU))];
    for (name, way) in ways {
        files.set(Some("Some text, größer"));
        let finished = way();
        assert_eq!(finished.stdout, "File contents: Some text, größer\n", "{name}: {}", finished.stderr);
        assert_eq!(finished.code, Some(0), "{name}");
        assert_eq!(fs::read_to_string(OUTPUT).ok().as_deref(), Some("SOME TEXT, GRÖSSER"), "{name}");
        files.set(None);
        let finished = way();
        assert_eq!(
            (finished.code, finished.stdout.as_str()),
            (Some(0), ""),
            "{name} without an input: {}",
            finished.stderr
        );
        assert!(!PathBuf::from(OUTPUT).exists());
        // A folder exists and cannot be read: the error's handler speaks.
        fs::create_dir(INPUT).expect("a folder in place of the file");
        let finished = way();
        fs::remove_dir(INPUT).expect("the folder can go");
        assert!(finished.stderr.contains("Error: Failed to read file:"), "{name}: {finished:?}");
        assert_eq!(finished.code, Some(0), "{name}");
    }
}

/// Where distributions put what the module's source includes.
const OPENSSL: &str = "/usr/include/openssl/sha.h";

fn crypto_output(access: &str) -> String {
    format!(
        "SHA256: b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9\nGenerated 32 random bytes\nAccess {access}!\n"
    )
}

#[test]
fn the_module_crypto_in_cxx_with_openssl() {
    if !raya_tests::machine::has_path(OPENSSL) {
        return;
    }
    let package = Fixture::new("seed/crypto").overlaid("seed_recipes/crypto").package();
    for (input, access) in [("secret123", "granted"), ("guess", "denied")] {
        let supplied = format!("function getUserInput(): string {{ return \"{input}\"; }}\n");
        let app = App::new(&(supplied + &usage("crypto")));
        app.vendor([&package]);
        app.bundle(&["--target", GNU]);
        for (way, finished) in [("run", run(&app)), ("bundle", app.execute())] {
            assert_eq!(finished.stdout, crypto_output(access), "{way}: {}", finished.stderr);
            assert!(finished.stderr.contains("Error: Unsupported"), "{way}: {}", finished.stderr);
            assert_eq!(finished.code, Some(0), "{way}");
        }
        app.bundle(&["--target", GNU, "--gc-stress"]);
        assert_eq!(app.execute().stdout, crypto_output(access), "collecting at every allocation");
    }
}

#[test]
fn libraries_made_with_the_specifications_makefile_run_too() {
    if !raya_tests::machine::has_path(OPENSSL) || !raya_tests::machine::has_programs(&["make", "g++"]) {
        return;
    }
    let sdk = raya_tests::fixture::sdk();
    let app = App::new(&format!(
        "function getUserInput(): string {{ return \"secret123\"; }}\n{}",
        usage("crypto")
    ));
    let seed = workspace_root().join("tests/fixtures/seed/crypto");
    for file in ["crypto.cpp", "crypto.raya", "Makefile"] {
        app.copy("modules", &seed.join(file));
    }
    let flags = format!("CXXFLAGS=-std=c++17 -fPIC -O2 -w -I{}", sdk.join("include").display());
    let mut make = std::process::Command::new("make");
    raya_tests::command::succeed(make.current_dir(app.path("modules")).arg(flags));
    let finished = finish(app.raya(["run", "main.raya"]).env("RAYA_MODULE_PATH", app.path("modules")));
    assert_eq!(finished.stdout, crypto_output("granted"), "{}", finished.stderr);
}
