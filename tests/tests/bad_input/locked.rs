//! What locked mode refuses.

use std::fs;

use raya_tests::MUSL;
use raya_tests::app::App;
use raya_tests::command::succeed;
use raya_tests::fixture::{Fixture, payload};
use raya_tests::locked::{Key, LockedApp, allow};

use crate::search::PROGRAM;
use crate::{Case, Outcome::Refuses};

const BUNDLE: &str = "raya bundle --locked main.raya -o app";
const PACKAGE: &str = "vendor/adder-1.0.0.rmod";

pub(crate) const CASES: &[Case] = &[
    Case {
        input: "a locked bundle without a trust policy",
        command: BUNDLE,
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R1258"], 1),
    },
    Case {
        input: "a policy in the working folder that nothing names",
        command: BUNDLE,
        prepare: || {
            let locked = locked();
            locked.app.manifest("");
            locked.app
        },
        outcome: Refuses(&["R1258"], 1),
    },
    Case {
        input: "a policy without root keys to check it with",
        command: "raya bundle --locked main.raya -o app --policy raya-trust.toml",
        prepare: || {
            let locked = locked();
            locked.app.manifest("");
            locked.app
        },
        outcome: Refuses(&["R1259"], 1),
    },
    Case {
        input: "a root key given by its digest alone",
        command: "raya bundle --locked main.raya -o app --policy raya-trust.toml \
                  --root $(raya key show root.pub | sed -n 's/^digest *//p')",
        prepare: || {
            let locked = locked();
            locked.app.manifest("");
            locked.app
        },
        outcome: Refuses(&["R1259"], 1),
    },
    Case {
        input: "a secret key where a public one is needed",
        command: "raya module verify vendor/adder-1.0.0.rmod --key $HOME/keys/publisher.key",
        prepare: || locked().app,
        outcome: Refuses(&["R1125"], 1),
    },
    Case {
        input: "a public key where a secret one is needed",
        command: "raya bundle --locked main.raya -o app --sign $HOME/keys/release.pub",
        prepare: || locked().app,
        outcome: Refuses(&["R1125"], 1),
    },
    Case {
        input: "a package that another key signed",
        command: "raya module verify vendor/adder-1.0.0.rmod --key $HOME/keys/release.pub",
        prepare: || locked().app,
        outcome: Refuses(&["R1115"], 1),
    },
    Case {
        input: "a policy that its root did not sign",
        command: BUNDLE,
        prepare: || {
            let locked = locked();
            let text = fs::read_to_string(locked.app.path("raya-trust.toml")).expect("the policy");
            locked.app.write("raya-trust.toml", text.replace("version = 1", "version = 2"));
            locked.app
        },
        outcome: Refuses(&["R1112"], 1),
    },
    Case {
        input: "a policy that a pinned root signed, and not the one named",
        command: "raya bundle --locked main.raya -o app --root stranger.pub",
        prepare: || with_stranger().app,
        outcome: Refuses(&["R1115"], 1),
    },
    Case {
        input: "a policy that one of two roots named signed",
        command: "raya bundle --locked main.raya -o app --root root.pub --root stranger.pub",
        prepare: || with_stranger().app,
        outcome: Refuses(&["R1116"], 1),
    },
    Case {
        input: "a policy by the manifest's root beside the root named, which signed its own",
        command: "raya bundle --locked main.raya -o app --root root.pub --policy other.toml",
        prepare: || {
            let locked = with_stranger();
            let text = locked.policy_text("", "").replace(&locked.root.text, &stranger(&locked).text);
            locked.app.write("other.toml", text);
            let mut command = locked.app.raya(["trust", "sign", "other.toml", "--key"]);
            succeed(command.arg(&stranger(&locked).secret));
            locked.manifest_with_root(&stranger(&locked));
            locked.app
        },
        outcome: Refuses(&["R1115"], 1),
    },
    Case {
        input: "a policy beside a second signature that is none",
        command: BUNDLE,
        prepare: || {
            let locked = locked();
            locked.app.write("raya-trust.toml.second.minisig", "no signature\n");
            locked.app
        },
        outcome: Refuses(&["R1101"], 1),
    },
    Case {
        input: "a locked app without a policy, bundled from inside of its folder `src`",
        command: "cd src && raya bundle main.raya -o ../app",
        prepare: || {
            let app = App::new("");
            app.write("src/main.raya", "console.log(1);\n");
            app.write(
                "raya.toml",
                "[app]\nname = \"main\"\nversion = \"1.0.0\"\nentry = \"src/main.raya\"\n\n[bundle]\nlocked = true\n",
            );
            app
        },
        outcome: Refuses(&["R1258"], 1),
    },
    Case {
        input: "a linker of the machine for a locked bundle",
        command: "raya bundle --locked main.raya -o app --linker cc",
        prepare: || locked().app,
        outcome: Refuses(&["R2027"], 64),
    },
    Case {
        input: "an old package under the name of a newer one",
        command: BUNDLE,
        prepare: || {
            let locked = locked();
            fs::rename(locked.app.path(PACKAGE), locked.app.path("vendor/adder-1.9.9.rmod"))
                .expect("the package is there");
            locked.app
        },
        outcome: Refuses(&["R1263"], 1),
    },
    Case {
        input: "a policy that has expired",
        command: BUNDLE,
        prepare: || with_policy("expires = 2020-01-01T00:00:00Z", &allow("adder", "*", "")),
        outcome: Refuses(&["R1201"], 1),
    },
    Case {
        input: "a policy for development",
        command: BUNDLE,
        prepare: || with_policy("mode = \"dev\"", &allow("adder", "*", "")),
        outcome: Refuses(&["R1211"], 1),
    },
    Case {
        input: "a module without a signature",
        command: BUNDLE,
        prepare: || {
            let locked = locked();
            locked.app.copy("vendor", &Fixture::new("adder").only_for(MUSL).package());
            locked.app
        },
        outcome: Refuses(&["R1114"], 1),
    },
    Case {
        input: "libraries without a manifest",
        command: BUNDLE,
        prepare: || {
            let locked = locked();
            fs::remove_file(locked.app.path(PACKAGE)).expect("the package is there");
            let archive =
                payload(&Fixture::new("adder").only_for(MUSL).package(), &format!("lib/{MUSL}/static.a"));
            locked.app.write("vendor/libadder.a", archive);
            locked.app
        },
        outcome: Refuses(&["R1190"], 1),
    },
    Case {
        input: "a linker script named `libadder.a`",
        command: BUNDLE,
        prepare: || {
            let locked = locked();
            fs::remove_file(locked.app.path(PACKAGE)).expect("the package is there");
            locked.app.write("vendor/libadder.a", "INPUT(/usr/lib/libc.a)\n");
            locked.app
        },
        outcome: Refuses(&["R1190"], 1),
    },
    Case {
        input: "a module signed by a key that the policy does not know",
        command: BUNDLE,
        prepare: || {
            let locked = locked();
            let stranger = Key::generate(&locked.app.home(), "stranger");
            let package = locked.app.copy("vendor", &Fixture::new("adder").only_for(MUSL).package());
            locked.sign(&package, &stranger);
            locked.app
        },
        outcome: Refuses(&["R1115"], 1),
    },
    Case {
        input: "a module that is not on the list",
        command: BUNDLE,
        prepare: || with_policy("", &allow("another", "*", "")),
        outcome: Refuses(&["R1202"], 1),
    },
    Case {
        input: "an older version than the list allows",
        command: BUNDLE,
        prepare: || with_policy("", &allow("adder", ">=1.1", "")),
        outcome: Refuses(&["R1204"], 1),
    },
    Case {
        input: "an older epoch than the list allows",
        command: BUNDLE,
        prepare: || with_policy("", &allow("adder", "*", "epoch = 2\n")),
        outcome: Refuses(&["R1205"], 1),
    },
    Case {
        input: "another manifest than the list names",
        command: BUNDLE,
        prepare: || {
            let other = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
            with_policy("", &allow("adder", "*", &format!("manifests = [\"{other}\"]\n")))
        },
        outcome: Refuses(&["R1206"], 1),
    },
    Case {
        input: "a module signed by a key that was revoked",
        command: BUNDLE,
        prepare: || {
            let locked = locked();
            let revoked = format!("\n[[revoke]]\nkey = \"{}\"\nreason = \"lost\"\n", locked.publisher.digest);
            locked.policy(&locked.policy_text("", &(allow("adder", "*", "") + &revoked)));
            locked.app
        },
        outcome: Refuses(&["R1209"], 1),
    },
    Case {
        input: "a module that wants more than it is granted, and has constructors",
        command: BUNDLE,
        prepare: || {
            let program = "import { shout } from \"native:rusty\";\nconsole.log(shout(\"x\"));\n";
            let locked = LockedApp::new(program, [&Fixture::new("rusty").package()]);
            locked.policy(&locked.policy_text("", &allow("rusty", "*", "capabilities = [\"clock\"]\n")));
            locked.app
        },
        outcome: Refuses(&["R1207", "R1208"], 1),
    },
    Case {
        input: "a flipped byte in a module's manifest",
        command: BUNDLE,
        prepare: || flipped(b"version = \"1.0.0\"", 11),
        outcome: Refuses(&["R1112"], 1),
    },
    Case {
        input: "a flipped byte in a module's signature",
        command: BUNDLE,
        prepare: || changed(b"\nRU", 40, |letter| if letter == b'A' { b'B' } else { b'A' }),
        outcome: Refuses(&["R1112"], 1),
    },
    Case {
        input: "a flipped byte in a module's archive",
        command: BUNDLE,
        prepare: || flipped(b"\x28\xb5\x2f\xfd", 200),
        outcome: Refuses(&["R1121"], 1),
    },
    Case {
        input: "three modules, each refused for another reason: all are reported",
        command: BUNDLE,
        prepare: || {
            let program = "import { add } from \"native:adder\";\nimport { state } from \"native:twin\";\n\
                           import { map } from \"native:opener\";\nconsole.log(add(1, 2), state(), map());\n";
            let package = |name| Fixture::new(name).only_for(MUSL).package();
            let locked = LockedApp::new(program, [&package("adder"), &package("twin_c"), &package("opener")]);
            locked.policy(
                &locked.policy_text("", &(allow("adder", ">=2", "") + &allow("opener", "*", "epoch = 1\n"))),
            );
            locked.app
        },
        outcome: Refuses(&["R1204", "R1202", "R1205", "R1207"], 1),
    },
    Case {
        input: "a module left to the fallback",
        command: "raya bundle --locked main.raya -o app --target x86_64-unknown-linux-gnu --dynamic adder",
        prepare: || locked().app,
        outcome: Refuses(&["R2023"], 64),
    },
];

