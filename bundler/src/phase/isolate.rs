//! Phase `isolate`: every module's archives under names of their own, so that nothing collides or is silently captured.
//!
//! The renaming itself is `raya_packs::rename`; here stands what a module may ask of the rest of the program, and how
//! refusals are told.

use raya_abi::names;
use raya_packs::{
    ArchiveError, Machine, ObjectError, Policy, Problem, Renamed, Renaming, Report, SystemNames,
};
use raya_source::{Code, Diagnostic};

use super::admit::{AdmittedArchive, link_time};
pub use crate::codes::LINK_TIME_OPTIMIZATION;

/// An archive or one of its members is malformed, or no archive at all.
pub const MALFORMED_ARCHIVE: Code = Code("R1300");
/// A member is for another processor, or not an object.
pub const WRONG_OBJECT: Code = Code("R1301");
/// A module brings its own `operator new`.
pub const OWN_OPERATOR_NEW: Code = Code("R1303");
/// A Rust module was built with `panic=abort`.
pub const PANIC_ABORT: Code = Code("R1304");
/// A C++ module was built against another C++ library than the target has.
pub const FOREIGN_CXX_LIBRARY: Code = Code("R1305");
/// A module brings a part of libc or of the unwinder.
pub const OWN_SYSTEM_LIBRARY: Code = Code("R1306");
/// A module wants an executable stack.
pub const EXECUTABLE_STACK: Code = Code("R1307");
/// A module wants to run before the program's guards.
pub const RUNS_BEFORE_GUARDS: Code = Code("R1308");
/// A module asks for a name of the runtime that is not offered to modules, or of another module.
pub const RESERVED_NAME: Code = Code("R1309");
/// A symbol carries a version.
pub const VERSIONED_SYMBOL: Code = Code("R1310");
/// The archives do not define the module's init function.
pub const NO_INIT: Code = Code("R1311");
/// A part of the program refers to a section that never becomes part of it.
pub const LEFT_OUT_SECTION: Code = Code("R1312");
/// A module was built with checks whose runtime is missing.
pub const SANITIZER: Code = Code("R1313");
/// A module has indirect functions, which the target's libc does not resolve, or which would run before a locked image is closed.
pub const INDIRECT_FUNCTION: Code = Code("R1315");
/// The names in a module's archives are longer than what is accepted.
pub const NAMES_TOO_LONG: Code = Code("R1316");
/// A module has code that runs before its first call, and its manifest says that it has none.
pub const UNDECLARED_CONSTRUCTORS: Code = Code("R1317");
/// The target's processor or format is not supported.
pub const UNSUPPORTED_TARGET: Code = Code("R1314");

/// What is to be isolated, and for what.
pub struct Request<'input> {
    /// The target triple.
    pub target: &'input str,
    /// Whether the image is locked: nothing of a module may run before the image has closed itself.
    pub locked: bool,
    /// The modules, in any order; names are unique.
    pub modules: Vec<ModuleInput<'input>>,
    /// Names of the runtime that modules may use directly (`raya_value_*` and so on).
    pub interface: &'input SystemNames,
}

/// One module. Its archives carry the proof that they were verified and admitted.
pub struct ModuleInput<'input> {
    /// The module's name.
    pub name: &'input str,
    /// The version its manifest declares.
    pub version: &'input str,
    /// The ABI version of its note.
    pub abi_version: u32,
    /// Its archives, in the order they are to be searched.
    pub archives: Vec<&'input AdmittedArchive>,
    /// What its manifest says of code that runs before the first call; none for libraries without a manifest.
    pub constructors: Option<bool>,
    /// Whether its code can throw, where the author declares it; found out from the code otherwise.
    pub may_unwind: Option<bool>,
}

/// Isolated modules, sorted by name.
#[derive(Clone, Debug)]
pub struct Isolated {
    /// In order of their names.
    pub modules: Vec<IsolatedModule>,
}

