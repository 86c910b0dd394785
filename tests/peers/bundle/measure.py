#!/usr/bin/env python3
"""Measures self-contained executables against static C, Lua and QuickJS in one run (see README.md)."""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
EXPECTED = ["hello", "5"]


def run(*argv, **options):
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True, **options).stdout


def registry_source(crate):
    metadata = json.loads(run("cargo", "metadata", "--format-version", "1", "--manifest-path", HERE / "Cargo.toml"))
    package = next(p for p in metadata["packages"] if p["name"] == crate)
    return pathlib.Path(package["manifest_path"]).parent


def build_c(build):
    run("musl-gcc", "-O2", "-static", "-s", HERE / "hello.c", HERE / "add.c", "-o", build / "c")
    return build / "c"


def build_lua(build):
    source = sorted(registry_source("lua-src").glob("lua-5.4*"))[-1]
    program = (HERE / "hello.lua").read_bytes()
    (build / "program.h").write_text(
        "static const unsigned char program[] = {%s};\nstatic const unsigned long program_length = %d;\n"
        % (",".join(map(str, program)), len(program)))
    skip = ("lua.c", "luac.c", "onelua.c", "ltests.c")
    files = sorted(f for f in source.glob("*.c") if f.name not in skip)
    run("musl-gcc", "-O2", "-static", "-s", "-ffunction-sections", "-Wl,--gc-sections", "-I", source, "-I", build,
        HERE / "lua_main.c", *files, "-lm", "-o", build / "lua")
    return build / "lua"


def build_quickjs(build):
    source = registry_source("rquickjs-sys") / "quickjs"
    core = [source / f for f in ("quickjs.c", "libregexp.c", "libunicode.c", "cutils.c", "dtoa.c", "libbf.c",
                                 "quickjs-libc.c") if (source / f).exists()]
    flags = ["-O2", "-D_GNU_SOURCE", '-DQUICKJS_VERSION="peer"', "-DQUICKJS_NG_BUILD", "-I", source, "-w"]
    run("gcc", *flags, source / "qjsc.c", *core, "-lm", "-lpthread", "-ldl", "-o", build / "qjsc")
    run(build / "qjsc", "-s", "-M", "native.so,native", "-m", "-e", "-o", build / "hello_js.c", "hello.js", cwd=HERE)
    run("musl-gcc", *flags, "-s", "-static", "-ffunction-sections", "-Wl,--gc-sections", build / "hello_js.c",
        HERE / "quickjs_native.c", *core, "-lm", "-o", build / "quickjs")
    return build / "quickjs"


def module_package(raya, build):
    """The `adder` module as a package, from the hello example."""
    folder = build / "adder"
    shutil.copytree(ROOT / "examples/hello/modules/adder", folder)
    (build / "modules").mkdir()
    run(raya, "module", "build", folder, "-o", build / "modules/adder-1.0.0.rmod", "--target", "x86_64-unknown-linux-musl")
    return build / "modules"


class Ours:
    """Bundles one program, cold once (an empty cache) and warm several times (a byte of the source changed)."""

    def __init__(self, raya, source, build, modules, *options):
        self.name = source.stem
        self.output = build / f"raya_{self.name}{'_signed' if options else ''}"
        folder = build / f"source_{self.output.name}"
        folder.mkdir()
        entry = folder / source.name
        text = source.read_text()
        environment = {**os.environ, "RAYA_MODULE_PATH": str(modules), "HOME": str(folder)}

        def bundle(turn):
            entry.write_text(f"{text}// {turn}\n")
            start = time.monotonic()
            run(raya, "bundle", entry, "-o", self.output, *options, env=environment)
            return time.monotonic() - start

        self.cold_s = bundle(0)
        self.warm_s = statistics.median(bundle(turn) for turn in range(1, 12))


def facts(path, scratch):
    """Everything about one executable that needs a single run of it."""
    stripped = scratch / "stripped"
    shutil.copy(path, stripped)
    subprocess.run(["strip", stripped], capture_output=True)
    output = lambda argv: subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=60).stdout.split()
    root = scratch / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    shutil.copy(path, root / "app")
    alone = "ok" if output(["chroot", root, "/app"]) == EXPECTED else "fails" if os.geteuid() == 0 else "not root"
    log = scratch / "trace"
    subprocess.run(["strace", "-f", "-o", log, path], capture_output=True, timeout=120)
    calls = re.findall(r"^\d+ +(\w+)\(", log.read_text(errors="replace"), re.M)
    return {
        "bytes": os.path.getsize(path),
        "stripped": stripped.stat().st_size,
        "strip_ok": output([stripped]) == EXPECTED,
        "alone": alone,
        "calls": len(calls),
        "opened": sum(call in ("open", "openat", "openat2") for call in calls),
        "libraries": len(re.findall("NEEDED", run("readelf", "-d", path))),
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("-n", type=int, default=301, help="runs of each program")
    arguments.add_argument("--raya", type=pathlib.Path, default=ROOT / "target/release/raya")
    arguments.add_argument("programs", nargs="*", metavar="NAME=PATH", help="further executables to measure")
    arguments = arguments.parse_args()
    raya = arguments.raya.resolve()
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder)
        run("musl-gcc", "-O2", "-static", "-s", HERE / "launch.c", "-o", build / "launch")
        rows = [("C, static musl", build_c(build)), ("Lua 5.4, static musl", build_lua(build)),
                ("QuickJS, static musl", build_quickjs(build))]
        modules = module_package(raya, build)
        run(raya, "key", "gen", "--no-password", build / "release")
        ours = [Ours(raya, HERE / "hello.raya", build, modules),
                Ours(raya, HERE / "hello.raya", build, modules, "--sign", build / "release.key"),
                Ours(raya, HERE / "larger.raya", build, modules)]
        rows += [(f"**raya, {o.output.name[5:]}**", o.output) for o in ours]
        rows += [(name, pathlib.Path(path)) for name, path in (p.split("=", 1) for p in arguments.programs)]
        lines = run(build / "launch", arguments.n, *[path for _, path in rows]).splitlines()
        base = float(lines[0].split()[0])
        times = {o.output: (o.cold_s, o.warm_s) for o in ours}
        print("| program | bytes | stripped (runs) | start ×C | peak KiB | faults | system calls | files opened "
              "| libraries | empty root | bundle s cold / warm |")
        print("|---|---|---|---|---|---|---|---|---|---|---|")
        for (name, path), line in zip(rows, lines):
            wall, peak, faults = line.split()
            f = facts(path, build)
            bundled = "%.3f / %.3f" % times[path] if path in times else "–"
            print(f"| {name} | {f['bytes']:,} | {f['stripped']:,} ({'yes' if f['strip_ok'] else 'no'}) "
                  f"| {float(wall) / base:.2f} | {peak} | {faults} | {f['calls']} | {f['opened']} | {f['libraries']} "
                  f"| {f['alone']} | {bundled} |")


if __name__ == "__main__":
    main()
