//! Finds out what a module offers: from the descriptor in its objects, or from its stub and what its code registers.

use std::collections::BTreeMap;

use raya_abi::names::{DESCRIPTOR_SECTION, NATIVE_SCHEME};
use raya_source::{Diagnostic, SourceMap};
use raya_syntax::ast::{Export, Statement, StatementKind};
use raya_toolchain::archive;

use crate::codes::{INTERFACE_DIFFERS, INTERFACE_MISSING, STUB_DISAGREES, STUB_WRONG};
use crate::compile::Built;
use crate::recipe::{Recipe, Stub};
use crate::{BuildRequest, ProbedFunction};

/// A module's interface: the text of a `declare module` block, and what there is to say about it.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) text: String,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Describes a module. Types are checked where programs are checked; here stub and code must name the same functions.
pub(crate) fn describe(
    recipe: &Recipe,
    built: &[Built],
    request: &BuildRequest<'_>,
    sources: &SourceMap,
) -> Result<Interface, Vec<Diagnostic>> {
    let declared = recipe.stub.as_ref().map(|stub| declared(recipe, stub, sources)).transpose()?;
    if let Some(text) = descriptor(built)? {
        return Ok(Interface { text, warnings: vec![] });
    }
    let shared = built.iter().find_map(|one| one.shared.as_ref());
    let probed = match (request.probe, shared) {
        (Some(probe), Some(library)) => Some(probe(library).map_err(|problem| vec![problem])?),
        _ => None,
    };
    let (Some(stub), Some(declared)) = (&recipe.stub, declared) else {
        return Err(vec![missing(recipe, probed.as_deref())]);
    };
    match probed {
        Some(probed) => {
            compare(recipe, &declared, &probed)?;
            Ok(Interface { text: stub.text.clone(), warnings: vec![] })
        }
        None => {
            let message =
                "the stub is taken as it is: no library of this build could be asked for its functions";
            let warning = Diagnostic::warning(INTERFACE_MISSING, message)
                .with_help("build for `x86_64-unknown-linux-gnu` too, or state the functions with `RAYA_MODULE_DESCRIPTOR`");
            Ok(Interface { text: stub.text.clone(), warnings: vec![warning] })
        }
    }
}

/// The descriptor of all targets, which must be one.
fn descriptor(built: &[Built]) -> Result<Option<String>, Vec<Diagnostic>> {
    let mut first: Option<(raya_manifests::Triple, Option<String>)> = None;
    for one in built {
        let sections = archive::sections(&one.archive, DESCRIPTOR_SECTION, one.target.machine());
        let parts = sections
            .iter()
            .flat_map(|section| section.split(|byte| *byte == 0))
            .filter(|part| !part.is_empty());
        let bytes = parts.collect::<Vec<_>>().join(&b'\n');
        let text = String::from_utf8(bytes).map_err(|_| {
            vec![Diagnostic::error(
                INTERFACE_MISSING,
                "expected a descriptor in UTF-8, found other bytes in it",
            )]
        })?;
        let text = Some(text).filter(|text| !text.trim().is_empty());
        match &first {
            None => first = Some((one.triple, text)),
            Some((_, same)) if *same == text => {}
            Some((other, _)) => {
                let message =
                    format!("the module describes itself differently for `{other}` and `{}`", one.triple);
                return Err(vec![Diagnostic::error(INTERFACE_DIFFERS, message).with_help(
                    "leave nothing of the interface to `#ifdef`: one package has one interface",
                )]);
            }
        }
    }
    Ok(first.and_then(|(_, text)| text))
}

/// Functions that the stub declares, with the number of parameters each needs.
fn declared(
    recipe: &Recipe,
    stub: &Stub,
    sources: &SourceMap,
) -> Result<BTreeMap<String, usize>, Vec<Diagnostic>> {
    let parsed = raya_syntax::parse(stub.file, sources.file(stub.file).text());
    let errors: Vec<Diagnostic> = parsed.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let specifier = format!("{NATIVE_SCHEME}{}", recipe.manifest.name);
    let mut functions = BTreeMap::new();
    let mut found = false;
    for statement in &parsed.module.statements {
        let StatementKind::DeclareModule(block) = &statement.kind else { continue };
        if *block.specifier.value != *specifier {
            let message =
                format!("expected the declaration of \"{specifier}\", found that of another module");
            return Err(vec![
                Diagnostic::error(STUB_WRONG, message)
                    .at(block.span)
                    .with_help("a stub declares the module of its manifest"),
            ]);
        }
        found = true;
        collect(&block.items, &mut functions);
    }
    // A file of bodies and `= native` functions belongs to mixed modules, which the checker reads.
    if !found {
        collect(&parsed.module.statements, &mut functions);
    }
    Ok(functions)
}

fn collect(items: &[Statement], functions: &mut BTreeMap<String, usize>) {
    for item in items {
        let statement = match &item.kind {
            StatementKind::Export(export) => match &**export {
                Export::Declaration(statement) => statement,
                _ => continue,
            },
            _ => item,
        };
        let StatementKind::Function(function) = &statement.kind else { continue };
        if let Some(name) = &function.name {
            functions.insert(name.text.to_string(), function.parameters.len());
        }
    }
}

/// Names and numbers of parameters must agree; types cannot be asked for.
fn compare(
    recipe: &Recipe,
    declared: &BTreeMap<String, usize>,
    probed: &[ProbedFunction],
) -> Result<(), Vec<Diagnostic>> {
    let registered: BTreeMap<&str, usize> =
        probed.iter().map(|function| (function.name.as_str(), function.arity)).collect();
    let mut problems = vec![];
    let shown = |name: &str| raya_signing::escape_for_terminal(name).into_owned();
    for (name, parameters) in declared {
        match registered.get(name.as_str()) {
            None => problems.push(format!("the stub declares `{name}`, which the code does not register")),
            Some(arity) if arity != parameters => problems.push(format!(
                "the stub declares `{name}` with {parameters} parameters, the code registers it with {arity}"
            )),
            Some(_) => {}
        }
    }
    for name in registered.keys().filter(|name| !declared.contains_key(**name)) {
        problems.push(format!("the code registers `{}`, which the stub does not declare", shown(name)));
    }
    let report = |message: String| {
        Diagnostic::error(STUB_DISAGREES, message).with_note(format!(
            "stub and code of the module `{}` must name the same functions",
            recipe.manifest.name
        ))
    };
    if problems.is_empty() { Ok(()) } else { Err(problems.into_iter().map(report).collect()) }
}

/// Neither descriptor nor stub: the report has a stub to start from.
fn missing(recipe: &Recipe, probed: Option<&[ProbedFunction]>) -> Diagnostic {
    let name = &recipe.manifest.name;
    let message = format!("nothing says which types the functions of `{name}` have");
    let report = Diagnostic::error(INTERFACE_MISSING, message).with_help(format!(
        "write a stub and name it with `stub = \"{name}.raya\"` under `[module]`, or use `RAYA_MODULE_DESCRIPTOR`"
    ));
    let Some(probed) = probed else { return report };
    let mut stub = format!("declare module \"{NATIVE_SCHEME}{name}\" {{\n");
    for function in probed {
        let parameters: Vec<String> = (1..=function.arity).map(|at| format!("argument{at}: TYPE")).collect();
        let shown = raya_signing::escape_for_terminal(&function.name).into_owned();
        stub.push_str(&format!("    export function {shown}({}): TYPE;\n", parameters.join(", ")));
    }
    stub.push('}');
    report.with_note(format!("the code registers these functions:\n{stub}"))
}
