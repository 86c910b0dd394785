//! Runs a program of one or more files without the command around it, for profilers: `run FILE [dump]`.

use raya_bytecode::Verified;
use raya_vm::{Config, Host, Vm};

struct Plain;

impl Host for Plain {
    fn write_output(&mut self, bytes: &[u8]) {
        let _ = std::io::Write::write_all(&mut std::io::stdout(), bytes);
    }
    fn write_error(&mut self, bytes: &[u8]) {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), bytes);
    }
    fn flush(&mut self) {}
    fn read_input(&mut self, _buffer: &mut [u8]) -> usize {
        0
    }
    fn arguments(&mut self) -> Vec<String> {
        std::env::args().skip(1).collect()
    }
}

fn main() {
    let file = std::env::args().nth(1).expect("a file");
    let program = compile(std::path::Path::new(&file));
    if std::env::args().nth(2).as_deref() == Some("dump") {
        println!("{}", raya_bytecode::dump(&program));
        return;
    }
    let builtins = program.builtins.iter().map(|name| {
        let name = &program.strings[*name as usize];
        raya_vm::builtins::find(name).expect("a known built-in")
    });
    let builtins = builtins.collect();
    let mut vm = Vm::new(program, builtins, vec![], Config::default(), Box::new(Plain));
    vm.run().expect("runs");
}

/// The program of a file, compiled and verified.
fn compile(entry: &std::path::Path) -> Verified {
    let root = entry.parent().unwrap_or(std::path::Path::new("."));
    let name = entry.file_name().expect("a file").to_string_lossy();
    let loaded = raya_check::load_program(&name, &mut |path| {
        std::fs::read_to_string(root.join(path)).map_err(|_| raya_check::loader::ReadError::NotFound)
    });
    let output = raya_check::check(&loaded, &[]);
    let errors = loaded.diagnostics.iter().chain(&output.diagnostics).filter(|one| one.is_error());
    let errors = errors.map(|error| error.message.clone()).collect::<Vec<_>>();
    assert!(errors.is_empty(), "{errors:#?}");
    let ir = raya_ir::build(&output.program).expect("lowers");
    raya_bytecode::verify(raya_compile::compile(&ir, &loaded.sources).expect("compiles")).expect("verifies")
}
