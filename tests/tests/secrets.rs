//! Secret keys in the wrong place: reports say so and do not show them.

use std::fs;

use raya_tests::command::finish;
use raya_tests::locked::LockedApp;

/// Wherever a secret key is given by mistake, the report does not show it.
#[test]
fn no_report_shows_a_secret_key() {
    let locked = LockedApp::new("console.log(1);\n", []);
    let app = &locked.app;
    let secret = fs::read_to_string(&locked.release.secret).expect("a key");
    let line = secret.lines().nth(1).expect("a key's second line").to_owned();
    let key = locked.release.secret.to_string_lossy().into_owned();
    let without_comment = app.path("bare.key");
    fs::write(&without_comment, format!("{line}\n")).expect("a file");
    let bare = without_comment.to_string_lossy().into_owned();
    fs::write(app.path("cut.key"), secret.trim_end()).expect("a file");
    app.write("image", "x");
    app.write("image.minisig", &secret);
    let policy = locked.policy_text("", "").replace(&locked.publisher.text, &line);
    app.write("secret.toml", &policy);
    app.write("pinned/raya.toml", format!(
        "[app]\nname = \"main\"\nversion = \"1.0.0\"\nentry = \"main.raya\"\n[trust]\npolicy = \"p.toml\"\nroots = [\"{line}\"]\n"
    ));
    app.write("pinned/main.raya", "console.log(1);\n");
    let root = locked.root.secret.to_string_lossy().into_owned();
    let public = locked.release.public.to_string_lossy().into_owned();
    let commands: &[&[&str]] = &[
        &["verify", "image", "--key", &key],
        &["verify", "image", "--key", &bare],
        &["verify", "image", "--key", "cut.key"],
        &["verify", "image", "--key", &line],
        &["verify", "image", "--key", &public],
        &["module", "verify", "image", "--key", &key],
        &["bundle", "--locked", "main.raya", "-o", "out", "--policy", "raya-trust.toml", "--root", &key],
        &["bundle", "--locked", "main.raya", "-o", "out", "--policy", "raya-trust.toml", "--root", &line],
        &["trust", "sign", "secret.toml", "--key", &root],
        &["trust", "sign", &key, "--key", &root],
        &["run", "pinned/main.raya"],
    ];
    // No part of the key that is long enough to help.
    let parts: Vec<&str> = (0..line.len() - 24).map(|at| &line[at..at + 24]).collect();
    for command in commands {
        let finished = finish(&mut app.raya(*command));
        assert_ne!(finished.code, Some(0), "{command:?}");
        let printed = finished.stdout + &finished.stderr;
        let shown = parts.iter().find(|part| printed.contains(**part));
        assert!(shown.is_none(), "{command:?} shows {shown:?}:\n{printed}");
    }
}
