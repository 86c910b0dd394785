//! Finds out what a module offers, from the descriptor in its objects or its stub, and compares that with what its code
//! registers.

use std::collections::BTreeMap;

use raya_abi::names::{DESCRIPTOR_SECTION, NATIVE_SCHEME};
use raya_check::{Origin, load_program, parse_declaration};
use raya_manifests::Language;
use raya_source::{Diagnostic, FileId, Severity, SourceMap};
use raya_syntax::ast::{Export, Statement, StatementKind};
use raya_toolchain::archive;

use crate::codes::{
    INTERFACE_DIFFERS, INTERFACE_MISSING, MODULE_INVALID, STUB_DISAGREES, STUB_WRONG, VERSION_DIFFERS,
};
use crate::compile::Built;
use crate::recipe::{Recipe, Stub};
use crate::{BuildRequest, ProbedFunction, ProbedModule};

/// A module's interface: the text of a `declare module` block, and what there is to say about it.
#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) text: String,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Describes a module: by its descriptor, else by its stub. What describes it must be sound in itself, and agree with what
/// the code registers.
pub(crate) fn describe(
    recipe: &Recipe,
    built: &[Built],
    request: &BuildRequest<'_>,
    sources: &mut SourceMap,
) -> Result<Interface, Vec<Diagnostic>> {
    if let Some(stub) = &recipe.stub {
        check_block(recipe, stub, sources)?;
    }
    let descriptor = descriptor(built)?;
    check_types(recipe, descriptor.as_deref(), sources)?;
    let stub = recipe.stub.as_ref().map(|stub| ("stub", &stub.text));
    let described = descriptor.as_ref().map(|text| ("descriptor", text)).or(stub);
    let (probed, mut warnings) = probe(recipe, built, request, descriptor.is_some())?;
    let Some((what, text)) = described else {
        return Err(vec![missing(recipe, probed.as_ref().map(|probed| &*probed.functions))]);
    };
    if let Some(probed) = probed {
        let mut problems = disagreements(recipe, what, &declared(text), &probed.functions);
        match version_difference(recipe, &probed.version) {
            Some(problem) if problem.is_error() => problems.push(problem),
            Some(warning) => warnings.push(warning),
            None => {}
        }
        if !problems.is_empty() {
            return Err(problems);
        }
    }
    Ok(Interface { text: text.clone(), warnings })
}

