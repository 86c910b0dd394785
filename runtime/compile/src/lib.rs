//! From the intermediate form to bytecode: instructions are selected, registers allocated, jumps and tables fixed up.
//!
//! The interpreter's speed is made here. What counts is the number of instructions that run: arguments are computed straight
//! into the window of the call, constants sit in the instruction that needs them, comparisons are part of their jumps.
#![forbid(unsafe_code)]

mod allocate;
mod copies;
pub mod dump;
mod emit;
mod fuse;
mod limits;
mod low;
mod pools;
mod select;
mod windows;

use raya_abi::limits as bounds;
use raya_bytecode::program::{self as bytecode, Program};
use raya_ir as ir;
use raya_source::{Diagnostic, SourceMap};

use allocate::Places;
use limits::Limits;
use low::LowFunction;
use pools::Pools;

/// Compiles a program.
///
/// # Errors
/// `R0490`, `R0492`, `R0493` where the program exceeds what bytecode can express: too many arguments, registers, or entries of
/// one of its tables.
pub fn compile(program: &ir::Program, sources: &SourceMap) -> Result<Program, Vec<Diagnostic>> {
    let mut pools = Pools::new(program, sources);
    let mut limits = Limits::default();
    let mut functions = Vec::with_capacity(program.functions.len());
    for function in &program.functions {
        functions.push(compile_function(program, function, &mut pools, &mut limits));
    }
    let mut compiled = Program {
        functions,
        classes: classes(program, &mut pools),
        types: program.types.clone(),
        builtins: program.builtins.iter().map(|name| pools.string(name)).collect(),
        natives: natives(program, &mut pools),
        globals: program.globals.iter().map(|global| pools.string(&global.name)).collect(),
        entry: program.entry.map_or(0, |entry| entry.0),
        ..Program::default()
    };
    limits.tables(&compiled, &pools);
    pools.finish(&mut compiled);
    limits.finish(compiled)
}

/// One function, step by step.
fn compile_function(
    program: &ir::Program,
    function: &ir::Function,
    pools: &mut Pools,
    limits: &mut Limits,
) -> bytecode::Function {
    let mut low = select::select(program, function, pools, limits);
    copies::forward(&mut low, program);
    let mut fused = low.clone();
    fuse::fuse(&mut fused, program);
    let (low, places) = place(fused, low, program);
    if places.declared.len() > bounds::REGISTERS_MAX {
        limits.exceeded(
            limits::REGISTERS,
            function.span,
            format!(
                "`{}` needs {} registers; at most {} are possible",
                function.name,
                places.declared.len(),
                bounds::REGISTERS_MAX
            ),
            "split it into several functions",
        );
    }
    emit::emit(&low, &places, function, pools)
}

/// Allocates registers for the code with joined instructions, or without where those cannot name what they need.
fn place(mut fused: LowFunction, mut plain: LowFunction, program: &ir::Program) -> (LowFunction, Places) {
    windows::isolate(&mut fused, program);
    let places = allocate::allocate(&fused, program);
    if fuse::fits(&fused, &places) {
        return (fused, places);
    }
    windows::isolate(&mut plain, program);
    let places = allocate::allocate(&plain, program);
    (plain, places)
}

fn classes(program: &ir::Program, pools: &mut Pools) -> Vec<bytecode::Class> {
    let compile = |class: &ir::Class| {
        let mut members = class.members.iter().collect::<Vec<_>>();
        members.sort_by(|left, right| left.name.cmp(&right.name));
        let members = members.into_iter().map(|member| {
            let kind = match member.kind {
                ir::MemberKind::Method(function) => bytecode::Member::Method(function.0),
                ir::MemberKind::Accessor { get, set } => {
                    bytecode::Member::Accessor { get: get.map(|id| id.0), set: set.map(|id| id.0) }
                }
            };
            (pools.string(&member.name), kind)
        });
        let members = members.collect();
        bytecode::Class {
            name: pools.string(&class.name),
            base: class.base.map(|base| base.0),
            fields: class
                .fields
                .iter()
                .map(|(name, representation)| (pools.string(name), *representation))
                .collect(),
            members,
        }
    };
    program.classes.iter().map(compile).collect()
}

fn natives(program: &ir::Program, pools: &mut Pools) -> Vec<bytecode::Native> {
    let compile = |native: &ir::NativeFunction| bytecode::Native {
        module: pools.string(&native.module),
        name: pools.string(&native.name),
        signature: pools.string(&native.signature),
        parameters: native.parameter_types.clone(),
        result: native.result,
        returns_result: native.returns_result,
    };
    program.natives.iter().map(compile).collect()
}
