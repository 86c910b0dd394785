//! Check: types, against stubs and descriptors merged, then the intermediate form, then bytecode that the verifier accepts.

use raya_bytecode::{Verified, encode};
use raya_check::typed::TypedProgram;
use raya_check::{NativeDeclaration, Origin, parse_declaration};
use raya_source::Diagnostic;

use super::admit::Admitted;
use super::parse::Program;
use crate::codes::BYTECODE_REFUSED;
use crate::command::{EXIT_NOT_COMPILED, Failure};

/// A program that compiles.
#[derive(Debug)]
pub struct Checked {
    /// What the VM runs.
    pub program: Verified,
    /// The same, in the binary format.
    pub bytes: Vec<u8>,
    /// Names of the built-ins it uses, in the order of its table.
    pub builtins: Vec<String>,
    /// What is not wrong but should be known.
    pub warnings: Vec<Diagnostic>,
    typed: TypedProgram,
    ir: raya_ir::Program,
}

/// Checks and compiles a program against the declarations of its modules.
pub fn check(program: &mut Program, admitted: &[Admitted]) -> Result<Checked, Failure> {
    let declarations = declarations(program, admitted);
    let output = raya_check::check(&program.loaded, &declarations);
    let failed = |diagnostics: Vec<Diagnostic>| Failure {
        diagnostics,
        sources: program.loaded.sources.clone(),
        code: EXIT_NOT_COMPILED,
    };
    if output.diagnostics.iter().any(Diagnostic::is_error) {
        // Warnings stay among the errors, in source order: one often explains another.
        return Err(failed(output.diagnostics));
    }
    let warnings = output.diagnostics;
    let ir = raya_ir::build(&output.program).map_err(failed)?;
    let bytecode = raya_compile::compile(&ir, &program.loaded.sources).map_err(failed)?;
    let builtins = bytecode.builtins.iter().map(|name| bytecode.strings[*name as usize].clone()).collect();
    let bytes = encode(&bytecode);
    let verified = raya_bytecode::verify(bytecode).map_err(|error| {
        let message = format!("the compiled program was refused: {error}");
        failed(vec![
            Diagnostic::error(BYTECODE_REFUSED, message)
                .with_help("this is a fault of raya, not of the program: please report it with the program"),
        ])
    })?;
    Ok(Checked { program: verified, bytes, builtins, warnings, typed: output.program, ir })
}

/// What is said of the admitted modules: by the app's folders of stubs, which were parsed with it, then by each module's own stub
/// and descriptor; what is wrong with those is found with the program's own errors.
fn declarations(program: &mut Program, admitted: &[Admitted]) -> Vec<NativeDeclaration> {
    let is_admitted =
        |stub: &NativeDeclaration| admitted.iter().any(|module| module.name.as_str() == stub.module);
    let mut declarations: Vec<NativeDeclaration> =
        std::mem::take(&mut program.stubs).into_iter().filter(is_admitted).collect();
    for module in admitted {
        let name = module.name.as_str();
        let mut declare = |file: &str, origin, text: &str| {
            declarations.push(parse_declaration(&mut program.loaded, file, name, origin, text.to_owned()));
        };
        if let Some((file, text)) = &module.stub {
            declare(file, Origin::Stub, text);
        }
        if let Some(text) = &module.descriptor {
            declare(&format!("descriptor of {name}"), Origin::Descriptor, text);
        }
    }
    declarations
}

impl Checked {
    /// The typed program as text.
    pub fn dump_typed(&self) -> String {
        raya_check::dump::dump(&self.typed, &|_| true)
    }

    /// The intermediate form as text.
    pub fn dump_ir(&self) -> String {
        raya_ir::dump::program(&self.ir)
    }

    /// The bytecode as text.
    pub fn dump_bytecode(&self) -> String {
        raya_bytecode::dump(&self.program)
    }
}
