#!/usr/bin/env python3
"""Measures the language beside C, other interpreters and JIT compilers in one run (see README.md).

Times are CPU times of whole processes, as the system counts them, less what the same process costs without its row: the
machine may be shared. Each run of a program stands between two runs of C, and ratios are medians over such pairs.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# A row, its title, and the row that is its set-up.
ROWS = [
    ("fib", "fib(32)", "empty"),
    ("loop", "sum loop", "empty"),
    ("nbody", "nbody 1 M", "empty"),
    ("mandelbrot", "mandelbrot", "empty"),
    ("sort", "sort 1 M, comparator", "sort_setup"),
    ("sort_counted", "sort 1 M, comparator that counts", "sort_setup"),
    ("sort_natural", "sort 1 M, natural", "sort_setup"),
    ("text", "string build 1 M", "empty"),
    ("methods", "20 M method calls", "empty"),
]
# Rows that C does under another name.
C_TWIN = {"sort_natural": "sort"}


def built_quickjs(build):
    """QuickJS-NG, from the sources that the crate `rquickjs-sys` brings (named in ../bundle/Cargo.toml)."""
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--manifest-path", str(HERE.parent / "bundle" / "Cargo.toml")],
        check=True, capture_output=True, text=True).stdout
    package = next(p for p in json.loads(metadata)["packages"] if p["name"] == "rquickjs-sys")
    source = pathlib.Path(package["manifest_path"]).parent / "quickjs"
    files = [source / f for f in ("cutils.c", "dtoa.c", "libbf.c", "libregexp.c", "libunicode.c", "quickjs.c",
                                  "quickjs-libc.c", "qjs.c", "gen/repl.c", "gen/standalone.c") if (source / f).exists()]
    subprocess.run(["gcc", "-O3", "-DNDEBUG", "-D_GNU_SOURCE", "-DQJS_BUILD_LIBC", "-w", "-I", source, *files, "-o",
                    build / "qjs", "-lm", "-ldl", "-lpthread"], check=True, capture_output=True)
    return build / "qjs"


def found(*names):
    """The first of these commands that there is."""
    for name in names:
        path = shutil.which(name) or (name if os.path.isabs(name) and os.path.exists(name) else None)
        if path:
            return path
    raise FileNotFoundError(f"no {' or '.join(names)}")


def bundled(raya, build):
    """Each row as a locked musl bundle."""
    folder = build / "bundles"
    folder.mkdir()
    for source in sorted((HERE / "raya").glob("*.raya")):
        subprocess.run([raya, "bundle", source, "-o", folder / source.stem], check=True, capture_output=True)
    return folder


def peers(raya, build, only):
    """The peers that this machine has (or those asked for): name → a function from a row to the command that does it."""
    js, lua, py, rb = (str(HERE / f"rows.{end}") for end in ("mjs", "lua", "py", "rb"))
    makers = {
        "raya run": lambda: (lambda row: [raya, "run", str(HERE / "raya" / f"{row}.raya")]),
        "raya bundle (musl)": lambda: (lambda folder: lambda row: [str(folder / row)])(bundled(raya, build)),
        "Lua 5.4": lambda: (lambda lua54: lambda row: [lua54, lua, row])(found("lua5.4")),
        "QuickJS-NG": lambda: (lambda qjs: lambda row: [str(qjs), js, row])(built_quickjs(build)),
        "CPython": lambda: (lambda python: lambda row: [python, py, row])(found("/usr/bin/python3", "python3")),
        "Ruby": lambda: (lambda ruby: lambda row: [ruby, rb, row])(found("ruby")),
        "LuaJIT": lambda: (lambda luajit: lambda row: [luajit, lua, row])(found("luajit")),
        "Node": lambda: (lambda node: lambda row: [node, js, row])(found("node")),
        "bun": lambda: (lambda bun: lambda row: [bun, js, row])(found("bun")),
    }
    there, missing = {}, []
    for name, maker in makers.items():
        if only and name not in only:
            continue
        try:
            there[name] = maker()
        except (OSError, StopIteration, subprocess.CalledProcessError) as why:
            missing.append(f"{name}: {getattr(why, 'stderr', None) or why}")
    return there, missing


def exact(command):
    """CPU seconds of one run, to the microsecond, and what it printed."""
    read, write = os.pipe()
    with open(os.devnull, "wb") as nowhere:
        pid = os.posix_spawnp(str(command[0]), [str(part) for part in command], os.environ, file_actions=[
            (os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_DUP2, nowhere.fileno(), 2)])
    os.close(write)
    with os.fdopen(read) as pipe:
        output = pipe.read().strip()
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise RuntimeError(f"{command[0]} failed")
    return usage.ru_utime + usage.ru_stime, output


def net(command_of, row, setup):
    time, output = exact(command_of(row))
    return time - exact(command_of(setup))[0], output


def measure(there, rounds, only):
    """Ratios to C and times: {peer: {row: ([ratios], [milliseconds])}}."""
    c = there["C -O2"]
    result = {name: {} for name in there}
    for turn in range(rounds):
        for row, title, setup in ROWS:
            if only and row not in only:
                continue
            twin = C_TWIN.get(row, row)
            for name, command_of in there.items():
                if name == "C -O2":
                    continue
                try:
                    before, wanted = net(c, twin, setup)
                    time, output = net(command_of, row, setup)
                    after, _ = net(c, twin, setup)
                except (RuntimeError, OSError):
                    continue
                # Lua's ints have 64 bits and CPython's and Ruby's all the bits there are: they do the same work.
                if output.split(".")[0] != wanted.split(".")[0] and row != "loop":
                    print(f"{name}, {row}: printed {output}, C printed {wanted}", file=sys.stderr)
                    continue
                ratios, times = result[name].setdefault(row, ([], []))
                ratios.append(time / ((before + after) / 2))
                times.append(time * 1e3)
                for c_time in (before, after):
                    result["C -O2"].setdefault(row, ([], []))[1].append(c_time * 1e3)
            if row == "fib":
                for _ in range(3):
                    calls = net(c, "fib_calls", "empty")[0]
                    result["C -O2"].setdefault("fib_calls", ([], []))[1].append(calls * 1e3)
        print(f"round {turn + 1} of {rounds}", file=sys.stderr)
    return result


def started(there, runs):
    """Start-up: the CPU milliseconds of an empty program, medians."""
    times = {name: [] for name in there}
    for _ in range(runs):
        for name, command_of in there.items():
            try:
                times[name].append(exact(command_of("empty"))[0] * 1e3)
            except (RuntimeError, OSError):
                pass
    return {name: statistics.median(found) for name, found in times.items() if found}


def short(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def table(result, starts, only):
    rows = [row for row in ROWS if not only or row[0] in only]
    c = result["C -O2"]
    median = lambda values: statistics.median(values)
    yield "| × C -O2 | " + " | ".join(title for _, title, _ in rows) + " | start, ms |"
    yield "|---" * (len(rows) + 2) + "|"
    cells = [short(median(c[row][1])) + " ms" if row in c else "" for row, _, _ in rows]
    yield "| C -O2, itself | " + " | ".join(cells) + f" | {starts['C -O2']:.2f} |"
    for name, found in result.items():
        if name == "C -O2":
            continue
        cells = [short(median(found[row][0])) if row in found else "–" for row, _, _ in rows]
        yield f"| {name} | " + " | ".join(cells) + f" | {starts.get(name, float('nan')):.2f} |"
    if "fib_calls" in c and "fib" in c:
        yield ""
        factor = median(c["fib_calls"][1]) / median(c["fib"][1])
        yield f"C without inlining takes {factor:.1f} times as long for fib(32): divide that column by it to compare calls."


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--raya", default=str(ROOT / "target" / "release" / "raya"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", action="append", help="only this peer (may be given again)")
    parser.add_argument("--row", action="append", help="only this row (may be given again)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder)
        subprocess.run(["gcc", "-O2", "-Wall", HERE / "rows.c", "-o", build / "rows", "-lm"], check=True)
        there, missing = peers(arguments.raya, build, arguments.peer)
        there = {"C -O2": lambda row: [str(build / "rows"), row], **there}
        result = measure(there, arguments.rounds, arguments.row)
        starts = started(there, 21)
        print("\n".join(table(result, starts, arguments.row)))
        for why in missing:
            print(f"\nnot measured: {why}")


if __name__ == "__main__":
    main()