fn locked() -> LockedApp {
    LockedApp::new(PROGRAM, [&Fixture::new("adder").only_for(MUSL).package()])
}

/// With the public key of somebody that signed nothing.
fn with_stranger() -> LockedApp {
    let locked = locked();
    fs::copy(stranger(&locked).public, locked.app.path("stranger.pub")).expect("a key can be copied");
    locked
}

/// Somebody's key; the same for each call.
fn stranger(locked: &LockedApp) -> Key {
    Key::existing(&locked.app.home(), "stranger")
        .unwrap_or_else(|| Key::generate(&locked.app.home(), "stranger"))
}

fn with_policy(head: &str, rows: &str) -> App {
    let locked = locked();
    locked.policy(&locked.policy_text(head, rows));
    locked.app
}

/// Flips a bit of the byte that follows the first `marker` by `more`.
fn flipped(marker: &[u8], more: usize) -> App {
    changed(marker, more, |byte| byte ^ 1)
}

/// An app whose package differs in one byte, so many behind a marker.
fn changed(marker: &[u8], more: usize, change: impl Fn(u8) -> u8) -> App {
    let locked = locked();
    let path = locked.app.path(PACKAGE);
    let mut bytes = fs::read(&path).expect("the package can be read");
    let at = bytes.windows(marker.len()).position(|window| window == marker).expect("the marker is there");
    bytes[at + more] = change(bytes[at + more]);
    fs::write(path, bytes).expect("the package can be written");
    locked.app
}
