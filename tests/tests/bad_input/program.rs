//! Programs that are no programs, or disagree with the modules they import.

use raya_tests::app::App;
use raya_tests::fixture::Fixture;

use crate::{Case, Outcome::Refuses};

pub(crate) const CASES: &[Case] = &[
    Case {
        input: "an entry file that does not exist",
        command: "raya bundle other.raya -o app",
        prepare: || App::new(""),
        outcome: Refuses(&["R0217"], 2),
    },
    Case {
        input: "an entry file that is a folder",
        command: "raya bundle folder.raya -o app",
        prepare: || {
            let app = App::new("");
            app.write("folder.raya/file", "");
            app
        },
        outcome: Refuses(&["R0217"], 2),
    },
    Case {
        input: "an entry file that is not UTF-8",
        command: "raya bundle latin1.raya -o app",
        prepare: || {
            let app = App::new("");
            app.write("latin1.raya", b"console.log(\"gr\xfc\xdfe\");\n");
            app
        },
        outcome: Refuses(&["R0217"], 2),
    },
    Case {
        input: "a native function called with a value of the wrong type",
        command: "raya check main.raya",
        prepare: || with_adder("import { add } from \"native:adder\";\nconsole.log(add(1, \"2\"));\n"),
        outcome: Refuses(&["R0301"], 2),
    },
    Case {
        input: "a native function called with too few arguments, and with too many",
        command: "raya check main.raya",
        prepare: || with_adder("import { add } from \"native:adder\";\nconsole.log(add(1), add(1, 2, 3));\n"),
        outcome: Refuses(&["R0305", "R0305"], 2),
    },
    Case {
        input: "an import of a function that the module does not export",
        command: "raya bundle main.raya -o app",
        prepare: || with_adder("import { subtract } from \"native:adder\";\nconsole.log(subtract(1, 2));\n"),
        outcome: Refuses(&["R0203"], 2),
    },
    Case {
        input: "a stub that disagrees with the module's descriptor",
        command: "raya bundle main.raya -o app",
        prepare: || {
            with_adder(
                "declare module \"native:adder\" {\n    export function add(left: int, right: string): int;\n}\n\
                 import { add } from \"native:adder\";\nconsole.log(add(1, \"2\"));\n",
            )
        },
        outcome: Refuses(&["R0505", "R0503"], 2),
    },
    Case {
        input: "a `raya.toml` with a key that does not exist",
        command: "raya bundle main.raya -o app",
        prepare: || {
            let app = App::new("");
            app.manifest("[bundle]\nlocket = true\n");
            app
        },
        outcome: Refuses(&["R2057"], 2),
    },
    Case {
        input: "a folder of stubs that does not exist",
        command: "raya run main.raya",
        prepare: || {
            let app = App::new("console.log(1);\n");
            app.manifest("[stubs]\nfolders = [\"interfaces\"]\n");
            app
        },
        outcome: Refuses(&["R2001"], 2),
    },
    Case {
        input: "a folder of stubs with something else in it",
        command: "raya run main.raya",
        prepare: || {
            let app = App::new("console.log(1);\n");
            app.manifest("[stubs]\nfolders = [\"interfaces\"]\n");
            app.write(
                "interfaces/adder.raya",
                "export function add(left: int, right: int): int { return left + right; }\n",
            );
            app
        },
        outcome: Refuses(&["R0501"], 2),
    },
];

fn with_adder(program: &str) -> App {
    let app = App::new(program);
    app.vendor([&Fixture::new("adder").package()]);
    app
}
