//! Places where nothing can be written.

use raya_tests::app::App;

use crate::{Case, Outcome::Refuses};

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
        outcome: Refuses(&["R1501"], 1),
    },
    Case {
        input: "an output that is a folder",
        command: "raya bundle main.raya -o taken",
        prepare: || {
            let app = App::new(PROGRAM);
            app.write("taken/file", "");
            app
        },
        outcome: Refuses(&["R1501"], 1),
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
