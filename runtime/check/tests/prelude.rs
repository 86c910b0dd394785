//! The prelude is a program too: every body in it is checked.

mod common;

use raya_check::{check_everything, prelude_natives, standard_modules};

#[test]
fn every_body_of_the_prelude_and_the_standard_modules_checks() {
    let modules = standard_modules();
    assert!(modules.len() > 10, "{modules:?}");
    let imports = modules.iter().map(|name| format!("import * as {name} from \"std:{name}\";\n"));
    let uses = "args; crypto.sha256; encoding.hex; env.has; fs.exists; io.flush; json.parse; logger.info; math.sqrt; path.join; \
                process.cwd; test.fail; time.now; url.URL;";
    let program = format!("{}{uses}", imports.collect::<String>());
    let loaded = common::load(&[("main.raya", &program)]);
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
