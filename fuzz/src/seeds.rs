//! `seeds FROM TO`: compiles every program of one folder and writes the bytecode of those that are sound into another.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else {
        return Err(std::io::Error::other("expected two folders"));
    };
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if let (Some(program), Some(name)) = (raya_fuzz::compile(&text), path.file_stem()) {
            std::fs::write(Path::new(to).join(name), raya_bytecode::encode(&program))?;
        }
    }
    Ok(())
}