/// One module under names of its own.
#[derive(Clone, Debug)]
pub struct IsolatedModule {
    /// The module's name.
    pub name: String,
    /// The version its manifest declares.
    pub version: String,
    /// The ABI version of its note.
    pub abi_version: u32,
    /// One archive of all its members.
    pub archive: Vec<u8>,
    /// Whether calls need the guard against foreign exceptions.
    pub may_unwind: bool,
    /// What the archives define, need and do.
    pub report: Report,
}

impl IsolatedModule {
    /// Whether it has the function that receives the table of the runtime's functions.
    pub fn has_bind(&self) -> bool {
        self.report.kept.contains(&names::bind_symbol(&self.name))
    }
}

/// Isolates all modules; the refusals of all of them are given together.
pub fn isolate(request: &Request<'_>) -> Result<Isolated, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut modules = Vec::new();
    let renamed = rename_all(request);
    for (module, renamed) in request.modules.iter().zip(renamed) {
        match renamed.and_then(|renamed| finish(request, module, renamed)) {
            Ok(module) => modules.push(module),
            Err(refusals) => problems.extend(refusals),
        }
    }
    modules.sort_by(|left, right| left.name.cmp(&right.name));
    if problems.is_empty() { Ok(Isolated { modules }) } else { Err(problems) }
}

/// Renames every module on a thread of its own: a large one must not hold the others up.
fn rename_all(request: &Request<'_>) -> Vec<Result<Renamed, Vec<Diagnostic>>> {
    let rename = |module: &ModuleInput<'_>| {
        let archives: Vec<&[u8]> = module.archives.iter().map(|archive| archive.bytes()).collect();
        isolate_archives(request.target, request.locked, module.name, &archives)
    };
    if let [module] = request.modules.as_slice() {
        return vec![rename(module)];
    }
    let workers =
        std::thread::available_parallelism().map_or(1, usize::from).min(request.modules.len().max(1));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let take = || next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let indexes = std::iter::repeat_with(take).take_while(|index| *index < request.modules.len());
        indexes.map(|index| (index, rename(&request.modules[index]))).collect::<Vec<_>>()
    };
    let mut done: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Vec<_>>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().flat_map(join).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Isolates the archives of module `name`: a pure function of its arguments.
pub fn isolate_archives(
    target: &str,
    locked: bool,
    name: &str,
    archives: &[&[u8]],
) -> Result<Renamed, Vec<Diagnostic>> {
    let machine = Machine::of_triple(target).ok_or_else(|| vec![unsupported(target)])?;
    let entries = [names::init_symbol(name), names::bind_symbol(name)];
    let renaming = Renaming {
        machine,
        prefix: &prefix(name),
        keep: &|symbol| entries.iter().any(|entry| entry.as_bytes() == symbol),
        policy: Policy::Module { indirect_functions: !locked && !target.contains("musl") },
        keep_local_names: false,
    };
    raya_packs::rename(archives, &renaming)
        .map_err(|problems| problems.iter().map(|problem| refusal(target, name, problem)).collect())
}

/// What every name of module `name` gets in front. The length makes it injective: no name of module `a` can be spelled
/// like one of module `a_b`.
pub fn prefix(name: &str) -> String {
    format!("raya_m{}{name}_", name.len())
}

fn finish(
    request: &Request<'_>,
    module: &ModuleInput<'_>,
    renamed: Renamed,
) -> Result<IsolatedModule, Vec<Diagnostic>> {
    let mut problems = refuse_imports(request, module, &renamed.report);
    problems.extend(refuse_constructors(module, &renamed.report));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(IsolatedModule {
        name: module.name.into(),
        version: module.version.into(),
        abi_version: module.abi_version,
        may_unwind: module.may_unwind.unwrap_or(renamed.report.may_unwind),
        archive: renamed.archive,
        report: renamed.report,
    })
}

