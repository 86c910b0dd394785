//! Checks of everything but code: indices of tables into one another, orders, limits.

use raya_abi::{Representation, RuntimeType, RuntimeTypeId, limits};

use super::{VerifyError, VerifyProblem};
use crate::program::{Function, Member, Program};

type Checked = Result<(), VerifyProblem>;

/// That `index` is below `count`.
pub(super) fn index(kind: &'static str, index: u32, count: usize) -> Checked {
    if (index as usize) < count { Ok(()) } else { Err(VerifyProblem::Index(kind, index, count)) }
}

fn limit(what: &'static str, limit: usize, found: usize) -> Checked {
    if found <= limit { Ok(()) } else { Err(VerifyProblem::Limit(what, limit, found)) }
}

fn rule(holds: bool, rule: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(VerifyProblem::Table(rule)) }
}

/// Checks the tables of `program`.
pub(super) fn check(program: &Program) -> Result<(), VerifyError> {
    check_tables(program).map_err(|problem| VerifyError { function: None, instruction: None, problem })
}

fn check_tables(program: &Program) -> Checked {
    let name = |string: u32| index("string", string, program.strings.len());
    for list in [&program.builtins, &program.globals, &program.files] {
        list.iter().try_for_each(|string| name(*string))?;
    }
    for string in &program.strings {
        limit("bytes of a string", limits::STRING_BYTES_MAX, string.len())?;
    }
    for shape in &program.shapes {
        limit("properties of a literal", u8::MAX as usize, shape.len())?;
        for (at, string) in shape.iter().enumerate() {
            name(*string)?;
            rule(!shape[..at].contains(string), "the names of a shape differ")?;
        }
    }
    check_classes(program)?;
    for runtime_type in &program.types {
        check_type(program, runtime_type)?;
    }
    for native in &program.natives {
        name(native.module)?;
        name(native.name)?;
        name(native.signature)?;
        limit("parameters", limits::PARAMETERS_MAX, native.parameters.len())?;
        native.parameters.iter().chain([&native.result]).try_for_each(|id| type_index(program, *id))?;
    }
    index("function", program.entry, program.functions.len())?;
    let entry = &program.functions[program.entry as usize];
    rule(
        entry.parameters == 0 && entry.captures == 0,
        "the entry function takes no parameters and captures nothing",
    )
}

fn check_classes(program: &Program) -> Checked {
    let name = |string: u32| index("string", string, program.strings.len());
    for (at, class) in program.classes.iter().enumerate() {
        name(class.name)?;
        limit("fields of a class", u16::MAX as usize / 2, class.fields.len())?;
        class.fields.iter().try_for_each(|(string, _)| name(*string))?;
        if let Some(base) = class.base {
            rule((base as usize) < at, "a base class comes before what derives from it")?;
            rule(
                class.fields.starts_with(&program.classes[base as usize].fields),
                "a class begins with the fields of its base",
            )?;
        }
        for (member_name, member) in &class.members {
            name(*member_name)?;
            match member {
                Member::Method(function) => method(program, *function)?,
                Member::Accessor { get, set } => {
                    get.iter().chain(set).try_for_each(|function| method(program, *function))?;
                }
            }
        }
        let text = |at: usize| &program.strings[class.members[at].0 as usize];
        rule(
            (1..class.members.len()).all(|at| text(at - 1) < text(at)),
            "members are sorted by name and differ",
        )?;
    }
    Ok(())
}

fn method(program: &Program, function: u32) -> Checked {
    index("function", function, program.functions.len())?;
    let function = &program.functions[function as usize];
    rule(function.parameters >= 1 && function.captures == 0, "a member takes `this` and captures nothing")
}

fn type_index(program: &Program, id: RuntimeTypeId) -> Checked {
    index("run-time type", id.0, program.types.len())
}

fn check_type(program: &Program, runtime_type: &RuntimeType) -> Checked {
    match runtime_type {
        RuntimeType::Class(class) => index("class", *class, program.classes.len()),
        RuntimeType::Array(inner) | RuntimeType::Task(inner) => type_index(program, *inner),
        RuntimeType::Tuple(members) | RuntimeType::Union(members) | RuntimeType::Intersection(members) => {
            members.iter().try_for_each(|id| type_index(program, *id))
        }
        RuntimeType::Record(properties) => {
            properties.iter().try_for_each(|(_, id, _)| type_index(program, *id))
        }
        RuntimeType::Unknown
        | RuntimeType::Never
        | RuntimeType::Null
        | RuntimeType::Boolean
        | RuntimeType::Int
        | RuntimeType::Number
        | RuntimeType::String
        | RuntimeType::Literal(_)
        | RuntimeType::Function
        | RuntimeType::Object
        | RuntimeType::Builtin(_)
        | RuntimeType::Opaque(..) => Ok(()),
    }
}

/// Checks what `function` says of itself, before its code is looked at.
pub(super) fn check_function(program: &Program, function: &Function) -> Checked {
    index("string", function.name, program.strings.len())?;
    limit("registers", limits::REGISTERS_MAX, function.registers.len())?;
    rule(function.parameters as usize <= function.registers.len(), "parameters are registers")?;
    if function.rest {
        rule(function.parameters >= 1, "a rest parameter is a parameter")?;
        let last = function.registers[function.parameters as usize - 1];
        rule(
            matches!(last, Representation::Reference | Representation::Any),
            "a rest parameter is declared to hold an array",
        )?;
    }
    let count = function.code.len();
    limit("instructions", i32::MAX as usize, count)?;
    if function.direct_entry as usize >= count {
        return Err(VerifyProblem::Target(i64::from(function.direct_entry)));
    }
    for handler in &function.handlers {
        if handler.start > handler.end || handler.end as usize > count {
            return Err(VerifyProblem::Target(i64::from(handler.end)));
        }
        if handler.target as usize >= count {
            return Err(VerifyProblem::Target(i64::from(handler.target)));
        }
        rule(handler.target >= handler.end, "a handler stands behind what it covers")?;
        match function.registers.get(handler.register as usize) {
            None => {
                return Err(VerifyProblem::Index(
                    "register",
                    u32::from(handler.register),
                    function.registers.len(),
                ));
            }
            Some(Representation::Any) => {}
            Some(declared) => {
                return Err(VerifyProblem::Representation(handler.register, Representation::Any, *declared));
            }
        }
    }
    function.sites.iter().try_for_each(|name| index("string", *name, program.strings.len()))?;
    for position in &function.positions {
        index("file", u32::from(position.file), program.files.len())?;
    }
    rule(function.positions.is_sorted_by_key(|position| position.instruction), "positions rise")
}
