//! Check: types, against stubs and descriptors merged, then the intermediate form, then bytecode that the verifier accepts.

use raya_bytecode::{Verified, encode};
use raya_check::typed::TypedProgram;
use raya_check::{CheckInput, NativeDeclaration};
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
    let natives: Vec<NativeDeclaration> = admitted
        .iter()
        .map(|module| NativeDeclaration {
            module: module.name.as_str().to_owned(),
            stub: module.stub.clone(),
            descriptor: module.descriptor.clone(),
        })
        .collect();
    let output = raya_check::check(CheckInput { loaded: &mut program.loaded, natives });
    let (errors, warnings): (Vec<_>, Vec<_>) = output.diagnostics.into_iter().partition(Diagnostic::is_error);
    let failed = |diagnostics: Vec<Diagnostic>| Failure {
        diagnostics,
        sources: program.loaded.sources.clone(),
        code: EXIT_NOT_COMPILED,
    };
    if !errors.is_empty() {
        // In source order with the errors: a warning often explains one.
        let mut all = errors;
        all.extend(warnings);
        return Err(failed(all));
    }
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

impl Checked {
    /// The typed program as text.
    pub fn dump_typed(&self) -> String {
        raya_check::dump::program(&self.typed)
    }

    /// The intermediate form as text.
    pub fn dump_ir(&self) -> String {
        raya_ir::dump::program(&self.ir)
    }

    /// The bytecode as text.
    pub fn dump_bytecode(&self) -> String {
        raya_bytecode::dump::dump(&self.program)
    }
}
