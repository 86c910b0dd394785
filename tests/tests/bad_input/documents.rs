//! Keys, bundles and documents that are none, and files that are in the way.

use raya_tests::app::App;

use crate::{Case, Outcome::Refuses};

pub(crate) const CASES: &[Case] = &[
    Case {
        input: "a key pair where one is already",
        command: "raya key gen release --no-password",
        prepare: || {
            let app = App::new("");
            app.write("release.key", "a key that must not be lost");
            app
        },
        outcome: Refuses(&["R2010"], 1),
    },
    Case {
        input: "a program that is no bundle",
        command: "raya inspect main.raya",
        prepare: || App::new("console.log(1);\n"),
        outcome: Refuses(&["R1510"], 1),
    },
    Case {
        input: "an entry that is no file name",
        command: "raya check ..",
        prepare: || App::new(""),
        outcome: Refuses(&["R2020"], 1),
    },
    Case {
        input: "a `raya.toml` that is no TOML",
        command: "raya check main.raya",
        prepare: || {
            let app = App::new("");
            app.write("raya.toml", "[app\n");
            app
        },
        outcome: Refuses(&["R2054"], 2),
    },
    Case {
        input: "a module name that Windows gives to a device",
        command: "raya check main.raya",
        prepare: || App::new("import { open } from \"native:con\";\nopen();\n"),
        outcome: Refuses(&["R1005"], 2),
    },
    Case {
        input: "no entry file and no `raya.toml`",
        command: "raya run",
        prepare: || App::new(""),
        outcome: Refuses(&["R2024"], 64),
    },
    Case {
        input: "a project where one is already",
        command: "raya init .",
        prepare: || {
            let app = App::new("");
            app.write("raya.toml", "");
            app
        },
        outcome: Refuses(&["R2025"], 1),
    },
    Case {
        input: "no tests where tests are to be run",
        command: "raya test",
        prepare: || App::new(""),
        outcome: Refuses(&["R2026"], 1),
    },
];
