//! Modules asked for their functions in the sandbox. This test is its own child, so it has a `main` of its own.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use raya_builder::{BuildReport, BuildRequest, build, probe};
use raya_fallback::Inspected;
use raya_source::Diagnostic;
use raya_toolchain::Toolchain;

const MANIFEST: &str = "[module]\nname = \"demo\"\nversion = \"1.0.0\"\nlanguage = \"c\"\nstub = \"demo.raya\"\n\n[build]\nsources = [\"demo.c\"]\n";
const STUB: &str = "declare module \"native:demo\" {\n  export function f(x: int): null;\n}\n";

fn build_with(code: &str, inside_init: &str) -> Result<BuildReport, Vec<Diagnostic>> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let source = format!(
        "#include <raya/module.h>\n#include <fcntl.h>\n#include <stdlib.h>\n#include <unistd.h>\n#include <sys/ioctl.h>\n#include <sys/mman.h>\n#include <sys/socket.h>\n{code}\n\
         static RayaValue *f(RayaContext *ctx, RayaValue **args, size_t argc) {{ (void)args; (void)argc; return raya_value_null(ctx); }}\n\
         RAYA_MODULE_INIT(demo) {{\n{inside_init}\nRayaModuleBuilder *builder = raya_module_builder_new(\"demo\", \"1.0.0\");\n\
         raya_module_add_function(builder, \"f\", f, 1);\nreturn raya_module_builder_finish(builder);\n}}\n"
    );
    for (name, text) in [("raya-module.toml", MANIFEST), ("demo.c", &source), ("demo.raya", STUB)] {
        fs::write(folder.path().join(name), text).expect("the folder is writable");
    }
    let executable = std::env::current_exe().expect("a test has an executable");
    let ask = |library: &Inspected| probe::ask(&executable, library);
    let toolchain = Toolchain::from_environment();
    let targets = ["x86_64-unknown-linux-gnu".to_owned()];
    let request = BuildRequest {
        folder: folder.path(),
        output: None,
        targets: &targets,
        toolchain: &toolchain,
        offline: true,
        probe: Some(&ask),
    };
    build(&request).map_err(|failure| failure.diagnostics)
}

fn refused(name: &str, code: &str, inside_init: &str, reason: &str) {
    refused_with("R4020", name, code, inside_init, reason);
}

fn refused_with(expected: &str, name: &str, code: &str, inside_init: &str, reason: &str) {
    let problems = build_with(code, inside_init).expect_err(name);
    assert_eq!(problems[0].code.0, expected, "{name}: {problems:?}");
    assert!(problems[0].message.contains(reason), "{name}: {}", problems[0].message);
    println!("refused: {name}");
}

fn main() -> ExitCode {
    if let Some(code) = probe::run_if_asked() {
        return code;
    }
    let report = build_with("", "").unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    println!("asked: a module that describes itself in code");

    let mark = Path::new("/tmp").join(format!("raya-probe-{}", std::process::id()));
    let write = format!("int fd = open(\"{}\", O_CREAT | O_WRONLY, 0600); (void)fd;", mark.display());
    refused("writes a file", "", &write, "forbidden");
    assert!(!mark.exists(), "the sandbox let a file through");
    refused("opens a socket", "", "socket(AF_INET, SOCK_STREAM, 0);", "forbidden");
    refused("starts a program", "", "execl(\"/bin/true\", \"true\", (char *)0);", "forbidden");
    refused("forks", "", "fork();", "forbidden");
    let constructor = format!("__attribute__((constructor)) static void first(void) {{ {write} }}");
    refused("writes a file in a constructor", &constructor, "", "forbidden");
    assert!(!mark.exists(), "the sandbox let a file through");
    let types = "__attribute__((constructor)) static void first(void) { int f = open(\"/dev/tty\", O_RDONLY); ioctl(f, TIOCSTI, \"x\"); }";
    refused("types into the terminal in a constructor", types, "", "forbidden");
    refused("types into what it was given", "", "ioctl(0, TIOCSTI, \"x\");", "forbidden");
    refused("writes to what it was given", "", "write(3, \"x\", 1);", "forbidden");
    refused("puts another file in the place of the answer", "", "close(1);", "forbidden");
    let shares = "mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);";
    refused("maps a file shared", "", shares, "forbidden");
    refused("sends signals by a file", "", "fcntl(0, F_SETOWN, 1);", "forbidden");
    refused("crashes", "", "abort();", "crashed");
    let built_by = |arguments: &str| {
        format!(
            "{{ RayaModuleBuilder *b = raya_module_builder_new({arguments}); return raya_module_builder_finish(b); }}"
        )
    };
    refused_with("R4021", "has no version", "", &built_by("\"demo\", \"1\""), "version");
    refused_with("R4021", "calls itself otherwise", "", &built_by("\"other\", \"1.0.0\""), "'other'");
    ExitCode::SUCCESS
}
