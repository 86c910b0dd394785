//! What is linked for each target and form, and in which order: the line a compiler driver would write.

use super::job::{Content, Job};
use super::{Request, UNSUPPORTED_FORM, damaged_pack};
use crate::pack;
use raya_packs::Machine;
use raya_source::Diagnostic;

/// Kinds of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Everything inside, loaded anywhere, no interpreter: what `--locked` means.
    StaticPie,
    /// Uses the system's libc, so that modules can be loaded when it runs.
    DynamicPie,
}

/// Threads get 130 KiB of stack from musl unless the image says otherwise.
pub(crate) const STACK_SIZE_BYTES: u64 = 8 << 20;

struct Recipe {
    start: &'static [&'static str],
    cxx: &'static [&'static str],
    libraries: &'static [&'static str],
    end: &'static [&'static str],
    interpreter: Option<&'static str>,
}

const MUSL_STATIC: Recipe = Recipe {
    start: &["rcrt1.o", "crti.o", "crtbeginS.o"],
    cxx: &["libc++.a", "libc++abi.a"],
    libraries: &["libunwind.a", "libc.a", "libbuiltins.a"],
    end: &["crtendS.o", "crtn.o"],
    interpreter: None,
};

const GNU_STATIC: Recipe = Recipe {
    start: &["rcrt1.o", "crti.o", "crtbeginS.o"],
    cxx: &["libstdc++.a"],
    libraries: &["libm.a", "libmvec.a", "libgcc.a", "libgcc_eh.a", "libc.a"],
    end: &["crtendS.o", "crtn.o"],
    interpreter: None,
};

const GNU_DYNAMIC_X86_64: Recipe = Recipe {
    start: &["Scrt1.o", "crti.o", "crtbeginS.o"],
    cxx: &["libstdc++.a"],
    libraries: &[
        "libgcc.a",
        "libgcc_s.so.1",
        "libm.so.6",
        "libc.so.6",
        "libc_nonshared.a",
        "ld-linux-x86-64.so.2",
    ],
    end: &["crtendS.o", "crtn.o"],
    interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
};

fn recipe(target: &str, form: Form) -> Option<&'static Recipe> {
    match (target, form) {
        ("x86_64-unknown-linux-musl" | "aarch64-unknown-linux-musl", Form::StaticPie) => Some(&MUSL_STATIC),
        ("x86_64-unknown-linux-gnu", Form::StaticPie) => Some(&GNU_STATIC),
        ("x86_64-unknown-linux-gnu", Form::DynamicPie) => Some(&GNU_DYNAMIC_X86_64),
        _ => None,
    }
}

/// The files of a pack that every image of this form is made from, for whoever unpacks them early.
pub(crate) fn always_linked(target: &str, form: Form) -> Vec<&'static str> {
    let Some(recipe) = recipe(target, form) else { return vec![] };
    let parts = [recipe.start, &[pack::LAUNCH_ARCHIVE], recipe.libraries, recipe.end];
    parts.into_iter().flatten().copied().collect()
}

/// Writes the line and collects the files.
pub(crate) fn job<'input>(
    request: &Request<'input>,
    needs_cxx: bool,
) -> Result<Job<'input>, Vec<Diagnostic>> {
    let target = request.target;
    let machine = Machine::of_triple(target);
    let (Some(recipe), Some(machine)) = (recipe(target, request.form), machine) else {
        let message = format!("expected a form of program that {target} has, found {:?}", request.form);
        return Err(vec![Diagnostic::error(UNSUPPORTED_FORM, message)]);
    };
    let mut job = Job { arguments: options(request, machine, recipe), files: vec![] };
    let from_pack = |job: &mut Job<'input>, name: &str| -> Result<(), Vec<Diagnostic>> {
        let packed = request.pack.packed(name).map_err(|error| vec![damaged_pack(target, &error)])?;
        job.add(name, Content::Packed(packed));
        Ok(())
    };
    recipe.start.iter().try_for_each(|name| from_pack(&mut job, name))?;
    job.add("bundle.o", Content::Plain(request.object));
    from_pack(&mut job, pack::LAUNCH_ARCHIVE)?;
    for module in request.modules {
        job.add(&format!("module-{}.a", module.name), Content::Plain(&module.archive));
    }
    job.arguments.push("--start-group".into());
    let cxx = if needs_cxx { recipe.cxx } else { &[] };
    for name in cxx.iter().chain(recipe.libraries).filter(|name| request.pack.contains(name)) {
        from_pack(&mut job, name)?;
    }
    job.arguments.push("--end-group".into());
    recipe.end.iter().try_for_each(|name| from_pack(&mut job, name))?;
    Ok(job)
}

fn options(request: &Request<'_>, machine: Machine, recipe: &Recipe) -> Vec<String> {
    let emulation = match machine {
        Machine::X86_64 => "elf_x86_64",
        Machine::Aarch64 => "aarch64linux",
    };
    let mut options: Vec<String> = ["-m", emulation, "-pie"].map(String::from).into();
    match recipe.interpreter {
        None => options.extend(["-static", "--no-dynamic-linker"].map(String::from)),
        Some(interpreter) => {
            options.extend(["--dynamic-linker".into(), interpreter.into(), "--as-needed".into()])
        }
    }
    let hardening = ["-z", "relro", "-z", "now", "-z", "noexecstack", "-z"].map(String::from);
    options.extend(hardening);
    options.push(format!("stack-size={STACK_SIZE_BYTES}"));
    // A build-id from content would do as well; without one there is nothing to explain.
    options.extend(["--build-id=none", "--gc-sections", "--eh-frame-hdr"].map(String::from));
    if !request.keeps_symbols {
        options.push("--strip-all".into());
    }
    options
}