fn refuse_imports(request: &Request<'_>, module: &ModuleInput<'_>, report: &Report) -> Vec<Diagnostic> {
    let name = module.name;
    let mut problems = Vec::new();
    let init = names::init_symbol(name);
    if !report.kept.contains(&init) {
        let message =
            format!("expected module `{name}` to define `{init}`, found no definition in its archives");
        problems.push(Diagnostic::error(NO_INIT, message));
    }
    for (symbol, import) in &report.imports {
        // Whatever is linked beside a module must not become reachable by guessing its name.
        let reserved = symbol.starts_with("raya_") && !request.interface.contains(symbol.as_bytes());
        if reserved || symbol == "main" || bounds_a_section(symbol) {
            let message = format!("module `{name}` asks for `{symbol}`, which is not offered to modules");
            problems.push(Diagnostic::error(RESERVED_NAME, message).with_note(asked_by(&import.member)));
        }
    }
    let first = |matches: &dyn Fn(&str) -> bool| report.imports.iter().find(|(symbol, _)| matches(symbol));
    if request.target.contains("musl")
        && let Some((symbol, import)) = first(&is_libstdcxx)
    {
        let message =
            format!("module `{name}` was built against libstdc++, and {} has libc++", request.target);
        problems.push(
            Diagnostic::error(FOREIGN_CXX_LIBRARY, message)
                .with_note(format!("it asks for `{symbol}`; {}", asked_by(&import.member)))
                .with_help("build the module for this target with `raya module build`, which uses `zig c++`"),
        );
    }
    if let Some((symbol, import)) =
        first(&|symbol| symbol.starts_with("__ubsan_") || symbol.starts_with("__asan_"))
    {
        let message = format!("module `{name}` was built with run-time checks that need `{symbol}`");
        let problem = Diagnostic::error(SANITIZER, message).with_note(asked_by(&import.member));
        problems.push(
            problem.with_help("build it with `-fno-sanitize=all`; `zig cc` adds checks unless told so"),
        );
    }
    problems
}

/// Whether linkers make a symbol by its name for any section of the program. Those for a module's own sections were renamed and
/// are no imports: what is left would read a neighbour's section, or the runtime's.
fn bounds_a_section(symbol: &str) -> bool {
    ["__start_", "__stop_", ".startof.", ".sizeof."].iter().any(|start| symbol.starts_with(start))
}

/// Who allows a module decides by its manifest, so the manifest must tell.
fn refuse_constructors(module: &ModuleInput<'_>, report: &Report) -> Option<Diagnostic> {
    if module.constructors != Some(false) || !report.runs_early() {
        return None;
    }
    let message = format!(
        "expected module `{}` to have no code that runs before its first call, as its manifest says, found some",
        module.name
    );
    let sections = report.constructor_sections.iter().map(|section| format!("its section `{section}` runs"));
    let functions =
        report.indirect_functions.iter().map(|function| format!("`{function}` is an indirect function"));
    // A library may have thousands.
    let refusal = Diagnostic::error(UNDECLARED_CONSTRUCTORS, message);
    let refusal = sections.chain(functions).take(10).fold(refusal, Diagnostic::with_note);
    Some(refusal.with_help(
        "build the package with `raya module build`, which says so in the manifest; a policy then has to allow it",
    ))
}

/// Names only libstdc++ has: its second string ABI, and `std::` outside an inline namespace where libc++ has `std::__1::`.
fn is_libstdcxx(symbol: &str) -> bool {
    let telling = ["__cxx11", "B5cxx11", "_ZNSt8ios_base4InitC1Ev", "_ZSt4cout", "_ZSt4cerr", "_ZSt3cin"];
    telling.iter().any(|part| symbol.contains(part))
        || symbol.starts_with("_ZSt") && symbol.contains("__throw_")
}

fn asked_by(member: &str) -> String {
    format!("asked for by its member `{member}`")
}