/// Asks the code what it registers, where a library of this build can be loaded here.
fn probe(
    recipe: &Recipe,
    built: &[Built],
    request: &BuildRequest<'_>,
    has_descriptor: bool,
) -> Result<(Option<ProbedModule>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let shared = built.iter().find_map(|one| one.shared.as_ref());
    match (request.probe, shared) {
        (Some(probe), Some(library)) => match probe(library) {
            Ok(probed) => Ok((Some(probed), vec![])),
            // Code may need more to start than the sandbox has. A descriptor was made with the code, so it is believed then.
            Err(problem) if has_descriptor && problem.code != MODULE_INVALID => {
                let warning = Diagnostic { severity: Severity::Warning, help: vec![], ..problem };
                Ok((None, vec![warning.with_note("what it declares was not compared with its code")]))
            }
            Err(problem) => Err(vec![problem]),
        },
        // What `#[module]` writes into a Rust module's descriptor is what it registers.
        _ if recipe.manifest.language == Language::Rust && recipe.stub.is_none() => Ok((None, vec![])),
        _ => {
            let message = "what the module declares is taken as it is: no library of this build could be asked what its code registers";
            let warning = Diagnostic::warning(INTERFACE_MISSING, message)
                .with_help("build for `x86_64-unknown-linux-gnu` too");
            Ok((None, vec![warning]))
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

/// The stub must declare the module of its manifest, in a block.
fn check_block(recipe: &Recipe, stub: &Stub, sources: &SourceMap) -> Result<(), Vec<Diagnostic>> {
    let parsed = raya_syntax::parse(stub.file, sources.file(stub.file).text());
    let errors: Vec<Diagnostic> = parsed.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let specifier = format!("{NATIVE_SCHEME}{}", recipe.manifest.name);
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
    }
    if !found {
        let message = format!("expected `declare module \"{specifier}\" {{ … }}` in the stub, found none");
        return Err(vec![
            Diagnostic::error(STUB_WRONG, message)
                .at(parsed.module.span.at_start())
                .with_help("put the declarations into that block"),
        ]);
    }
    Ok(())
}

/// Checks what programs that import the module would meet: unknown types, and a stub that disagrees with the descriptor.
fn check_types(
    recipe: &Recipe,
    descriptor: Option<&str>,
    sources: &mut SourceMap,
) -> Result<(), Vec<Diagnostic>> {
    let name = recipe.manifest.name.as_str();
    let Some(text) = recipe.stub.as_ref().map(|stub| stub.text.as_str()).or(descriptor) else {
        return Ok(());
    };
    let program = importer(name, text);
    let mut loaded = load_program("importing it.raya", &mut |_| Ok(program.clone()));
    let mut declarations = vec![];
    let mut declare = |file: &str, origin, text: &str| {
        declarations.push(parse_declaration(&mut loaded, file, name, origin, text.to_owned()));
    };
    if let Some(stub) = &recipe.stub {
        declare(sources.file(stub.file).name(), Origin::Stub, &stub.text);
    }
    if let Some(text) = descriptor {
        declare(&format!("descriptor of {name}"), Origin::Descriptor, text);
    }
    let found = raya_check::check(&loaded, &declarations).diagnostics;
    let errors: Vec<Diagnostic> = found.into_iter().filter(Diagnostic::is_error).collect();
    if errors.is_empty() {
        return Ok(());
    }
    // They point into the files that were loaded for this check.
    *sources = loaded.sources;
    Err(errors)
}

/// A program that uses every function of a declaration: the checker looks at nothing that is not used.
fn importer(module: &str, text: &str) -> String {
    let functions: Vec<String> = declared(text).into_keys().collect();
    if functions.is_empty() {
        return format!("import * as module from \"{NATIVE_SCHEME}{module}\";\n");
    }
    let names: Vec<String> =
        functions.iter().enumerate().map(|(at, name)| format!("{name} as function{at}")).collect();
    let uses: Vec<String> = (0..functions.len()).map(|at| format!("function{at};\n")).collect();
    format!("import {{ {} }} from \"{NATIVE_SCHEME}{module}\";\n{}", names.join(", "), uses.concat())
}

/// Functions that a sound declaration exports, with the number of parameters each needs.
fn declared(text: &str) -> BTreeMap<String, usize> {
    let mut functions = BTreeMap::new();
    for statement in &raya_syntax::parse(FileId(0), text).module.statements {
        if let StatementKind::DeclareModule(block) = &statement.kind {
            collect(&block.items, &mut functions);
        }
    }
    functions
}

fn collect(items: &[Statement], functions: &mut BTreeMap<String, usize>) {
    for item in items {
        let statement = match &item.kind {
            StatementKind::Export(export) => match &**export {
                Export::Declaration(statement) => statement,
                _ => continue,
            },
            _ => continue,
        };
        let StatementKind::Function(function) = &statement.kind else { continue };
        if let Some(name) = &function.name {
            functions.insert(name.text.to_string(), function.parameters.len());
        }
    }
}

/// Names and numbers of parameters must agree; types cannot be asked for.
fn disagreements(
    recipe: &Recipe,
    what: &str,
    declared: &BTreeMap<String, usize>,
    probed: &[ProbedFunction],
) -> Vec<Diagnostic> {
    let registered: BTreeMap<&str, usize> =
        probed.iter().map(|function| (function.name.as_str(), function.arity)).collect();
    let mut problems = vec![];
    let shown = |name: &str| raya_signing::escape_for_terminal(name).into_owned();
    for (name, parameters) in declared {
        match registered.get(name.as_str()) {
            None => problems.push(format!("the {what} declares `{name}`, which the code does not register")),
            Some(arity) if arity != parameters => problems.push(format!(
                "the {what} declares `{name}` with {parameters} parameters, the code registers it with {arity}"
            )),
            Some(_) => {}
        }
    }
    for name in registered.keys().filter(|name| !declared.contains_key(**name)) {
        problems.push(format!("the code registers `{}`, which the {what} does not declare", shown(name)));
    }
    let report = |message: String| {
        Diagnostic::error(STUB_DISAGREES, message).with_note(format!(
            "{what} and code of the module `{}` must name the same functions",
            recipe.manifest.name
        ))
    };
    problems.into_iter().map(report).collect()
}

/// A bundle refuses code of another major version than its package's; another minor one is an oversight.
fn version_difference(recipe: &Recipe, found: &str) -> Option<Diagnostic> {
    let expected = &recipe.manifest.version;
    let parsed = raya_manifests::Version::parse(found).ok();
    if parsed.as_ref() == Some(expected) {
        return None;
    }
    let found_shown = raya_signing::escape_for_terminal(found);
    let message = format!("the manifest says that the version is {expected}, the code says {found_shown}");
    let report = match parsed.is_some_and(|parsed| parsed.major == expected.major) {
        true => Diagnostic::warning(VERSION_DIFFERS, message),
        false => Diagnostic::error(VERSION_DIFFERS, message),
    };
    Some(report.with_help("give both the same version: `version` in raya-module.toml, and `raya_module_builder_new` or `#[module]` in the code"))
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
