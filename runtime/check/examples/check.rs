//! Checks one file and shows its diagnostics and, with `--dump`, what was made of it.

use raya_check::{Origin, check, load_program, loader::ReadError, parse_declaration};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let dump = arguments.iter().any(|one| one == "--dump");
    let Some(entry) = arguments.iter().find(|one| !one.starts_with("--")) else {
        eprintln!("usage: check FILE [--dump]");
        return;
    };
    let mut loaded = load_program(entry, &mut |path| match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(ReadError::NotFound),
        Err(error) => Err(ReadError::Failed(error.to_string())),
    });
    let mut declarations = Vec::new();
    for module in loaded.natives.clone() {
        let file = format!("{}.raya", module.module);
        if let Ok(text) = std::fs::read_to_string(&file) {
            declarations.push(parse_declaration(&mut loaded, &file, &module.module, Origin::Stub, text));
        }
    }
    let start = std::time::Instant::now();
    let output = check(&loaded, &declarations);
    let took = start.elapsed();
    for one in &output.diagnostics {
        let place = one.primary.as_ref().map_or_else(String::new, |label| {
            let file = loaded.sources.file(label.span.file);
            let at = file.position(label.span.start);
            format!("{}:{}:{}: ", file.name(), at.line, at.column)
        });
        println!("{place}{} {}", one.code, one.message);
        for note in &one.notes {
            println!("    note: {note}");
        }
        for help in &one.help {
            println!("    help: {}", help.message);
        }
    }
    if dump {
        let app = loaded.modules.last().map(|one| one.tree.file);
        print!("{}", raya_check::dump::dump(&output.program, &|function| Some(function.span.file) == app));
    }
    println!("{} diagnostics in {took:?}", output.diagnostics.len());
}
