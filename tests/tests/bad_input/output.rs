//! Places where nothing can be written.

use raya_tests::MUSL;
use raya_tests::app::App;
use raya_tests::command::workspace_root;
use raya_tests::fixture::Fixture;
use raya_tests::locked::Key;

use crate::{Case, Outcome::Prints, Outcome::Refuses};

const PROGRAM: &str = "console.log(\"hello\");\n";

pub(crate) const CASES: &[Case] = &[
    Case {
        input: "a full disk",
        command: "mkdir full && unshare --mount sh -c 'mount -t tmpfs -o size=16k none full && raya bundle main.raya -o full/app; \
                  code=$?; ls -A full; exit $code'; code=$?; rmdir full; exit $code",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R1501"], 1),
    },
    Case {
        input: "an output in a folder that does not exist",
        command: "raya bundle main.raya -o nowhere/app",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R2008"], 1),
    },
    Case {
        input: "an output that is a folder",
        command: "raya bundle main.raya -o taken",
        prepare: || {
            let app = App::new(PROGRAM);
            app.write("taken/file", "");
            app
        },
        outcome: Refuses(&["R2006"], 1),
    },
    Case {
        input: "an output that is the app's own source",
        command: "raya bundle main.raya -o main.raya",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R2007"], 1),
    },
    Case {
        input: "an output that is a file the app imports",
        command: "raya bundle main.raya -o lib/text.raya",
        prepare: || {
            let app = App::new("import { text } from \"./lib/text\";\nconsole.log(text);\n");
            app.write("lib/text.raya", "export const text = \"hello\";\n");
            app
        },
        outcome: Refuses(&["R2007"], 1),
    },
    Case {
        input: "an output that is a module of the app",
        command: "raya bundle main.raya -o vendor/adder-1.0.0.rmod",
        prepare: || {
            let app = App::new(crate::search::PROGRAM);
            app.vendor([&Fixture::new("adder").only_for(MUSL).package()]);
            app
        },
        outcome: Refuses(&["R2007"], 1),
    },
    Case {
        input: "an output that is a pipe",
        command: "mkfifo pipe; raya bundle main.raya -o pipe; code=$?; test -p pipe && rm pipe; exit $code",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R2006"], 1),
    },
    Case {
        input: "an output that is a link, even one that leads nowhere",
        command: "ln -s nowhere link; raya bundle main.raya -o link; code=$?; rm link; exit $code",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R2006"], 1),
    },
    Case {
        input: "a pipe in the place of the image's signature",
        command: "mkfifo app.minisig; raya bundle main.raya -o app; code=$?; test -p app.minisig && rm app.minisig; exit $code",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R2006"], 1),
    },
    Case {
        input: "a key pair whose public half would replace a link",
        command: "ln -s nowhere release.pub; raya key gen release --no-password; code=$?; rm release.pub; exit $code",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R2006"], 1),
    },
    Case {
        input: "a package that would replace a source",
        command: "raya module build module -o module/module.c; code=$?; rm -rf module/target; exit $code",
        prepare: || {
            let app = App::new(PROGRAM);
            let fixture = workspace_root().join("tests/fixtures/adder");
            for name in ["module.c", "raya-module.toml"] {
                app.copy("module", &fixture.join(name));
            }
            app
        },
        outcome: Refuses(&["R2007"], 1),
    },
    Case {
        input: "what is printed goes to a file that may not grow",
        command: "(trap '' XFSZ; ulimit -f 0; raya key show root.pub) > printed; code=$?; rm printed; exit $code",
        prepare: with_key,
        outcome: Refuses(&["R2009"], 1),
    },
    Case {
        input: "what is printed goes to a pipe that nobody reads any more",
        command: "{ sleep 1; raya key show root.pub; echo \"exit code $?\" > code; } | :; cat code",
        prepare: with_key,
        outcome: Prints("exit code 0"),
    },
    Case {
        input: "an output in a folder that is read-only",
        command: "mkdir locked && unshare --mount sh -c 'mount -t tmpfs -o ro none locked && raya bundle main.raya -o locked/app'; \
                  code=$?; rmdir locked; exit $code",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R1501"], 1),
    },
    Case {
        input: "a signing key that does not exist",
        command: "raya bundle main.raya -o app --sign release.key",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R2001"], 1),
    },
];

fn with_key() -> App {
    let app = App::new(PROGRAM);
    let key = Key::generate(&app.home(), "root");
    app.copy("", &key.public);
    app
}
