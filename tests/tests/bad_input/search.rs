//! Modules that are not where they are looked for, or of which there are several.

use raya_tests::app::App;
use raya_tests::fixture::{Fixture, payload};
use raya_tests::{GNU, MUSL};

use crate::{Case, Outcome::Prints, Outcome::Refuses};

pub(crate) const PROGRAM: &str =
    "import { add, describe } from \"native:adder\";\nconsole.log(describe(), add(1, 2));\n";

pub(crate) const CASES: &[Case] = &[
    Case {
        input: "an import of a module that is nowhere",
        command: "raya bundle main.raya -o app",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R1001"], 1),
    },
    Case {
        input: "two such imports: both are reported",
        command: "raya bundle main.raya -o app",
        prepare: || {
            App::new(
                "import { a } from \"native:first\";\nimport { b } from \"native:second\";\nconsole.log(a(), b());\n",
            )
        },
        outcome: Refuses(&["R1001", "R1001"], 1),
    },
    Case {
        input: "an import whose module name is none",
        command: "raya bundle main.raya -o app",
        prepare: || App::new("import { a } from \"native:../secret\";\nconsole.log(a());\n"),
        outcome: Refuses(&["R0206"], 2),
    },
    Case {
        input: "a relative folder in the module path",
        command: "RAYA_MODULE_PATH=modules raya run main.raya",
        prepare: with_libraries,
        outcome: Refuses(&["R3021"], 1),
    },
    Case {
        input: "a module in two folders of the module path: the first wins",
        command: "RAYA_MODULE_PATH=$PWD/modules:$PWD/other raya run main.raya",
        prepare: with_libraries,
        outcome: Prints("modules 3"),
    },
    Case {
        input: "the same, the other way round",
        command: "RAYA_MODULE_PATH=$PWD/other:$PWD/modules raya run main.raya",
        prepare: with_libraries,
        outcome: Prints("other 3"),
    },
    Case {
        input: "a module in the module path and in the home folder: the path wins",
        command: "mkdir -p $HOME/.raya && cp -R modules $HOME/.raya/modules && RAYA_MODULE_PATH=$PWD/other raya run main.raya",
        prepare: with_libraries,
        outcome: Prints("other 3"),
    },
    Case {
        input: "a library on the path that shadows a linked module",
        command: "raya bundle main.raya -o app && RAYA_MODULE_PATH=$PWD/other LD_LIBRARY_PATH=$PWD/other ./app",
        prepare: || {
            let app = with_libraries();
            app.vendor([&Fixture::new("adder").package()]);
            app
        },
        outcome: Prints("plain adder 3"),
    },
    Case {
        input: "a version that the app's manifest does not accept",
        command: "raya bundle main.raya -o app",
        prepare: || {
            let app = App::new(PROGRAM);
            app.vendor([&Fixture::new("adder").package()]);
            app.manifest("[modules]\nadder = \"2\"\n");
            app
        },
        outcome: Refuses(&["R1002"], 1),
    },
    Case {
        input: "the same, where the manifest names the package",
        command: "raya bundle main.raya -o app",
        prepare: || {
            let app = App::new(PROGRAM);
            app.copy("packages", &Fixture::new("adder").package());
            app.manifest("[modules]\nadder = { version = \"2\", path = \"packages/adder-1.0.0.rmod\" }\n");
            app
        },
        outcome: Refuses(&["R1255"], 1),
    },
    Case {
        input: "a package that was not built for the target",
        command: "raya bundle main.raya -o app --target x86_64-unknown-linux-musl",
        prepare: || {
            let app = App::new(PROGRAM);
            app.vendor([&Fixture::new("adder").only_for(GNU).package()]);
            app
        },
        outcome: Refuses(&["R1004"], 1),
    },
    Case {
        input: "a package without a shared library for this machine, run",
        command: "raya run main.raya",
        prepare: || {
            let app = App::new(PROGRAM);
            app.vendor([&Fixture::new("adder").only_for(MUSL).package()]);
            app
        },
        outcome: Refuses(&["R1004"], 1),
    },
    Case {
        input: "a module left to the fallback that the program does not import",
        command: "raya bundle main.raya -o app --target x86_64-unknown-linux-gnu --dynamic addr",
        prepare: || {
            let app = App::new(PROGRAM);
            app.vendor([&Fixture::new("adder").only_for(GNU).package()]);
            app
        },
        outcome: Refuses(&["R2022"], 64),
    },
    Case {
        input: "a shared library where an archive is needed",
        command: "RAYA_MODULE_PATH=$PWD/modules raya bundle main.raya -o app",
        prepare: with_libraries,
        outcome: Refuses(&["R1004"], 1),
    },
    Case {
        input: "a target that does not exist",
        command: "raya bundle main.raya -o app --target x86_64-unknown-linux",
        prepare: || App::new(PROGRAM),
        outcome: Refuses(&["R2021"], 64),
    },
    Case {
        input: "a pipe in place of a module: it is not waited for",
        command: "RAYA_MODULE_PATH=$PWD/pipes raya run main.raya",
        prepare: || {
            let app = App::new(PROGRAM);
            app.write("pipes/adder.raya", "");
            let pipe = app.path("pipes/libadder.so");
            raya_tests::command::succeed(std::process::Command::new("mkfifo").arg(pipe));
            app
        },
        outcome: Refuses(&["R2002"], 1),
    },
];

/// The same module twice, each calling itself by its folder's name.
fn with_libraries() -> App {
    let app = App::new(PROGRAM);
    for folder in ["modules", "other"] {
        let fixture = Fixture::new("adder").replacing("plain adder", folder).only_for(GNU);
        app.write(
            &format!("{folder}/libadder.so"),
            payload(&fixture.package(), &format!("lib/{GNU}/shared.so")),
        );
    }
    app
}