fn unsupported(target: &str) -> Diagnostic {
    Diagnostic::error(
        UNSUPPORTED_TARGET,
        format!("expected a target whose archives can be isolated, found `{target}`"),
    )
    .with_note("supported are x86_64 and aarch64 with ELF objects")
}

fn refusal(target: &str, name: &str, problem: &Problem) -> Diagnostic {
    let error = |code, message: String| Diagnostic::error(code, message);
    let in_member = |member: &str| format!("member `{member}` of module `{name}`");
    match problem {
        Problem::Archive { archive, error: found } => {
            let code = if *found == ArchiveError::NotAnArchive { WRONG_OBJECT } else { MALFORMED_ARCHIVE };
            error(code, format!("expected archive {} of module `{name}` to be one, but {found}", archive + 1))
        }
        Problem::Object { member, error: ObjectError::Bitcode } => link_time(&in_member(member)),
        Problem::Object { member, error: ObjectError::Names } => error(
            NAMES_TOO_LONG,
            format!("the names in {} are too long: {}", in_member(member), ObjectError::Names),
        ),
        Problem::Names { member, limit } => error(
            NAMES_TOO_LONG,
            format!("expected at most {limit} bytes of names in module `{name}`, found more"),
        )
        .with_note(format!("`{member}` goes beyond")),
        Problem::Object { member, error: found } => {
            let malformed = matches!(found, ObjectError::Malformed { .. } | ObjectError::SectionKind { .. });
            let code = if malformed { MALFORMED_ARCHIVE } else { WRONG_OBJECT };
            error(code, format!("expected {} to be an object for {target}, but {found}", in_member(member)))
        }
        Problem::LinkTimeOptimization { member, section } => {
            link_time(&in_member(member)).with_note(format!("its section `{section}` shows it"))
        }
        Problem::OwnOperatorNew { member, symbol } => error(
            OWN_OPERATOR_NEW,
            format!("{} replaces `operator new` or `operator delete`", in_member(member)),
        )
        .with_note(format!(
            "it defines `{symbol}`; memory of the C++ library would be freed by the wrong allocator"
        ))
        .with_help("give the module's own types an allocator instead"),
        Problem::OwnSystemLibrary { member, symbol } => {
            error(OWN_SYSTEM_LIBRARY, format!("{} brings its own `{symbol}`", in_member(member)))
                .with_note("there would be two of that library in one program, each with a state of its own")
                .with_help("leave the system's libraries out of the module's archives")
        }
        Problem::PanicAbort => {
            error(PANIC_ABORT, format!("module `{name}` is Rust built with `panic=abort`"))
                .with_note("a panic would end the whole program instead of becoming an error")
                .with_help("remove `panic = \"abort\"` from its profile")
        }
        Problem::ExecutableStack { member } => {
            error(EXECUTABLE_STACK, format!("{} asks for an executable stack", in_member(member)))
                .with_help("mark assembly files with `.section .note.GNU-stack,\"\",@progbits`")
        }
        Problem::RunsBeforeGuards { member } => {
            error(RUNS_BEFORE_GUARDS, format!("{} has code in `.preinit_array`", in_member(member)))
                .with_note("the program's guards are set up there, and nothing may run before them")
        }
        Problem::VersionedSymbol { member, symbol } => {
            error(VERSIONED_SYMBOL, format!("{} has the versioned symbol `{symbol}`", in_member(member)))
        }
        Problem::IndirectFunction { member, symbol } => error(
            INDIRECT_FUNCTION,
            format!("{} has the indirect function `{symbol}`", in_member(member)),
        )
        .with_note(match target.contains("musl") {
            true => "musl does not resolve them: calling it would end the program",
            false => "it would be resolved before the locked image forbids to load code",
        })
        .with_help(
            "choose the implementation in the module's init function instead, or build without `ifunc`",
        ),
        Problem::LeftOut { member, section } => error(
            LEFT_OUT_SECTION,
            format!(
                "{} refers to its section `{section}`, which never becomes part of a program",
                in_member(member)
            ),
        ),
    }
}
