//! The prelude is a program too: every body in it is checked.

mod common;

use raya_check::{check_everything, prelude_natives};

#[test]
fn every_body_of_the_prelude_and_the_standard_modules_checks() {
    let loaded = common::load(&[(
        "main.raya",
        "import * as io from \"std:io\"; import * as math from \"std:math\"; import * as process from \"std:process\";
         io.flush(); math.sqrt(2); process.pid();",
    )]);
    let output = check_everything(&loaded, &[]);
    assert_eq!(common::shown(&loaded, &output), Vec::<String>::new());
}

#[test]
fn natives_are_listed_sorted_and_named_by_their_class() {
    let natives = prelude_natives();
    assert!(natives.is_sorted());
    for name in [
        "Array.push",
        "Map.new",
        "Map.size",
        "RegExp.lastIndex=",
        "String.indexOf",
        "console.log",
        "io.write",
        "parseInt",
    ] {
        assert!(natives.iter().any(|one| one == name), "{name} is missing");
    }
    assert!(!natives.iter().any(|one| one == "Array.map"), "what takes a callback is written in Raya");
}
