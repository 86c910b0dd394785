//! Values that a native module must not be given, or gives and must not.

use raya_tests::app::App;
use raya_tests::fixture::Fixture;

use crate::{Case, Outcome::Prints, Outcome::Throws};

const RUN: &str = "raya run main.raya";

pub(crate) const CASES: &[Case] = &[
    Case {
        input: "a native function that asks an int for its text",
        command: RUN,
        prepare: || calling("wantsString(1)"),
        outcome: Throws("TypeError"),
    },
    Case {
        input: "a native function that gives an int where a string is declared",
        command: RUN,
        prepare: || calling("givesInt()"),
        outcome: Throws("TypeError"),
    },
    Case {
        input: "a native function that gives null where a string is declared",
        command: RUN,
        prepare: || calling("givesNull()"),
        outcome: Throws("TypeError"),
    },
    Case {
        input: "a native function that gives text that is not UTF-8",
        command: RUN,
        prepare: || calling("givesBadText()"),
        outcome: Throws("Error"),
    },
    Case {
        input: "a native function that gives a handle of an earlier call",
        command: RUN,
        prepare: || calling("givesStale() + givesStale()"),
        outcome: Throws("TypeError"),
    },
    Case {
        input: "a native function that gives a pointer that is no handle",
        command: RUN,
        prepare: || calling("givesForeign()"),
        outcome: Throws("TypeError"),
    },
    Case {
        input: "a native function that reads outside of an array",
        command: RUN,
        prepare: || calling("readsOutside([1, 2])"),
        outcome: Throws("RangeError"),
    },
    Case {
        input: "a native function that writes into its argument",
        command: RUN,
        prepare: || calling("writesArgument([1, 2])"),
        outcome: Throws("TypeError"),
    },
    Case {
        input: "a native function that gives a NaN whose bits look like a pointer",
        command: RUN,
        prepare: || calling("odd()"),
        outcome: Prints("NaN"),
    },
    Case {
        input: "a native function in C++ that throws",
        command: "raya run main.raya",
        prepare: || importing("throwing", "escapes", "escapes(\"thrown\")"),
        outcome: Throws("Error"),
    },
    Case {
        input: "a native function in Rust that panics",
        command: "raya run main.raya",
        prepare: || importing("rusty", "panics", "panics(\"panicked\")"),
        outcome: Throws("NativePanic"),
    },
    Case {
        input: "a library that registers a function with another number of parameters than its stub declares",
        command: "RAYA_MODULE_PATH=$PWD/modules raya run main.raya",
        prepare: || {
            let app = importing("adder", "add", "add(1)");
            std::fs::remove_dir_all(app.path("vendor")).expect("the folder is there");
            let without_descriptor = Fixture::new("adder")
                .replacing(
                    "RAYA_MODULE_DESCRIPTOR(adder,",
                    "static const char *const unused[] __attribute__((unused)) = {",
                )
                .replacing("}\\n\")", "}\\n\"};")
                .replacing("language = \"c\"", "language = \"c\"\nstub = \"adder.raya\"")
                .overlaid("adder_stub");
            without_descriptor.package();
            app.copy("modules", &without_descriptor.folder().join("target/raya/libadder.so"));
            app.write(
                "modules/adder.raya",
                "declare module \"native:adder\" {\n    export function add(left: int): int;\n}\n",
            );
            app
        },
        outcome: Throws("NativeError"),
    },
];

fn calling(call: &str) -> App {
    let function = call.split('(').next().unwrap_or(call);
    importing("boundary", function, call)
}

fn importing(module: &str, function: &str, call: &str) -> App {
    let app = App::new(&format!("import {{ {function} }} from \"native:{module}\";\nconsole.log({call});\n"));
    app.vendor([&Fixture::new(module).package()]);
    app
}
